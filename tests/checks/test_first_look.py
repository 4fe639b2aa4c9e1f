"""Numbers alone: what is false is refuted at a point that can be re-checked, nothing is called proved, and what four
points could miss goes to the full look."""

from __future__ import annotations

from fractions import Fraction
from math import isclose
from pathlib import Path

import pytest
import sympy

import twofold
from twofold.__main__ import main
from twofold.checks.claim import Part
from twofold.checks.equal import context_of, readings
from twofold.checks.evidence import Counterexample, Enclosure, Evidence
from twofold.checks.first_look import first_look, seed_of

REAL = {"x": "real", "y": "real", "s": "positive"}


def look(lhs: str, rhs: str, where: dict[str, str] | None = None, seed: int = 1) -> list[Evidence] | None:
    left, right, context, _ = readings(lhs, rhs, context_of(where or REAL))[0][1]
    return first_look(Part(left, right, context), seed)


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (r"\operatorname{sech}^2x", r"1-\tanh^2x"),
        (r"\frac{1}{1+e^{-x}}", r"\frac{1+\tanh(x/2)}{2}"),
        (r"\log\left(\frac{e^{-x^2/(2s^2)}}{s\sqrt{2\pi}}\right)", r"-\frac{x^2}{2s^2}-\log s-\frac12\log(2\pi)"),
        (r"\frac{x^2-y^2}{x-y}", "x+y"),
        (r"(1+s^2)^{3/2}", r"(1+s^2)\sqrt{1+s^2}"),
    ],
)
def test_true_equalities_are_supported_with_their_wrong_variants_caught(lhs: str, rhs: str) -> None:
    """Support is no proof: the evidence says at how many points and which share of wrong variants they tell."""
    for seed in range(5):
        found = look(lhs, rhs, seed=seed)
        assert found is not None and isinstance(found[0], Enclosure)
        assert found[0].covers == "points" and found[0].caught == found[0].tried == 3


@pytest.mark.parametrize(
    ("lhs", "rhs", "left", "right"),
    [
        ("x^2 + y", "x^2 - y", lambda p: p["x"] ** 2 + p["y"], lambda p: p["x"] ** 2 - p["y"]),
        (r"\frac{1}{s}", "s", lambda p: 1 / p["s"], lambda p: p["s"]),
    ],
)
def test_a_refutation_shows_a_point_that_a_calculator_confirms(lhs: str, rhs: str, left, right) -> None:  # type: ignore[no-untyped-def]
    """The printed values are those of the sides at the printed point, to the digits printed."""
    found = look(lhs, rhs)
    assert found is not None and isinstance(found[0], Counterexample)
    point = {name: Fraction(value) for name, value in found[0].point.items()}
    for printed, value in ((found[0].lhs, left(point)), (found[0].rhs, right(point))):
        assert isclose(
            float(Fraction(printed) if "/" in printed else sympy.Rational(printed)), float(value), rel_tol=1e-9
        )


@pytest.mark.parametrize(
    ("lhs", "rhs", "where"),
    [
        (r"\sqrt{x^2}", "x", {"x": "real"}),  # a branch
        ("|x|", "x", {"x": "real"}),
        (r"\log(x^2)", r"2\log x", {"x": "nonzero"}),
        (r"\tanh x", "1", {"x": "> 100"}),  # flat far out
        (r"\sin x", r"\sin x + e^{-1000-x^2}", {"x": "real"}),  # below what the bits can see
        ("x + 10^{-40}", "x", {"x": "real"}),
        ("2^n", "n^2", {"n": "integer, > 3"}),  # whole numbers
        (r"\sqrt{2}+\sqrt{3}", r"\sqrt{5+2\sqrt{6}}", {}),  # a constant: one point is all of it
        ("z^2", r"z\bar z", {"z": "complex"}),
        ("x", "y", {"x": "real", "y": "> x"}),  # a bound that is a name
        (r"\int_0^x t\,dt", r"\frac{x^2}{2}", {"x": "real"}),
    ],
)
def test_what_few_points_could_miss_goes_to_the_full_look(lhs: str, rhs: str, where: dict[str, str]) -> None:
    """None, never support and never a refutation."""
    assert look(lhs, rhs, where) is None


def test_a_name_without_a_declared_domain_is_not_refuted_at_once() -> None:
    """log of such a product may hold where all is positive; the full look asks that first."""
    verdict = twofold.equal("x", "x^2/x + 1", prove=False)
    assert verdict.outcome == "refuted"
    left, right, context, _ = readings("x", "x+1", context_of({}))[0][1]
    assert first_look(Part(left, right, context), 1) is None


def test_the_points_depend_on_the_claim_and_the_seed_alone() -> None:
    """The same claim and seed give the same points, another claim others."""
    first, second = (readings(t, "x", context_of(REAL))[0][1] for t in ("x+y", "x-y"))
    assert seed_of(1, *first[:2]) == seed_of(1, *first[:2])
    assert len({seed_of(1, *first[:2]), seed_of(2, *first[:2]), seed_of(1, *second[:2])}) == 3


def test_without_proofs_nothing_is_proved_and_a_false_step_is_refuted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line and the library say the same; the exit code is that of a refutation."""
    text = (
        "Let $x > 0$.\n\n$$ (x+1)^2 = x^2 + 2x + 1 $$\n\n$$ \\log(x^2) = \\log x $$\n\n$$ \\frac{d}{dx} x^2 = 2x $$\n"
    )
    run = twofold.check(text, prove=False)
    assert [s.outcome.value for s in run.claims] == ["supported", "refuted", "supported"]
    (tmp_path / "a.md").write_text(text)
    assert main(["check", str(tmp_path / "a.md"), "--no-proofs"]) == 1
    assert "proved" not in capsys.readouterr().out.replace("0 proved", "")
