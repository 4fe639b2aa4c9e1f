r"""Flows and energies that a program declares, with what follows from them.

    dz/dt = f(z, t; theta):    d/dt log p(z(t), t) = -tr df/dz
    p(x) = exp(-E(x; phi)) / Z(phi):    grad_phi log p = -grad_phi E + E_p[grad_phi E],   grad_x log p = -grad_x E

Built like the laws of `laws`: from SymPy objects, numbers and nested lists; derived when first asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from . import exact
from .derivation import Derivation, DerivationStep, Label
from .derive_energy import EnergyDerivation, energy_derivation, stein_identity
from .derive_flow import FlowDerivation, flow_derivation, with_sech
from .derive_partition import PartitionFunction, closed_partition_function
from .derive_sensitivity import Adjoint, Sensitivity, adjoint_equations, sensitivity_equations
from .derive_separable_flow import ClosedFlowMap, SeparableFlow, closed_form_flow_map, separable_identity


@dataclass(frozen=True)
class Flow:
    r"""The flow :math:`\dot z = f(z, t; \theta)` in :math:`\mathbb R^n`.

    Args:
        field: n expressions.
        variables: the n symbols of the state.
        time: the symbol of time, for a field that depends on it.
        parameters: the symbols of theta.

    Raises:
        TypeError: text, or what is no symbol where one is needed.
        ValueError: the number of components is not the number of variables; a symbol in two roles.

    >>> z = sympy.Symbol("z", real=True)
    >>> Flow([sympy.tanh(z**3)], [z]).divergence
    3*z**2*sech(z**3)**2
    >>> Flow([z, z], [z])
    Traceback (most recent call last):
        ...
    ValueError: Expected 1 components of the field; got 2
    """

    field: Any
    variables: tuple[Any, ...]
    time: Any = None
    parameters: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        names = exact.symbols(self.variables, "the state")
        field = exact.vector(self.field, "the field")
        parameters = exact.symbols(self.parameters, "the parameters")
        time = None if self.time is None else exact.symbols(self.time, "the time")[0]
        if field.rows != len(names):
            raise ValueError(f"Expected {len(names)} components of the field; got {field.rows}")
        roles = (*names, *parameters, *(() if time is None else (time,)))
        if len(set(roles)) != len(roles):
            raise ValueError("Expected different symbols for state, time and parameters; one occurs twice")
        for key, value in (("field", field), ("variables", names), ("time", time), ("parameters", parameters)):
            object.__setattr__(self, key, value)

    @cached_property
    def derived(self) -> FlowDerivation:
        """Everything at once, as `derive_flow` gives it."""
        return flow_derivation(self.field, self.variables, self.time, self.parameters)

    @property
    def jacobian(self) -> Any:
        """df/dz, (n, n)."""
        return self.derived.jacobian

    @property
    def divergence(self) -> Any:
        """tr df/dz."""
        return with_sech(self.derived.divergence)

    @property
    def log_density_rate(self) -> Any:
        """d/dt log p(z(t), t), along a path."""
        return -self.divergence

    @property
    def partial_log_density_rate(self) -> Any:
        """The derivative of log p(z, t) in t at a fixed point, p an undefined density."""
        return self.derived.partial_log_density_rate

    @property
    def derivation(self) -> Derivation:
        """The steps from the continuity equation to the log-density equation."""
        return self.derived.derivation

    def sensitivity(self) -> Sensitivity:
        """Forward sensitivities in the parameters.  Raises ValueError without parameters."""
        return sensitivity_equations(self.derived)

    def adjoint(self) -> Adjoint:
        """The adjoint equations.  Raises ValueError without parameters."""
        return adjoint_equations(self.derived)

    def separable_identity(self, start: Sequence[Any] | None = None) -> SeparableFlow | None:
        """The exact log-Jacobian of a field whose coordinates do not see each other; None for another field."""
        return separable_identity(self.derived, start)

    def flow_map(self, start: Sequence[Any] | None = None) -> ClosedFlowMap | None:
        """z(t) in closed form for a linear or separable autonomous field, proved; None when none is found."""
        return closed_form_flow_map(self.derived, start)


@dataclass(frozen=True)
class Energy:
    r"""The law :math:`p(x) = e^{-E(x; \phi)} / Z(\phi)` on :math:`\mathbb R^d` or on a box.

    Args:
        energy: E, an expression.
        variables: the d symbols of x.
        parameters: the symbols of phi.
        support: per variable an interval (low, high), free of the parameters; default the whole line.

    Raises:
        TypeError: text, or what is no symbol where one is needed.
        ValueError: a symbol in two roles; a support that depends on a parameter.

    >>> x, a = sympy.Symbol("x", real=True), sympy.Symbol("a", positive=True)
    >>> Energy(a * x**2, [x], [a]).partition_function
    sqrt(pi)/sqrt(a)
    >>> Energy(a * x**2, [x], [x])
    Traceback (most recent call last):
        ...
    ValueError: Expected different symbols for variables and parameters; one occurs twice
    """

    energy: Any
    variables: tuple[Any, ...]
    parameters: tuple[Any, ...] = ()
    support: tuple[tuple[Any, Any], ...] | None = None

    def __post_init__(self) -> None:
        names = exact.symbols(self.variables, "the variables")
        parameters = exact.symbols(self.parameters, "the parameters")
        if set(names) & set(parameters):
            raise ValueError("Expected different symbols for variables and parameters; one occurs twice")
        object.__setattr__(self, "energy", exact.scalar(self.energy, "the energy"))
        object.__setattr__(self, "variables", names)
        object.__setattr__(self, "parameters", parameters)
        if self.support is not None:
            object.__setattr__(self, "support", _box(self.support, names, parameters))

    @cached_property
    def derived(self) -> EnergyDerivation:
        """Everything at once, as `derive_energy` gives it.  Raises ValueError without parameters."""
        return energy_derivation(self.energy, self.variables, self.parameters, self.support)

    @cached_property
    def closed_partition(self) -> PartitionFunction | None:
        """Z in closed form with its derivation, or None.  Raises ValueError when the integral certainly diverges."""
        return closed_partition_function(self.energy, self.variables, self.support)

    @property
    def partition_function(self) -> Any:
        """Z: in closed form where a rule gives it, else the integral."""
        found = self.closed_partition
        return self._integral if found is None else found.value

    @property
    def log_density(self) -> Any:
        """-E - log Z."""
        return -self.energy - sympy.log(self.partition_function)

    @property
    def density(self) -> Any:
        """exp(-E) / Z."""
        return sympy.exp(-self.energy) / self.partition_function

    @property
    def score(self) -> Any:
        """grad_x log p, (d, 1)."""
        return sympy.ImmutableMatrix([-sympy.diff(self.energy, name) for name in self.variables])

    @property
    def log_partition_gradient(self) -> Any:
        """grad_phi log Z = -E_p[grad_phi E], (k, 1), with integrals left open."""
        return self.derived.log_partition_gradient

    @property
    def parameter_gradient(self) -> Any:
        """grad_phi log p, (k, 1), with integrals left open."""
        return self.derived.parameter_gradient

    @property
    def derivation(self) -> Derivation:
        """The steps to the gradients of log Z and log p; without parameters, to the score."""
        return self.derived.derivation if self.parameters else self._score_derivation()

    def expectation(self, function: Any) -> Any:
        """E_p[g(x)] as a quotient of two open integrals."""
        body = exact.scalar(function, "the function") * sympy.exp(-self.energy)
        return sympy.Integral(body, *self._limits) / self._integral

    def stein_identity(self) -> Derivation:
        """The derivation of E_p[x . grad E] = d."""
        return stein_identity(self.energy, self.variables, self.support)

    @property
    def _limits(self) -> tuple[tuple[Any, Any, Any], ...]:
        box = self.support or ((-sympy.oo, sympy.oo),) * len(self.variables)
        return tuple((name, low, high) for name, (low, high) in zip(self.variables, box, strict=True))

    @property
    def _integral(self) -> Any:
        return sympy.Integral(sympy.exp(-self.energy), *self._limits)

    def _score_derivation(self) -> Derivation:
        log_p = -self.energy - sympy.log(self._integral)
        column = sympy.ImmutableMatrix([sympy.Derivative(log_p, name, evaluate=False) for name in self.variables])
        gradient = Label(tex=r"\nabla_x\log p(x)", value=column)
        steps = (
            DerivationStep(rule="definition of the partition function", lhs=Label(tex="Z"), rhs=self._integral),
            DerivationStep(rule="logarithm of the density", lhs=Label(tex=r"\log p(x)"), rhs=log_p),
            DerivationStep(rule="differentiate in x: Z does not depend on x", lhs=gradient, rhs=self.score),
        )
        return Derivation(title="Score of an energy-based density", steps=steps, result={"score": self.score})


def _box(support: Any, names: tuple[Any, ...], parameters: tuple[Any, ...]) -> tuple[tuple[Any, Any], ...]:
    """The intervals with exact ends; infinite ends are allowed here."""
    found = []
    for interval in support:
        low, high = (end if end in (sympy.oo, -sympy.oo) else exact.scalar(end, "the support") for end in interval)
        moving = (low.free_symbols | high.free_symbols) & set(parameters)
        if moving:
            raise ValueError(f"Expected a support free of the parameters; it depends on {min(map(str, moving))}")
        if low.is_number and high.is_number and not low < high:
            raise ValueError(f"Expected intervals (low, high) with low < high; got ({low}, {high})")
        found.append((low, high))
    if len(found) != len(names):
        raise ValueError(f"Expected one interval per variable; got {len(found)} for {len(names)}")
    return tuple(found)
