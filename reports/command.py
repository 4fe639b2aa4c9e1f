"""What `twofold check` writes: the run on standard output in the wanted format, JSON and report to files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..checks.run import Run


def write(runs: Sequence[Run], arguments: argparse.Namespace) -> None:
    """Write everything that the arguments ask for; each file is complete or not there."""
    if arguments.json:
        lines = "".join(run.to_json() + "\n" for run in runs)
        if arguments.json == "-":
            sys.stdout.write(lines)
        else:
            write_file(Path(arguments.json), lines)
    if arguments.report:
        write_report(runs, Path(arguments.report))
    if arguments.json != "-":
        sys.stdout.write(rendered(runs, arguments.format))
        sys.stdout.flush()


def rendered(runs: Sequence[Run], form: str) -> str:
    """All runs in one format."""
    dictionaries = [run.as_dict() for run in runs]
    if form == "json":
        return "".join(run.to_json() + "\n" for run in runs)
    if form == "junit":
        from .junit import render_junit

        return render_junit(*dictionaries)
    return "".join(renderer(form)(dictionary) for dictionary in dictionaries)


def renderer(form: str) -> Callable[[Mapping[str, Any]], str]:
    if form == "github":
        from .github import render_github

        return render_github
    if form == "markdown":
        from .markdown import render_markdown

        return render_markdown
    from .text import render_text

    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return lambda run: render_text(run, color=color)


def write_report(runs: Sequence[Run], path: Path) -> None:
    """One report per document: the name is used as it is for one, with the document's stem in it for several."""
    for run in runs:
        target = path if len(runs) == 1 else path.with_name(f"{path.stem}-{Path(run.source['name']).stem}{path.suffix}")
        if path.suffix == ".md":
            from .markdown import render_markdown

            write_file(target, render_markdown(run.as_dict()))
        else:
            from .html import render_html

            write_file(target, render_html(run.as_dict()))


def write_file(path: Path, text: str) -> None:
    """Write a file whole: into the same folder, then renamed into place."""
    import tempfile

    folder = path.parent if str(path.parent) else Path()
    handle, name = tempfile.mkstemp(prefix=".twofold-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
