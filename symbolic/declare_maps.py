r"""Declarations of images in a document: `Y = BX + b` in any dimension, `Y = g(X)` for a random number X.

    Y = g(X), g one to one:     p_Y(y) = p_X(g^{-1}(y)) |d g^{-1}/dy|

The inverse is read off the tree from the outside in, one operation at a time, and only where the operation is one to
one on the whole line (exp, tanh, sinh, an odd power, a multiple, a shift): nothing is solved and nothing is simplified.
The density of an image that is neither affine nor of this form is not judged.
"""

from __future__ import annotations

from .affine import affine_parts
from .context import AffineLaw, Context, Entry, Law, MappedLaw, component_names
from .declare_laws import with_random
from .domains import Domain
from .elaborate import Elaborator
from .notation import Declaration
from .shapes import ShapeError, shape_of
from .source import ReadError, Span
from .syntax import Syntax
from .tree import Call, Name, Node, calls, column, free_names, integer, substitute
from .undo import inverse_of
from .unfold import unfold

IMAGE = "an image of a random variable"


def image_declaration(name: str, base: str, rhs: Syntax, span: Span) -> Declaration:
    """`Y = BX + b` or `Y = g(X)`."""

    def build(context: Context) -> Context:
        law = context.laws.get(base)
        if law is None and any(c.name == base for c in context.conditionals.values()):
            return spelled_image(context, name, rhs, span)
        if law is None:
            raise ReadError(f"expected the law of {base}", span)
        el = Elaborator(context, implicit=True)
        node = el.node(rhs)
        found = affine_parts(node, base, law.dimension)
        if found is not None:
            matrix, offset, rows = found
            rows, guessed = known_rows(matrix, el.context) or rows, rows
            if rows != guessed and offset == column(*(integer(0) for _ in range(guessed))):
                offset = column(*(integer(0) for _ in range(rows)))
            image: Law = AffineLaw(name=name, dimension=rows, base=base, matrix=matrix, offset=offset, span=span)
            return with_random(el.context, image, value=node)
        inverted = mapped(name, base, law, node, el.context, span)
        if inverted is not None:
            return with_random(el.context, inverted, value=node)
        return spelled_image(context, name, rhs, span)

    return Declaration(names=(name, f"p_{name}"), kind="law", span=span, rule=IMAGE, build=build)


def known_rows(matrix: Node, context: Context) -> int | None:
    """How many rows the matrix of an affine map has, where its names tell: one for `w^T`."""
    try:
        shape = shape_of(matrix, context)
    except ShapeError:
        return None
    return shape[0] if shape and isinstance(shape[0], int) else None


def spelled_image(context: Context, name: str, rhs: Syntax, span: Span) -> Context:
    """A random name that stands for its expression: its law, if it is Gaussian, is asked of the chain behind it."""
    el = Elaborator(context, implicit=True)
    node = el.node(rhs)
    kind = "law" if name[:1].isupper() else "scalar"
    domain = Domain(value=node, text="by its definition")
    return el.context.declare(Entry(name=name, kind=kind, domain=domain, value=node, span=span))


def joined_declaration(name: str, bases: tuple[str, ...], rhs: Syntax, span: Span) -> Declaration:
    """`Y = X + e` with several random names."""

    def build(context: Context) -> Context:
        chained = {c.name for c in context.conditionals.values()}
        for base in bases:
            if base not in context.laws and base not in chained and context.get(base) is None:
                raise ReadError(f"expected the law of {base}", span)
        return spelled_image(context, name, rhs, span)

    return Declaration(names=(name,), kind="law", span=span, rule=IMAGE, build=build)


def mapped(name: str, base: str, law: Law, node: Node, context: Context, span: Span) -> MappedLaw | None:
    """The law of g(X) with the inverse of g; None where g is not seen to be invertible."""
    written = unfold(node, context)
    if law.dimension != 1:
        return open_map(name, base, law, written, context, span)
    if not all(is_open_function(context, called) for called in calls(written)):
        return None
    point, target = (small(letter, written) for letter in (base, name))
    forward = substitute(written, {base: Name(point)})
    inverse = inverse_of(forward, point, Name(target))
    if inverse is None:
        return None
    return MappedLaw(
        name=name,
        dimension=1,
        base=base,
        variables=(point,),
        forward=(forward,),
        targets=(target,),
        inverse=(inverse,),
        span=span,
    )


def is_open_function(context: Context, name: str) -> bool:
    """A function of one number that the document leaves open."""
    entry = context.get(name)
    return entry is not None and entry.kind == "function" and entry.value is None and not entry.domain.shape


def open_map(name: str, base: str, law: Law, node: Node, context: Context, span: Span) -> MappedLaw | None:
    """The law of f(X) with f an undefined map of a space to itself; None for any other image of a vector."""
    from .inverse_functions import components
    from .inverse_names import SUFFIX

    entry = context.get(node.name) if isinstance(node, Call) else None
    if entry is None or not isinstance(node, Call) or entry.kind != "function" or entry.value is not None:
        return None
    if node.args not in ((Name(base),), (column(*map(Name, component_names(base, law.dimension))),)):
        return None
    if entry.domain.shape != (law.dimension,):
        return None
    points, targets = (component_names(small(letter, node), law.dimension) for letter in (base, name))
    return MappedLaw(
        name=name,
        dimension=law.dimension,
        base=base,
        variables=points,
        forward=components(node.name, column(*map(Name, points)), law.dimension),
        targets=targets,
        inverse=components(node.name + SUFFIX, column(*map(Name, targets)), law.dimension),
        span=span,
    )


def small(name: str, node: Node) -> str:
    """The point of a random variable: its small letter, or a name that the map does not use."""
    letter = name.lower()
    return letter if letter != name and letter not in free_names(node) else f"{name}_point"
