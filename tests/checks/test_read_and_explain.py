"""`twofold read` prints what was understood and checks nothing; `twofold explain` shows a step in full."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from twofold.__main__ import main

DOCUMENT = r"""# Notes

Let $a$ be real and $M = \begin{pmatrix} 2 & 1 \\ 0 & 3 \end{pmatrix}$.

$$(a+1)^2 = a^2 + 2a + 1 = a^2 + 3a + 1$$

$$\det(M) = 6$$

$$\sqrt{4} = \frac{1}{2$$
"""
TABLE = "[symbols]\nx = 'positive'\n[[claim]]\nid = 'square'\nplain = '(x + 1)^2 = x^2 + 2*x + 1'\n"


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@cache
def twofold(*arguments: str | Path) -> Done:
    """The command line in this process, with what it writes."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = main([str(argument) for argument in arguments])
    return Done(code, out.getvalue(), errors.getvalue())


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("read") / "notes.md"
    path.write_text(DOCUMENT)
    return path


# -- read --------------------------------------------------------------------------------------------------------------
def test_every_relation_sign_has_a_line(document: Path) -> None:
    """`file:line:column: kind: understood`, the column that of the sign; a definition is printed back too."""
    found = twofold("read", document)
    assert found.returncode == 0 and found.stderr == ""
    lines = found.stdout.splitlines()
    assert f"{document}:3:24: definition: M = [[2, 1], [0, 3]]" in lines
    assert f"{document}:5:11: claim: (a + 1)^2 = a^2 + 2*a + 1" in lines
    assert f"{document}:5:26: claim: a^2 + 2*a + 1 = a^2 + 3*a + 1" in lines


def test_what_is_unread_says_why(document: Path) -> None:
    """A reason beside the place, never a guess."""
    unread = [line for line in twofold("read", document).stdout.splitlines() if ": unread: " in line]
    assert unread and all(line.split(": unread: ")[1] for line in unread)


def test_the_names_and_the_reading_rate_follow(document: Path) -> None:
    """Name, type, domain, and where it was declared; then the counts and the share that was understood."""
    text = twofold("read", document).stdout
    names, summary = text.split("\n\n")[1:]
    assert names.splitlines()[0].split() == ["name", "type", "domain", "declared"]
    row = next(line for line in names.splitlines() if line.startswith("M "))
    assert "matrix(2, 2)" in row and "line 3" in row
    statements = [line for line in text.split("\n\n")[0].splitlines() if ": warning: " not in line]
    unread = sum(": unread: " in line for line in statements)
    assert unread == 1
    rate = 100 * (len(statements) - unread) // len(statements)
    assert summary.strip().endswith(f"; 1 not understood (reading rate {rate} %).")


def test_a_problem_file_is_read_too(tmp_path: Path) -> None:
    """With the author's ids; and from standard input."""
    path = tmp_path / "p.toml"
    path.write_text(TABLE)
    assert "claim: square: (x + 1)^2 = x^2 + 2*x + 1" in twofold("read", path).stdout
    command = [sys.executable, "-m", "twofold", "read", "-"]
    done = subprocess.run(command, input=TABLE, capture_output=True, text=True, timeout=60, check=True)
    assert "<stdin>:5:" in done.stdout


def test_the_json_has_the_same_statements(document: Path) -> None:
    """`twofold.reading/1`, one line; counts agree with the steps, an unread step carries its reason."""
    found = json.loads(twofold("read", document, "--format", "json").stdout)
    assert found["schema"] == "twofold.reading/1"
    summary = found["summary"]
    assert summary["statements"] == len(found["steps"]) == sum(v for k, v in summary.items() if k != "statements")
    assert [bool(step["unread"]) for step in found["steps"]].count(True) == summary["unread"] == 1
    assert all("outcome" not in step for step in found["steps"])


@pytest.mark.parametrize(
    ("text", "code"), [("No mathematics here.\n", 5), ("$$\\frac{1}{2 = 3$$\n", 5), ("Let $x = 2$.\n", 0)]
)
def test_silence_does_not_look_like_success(tmp_path: Path, text: str, code: int) -> None:
    """5 when there is no statement, or none that can be read."""
    path = tmp_path / "d.md"
    path.write_text(text)
    assert twofold("read", path).returncode == code


def test_what_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    """A missing file, a binary file, a broken problem file: 2, a message, nothing on standard output."""
    (tmp_path / "b.md").write_bytes(b"\x00\x01")
    (tmp_path / "c.toml").write_text("[[claim]]\nplain = '2 +* = 3'\n")
    for name in ("none.md", "b.md", "c.toml"):
        found = twofold("read", tmp_path / name)
        assert (found.returncode, found.stdout) == (2, "") and name in found.stderr


def test_reading_loads_nothing_heavy(document: Path) -> None:
    """No SymPy, no numeric or plotting library, no template engine: what was understood costs no check."""
    script = (
        "import contextlib, io, json, sys; from twofold.__main__ import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n    code = main(['read', sys.argv[1]])\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(document)], capture_output=True, text=True, check=True)
    heavy = {"sympy", "scipy", "numpy", "matplotlib", "mpmath", "jinja2", "math_core"}
    assert not heavy & set(json.loads(done.stdout))


def test_a_document_cannot_forge_a_line(tmp_path: Path) -> None:
    """Control characters and line breaks of the source are shown as escapes."""
    path = tmp_path / "d.md"
    path.write_text("$x = \\text{\x1b[2J} 1$\n\n$\\blorp\u202e = 2$\n")
    text = twofold("read", path).stdout
    assert "\x1b" not in text and "\u202e" not in text


# -- explain -----------------------------------------------------------------------------------------------------------
def test_all_steps_of_a_line_are_explained(document: Path) -> None:
    """As written and as understood, rules, controls; the counterexample with its point and both sides."""
    found = twofold("explain", f"{document}:5")
    first, second = found.stdout.split("\n\n")
    assert found.returncode == 1
    assert first.startswith(f"{document}:5:11: proved (step 1 of 2 on this line)")
    assert "as written      (a+1)^2 = a^2 + 2a + 1" in first and "as understood   (a + 1)^2 = a^2 + 2*a + 1" in first
    assert "(proof)" in first and "1. " in first and "controls caught" in first
    assert second.startswith(f"{document}:5:26: refuted") and "(counterexample)" in second
    assert "at a = " in second and "left side" in second and "right side" in second


def test_a_line_inside_of_a_definition_is_explained(document: Path) -> None:
    """A definition is shown as it was understood, and is no failure."""
    found = twofold("explain", f"{document}:3")
    assert found.returncode == 0 and "M = [[2, 1], [0, 3]]" in found.stdout


def test_a_name_is_explained_with_its_declaration(document: Path) -> None:
    """The context that a step depends on."""
    step = next(b for b in twofold("explain", f"{document}:7").stdout.split("\n\n") if "det(M)" in b)
    assert "matrix(2, 2)" in step and "line 3" in step


def test_the_steps_as_json(document: Path) -> None:
    """The records of the run, for another program."""
    steps = json.loads(twofold("explain", f"{document}:5", "--format", "json").stdout)
    assert [step["outcome"] for step in steps] == ["proved", "refuted"]


@pytest.mark.parametrize("place", ["notes.md", "notes.md:", "notes.md:x", ":3"])
def test_a_place_has_a_document_and_a_line(place: str) -> None:
    """The message says what was expected, and quotes what was given."""
    found = twofold("explain", place)
    assert found.returncode == 2 and "expected DOC:LINE" in found.stderr and place in found.stderr


def test_a_line_without_a_step_names_the_nearest(document: Path) -> None:
    """The next thing to try."""
    found = twofold("explain", f"{document}:100")
    assert found.returncode == 2 and "no statement stands on line 100; the nearest stands on line 9" in found.stderr
