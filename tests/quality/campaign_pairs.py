r"""The true pairs of `pairs.jsonl` that the small reader understands, with instances drawn from their domains."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sympy
from campaign import INSTANCES, IsMatrix, holds_as, matrix_test, parsed
from campaign_documents import constants
from small_tex import Tree, UnknownError, walk
from small_values import Mat

PAIRS = Path(__file__).with_name("pairs.jsonl")
DRAWS: Mapping[str, Callable[[random.Random], Any]] = {
    "real": lambda r: r.choice((-1, 1)) * r.uniform(0.2, 2.2),
    "nonzero": lambda r: r.choice((-1, 1)) * r.uniform(0.2, 2.2),
    "positive": lambda r: r.uniform(0.2, 2.2),
    "negative": lambda r: -r.uniform(0.2, 2.2),
    "(0,1)": lambda r: r.uniform(0.1, 0.9),
    "(-1,1)": lambda r: r.uniform(-0.9, 0.9),
    "> 1": lambda r: r.uniform(1.1, 3.0),
    "positive integer": lambda r: float(r.randint(1, 6)),
    "integer": lambda r: float(r.randint(-4, 4)),
    "matrix(2,2)": lambda r: random_matrix(r, 2),
    "invertible matrix(2,2)": lambda r: random_matrix(r, 2),
    "invertible matrix(3,3)": lambda r: random_matrix(r, 3),
}


def random_matrix(r: random.Random, n: int) -> Mat:
    return Mat(np.array([[r.uniform(-2, 2) for _ in range(n)] for _ in range(n)]))


@dataclass(frozen=True)
class Pair:
    """A true pair with its domains, the tree of its right side, and instances."""

    name: str
    lhs: str
    rhs: str
    where: dict[str, str]
    tree: Tree
    envs: list[dict[str, Any]]

    @property
    def matrix(self) -> IsMatrix:
        return matrix_test(self.envs[0])

    @property
    def symbols(self) -> dict[str, Any]:
        """SymPy symbols with what the domain says of the sign."""
        signs = {"positive": {"positive": True}, "> 1": {"positive": True}, "(0,1)": {"positive": True}}
        return {
            name: sympy.Symbol(name, **signs.get(domain, {"real": True}))
            for name, domain in self.where.items()
            if "matrix" not in domain
        }


def pairs() -> Iterator[Pair]:
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["expected"] != "equal" or not set(row["symbols"].values()) <= set(DRAWS):
            continue
        for lhs, rhs in ((row["lhs"], row["rhs"]), (row["rhs"], row["lhs"])):
            if (pair := understood(row["id"], lhs, rhs, row["symbols"])) is not None:
                yield pair


def understood(name: str, lhs: str, rhs: str, where: dict[str, str]) -> Pair | None:
    """The pair, if the small reader gives both sides equal values: then it reads them as they are meant."""
    envs = [instance(where, random.Random(seed)) for seed in range(INSTANCES)]
    try:
        tree = parsed(rhs, envs[0])
    except UnknownError:
        return None
    return Pair(name, lhs, rhs, where, tree, envs) if holds_as(lhs, rhs, envs) else None


def instance(where: Mapping[str, str], r: random.Random) -> dict[str, Any]:
    found = {k: v for k, v in constants().items() if k != "I" or any("matrix(2" in d for d in where.values())}
    return {**found, **{name: DRAWS[domain](r) for name, domain in where.items()}}


def renamed(text: str, tree: Tree, names: Mapping[str, str]) -> str:
    """The text with its names renamed, bound ones included."""
    places = [n for n in walk(tree) if n.op == "name" and n.word in names]
    for node in sorted(places, key=lambda n: -n.start):
        text = text[: node.start] + " " + names[node.word] + " " + text[node.start + len(node.word) :]
    return text
