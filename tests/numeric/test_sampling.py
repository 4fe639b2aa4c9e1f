"""Streams: reproducible, independent of chunks, right in law, constant in memory."""

import itertools
import tracemalloc

import numpy as np
import pytest

from twofold.numeric.gaussian_tests import gaussian_test
from twofold.numeric.goodness_of_fit import chi_square_test, gaussian_pull_back, normal_uniforms
from twofold.numeric.sampling import GaussianStream, generator, mapped, normal_chunks, stream_cells, stream_moments

A = np.array([[3 / 5, 2 / 5], [1 / 5, 4 / 5]])
STREAM = GaussianStream(mean=np.array([1.0, -2.0]), cholesky_factor=A)


def test_draws_do_not_depend_on_the_chunk_size():
    """The rows of a stream are the same for every chunk size."""
    whole = STREAM.draw(10_000, seed=3)
    for chunk in (1, 77, 4096):
        rows = np.concatenate(list(itertools.islice(STREAM.chunks(10_000, 3, chunk=chunk), 200)))
        # BLAS may sum two products in another order: one rounding of values below 10.
        assert np.abs(rows - whole[: len(rows)]).max() < 10 * 2.0**-52


def test_streams_of_different_keys_are_different():
    """Seeds and keys give different generators; the same key gives the same draws."""
    draws = [generator(*key).standard_normal(4).tolist() for key in ((1,), (2,), (1, 0), (1, 1), (1,))]
    assert draws[0] == draws[4]
    assert len({tuple(d) for d in draws[:4]}) == 4


def test_moments_do_not_depend_on_the_chunk_size():
    """Streamed moments equal the moments of the whole array, whatever the chunk."""
    x = STREAM.draw(50_000, seed=8)
    whole = np.cov(x, rowvar=False)
    for chunk in (999, 1 << 14):
        streamed = stream_moments(STREAM.chunks(50_000, 8, chunk=chunk))
        # Sums of 5e4 values of size below 10 accumulate at most 5e4 roundings, divided by n.
        assert np.abs(streamed.covariance - whole).max() < 100 * 2.0**-52 * 5e4 / 1e3


def test_the_stream_has_the_law_it_says():
    """Mean and covariance of 2e5 draws at one seed: likelihood ratio above 1e-6, the false-alarm rate of this test."""
    moments = stream_moments(STREAM.chunks(200_000, 12))
    assert gaussian_test(moments, STREAM.mean, A @ A.T).p_value > 1e-6
    # The control: the transposed product, same trace and determinant.
    assert gaussian_test(moments, STREAM.mean, A.T @ A).p_value < 1e-12


def test_streamed_cells_are_equiprobable_under_the_claim_only():
    """256 cells of 1e5 draws accept the law and reject A^T A."""

    def cells(covariance):
        lower = np.linalg.cholesky(covariance)
        uniforms = lambda y: normal_uniforms(gaussian_pull_back(y, STREAM.mean, lower))  # noqa: E731
        return stream_cells(STREAM.chunks(100_000, 2), uniforms, per_axis=16)

    right, wrong = cells(A @ A.T), cells(A.T @ A)
    assert right.sum() == wrong.sum() == 100_000
    assert chi_square_test(right).p_value > 1e-6
    assert chi_square_test(wrong).p_value < 1e-12


def peak_memory(n):
    tracemalloc.start()
    stream_moments(mapped(normal_chunks(n, 2, 1), np.tanh))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_stream():
    """Forty times as many draws need the same memory: a few chunks of 2^14 rows of two floats."""
    small, large = peak_memory(50_000), peak_memory(2_000_000)
    # Measured in bytes; a kilobyte of slack for counters that grow with the number of chunks.
    assert large < small + 1024
    assert large < 8 * (1 << 14) * 2 * 8


def test_a_degenerate_law_can_be_drawn():
    """A factor of rank one in three dimensions draws points on a line."""
    stream = GaussianStream(mean=np.zeros(3), cholesky_factor=np.array([[1.0], [2.0], [-1.0]]))
    x = stream.draw(100, seed=0)
    assert np.array_equal(x[:, 1], 2 * x[:, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    (
        (lambda: generator(-1), "nonnegative"),
        (lambda: stream_moments(iter(())), "at least one chunk"),
        (lambda: stream_cells(iter(()), np.abs, per_axis=2), "at least one chunk"),
        (lambda: list(normal_chunks(5, 1, 0, chunk=0)), "chunk >= 1"),
        (lambda: GaussianStream(mean=np.zeros(2), cholesky_factor=np.eye(3)), "factor"),
    ),
)
def test_misuse_is_told(call, message):
    """Empty streams, negative seeds and wrong shapes raise ValueError."""
    with pytest.raises(ValueError, match=message):
        call()
