r"""Signs that operate on what follows: integrals, sums, limits, expectations, nabla, derivatives.

    \int_a^b g dx    \sum_{k=1}^n g    \lim_{x \to a} g    \mathbb{E}_{x \sim p}[g]    \nabla_\phi g    \frac{d}{dt} g

Scope follows the field's habit: nabla takes one factor, an expectation its bracket, everything else the rest of the
product (an integral up to its differential).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import averages, extremes, finite_sets, heads, indicators
from .context import EnergyLaw, component_names
from .derivative_signs import fraction_operator
from .domains import Bound, Domain
from .expectation_laws import expectation_below
from .random_words import moment_words
from .sample_words import large_numbers
from .shapes_of_syntax import words as every_word
from .source import ReadError, Span
from .syntax import Command, Group, Infix, Num, Relation, Script, Sequence, Syntax, Text, Word
from .tree import Apply, Bind, Name, Node, free_names, integer, neg, substitute

if TYPE_CHECKING:
    from .elaborate import Elaborator

INTEGRALS = {"int": 1, "int2": 2, "int3": 3}
# Letters that number samples and components.
COUNTERS = ("i", "j", "k", "l", "m", "n")
INDEXED = {"sum": "sum", "prod": "product"}


def operator(el: Elaborator, items: tuple[Syntax, ...], index: int) -> tuple[Node, int] | None:
    """The operator that begins at `index` with its operand, and the index behind it; None for anything else."""
    item = items[index]
    begun = indicators.indicator(el, items, index) or extremes.extreme(el, items, index)
    begun = begun or averages.average(el, items, index)
    if begun is not None:
        return begun
    if roman_expectation(items, index):
        return expectation(el, items, index, item.sub if isinstance(item, Script) else None)
    if isinstance(item, Word) and item.text.startswith("partial_") and not el.knows(item.text):
        return short_partial(el, items, index, Word(item.text.removeprefix("partial_"), item.span))
    if isinstance(item, Word) and item.text == "div" and not el.knows("div") and index + 1 < len(items):
        return divergence(el, item, items, index)
    command, sub, sup = parts_of(item)
    if command is None:
        return None
    if command.name == "frac":
        found = fraction_operator(el, command)
        if found is None or sub is not None:
            return None
        tag, names = found
        body = rest_of(items, index + 1, item.span)
        return heads.differential(el, "diff", body, names, tag, item.span.to(body.span)), len(items)
    if command.name in INTEGRALS:
        return integral(el, items, index, INTEGRALS[command.name], sub, sup)
    if command.name in INDEXED:
        return indexed(el, items, index, INDEXED[command.name], sub, sup)
    if command.name == "lim":
        return limit(el, items, index, sub)
    if command.name == "expect":
        return expectation(el, items, index, sub)
    if command.name == "nabla":
        return nabla(el, items, index, sub, sup)
    if command.name in ("arg", "int2"):
        raise ReadError(f"not read: {command.name}", item.span)
    return None


def divergence(el: Elaborator, word: Word, items: tuple[Syntax, ...], index: int) -> tuple[Node, int]:
    r"""`\operatorname{div} f(x)`, `\operatorname{div}(f)`: of one factor, by the state of its flow."""
    first = items[index + 1]
    if isinstance(first, Group) and len(first.items) > 1:
        return heads.apply_binder(el, word, first, word.span.to(first.span)), index + 2
    _, stop = el.factor(items, index + 1)
    body = rest_of(items[:stop], index + 1, word.span)
    span = word.span.to(body.span)
    return heads.apply_binder(el, word, Group("(", (unbraced(body) or body,), span), span), stop


def roman_expectation(items: tuple[Syntax, ...], index: int) -> bool:
    r"""`E_{x \sim p}[..]` with a roman E."""
    item = items[index]
    if not isinstance(item, Script) or not isinstance(item.base, Word) or item.base.text != "E":
        return False
    below = unbraced(item.sub)
    following = items[index + 1] if index + 1 < len(items) else None
    return isinstance(below, Relation) and below.relations[0].text == "~" and isinstance(following, Group)


def parts_of(item: Syntax) -> tuple[Command | None, Syntax | None, Syntax | None]:
    """A command with its scripts."""
    if isinstance(item, Script) and isinstance(item.base, Command):
        return item.base, item.sub, item.sup
    return (item, None, None) if isinstance(item, Command) else (None, None, None)


def rest_of(items: tuple[Syntax, ...], start: int, span: Span) -> Syntax:
    """What follows in the product."""
    rest = items[start:]
    if not rest:
        raise ReadError("expected an expression after the operator", span)
    return rest[0] if len(rest) == 1 else Sequence(rest, rest[0].span.to(rest[-1].span))


def unbraced(syntax: Syntax | None) -> Syntax | None:
    """The content of a script in braces."""
    if isinstance(syntax, Group) and syntax.open in ("{", "(") and len(syntax.items) == 1:
        return syntax.items[0]
    return syntax


# -- integrals ---------------------------------------------------------------------------------------------------------
def integral(
    el: Elaborator, items: tuple[Syntax, ...], index: int, count: int, sub: Syntax | None, sup: Syntax | None
) -> tuple[Node, int]:
    """`\\int_a^b g dx`, also `\\int dx g`, `\\int \\frac{dx}{x}`, several signs; without bounds over the whole line."""
    ranges: list[tuple[Syntax | None, Syntax | None]] = [(sub, sup)] * count
    cursor = index + 1
    while cursor < len(items):
        command, low, high = parts_of(items[cursor])
        if command is None or command.name != "int":
            break
        ranges.append((low, high))
        cursor += 1
    body, names, stop = integrand(el, items, cursor, len(ranges))
    span = items[index].span.to(items[stop - 1].span)
    return build_integral(el, body, names, ranges, span), stop


def integral_of_sum(el: Elaborator, syntax: Infix) -> Syntax | None:
    """`\\int_0^1 x + 1 \\, dx`: the terms up to the differential are the integrand; None where nothing is open."""
    if syntax.op != "add":
        return None
    start = next((i for i, term in enumerate(syntax.args) if opens_integral(el, term)), None)
    if start is None:
        return None
    stop = next((i for i in range(start + 1, len(syntax.args)) if closing_place(el, syntax.args[i])), None)
    if stop is None:
        return None
    head, negative, first = opened(syntax.args[start])
    place = closing_place(el, syntax.args[stop]) or 0
    last, minus = unsigned(syntax.args[stop])
    items = last.items if isinstance(last, Sequence) else (last,)
    body = items[:place]
    term: Syntax = body[0] if len(body) == 1 else Sequence(body, last.span)
    term = Infix("neg", (term,), last.span) if minus else term
    terms = (*first, *syntax.args[start + 1 : stop], term)
    whole = Group("(", (terms[0] if len(terms) == 1 else Infix("add", terms, syntax.span),), syntax.span)
    joined: Syntax = Sequence((*head, whole, *items[place:]), syntax.span)
    joined = Infix("neg", (joined,), syntax.span) if negative else joined
    args = (*syntax.args[:start], joined, *syntax.args[stop + 1 :])
    return args[0] if len(args) == 1 else Infix("add", args, syntax.span)


def unsigned(term: Syntax) -> tuple[Syntax, bool]:
    return (term.args[0], True) if isinstance(term, Infix) and term.op == "neg" else (term, False)


def opened(term: Syntax) -> tuple[tuple[Syntax, ...], bool, tuple[Syntax, ...]]:
    """Of `-c \\int_0^1 x`: what stands up to the sign, whether it is negative, and the integrand so far."""
    inner, negative = unsigned(term)
    items = inner.items if isinstance(inner, Sequence) else (inner,)
    last = max(i for i, item in enumerate(items) if is_integral_sign(item))
    rest = items[last + 1 :]
    body: tuple[Syntax, ...] = () if not rest else (rest[0] if len(rest) == 1 else Sequence(rest, inner.span),)
    return items[: last + 1], negative, body


def opens_integral(el: Elaborator, term: Syntax) -> bool:
    """Whether a term has an integral sign and no differential behind it."""
    inner, _ = unsigned(term)
    items = inner.items if isinstance(inner, Sequence) else (inner,)
    signs = [i for i, item in enumerate(items) if is_integral_sign(item)]
    if not signs:
        return False
    behind = range(signs[-1] + 1, len(items))
    return not any(differential_at(el, items, i) or hidden_differential(el, items[i]) for i in behind)


def is_integral_sign(item: Syntax) -> bool:
    command, _, _ = parts_of(item)
    return command is not None and command.name in INTEGRALS


def closing_place(el: Elaborator, term: Syntax) -> int | None:
    """Where the differential stands in a term, if anything stands before it."""
    inner, _ = unsigned(term)
    items = inner.items if isinstance(inner, Sequence) else (inner,)
    return next((i for i in range(1, len(items)) if differential_at(el, items, i) is not None), None)


def integrand(
    el: Elaborator, items: tuple[Syntax, ...], start: int, count: int
) -> tuple[Syntax | None, list[str], int]:
    """The body, the variables, and the index behind the last differential."""
    names: list[str] = []
    body: list[Syntax] = []
    cursor = start
    while cursor < len(items):
        found = differential_at(el, items, cursor)
        if found is not None:
            name, cursor = found
            names.append(name)
            if len(names) >= count and (body or cursor == len(items)):
                break
            continue
        if names and body:
            break
        hidden = hidden_differential(el, items[cursor])
        if hidden is not None and not names:
            inner, name = hidden
            names.append(name)
            body.append(inner)
            cursor += 1
            break
        body.append(items[cursor])
        cursor += 1
    if not names:
        raise ReadError("expected a differential such as dx behind the integral", items[start - 1].span)
    if not body:
        return None, names, cursor
    whole: Syntax = body[0] if len(body) == 1 else Sequence(tuple(body), body[0].span.to(body[-1].span))
    return whole, names, cursor


def differential_at(el: Elaborator, items: tuple[Syntax, ...], index: int) -> tuple[str, int] | None:
    """`d x` at an index: the name, and the index behind it; `d^2 x` and `d\\mathbf{x}` too."""
    item = items[index]
    base = item.base if isinstance(item, Script) and item.sub is None else item
    if not isinstance(base, Word) or base.text != "d" or el.knows("d") or index + 1 >= len(items):
        return None
    following = items[index + 1]
    if isinstance(following, Word):
        return following.text, index + 2
    return None


def hidden_differential(el: Elaborator, item: Syntax) -> tuple[Syntax, str] | None:
    """`\\frac{dx}{x}`: the fraction without its differential, and the name."""
    if not isinstance(item, Command) or item.name != "frac":
        return None
    top = item.args[0]
    parts = top.items if isinstance(top, Sequence) else (top,)
    for index in range(len(parts)):
        found = differential_at(el, parts, index)
        if found is not None:
            rest = (*parts[:index], *parts[found[1] :])
            new: Syntax = Num("1", top.span) if not rest else rest[0] if len(rest) == 1 else Sequence(rest, top.span)
            return Command("frac", (new, item.args[1]), None, item.span), found[0]
    return None


def build_integral(
    el: Elaborator, body: Syntax | None, names: list[str], ranges: list[tuple[Syntax | None, Syntax | None]], span: Span
) -> Node:
    """The node: bounds outside the scope of the variables; inner differentials belong to inner signs."""
    spelled: list[str] = []
    bounds: list[Node] = []
    order = list(reversed(range(len(names))))
    changes: dict[str, Node] = {}
    widths: dict[str, Node] = {}
    for position, name in enumerate(names):
        low, high = ranges[order[position]] if len(names) == len(ranges) else ranges[-1]
        parts = vector_parts(el, name)
        later = el.with_bound(*names[position + 1 :])
        for part in parts:
            spelled.append(part)
            low_node, high_node = bound_pair(later, low, high, span)
            el.context = later.context
            if (free_names(low_node) | free_names(high_node)) & set(names[position + 1 :]):
                # int int_c(x)^d(x) g dy dx over the unit interval in y: y = c + (d - c) s.
                width = Apply("add", (high_node, neg(low_node)))
                changes[part] = Apply("add", (low_node, Apply("mul", (width, Name(part)))))
                low_node, high_node = integer(0), integer(1)
                widths[part] = width
            bounds.extend((low_node, high_node))
    inner = el.with_bound(*spelled)
    node = inner.node(body) if body is not None else integer(1)
    el.context = inner.context
    if changes:
        for part, change in changes.items():
            node = Apply("mul", (substitute(node, {part: change}), widths[part]), span)
    return Bind("integral", tuple(spelled), (node, *bounds), "", span)


def vector_parts(el: Elaborator, name: str) -> tuple[str, ...]:
    entry = el.entry(name)
    if entry is not None and entry.kind == "vector" and entry.domain.shape and isinstance(entry.domain.shape[0], int):
        return component_names(name, entry.domain.shape[0])
    return (name,)


def bound_pair(el: Elaborator, low: Syntax | None, high: Syntax | None, span: Span) -> tuple[Node, Node]:
    """Bounds as written; none, or `\\mathbb{R}^d`, is the whole line."""
    inside = unbraced(low)
    base = inside.base if isinstance(inside, Script) else inside
    if low is None or (high is None and isinstance(base, Word) and base.text == "RR"):
        return Apply("neg", (Name("inf"),)), Name("inf")
    if high is None:
        raise ReadError("not read: an integral over a named region", low.span if low is not None else span)
    return el.node(low), el.node(high)


# -- sums, limits ------------------------------------------------------------------------------------------------------
def indexed(
    el: Elaborator, items: tuple[Syntax, ...], index: int, op: str, sub: Syntax | None, sup: Syntax | None
) -> tuple[Node, int]:
    """`\\sum_{k=1}^n g`: over the rest of the product."""
    whole = unbounded(el, items, index, op, sub, sup)
    if whole is not None:
        return whole, len(items)
    relation = unbraced(sub)
    body = rest_of(items, index + 1, items[index].span)
    span = items[index].span.to(body.span)
    over = finite_sets.over_set(el, op, sub, body, span) if sup is None else None
    if over is not None:
        return over, len(items)
    if (
        isinstance(relation, Relation)
        and len(relation.sides) == 2
        and isinstance(relation.sides[0], Word)
        and relation.relations[0].text == "="
        and sup is not None
    ):
        name = relation.sides[0].text
        low, high = el.node(relation.sides[1]), el.node(sup)
        count_of_terms(el, low, high)
        inner = el.with_bound(name)
        node = inner.node(body)
        el.context = inner.context
        return Bind(op, (name,), (node, low, high), "", span), len(items)
    raise ReadError(f"expected the range of the {op} as k=1 below and n above", items[index].span)


def count_of_terms(el: Elaborator, low: Node, high: Node) -> None:
    """An undeclared name as the upper bound of a sum from 1 is a whole number: how many terms there are."""
    name = high.name if isinstance(high, Name) and low in (integer(0), integer(1)) else ""
    entry = el.entry(name) if name not in el.bound else None
    if entry is not None and entry.kind == "scalar" and entry.rule.startswith("undeclared"):
        whole = Domain(field="integer", low=Bound(value=low, closed=True), text="integer", declared=False)
        rule = "undeclared: a number of terms"
        found = replace(entry, domain=whole, rule=rule)
        el.context = el.context.declare(found)
        el.implied[name] = found


def unbounded(
    el: Elaborator, items: tuple[Syntax, ...], index: int, op: str, sub: Syntax | None, sup: Syntax | None
) -> Node | None:
    r"""`\sum_i x_i`: over all of them, however many there are; None where the letter numbers nothing in the sum."""
    letter = unbraced(sub)
    if not isinstance(letter, Word) or sup is not None or letter.text not in COUNTERS or el.knows(letter.text):
        return None
    body = rest_of(items, index + 1, items[index].span)
    if not any(word.text.rpartition("_")[2] == letter.text and "_" in word.text for word in every_word(body)):
        return None
    count = f"n_{letter.text}"
    if not el.knows(count):
        el.imply(count, "undeclared: a number of terms")
        count_of_terms(el, integer(1), Name(count))
    inner = el.with_bound(letter.text)
    node = inner.node(body)
    el.context = inner.context
    return Bind(op, (letter.text,), (node, integer(1), Name(count)), "", items[index].span.to(body.span))


def limit(el: Elaborator, items: tuple[Syntax, ...], index: int, sub: Syntax | None) -> tuple[Node, int]:
    """`\\lim_{x \\to a} g`, also from one side: `x \\to a^+`."""
    relation = unbraced(sub)
    if (
        not isinstance(relation, Relation)
        or relation.relations[0].text != "to"
        or not isinstance(relation.sides[0], Word)
    ):
        raise ReadError("expected the limit as x \\to a", items[index].span)
    body = rest_of(items, index + 1, items[index].span)
    name, target, tag = relation.sides[0].text, relation.sides[1], ""
    if isinstance(target, Script) and isinstance(target.sup, Word) and target.sup.text in ("plus", "minus"):
        tag = "+" if target.sup.text == "plus" else "-"
        target = target.base if target.sub is None else Script(target.base, target.sub, None, 0, target.span)
    point = el.node(target)
    inner = el.with_bound(name)
    node = inner.node(body)
    el.context = inner.context
    sampled = large_numbers(el, name, point, node, items[index].span.to(body.span))
    if sampled is not None:
        return sampled, len(items)
    return Bind("limit", (name,), (node, point), tag, items[index].span.to(body.span)), len(items)


# -- expectations, nabla -----------------------------------------------------------------------------------------------
def expectation(el: Elaborator, items: tuple[Syntax, ...], index: int, sub: Syntax | None) -> tuple[Node, int]:
    """`\\mathbb{E}_{x \\sim p}[g]`, `\\mathbb{E}_p[g]`, `\\mathbb{E}[g]`."""
    if index + 1 >= len(items):
        raise ReadError("expected a bracket behind the expectation", items[index].span)
    following = items[index + 1]
    base = following.base if isinstance(following, Script) else following
    if sub is None and isinstance(base, Group) and base.open in ("[", "("):
        whole = items[index].span.to(following.span)
        moment = moment_words(el, Word("E", items[index].span, "E"), base, whole)
        if moment is not None:
            return el.power(moment, following.sup if isinstance(following, Script) else None, whole), index + 2
    if isinstance(base, Group) and base.open in ("[", "(", "{") and len(base.items) == 1:
        whole = items[index].span.to(following.span)
        written_law = expectation_below(el, unbraced(sub), base.items[0], whole)
        if written_law is not None:
            outer = following.sup if isinstance(following, Script) else None
            return el.power(written_law, outer, whole), index + 2
    written = variable_below(unbraced(sub))
    named = averages.density_name(sub)
    if named and isinstance(base, Group) and base.open in ("[", "(", "{") and el.context.law_of(named) is None:
        whole = items[index].span.to(following.span)
        mean = averages.under_density(el, named, Group("(", base.items, base.span), whole, written)
        if mean is not None:
            return el.power(mean, following.sup if isinstance(following, Script) else None, whole), index + 2
    law = law_below(el, unbraced(sub), items[index].span)
    if isinstance(base, Group) and base.open in ("[", "(", "{") and len(base.items) == 1:
        whole = items[index].span.to(following.span)
        node = heads.expectation_node(el, base.items[0], law, items[index].span, whole, written)
        outer = following.sup if isinstance(following, Script) else None
        return el.power(node, outer, items[index].span.to(following.span)), index + 2
    body = rest_of(items, index + 1, items[index].span)
    whole = items[index].span.to(body.span)
    return heads.expectation_node(el, body, law, items[index].span, whole, written), len(items)


def variable_below(sub: Syntax | None) -> str:
    r"""The name that runs: `x'` of `\mathbb{E}_{x' \sim p}`."""
    word = unbraced(sub.sides[0]) if isinstance(sub, Relation) and sub.relations[0].text == "~" else None
    return word.text if isinstance(word, Word) else ""


def law_below(el: Elaborator, sub: Syntax | None, span: Span) -> str:
    """The law named under an expectation; none is the only energy-based law of the document."""
    if sub is None:
        energies = [n for n, item in el.context.laws.items() if isinstance(item, EnergyLaw)]
        if len(energies) == 1:
            return energies[0]
        raise ReadError("expected the law under the expectation", span)
    if isinstance(sub, Relation) and sub.relations[0].text == "~":
        sub = sub.sides[1]
    head = sub.items[0] if isinstance(sub, Sequence) else sub
    if isinstance(head, Word | Text):
        law = el.context.law_of(head.text)
        if law is not None:
            return law.name
    raise ReadError("expected a declared law under the expectation", span)


def nabla(
    el: Elaborator, items: tuple[Syntax, ...], index: int, sub: Syntax | None, sup: Syntax | None
) -> tuple[Node, int]:
    """`\\nabla_x g` of one factor; `\\nabla \\cdot f` is a divergence; `\\nabla^2` a Hessian by its names."""
    if index + 1 >= len(items):
        raise ReadError("expected an expression behind nabla", items[index].span)
    names = unbraced(sub)
    by = heads.differentiation_names(el, names) if names is not None else default_names(el, items[index].span)
    node, stop = el.factor(items, index + 1)
    span = items[index].span.to(items[stop - 1].span)
    if sup is not None:
        return Bind("hessian", by, (node,), "", span), stop
    if len(by) == 1:
        return Bind("gradient", by, (node,), "", span), stop
    return Bind("gradient", by, (node,), "", span), stop


def short_partial(el: Elaborator, items: tuple[Syntax, ...], index: int, by: Word) -> tuple[Node, int]:
    """`\\partial_\\theta g`: the partial derivative of one factor, as with nabla."""
    if index + 1 >= len(items):
        raise ReadError("expected an expression behind the derivative sign", items[index].span)
    following = items[index + 1]
    if isinstance(following, Word) and not el.knows(following.text) and index + 2 == len(items):
        raise ReadError(f"expected a declared function behind the derivative sign; got '{following.raw}'", by.span)
    names = heads.differentiation_names(el, by)
    node, stop = el.factor(items, index + 1)
    return Bind("diff", names, (node,), "partial", items[index].span.to(items[stop - 1].span)), stop


def default_names(el: Elaborator, span: Span) -> tuple[str, ...]:
    """What a bare nabla differentiates by: the variables of the only energy or the state of the only flow."""
    candidates = [law.variables for law in el.context.laws.values() if hasattr(law, "variables")]
    if len(candidates) == 1:
        return tuple(candidates[0])
    raise ReadError("expected the names below nabla", span)


def operator_product(args: tuple[Syntax, ...], span: Span) -> Sequence | None:
    """`\\frac{d}{dx} x \\cdot y`, `\\int x \\cdot y \\, dx`: an operator at the head of a product takes all of it.

    Explicit product signs behind the operator are dropped, so that the product is one sequence again; None otherwise.
    """
    first = args[0].items[0] if isinstance(args[0], Sequence) else args[0]
    command, _, _ = parts_of(first)
    if command is None or command.name not in ("frac", *INTEGRALS, *INDEXED, "lim"):
        return None
    items = tuple(item for arg in args for item in (arg.items if isinstance(arg, Sequence) else (arg,)))
    return Sequence(items, span)
