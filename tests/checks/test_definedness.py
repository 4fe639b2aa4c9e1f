"""Where a side has no value: exceptions, refutations, and claims that hold nowhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest

from twofold.checks.budget import Budget
from twofold.checks.planner import Planner
from twofold.checks.points import EmptyDomain, Sampler
from twofold.checks.statements import links_of
from twofold.checks.verdict import Verdict
from twofold.checks.wording import verdict_sentence
from twofold.checks.worker import Limits, Worker
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

Judge = Callable[..., Verdict]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """`judge(claim, symbols, more declarations, seed=..)` -> verdict."""
    with Worker(limits=Limits(wall=10.0, cpu=10.0)) as worker:

        def verdict(claim: str, symbols: str = "", more: str = "", seed: int = 1) -> Verdict:
            text = f"[symbols]\n{symbols}\n{more}\n[[claim]]\nplain = '{claim}'\n"
            links, _ = links_of(read_problem(Source("defined.toml", text)))
            found = links[-1].claim
            assert found is not None
            return Planner(worker=worker, budget=Budget(samples=20_000), seed=seed).judge(found)

        yield verdict


X = 'x = "real"'


@pytest.mark.parametrize(
    ("claim", "symbols", "outcome", "said"),
    [
        ("log(x^2) = 2*log(x)", X, "refuted", "the right side has no value where the other has one"),
        ("log(x^2) = 2*log(x)", 'x = "positive"', "proved", ""),
        ("sqrt(x^2) = x", X, "refuted", "left side"),
        ("sqrt(-1 - x^2) = 5", X, "undecided", "no point was found at which both sides have a value"),
        ("sqrt(-1 - x^2) = sqrt(-2 - x^2)", X, "undecided", "neither side has a value"),
        ("x = x + 1", 'x = "real, x^2 < 0"', "undecided", "no point was found that satisfies"),
        ("1/0 = 5", "", "undecided", "division by zero"),
        ("1/0 = 1/0", "", "undecided", "division by zero"),
        ("2 + 2 = 4", "", "proved", ""),
        ("2 + 2 = 5", "", "refuted", "left side 4, right side 5"),
        ("sin(1)^2 + cos(1)^2 = 1", "", "proved", ""),
        ("exp(pi*sqrt(163)) = 262537412640768744", "", "refuted", "262537412640768743.99999999999925"),
        ("x = x + 1/10^100", X, "refuted", ""),
        ("exp(700) = exp(700) + 1/10^20", "", "refuted", ""),
        ("exp(700) = exp(350)^2", "", "proved", ""),
        ("1/(n - 1) = (n + 1)/(n^2 - 1)", 'n = "integer"', "proved", ""),
        ("log(n^2) = 2*log(n)", 'n = "integer"', "refuted", "the right side has no value"),
        ("1/(x - y) = (x + y)/(x^2 - y^2)", X + '\ny = "real"', "proved", ""),
        ("integral(exp(x^2), x) = 1", "", "refuted", "diverges"),
    ],
)
def test_definedness(judge: Judge, claim: str, symbols: str, outcome: str, said: str) -> None:
    """Each claim has the outcome of its domain, with the reason named."""
    found = judge(claim, symbols)
    assert found.outcome.value == outcome, verdict_sentence(found)
    assert said in verdict_sentence(found)


@pytest.mark.parametrize("seed", range(12))
def test_a_removable_pole_is_an_exception(judge: Judge, seed: int) -> None:
    """(x^2 - 1)/(x - 1) = x + 1 holds but at x = 1, which is named, whatever the seed."""
    found = judge("(x^2 - 1)/(x - 1) = x + 1", X, seed=seed)
    assert found.outcome.value == "proved"
    assert any("x = 1 " in condition for condition in found.conditions), found.conditions


@pytest.mark.parametrize("seed", range(4))
def test_poles_at_whole_numbers_are_exceptions(judge: Judge, seed: int) -> None:
    """In the whole numbers, too, two holes make no refutation."""
    found = judge("(n - 1)*(n - 2)/((n - 1)*(n - 2)) = 1", 'n = "integer"', seed=seed)
    assert found.outcome.passes


def test_a_slip_is_not_hidden_by_a_pole(judge: Judge) -> None:
    """A wrong claim with a pole is refuted by a point, not excused by the exception."""
    assert judge("(x^2 - 1)/(x - 1) = x + 2", X).outcome.value == "refuted"


def test_a_claim_for_one_size_only(judge: Judge) -> None:
    """det(2A) = 4 det A holds for n = 2 alone; with n free it is refuted, with n = 2 it passes."""
    assert judge("det(2*A) = 4*det(A)", 'A = "matrix(n,n)"').outcome.value == "refuted"
    assert judge("det(2*A) = 4*det(A)", 'A = "matrix(2,2)"').outcome.passes


def test_many_names_in_an_interval_are_no_empty_domain() -> None:
    """Twenty names in (0, 1): mined constants outside of the interval must not make it look empty."""
    names = [f"x{chr(97 + k)}" for k in range(20)]
    symbols = "\n".join(f'{n} = "(0, 1)"' for n in names)
    text = f"[symbols]\n{symbols}\n[[claim]]\nplain = '{' + '.join(names)} + 17 = 17 + {' + '.join(names)}'\n"
    links, context = links_of(read_problem(Source("many.toml", text)))
    claim = links[0].claim
    assert claim is not None
    for seed in range(20):
        points = list(Sampler(context, (claim.lhs, claim.rhs), seed).points(12))
        assert all(0 < v < 1 for p in points for v in p.values.values() if isinstance(v, Fraction))


@pytest.mark.parametrize(
    ("domain", "holds"),
    [
        ("real", lambda v: True),
        ("integer, > 3", lambda v: v.denominator == 1 and v > 3),
        ("[-1, 1]", lambda v: -1 <= v <= 1),
        ("(0, 1]", lambda v: 0 < v <= 1),
        ("nonzero", lambda v: v != 0),
        ("negative", lambda v: v < 0),
        ("> 2", lambda v: v > 2),
        ("real, |v| <= 1/2", lambda v: abs(v) <= Fraction(1, 2)),
        ("= 7/3", lambda v: v == Fraction(7, 3)),
    ],
)
def test_points_lie_in_their_domain(domain: str, holds: Callable[[Fraction], bool]) -> None:
    """Every point of 200, for every seed, satisfies what was declared."""
    text = f"[symbols]\nv = \"{domain}\"\n[[claim]]\nplain = 'v + 1 = 1 + v'\n"
    links, context = links_of(read_problem(Source("domain.toml", text)))
    claim = links[0].claim
    assert claim is not None
    for seed in range(10):
        sampler = Sampler(context, (claim.lhs, claim.rhs), seed)
        for point in sampler.points(20):
            value = point.values.get("v", Fraction(7, 3))
            assert isinstance(value, Fraction) and holds(value)
            assert sampler.admits(point.values)


def test_points_are_a_function_of_the_seed() -> None:
    """The same seed gives the same points, whatever else was drawn in between; another seed gives others."""
    text = "[symbols]\nx = 'real'\ny = 'positive'\n[[claim]]\nplain = 'x + y = y + x'\n"
    links, context = links_of(read_problem(Source("seed.toml", text)))
    claim = links[0].claim
    assert claim is not None
    trees = (claim.lhs, claim.rhs)
    first = list(Sampler(context, trees, 5).points(10))
    random.seed(99)
    assert list(Sampler(context, trees, 5).points(10)) == first
    assert list(Sampler(context, trees, 6).points(10)) != first


def test_an_empty_domain_is_told() -> None:
    """No number is below 0 and above 1."""
    text = "[symbols]\nx = 'real, x > 1, x < 0'\n[[claim]]\nplain = 'x = x'\n"
    links, context = links_of(read_problem(Source("empty.toml", text)))
    claim = links[0].claim
    assert claim is not None
    with pytest.raises(EmptyDomain):
        list(Sampler(context, (claim.lhs, claim.rhs), 1).points(1))


# -- laws that are degenerate, or none ---------------------------------------------------------------------------------
SINGULAR = '[laws]\nZ = "N(0, I_2)"\n[maps]\nY = { of = "Z", matrix = [["1", "2"], ["2", "4"]] }'


def test_a_degenerate_law_has_a_covariance(judge: Judge) -> None:
    """The covariance of a rank-deficient image is judged like any other."""
    assert judge("Cov(Y) = [[5, 10], [10, 20]]", more=SINGULAR).outcome.value == "proved"
    assert judge("Cov(Y) = [[5, 10], [10, 21]]", more=SINGULAR).outcome.value == "refuted"


def test_a_degenerate_law_has_no_density(judge: Judge) -> None:
    """A density claimed for it does not pass; the reason is named."""
    found = judge("p_Y(y1, y2) = 1/(2*pi)*exp(-y1^2/2 - y2^2/2)", more=SINGULAR)
    assert not found.outcome.passes and found.outcome.value != "fault"
    assert "degenerate" in verdict_sentence(found) or "singular" in verdict_sentence(found)


def test_a_degenerate_law_is_a_finding() -> None:
    """The finding says which law and why."""
    from twofold.checks.validate import validate

    findings = validate(read_problem(Source("d.toml", SINGULAR)).context)
    assert [(f["kind"], f["of"]) for f in findings] == [("degenerate", "Y")]


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ("N([0, 0], [[1, 2], [2, 1]])", "positive semidefinite"),
        ("N([0, 0], [[1, 2], [3, 9]])", "symmetric"),
        ("N(0, -1)", "positive semidefinite"),
        ("N([0, 0], [[1/0, 0], [0, 1]])", "finite"),
    ],
)
def test_no_such_law(law: str, message: str) -> None:
    """A covariance that is none is an error of the file with its place."""
    from twofold.checks.validate import validate
    from twofold.symbolic.source import ReadError

    with pytest.raises(ReadError, match=message) as raised:
        validate(read_problem(Source("law.toml", f'[laws]\nX = "{law}"\n')).context)
    assert raised.value.span.line == 2


@pytest.mark.parametrize(
    "law", ["N([0, 0], [[1, 2], [2, 4]])", "N([0, 0, 0], [[0, 0, 0], [0, 1, 0], [0, 0, 0]])", "N(1, 0)"]
)
def test_semidefinite_is_allowed(law: str) -> None:
    """A singular covariance is a law all the same."""
    from twofold.checks.validate import validate

    validate(read_problem(Source("law.toml", f'[laws]\nX = "{law}"\n')).context)
