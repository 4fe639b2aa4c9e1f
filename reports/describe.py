r"""What a piece of evidence says, in words and numbers, for every rendering that shows evidence.

A reader must be able to judge the judge: a proof names its rules, an enclosure its radius and precision, a test its
false-alarm rate, its power and the smallest error that it would have caught, and each numeric method how many
deliberately wrong variants ("controls") it was shown and how many it caught.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Piece = Mapping[str, Any]

WITNESSES = ("Enclosure", "Estimate", "StatisticalTest")
# A route agrees with the claim, differs from it, or did not decide.
SIGNS = {"agree": "\u2713", "differ": "\u2717", "none": "\u2013"}
_KINDS = {
    "Proof": "proof",
    "Enclosure": "enclosure",
    "Estimate": "estimate",
    "StatisticalTest": "statistical test",
    "Counterexample": "counterexample",
    "Disproof": "disproof",
    "Obstacle": "obstacle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One piece of evidence for a person: the kind, the method, named facts, and steps in order when it has any."""

    kind: str
    method: str
    facts: tuple[tuple[str, str], ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A counterexample as a table: where, the two sides, and by how much they differ."""

    point: tuple[tuple[str, str], ...]
    lhs: str
    rhs: str
    difference: str
    entry: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The two independent marks of a step: `agree`, `differ` or `none`, for the symbols and for the numbers."""

    symbols: str = "none"
    numbers: str = "none"
    words: tuple[tuple[str, str], ...] = field(default=())


def number(value: Any) -> str:
    """Three significant digits of a float, thousands apart in an integer, anything else as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f") if abs(value) >= 10_000 else str(value)
    return str(value)


def _controls(piece: Piece) -> list[tuple[str, str]]:
    tried = piece.get("tried", 0)
    return [("controls caught", f"{piece.get('caught', 0)} of {tried}")] if isinstance(tried, int) and tried else []


def _texts(piece: Piece, *names: str) -> list[tuple[str, str]]:
    """The named fields that are not empty, lists joined."""
    found = []
    for name in names:
        value = piece.get(name)
        if value:
            text = "; ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
            found.append((name.replace("_", " "), text))
    return found


def _proof(piece: Piece) -> list[tuple[str, str]]:
    return [("normal form", str(piece["normal_form"])), *_texts(piece, "conditions", "exceptions")]


def _enclosure(piece: Piece) -> list[tuple[str, str]]:
    covers = {"constant": "a constant claim, so all of it", "domain": "the whole domain"}
    points = piece.get("points", 1)
    reach = covers.get(piece["covers"], f"{number(points)} {'point' if points == 1 else 'points'} of the domain")
    tolerance = piece.get("tolerance")
    allowed = [("tolerance", f"{number(tolerance)} {piece.get('tolerance_source', '')}".strip())] if tolerance else []
    return [
        ("residual", str(piece["residual"])),
        ("covers", reach),
        *_texts(piece, "domain"),
        ("precision", f"{piece['bits']} bits"),
        *allowed,
        *_controls(piece),
        *_texts(piece, "detail"),
    ]


def _estimate(piece: Piece) -> list[tuple[str, str]]:
    return [
        ("residual", number(piece["residual"])),
        ("error estimate", number(piece["error_estimate"])),
        *_texts(piece, "how"),
        *_controls(piece),
        *_texts(piece, "detail"),
    ]


def _statistical(piece: Piece) -> list[tuple[str, str]]:
    second = []
    if piece.get("p_second") is not None:
        second = [
            ("second stage", f"p = {number(piece['p_second'])} at \u03b1 = {number(piece.get('alpha_second'))}"),
            ("second seed", str(piece.get("seed_second"))),
        ]
    return [
        ("statistic", f"{number(piece['statistic'])} against {piece['null_law']}"),
        ("p-value", number(piece["p_value"])),
        ("false-alarm rate \u03b1", number(piece["alpha"])),
        ("power", f"{number(piece['power'])} against {piece['at_effect']}"),
        ("n", number(piece["n"])),
        ("seed", str(piece["seed"])),
        *second,
        *_controls(piece),
        *_texts(piece, "detail"),
    ]


def _counterexample(piece: Piece) -> list[tuple[str, str]]:
    return [
        ("domain", str(piece.get("domain", "declared"))),
        ("precision", f"{piece['bits']} bits"),
        *_texts(piece, "detail"),
    ]


def _disproof(piece: Piece) -> list[tuple[str, str]]:
    where = ", ".join(f"{name} = {value}" for name, value in piece.get("point", {}).items())
    return [("rule", str(piece["rule"])), *([("at", where)] if where else [])]


def _obstacle(piece: Piece) -> list[tuple[str, str]]:
    return _texts(piece, "reason", "tried")


_FACTS = {
    "Proof": _proof,
    "Enclosure": _enclosure,
    "Estimate": _estimate,
    "StatisticalTest": _statistical,
    "Counterexample": _counterexample,
    "Disproof": _disproof,
    "Obstacle": _obstacle,
}


def describe(piece: Piece) -> Description:
    """A piece of evidence in words.  A type that is not known is shown field by field, never dropped."""
    kind = str(piece["type"])
    steps = piece.get("rules", ()) if kind == "Proof" else piece.get("steps", ())
    if kind in _FACTS:
        facts = _FACTS[kind](piece)
    else:
        facts = [(str(k), str(v)) for k, v in piece.items() if k not in ("type", "method", "bearing", "steps")]
    return Description(
        kind=_KINDS.get(kind, kind),
        method=str(piece.get("method", "")),
        facts=tuple(facts),
        steps=tuple(str(step) for step in steps),
    )


def difference(piece: Piece) -> Difference:
    """The table of a counterexample."""
    inferred = "a point of the inferred domain" if piece.get("domain") == "inferred" else ""
    return Difference(
        point=tuple((str(name), str(value)) for name, value in piece["point"].items()),
        lhs=str(piece["lhs"]),
        rhs=str(piece["rhs"]),
        difference=str(piece["difference"]),
        entry=str(piece.get("entry", "")),
        note=inferred,
    )


def deciding(step: Mapping[str, Any]) -> list[Piece]:
    """The evidence that the outcome rests on: the step's own, or that of the reading with the step's outcome."""
    readings = step.get("readings", ())
    if not readings:
        return list(step.get("evidence", ()))
    chosen = next((reading for reading in readings if reading["outcome"] == step.get("outcome")), readings[0])
    return list(chosen["evidence"])


def _mark(pieces: Iterable[Piece], kinds_for: tuple[str, ...], kinds_against: tuple[str, ...]) -> str:
    found = [piece for piece in pieces if piece["type"] in (*kinds_for, *kinds_against)]
    if any(piece.get("bearing") == "against" for piece in found):
        return "differ"
    return "agree" if any(piece.get("bearing") == "for" for piece in found) else "none"


def marks(step: Mapping[str, Any]) -> Marks:
    """Two ticks, each earned on its own: one for the symbolic route, one for the numeric route."""
    pieces = deciding(step)
    symbols = _mark(pieces, ("Proof",), ("Disproof",))
    numbers = _mark(pieces, WITNESSES, ("Counterexample",))
    shown = tuple((name, f"{SIGNS[mark]} {name}") for name, mark in (("symbols", symbols), ("numbers", numbers)))
    return Marks(symbols=symbols, numbers=numbers, words=shown)
