"""What a document is given holds as if its author had written it, and the author's own declarations hold over it."""

from __future__ import annotations

import pytest

from twofold.checks.budget import Budget
from twofold.checks.check import Options, check_source
from twofold.checks.claim import Claim
from twofold.checks.course import Course, Find
from twofold.checks.run import Run
from twofold.checks.run_json import verdict_from, verdict_json
from twofold.checks.verdict import Verdict
from twofold.checks.worker import Cost, Limits, Reply
from twofold.symbolic.source import ReadError, Source

GIVEN = '[symbols]\nt = "positive"\n[laws]\nZ = "N(0, I_2)"\n[maps]\nY = { of = "Z", matrix = [[2, 1], [0, 1]] }\n'
NO_FIGURES = Options(figures=False)


def checked(text: str, given: str = "", name: str = "a.md") -> Run:
    return check_source(Source(name, text), Options(figures=False, given=given))


def outcomes(run: Run) -> list[str | None]:
    return [step.outcome.value if step.outcome else None for step in run.steps]


def test_a_domain_that_is_given_decides() -> None:
    assert outcomes(checked("$$\\sqrt{t^2} = t$$\n", GIVEN)) == ["proved"]
    assert outcomes(checked("$$\\sqrt{t^2} = t$$\n")) == ["undecided"]


def test_a_problem_file_uses_what_is_given() -> None:
    """Without it the name is not declared, and a problem file takes nothing as real by default."""
    text = '[[claim]]\nid = "a"\nplain = "sqrt(t^2) = t"\n'
    assert outcomes(checked(text, GIVEN, "a.toml")) == ["proved"]
    with pytest.raises(ReadError, match="expected a declared name; got 't'"):
        checked(text, "", "a.toml")


def test_a_law_that_is_given_is_what_claims_are_about() -> None:
    r"""Cov(Y) = A A^T of the matrix that was given: the right one passes, one that is off by a thousandth does not."""
    right = r"$$\operatorname{Cov}(Y) = \begin{pmatrix} 5 & 1 \\ 1 & 1 \end{pmatrix}$$"
    assert outcomes(checked(right, GIVEN)) == ["proved"]
    assert outcomes(checked(right.replace("5 &", "5.001 &"), GIVEN)) == ["refuted"]


def test_a_given_name_stands_at_no_place_of_the_document() -> None:
    (entry,) = [e for e in checked("$$t = t$$\n", GIVEN).context if e.name == "t"]
    assert (entry.rule, entry.declared_at) == ("given with the problem", "")


def test_a_problem_file_may_say_otherwise() -> None:
    text = '[symbols]\nt = "negative"\n[[claim]]\nid = "a"\nplain = "sqrt(t^2) = -t"\n'
    assert outcomes(checked(text, GIVEN, "a.toml")) == ["proved"]


def test_a_table_that_cannot_be_read_is_an_error_of_the_table() -> None:
    with pytest.raises(ReadError, match="expected a known key in the problem file; got 'symbolls'"):
        checked("$$1 = 1$$\n", "[symbolls]\n")


SOURCE = Source("a.md", "Let $x > 0$.\n\n$$\\sqrt{x^2} = x$$\n\n$$x + 1 = x$$\n")


def test_verdicts_told_and_taken_back_give_the_same_run() -> None:
    """A run that is accompanied from outside finds nothing that is known; a verdict survives its JSON."""
    told: dict[str, Verdict] = {}

    def tell(claim: Claim, budget: Budget, seed: int, find: Find) -> Verdict:
        return told.setdefault(claim.id, find())

    def take(claim: Claim, budget: Budget, seed: int, find: Find) -> Verdict:
        return verdict_from(verdict_json(told[claim.id]))

    first, second = (check_source(SOURCE, NO_FIGURES, course=Course(verdict=v)) for v in (tell, take))
    assert outcomes(first)[-2:] == ["proved", "refuted"]
    assert [step.to_json() for step in first.steps] == [step.to_json() for step in second.steps]


def test_a_prover_from_outside_is_the_one_that_is_asked() -> None:
    """Nothing is proved when the prover that is given knows nothing, and the balls still refute."""

    class Knows:
        used = 0.0

        def call(self, job: str, argument: object = None, *, limits: Limits | None = None) -> Reply:
            return Reply(status="limit", reason="none left", cost=Cost(wall=0.0, cpu=0.0))

    run = check_source(SOURCE, NO_FIGURES, course=Course(prover=Knows(), derivations=False))
    assert outcomes(run)[-1] == "refuted" and "proved" not in outcomes(run)
