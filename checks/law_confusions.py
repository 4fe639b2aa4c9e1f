r"""Quantities of laws, flows and expectations taken for each other.

Cov(A X + b): A^T S A, A S A, A A^T, A S        E[u]^2 for E[u^2]       partial for total derivative
p_N(y): 1/det S, no normaliser, no 1/2, S for S^-1, mean not subtracted, Jacobian lost or upside down
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..symbolic.context import AffineLaw, Context, FlowLaw, GaussianLaw
from ..symbolic.tree import FUNCTIONS, Apply, Array, Bind, Call, Name, Node, add, column, integer, mul, neg
from .matrix_slips import two_pi
from .slips import HALF, TWO, times


@dataclass(frozen=True, slots=True)
class Confusion:
    """`wrong` is what was written for a node of the true side.

    `right` is its textbook form where there is one; `repair` what the written side lacks, where the node is all of the
    true side.
    """

    kind: str
    message: str
    wrong: Node
    right: Node | None = None
    repair: Node | None = None


# -- moments -----------------------------------------------------------------------------------------------------------
def of_moment(node: Apply, context: Context) -> Iterator[Confusion]:
    if not node.args or not isinstance(node.args[0], Name):
        return
    law = context.law_of(node.args[0].name)
    if node.op in ("covariance", "variance"):
        mean = Apply("mean", node.args)
        square_ = mul(mean, Apply("transpose", (mean,)))
        yield Confusion("second moment", "The second moment stands for the covariance.", add(node, square_))
        if node.op == "covariance":
            yield Confusion("precision", "The precision stands for the covariance.", Apply("inverse", (node,)))
        message = "The standard deviation stands where the variance belongs."
        yield Confusion("standard deviation", message, Apply("sqrt", (node,)))
    if isinstance(law, AffineLaw):
        yield from of_image(node, law)


def of_image(node: Apply, law: AffineLaw) -> Iterator[Confusion]:
    """Mean and covariance of A X + b."""
    a, base = law.matrix, Name(law.base)
    turned = Apply("transpose", (a,))
    if node.op == "covariance":
        s = Apply("covariance", (base,))
        right = mul(a, s, turned)
        for kind, message, wrong in (
            ("transposed", "A^T S A stands where A S A^T belongs.", mul(turned, s, a)),
            ("transposed", "A transpose is missing: A S A stands where A S A^T belongs.", mul(a, s, a)),
            ("covariance of the base", "The covariance of the base is lost: A A^T for A S A^T.", mul(a, turned)),
            ("covariance of the image", "A S stands where A S A^T belongs.", mul(a, s)),
        ):
            yield Confusion(kind, message, wrong, right)
    if node.op == "mean":
        m = Apply("mean", (base,))
        right = add(mul(a, m), law.offset)
        yield Confusion("offset", "The offset is missing in the mean.", mul(a, m), right)
        yield Confusion("mean of the base", "The mean of the base is lost: only the offset is left.", law.offset, right)


def of_expectation(node: Bind) -> Iterator[Confusion]:
    if node.op != "expect":
        return
    body = node.args[0]

    def expect(part: Node) -> Node:
        return replace(node, args=(part, *node.args[1:]))

    if isinstance(body, Apply) and body.op == "pow":
        wrong = Apply("pow", (expect(body.args[0]), body.args[1]))
        yield Confusion("power of a mean", "The mean of a power is no power of the mean.", wrong)
    if isinstance(body, Apply) and body.op in FUNCTIONS and len(body.args) == 1:
        wrong = Apply(body.op, (expect(body.args[0]),))
        yield Confusion("function of a mean", f"The expectation and {body.op} may not be exchanged.", wrong)


# -- derivatives -------------------------------------------------------------------------------------------------------
def of_derivative(node: Bind, context: Context) -> Iterator[Confusion]:
    if node.op == "divergence" and len(node.names) > 1:
        matrix = replace(node, op="jacobian")
        yield Confusion("det for trace", "The determinant stands where the trace belongs.", Apply("det", (matrix,)))
    if node.op not in ("diff", "gradient"):
        return
    body = node.args[0]

    def slope(part: Node) -> Node:
        return replace(node, args=(part, *node.args[1:]))

    if isinstance(body, Apply) and body.op == "mul" and len(node.names) == 1:
        parts = body.args
        wrong = Apply("mul", tuple(slope(p) for p in parts))
        right = add(*(mul(*(slope(p) if i == k else p for i, p in enumerate(parts))) for k in range(len(parts))))
        yield Confusion("product rule", "The derivative of a product is no product of derivatives.", wrong, right)
    if isinstance(body, Apply) and body.op == "div" and len(node.names) == 1:
        u, v = body.args
        right = Apply("div", (add(mul(slope(u), v), neg(mul(u, slope(v)))), Apply("pow", (v, TWO))))
        wrong = Apply("div", (slope(u), slope(v)))
        yield Confusion("quotient rule", "The derivative of a quotient is no quotient of derivatives.", wrong, right)
    yield from of_flow_derivative(node, context)


def of_flow_derivative(node: Bind, context: Context) -> Iterator[Confusion]:
    """Partial for total along the path of a flow, and the other way round."""
    if node.tag not in ("partial", "total", "d") or node.op != "diff":
        return
    law = next((w for w in context.laws.values() if isinstance(w, FlowLaw) and node.names == (w.time,)), None)
    if law is None:
        return
    state = tuple(Name(v) for v in law.variables)
    along = replace(node, op="gradient", names=law.variables, tag="", args=(node.args[0], *state))
    field = Call(law.field_name, state if law.dimension == len(state) else ())
    drift = mul(field, along) if law.dimension == 1 else Apply("dot", (field, along))
    if node.tag == "partial":
        message = "The total derivative along the path stands for the partial one at a fixed point."
        yield Confusion("partial for total", message, replace(node, tag="total"), None, neg(drift))
        yield Confusion("partial for total", message, add(node, drift), None, neg(drift))
    else:
        message = "The partial derivative at a fixed point stands for the total one along the path."
        yield Confusion("partial for total", message, replace(node, tag="partial"), None, drift)


# -- densities ---------------------------------------------------------------------------------------------------------
def of_density(node: Call, context: Context) -> Iterator[Confusion]:
    """A Gaussian density with one part wrong."""
    entry_ = context.get(node.name)
    law = context.law_of(node.name)
    if entry_ is None or entry_.kind != "density" or not isinstance(law, GaussianLaw | AffineLaw):
        return
    name, n = Name(law.name), law.dimension
    mean, s = Apply("mean", (name,)), Apply("covariance", (name,))
    y: Node = node.args[0] if len(node.args) == 1 else column(*node.args)
    determinant_ = Apply("det", (s,)) if n > 1 else s
    root = Apply("sqrt", (determinant_,))
    precision = Apply("inverse", (s,)) if n > 1 else Apply("div", (integer(1), s))
    front = mul(two_pi(n), root)
    right = gaussian(front, mul(HALF, form(y, mean, precision)))
    for kind, message, wrong in (
        (
            "missing root",
            "The determinant stands where its square root belongs.",
            gaussian(mul(two_pi(n), determinant_), mul(HALF, form(y, mean, precision))),
        ),
        ("factor", "The factor 1/2 in the exponent is missing.", gaussian(front, form(y, mean, precision))),
        (
            "precision",
            "The covariance stands in the exponent where its inverse belongs.",
            gaussian(front, mul(HALF, form(y, mean, s))),
        ),
        ("mean", "The mean is not subtracted in the exponent.", gaussian(front, mul(HALF, form(y, None, precision)))),
        (
            "sign of exponent",
            "The sign of the exponent is wrong.",
            gaussian(front, neg(mul(HALF, form(y, mean, precision)))),
        ),
        ("missing normaliser", "The density lacks its normaliser.", Apply("exp", (right_exponent(right),))),
        *wrong_jacobian(law, y),
    ):
        yield Confusion(kind, message, wrong, right)


def gaussian(front: Node, exponent: Node) -> Node:
    return Apply("div", (Apply("exp", (neg(exponent),)), front))


def right_exponent(density: Node) -> Node:
    assert isinstance(density, Apply) and isinstance(density.args[0], Apply)
    return density.args[0].args[0]


def form(y: Node, mean: Node | None, middle: Node) -> Node:
    """(y - m)^T M (y - m)."""
    offset = y if mean is None else add(y, neg(mean))
    return mul(Apply("transpose", (offset,)), middle, offset)


def wrong_jacobian(law: GaussianLaw | AffineLaw, y: Node) -> Iterator[tuple[str, str, Node]]:
    """The density of A X + b as that of X at A^-1 (y - b), without |det A| or multiplied by it."""
    if isinstance(law, GaussianLaw) or size_like(law.matrix) == 0:
        return
    name, base = Name(law.name), Name(law.base)
    n = law.dimension
    mean, s = Apply("mean", (name,)), Apply("covariance", (name,))
    below = mul(two_pi(n), Apply("sqrt", (Apply("det", (Apply("covariance", (base,)),)),)))
    carried = gaussian(below, mul(HALF, form(y, mean, Apply("inverse", (s,)))))
    size = Apply("abs", (Apply("det", (law.matrix,)),))
    yield "missing Jacobian", "The Jacobian determinant of the map is missing.", carried
    yield "Jacobian upside down", "The Jacobian determinant multiplies where it should divide.", times(size, carried)


def size_like(node: Node) -> int:
    """2 or more for a literal square matrix or a name; 0 for what is certainly not square."""
    if isinstance(node, Array):
        return node.shape[0] if node.shape[0] == node.shape[1] else 0
    return 2
