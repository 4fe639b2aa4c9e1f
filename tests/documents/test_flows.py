"""Documents that solve a flow in closed form: what is true passes, a slip is refuted on its line and nowhere else.

The documents were written by hand for fields of different kinds (a parameter, logistic growth, a coupled linear system,
hyperbolic functions); the true statements were checked by hand.  A slip is a replacement in the text; its line is where
it stands.  Points alone decide here: a proof or a witness cannot make a false link true.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from twofold.checks.document import document_material
from twofold.checks.equality import equality_evidence
from twofold.checks.evidence import Bearing, Enclosure
from twofold.checks.integrals import BallIntegrals
from twofold.checks.material import Material
from twofold.checks.pointwise import Balls, table_for
from twofold.symbolic.source import Source

FOLDER = Path(__file__).parent / "flows"
NAMES = ("decay", "logistic", "spiral", "tanh")
POINTS = 6
WANTED = 11


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def material_of(name: str, text: str) -> Material:
    return document_material(Source(f"{name}.md", text))


def judged(material: Material, lines: set[int] | None = None) -> dict[tuple[int, str], str]:
    """For each claim by line and text: refuted, enclosed or open; a claim passes when one of its readings does."""
    found: dict[tuple[int, str], str] = {}
    for link in material.links:
        if link.claim is None or (lines is not None and link.span.line not in lines):
            continue
        outcomes = []
        for claim in (link.claim, *(reading for _, reading in link.readings)):
            part = claim.parts[0]
            balls = Balls(part.context, BallIntegrals(), table_for(part.unfolded, part.context))
            evidence = equality_evidence(part, balls, POINTS, 11)
            against = any(p.bearing is Bearing.AGAINST for p in evidence)
            held = any(isinstance(p, Enclosure) for p in evidence)
            outcomes.append("refuted" if against else "enclosed" if held else "open")
        found[link.span.line, link.text] = next((o for o in outcomes if o != "refuted"), "refuted")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_true_statements_hold_at_points(name: str) -> None:
    """Every claim of a right document is read, and both sides agree in balls at states that a start reaches."""
    material = material_of(name, text_of(name))
    assert not [link.text for link in material.links if link.unread or link.undecided]
    outcomes = judged(material)
    assert len(outcomes) >= WANTED
    assert set(outcomes.values()) == {"enclosed"}


@pytest.mark.parametrize(
    ("name", "slip"),
    [
        pytest.param(name, tuple(pair), id=f"{name}-{k}")
        for name in NAMES
        for k, pair in enumerate(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["mutations"])
    ],
)
def test_slip_is_refuted_on_its_line_alone(name: str, slip: tuple[str, str]) -> None:
    """A wrong variant is refuted where it stands; the document's own formulas are not what others are judged by."""
    text = text_of(name)
    assert text.count(slip[0]) == 1
    line = text[: text.index(slip[0])].count("\n") + 1
    material = material_of(name, text.replace(*slip))
    outcomes = judged(material, {line})
    assert "refuted" in outcomes.values()
    # A claim with the same id has the same trees, entries and laws, and so the same verdict as in the right document.
    right, wrong = ids(material_of(name, text)), ids(material)
    same = right.keys() & wrong.keys()
    assert len(same) >= len(right) - 2
    assert {key: wrong[key] for key in same} == {key: right[key] for key in same}


def ids(material: Material) -> dict[tuple[int, str], str]:
    """The ids of the claims by line and text; in a chain, the link behind a wrong side shows that side too."""
    return {(link.span.line, link.text): link.claim.id for link in material.links if link.claim is not None}


def test_density_without_a_start_is_not_judged() -> None:
    """p(x, t) = .. says nothing while no density at the start is declared."""
    material = material_of("x", "Let $\\frac{d}{dt} x(t) = -x(t)$.\n\n$$p(x, t) = e^{t} .$$\n")
    assert [link.undecided for link in material.links] == ["", "the density of x at the start is not declared"]


def test_constant_of_a_solution_needs_a_meaning() -> None:
    """A constant that is not the start is not taken as any number."""
    material = material_of("x", "Let $\\frac{d}{dt} x(t) = -x(t)^2$.\n\n$$x(t) = \\frac{1}{t + C} .$$\n")
    assert [link.undecided for link in material.links][1].startswith("C is not declared")


def test_constant_that_is_the_start_is_one() -> None:
    """x(t) = C e^{-t} names the start C."""
    material = material_of("x", "Let $\\frac{d}{dt} x(t) = -x(t)$.\n\n$$x(t) = C e^{-t} .$$\n")
    assert material.contexts[0].laws["x"].start_names == ("C",)  # type: ignore[union-attr]
