r"""The precedence parser: tokens of any notation -> surface syntax.

    statement  = sum (relation sum)*
    sum        = [+-] product ([+-] product)*
    product    = sequence ((* | /) sequence)*
    sequence   = postfix+            (juxtaposition; in plain notation only an application, a bracket after a name)
    postfix    = primary (_ x | ^ x | ' | !)*
    primary    = number | word | brackets | bars | command | environment

Long sums and runs of signs are loops; only brackets, scripts and command arguments nest, and their depth is bounded.
"""

from __future__ import annotations

from typing import TypeGuard

from .bars import resolve_bars
from .source import ReadError, Span
from .syntax import MAX_DEPTH, Command, Group, Infix, Num, Relation, Rows, Script, Sequence, Syntax, Text, Token, Word
from .vocabulary import FUNCTION_WORDS, GREEK

_BEGINS = frozenset(("number", "word", "open", "bar_open", "command", "begin", "text"))  # a factor
_FOLLOWS = frozenset(("sub", "sup", "prime", "factorial", "power"))
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SAY = {"stop": "the end of the formula", "comma": "a comma", "row": "a new row", "amp": "an alignment mark"}
# How many braces a command takes; the notation of TeX fills the same table with its own commands.
# Two signs in one: the upper or the lower one throughout a formula.
EITHER = {r"\pm": "pm", r"\mp": "mp"}
ARITY = {"frac": 2, "binom": 2, "sqrt": 1, "root": 2, "accent": 1, "conj": 1, "overset": 2, "underset": 2, "pmod": 1}


def _shown(token: Token) -> str:
    return _SAY.get(token.kind, f"'{token.raw or token.text}'")


class Parser:
    """A cursor over tokens.  One instance parses one formula."""

    def __init__(self, tokens: list[Token], applies_in_scripts: bool = False) -> None:
        self.tokens = resolve_bars(tokens)
        self.kinds = [token.kind for token in self.tokens]
        self.applies_in_scripts = applies_in_scripts
        self.index = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        self.index += 1
        return token

    def at(self, *kinds: str) -> bool:
        return self.kinds[self.index] in kinds

    def error(self, expected: str) -> ReadError:
        return ReadError(f"expected {expected}; got {_shown(self.here)}", self.here.span)

    def deeper(self, span: Span) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ReadError(f"expected at most {MAX_DEPTH} nested brackets; got more", span)

    # -- statements ------------------------------------------------------------------------------------------------
    def statement(self) -> Syntax:
        """Sides joined by relations, or a lone expression."""
        first = self.sum()
        sides, relations = [first], []
        while self.at("relation"):
            relations.append(self.take())
            sides.append(self.sum())
        if not relations:
            return first
        return Relation(tuple(sides), tuple(relations), sides[0].span.to(sides[-1].span))

    def whole(self) -> Syntax:
        """A statement that ends where the formula ends."""
        found = self.statement()
        if self.at("given") and self.here.text == "|":
            found = self.condition(found)
        if not self.at("stop"):
            raise self.error("the end of the formula")
        return found

    def condition(self, left: Syntax) -> Syntax:
        """`X | Y = y, Z` as a whole side."""
        mark = self.take()
        items = self.items()
        right = items[0] if len(items) == 1 else Group("{", tuple(items), items[0].span.to(items[-1].span))
        return Infix("given", (left, right), left.span.to(right.span), mark.span)

    # -- sums and products -----------------------------------------------------------------------------------------
    def sum(self) -> Syntax:
        sign, start = self.signs()
        either = self.take() if self.at("op") and self.here.raw in EITHER else None
        left = self.product()
        if either is not None:
            left = Infix(EITHER[either.raw], (left,), either.span.to(left.span))
        if sign:
            left = Infix("neg", (left,), start.to(left.span))
        parts: list[Syntax] = [left]
        while self.at("op") and self.here.text in ("add", "sub"):
            mark = self.take()
            flip, start = self.signs()
            term = self.product()
            refuse_reach(term)
            if mark.raw in EITHER:
                term = Infix(EITHER[mark.raw], (Infix("neg", (term,), term.span) if flip else term,), term.span)
            elif (mark.text == "sub") != flip:
                term = Infix("neg", (term,), term.span)
            parts.append(term)
        if len(parts) == 1:
            return left
        return Infix("add", tuple(parts), parts[0].span.to(parts[-1].span))

    def signs(self) -> tuple[bool, Span]:
        """A run of signs as one: True when the count of minus signs is odd."""
        start = self.here.span
        minus = False
        if self.kinds[self.index] != "op":
            return minus, start
        while self.at("op") and self.here.text in ("add", "sub") and self.here.raw not in EITHER:
            minus ^= self.take().text == "sub"
        return minus, start

    def product(self) -> Syntax:
        factors = [self.sequence()]
        while self.at("op") and self.here.text in ("mul", "div", "mod"):
            operator = self.take()
            minus, start = self.signs()
            right = self.sequence()
            refuse_reach(right)
            if minus:
                right = Infix("neg", (right,), start.to(right.span))
            if operator.text == "mul" and operator.raw == r"\times":
                # The cross product is told from a product by the shapes of its two sides.
                left = multiplied(factors)
                factors = [Infix("cross", (left, right), left.span.to(right.span), operator.span)]
            elif operator.text == "mul":
                factors.append(right)
            else:
                left = multiplied(factors)
                factors = [Infix(operator.text, (left, right), left.span.to(right.span), operator.span)]
        return multiplied(factors)

    def sequence(self) -> Syntax:
        items = [self.postfix()]
        while self.kinds[self.index] in _BEGINS:
            if self.at("number") and isinstance(items[-1], Num):
                raise self.error("an operator between two numbers")
            items.append(self.postfix())
        found = items[0] if len(items) == 1 else Sequence(tuple(items), items[0].span.to(items[-1].span))
        if self.at("bar_at"):
            mark = self.take()
            found = self.scripts(Group("at", (found,), found.span.to(mark.span)))
            if self.kinds[self.index] in _BEGINS:
                raise self.error("an operator after the place where the expression is taken")
        return found

    # -- factors ---------------------------------------------------------------------------------------------------
    def postfix(self) -> Syntax:
        base = self.primary()
        while self.kinds[self.index] in _FOLLOWS:
            if self.at("factorial"):
                mark = self.take()
                if bare_power(base) or (isinstance(base, Command) and base.name == "factorial"):
                    raise ReadError("ambiguous: what the '!' applies to", mark.span, "write (x^n)!, x^(n!) or (n!)!")
                base = Command("factorial", (base,), None, base.span.to(mark.span))
            else:
                base = self.scripts(base)
        return base

    def scripts(self, base: Syntax) -> Syntax:
        sub: Syntax | None = None
        sup: Syntax | None = None
        primes = 0
        end = base.span
        while self.at("sub", "sup", "prime", "power"):
            mark = self.here
            if mark.kind == "prime":
                primes += 1
                end = self.take().span
            elif mark.kind == "power":
                if sup is not None:
                    break
                end = self.take().span
                sup = Num(mark.text, end) if mark.text.isdigit() else Word(mark.text, end, mark.raw)
            elif mark.kind == "sub":
                if sub is not None:
                    raise ReadError("expected one subscript; got a second one", mark.span)
                self.take()
                sub = self.script()
                end = sub.span
            else:
                if sup is not None:
                    raise ReadError("expected one exponent; got a second one", mark.span, "write (a^b)^c or a^(b^c)")
                self.take()
                sup = self.script()
                end = sup.span
        if primes and not self.applies_in_scripts and not self.at("open") and is_letter(base):
            # x' and x'_i are names of their own; only f'(x) is a derivative.
            base, primes = Word(base.text + "prime" * primes, base.span, base.raw), 0
        return script_of(base, sub, sup, primes, base.span.to(end), self.applies_in_scripts)

    def script(self) -> Syntax:
        """What follows _ or ^: one primary with its own signs and, in plain notation, its own exponent."""
        self.deeper(self.here.span)
        minus, start = self.signs()
        found = self.primary()
        if self.applies_in_scripts and isinstance(found, Word) and found.text != "T" and self.at("open"):
            argument = self.brackets()
            found = Sequence((found, argument), found.span.to(argument.span))
        if self.applies_in_scripts and self.at("sup"):
            self.take()
            found = Script(found, None, self.script(), 0, found.span)
        self.depth -= 1
        return Infix("neg", (found,), start.to(found.span)) if minus else found

    def primary(self) -> Syntax:
        token = self.here
        if token.kind == "number":
            self.take()
            return Num(token.text, token.span)
        if token.kind == "word":
            self.take()
            return Word(token.text, token.span, token.raw)
        if token.kind == "text":
            self.take()
            return Text(token.text, token.span)
        if token.kind == "open":
            return self.brackets()
        if token.kind == "bar_open":
            return self.bars()
        if token.kind == "command":
            return self.command()
        if token.kind == "begin":
            return self.environment()
        raise self.error("a number, a name or a bracket")

    def brackets(self) -> Syntax:
        opening = self.take()
        self.deeper(opening.span)
        items = [] if self.at("close") else self.items()
        if not self.at("close"):
            raise ReadError(
                f"expected '{_CLOSING[opening.text]}' for the '{opening.text}' at "
                f"{opening.span.line}:{opening.span.column}; got {_shown(self.here)}",
                self.here.span,
            )
        closing = self.take()
        if closing.text == "|":
            self.depth -= 1
            return Group("at", tuple(items), opening.span.to(closing.span))
        if closing.text != _CLOSING[opening.text] and "." not in (opening.raw[-1:], closing.raw[-1:]):
            # Half-open intervals [a, b) are the only bracket pairs that may differ.
            if not (len(items) == 2 and opening.text in "([" and closing.text in ")]"):
                raise ReadError(f"expected '{_CLOSING[opening.text]}'; got '{closing.text}'", closing.span)
            self.depth -= 1
            return Group(opening.text + closing.text, tuple(items), opening.span.to(closing.span))
        self.depth -= 1
        return Group(opening.text, tuple(items), opening.span.to(closing.span))

    def items(self) -> list[Syntax]:
        """Comma-separated items; `x; y` and `x | y` are kept as separators inside the items."""
        found = [self.item()]
        while self.at("comma"):
            self.take()
            found.append(self.item())
        return found

    def item(self) -> Syntax:
        left = self.statement()
        while self.at("semicolon", "given"):
            mark = self.take()
            if mark.kind == "given":
                op = "divergence" if mark.text == "||" else "given"
            else:
                op = "semicolon"
            right = self.statement()
            left = Infix(op, (left, right), left.span.to(right.span), mark.span)
        return left

    def bars(self) -> Syntax:
        opening = self.take()
        self.deeper(opening.span)
        inside = self.statement()
        if not self.at("bar_close"):
            raise self.error(f"a closing '{opening.text}'")
        closing = self.take()
        self.depth -= 1
        return Group(opening.text, (inside,), opening.span.to(closing.span))

    def command(self) -> Syntax:
        token = self.take()
        self.deeper(token.span)
        option = None
        if token.text == "sqrt" and self.at("open") and self.here.text == "[":
            option = self.brackets()
        args = [self.argument(token) for _ in range(ARITY.get(token.text, 0))]
        self.depth -= 1
        end = args[-1].span if args else token.span
        return Command(token.text if token.text != "accent" else token.raw, tuple(args), option, token.span.to(end))

    def argument(self, command: Token) -> Syntax:
        """One braces group, or one token as TeX takes it: `\\frac12`."""
        if self.at("stop", "close", "comma", "amp", "row", "op", "relation"):
            raise self.error(f"an argument of {command.raw}")
        found = self.primary()
        if isinstance(found, Group) and found.open == "{" and len(found.items) == 1:
            return found.items[0]
        return found

    def environment(self) -> Syntax:
        opening = self.take()
        self.deeper(opening.span)
        rows: list[tuple[Syntax, ...]] = []
        row: list[Syntax] = []
        while True:
            if self.at("end_environment", "row"):
                if row or self.at("row"):
                    rows.append(tuple(row))
                row = []
                if self.take().kind == "end_environment":
                    break
                continue
            row.append(self.cell())
            if self.at("amp"):
                self.take()
            elif not self.at("row", "end_environment"):
                raise self.error("'&', a new row, or the end of the environment")
        self.depth -= 1
        end = self.tokens[self.index - 1].span
        return Rows(opening.text, tuple(r for r in rows if r), opening.span.to(end))

    def cell(self) -> Syntax:
        items = self.items()
        if len(items) == 1:
            return items[0]
        return Group("{", tuple(items), items[0].span.to(items[-1].span))


def script_of(base: Syntax, sub: Syntax | None, sup: Syntax | None, primes: int, span: Span, plain: bool) -> Syntax:
    """A script; in TeX a subscript of a letter is part of its name (`y_1`, `p_Y`, `\\alpha_{t-1}`), so is a star."""
    if plain or not isinstance(base, Word) or base.text in FUNCTION_WORDS:
        return Script(base, sub, sup, primes, span)
    name = base.text
    if isinstance(sup, Word) and sup.text == "star":
        name, sup = f"{name}star", None
    if sub is not None:
        index = index_text(sub)
        if index is None:
            return Script(base, sub, sup, primes, span)
        name = f"{name}_{index}"
    word = Word(name, span if sup is None and not primes else base.span, name)
    return word if sup is None and not primes else Script(word, None, sup, primes, span)


def index_text(sub: Syntax) -> str | None:
    """A subscript as part of a name: letters, digits, `t-1`, `i,j`; None for anything with a meaning of its own."""
    if isinstance(sub, Num | Word):
        return sub.text.replace(".", "p")
    if isinstance(sub, Text):
        return sub.text.replace(" ", "").replace("-", "")
    if isinstance(sub, Group) and sub.open == "{":
        parts = [index_text(item) for item in sub.items]
        return None if None in parts else "_".join(p for p in parts if p is not None)
    if isinstance(sub, Sequence):
        parts = [index_text(item) for item in sub.items]
        return None if None in parts else "".join(p for p in parts if p is not None)
    if isinstance(sub, Infix) and sub.op == "add":
        parts = [index_text(item) for item in sub.args]
        if None in parts:
            return None
        joined = [
            p if p.startswith("minus_") or i == 0 else f"plus_{p}"
            for i, p in enumerate(p for p in parts if p is not None)
        ]
        return "_".join(joined)
    if isinstance(sub, Infix) and sub.op == "neg":
        inner = index_text(sub.args[0])
        return None if inner is None else f"minus_{inner}"
    return None


def multiplied(factors: list[Syntax]) -> Syntax:
    """One factor as it is, several as a flat product."""
    if len(factors) == 1:
        return factors[0]
    return Infix("mul", tuple(factors), factors[0].span.to(factors[-1].span))


def is_letter(base: Syntax) -> TypeGuard[Word]:
    r"""A word whose prime is part of its name: not that of a known function, `\tanh'`."""
    return isinstance(base, Word) and (base.text not in FUNCTION_WORDS or base.text in GREEK.values())


def refuse_reach(part: Syntax) -> None:
    r"""`f + g |_{x=0}`, `f \cdot g |_0^1`: without brackets or `\left.` the bar may be meant for g or for all of it."""
    if not isinstance(part, Script) or not isinstance(part.base, Group) or part.base.open != "at":
        return
    group = part.base
    if group.items and group.span.start == group.items[0].span.start:
        raise ReadError("ambiguous: how far the bar reaches back", part.span, "write [..]_a^b")


def bare_power(syntax: Syntax) -> bool:
    """`x^n` without brackets or braces around the exponent."""
    return isinstance(syntax, Script) and syntax.sup is not None and not isinstance(syntax.sup, Group)


def parse(tokens: list[Token], applies_in_scripts: bool = False) -> Syntax:
    """Surface syntax of one formula.

    `applies_in_scripts` belongs to the notation: in plain text `2^f(x)` is a power of f(x), in TeX a product.

    Raises:
        ReadError: with the place, what was expected and what was found.
    """
    return Parser(tokens, applies_in_scripts).whole()
