"""The wheel holds the product, all of it, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("symbolic", "numeric", "checks", "reports")
ASIDE = shutil.ignore_patterns(
    ".*", "__pycache__", "*.egg-info", "build", "dist", "out", "tests", "benchmarks", "examples", "docs"
)
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel built from a copy of the tree: by the build backend itself, without network and without pip.

    Folders that must not ship stand in the copy too, as they do in the tree.
    """
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "tree", ignore=ASIDE)
    for name in ("tests", "benchmarks", "examples", "docs"):
        (folder / "tree" / name).mkdir()
        (folder / "tree" / name / "stray.py").write_text("")
    command = [sys.executable, "-P", "-c", BUILD, str(folder)]
    done = subprocess.run(command, cwd=folder / "tree", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def expected() -> set[str]:
    """The modules of the rooms and the two of the root, and the data of the report pages."""
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    files += [file for file in (ROOT / "__init__.py", ROOT / "__main__.py", ROOT / "py.typed") if file.exists()]
    files += [file for file in (ROOT / "reports" / "pages").rglob("*") if file.is_file()]
    return {f"twofold/{file.relative_to(ROOT).as_posix()}" for file in files}


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: set[str]) -> None:
    """A new subpackage, page or module cannot be forgotten in pyproject.toml."""
    assert expected() - wheel == set()


def test_nothing_else_is_in_the_wheel(wheel: set[str]) -> None:
    """No test, example or benchmark ships, nor a module that somebody laid beside ``__main__.py``."""
    shipped = {name for name in wheel if not name.split("/")[0].endswith(".dist-info")}
    assert shipped - expected() == set()
