r"""Sums and products over finite sets, and modified Bessel functions, in documents."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

HOLDS = ("proved", "enclosed", "supported")


def outcome(text: str) -> str:
    run = check_source(Source("sums.md", text), Options(seed=0, figures=False))
    return str([step for step in run.steps if step.outcome][-1].outcome)


@pytest.mark.parametrize(
    "formula",
    [
        r"\sum_{s \in \{-1,1\}} e^{a s} = 2\cosh a",
        r"\sum_{s=\pm 1} e^{a s} = 2\cosh a",
        r"\sum_{s_1, s_2 \in \{-1, 1\}} e^{a s_1 s_2} = 4\cosh a",
        r"\sum_{s \in \{-1,1\}} \sum_{r \in \{-1,1\}} s r e^{a s r} = 4\sinh a",
        r"\prod_{k \in \{2,3,5\}} (a + k) = (a+2)(a+3)(a+5)",
        r"s + \sum_{s \in \{1, 2\}} s = s + 3",
        r"\frac{d}{da}\log \sum_{s \in \{-1,1\}} e^{a s} = \tanh a",
    ],
)
def test_a_sum_over_a_finite_set(formula: str) -> None:
    assert outcome(f"We have ${formula}$.") in HOLDS


@pytest.mark.parametrize(
    "formula",
    [r"\sum_{s \in \{-1,1\}} e^{a s} = 2.002\cosh a", r"\sum_{s_1, s_2 \in \{-1, 1\}} e^{a s_1 s_2} = 4\sinh a"],
)
def test_a_wrong_sum_is_refuted(formula: str) -> None:
    assert outcome(f"We have ${formula}$.") == "refuted"


@pytest.mark.parametrize(
    "below", [r"s \in S", r"s \in \{1, 2, \dots, n\}", r"s \in [0, 1]", r"s \in \{1, 1\}", r"s \in \{s, 1\}"]
)
def test_a_set_that_is_not_spelled_out_is_not_read(below: str) -> None:
    assert outcome(rf"We have $\sum_{{{below}}} s = 1$.") == "unread"


BESSEL = r"Here $I_\nu$ is a modified Bessel function." + "\n\n"


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"\int_{-\pi}^{\pi} e^{k\cos t}\,dt = 2\pi I_0(k)", HOLDS),
        (r"\frac{d}{dk}\log I_0(k) = \frac{I_1(k)}{I_0(k)}", HOLDS),
        (r"I_0(1) \approx 1.2661", HOLDS),
        (r"I_0(1) \approx 1.2671", ("refuted",)),
        (r"\frac{d}{dk} I_0(k) = 1.001 I_1(k)", ("refuted",)),
    ],
)
def test_bessel_functions_where_the_document_speaks_of_them(formula: str, found: tuple[str, ...]) -> None:
    assert outcome(BESSEL + f"We have ${formula}$.") in found


def test_an_identity_matrix_stays_one_beside_bessel_functions() -> None:
    assert outcome(BESSEL + r"We have $\det(2 I_2) = 4$.") in HOLDS


def test_without_the_word_no_bessel_function_is_guessed() -> None:
    assert outcome(r"We have $\frac{I_1(1)}{I_0(1)} \approx 0.4464$.") == "unread"
