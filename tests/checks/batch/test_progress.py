"""Progress: one plain line a document, a bar with the time left on a terminal, and no text that acts on it."""

from __future__ import annotations

import io

from twofold.checks.batch import Progress, Reporter, Status


def steps(*, known: int = 0) -> list[Progress]:
    """A batch of three documents, told step by step."""
    before = Progress(done=known, total=3, known=known, elapsed=0.0)
    after = [
        Progress(
            done=n, total=3, known=known, elapsed=10.0 * n, student=f"s{n}", status=Status.GRADED, detail="1 of 1 holds"
        )
        for n in range(known + 1, 4)
    ]
    return [before, *after]


def printed(reports: list[Progress], *, terminal: bool) -> str:
    stream = io.StringIO()
    reporter = Reporter(stream, terminal)
    for report in reports:
        reporter.report(report)
    reporter.close()
    return stream.getvalue()


def test_plain_lines_come_as_documents_are_finished() -> None:
    assert printed(steps(), terminal=False).splitlines() == [f"{n}/3 s{n}: graded, 1 of 1 holds" for n in (1, 2, 3)]


def test_what_was_known_is_said_once() -> None:
    assert printed(steps(known=2), terminal=False).splitlines() == [
        "2/3 known from before",
        "3/3 s3: graded, 1 of 1 holds",
    ]


def test_a_terminal_shows_a_bar_and_is_left_on_a_new_line() -> None:
    text = printed(steps(), terminal=True)
    assert "1/3 judged, 20 s left" in text and text.endswith("3/3 judged\n")
    assert text.count("\n") == 4  # three documents, and the end


def test_a_long_document_shows_that_it_goes_on() -> None:
    """Before the first document is finished, its claims are counted: the first line comes within seconds."""
    going = [Progress(done=0, total=2, known=0, elapsed=float(n), steps=n) for n in (0, 5, 21, 22, 45)]
    assert printed(going, terminal=False).splitlines() == [f"0/2 and {n} claims of those under way" for n in (21, 45)]
    assert "45 claims under way" in printed(going[-1:], terminal=True)


def test_a_name_cannot_act_on_the_terminal() -> None:
    evil = Progress(done=1, total=1, known=0, elapsed=1.0, student="a\x1b[2J\nada: graded", status=Status.CRASHED)
    assert printed([evil], terminal=False) == "1/1 a\\x1b[2J\\nada: graded: crashed\n"


def test_no_time_is_promised_before_anything_was_judged() -> None:
    assert Progress(done=2, total=3, known=2, elapsed=5.0).left is None
