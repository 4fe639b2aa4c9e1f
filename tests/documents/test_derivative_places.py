r"""Derivatives with their place behind them, and formulas of integrals about a function that nobody declares.

The right sides are worked out by hand; beside every true line stands a false one.
"""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

OPEN = "Let $f:\\mathbb{R}\\to\\mathbb{R}$.\n\n"
GIVEN = "Let $f(x) = x^3$ and $g(x, t) = x^2 t$.\n\n"
PASSES, FAILS = {"proved", "enclosed", "supported"}, {"refuted"}


def outcomes(before: str, *formulas: str) -> list[str]:
    """The outcome of every claim."""
    text = before + "".join(f"$${formula}$$\n\n" for formula in formulas)
    run = check_source(Source("note.md", text), Options(seed=0, figures=False))
    return [str(step.outcome) for step in run.steps if step.outcome is not None]


@pytest.mark.parametrize(
    ("before", "true", "false"),
    [
        (OPEN, r"\frac{df}{dx}(x) = f'(x)", r"\frac{df}{dx}(x) = x f'(x)"),
        (OPEN, r"\frac{df}{dx}(2) = f'(2)", r"\frac{df}{dx}(2) = 2 f'(2)"),
        (OPEN, r"\frac{\partial f}{\partial x}(u) = f'(u)", r"\frac{\partial f}{\partial x}(u) = 0"),
        (OPEN, r"\frac{\partial f}{\partial x} = f'", r"\frac{\partial f}{\partial x} = 2 f'"),
        (OPEN, r"\frac{d^2f}{dx^2}(u)^2 = f''(u) f''(u)", r"\frac{d^2f}{dx^2}(u)^2 = f''(u)"),
        (GIVEN, r"\frac{df}{dx}(2) = 12", r"\frac{df}{dx}(2) = 6"),
        (GIVEN, r"\frac{\partial g}{\partial x}(x, t) = 2xt", r"\frac{\partial g}{\partial x}(x, t) = x^2"),
        (GIVEN, r"\frac{\partial g}{\partial t}(3, 5) = 9", r"\frac{\partial g}{\partial t}(3, 5) = 30"),
        (GIVEN, r"\frac{\partial g}{\partial x}(t, x) = 2xt", r"\frac{\partial g}{\partial x}(t, x) = x^2"),
    ],
)
def test_what_stands_behind_a_derivative_is_its_place(before: str, true: str, false: str) -> None:
    """A list, a name or a number behind `df/dx` is no factor."""
    found = outcomes(before, true, false)
    assert found[0] in PASSES
    assert found[1] in FAILS


def test_a_bracket_that_may_be_a_factor_is_read_both_ways() -> None:
    """The product rule, and the derivative at 2x: each holds in one reading; a line false in both is refuted."""
    factor = r"\frac{d}{dx} (x+1) f(x) = \frac{df}{dx}(x+1) + f(x)"
    place = r"\frac{df}{dx}(2x) = 12x^2"
    assert outcomes(GIVEN, factor, place, r"\frac{df}{dx}(2x) = x^2")[:3] == ["proved", "proved", "refuted"]


LEIBNIZ = r"\frac{d}{d\theta}\int_0^{\theta} f(x,\theta)dx = \int_0^{\theta}\frac{\partial f}{\partial\theta}dx"


def test_integrals_of_any_function() -> None:
    """A moving limit needs its boundary term; `f(x, y)` elsewhere names the arguments."""
    found = outcomes("", LEIBNIZ + r" + f(\theta,\theta)", LEIBNIZ)
    assert found[0] in PASSES
    assert found[1] in FAILS


@pytest.mark.parametrize(
    "said",
    ["Since $f$ vanishes on the diagonal,", "Suppose the function is zero there.", r"Let $f(\theta,\theta) = 0$."],
)
def test_a_function_of_which_something_is_said_is_not_any_function(said: str) -> None:
    """With f = 0 on the diagonal the exchange is right: it must not be refuted."""
    assert "refuted" not in outcomes(f"{said}\n\n", LEIBNIZ)


def test_a_quantity_on_one_side_is_not_any_function() -> None:
    """A name on one side alone may be a quantity of the author's."""
    assert outcomes("", r"\int f(x, y)\,dx = 1") == ["unread"]
