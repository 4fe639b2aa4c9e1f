r"""What a declaration must satisfy before anything is derived from it.

A covariance must be symmetric and positive semidefinite: otherwise there is no such law, which is an error of the file
with its place.  A matrix of deficient row rank gives a degenerate law without a density: a finding, not an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..numeric import exact
from ..symbolic.context import AffineLaw, Context, GaussianLaw
from ..symbolic.evaluate import Evaluator, Grid, Mismatch
from ..symbolic.source import ReadError
from ..symbolic.tree import Node
from .interpret import Meaning, grid
from .points import Point

Matrix = tuple[tuple[Fraction, ...], ...]


def validate(context: Context) -> tuple[Mapping[str, Any], ...]:
    """Findings about the declared laws.

    Raises:
        ReadError: a covariance that is not symmetric positive semidefinite, a matrix entry without a value.
    """
    check_traits(context)
    findings: list[Mapping[str, Any]] = []
    for law in context.laws.values():
        if isinstance(law, GaussianLaw):
            check_covariance(context, law)
        elif isinstance(law, AffineLaw):
            findings.extend(check_rank(context, law))
    return tuple(findings)


def rational_matrix(context: Context, node: Node, size: int, where: Any) -> Matrix | None:
    """The entries as exact rationals; None where symbols or irrational numbers occur."""
    from ..numeric.balls import Indeterminate, RealBalls, Undefined, exact_rational

    table = RealBalls(64, exact_bits=100_000)
    ev = Evaluator(table, Meaning(context, Point({})))
    try:
        value = ev.value(node)
    except Undefined as error:
        raise ReadError(
            f"expected a matrix with finite entries; {error.reason}", node.span if node.span.line else where
        ) from None
    except (Indeterminate, Mismatch):
        return None
    rows = ev.identity(size).rows if not isinstance(value, Grid) and size > 1 else grid(value).rows
    found = [[exact_rational(e) for e in row] for row in rows]
    if any(e is None for row in found for e in row):
        return None
    return tuple(tuple(Fraction(int(e.p), int(e.q)) for e in row if e is not None) for row in found)


def check_covariance(context: Context, law: GaussianLaw) -> None:
    matrix = rational_matrix(context, law.covariance, law.dimension, law.span)
    if matrix is None:
        return
    place = law.covariance.span if law.covariance.span.line else law.span
    if not exact.is_symmetric(matrix):
        raise ReadError(f"expected a symmetric covariance of {law.name}; entries (i, j) and (j, i) differ", place)
    factors = exact.ldl(matrix)
    if factors is None or any(d < 0 for d in factors[1]):
        if is_semidefinite(matrix):
            return
        raise ReadError(f"expected a positive semidefinite covariance of {law.name}; got one that is not", place)


def is_semidefinite(matrix: Matrix) -> bool:
    """Symmetric elimination: every pivot is positive, or its whole row is 0."""
    rest = [list(row) for row in matrix]
    while rest:
        pivot = rest[0][0]
        if pivot < 0 or (pivot == 0 and any(rest[0])):
            return False
        first, *below = rest
        rest = [
            [
                entry - row[0] * across / pivot if pivot else entry
                for entry, across in zip(row[1:], first[1:], strict=True)
            ]
            for row in below
        ]
    return True


def check_traits(context: Context) -> None:
    """A declared value must be what its traits say: symmetric, positive definite, invertible."""
    for entry in context:
        domain = entry.domain
        if domain.value is None or not domain.traits or not domain.shape or not isinstance(domain.shape[0], int):
            continue
        matrix = rational_matrix(context, domain.value, domain.shape[0], entry.span)
        wrong = false_trait(matrix, domain.traits) if matrix is not None else ""
        if wrong:
            raise ReadError(f"expected a value of '{entry.name}' that is {wrong}; got one that is not", entry.span)


def false_trait(matrix: Matrix, traits: frozenset[str]) -> str:
    """The first trait that the matrix has not, or ""."""
    symmetric = exact.is_symmetric(matrix)
    definite = symmetric and is_semidefinite(matrix) and exact.determinant(matrix) != 0
    size = range(len(matrix))
    held = {
        "symmetric": symmetric,
        "positive definite": definite,
        "invertible": exact.determinant(matrix) != 0,
        "diagonal": all(matrix[i][j] == 0 for i in size for j in size if i != j),
    }
    return next((trait for trait in sorted(traits) if not held.get(trait, True)), "")


def check_rank(context: Context, law: AffineLaw) -> list[Mapping[str, Any]]:
    matrix = rational_matrix(context, law.matrix, law.dimension, law.span)
    if matrix is None:
        return []
    found = exact.rank(matrix)
    if found == law.dimension:
        return []
    return [
        {
            "kind": "degenerate",
            "of": law.name,
            "title": f"The law of {law.name} is degenerate",
            "text": f"The matrix has {law.dimension} rows and rank {found}: {law.name} lives on a subspace of "
            f"dimension {found} and has no density with respect to volume. Its mean and covariance are still defined.",
        }
    ]
