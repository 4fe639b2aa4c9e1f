"""The pages of a class and of a student: nothing acts in them, and nothing of a hidden part is in them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from by_hand import chain, differs, judged, key, marked, part, run, step
from parsed_page import Page

from twofold.checks.run import Run
from twofold.reports.grading.class_page import class_page, waiting
from twofold.reports.grading.feedback import feedback_page, for_student
from twofold.reports.grading.grade import marks_of
from twofold.reports.grading.key import Key, Target
from twofold.reports.grading.marks import Cell, Mistake, PartMark, StudentMarks

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title><iframe src=//evil.example>",
    "\x1b[2J\u202eabc",
    "{{ 7*7 }}",
    r"\href{javascript:alert(1)}{x}",
)
FORBIDDEN = {"script", "iframe", "img", "object", "embed", "form", "input", "base", "link", "svg", "style2"}


def quiet(markup: str) -> Page:
    """A page without anything that acts or loads."""
    page = Page(markup)
    assert not {tag for tag, _, _ in page.elements} & FORBIDDEN
    for tag, found, _ in page.elements:
        assert not [name for name in found if name.startswith("on")], (tag, found)
        target = found.get("href") or ""
        assert target.startswith(("#", "feedback/")) or tag != "a"
    assert "\x1b" not in markup
    assert "\u202e" not in markup
    assert page.unclosed == []
    identifiers = [found["id"] for _, found, _ in page.elements if found.get("id")]
    assert len(identifiers) == len(set(identifiers))
    return page


def hostile(text: str) -> StudentMarks:
    mistake = Mistake(step="s", line=3, kind=text, message=text, told=text)
    mark = PartMark(
        part="1",
        points=None,
        worth=Fraction(4),
        cell=Cell.LOOK,
        settled=False,
        said=(text,),
        review=(text,),
        mistakes=(mistake,),
        answer=text,
        line=3,
        why=text,
        comment=text,
    )
    return marked(text, mark, name=text, reasons=(text,), same_as=(text,), stray=(text,))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_acts_on_the_page_of_the_class(text: str) -> None:
    """Names, reasons, answers, kinds of mistakes, titles: all of them come from outside."""
    wrong = replace(hostile(text).parts[0], cell=Cell.WRONG, points=Fraction(0))
    several = [hostile(text), replace(hostile(text), parts=(wrong,)), replace(hostile(text), parts=(wrong,))]
    quiet(class_page(key(part(title=text), title=text), several, [text]))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_acts_on_the_page_of_a_student(text: str) -> None:
    """The document itself too."""
    document = run([step(3, text, text, differs("k", text, text))], f"# {text}\n\n$$ {text} = 1 $$\n", f"{text}.md")
    quiet(feedback_page(key(part(title=text), title=text), hostile(text), document, document.as_dict()))
    quiet(feedback_page(key(), hostile(text), None, {}))


def test_what_needs_a_person_comes_first() -> None:
    """Before the matrix, with a link to the page of the student."""
    waiting = replace(hostile("why"), student="zoe", slug="zoe", name="", stray=(), same_as=())
    page = class_page(key(), [marked("ada"), waiting], [])
    assert page.index("For a person") < page.index("Students and parts")
    assert 'href="feedback/zoe.html"' in page
    assert "1 needs a person" in Page(page).words()


def test_one_reason_of_several_students_stands_once_with_all_their_lines() -> None:
    """What settles most stands first, whatever the order of the class."""
    told = {"ada": "line 7: unread: no", "bob": "the answer is not found", "eve": "line 12: unread: no"}
    waits = [
        marked(name, replace(hostile(why).parts[0], review=(why,)), reasons=(), stray=(), same_as=(), name="")
        for name, why in told.items()
    ]
    groups = waiting(waits)
    assert [(g.reason, [(who, line) for who, _, line in g.students]) for g in groups] == [
        ("1: unread: no", [("ada", " line 7"), ("eve", " line 12")]),
        ("1: the answer is not found", [("bob", "")]),
    ]
    assert Page(class_page(key(), waits, [])).words().count("unread: no") == 1


def test_the_same_wrong_answer_is_one_cluster() -> None:
    """Two of three gave it; one alone is none."""
    other = replace(marked().parts[0], answer="7/9", mistakes=())
    three = [marked("ada"), marked("bob"), marked("eve", other)]
    words = Page(class_page(key(), three, [])).words()
    assert "The same wrong answer" in words
    assert "1/4" in words
    assert "7/9" not in words


def test_the_hardest_part_is_the_one_with_the_lowest_share() -> None:
    """Of the points that it is worth, over those who have some."""
    easy = PartMark(part="e", points=Fraction(1), worth=Fraction(1), cell=Cell.RIGHT)
    hard = PartMark(part="h", points=Fraction(3), worth=Fraction(10), cell=Cell.WRONG)
    two = key(part("e", title="easy", points=Fraction(1)), part("h", title="hard", points=Fraction(10)))
    words = " ".join(Page(class_page(two, [marked("ada", easy, hard)], [])).words().split())
    assert "hard hardest 30 %" in words
    assert "easy hardest" not in words


# -- hidden parts ------------------------------------------------------------------------------------------------------
TEXT = "# H\n\n## One\n\n$$Q = 1 = 2$$\n\n## Two\n\n$$R = 3 = 4$$\n"
SECRET = "The number 4 should be 31415."


def two_parts(hidden: bool, corrections: bool = False) -> tuple[Key, Run]:
    the_key = key(
        part("1", heading="One", target=Target(names=("Q",), value="2")),
        part("2", heading="Two", target=Target(names=("R",), value="31415"), hidden=hidden),
        show_corrections=corrections,
    )
    wrong = differs("number", SECRET, "31415")
    first = chain(5, "Q", "1", "2", verdicts=(differs("sign", "The sign is wrong."),))
    return the_key, run([*first, *chain(9, "R", "3", "4", verdicts=(wrong, wrong))], TEXT)


def page_for(hidden: bool, corrections: bool = False) -> str:
    from twofold.reports.grading.compare import Agreement, Found
    from twofold.reports.grading.grade import asking

    the_key, document = two_parts(hidden, corrections)
    wrong = Found(agreement=Agreement.DIFFERS, reason="differs from 31415")
    answers = {q.id: wrong for q in asking(document, the_key, "").questions()}
    marks = marks_of(judged(run_json=None), document, the_key, answers)
    return feedback_page(the_key, marks, document, document.as_dict())


def test_a_hidden_part_is_not_given_away() -> None:
    """Neither its value nor a verdict, a mistake or a row of the table; the open part beside it has all of them."""
    markup = page_for(hidden=True)
    page = quiet(markup)
    words = page.words()
    assert "31415" not in markup
    assert "Part 2" not in words
    assert "Part 1" in words
    assert "The sign is wrong." in words
    assert "3 of 4 points" in words  # the answer of the open part stands, one error; the total would tell of the other
    assert "refuted" not in words[words.index("R = 3") :]
    assert "refuted" in quiet(page_for(hidden=False)).words()[words.index("R = 3") :]


def test_a_value_of_the_key_is_on_no_page_but_where_corrections_are_shown() -> None:
    """Of an open part the verdict is there; what it should have been only if the key says so."""
    assert "31415" not in page_for(hidden=False)
    assert "31415" in page_for(hidden=False, corrections=True)


def test_a_counterexample_does_not_tell_the_quantity_that_is_asked_for() -> None:
    """Its left side would be the value of the key; a step between two lines of the student's own keeps its evidence."""
    the_key = key(part(target=Target(names=("Q",), value="2")))
    asked = run([step(1, "Q", "7", differs()), step(2, "h(x)", "k(x)", differs())])
    found = for_student(asked, asked.as_dict(), the_key, marked())["steps"]
    assert (found[0]["outcome"], found[0]["evidence"], found[0]["message"]) == ("refuted", [], "The two sides differ.")
    assert found[1]["evidence"] != []
    shown = for_student(asked, asked.as_dict(), key(*the_key.parts, show_corrections=True), marked())["steps"]
    assert shown[0]["evidence"] != []


def test_a_page_is_a_pure_function() -> None:
    assert page_for(hidden=False) == page_for(hidden=False)
