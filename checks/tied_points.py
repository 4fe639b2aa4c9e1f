r"""x and z side by side where X = f(Z): the point x is the image of the point z, or the two have nothing to do.

    p_X(x) = p_Z(z) |\det \partial f/\partial z|^{-1}

is true of x = f(z), and of no other pair.  An author who names both points means the first; it is one of two readings.
"""

from __future__ import annotations

from ..symbolic.context import AffineLaw, Context, EnergyLaw, FlowLaw, Law, MappedLaw, component_names
from ..symbolic.declare_maps import small
from ..symbolic.tree import Apply, Bind, Name, Node, Number, add, column, free_names, integer, mul, substitute
from .claim import Claim, make_claim

TIED = "{image} is the image of {point}"
FREE = "{image} and {point} are any two points"


def tied_readings(claim: Claim) -> tuple[tuple[str, Claim], ...]:
    """Both readings of a claim that shows the points of a law and of its image, neither of which has a value."""
    names = shown(claim.lhs) | shown(claim.rhs)
    for law in claim.context.laws.values():
        pair = points(claim.context, law, names)
        if pair is None:
            continue
        image, point, values = pair
        sides = [at_image(side, values) for side in (claim.lhs, claim.rhs)]
        other = make_claim(sides[0], claim.relation, sides[1], claim.context, claim.span, (claim.id,))
        said = {"image": image, "point": point}
        return ((TIED.format(**said), other), (FREE.format(**said), claim))
    return ()


def shown(node: Node) -> set[str]:
    return set(free_names(node))


def points(context: Context, law: Law, names: set[str]) -> tuple[str, str, dict[str, Node]] | None:
    """The image and the point by their letters, and the components of the image in those of the point."""
    if not isinstance(law, MappedLaw | AffineLaw) or not law.name[:1].isupper():
        return None
    base = context.laws.get(law.base)
    if base is None or isinstance(base, FlowLaw | EnergyLaw):
        return None
    if law.name.rpartition("_")[0] == base.name:
        return None  # the marginal law of a component: y_1 stands beside y in every formula
    letters = small(law.name, integer(0)), small(base.name, integer(0))
    parts = [component_names(letter, one.dimension) for letter, one in zip(letters, (law, base), strict=True)]
    if not all(names & {letter, *own} for letter, own in zip(letters, parts, strict=True)):
        return None
    if any((entry := context.get(n)) is not None and entry.value is not None for n in (*letters, *parts[0], *parts[1])):
        return None
    return letters[0], letters[1], dict(zip(parts[0], image_of(law, parts[1]), strict=True))


def image_of(law: MappedLaw | AffineLaw, point: tuple[str, ...]) -> list[Node]:
    """f(z), or A z + b, by components."""
    if isinstance(law, MappedLaw):
        renamed: dict[str, Node] = {old: Name(new) for old, new in zip(law.variables, point, strict=True)}
        return [substitute(part, renamed) for part in law.forward]
    moved = add(mul(law.matrix, column(*map(Name, point)) if len(point) > 1 else Name(point[0])), law.offset)
    if law.dimension == 1:
        return [moved]
    return [Apply("entry", (moved, integer(i))) for i in range(1, law.dimension + 1)]


def at_image(side: Node, values: dict[str, Node]) -> Node:
    """The side where the components of the image have their values; it may be differentiated by them first."""
    if isinstance(side, Number):
        return side
    for name, value in values.items():
        side = Bind("at", (name,), (side, value))
    return side
