r"""A bracket behind the argument of a function that has no brackets of its own: `\sin x (1 + y)` has two readings."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.equal import equal
from twofold.checks.run import StepRecord
from twofold.checks.verdict import Outcome
from twofold.symbolic.source import Source

# Left side, right side under the reading "a factor", under the reading "the rest of the argument", and wrong in both.
CASES = (
    (r"\sin x\left(1+\cos x\right)", r"\sin x + \frac12\sin 2x", r"\sin(x + x\cos x)", r"\sin x + \frac13\sin 2x"),
    (r"\cos k(x - 1)", r"x\cos(k) - \cos(k)", r"\cos(kx - k)", r"\cos(kx + k)"),
    (r"\log 2(x^2+1)", r"x^2\log(2) + \log(2)", r"\log(2) + \log(x^2 + 1)", r"2\log(x^2+1)"),
)


@pytest.mark.parametrize(("lhs", "outside", "inside", "wrong"), CASES)
def test_both_readings_pass_with_a_warning_and_nothing_else_does(
    lhs: str, outside: str, inside: str, wrong: str
) -> None:
    """What holds under one natural reading is not refuted; what holds under none is, and so is a slip of 1e-3."""
    for right in (outside, inside):
        verdict = equal(lhs, right)
        assert verdict.outcome is Outcome.PROVED
        assert any("bracket" in warning for warning in verdict.warnings)
    for right in (wrong, rf"1.001\left({outside}\right)", rf"1.001\left({inside}\right)"):
        assert equal(lhs, right).outcome is Outcome.REFUTED


def test_brackets_of_the_function_itself_leave_no_doubt() -> None:
    r"""`\sin(x)(1 + y)` is a product, and `\log p(x)` applies p."""
    verdict = equal(r"\sin(x)(1+y)", r"\sin(x) + y\sin(x)")
    assert verdict.outcome is Outcome.PROVED
    assert not any("bracket" in warning for warning in verdict.warnings)
    assert equal(r"\sin(x)(1+y)", r"\sin(x+xy)").outcome is Outcome.REFUTED


def steps(formula: str) -> tuple[StepRecord, ...]:
    text = f"For real $x$ and $y$ we have\n\n$${formula}.$$\n"
    return check_source(Source("note.md", text), Options(figures=False)).steps


def test_in_a_document_both_readings_are_judged() -> None:
    """A step of a document tells that its verdict depends on the reading."""
    (true,) = steps(r"\cos x\left(1 + y\right) = \cos x + y\cos x")
    assert true.outcome is Outcome.PROVED
    assert true.verdict is not None
    assert "the verdict depends on the reading" in true.verdict.warnings
    (false,) = steps(r"\cos x\left(1 + y\right) = \cos x - y\cos x")
    assert false.outcome is Outcome.REFUTED
