r"""Equations between functions: `\sigma' = \sigma(1 - \sigma)`, `\tanh' = 1 - \tanh^2`, with the argument left out.

Such a line says that the two sides agree at every argument.  The argument is spelled out before anything is read: the
one that the line shows elsewhere (`y' = f(x)` with f given, `\frac{df}{dx} = f(1 - f)`), else a name of its own.  A
line with an operator that binds (an integral, an expectation, nabla) is left alone: there a bare function is one more
operand, and not a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import shapes_of_syntax as look
from .context import Context
from .derivative_signs import SIGNS
from .syntax import Command, Group, Infix, Rows, Script, Sequence, Syntax, Word
from .vocabulary import FUNCTION_WORDS, GREEK, PREFIX_WORDS

ARGUMENT = "u"
MAX_NESTING = 60
PLAIN_COMMANDS = ("frac", "sqrt", "conj", "binom", "root", "factorial")


class NotAlone(ValueError):  # noqa: N818 - an answer, not a failure
    """The line is no equation between functions, or its argument cannot be told."""


def spelled_out(lhs: Syntax, rhs: Syntax, context: Context) -> tuple[Syntax, Syntax] | None:
    """Both sides with arguments behind the functions that stand alone; None where none does or it is not clear."""
    found = _Line(context)
    if not any(found.function(word) is not None for side in (lhs, rhs) for word in look.words(side)):
        return None
    try:
        for side in (lhs, rhs):
            found.look(side, 0)
        if not found.alone:
            return None
        name = found.argument()
        return found.spelled(lhs, name), found.spelled(rhs, name)
    except NotAlone:
        return None


def primed_group(item: Syntax) -> Syntax:
    """`f^{-1}` of `(f^{-1})'`; any other item itself."""
    grouped = isinstance(item, Script) and item.primes and isinstance(item.base, Group) and len(item.base.items) == 1
    return item.base.items[0] if grouped and isinstance(item, Script) and isinstance(item.base, Group) else item


def is_slope(name: str, functions: set[str]) -> bool:
    """`fprime` where f is a function of the document: its derivative, and no name of its own.

    >>> is_slope("fprime", {"f"}), is_slope("xprime", {"f"})
    (True, False)
    """
    base = name
    while base.endswith("prime"):
        base = base.removesuffix("prime")
    return base != name and base in functions


def differentiated_by(command: Command) -> str:
    r"""The name in `\frac{df}{dx}`, `\frac{\partial f}{\partial x}` with one name above; "" for any other command."""
    found = look.time_derivative(command)
    if found is not None or command.name != "frac":
        return found[1] if found is not None else ""
    pairs = [arg.items for arg in map(look.peeled, command.args) if isinstance(arg, Sequence) and len(arg.items) == 2]
    words = [item.text for pair in pairs for item in pair if isinstance(item, Word)]
    return words[3] if len(words) == 4 and words[0] == words[2] == "partial" else ""


def is_placed(items: tuple[Syntax, ...], index: int) -> bool:
    r"""`\frac{\partial f}{\partial x}(a)`: a derivative with a bracket behind it, in which the function is no value."""
    item = items[index]
    top = item.args[0] if isinstance(item, Command) and item.name == "frac" else None
    first = top.items[0] if isinstance(top, Sequence) else None
    sign = first.base if isinstance(first, Script) and first.sub is None else first
    following = items[index + 1] if index + 1 < len(items) else None
    bracket = following.base if isinstance(following, Script) and following.sub is None else following
    return isinstance(sign, Word) and sign.text in SIGNS and isinstance(bracket, Group) and bracket.open == "("


@dataclass
class _Line:
    context: Context
    alone: bool = False
    shown: set[str] = field(default_factory=set)
    formal: set[str] = field(default_factory=set)
    known: dict[int, bool] = field(default_factory=dict)

    # -- what a word is --------------------------------------------------------------------------------------------
    def function(self, word: Word) -> tuple[str, int] | None:
        """The name and the primes of a function of one argument; None for any other word."""
        base, primes = word.text, 0
        while base.endswith("prime") and base not in self.context:
            base, primes = base.removesuffix("prime"), primes + 1
        entry = self.context.get(base)
        if entry is not None:
            return (base, primes) if entry.kind == "function" and entry.domain.arity == 1 else None
        known = base in PREFIX_WORDS and base not in GREEK.values() and base in FUNCTION_WORDS
        return (base, primes) if known else None

    def head(self, item: Syntax) -> Word | None:
        """The function word of `f`, `f'`, `f^2`."""
        word = item.base if isinstance(item, Script) and item.sub is None else item
        return word if isinstance(word, Word) and self.function(word) is not None else None

    def takes(self, items: tuple[Syntax, ...], index: int) -> bool:
        """Whether the item is applied to what follows it: to brackets that hold no bare function, or as a prefix."""
        word = self.head(items[index]) or self.head(primed_group(items[index]))
        if word is None or index + 1 >= len(items):
            return False
        following = items[index + 1]
        group = following.base if isinstance(following, Script) and following.sub is None else following
        if isinstance(group, Group) and group.open in ("(", "["):
            if id(group) not in self.known:  # each group is looked into once: nested calls would double the work
                inner = _Line(self.context, known=self.known)
                for item in group.items:
                    inner.look(item, 0)
                self.known[id(group)] = not inner.alone
            return self.known[id(group)]
        return word.text in FUNCTION_WORDS and word.text not in self.context and self.ends_in_operand(items, index + 1)

    def composes(self, items: tuple[Syntax, ...], index: int) -> bool:
        r"""`\log f` with f a function of the document: the logarithm of its value, and no product of functions."""
        word = self.head(items[index])
        inner = self.head(items[index + 1]) if index + 1 < len(items) else None
        declared = inner is not None and (self.function(inner) or ("", 0))[0] in self.context
        return word is not None and declared and word.text in FUNCTION_WORDS and word.text not in self.context

    def ends_in_operand(self, items: tuple[Syntax, ...], index: int) -> bool:
        r"""`\log\sin x` and no `\tanh \tanh'`: whether the functions from here on have an operand behind them."""
        first = index
        while index < len(items) and self.head(items[index]) is not None:
            index += 1
            if index - first > MAX_NESTING:
                raise NotAlone
        return index < len(items)

    # -- looking ---------------------------------------------------------------------------------------------------
    def look(self, syntax: Syntax, depth: int) -> None:
        """Collect the bare functions and the arguments that are shown."""
        if depth > MAX_NESTING or isinstance(syntax, Rows):
            raise NotAlone
        base = syntax.base if isinstance(syntax, Script) and syntax.sub is not None else None
        if isinstance(base, Word) and base.text in ("max", "min"):
            raise NotAlone  # the largest value over what stands below
        if isinstance(syntax, Command):
            if syntax.name not in PLAIN_COMMANDS:
                raise NotAlone
            if by := differentiated_by(syntax):
                self.shown.add(by)
                return
        word = self.head(syntax)
        if word is not None:
            self.note(word)
            return
        if isinstance(syntax, Sequence):
            self.look_along(syntax.items, depth)
            return
        for part in look.parts(syntax):
            self.look(part, depth + 1)

    def look_along(self, items: tuple[Syntax, ...], depth: int) -> None:
        index = 0
        while index < len(items):
            if self.takes(items, index) or is_placed(items, index):
                following = items[index + 1]
                inside = look.bare_word(following)
                if inside is not None:
                    self.shown.add(inside.text)
                index += 2
                continue
            if not self.composes(items, index):
                self.look(items[index], depth + 1)
            index += 1

    def note(self, word: Word) -> None:
        self.alone = True
        base, _ = self.function(word) or ("", 0)
        entry = self.context.get(base)
        named = entry.arguments if entry is not None else ()
        self.formal.update(n for n in named if not n.endswith("_"))  # a name of ours is not shown

    def argument(self) -> str:
        """The name at which both sides are taken."""
        names = self.shown or self.formal
        if len(names) > 1:
            raise NotAlone
        return next(iter(names), ARGUMENT)

    # -- spelling --------------------------------------------------------------------------------------------------
    def spelled(self, syntax: Syntax, name: str) -> Syntax:
        """The syntax with `(name)` behind every bare function."""
        if isinstance(syntax, Command) and differentiated_by(syntax):
            return syntax
        word = self.head(syntax)
        if word is not None:
            return Sequence(self.applied(syntax, word, name), syntax.span)
        if isinstance(syntax, Sequence):
            return Sequence(self.along(syntax.items, name), syntax.span)
        if isinstance(syntax, Infix):
            return Infix(syntax.op, tuple(self.spelled(a, name) for a in syntax.args), syntax.span, syntax.mark)
        if isinstance(syntax, Group):
            return Group(syntax.open, tuple(self.spelled(i, name) for i in syntax.items), syntax.span)
        if isinstance(syntax, Script):
            return Script(self.spelled(syntax.base, name), syntax.sub, syntax.sup, syntax.primes, syntax.span)
        if isinstance(syntax, Command):
            return Command(syntax.name, tuple(self.spelled(a, name) for a in syntax.args), syntax.option, syntax.span)
        return syntax

    def along(self, items: tuple[Syntax, ...], name: str) -> tuple[Syntax, ...]:
        found: list[Syntax] = []
        index = 0
        while index < len(items):
            word = self.head(items[index])
            if self.takes(items, index) or is_placed(items, index):
                found.extend(items[index : index + 2])
                index += 2
                continue
            if self.composes(items, index):
                found.append(items[index])
            else:
                found.extend(self.applied(items[index], word, name) if word else (self.spelled(items[index], name),))
            index += 1
        return tuple(found)

    def applied(self, item: Syntax, word: Word, name: str) -> tuple[Syntax, Syntax]:
        """`f'(name)`: the function with its primes as marks, and its argument."""
        base, primes = self.function(word) or (word.text, 0)
        plain = Word(base, word.span, word.raw.rstrip("'"))
        if isinstance(item, Script):
            head: Syntax = Script(plain, None, item.sup, item.primes + primes, item.span)
        else:
            head = Script(plain, None, None, primes, word.span) if primes else plain
        return head, Group("(", (Word(name, word.span, name),), word.span)
