"""Where an answer stands: under whatever heading, in whatever letters; and which answers are one."""

from __future__ import annotations

import pytest
from by_hand import chain, differs, judged, key, part, run, step

from twofold.reports.grading.class_page import answers_of, clusters
from twofold.reports.grading.compare import Agreement, Found
from twofold.reports.grading.fingerprints import fingerprint
from twofold.reports.grading.grade import asking, marks_of
from twofold.reports.grading.key import Key, Target
from twofold.reports.grading.locate import locate
from twofold.reports.grading.marks import Cell
from twofold.reports.grading.quantities import Letters, renamed, renaming, written_in
from twofold.reports.grading.sections import headings_of, sections_of
from twofold.reports.grading.students import mark_student


# -- letters -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "wanted", "letters"),
    [
        ("g'(s)", "g'(x)", {"s": "x"}),
        ("d/ds (g(s))", "g'(x)", {"s": "x"}),
        ("d/ds (d/ds (g(s)))", "g''(x)", {"s": "x"}),
        ("p_Y(u, v)", "p_Y(y_1, y_2)", {"u": "y_1", "v": "y_2"}),
        ("p_Y(y_2, y_1)", "p_Y(y_1, y_2)", {"y_2": "y_1", "y_1": "y_2"}),
        ("log(p_W(v))", "log(p_W(w))", {"v": "w"}),
        ("d/dr (a(r)*b)", "grad(a(s)*b, s)", {"r": "s"}),
        ("det(Cov(Y))", "det(Cov(Y))", {}),
        ("det(Cov(X))", "det(Cov(Y))", None),
        ("R", "Q", None),
        ("g'(2)", "g'(x)", None),
        ("p(u, u)", "p(x, y)", None),
        ("h'(x)", "g'(x)", None),
        ("g''(x)", "g'(x)", None),
        ("log(s)", "log(x)", None),
        ("f(A)", "f(x)", None),
        ("f(t)", "f(x)", None),
    ],
)
def test_a_quantity_is_itself_in_other_letters(written: str, wanted: str, letters: dict[str, str] | None) -> None:
    """Arguments and variables of derivatives may have any letter; operands, values and what has a value may not."""
    assert renaming(written, wanted, Letters(fixed={"A", "Y"}, own={"t"})) == letters


def test_letters_are_exchanged_at_once() -> None:
    """s for x where x stands as well: they change places, so that none is caught."""
    assert renamed("s*x^2 + exp(s)", {"s": "x"}) == "x*s^2 + exp(x)"
    assert renamed("u*v", {"u": "v", "v": "u"}) == "v*u"


def test_functions_are_written_out() -> None:
    """h(x) (1 - h(x)) with h a function of the student's own, also inside of another one and under a derivative."""
    own = {"h": ("t", "1/(1 + e^(-t))"), "k": ("t", "h(t)^2")}
    assert written_in("h(x)", own) == "(1/(1 + e^(-(x))))"
    assert written_in("h'(x)", own) == "d/dx (1/(1 + e^(-x)))"
    assert "h(" not in written_in("k(h(x))", own)
    assert written_in("f(x) = f(x)", {"f": ("x", "f(x) + 1")}).count("f(") <= 2  # a function of itself ends


THE_KEY = key(
    part(target=Target(names=("g'(x)",), value="(1 - 2*x^2)*e^(-x^2)")), given='[symbols]\nx = "real"\nA = "= 3"\n'
)


def questions(*steps: object) -> list[str]:
    document = run(list(steps))  # type: ignore[arg-type]
    return [q.text for q in asking(document, THE_KEY, THE_KEY.given).questions()]


def test_the_value_is_asked_in_the_letters_of_the_key() -> None:
    """What the student calls s is x; a definition of another s elsewhere does not go with it."""
    other = step(1, "s", "x^2", None, kind="definition")
    asked = questions(other, step(3, "d/ds (g(s))", "e^(-s^2)"))
    # The definition stands outside of every section, as the part does: then s is that value, and no letter.
    assert 's = "= x^2"' in asked[0]
    (alone,) = questions(step(3, "d/ds (g(s))", "e^(-s^2)"))
    assert alone == '[[claim]]\nplain = "(e^(-x^2)) = ((1 - 2*x^2)*e^(-x^2))"\n'


def test_a_left_side_of_the_right_value_is_the_quantity() -> None:
    """No line names g'; the chain that begins with what equals the key is its answer, though it ends wrongly."""
    document = run(
        [*chain(1, "h(x)", "x"), *chain(2, "k(x)", "m(x)", "3*x", verdicts=(differs(),)), *chain(3, "e^2", "1")]
    )
    asked = asking(document, THE_KEY, THE_KEY.given)
    heads = asked.heads["1"]
    assert set(heads) == {0, 2}  # numbers alone are no quantity
    agree = heads[2]
    assert agree is not None
    every = {q.id: Found(agreement=Agreement.DIFFERS) for q in asked.questions()}
    every[agree.id] = Found(agreement=Agreement.AGREES)
    mark = marks_of(judged(), document, THE_KEY, every).parts[0]
    assert (mark.cell, mark.answer) == (Cell.WRONG, "3*x")


def test_a_students_own_name_is_written_out() -> None:
    """det(S) with S = Cov(Y) is det(Cov(Y))."""
    the_key = key(part(target=Target(names=("det(Cov(Y))",), value="4/25")))
    document = run([step(1, "S", "Cov(Y)", None, kind="definition"), step(2, "det(S)", "1/5")])
    assert locate(document, the_key)["1"].answer == 1


# -- headings ----------------------------------------------------------------------------------------------------------
HEADED = {
    "bold": "**Problem 1**\n\na\n\n**Problem 2**\n\nb\n",
    "bold at the beginning of a paragraph": "**Problem 1.** So a\n\nx\n\n**Problem 2:** Then b\n\ny\n",
    "underlined": "Problem 1\n---\n\na\n\nProblem 2\n---\n\nb\n",
    "TeX": "\\textbf{Problem 1}\n\na\n\n\\noindent\\textbf{Problem 2.} So\n\nb\n",
    "numbers": "**1.** So\n\na\n\n**2.** So\n\nb\n",
    "other words": "## Exercise 1\n\na\n\n## 2. Flows\n\nb\n",
}


@pytest.mark.parametrize("text", HEADED.values(), ids=list(HEADED))
def test_a_part_is_found_under_its_number(text: str) -> None:
    two = key(part("1", heading="Problem 1: Covariance"), part("2", heading="Problem 2"))
    second = next(n for n, line in enumerate(text.split("\n"), 1) if "2" in line)
    assert sections_of(run([], text), two.parts) == {"1": (1, second), "2": (second, 10**9)}


def test_a_letter_in_brackets_is_a_part_of_its_problem() -> None:
    """`(b)` of the second problem, not of the first; a letter in a sentence begins nothing."""
    text = "## Problem 1\n\n(a) x\n\n(b) y\n\n## Problem 2\n\n(a) x by (b)\n\n(b) y\n"
    two = key(part("1", heading="Problem 2 (b)"), part("2", heading="Problem 1 b"))
    assert sections_of(run([], text), two.parts) == {"1": (11, 10**9), "2": (5, 7)}
    assert [h.path for h in headings_of(run([], text))] == ["1", "1 a", "1 b", "2", "2 a", "2 b"]


# -- equal answers -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1/2*(1 - e^(-2))", "0.5 - exp(-2)/2"),
        ("[[13/25, 11/25], [11/25, 17/25]]", "1/25*[[13, 11], [11, 17]]"),
        ("[1, 2]^T*[[0, 1], [1, 0]]*[x, y]", "2*x + y"),
        ("integral(t*f(t), (t, 0, 1))", "integral(f(u)*u, (u, 0, 1))"),
        ("sech(x)^2", "1/cosh(x)^2"),
    ],
)
def test_equal_values_have_one_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x", "y"),
        ("-2^2", "4"),
        ("[1, 2]", "[2, 1]"),
        ("f(x)", "f(y)"),
        ("integral(x, (x, 0, 1))", "integral(x, (x, 0, 2))"),
    ],
)
def test_other_values_have_another(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_a_fingerprint_of_anything_is_made_at_once() -> None:
    """Towers, open brackets and long signs: bounded work, and the text where there is no value."""
    for text in (
        "9^" * 2000,
        "(" * 3000,
        "[" * 3000,
        "-" * 3900 + "1",
        "f(" * 900,
        "1/0",
        "log(-1)",
        "9^9^9^9",
        "x" * 5000,
    ):
        assert isinstance(fingerprint(text), str)


def test_one_wrong_answer_in_two_notations_is_one_cluster() -> None:
    the_key: Key = key(part(target=Target(names=("g'(x)",), value="1")), given='[symbols]\nx = "real"\n')
    marks = []
    for lhs, rhs in (("g'(x)", "1/2*(1 - e^(-x))"), ("g'(s)", "0.5*(1 - exp(-s))"), ("g'(x)", "x")):
        document = run([step(1, lhs, rhs, differs())])
        asked = asking(document, the_key, the_key.given)
        found = {q.id: Found(agreement=Agreement.DIFFERS) for q in asked.questions()}
        marks.append(
            mark_student(judged(), the_key, list(marks_of(judged(), document, the_key, found).parts), document)
        )
    (cluster,) = clusters(the_key, marks, answers_of)
    assert (cluster.what, len(cluster.students)) == ("1/2*(1 - e^(-x))", 2)
