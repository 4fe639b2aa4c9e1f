"""Terminal, GitHub and JUnit: one line or case per claim, in a form that tools read, whatever the document holds."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

from twofold.reports.github import render_github
from twofold.reports.junit import render_junit
from twofold.reports.text import render_text

COMMAND = r"::(error|warning|notice) ((?:\w+=[^:,\r\n]*,?)+)::([^\r\n]*)"
OUTCOMES = ("proved", "enclosed", "supported", "refuted", "undecided", "unread", "fault")


def test_each_claim_is_one_greppable_line(run: dict) -> None:
    """`file:line:column: outcome: message`, in the order of the document, the headline last."""
    lines = render_text(run, "work/hw.md").splitlines()
    found = [re.fullmatch(r"work/hw\.md:(\d+):(\d+): (\w+): .+", line) for line in lines]
    claims = [(int(m[1]), int(m[2]), m[3]) for m in found if m and m[3] in OUTCOMES]
    expected = [(s["span"]["line"], s["span"]["column"], s["outcome"]) for s in run["steps"] if s["outcome"]]
    assert claims == expected
    assert lines[-1].startswith("twofold failed on 1 of 10 steps")


def test_warnings_and_findings_have_lines_of_their_own(run: dict) -> None:
    """What a reader should know is in the plain result too."""
    text = render_text(run, "hw.md")
    assert "hw.md:41:5: warning: The sign for a partial derivative" in text
    assert "hw.md: finding: The flow has no finite escape time: " in text


def test_colour_only_adds_codes(run: dict) -> None:
    """Without its colour codes the coloured text is the plain one, so no word depends on colour."""
    plain = render_text(run, "hw.md", color=False)
    assert re.sub(r"\x1b\[[0-9;]*m", "", render_text(run, "hw.md", color=True)) == plain
    assert "\x1b" not in plain


def test_hostile_text_forges_no_line(run: dict, hostile_run: dict) -> None:
    """As many lines as the harmless run, and no control character among them."""
    text = render_text(hostile_run)
    assert len(text.splitlines()) == len(render_text(run).splitlines())
    assert all(char == "\n" or char.isprintable() for char in text)


def commands(text: str) -> list[re.Match[str]]:
    found = [
        re.fullmatch(r"::(error|warning|notice) ((?:\w+=[^:,\r\n]*,?)+)::([^\r\n]*)", line)
        for line in text.splitlines()
    ]
    assert all(found), text
    return [match for match in found if match]


def test_github_annotates_what_needs_a_reader(run: dict) -> None:
    """Refuted and fault are errors, undecided and unread warnings, the rest silent."""
    found = [(m[1], re.search(r"(?:^|,)line=(\d+)", m[2])[1]) for m in commands(render_github(run)) if "line=" in m[2]]
    assert found == [
        ("error", "24"),
        ("error", "27"),
        ("warning", "41"),
        ("warning", "58"),
        ("warning", "63"),
        ("error", "70"),
    ]


def test_hostile_text_forges_no_command(run: dict, hostile_run: dict) -> None:
    """Every line is one of our commands, and there are as many as for the harmless run."""
    assert len(commands(render_github(hostile_run))) == len(commands(render_github(run)))


def test_junit_counts_each_claim_once(run: dict) -> None:
    """A failure per refuted step, an error per fault, skipped for what could not be decided; counts in the head."""
    suite = ET.fromstring(render_junit(run).encode())[0]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "10",
        "failures": "2",
        "errors": "1",
        "skipped": "2",
    }
    for element, number in (("testcase", 10), ("failure", 2), ("error", 1), ("skipped", 2)):
        assert len(suite.findall(f".//{element}")) == number
    assert suite.find(".//failure").get("message").startswith("homework.md:24:5: refuted: ")


def test_junit_holds_a_suite_per_document(run: dict, clean_run: dict) -> None:
    """Several documents go into one file."""
    assert len(ET.fromstring(render_junit(run, clean_run).encode()).findall("testsuite")) == 2


def test_hostile_text_adds_no_element(run: dict, hostile_run: dict) -> None:
    """The tree of elements is that of the harmless run."""
    assert [e.tag for e in ET.fromstring(render_junit(hostile_run).encode()).iter()] == [
        e.tag for e in ET.fromstring(render_junit(run).encode()).iter()
    ]


def test_the_plain_formats_import_nothing_heavy() -> None:
    """A light command must not pay for pages or figures."""
    code = (
        "import sys, twofold.reports.text, twofold.reports.github, twofold.reports.junit;"
        "print([m for m in ('matplotlib', 'jinja2', 'numpy', 'sympy', 'math_core') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
