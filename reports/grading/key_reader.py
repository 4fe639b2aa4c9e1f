r"""The key file -> Key.  Every mistake is an error with its place, and an unknown key comes with the nearest known one.

[symbols] [laws] [maps] [flows] [energies] [[claim]]      what every submission is read under
[grading]  follow_through, error, unresolved, statistical, corrections, late;  [grading.hints]  [grading.variants]
[[grading.part]]  [[grading.part.step]]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from ...checks.key_text import (
    DECLARING,
    SECTIONS,
    Locator,
    ReadError,
    Source,
    claims_of,
    is_tex,
    load_table,
    understood_sides,
    unknown_key,
)
from .fields import Fields
from .key import Form, Key, Milestone, Needs, Part, Target, Unresolved
from .needs import free_names, shape_of, size_of
from .places import Place
from .toml_text import toml_text
from .variants import read_variants

GRADING = (
    "follow_through",
    "error",
    "unresolved",
    "statistical",
    "corrections",
    "late",
    "hints",
    "variants",
    "part",
)
PART = (
    "id",
    "title",
    "heading",
    "points",
    "answer",
    "error",
    "follow_through",
    "claim",
    "target",
    "also",
    "value",
    "form",
    "places",
    "form_points",
    "tolerance",
    "hidden",
    "unresolved",
    "needs",
    "hints",
    "step",
)
STEP = ("id", "title", "points", "claim", "target", "also", "value")
NEEDS = ("steps", "names", "shape", "size")
# What a student may define and the key need not know: a bare name, or a derivative `g'(x)`.
OWN_NAME = re.compile(r"[^\W\d]\w*('+\(\w+\))?")
_ID = re.compile(r"[\w .()-]{1,60}")


def read_key(source: Source, folder: Path | None = None) -> Key:
    """Read a key; the table of variants is looked for in `folder`.

    Raises:
        ReadError: something in it cannot be used, with its place.
    """
    table = load_table(source)
    for name in table:
        if name not in SECTIONS:
            raise unknown_key(name, tuple(SECTIONS), Locator(source).key("", name), "the key")
    claims = claims_of(source)
    given = {name: table[name] for name in DECLARING if name in table}
    grading = Fields(table.get("grading", {}), Place.of_grading(source), "[grading]", GRADING)
    variants = {} if "variants" not in grading.table else read_variants(grading, given, folder)
    reader = Reader(source, grading, claims, next(iter(variants.values()), toml_text(given) if given else ""))
    parts = reader.parts()
    return Key(
        title=str(table.get("title", "")) or source.name,
        parts=parts,
        given=toml_text(given) if given else "",
        given_for=variants,
        variants=bool(variants),
        statistical_refutes=grading.word("statistical", ("review", "refute"), "review") == "refute",
        show_corrections=grading.flag("corrections", False),
        late=grading.share("late", Fraction(1)),
    )


class Reader:
    """Reads the parts of a key."""

    def __init__(self, source: Source, grading: Fields, claims: Mapping[str, tuple[str, str]], given: str) -> None:
        self.source, self.grading, self.claims, self.given = source, grading, claims, given
        self.follow = grading.share("follow_through", Fraction(1))
        self.error = grading.share("error", Fraction(1, 2))
        self.unresolved = grading.word("unresolved", tuple(Unresolved), Unresolved.FULL)
        self.hints = grading.texts("hints")
        self.ids: set[str] = set()

    def parts(self) -> tuple[Part, ...]:
        items = self.grading.tables("part")
        if not items:
            raise ReadError("expected at least one [[grading.part]]", self.grading.place.head())
        return tuple(
            self.part(Fields(item, Place.of_part(self.source, n), f"part {n + 1}", PART))
            for n, item in enumerate(items)
        )

    def part(self, fields: Fields) -> Part:
        name = self.identity(fields)
        points = fields.points("points", None)
        steps = [
            self.milestone(Fields(item, fields.place.step(n), f"step {n + 1} of part '{name}'", STEP))
            for n, item in enumerate(fields.tables("step"))
        ]
        spent = sum((step.points for step in steps), Fraction(0))
        answer = fields.points("answer", max(Fraction(0), (points - spent) / 2))
        if answer + spent > points:
            raise ReadError(
                f"expected the answer and the steps of part '{name}' to be worth at most its points; got more",
                fields.place.key("answer" if "answer" in fields.table else "points"),
            )
        target = self.target(fields)
        form = Form(fields.word("form", tuple(Form), Form.ANY))
        return Part(
            id=name,
            title=fields.text("title", fields.text("heading", "") or name),
            points=points,
            target=target,
            answer=answer,
            error=fields.share("error", self.error) * (points - answer - spent),
            follow_through=fields.share("follow_through", self.follow),
            heading=fields.text("heading", ""),
            form=form,
            places=self.places(fields, form),
            form_points=min(fields.points("form_points", Fraction(0)), points),
            tolerance=self.tolerance(fields),
            hidden=fields.flag("hidden", False),
            unresolved=Unresolved(fields.word("unresolved", tuple(Unresolved), self.unresolved)),
            milestones=tuple(steps),
            needs=self.needs(fields, target),
            hints={**self.hints, **fields.texts("hints")},
        )

    def identity(self, fields: Fields) -> str:
        """The id of a part or step, its own in the whole key: columns and overrides go by it."""
        name = fields.text("id", None)
        if not _ID.fullmatch(name):
            raise ReadError(
                f"expected an id of letters, digits, spaces and -_.(); got {name!r}", fields.place.key("id")
            )
        if name.casefold() in self.ids:
            raise ReadError(
                f"expected each part and step to have its own id; got '{name}' twice", fields.place.key("id")
            )
        self.ids.add(name.casefold())
        return name

    def milestone(self, fields: Fields) -> Milestone:
        name = self.identity(fields)
        return Milestone(
            id=name,
            title=fields.text("title", name),
            points=fields.points("points", Fraction(0)),
            target=self.target(fields),
        )

    def target(self, fields: Fields) -> Target:
        """The quantity of a part: that of a claim of the key, or as it stands there."""
        also = fields.list_of_texts("also")
        if "claim" in fields.table:
            label = fields.text("claim", None)
            if label not in self.claims:
                raise unknown_key(label, tuple(self.claims) or ("(no claim)",), fields.place.key("claim"), "[[claim]]")
            name, value = self.claims[label]
            return Target(names=(name, *self.known(also)), value=value, tex=tuple(t for t in also if is_tex(t)))
        target = fields.text("target", None)
        shown = self.understood(fields, "value")
        if self.readable(target) or not (is_tex(target) or OWN_NAME.fullmatch(target)):
            name = self.understood(fields, "target")
        else:
            name = target
        return Target(
            names=(name, *self.known(also)), value=shown, tex=tuple(text for text in (target, *also) if is_tex(text))
        )

    def understood(self, fields: Fields, key: str) -> str:
        text = fields.text(key, None)
        try:
            return understood_sides(self.given, text, text)[0]
        except ReadError as error:
            raise ReadError(
                f"expected a formula that can be read; {error.message}", fields.place.key(key), error.hint
            ) from None

    def known(self, also: tuple[str, ...]) -> tuple[str, ...]:
        """Other left sides as they are understood; those with names that the key does not know stay as written."""
        return tuple(understood_sides(self.given, text, text)[0] if self.readable(text) else text for text in also)

    def readable(self, text: str) -> bool:
        try:
            understood_sides(self.given, text, text)
        except ReadError:
            return False
        return True

    def places(self, fields: Fields, form: Form) -> int:
        places = fields.whole("places", 0, 30)
        if form is Form.DECIMAL and not places:
            raise ReadError("expected 'places' with form = \"decimal\", such as places = 3", fields.place.key("form"))
        return places

    def tolerance(self, fields: Fields) -> str:
        """How far a number may be off: positive and finite, or every answer would pass."""
        if "tolerance" not in fields.table:
            return ""
        tolerance = fields.points("tolerance", Fraction(0))
        if tolerance <= 0:
            raise ReadError("expected a positive tolerance", fields.place.key("tolerance"))
        return str(tolerance)

    def needs(self, fields: Fields, target: Target) -> Needs:
        """What the answer needed: as the key says, else as its value shows."""
        needs = Fields(fields.mapping("needs"), fields.place, "needs", NEEDS)
        return Needs(
            steps=needs.whole("steps", 1, 1000),
            names=needs.list_of_texts("names") or free_names(target.value),
            shape=needs.text("shape", shape_of(target.value)),
            size=needs.whole("size", size_of(target.value), 10**6),
        )
