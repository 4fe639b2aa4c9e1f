r"""Indexed names under a sum or a product: in `\sum_{i=1}^n x_i` the name x_i is no constant, it moves with i.

The letter stands for a sequence k -> x(k), an undefined function of whole numbers; beside it `x_1` is x(1):

    \sum_{i=1}^2 x_i = x_1 + x_2        \frac{1}{n} \sum_{i=1}^n x_i is not x_i

Where a letter stands under sums of a few written terms alone, these are written out with the names x_1, x_2 instead:
the same names may stand in the law of the document that the claim speaks of.

Only names that nobody declared are taken so, and the same way on both sides of a claim.  An index that is a part of a
subscript (`x_{i+1}`, `a_{ij}`) or that stands outside its sum is not read: it is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from .context import Context, Entry
from .domains import Domain
from .source import ReadError
from .tree import Apply, Bind, Call, Name, Node, Number, children, rewrite, walk, with_children

SUMS = ("sum", "product")
MOST = 12
# Names that nobody declared, and those that were only seen as the argument of a density.
UNDECLARED = ("undeclared", "argument of")


def with_sequences(lhs: Node, rhs: Node, context: Context) -> tuple[Node, Node, Context]:
    """Both sides with indexed names as sequences, and the context that declares these.

    Raises:
        ReadError: an index inside a subscript, or the indexed name outside its sum.
    """
    lhs, rhs, context = with_few_terms(lhs, rhs, context)
    values = values_used((lhs, rhs), context)
    trees = (lhs, rhs, *(entry.value for entry in values if entry.value is not None))
    if not any(type(n) is Bind and n.op in SUMS for tree in trees for n in walk(tree)):
        return lhs, rhs, context
    found = [use for tree in trees for use in indexed_uses(tree, frozenset(), context)]
    bases = {name.name.rpartition("_")[0] for name, index in found if name.name.rpartition("_")[2] == index}
    for name, _ in found:
        if name.name.rpartition("_")[0] not in bases or "_" in name.name.rpartition("_")[0]:
            raise ReadError(f"not read: an index inside the subscript of '{name.name}'", name.span)
    if not bases:
        return lhs, rhs, context
    left, right, *defined = (rewritten(tree, frozenset(), frozenset(bases), context) for tree in trees)
    moved = [
        replace(entry, value=value, domain=replace(entry.domain, value=value if entry.domain.value else None))
        for entry, value in zip(values, defined, strict=True)
    ]
    return left, right, context.declare(*moved, *(sequence_entry(base) for base in sorted(bases)))


def with_few_terms(lhs: Node, rhs: Node, context: Context) -> tuple[Node, Node, Context]:
    """Both sides with sums of few terms over indexed names written out, where no other sum is over the same names."""
    bases: dict[str, bool] = {}
    for side in (lhs, rhs):
        for node in walk(side):
            if isinstance(node, Bind) and node.op in SUMS and len(node.names) == 1:
                for name, index in indexed_uses(node.args[0], frozenset(node.names), context):
                    base, _, last = name.name.rpartition("_")
                    plain = last == index and "_" not in base and terms(node) is not None
                    bases[base] = bases.get(base, True) and plain
    few = frozenset(base for base, plain in bases.items() if plain)
    if not few:
        return lhs, rhs, context
    left, right = (written_out(side, few, context) for side in (lhs, rhs))
    names = {n.name for side in (left, right) for n in walk(side) if isinstance(n, Name)}
    new = sorted(n for n in names if n.rpartition("_")[0] in few and context.get(n) is None)
    rule = "undeclared: real by default"
    return left, right, context.declare(*(Entry(name=n, kind="scalar", rule=rule) for n in new))


def terms(node: Bind) -> range | None:
    """The values of the index of a sum with few written terms."""
    if len(node.args) != 3 or not all(isinstance(a, Number) and a.value.denominator == 1 for a in node.args[1:]):
        return None
    low, high = (int(a.value) for a in node.args[1:] if isinstance(a, Number))
    return range(low, high + 1) if 0 <= high - low < MOST else None


def written_out(node: Node, few: frozenset[str], context: Context) -> Node:
    parts = children(node)
    node = with_children(node, tuple(written_out(p, few, context) for p in parts)) if parts else node
    if not isinstance(node, Bind) or node.op not in SUMS or len(node.names) != 1:
        return node
    index, values = node.names[0], terms(node)
    uses = {n.name for n, _ in indexed_uses(node.args[0], frozenset(node.names), context)}
    own = {name for name in uses if name.rpartition("_")[0] in few}
    if values is None or not own or own != uses:
        return node

    def term(k: int) -> Node:
        def at(part: Node) -> Node:
            if isinstance(part, Name) and part.name in own:
                return Name(f"{part.name.rpartition('_')[0]}_{k}", part.span)
            return Number(Fraction(k)) if isinstance(part, Name) and part.name == index else part

        return rewrite(node.args[0], at)

    found = tuple(term(k) for k in values)
    return found[0] if len(found) == 1 else Apply("add" if node.op == "sum" else "mul", found, node.span)


def values_used(sides: tuple[Node, Node], context: Context) -> list[Entry]:
    r"""The entries with a value that two sides rest on: of `\ell'(\theta)` the sum that \ell is defined by."""
    found: dict[str, Entry] = {}
    stack: list[Node] = list(sides)
    while stack:
        node = stack.pop()
        for name in {n.name.rstrip("'") for n in walk(node) if isinstance(n, Name | Call)} - set(found):
            entry = context.get(name)
            if entry is not None and entry.value is not None:
                found[name] = entry
                stack.append(entry.value)
    return list(found.values())


def sequence_entry(base: str) -> Entry:
    domain = Domain(arity=1, text="function(1)", declared=False)
    return Entry(name=sequence_name(base), kind="function", domain=domain, rule=f"the sequence {base}")


def sequence_name(base: str) -> str:
    return f"{base}_seq"


def is_undeclared(name: str, context: Context) -> bool:
    entry = context.get(name)
    return entry is None or entry.rule.startswith(UNDECLARED)


def indexed_uses(node: Node, bound: frozenset[str], context: Context) -> Iterator[tuple[Name, str]]:
    """Undeclared names with a bound index of a sum in their subscript, and that index."""
    if isinstance(node, Name) and node.name not in bound:
        tokens = node.name.split("_")[1:]
        for index in sorted(bound):
            if any(token == index or (len(token) == 2 and index in token) for token in tokens):
                if is_undeclared(node.name, context):
                    yield node, index
                return
    inside = bound | frozenset(node.names) if isinstance(node, Bind) and node.op in SUMS else bound
    for place, part in enumerate(children(node)):
        yield from indexed_uses(part, inside if place == 0 else bound, context)


def rewritten(node: Node, bound: frozenset[str], bases: frozenset[str], context: Context) -> Node:
    """The tree with x_i inside a sum over i, and x_1 anywhere, as values of the sequence."""
    if isinstance(node, Name):
        base, _, index = node.name.rpartition("_")
        if base not in bases or not is_undeclared(node.name, context):
            return node
        if index in bound:
            return Call(sequence_name(base), (Name(index, node.span),), node.span)
        if index.isdigit():
            return Call(sequence_name(base), (Number(Fraction(index)),), node.span)
        raise ReadError(f"not read: '{node.name}' outside the sum over '{index}'", node.span)
    if isinstance(node, Bind):
        by_member = [n for n in node.names if node.op not in SUMS and n.rpartition("_")[0] in bases]
        if by_member:
            raise ReadError(f"not read: '{by_member[0]}' as a variable beside its sequence", node.span)
        inside = bound | frozenset(node.names) if node.op in SUMS else bound
        body = rewritten(node.args[0], inside, bases, context)
        return replace(node, args=(body, *(rewritten(a, bound, bases, context) for a in node.args[1:])))
    parts = children(node)
    return with_children(node, tuple(rewritten(p, bound, bases, context) for p in parts)) if parts else node
