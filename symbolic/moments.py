r"""The calculus of moments: integrals against one kernel, brought to a normal form.

Both sides of a claim about an energy-based law contain integrals such as

    Z(phi) = int exp(-E(x, phi)) dx,      E_p[g] = (1/Z) int g(x) exp(-E(x, phi)) dx,

with E concrete or an undefined function.  Differentiation in a parameter passes under the integral sign (a stated
condition).  Linearity then gives a normal form: every integrand is expanded into terms c m(x), c free of x, and

    int sum_k c_k m_k(x) dx  =  sum_k c_k I[m_k],

with one symbol I[m] for each distinct m.  Two sides that are equal by linearity, by the product rule and by the chain
rule become equal rational functions of these symbols, which `zero.prove_zero` decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy

INTERCHANGE = (
    "derivative and integral may be exchanged: Z is finite near the parameters, an integrable function dominates the "
    "derivative, and the domain of integration does not depend on them"
)
MAX_TERMS = 400


class TooManyTerms(ValueError):  # noqa: N818 - an answer, not a failure
    """An integrand that expands beyond the limit."""


@dataclass
class MomentTable:
    """The symbols I[m] of a claim: `atoms` from the canonical integrand to its symbol."""

    atoms: dict[Any, Any] = field(default_factory=dict)
    integrals: dict[Any, Any] = field(default_factory=dict)

    def symbol(self, integral: Any, positive: bool) -> Any:
        if integral not in self.atoms:
            symbol = sympy.Dummy(f"I{len(self.atoms)}", **({"positive": True} if positive else {"real": True}))
            self.atoms[integral] = symbol
            self.integrals[symbol] = integral
        return self.atoms[integral]

    def normal_form(self, expression: Any) -> Any:
        """The expression with each integral replaced by its combination of moments."""
        if isinstance(expression, sympy.MatrixBase):
            return expression.applyfunc(self.normal_form)
        # Bottom-up: an integral inside an integrand is a constant of the outer one by the time that is expanded.
        return expression.replace(lambda e: isinstance(e, sympy.Integral), self.expand)

    def expand(self, integral: Any) -> Any:
        """One integral as a combination of moments over canonical variables."""
        limits = list(integral.limits)
        names = {limit[0]: sympy.Symbol(f"_x{i}", real=True) for i, limit in enumerate(limits)}
        body = integral.function.xreplace(names)
        ranges = [(names[limit[0]], *limit[1:]) for limit in limits]
        variables = set(names.values())
        total = sympy.Integer(0)
        for coefficient, monomial in terms(body, variables):
            # Simple symmetric facts are left to the closed forms; linearity alone is used here.
            positive = isinstance(monomial, sympy.exp) or (monomial.is_positive is True)
            total += coefficient * self.symbol(sympy.Integral(monomial, *ranges), positive)
        return total


def terms(body: Any, variables: set[Any]) -> list[tuple[Any, Any]]:
    """(c, m) pairs with c free of the variables, sum c m = body, like terms together.  Raises TooManyTerms."""
    expanded = sympy.expand(body, power_exp=False, power_base=False, log=False, trig=False, func=False, complex=False)
    parts = sympy.Add.make_args(expanded)
    if len(parts) > MAX_TERMS:
        raise TooManyTerms(f"expected an integrand of at most {MAX_TERMS} terms; got {len(parts)}")
    found: dict[Any, Any] = {}
    for part in parts:
        coefficient, monomial = part.as_independent(*variables, as_Add=False)
        monomial = canonical_exponent(sympy.powsimp(monomial, combine="exp"), variables)
        constant, monomial = split_exponent(monomial, variables)
        found[monomial] = found.get(monomial, sympy.Integer(0)) + coefficient * constant
    return [(c, m) for m, c in found.items()]


def canonical_exponent(monomial: Any, variables: set[Any]) -> Any:
    """Exponents expanded, so that equal kernels look equal."""
    return monomial.replace(
        lambda e: isinstance(e, sympy.exp) and bool(e.free_symbols & variables),
        lambda e: sympy.exp(sympy.expand(e.args[0])),
    )


def split_exponent(monomial: Any, variables: set[Any]) -> tuple[Any, Any]:
    """exp(c + g(x)) = exp(c) exp(g(x)): the constant part of an exponent goes to the coefficient."""
    constant = sympy.Integer(1)
    factors = []
    for factor in sympy.Mul.make_args(monomial):
        if isinstance(factor, sympy.exp):
            free, bound = factor.args[0].as_independent(*variables, as_Add=True)
            constant *= sympy.exp(free)
            factors.append(sympy.exp(bound))
        else:
            factors.append(factor)
    return constant, sympy.Mul(*factors)


def whole_space(names: tuple[Any, ...]) -> list[tuple[Any, Any, Any]]:
    return [(name, -sympy.oo, sympy.oo) for name in names]


def expectation(body: Any, energy: Any, names: tuple[Any, ...]) -> Any:
    """E_p[body] as a ratio of unevaluated integrals."""
    kernel = sympy.exp(-energy)
    top = sympy.Integral(body * kernel, *whole_space(names))
    return top / sympy.Integral(kernel, *whole_space(names))


def partition(energy: Any, names: tuple[Any, ...]) -> Any:
    return sympy.Integral(sympy.exp(-energy), *whole_space(names))
