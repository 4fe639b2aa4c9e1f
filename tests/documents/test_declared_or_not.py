"""What is not declared is not guessed: letters that may be functions, and blocks that cannot be read."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.run import Run
from twofold.symbolic.source import Source


def run_of(text: str) -> Run:
    return check_source(Source("note.md", text), Options(figures=False))


@pytest.mark.parametrize(
    "formula", ["f(x+y)=f(x)+f(y)", "f(x)f(x)=f(x)^2", r"\zeta(2)=\frac{\pi^2}{6}", "g(a+b)=ga+gb"]
)
def test_an_undeclared_letter_before_a_bracket_is_neither_product_nor_value(formula: str) -> None:
    """Read as a product the first would pass and the second be refuted; neither is known of a function."""
    (step,) = run_of(f"$${formula}$$\n").steps
    assert str(step.outcome) == "unread"
    assert "declared" in step.unread


@pytest.mark.parametrize(("side", "outcome"), [("4", "proved"), ("5", "refuted")])
def test_a_declared_letter_is_a_function(side: str, outcome: str) -> None:
    """h(x) = x^2 is declared, so h(2) = 4 is true and h(2) = 5 is not."""
    assert str(run_of(f"Let $h(x)=x^2$. Then\n\n$$h(2)={side}$$\n").steps[-1].outcome) == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("For matrices $$AB = BA$$\n", "undecided"),
        ("$$(AB)^\\top = A^\\top B^\\top$$\n", "undecided"),
        ("$$AB = BA$$\n", "proved"),
        ("For matrices $$ab = ba$$\n", "proved"),
    ],
)
def test_undeclared_capitals_are_no_numbers_where_matrices_are_meant(text: str, outcome: str) -> None:
    """Of numbers both equations hold, of matrices neither."""
    assert str(run_of(text).steps[-1].outcome) == outcome


def test_letters_that_are_no_functions_are_factors() -> None:
    """a(b + c) stays a product."""
    assert str(run_of("$$a(b+c)=ab+ac$$\n").steps[-1].outcome) == "proved"


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (".".join(["a"] * 20_000) + " = 1", "at most 16 parts"),
        ("a = " + "[" * 20_000 + "]" * 20_000, "moderate depth"),
        ("a = " + "9" * 6_000, "moderate size"),
        ("not toml", "expected TOML"),
    ],
    ids=["deep key", "deep list", "long number", "no TOML"],
)
def test_a_block_that_cannot_be_read_is_told_and_the_rest_is_judged(block: str, reason: str) -> None:
    """The finding names the line of the block and the reason; the formula below it is judged."""
    run = run_of(f"# T\n\n```twofold\n{block}\n```\n\n$$1+1=2$$\n")
    (finding,) = [f for f in run.findings if f["kind"] == "unread_block"]
    assert "line 3" in finding["title"]
    assert reason in finding["text"]
    assert str(run.steps[-1].outcome) == "proved"
