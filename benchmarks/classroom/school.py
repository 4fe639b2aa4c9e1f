r"""The class: who hands in what, in which notation, with which mistakes; the key, the roster and the truth.

Everything follows from the number of a student and one seed: the same bytes on every machine.
"""

from __future__ import annotations

import json
import random
import warnings
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import calculus, logistic, matrices, models
from .chains import Chain, Link, statuses
from .hand import Hand, Problem, Section
from .homework import HOSTILE, PARTS, key_text
from .marks import deserved
from .paper import Paper, garbled, placed
from .pen import Pen
from .worlds import World, same

SEED = 20261124
PROBLEMS: tuple[tuple[Problem, tuple[str, ...]], ...] = (
    (matrices.covariance, matrices.COVARIANCE),
    (matrices.determinant, matrices.DETERMINANT),
    (matrices.precision, matrices.PRECISION),
    (calculus.density, calculus.DENSITY),
    (calculus.first_derivative, calculus.FIRST),
    (calculus.second_derivative, calculus.SECOND),
    (calculus.integral, calculus.INTEGRAL),
    (models.flow, models.FLOW),
    (models.energy, models.ENERGY),
    (models.change, models.CHANGE),
    (logistic.logistic, logistic.LOGISTIC),
)
IN_A_PROBLEM_FILE = (1, 2, 3, 7)  # the others define functions in words
# A slip that is none, or that has no room, behind another one.
APART = {(2, "root of numerator lost"): 1, (6, "bracket"): 5}


@dataclass
class Truth:
    """What is true of one student: links, points by part (None: a person decides), what the intake must say."""

    student: str
    kind: str
    file: str = ""
    links: list[Link] = field(default_factory=list)
    points: dict[str, str | None] = field(default_factory=dict)
    look: list[str] = field(default_factory=list)
    late: bool = False
    status: str = "graded"


@dataclass
class Student:
    """A student with the files that are handed in."""

    truth: Truth
    name: str
    files: list[tuple[str, bytes]] = field(default_factory=list)


def slips_of(rng: random.Random) -> dict[int, str]:
    """The mistakes of one student, by the number of the problem: none to three."""
    count = rng.choices((0, 1, 2, 3), (30, 30, 25, 15))[0]
    found: dict[int, str] = {}
    for number in sorted(rng.sample(range(1, len(PROBLEMS) + 1), count)):
        slip = rng.choice(PROBLEMS[number - 1][1])
        if APART.get((number, slip)) not in found:
            found[number] = slip
    return found


def solve(number: int) -> tuple[Truth, str, str]:
    """What one student writes: the truth, the text, the ending of the file."""
    rng = random.Random(f"{SEED}-{number}")
    kind = rng.choices(("md", "tex", "toml"), (68, 26, 6))[0]
    pen = Pen(rng, plain=kind == "toml")
    paper, hand = Paper(pen, rng, kind), Hand()
    slips = slips_of(rng)
    spoiled = rng.choice([n for n in range(1, len(PROBLEMS) + 1) if n not in slips]) if rng.random() < 0.08 else 0
    true, own = World(), World()
    truth = Truth(student=f"s{number:03d}", kind=kind)
    sections = []
    for k, (problem, _) in enumerate(PROBLEMS, 1):
        section = problem(pen, hand, slips.get(k, ""))
        if kind == "toml" and k not in IN_A_PROBLEM_FILE:
            truth.points[PARTS[k - 1].id] = "0"
            continue
        items = pieces(section, paper, rng if k == spoiled else None)
        links, agrees = judged(str(k), items, true, own)
        truth.links += links
        worth = PARTS[k - 1]
        points, look = deserved(worth, links, agrees)
        truth.points[worth.id] = None if points is None else str(points)
        truth.look += [worth.id] if look else []
        sections.append((k, section, items))
    if spoiled:
        truth.status = "partly read"
    text = paper.problem_file(sections) if kind == "toml" else paper.written(opening(pen, rng), sections)
    return truth, placed(text, truth.links), kind


def pieces(section: Section, paper: Paper, spoil: random.Random | None) -> list[str | Chain]:
    found: list[str | Chain] = []
    for item in section.items:
        if isinstance(item, str):
            found.append(item)
            continue
        mine = paper.pieces(item)
        if spoil is not None and item.answer:
            mine[-1] = garbled(mine[-1], spoil)
        found += mine
    return found


def judged(part: str, items: Sequence[str | Chain], true: World, own: World) -> tuple[list[Link], bool]:
    """What is true of every link of a part, and whether its answer is right."""
    links: list[Link] = []
    agrees = False
    for chain in (item for item in items if isinstance(item, Chain)):
        found = statuses(chain, true, own)
        for k, status in enumerate(found):
            links.append(Link(part, status, chain.slip if status == "wrong" else "", k))
        if chain.answer:
            value = chain.sides[-1].value(own)
            agrees = bool(abs(value - true["J"]) <= 0.0005) if chain.sets == "J" else same(value, true[chain.sets])
    return links, agrees


def opening(pen: Pen, rng: random.Random) -> str:
    """The first lines: title, what is given, abbreviations."""
    title = rng.choice(("Homework 5", "Generative models, homework 5", "My solutions", ""))
    heading = "" if not title else rf"\title{{{title}}}" if rng.random() < 0.2 else f"*{title}*"
    identity = pen.say("I", "I_2", r"\mathbf{I}")
    a = pen.matrix([["3/5", "2/5"], ["1/5", "4/5"]] if pen.matrix_kind == "small" else matrices.A_ROWS)
    given = pen.say(
        rf"Let $Z \sim \mathcal{{N}}(0, {identity})$ in two dimensions and $Y = AZ$ with $A = {a}$.",
        rf"We are given $Z \sim \mathcal{{N}}(\mathbf{{0}}, {identity})$, $Z \in \mathbb{{R}}^2$, "
        rf"the matrix $$A = {a}$$ and $Y = A Z$.",
        "",
    )
    alias = rf"Write ${pen.cov_name} = \operatorname{{Cov}}(Y)$." if "Sigma" in pen.cov_name else ""
    return "\n\n".join(part for part in (heading, given, alias) if part)


def school(size: int) -> list[Student]:
    """The students; about one in twenty-five is a special case."""
    found: list[Student] = []
    for number in range(1, size + 1):
        truth, text, kind = solve(number)
        student = Student(truth, f"Student {number:03d}")
        data = text.encode()
        student.files = [(f"homework5.{kind}", data)]
        special(number, student, found)
        truth.file = student.files[0][0] if student.files else ""
        found.append(student)
    return found


def special(number: int, student: Student, before: Sequence[Student]) -> None:
    """Late, empty, missing, copied, doubled and hostile submissions, at fixed numbers."""
    truth, lot = student.truth, number % 50
    if lot == 7:
        truth.late = True
    if lot in (11, 19, 23, 31, 37):
        word = {11: "empty", 19: "missing", 23: "duplicate", 31: "copy", 37: "hostile"}[lot]
        if word == "copy":
            other = next(s for s in reversed(before) if s.truth.kind != "special" and not s.truth.late)
            student.files = list(other.files)
            student.truth = Truth(**{**asdict_shallow(other.truth), "student": truth.student})
            return
        name = student.files[0][0]
        blank = Truth(student=truth.student, kind="special", status=word)
        student.truth = blank
        if word == "empty":
            student.files = [(name, b"")]
        if word == "missing":
            student.files = []
        if word == "duplicate":
            student.files = [(name, b"$$1 + 1 = 2$$\n"), (name, b"$$1 + 1 = 3$$\n")]
        if word == "hostile":
            student.files = [("homework5.md", HOSTILE[(number // 50) % len(HOSTILE)].encode())]


def asdict_shallow(truth: Truth) -> dict[str, object]:
    return {name: getattr(truth, name) for name in truth.__dataclass_fields__}


def write_class(folder: Path, size: int) -> list[Truth]:
    """The zip, the roster, the key and the truth of a class, in a folder."""
    students = school(size)
    folder.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore", message="Duplicate name")
    with zipfile.ZipFile(folder / "submissions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, student in enumerate(students, 4001):
            for name, data in student.files:
                place = f"{student.name}_{number}_assignsubmission_file_/{name}"
                info = zipfile.ZipInfo(place, date_time=(2026, 11, 2, 12, 0, 0))
                archive.writestr(info, data)
    rows = [f"{s.truth.student},{s.name},{'yes' if s.truth.late else ''}" for s in students]
    (folder / "roster.csv").write_text("\n".join(["student_id,name,late", *rows]) + "\n", encoding="utf-8")
    (folder / "key.toml").write_text(key_text(), encoding="utf-8")
    truths = [student.truth for student in students]
    text = json.dumps([asdict(truth) for truth in truths], indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    return truths


def described(truths: Sequence[Truth]) -> str:
    """How much is in the class."""
    links = Counter(link.status for truth in truths for link in truth.links)
    sizes = sorted(len(truth.links) for truth in truths if truth.links)
    slips = Counter((link.part, link.slip) for truth in truths for link in truth.links if link.status == "wrong")
    words = ", ".join(f"{count} {word}" for word, count in sorted(links.items()))
    return (
        f"{len(truths)} students, {sum(links.values())} links ({words}), "
        f"{sizes[0]} to {sizes[-1]} a document, median {sizes[len(sizes) // 2]}; {len(slips)} kinds of slips"
    )
