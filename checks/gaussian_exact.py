r"""Exact and enclosed witnesses of a claimed covariance, by other routes than forming A S A^T.

Quadratic forms: with Y = A X + b, X ~ N(m, S0), the claim Cov(Y) = S says u^T S u = w^T S0 w, w = A^T u, for every u.
The difference is a polynomial of degree 2 in u: if it is not zero, random integers from {-m..m} miss that with
probability at most 2 / (2 m + 1) each time (Schwartz 1980, lemma 1).  Everything is rational: a difference is certain.

Volume: int exp(-y^T P y / 2) dy = (2 pi)^(d/2) sqrt(det S), P = S^-1, by ball quadrature after a diagonalising
congruence: an enclosure of det Cov(Y) for which no determinant is taken.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..numeric.balls import RealBalls, ball_interval, disjoint, working_precision
from ..numeric.exact import Matrix, Vector, inverse, is_symmetric, quadratic_form, transpose
from ..numeric.quadrature import gaussian_integral
from ..symbolic.context import AffineLaw, Context, GaussianLaw, Law
from ..symbolic.evaluate import Evaluator, Grid, Unit, normal
from ..symbolic.tree import Apply, Name, Node, rewrite, walk
from .claim import Part
from .controls import SLIP, whole_side
from .evidence import Counterexample, Disproof, Enclosure, Evidence
from .interpret import Meaning
from .points import Point
from .pointwise import paired, point_text, residual, residual_radius, short

FORMS = "random rational quadratic forms"
VOLUME = "Gaussian integral in balls"
POINTS = 8
HALF_WIDTH = 500
BITS = 192
VOLUME_NAME = "_volume"


# -- quadratic forms ---------------------------------------------------------------------------------------------------
def quadratic_forms(context: Context, law: Law, written: Node, point: Point, seed: int) -> list[Evidence]:
    """The claim Cov(law) = written at random quadratic forms; [] where something is not rational."""
    ev = Evaluator(RealBalls(BITS), Meaning(context, point))
    claimed = rational(ev.value(written), law.dimension)
    if claimed is None or rational_chain(ev, context, law) is None:
        return []
    if not is_symmetric(claimed):
        return [asymmetric(claimed)]
    vectors = list(random_vectors(law.dimension, seed))
    values = [declared_form(ev, context, law, u) for u in vectors]
    for u, value in zip(vectors, values, strict=True):
        if quadratic_form(claimed, u) != value:
            return [different(point, u, quadratic_form(claimed, u), value)]
    wrong = list(variants(claimed))
    caught = sum(any(quadratic_form(v, u) != x for u, x in zip(vectors, values, strict=True)) for v in wrong)
    bound = float(Fraction(2, 2 * HALF_WIDTH + 1)) ** POINTS
    return [
        Enclosure(
            method=FORMS,
            residual="u^T S u - |L^T A^T u|^2 = 0 exactly",
            radius=0.0,
            bits=0,
            covers="points",
            points=POINTS,
            caught=caught,
            tried=len(wrong),
            detail=f"rational arithmetic; a wrong matrix passes with probability at most {bound:.1g}",
        )
    ]


def rational(value: Any, size: int) -> Matrix | None:
    """A value of the table of balls as a rational matrix, when every entry is exact."""
    found = normal(value)
    if isinstance(found, Unit):
        return tuple(tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size))
    rows = found.rows if isinstance(found, Grid) else ((found,),)
    exact = tuple(tuple(fraction(entry) for entry in row) for row in rows)
    if any(entry is None for row in exact for entry in row):
        return None
    return exact  # type: ignore[return-value]


def fraction(value: Any) -> Fraction | None:
    low, high = ball_interval(value)
    return low if isinstance(low, Fraction) and low == high else None


def rational_chain(ev: Evaluator, context: Context, law: Law) -> Matrix | None:
    """The covariance at the bottom of a chain of affine maps, when all of the chain is rational."""
    while isinstance(law, AffineLaw):
        if rational(ev.value(law.matrix), law.dimension) is None:
            return None
        law = context.laws[law.base]
    return rational(ev.value(law.covariance), law.dimension) if isinstance(law, GaussianLaw) else None


def declared_form(ev: Evaluator, context: Context, law: Law, u: Vector) -> Fraction:
    """u^T Cov(law) u by pulling u back through the maps: no product A S A^T is formed."""
    while isinstance(law, AffineLaw):
        matrix = rational(ev.value(law.matrix), law.dimension)
        assert matrix is not None
        u = tuple(sum((a * x for a, x in zip(column, u, strict=True)), Fraction(0)) for column in transpose(matrix))
        law = context.laws[law.base]
    assert isinstance(law, GaussianLaw)
    covariance = rational(ev.value(law.covariance), law.dimension)
    assert covariance is not None
    return quadratic_form(covariance, u)


def random_vectors(size: int, seed: int) -> Iterator[Vector]:
    rng = random.Random(seed)
    for _ in range(POINTS):
        yield tuple(Fraction(rng.randint(-HALF_WIDTH, HALF_WIDTH)) for _ in range(size))


def variants(matrix: Matrix) -> Iterator[Matrix]:
    """Each entry (with its mirror) off by 0.1 %, or by 0.001 where it is 0; the whole with the other sign."""
    n = len(matrix)
    for i in range(n):
        for j in range(i + 1):
            slip = matrix[i][j] * SLIP or SLIP
            yield tuple(
                tuple(e + (slip if {a, b} == {i, j} and (a != b or i == j) else 0) for b, e in enumerate(row))
                for a, row in enumerate(matrix)
            )
    if any(entry for row in matrix for entry in row):
        yield tuple(tuple(-entry for entry in row) for row in matrix)


def asymmetric(matrix: Matrix) -> Disproof:
    i, j = next((i, j) for i in range(len(matrix)) for j in range(i) if matrix[i][j] != matrix[j][i])
    return Disproof(
        method=FORMS,
        rule="a covariance is symmetric",
        steps=(f"entry ({i + 1}, {j + 1}) is {matrix[i][j]}, entry ({j + 1}, {i + 1}) is {matrix[j][i]}",),
    )


def different(point: Point, u: Vector, claimed: Fraction, value: Fraction) -> Counterexample:
    return Counterexample(
        method=FORMS,
        point={**point_text(point), "u": "[" + ", ".join(str(x) for x in u) + "]"},
        lhs=f"u^T Cov u = {value}",
        rhs=f"u^T S u = {claimed}",
        difference=str(value - claimed),
        bits=0,
    )


# -- the volume --------------------------------------------------------------------------------------------------------
def volume_law(part: Part) -> str:
    """The law Y whose det Cov(Y) occurs in the part, or ""."""
    for side in part.unfolded:
        for node in walk(side):
            if is_volume(node):
                return str(node.args[0].args[0].name)  # type: ignore[union-attr]
    return ""


def is_volume(node: Node) -> bool:
    if not (isinstance(node, Apply) and node.op == "det"):
        return False
    inner = node.args[0]
    return isinstance(inner, Apply) and inner.op in ("covariance", "variance") and isinstance(inner.args[0], Name)


def volume(part: Part, context: Context, law: Law, point: Point) -> list[Evidence]:
    """Both sides with det Cov(law) from its integral; [] where the covariance is not rational or singular."""
    meaning = Meaning(context, point)
    plain = Evaluator(RealBalls(BITS), meaning)
    covariance = rational(meaning.moments(plain, law)[1], law.dimension)
    if covariance is None:
        return []
    ev = meaning.inside(plain, {VOLUME_NAME: determinant_ball(covariance)})
    lhs, rhs = (rewrite(side, lambda n: with_volume(n, law.name)) for side in part.unfolded)
    left, right = normal(ev.value(lhs)), normal(ev.value(rhs))
    pairs = paired(left, right)
    if pairs is None:
        return []
    for place, a, b in pairs:
        if disjoint(a, b):
            return [outside(point, place, a, b)]
    radius = max(residual_radius(a, b, BITS) for _, a, b in pairs)
    wrong = [
        normal(ev.value(v))
        for side, other in ((rhs, left), (lhs, right))
        if is_formula(side)
        for _, v in whole_side(side, isinstance(other, Grid))
    ]
    caught = sum(any(disjoint(a, b) for _, a, b in paired(left, w) or []) for w in wrong)
    return [
        Enclosure(
            method=VOLUME,
            residual=f"|lhs - rhs| <= {radius:.2g}",
            radius=radius,
            bits=BITS,
            covers="points" if point.values or point.functions else "constant",
            caught=caught,
            tried=len(wrong),
            detail="det Cov from int exp(-y^T P y / 2) dy, no determinant taken",
        )
    ]


def is_formula(side: Node) -> bool:
    """Whether the side is written without the volume itself."""
    return not any(isinstance(n, Name) and n.name == VOLUME_NAME for n in walk(side))


def with_volume(node: Node, law: str) -> Node:
    if is_volume(node) and node.args[0].args[0].name == law:  # type: ignore[union-attr]
        return Name(VOLUME_NAME)
    return node


def determinant_ball(covariance: Matrix) -> Any:
    """det S = (int exp(-q/2))^2 / (2 pi)^d as a ball.  Raises Undefined for a singular or indefinite S."""
    integral = gaussian_integral(inverse(covariance), BITS)
    table = RealBalls(BITS)
    with working_precision(BITS):
        return integral * integral / (2 * table.constant("pi")) ** len(covariance)


def outside(point: Point, place: tuple[int, int] | None, a: Any, b: Any) -> Counterexample:
    return Counterexample(
        method=VOLUME,
        point=point_text(point),
        lhs=short(a),
        rhs=short(b),
        difference=short(residual(a, b, BITS), 6),
        bits=BITS,
        entry=f"({place[0]}, {place[1]})" if place else "",
    )
