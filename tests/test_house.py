"""What the README promises to type exists, and CI runs what the README says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VERBS = {"demo", "test", "check", "quality", "bench", "bench-quick", "bench-peers", "help"}


def verbs(makefile: str) -> set[str]:
    """The targets that ``make help`` lists."""
    return set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_the_makefile_has_its_verbs() -> None:
    """Eight verbs, each with its line of help, each phony."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert verbs(makefile) == VERBS
    assert phony is not None
    assert set(phony[1].split()) == VERBS


def test_the_readme_names_exactly_the_verbs() -> None:
    """Each verb is in the README, and the README tells to type no other."""
    named = set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)?)\b", code((ROOT / "README.md").read_text(encoding="utf-8"))))
    assert named == VERBS


def code(markdown: str) -> str:
    """What stands in fences and between backticks: "make sure" in a sentence is no command."""
    fences = re.findall(r"^```.*?^```", markdown, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`[^`\n]+`", markdown)
    return "\n".join(fences + spans)


def test_help_lists_every_verb() -> None:
    """``make help`` works before anything is installed."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make on this machine")
    done = subprocess.run(
        [make, "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert {line.split()[1] for line in done.stdout.splitlines()} == VERBS


def test_ci_runs_the_test_command_of_the_readme() -> None:
    """``.ci/run`` is executable, stops at a failure, and calls ``make test``."""
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert re.search(r"^set -e", text, re.MULTILINE)
    assert re.search(r"^(exec )?make test$", text, re.MULTILINE)


def test_every_dependency_has_a_tested_version() -> None:
    """``constraints.txt`` pins each direct dependency, one exact version each, and names no file or host."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split("\n")
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    names = {re.split(r"[<>=!~ ;\[]", requirement)[0].lower() for requirement in wanted}
    assert names - {line.partition("==")[0] for line in pins} == set()
