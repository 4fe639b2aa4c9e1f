"""Proportionality: the quotient of the two sides is free of the variable, of the right variable."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source


def outcomes(text: str, name: str = "note.md") -> list[tuple[str, str]]:
    run = check_source(Source(name, text), Options(figures=False))
    return [(step.kind, str(step.outcome)) for step in run.steps]


@pytest.mark.parametrize(
    ("formula", "outcome"),
    [
        (r"e^{-\frac{1}{2}(x-m)^2} \propto e^{mx - \frac12 x^2}", "proved"),  # the quotient is e^(-m^2/2)
        (r"e^{-\frac{1}{2}(x-m)^2} \propto e^{1.001 mx - \frac12 x^2}", "refuted"),
        (r"e^{-\frac{1}{2}(x-m)^2} \propto e^{mx - x^2}", "refuted"),
        (r"x^2 \propto (1 + x)^2", "refuted"),
        (r"\exp(-(x-y)^2/2) \propto \exp(xy - x^2/2)", "undecided"),  # true in x, false in y: which is not said
        (r"\exp(-(x-y)^2/2) \propto \exp(2xy - x^2/2)", "refuted"),  # false in x, in y, and in both
        (r"x - x \propto x^2 - x^2", "undecided"),  # 0 is proportional to everything
    ],
)
def test_kernels(formula: str, outcome: str) -> None:
    assert outcomes(f"$${formula}$$\n") == [("claim", outcome)]


def test_a_density_that_is_declared_so_is_no_claim() -> None:
    """The first proportionality declares p; the others are judged by it."""
    text = "Let $p(x) \\propto e^{-x^4}$.\n\n$$p(x) \\propto 2e^{-x^4}$$\n\n$$p(x) \\propto e^{-1.001x^4}$$\n"
    assert outcomes(text) == [("definition", "None"), ("claim", "proved"), ("claim", "refuted")]


def test_the_variable_of_a_chain_is_that_of_the_density_it_begins_with() -> None:
    """e^(-(x-1)^2/4) / e^(-x^2/4 + x/2) is e^(-1/4), free of x; with x/3 for x/2 it is not."""
    text = "Let $X \\sim N(1, 2)$.\n\n$$p_X(x) \\propto e^{-(x-1)^2/4} \\propto e^{-x^2/4 + x/2}$$\n"
    assert [o for k, o in outcomes(text) if k == "claim"] == ["proved", "proved"]
    assert [o for k, o in outcomes(text.replace("x/2", "x/3")) if k == "claim"] == ["proved", "refuted"]


def test_in_a_problem_file() -> None:
    head = '[symbols]\nx = "real"\n\'\\mu\' = "real"\n[[claim]]\nid = "c"\n'
    assert outcomes(head + "tex = 'e^{-(x-\\mu)^2} \\propto e^{2\\mu x - x^2}'\n", "p.toml")[0][1] == "proved"
    assert outcomes(head + "tex = 'e^{-(x-\\mu)^2} \\propto e^{\\mu x - x^2}'\n", "p.toml")[0][1] == "refuted"
