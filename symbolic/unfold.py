r"""Definitions written out: what a name stands for by declaration alone, before anything is derived.

    A -> its matrix;   f(z) -> the column of the field;   E(x) -> the energy;   p(x) -> exp(-E(x)) / Z for an
    energy-based law

Nothing is derived here: densities of Gaussian laws, covariances, paths, integrals and derivatives stay as they are.
Both routes of a check begin from the unfolded tree, and share nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .context import Context, EnergyLaw, Entry, FlowLaw, component_names
from .shapes import parameter_names
from .tree import (
    Apply,
    Bind,
    Call,
    Name,
    Node,
    children,
    column,
    free_names,
    neg,
    substitute,
    walk,
    with_children,
)

# Operations on laws: their arguments are names of laws, which may also be points with a value.
OF_LAWS = ("mean", "covariance", "variance", "entropy", "kl")
MAX_UNFOLDINGS = 2_000
MAX_NODES = 50_000


class TooLarge(ValueError):  # noqa: N818 - an answer, not a failure
    """Definitions that unfold into each other without end, or beyond the limit."""


def unfold(node: Node, context: Context) -> Node:
    """The tree with every definition of the context written out.  Raises TooLarge."""
    if stands_alone(node, context):
        return node
    try:
        return _Unfolder(context).node(node, frozenset())
    except RecursionError:  # a name in its own value is met before the limit of unfoldings
        raise TooLarge("definitions refer to each other without end") from None


def stands_alone(node: Node, context: Context) -> bool:
    """Arithmetic of names without a value: nothing is written out in it."""
    for part in walk(node):
        kind = type(part)
        if kind is Name:
            entry = context.entries.get(part.name)  # type: ignore[union-attr]
            if entry is not None and (entry.value is not None or entry.kind == "partition"):
                return False
        elif kind is Bind or kind is Call:
            return False
    return True


class _Unfolder:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.left = MAX_UNFOLDINGS

    def node(self, node: Node, bound: frozenset[str]) -> Node:
        if isinstance(node, Bind):
            inside = bound | frozenset(node.names)
            body = self.node(node.args[0], inside)
            found = self.expectation(node, body)
            return found or replace(node, args=(body, *(self.node(a, bound) for a in node.args[1:])))
        parts = children(node)
        if isinstance(node, Apply) and node.op in OF_LAWS:
            return node
        if parts:
            node = with_children(node, tuple(self.node(part, bound) for part in parts))
        found = self.definition(node, bound)
        if found is None:
            return node
        self.left -= 1
        if self.left < 0:
            raise TooLarge("definitions refer to each other without end")
        return self.node(found, bound)

    def definition(self, node: Node, bound: frozenset[str]) -> Node | None:
        if isinstance(node, Name) and node.name not in bound:
            entry = self.context.get(node.name)
            if entry is not None and entry.kind == "partition":
                law = self.context.law_of(node.name)
                return supported_partition(law) if isinstance(law, EnergyLaw) and law.support is not None else None
            return entry.value if entry is not None and entry.value is not None and not entry.arguments else None
        if isinstance(node, Call):
            entry = self.context.get(node.name)
            if entry is None and node.name.rstrip("'").endswith("^-1"):
                return self.inverse(node)
            if entry is None and node.name.endswith("'"):
                return self.primed(node)
            return self.call(entry, node) if entry is not None else None
        if isinstance(node, Apply) and node.op == "log":
            return self.log_density(node)
        return None

    def primed(self, node: Call) -> Node | None:
        """V'(x) of a defined V is d/dx V(x); at anything but a name it stays, with the parameters of V made visible."""
        found = one_argument(self.context, node.name.rstrip("'"))
        if found is None or len(node.args) != 1:
            return None
        formal, body = found
        argument, order = node.args[0], len(node.name) - len(node.name.rstrip("'"))
        if isinstance(argument, Name) and (argument.name == formal or argument.name not in free_names(body)):
            return Bind("diff", (argument.name,) * order, (substitute(body, {formal: argument}),), "partial", node.span)
        hidden = sorted(free_names(unfold(body, self.context)) - {formal})
        return replace(node, args=(argument, *(Name(n) for n in hidden))) if hidden else None

    def inverse(self, node: Call) -> Node | None:
        """f^{-1}(y) of a given f stays, with the parameters of f made visible."""
        from .inverse_names import hidden_names

        hidden = hidden_names(self.context, node.name) if len(node.args) == 1 else ()
        return replace(node, args=(*node.args, *(Name(n) for n in hidden))) if hidden else None

    def expectation(self, node: Bind, body: Node) -> Node | None:
        """E_p[g] of an energy on a part of the line: the integral of g exp(-E) over that of exp(-E)."""
        law = self.context.laws.get(getattr(node.args[-1], "name", "")) if node.op == "expect" else None
        if not isinstance(law, EnergyLaw) or law.support is None or node.names != law.variables:
            return None
        whole = supported_partition(law)
        top = replace(whole, args=(Apply("mul", (body, whole.args[0])), *whole.args[1:]))
        return self.node(Apply("div", (top, whole), node.span), frozenset())

    def log_density(self, node: Apply) -> Node | None:
        """log(exp(-E) / Z) = -E - log Z: both are positive by declaration."""
        inside = node.args[0]
        if isinstance(inside, Apply) and inside.op == "div" and isinstance(inside.args[1], Name | Bind):
            top, bottom = inside.args
            kernel = bottom.args[0] if isinstance(bottom, Bind) and bottom.op == "integral" else None
            if isinstance(top, Apply) and top.op == "exp" and isinstance(kernel, Apply) and kernel.op == "exp":
                return Apply("add", (top.args[0], neg(Apply("log", (bottom,)))), node.span)
            entry = self.context.get(bottom.name) if isinstance(bottom, Name) else None
            if entry is not None and entry.kind == "partition" and isinstance(top, Apply) and top.op == "exp":
                return Apply("add", (top.args[0], neg(Apply("log", (bottom,)))), node.span)
        return None

    def call(self, entry: Entry, node: Call) -> Node | None:
        law = self.context.law_of(entry.name)
        if entry.kind == "function" and entry.value is not None:
            if len(entry.arguments) != len(node.args):
                return None  # E(s_1, s_2) where E(x) is defined: another function of the same letter
            return substitute(entry.value, dict(zip(entry.arguments, node.args, strict=True)))
        if entry.kind == "field" and isinstance(law, FlowLaw):
            return field_at(law, entry.position, node.args)
        if entry.kind == "energy" and isinstance(law, EnergyLaw):
            return energy_at(law, node.args)
        if entry.kind == "density" and isinstance(law, EnergyLaw):
            partition = partition_entry(self.context, law)
            return Apply("div", (Apply("exp", (neg(energy_at(law, node.args)),)), Name(partition)), node.span)
        return None


def supported_partition(law: EnergyLaw) -> Bind:
    """The normaliser of an energy on a part of the line, as its integral."""
    ends = tuple(end for interval in law.support or () for end in interval)
    return Bind("integral", law.variables, (Apply("exp", (neg(law.energy),)), *ends))


def one_argument(context: Context, name: str) -> tuple[str, Node] | None:
    """The variable and the body of a defined function of one variable, of an energy or a field on the line."""
    entry = context.get(name)
    law = context.law_of(name) if entry is not None else None
    if entry is None:
        return None
    if entry.kind == "function" and entry.value is not None and len(entry.arguments) == 1:
        formal = entry.arguments[0]
        same = context.get(formal)
        if same is None or same.value is None:
            return formal, entry.value
        own = f"{formal}*"  # the name has a value of its own, which is not the argument's
        return own, substitute(entry.value, {formal: Name(own)})
    if entry.kind == "energy" and isinstance(law, EnergyLaw) and law.dimension == 1:
        return law.variables[0], law.energy
    if entry.kind == "field" and isinstance(law, FlowLaw) and law.dimension == 1:
        return law.variables[0], law.field[0]
    return None


def partition_entry(context: Context, law: EnergyLaw) -> str:
    """The name of the normaliser that belongs to this law."""
    for name in (law.partition_name, f"{law.partition_name}_{law.name}"):
        entry = context.get(name)
        if entry is not None and entry.kind == "partition" and entry.of == law.name:
            return name
    return f"{law.partition_name}_{law.name}"


def field_at(law: FlowLaw, position: int, arguments: Sequence[Node]) -> Node:
    """The field, or one component of it, at given arguments."""
    values: dict[str, Node] = {}
    if position and len(arguments) == 1 and law.dimension > 1:
        values[law.variables[position - 1]] = arguments[0]
    else:
        values.update(zip(law.variables, arguments, strict=False))
        if len(arguments) > law.dimension:
            values[law.time] = arguments[law.dimension]
    parts = [substitute(component, values) for component in law.field]
    if position:
        return parts[position - 1]
    return parts[0] if len(parts) == 1 else column(*parts)


def energy_at(law: EnergyLaw, arguments: Sequence[Node]) -> Node:
    values: dict[str, Node] = dict(zip(law.variables, arguments, strict=False))
    rest = arguments[law.dimension :]
    if len(rest) == len(law.parameters):
        values.update(zip(law.parameters, rest, strict=True))
    elif rest:
        values.update(zip(parameter_names(law), rest, strict=True))
    return substitute(law.energy, {k: v for k, v in values.items() if v != Name(k)})


def spell_vectors(node: Node, context: Context) -> Node:
    """Vector and path names as columns of their components: z -> (z_1, z_2)."""

    def rule(n: Node) -> Node:
        if isinstance(n, Name):
            entry = context.get(n.name)
            if entry is not None and entry.kind == "path":
                law = context.law_of(n.name)
                if law is not None and law.dimension > 1:
                    return column(*(Name(v) for v in getattr(law, "variables", component_names(n.name, law.dimension))))
        if isinstance(n, Call):
            entry = context.get(n.name)
            law = context.law_of(n.name)
            if entry is not None and entry.kind == "path" and isinstance(law, FlowLaw) and law.dimension > 1:
                return column(*(Call(v, n.args, n.span) for v in law.variables))
        return n

    from .tree import rewrite

    return rewrite(node, rule)


def check_size(node: Node) -> None:
    """Raises TooLarge when the unfolded tree is beyond the limit of nodes."""
    for count, _ in enumerate(walk(node)):
        if count > MAX_NODES:
            raise TooLarge(f"expected at most {MAX_NODES} nodes; got more")
