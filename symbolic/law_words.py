r"""Entropies and divergences of laws that are written where they are used, or are densities of a chain.

    D_{KL}(N(m, s^2) \| N(0, 1))    \mathrm{KL}(q(z|x) \,\|\, p(z))    H(N(0, S))    H(X | Y)    I(X; Y)

Every such law becomes a Gaussian law of the context under a name of its own, and the heads stay those of declared laws:

    H(X | Y) = entropy of the law of X given Y        I(X; Y) = KL(law of (X, Y) || law of X times law of Y)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .chain_words import Asked, Question, asked_of, concerned, event, letter_of, question, random_node
from .context import AffineLaw, Entry, GaussianLaw
from .linear_chain import Form
from .printing import plain
from .sized_identities import sized
from .source import ReadError, Span
from .syntax import Group, Infix, Syntax, Word
from .syntax import Sequence as Juxtaposed
from .tree import Apply, Array, Name, Node, column, integer, rewrite, walk
from .unfold import unfold

if TYPE_CHECKING:
    from .elaborate import Elaborator

NORMAL = ("N", "calN", "Normal", "Gaussian")
ENTROPY = ("H", "h", "entropy", "Entropy", "calH")
SHORT = 40
UNSIZED = Apply("identity", ())


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean and covariance of a law that has no name yet."""

    mean: Node
    covariance: Node
    dimension: int


def divergence_of(el: Elaborator, arguments: Group, span: Span) -> Node | None:
    """KL of two laws one of which at least is written out or a density of a chain; None for anything else."""
    items = arguments.items
    if len(items) == 1 and isinstance(items[0], Infix) and items[0].op == "divergence":
        items = items[0].args
    if len(items) != 2:
        return None
    names = [law_of_syntax(el, item, span) for item in items]
    if None in names:
        return None
    return Apply("kl", tuple(Name(n) for n in names if n is not None), span)


def entropy_of(el: Elaborator, arguments: Group, span: Span) -> Node | None:
    """`H(N(m, S))`, `H(X | Y)`, `H(q)` with q a density of a chain; None for anything else."""
    items = arguments.items
    first = items[0]
    if isinstance(first, Infix) and first.op == "given":
        if not concerned(el, items, ""):
            return None
        name = law_of_question(el, question(items), "", span, centred=True)
        return Apply("entropy", (Name(name),), span)
    if len(items) != 1 or (isinstance(first, Word) and first.text in el.context.laws):
        return None
    found = law_of_syntax(el, first, span)
    return None if found is None else Apply("entropy", (Name(found),), span)


def information(el: Elaborator, arguments: Group, span: Span) -> Node | None:
    """`I(X; Y)`: the divergence of the joint law from the product of its margins."""
    items = arguments.items
    if len(items) == 1 and isinstance(items[0], Infix) and items[0].op == "semicolon":
        items = items[0].args
    if len(items) != 2 or not all(isinstance(i, Word) for i in items):
        return None
    letter = letter_of(el, {i.text for i in items if isinstance(i, Word)}, span)
    asked = asked_of(el, Question(items, ()), letter, span)
    forms = []
    for item in items:
        node = random_node(el, asked.chain, item)
        if not asked.chain.random_in(node):
            return None
        forms.append(asked.chain.of(node))
    whole = moments_of(asked, (*forms[0], *forms[1]))
    asked.chain.refuse_unknown_parents()
    n = len(forms[0])
    apart = Array(
        tuple(
            tuple(entry(whole.covariance, i, j) if (i < n) == (j < n) else integer(0) for j in range(whole.dimension))
            for i in range(whole.dimension)
        )
    )
    names = [named(el, m, span) for m in (whole, Moments(whole.mean, apart, whole.dimension))]
    return Apply("kl", tuple(Name(name) for name in names), span)


def entry(matrix: Node, i: int, j: int) -> Node:
    return Apply("entry", (matrix, integer(i + 1), integer(j + 1)))


# -- laws without a name -----------------------------------------------------------------------------------------------
def law_of_syntax(el: Elaborator, syntax: Syntax, span: Span) -> str | None:
    """The name of the law that an argument stands for; None where it stands for none that is known."""
    if isinstance(syntax, Word) and isinstance(el.context.laws.get(syntax.text), GaussianLaw | AffineLaw):
        return syntax.text
    letters = {c.letter for c in el.context.conditionals.values() if c.letter}
    if isinstance(syntax, Word):
        if syntax.text in letters:
            return law_of_letter(el, syntax.text, span)
        return law_of_question(el, Question((syntax,), ()), "", span) if concerned(el, (syntax,)) else None
    if not isinstance(syntax, Juxtaposed) or len(syntax.items) != 2:
        return None
    head, arguments = syntax.items
    if not isinstance(head, Word) or not isinstance(arguments, Group):
        return None
    if head.text in NORMAL and len(arguments.items) == 2:
        return written_law(el, arguments.items, span)
    if head.text in letters or (head.text in ("p", "q") and concerned(el, arguments.items, "")):
        return law_of_question(el, question(arguments.items), head.text if head.text in letters else "", span)
    return None


def written_law(el: Elaborator, items: Sequence[Syntax], span: Span) -> str:
    """`N(m, S)`, `N(z; m, S)`."""
    mean, covariance = items
    if isinstance(mean, Infix) and mean.op in ("semicolon", "given"):
        mean = mean.args[1]
    moments = el.node(mean), el.node(covariance)
    shapes = [el.shape(m) or () for m in moments]
    if any(isinstance(number, str) for shape in shapes for number in shape):
        raise ReadError("expected a law of known dimension", span)
    size = next((int(s[0]) for s in shapes if s and isinstance(s[0], int)), 1)
    for node in moments:
        if isinstance(node, Apply) and node.op == "identity" and node.args:
            size = int(node.args[0].value)  # type: ignore[union-attr]
    if size > 1:  # every coordinate of N(m, s I) has the size that the mean shows
        spread = rewrite(moments[1], lambda n: Apply("identity", (integer(size),)) if n == UNSIZED else n)
        whole = unfold(spread, el.context)
        # A covariance that is defined with an `I` is written out, where the I gets its size.
        moments = moments[0], sized(whole, (size, size), el.context) if UNSIZED in walk(whole) else spread
    centre = column(*(integer(0) for _ in range(size))) if size > 1 and moments[0] == integer(0) else moments[0]
    if moments[1] == UNSIZED and size == 1:
        raise ReadError("expected the size of the identity", span, "write I_2")
    return named(el, Moments(centre, moments[1], size), span)


def law_of_letter(el: Elaborator, letter: str, span: Span) -> str | None:
    """`q` alone where it is the density of one variable."""
    known = [c for c in el.context.conditionals.values() if c.letter == letter]
    if len(known) != 1:
        raise ReadError(f"expected the variables of '{letter}'", span, f"write {letter}(x)")
    variable = Word(known[0].name, span, known[0].name)
    given = tuple((Word(name, span, name), None) for name in known[0].given)
    return law_of_question(el, Question((variable,), given), letter, span)


def law_of_question(el: Elaborator, found: Question, letter: str, span: Span, centred: bool = False) -> str:
    """The law of what is asked, given what is given; without its mean where that does not matter."""
    asked = asked_of(el, found, letter, span)
    forms: list[Form] = []
    for item in found.asked:
        forms.extend(asked.chain.of(random_node(el, asked.chain, event(item)[0])))
    moments = moments_of(asked, forms)
    asked.chain.refuse_unknown_parents()
    if centred:
        zeros = (integer(0),) * moments.dimension
        moments = Moments(column(*zeros) if len(zeros) > 1 else zeros[0], moments.covariance, moments.dimension)
    return named(el, moments, span)


def moments_of(asked: Asked, forms: Sequence[Form]) -> Moments:
    return Moments(asked.mean(forms), asked.head("chain_covariance", forms), len(forms))


def named(el: Elaborator, moments: Moments, span: Span) -> str:
    """The context with the law under a name that says what it is."""
    text = f"N({plain(moments.mean)}, {plain(moments.covariance)})"
    name = text if len(text) <= SHORT and not set("_[") & set(text) else ""
    known = el.context.laws.get(name) if name else None
    same = isinstance(known, GaussianLaw) and (known.mean, known.covariance) == (moments.mean, moments.covariance)
    if not same:
        count = sum(isinstance(law, GaussianLaw) for law in el.context.laws.values()) + 1
        name = name or f"N{count}"
        while name in el.context.laws or name in el.context:
            name += "'"
        law = GaussianLaw(
            name=name, dimension=moments.dimension, mean=moments.mean, covariance=moments.covariance, span=span
        )
        el.context = el.context.with_law(law, Entry(name=name, kind="law", span=span, rule="a law written in a claim"))
    return name
