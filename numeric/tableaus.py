"""Explicit Runge-Kutta methods as data: one record of coefficients per method, no algorithm.

A method with s stages advances dz/dt = f(t, z) by

    k_i = f(t + c_i h, z + h sum_{j<i} a_ij k_j),   c_i = sum_j a_ij,   z(t + h) ~ z + h sum_i b_i k_i.

An embedded pair has one or two further rows of weights over the s stages and the derivative at the new point; they
estimate the local error from the same evaluations:

    one row e:       error = h |e.k|,
    two rows e5, e3: error = h |e5.k|^2 / sqrt(|e5.k|^2 + 0.01 |e3.k|^2)     (order 8; Hairer, II.10).

The weights are checked in the tests against the order conditions and the observed orders.

Sources: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I (1993): II.1 (classical methods),
II.5 table 5.2 (Dormand-Prince 5(4)), II.5 and the code DOP853 of II.10 (Dormand-Prince 8(5,3)).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = dict[int, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tableau:
    """Coefficients of an explicit Runge-Kutta method; `errors` is empty for a method without an embedded one.

    Shapes: a (s, s), strictly lower triangular; b (s,); c (s,); each row of errors (s + 1,).
    `order` is the order of the solution, `error_order` the power of h with which the error estimate vanishes.
    """

    name: str
    order: int
    error_order: int
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    c: NDArray[np.float64]
    errors: tuple[NDArray[np.float64], ...] = ()

    @property
    def stages(self) -> int:
        return len(self.b)


def _dense(rows: tuple[Row, ...]) -> NDArray[np.float64]:
    """The stage matrix; row i of `rows` is stage i + 1, since stage 0 has no predecessors."""
    size = len(rows) + 1
    a = np.zeros((size, size))
    for i, row in enumerate(rows, start=1):
        for j, value in row.items():
            a[i, j] = value
    return a


def _weights(size: int, row: Row) -> NDArray[np.float64]:
    weights = np.zeros(size)
    for j, value in row.items():
        weights[j] = value
    return weights


def _tableau(name: str, order: int, rows: tuple[Row, ...], b: Row, errors: tuple[Row, ...] = ()) -> Tableau:
    a = _dense(rows)
    size = len(a)
    estimates = tuple(_weights(size + 1, row) for row in errors)
    error_order = 8 if len(errors) == 2 else order
    return Tableau(
        name=name, order=order, error_order=error_order, a=a, b=_weights(size, b), c=a.sum(axis=1), errors=estimates
    )


EULER = _tableau("Euler", 1, (), {0: 1.0})
MIDPOINT = _tableau("midpoint", 2, ({0: 1 / 2},), {1: 1.0})
RK4 = _tableau("RK4", 4, ({0: 1 / 2}, {1: 1 / 2}, {2: 1.0}), {0: 1 / 6, 1: 1 / 3, 2: 1 / 3, 3: 1 / 6})

_DOPRI5_B: Row = {0: 35 / 384, 2: 500 / 1113, 3: 125 / 192, 4: -2187 / 6784, 5: 11 / 84}
DOPRI5 = _tableau(
    "Dormand-Prince 5(4)",
    5,
    (
        {0: 1 / 5},
        {0: 3 / 40, 1: 9 / 40},
        {0: 44 / 45, 1: -56 / 15, 2: 32 / 9},
        {0: 19372 / 6561, 1: -25360 / 2187, 2: 64448 / 6561, 3: -212 / 729},
        {0: 9017 / 3168, 1: -355 / 33, 2: 46732 / 5247, 3: 49 / 176, 4: -5103 / 18656},
    ),
    _DOPRI5_B,
    ({0: 71 / 57600, 2: -71 / 16695, 3: 71 / 1920, 4: -17253 / 339200, 5: 22 / 525, 6: -1 / 40},),
)

# The coefficients of DOP853 are roots of algebraic equations and have no short closed form; here to double precision.
_DOP853_A: tuple[Row, ...] = (
    {0: 0.05260015195876773},
    {0: 0.0197250569845379, 1: 0.0591751709536137},
    {0: 0.02958758547680685, 2: 0.08876275643042054},
    {0: 0.2413651341592667, 2: -0.8845494793282861, 3: 0.924834003261792},
    {0: 0.037037037037037035, 3: 0.17082860872947386, 4: 0.12546768756682242},
    {0: 0.037109375, 3: 0.17025221101954405, 4: 0.06021653898045596, 5: -0.017578125},
    {
        0: 0.03709200011850479,
        3: 0.17038392571223998,
        4: 0.10726203044637328,
        5: -0.015319437748624402,
        6: 0.008273789163814023,
    },
    {
        0: 0.6241109587160757,
        3: -3.3608926294469414,
        4: -0.868219346841726,
        5: 27.59209969944671,
        6: 20.154067550477894,
        7: -43.48988418106996,
    },
    {
        0: 0.47766253643826434,
        3: -2.4881146199716677,
        4: -0.590290826836843,
        5: 21.230051448181193,
        6: 15.279233632882423,
        7: -33.28821096898486,
        8: -0.020331201708508627,
    },
    {
        0: -0.9371424300859873,
        3: 5.186372428844064,
        4: 1.0914373489967295,
        5: -8.149787010746927,
        6: -18.52006565999696,
        7: 22.739487099350505,
        8: 2.4936055526796523,
        9: -3.0467644718982196,
    },
    {
        0: 2.273310147516538,
        3: -10.53449546673725,
        4: -2.0008720582248625,
        5: -17.9589318631188,
        6: 27.94888452941996,
        7: -2.8589982771350235,
        8: -8.87285693353063,
        9: 12.360567175794303,
        10: 0.6433927460157636,
    },
)
_DOP853_B: Row = {
    0: 0.054293734116568765,
    5: 4.450312892752409,
    6: 1.8915178993145003,
    7: -5.801203960010585,
    8: 0.3111643669578199,
    9: -0.1521609496625161,
    10: 0.20136540080403034,
    11: 0.04471061572777259,
}
_DOP853_E5: Row = {
    0: 0.01312004499419488,
    5: -1.2251564463762044,
    6: -0.4957589496572502,
    7: 1.6643771824549864,
    8: -0.35032884874997366,
    9: 0.3341791187130175,
    10: 0.08192320648511571,
    11: -0.022355307863886294,
}
_DOP853_E3: Row = {
    **_DOP853_B,
    0: -0.18980075407240762,
    8: -0.4226823213237919,
    11: 0.02265179219836082,
}
DOP853 = _tableau("Dormand-Prince 8(5,3)", 8, _DOP853_A, _DOP853_B, (_DOP853_E5, _DOP853_E3))
