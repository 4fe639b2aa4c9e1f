r"""The exact zero test: is this expression identically 0 on its domain, and by which rules?

    prove_zero(expr) -> ZeroProof | None

The expression is read into a field of rational functions over exponentials, logarithms, roots and moduli
(`exponential_field.py`); it is 0 there when its numerator reduces to 0. What stays open is tried by the sum of cases
of a piecewise expression, by induction on an integer bound (`by_induction.py`), and by "derivative 0 and one value on
every component of the domain" (`by_derivative.py`). Every rule is an identity on the domain that the assumptions of
the symbols describe, so a returned proof is a proof; None says nothing (it is *not* a refutation).

A proof holds wherever both sides are defined, under the conditions that it lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy
from sympy import Basic, Expr, MatrixBase

from .exponential_field import ExponentialField
from .express import MAX_NODES, Reader
from .puiseux import Frac, TooLargeError, UndefinedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroProof:
    """Rules in the order of first use, the normal form reached ("0"), and the conditions assumed (TeX)."""

    rules: tuple[str, ...]
    normal_form: str
    conditions: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the fields as plain JSON values."""
        return {"rules": list(self.rules), "normal_form": self.normal_form, "conditions": list(self.conditions)}


def merge(proofs: Iterable[ZeroProof], *rules: str, conditions: Iterable[str] = ()) -> ZeroProof:
    """Return one proof for several statements that were proved one by one."""
    proofs = tuple(proofs)
    found = dict.fromkeys([*rules, *(rule for p in proofs for rule in p.rules)])
    assumed = dict.fromkeys([*conditions, *(c for p in proofs for c in p.conditions)])
    return ZeroProof(rules=tuple(found), normal_form="0", conditions=tuple(assumed))


def prove_zero(expr: Expr, *, positive: Iterable[Expr] = (), nonzero: Iterable[Expr] = ()) -> ZeroProof | None:
    r"""Prove that a scalar expression is identically zero, or return None.

    Args:
        expr: the expression; what is known of its symbols are their SymPy assumptions.
        positive: expressions known to be positive on the domain, such as 1 - x and 1 + x for x in (-1, 1).
        nonzero: expressions known not to vanish; they are left out of the conditions.

    Floating-point numbers count as the exact binary fractions that they are.
    """
    positive = tuple(positive)
    if not isinstance(expr, Expr) or not _affordable(expr):
        return None
    proof = _by_cheap_routes(expr, positive) or prove_by_normal_form(expr, positive)
    if proof is None:
        proof = _by_other_routes(expr, positive)
    if proof is None:
        return None
    given = {rf"{sympy.latex(e)} \neq 0" for e in (*positive, *nonzero)}
    return merge([proof], conditions=()) if not given else _without(proof, given)


def prove_equal(
    lhs: Basic | MatrixBase | int,
    rhs: Basic | MatrixBase | int,
    *,
    positive: Iterable[Expr] = (),
    nonzero: Iterable[Expr] = (),
) -> ZeroProof | None:
    """Prove lhs = rhs for scalars, explicit matrices (entry by entry) or matrices of symbolic size; None when open."""
    from .explicit_matrices import explicit
    from .matrix_identities import has_matrix_symbols, prove_matrix_identity

    positive, nonzero = tuple(positive), tuple(nonzero)
    lhs, rhs = _exact(lhs), _exact(rhs)
    if has_matrix_symbols(lhs) or has_matrix_symbols(rhs):
        proof = prove_matrix_identity(lhs, rhs)
        if proof is not None:
            return proof
    try:
        left, right = explicit(lhs), explicit(rhs)
    except (NotImplementedError, TooLargeError, UndefinedError):
        return None
    if isinstance(left, MatrixBase) and isinstance(right, MatrixBase):
        return _entrywise(left, right, positive, nonzero)
    if isinstance(left, MatrixBase) or isinstance(right, MatrixBase):
        return None
    return prove_zero(left - right, positive=positive, nonzero=nonzero)


def _exact(side: Basic | MatrixBase | int) -> Basic | MatrixBase:
    """Replace binary floats by their exact values before SymPy can add them in floating point."""
    if isinstance(side, int):
        return sympy.Integer(side)
    floats = {x: sympy.Rational(x) for x in side.atoms(sympy.Float)}
    return side.xreplace(floats) if floats else side


def _entrywise(
    left: MatrixBase, right: MatrixBase, positive: tuple[Expr, ...], nonzero: tuple[Expr, ...]
) -> ZeroProof | None:
    if left.shape != right.shape:
        return None
    proofs = []
    for a, b in zip(left.flat(), right.flat(), strict=True):
        proof = prove_zero(a - b, positive=positive, nonzero=nonzero)
        if proof is None:
            return None
        proofs.append(proof)
    return merge(proofs, "matrices are equal entry by entry")


def _affordable(expr: Expr) -> bool:
    return all(count <= MAX_NODES for count, _ in enumerate(sympy.preorder_traversal(expr)))


def _without(proof: ZeroProof, given: set[str]) -> ZeroProof:
    kept = tuple(c for c in proof.conditions if c not in given)
    return ZeroProof(rules=proof.rules, normal_form=proof.normal_form, conditions=kept)


def new_reader(positive: Iterable[Expr]) -> Reader:
    """Return a reader whose field knows what is positive by assumption."""
    reader = Reader(ExponentialField())
    for expr in positive:
        known = reader.field.canonical(reader.read(expr))
        if all(reader.field.is_positive(Frac(below)) for below in known.den):
            reader.field.positive.append(known.num)
    reader.memo.clear()
    reader.conditions.clear()
    return reader


def prove_by_normal_form(expr: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    """Prove by the normal form alone, without cases, induction or derivatives."""
    try:
        reader = new_reader(positive)
        value = reader.read(expr)
        if not reader.field.vanishes(value):
            if not reader.field.learn([value, *reader.memo.values()]):
                return None
            reader.memo.clear()
            value = reader.read(expr)
            if not reader.field.vanishes(value):
                return None
    except (TooLargeError, UndefinedError, NotImplementedError, RecursionError):
        return None
    return conclude(reader, value)


def conclude(reader: Reader, value: Frac) -> ZeroProof:
    """Return the proof that a reader has arrived at."""
    return ZeroProof(
        rules=(*reader.field.rules, "the numerator over the independent symbols is 0"),
        normal_form="0",
        conditions=tuple(reader.conditions),
    )


def _by_cheap_routes(expr: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    """Squares by their relation, then the parts of a sum one by one: what takes time linear in the terms."""
    from .pythagoras import parts_of_sum, vanishes_by_squares

    rules = vanishes_by_squares(expr)
    if rules is not None:
        return ZeroProof(rules=rules, normal_form="0", conditions=())
    parts = parts_of_sum(expr)
    proofs = []
    for part in parts if len(parts) > 1 else ():
        proof = prove_by_normal_form(part, positive)
        if proof is None:
            return None
        proofs.append(proof)
    return merge(proofs, "a sum of parts that are 0") if proofs else None


def _by_other_routes(expr: Expr, positive: tuple[Expr, ...]) -> ZeroProof | None:
    from .by_cases import prove_by_cases
    from .by_derivative import prove_by_derivative
    from .by_induction import prove_by_induction

    for route in (prove_by_cases, prove_by_induction, prove_by_derivative):
        proof = route(expr, positive)
        if proof is not None:
            return proof
    return None
