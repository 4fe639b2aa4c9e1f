"""Count, mean and scatter of a sample: sufficient for every test of a Gaussian law, and mergeable.

    n,   mean = sum x / n,   scatter = sum (x - mean)(x - mean)^T

Two disjoint parts merge exactly (Chan, Golub, LeVeque 1983, Algorithms for computing the sample variance):

    scatter = scatter_1 + scatter_2 + (n_1 n_2 / n) delta delta^T,   delta = mean_2 - mean_1,

with no cancellation between large sums, so chunks of any size give the same result to rounding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .inner import inner

Floats = NDArray[np.float64]
FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """n samples in d dimensions: mean (d,), scatter (d, d)."""

    n: int
    mean: Floats
    scatter: Floats

    @property
    def covariance(self) -> Floats:
        """The unbiased sample covariance scatter / (n - 1), shape (d, d). ValueError for n < 2."""
        if self.n < 2:
            raise ValueError(f"Expected at least two samples for a covariance; got {self.n}")
        return self.scatter / (self.n - 1)

    def about(self, mean: Floats) -> Floats:
        """(1/n) sum (x - mean)(x - mean)^T, the maximum-likelihood covariance for a known mean, shape (d, d)."""
        offset = self.mean - np.asarray(mean, dtype=float)
        return self.scatter / self.n + np.outer(offset, offset)

    def merge(self, other: "Moments") -> "Moments":
        """The moments of both samples together."""
        n = self.n + other.n
        delta = other.mean - self.mean
        weight = self.n * (other.n / n)
        return Moments(
            n=n,
            mean=self.mean + delta * (other.n / n),
            scatter=self.scatter + other.scatter + weight * np.outer(delta, delta),
        )


def sample_moments(samples: Floats) -> Moments:
    """Moments of samples (n, d). ValueError for an empty sample, another shape, NaN or infinity."""
    x = np.asarray(samples, dtype=float)
    if x.ndim != 2 or not x.size:
        raise ValueError(f"Expected samples of shape (n, d) with n, d >= 1; got shape {x.shape}")
    # Sums along contiguous coordinates are many times faster than across short rows.
    coordinates = np.ascontiguousarray(x.T)
    mean = coordinates.mean(axis=1)
    if not np.isfinite(mean).all():
        raise ValueError("Expected finite samples; got NaN or infinity (or an overflow of their sum)")
    return Moments(n=len(x), mean=mean, scatter=_products(coordinates - mean[:, None]))


def _products(centred: Floats) -> Floats:
    """C C^T of (d, n); few coordinates by dot products, which need no blocks."""
    d = len(centred)
    if d > FEW:
        return centred @ centred.T
    found = np.empty((d, d))
    for i in range(d):
        for j in range(i + 1):
            found[i, j] = found[j, i] = inner(centred[i], centred[j])
    return found
