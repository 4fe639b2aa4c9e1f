r"""SymPy objects printed as a textbook prints them: names as in the document, common factors out, sech for 1 - tanh^2.

    1/25 [[13, 11], [11, 17]]    a rational matrix with its common denominator in front
    exp(-1/8 (17 y_1^2 - ..))    a long exponent on the line, its rational content in front
    3 z_1^2 sech^2(z_1^3)        instead of 3 z_1^2 (1 - tanh^2(z_1^3))
    d/dz_1 (p f)                 a differentiated product in brackets

`names` gives TeX to whole subexpressions: the density p(z_1, z_2, t) is printed as p, the integral of exp(-E) as Z.
The value is never changed beyond these identities: what is printed equals what was verified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from .printing import name_tex
from .pythagoras import squares_as_sech

# Signs on a line beyond which a sum is broken; TeX characters beyond which an expression is not printed at all.
LINE = 72
LONGEST = 6_000
_MATRIX_ENTRY = re.compile(r"([A-Za-z]\w*?)_(\d+)_(\d+)")


class Textbook(LatexPrinter):  # type: ignore[misc]
    """A printer with TeX for whole subexpressions (`names`)."""

    def __init__(self, names: Mapping[Any, str] | None = None) -> None:
        super().__init__({"mat_str": "pmatrix", "mat_delim": ""})
        self.names = dict(names or {})

    def tex(self, value: Any) -> str:
        """TeX of a value; long sums over several lines; an expression beyond the limit is described, not printed."""
        shown = with_sech(value)
        if isinstance(shown, sympy.MatrixBase) and shown.shape == (1, 1):
            shown = shown[0, 0]
        found = self._print(shown)
        if len(found) > LONGEST:
            return rf"\text{{an expression of {len(found)} characters, not printed}}"
        if isinstance(shown, sympy.Add) and shown not in self.names and width(found) > LINE:
            return self.broken(shown)
        return str(found)

    def broken(self, total: Any) -> str:
        """A sum over several aligned lines, each of about LINE signs."""
        lines = [""]
        for term in self._as_ordered_terms(total):
            part = str(self._print(term))
            joined = part if part.startswith("-") or lines == [""] else f"+ {part}"
            if lines[-1] and width(lines[-1]) + width(joined) > LINE:
                lines.append(joined)
            else:
                lines[-1] = f"{lines[-1]} {joined}".strip()
        if len(lines) == 1:
            return lines[0]
        return r"\begin{aligned}" + r" \\ ".join(rf"& {line}" for line in lines) + r"\end{aligned}"

    def with_content(self, value: Any) -> str:
        r"""TeX with the rational content in front: \frac{1}{4}(17 y_1^2 - 22 y_1 y_2 + 13 y_2^2)."""
        content, primitive = value.as_content_primitive()
        if not isinstance(primitive, sympy.Add):
            return str(self._print(value))
        if str(self._print(primitive)).startswith("-"):
            content, primitive = -content, -primitive
        inside = self._print(primitive)
        if content == 1:
            return str(inside)
        sign = "-" if content == -1 else self._print(content)
        return rf"{sign}\left({inside}\right)"

    # -- dispatch: a named subexpression is printed by its name ------------------------------------------------------
    def _print(self, expr: Any, **kwargs: Any) -> Any:
        if isinstance(expr, sympy.Basic) and expr in self.names:
            power = kwargs.get("exp")
            return self.names[expr] if power is None else rf"{self.names[expr]}^{{{power}}}"
        return super()._print(expr, **kwargs)

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        return symbol_tex(expr.name)

    def _print_Dummy(self, expr: Any) -> str:
        return symbol_tex(expr.name)

    def _print_AppliedUndef(self, expr: Any, exp: Any = None) -> str:
        name = name_tex(expr.func.__name__)
        raised = "" if exp is None else rf"^{{{exp}}}"
        return rf"{name}{raised}\left({', '.join(self._print(a) for a in expr.args)}\right)"

    def _print_log(self, expr: Any, exp: Any = None) -> str:
        argument = expr.args[0]
        raised = "" if exp is None else rf"^{{{exp}}}"
        if isinstance(argument, sympy.Abs):
            return rf"\log{raised} \left|{self._print(argument.args[0])}\right|"
        if argument in self.names or argument.is_Symbol or argument.is_Integer:
            return rf"\log{raised} {self._print(argument)}"
        return rf"\log{raised}\left({self._print(argument)}\right)"

    def _print_Derivative(self, expr: Any) -> str:
        several = len(expr.expr.free_symbols) > 1 or expr.expr in self.names
        d = r"\partial" if several else "d"
        order = sum(int(count) for _, count in expr.variable_count)
        below = " ".join(
            rf"{d} {self._print(name)}" + (rf"^{{{count}}}" if count != 1 else "")
            for name, count in expr.variable_count
        )
        above = d if order == 1 else rf"{d}^{{{order}}}"
        body = self._print(expr.expr)
        if expr.expr in self.names or expr.expr.is_Symbol:
            return rf"\frac{{{above} {body}}}{{{below}}}"
        if expr.expr.is_Add or expr.expr.is_Mul:
            body = rf"\left({body}\right)"
        return rf"\frac{{{above}}}{{{below}}} {body}"

    def _print_ExpBase(self, expr: Any, exp: Any = None) -> str:
        argument = expr.exp
        if not _is_long(argument):
            return str(super()._print_ExpBase(expr, exp))
        raised = "" if exp is None else rf"^{{{exp}}}"
        return rf"\exp{raised}\left({self.with_content(argument)}\right)"

    def _print_exp(self, expr: Any, exp: Any = None) -> str:
        return self._print_ExpBase(expr, exp)

    def _print_Mul(self, expr: Any) -> str:
        """Exponentials with long exponents stand behind the other factors, never in a numerator."""
        long = [a for a in expr.args if isinstance(a, sympy.exp) and _is_long(a.exp) and a not in self.names]
        if not long or not expr.is_commutative:
            return str(super()._print_Mul(expr))
        rest = sympy.Mul(*(a for a in expr.args if a not in long))
        behind = " ".join(self._print(a) for a in long)
        if rest == 1:
            return behind
        front = "-" if rest == -1 else self._print(rest)
        return rf"\left({front}\right) {behind}" if rest.is_Add else rf"{front} {behind}"

    def _print_MatrixBase(self, expr: Any) -> str:
        """Rational matrices with their common denominator in front; a 1 x 1 matrix as a factor."""
        if expr.shape == (1, 1):
            entry = self._print(expr[0, 0])
            return rf"\left({entry}\right)" if expr[0, 0].is_Add or entry.startswith("-") else rf"\cdot {entry}"
        if all(entry.is_Rational for entry in expr) and len(expr) > 1:
            denominator = sympy.ilcm(1, *(entry.q for entry in expr))
            if denominator > 1:
                return rf"\frac{{1}}{{{denominator}}}{super()._print_MatrixBase(expr * denominator)}"
        return str(super()._print_MatrixBase(expr))


def _is_long(exponent: Any) -> bool:
    """An exponent with a sum in it stands on the line."""
    return bool(exponent.has(sympy.Add))


def symbol_tex(name: str) -> str:
    r"""TeX of a name of the document: `z_1` is z_{1}, `sigma_2` is \sigma_{2}, the entry `A_1_2` is A_{12}."""
    entry = _MATRIX_ENTRY.fullmatch(name)
    if entry is not None:
        comma = "," if max(len(entry[2]), len(entry[3])) > 1 else ""
        return rf"{name_tex(entry[1])}_{{{entry[2]}{comma}{entry[3]}}}"
    return name_tex(name)


def vector_tex(names: Sequence[Any]) -> str:
    """The vector of some symbols: y for y_1, y_2; the list of them when they share no stem."""
    stems = {name.name.rpartition("_")[0] for name in names}
    if len(names) > 1 and len(stems) == 1 and "" not in stems:
        return symbol_tex(stems.pop())
    return ", ".join(symbol_tex(name.name) for name in names)


def width(tex: str) -> int:
    """About how many signs a formula is wide: a command is one sign, braces and spaces are none."""
    bare = re.sub(r"\\(?:left|right|operatorname|mathrm|frac)\b", "", tex)
    return len(re.sub(r"[{}\s^_]", "", re.sub(r"\\[A-Za-z]+", "x", bare)))


def with_sech(value: Any) -> Any:
    """1 - tanh(u)^2 written as sech(u)^2 in an expression, or in every entry of a matrix."""
    if isinstance(value, sympy.MatrixBase):
        return value.applyfunc(with_sech)
    if not isinstance(value, sympy.Expr) or not value.has(sympy.tanh):
        return value
    return squares_as_sech(value)


__all__ = ["Textbook", "symbol_tex", "vector_tex", "with_sech"]
