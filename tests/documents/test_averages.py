r"""Averages in angle brackets and expectations under a density that is given by a formula."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

HOLDS = ("proved", "enclosed", "supported")
MODEL = r"""Let $b$ and $h$ be real parameters and
$$E(x) = \frac{x^4}{4} - \frac{b x^2}{2} + h x, \qquad p(x) = \frac{e^{-E(x)}}{Z}, \qquad Z(b,h) = \int e^{-E(x)}\,dx.$$

"""
NORMAL = r"The data come from $q(x) = \frac{1}{\sqrt{2\pi}} e^{-x^2/2}$." + "\n\n"


def outcomes(text: str) -> list[str]:
    run = check_source(Source("average.md", text), Options(seed=0, figures=False))
    return [str(step.outcome) for step in run.steps if step.outcome]


@pytest.mark.parametrize(
    ("formula", "holds"),
    [
        (r"\frac{\partial}{\partial b}\log Z = \frac12\langle x^2\rangle", True),
        (r"\langle x^4\rangle - b\langle x^2\rangle + h\langle x\rangle = 1", True),
        (r"\left\langle x\,E'(x)\right\rangle_p = 1", True),
        (r"\langle x\,E'(x)\rangle = 1.001", False),
        (r"\frac{\partial}{\partial h}\log Z = -1.001\langle x\rangle", False),
    ],
)
def test_one_argument_between_angle_brackets_is_an_average(formula: str, holds: bool) -> None:
    found = outcomes(MODEL + f"We have ${formula}$.")[-1]
    assert found in HOLDS if holds else found == "refuted"


def test_two_arguments_stay_an_inner_product() -> None:
    text = "Let $u = (1, 2)^T$ and $v = (3, 4)^T$.\n\n" + r"We have $\langle u, v\rangle = 11$."
    assert outcomes(MODEL + text)[-1] in HOLDS
    assert outcomes(text)[-1] in HOLDS
    assert outcomes(text.replace("11", "12"))[-1] == "refuted"  # and no definition of the inner product


@pytest.mark.parametrize(
    "text",
    [
        r"We have $\langle x^2\rangle_{\text{data}} = 1$.",
        r"I write $\langle f\rangle$ for the average of $f$ over the data. We have $\langle x E'(x)\rangle = 2$.",
        r"We have $\langle y^2\rangle = 1$.",
        r"We have $\langle x | x \rangle = 1$.",
    ],
)
def test_an_average_under_an_unknown_law_is_not_read(text: str) -> None:
    assert outcomes(MODEL + text)[-1] == "unread"


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"\langle X \rangle = 1", HOLDS),
        (r"\left\langle X^2\right\rangle - \langle X\rangle^2 = 4", HOLDS),
        (r"\langle (X - 1)^2\rangle = 4.004", ("refuted",)),
    ],
)
def test_of_a_random_variable_it_is_the_mean(formula: str, found: tuple[str, ...]) -> None:
    """An average that stands before it, of what has no law, is unread and declares nothing."""
    text = r"The overlap is $\langle u \rangle = 1$. Let $X \sim N(1, 4)$." + "\n\n"
    results = outcomes(text + f"Then ${formula}$.")
    assert results[0] == "unread"
    assert results[-1] in found


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"\mathbb{E}_q[x^2 y^2] = s", HOLDS),
        (r"\langle x^4 \rangle_q = 3s^2", HOLDS),
        (r"\langle x^4 \rangle_q = 3.003s^2", ("refuted",)),
    ],
)
def test_a_density_of_two_variables_with_a_parameter(formula: str, found: tuple[str, ...]) -> None:
    text = r"Let $s > 0$ and $q(x, y) = \frac{1}{2\pi\sqrt{s}} e^{-x^2/(2s) - y^2/2}$." + "\n\n"
    assert outcomes(text + f"Then ${formula}$.")[-1] in found


def test_a_sentence_that_names_the_model_changes_nothing() -> None:
    text = r"I write $\langle f\rangle$ for the average of $f$ under the model. We have $\langle x E'(x)\rangle = 1$."
    assert outcomes(MODEL + text)[-1] in HOLDS


@pytest.mark.parametrize(
    ("formula", "holds"),
    [
        (r"\mathbb{E}_q[x^4] = 3", True),
        (r"\mathbb{E}_{x \sim q}[(x - c)^2] = 1 + c^2", True),
        (r"\mathbb{E}_{y \sim q}[y^2 + y] = 1", True),
        (r"E_q[x^2]^2 = 1", True),
        (r"\mathbb{E}_q[x^4] = 3.003", False),
    ],
)
def test_an_expectation_under_a_density_given_by_a_formula(formula: str, holds: bool) -> None:
    found = outcomes(NORMAL + f"We have ${formula}$.")[-1]
    assert found in HOLDS if holds else found == "refuted"


def test_an_expectation_defines_a_function() -> None:
    text = NORMAL + r"Let $L(b) = \mathbb{E}_q[(x^3 - b x)^2]$. Then $L(b) = 15 - 6b + b^2$ and $L'(b) = 2b - 6$."
    assert all(found in HOLDS for found in outcomes(text)[-2:])


@pytest.mark.parametrize("density", [r"e^{-x^2/2}", r"\frac{1.001}{\sqrt{2\pi}} e^{-x^2/2}", "e^{-x}"])
@pytest.mark.parametrize("value", ["1", "2"])
def test_what_is_no_density_gives_no_verdict(density: str, value: str) -> None:
    """Neither q with a wrong constant nor one whose support is not told judges a claim."""
    found = outcomes(rf"Let $q(x) = {density}$. We have $\mathbb{{E}}_q[x^2] = {value}$.")[-1]
    assert found == "undecided"


def test_the_domain_of_the_variable_is_that_of_the_density() -> None:
    text = r"For $x > 0$ let $q(x) = e^{-x}$." + "\n\n" + r"We have $\mathbb{E}_q[x^2] = 2$."
    assert outcomes(text)[-1] in HOLDS
