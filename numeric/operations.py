r"""What a table of operations is, and the two ways in which an operation can fail to have a value.

A formula is evaluated over *a table*: the same tree gives floats, balls, complex balls, power series or growth bounds,
according to the table that it is handed. A table is any object with the methods of `Operations`; nothing has to be
inherited. The list of scalar operations is closed, so that a table can be complete.

Whether an operation has a value is a question with three answers. It has one: the method returns. It certainly has
none: `Undefined`. It cannot be told from what is known (a ball straddles the pole, a convention decides): then
`Indeterminate`. Only the first two may carry a verdict.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol, TypeVar

V = TypeVar("V")

# name -> (fewest, most) arguments; None means any number
SCALAR_OPERATIONS: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(("add", "mul"), (0, None)),
    **dict.fromkeys(("min", "max", "and", "or"), (1, None)),
    **dict.fromkeys(("div", "pow", "root", "atan2", "binomial", "mod", "besseli"), (2, 2)),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), (2, 2)),
    **dict.fromkeys(("neg", "sqrt", "exp", "log", "abs", "sign", "floor", "ceil", "re", "im", "conj", "not"), (1, 1)),
    **dict.fromkeys(("sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan"), (1, 1)),
    **dict.fromkeys(("sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh"), (1, 1)),
    **dict.fromkeys(("erf", "erfc", "gamma", "loggamma", "digamma", "factorial", "sigmoid", "softplus"), (1, 1)),
    "piecewise": (2, None),
}
CONSTANTS = ("pi", "e", "i", "inf", "euler_gamma")


class Undefined(ArithmeticError):  # noqa: N818 - an answer, not a failure
    """The operation certainly has no value at this argument (log of a negative number, division by an exact zero)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Indeterminate(ArithmeticError):  # noqa: N818 - an answer, not a failure
    """It cannot be told whether there is a value; `more_bits_may_help` says whether precision is the cause."""

    def __init__(self, reason: str, *, more_bits_may_help: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.more_bits_may_help = more_bits_may_help


class Operations(Protocol[V]):
    """A table of operations over values of type V.

    Conditions (lt, and, ...) are Python booleans in every table of this room. `piecewise` takes (condition, value)
    pairs and an optional last value; a condition or a value may be a function without arguments, called only when
    needed, so that a branch that is not taken need not have a value.
    """

    def number(self, value: Fraction) -> V: ...

    def constant(self, name: str) -> V: ...

    def apply(self, op: str, args: tuple[V, ...]) -> V: ...

    def det(self, rows: tuple[tuple[V, ...], ...]) -> V: ...

    def inverse(self, rows: tuple[tuple[V, ...], ...]) -> tuple[tuple[V, ...], ...]: ...


def check_arity(op: str, count: int) -> None:
    """Raise ValueError unless `op` is an operation of the closed list and takes `count` arguments."""
    found = SCALAR_OPERATIONS.get(op)
    if found is None:
        raise ValueError(f"Expected an operation of the closed list; got {op!r}.")
    fewest, most = found
    if count < fewest or (most is not None and count > most):
        expected = f"{fewest}" if fewest == most else f"at least {fewest}"
        raise ValueError(f"Expected {expected} arguments of {op}; got {count}.")


def choose(args: tuple[object, ...]) -> object:
    """The value of the first pair whose condition holds, else the last unpaired value.

    Raises:
        Undefined: no condition holds and there is no last value.
    """
    pairs, otherwise = len(args) // 2, args[-1] if len(args) % 2 else None
    for k in range(pairs):
        condition = args[2 * k]
        if condition() if callable(condition) else condition:
            return _forced(args[2 * k + 1])
    if otherwise is None:
        raise Undefined("no case of the piecewise definition applies")
    return _forced(otherwise)


def _forced(value: object) -> object:
    return value() if callable(value) else value
