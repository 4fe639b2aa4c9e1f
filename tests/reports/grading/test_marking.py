"""The marks follow the table of the module, row by row; only deterministic evidence takes any."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from by_hand import HOLDS, OPEN, by_chance, chain, differs, judged, key, part, run, step

from twofold.checks.batch import Status
from twofold.checks.run import Run
from twofold.checks.verdict import Verdict
from twofold.reports.grading.compare import Agreement, Found
from twofold.reports.grading.grade import asking, marks_of
from twofold.reports.grading.key import Form, Key, Milestone, Needs, Target, Unresolved
from twofold.reports.grading.locate import locate
from twofold.reports.grading.marking import mark_part
from twofold.reports.grading.marks import Cell, PartMark
from twofold.reports.grading.needs import size_of
from twofold.reports.grading.part_evidence import Evidence
from twofold.reports.grading.sections import territories
from twofold.reports.grading.students import mark_student, strays

RIGHT = "f(x)*[[1, 2], [3, 4]]"
WRONG = "f(x)*[[1, 2], [3, 5]]"


def mark(document: Run, agreement: Agreement, the_key: Key | None = None, **milestones: Agreement) -> PartMark:
    """The mark of the first part, all its values standing so to the key."""
    the_key = the_key or key()
    first = the_key.parts[0]
    located = locate(document, the_key)[first.id]
    every = range(len(document.steps))
    found = Found(agreement=agreement, reason="why")
    return mark_part(
        Evidence(
            run=document,
            part=first,
            key=the_key,
            located=located,
            answers=dict.fromkeys(every, found),
            milestones={
                m.id: dict.fromkeys(every, Found(agreement=milestones.get(m.id, Agreement.DIFFERS)))
                for m in first.milestones
            },
        )
    )


def test_a_right_answer_by_steps_that_hold_has_full_marks() -> None:
    found = mark(run(chain(1, "Q", "g(x)", RIGHT)), Agreement.AGREES)
    assert (found.points, found.cell, found.settled) == (4, Cell.RIGHT, True)


def test_a_right_answer_behind_a_wrong_step_keeps_its_points() -> None:
    """Two errors cancel: the answer stands, the wrong steps take one point each from the method."""
    found = mark(run(chain(1, "Q", "g(x)", RIGHT, verdicts=(differs(), differs()))), Agreement.AGREES)
    assert (found.points, found.cell) == (2, Cell.SLIP)


def test_the_first_error_is_the_one_that_counts() -> None:
    """A wrong answer after one wrong step: what follows it carries the error and costs nothing more."""
    steps = chain(1, "Q", "g(x)", WRONG, verdicts=(differs("sign", "The sign is wrong."),))
    found = mark(run(steps), Agreement.DIFFERS)
    assert (found.cell, len(found.mistakes)) == (Cell.WRONG, 1)
    assert found.points == 1  # of two for the method one is lost; one of two steps holds, which allows as much


def test_what_follows_from_an_earlier_error_is_credited() -> None:
    """Error carried forward: method and the share of the answer, and what it was judged with is kept."""
    document = run([*chain(1, "a(x)", "b(x)", "c(x)"), step(2, "Q", WRONG, differs(), carried_from=("earlier",))])
    found = mark(document, Agreement.DIFFERS)
    assert (found.points, found.cell) == (4, Cell.FOLLOWS)
    assert found.judged_with == ("earlier",)
    half = mark(document, Agreement.DIFFERS, key(part(follow_through=Fraction(1, 2))))
    assert half.points == 3


@pytest.mark.parametrize(
    ("value", "points", "told"),
    [
        ("3", Fraction(0), "constant"),  # a trivial wrong answer makes the rest easy: nothing for it
        ("f(x)*[1, 2]", Fraction(3), "2 by 1"),
        ("x", Fraction(3), "simpler"),
    ],
)
def test_follow_through_is_capped_by_what_the_key_needed(value: str, points: Fraction, told: str) -> None:
    """Another shape, or much less than the key asks, halves the answer; a constant for a function earns nothing."""
    document = run([*chain(1, "a(x)", "b(x)", "c(x)"), step(2, "Q", value, differs(), carried_from=("earlier",))])
    found = mark(document, Agreement.DIFFERS)
    assert found.points == points
    assert any(told in sentence for sentence in found.said)


def test_a_decimal_is_no_simpler_than_a_fraction() -> None:
    """0.1936 carried where the key has 4/25: what the answer is written in does not cap its credit."""
    fraction = key(part(target=Target(names=("Q",), value="4/25"), needs=Needs(steps=1, size=size_of("4/25"))))
    document = run([step(2, "Q", "0.1936", differs(), carried_from=("earlier",))])
    assert mark(document, Agreement.DIFFERS, fraction).points == 4


def test_lines_that_are_always_right_earn_nothing() -> None:
    """`1 = 1` and one step repeated are no method: a step counts once, and only where it uses a name or a line."""
    four = key(part(needs=Needs(steps=4, names=("x",), size=7)))
    idle = [*chain(1, "1", "1"), *chain(2, "2", "1 + 1"), *chain(3, "g(x)", "g(x)")]
    wrong = step(9, "Q", WRONG, differs(), carried_from=("earlier",))
    assert mark(run([*idle, wrong]), Agreement.DIFFERS, four).points == Fraction(5, 2)  # the last line is one of four
    repeated = [s for line in range(1, 9) for s in chain(line, "a(x)", "b(x)")]
    assert mark(run([*repeated, wrong]), Agreement.DIFFERS, four).points == 3  # two of four


def test_a_wrong_answer_from_other_premises_keeps_its_method_and_asks_for_a_look() -> None:
    found = mark(run(chain(1, "Q", "g(x)", WRONG)), Agreement.DIFFERS)
    assert (found.points, found.cell, found.settled) == (2, Cell.WRONG, False)


def test_a_number_rounded_too_coarsely_is_told_so() -> None:
    """0.75 is right to two places; the part asks for three: wrong, but no other premises and nothing for a person."""
    three = key(part(form=Form.DECIMAL, places=3))
    found = mark(run([step(1, "Q", "0.75")]), Agreement.DIFFERS, three)
    assert (found.cell, found.settled) == (Cell.WRONG, True)
    assert "3 places" in found.said[0]


@pytest.mark.parametrize("agreement", [Agreement.OPEN, Agreement.STATISTICAL])
@pytest.mark.parametrize(("rule", "points"), [(Unresolved.FULL, 4), (Unresolved.WAIT, None), (Unresolved.ZERO, 2)])
def test_an_answer_that_is_not_decided_goes_to_a_person(
    agreement: Agreement, rule: Unresolved, points: int | None
) -> None:
    """Never to zero by itself; the key can say otherwise."""
    found = mark(run(chain(1, "Q", "g(x)", RIGHT)), agreement, key(part(unresolved=rule)))
    assert (found.points, found.cell, found.settled) == (points, Cell.LOOK, False)
    assert found.review


def test_an_undecided_answer_alone_is_no_method_where_the_key_says_zero() -> None:
    """A line that only defines, `a = b`, with an answer that cannot be compared: nothing was done for the method."""
    told = mark(run([step(1, "Q", "b", None)]), Agreement.OPEN, key(part(unresolved=Unresolved.ZERO)))
    assert (told.points, told.cell, told.settled) == (0, Cell.LOOK, False)


@pytest.mark.parametrize(("verdict", "words"), [(differs(), False), (by_chance(), True)])
def test_a_wrong_step_outside_of_every_part_is_listed_as_what_it_is(verdict: Verdict, words: bool) -> None:
    """A counterexample is not called statistics."""
    lines = [*chain(1, "Q", RIGHT), step(5, "u", "v", verdict)]
    lost = PartMark(part="1", points=Fraction(4), worth=Fraction(4), cell=Cell.RIGHT, steps=(lines[0].id,))
    (found,) = strays(run(lines), (lost,))
    assert "line 5: refuted" in found
    assert ("statistics" in found) is words


@pytest.mark.parametrize("verdict", [OPEN, by_chance()])
def test_a_step_that_is_not_decided_costs_nothing_and_is_listed(verdict: Any) -> None:
    """Undecided, or refuted by statistics alone."""
    found = mark(run(chain(1, "Q", "g(x)", RIGHT, verdicts=(verdict,))), Agreement.AGREES)
    assert (found.points, found.cell, found.settled) == (4, Cell.RIGHT, False)
    assert any("line 1" in reason for reason in found.review)


def test_the_key_may_let_statistics_take_marks() -> None:
    document = run(chain(1, "Q", "g(x)", RIGHT, verdicts=(by_chance(),)))
    assert mark(document, Agreement.AGREES, key(statistical_refutes=True)).points == 3


def test_an_unread_step_costs_nothing_and_is_listed() -> None:
    steps = [*chain(1, "Q", "g(x)", RIGHT)]
    steps.insert(0, step(1, "?", "?", None, unread="not read: \\star", understood="", id="u", column=5))
    found = mark(run(steps), Agreement.AGREES)
    assert (found.points, found.settled) == (4, False)


def test_a_part_without_a_line_is_nothing_handed_in() -> None:
    found = mark(run([]), Agreement.AGREES)
    assert (found.points, found.cell, found.settled) == (0, Cell.ABSENT, True)


def test_lines_without_the_answer_wait_for_a_person() -> None:
    """It may stand there in a form that was not recognised: no number, and not zero."""
    found = mark(run(chain(1, "R", "g(x)", WRONG)), Agreement.DIFFERS)
    assert (found.points, found.cell, found.settled) == (None, Cell.LOOK, False)


def test_an_answer_is_found_by_its_value() -> None:
    """Where no line names the quantity, the end of a chain that equals it is the answer."""
    found = mark(run(chain(1, "R", "g(x)", RIGHT)), Agreement.AGREES)
    assert (found.points, found.cell, found.line) == (4, Cell.RIGHT, 1)


def test_a_rounded_answer_excuses_its_own_step_alone() -> None:
    """`integral = 0.747` is refuted as an equality; within the bound of the key that is no error, on the way it is."""
    tolerant = key(part(tolerance="1/2000"))
    rounded = run([*chain(1, "Q", "g(x)"), step(2, "Q", "0.747", differs())])
    assert mark(rounded, Agreement.AGREES, tolerant).cell is Cell.RIGHT
    assert mark(rounded, Agreement.AGREES).cell is Cell.SLIP
    earlier = run([step(1, "R", "0.7", differs()), step(2, "Q", "0.747", differs())])
    assert mark(earlier, Agreement.AGREES, tolerant).cell is Cell.SLIP


def test_the_form_costs_what_the_key_says_and_no_more() -> None:
    """Truth and form are two questions."""
    number = part(form=Form.DECIMAL, places=3, form_points=Fraction(1, 2))
    document = run([step(1, "Q", "3/4")])
    found = mark(document, Agreement.AGREES, key(number))
    assert (found.points, found.cell) == (Fraction(7, 2), Cell.RIGHT)
    assert "3 places" in found.said[0]
    assert mark(document, Agreement.AGREES).points == 4


# -- required steps ----------------------------------------------------------------------------------------------------
STONE = Milestone(id="m", title="the root", points=Fraction(1), target=Target(names=("M",), value="2"))
WITH_STEP = key(part(milestones=(STONE,)))


def test_a_required_step_has_points_of_its_own() -> None:
    """Reached by a step that holds: all of it; not there: nothing, and it is said."""
    document = run([step(1, "M", "2"), *chain(2, "Q", "g(x)", RIGHT)])
    reached = mark(document, Agreement.AGREES, WITH_STEP, m=Agreement.AGREES)
    assert (reached.points, reached.milestones) == (4, {"m": 1})
    missing = mark(run(chain(2, "Q", "g(x)", RIGHT)), Agreement.AGREES, WITH_STEP)
    assert missing.points == 3
    assert any("the root" in sentence for sentence in missing.said)


def test_a_required_step_reached_by_a_wrong_step_earns_nothing() -> None:
    document = run([step(1, "M", "2", differs()), *chain(2, "Q", "g(x)", RIGHT)])
    found = mark(document, Agreement.AGREES, WITH_STEP, m=Agreement.AGREES)
    assert found.milestones == {"m": 0}


def test_a_required_step_that_is_not_decided_is_not_lost() -> None:
    document = run([step(1, "M", "h(x)"), *chain(2, "Q", "g(x)", RIGHT)])
    found = mark(document, Agreement.AGREES, WITH_STEP, m=Agreement.OPEN)
    assert (found.points, found.settled) == (4, False)


# -- a student ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.GRADED, Status.PARTLY_READ)])
def test_no_status_is_zero_by_itself(status: Status) -> None:
    """Missing, empty, unreadable, crashed, ..: no number, a reason, a person."""
    found = mark_student(judged(status=status, reasons=("because",)), key(), None)
    assert found.points is None
    assert not found.settled
    assert "because" in found.review[0]
    zero = mark_student(judged(status=status), key(part(unresolved=Unresolved.ZERO)), None)
    assert zero.points == 0


def test_a_late_submission_keeps_what_the_key_says() -> None:
    document = run(chain(1, "Q", "g(x)", RIGHT))
    full = mark(document, Agreement.AGREES)
    late = mark_student(judged(late=True), key(late=Fraction(3, 4)), [full], document)
    assert late.points == 3
    assert mark_student(judged(), key(late=Fraction(3, 4)), [full], document).points == 4


def test_a_wrong_step_outside_of_every_part_is_listed() -> None:
    """It takes no marks: nobody knows for what."""
    document = run([*chain(1, "Q", "g(x)", RIGHT), step(5, "other", "thing", differs())])
    full = mark(document, Agreement.AGREES)
    found = mark_student(judged(), key(), [full], document)
    assert (found.points, found.settled) == (4, False)
    assert "line 5" in found.review[-1]


def test_a_hidden_part_says_nothing() -> None:
    found = mark(run(chain(1, "Q", WRONG, verdicts=(differs(),))), Agreement.DIFFERS, key(part(hidden=True)))
    assert found.said == ()


def test_a_correction_is_told_only_where_the_key_shows_it() -> None:
    """The sentence of the diagnosis may hold the right value; a hint of the key takes its place."""
    document = run([step(1, "Q", WRONG, differs("number", "The number 5 should be 4.", "4"))])
    assert "4" not in mark(document, Agreement.DIFFERS).mistakes[0].told
    assert "should be 4" in mark(document, Agreement.DIFFERS, key(show_corrections=True)).mistakes[0].told
    hinted = mark(document, Agreement.DIFFERS, key(part(hints={"number": "Add again."})))
    assert hinted.mistakes[0].told == "Add again."


# -- where answers are looked for --------------------------------------------------------------------------------------
TEXT = "# H\n\n## Problem 1\n\na\n\nb\n\n## Problem 2 (flows)\n\nc\n\nd\n"
TWO = key(part("1", heading="Problem 1"), part("2", heading="problem 2", target=Target(names=("R",), value="2")))


def test_a_part_owns_the_section_under_its_heading() -> None:
    """By words, whatever their case; the same quantity elsewhere is not its answer."""
    steps = [step(5, "Q", "1"), step(7, "a", "b"), step(11, "Q", "7"), step(13, "R", "2")]
    found = locate(run(steps, TEXT), TWO)
    assert (found["1"].steps, found["1"].answer) == ((0, 1), 0)
    assert (found["2"].steps, found["2"].answer) == ((2, 3), 3)


def test_parts_without_a_heading_own_what_leads_to_their_quantity() -> None:
    """In whatever order the student solves them; the last statement of a quantity is the answer."""
    free = key(part("1"), part("2", target=Target(names=("R",), value="2")))
    steps = [step(1, "a", "b"), step(2, "R", "2"), step(3, "c", "d"), step(4, "Q", "5"), step(5, "Q", "6")]
    found = locate(run(steps), free)
    assert (found["2"].steps, found["2"].answer) == ((0, 1), 1)
    assert (found["1"].steps, found["1"].answer) == ((2, 3, 4), 4)


def test_a_quantity_may_be_written_in_the_words_of_the_key() -> None:
    r"""`\Sigma_Y`, with or without spaces and braces."""
    named = key(part(target=Target(names=("Cov(Y)",), value="1", tex=(r"\Sigma_{Y}",))))
    document = run([step(1, r"\Sigma_Y", "3", understood="Sigma_Y = 3")])
    assert locate(document, named)["1"].answer == 0


def test_a_value_that_is_written_as_in_the_key_is_not_asked() -> None:
    """And one that is written otherwise is, under what the key gives."""
    the_key = key(given="[symbols]\n")
    same = asking(run([step(1, "Q", RIGHT)]), the_key, the_key.given)
    assert list(same.questions()) == []
    other = list(asking(run([step(1, "Q", WRONG)]), the_key, the_key.given).questions())
    assert [q.text for q in other] == [f'[[claim]]\nplain = "({WRONG}) = ({RIGHT})"\n']


def test_the_students_own_definitions_go_with_a_value() -> None:
    """`B = A A^T`, then `Q = B + 1`; a name that the key knows keeps its meaning."""
    steps = [step(1, "B", "A*2", None, kind="definition"), step(2, "x", "7", None, kind="definition")]
    asked = list(asking(run([*steps, step(3, "Q", "B + x")]), key(), "").questions())
    assert '[symbols]\nB = "= A*2"' in asked[0].text
    assert "x =" not in asked[0].text


def test_a_name_that_the_document_defines_itself_decides_nothing() -> None:
    """The key knows A; the student's A may be another: neither a difference nor an agreement counts, a person looks."""
    the_key = key(part(target=Target(names=("Q",), value="A*x")))
    own = step(1, "A", "x*x", None, kind="definition")
    for steps, cell in (([own], Cell.LOOK), ([], Cell.WRONG)):
        document = run([*steps, step(3, "Q", "A + x")])
        asked = asking(document, the_key, "")
        differ = {q.id: Found(agreement=Agreement.DIFFERS) for q in asked.questions()}
        assert marks_of(judged(), document, the_key, differ).parts[0].cell is cell
    same = run([own, step(3, "Q", "A*x")])
    assert marks_of(judged(), same, the_key, {}).parts[0].cell is Cell.LOOK
    assert marks_of(judged(), run([step(3, "Q", "A*x")]), the_key, {}).parts[0].cell is Cell.RIGHT


def test_a_deeper_heading_of_another_part_ends_a_section() -> None:
    """`## Problem 1` holds `### b`, which is the second part; any other heading below belongs to the first."""
    text = "## Problem 1\n\na\n\n### idea\n\nb\n\n### b) the flow\n\nc\n\n## more\n\nd\n"
    nested = key(part("1", heading="Problem 1"), part("2", heading="b", target=Target(names=("R",), value="2")))
    steps = [step(3, "Q", "1"), step(7, "a", "b"), step(11, "R", "2"), step(15, "R", "3")]
    found = locate(run(steps, text), nested)
    assert (found["1"].steps, found["2"].steps) == ((0, 1), (2,))


def test_what_is_read_off_a_value_takes_linear_time() -> None:
    """Long names, open brackets, blank lines: ten times the text takes about ten times as long, not a hundred."""
    import time

    from twofold.reports.escape import csv_cell
    from twofold.reports.grading.forms import has_form
    from twofold.reports.grading.needs import free_names, shape_of, size_of

    def seconds(n: int) -> float:
        start = time.process_time()
        for text in ("a" * n + "(", "[" * n, "[" + "[a], " * n, "(" * n + "x + 1" + ")" * n, "\n" * n, " + x" * n):
            for read in (free_names, shape_of, size_of, csv_cell):
                read(text)
            for form in Form:
                has_form(text, form, 2)
        return time.process_time() - start

    small = min(seconds(5_000) for _ in range(3))
    assert seconds(50_000) < 30 * small + 0.1  # 0.1 s: what a busy machine may add to either


def test_hand_made_runs_are_what_they_seem() -> None:
    """The tests above rest on these outcomes."""
    from twofold.checks.verdict import Outcome

    found = [v.outcome for v in (HOLDS, OPEN, differs(), by_chance())]
    assert found == [Outcome.ENCLOSED, Outcome.UNDECIDED, Outcome.REFUTED, Outcome.REFUTED]


def test_the_claims_of_a_problem_file_belong_to_the_part_that_their_names_begin_with() -> None:
    """`3.2` behind the answer of part 3 is no way to part 7; names without a part stay with those of nobody."""
    steps = [step(i, "a", "b", label=name) for i, name in enumerate(("3.1", "3.2 (2)", "7.1", "12.1", "free", "7"), 1)]
    parts = key(part("3"), part("7"), part("9")).parts
    assert territories(run(steps, "", "h.toml"), parts) == {"3": (0, 1), "7": (2,), "9": (3, 4, 5)}
    assert territories(run(steps, "text", "h.md"), parts) == dict.fromkeys(("3", "7", "9"), tuple(range(6)))
