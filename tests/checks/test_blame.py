"""Carried errors: blame goes to the link that made the error, and the conclusion is judged for itself."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.run import Run, StepRecord
from twofold.symbolic.source import Source

TABLE = tomllib.loads((Path(__file__).parent / "slips_of_students.toml").read_text(encoding="utf-8"))
DECLARATIONS = TABLE["declarations"]["symbols"] + TABLE["declarations"]["laws"]


@cache
def run_of(*lines: str) -> Run:
    claims = "".join(f"[[claim]]\nid = 'c{i}'\nplain = '''{line}'''\n" for i, line in enumerate(lines))
    return check_source(Source("blame.toml", f"{DECLARATIONS}\n{claims}"), Options(figures=False))


def blamed(*lines: str) -> list[tuple[str, list[str], bool | None]]:
    """(outcome, labels of the steps it carries from, whether the conclusion stands) of every step."""
    run = run_of(*lines)
    labels = {step.id: step.label for step in run.steps}
    return [(str(s.outcome), [labels[i] for i in s.carried_from], s.conclusion_stands) for s in run.steps]


def steps(*lines: str) -> tuple[StepRecord, ...]:
    return run_of(*lines).steps


def test_a_link_that_returns_to_the_truth_carries_the_error() -> None:
    """a = b wrong, b = c with c right: the second link is false only through the first, and the conclusion stands."""
    found = blamed("(x + 1)^2 = x^2 + 1 = x^2 + 2*x + 1")
    assert found == [("refuted", [], True), ("refuted", ["c0"], True)]


def test_a_link_that_goes_on_from_the_error_holds() -> None:
    """a = b wrong, b = c right for that b: one refuted link, and the conclusion does not stand."""
    found = blamed("(x + 1)^3 = (x + 1)*(x^2 + 1) = x^3 + x^2 + x + 1")
    assert found == [("refuted", [], False), ("proved", [], None)]


def test_a_second_error_is_blamed_for_itself() -> None:
    """A link that is false even when the earlier one is taken as given carries nothing."""
    found = blamed("(x + 1)^2 = x^2 + 1 = x^2 + 7")
    assert [carried for _, carried, _ in found] == [[], []]


def test_an_unrelated_error_is_blamed_for_itself() -> None:
    """An earlier false equation about other things takes no blame."""
    found = blamed("(x + 1)^2 = x^2 + 1", "sin(u)^2 = 1 + cos(u)^2")
    assert [carried for _, carried, _ in found] == [[], []]


def test_a_small_number_elsewhere_takes_no_blame() -> None:
    """det = 2 for 3 does not excuse every later 2 that should be a 3."""
    found = blamed("det(S) = 2", "x*x*x = x^2")
    assert [carried for _, carried, _ in found] == [[], []]


def test_a_density_on_a_wrong_covariance_carries_it() -> None:
    """A density written for the wrong covariance is right for that covariance."""
    wrong = "Cov(Y) = 1/25*[[13, 11], [11, 18]]"
    density = "p_Y(y1, y2) = 25/(2*pi*sqrt(113))*exp(-25/226*(18*y1^2 - 22*y1*y2 + 13*y2^2))"
    assert blamed(wrong, density) == [("refuted", [], None), ("refuted", ["c0"], None)]


def test_a_determinant_of_a_wrong_covariance_carries_it() -> None:
    """det Cov computed from the wrong matrix carries the error of the matrix."""
    found = blamed("Cov(Y) = 1/25*[[13, 11], [11, 18]]", "det(Cov(Y)) = 113/625")
    assert found[1][1] == ["c0"]


def test_a_wrong_value_in_a_normaliser_is_carried() -> None:
    """det = 3/25 written once and used under a root: the density carries it."""
    density = "p_Y(y1, y2) = 1/(2*pi*sqrt(3/25))*exp(-1/8*(17*y1^2 - 22*y1*y2 + 13*y2^2))"
    found = blamed("det(A*A^T) = 3/25", density)
    assert found[1][1] == ["c0"]


def test_a_wrong_trace_is_carried_into_the_rate() -> None:
    """The log-density that uses the wrong trace carries it; the sign error beside it would not."""
    wrong = "div(f, z) = 3*z1^2*sech(z1^3)^2 + 3*z2^2*sech(z2^3)"
    rate = "d/dt log(p(z(t), t)) = -(3*z1^2*sech(z1^3)^2 + 3*z2^2*sech(z2^3))"
    found = blamed(wrong, rate)
    assert [outcome for outcome, _, _ in found] == ["refuted", "refuted"]
    assert found[1][1] == ["c0"]


def test_the_nearest_error_is_named() -> None:
    """Of two earlier errors that would explain a link, the nearer is named."""
    found = blamed("det(S) = 17", "det(S) = 17", "1/det(S) = 1/17")
    assert found[2][1] == ["c1"]


def test_a_later_claim_about_the_same_side_is_the_conclusion() -> None:
    """A wrong chain whose left side is stated rightly later: the conclusion stands."""
    found = blamed("(x + 1)^2 = x^2 + 1", "(x + 1)^2 = x^2 + 2*x + 1")
    assert found[0] == ("refuted", [], True)


def test_a_lone_wrong_link_has_no_conclusion() -> None:
    """A single claim arrives at nothing more."""
    assert blamed("(x + 1)^2 = x^2 + 1") == [("refuted", [], None)]


def test_the_first_wrong_step_is_not_a_carried_one() -> None:
    """first_wrong skips what merely carries an error."""
    run = run_of("Cov(Y) = 1/25*[[13, 11], [11, 18]]", "det(Cov(Y)) = 113/625")
    assert run.first_wrong is not None
    assert run.first_wrong.label == "c0"


@pytest.mark.parametrize("line", ["(x + 1)^2 = x^2 + 2*x + 1 = x*(x + 2) + 1"])
def test_a_link_follows_from_the_one_before(line: str) -> None:
    """In a chain each link rests on the one before it."""
    first, second = steps(line)
    assert (first.follows_from, second.follows_from) == ((), (first.id,))


def test_a_refuted_step_carries_its_diagnosis_into_the_run() -> None:
    """The run's JSON has kind, message and correction of the slip."""
    (step,) = steps("(x - 1)*(x + 1) = x^2 + 1")
    assert step.to_json()["diagnosis"] == {
        "kind": "sign",
        "message": "The sign of the second term is wrong.",
        "correction": "x^{2} - 1",
    }


CARRIED = r"""
Let $Z \sim \mathcal{N}(0, I_2)$ and $Y = A Z$ with $A = \begin{pmatrix} 3/5 & 2/5 \\ 1/5 & 4/5 \end{pmatrix}$.

$$y^T (\operatorname{Cov}(Y))^{-1} y = \frac14 (17 y_1^2 + 22 y_1 y_2 + 13 y_2^2)$$

$$p_Y(y) = \frac{1}{2\pi\sqrt{\det(\operatorname{Cov}(Y))}} e^{-\frac12 y^T (\operatorname{Cov}(Y))^{-1} y}$$
$$p_Y(y) = \frac{5}{4\pi} e^{-\frac18 (17 y_1^2 + 22 y_1 y_2 + 13 y_2^2)}$$

Let $g(x) = x e^{-x^2}$.

$$\frac{d}{dx} g(x) = (1 - 2x) e^{-x^2}$$
$$g''(x) = (4x^2 - 2x - 2) e^{-x^2}$$
$$g''(x) = (4x^2 + 2x - 2) e^{-x^2}$$

$$\log 2 + \log 3 = \log 5$$
$$\log 2 + \log 3 \approx 1.609$$
$$\log 2 + \log 3 \approx 1.611$$
"""


def test_what_was_made_of_an_error_carries_it_in_whatever_form() -> None:
    r"""A wrong quadratic form inside a product, a wrong derivative differentiated again, a wrong value rounded.

    By hand: -1/2 1/4 = -1/8 and 1/(2 pi 2/5) = 5/(4 pi); ((1 - 2x) e^{-x^2})' = (-2 - 2x + 4x^2) e^{-x^2};
    log 5 = 1.6094.  The sign of 2x turned and 1.611 are errors of their own.
    """
    run = check_source(Source("blame.md", CARRIED), Options(figures=False))
    places = {step.id: n for n, step in enumerate(run.steps)}
    found = [(n, [places[i] for i in s.carried_from]) for n, s in enumerate(run.steps) if s.outcome == "refuted"]
    assert found == [(3, []), (5, [3]), (7, []), (8, [7]), (9, []), (10, []), (11, [10]), (12, [])]
