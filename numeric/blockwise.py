r"""log Z and expectations of exp(-E) in 1 to 3 dimensions for energies that are sums of terms in few variables.

    E(x) = sum_s E_s(x_s),   s over sets of coordinates ("blocks");   g_j(x) = sum_s g_js(x_s)

Each block is evaluated on the lattice of its own coordinates: n or n^2 values where a tensor has n^3.  With one- and
two-variable blocks the sum over a lattice in space is a product of matrices,

    A_ij = exp(-E_12), B_ik = exp(-E_13), C_jk = exp(-E_23)  (one-variable blocks in halves to both of their pairs),
    sum_k A_ij B_ik C_jk = A_ij (B C^T)_ij,   and so for the other two pairs,

which are the marginals of all pairs, and so the expectations of all such g.  A three-variable block takes the tensor.

The rule is the trapezoidal one on all of R^d, exponentially convergent for analytic E (Trefethen, Weideman, SIAM Review
56 (2014) 385).  Error estimate, a posteriori: the difference from a coarser rule of 4/5 of the nodes an axis, whose own
error it is (exp(-2 pi s / h) is raised to the power 5/4 by the finer step); on the line from the rule moved by half a
step, which turns the sign of the leading error.  To it come roundoff and what lies on the border of the box.
The box holds all where the marginals exceed 1e-24 of their maximum, as far as lattices see: an estimate, no bound.  A
well beyond a barrier, outside of the box that holds the others, is not seen unless it lies in the first box.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .lattice import Box, LatticeSums, Parts, lattice, line_pair

Array = NDArray[np.float64]

START, FARTHEST = 5.0, 1e6
FIRST = {1: 128, 2: 56, 3: 56}
LARGEST = {1: 2**15, 2: 2**10, 3: 2**8}  # nodes an axis
NUMBERS = 2**21  # weights and values of observables that are held at once
LOOKS = 64
FILLED, TIGHT = 0.4, 0.9
NEGLIGIBLE, UNDERFLOW, RESOLVED = 1e-24, 1e-300, 0.2
NO_BORDER = 1e-40
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoltzmannMoments:
    """log Z = log int exp(-E) (nats) and expectations E_p[g_j] under p = exp(-E) / Z, each with its error estimate.

    `nodes` of the finest rule, the box, and whether the wanted tolerance was reached before the limit of nodes.
    """

    log_partition_function: float
    log_error_estimate: float
    expectations: Array
    error_estimates: Array
    nodes: int
    box: Box
    converged: bool


@dataclass(frozen=True, slots=True)
class Block:
    """What E and the observables have of the coordinates `axes` alone.

    `function` takes one array for each of the axes, arrays that broadcast, then the further arguments, and gives E_s
    first and then g_js for each j of `observables`; each value broadcasts with the arrays.  axes = () holds constants.
    """

    axes: tuple[int, ...]
    function: Callable[..., Sequence[Any]]
    observables: tuple[int, ...] = ()


def blockwise_moments(
    blocks: Sequence[Block],
    dimension: int,
    count: int,
    arguments: Sequence[Any] = (),
    *,
    relative_tolerance: float = 1e-13,
    box: Box | None = None,
    farthest: float = FARTHEST,
) -> BoltzmannMoments:
    r"""log Z and E_p[g_j], j < count, for p = exp(-E) / Z on R^d.

    Args:
        arguments: what every block takes after its coordinates, the parameters.
        box: where to look first, as the box of a law near by; it grows and shrinks all the same.
        farthest: where exp(-E) must have died out.

    Raises:
        ValueError: d is not 1, 2 or 3; exp(-E) does not die out, or has no value or no mass on a lattice.

    >>> half = Block((0,), lambda x: (x * x / 2, x * x), (0,))  # log Z = log(2 pi) / 2, E x^2 = 1
    >>> found = blockwise_moments([half], 1, 1)
    >>> bool(abs(found.log_partition_function - math.log(2 * math.pi) / 2) < 1e-14)
    True
    >>> bool(abs(found.expectations[0] - 1) < 1e-13), bool(abs(found.expectations[0] - 1.001) < 1e-13)
    (True, False)
    """
    if dimension not in FIRST:
        raise ValueError(f"Expected 1, 2 or 3 dimensions; got {dimension}.")
    parts = Parts.of(blocks, dimension, count, arguments)
    n, limit = FIRST[dimension], min(LARGEST[dimension], int(parts.most_nodes(NUMBERS)))
    box = box or ((-START, START),) * dimension
    with np.errstate(all="ignore"):
        for look in range(1, LOOKS):
            first, second = _coarse(parts, box, n)
            hull, inside = _hull(first if second is None else second, box)
            if not inside:
                _refuse_far(hull, farthest)
            elif _share(hull, box) > FILLED:
                second = second or lattice(parts, box, 5 * n // 4, sizes_of=first)
                found = combined(first, second, box, relative_tolerance)
                if found.converged or 3 * n > 2 * limit:
                    return found
                n = n if _share(hull, box) < TIGHT else 3 * n // 2
            # What coarse lattices show may grow and shrink in turn for ever.
            box, n = hull, n if look % 8 else min(3 * n // 2, limit)
    raise ValueError(f"Expected one box that holds the mass of exp(-E); lattices on {box} and around it disagree.")


def _coarse(parts: Parts, box: Box, n: int) -> tuple[LatticeSums, LatticeSums | None]:
    """The rule that looks; on the line the moved one costs nothing more."""
    if parts.dimension == 1:
        return line_pair(parts, box, n)
    return lattice(parts, box, n), None


def _share(hull: Box, box: Box) -> float:
    """The smallest share of a side of the box that the hull takes."""
    return min((b - a) / (high - low) for (a, b), (low, high) in zip(hull, box, strict=True))


def _refuse_far(box: Box, farthest: float) -> None:
    if any(max(-low, high) > farthest for low, high in box):
        raise ValueError(
            f"Expected an energy that grows in every direction; exp(-E) is not negligible at distance {farthest:g}."
        )


def combined(first: LatticeSums, second: LatticeSums, box: Box, tolerance: float) -> BoltzmannMoments:
    """The finer rule, or on the line both together, and what their difference, the border and roundoff leave open."""
    cells = [math.prod(high - low for low, high in box) / each.n ** len(box) for each in (first, second)]
    other = cells[0] / cells[1] * math.exp(first.log_scale - second.log_scale)
    apart = abs(other * first.total / second.total - 1)
    means, moved = second.sums / second.total, first.sums / first.total
    weight = other if first.n == second.n else 0.0
    total = second.total + weight * first.total
    # As if the border went on for another box; g is no larger there than its largest value on the lattice.
    border, roundoff = first.n * max(first.border, second.border), 16 * EPS + _blur(second, box)
    floor = roundoff + 4 * EPS * second.magnitude
    log_error = apart + border + floor
    errors = np.abs(means - moved) + roundoff * first.sizes
    if border > NO_BORDER:
        errors += border * first.largest
    return BoltzmannMoments(
        log_partition_function=math.log(total / (1 + weight) * cells[1]) + second.log_scale,
        log_error_estimate=log_error,
        expectations=(second.sums + weight * first.sums) / total,
        error_estimates=errors,
        converged=log_error <= tolerance + floor and bool((errors <= (tolerance + 2 * roundoff) * first.sizes).all()),
        nodes=second.n ** len(box) * (1 + (first.n == second.n)),
        box=box,
    )


def _blur(sums: LatticeSums, box: Box) -> float:
    """What the roundoff of the nodes does, eps |x| over the width of the mass, in all coordinates."""
    widths = [sums.total / float(m.max()) * (b - a) / sums.n for m, (a, b) in zip(sums.marginals, box, strict=True)]
    return sum([2 * EPS * max(-a, b) / width for (a, b), width in zip(box, widths, strict=True)])


def _hull(seen: LatticeSums, box: Box) -> tuple[Box, bool]:
    """The nodes that are not negligible with one more on each side; or, where the border is not, a larger box.

    Where a few nodes carry all, wells may lie between the nodes: then only what underflows is negligible.
    """
    found, inside = [], True
    for (low, high), masses in zip(box, seen.marginals, strict=True):
        n, width, top = len(masses), high - low, float(masses.max())
        ends = [not m <= NEGLIGIBLE * top < math.inf for m in (masses[0], masses[-1])]
        if all(ends) or not top > 0:
            found.append((low - width / 2, high + width / 2))
        elif any(ends):
            found.append((low - width * ends[0], high + width * ends[1]))
        else:
            above = masses > (NEGLIGIBLE * top if top < RESOLVED * seen.total else UNDERFLOW)
            first, last = int(above.argmax()), n - 1 - int(above[::-1].argmax())
            found.append((max(low, low + width / n * (first - 0.5)), min(high, low + width / n * (last + 1.5))))
        inside &= not any(ends) and top > 0
    return tuple(found), inside
