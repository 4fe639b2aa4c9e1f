"""The command line as a user meets it: exit codes, streams, files, bad input, interruption."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TRUE = "[[claim]]\nid = 'sum'\nplain = '2 + 2 = 4'\n"
FALSE = "[[claim]]\nid = 'sum'\nplain = '2 + 2 = 5'\n"
OPEN = "[symbols]\nx = 'real'\n[[claim]]\nplain = 'sqrt(-1 - x^2) = 5'\n"
UNREAD = "[symbols]\nx = 'real'\n[[claim]]\nplain = 'x^2 ~~ x'\n"
# Longer than a second: each claim is an integral of its own.
SLOW = "[symbols]\na = 'positive'\n" + "".join(
    f"[[claim]]\nplain = 'integral(exp(-a*x^4 - {k}*x^2), x) = integral(exp(-a*y^4 - {k}*y^2), y)'\n"
    for k in range(1, 80)
)


def twofold(
    *arguments: str | Path, data: str | bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`python -m twofold ...` with its streams as text."""
    given = data.encode() if isinstance(data, str) else data
    found = subprocess.run(
        [sys.executable, "-m", "twofold", *map(str, arguments)],
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(found.args, found.returncode, found.stdout.decode(), found.stderr.decode())


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "true.toml"
    path.write_text(TRUE)
    return path


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# -- exit codes --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "flags", "code"),
    [
        pytest.param(TRUE, [], 0, id="nothing refuted"),
        pytest.param(FALSE, [], 1, id="refuted"),
        pytest.param(OPEN, [], 0, id="undecided"),
        pytest.param(OPEN, ["--strict"], 3, id="undecided under strict"),
        pytest.param(TRUE + UNREAD, ["--strict"], 3, id="unread under strict"),
        pytest.param(UNREAD, [], 5, id="no claim that could be read"),
        pytest.param("title = 'nothing'\n", [], 5, id="no claim"),
        pytest.param("[[claim]\n", [], 2, id="unreadable"),
    ],
)
def test_exit_code(tmp_path: Path, text: str, flags: list[str], code: int) -> None:
    """Each exit code of the contract that a document alone can cause."""
    found = twofold("check", write(tmp_path, "a.toml", text), *flags)
    assert found.returncode == code, found.stdout + found.stderr
    assert "Traceback" not in found.stderr


def test_a_fault_exits_with_4(document: Path, tmp_path: Path) -> None:
    """A crash of ours is code 4, never 1: here the numeric route is broken from outside."""
    script = (
        "import sys, twofold.checks.equality as equality\n"
        "def crash(*_): raise ZeroDivisionError('broken on purpose')\n"
        "equality.equality_evidence = crash\n"
        "from twofold.__main__ import main\n"
        f"sys.exit(main(['check', {str(document)!r}]))\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 4
    assert "fault: sum: ZeroDivisionError: broken on purpose" in found.stdout


def test_a_crash_outside_of_the_steps_exits_with_4(document: Path) -> None:
    """Where no step can carry the fault, one line on standard error does."""
    script = (
        "import sys, twofold.checks.command as command\n"
        "def crash(*_): raise RecursionError('broken on purpose')\n"
        "command.check_source = crash\n"
        "from twofold.__main__ import main\n"
        f"sys.exit(main(['check', {str(document)!r}]))\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 4
    assert found.stderr.count("\n") == 1
    assert "a fault of twofold itself: RecursionError" in found.stderr


def test_the_worst_document_decides(tmp_path: Path, document: Path) -> None:
    """One refuted document among good ones gives 1; all of them are printed."""
    wrong = write(tmp_path, "wrong.toml", FALSE)
    found = twofold("check", document, wrong)
    assert found.returncode == 1
    assert "true.toml:3:16: proved" in found.stdout
    assert "wrong.toml:3:16: refuted" in found.stdout


def test_an_unreadable_document_does_not_hide_the_others(tmp_path: Path, document: Path) -> None:
    """What can be judged is judged; the code is 2."""
    found = twofold("check", tmp_path / "missing.toml", document)
    assert found.returncode == 2
    assert "no such file" in found.stderr
    assert "proved" in found.stdout


def test_no_command_is_a_usage_error() -> None:
    """`twofold` alone prints its help and exits with 2."""
    found = twofold()
    assert found.returncode == 2
    assert "usage: twofold" in found.stdout


# -- bad input ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"\xff\xfe" + TRUE.encode("utf-16-le"), "expected UTF-8; got UTF-16", id="UTF-16"),
        pytest.param(b"\x7fELF\x00\x00\x01", "expected text; got a binary file", id="binary"),
        pytest.param(TRUE.encode() + b"# \xe9", "expected UTF-8; byte", id="Latin-1"),
        pytest.param(b"# " + b"x" * 3_000_000, "expected at most 2000000 bytes", id="3 MB"),
    ],
)
def test_unreadable_files(tmp_path: Path, data: bytes, message: str) -> None:
    """One clear line that names the file, code 2."""
    found = twofold("check", write(tmp_path, "bad.toml", data))
    assert found.returncode == 2
    assert message in found.stderr and "bad.toml" in found.stderr
    assert found.stderr.count("\n") == 1
    assert found.stdout == ""


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    """A folder is refused by name."""
    found = twofold("check", tmp_path)
    assert found.returncode == 2
    assert "expected a file; got a folder" in found.stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
def test_no_permission(document: Path) -> None:
    """A file that may not be read is refused with the reason of the system."""
    document.chmod(0)
    found = twofold("check", document)
    assert found.returncode == 2
    assert "Permission denied" in found.stderr


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["BOM", "CRLF"])
def test_marks_and_line_ends_do_not_matter(tmp_path: Path, change: object) -> None:
    """A byte order mark and Windows line ends change neither the verdict nor the place."""
    found = twofold("check", write(tmp_path, "a.toml", change(TRUE)))  # type: ignore[operator]
    assert found.returncode == 0, found.stderr
    assert "a.toml:3:16: proved: sum" in found.stdout


def test_standard_input() -> None:
    """`-` reads standard input."""
    found = twofold("check", "-", data=FALSE)
    assert found.returncode == 1
    assert found.stdout.startswith("<stdin>:3:16: refuted: sum: in exact arithmetic: left side 4, right side 5")


@pytest.mark.parametrize(
    "flags",
    [
        *(["--alpha", v] for v in ("0", "1", "-0.1", "nan", "inf", "small")),
        *(["--budget", v] for v in ("0", "-1", "nan", "inf", "long")),
        *(["--jobs", v] for v in ("0", "-2", "1.5")),
        *(["--seed", v] for v in ("1.5", "nan", "x")),
        ["--format", "pdf"],
    ],
    ids=" ".join,
)
def test_bad_values_of_flags(document: Path, flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A value that would make every check pass, or none, is a usage error."""
    from twofold.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main(["check", str(document), *flags])
    assert ended.value.code == 2
    assert flags[0] in capsys.readouterr().err


# -- output ------------------------------------------------------------------------------------------------------------
def test_every_format(document: Path) -> None:
    """Each format of standard output is what it says."""
    found = {form: twofold("check", document, "--format", form).stdout for form in ("json", "junit", "github")}
    assert json.loads(found["json"])["schema"] == "twofold.run/1"
    assert found["junit"].startswith("<?xml")
    assert "::" in found["github"]


def test_json_on_standard_output_is_alone(document: Path) -> None:
    """`--json -` prints one line of JSON and nothing else."""
    lines = twofold("check", document, "--json", "-").stdout.splitlines()
    assert [json.loads(line)["summary"]["claims"] for line in lines] == [1]


def test_files_are_written(document: Path, tmp_path: Path) -> None:
    """`--json`, `--report x.html` and `x.md` are written beside the plain result."""
    found = twofold("check", document, "--json", tmp_path / "r.json", "--report", tmp_path / "r.html")
    assert found.returncode == 0, found.stderr
    assert json.loads((tmp_path / "r.json").read_text())["summary"]["proved"] == 1
    assert "<html" in (tmp_path / "r.html").read_text()
    assert twofold("check", document, "--report", tmp_path / "r.md").returncode == 0
    assert (tmp_path / "r.md").read_text().startswith("#")
    assert not list(tmp_path.glob(".twofold-*"))


def test_a_folder_that_is_not_there_is_named(document: Path, tmp_path: Path) -> None:
    """A report that cannot be written is one line and code 2, with no traceback."""
    found = twofold("check", document, "--report", tmp_path / "no" / "r.html")
    assert found.returncode == 2
    assert "cannot be written" in found.stderr and "Traceback" not in found.stderr


def test_a_broken_pipe_is_silent(document: Path) -> None:
    """A reader that goes away causes no message; the verdict stays in the exit code."""
    wrong = document.with_name("wrong.toml")
    wrong.write_text(FALSE)
    process = subprocess.Popen(
        [sys.executable, "-m", "twofold", "check", str(wrong)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert errors == b""


def test_progress_and_colour_are_for_terminals(document: Path) -> None:
    """On a terminal the outcome word is coloured, unless NO_COLOR is set; elsewhere never."""

    def on_terminal(**environment: str) -> bytes:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "twofold", "check", str(document)]
        env = {k: v for k, v in {**os.environ, "TERM": "xterm"}.items() if k != "NO_COLOR"} | environment
        process = subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=env)
        os.close(theirs)
        process.wait(60)
        text = os.read(ours, 10_000)
        os.close(ours)
        return text

    assert b"\x1b[32mproved" in on_terminal()
    assert b"\x1b" not in on_terminal(NO_COLOR="1")
    assert "\x1b" not in twofold("check", document).stdout


def test_no_progress_into_a_file(tmp_path: Path) -> None:
    """Standard error stays empty where it is no terminal, however long a run takes."""
    found = twofold("check", write(tmp_path, "slow.toml", "[[claim]]".join(SLOW.split("[[claim]]")[:6])))
    assert found.stderr == ""
    assert found.returncode == 0


# -- several documents, interruption -----------------------------------------------------------------------------------
def without_timing(path: Path) -> list[str]:
    runs = [json.loads(line) for line in path.read_text().splitlines()]
    return [json.dumps({k: v for k, v in run.items() if k != "timing"}) for run in runs]


def test_jobs_change_nothing(tmp_path: Path, document: Path) -> None:
    """One process or two: the same bytes in the same order, timing apart."""
    names = [document, write(tmp_path, "wrong.toml", FALSE), write(tmp_path, "open.toml", OPEN)]
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    first = twofold("check", *names, "--jobs", "1", "--json", one, "--seed", "-3")
    second = twofold("check", *names, "--jobs", "2", "--json", two, "--seed", "-3")
    assert first.returncode == second.returncode == 1
    assert first.stdout == second.stdout
    assert without_timing(one) == without_timing(two)


def test_messages_of_parallel_documents_are_kept(tmp_path: Path, document: Path) -> None:
    """An unreadable document among several processes is named and gives 2."""
    found = twofold("check", write(tmp_path, "bad.toml", "[[claim]\n"), document, "--jobs", "2")
    assert found.returncode == 2
    assert "bad.toml:1" in found.stderr
    assert "proved" in found.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_keeps_what_was_judged(tmp_path: Path) -> None:
    """SIGINT to the whole group, as Ctrl-C sends it: partial results are written, code 130, no process is left."""
    slow, result = write(tmp_path, "slow.toml", SLOW), tmp_path / "r.json"
    command = [sys.executable, "-m", "twofold", "check", str(slow), "--json", str(result)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True
    )
    time.sleep(4)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    run = json.loads(result.read_text())
    assert run["findings"][0]["kind"] == "interrupted"
    assert run["summary"]["proved"] < 79
    assert run["summary"]["claims"] == 79
    assert run["summary"]["fault"] == 0
    assert "interrupted before this step was judged" in output
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_crash_of_the_figures_keeps_the_verdicts(tmp_path: Path) -> None:
    """What was judged is printed; the fault is told and gives 4."""
    path = write(tmp_path, "law.toml", "[laws]\nZ = 'N(0, 1)'\n" + TRUE)
    script = (
        "import sys, twofold.checks.check as check\n"
        "def crash(*_): raise ZeroDivisionError('broken on purpose')\n"
        "check.draw_all = crash\n"
        "from twofold.__main__ import main\n"
        f"sys.exit(main(['check', {str(path)!r}]))\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 4
    assert "proved: sum" in found.stdout
    assert "The figures failed (a fault of twofold): ZeroDivisionError: broken on purpose" in found.stdout


@pytest.mark.parametrize(
    "text", ['[[claim]]\nplain = "x\x1b]0;title\x07 = 1"\n', "\x1b[31m = [[\n", '[[claim]]\nplain = "x\u202e = 1"\n']
)
def test_messages_do_not_act_on_the_terminal(tmp_path: Path, text: str) -> None:
    """Control and bidi characters of a document, or of its name, reach standard error as escapes only."""
    found = twofold("check", write(tmp_path, "na\x1b[31mme\n.toml", text), tmp_path / "no\x1b[31mne\n.toml")
    assert found.returncode == 2
    assert not [c for c in found.stderr if c != "\n" and not c.isprintable()]
    assert found.stderr.splitlines()[-1].startswith("twofold: ")
    assert r"no\x1b[31mne\n.toml: no such file" in found.stderr
