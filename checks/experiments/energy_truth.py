r"""The truth about an energy-based law: expectations by quadrature of the written trees, never by sampling.

    one variable            int g e^(-E) / int e^(-E) in balls: enclosed, tails included     (`BallIntegrals`)
    two, three variables    the trapezoidal rule with its error estimate                     (`boltzmann_moments`)

Standard deviation and skewness, which set sizes of samples and never decide, are always by the trapezoidal rule.

grad_phi E under the expectation is the derivative of the written energy by dual numbers; the samplers that are held
against it use SymPy's derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...numeric.balls import Indeterminate, RealBalls, Undefined, to_ball
from ...numeric.trapezoid import boltzmann_moments
from ...symbolic.evaluate import Evaluator, Mismatch
from ...symbolic.tree import Bind, Name, Node
from ..integrals import BallIntegrals
from ..interpret import Meaning
from .energy_model import EnergyModel
from .record import BadExperiment

Array = NDArray[np.float64]
BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Means (k,) and standard deviations (k,) of observables under p, their error bounds or estimates, and how."""

    means: Array
    errors: Array
    deviations: Array
    skewness: Array
    enclosed: bool

    def only(self, entries: Sequence[int]) -> Truth:
        """The same for some of the observables."""
        kept = list(entries)
        parts = (self.means, self.errors, self.deviations, self.skewness)
        means, errors, deviations, skewness = (part[kept] for part in parts)
        return replace(self, means=means, errors=errors, deviations=deviations, skewness=skewness)

    @property
    def how(self) -> str:
        return "enclosed by ball quadrature" if self.enclosed else "by the trapezoidal rule, error estimated"


def slopes(model: EnergyModel) -> tuple[Node, ...]:
    """What a sampler is asked for, as written trees: dE/dphi_i, or E itself where there is no parameter."""
    return tuple(Bind("diff", (name,), (model.law.energy,)) for name in model.names) or (model.law.energy,)


def coordinates(model: EnergyModel) -> tuple[Node, ...]:
    """The variables as trees: odd observables."""
    return tuple(Name(name) for name in model.law.variables)


def truth(model: EnergyModel, bodies: Sequence[Node], phi: Array | None = None) -> Truth:
    """Mean, standard deviation and skewness of each observable.

    Raises:
        BadExperiment: an integral diverges, or is neither enclosed nor estimated.
    """
    estimated = _estimated(model, bodies, phi)
    found = _enclosed(model, bodies, phi) if model.dimension == 1 else None
    if found is None:
        return estimated
    return replace(estimated, means=found[0], errors=found[1], enclosed=True)


def _enclosed(model: EnergyModel, bodies: Sequence[Node], phi: Array | None) -> tuple[Array, Array] | None:
    """Means and radii by balls, or None where a growth or an integral is not certified."""
    integrals = BallIntegrals()
    ev = Evaluator(RealBalls(BITS), Meaning(model.context, model.point(phi), integrals=integrals))
    law = Name(model.law.name)
    try:
        balls = [to_ball(ev.scalar(ev.value(Bind("expect", (), (body, law))))) for body in bodies]
    except (Indeterminate, Undefined, Mismatch):
        return None
    # The middle as a float is off by half a unit of its last place.
    errors = [float(b.rad()) + abs(float(b.mid())) * float(np.finfo(float).eps) for b in balls]
    return np.array([float(b.mid()) for b in balls]), np.array(errors)


def _estimated(model: EnergyModel, bodies: Sequence[Node], phi: Array | None) -> Truth:
    def energy(x: Array) -> Array:
        return model.written(x, model.law.energy, phi)

    def observed(x: Array) -> Array:
        return np.stack([model.written(x, body, phi) for body in bodies], axis=1)

    try:
        first = boltzmann_moments(energy, observed, model.dimension, relative_tolerance=1e-10)

        def centred(x: Array) -> Array:
            gap = observed(x) - first.expectations
            return np.concatenate([gap**2, gap**3], axis=1)

        second = boltzmann_moments(energy, centred, model.dimension, relative_tolerance=1e-6).expectations
    except (ValueError, ArithmeticError) as error:
        raise BadExperiment(f"expected expectations under {model.law.name} by quadrature; {error}") from None
    deviations, skewness = _shape(*second.reshape(2, -1))
    return Truth(
        means=first.expectations,
        errors=first.error_estimates,
        deviations=deviations,
        skewness=skewness,
        enclosed=False,
    )


def _shape(second: Array, third: Array) -> tuple[Array, Array]:
    """Standard deviation and skewness from the central moments."""
    variance = np.maximum(second, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(variance), np.where(variance > 0, third / variance**1.5, 0.0)
