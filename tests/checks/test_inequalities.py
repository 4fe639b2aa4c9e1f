"""Inequalities as claims: true ones pass, false ones are refuted at a point, conditions stay conditions.

What is true and what is false here are theorems of any textbook; the slips of 1e-3 are worked out by hand beside them.
"""

from __future__ import annotations

from fractions import Fraction
from math import exp

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.evidence import Counterexample, Enclosure
from twofold.checks.run import Run, StepRecord
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")
NAMES = {"x": "real", "y": "real", "a": "positive", "b": "positive", "t": "nonnegative", "d": "(0,1)", "n": "> 1"}
SYMBOLS = "\n".join(f'{name} = "{domain}"' for name, domain in NAMES.items())


def run_of(text: str, name: str = "note.md") -> Run:
    return check_source(Source(name, text), Options(figures=False))


def plain(claim: str, more: str = "") -> StepRecord:
    """The first step of a problem file with one claim."""
    text = f"[symbols]\n{SYMBOLS}\n{more}\n[[claim]]\nid = 'c'\nplain = \"{claim}\"\n"
    return run_of(text, "p.toml").steps[0]


def display(formula: str, before: str = "") -> StepRecord:
    return run_of(f"{before}\n\n$${formula}$$\n").steps[-1]


TRUE = [
    "x^2 + y^2 >= 2*x*y",
    "(a + b)/2 >= sqrt(a*b)",
    "exp(x) >= 1 + x",
    "log(a) <= a - 1",
    "tanh(x)^2 < 1",
    "abs(x + y) <= abs(x) + abs(y)",
    "t >= sin(t)",
    "log((a + b)/2) >= log(a)/2 + log(b)/2",
    "d*(1 - d) <= 1/4",
    "0 < d*(1 - d)",
    "cosh(x) >= 1 + x^2/2",
    "x^4 + x + 1 > 0",
    "log(1 + exp(x)) > x",
    "1/(2*n) > 1/(2*n + 1)",
    "max(x, 0) >= x",
    "sqrt(1 + x^2) > abs(x)",
]


@pytest.mark.parametrize("claim", TRUE)
def test_a_theorem_passes(claim: str) -> None:
    assert str(plain(claim).outcome) == "proved"


FALSE = [
    ("exp(x) >= 1 + 1.001*x", 0.0, 0.002),  # the gap is about x^2/2 - x/1000: negative for 0 < x < 0.002
    ("log(a) <= a - 1.001", 0.95, 1.05),  # at a = 1 the sides are 0 and -0.001
    ("(a + b)/2 >= 1.001*sqrt(a*b)", None, None),
    ("d*(1 - d) <= 0.2499", 0.48, 0.52),  # (d - 1/2)^2 < 1e-4 is where it fails
    ("sin(x) <= 0.999", None, None),
    ("x^2 >= x", 0.0, 1.0),
    ("x^4 + x + 0.47 > 0", None, None),  # the least value of x^4 + x is -3/4^(4/3) = -0.4724
    ("abs(x) > 0", 0.0, 0.0),
    ("a + b <= sqrt(a*b)", None, None),
]


@pytest.mark.parametrize(("claim", "low", "high"), FALSE)
def test_a_slip_is_refuted_where_it_fails(claim: str, low: float | None, high: float | None) -> None:
    """Where the set of failures is an interval that is known by hand, the point lies in it."""
    step = plain(claim)
    assert str(step.outcome) == "refuted"
    assert step.verdict is not None
    (piece,) = [p for p in step.verdict.evidence if isinstance(p, Counterexample)]
    if low is not None and high is not None:
        (value,) = piece.point.values()
        assert low <= float(Fraction(value)) <= high


def test_the_opposite_relation_is_told() -> None:
    step = plain("exp(x) <= 1 + x")
    assert step.verdict is not None
    assert step.verdict.diagnosis is not None
    assert step.verdict.diagnosis.kind == "reversed"
    assert r"\ge" in step.verdict.diagnosis.correction
    other = plain("x^2 >= x")  # neither this nor its opposite holds
    assert other.verdict is not None
    assert other.verdict.diagnosis is None


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        ("22/7 > pi", "enclosed"),
        ("22/7 < pi", "refuted"),
        ("22/7 - pi < 0.0012645", "enclosed"),
        ("1 < 1", "refuted"),
        ("sqrt(2)*sqrt(2) <= 2", "proved"),
        ("sqrt(2)*sqrt(2) < 2", "refuted"),  # equal sides: told by the zero test, no ball can
        ("2*2 != 4", "refuted"),
        ("2*2 != 5", "enclosed"),
    ],
)
def test_numbers(claim: str, outcome: str) -> None:
    assert str(plain(claim).outcome) == outcome


def test_not_equal_is_about_the_two_expressions() -> None:
    """(a + b)^2 and a^2 + b^2 are not the same; x + y and y + x are."""
    assert str(plain("(a + b)^2 != a^2 + b^2").outcome) in PASSES
    assert str(plain("x + y != y + x").outcome) == "refuted"


def test_a_bounded_domain_is_covered_by_boxes() -> None:
    """exp(-d) > d^3/3 on (0, 1), with a gap of 1/e - 1/3 > 0.03 at the right end: no box need touch 0."""
    step = plain("exp(-d) > d^3/3 + sin(d)/100000")
    assert step.verdict is not None
    covers = {p.covers for p in step.verdict.evidence if isinstance(p, Enclosure)}
    assert str(step.outcome) in ("proved", "enclosed")
    assert "domain" in covers or str(step.outcome) == "proved"
    assert exp(-1) - 1 / 3 - 1e-5 > 0.03


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        ("log(x) <= x - 1", "refuted"),  # x is declared real: no logarithm for x < 0, as for an equality
        ("sqrt(t) <= t + 1", "proved"),
    ],
)
def test_definedness(claim: str, outcome: str) -> None:
    assert str(plain(claim).outcome) == outcome


@pytest.mark.parametrize(
    ("formula", "outcome"),
    [
        (r"\begin{pmatrix} 2 & 1 \\ 1 & 2 \end{pmatrix} \succeq 0", "enclosed"),
        (r"\begin{pmatrix} 1 & 2 \\ 2 & 1 \end{pmatrix} \succeq 0", "refuted"),  # eigenvalues 3 and -1
        (r"\begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix} \succeq 0", "enclosed"),  # eigenvalues 2 and 0
        (r"\begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix} \succ 0", "refuted"),
        (r"\begin{pmatrix} 1 & 1 \\ 1 & 0.999 \end{pmatrix} \succeq 0", "refuted"),  # determinant -0.001
        (r"\begin{pmatrix} 1 & 2 \\ 0 & 3 \end{pmatrix} \succeq 0", "undecided"),  # not symmetric
    ],
)
def test_positive_semidefinite(formula: str, outcome: str) -> None:
    assert str(display(formula).outcome) == outcome


# -- documents ---------------------------------------------------------------------------------------------------------
def kinds(text: str) -> list[tuple[str, str]]:
    return [(step.kind, str(step.outcome)) for step in run_of(text).steps]


@pytest.mark.parametrize(
    "text",
    [
        "Let $a > 0$ and $0 < t < 1$.",
        "For $|x| < 1$ the series converges.",
        "If $b^2 < 4ac$ there is no real root.",
        "Suppose that $x + y \\ge 3$.",
        "with $n \\ge 2$, $x \\ne 0$",
        "$$x > 0$$",
    ],
)
def test_conditions_are_no_claims(text: str) -> None:
    assert all(kind in ("notation", "definition") for kind, _ in kinds(text))


@pytest.mark.parametrize("word", ["Hence", "Therefore", "We have", "It follows that"])
def test_a_claim_in_a_sentence(word: str) -> None:
    assert kinds(f"{word} $x^2 + 1 > 2x - 0.001$.")[-1] == ("claim", "proved")
    assert kinds(f"{word} $x^2 + 1 > 2x + 0.001$.")[-1] == ("claim", "refuted")


def test_what_may_be_a_condition_is_not_refuted() -> None:
    """It fails for x = 0; nothing says that it is claimed."""
    assert kinds("Look at $x^2 + y > 1$ now.") == [("claim", "undecided")]


def test_a_chain_of_equalities_and_inequalities() -> None:
    text = "$$\\begin{aligned} (x+y)^2 &= x^2 + 2xy + y^2 \\\\ &\\le 2x^2 + 2y^2 \\\\ &= 2(x^2 + y^2) \\end{aligned}$$"
    assert kinds(text) == [("claim", "proved")] * 3
    wrong = kinds(text.replace("&\\le 2x^2", "&\\le 1.999x^2"))  # the gap at x = y = 1 is -0.001
    assert [outcome for _, outcome in wrong] == ["proved", "refuted", "refuted"]


def test_a_claim_stands_under_the_conditions_of_its_section() -> None:
    """e^x > e^y for x > y only; under another heading the condition is gone."""
    held = "Assume $x > y$. Then\n\n$$e^x > e^y$$\n"
    step = run_of(held).steps[-1]
    assert str(step.outcome) == "proved"
    assert step.verdict is not None
    assert any("x > y" in c for c in step.verdict.conditions)
    assert kinds(held + "\n# Next\n\n$$e^x > e^y$$\n")[-1] == ("claim", "refuted")
    assert kinds("If $x > y$, then $e^x > e^y$. Always\n\n$$e^x > e^y$$\n")[-1] == ("claim", "refuted")


def test_words_that_restrict_names_are_not_passed_over() -> None:
    """The set of which x is said to be a member is not read: no refutation rests on x outside of it."""
    assert kinds("Let $x$ be sufficiently large.\n\n$$x^2 > x$$\n")[-1] == ("claim", "undecided")


def test_an_error_that_is_carried_into_an_inequality() -> None:
    """The second link holds for what the first one wrongly wrote, so it is the first that is wrong."""
    run = run_of("$$(x-1)^2 = x^2 + 1$$\n\nHence\n\n$$(x-1)^2 \\ge 1$$\n")
    assert [str(s.outcome) for s in run.steps] == ["refuted", "refuted"]
    assert run.steps[1].carried_from == (run.steps[0].id,)


def test_membership() -> None:
    matrix = "Let $A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}$. Then\n\n"
    assert kinds(matrix + "$$A A^\\top \\in \\mathbb{R}^{2 \\times 2}$$")[-1] == ("claim", "proved")
    assert kinds(matrix + "$$A A^\\top \\in \\mathbb{R}^{3 \\times 3}$$")[-1] == ("claim", "refuted")
    assert kinds("$$\\frac{1}{1+e^{-x}} \\in (0, 1)$$")[-1] == ("claim", "proved")
    assert kinds("$$\\cos x \\in [-1, 0.999]$$")[-1] == ("claim", "refuted")
    assert kinds("For $x \\in (0, 1)$ and all $e^x \\in (1, 3)$.") == [("notation", "None")] * 2


def test_about_the_same_is_no_order() -> None:
    """`a \\lesssim b` says nothing that could be judged exactly."""
    assert kinds("$$2 \\lesssim 1$$") == [("claim", "undecided")]


def test_expectations_of_a_declared_law() -> None:
    """Gibbs and Jensen; the logarithm of a mean is the larger one."""
    law = '[energies]\np = { variables = ["x"], energy = "x^4 + x" }\n'
    head = "[symbols]\n" + law + "[[claim]]\nid='c'\n"
    good = run_of(head + 'plain = "E_p[x]^2 <= E_p[x^2]"\n', "p.toml").steps[0]
    bad = run_of(head + 'plain = "E_p[x]^2 >= E_p[x^2]"\n', "p.toml").steps[0]
    assert str(good.outcome) in PASSES
    assert str(bad.outcome) == "refuted"
