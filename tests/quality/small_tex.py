r"""A small reader of TeX sides for the campaigns: a tree whose every node knows its place in the text.

It shares nothing with the reader of the product.  What it does not know raises `UnknownError`: that side is left out.

    expr   = [+-] term ([+-] term)*          term = factor ((\cdot | \times | / | nothing) factor)*
    factor = base [^script]*                 base = number | name | name(args) | group | \frac | \sqrt | function | ...
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

FUNCTIONS = {
    **{f"\\{n}": n for n in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "det")},
    "\\ln": "log",
    **{f"\\{k}{{{n}}}": n for k in ("operatorname", "text", "mathrm") for n in ("sech", "tr")},
    **{f"\\{k}{{trace}}": "tr" for k in ("operatorname", "text", "mathrm")},
}
ONE_FACTOR = ("det", "tr")
SKIPPED = re.compile(r"(?:[\s~]|\\[,;:!]|\\left(?![a-z])|\\right(?![a-z])|\\quad|\\bigl|\\bigr)+")
TOKEN = re.compile(
    r"\\(?:operatorname|text|mathrm)\s*\{[a-z]+\}|\\mathbb\{E\}|\\mathcal\{N\}|\\boldsymbol\{\\?[a-zA-Z]+\}"
    r"|\\(?:begin|end)\{[pb]matrix\}|\\hat\s*\\?[a-zA-Z]+|\\\\|\\\||\\[{}]|\\[a-zA-Z]+|\d+(?:\.\d+)?|[a-zA-Z]|."
)
DIFFERENTIAL = re.compile(r"\s*(?:d|\\partial)\s*(\\[a-zA-Z]+|[a-zA-Z])(_\{?\w+\}?)?\s*(?:\^\{?(\d)\}?)?\s*")
NUMERATOR = re.compile(r"\s*(?:d(?![a-z])|\\partial)(?:\^\{?\d\}?)?")
GREEK = re.compile(
    r"\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|varphi|psi"
    r"|omega|Sigma|Lambda|Delta|hat.*|boldsymbol.*)$"
)


class UnknownError(ValueError):
    """A construct that this reader does not know."""


@dataclass(frozen=True)
class Tree:
    """A node: what it is, its parts, its place, and a word (the name, number or function)."""

    op: str
    parts: tuple[Tree, ...]
    start: int
    stop: int
    word: str = ""


def walk(tree: Tree) -> list[Tree]:
    return [tree, *(node for part in tree.parts for node in walk(part))]


def read(text: str, functions: Collection[str] = (), atoms: Collection[str] = ()) -> Tree:
    """The tree of a side; `functions` are applied to the brackets behind them, `atoms` are read as one name."""
    reader = Reader(text, functions, atoms)
    tree = reader.expr()
    if reader.peek():
        raise UnknownError(reader.peek())
    return tree


class Reader:
    def __init__(self, text: str, functions: Collection[str], atoms: Collection[str]) -> None:
        self.text, self.functions, self.atoms = text, functions, sorted(atoms, key=len, reverse=True)
        self.at, self.end, self.inside = 0, 0, 0

    # -- tokens --------------------------------------------------------------------------------------------------------
    def ahead(self) -> int:
        """Where the next token stands; what lies before it stays unread, so that a \\left belongs to its bracket."""
        skip = SKIPPED.match(self.text, self.at)
        return skip.end() if skip else self.at

    def peek(self) -> str:
        at = self.ahead()
        for atom in self.atoms:
            if self.text.startswith(atom, at):
                return atom
        found = TOKEN.match(self.text, at)
        return found.group() if found else ""

    def next(self) -> str:
        at, token = self.ahead(), self.peek()
        self.at = self.end = at + len(token)
        return token

    def take(self, *tokens: str) -> str:
        if self.peek() not in tokens:
            raise UnknownError(f"{tokens} expected, found {self.peek()!r}")
        return self.next()

    def place(self) -> int:
        """Where the next token starts, with a \\left before it."""
        skip = re.compile(r"(?:[\s~&]|\\[,;:!]|\\quad)*").match(self.text, self.at)
        return skip.end() if skip else self.at

    def tree(self, op: str, parts: tuple[Tree, ...], start: int, word: str = "") -> Tree:
        return Tree(op, parts, start, self.end, word)

    # -- grammar -------------------------------------------------------------------------------------------------------
    def expr(self) -> Tree:
        start, terms = self.place(), []
        while True:
            begin, sign = self.place(), ""
            if self.peek() in ("+", "-"):
                sign = self.next()
            elif terms:
                break
            term = self.term()
            terms.append(self.tree("neg", (term,), begin) if sign == "-" else term)
            if self.peek() not in ("+", "-"):
                break
        return terms[0] if len(terms) == 1 else self.tree("add", tuple(terms), start)

    def term(self) -> Tree:
        start = self.place()
        found = [self.factor()]
        while True:
            token = self.peek()
            if token == "/":
                self.next()
                top = found[0] if len(found) == 1 else self.tree("mul", tuple(found), start)
                found = [self.tree("over", (top, self.factor()), start)]
            elif token in ("\\cdot", "\\times") or self.starts(token):
                if token in ("\\cdot", "\\times"):
                    self.next()
                found.append(self.factor())
            else:
                break
        return found[0] if len(found) == 1 else self.tree("mul", tuple(found), start)

    def starts(self, token: str) -> bool:
        if token == "d" and self.inside:
            return False
        return bool(token) and (
            token in self.atoms
            or token in FUNCTIONS
            or token[0].isalnum()
            or token in ("(", "[", "\\frac", "\\tfrac", "\\dfrac", "\\sqrt", "\\int", "\\sum", "\\mathbb{E}", "\\nabla")
            or token.startswith("\\begin")
            or bool(GREEK.match(token))
        )

    def factor(self) -> Tree:
        start = self.place()
        base = self.base()
        while self.peek() == "^":
            base = self.power(base, start)
        return base

    def power(self, base: Tree, start: int) -> Tree:
        self.take("^")
        script = self.script()
        word = self.text[script.start : script.stop].strip("{} ")
        if word in ("T", "\\top"):
            return self.tree("transpose", (base,), start)
        return self.tree("pow", (base, script), start)

    def script(self) -> Tree:
        """`{expr}` or one token."""
        if self.peek() == "{":
            return self.braces()
        start, token = self.place(), self.next()
        if token == "\\top":
            return self.tree("name", (), start, token)
        if token.isdigit() and len(token) > 1:  # x^12 is x^1 2
            self.at = self.end = self.at - len(token) + 1
            token = token[0]
        return self.atom(token, start)

    def braces(self) -> Tree:
        self.take("{")
        tree = self.expr()
        self.take("}")
        return tree

    def raw_braces(self) -> str:
        """The text of `{..}`, or one token."""
        if self.peek() != "{":
            return self.next()
        start, depth = self.ahead() + 1, 0
        while True:
            token = self.next()
            depth += (token == "{") - (token == "}")
            if not token:
                raise UnknownError("open brace")
            if depth == 0:
                return self.text[start : self.at - 1]

    def atom(self, token: str, start: int) -> Tree:
        if re.fullmatch(r"\d+(?:\.\d+)?", token):
            return self.tree("num", (), start, token)
        if re.fullmatch(r"[a-zA-Z]", token) or GREEK.match(token):
            return self.tree("name", (), start, token)
        raise UnknownError(token)

    def base(self) -> Tree:
        start, token = self.place(), self.peek()
        if token in self.atoms:
            self.next()
            return self.tree("atom", (), start, token)
        if token in ("(", "["):
            return self.group(start)
        if token == "|":
            self.next()
            inner = self.expr()
            self.take("|")
            return self.tree("bars", (inner,), start)
        if token in ("\\frac", "\\tfrac", "\\dfrac"):
            return self.fraction(start)
        if token == "\\sqrt":
            self.next()
            return self.tree("sqrt", (self.script(),), start)
        if token in FUNCTIONS:
            return self.function(start)
        if token.startswith("\\begin"):
            return self.matrix(start)
        if token in ("\\int", "\\sum", "\\mathbb{E}", "\\nabla"):
            return self.operator(start)
        return self.name(start)

    def group(self, start: int) -> Tree:
        close = {"(": ")", "[": "]"}[self.next()]
        inner = self.expr()
        self.take(close)
        return self.tree("group", (inner,), start)

    def fraction(self, start: int) -> Tree:
        self.next()
        before = self.at = self.ahead()
        top, bottom = self.raw_braces(), self.raw_braces()
        after = self.at
        over = DIFFERENTIAL.fullmatch(bottom)
        head = NUMERATOR.match(top) if over else None
        if over is None or head is None:
            self.at = before
            parts = (self.script(), self.script())
            return self.tree("frac", parts, start)
        name = over.group(1) + (over.group(2) or "").replace("{", "").replace("}", "")
        word = f"{name}:{over.group(3) or 1}"
        if not top[head.end() :].strip():
            return self.tree("diff", (self.factor(),), start, word)
        self.at = before + 1 + head.end()
        of = self.expr()
        self.at = self.end = after
        return self.tree("diff", (of,), start, word)

    def function(self, start: int) -> Tree:
        word = FUNCTIONS[self.next()]
        exponent = None
        if self.peek() == "^":
            self.next()
            exponent = self.script()
            if exponent.op != "num":
                raise UnknownError("an inverse function")
        argument = self.argument(word)
        found = self.tree("fn", (argument,), start, word)
        return found if exponent is None else self.tree("fnpow", (found, exponent), start, word)

    def argument(self, word: str) -> Tree:
        start = self.place()
        if self.peek() in ("(", "["):
            return self.group(start)
        if word in ONE_FACTOR:
            return self.factor()
        found = [self.factor()]
        while self.starts(self.peek()) and self.peek() not in FUNCTIONS and self.peek() not in ("(", "["):
            found.append(self.factor())
        return found[0] if len(found) == 1 else self.tree("mul", tuple(found), start)

    def matrix(self, start: int) -> Tree:
        self.next()
        rows, row = [], []
        while True:
            row.append(self.expr())
            token = self.take("&", "\\\\", "\\end{pmatrix}", "\\end{bmatrix}")
            if token != "&":
                rows.append(Tree("row", tuple(row), row[0].start, row[-1].stop))
                row = []
            if token.startswith("\\end"):
                return self.tree("matrix", tuple(rows), start)

    def operator(self, start: int) -> Tree:
        token = self.next()
        if token == "\\int":
            return self.integral(start)
        if token == "\\sum":
            raise UnknownError("a sum")
        self.take("_")
        word = self.raw_braces().strip()
        if token == "\\nabla":
            return self.tree("diff", (self.factor(),), start, f"{word}:1")
        return self.tree("mean", (self.group(self.place()),), start, word.split("\\sim")[0].strip())

    def integral(self, start: int) -> Tree:
        bounds: tuple[Tree, ...] = ()
        if self.peek() == "_":
            self.next()
            low = self.bound()
            self.take("^")
            bounds = (low, self.bound())
        self.inside += 1
        integrand = self.expr()
        self.inside -= 1
        self.take("d")
        return self.tree("integral", (integrand, *bounds), start, self.next())

    def bound(self) -> Tree:
        """A bound: an infinity or an expression."""
        start, text = self.place(), re.compile(r"\s*(?:\{\s*(-?)\\infty\s*\}|(-?)\\infty)").match(self.text, self.at)
        if text is None:
            return self.script()
        self.at = self.end = text.end()
        return self.tree("infinity", (), start, text.group(1) or text.group(2) or "+")

    def name(self, start: int) -> Tree:
        token = self.next()
        found = self.atom(token, start)
        if found.op == "num":
            return found
        word = token
        if self.text.startswith("'", self.at):
            word += self.next()
        if self.text[self.at : self.at + 1] == "_":
            self.next()
            word += "_" + self.raw_braces().strip()
        if word in self.functions and self.peek() == "(":
            self.next()
            args = [self.expr()]
            while self.peek() in (",", ";"):
                self.next()
                args.append(self.expr())
            self.take(")")
            return self.tree("call", tuple(args), start, word)
        return self.tree("name", (), start, word)
