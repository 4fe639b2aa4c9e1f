"""The command line, thin: results go to standard output, progress and errors to standard error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

USAGE, INTERRUPTED = 2, 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="twofold",
        description="Verify derivations about generative models twice: derived in symbols, tested in numbers.",
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    check = commands.add_parser(
        "check", help="judge every claim of a document", description="Judge every claim of a document."
    )
    check.add_argument(
        "documents",
        nargs="+",
        metavar="DOC",
        help="a document (.md, .tex), a problem file (.toml), or - for standard input",
    )
    check.add_argument("--json", metavar="FILE", help="write the run as JSON (one run a line)")
    check.add_argument("--report", metavar="FILE", help="write a report: .html or .md")
    check.add_argument(
        "--format",
        default="text",
        choices=("text", "json", "junit", "github", "markdown"),
        help="what goes to standard output",
    )
    add_judging(check)
    check.add_argument("--jobs", type=count, default=1, metavar="N", help="documents checked at a time")
    check.add_argument("--strict", action="store_true", help="exit with 3 when a step is undecided or unread")
    check.add_argument("--no-figures", action="store_true", help="make no figures and no experiments")
    check.add_argument("--no-proofs", action="store_true", help="numbers alone: refute or support, prove nothing")
    check.add_argument("--experiments", action="store_true", help="measure every declared flow and energy")
    check.add_argument("--data", action="store_true", help="let experiments read data files beside the document")
    read = commands.add_parser(
        "read",
        help="print every statement as it is understood",
        description="Print every statement as it is understood; nothing is checked.",
    )
    read.add_argument("documents", nargs="+", metavar="DOC", help="a document, a problem file, or - for standard input")
    read.add_argument("--format", default="text", choices=("text", "json"), help="what goes to standard output")
    explain = commands.add_parser(
        "explain",
        help="show one step in full",
        description="Show the steps of one line in full: as understood, rules, points, counterexample, evidence.",
    )
    explain.add_argument("place", metavar="DOC:LINE", help="a document and a line of it")
    explain.add_argument("--format", default="text", choices=("text", "json"), help="what goes to standard output")
    explain.set_defaults(no_figures=True, no_proofs=False, experiments=False, data=False)
    add_judging(explain)
    from .reports.grading.arguments import add_commands

    add_commands(commands)
    return top


def add_judging(command: argparse.ArgumentParser) -> None:
    """The flags that change verdicts."""
    command.add_argument("--seed", type=int, metavar="N", help="seed of the run (default: the document's, else 0)")
    command.add_argument("--alpha", type=rate, metavar="A", help="family-wise false-alarm rate (default 1e-6)")
    command.add_argument(
        "--budget", type=seconds, default=10.0, metavar="SECONDS", help="limit of one symbolic proof (default 10)"
    )


def rate(text: str) -> float:
    """A false-alarm rate: a number in (0, 1)."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"expected a rate between 0 and 1; got {text}")
    return value


def seconds(text: str) -> float:
    """A positive number of seconds."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a positive number of seconds; got {text}")
    return value


def count(text: str) -> int:
    """A positive whole number."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive whole number; got {text}")
    return value


def renderers() -> Any:
    """The writers of results, imported when there is something to write."""
    from .reports import command

    return command


def run(arguments: argparse.Namespace) -> int:
    """Hand a command to the room that does it."""
    if arguments.command == "check":
        from .checks.command import run_check

        return run_check(arguments, renderers)
    if arguments.command in ("key", "grade", "merge"):
        from .reports.grading.command import run_grade, run_key, run_merge

        return {"key": run_key, "grade": run_grade, "merge": run_merge}[arguments.command](arguments)
    from .reports.command_read import run_explain, run_read

    return run_read(arguments) if arguments.command == "read" else run_explain(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns 0, or 1 refuted, 2 usage, 3 strict, 4 fault, 5 nothing, 130 interrupted."""
    arguments = parser().parse_args(argv)
    if arguments.version:
        from .checks.provenance import versions

        print(f"twofold {versions()['twofold']}")
        return 0
    if arguments.command is None:
        parser().print_help()
        return USAGE
    try:
        return run(arguments)
    except KeyboardInterrupt:
        print("twofold: interrupted", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
