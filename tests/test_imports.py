"""Arrows point down: reports -> checks -> {symbolic, numeric}; and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BELOW = {
    "symbolic": {"symbolic"},
    "numeric": {"numeric"},
    "checks": {"checks", "symbolic", "numeric"},
    "reports": {"reports", "checks"},
}
FILES = [file.relative_to(ROOT) for room in BELOW for file in sorted((ROOT / room).rglob("*.py"))]
HEAVY = {"sympy", "scipy", "numpy", "flint", "matplotlib", "mpmath", "jinja2", "math_core"}
# The route of the written sides: SymPy must not be able to have a hand in it.
WITHOUT_SYMPY = ("symbolic.tree", "symbolic.source", "symbolic.syntax", "symbolic.plain", "symbolic.parser")


def imported(tree: ast.AST, file: Path) -> Iterator[tuple[str, bool]]:
    """Each imported module in full, with whether it was imported relatively; inside functions too."""
    package = ["twofold", *file.parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *([node.module] if node.module else [])]
            if module == ["twofold"] or not node.module:  # ``from .. import room``: the names are the modules
                yield from ((".".join([*module, alias.name]), bool(node.level)) for alias in node.names)
            else:
                yield ".".join(module), bool(node.level)


def offences(source: str, file: Path) -> list[str]:
    """What a file of a room imports although its room must not know it."""
    found = []
    room = file.parts[0]
    for module, relative in imported(ast.parse(source), file):
        parts = module.split(".")
        if parts[0] == "twofold":
            if not relative:
                found.append(f"{module}: absolute inside the package")
            elif parts[1:] and parts[1] not in BELOW[room]:
                found.append(f"{module}: {room} does not know it")
        elif parts[0] in BELOW:
            found.append(f"{module}: a second copy of the room")
        elif parts[0] == "sympy" and room == "numeric":
            found.append(f"{module}: numeric takes no expression")
    return found


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_imports_only_from_its_room_and_the_rooms_below(file: Path) -> None:
    """Relative imports inside the package, along the arrows; numeric never imports SymPy."""
    assert offences((ROOT / file).read_text(encoding="utf-8"), file) == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("symbolic", "from ..numeric import balls"),
        ("symbolic", "from ..numeric.balls import Ball"),
        ("symbolic", "from .. import checks"),
        ("symbolic", "def late():\n    from ..checks.worker import Worker"),
        ("numeric", "from ..symbolic.tree import Node"),
        ("numeric", "import sympy"),
        ("numeric", "def late():\n    from sympy.core import Symbol"),
        ("checks", "from ..reports import html"),
        ("checks", "from twofold.checks import worker"),
        ("reports", "from ..symbolic import tree"),
        ("reports", "import twofold.checks.run"),
        ("numeric", "import numeric.balls"),
    ],
)
def test_an_arrow_that_points_up_is_seen(room: str, line: str) -> None:
    """The test above can fail: each forbidden form of import is found."""
    assert len(offences(line, Path(room) / "module.py")) == 1


@pytest.mark.parametrize(
    "line", ["from .worker import Worker", "from ..numeric import balls", "import sympy", "import json"]
)
def test_an_arrow_that_points_down_is_free(line: str) -> None:
    """The test above accuses no permitted import."""
    assert offences(line, Path("checks/module.py")) == []


def loaded(lines: list[str], names: set[str]) -> tuple[int, set[str]]:
    """Run Python in an interpreter of its own; the exit status, and which of these packages it had imported."""
    watch = f"import atexit, sys; atexit.register(lambda: print('LOADED', *sorted({names!r} & sys.modules.keys())))"
    program = "\n".join([watch, *lines])
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60)
    last = done.stdout.strip().splitlines()[-1].split()
    assert last[0] == "LOADED", done.stderr
    return done.returncode, set(last[1:])


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_light_commands_load_nothing_heavy(option: str) -> None:
    """``twofold --help`` and ``--version`` answer at once: no array, symbol, ball or plot package is imported."""
    status, heavy = loaded(
        [f"sys.argv = ['twofold', {option!r}]", "from twofold.__main__ import main", "sys.exit(main())"], HEAVY
    )
    assert (status, heavy) == (0, set())


def test_the_package_itself_loads_nothing_heavy() -> None:
    """``import twofold`` costs milliseconds; what is heavy comes with the first use."""
    assert loaded(["import twofold"], HEAVY) == (0, set())


@pytest.mark.parametrize("module", WITHOUT_SYMPY)
def test_the_route_of_the_written_sides_does_not_know_sympy(module: str) -> None:
    """Tree, reader and evaluation of a tree load no SymPy, directly or through anything else."""
    assert loaded([f"import twofold.{module}"], {"sympy", "mpmath"}) == (0, set())


def test_numeric_does_not_know_sympy() -> None:
    """All of numeric together loads no SymPy, directly or through anything else."""
    modules = [file.with_suffix("") for file in FILES if file.parts[0] == "numeric" and file.name != "__init__.py"]
    assert loaded([f"import twofold.{'.'.join(module.parts)}" for module in modules], {"sympy"}) == (0, set())


def test_the_watch_sees_what_is_loaded() -> None:
    """The four tests above can fail: an interpreter that imports SymPy is seen to."""
    assert loaded(["import sympy"], {"sympy", "jinja2"}) == (0, {"sympy"})
