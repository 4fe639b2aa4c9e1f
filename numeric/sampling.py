"""Seeded draws in chunks, and statistics of them in constant memory.

Generator: numpy's SFC64, seeded through SeedSequence from an integer and a tuple of integers, so that streams with
different keys are independent and the same key gives the same bytes on every machine with that numpy. A stream is an
iterator of chunks (m, d); its draws do not depend on the chunk size, since each chunk continues the generator.

Streamed statistics: moments by merging chunk moments; counts of the cells that are equiprobable under a claimed law,
through the pull-back of the claim. Both hold one chunk at a time, whatever n.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .goodness_of_fit import product_cells
from .moments import Floats, Moments, sample_moments

CHUNK = 1 << 14


def generator(seed: int, *key: int) -> np.random.Generator:
    """The generator of a seed and a key of nonnegative integers; different keys give independent streams."""
    if seed < 0 or any(part < 0 for part in key):
        raise ValueError(f"Expected nonnegative integers as seed and key; got {(seed, *key)}")
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GaussianStream:
    """Draws of N(mean, L L^T): mean (d,), any factor L (d, k) of the covariance, k base coordinates.

    L need not be triangular or square: y = mean + L z with z ~ N(0, I_k) is the law itself, degenerate or not.
    """

    mean: Floats
    cholesky_factor: Floats

    def __post_init__(self) -> None:
        if self.cholesky_factor.ndim != 2 or self.mean.shape != self.cholesky_factor.shape[:1]:
            raise ValueError(
                f"Expected a mean (d,) and a factor (d, k); got {self.mean.shape} and {self.cholesky_factor.shape}"
            )

    def chunks(self, n: int, seed: int, *, chunk: int = CHUNK) -> Iterator[Floats]:
        """n draws in chunks (m, d), m <= chunk; the chunks together are the same draws for every chunk size."""
        for base in normal_chunks(n, self.cholesky_factor.shape[1], seed, chunk=chunk):
            yield affine(base, self.cholesky_factor, self.mean)

    def draw(self, n: int, seed: int) -> Floats:
        """n draws at once, shape (n, d)."""
        return np.concatenate([np.empty((0, len(self.mean))), *self.chunks(n, seed)])


def normal_chunks(n: int, d: int, seed: int, *, chunk: int = CHUNK) -> Iterator[Floats]:
    """n standard normal rows in chunks (m, d), m <= chunk."""
    if n < 0 or chunk < 1:
        raise ValueError(f"Expected n >= 0 and chunk >= 1; got {n}, {chunk}")
    rng = generator(seed)
    for start in range(0, n, chunk):
        yield rng.standard_normal((min(chunk, n - start), d))


def affine(x: Floats, matrix: Floats, offset: Floats) -> Floats:
    """A x + b of each row of x (m, k), shape (m, d); in memory coordinate by coordinate, as statistics read it."""
    return (matrix @ x.T).T + offset


def mapped(chunks: Iterator[Floats], mapping: Callable[[Floats], Floats]) -> Iterator[Floats]:
    """The stream of a push-forward: each chunk (m, k) through a map of rows to (m, d)."""
    for part in chunks:
        yield mapping(part)


def stream_moments(chunks: Iterator[Floats]) -> Moments:
    """Moments of a whole stream, one chunk in memory at a time. ValueError for an empty stream."""
    total: Moments | None = None
    for part in chunks:
        now = sample_moments(part)
        total = now if total is None else total.merge(now)
    if total is None:
        raise ValueError("Expected at least one chunk of samples; got none")
    return total


def stream_counts(chunks: Iterator[Floats], counts: Callable[[Floats], NDArray[np.int64]]) -> NDArray[np.int64]:
    """The sum of counts of all chunks, of whatever shape.  ValueError for an empty stream."""
    total: NDArray[np.int64] | None = None
    for part in chunks:
        now = counts(part)
        total = now if total is None else total + now
    if total is None:
        raise ValueError("Expected at least one chunk of samples; got none")
    return total


def stream_cells(chunks: Iterator[Floats], uniforms: Callable[[Floats], Floats], *, per_axis: int) -> NDArray[np.int64]:
    """Counts of a stream in the per_axis^d cells that are equiprobable under the claim, shape (per_axis^d,).

    `uniforms` maps samples (m, d) to the unit cube so that the claimed law becomes uniform: Phi of the pull-back to a
    Gaussian base, or distribution functions. ValueError for an empty stream.
    """
    return stream_counts(chunks, lambda part: product_cells(uniforms(part), per_axis))
