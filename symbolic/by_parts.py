r"""Linear relations among moments by integration by parts.

For a kernel K = exp(-E) on the whole space, and h such that h K vanishes at infinity,

    0 = int d/dx_i (h K) dx = I[d_i h] - I[h d_i E],

and I[g] = I[g o s] for a symmetry s of E (a sign change or an exchange of variables),

where I[g] = int g K dx: the identities of Stein, or of Schwinger and Dyson.  The h are chosen so that the moments of
the claim occur: monomials up to the degree that the claim reaches, and quotients g / m of its integrands by terms m of
d_i E.  Gaussian elimination solves the relations for as many moments as they have rank; what is left are free moments,
and a claim that follows from the relations becomes an equality of rational functions of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

from .moments import MomentTable, TooManyTerms, terms

BOUNDARY = "the boundary terms of the integration by parts vanish at infinity, and the integrals converge"
MAX_MULTIPLIERS = 60


@dataclass(frozen=True, slots=True)
class Kernel:
    """exp(-energy) over the whole space of the variables, with the factors g of the moments that were met."""

    energy: Any
    variables: tuple[Any, ...]
    factors: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Reduction:
    """Moments in terms of free ones, and what was assumed for it."""

    values: dict[Any, Any]
    conditions: tuple[str, ...]


def reduce_by_parts(table: MomentTable) -> Reduction | None:
    """Solve the relations of every kernel of the table; None where there are none."""
    values: dict[Any, Any] = {}
    conditions: dict[str, None] = {}
    for kernel in kernels(table):
        try:
            relations = [r for r in kernel_relations(table, kernel) if r != 0]
        except TooManyTerms:
            continue
        solved = solve(table, relations)
        if solved:
            values.update(solved)
            conditions.update(dict.fromkeys(conditions_of(kernel, solved)))
    return Reduction(values, tuple(conditions)) if values else None


def kernels(table: MomentTable) -> list[Kernel]:
    """The kernels exp(-E) of the integrals over the whole space."""
    found: dict[tuple[Any, tuple[Any, ...]], list[Any]] = {}
    for integral in list(table.integrals.values()):
        if any(tuple(limit[1:]) != (-sympy.oo, sympy.oo) for limit in integral.limits):
            continue
        variables = tuple(limit[0] for limit in integral.limits)
        factors = sympy.Mul.make_args(integral.function)
        exponents = [f for f in factors if isinstance(f, sympy.exp)]
        if len(exponents) == 1:
            factor = sympy.Mul(*(f for f in factors if f != exponents[0]))
            found.setdefault((-exponents[0].args[0], variables), []).append(factor)
    return [Kernel(energy, variables, tuple(factors)) for (energy, variables), factors in found.items()]


def kernel_relations(table: MomentTable, kernel: Kernel) -> Iterator[Any]:
    """I[d_i h] - I[h d_i E] for the multipliers h: linear combinations of the symbols of the table that are 0."""
    limits = [(x, -sympy.oo, sympy.oo) for x in kernel.variables]
    weight = sympy.exp(-kernel.energy)
    for x, h in multipliers(kernel):
        body = sympy.diff(h, x) - h * sympy.diff(kernel.energy, x)
        yield table.expand(sympy.Integral(body * weight, *limits)) if body != 0 else sympy.Integer(0)
    for mirror in mirrors(kernel):
        for factor in kernel.factors:
            body = factor - factor.xreplace(mirror)
            yield table.expand(sympy.Integral(body * weight, *limits)) if body != 0 else sympy.Integer(0)


def mirrors(kernel: Kernel) -> list[dict[Any, Any]]:
    """Sign changes of one or of all variables, and exchanges of two, that leave E as it is."""
    xs = kernel.variables
    flips = [{x: -x} for x in xs] + ([{x: -x for x in xs}] if len(xs) > 1 else [])
    swaps = [{a: b, b: a} for i, a in enumerate(xs) for b in xs[:i]]
    return [m for m in flips + swaps if sympy.expand(kernel.energy.xreplace(m) - kernel.energy) == 0]


def multipliers(kernel: Kernel) -> list[tuple[Any, Any]]:
    """(x_i, h) pairs, at most `MAX_MULTIPLIERS`."""
    found: dict[tuple[Any, Any], None] = {}
    for h in monomials(kernel):
        found.update(dict.fromkeys((x, h) for x in kernel.variables))
    variables = set(kernel.variables)
    for x in kernel.variables:
        slopes = [m for _, m in terms(sympy.diff(kernel.energy, x), variables)]
        for factor in kernel.factors:
            for slope in slopes:
                quotient = factor / slope
                if not quotient.as_numer_denom()[1].free_symbols & variables:
                    found[x, quotient] = None
    return list(found)[:MAX_MULTIPLIERS]


def monomials(kernel: Kernel) -> list[Any]:
    """x^a up to the degree at which h d_i E reaches the moments of the claim; 1 alone where E is no polynomial."""
    polynomial = kernel.energy.is_polynomial(*kernel.variables)
    factors = [f for f in kernel.factors if f.is_polynomial(*kernel.variables)]
    if not polynomial or not factors:
        return [sympy.Integer(1)]
    degree = sympy.Poly(kernel.energy, *kernel.variables).total_degree()
    reach = max(sympy.Poly(f, *kernel.variables).total_degree() for f in factors)
    top = max(0, reach - degree + 1)
    exponents = [a for a in product(range(top + 1), repeat=len(kernel.variables)) if sum(a) <= top]
    exponents.sort(key=lambda a: (sum(a), a))
    return [sympy.Mul(*(x**k for x, k in zip(kernel.variables, a, strict=True))) for a in exponents[:MAX_MULTIPLIERS]]


def solve(table: MomentTable, relations: list[Any]) -> dict[Any, Any]:
    """The pivots of the relations in terms of the other symbols; the highest moments are solved for first."""
    symbols = sorted(
        {s for r in relations for s in r.free_symbols if s in table.integrals}, key=lambda s: rank(table, s)
    )
    if not symbols:
        return {}
    matrix, rest = sympy.linear_eq_to_matrix(relations, symbols)
    if any(e != 0 for e in rest):
        return {}
    reduced, pivots = DomainMatrix.from_Matrix(matrix).to_field().rref()
    rows = reduced.to_Matrix()
    return {
        symbols[p]: -sympy.Add(*(rows[i, j] * symbols[j] for j in range(p + 1, len(symbols)) if rows[i, j] != 0))
        for i, p in enumerate(pivots)
    }


def rank(table: MomentTable, symbol: Any) -> tuple[int, int, str]:
    """Order of elimination: undefined functions and high degrees first, the normaliser last."""
    integral = table.integrals[symbol]
    variables = [limit[0] for limit in integral.limits]
    factor = sympy.Mul(*(f for f in sympy.Mul.make_args(integral.function) if not isinstance(f, sympy.exp)))
    plain = factor.is_polynomial(*variables)
    degree = sympy.Poly(factor, *variables).total_degree() if plain else 1000
    return -degree, -int(sympy.count_ops(factor)), str(factor)


def conditions_of(kernel: Kernel, solved: dict[Any, Any]) -> list[str]:
    """The boundary terms, unless a polynomial on the line surely confines; divisors that may be 0."""
    found = [] if confines(kernel) else [BOUNDARY]
    divisors = [f for v in solved.values() for f in sympy.Mul.make_args(sympy.together(v).as_numer_denom()[1])]
    found.extend(f"{sympy.sstr(f)} is not 0" for f in divisors if not f.is_number and not f.is_nonzero)
    return found


def confines(kernel: Kernel) -> bool:
    """One variable, even degree, leading coefficient known positive: exp(-E) times any polynomial dies out."""
    if len(kernel.variables) != 1 or not kernel.energy.is_polynomial(*kernel.variables):
        return False
    if not all(f.is_polynomial(*kernel.variables) for f in kernel.factors):
        return False
    polynomial = sympy.Poly(kernel.energy, *kernel.variables)
    return bool(polynomial.degree() > 0 and polynomial.degree() % 2 == 0 and polynomial.LC().is_positive)
