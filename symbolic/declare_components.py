r"""Maps of a random vector given component by component: `x_1 = z_1`, `x_2 = z_2 e^{z_1/2} + z_1^2`.

Where every component of x is given in those of a random vector z of the same size, and a density p_X is written, X is
the image of z.  The inverse is read off a triangular map from the top, one component after the other; where it cannot
be read off nothing is declared.

    z_1 = g_1^{-1}(x_1),    z_2 = g_2(z_1, .)^{-1}(x_2),  ..        p_X(x) = p_Z(z) |det dz/dx|
"""

from __future__ import annotations

from collections.abc import Mapping

from .context import Context, Entry, MappedLaw, component_names
from .elaborate import Elaborator
from .notation import Declaration
from .source import ReadError, Span
from .syntax import Syntax
from .tree import Apply, Name, Node, free_names, integer, rewrite, substitute
from .undo import inverse_of
from .unfold import unfold


def components_declaration(law: str, density: str, base: str, written: Mapping[str, Syntax], span: Span) -> Declaration:
    """The law of (x_1, .., x_n), with its density under the name that is used in the document."""

    def build(context: Context) -> Context:
        source = context.laws.get(base)
        if source is None or source.dimension != len(written):
            raise ReadError(f"expected a law of {base} in {len(written)} dimensions", span)
        el = Elaborator(context, implicit=True)
        variables = component_names(base, source.dimension)
        forward = tuple(opened(el.node(rhs), variables, el.context) for rhs in written.values())
        if not all(free_names(part) & set(variables) for part in forward):
            raise ReadError(f"expected every component in those of {base}", span)
        targets = component_names(f"{law}_image", len(written))
        inverse = triangular_inverse(forward, variables, targets)
        if inverse is None:
            raise ReadError("expected a triangular map whose inverse can be read off", span)
        image = MappedLaw(
            name=law,
            dimension=len(written),
            base=base,
            variables=variables,
            forward=forward,
            targets=targets,
            inverse=inverse,
            span=span,
        )
        entry = Entry(name=density, kind="density", of=law, span=span, rule=f"density of {law}")
        return el.context.with_law(image, entry)

    names = (law, density)
    return Declaration(names=names, kind="law", span=span, rule="a map by components", build=build, defines=False)


def opened(node: Node, variables: tuple[str, ...], context: Context) -> Node:
    """The component with definitions written out; the components of z stay names."""
    kept = {n: Name(f"{n}_kept") for n in variables}
    back = {f"{n}_kept": Name(n) for n in variables}
    base = variables[0].rpartition("_")[0]
    named = {Apply("entry", (Name(base), integer(i))): Name(n) for i, n in enumerate(variables, 1)}
    spelled = rewrite(node, lambda n: named.get(n, n) if isinstance(n, Apply) else n)
    return substitute(unfold(substitute(spelled, kept), context), back)


def triangular_inverse(
    forward: tuple[Node, ...], variables: tuple[str, ...], targets: tuple[str, ...]
) -> tuple[Node, ...] | None:
    """z in terms of x, component by component: each one holds one variable more than those found so far."""
    found: dict[str, Node] = {}
    left = dict(zip(targets, forward, strict=True))
    while left:
        ready = [(t, g) for t, g in left.items() if len(free_names(g) & set(variables) - set(found)) == 1]
        if not ready:
            return None
        target, part = ready[0]
        variable = next(iter(free_names(part) & set(variables) - set(found)))
        undone = inverse_of(substitute(part, found), variable, Name(target))
        if undone is None:
            return None
        found[variable] = undone
        del left[target]
    return tuple(found[v] for v in variables) if set(found) == set(variables) else None
