"""Inner products are right, and the same bytes whatever the number of threads."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from twofold.numeric.inner import inner

SHOW = """
import numpy as np
from twofold.numeric.inner import inner
from twofold.numeric.moments import sample_moments
x = np.random.default_rng(1).standard_normal((2, 1 << 15))
print(inner(x[0], x[1]).hex(), sample_moments(x.T).scatter.tobytes().hex())
"""


@pytest.mark.parametrize("shape", [(5,), (8192,), (8193,), (40, 30, 20)])
def test_an_inner_product_is_the_exact_sum_to_roundoff(shape):
    """A sum of n products in doubles is within n eps of sum |a b| of the exact one; here far below."""
    a, b = np.random.default_rng(3).standard_normal((2, *shape))
    exact = math.fsum((a * b).ravel())
    assert abs(inner(a, b) - exact) <= 100 * np.finfo(float).eps * np.abs(a * b).sum()
    assert abs(inner(a, 1.001 * b) - exact) > 1e-4 * abs(exact)


def test_the_number_of_threads_changes_no_byte():
    shown = set()
    for threads in ("1", "2", "4"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        done = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=True)
        shown.add(done.stdout)
    assert len(shown) == 1
