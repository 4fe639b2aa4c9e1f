r"""The tree printed back: in plain notation (what the terminal shows) and in TeX (what the report typesets).

Printing is faithful: no simplification, products stay in order, brackets appear where precedence needs them.  What is
printed in plain notation reads back as the same tree (tested).
"""

from __future__ import annotations

from .tree import Apply, Array, Bind, Call, Name, Node, Number, fold
from .vocabulary import GREEK, RELATION_TEX

# Binding strengths: a part is put in brackets when it binds more weakly than its place demands.
SUM, PRODUCT, UNARY, POWER, ATOM = 1, 2, 3, 4, 5
Printed = tuple[str, int]

_GREEK = frozenset(GREEK.values())
_MARKS = {
    "hat": r"\hat{@}",
    "tilde": r"\tilde{@}",
    "bar": r"\bar{@}",
    "dot": r"\dot{@}",
    "star": "@^{*}",
    "prime": "@'",
}
_TEX_FUNCTIONS = frozenset(
    (*("exp", "log", "sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth"), *("min", "max", "det"))
)
_PLAIN_NAMES = {
    "inverse": "inv",
    "covariance": "Cov",
    "variance": "Var",
    "gradient": "grad",
    "divergence": "div",
    "product": "prod",
}
_TEX_NAMES = {
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
    "sigmoid": r"\operatorname{sigmoid}",
    "trace": r"\operatorname{tr}",
    "covariance": r"\operatorname{Cov}",
    "variance": r"\operatorname{Var}",
    "mean": r"\operatorname{E}",
    "entropy": r"\operatorname{H}",
    "gamma": r"\Gamma",
    "loggamma": r"\log\Gamma",
}
EXTREMES = {
    "argmax": ("argmax", r"\arg\max"),
    "argmin": ("argmin", r"\arg\min"),
    "supremum": ("sup", r"\sup"),
    "infimum": ("inf", r"\inf"),
}
MOMENTS = ("chain_mean", "chain_covariance", "vector_mean", "vector_covariance")
_COMPARE = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=", "ne": "!="}


def _wrap(part: Printed, least: int) -> str:
    return part[0] if part[1] >= least else f"({part[0]})"


def number_text(node: Number) -> Printed:
    if node.text:
        return node.text, ATOM
    value = node.value
    if value.denominator == 1:
        return str(value), ATOM if value >= 0 else UNARY
    return f"{value.numerator}/{value.denominator}", PRODUCT if value >= 0 else SUM


# -- plain notation ----------------------------------------------------------------------------------------------------
def plain(node: Node) -> str:
    """The tree in plain notation.

    >>> from .tree import Apply, Name, integer
    >>> plain(Apply("mul", (integer(3), Apply("pow", (Name("z_1"), integer(2))))))
    '3*z_1^2'
    """
    return str(fold(node, _plain)[0])


def _plain(node: Node, parts: tuple[Printed, ...]) -> Printed:
    if isinstance(node, Number):
        return number_text(node)
    if isinstance(node, Name):
        return node.name, ATOM
    if isinstance(node, Array):
        return _plain_array(node, parts), ATOM
    if isinstance(node, Call):
        return f"{node.name}({', '.join(p[0] for p in parts)})", ATOM
    if isinstance(node, Bind):
        return _plain_bind(node, parts)
    return _plain_apply(node, parts)


def _plain_array(node: Array, parts: tuple[Printed, ...]) -> str:
    if node.shape[1] == 1:
        return "[" + ", ".join(p[0] for p in parts) + "]"
    width = node.shape[1]
    rows = ["[" + ", ".join(p[0] for p in parts[i : i + width]) + "]" for i in range(0, len(parts), width)]
    return "[" + ", ".join(rows) + "]"


def _signed_sum(node: Apply, parts: tuple[Printed, ...], join_plus: str, join_minus: str) -> Printed:
    text = _wrap(parts[0], SUM)
    for argument, part in zip(node.args[1:], parts[1:], strict=True):
        if isinstance(argument, Apply) and argument.op == "neg":
            text += join_minus + part[0][1:].lstrip()
        else:
            text += join_plus + _wrap(part, PRODUCT)
    return text, SUM


def _leading(part: Printed) -> str:
    """The first factor: a doubled minus in front would be read as the sign of the whole product."""
    return f"({part[0]})" if part[0].startswith("-(-") else _wrap(part, PRODUCT)


def _plain_apply(node: Apply, parts: tuple[Printed, ...]) -> Printed:
    op = node.op
    if op == "add":
        return _signed_sum(node, parts, " + ", " - ")
    if op == "neg":
        return "-" + _wrap(parts[0], ATOM if parts[0][0].startswith("-") else PRODUCT), UNARY
    if op == "mul":
        return "*".join([_leading(parts[0]), *(_wrap(p, UNARY) for p in parts[1:])]), PRODUCT
    if op == "div":
        return f"{_leading(parts[0])}/{_wrap(parts[1], POWER)}", PRODUCT
    if op == "pow":
        return f"{_wrap(parts[0], ATOM)}^{_wrap(parts[1], ATOM)}", POWER
    if op == "transpose":
        return f"{_wrap(parts[0], ATOM)}^T", POWER
    if op in _COMPARE:
        return f"{parts[0][0]} {_COMPARE[op]} {parts[1][0]}", 0
    if op == "entry" and isinstance(node.args[0], Name):
        return f"{parts[0][0]}_{'_'.join(p[0] for p in parts[1:])}", ATOM
    if op == "identity":
        return f"I_{parts[0][0]}" if parts else "I", ATOM
    if op in MOMENTS:
        return chain_text(node), ATOM
    name = _PLAIN_NAMES.get(op, op)
    return f"{name}({', '.join(p[0] for p in parts)})", ATOM


def chain_text(node: Apply) -> str:
    """A moment of a chain of Gaussian variables, by its name alone: its arguments are what was declared."""
    if node.op.startswith("vector"):
        n = int(node.args[0].value)  # type: ignore[union-attr]
        given = len(node.args) > 1 + 2 * n + (n + 1) * (1 if node.op == "vector_mean" else 2)
    else:
        given = len(node.args) > 5
    inside = ".. | .." if given else ".."
    return f"E[{inside}]" if node.op.endswith("mean") else f"Cov[{inside}]"


def _plain_bind(node: Bind, parts: tuple[Printed, ...]) -> Printed:
    body = parts[0][0]
    if node.op == "expect":
        return f"E_{parts[1][0]}[{body}]", ATOM
    if node.op == "diff" and node.tag in ("total", "partial") and len(node.names) == 1:
        sign = f"d/d{node.names[0]}" if node.tag == "total" else f"∂/∂{node.names[0]}"
        return f"{sign} ({body})", PRODUCT
    if node.tag == "flow_map":
        return f"jacobian({body}, {parts[1][0]})", ATOM
    name = _PLAIN_NAMES.get(node.op, node.op)
    if node.op in ("integral", "sum", "product"):
        ranges = [f"({n}, {parts[1 + 2 * i][0]}, {parts[2 + 2 * i][0]})" for i, n in enumerate(node.names)]
        return f"{name}({body}, {', '.join(ranges)})", ATOM
    if node.op in ("limit", "at"):
        return f"{node.op}({body}, {node.names[0]}, {parts[1][0]})", ATOM
    if node.op in EXTREMES and len(parts) == 3:
        return f"{EXTREMES[node.op][0]}({body}, {node.names[0]}, {parts[1][0]}, {parts[2][0]})", ATOM
    name = EXTREMES[node.op][0] if node.op in EXTREMES else name
    by = node.names[0] if len(node.names) == 1 else f"[{', '.join(node.names)}]"
    return f"{name}({body}, {by})", ATOM


# -- TeX ---------------------------------------------------------------------------------------------------------------
def name_tex(name: str) -> str:
    r"""`z_1` -> z_{1}, `sigma` -> \sigma, `p_Y` -> p_{Y}.

    >>> name_tex("sigma_2"), name_tex("pi")
    ('\\sigma_{2}', '\\pi')
    """
    head, _, rest = name.partition("_")
    if head == "inf":
        return r"\infty"
    shown = rf"\{head}" if head in _GREEK else head if len(head) == 1 else marked_tex(head)
    return f"{shown}_{{{name_tex(rest) if rest and not rest.isdigit() else rest}}}" if rest else shown


def marked_tex(head: str) -> str:
    r"""Names that carry a mark: `xhat` -> \hat{x}, `alphabar` -> \bar{\alpha}, `thetastar`, `xprime`, `Deltat`."""
    for mark, form in _MARKS.items():
        letter = head.removesuffix(mark)
        if letter != head and (len(letter) == 1 or letter in _GREEK):
            return form.replace("@", rf"\{letter}" if letter in _GREEK else letter)
    for step in ("Delta", "delta"):
        if head.startswith(step) and len(head) > len(step):
            return rf"\{step} {head.removeprefix(step)}"
    return rf"\mathrm{{{head}}}"


def tex(node: Node) -> str:
    """The tree in TeX."""
    return str(fold(node, _tex)[0])


def _paren(part: Printed, least: int) -> str:
    return part[0] if part[1] >= least else rf"\left({part[0]}\right)"


def _tex(node: Node, parts: tuple[Printed, ...]) -> Printed:
    if isinstance(node, Number):
        return _tex_number(node)
    if isinstance(node, Name):
        return name_tex(node.name), ATOM
    if isinstance(node, Array):
        width = node.shape[1]
        rows = [" & ".join(p[0] for p in parts[i : i + width]) for i in range(0, len(parts), width)]
        return r"\begin{pmatrix}" + r" \\ ".join(rows) + r"\end{pmatrix}", ATOM
    if isinstance(node, Call):
        return f"{name_tex(node.name)}({', '.join(p[0] for p in parts)})", ATOM
    if isinstance(node, Bind):
        return _tex_bind(node, parts)
    return _tex_apply(node, parts)


def _tex_number(node: Number) -> Printed:
    if node.text and "e" not in node.text.lower():
        return node.text, ATOM
    value = node.value
    if value.denominator == 1:
        return str(value), ATOM if value >= 0 else UNARY
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", ATOM if value >= 0 else UNARY


def _tex_apply(node: Apply, parts: tuple[Printed, ...]) -> Printed:
    op = node.op
    if op == "add":
        return _signed_sum(node, tuple((p[0], p[1]) for p in parts), " + ", " - ")
    if op == "neg":
        return "-" + _paren(parts[0], ATOM if parts[0][0].startswith("-") else PRODUCT), UNARY
    if op == "mul":
        return _tex_product(node, parts), PRODUCT
    if op == "div":
        return rf"\frac{{{parts[0][0]}}}{{{parts[1][0]}}}", ATOM
    if op == "pow":
        return _tex_power(node, parts)
    if op == "sqrt":
        return rf"\sqrt{{{parts[0][0]}}}", ATOM
    if op == "root":
        return rf"\sqrt[{parts[1][0]}]{{{parts[0][0]}}}", ATOM
    if op == "exp":
        return rf"\exp\left({parts[0][0]}\right)", ATOM
    if op == "transpose":
        return f"{_paren(parts[0], ATOM)}^{{T}}", POWER
    if op == "inverse":
        return f"{_paren(parts[0], ATOM)}^{{-1}}", POWER
    if op in ("abs", "norm"):
        bar = "|" if op == "abs" else r"\|"
        return rf"\left{bar}{parts[0][0]}\right{bar}", ATOM
    if op in _COMPARE:
        return f"{parts[0][0]} {RELATION_TEX[_COMPARE[op]]} {parts[1][0]}", 0
    if op == "entry":
        return f"{_paren(parts[0], ATOM)}_{{{','.join(p[0] for p in parts[1:])}}}", ATOM
    if op == "identity":
        return (f"I_{{{parts[0][0]}}}" if parts else "I"), ATOM
    if op == "factorial":
        return f"{_paren(parts[0], ATOM)}!", ATOM
    if op == "besseli":
        return rf"I_{{{parts[0][0]}}}\left({parts[1][0]}\right)", ATOM
    if op == "piecewise":
        return _tex_piecewise(parts), ATOM
    if op in MOMENTS:
        text = chain_text(node).replace("..", r"\cdot").replace("|", r"\mid")
        return rf"\operatorname{{{text.partition('[')[0]}}}[{text.partition('[')[2]}", ATOM
    name = _TEX_NAMES.get(op) or (rf"\{op}" if op in _TEX_FUNCTIONS else rf"\operatorname{{{op}}}")
    return rf"{name}\left({', '.join(p[0] for p in parts)}\right)", ATOM


def _tex_product(node: Apply, parts: tuple[Printed, ...]) -> str:
    shown = [_paren(parts[0], PRODUCT)]
    for previous, argument, part in zip(node.args, node.args[1:], parts[1:], strict=False):
        text = _paren(part, UNARY if part[1] != UNARY else ATOM)
        digits = text[:1].isdigit() or (isinstance(previous, Number) and text.startswith(r"\frac{"))
        both = isinstance(argument, Array) and isinstance(previous, Array)
        shown.append((r" \cdot " if digits and not both else " ") + text)
    return "".join(shown)


def _tex_power(node: Apply, parts: tuple[Printed, ...]) -> Printed:
    base = node.args[0]
    if (
        isinstance(base, Apply)
        and base.op in ("tanh", "sech", "sinh", "cosh", "sin", "cos", "tan")
        and isinstance(node.args[1], Number)
    ):
        head, _, rest = parts[0][0].partition(r"\left(")
        return rf"{head}^{{{parts[1][0]}}}\left({rest}", ATOM
    return f"{_paren(parts[0], ATOM)}^{{{parts[1][0]}}}", POWER


def _tex_piecewise(parts: tuple[Printed, ...]) -> str:
    texts = [p[0] for p in parts]
    rows = [rf"{value} & \text{{if }} {condition}" for condition, value in zip(texts[::2], texts[1::2], strict=False)]
    if len(texts) % 2:
        rows.append(rf"{texts[-1]} & \text{{otherwise}}")
    return r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}"


def _tex_bind(node: Bind, parts: tuple[Printed, ...]) -> Printed:
    body = _paren(parts[0], PRODUCT)
    names = [name_tex(n) for n in node.names]
    if node.op == "expect":
        return rf"\mathbb{{E}}_{{{parts[1][0]}}}\left[{parts[0][0]}\right]", ATOM
    if node.op in ("diff", "laplacian"):
        d = "d" if node.tag == "total" else r"\partial"
        if node.op == "laplacian":
            return rf"\Delta {body}", PRODUCT
        order = f"^{{{len(names)}}}" if len(names) > 1 else ""
        below = " ".join(f"{d} {n}" for n in names)
        return rf"\frac{{{d}{order}}}{{{below}}} {body}", PRODUCT
    if node.op == "gradient":
        return rf"\nabla_{{{', '.join(names)}}} {body}", PRODUCT
    if node.op == "divergence":
        return rf"\operatorname{{div}} {body}", PRODUCT
    if node.op in ("jacobian", "hessian"):
        below = parts[1][0] if node.tag == "flow_map" else f"({', '.join(names)})"
        return rf"\frac{{\partial {parts[0][0]}}}{{\partial {below}}}", ATOM
    if node.op == "integral":
        ranges = [(parts[1 + 2 * i][0], parts[2 + 2 * i][0]) for i in range(len(names))]
        signs = "".join(rf"\int_{{{low}}}^{{{high}}}" for low, high in ranges)
        return rf"{signs} {body} " + " ".join(rf"\,d{n}" for n in names), PRODUCT
    if node.op == "at":
        return rf"\left.{parts[0][0]}\right|_{{{names[0]} = {parts[1][0]}}}", ATOM
    if node.op == "limit":
        return rf"\lim_{{{names[0]} \to {parts[1][0]}}} {body}", PRODUCT
    if node.op in EXTREMES:
        below = names[0]
        if len(parts) == 3:
            ends = (node.tag + "()")[:2]
            below += rf" \in {ends[0]}{parts[1][0]}, {parts[2][0]}{ends[1]}"
        return rf"{EXTREMES[node.op][1]}_{{{below}}} {body}", PRODUCT
    sign = {"sum": r"\sum", "product": r"\prod"}.get(node.op, rf"\operatorname{{{node.op}}}")
    if len(parts) >= 3:
        return rf"{sign}_{{{names[0]}={parts[1][0]}}}^{{{parts[2][0]}}} {body}", PRODUCT
    return rf"{sign}_{{{', '.join(names)}}} {body}", PRODUCT
