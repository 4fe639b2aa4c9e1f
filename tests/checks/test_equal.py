"""Equality of two expressions on a domain: readings, domains, definedness, complex numbers, huge numbers."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sympy

from twofold.checks.equal import assert_equal, equal
from twofold.checks.evidence import Counterexample, Disproof, Enclosure, Estimate, Obstacle, Proof
from twofold.checks.verdict import Outcome
from twofold.symbolic.source import ReadError

PROVED, REFUTED, UNDECIDED = Outcome.PROVED, Outcome.REFUTED, Outcome.UNDECIDED


def outcome(lhs: object, rhs: object, **where: str) -> Outcome:
    return equal(lhs, rhs, where=where).outcome


# -- domains -----------------------------------------------------------------------------------------------------------
def test_a_domain_decides_a_root() -> None:
    """sqrt(x^2) = x is proved for x > 0 and refuted for real x."""
    assert outcome("sqrt(x^2)", "x", x="positive") is PROVED
    assert outcome("sqrt(x^2)", "x", x="real") is REFUTED


def test_a_default_domain_alone_never_refutes() -> None:
    """log(x^2) = 2 log(x) without a domain is undecided, and the obstacle names x."""
    verdict = equal("log(x^2)", "2*log(x)")
    assert verdict.outcome is UNDECIDED
    assert any(isinstance(p, Obstacle) and "x" in p.reason for p in verdict.evidence)
    assert "x is not declared; taken as real" in verdict.warnings


def test_an_isolated_point_without_a_value_is_an_exception() -> None:
    """(x^2 - 1)/(x - 1) = x + 1 is proved with the exception x = 1 among its conditions."""
    verdict = equal(r"\frac{x^2-1}{x-1}", "x+1", where={"x": "real"})
    assert verdict.outcome is PROVED
    assert any("x" in condition and "1" in condition for condition in verdict.conditions)


def test_an_expression_defined_nowhere_is_equal_to_nothing() -> None:
    """sqrt(-1 - x^2) is not 5, and not itself either: there is no point at which it has a value."""
    assert outcome(r"\sqrt{-1-x^2}", "5", x="real") is UNDECIDED
    assert outcome(r"\sqrt{-1-x^2}", r"\sqrt{-1-x^2}", x="real") is UNDECIDED


def test_an_empty_domain_proves_nothing() -> None:
    """x = x + 1 and x = x where x^2 < 0 are both undecided."""
    assert outcome("x", "x+1", x="real, x^2<0") is UNDECIDED
    assert outcome("x", "x", x="real, x^2<0") is UNDECIDED


def test_one_side_without_a_value_on_an_open_set_refutes() -> None:
    """log(x^2) = 2 log(x) for real x is refuted: the right side has no value for x < 0."""
    verdict = equal(r"\ln(x^2)", r"2\ln x", where={"x": "real"})
    assert any(isinstance(p, Disproof | Counterexample) for p in verdict.evidence)
    assert verdict.outcome is REFUTED


# -- notation ----------------------------------------------------------------------------------------------------------
def test_letters_side_by_side_are_a_product_where_they_are_declared() -> None:
    """`xy` is x times y when x and y are declared, without any sign of TeX on either side."""
    assert outcome("(x+y)^2", "x^2+2xy+y^2", x="real", y="real") is PROVED


def test_a_declared_word_stays_one_name() -> None:
    """`rate` is one name when it is declared."""
    assert outcome("rate + rate", "2*rate", rate="real") is PROVED


def test_an_inverse_power_is_read_in_both_ways() -> None:
    """sin^-1(x) = 1/sin(x) holds as a reciprocal and fails as an inverse function: both are judged, with a warning."""
    verdict = equal(r"\sin^{-1}(x)", r"\frac{1}{\sin x}", where={"x": "real, 0<|x|<1"})
    assert {r.outcome for r in verdict.readings} == {PROVED, REFUTED}
    assert verdict.warnings


def test_what_holds_under_no_reading_is_refuted() -> None:
    """sin^-1(x) = cos(x) is refuted as inverse function and as reciprocal."""
    assert outcome(r"\sin^{-1}(x)", r"\cos x", x="(0,1)") is REFUTED


@pytest.mark.parametrize("right", ["x/2", r"\frac{1}{2x}"])
def test_a_slash_before_a_product_is_read_in_both_ways(right: str) -> None:
    """1/2x passes as (1/2) x and as 1/(2x), with a warning."""
    verdict = equal("1/2x", right, where={"x": "positive"})
    assert verdict.outcome is PROVED
    assert any("slash" in warning for warning in verdict.warnings)


def test_a_prime_is_a_derivative() -> None:
    """(f g)' = f' g + f g', and not f' g'."""
    where = {"x": "real", "f": "function(1)", "g": "function(1)"}
    assert equal(r"\frac{d}{dx}(f(x)g(x))", "f'(x)g(x)+f(x)g'(x)", where=where).outcome is PROVED
    assert equal(r"\frac{d}{dx}(f(x)g(x))", "f'(x)g'(x)", where=where).outcome is REFUTED


def test_a_logarithm_keeps_its_base() -> None:
    """log_2 8 = 3, and log_2 8 is not log 8."""
    assert outcome(r"\log_2 8", "3") is PROVED
    assert outcome(r"\log_2 8", r"\log 8") is REFUTED


def test_a_cross_product_is_no_inner_product() -> None:
    """e1 x e2 = e3, and e1 . e2 = 0."""
    e1, e2, e3 = (rf"\begin{{pmatrix}}{v}\end{{pmatrix}}" for v in (r"1\\0\\0", r"0\\1\\0", r"0\\0\\1"))
    assert outcome(rf"{e1}\times{e2}", e3) is PROVED
    assert outcome(rf"{e1}\cdot{e2}", "0") is PROVED


def test_what_is_not_read_is_an_error_with_its_place() -> None:
    """An unknown command is refused by name."""
    with pytest.raises(ReadError, match="not read"):
        equal(r"\foo x", "x")


# -- complex numbers ---------------------------------------------------------------------------------------------------
def test_the_imaginary_unit_is_understood_where_i_is_no_name() -> None:
    """e^{it} = cos t + i sin t; a sum over i stays a sum over i."""
    assert outcome(r"e^{it}", r"\cos t+i\sin t", t="real") is PROVED
    assert outcome(r"\sum_{i=1}^{3} i", "6") is PROVED


def test_a_complex_name_ranges_over_all_branches() -> None:
    """log(e^z) = z and sqrt(z^2) = z are refuted for complex z."""
    assert outcome(r"\ln(e^z)", "z", z="complex") is REFUTED
    assert outcome(r"\sqrt{z^2}", "z", z="complex") is REFUTED


def test_a_bar_is_a_conjugate() -> None:
    """z zbar = |z|^2, and |z|^2 is not z^2."""
    assert outcome(r"z\bar z", "|z|^2", z="complex") is PROVED
    assert outcome("|z|^2", "z^2", z="complex") is REFUTED


# -- adversarial -------------------------------------------------------------------------------------------------------
def test_a_term_of_1e_minus_300_is_seen() -> None:
    """cos x = cos x + exp(-x^2)/10^300 is refuted at a precision that the terms themselves ask for."""
    assert outcome(r"\cos x", r"\cos x+\frac{e^{-x^2}}{10^{300}}", x="real") is REFUTED


def test_a_tower_of_powers_is_never_built() -> None:
    """9^(9^9) mod 10 = 9, and 10^(10^10) differs from itself plus one by a remainder."""
    assert outcome(r"9^{9^{9}}\bmod 10", "9") is PROVED
    verdict = equal(r"10^{10^{10}}", r"10^{10^{10}}+1")
    assert any(isinstance(p, Disproof) and p.method == "remainders" for p in verdict.evidence)


def test_a_trapezoid_sum_is_not_its_integral() -> None:
    """sum exp(-n^2/10) over all n differs from sqrt(10 pi) by 1.5e-42, and is refuted."""
    assert outcome(r"\sum_{n=-\infty}^{\infty}e^{-n^2/10}", r"\sqrt{10\pi}") is REFUTED


def test_a_divergent_integral_equals_nothing() -> None:
    """int_{-1}^1 dx/x = 0 does not pass: the integral diverges."""
    assert not outcome(r"\int_{-1}^{1}\frac{dx}{x}", "0").passes


# -- limits and sums ---------------------------------------------------------------------------------------------------
def test_a_limit_is_proved_through_a_closed_form_that_numbers_confirm() -> None:
    """lim (1 - cos x)/x^2 = 1/2: a proof, and an estimate that approaches the limit."""
    verdict = equal(r"\lim_{x\to0}\frac{1-\cos x}{x^2}", r"\frac12")
    kinds = {type(p) for p in verdict.evidence}
    assert verdict.outcome is PROVED
    assert {Proof, Estimate} <= kinds
    assert not any(isinstance(p, Enclosure) and p.covers != "points" for p in verdict.evidence)


def test_a_wrong_limit_is_refuted() -> None:
    """lim (1 - cos x)/x^2 = 1 is refuted."""
    assert outcome(r"\lim_{x\to0}\frac{1-\cos x}{x^2}", "1") is REFUTED


def test_a_limit_that_does_not_exist_is_undecided() -> None:
    """lim |x|/x at 0 differs from side to side: neither 1 nor anything else."""
    assert outcome(r"\lim_{x\to0}\frac{|x|}{x}", "1") is UNDECIDED


def test_a_slow_sum_is_judged() -> None:
    """sum 1/k^2 = pi^2/6, and not pi^2/8."""
    assert outcome(r"\sum_{k=1}^\infty\frac1{k^2}", r"\frac{\pi^2}6") is PROVED
    assert outcome(r"\sum_{k=1}^\infty\frac1{k^2}", r"\frac{\pi^2}8") is REFUTED


# -- SymPy objects, assertions -----------------------------------------------------------------------------------------
def test_sympy_objects_are_sides() -> None:
    """SymPy expressions and matrices are compared as they are, and with text."""
    x = sympy.Symbol("x")
    assert equal(sympy.sin(2 * x), 2 * sympy.sin(x) * sympy.cos(x)).outcome is PROVED
    assert equal(sympy.Matrix([[1, x]]), "[[1, x]]").outcome is PROVED
    assert equal(sympy.sqrt(x**2), x, where={"x": "real"}).outcome is REFUTED


def test_assumptions_of_sympy_are_domains() -> None:
    """A positive symbol has a positive domain; an undefined function is a function."""
    p, r = sympy.Symbol("p", positive=True), sympy.Symbol("r", real=True)
    f = sympy.Function("f")
    assert equal(sympy.sqrt(r**2, evaluate=False), r).outcome is REFUTED
    assert equal(sympy.log(p**2, evaluate=False), 2 * sympy.log(p)).outcome is PROVED
    assert equal(f(r) + f(r), 2 * f(r)).outcome is PROVED


def test_assert_equal_says_where_the_sides_differ() -> None:
    """The message has the sentence and the counterexample."""
    with pytest.raises(AssertionError, match=r"Refuted.*At x = 1: 4 against 2"):
        assert_equal("(x+1)^2", "x^2+1", where={"x": "real"})


def test_assert_equal_passes_in_silence() -> None:
    """Equal sides raise nothing."""
    assert_equal("(x+1)^2", "x^2+2*x+1", where={"x": "real"})


def test_the_same_call_gives_the_same_verdict() -> None:
    """Points are seeded: two calls agree in every field."""
    first, second = (equal(r"\sin x", r"x-\frac{x^3}{6}", where={"x": "real"}) for _ in range(2))
    assert first == second


def test_a_refuted_pair_needs_no_symbolic_algebra() -> None:
    """A false pair is decided without SymPy in this process and without a worker."""
    code = (
        "import sys; from twofold.checks.equal import equal\n"
        "assert str(equal('x^2', 'x^3', where={'x': 'real'}).outcome) == 'refuted'\n"
        "assert 'sympy' not in sys.modules and 'scipy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_sum_whose_terms_do_not_die_out_has_no_value() -> None:
    """sum (-1)^n = 1/2 does not pass, although every extrapolation says 1/2."""
    assert not outcome(r"\sum_{n=0}^{\infty}(-1)^n", r"\frac12").passes


def test_a_rounded_value_is_not_the_sum() -> None:
    """sum 1/n^3 = 1.2020569 does not pass: an estimate as wide as the error supports nothing."""
    assert not outcome(r"\sum_{n=1}^{\infty}\frac{1}{n^3}", "1.2020569").passes


def test_a_case_distinction_reads_its_words() -> None:
    """`if` and `otherwise` are words and no names."""
    cases = r"\begin{cases}x&\text{if }x\ge0\\-x&\text{otherwise}\end{cases}"
    verdict = equal(cases, "|x|", where={"x": "real"})
    assert verdict.outcome.passes
    assert not verdict.warnings
