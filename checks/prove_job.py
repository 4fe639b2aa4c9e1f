"""The jobs of the symbolic route, run by the worker: trees and a context as JSON in, proofs and derivations out."""

from __future__ import annotations

from typing import Any


def prove(argument: dict[str, Any]) -> dict[str, Any]:
    """`{"lhs", "rhs", "context"}` -> what `symbolic.prove.prove` answers."""
    from ..symbolic.context_json import context_from
    from ..symbolic.prove import prove as prove_claim
    from ..symbolic.tree import from_json

    return prove_claim(from_json(argument["lhs"]), from_json(argument["rhs"]), context_from(argument["context"]))


def prove_order(argument: dict[str, Any]) -> dict[str, Any]:
    """`{"lhs", "relation", "rhs", "context"}` -> what `symbolic.order_prove.prove_order` answers."""
    from ..symbolic.context_json import context_from
    from ..symbolic.order_prove import prove_order as prove_claim
    from ..symbolic.tree import from_json

    sides = from_json(argument["lhs"]), from_json(argument["rhs"])
    return prove_claim(sides[0], argument["relation"], sides[1], context_from(argument["context"]))


def critical_points(argument: dict[str, Any]) -> list[Any]:
    """`{"body", "name", "context"}` -> the trees at which the derivative of the body in the name is 0."""
    from ..symbolic.context_json import context_from
    from ..symbolic.order_prove import critical_points as find
    from ..symbolic.tree import from_json, to_json

    found = find(from_json(argument["body"]), argument["name"], context_from(argument["context"]))
    return [to_json(tree) for tree in found]


def closed_form(argument: dict[str, Any]) -> dict[str, Any]:
    """`{"node", "context"}` -> what `symbolic.closed.closed_form` answers."""
    from ..symbolic.closed import closed_form as find
    from ..symbolic.context_json import context_from
    from ..symbolic.tree import from_json

    return find(from_json(argument["node"]), context_from(argument["context"]))


def derive(argument: dict[str, Any]) -> list[dict[str, Any]]:
    """`{"context"}` -> the textbook derivation of each declared law, flow and energy, for the report."""
    from ..symbolic.context_json import context_from
    from ..symbolic.derivations import derivations_of

    return derivations_of(context_from(argument["context"]))
