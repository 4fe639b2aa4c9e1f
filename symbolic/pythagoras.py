r"""Two cheap proofs before the general one: squares by their Pythagorean relation, and a sum that falls into parts.

    sech^2 u = 1 - tanh^2 u,   cosh^2 u = 1 + sinh^2 u,   sin^2 u = 1 - cos^2 u     (entire, so without conditions)

A polynomial in such functions is 0 when it is so after these rules and multiplying out.  And a sum is 0 when it falls
into parts without a function in common, each of which is 0.  The trace of the Jacobian of a field in n dimensions has
n functions of n arguments: over one denominator it has 2^n terms, part by part n.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy
from sympy import Basic, Expr

ENTIRE = (sympy.tanh, sympy.sech, sympy.cosh, sympy.sinh, sympy.cos, sympy.sin, sympy.exp)
RULES = (
    (sympy.sech, sympy.tanh, -1, "sech^2 = 1 - tanh^2"),
    (sympy.cosh, sympy.sinh, 1, "cosh^2 = 1 + sinh^2"),
    (sympy.sin, sympy.cos, -1, "sin^2 = 1 - cos^2"),
)
MOST_TERMS = 4000
LARGEST_POWER = 12


def vanishes_by_squares(expr: Expr) -> tuple[str, ...] | None:
    """The rules by which a polynomial in entire functions multiplies out to 0; None where it does not, or is none."""
    if not is_polynomial(expr):
        return None
    used: dict[str, None] = {}
    values = {power: value for power in expr.atoms(sympy.Pow) for value in written(power, used)}
    reduced = expr.xreplace(values) if values else expr
    if terms(reduced) > MOST_TERMS or reduced.expand() != 0:
        return None
    return (*used, "multiplied out, all terms cancel")


def written(power: Basic, used: dict[str, None]) -> Iterator[Expr]:
    """A power of a function without its square: sech^5 u = (1 - tanh^2 u)^2 sech u; nothing for other powers."""
    base, exponent = power.args
    for function, other, sign, rule in RULES:
        if isinstance(base, function) and exponent > 1:
            used[rule] = None
            argument, whole = base.args[0], int(exponent)
            yield (1 + sign * other(argument) ** 2) ** (whole // 2) * base ** (whole % 2)


def vanishes_multiplied_out(expr: Expr) -> bool:
    """Whether all terms cancel once products are multiplied out, whatever the functions and derivatives in them are."""
    return terms(expr) <= MOST_TERMS and sympy.expand(expr, power_base=False, power_exp=False, log=False) == 0


def squares_as_sech(expr: Basic) -> Basic:
    """1 - tanh^2 u printed as sech^2 u, and tanh^2 u - 1 as -sech^2 u, where they stand as sums of their own.

    Not by a pattern of SymPy: that tries every way to split every sum.
    """
    found = {}
    for u in {f.args[0] for f in expr.atoms(sympy.tanh)}:
        found[1 - sympy.tanh(u) ** 2] = sympy.sech(u) ** 2
        found[sympy.tanh(u) ** 2 - 1] = -(sympy.sech(u) ** 2)
    return expr.xreplace(found)


def is_polynomial(expr: Basic) -> bool:
    """Sums, products and small whole powers of rationals, symbols and entire functions of the same."""
    for node in sympy.preorder_traversal(expr):
        if isinstance(node, sympy.Pow):
            exponent = node.args[1]
            if not exponent.is_Integer or not 1 < exponent <= LARGEST_POWER:
                return False
        elif not (node.is_Rational or node.is_Symbol or isinstance(node, (sympy.Add, sympy.Mul, *ENTIRE))):
            return False
    return True


def terms(expr: Basic) -> int:
    """An upper bound of the number of terms after multiplying out."""
    if isinstance(expr, sympy.Add):
        return sum(terms(part) for part in expr.args)
    if isinstance(expr, sympy.Mul):
        found = 1
        for part in expr.args:
            found = min(found * terms(part), MOST_TERMS + 1)
        return found
    if isinstance(expr, sympy.Pow) and expr.args[1].is_Integer:
        inside = terms(expr.args[0])
        return 1 if inside == 1 else int(min(inside ** min(abs(int(expr.args[1])), MOST_TERMS), MOST_TERMS + 1))
    return 1


def parts_of_sum(expr: Expr) -> list[Expr]:
    """The sum in parts that have no function in common; the expression alone where it does not fall apart."""
    groups: list[tuple[set[Basic], list[Expr]]] = []
    for term in sympy.Add.make_args(expr):
        own, members = set(functions(term)), [term]
        apart = []
        for group in groups:
            if group[0] & own or not (group[0] or own):
                own |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (own, members)]
    return [sympy.Add(*members) for _, members in groups] if len(groups) > 1 else [expr]


def functions(expr: Expr) -> Iterable[Basic]:
    """What the normal form makes symbols of: functions, exponentials and roots, by their arguments."""
    found = {f.args for f in expr.atoms(sympy.Function)}
    found |= {p.args for p in expr.atoms(sympy.Pow) if not p.args[1].is_Integer}
    return (sympy.Tuple(*arguments) for arguments in found)
