r"""Energy-based densities: gradients of the log-partition function and of the log-density, each as a derivation.

For :math:`p_\phi(x) = e^{-E_\phi(x)} / Z_\phi`, :math:`Z_\phi = \int e^{-E_\phi(x)} dx`, x in :math:`\mathbb R^d` or a
box that does not depend on :math:`\phi`,

.. math::
    \nabla_\phi \log Z_\phi = -\mathbb E_{p_\phi}[\nabla_\phi E_\phi], \qquad
    \nabla_\phi \log p_\phi(x) = -\nabla_\phi E_\phi(x) + \mathbb E_{p_\phi}[\nabla_\phi E_\phi],

.. math::
    \nabla_x \log p_\phi(x) = -\nabla_x E_\phi(x), \qquad
    \operatorname{Hess}\log Z_\phi = \operatorname{Cov}(\nabla_\phi E_\phi) - \mathbb E[\operatorname{Hess} E_\phi],

.. math:: \mathbb E_{p_\phi}[x\cdot\nabla_x E_\phi(x)] = d \quad\text{(Stein; the boundary terms vanish).}

The energy may be concrete or an undefined function: the proofs are the same. What they rest on is a condition of the
step where it enters: Z finite near :math:`\phi`, and an integrable function that dominates :math:`|\partial_\phi
e^{-E}|` there.

Source: LeCun et al., A Tutorial on Energy-Based Learning (2006), section 1.3; Murphy, Probabilistic Machine Learning:
Advanced Topics (2023), section 24.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .derivation import Condition, Derivation, DerivationStep, Label, Status

Interval = tuple[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyDerivation:
    """An energy with its integrals (unevaluated) and gradients; columns over the k parameters, (d, 1) for the score."""

    energy: Any
    variables: tuple[Any, ...]
    parameters: tuple[Any, ...]
    support: tuple[Interval, ...]
    partition_function: Any
    energy_gradient: Any
    log_partition_gradient: Any
    parameter_gradient: Any
    score: Any
    hessian: Any
    derivation: Derivation

    def expectation(self, function: Any) -> Any:
        r"""The expectation of a function of x as :math:`\int g e^{-E} dx / Z`, unevaluated."""
        return _expectation(function, self.energy, _limits(self.variables, self.support))


def energy_derivation(
    energy: Any, variables: Sequence[Any], parameters: Sequence[Any], support: Sequence[Interval] | None = None
) -> EnergyDerivation:
    """Derive the gradients of log Z and log p, the score, and the Hessian of log Z.

    Args:
        energy: an expression in variables and parameters; undefined functions of them allowed.
        variables: the d symbols of x.
        parameters: the k symbols of phi (k >= 1).
        support: per variable an interval (low, high); default the whole line.

    Raises:
        ValueError: no parameter, a symbol in two roles, or a support that depends on a parameter (the formulas are
            false then: a boundary term is missing).
    """
    x, phi = tuple(variables), tuple(parameters)
    box = _support(x, phi, support)
    limits = _limits(x, box)
    z = sympy.Integral(sympy.exp(-energy), *limits)
    gradient = sympy.ImmutableMatrix([sympy.diff(energy, name) for name in phi])
    mean_gradient = gradient.applyfunc(lambda g: _expectation(g, energy, limits))
    score = sympy.ImmutableMatrix([-sympy.diff(energy, name) for name in x])
    hessian = sympy.ImmutableMatrix(
        len(phi), len(phi), lambda i, j: _hessian_entry(energy, gradient[i], gradient[j], phi[j], limits)
    )
    conditions = exchange_conditions(energy, x, box)
    steps = (
        *_log_partition_steps(energy, z, x, phi, limits, gradient, conditions),
        *_log_density_steps(energy, z, x, phi, gradient, mean_gradient, score),
        *_hessian_steps(energy, z, phi, gradient, hessian, conditions),
    )
    result = {"log_partition_gradient": -mean_gradient, "parameter_gradient": mean_gradient - gradient, "score": score}
    return EnergyDerivation(
        energy=energy,
        variables=x,
        parameters=phi,
        support=box,
        partition_function=z,
        energy_gradient=gradient,
        log_partition_gradient=sympy.ImmutableMatrix(-mean_gradient),
        parameter_gradient=sympy.ImmutableMatrix(mean_gradient - gradient),
        score=score,
        hessian=hessian,
        derivation=Derivation(title="Gradients of an energy-based density", steps=steps, result=result),
    )


def undefined_energy(dimension: int, parameters: int) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """An undefined real energy E(x_1, .., x_d, phi_1, .., phi_k) with its variables and parameters."""
    x = tuple(sympy.Symbol(f"x_{i + 1}", real=True) for i in range(dimension))
    phi = tuple(sympy.Symbol(rf"phi_{i + 1}", real=True) for i in range(parameters))
    return sympy.Function("E", real=True)(*x, *phi), x, phi


def stein_identity(energy: Any, variables: Sequence[Any], support: Sequence[Interval] | None = None) -> Derivation:
    r"""The derivation of :math:`\mathbb E[x\cdot\nabla_x E] = d` by integrating a divergence.

    Raises:
        ValueError: the support is not a product of full or half lines from 0 (then boundary terms remain).
    """
    x = tuple(variables)
    box = _support(x, (), support)
    allowed = {(-sympy.oo, sympy.oo), (sympy.Integer(0), sympy.oo), (-sympy.oo, sympy.Integer(0))}
    if not set(box) <= allowed:
        raise ValueError("Expected a support of full lines or half lines from 0; otherwise a boundary term remains")
    limits = _limits(x, box)
    weight = sympy.exp(-energy)
    radial = sympy.Add(*(name * sympy.diff(energy, name) for name in x))
    divergence = sympy.Add(*(sympy.Derivative(name * weight, name, evaluate=False) for name in x))
    boundary = Condition(
        text="x p(x) vanishes at the boundary and at infinity, and both integrals converge",
        tex=r"|x|^d e^{-E(x)} \to 0",
        status="discharged" if len(x) == 1 and _confining_polynomial(energy, x[0]) else "assumed",
    )
    expectation = _expectation(radial, energy, limits)
    steps = (
        DerivationStep(rule="divergence of x e^(-E)", lhs=divergence, rhs=(len(x) - radial) * weight),
        DerivationStep(
            rule="integrate: the divergence theorem leaves boundary terms only, and they vanish",
            lhs=Label(tex=sympy.latex(sympy.Integral((len(x) - radial) * weight, *limits))),
            rhs=sympy.Integer(0),
            conditions=(boundary,),
        ),
        DerivationStep(
            rule="divide by Z",
            lhs=Label(tex=r"\mathbb{E}_{p}\left[x\cdot\nabla_x E(x)\right]"),
            rhs=sympy.Integer(len(x)),
        ),
    )
    return Derivation(title="Stein identity", steps=steps, result={"expectation": expectation})


def exchange_conditions(energy: Any, variables: Sequence[Any], support: Sequence[Interval]) -> tuple[Condition, ...]:
    """What differentiation under the integral needs; discharged for a polynomial on the line that surely confines."""
    sure = len(variables) == 1 and _confining_polynomial(energy, variables[0])
    status: Status = "discharged" if sure else "assumed"
    tex = r"\exists\, g \in L^1 : |\partial_\phi e^{-E_{\phi'}(x)}| \le g(x) \text{ for } \phi' \text{ near } \phi"
    return (
        Condition(
            text="Z is finite near phi", tex=r"Z_{\phi'} < \infty \text{ for } \phi' \text{ near } \phi", status=status
        ),
        Condition(text="an integrable function dominates the derivative near phi", tex=tex, status=status),
        Condition(
            text="the support does not depend on phi",
            tex=r"x \in " + r"\times".join(f"({sympy.latex(low)},{sympy.latex(high)})" for low, high in support),
            status="discharged",
        ),
    )


def _confining_polynomial(energy: Any, variable: Any) -> bool:
    """Even degree, leading coefficient known positive: e^(-E) times any polynomial is integrable."""
    if not energy.is_polynomial(variable):
        return False
    polynomial = sympy.Poly(energy, variable)
    return bool(polynomial.degree() > 0 and polynomial.degree() % 2 == 0 and polynomial.LC().is_positive)


def _support(x: tuple[Any, ...], phi: tuple[Any, ...], support: Sequence[Interval] | None) -> tuple[Interval, ...]:
    if len(set(x) | set(phi)) != len(x) + len(phi):
        raise ValueError("Expected different symbols for variables and parameters; one occurs twice")
    box = tuple((-sympy.oo, sympy.oo) for _ in x) if support is None else tuple(support)
    if len(box) != len(x):
        raise ValueError(f"Expected one interval per variable; got {len(box)} for {len(x)}")
    for low, high in box:
        moving = (low.free_symbols | high.free_symbols) & set(phi)
        if moving:
            raise ValueError(f"Expected a support free of the parameters; it depends on {min(map(str, moving))}")
    return box


def _limits(x: tuple[Any, ...], box: tuple[Interval, ...]) -> tuple[tuple[Any, Any, Any], ...]:
    return tuple((name, low, high) for name, (low, high) in zip(x, box, strict=True))


def _expectation(function: Any, energy: Any, limits: tuple[Any, ...]) -> Any:
    weight = sympy.exp(-energy)
    return sympy.Integral(function * weight, *limits) / sympy.Integral(weight, *limits)


def _hessian_entry(energy: Any, first: Any, second: Any, parameter: Any, limits: tuple[Any, ...]) -> Any:
    def mean(function: Any) -> Any:
        return _expectation(function, energy, limits)

    return mean(first * second) - mean(first) * mean(second) - mean(sympy.diff(first, parameter))


def _nabla(names: tuple[Any, ...]) -> str:
    subscript = ",".join(sympy.latex(name) for name in names)
    return rf"\nabla_{{{subscript}}}"


def _log_partition_steps(
    energy: Any,
    z: Any,
    x: tuple[Any, ...],
    phi: tuple[Any, ...],
    limits: tuple[Any, ...],
    gradient: Any,
    conditions: tuple[Condition, ...],
) -> tuple[DerivationStep, ...]:
    if not phi:
        raise ValueError("Expected at least one parameter to differentiate in")
    column, weight = sympy.ImmutableMatrix, sympy.exp(-energy)
    nabla = _nabla(phi)
    logarithm = column([sympy.Derivative(sympy.log(z), name, evaluate=False) for name in phi])
    quotient = column([sympy.Derivative(z, name, evaluate=False) / z for name in phi])
    inside = column([sympy.Integral(sympy.Derivative(weight, name, evaluate=False), *limits) / z for name in phi])
    expanded = column([-sympy.Integral(g * weight, *limits) / z for g in gradient])
    mean = Label(
        tex=rf"-\mathbb{{E}}_{{x\sim p}}\left[{nabla} E\right] = -\mathbb{{E}}_{{x\sim p}}{sympy.latex(gradient)}",
        value=expanded,
    )
    return (
        DerivationStep(rule="definition of the partition function", lhs=Label(tex="Z"), rhs=z),
        DerivationStep(
            rule="derivative of a logarithm", lhs=Label(tex=rf"{nabla}\log Z", value=logarithm), rhs=quotient
        ),
        DerivationStep(rule="differentiate under the integral sign", rhs=inside, conditions=conditions),
        DerivationStep(rule="chain rule for e^(-E)", rhs=expanded),
        DerivationStep(rule="e^(-E)/Z is the density p: an expectation", rhs=mean),
    )


def _log_density_steps(
    energy: Any, z: Any, x: tuple[Any, ...], phi: tuple[Any, ...], gradient: Any, mean_gradient: Any, score: Any
) -> tuple[DerivationStep, ...]:
    log_p = -energy - sympy.log(z)
    column = sympy.ImmutableMatrix
    in_phi = column([sympy.Derivative(log_p, name, evaluate=False) for name in phi])
    in_x = column([sympy.Derivative(log_p, name, evaluate=False) for name in x])
    return (
        DerivationStep(rule="logarithm of the density", lhs=Label(tex=r"\log p(x)"), rhs=log_p),
        DerivationStep(
            rule="differentiate in the parameters and insert the gradient of log Z",
            lhs=Label(tex=rf"{_nabla(phi)}\log p(x)", value=in_phi),
            rhs=column(mean_gradient - gradient),
        ),
        DerivationStep(
            rule="differentiate in x: Z does not depend on x",
            lhs=Label(tex=rf"{_nabla(x)}\log p(x)", value=in_x),
            rhs=score,
        ),
    )


def _hessian_steps(
    energy: Any, z: Any, phi: tuple[Any, ...], gradient: Any, hessian: Any, conditions: tuple[Condition, ...]
) -> tuple[DerivationStep, ...]:
    derivative, weight, limits = sympy.Derivative, sympy.exp(-energy), z.limits

    def table(entry: Callable[[int, int], Any]) -> Any:
        return sympy.ImmutableMatrix(len(phi), len(phi), entry)

    def quotients(i: int, j: int) -> Any:
        return derivative(z, phi[i], phi[j]) / z - derivative(z, phi[i]) * derivative(z, phi[j]) / z**2

    def bracket(i: int, j: int) -> Any:
        return gradient[i] * gradient[j] - sympy.diff(gradient[i], phi[j])

    def inserted(i: int, j: int) -> Any:
        first, second = (sympy.Integral(gradient[k] * weight, *limits) for k in (i, j))
        curvature = sympy.Integral(sympy.diff(gradient[i], phi[j]) * weight, *limits)
        return (sympy.Integral(gradient[i] * gradient[j] * weight, *limits) - curvature) / z - first * second / z**2

    name = r"\operatorname{Hess}\log Z"
    return (
        DerivationStep(
            rule="differentiate the logarithm twice",
            lhs=Label(tex=name, value=table(lambda i, j: derivative(sympy.log(z), phi[i], phi[j], evaluate=False))),
            rhs=table(quotients),
        ),
        DerivationStep(
            rule="second derivative of the integrand",
            lhs=table(lambda i, j: derivative(weight, phi[i], phi[j], evaluate=False)),
            rhs=table(lambda i, j: bracket(i, j) * weight),
        ),
        DerivationStep(
            rule="under the integral: Cov(grad E) - E[Hess E]",
            lhs=Label(tex=name, value=table(inserted)),
            rhs=hessian,
            conditions=conditions,
        ),
    )
