"""Does a sample follow a claimed law? Pull it back to uniforms, then test these, singly and jointly.

Pull-back (Rosenblatt 1952): when y = g(z) with z ~ N(0, I_d), the claim is that w = g^-1(y) is standard normal, hence
that u = Phi(w) is uniform on the cube, coordinates independent. For a Gaussian law g(z) = mean + L z.

    chi-square  sum (counts - n p)^2 / (n p) over cells, chi2 with k - 1 (asymptotic, expected counts >= 5)
    KS          D = sup |F_n(u) - u|; P(D >= x) = 2 P(D+ >= x) - P(both one-sided deviations >= x); the first term is
                Smirnov's finite-n law, the second, below p^4, is taken from the limit law
    DKW         P(sup |F_n - F| > r) <= 2 exp(-2 n r^2) for every n and F (Massart 1990): a simultaneous band

Marginal tests are blind to dependence: with right marginals and a wrong correlation they accept forever. So the cells
of `product_cells` are products over all coordinates, and `radius_uniforms` tests |w|^2 ~ chi2_d.

Sources: Rosenblatt, Ann. Math. Stat. 23 (1952) 470; Massart, Ann. Prob. 18 (1990) 1269; Birnbaum, Tingey, Ann. Math.
Stat. 22 (1951) 592 (Smirnov's law).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .moments import Floats
from .statistics import TestResult, check_probability, chi_square_tail

# Comparing with each border of a byte's worth of cells is faster than Phi; with more it is not.
MOST_COMPARED = 128


def gaussian_pull_back(samples: Floats, mean: Floats, cholesky_factor: Floats) -> Floats:
    """w = L^-1 (y - mean) for samples (n, d): standard normal under N(mean, L L^T); Rosenblatt's map before Phi."""
    lower = np.asarray(cholesky_factor, dtype=float)
    centred = np.asarray(samples, dtype=float) - np.asarray(mean, dtype=float)
    if lower.ndim != 2 or lower.shape != (centred.shape[-1],) * 2:
        raise ValueError(f"Expected a Cholesky factor of shape (d, d) with d = {centred.shape[-1]}; got {lower.shape}")
    # One small inverse and a product: a factorisation for thousands of right sides takes many times as long.
    w: Floats = (np.linalg.inv(lower) @ centred.T).T
    return w


def normal_uniforms(w: Floats) -> Floats:
    """u = Phi(w), elementwise: the probability integral transform of standard normal coordinates."""
    from scipy.special import ndtr

    u: Floats = ndtr(np.asarray(w, dtype=float))
    return u


def radius_uniforms(w: Floats) -> Floats:
    """u = P(chi2_d <= |w|^2) of each row of w (n, d), shape (n,): uniform when rows are standard normal."""
    from scipy.special import gammainc

    u: Floats = gammainc(w.shape[1] / 2, (w**2).sum(axis=1) / 2)
    return u


def product_cells(u: Floats, per_axis: int) -> NDArray[np.int64]:
    """Counts in the per_axis^d equal boxes of the unit cube, for u (n, d); shape (per_axis^d,).

    ValueError for values outside [0, 1] and NaN, and for more than 10^7 cells.
    """
    values = np.asarray(u, dtype=float)
    if values.ndim != 2:
        raise ValueError(f"Expected uniforms of shape (n, d); got shape {values.shape}")
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("Expected uniforms in [0, 1]; got values outside, or NaN")
    d = values.shape[1]
    if per_axis < 1 or per_axis**d > 10**7:
        raise ValueError(f"Expected between 1 and 10^7 cells; got {per_axis} per axis in {d} dimensions")
    index = np.zeros(len(values), dtype=np.int64)
    for column in np.minimum((values * per_axis).astype(np.int64), per_axis - 1).T:
        index = index * per_axis + column
    return np.bincount(index, minlength=per_axis**d)


def normal_cells(w: Floats, per_axis: int) -> NDArray[np.int64]:
    """The cells of `product_cells` of u = Phi(w) for w (n, d), without Phi: the cells' borders in w are compared.

    A value at a border to the last bit may be counted on either side.  ValueError as there.
    """
    from scipy.special import ndtri

    coordinates = np.ascontiguousarray(np.asarray(w, dtype=float).T)
    if not 1 < per_axis <= MOST_COMPARED or coordinates.ndim != 2:
        return product_cells(normal_uniforms(w), per_axis)
    if np.isnan(coordinates.sum()) and np.isnan(coordinates).any():
        raise ValueError("Expected real values; got NaN")
    borders = ndtri(np.arange(1, per_axis) / per_axis)
    cells = per_axis ** len(coordinates)
    if cells > 10**7:
        raise ValueError(f"Expected between 1 and 10^7 cells; got {per_axis} per axis in {len(coordinates)} dimensions")
    places = np.zeros(coordinates.shape, dtype=np.uint8)
    above = np.empty(coordinates.shape, dtype=bool)
    for border in borders:
        np.greater_equal(coordinates, border, out=above)
        places += above.view(np.uint8)
    index: NDArray[Any] = places[0].astype(np.uint16 if cells <= 1 << 16 else np.int32)
    for place in places[1:]:
        index *= per_axis
        index += place
    return np.bincount(index, minlength=cells)


def chi_square_test(counts: NDArray[Any], probabilities: Floats | None = None) -> TestResult:
    """Pearson's test of counts (k,) against cell probabilities (k,), equal ones by default.

    Calibration: actual over nominal rate at 1e-3 and 1e-4 measured 0.9 to 1.4 for 4 to 117 expected counts a cell.
    ValueError when a cell expects fewer than 5 counts, for fewer than two cells, or probabilities that do not add to 1.
    """
    observed = np.asarray(counts, dtype=float)
    k, n = observed.size, int(observed.sum())
    if observed.ndim != 1 or k < 2:
        raise ValueError(f"Expected counts of at least two cells; got shape {observed.shape}")
    p = np.full(k, 1.0 / k) if probabilities is None else np.asarray(probabilities, dtype=float)
    if p.shape != observed.shape or abs(p.sum() - 1) > k * np.finfo(float).eps * 4 or not (p > 0).all():
        raise ValueError("Expected positive cell probabilities, one for each count, that add to 1")
    expected = n * p
    if expected.min() < 5:
        raise ValueError(f"Expected at least 5 expected counts a cell; got {expected.min():.3g} (n = {n}, {k} cells)")
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return TestResult(
        name=f"chi-square over {k} cells",
        statistic=statistic,
        p_value=chi_square_tail(statistic, k - 1),
        n=n,
        null_law=f"chi-square with {k - 1} degrees of freedom (asymptotic)",
        exact=False,
    )


def ks_statistic(u: Floats) -> float:
    """D = sup |F_n(u) - u| of values u (n,) in [0, 1]."""
    ordered = np.sort(np.asarray(u, dtype=float))
    n = len(ordered)
    if ordered.ndim != 1 or not n:
        raise ValueError(f"Expected uniforms of shape (n,); got shape {ordered.shape}")
    if not (ordered[0] >= 0 and ordered[-1] <= 1):
        raise ValueError("Expected uniforms in [0, 1]; got values outside, or NaN")
    steps = np.arange(n + 1) / n
    return float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()))


def ks_p_value(statistic: float, n: int) -> float:
    """P(D_n >= statistic) for n uniforms; relative error below 1e-3 wherever the value is below 0.1 and n >= 5.

    Beyond n = 10^5 Smirnov's law is replaced by its expansion exp(-2 (sqrt(n) D + 1 / (6 sqrt(n)))^2), which is
    good to O(1/n) there.
    """
    from scipy.special import kolmogorov, smirnov

    if not 0 <= statistic <= 1 or n < 1:
        raise ValueError(f"Expected a statistic in [0, 1] and n >= 1; got {statistic}, {n}")
    root = math.sqrt(n)
    if n <= 10**5:
        one_sided = float(smirnov(n, statistic))
        limit_argument = root * statistic
    else:
        limit_argument = root * statistic + 1 / (6 * root)
        one_sided = math.exp(-2 * limit_argument**2)
    both = 2 * math.exp(-2 * limit_argument**2) - float(kolmogorov(limit_argument))
    return min(1.0, max(0.0, 2 * one_sided - both))


def ks_test(u: Floats, name: str = "Kolmogorov-Smirnov") -> TestResult:
    """One-sample Kolmogorov-Smirnov test of uniforms u (n,)."""
    statistic = ks_statistic(u)
    return TestResult(
        name=name,
        statistic=statistic,
        p_value=ks_p_value(statistic, len(u)),
        n=len(u),
        null_law="Kolmogorov-Smirnov (Smirnov's one-sided law twice, less the limit law of both sides)",
        exact=False,
    )


def dkw_radius(n: int, alpha: float, *, curves: int = 1) -> float:
    """r with P(some of `curves` empirical distribution functions leaves its own law by more than r) <= alpha.

    r = sqrt(log(2 curves / alpha) / (2 n)); the curves need not be independent.
    """
    check_probability("alpha", alpha)
    if n < 1 or curves < 1:
        raise ValueError(f"Expected n >= 1 and curves >= 1; got {n}, {curves}")
    return math.sqrt(math.log(2 * curves / alpha) / (2 * n))


def dkw_difference_radius(n: int, m: int, alpha: float, *, curves: int = 1) -> float:
    """r that bounds the difference of two empirical distribution functions of one law, of n and m draws."""
    return dkw_radius(n, alpha / 2, curves=curves) + dkw_radius(m, alpha / 2, curves=curves)


def dkw_test(u: Floats) -> TestResult:
    """Simultaneous test of all coordinates of uniforms u (n, d): the largest D, p <= 2 d exp(-2 n D^2)."""
    n, d = u.shape
    statistic = max(ks_statistic(column) for column in u.T)
    return TestResult(
        name=f"largest gap of {d} distribution function{'s' if d > 1 else ''}",
        statistic=statistic,
        p_value=min(1.0, 2 * d * math.exp(-2 * n * statistic**2)),
        n=n,
        null_law="bounded by Dvoretzky-Kiefer-Wolfowitz-Massart and a union over the coordinates",
        exact=False,
    )
