r"""A context as JSON and back: what crosses the pipe to the worker.  Spans stay behind."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .context import AffineLaw, Context, EnergyLaw, Entry, FlowLaw, FreeLaw, GaussianLaw, Law, MappedLaw
from .domains import Bound, Domain
from .tree import Node, from_json, to_json

_LAWS: dict[str, type] = {
    kind.__name__: kind for kind in (GaussianLaw, AffineLaw, MappedLaw, FreeLaw, FlowLaw, EnergyLaw)
}


def _node(node: Node | None) -> Any:
    return None if node is None else to_json(node)


def _tree(data: Any) -> Node | None:
    return None if data is None else from_json(data)


def domain_json(domain: Domain) -> dict[str, Any]:
    return {
        "field": domain.field,
        "shape": list(domain.shape),
        "arity": domain.arity,
        "positive_values": domain.positive_values,
        "low": None if domain.low is None else [to_json(domain.low.value), domain.low.closed],
        "high": None if domain.high is None else [to_json(domain.high.value), domain.high.closed],
        "nonzero": domain.nonzero,
        "value": _node(domain.value),
        "traits": sorted(domain.traits),
        "conditions": [to_json(c) for c in domain.conditions],
        "text": domain.text,
        "declared": domain.declared,
    }


def domain_from(data: Mapping[str, Any]) -> Domain:
    def bound(item: Any) -> Bound | None:
        return None if item is None else Bound(value=from_json(item[0]), closed=bool(item[1]))

    return Domain(
        field=data["field"],
        shape=tuple(data["shape"]),
        arity=data["arity"],
        positive_values=data["positive_values"],
        low=bound(data["low"]),
        high=bound(data["high"]),
        nonzero=data["nonzero"],
        value=_tree(data["value"]),
        traits=frozenset(data["traits"]),
        conditions=tuple(from_json(c) for c in data["conditions"]),
        text=data["text"],
        declared=data["declared"],
    )


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "domain": domain_json(entry.domain),
        "of": entry.of,
        "position": entry.position,
        "value": _node(entry.value),
        "arguments": list(entry.arguments),
        "rule": entry.rule,
    }


def _entry_from(data: Mapping[str, Any]) -> Entry:
    return Entry(
        name=data["name"],
        kind=data["kind"],
        domain=domain_from(data["domain"]),
        of=data["of"],
        position=data["position"],
        value=_tree(data["value"]),
        arguments=tuple(data["arguments"]),
        rule=data["rule"],
    )


def law_json(law: Law) -> dict[str, Any]:
    """The fields of a law by name; trees and domains in their own forms."""
    found: dict[str, Any] = {"type": type(law).__name__}
    for name in type(law).__dataclass_fields__:
        if name != "span":
            found[name] = _field_json(getattr(law, name))
    return found


def _field_json(value: Any) -> Any:
    if isinstance(value, Domain):
        return {"domain": domain_json(value)}
    if isinstance(value, Mapping):
        return {"map": [[k, _field_json(v)] for k, v in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_field_json(v) for v in value]}
    if value is None or isinstance(value, str | int | float | bool | Fraction):
        return value
    return {"node": to_json(value)}


def _field_from(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    if "domain" in data:
        return domain_from(data["domain"])
    if "map" in data:
        return {k: _field_from(v) for k, v in data["map"]}
    if "tuple" in data:
        return tuple(_field_from(v) for v in data["tuple"])
    return from_json(data["node"])


def law_from(data: Mapping[str, Any]) -> Law:
    kind = _LAWS[data["type"]]
    law: Law = kind(**{k: _field_from(v) for k, v in data.items() if k != "type"})
    return law


def context_json(context: Context) -> dict[str, Any]:
    return {
        "entries": [_entry_json(entry) for entry in context],
        "laws": [law_json(law) for law in context.laws.values()],
    }


def context_from(data: Mapping[str, Any]) -> Context:
    entries = {item["name"]: _entry_from(item) for item in data["entries"]}
    laws = {item["name"]: law_from(item) for item in data["laws"]}
    return Context(entries=entries, laws=laws)
