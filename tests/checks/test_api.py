"""`twofold.check`: what a source is, what it raises, and what a notebook shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import twofold
from twofold.checks.api import source_of

TEXT = "[symbols]\nx = 'real'\n[[claim]]\nplain = 'x + x = 2*x'\n"


def test_text_with_a_newline_is_the_document() -> None:
    """A newline cannot be in the name of a file that anyone has."""
    assert source_of(TEXT).text == TEXT


def test_text_with_a_dollar_is_the_document() -> None:
    """One line of mathematics is a document."""
    assert source_of("$1 + 1 = 2$").text == "$1 + 1 = 2$"


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_is_read(tmp_path: Path, kind: Any) -> None:
    """A path and the text of a path are the same file."""
    file = tmp_path / "problem.toml"
    file.write_text(TEXT, encoding="utf-8")
    assert source_of(kind(file)).text == TEXT


def test_a_path_with_a_dollar_is_a_file(tmp_path: Path) -> None:
    """A Path is a file whatever is in its name."""
    file = tmp_path / "a$b.toml"
    file.write_text(TEXT, encoding="utf-8")
    assert source_of(file).text == TEXT


def test_a_missing_file_says_how_text_is_told_from_a_path() -> None:
    """The usual slip is a formula without a dollar sign."""
    with pytest.raises(FileNotFoundError, match=r"newline or a \$"):
        twofold.check("1 + 1 = 2")


@pytest.mark.parametrize("content", [b"\xff\xfe1\x00", b"a\x00b\n", b"\xc3\x28\n"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    """UTF-16, a binary file and broken UTF-8 are named."""
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"UTF|binary"):
        twofold.check(file)


@pytest.mark.parametrize("given", [None, 3, b"1 = 1\n", ["a"]])
def test_another_type_is_refused(given: Any) -> None:
    """A source is a path or a text."""
    with pytest.raises(TypeError, match=r"Expected a pathlib\.Path or a str"):
        twofold.check(given)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 2, float("nan")])
def test_a_false_alarm_rate_is_a_probability(alpha: float) -> None:
    """0 would pass everything, 1 would accuse everything."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        twofold.check(TEXT, alpha=alpha)


@pytest.mark.parametrize("budget", [0, -1, float("inf"), float("nan")])
def test_a_budget_is_a_positive_time(budget: float) -> None:
    """No time at all, or no end, is no budget."""
    with pytest.raises(ValueError, match="positive number of seconds"):
        twofold.check(TEXT, budget=budget)


def test_an_unreadable_document_raises_with_its_place() -> None:
    """The note of the error shows line, column and caret."""
    with pytest.raises(ValueError, match="expected") as caught:
        twofold.check("[[claim]]\nplain = '1 + = 2'\n")
    assert "<text>:2:14: " in caught.value.__notes__[0]


def test_a_run_shows_itself_in_a_notebook_and_is_json() -> None:
    """The verdict is in the fragment; the JSON is that of the command line."""
    run = twofold.check(TEXT, seed=3, figures=False)
    assert isinstance(run, twofold.Run)
    assert [step.outcome for step in run.claims] == [twofold.Outcome.PROVED]
    assert "proved" in run._repr_html_()
    assert run.to_json().startswith('{"schema": "twofold.run/1"')


def test_the_package_names_what_it_exports() -> None:
    """Every name of __all__ is there, an unknown one is an AttributeError."""
    assert all(getattr(twofold, name) is not None for name in twofold.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = twofold.no_such_name


def test_the_laws_load_no_check() -> None:
    """Using a law loads SymPy, and neither checks nor reports nor numpy."""
    heavy = {"numpy", "scipy", "twofold.checks"}
    program = f"import sys, twofold; twofold.Gaussian(0, 1); print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
