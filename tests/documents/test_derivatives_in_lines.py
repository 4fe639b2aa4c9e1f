r"""Derivatives written with a slash, `dx/du`, and compositions without brackets, `\log f`, in running text."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

HOLDS = ("proved", "enclosed", "supported")


def outcome(text: str) -> str:
    """How the last claim of a text came out."""
    run = check_source(Source("line.md", text), Options(seed=0, figures=False))
    return str([step for step in run.steps if step.outcome][-1].outcome)


def about(formula: str) -> str:
    return f"Let $y(x) = x^3 + 2$ and $f(x, z) = x^2 z$.\n\nWe have ${formula}$."


@pytest.mark.parametrize(
    "formula",
    [
        "dy/dx = 3x^2",
        "|dy/dx| = 3x^2",
        r"2\,dy/dx \cdot x = 6x^3",
        r"\partial f/\partial x = 2xz",
        "d^2y/dx^2 = 6x",
        "d(x^2)/dx = 2x",
        r"d\sin x/dx = \cos x",
        r"\frac{d}{dx}\exp y = 3x^2 e^{x^3 + 2}",
        r"\frac{d}{dx}\exp y' = 6x e^{3x^2}",
    ],
)
def test_a_slash_between_differentials_is_a_derivative(formula: str) -> None:
    assert outcome(about(formula)) in HOLDS


@pytest.mark.parametrize(
    "formula",
    ["dy/dx = 3.003x^2", r"\partial f/\partial x = 2.002xz", r"\frac{d}{dx}\exp y = 3.003x^2 e^{x^3 + 2}"],
)
def test_a_slip_of_a_thousandth_is_found(formula: str) -> None:
    assert outcome(about(formula)) == "refuted"


def test_the_derivative_along_an_unnamed_branch_is_not_guessed() -> None:
    text = r"There are two branches, $x=\pm\sqrt u$, both with $|dx/du|=\frac{1}{2\sqrt u}$ for $u > 0$."
    assert outcome(text) not in (*HOLDS, "refuted")


def test_a_number_of_which_only_the_domain_is_known_does_not_stand_still() -> None:
    assert outcome("Let $x > 0$ and $u > 0$.\n\nWe have $dx/du = 5 u$.") == "unread"


@pytest.mark.parametrize("formula", ["R(0) > 0", r"R(t) = \frac{e^{2t}}{1 + e^{2t}}", r"\int_0^t R(u)\,du = t"])
def test_a_defined_number_before_a_time_is_no_product(formula: str) -> None:
    """R(t) along a path of which nothing is said: neither R times t nor a value that is known."""
    assert outcome(f"Let $R = a^2 + b^2$.\n\nHence ${formula}$.") == "unread"


def test_a_declared_d_is_a_factor() -> None:
    assert outcome("Let $d = 2$ and $u > 0$ and $x > 0$.\n\nWe have $dx/(du) = x/u$.") in HOLDS
