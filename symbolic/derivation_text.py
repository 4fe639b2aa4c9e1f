r"""A derivation for a terminal and for a notebook: one line a step, the sides aligned at the relation, the rule behind.

Cov(Y) = [[3/5, 2/5], [1/5, 4/5]] [[1, 0], [0, 1]] ...    covariance of an affine map: Cov(AZ + b) = A Cov(Z) A^T
       = [[13/25, 11/25], [11/25, 17/25]]                 multiply
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sympy.printing.str import StrPrinter

if TYPE_CHECKING:
    from .derivation import Derivation

RULE_COLUMN = 56
_RELATIONS = {"=": "=", r"\propto": "∝", r"\sim": "~", r"\neq": "!=", ">": ">", r"\Rightarrow": "=>"}
_SIGNS = {
    "partial": "∂",
    "nabla": "∇",
    "Sigma": "Σ",
    "theta": "θ",
    "phi": "φ",
    "mu": "μ",
    "sim": " ~ ",
    "Gamma": "Γ",
    "cdot": "·",
    "infty": "∞",
    "neq": " != ",
    "succ": " > ",
    "to": " -> ",
    "exists": "there is ",
    "le": " <= ",
    "times": " x ",
    "ell": "l",
    "int": "∫",
    "sum": "∑",
    "pi": "pi",
    "left": "",
    "right": "",
    "limits": "",
    "middle": "",
    "quad": "  ",
    "displaystyle": "",
}
_UPRIGHT = ("operatorname", "text", "mathrm", "mathbb", "mathcal", "mathbf")
_PIECE = re.compile(r"\\([A-Za-z]+)|\\(.)|([{}])|([^\\{}])", re.DOTALL)


class _Printer(StrPrinter):  # type: ignore[misc]
    """SymPy's plain text with matrices as rows, and the operators that a step leaves open by their usual names."""

    def _print_MatrixBase(self, expr: Any) -> str:
        if expr.cols == 1:
            return "[" + ", ".join(self._print(entry) for entry in expr) + "]"
        rows = ("[" + ", ".join(self._print(expr[i, j]) for j in range(expr.cols)) + "]" for i in range(expr.rows))
        return "[" + ", ".join(rows) + "]"

    def _print_ImmutableDenseMatrix(self, expr: Any) -> str:
        return self._print_MatrixBase(expr)

    def _print_MutableDenseMatrix(self, expr: Any) -> str:
        return self._print_MatrixBase(expr)

    def _print_Dummy(self, expr: Any) -> str:
        return str(expr.name)

    def _print_Determinant(self, expr: Any) -> str:
        return f"det({self._print(expr.arg)})"

    def _print_Trace(self, expr: Any) -> str:
        return f"tr({self._print(expr.arg)})"

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        return str(super()._print_Pow(expr, rational)).replace("**", "^")


def side_text(side: Any) -> str:
    """A side of a step in plain text.

    >>> import sympy
    >>> side_text(sympy.ImmutableMatrix([[1, 2], [3, 4]])), side_text(sympy.Symbol("x") ** 2)
    ('[[1, 2], [3, 4]]', 'x^2')
    """
    tex = getattr(side, "tex", None)
    if tex is None:
        return str(_Printer().doprint(side))
    return tex_text(tex)


def tex_text(tex: str) -> str:
    r"""The TeX of a label as plain text: a fixed table of signs, `\frac`, upright words and brackets.

    >>> tex_text(r"\frac{d}{dt}\log p(z(t),t)"), tex_text(r"\operatorname{Cov}(Y)"), tex_text(r"\Sigma^{-1}")
    ('d/dt log p(z(t),t)', 'Cov(Y)', 'Σ^-1')
    """
    pieces = [match[0] for match in _PIECE.finditer(tex)]
    text = re.sub(r"\s+", " ", _convert(pieces, 0, "")[0])
    return re.sub(r"(?<=[(\[]) | (?=[)\],;])|(?<=\)) (?=\|)", "", text).strip()


def _convert(pieces: list[str], index: int, until: str) -> tuple[str, int]:
    """Text of the pieces from `index` to the piece `until` (or the end), and the index behind it."""
    text = ""
    while index < len(pieces) and pieces[index] != until:
        piece = pieces[index]
        index += 1
        if piece == "{":
            shown, index = _convert(pieces, index, "}")
        elif piece in ("^", "_"):
            inside, index = _argument(pieces, index)
            shown = piece + (inside if re.fullmatch(r"-?\w+|.", inside) else f"({inside})")
        elif piece[0] == "\\":
            shown, index = _command(pieces, index, piece[1:])
            if shown[:1].isalpha() and piece[1:] not in _SIGNS and (text[-1:].isalnum() or text[-1:] in ")]"):
                shown = " " + shown
        else:
            shown = ", " if piece == "&" else piece
        if shown[:1].isalnum() and re.search(r"[a-z]{2}$", text) and piece not in "_^" and len(pieces[index - 2]) > 2:
            shown = " " + shown
        text += shown
    return text, index + 1


def _argument(pieces: list[str], index: int) -> tuple[str, int]:
    """One group or one piece."""
    while index < len(pieces) and pieces[index] == " ":
        index += 1
    if index >= len(pieces):
        return "", index
    if pieces[index] == "{":
        found, index = _convert(pieces, index + 1, "}")
        return re.sub(r"^- ", "-", found.strip()), index
    if pieces[index][0] == "\\":
        return _command(pieces, index + 1, pieces[index][1:])
    return pieces[index], index + 1


def _command(pieces: list[str], index: int, name: str) -> tuple[str, int]:
    if name == "frac":
        top, index = _argument(pieces, index)
        bottom, index = _argument(pieces, index)
        return _quotient(top, bottom), index
    if name in (*_UPRIGHT, "sqrt", "dot", "begin", "end"):
        inside, index = _argument(pieces, index)
        if name in _UPRIGHT:
            return inside, index
        return {"sqrt": f"sqrt({inside})", "dot": f"d{inside}/dt"}.get(name, ""), index
    if name in _SIGNS or not name[0].isalpha():
        return _SIGNS.get(name, {"\\": ";", "|": "|"}.get(name, " ")), index
    return name, index


def _quotient(top: str, bottom: str) -> str:
    """`d/dt`, `∂p/∂t`, `a/b`, `(a + b)/c`."""
    if re.match(r"[d∂]", bottom) and re.match(r"[d∂]($|[ ^\w])", top):
        top, bottom = top.replace("∂ ", "∂"), bottom.replace("∂ ", "∂")
        short = re.fullmatch(r".\w+", bottom) is not None
        return f"{top}/{bottom} " if short else f"{top}/({bottom}) "
    return "/".join(part if re.fullmatch(r"\w+(\([^()]*\))?", part) else f"({part})" for part in (top, bottom))


def derivation_text(derivation: Derivation) -> str:
    """The derivation as a textbook prints it, in plain text: title, steps with their rules, what it rests on."""
    lines = [derivation.title, "=" * len(derivation.title)]
    indent = 0
    for step in derivation.steps:
        left = side_text(step.lhs) if step.lhs is not None else ""
        indent = len(left) if left and len(left) <= RULE_COLUMN else indent if not left else 4
        shown = f"{left or ' ' * indent} {_RELATIONS.get(step.relation, step.relation)} {side_text(step.rhs)}"
        if len(shown) < RULE_COLUMN:
            lines.append(f"{shown:<{RULE_COLUMN}}  ({_rule(step.rule)})")
        else:
            lines += [shown, f"{'':<{RULE_COLUMN}}  ({_rule(step.rule)})"]
    found = derivation.all_conditions()
    if found:
        lines.append("Conditions")
        lines += [f"  {'proved ' if item.status == 'discharged' else 'assumed'}  {item.text}" for item in found]
    return "\n".join(lines)


def _rule(rule: str) -> str:
    return tex_text(rule) if "\\" in rule else rule


def derivation_latex(derivation: Derivation) -> str:
    """The derivation for a notebook: one aligned display, the rule of each step behind it."""
    rows = []
    for step in derivation.steps:
        item = step.to_json()
        rule = re.sub(r"([#$%&_{}])", r"\\\1", step.rule).replace("^", r"\char94{}").replace("~", r"\sim ")
        rows.append(rf"{item['lhs'] or ''} &{item['relation']} {item['rhs']} && \text{{{rule}}}")
    return "$\\displaystyle \\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}$"
