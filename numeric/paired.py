r"""Pairs (x_0, x_k) of a reversible chain from an exact start can be exchanged: differences are symmetric about 0.

If x_0 ~ p and the kernel is reversible with respect to p, then (x_0, x_k) and (x_k, x_0) have one law for every k, so
d = f(x_k) - f(x_0) has a symmetric law, whatever f and p are: given |d|, the sign is a fair coin.  The signed-rank sum

    W = sum of the ranks of |d_i| over d_i > 0,    E W = n(n+1)/4,  Var W = n(n+1)(2n+1)/24   (ties: sum rank^2 / 4)

has a null law free of p.  It is a sum of independent signs times ranks; the normal law is used from n = 50 on, where
its error is of order 1/n since all odd moments vanish.  Pairs with d = 0 are left out, which the argument allows.

Source: F. Wilcoxon, Biometrics Bulletin 1 (1945) 80; J. Besag, P. Clifford, Biometrika 76 (1989) 633 (exact tests with
chains that start from their law).
"""

from __future__ import annotations

import math

import numpy as np

from .mixing import average_ranks
from .moments import Floats
from .statistics import TestResult

FEWEST = 50


def signed_rank_test(differences: Floats, name: str = "signed ranks of exchangeable pairs") -> TestResult:
    """Two-sided Wilcoxon signed-rank test of symmetry about 0; ValueError for fewer than 50 nonzero differences."""
    d = np.asarray(differences, dtype=float)
    if d.ndim != 1 or np.isnan(d).any():
        raise ValueError(f"Expected differences of shape (n,) that are numbers; got shape {d.shape}, or NaN")
    d = d[d != 0]
    if len(d) < FEWEST:
        raise ValueError(f"Expected at least {FEWEST} pairs that differ; got {len(d)} (chains that do not move)")
    ranks = average_ranks(np.abs(d))
    centred = float((np.sign(d) * ranks).sum()) / 2
    z = abs(centred) / math.sqrt(float((ranks**2).sum()) / 4)
    return TestResult(
        name=name,
        statistic=z,
        p_value=math.erfc(z / math.sqrt(2)),
        n=len(d),
        null_law="signed ranks: exact in law, normal approximation",
        exact=False,
    )
