r"""log Z, its gradient in the parameters and expectations of an energy that a program declares, in numbers.

    log Z(phi) = log int exp(-E(x; phi)) dx,     d log Z / dphi_j = -E_p[dE/dphi_j],     E_p[g]

by the trapezoidal rule on the blocks of the energy, each with an error estimate (`numeric.blockwise`).  Where exp(-E)
dies out too slowly for it, x_i = sinh t_i is put in: a tail |x|^-q becomes exp(-(q - 1)|t|).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numeric.blockwise import Block, BoltzmannMoments, blockwise_moments
from ..numeric.lattice import Box
from ..symbolic.dynamics import Energy
from ..symbolic.energy_blocks import energy_blocks
from ..symbolic.exact import scalar

Array = NDArray[np.float64]
# cosh(100) is 1e43: what has not died out there has no tail that this rule could sum.
FARTHEST = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyMoments:
    """log Z in nats, its gradient (k,) in the parameters, E_p of the observables, each with its error estimate.

    An estimate is no bound: what is not seen are wells that are narrower than the lattice (`nodes` of the finest rule),
    and wells beyond a barrier that the first box does not hold.
    """

    log_partition_function: float
    log_error_estimate: float
    gradient: Array
    gradient_error_estimates: Array
    expectations: Array
    error_estimates: Array
    nodes: int


class Quadrature:
    r"""log Z and expectations of one energy on all of R^d, d = 1, 2, 3; lowered once, evaluated at many parameters.

    Args:
        energy: the declared energy.
        observables: expressions g of its variables and parameters.
        relative_tolerance: of Z, and of each expectation against E|g|; more nodes are taken until it is reached.

    >>> import sympy, twofold
    >>> x, a = sympy.Symbol("x", real=True), sympy.Symbol("a", positive=True)
    >>> rule = Quadrature(twofold.Energy(a * x**2, [x], [a]), [x**2])
    >>> found = rule({a: 2})  # log Z = log(pi/a)/2, its derivative -1/(2a), E x^2 = 1/(2a)
    >>> bool(abs(found.gradient[0] + 1/4) < 1e-14), bool(abs(found.expectations[0] - 1/4) < 1e-14)
    (True, True)
    """

    def __init__(self, energy: Energy, observables: Sequence[Any] = (), *, relative_tolerance: float = 1e-13) -> None:
        if energy.support is not None:
            raise ValueError("Expected an energy on all of R^d; got one with a support")
        if len(energy.variables) > 3:
            raise ValueError(f"Expected 1, 2 or 3 variables; got {len(energy.variables)}")
        bodies = [scalar(body, "the observables") for body in observables]
        self.energy, self.count, self.tolerance = energy, len(bodies), relative_tolerance
        pieces = energy_blocks(energy.energy, energy.variables, energy.parameters, bodies)
        self.blocks = tuple(Block(p.axes, p.lowered.function, p.observables) for p in pieces)

    def __call__(self, at: Mapping[Any, Any] | None = None, *, box: Box | None = None) -> EnergyMoments:
        """At values of all parameters, by symbol.

        Args:
            box: an interval (low, high) for each variable to look in first, where wells lie far apart; default (-5, 5).

        Raises:
            ValueError: a parameter without a value; exp(-E) does not die out, or is no number somewhere.
        """
        values, k = self._values(at or {}), len(self.energy.parameters)
        found = self._moments(values, k + self.count, box)
        return EnergyMoments(
            log_partition_function=found.log_partition_function,
            log_error_estimate=found.log_error_estimate,
            gradient=-found.expectations[:k],
            gradient_error_estimates=found.error_estimates[:k],
            expectations=found.expectations[k:],
            error_estimates=found.error_estimates[k:],
            nodes=found.nodes,
        )

    def _values(self, at: Mapping[Any, Any]) -> tuple[float, ...]:
        missing = [name for name in self.energy.parameters if name not in at]
        unknown = [name for name in at if name not in self.energy.parameters]
        if missing or unknown:
            raise ValueError(f"Expected one value for each parameter {self.energy.parameters}; got values for {[*at]}")
        return tuple(float(at[name]) for name in self.energy.parameters)

    def _moments(self, values: tuple[float, ...], count: int, box: Box | None) -> BoltzmannMoments:
        d, tolerance = len(self.energy.variables), self.tolerance

        def slowly() -> BoltzmannMoments:
            slow = stretched(self.blocks, d)
            return blockwise_moments(slow, d, count, values, relative_tolerance=tolerance, farthest=FARTHEST)

        try:
            found = blockwise_moments(self.blocks, d, count, values, relative_tolerance=tolerance, box=box)
        except ValueError:
            return slowly()
        if found.converged:
            return found
        try:
            other = slowly()
        except ValueError:
            return found
        return other if other.log_error_estimate < found.log_error_estimate else found


def stretched(blocks: Sequence[Block], dimension: int) -> list[Block]:
    """The blocks in t with x_i = sinh t_i; the logarithm of each dx_i/dt_i = cosh t_i is taken off the energy."""

    def moved(block: Block) -> Block:
        k, function = len(block.axes), block.function
        return Block(block.axes, lambda *at: function(*(np.sinh(t) for t in at[:k]), *at[k:]), block.observables)

    slopes = [Block((i,), lambda t, *_: (-np.logaddexp(t, -t),)) for i in range(dimension)]
    halves = Block((), lambda *_: (dimension * float(np.log(2.0)),))
    return [*map(moved, blocks), *slopes, halves]
