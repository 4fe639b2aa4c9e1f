r"""Our tree as an exact polynomial in some of its names, the others taken at rational values.

    E = sum_a c_a x^a,    c_a rational:    {a: c_a}, a the tuple of exponents

Sums, products, whole powers and division by numbers; anything else has no such form: `NotPolynomialError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..symbolic.tree import Apply, Array, Name, Node, Number

Polynomial = dict[tuple[int, ...], Fraction]
MAX_TERMS = 2_000
MAX_DEGREE = 100


class NotPolynomialError(ValueError):
    """The tree is no polynomial with rational coefficients, or too large a one."""


def polynomial(tree: Node, variables: Sequence[str], values: Mapping[str, Fraction]) -> Polynomial:
    """The coefficients of a tree in `variables`; zero terms are dropped.

    >>> x = Name("x")
    >>> polynomial(Apply("mul", (x, Apply("add", (x, Number(Fraction(2)))))), ("x",), {})
    {(2,): Fraction(1, 1), (1,): Fraction(2, 1)}
    """
    size = len(variables)
    if isinstance(tree, Number):
        return cleaned({(0,) * size: tree.value})
    if isinstance(tree, Name):
        return named(tree.name, variables, values)
    if isinstance(tree, Array) and tree.shape == (1, 1):
        return polynomial(tree.rows[0][0], variables, values)
    if not isinstance(tree, Apply):
        raise NotPolynomialError(f"expected a polynomial; got {type(tree).__name__.lower()}")
    if tree.op == "pow":
        return power(polynomial(tree.args[0], variables, values), polynomial(tree.args[1], variables, values), size)
    if tree.op not in ("add", "mul", "neg", "div"):
        raise NotPolynomialError(f"expected a polynomial; got {tree.op}")
    parts = [polynomial(part, variables, values) for part in tree.args]
    if tree.op == "neg":
        return {a: -c for a, c in parts[0].items()}
    if tree.op == "div":
        below = constant(parts[1], size)
        if below is None or below == 0:
            raise NotPolynomialError("expected a division by a number that is not 0")
        return {a: c / below for a, c in parts[0].items()}
    found = parts[0]
    for part in parts[1:]:
        found = plus(found, part) if tree.op == "add" else times(found, part)
    return found


def named(name: str, variables: Sequence[str], values: Mapping[str, Fraction]) -> Polynomial:
    size = len(variables)
    if name in variables:
        return {tuple(int(v == name) for v in variables): Fraction(1)}
    if name not in values:
        raise NotPolynomialError(f"{name} has no rational value")
    return cleaned({(0,) * size: values[name]})


def constant(found: Polynomial, size: int) -> Fraction | None:
    """The value of a constant polynomial, else None."""
    if not found:
        return Fraction(0)
    return found.get((0,) * size) if len(found) == 1 else None


def power(base: Polynomial, exponent: Polynomial, size: int) -> Polynomial:
    count = constant(exponent, size)
    if count is None or count.denominator != 1 or not 0 <= count <= MAX_DEGREE:
        raise NotPolynomialError(f"expected a whole exponent from 0 to {MAX_DEGREE}")
    found: Polynomial = {(0,) * size: Fraction(1)}
    for _ in range(int(count)):
        found = times(found, base)
    return found


def plus(left: Polynomial, right: Polynomial) -> Polynomial:
    found = dict(left)
    for a, c in right.items():
        found[a] = found.get(a, Fraction(0)) + c
    return cleaned(found)


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product.  Raises NotPolynomialError beyond the limits."""
    if len(left) * len(right) > MAX_TERMS:
        raise NotPolynomialError(f"expected at most {MAX_TERMS} terms")
    found: Polynomial = {}
    for a, c in left.items():
        for b, d in right.items():
            exponents = tuple(i + j for i, j in zip(a, b, strict=True))
            if sum(exponents) > MAX_DEGREE:
                raise NotPolynomialError(f"expected a degree of at most {MAX_DEGREE}")
            found[exponents] = found.get(exponents, Fraction(0)) + c * d
    return cleaned(found)


def cleaned(found: Polynomial) -> Polynomial:
    return {a: c for a, c in found.items() if c != 0}
