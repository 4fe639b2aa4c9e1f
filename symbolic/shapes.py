r"""Shapes: () for a scalar, (m, n) for a matrix, (n, 1) for a vector; None when it cannot be known.

Sizes are integers or names (`n`).  A 1 x 1 matrix and a scalar are the same thing, and the scalar 0 stands for a zero
vector or matrix of any shape, as authors write.  Shapes are inferred bottom-up; a mismatch is an error with a place.
"""

from __future__ import annotations

from .context import Context, EnergyLaw
from .source import Span
from .tree import ARITHMETIC, FUNCTIONS, Apply, Array, Bind, Call, Name, Node, Number, fold, walk

Shape = tuple[int | str, ...] | None
SCALAR: Shape = ()
_OF_SCALARS = frozenset((*ARITHMETIC, *FUNCTIONS))


class ShapeError(ValueError):
    """Two shapes that do not fit: what stands where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


def is_zero_literal(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def normal(shape: Shape) -> Shape:
    """A 1 x 1 matrix is a scalar."""
    return SCALAR if shape == (1, 1) else shape


def show(shape: Shape) -> str:
    if shape is None:
        return "unknown shape"
    return "scalar" if shape == () else f"{shape[0]} x {shape[1]}"


def _entry_shape(context: Context, name: str) -> Shape:
    entry = context.get(name)
    if entry is None or entry.kind in ("time", "partition", "component", "energy", "density", "index"):
        return SCALAR
    law = context.law_of(name) if entry.kind in ("law", "path", "field") and not entry.position else None
    if law is not None:
        return normal((law.dimension, 1))
    shape = entry.domain.shape
    if len(shape) == 1:
        return normal((shape[0], 1))
    return shape


def _same(left: Shape, right: Shape) -> bool:
    if left is None or right is None:
        return True
    if len(left) != len(right):
        return False
    return all(a == b or isinstance(a, str) or isinstance(b, str) for a, b in zip(left, right, strict=True))


def _add(node: Apply, shapes: tuple[Shape, ...]) -> Shape:
    found: Shape = SCALAR
    seen = False
    for part, shape in zip(node.args, shapes, strict=True):
        if is_zero_literal(part):
            continue
        if seen and not _same(found, shape):
            raise ShapeError(f"expected terms of one shape; got {show(found)} + {show(shape)}", part.span)
        found = shape if not seen or found is None else found
        seen = True
    return found


def multiply(left: Shape, right: Shape, span: Span) -> Shape:
    """The shape of a product: scalars scale, matrices need equal inner sizes, column times column is an error."""
    if left is None or right is None:
        return None
    if left == ():
        return right
    if right == ():
        return left
    if left[1] != right[0] and isinstance(left[1], int) and isinstance(right[0], int):
        raise ShapeError(f"expected inner sizes that agree; got {show(left)} times {show(right)}", span)
    return normal((left[0], right[1]))


def _square(shape: Shape, what: str, span: Span) -> Shape:
    if shape is not None and shape != () and shape[0] != shape[1] and all(isinstance(s, int) for s in shape):
        raise ShapeError(f"expected a square matrix for {what}; got {show(shape)}", span)
    return shape


def _apply(node: Apply, shapes: tuple[Shape, ...]) -> Shape:
    op = node.op
    if op == "add":
        return _add(node, shapes)
    if op == "mul":
        found = shapes[0]
        for part, shape in zip(node.args[1:], shapes[1:], strict=True):
            found = multiply(found, shape, part.span)
        return found
    if op == "div":
        if shapes[1] not in (None, ()):
            raise ShapeError(f"expected a scalar to divide by; got {show(shapes[1])}", node.args[1].span)
        return shapes[0]
    if op in ("neg", "hadamard"):
        return shapes[0]
    if op in ("pow", "inverse", "matexp"):
        return _square(shapes[0], {"pow": "a power", "inverse": "an inverse"}.get(op, "an exponential"), node.span)
    if op == "transpose":
        shape = shapes[0]
        return shape if not shape else (shape[1], shape[0])
    if op in ("det", "trace"):
        _square(shapes[0], f"the {'determinant' if op == 'det' else 'trace'}", node.span)
        return SCALAR
    if op in ("identity", "zeros"):
        sizes = [int(a.value) for a in node.args if isinstance(a, Number)]
        return normal((sizes[0], sizes[-1])) if sizes else None
    if op == "diag":
        return normal((len(node.args), len(node.args))) if len(node.args) > 1 else None
    if op == "outer":
        return None if None in shapes else (shapes[0][0] if shapes[0] else 1, shapes[1][0] if shapes[1] else 1)
    return SCALAR


def is_plain_scalar(node: Node, context: Context) -> bool:
    """Whether a tree is arithmetic of scalars: most are, and theirs needs no inference."""
    for part in walk(node):
        kind = type(part)
        if kind is Name:
            entry = context.entries.get(part.name)  # type: ignore[union-attr]
            if entry is not None and (entry.kind != "scalar" or entry.domain.shape):
                return False
        elif kind is not Number and (kind is not Apply or part.op not in _OF_SCALARS):  # type: ignore[union-attr]
            return False
    return True


def shape_of(node: Node, context: Context) -> Shape:
    """The shape of a tree.  Raises ShapeError where parts do not fit together."""
    if is_plain_scalar(node, context):
        return SCALAR

    def combine(n: Node, shapes: tuple[Shape, ...]) -> Shape:
        if isinstance(n, Number):
            return SCALAR
        if isinstance(n, Name):
            return _entry_shape(context, n.name)
        if isinstance(n, Array):
            return normal(n.shape)
        if isinstance(n, Call):
            return _call(n, context)
        if isinstance(n, Bind):
            return _bind(n, shapes, context)
        if n.op in ("mean", "covariance", "variance") and isinstance(n.args[0], Name):
            law = context.law_of(n.args[0].name)
            d = law.dimension if law else None
            if d is not None and n.op != "variance":
                return normal((d, 1) if n.op == "mean" else (d, d))
            return SCALAR
        if n.op in ("chain_mean", "chain_covariance"):
            k = shapes[3][0] if shapes[3] else 1  # the rows of T
            return normal((k, 1) if n.op == "chain_mean" else (k, k))
        if n.op in ("vector_mean", "vector_covariance"):
            return _moment(n, shapes)
        return _apply(n, shapes)

    result: Shape = fold(node, combine)
    return result


def _moment(node: Apply, shapes: tuple[Shape, ...]) -> Shape:
    """The rows of the forms that a moment of random vectors is about (`vector_laws`)."""
    n = int(node.args[0].value)  # type: ignore[union-attr]
    start = 1 + 2 * n
    rows = [rows_of(node.args[i : i + n], shapes[i : i + n]) for i in (start, start + n + 1)]
    if None in rows[: 1 if node.op == "vector_mean" else 2]:
        return None
    return normal((rows[0] or 1, 1 if node.op == "vector_mean" else rows[1] or 1))


def rows_of(factors: tuple[Node, ...], shapes: tuple[Shape, ...]) -> int | str | None:
    """How many rows matrices have that are added up; None where it cannot be known."""
    for factor, shape in zip(factors, shapes, strict=True):
        if isinstance(factor, Apply) and factor.op == "identity" and factor.args and isinstance(factor.args[0], Name):
            return factor.args[0].name
        if shape is not None and not is_zero_literal(factor):
            return shape[0] if shape else 1
    return None


def _call(node: Call, context: Context) -> Shape:
    entry = context.get(node.name.removesuffix("^-1"))
    if entry is not None and entry.kind in ("path", "field", "law") and not entry.position:
        law = context.law_of(node.name)
        return normal((law.dimension, 1)) if law else None
    if entry is not None and entry.kind == "function" and entry.domain.shape:
        return normal(entry.domain.shape if len(entry.domain.shape) == 2 else (entry.domain.shape[0], 1))
    return SCALAR


def _bind(node: Bind, shapes: tuple[Shape, ...], context: Context) -> Shape:
    body = shapes[0]
    size = len(node.names)
    if node.op == "gradient":
        return normal((size, 1))
    if node.op == "jacobian":
        if node.tag == "flow_map":
            return None if body is None else (normal((body[0], body[0])) if body else SCALAR)
        return None if body is None else normal((body[0] if body else 1, size))
    if node.op == "hessian":
        return normal((size, size))
    if node.op in ("divergence", "laplacian"):
        return SCALAR
    return body


def parameter_names(law: EnergyLaw) -> tuple[str, ...]:
    """Names of the scalar parameters of an energy, vectors spelled out by component."""
    found: list[str] = []
    for name, domain in law.parameters.items():
        size = domain.shape[0] if len(domain.shape) == 1 else 1
        if isinstance(size, int) and size > 1:
            found.extend(f"{name}_{i}" for i in range(1, size + 1))
        else:
            found.append(name)
    return tuple(found)
