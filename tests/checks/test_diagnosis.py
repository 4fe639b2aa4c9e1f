"""Diagnosis: every slip of the catalogue is named, true lines get none, and a correction is always correct."""

from __future__ import annotations

import random
import tomllib
from fractions import Fraction
from pathlib import Path

import mpmath
import pytest

from twofold.checks.claim import Claim
from twofold.checks.confusions import confusions
from twofold.checks.diagnosis import Found, diagnose, find
from twofold.checks.integrals import BallIntegrals
from twofold.checks.pointwise import Balls, table_for
from twofold.checks.slip_catalogue import FIRST, GENERIC, NUMERIC, TYPICAL
from twofold.checks.statements import links_of
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Apply, Name, Node, Number, fold

TABLE = tomllib.loads((Path(__file__).parent / "slips_of_students.toml").read_text(encoding="utf-8"))
SYMBOLS, LAWS, ENERGIES = (TABLE["declarations"][name] for name in ("symbols", "laws", "energies"))
FREE = 'z1 = "real"\nz2 = "real"\ny = "vector(2)"\n'
PLAIN = SYMBOLS + FREE
DECLARATIONS = {"symbols": PLAIN, "laws": SYMBOLS + LAWS, "energies": SYMBOLS + ENERGIES}


def cases() -> list[tuple[str, str, str]]:
    """(kind, declarations, wrong line)."""
    return [(k, d, line) for name, d in DECLARATIONS.items() for k, lines in TABLE[name].items() for line in lines]


def claim_of(declarations: str, line: str) -> Claim:
    text = f"{declarations}\n[[claim]]\nid = 'line'\nplain = '''{line}'''\n"
    claim = links_of(read_problem(Source("line.toml", text)))[0][0].claim
    assert claim is not None
    return claim


def balls_of(claim: Claim) -> Balls:
    part = claim.parts[0]
    return Balls(part.context, BallIntegrals(), table_for(part.unfolded, part.context))


def found_in(declarations: str, line: str, seed: int = 7) -> Found | None:
    claim = claim_of(declarations, line)
    return find(claim.parts[0], balls_of(claim), seed)


@pytest.mark.parametrize(("kind", "declarations", "line"), cases())
def test_each_slip_of_the_catalogue_is_named(kind: str, declarations: str, line: str) -> None:
    """A true line changed by a slip of the catalogue is diagnosed with that slip."""
    found = found_in(declarations, line)
    assert found is not None
    assert found.kind == kind, found.message


def test_the_table_covers_each_kind_three_times() -> None:
    """No kind of the table rests on fewer than three lines."""
    kinds = [kind for kind, _, _ in cases()]
    assert min(kinds.count(kind) for kind in kinds) >= 3


def test_every_sentence_of_the_catalogue_is_one_sentence() -> None:
    """Each slip tells one sentence, and its blanks fit what its undoing yields."""
    for slip in (*FIRST, *TYPICAL, *GENERIC, *NUMERIC):
        assert slip.sentence.endswith(".") and slip.sentence.count(". ") == 0
        assert slip.sentence[0].isupper() or slip.sentence.startswith("{0}")


TRUE_LINES = (
    (PLAIN, "(x + 1)^2 = x^2 + 2*x + 1"),
    (PLAIN, "diff(tanh(x^3), x) = 3*x^2*sech(x^3)^2"),
    (PLAIN, "inv(M) = 1/100*[[17, -11], [-11, 13]]"),
    (PLAIN, "45 - 9 = 36"),
    (PLAIN, "log(s*r) = log(s) + log(r)"),
    (SYMBOLS + LAWS, "Cov(Y) = 1/25*[[13, 11], [11, 17]]"),
    (SYMBOLS + LAWS, "H(Y) = log(2*pi*e) + log(2/5)"),
    (SYMBOLS + LAWS, "div(f, z) = 3*z1^2*sech(z1^3)^2 + 3*z2^2*sech(z2^3)^2"),
    (SYMBOLS + LAWS, "d/dt log(p(z(t), t)) = -trace(jacobian(f, z))"),
)


@pytest.mark.parametrize(("declarations", "line"), TRUE_LINES)
def test_a_true_line_gets_no_diagnosis(declarations: str, line: str) -> None:
    """What is true has no slip in it."""
    assert found_in(declarations, line) is None


# -- corrections -------------------------------------------------------------------------------------------------------
VALUES = {"x": mpmath.mpf(7) / 10, "u": -mpmath.mpf(4) / 3, "v": mpmath.mpf(9) / 5, "s": mpmath.mpf(5) / 7}


def value(node: Node) -> mpmath.mpf:
    """The value of a scalar tree by mpmath: an evaluator that shares nothing with the balls."""
    one = {"sin": mpmath.sin, "cos": mpmath.cos, "exp": mpmath.exp, "log": mpmath.log, "tanh": mpmath.tanh}
    one |= {"sqrt": mpmath.sqrt, "abs": abs, "neg": lambda a: -a, "cosh": mpmath.cosh, "sech": mpmath.sech}

    def combine(n: Node, parts: tuple[mpmath.mpf, ...]) -> mpmath.mpf:
        if isinstance(n, Number):
            return mpmath.mpf(n.value.numerator) / n.value.denominator
        if isinstance(n, Name):
            return {"pi": mpmath.pi, "e": mpmath.e, **VALUES}[n.name]
        assert isinstance(n, Apply)
        if n.op == "add":
            return mpmath.fsum(parts)
        if n.op == "mul":
            return mpmath.fprod(parts)
        if n.op == "div":
            return parts[0] / parts[1]
        if n.op == "pow":
            return parts[0] ** parts[1]
        return one[n.op](parts[0])

    result: mpmath.mpf = fold(node, combine)
    return result


def random_lines(count: int, seed: int) -> list[tuple[str, str]]:
    """Pairs of unlike random expressions: a product, and what no slip makes of it."""
    r = random.Random(seed)
    atoms = ["x", "u", "v", "s", "2", "3", "sin(x)", "exp(u)", "tanh(v)", "cos(u*v)", "log(s)", "x^2", "s^3", "sqrt(s)"]

    def expression() -> str:
        parts = [f"{r.choice(atoms)}*{r.choice(atoms)}" for _ in range(r.randint(2, 3))]
        return " + ".join(parts) + f" - {r.choice(atoms)}/{r.randint(2, 7)}"

    return [(expression(), expression()) for _ in range(count)]


@pytest.mark.parametrize("index", range(30))
def test_a_random_wrong_line_gets_no_false_correction(index: int) -> None:
    """30 lines outside the catalogue: no diagnosis, or a correction that equals the true side to 40 digits."""
    left, right = random_lines(30, seed=20)[index]
    claim = claim_of(PLAIN, f"{left} = {right}")
    found = find(claim.parts[0], balls_of(claim), seed=index)
    if found is None or found.tree is None:
        assert found is None
        return
    with mpmath.workdps(50):
        # Both are sums of a dozen terms below 1e3, evaluated to 50 digits: 40 digits are certain.
        assert abs(value(found.tree) - value(claim.lhs)) < mpmath.mpf(10) ** -40


HEADS = ("[", "det", "inv", "trace", "^T", "diff", "z1", "r", "c", "B", "sinh")
SCALAR_LINES = [(d, line) for _, d, line in cases() if d == PLAIN and not any(head in line for head in HEADS)]


@pytest.mark.parametrize(("declarations", "line"), SCALAR_LINES)
def test_a_correction_equals_the_true_side(declarations: str, line: str) -> None:
    """The corrected side of each scalar slip equals the true side by mpmath, to 40 digits."""
    claim = claim_of(declarations, line)
    found = find(claim.parts[0], balls_of(claim), seed=11)
    assert found is not None
    if found.tree is not None:
        with mpmath.workdps(50):
            assert abs(value(found.tree) - value(claim.lhs)) < mpmath.mpf(10) ** -40


def test_two_plain_numbers_are_arithmetic() -> None:
    """Numbers that some rule happens to join (9 = 3^2) are told as arithmetic, with the right value."""
    found = found_in(PLAIN, "4 + 5 = 3")
    assert found is not None
    assert found.kind == "arithmetic"
    assert found.tree == Number(Fraction(9))


def test_a_wrong_entry_is_named_by_its_place() -> None:
    """A single wrong entry of a matrix is told with its row and column."""
    found = found_in(SYMBOLS + LAWS, "Cov(Y) = 1/25*[[13, 11], [11, 18]]")
    assert found is not None
    assert found.message == "The arithmetic does not come out: entry (2, 2) should be 17."


def test_one_slip_in_every_term_is_told_once() -> None:
    """The same slip made in each term of a sum is one slip."""
    line = "div(f, z) = 3*z1^2*sech(z1^3) + 3*z2^2*sech(z2^3)"
    found = found_in(SYMBOLS + LAWS, line)
    assert found is not None
    assert found.kind == "power"
    assert "likewise" in found.message


def test_a_correction_is_tex() -> None:
    """The diagnosis carries the corrected right side as TeX."""
    claim = claim_of(PLAIN, "(x - 1)*(x + 1) = x^2 + 1")
    slip = diagnose(claim.parts[0], balls_of(claim), seed=1)
    assert slip is not None
    assert (slip.kind, slip.correction) == ("sign", "x^{2} - 1")


def test_a_diagnosis_is_the_same_on_every_run() -> None:
    """The same seed gives the same slip."""
    line = "diff(sin(3*x + 1), x) = cos(3*x + 1)"
    assert found_in(PLAIN, line) == found_in(PLAIN, line)


def test_a_confusion_is_never_the_thing_itself() -> None:
    """det for trace is no confusion of a matrix in which both are equal: the true side is not refuted there."""
    assert found_in(PLAIN, "trace([[2, 0], [0, 2]]) = det([[2, 0], [0, 2]])") is None
    wrong = [c.kind for c in confusions(Apply("trace", (Name("M"),)), claim_of(PLAIN, "x = u").context)]
    assert "det for trace" in wrong
