"""The kernels: detailed balance against independent densities, known laws, counted evaluations, lost chains."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from twofold.numeric.adjusted_langevin import AdjustedLangevin
from twofold.numeric.chains import run_chains
from twofold.numeric.goodness_of_fit import ks_test
from twofold.numeric.hamiltonian import Hamiltonian
from twofold.numeric.langevin import UnadjustedLangevin
from twofold.numeric.metropolis import RandomWalk
from twofold.numeric.paired import signed_rank_test

EPS = np.finfo(float).eps


class Counted:
    """A quartic energy in two coupled coordinates that counts the points at which it was asked."""

    def __init__(self):
        self.energies = self.slopes = 0

    def energy(self, x):
        self.energies += len(x)
        return 0.25 * (x**4).sum(axis=1) - x[:, 0] * x[:, 1]

    def slope(self, x):
        self.slopes += len(x)
        return 0.25 * (x**4).sum(axis=1) - x[:, 0] * x[:, 1], x**3 - x[:, ::-1]


def normal_slope(x):
    return (x**2).sum(axis=1) / 2, x


def well(x):
    """x^4 - 6 x^2: curvature 24 in its wells, and a drift that grows like x^3."""
    u = x[:, 0]
    return u**4 - 6 * u**2, (4 * u**3 - 12 * u)[:, None]


KERNELS = {
    "walk": lambda slope, h: RandomWalk(lambda x: slope(x)[0], h),
    "mala": lambda slope, h: AdjustedLangevin(slope, h),
    "hmc": lambda slope, h: Hamiltonian(slope, h, 4),
    "ula": lambda slope, h: UnadjustedLangevin(slope, h),
}
STEPS = {"walk": 1.5, "mala": 0.5, "hmc": 0.6}


def test_the_ratio_of_langevin_proposals_is_that_of_their_normal_densities():
    """log q(x|y) - log q(y|x) against scipy's multivariate normal, at points of a coupled energy."""
    target, h = Counted(), 0.3
    rng = np.random.default_rng(1)
    kernel = AdjustedLangevin(target.slope, h)
    x, y = rng.normal(size=(2, 50, 2))
    old, new = kernel.start(x), kernel.start(y)
    found = kernel.log_proposal_ratio(old, new)
    for i in range(50):
        back = multivariate_normal(y[i] - h * (y[i] ** 3 - y[i, ::-1]), 2 * h * np.eye(2)).logpdf(x[i])
        there = multivariate_normal(x[i] - h * (x[i] ** 3 - x[i, ::-1]), 2 * h * np.eye(2)).logpdf(y[i])
        # Squares of sizes up to |back| / eps are subtracted.
        assert abs(found[i] - (back - there)) <= 64 * EPS * (abs(back) + abs(there) + 1)


def test_the_leapfrog_returns_when_the_momentum_is_turned():
    """Reversibility: (x', -p') goes back to (x, -p), to the roundoff of 2 L steps."""
    kernel = Hamiltonian(Counted().slope, 0.2, 6)
    rng = np.random.default_rng(2)
    x, p = rng.normal(size=(2, 30, 2))
    y, q, _, _ = kernel.trajectory(kernel.start(x), p, 0.2)
    back, turned, _, _ = kernel.trajectory(kernel.start(y), -q, 0.2)
    # Twelve steps, each with a local growth of at most 1 + eps_step |Hess E| < 3.
    assert np.abs(back - x).max() < 3.0**12 * EPS
    assert np.abs(turned + p).max() < 3.0**12 * EPS


def test_the_leapfrog_keeps_volume():
    """The determinant of d(x', p')/d(x, p) is 1, by the complex step."""
    kernel = Hamiltonian(lambda x: (0.25 * (x**4).sum(axis=1), x**3), 0.3, 5)
    z = np.array([0.7, -0.4, 0.3, 1.1])
    jacobian = np.empty((4, 4))
    for j in range(4):
        moved = z.astype(complex)
        moved[j] += 1e-30j
        state = kernel.start(moved[None, :2].real)
        start = type(state)(
            x=moved[None, :2], energy=state.energy, gradient=moved[None, :2] ** 3, accepted=state.bad, bad=state.bad
        )
        x, p, _, _ = kernel.trajectory(start, moved[None, 2:], 0.3)
        jacobian[:, j] = np.concatenate([x[0], p[0]]).imag / 1e-30
    assert abs(np.linalg.det(jacobian) - 1) < 1e-12  # entries of size 10, products of 4 of them: 1e4 eps


@pytest.mark.parametrize("name", STEPS)
def test_a_kernel_keeps_the_normal_law(name):
    """From exact starts the 20th state is again a draw of N(0, 1); false-alarm rate 1e-6 each."""
    start = np.random.default_rng(3).normal(size=(20_000, 1))
    run = run_chains(KERNELS[name](normal_slope, STEPS[name]), start, 20, 4)
    assert ks_test(ndtr(run.last.x[:, 0])).p_value > 1e-6
    assert run.acceptance.mean() < 0.995  # the accept step had something to do


@pytest.mark.parametrize("name", STEPS)
def test_pairs_of_an_exact_start_can_be_exchanged(name):
    """Signed ranks of |x|^2 after one step: sees a ratio that is 10 % too small; false-alarm rate 1e-6 each."""
    start = np.random.default_rng(7).normal(size=(100_000, 1))
    end = run_chains(KERNELS[name](normal_slope, STEPS[name]), start, 1, 8).last.x
    assert signed_rank_test((end**2 - start**2)[:, 0]).p_value > 1e-6


def test_the_ratio_of_a_symmetric_proposal_is_that_of_the_densities():
    """log p(x') - log p(x), to the last digit."""
    target = Counted()
    kernel = RandomWalk(target.energy, 1.0)
    x, y = np.random.default_rng(9).normal(size=(2, 20, 2))
    found = kernel.log_ratio(kernel.start(x), kernel.start(y))
    assert found.tolist() == (target.energy(x) - target.energy(y)).tolist()


def test_the_unadjusted_chain_has_its_known_variance():
    """On N(0, 1) with h = 0.5 the stationary variance is 1/(1 - h/2) = 4/3, not 1."""
    n = 40_000
    start = np.sqrt(4 / 3) * np.random.default_rng(5).normal(size=(n, 1))
    last = run_chains(UnadjustedLangevin(normal_slope, 0.5), start, 10, 6).last.x
    # Five standard errors of a normal sample's variance.
    assert abs(last.var() - 4 / 3) < 5 * (4 / 3) * np.sqrt(2 / n)


@pytest.mark.parametrize(
    ("name", "energies", "gradients"), [("walk", 1, 0), ("mala", 1, 1), ("hmc", 1, 4), ("ula", 0, 1)]
)
def test_evaluations_are_counted(name, energies, gradients):
    """The counters agree with an energy that counts the points it is asked at."""
    target = Counted()
    kernel = RandomWalk(target.energy, 0.5) if name == "walk" else KERNELS[name](target.slope, 0.1)
    run = run_chains(kernel, np.zeros((7, 2)), 9, 1, discard=3)
    starts = 7 if name == "walk" else 0
    assert run.energy_evaluations == 7 * 12 * energies + (7 if energies else 0)
    assert run.gradient_evaluations == 7 * 12 * gradients + (7 if gradients else 0)
    assert target.energies == 7 * 12 * (name == "walk") + starts
    assert target.slopes == run.gradient_evaluations
    again = run_chains(kernel, run.last, 2, 1)
    assert again.evaluations == 7 * 2 * (energies + gradients)  # no second evaluation at the start


@pytest.mark.parametrize("name", KERNELS)
def test_a_seed_gives_the_same_chains(name):
    """Same seed, same bytes; another seed, other chains; thinning and discarding only select."""
    kernel = KERNELS[name](normal_slope, 0.4)
    start = np.zeros((3, 2))
    run = run_chains(kernel, start, 12, 9)
    assert run.states.tobytes() == run_chains(kernel, start, 12, 9).states.tobytes()
    assert run.states.tobytes() != run_chains(kernel, start, 12, 10).states.tobytes()
    thinned = run_chains(kernel, start, 8, 9, discard=4, keep_every=2)
    assert thinned.states.tobytes() == run.states[5::2].tobytes()


def test_unadjusted_chains_are_lost_where_the_step_is_too_large():
    """h = 0.1 > 2/24 loses every chain of x^4 - 6x^2, h = 0.02 none; a lost chain stays NaN and is dated."""
    start = np.full((50, 1), np.sqrt(3.0))
    run = run_chains(UnadjustedLangevin(well, 0.2), start, 200, 1)
    assert run.lost == 50
    for chain in range(50):
        finite = np.isfinite(run.states[:, chain, 0])
        assert finite[: run.lost_at[chain] - 1].all()
        assert not finite[run.lost_at[chain] - 1 :].any()
    assert run_chains(UnadjustedLangevin(well, 0.02), start, 200, 1).lost == 0


@pytest.mark.parametrize("value", (np.nan, -np.inf))
def test_a_proposal_without_a_value_is_counted_and_rejected(value):
    """Where the energy is NaN or -inf nothing is accepted, and the chains stay where it has values."""

    def broken(x):
        return np.where(x[:, 0] > 0.5, value, x[:, 0] ** 2 / 2), x

    run = run_chains(AdjustedLangevin(broken, 0.8), np.zeros((40, 1)), 50, 2)
    assert run.bad_proposals.sum() > 0
    assert run.lost == 0
    assert (run.states <= 0.5).all()


def test_a_density_that_ends_is_no_fault():
    """E = +inf outside (0, 1): proposals there are rejected, not bad, and the uniform law is kept."""

    def box(x):
        return np.where(((x > 0) & (x < 1)).all(axis=1), 0.0, np.inf)

    start = np.random.default_rng(1).random((10_000, 1))
    run = run_chains(RandomWalk(box, 0.3), start, 10, 3)
    assert run.bad_proposals.sum() == 0
    assert ks_test(run.last.x[:, 0]).p_value > 1e-6


def test_chains_that_never_move_are_counted():
    """A step far too large: no proposal is taken in 20 steps, and the record says so."""
    run = run_chains(RandomWalk(lambda x: 1e6 * x[:, 0] ** 2, 1e3), np.zeros((8, 1)), 20, 1)
    assert run.never_moved == 8


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (np.zeros(3), "shape \\(chains, dimension\\)"),
        (np.zeros((0, 1)), "shape \\(chains, dimension\\)"),
        (np.array([[np.nan]]), "finite starts"),
        (np.array([[2.0]]), "finite energy"),
    ],
)
def test_bad_starts_are_refused(start, message):
    """Shape, NaN, and a point without density, each by a message of its own."""
    with pytest.raises(ValueError, match=message):
        run_chains(RandomWalk(lambda x: np.where(x[:, 0] > 1, np.inf, 0.0), 1.0), start, 5, 1)


def test_bad_lengths_are_refused():
    """No step to keep is an error."""
    with pytest.raises(ValueError, match="steps >= keep_every >= 1"):
        run_chains(RandomWalk(lambda x: x[:, 0] ** 2, 1.0), np.zeros((1, 1)), 0, 1)
