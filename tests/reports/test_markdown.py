"""The Markdown report tells the whole story and shows no document text as markup."""

from __future__ import annotations

import re

from twofold.reports.markdown import render_markdown


def live(line: str) -> str:
    """What Markdown acts upon in a line: read from the left, without escaped marks and without code spans."""
    kept, place = "", 0
    while place < len(line):
        ticks = re.match(r"`+", line[place:])
        if line[place] == "\\" and re.match(r"[!-/:-@\[-`{-~]", line[place + 1 : place + 2]):
            place += 2
        elif ticks:
            closing = re.search(rf"(?<!`){ticks[0]}(?!`)", line[place + len(ticks[0]) :])
            place += len(ticks[0]) + (closing.end() if closing else 0)
        else:
            kept, place = kept + line[place], place + 1
    return kept


def outside_code(text: str) -> list[str]:
    """The live parts of the lines outside of fenced blocks."""
    lines, fence = [], ""
    for line in text.splitlines():
        mark = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line.strip() == "`" * max(len(fence), len(line.strip())) else fence
        elif mark:
            fence = mark[0]
        else:
            lines.append(live(line))
    assert fence == ""
    return lines


def test_the_table_has_a_row_per_claim(run: dict) -> None:
    """With the outcome, both marks and the sentence; refuted in bold."""
    rows = [line for line in render_markdown(run).splitlines() if line.startswith("| ")]
    claims = rows[2 : 2 + 10]
    assert [re.split(r"(?<!\\)\|", row)[2].strip().strip("*") for row in claims] == [
        step["outcome"] for step in run["steps"] if step["outcome"]
    ]
    assert "**refuted**" in claims[2]


def test_a_refuted_step_is_told_in_full(run: dict) -> None:
    """Point, both sides, the likely slip with its correction, and the formula as written."""
    text = render_markdown(run)
    for part in (
        r"At y1 = 1, y2 = \-1/2:",
        r"\[0.0155214 +/- 4.8e-8\]",
        "Likely slip: dividing by",
        r"`\frac{5}{4\pi}`",
        "```tex",
    ):
        assert part in text


def test_hostile_text_acts_nowhere(run: dict, hostile_run: dict) -> None:
    """Same headings, same tables, no HTML, no link, no image outside of code."""
    told, harmless = outside_code(render_markdown(hostile_run)), outside_code(render_markdown(run | {"figures": []}))
    for pattern in (r"#+ ", r"\|", r"- ", r"> ", r"\d+[.)] ", r"\s"):
        assert sum(bool(re.match(pattern, line)) for line in told) == sum(
            bool(re.match(pattern, line)) for line in harmless
        )
    for line in told:
        assert not re.search(r"<[a-zA-Z/!]|\]\(|!\[|https?:/|www\.", line), line
    assert all(char == "\n" or char.isprintable() for char in render_markdown(hostile_run))


def test_the_same_run_gives_the_same_text(run: dict) -> None:
    """Times are not part of it."""
    first = render_markdown(run)
    run["timing"] = {"wall": 1e9}
    assert render_markdown(run) == first
