"""A claim with the part of its context that it can reach, and nothing else.

    names in the sides -> their entries -> names in these, the law they belong to -> its trees, all its names -> ..

A verdict found in the confined context depends on nothing outside of it, so two documents that declare the same of what
a claim uses share its verdict, whatever else they declare.  Taking too much is harmless; what is reached by words other
than names (independence, conditional laws, vectors of free size) keeps the whole context.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from ..symbolic.context import Context, Law
from ..symbolic.inverse_names import forward_name
from ..symbolic.source import Span
from ..symbolic.tree import Apply, Array, Bind, Call, Name, Node, Number, walk
from .claim import Claim

NODES = (Number, Name, Apply, Array, Call, Bind)


def confined(claim: Claim) -> Claim:
    """The claim in the part of its context that it can reach; the claim itself where that cannot be told."""
    context = claim.context
    if context.conditionals or context.vectors or context.independent or context.expected:
        return claim
    if any(part.context is not context for part in claim.parts):
        return claim
    trees = (claim.lhs, claim.rhs, *(side for part in claim.parts for side in (part.lhs, part.rhs)))
    small = reached(context, {*names_in(trees), claim.subject})
    parts = tuple(replace(part, context=small) for part in claim.parts)
    return replace(claim, context=small, parts=parts)


def reached(context: Context, names: Iterable[str]) -> Context:
    """What names lead to; entries and laws keep their order."""
    families: dict[str, list[str]] = {}
    owned: dict[str, list[str]] = {}
    for entry in context:
        families.setdefault(stem(entry.name), []).append(entry.name)
        owned.setdefault(entry.of, []).append(entry.name)
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if not name or name in found:
            continue
        found.add(name)
        waiting += [forward_name(name), stem(name), *families.get(stem(name), ())]
        waiting += owned.get(name, ())
        for thing in (context.get(name), context.laws.get(name)):
            waiting += names_in(thing)
    entries = {name: entry for name, entry in context.entries.items() if name in found}
    laws: dict[str, Law] = {name: law for name, law in context.laws.items() if name in found}
    return replace(context, entries=entries, laws=laws)


def stem(name: str) -> str:
    """`y` of the component `y_1`; a name without such an index is its own."""
    front, _, index = name.rpartition("_")
    return front if front and index.isdigit() else name


def names_in(thing: Any) -> Iterator[str]:
    """Every name, bound or free, and every other text in a tree, an entry, a law or a domain."""
    stack = [thing]
    while stack:
        item = stack.pop()
        if item is None or item is True or item is False:
            continue
        if isinstance(item, str):
            yield item
        elif isinstance(item, NODES):
            yield from names_of_nodes(item)
        elif isinstance(item, Mapping):
            stack += [*item.keys(), *item.values()]
        elif isinstance(item, Span):
            continue
        elif isinstance(item, tuple | list | set | frozenset):
            stack += item
        elif is_dataclass(kind := type(item)):
            stack += [getattr(item, name) for name in field_names(kind)]


@cache
def field_names(kind: type) -> tuple[str, ...]:
    """Of a dataclass."""
    return tuple(field.name for field in fields(kind))


def names_of_nodes(node: Node) -> Iterator[str]:
    for part in walk(node):
        kind = type(part)
        if kind is Name or kind is Call:
            yield part.name  # type: ignore[union-attr]
        elif kind is Bind:
            yield from part.names  # type: ignore[union-attr]
