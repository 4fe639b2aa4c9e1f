"""A key of content: everything that can change a verdict changes it, and where a claim stands does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from twofold.checks.batch import Settings
from twofold.checks.batch import fingerprint as module
from twofold.checks.batch.fingerprint import code_key, fingerprint, text_key
from twofold.checks.batch.tasks import under
from twofold.checks.claim import Claim
from twofold.checks.material import material_of
from twofold.symbolic.source import Source, Span

LAWS = "Let $x > 0$ and $Z \\sim \\mathcal{N}(0, I_2)$, $Y = 2 Z$.\n\n"
TEXT = f"{LAWS}$$\\operatorname{{Cov}}(Y) = 4 I_2$$\n\n$$x + 1 = x$$\n"


def claims(text: str) -> list[Claim]:
    return [link.claim for link in material_of(Source("a.md", text)).links if link.claim is not None]


def test_structures_that_look_alike_have_other_keys() -> None:
    things: list[Any] = [
        1, True, 1.0, "1", None, (), ((),), (1,), ("1",), (1, 2), ((1, 2),), ((1,), 2), {}, {1: 2}, {2: 1}, {"a": ()},
        frozenset(), frozenset([1]), frozenset([(1,)]), "", "a;b", ("a", "b"), ("a;", "b"), ("a", ";b"),
    ]  # fmt: skip
    assert len({fingerprint(thing) for thing in things}) == len(things)


def test_sets_have_no_order_and_mappings_have_one() -> None:
    """The order in which names were declared decides the points of a check; the order of a set decides nothing."""
    assert fingerprint(frozenset("abc")) == fingerprint(frozenset("cba"))
    assert fingerprint({"a": 1, "b": 2}) != fingerprint({"b": 2, "a": 1})


def test_a_claim_further_down_has_the_same_key() -> None:
    first, second = claims(TEXT), claims("Something before.\n\n" + TEXT)
    assert len(first) == 2 and [fingerprint(c) for c in first] == [fingerprint(c) for c in second]


@pytest.mark.parametrize(
    ("old", "new"),
    [("4 I_2", "4.001 I_2"), ("x > 0", "x < 0"), ("2 Z", "3 Z"), ("x + 1", "x + 2"), ("(0, I_2)", "(1, I_2)")],
)
def test_a_change_of_a_side_or_of_a_declaration_is_another_key(old: str, new: str) -> None:
    assert [fingerprint(c) for c in claims(TEXT)] != [fingerprint(c) for c in claims(TEXT.replace(old, new))]


def test_every_field_beneath_a_claim_counts() -> None:
    """Each field of each structure in a claim and its context is changed in turn (places apart): another key."""
    claim = claims(TEXT)[0]
    before, changed = fingerprint(claim), 0
    for path, value in leaves(claim):
        other = {str: "another", bool: not value, int: 77, float: 0.5}.get(type(value))
        if other is None or other == value:
            continue
        assert fingerprint(put(claim, path, other)) != before, path
        changed += 1
    assert changed > 100


def leaves(thing: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The plain values in a structure of dataclasses, mappings and tuples, each with the way to it."""
    if isinstance(thing, Span):
        return
    if is_dataclass(thing):
        for field in fields(thing):
            yield from leaves(getattr(thing, field.name), (*path, field.name))
    elif isinstance(thing, dict):
        for key, value in thing.items():
            yield from leaves(value, (*path, ("key", key)))
    elif isinstance(thing, tuple):
        for number, value in enumerate(thing):
            yield from leaves(value, (*path, number))
    else:
        yield path, thing


def put(thing: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The structure with another value at the end of the way."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return changed_field(thing, step, put(getattr(thing, step), rest, value))
    if isinstance(step, int):
        return (*thing[:step], put(thing[step], rest, value), *thing[step + 1 :])
    return {key: put(item, rest, value) if key == step[1] else item for key, item in thing.items()}


def changed_field(thing: Any, name: str, value: Any) -> Any:
    """A copy past the checks of the constructor: a wrong value is what is wanted."""
    copy = object.__new__(type(thing))
    for field in fields(thing):
        object.__setattr__(copy, field.name, value if field.name == name else getattr(thing, field.name))
    return copy


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(TypeError, match="Expected plain data; got object"):
        fingerprint((1, [object()]))


def test_a_tree_of_any_depth_has_a_key() -> None:
    deep: Any = ()
    for _ in range(100_000):
        deep = (deep,)
    assert len(fingerprint(deep)) == 64


def test_texts_do_not_run_together() -> None:
    assert len({text_key(parts) for parts in (["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], [])}) == 5


def test_settings_limits_and_program_are_part_of_what_a_result_is_kept_under(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    keys = {
        under(settings),
        under(replace(settings, seed=1)),
        under(replace(settings, alpha=0.5)),
        under(replace(settings, seconds=1.0)),
        under(replace(settings, limits=replace(settings.limits, cpu=1.0))),
    }
    monkeypatch.setattr("twofold.checks.batch.tasks.code_key", lambda: "another program")
    assert len(keys | {under(settings)}) == 6


def test_one_changed_letter_of_the_program_changes_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in module.ROOMS:
        (tmp_path / room / "inner").mkdir(parents=True)
        (tmp_path / room / "inner" / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "checks" / "batch" / "fingerprint.py"))
    keys = []
    for text in ("x = 1\n", "x = 2\n"):
        (tmp_path / "symbolic" / "inner" / "a.py").write_text(text)
        keys.append(code_key.__wrapped__())
    assert keys[0] != keys[1]
