r"""`\in` about something that is defined: by its range or by its shape.

    \sigma(x) \in (0, 1)           0 < sigma(x) and sigma(x) < 1, two inequalities
    A A^T \in \mathbb{R}^{2x2}     the shape of the left side, and real entries

`x \in S` with x a bare name says where x lives, and so does every line that begins with `for`, `let`, ..; anything else
that is no interval and no space of numbers stays notation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flint import arb, fmpq

from ..symbolic import shapes_of_syntax as look
from ..symbolic.context import Context
from ..symbolic.elaborate import Elaborator
from ..symbolic.evaluate import Grid
from ..symbolic.printing import plain
from ..symbolic.shapes import ShapeError, normal, shape_of, show
from ..symbolic.source import Span
from ..symbolic.syntax import Group, Infix, Num, Script, Syntax, Word
from ..symbolic.tree import Apply, Array, Name, Node, Number, column, integer
from .budget import step_seed
from .claim import Claim, Part, make_claim
from .evidence import Disproof, Enclosure, Evidence, Obstacle, Proof
from .points import EmptyDomain, Sampler
from .pointwise import Balls, table_for
from .verdict import Verdict

if TYPE_CHECKING:
    from .planner import Planner

METHOD = "membership"
POINTS = 4
INFINITE = (Name("inf"), Apply("neg", (Name("inf"),)))


def member_claim(el: Elaborator, lhs: Syntax, rhs: Syntax, span: Span, taken: Sequence[str]) -> Claim | None:
    """The claim of `lhs \\in rhs`; None where the set is not one of those that are judged.  Raises ReadError."""
    ends = interval(rhs)
    if ends is not None:
        node, low, high = el.node(lhs), el.node(ends[0]), el.node(ends[1])
        claim = make_claim(node, "in", column(low, high), el.context, span, taken)
        less = "<=" if ends[2] else "<"
        sides = [(low, node, "at its lower end"), (node, high, "at its upper end")]
        kept = [(a, b, label) for a, b, label in sides if a not in INFINITE and b not in INFINITE]
        parts = tuple(Part(a, b, el.context, label, less) for a, b, label in kept)
        return replace(claim, kind="range", parts=parts) if parts else None
    size = space(rhs)
    if size is None:
        return None
    node = el.node(lhs)
    claim = make_claim(node, "in", column(*(integer(n) for n in size)), el.context, span, taken)
    return replace(claim, kind="membership")


def lives_in(context: Context, name: str, rhs: Syntax) -> bool:
    """Whether a random variable is said to live in the space of its declaration: it restates that."""
    law = context.laws.get(name)
    return law is not None and space(rhs) == (law.dimension, 1)


def set_text(claim: Claim, printer: Callable[[Node], str]) -> str:
    """The set of a claim as it was written: an interval, or a space of real vectors or matrices."""
    assert isinstance(claim.rhs, Array)
    ends = [printer(row[0]) for row in claim.rhs.rows]
    if claim.kind == "membership":
        space, times = ("R", " x ") if printer is plain else (r"\mathbb{R}", r" \times ")
        return space if ends == ["1", "1"] else f"{space}^{{{times.join(ends if ends[1] != '1' else ends[:1])}}}"
    left, right = ("[", "]") if claim.parts[0].relation == "<=" else ("(", ")")
    return f"{left}{', '.join(ends)}{right}"


def interval(syntax: Syntax) -> tuple[Syntax, Syntax, bool] | None:
    """The ends of `(a, b)` or `[a, b]`, and whether they belong to it."""
    if isinstance(syntax, Group) and syntax.open in ("(", "[") and len(syntax.items) == 2:
        return syntax.items[0], syntax.items[1], syntax.open == "["
    return None


def space(syntax: Syntax) -> tuple[int, int] | None:
    r"""(rows, columns) of `\mathbb{R}`, `\mathbb{R}^n`, `\mathbb{R}^{m \times n}` with numbers."""
    inner = look.peeled(syntax)
    if isinstance(inner, Word):
        return (1, 1) if inner.text == "RR" else None
    if not isinstance(inner, Script) or inner.sub is not None or inner.sup is None:
        return None
    if not isinstance(inner.base, Word) or inner.base.text != "RR":
        return None
    power = look.peeled(inner.sup)
    parts = power.args if isinstance(power, Infix) and power.op in ("cross", "mul") else (power,)
    sizes = [int(p.text) for p in parts if isinstance(p, Num) and p.text.isdigit()]
    if len(sizes) != len(parts) or len(sizes) > 2:
        return None
    return (sizes[0], sizes[1] if len(sizes) == 2 else 1)


def member_verdict(claim: Claim, planner: Planner) -> Verdict:
    """Whether the left side has the shape of the space, with real entries at points."""
    wanted = tuple(int(n.value) for row in getattr(claim.rhs, "rows", ()) for n in row if isinstance(n, Number))
    try:
        shape = normal(shape_of(claim.lhs, claim.context))
    except ShapeError as error:
        return Verdict(evidence=(Disproof(method=METHOD, rule="the shapes do not fit", steps=(error.message,)),))
    if shape is None or any(isinstance(n, str) for n in shape):
        return Verdict(evidence=(Obstacle(method=METHOD, reason="the shape of the left side is not known"),))
    own = shape or (1, 1)
    if tuple(own) != wanted:
        rule = f"the left side has the shape {show(own)}, the space {show(wanted)}"
        return Verdict(evidence=(Disproof(method=METHOD, rule=rule, steps=()),))
    return Verdict(evidence=(Proof(method=METHOD, rules=("the shape of the left side",)), *real(claim, planner, own)))


def real(claim: Claim, planner: Planner, shape: tuple[int | str, ...]) -> list[Evidence]:
    """The left side in balls at points: real numbers, in the shape that was derived."""
    part = Part(claim.lhs, claim.lhs, claim.context)
    balls = Balls(claim.context, planner.integrals, table_for(part.unfolded, claim.context))
    sampler = Sampler(claim.context, part.unfolded, step_seed(planner.seed, claim.id, METHOD))
    try:
        values = [balls.side(part.unfolded[0], p, 64).value for p in sampler.points(POINTS)]
    except EmptyDomain as error:
        return [Obstacle(method=METHOD, reason=str(error))]
    if not all(fits(value, shape) for value in values):
        return [Obstacle(method=METHOD, reason="the left side has no real value at some point")]
    return [
        Enclosure(
            method="ball arithmetic at points",
            residual="real entries in this shape",
            radius=0.0,
            bits=64,
            covers="points",
            points=len(values),
        )
    ]


def fits(value: object, shape: tuple[int | str, ...]) -> bool:
    """Whether a value is a matrix of real balls of a shape."""
    if isinstance(value, Grid):
        return value.shape == shape and all(isinstance(e, arb | fmpq) for e in value.entries)
    return tuple(shape) == (1, 1) and isinstance(value, arb | fmpq)
