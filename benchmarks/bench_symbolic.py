"""W4: derivations as the dimension grows: the trace of a coupled field, Gaussian matrices, det(AA^T) = det(A)^2.

    python benchmarks/bench_symbolic.py [--quick]

Every turn begins with empty caches of SymPy.  What may not come to an end runs in a child with a limit.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import measure
import sympy
from limited import finished
from measure import Contender, Entry, race
from sympy.core.cache import clear_cache

from twofold.checks.material import material_of
from twofold.symbolic.laws import Gaussian, pushforward
from twofold.symbolic.prove import prove
from twofold.symbolic.source import Source

LIMIT = 60


def fresh(work: Callable[[], Any]) -> Callable[[], Any]:
    """The work with SymPy's caches emptied before it."""

    def run() -> Any:
        clear_cache()
        return work()

    return run


def ours(name: str, work: Callable[[], Any], repeats: int = 5, note: str = "") -> Contender:
    return Contender(name=name, prepare=lambda: fresh(work), ours=True, repeats=repeats, note=note)


def outcome(workload: str, case: str, size: float, name: str, work: Callable[[], Any], limit: int = LIMIT) -> Entry:
    """The entry of a peer in a child; not finished is told, and so is a wrong or an open answer."""
    found = finished(fresh(work), limit)
    base = {"workload": workload, "case": case, "size": size, "name": name, "ours": False}
    if found is None:
        return Entry(**base, ran=False, note=f"did not finish in {limit} s")  # type: ignore[arg-type]
    seconds, proved = found
    note = "" if proved else f"open: answered {proved}"
    return Entry(**base, ran=True, seconds=seconds, fastest=seconds, slowest=seconds, note=note)  # type: ignore[arg-type]


# -- the trace of a coupled field --------------------------------------------------------------------------------------
def ring(n: int) -> str:
    """f_i = tanh(z_i z_{i+1}) - z_i / 2: the problem file, its claim with sech^2."""
    field = ", ".join(f'"tanh(z{i}*z{i % n + 1}) - z{i}/2"' for i in range(1, n + 1))
    trace = " + ".join(f"z{i % n + 1}*sech(z{i}*z{i % n + 1})^2 - 1/2" for i in range(1, n + 1))
    return f'[flows]\nz = {{ field = [{field}] }}\n[[claim]]\nplain = "div(f, z) = {trace}"\n'


def trace_proof(n: int) -> Callable[[], bool]:
    """The product's proof of the claim: divergence derived, both sides brought to 0."""
    claim = material_of(Source("ring.toml", ring(n))).links[0].claim
    assert claim is not None
    return lambda: bool(prove(claim.lhs, claim.rhs, claim.context)["status"] == "proved")


def trace_difference(n: int) -> Any:
    """The same difference for SymPy, derived already."""
    z = sympy.symbols(f"z1:{n + 1}", real=True)
    pairs = [(z[i], z[(i + 1) % n]) for i in range(n)]
    field = [sympy.tanh(a * b) - a / 2 for a, b in pairs]
    written = sum(b * sympy.sech(a * b) ** 2 - sympy.Rational(1, 2) for a, b in pairs)
    return sum(sympy.diff(f, a) for f, a in zip(field, z, strict=True)) - written


def traces(sizes: tuple[int, ...], limit: int) -> list[Entry]:
    rows: list[Entry] = []
    for n in sizes:
        case = f"trace proof, n = {n}"
        difference = trace_difference(n)
        found = race("symbolic", case, n, [ours("twofold, derived and proved", trace_proof(n))])
        found.append(outcome("symbolic", case, n, "SymPy simplify", lambda d=difference: sympy.simplify(d) == 0, limit))
        if n <= 5:  # beyond, none of them comes to its end; one is enough to show it
            found.append(outcome("symbolic", case, n, "SymPy equals", lambda d=difference: d.equals(0) is True, limit))
            by_exp = lambda d=difference: sympy.simplify(d.rewrite(sympy.exp)) == 0  # noqa: E731
            found.append(outcome("symbolic", case, n, "SymPy simplify after rewrite(exp)", by_exp, limit))
        rows += shown(found)
    return rows


def shown(found: list[Entry]) -> list[Entry]:
    measure.show(found)
    return found


# -- matrices ----------------------------------------------------------------------------------------------------------
def rational_matrix(n: int) -> list[list[Fraction]]:
    """Diagonally dominant, small entries, no symmetry."""
    return [[Fraction((3 * i + 5 * j) % 7 - 3, 2) + (n + 3) * (i == j) for j in range(n)] for i in range(n)]


def gaussian(n: int) -> Callable[[], Any]:
    """The law of A Z: covariance, precision and normaliser, with the derivation."""
    rows = [[sympy.Rational(e.numerator, e.denominator) for e in row] for row in rational_matrix(n)]
    unit = [[int(i == j) for j in range(n)] for i in range(n)]

    def work() -> Any:
        law = pushforward(rows, Gaussian([0] * n, unit))
        return law.covariance.shape, law.precision.shape

    return work


def by_sympy(n: int) -> Callable[[], bool]:
    rows = [[sympy.Rational(e.numerator, e.denominator) for e in row] for row in rational_matrix(n)]

    def work() -> bool:
        a = sympy.Matrix(rows)
        s = a * a.T
        return s.det() != 0 and s * s.inv() == sympy.eye(n)

    return work


DETERMINANT = "[symbols]\nA = 'matrix({n},{n})'\n[[claim]]\nplain = 'det(A*A^T) = det(A)^2'\n"


def determinant(n: int) -> Callable[[], bool]:
    claim = material_of(Source("det.toml", DETERMINANT.replace("{n}", str(n)))).links[0].claim
    assert claim is not None
    return lambda: bool(prove(claim.lhs, claim.rhs, claim.context)["status"] == "proved")


def determinant_by_sympy(n: int) -> Callable[[], bool]:
    a = sympy.Matrix(n, n, lambda i, j: sympy.Symbol(f"a_{i}_{j}", real=True))
    return lambda: sympy.simplify((a * a.T).det() - a.det() ** 2) == 0


def matrices(sizes: tuple[int, ...], dets: tuple[int, ...], limit: int) -> list[Entry]:
    rows: list[Entry] = []
    for n in sizes:
        case = f"law of A Z with rational A, n = {n}"
        found = race("symbolic", case, n, [ours("twofold, covariance and precision derived", gaussian(n), 3)])
        found.append(outcome("symbolic", case, n, "SymPy Matrix det, inv, product", by_sympy(n), limit))
        rows += shown(found)
    for n in dets:
        case = f"det(A A^T) = det(A)^2 with free entries, n = {n}"
        found = race("symbolic", case, n, [ours("twofold, proved", determinant(n), 3)])
        found.append(outcome("symbolic", case, n, "SymPy simplify", determinant_by_sympy(n), limit))
        rows += shown(found)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, in seconds")
    if parser.parse_args().quick:
        rows = [*traces((2,), 20), *matrices((8,), (2,), 20)]
        measure.write("symbolic", rows, folder=measure.RESULTS / "quick")
        return
    rows = [*traces((2, 5, 10, 50), LIMIT), *matrices((2, 4, 8, 12, 20), (2, 3, 4), LIMIT)]
    measure.write("symbolic", rows)


if __name__ == "__main__":
    main()
