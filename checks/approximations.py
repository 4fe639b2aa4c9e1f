r"""What `\approx` says, by what stands on its sides.

    0.318 \approx 1/pi                       a printed decimal stands for half a unit of its last place
    z(t + h) \approx z(t) + h f(z(t), t)     a step of an ODE: right to first order, that is at h = 0 and in its first
                                             derivative there; the remainder is O(h^2)
    g \approx (1/N) sum_i g(x_i), x_i ~ p    an estimator: its expectation is g, exactly

The last two become ordinary equalities, judged as any other; the condition says what was checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..symbolic.context import Context, EnergyLaw, FlowLaw
from ..symbolic.source import Span
from ..symbolic.tree import (
    Apply,
    Bind,
    Call,
    Name,
    Node,
    Number,
    children,
    mul,
    rewrite,
    substitute,
    walk,
    with_children,
)
from .claim import Claim, Part, make_claim
from .decimals import rounded_entries, rounding

STEP = "_h"


def approximate_statement(
    lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str]
) -> dict[str, Any] | None:
    """Claim and condition of an approximation: a decimal, a vector of them, a step of an ODE or an estimator.

    None for an approximation of another kind.
    """
    entries = rounded_entries(lhs, rhs, context)
    if entries or rounding(Part(lhs, rhs, context)) is not None:
        claim = replace(make_claim(lhs, "=", rhs, context, span, taken), kind="decimal")
        return {"claim": replace(claim, parts=entries) if entries else claim}
    found = approximate_claim(lhs, rhs, context, span, taken)
    return None if found is None else {"claim": found[0], "condition": found[1]}


def approximate_claim(
    lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str]
) -> tuple[Claim, str] | None:
    """The claim that an approximation makes and the condition that says so; None where it is not understood."""
    step = ode_step(lhs, rhs, context, span, taken)
    if step is not None:
        return step, "to first order in the step: the remainder is of second order"
    estimator = sample_mean(rhs, context)
    if estimator is not None:
        claim = make_claim(lhs, "=", estimator, context, span, taken)
        return claim, "in expectation over exact draws: the sample mean stands for the expectation"
    return None


# -- steps of an ODE ---------------------------------------------------------------------------------------------------
def ode_step(lhs: Node, rhs: Node, context: Context, span: Span, taken: Sequence[str]) -> Claim | None:
    """`z(t + h) = z(t) + h f(z(t), t)`: equal at h = 0, and equal derivatives there."""
    law = context.law_of(lhs.name) if isinstance(lhs, Call) else None
    if not isinstance(lhs, Call) or not isinstance(law, FlowLaw) or len(lhs.args) != 1:
        return None
    step = step_of(lhs.args[0], law.time)
    if step is None:
        return None
    written = rewrite(rhs, lambda n: with_step(n, step))
    now = Call(lhs.name, (Name(law.time),))
    position = entry.position if (entry := context.get(lhs.name)) is not None else 0
    name = f"{law.field_name}_{position}" if position else law.field_name
    field = Call(name, tuple(Call(v, (Name(law.time),)) for v in law.variables))
    zero = {STEP: Number(Fraction(0))}
    claim = make_claim(lhs, "=", rhs, context, span, taken)
    parts = (
        Part(substitute(written, zero), now, context, "at h = 0"),
        Part(coefficient(written), field, context, "first order in h"),
    )
    # Without the step on its right side the statement says no more than continuity.
    return replace(claim, kind="ode_step", subject=law.name, parts=parts if holds_step(written) else parts[:1])


def coefficient(node: Node) -> Node:
    """The coefficient of h in a sum of terms each of which holds h at most once, as a factor."""
    if isinstance(node, Apply) and node.op == "add":
        parts = [c for part in node.args if not is_zero(c := coefficient(part))]
        return Apply("add", tuple(parts)) if len(parts) > 1 else parts[0] if parts else Number(Fraction(0))
    if isinstance(node, Apply) and node.op == "neg":
        inner = coefficient(node.args[0])
        return inner if is_zero(inner) else Apply("neg", (inner,))
    if node == Name(STEP):
        return Number(Fraction(1))
    if isinstance(node, Apply) and node.op == "mul" and Name(STEP) in node.args:
        rest = list(node.args)
        rest.remove(Name(STEP))
        return mul(*rest)
    if isinstance(node, Apply) and node.op == "mul":
        held = [i for i, part in enumerate(node.args) if holds_step(part)]
        if len(held) == 1:
            inner = coefficient(node.args[held[0]])
            return mul(*node.args[: held[0]], inner, *node.args[held[0] + 1 :])
    if isinstance(node, Apply) and node.op == "div" and not holds_step(node.args[1]):
        inner = coefficient(node.args[0])
        return inner if is_zero(inner) else Apply("div", (inner, node.args[1]))
    return Number(Fraction(0))


def holds_step(node: Node) -> bool:
    return any(n == Name(STEP) for n in walk(node))


def is_zero(node: Node) -> bool:
    return isinstance(node, Number) and node.value == 0


def step_of(argument: Node, time: str) -> Node | None:
    """h of `t + h`."""
    if isinstance(argument, Apply) and argument.op == "add" and len(argument.args) == 2:
        first, second = argument.args
        if first == Name(time):
            return second
        if second == Name(time):
            return first
    return None


def with_step(node: Node, step: Node) -> Node:
    """The step written as one name, wherever it stands."""
    if node == step:
        return Name(STEP)
    parts = children(node)
    return with_children(node, tuple(Name(STEP) if p == step else p for p in parts)) if parts else node


# -- estimators --------------------------------------------------------------------------------------------------------
def sample_mean(rhs: Node, context: Context) -> Node | None:
    """The right side with `(1/N) sum_{i=1}^N g(x_i)` replaced by the expectation of g; None where there is none."""
    found: list[bool] = []

    def rule(node: Node) -> Node:
        mean = mean_of(node, context)
        if mean is None:
            return node
        found.append(True)
        return mean

    changed = rewrite(rhs, rule)
    return changed if found else None


def mean_of(node: Node, context: Context) -> Node | None:
    """`\\frac{1}{N} \\sum_{i=1}^N g(x_i)` as E_p[g(x)]."""
    if not isinstance(node, Apply) or node.op not in ("mul", "div"):
        return None
    total = next((p for p in node.args if isinstance(p, Bind) and p.op == "sum"), None)
    rest = [p for p in node.args if p is not total]
    if not isinstance(total, Bind) or total.args[1] != Number(Fraction(1)) or len(rest) != 1:
        return None
    count = total.args[2]
    weight = Apply("div", (Number(Fraction(1)), count))
    if rest[0] != (count if node.op == "div" else weight):
        return None
    return expectation_of(total.args[0], total.names[0], context)


def expectation_of(body: Node, index: str, context: Context) -> Node | None:
    """E_p[g(x)] of g(x_i): the law is the only energy-based one of the document."""
    laws = [law for law in context.laws.values() if isinstance(law, EnergyLaw)]
    if len(laws) != 1:
        return None
    law = laws[0]
    values: dict[str, Node] = {}
    for node in walk(body):
        if not isinstance(node, Name):
            continue
        base, _, rest = node.name.partition(f"_{index}")
        if base and base != node.name and rest == "" and law.dimension == 1:
            values[node.name] = Name(law.variables[0])
        elif base and rest[:1] == "_" and rest[1:].isdigit() and 1 <= int(rest[1:]) <= law.dimension:
            values[node.name] = Name(law.variables[int(rest[1:]) - 1])
    if not values:
        return None
    return Bind("expect", law.variables, (substitute(body, values), Name(law.name)))
