"""Inner products whose last digits do not depend on the number of threads.

BLAS libraries share a long dot product out to the threads that they find, and so its sum comes in another order on a
machine with more of them; waking those threads also costs more than the product.  Pieces below that length are summed
here one after the other.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# OpenBLAS shares out more than 10,000.
PIECE = 8192


def inner(a: Floats, b: Floats) -> float:
    """sum a b over all entries of two arrays of one shape."""
    if a.size <= PIECE:
        return float(np.vdot(a, b))
    left, right = a.ravel(), b.ravel()
    return float(sum(np.vdot(left[i : i + PIECE], right[i : i + PIECE]) for i in range(0, left.size, PIECE)))
