r"""Claim: two trees, a relation, the context they live in, and the kind that is read off their typed heads.

    p_Y(y) with Y a law          density            d/dt log p(z(t), t)     log-density ODE
    Cov(Y), mean(Y), H(Y)        covariance, ...    div f, tr df/dz         trace
    Z, E_p[..], grad log Z       energy             z(t) and z(0)           flow map
    anything else                equality

A claim about a law (`Y ~ N(m, S)`) has several parts, all of which must hold; an ordinary claim has one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..symbolic.context import AffineLaw, Context, EnergyLaw, FlowLaw, GaussianLaw, Law
from ..symbolic.context_json import domain_json
from ..symbolic.residues import with_remainders
from ..symbolic.sized_identities import size_identities
from ..symbolic.source import Span
from ..symbolic.tree import Apply, Bind, Call, Name, Node, free_names, to_json, walk
from ..symbolic.unfold import spell_vectors, unfold

_TYPED = frozenset(("mean", "covariance", "variance", "entropy", "kl", "trace"))
EXTREMES = ("argmax", "argmin", "supremum", "infimum")
# Relations that are judged as they are written; every other claim is an equality in the end.
ORDER = ("<", "<=", ">", ">=", "!=", "succ", "succeq", "prec", "preceq")


@dataclass(frozen=True)
class Part:
    """One equality (or inequality) of a claim: the sides as written, and unfolded to declarations."""

    lhs: Node
    rhs: Node
    context: Context
    label: str = ""
    relation: str = "="

    @cached_property
    def unfolded(self) -> tuple[Node, Node]:
        """Both sides with definitions written out, identities sized, vectors spelled.  Raises TooLarge."""
        sides = size_identities(unfold(self.lhs, self.context), unfold(self.rhs, self.context), self.context)
        left, right = (spell_vectors(s, self.context) for s in sides)
        return with_remainders(left), with_remainders(right)


@dataclass(frozen=True)
class Claim:
    """What an author asserts, as understood."""

    id: str
    lhs: Node
    relation: str
    rhs: Node
    context: Context
    span: Span
    kind: str
    parts: tuple[Part, ...]
    subject: str = ""

    @property
    def law(self) -> Law | None:
        """The law, flow or energy that the claim is about."""
        return self.context.laws.get(self.subject)


def make_claim(lhs: Node, relation: str, rhs: Node, context: Context, span: Span, taken: Sequence[str] = ()) -> Claim:
    """A claim with its kind, subject and id computed."""
    kind, subject = kind_of(lhs, relation, rhs, context)
    ordered = relation if relation in ORDER else "="
    parts = law_parts(lhs, rhs, context) if relation == "~" else (Part(lhs, rhs, context, "", ordered),)
    return Claim(
        id=claim_id(lhs, relation, rhs, context, taken),
        lhs=lhs,
        relation=relation,
        rhs=rhs,
        context=context,
        span=span,
        kind=kind,
        parts=parts,
        subject=subject,
    )


def claim_id(lhs: Node, relation: str, rhs: Node, context: Context, taken: Sequence[str] = ()) -> str:
    """A hash of the normalised claim and of the context entries that it uses; `-2` for a repeat."""
    names = sorted(used_names(context, (lhs, rhs)))
    entries = [[n, e.kind, e.of, domain_json(e.domain)] for n in names if (e := context.get(n)) is not None]
    laws = sorted({law.name: law_key(law) for n in names if (law := context.law_of(n)) is not None}.items())
    text = json.dumps([to_json(lhs), relation, to_json(rhs), entries, laws], sort_keys=True)
    base = hashlib.sha256(text.encode()).hexdigest()[:12]
    found, k = base, 2
    while found in taken:
        found, k = f"{base}-{k}", k + 1
    return found


def law_key(law: Law) -> Any:
    from ..symbolic.context_json import law_json

    return law_json(law)


def used_names(context: Context, trees: Sequence[Node]) -> set[str]:
    found: set[str] = set()
    for tree in trees:
        found |= free_names(tree)
        found |= {n.name.rstrip("'") for n in walk(tree) if isinstance(n, Call)}
    return found


def law_parts(lhs: Node, rhs: Node, context: Context) -> tuple[Part, ...]:
    """`Y ~ N(m, S)` as mean and covariance."""
    assert isinstance(rhs, Apply) and rhs.op == "normal_density"
    mean, covariance = rhs.args[-2:]
    return (
        Part(Apply("mean", (lhs,)), mean, context, "mean"),
        Part(Apply("covariance", (lhs,)), covariance, context, "covariance"),
    )


# -- kinds -------------------------------------------------------------------------------------------------------------
def kind_of(lhs: Node, relation: str, rhs: Node, context: Context) -> tuple[str, str]:
    """The kind and the subject, read off the typed heads of the left side first, then of the right."""
    if relation == "~":
        return "distribution", lhs.name if isinstance(lhs, Name) else ""
    if relation in ORDER:
        return "inequality", ""
    named = [e.value for s in (lhs, rhs) if isinstance(s, Name) and (e := context.get(s.name)) is not None]
    if any(isinstance(side, Bind) and side.op in EXTREMES for side in (lhs, rhs, *named)):
        return "extreme", ""
    for side in (lhs, rhs):
        found = kind_of_side(side, context)
        if found is not None:
            return found
    return "equality", ""


def kind_of_side(side: Node, context: Context) -> tuple[str, str] | None:
    nodes = [node for node in walk(side) if may_have_kind(node, context)]
    if not nodes:
        return None
    for test in (_flow_kind, _trace_first, _derived_kind, _density_kind, _energy_kind, _calculus_kind):
        for node in nodes:
            found = test(node, context)
            if found is not None:
                return found
    return None


def may_have_kind(node: Node, context: Context) -> bool:
    """Whether any test of `kind_of_side` looks at a node of this sort."""
    kind = type(node)
    if kind is Apply:
        return node.op in _TYPED  # type: ignore[union-attr]
    if kind is Name:
        entry = context.entries.get(node.name)  # type: ignore[union-attr]
        return entry is not None and entry.kind == "partition"
    return kind is Bind or kind is Call


def _flow_kind(node: Node, context: Context) -> tuple[str, str] | None:
    """Derivatives of the density of a flow, and values of its path at more than one time."""
    if isinstance(node, Bind) and node.op == "diff" and node.names:
        for part in walk(node.args[0]):
            law = context.law_of(part.name) if isinstance(part, Call) else None
            if isinstance(law, FlowLaw) and node.names == (law.time,):
                entry = context.get(part.name) if isinstance(part, Call) else None
                return ("log_density_ode" if entry is not None and entry.kind == "density" else "path", law.name)
    if isinstance(node, Bind) and node.tag == "flow_map" and isinstance(node.args[0], Call):
        law = context.law_of(node.args[0].name)
        return ("flow_map", law.name) if law is not None else None
    if isinstance(node, Call):
        law = context.law_of(node.name)
        entry = context.get(node.name)
        if (
            isinstance(law, FlowLaw)
            and entry is not None
            and entry.kind in ("path", "component")
            and node.args != (Name(law.time),)
        ):
            return "flow_map", law.name
    return None


def _derived_kind(node: Node, context: Context) -> tuple[str, str] | None:
    derived = isinstance(node, Apply) and node.op in ("mean", "covariance", "variance", "entropy", "kl")
    if isinstance(node, Apply) and derived and node.args and isinstance(node.args[0], Name):
        return node.op, node.args[0].name
    return None


def _density_kind(node: Node, context: Context) -> tuple[str, str] | None:
    if isinstance(node, Call):
        entry, law = context.get(node.name), context.law_of(node.name)
        if entry is not None and entry.kind == "density" and law is not None:
            return ("density", law.name) if not isinstance(law, EnergyLaw) else ("energy_density", law.name)
    return None


def _energy_kind(node: Node, context: Context) -> tuple[str, str] | None:
    if isinstance(node, Name):
        entry = context.get(node.name)
        if entry is not None and entry.kind == "partition":
            return "partition", entry.of
    if isinstance(node, Bind) and node.op == "expect" and isinstance(node.args[1], Name):
        return "expectation", node.args[1].name
    return None


def _trace_first(node: Node, context: Context) -> tuple[str, str] | None:
    """The trace of a Jacobian before the Jacobian itself."""
    if isinstance(node, Apply) and node.op == "trace":
        return _calculus_kind(node, context)
    return None


def _calculus_kind(node: Node, context: Context) -> tuple[str, str] | None:
    if isinstance(node, Bind) and node.op in ("divergence", "jacobian"):
        for part in walk(node.args[0]):
            law = context.law_of(part.name) if isinstance(part, Call) else None
            if isinstance(law, FlowLaw):
                return ("trace" if node.op == "divergence" else "jacobian"), law.name
        return node.op, ""
    if isinstance(node, Apply) and node.op == "trace":
        inner = kind_of_side(node.args[0], context)
        if inner is not None and inner[0] == "jacobian":
            return "trace", inner[1]
    if isinstance(node, Bind) and node.op in ("diff", "gradient"):
        return "derivative", ""
    if isinstance(node, Bind) and node.op == "integral":
        return "integral", ""
    return None


def is_gaussian(law: Law | None, context: Context) -> bool:
    """A Gaussian law or an affine image of one."""
    while isinstance(law, AffineLaw):
        law = context.laws.get(law.base)
    return isinstance(law, GaussianLaw)
