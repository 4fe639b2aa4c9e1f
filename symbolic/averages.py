r"""Averages in angle brackets, and expectations under a density that the document gives by a formula.

    \langle f \rangle            under the only energy-based law, where its variable occurs in f
    \langle f \rangle_p          under the law p
    \langle Y \rangle            the mean of a random variable, where there is no such law
    \mathbb{E}_q[f]              with q(x) = .. a density: the integral of f q over the domain of x

Two arguments in angle brackets stay an inner product.  Where a sentence says what else the brackets stand for (an
average over the data), they are not read.  That q has total mass 1 is left to the one who judges: the integral is
marked as an expectation under q.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import heads
from .context import Context, EnergyLaw, Entry
from .domains import Domain
from .notation import Declaration
from .random_words import moment_words
from .shapes_of_syntax import words as every_word
from .source import ReadError, Source, Span
from .syntax import Group, Infix, Script, Sequence, Syntax, Text, Word
from .tree import Bind, Call, Name, Node, mul, neg

if TYPE_CHECKING:
    from .elaborate import Elaborator

INNER = "inner"
# What a sentence says about angle brackets: the name of an entry that no formula can write.
SAID = "<>"
# The mark of an integral that is an expectation under a density: this and the name of the density.
UNDER = "mean under "
_SENTENCE = re.compile(
    r"\$\s*(?:\\left)?\\langle[^$]{1,60}\\rangle\s*\$\s+(?:\w+\s+){0,4}?(?:averages?|means?|expectations?)\b"
    r"[^.;]{0,40}?\b(?:under|over|across|with\s+respect\s+to)\s+(?:the\s+|an?\s+)?(?P<where>\$[^$\n]{1,40}\$|\w+)"
)
# What the only energy-based law of a document may be called.
MODEL = ("model", "law", "density", "distribution", "energy", "boltzmann", "gibbs", "equilibrium", "canonical")
UNKNOWN = "not read: an average in angle brackets; under which law is not said"


def declared_averages(source: Source) -> Iterator[Declaration]:
    """`I write <f> for the average of f over the data`: what the brackets stand for, where it is not the model."""
    for match in _SENTENCE.finditer(source.text):
        where = match["where"]
        if where.lower() in MODEL:
            continue
        span = source.span(match.start(), match.end())
        entry = Entry(name=SAID, kind="function", domain=Domain(arity=1, text="an average"), of=where, span=span)

        def build(context: Context, entry: Entry = entry) -> Context:
            return context.declare(entry)

        rule = "averages in angle brackets"
        yield Declaration(names=(SAID,), kind="function", span=span, rule=rule, build=build, strength=0, defines=False)


def average(el: Elaborator, items: tuple[Syntax, ...], index: int) -> tuple[Node, int] | None:
    r"""The average that begins at `index`, and the index behind it; None for an inner product and anything else."""
    item = items[index]
    if not isinstance(item, Word) or item.text != INNER or "langle" not in item.raw or index + 1 >= len(items):
        return None
    following = items[index + 1]
    scripts = following if isinstance(following, Script) else None
    group = scripts.base if scripts is not None else following
    if not isinstance(group, Group) or len(group.items) != 1:
        return None
    body, span = group.items[0], item.span.to(following.span)
    if isinstance(body, Infix) and body.op in ("given", "semicolon", "divergence"):
        raise ReadError("not read: a bar between angle brackets", span)
    below = scripts.sub if scripts is not None else None
    found = plain_average(el, body, span) if below is None else under_name(el, below, body, span)
    return el.power(found, scripts.sup if scripts is not None else None, span), index + 2


def plain_average(el: Elaborator, body: Syntax, span: Span) -> Node:
    """Without a law below: the only energy-based law, or the mean of a random variable."""
    said = el.entry(SAID)
    if said is not None:
        raise ReadError(f"not read: an average over '{said.of}'; its law is not declared", span)
    energies = [law for law in el.context.laws.values() if isinstance(law, EnergyLaw)]
    names = {word.text for word in every_word(body)}
    if len(energies) == 1 and names & {*energies[0].variables, energies[0].variables[0].rpartition("_")[0]}:
        return heads.expectation_node(el, body, energies[0].name, span, span)
    mean = moment_words(el, Word("E", span, "E"), Group("[", (body,), span), span) if not energies else None
    if mean is None:
        raise ReadError(UNKNOWN, span)
    return mean


def under_name(el: Elaborator, below: Syntax, body: Syntax, span: Span) -> Node:
    """Under the law that is named below the brackets."""
    inside = below.items[0] if isinstance(below, Group) and len(below.items) == 1 else below
    name = inside.text if isinstance(inside, Word | Text) else ""
    law = el.context.law_of(name)
    if isinstance(law, EnergyLaw):
        return heads.expectation_node(el, body, law.name, span, span)
    found = under_density(el, name, body, span)
    if found is None:
        raise ReadError(f"expected a declared law below the angle brackets; got '{name}'", span)
    return found


def under_density(el: Elaborator, name: str, body: Syntax, span: Span, written: str = "") -> Node | None:
    """E_q[body] as the integral of body times q, where q is given by a formula; None for any other name."""
    entry = el.entry(name) if name not in el.bound else None
    if entry is None or entry.kind != "function" or entry.value is None or not entry.arguments:
        return None
    names = (written,) if written and len(entry.arguments) == 1 else entry.arguments
    if any(n.endswith("_") for n in names):
        return None
    bounds = tuple(end for n in names for end in ends_of(el.entry(n)))
    inner = el.with_bound(*names)
    node = inner.node(body)
    el.context = inner.context
    density = Call(name, tuple(Name(n, span) for n in names), span)
    return Bind("integral", names, (mul(node, density), *bounds), UNDER + name, span)


def ends_of(entry: Entry | None) -> tuple[Node, Node]:
    """The ends of the domain of a name: the whole line where nothing is declared."""
    domain = entry.domain if entry is not None and entry.kind == "scalar" else None
    low = domain.low.value if domain is not None and domain.low is not None else neg(Name("inf"))
    high = domain.high.value if domain is not None and domain.high is not None else Name("inf")
    return low, high


def density_name(below: Syntax | None) -> str:
    r"""`q` of `\mathbb{E}_q`, `\mathbb{E}_{q(x)}` and `\mathbb{E}_{x \sim q}`."""
    from .operators import unbraced
    from .syntax import Relation

    inside = unbraced(below)
    if isinstance(inside, Relation) and [r.text for r in inside.relations] == ["~"]:
        inside = unbraced(inside.sides[1])
    head = inside.items[0] if isinstance(inside, Sequence) else inside
    return head.text if isinstance(head, Word) else ""
