"""Random trees: what is printed in plain notation reads back as the same tree, and has the value it should have."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from twofold.symbolic.context import Context, Entry
from twofold.symbolic.evaluate import Evaluator
from twofold.symbolic.printing import plain
from twofold.symbolic.reading import read_expression
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Apply, Name, Node, Number, from_json, to_json

CONTEXT = Context().declare(*(Entry(name=name, kind="scalar") for name in ("x", "y", "w_1")))
POINT = {"x": Fraction(3, 7), "y": Fraction(-5, 2), "w_1": Fraction(2)}


def integers() -> st.SearchStrategy[Node]:
    return st.integers(0, 9).map(lambda k: Number(Fraction(k)))


def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Trees as the reader makes them: sums and products are flat, signs single."""
    power = st.builds(lambda b, k: Apply("pow", (b, Number(Fraction(k)))), inner, st.integers(0, 3))
    return st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda p: Apply("add", tuple(p))),
        st.lists(inner, min_size=2, max_size=3).map(lambda p: Apply("mul", tuple(p))),
        st.tuples(inner, inner).map(lambda p: Apply("div", p)),
        inner.map(lambda p: Apply("neg", (p,))),
        inner.map(lambda p: Apply("abs", (p,))),
        power,
    )


TREES = st.recursive(st.one_of(integers(), st.sampled_from([Name(n) for n in POINT])), grow, max_leaves=12)


def read(text: str) -> Node:
    source = Source("t", text)
    return read_expression(text, CONTEXT, source, source.span(0, len(text)))


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_what_is_printed_reads_back(tree: Node) -> None:
    """Reading what is printed gives a tree that prints the same: nothing is lost or regrouped."""
    once = read(plain(tree))
    assert plain(once) == plain(tree)
    assert read(plain(once)) == once


class Rationals:
    """Exact arithmetic for the evaluator under test."""

    def number(self, value: Fraction) -> Fraction:
        return value

    def apply(self, op: str, parts: tuple[Any, ...]) -> Fraction:
        if op == "add":
            return sum(parts, Fraction(0))
        if op == "mul":
            found = Fraction(1)
            for part in parts:
                found *= part
            return found
        rules = {
            "neg": lambda: -parts[0],
            "abs": lambda: abs(parts[0]),
            "div": lambda: parts[0] / parts[1],
            "pow": lambda: parts[0] ** int(parts[1]),
        }
        return Fraction(rules[op]())


class Heads:
    def name(self, ev: Evaluator, node: Name) -> Fraction:
        return POINT[node.name]


def python(node: Node) -> str:
    """The tree as a Python expression with every operation in brackets: built by no code of the product."""
    if isinstance(node, Number):
        return f"Fraction({node.value.numerator}, {node.value.denominator})"
    if isinstance(node, Name):
        return f"POINT[{node.name!r}]"
    assert isinstance(node, Apply)
    parts = [f"({python(part)})" for part in node.args]
    joined = {"add": "+", "mul": "*", "div": "/", "pow": "**"}
    if node.op in joined:
        return joined[node.op].join(parts)
    return f"-{parts[0]}" if node.op == "neg" else f"abs({parts[0]})"


def value(node: Node) -> Fraction | None:
    """Python's own value; None where it divides by zero.  The exponents are plain integers."""
    try:
        return Fraction(eval(python(node), {"Fraction": Fraction, "POINT": POINT, "abs": abs}))
    except ZeroDivisionError:
        return None


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_a_printed_tree_has_the_value_of_the_tree(tree: Node) -> None:
    """Print, read and evaluate exactly: the value is that of an independent Python expression."""
    wanted = value(tree)
    assume(wanted is not None)
    found = Evaluator(Rationals(), Heads()).value(read(plain(tree)))  # type: ignore[arg-type]
    assert found == wanted


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_json_keeps_a_tree(tree: Node) -> None:
    """What crosses the pipe to the worker comes back."""
    assert from_json(to_json(tree)) == tree
