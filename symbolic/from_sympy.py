r"""From SymPy to our tree: a whitelist of heads, each written as the operation it stands for.

Symbols become names, numbers exact rationals (a Float is the decimal that it prints), matrices arrays.  A head that is
not in the tables is refused by name; nothing is guessed.  SymPy is imported only when an object of it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .plain import canonical_name
from .tree import Apply, Array, Bind, Call, Name, Node, Number, add, integer, mul, neg

_CONSTANTS = {
    "Pi": "pi",
    "Exp1": "e",
    "ImaginaryUnit": "imaginary",
    "Infinity": "inf",
    "EulerGamma": "euler_gamma",
}
_HEADS = {
    **{f: f for f in ("exp", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "atan2")},
    **{f: f for f in ("sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh")},
    **{f: f for f in ("sign", "erf", "erfc", "gamma", "loggamma", "factorial", "binomial", "floor", "re", "im")},
    "log": "log",
    "Abs": "abs",
    "ceiling": "ceil",
    "conjugate": "conj",
    "Min": "min",
    "Max": "max",
    "Mod": "mod",
    "besseli": "besseli",
    "Transpose": "transpose",
    "Inverse": "inverse",
    "Determinant": "det",
    "Trace": "trace",
}
_RELATIONS = {
    "StrictLessThan": "lt",
    "LessThan": "le",
    "StrictGreaterThan": "gt",
    "GreaterThan": "ge",
    "Equality": "eq",
    "Unequality": "ne",
}
_BINDERS = {"Integral": "integral", "Sum": "sum", "Product": "product"}
MAX_NODES = 20_000


def tree_from(value: Any) -> Node:
    """The tree of a SymPy object, an int, a Fraction, a float (its decimal), or a nested list of them.

    Raises:
        TypeError: a kind of object that is not mathematics, or a head that is not in the tables.
        ValueError: beyond the limit of nodes.
    """
    return _Reader().node(value)


class _Reader:
    def __init__(self) -> None:
        self.left = MAX_NODES

    def node(self, value: Any) -> Node:
        self.left -= 1
        if self.left < 0:
            raise ValueError(f"Expected an expression of at most {MAX_NODES} nodes; got more")
        if isinstance(value, Number | Name | Apply | Array | Call | Bind):
            return value
        if isinstance(value, bool):
            raise TypeError("Expected an expression; got a truth value")
        if isinstance(value, int | Fraction):
            return Number(Fraction(value))
        if isinstance(value, float):
            return decimal(repr(value))
        if isinstance(value, list | tuple):
            return self.rows(value)
        if hasattr(value, "is_Matrix") or hasattr(value, "func"):
            return self.symbolic(value)
        raise TypeError(f"Expected a text, a SymPy object or a number; got {type(value).__name__}")

    def rows(self, value: list[Any] | tuple[Any, ...]) -> Node:
        rows = [row if isinstance(row, list | tuple) else [row] for row in value]
        if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
            raise TypeError("Expected rows of one length")
        return Array(tuple(tuple(self.node(e) for e in row) for row in rows))

    def symbolic(self, value: Any) -> Node:
        if getattr(value, "is_Matrix", False) and not getattr(value, "is_MatrixExpr", False):
            return Array(tuple(tuple(self.node(value[i, j]) for j in range(value.cols)) for i in range(value.rows)))
        if value.is_Symbol or type(value).__name__ == "MatrixSymbol":
            return Name(symbol_name(value.name))
        if value.is_Rational:
            return Number(Fraction(int(value.p), int(value.q)))
        if value.is_Float:
            return decimal(str(value))
        head = type(value).__name__
        if head in _CONSTANTS:
            return Name(_CONSTANTS[head])
        if head == "NegativeInfinity":
            return neg(Name("inf"))
        rule: Callable[[Any], Node] | None = getattr(self, f"read_{head.lower()}", None) if head in _RULES else None
        if rule is not None:
            return rule(value)
        if head in _BINDERS:
            return self.binder(_BINDERS[head], value)
        if head in _HEADS or head in _RELATIONS:
            return Apply(_HEADS.get(head) or _RELATIONS[head], tuple(self.node(a) for a in value.args))
        if is_undefined(value):
            return Call(symbol_name(head), tuple(self.node(a) for a in value.args))
        raise TypeError(f"Expected an expression of known functions; got {head}")

    # -- heads with a form of their own ----------------------------------------------------------------------------
    def read_add(self, value: Any) -> Node:
        return add(*(self.node(a) for a in value.args))

    def read_mul(self, value: Any) -> Node:
        top, bottom = value.as_numer_denom()
        if bottom != 1 and top.args != value.args:
            return Apply("div", (self.node(top), self.node(bottom)))
        return mul(*(self.node(a) for a in value.args))

    def read_matadd(self, value: Any) -> Node:
        return add(*(self.node(a) for a in value.args))

    def read_matmul(self, value: Any) -> Node:
        return mul(*(self.node(a) for a in value.args))

    def read_pow(self, value: Any) -> Node:
        base, exponent = value.args
        if exponent.is_Rational and (exponent.p, exponent.q) == (1, 2):
            return Apply("sqrt", (self.node(base),))
        return Apply("pow", (self.node(base), self.node(exponent)))

    def read_matpow(self, value: Any) -> Node:
        base, exponent = value.args
        if exponent == -1:
            return Apply("inverse", (self.node(base),))
        return Apply("pow", (self.node(base), self.node(exponent)))

    def read_identity(self, value: Any) -> Node:
        size = value.args[0]
        return Apply("identity", (integer(int(size)),) if size.is_Integer else ())

    def read_derivative(self, value: Any) -> Node:
        names = tuple(symbol_name(x.name) for x, count in value.variable_count for _ in range(int(count)))
        return Bind("diff", names, (self.node(value.expr),), "d")

    def read_limit(self, value: Any) -> Node:
        body, name, point, direction = value.args
        tag = {"+": "+", "-": "-"}.get(str(direction), "")
        return Bind("limit", (symbol_name(name.name),), (self.node(body), self.node(point)), tag)

    def read_piecewise(self, value: Any) -> Node:
        parts: list[Node] = []
        for found, condition in value.args:
            if condition == True:  # noqa: E712 - SymPy's true
                parts.append(self.node(found))
                break
            parts.extend((self.node(condition), self.node(found)))
        return Apply("piecewise", tuple(parts))

    def read_and(self, value: Any) -> Node:
        return Apply("and", tuple(self.node(a) for a in value.args))

    def read_or(self, value: Any) -> Node:
        return Apply("or", tuple(self.node(a) for a in value.args))

    def binder(self, op: str, value: Any) -> Node:
        """Integrals, sums and products: every variable with its two bounds, in SymPy's order."""
        body, *limits = value.args
        if any(len(limit) != 3 for limit in limits):
            raise TypeError(f"Expected a definite {op}")
        bounds = [self.node(b) for limit in limits for b in (limit[1], limit[2])]
        names = tuple(symbol_name(limit[0].name) for limit in limits)
        return Bind(op, names, (self.node(body), *bounds))


_RULES = frozenset(
    (
        *("Add", "Mul", "Pow", "MatAdd", "MatMul", "MatPow", "Identity", "Derivative", "Limit", "Piecewise"),
        *("And", "Or"),
    )
)


def is_undefined(value: Any) -> bool:
    """An applied undefined function: f(x)."""
    return type(type(value)).__name__ == "UndefinedFunction"


def decimal(text: str) -> Number:
    """A float counts as the decimal that is printed for it."""
    if not re.fullmatch(r"-?\d+(\.\d*)?(e[+-]?\d{1,3})?", text):
        raise TypeError(f"Expected a finite number; got {text}")
    return Number(Fraction(text), text)


def symbol_name(name: str) -> str:
    """The name of a symbol, in the form in which a domain declares it."""
    word = name.lstrip("\\").replace("{", "").replace("}", "")
    if not re.fullmatch(r"[^\W\d]\w*", word) or len(word) > 60:
        raise TypeError(f"Expected a symbol of letters, digits and underscores; got {name!r}")
    return canonical_name(word)


def domains_of(value: Any) -> dict[str, str]:
    """The domains that SymPy's own assumptions declare, in the words of `where`: {"x": "positive", "f": "function(1)"}.

    A symbol without assumptions is left out: it is real by default, like any other undeclared name.
    """
    if not hasattr(value, "free_symbols"):
        return {}
    found: dict[str, str] = {}
    for symbol in sorted(value.free_symbols, key=str):
        if getattr(symbol, "is_MatrixExpr", False) or type(symbol).__name__ == "MatrixSymbol":
            if all(size.is_Integer for size in symbol.shape):
                found[symbol_name(symbol.name)] = f"matrix({int(symbol.rows)},{int(symbol.cols)})"
            continue
        words = [word for word in ("integer", "positive", "negative", "nonnegative") if getattr(symbol, f"is_{word}")]
        if "positive" in words and "nonnegative" in words:
            words.remove("nonnegative")
        if not words and symbol.is_real:
            words = ["real"]
        if words and symbol.is_nonzero and not {"positive", "negative"} & set(words):
            words.append("nonzero")
        if words:
            found[symbol_name(symbol.name)] = ", ".join(words)
    from sympy.core.function import AppliedUndef

    for call in value.atoms(AppliedUndef) if hasattr(value, "atoms") else ():
        found[symbol_name(type(call).__name__)] = f"function({len(call.args)})"
    return found
