r"""A number by which equal values are recognised, whatever their notation: for grouping, never for a verdict.

    1/2*(1 - e^(-2))      0.5 - exp(-2)/2      ->      one fingerprint

A value as a Run shows it is evaluated in floating point, every free name at a fixed number of its own.  What is no
elementary function (an integral, a density, a derivative) is taken as an unknown function of its operands: a number
that depends on its name and their values; the letter that it binds does not count.  The work is linear in the text, and
what cannot be evaluated has its text as a fingerprint.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from itertools import chain

_TOKEN = re.compile(r"[^\W\d]\w*'*|\d+(?:\.\d+)?(?:e[+-]?\d+)?|\S")
_NAME = re.compile(r"[^\W\d]\w*'*")
LONGEST, DEEPEST = 4000, 60
DIGITS = 9
Value = float | list["Value"]
CONSTANTS = {"e": math.e, "pi": math.pi, "inf": 1e300}
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "sech": lambda x: 1 / math.cosh(x),
    "abs": abs,
}


class NoValueError(ValueError):
    """The text is not evaluated."""


def fingerprint(value: str) -> str:
    """What equal values share.

    >>> fingerprint("1/2*(1 - e^(-2))") == fingerprint("0.5 - exp(-2)/2")
    True
    >>> fingerprint("integral(f(u), (u, 0, 1))") == fingerprint("integral(f(t), (t, 0, 1))"), fingerprint("?")
    (True, '?')
    """
    if len(value) > LONGEST:
        return value
    try:
        return shown(Reader(_TOKEN.findall(value)).whole())
    except (NoValueError, ArithmeticError, ValueError, TypeError, IndexError):
        return value


def shown(value: Value) -> str:
    if isinstance(value, list):
        return f"[{','.join(shown(item) for item in value)}]"
    return f"{0.0 if abs(value) < 1e-12 else value:.{DIGITS - 1}e}"


def number_of(name: str, *values: Value) -> float:
    """A number between 1/2 and 3/2 that depends on a name and on values, the same on every machine."""
    text = "|".join((name, *(shown(value) for value in values)))
    return 0.5 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


class Reader:
    """Evaluates plain notation while it reads it: sums, products, powers, calls, lists."""

    def __init__(self, tokens: list[str], bound: Mapping[str, float] | None = None) -> None:
        self.tokens, self.index, self.depth = [*tokens, ""], 0, 0
        self.bound = dict(bound or {})

    @property
    def here(self) -> str:
        return self.tokens[self.index]

    def take(self, wanted: str = "") -> str:
        token = self.tokens[self.index]
        if wanted and token != wanted:
            raise NoValueError(f"expected {wanted}; got {token}")
        self.index += 1
        return token

    def whole(self) -> Value:
        found = self.sum()
        if self.here:
            raise NoValueError(f"expected the end; got {self.here}")
        return found

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NoValueError("too deep")

    def sum(self) -> Value:
        self.deeper()
        found = self.product()
        while self.here in ("+", "-"):
            sign = 1.0 if self.take() == "+" else -1.0
            found = plus(found, times(sign, self.product()))
        self.depth -= 1
        return found

    def product(self) -> Value:
        found = self.signed()
        while self.here in ("*", "/"):
            if self.take() == "*":
                found = times(found, self.signed())
            else:
                found = times(found, 1 / scalar(self.signed()))
        return found

    def signed(self) -> Value:
        sign = 1.0
        while self.here in ("-", "+"):
            sign = -sign if self.take() == "-" else sign
        return times(sign, self.power()) if sign < 0 else self.power()

    def power(self) -> Value:
        base = self.primary()
        if self.here != "^":
            return base
        self.take()
        if self.here == "T":
            self.take()
            return transposed(base)
        self.deeper()
        found: float | complex = scalar(base) ** scalar(self.signed())
        self.depth -= 1
        if isinstance(found, complex):
            raise NoValueError("no real value")
        return found

    def primary(self) -> Value:
        token = self.take()
        if token == "(":
            found = self.sum()
            self.take(")")
            return found
        if token == "[":
            return self.items("]")
        if token[:1].isdigit():
            return float(token)
        if not _NAME.fullmatch(token):
            raise NoValueError(f"no value: {token}")
        if self.here == "(":
            self.take()
            return self.call(token)
        return self.bound.get(token, CONSTANTS.get(token, number_of(token)))

    def items(self, end: str) -> list[Value]:
        found: list[Value] = []
        while self.here != end:
            found.append(self.sum())
            if self.here == ",":
                self.take()
        self.take(end)
        return found

    def call(self, name: str) -> Value:
        """A function, or a binder: `integral(body, (x, a, b))`, whose letter is a number of its place."""
        letter = self.bound_letter()
        before = self.bound.get(letter)
        if letter:
            self.bound[letter] = number_of(f"bound {self.depth}")
        values: list[Value] = []
        while self.here != ")":
            values.append(self.range() if self.tokens[self.index : self.index + 2] == ["(", letter] else self.sum())
            if self.here == ",":
                self.take()
        self.take(")")
        if letter:
            self.bound.pop(letter) if before is None else self.bound.update({letter: before})
        if name in FUNCTIONS and len(values) == 1:
            return FUNCTIONS[name](scalar(values[0]))
        return number_of(name, *values)

    def range(self) -> list[Value]:
        self.take("(")
        self.take()
        self.take(",")
        return self.items(")")

    def bound_letter(self) -> str:
        """The letter of `(x, a, b)` behind the body of the call that begins here, "" where there is none."""
        depth = 0
        for k in range(self.index, len(self.tokens) - 3):
            token = self.tokens[k]
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token, 0)
            if depth < 0:
                return ""
            if token == "," and depth == 0 and self.tokens[k + 1] == "(" and self.tokens[k + 3] == ",":
                return self.tokens[k + 2]
        return ""


# -- numbers, columns and matrices as lists ----------------------------------------------------------------------------
def scalar(value: Value) -> float:
    if isinstance(value, list):
        raise NoValueError("expected a number")
    return value


def plus(left: Value, right: Value) -> Value:
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        return [plus(a, b) for a, b in zip(left, right, strict=True)]
    return scalar(left) + scalar(right)


def times(left: Value, right: Value) -> Value:
    """A product; of two lists that of matrices, a list of numbers being a column."""
    if not isinstance(left, list) and not isinstance(right, list):
        return left * right
    if not isinstance(left, list) or not isinstance(right, list):
        factor, items = (left, right) if isinstance(right, list) else (right, left)
        return [times(factor, item) for item in items]  # type: ignore[union-attr]
    rows, columns = matrix(left), list(zip(*matrix(right), strict=True))
    found: list[Value] = [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in rows]
    flat = list(chain.from_iterable(matrix(found)))
    return flat[0] if len(flat) == 1 else list(flat) if len(columns) == 1 else found


def matrix(value: list[Value]) -> list[list[float]]:
    return [[scalar(item) for item in row] if isinstance(row, list) else [row] for row in value]


def transposed(value: Value) -> Value:
    if not isinstance(value, list):
        return value
    return [list(column) for column in zip(*matrix(value), strict=True)]
