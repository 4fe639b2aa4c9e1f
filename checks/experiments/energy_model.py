r"""An energy on the bench: what samplers and training need of p(x; phi) = exp(-E(x; phi)) / Z(phi), as callables.

    derived   E, grad_x E, grad_phi E, Hess_phi E by SymPy's derivatives, lowered to numpy       (samplers, training)
    written   E by evaluating the written tree; derivatives by dual numbers                      (`energy_truth.py`)

What cannot be put on the bench says why: a parameter without a value or outside of its domain, an undefined function,
more than `MOST_DIMENSIONS` variables, a density that does not exist at the given parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...numeric.floats import Floats as FloatTable
from ...symbolic.context import Context, EnergyLaw, Entry
from ...symbolic.domains import REAL, Domain
from ...symbolic.evaluate import Evaluator
from ...symbolic.tree import Name, Node, Number, free_names, walk
from ..integrable import Integrability, law_integrability
from ..interpret import Meaning
from ..law_sampling import written_out
from ..points import Point, bound_of, inside
from .record import BadExperiment

Array = NDArray[np.float64]
MOST_DIMENSIONS = 3
MOST_NODES = 2000


@dataclass(frozen=True)
class EnergyModel:
    """One energy with its parameter values `values` (k,), the default of every method's `phi`.

    `phi` is one point (k,), or (n, k) with one for each of n points x.  `linear`: E is linear in phi, so grad_phi E
    does not depend on phi (an exponential family).
    """

    law: EnergyLaw
    context: Context
    names: tuple[str, ...]
    values: Array
    linear: bool
    _slope: Any = field(repr=False)
    _parameter_gradient: Any = field(repr=False)
    _curvature: Any = field(repr=False)

    @property
    def dimension(self) -> int:
        return self.law.dimension

    # -- derived -------------------------------------------------------------------------------------------------
    def slope(self, x: Array, phi: Array | None = None) -> tuple[Array, Array]:
        """E (n,) and grad_x E (n, d) at points (n, d)."""
        energy, gradient = self._slope(*x.T, *self._at(phi))
        return energy, gradient

    def energy(self, x: Array, phi: Array | None = None) -> Array:
        """E (n,), without the gradient."""
        found: Array = self._slope_energy(*x.T, *self._at(phi))
        return found

    def parameter_gradient(self, x: Array, phi: Array | None = None) -> Array:
        """grad_phi E, (n, k)."""
        found: Array = self._parameter_gradient(*x.T, *self._at(phi))
        return found.reshape(len(x), len(self.names))

    def observed(self, x: Array, phi: Array | None = None) -> Array:
        """What a sampler is asked for: grad_phi E (n, k), or E itself (n, 1) where there is no parameter."""
        return self.parameter_gradient(x, phi) if self.names else self.energy(x, phi)[:, None]

    @property
    def observed_names(self) -> tuple[str, ...]:
        """`dE/da`, ..; `E`."""
        e = self.law.energy_name
        return tuple(f"d{e}/d{name}" for name in self.names) or (e,)

    def curvature(self, x: Array, phi: Array | None = None) -> Array:
        """Hess_phi E, (n, k, k)."""
        found: Array = self._curvature(*x.T, *self._at(phi))
        return found.reshape(len(x), len(self.names), len(self.names))

    @property
    def _slope_energy(self) -> Any:
        return self._parameter_gradient.energy

    def _at(self, phi: Array | None) -> Sequence[Any]:
        """One argument for each parameter: numbers, or for phi (n, k) a column (n,) each."""
        return list(np.asarray(self.values if phi is None else phi, dtype=float).T)

    # -- written -------------------------------------------------------------------------------------------------
    def written(self, x: Array, body: Node, phi: Array | None = None) -> Array:
        """A written scalar tree in the variables and parameters at points (n, d), by the table of floats; (n,)."""
        meaning = Meaning(self.context, self.point(phi))
        ev = meaning.inside(Evaluator(FloatTable(), meaning), dict(zip(self.law.variables, x.T, strict=True)))
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(ev.scalar(ev.value(body)), dtype=float), (len(x),))

    def point(self, phi: Array | None = None) -> Point:
        """The parameter values, exactly as the floats are."""
        return Point({n: Fraction(float(v)) for n, v in zip(self.names, self._at(phi), strict=True)})

    # -- parameters ----------------------------------------------------------------------------------------------
    def describe(self, phi: Array | None = None) -> str:
        """`a = 0.25, b = 1`."""
        return ", ".join(f"{n} = {v:.4g}" for n, v in zip(self.names, self._at(phi), strict=True))

    def outside(self, phi: Array) -> str:
        """Why there is no model at phi as far as its domains and the certified growth of E tell, or ""."""
        reason = self.outside_domain(phi)
        if reason:
            return reason
        known_growth = self.integrability(phi)
        if known_growth is not None and known_growth.integrable is False:
            return f"exp(-E) is not integrable at {self.describe(phi)}: {known_growth.reason}"
        return ""

    def outside_domain(self, phi: Array) -> str:
        """Which parameter is no number of its domain, or ""."""
        if not np.isfinite(phi).all():
            return "a parameter is no finite number"
        known = dict(self.point(phi).values)
        for name in self.names:
            domain = self.law.parameters.get(name, REAL)
            low, high = bound_of(domain.low, known), bound_of(domain.high, known)
            value = known[name]
            assert isinstance(value, Fraction)
            if not inside(domain, value, low, high):
                return f"{name} = {float(value):.4g} is outside of its domain ({domain.text})"
        return ""

    def bounds(self, phi: Array) -> tuple[Array, Array]:
        """Where the domains of the parameters end, (k,) each, at phi; infinite where they do not."""
        known = dict(self.point(phi).values)
        domains = [self.law.parameters.get(name, REAL) for name in self.names]
        low = [bound_of(d.low, known) for d in domains]
        high = [bound_of(d.high, known) for d in domains]
        return (
            np.array([-np.inf if b is None else float(b) for b in low]),
            np.array([np.inf if b is None else float(b) for b in high]),
        )

    def integrability(self, phi: Array) -> Integrability | None:
        """Whether int exp(-E) is finite at phi, certified; None or `integrable` None where it is not known."""
        law = replace(self.law, at={n: Number(v) for n, v in self.point(phi).values.items() if isinstance(v, Fraction)})
        return law_integrability(replace(self.context, laws={law.name: law}), law)


@dataclass(frozen=True)
class _WithEnergy:
    """The lowered parameter gradient, and the lowered energy alone beside it."""

    lowered: Any
    energy: Any

    def __call__(self, *arguments: Any) -> Any:
        return self.lowered(*arguments)


def energy_model(context: Context, law: EnergyLaw, at: Mapping[str, float] | None = None) -> EnergyModel:
    """The model of a declared energy, at its declared parameter values or at those of `at`.

    Raises:
        BadExperiment: no value of a parameter, or one outside of its domain; no density there; too many variables; no
            derivative (undefined functions, cases); a bounded support.
    """
    written = written_out(context)
    found = written.laws[law.name]
    assert isinstance(found, EnergyLaw)
    _check_form(found)
    names = tuple(n for n in found.parameters if n in free_names(found.energy) or n in found.at)
    model = _lowered(written, found, names, _values(written, found, names, at or {}))
    reason = model.outside(model.values)
    if reason:
        raise BadExperiment(f"expected parameters at which {law.name} exists; {reason}")
    return model


def _check_form(law: EnergyLaw) -> None:
    if law.dimension > MOST_DIMENSIONS:
        raise BadExperiment(
            f"expected at most {MOST_DIMENSIONS} variables, for the truth comes from quadrature; {law.name} has "
            f"{law.dimension}"
        )
    if law.support is not None:
        raise BadExperiment(f"expected an energy on all of R^{law.dimension}; {law.name} has a bounded support")
    if sum(1 for _ in walk(law.energy)) > MOST_NODES:
        raise BadExperiment(f"expected an energy of at most {MOST_NODES} nodes; {law.name} has more")


def _values(context: Context, law: EnergyLaw, names: tuple[str, ...], at: Mapping[str, float]) -> Array:
    unknown = sorted(set(at) - set(law.parameters))
    if unknown:
        raise BadExperiment(
            f"expected values of the parameters {', '.join(law.parameters)} of {law.name}; got '{unknown[0]}'"
        )
    found = []
    for name in names:
        declared = law.at.get(name)
        value = at.get(name)
        if value is None and declared is not None:
            ev = Evaluator(FloatTable(), Meaning(context, Point({})))
            value = float(ev.scalar(ev.value(declared)))
        if value is None:
            raise BadExperiment(
                f"expected a value of every parameter; {law.name} has none of '{name}' (give it in 'at')"
            )
        found.append(value)
    return np.array(found, dtype=float)


def _lowered(context: Context, law: EnergyLaw, names: tuple[str, ...], values: Array) -> EnergyModel:
    import sympy

    from ...symbolic.formal import Formal
    from ...symbolic.lower import lower

    formal = Formal(context)
    try:
        energy = formal.scalar(law.energy)
        x, phi = formal.names(law.variables), formal.names(names)
        column = sympy.ImmutableMatrix
        first = column([sympy.diff(energy, name) for name in x])
        slopes = [sympy.diff(energy, name) for name in phi] or [sympy.Integer(0)]
        second = column([sympy.diff(g, name) for g in slopes for name in phi] or [sympy.Integer(0)])
        arguments = (*x, *phi)
        return EnergyModel(
            law=law,
            context=context,
            names=names,
            values=values,
            linear=second.is_zero_matrix is True,
            _slope=lower((energy, first), arguments),
            _parameter_gradient=_WithEnergy(lower(column(slopes), arguments), lower(energy, arguments)),
            _curvature=lower(second, arguments),
        )
    except ValueError as error:
        raise BadExperiment(f"expected an energy with derivatives in closed form; {law.name}: {error}") from None


def declared(energy: Any, at: Mapping[str, float], name: str = "p") -> tuple[Context, EnergyLaw]:
    """A `twofold.Energy` as a context declares it, with parameter values.  TypeError for what has no tree."""
    from ...symbolic.from_sympy import symbol_name, tree_from

    variables = tuple(symbol_name(str(symbol)) for symbol in energy.variables)
    parameters = {symbol_name(str(symbol)): _domain(symbol) for symbol in energy.parameters}
    law = EnergyLaw(
        name=name,
        dimension=len(variables),
        variables=variables,
        parameters=parameters,
        energy=tree_from(energy.energy),
        at={key: Number(Fraction(value)) for key, value in at.items()},
        support=None if energy.support is None else tuple((tree_from(a), tree_from(b)) for a, b in energy.support),
    )
    entries = [Entry(name=n, kind="scalar", domain=d) for n, d in parameters.items()]
    entries.append(Entry(name=name, kind="density", of=name))
    return Context().with_law(law, *entries), law


def _domain(symbol: Any) -> Domain:
    """The domain that SymPy's assumptions of a parameter say."""
    from ...symbolic.domains import with_words
    from ...symbolic.from_sympy import domains_of, symbol_name

    name = symbol_name(str(symbol))
    words = domains_of(symbol).get(name, "real")
    found, _ = with_words(Domain(), words, Name(name))
    return replace(found, text=words)
