"""The flags of `twofold key`, `twofold grade` and `twofold merge`; nothing heavy is imported for them."""

from __future__ import annotations

import argparse
import re
from typing import Any


def add_commands(commands: Any) -> None:
    """The three commands, below the others."""
    key = commands.add_parser(
        "key",
        help="propose a key from a model solution",
        description="Print a key, to be edited: twofold key S.md > key.toml",
    )
    key.add_argument("solution", metavar="SOLUTION", help="the model solution: a document or a problem file")
    grade = commands.add_parser(
        "grade",
        help="grade a class",
        description="Judge every submission, compare it with the key, and write marks, feedback and gradebooks.",
    )
    grade.add_argument("folder", metavar="FOLDER", help="submissions: a folder, a .zip, or the results.jsonl of a run")
    grade.add_argument("--key", required=True, metavar="KEY.toml", help="the key (see twofold key)")
    grade.add_argument("--out", required=True, metavar="OUT", help="the folder for everything that is written")
    grade.add_argument("--roster", metavar="FILE", help="a CSV of the students: who has no submission gets a row too")
    grade.add_argument("--overrides", metavar="FILE", help="your decisions (default: overrides.toml beside the key)")
    grade.add_argument("--worksheet", metavar="FILE", help="Moodle's offline worksheet; OUT/moodle.csv is it, filled")
    grade.add_argument("--assignment", metavar="NAME", help="of folders student/assignment/file, only this assignment")
    grade.add_argument("--jobs", type=whole, metavar="N", help="submissions judged at a time (default: one per core)")
    grade.add_argument(
        "--shard", type=shard, default=(1, 1), metavar="i/n", help="judge part i of n; see twofold merge"
    )
    again = grade.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on where a run in OUT ended (as it does anyway)")
    again.add_argument("--fresh", action="store_true", help="forget what a run in OUT has found")
    grade.add_argument("--retry", action="store_true", help="judge anew what ended by a limit or a crash")
    grade.add_argument("--seed", type=int, metavar="N", help="seed of every run (default: the document's, else 0)")
    grade.add_argument("--alpha", type=float, metavar="A", help="family-wise false-alarm rate of a run (default 1e-6)")
    grade.add_argument(
        "--no-proofs", action="store_true", help="numbers alone: refute or support, prove nothing; a first look"
    )
    merge = commands.add_parser(
        "merge", help="join the results of shards", description="Join the results of all shards of one class."
    )
    merge.add_argument("results", nargs="+", metavar="RESULTS", help="results.jsonl of each shard, or its folder")
    merge.add_argument("--out", required=True, metavar="OUT", help="the folder for the results.jsonl of the class")


def whole(text: str) -> int:
    """A positive whole number."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive whole number; got {text}")
    return value


def shard(text: str) -> tuple[int, int]:
    """`2/5`: part 2 of 5."""
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise argparse.ArgumentTypeError(f"expected a part i/n with 1 <= i <= n; got {text}")
    return int(match[1]), int(match[2])
