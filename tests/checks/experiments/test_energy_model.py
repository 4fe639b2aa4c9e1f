"""The energy on the bench: both routes agree, parameters are checked, what cannot be sampled says why."""

import sys
from pathlib import Path

import numpy as np
import pytest
import sympy

import twofold
from twofold.checks.experiments.energy_model import declared, energy_model
from twofold.checks.experiments.energy_places import cell_draws, exact_draws, find_wells
from twofold.checks.experiments.energy_truth import coordinates, slopes, truth
from twofold.checks.experiments.record import BadExperiment

sys.path.insert(0, str(Path(__file__).parent))
from energies import TEXTS, law, model, problem

EPS = np.finfo(float).eps


@pytest.mark.parametrize("name", TEXTS)
def test_derived_and_written_energy_are_one_function(name):
    """The lowered energy against the written tree, at random points; both are sums of a few terms."""
    m = model(name)
    x = np.random.default_rng(1).normal(size=(50, m.dimension))
    found, written = m.energy(x), m.written(x, m.law.energy)
    assert np.abs(found - written).max() <= 64 * EPS * (1 + np.abs(written).max())


@pytest.mark.parametrize("name", ("well", "plane", "space", "curved"))
def test_gradients_are_those_of_central_differences(name):
    """grad_x, grad_phi and Hess_phi, error h^2 and eps/h with h = 1e-4: below 1e-6 for these sizes."""
    m, h = model(name), 1e-4
    x = np.random.default_rng(2).normal(size=(20, m.dimension))
    _, gradient = m.slope(x)
    for i, e in enumerate(np.eye(m.dimension)):
        assert np.abs(gradient[:, i] - (m.energy(x + h * e) - m.energy(x - h * e)) / (2 * h)).max() < 1e-4
    first, second = m.parameter_gradient(x), m.curvature(x)
    for i, e in enumerate(np.eye(len(m.names))):
        slope = (m.energy(x, m.values + h * e) - m.energy(x, m.values - h * e)) / (2 * h)
        assert np.abs(first[:, i] - slope).max() < 1e-4
        bend = (m.parameter_gradient(x, m.values + h * e) - m.parameter_gradient(x, m.values - h * e)) / (2 * h)
        assert np.abs(second[:, :, i] - bend).max() < 1e-3


def test_each_point_may_have_parameters_of_its_own():
    """phi (n, k) is phi row by row."""
    m = model("well")
    x, phi = np.random.default_rng(3).normal(size=(5, 1)), np.random.default_rng(4).uniform(1, 2, (5, 2))
    together = m.energy(x, phi)
    assert [float(m.energy(x[i : i + 1], phi[i])[0]) for i in range(5)] == pytest.approx(together.tolist(), rel=1e-14)


def test_linear_energies_are_known():
    """a x^4 - b x^2 is linear in its parameters, (x - m)^2 / 2 s^2 is not."""
    assert model("well").linear
    assert not model("curved").linear


@pytest.mark.parametrize(("name", "enclosed"), [("well", True), ("normal", True), ("plane", False), ("space", False)])
def test_the_truth_agrees_with_a_plain_sum(name, enclosed):
    """E_p[grad_phi E] against a midpoint sum on a box of 12 standard deviations, without any of our quadrature."""
    m = model(name)
    found = truth(m, slopes(m))
    axis = (np.arange(200) + 0.5) / 200 * 12 - 6
    points = np.stack([g.ravel() for g in np.meshgrid(*[axis] * m.dimension)], axis=1)
    weight = np.exp(-m.energy(points))
    for i, g in enumerate(m.parameter_gradient(points).T):
        assert found.means[i] == pytest.approx((weight @ g) / weight.sum(), rel=1e-8)
        variance = (weight @ g**2) / weight.sum() - found.means[i] ** 2
        assert found.deviations[i] == pytest.approx(np.sqrt(variance), rel=1e-6)
    assert found.enclosed is enclosed


def test_the_normal_law_has_its_moments():
    """c x^2 / 2: E[x^2/2] = 1/(2c), sd of x^2/2 = 1/(sqrt(2) c), skewness of a chi2_1 = sqrt(8)."""
    m = model("normal")
    found = truth(m, slopes(m))
    assert abs(found.means[0] - 1 / 3) <= found.errors[0]
    assert found.deviations[0] == pytest.approx(1 / (np.sqrt(2) * 1.5), rel=1e-9)
    assert found.skewness[0] == pytest.approx(np.sqrt(8), rel=1e-9)
    assert abs(truth(m, coordinates(m)).means[0]) < 1e-12


@pytest.mark.parametrize(
    ("name", "centres", "stiffness"),
    [
        ("well", [[-np.sqrt(2)], [np.sqrt(2)]], 4.0),
        ("deep", [[-1.0], [1.0]], 96.0),
        ("normal", [[0.0]], 1.5),
        ("plane", [[np.sqrt(1.5), -np.sqrt(1.5)], [-np.sqrt(1.5), np.sqrt(1.5)]], 4.0),
    ],
)
def test_wells_are_where_the_gradient_vanishes(name, centres, stiffness):
    """Closed forms: x^2 = b/(2a); x^2 = y^2 = (1 + c)/(4 a); the curvature there by hand."""
    found = find_wells(model(name))
    order = np.argsort(found.centres[:, 0])
    assert np.abs(found.centres[order] - np.array(sorted(map(tuple, centres)))).max() < 1e-6
    assert found.stiffness == pytest.approx(stiffness, rel=1e-4)


def test_cells_are_near_the_law():
    """Points of cells of the plane: E within 1 % of the exact mean (the cells are 1/256 of the box)."""
    m = model("plane")
    x = cell_draws(m, find_wells(m).box).draw(200_000, 1)
    exact = truth(m, slopes(m))
    errors = exact.deviations / np.sqrt(len(x))
    assert (np.abs(m.parameter_gradient(x).mean(axis=0) - exact.means) < 5 * errors + 0.01 * np.abs(exact.means)).all()


def test_exact_draws_say_how_far_off_they_are():
    """By inversion on the plane, by rejection in space."""
    assert exact_draws(model("space")).accuracy < 1e-4
    assert exact_draws(model("plane")).accuracy < 1e-6


def test_a_declared_object_of_a_program_is_the_same_model():
    """twofold.Energy with SymPy symbols gives the energy of the problem file."""
    x, a = sympy.Symbol("x", real=True), sympy.Symbol("a", positive=True)
    b = sympy.Symbol("b", real=True)
    found = energy_model(*declared(twofold.Energy(a * x**4 - b * x**2, [x], [a, b]), {"a": 0.25, "b": 1}))
    points = np.linspace(-2, 2, 9)[:, None]
    assert found.energy(points).tolist() == model("well").energy(points).tolist()
    assert "domain" in found.outside(np.array([-1.0, 1.0]))


# -- what is refused -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        (TEXTS["well"], {"a": -1.0}, "a = -1 is outside of its domain \\(positive\\)"),
        (TEXTS["well"], {"q": 1.0}, "values of the parameters a, b of p; got 'q'"),
        (TEXTS["free"], {"a": -1.0}, "exp\\(-E\\) is not integrable at a = -1"),
        ('variables = ["x"], parameters = { a = "positive" }, energy = "a*x^2"', None, "a value of every parameter"),
        ('variables = ["x", "y"], energy = "x^2"', None, "the integral over y is infinite"),
        ('variables = ["x"], energy = "x"', None, "not integrable"),
        ('variables = ["x1", "x2", "x3", "x4"], energy = "x1^2 + x2^2 + x3^2 + x4^2"', None, "at most 3 variables"),
    ],
)
def test_what_has_no_model_is_refused(text, at, message):
    """Domain, unknown names, missing values, divergent normalisers, too many variables; each says so."""
    with pytest.raises(BadExperiment, match=message):
        energy_model(*problem(text), at)


def test_a_normaliser_that_diverges_on_part_of_the_range():
    """a x^4 + x^2 with a real: there is a model at a = 1 and at 0, none at -0.01, although a grid would not see it."""
    m = model("free")
    assert m.outside(np.array([1.0])) == ""
    assert m.outside(np.array([0.0])) == ""
    assert "not integrable" in m.outside(np.array([-0.01]))
    assert m.outside(np.array([np.nan])) == "a parameter is no finite number"


def test_nothing_to_sample_but_constants():
    """E = x^2 + c: dE/dc is constant."""
    from twofold.checks.experiments.sampling_bench import energy_bench

    text = 'variables = ["x"], parameters = { c = "real" }, energy = "x^2 + c", at = { c = 2 }'
    with pytest.raises(BadExperiment, match="dE/dc is constant"):
        energy_bench(*problem(text), None, 1)
    assert energy_bench(*law("shift"), None, 1).varying == (0,)
