r"""Declarations of random vectors whose dimension is a name: `z \sim N(0, I)` in R^k, `x = W z + \mu + e`."""

from __future__ import annotations

from . import shapes_of_syntax as look
from .context import Context
from .elaborate import Elaborator
from .notation import Declaration
from .reading import law_call
from .source import ReadError, Span
from .syntax import Syntax
from .vector_laws import declare_image, declare_vector, random_in


def open_law_declaration(name: str, rhs: Syntax, span: Span, size: int | str) -> Declaration | None:
    """`N(m, S)` on the right of `~` for a vector with a size that has a name."""
    found = law_call(look.peeled(rhs))
    if found is None or len(found[1].items) != 2:
        return None
    mean, covariance = found[1].items

    def build(context: Context) -> Context:
        el = Elaborator(context, implicit=True)
        moments = el.node(mean), el.node(covariance)
        unknown = [implied for implied in el.implied if implied[:1].isupper()]
        if unknown:
            raise ReadError(f"expected a declared name; got '{unknown[0]}'", span)
        return declare_vector(el.context, name, size, *moments, span)

    return Declaration(names=(name,), kind="law", span=span, rule="X ~ N(m, S)", build=build)


def open_image_declaration(name: str, rhs: Syntax, span: Span) -> Declaration:
    """`x = W z + \\mu + e` of random vectors of open size."""

    def build(context: Context) -> Context:
        el = Elaborator(context, implicit=True)
        node = el.node(rhs)
        if not random_in(node, el.context):
            raise ReadError(f"expected the laws that '{name}' is made of", span)
        return declare_image(el.context, name, node, span)

    return Declaration(names=(name,), kind="law", span=span, rule="an image of random vectors", build=build)
