r"""Typed heads: what a declared word means in front of its arguments.

A law, a path, a field, a density, an energy, an expectation, a derivative: each is decided by the entry of the
context, and becomes a `Call`, a `Bind` or an `Apply` of the tree.  The kind of a claim is later read off these heads.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from . import averages
from . import shapes_of_syntax as look
from .bessel_words import bessel
from .chain_densities import normal_density
from .context import EnergyLaw, Entry, FlowLaw, component_names
from .expectation_laws import expectation_below
from .inverse_functions import inverse_word
from .inverse_names import SUFFIX
from .law_words import divergence_of, entropy_of, information
from .random_words import density_words, law_named, moment_words, probability
from .shapes import parameter_names
from .source import ReadError, Span
from .syntax import Group, Infix, Num, Script, Sequence, Syntax, Word
from .tree import (
    CONSTANTS,
    Apply,
    Array,
    Bind,
    Call,
    Name,
    Node,
    Number,
    column,
    free_names,
    integer,
    rewrite,
    substitute,
    walk,
)
from .vocabulary import BINDER_WORDS, FUNCTION_WORDS, LAW_LETTERS, LAW_WORDS

if TYPE_CHECKING:
    from .elaborate import Elaborator

# A law that a document names by an equality, q = N(m, S): q(x) is its density.
NAMED_LAW = "a law by its name"
# Names of a Gaussian law in front of its mean and covariance.
LAW_NAMES = ("N", "calN", "Normal", "Gaussian")
ARGUMENTS = {
    "atan2": (2, 2),
    "root": (2, 2),
    "mod": (2, 2),
    "binomial": (2, 2),
    "besseli": (2, 2),
    "dot": (2, 2),
    "outer": (2, 2),
    "min": (1, 99),
    "max": (1, 99),
    "diag": (1, 12),
    "identity": (1, 1),
    "zeros": (1, 2),
}


# -- applications ------------------------------------------------------------------------------------------------------
def apply_word(el: Elaborator, word: Word, arguments: Group) -> Node | None:
    """`word(arguments)` or `word[arguments]`; None when the word is no function here, so that it is a product."""
    name = word.text
    span = word.span.to(arguments.span)
    entry = el.entry(name) if name not in el.bound else None
    moving = dotted(el, word, arguments)
    if moving is not None:
        return moving
    if entry is None and (event := probability(el, word, arguments, span)) is not None:
        return event
    if entry is None or entry.kind in ("scalar", "law") or (entry.kind == "energy" and arguments.open == "["):
        found = moment_words(el, word, arguments, span) or density_words(el, word, arguments, span)
        if found is not None:
            return found
    laws = law_arguments(el, arguments)
    if entry is not None and entry.kind in ("scalar", "law") and laws and name in (*LAW_LETTERS, *LAW_WORDS):
        return apply_law_word(el, word, arguments, span)
    if entry is not None and entry.kind == "law" and arguments.open == "(":
        return law_call(el, entry, word, arguments, span)
    if name.startswith("E_") and arguments.open == "[" and len(arguments.items) == 1 and entry is None:
        below = Word(name[2:], word.span, name[2:])
        under = expectation_below(el, below, arguments.items[0], span)
        if under is not None:
            return under
    if (found := bessel(el, word, arguments, span)) is not None:
        return found
    if name.startswith("E_") and entry is None and arguments.open == "[" and el.context.law_of(name[2:]) is None:
        mean = averages.under_density(el, name[2:], single(arguments), span)
        if mean is not None:
            return mean
    if name == "D" and entry is None and is_divergence(arguments):
        return apply_law_word(el, Word("KL", word.span, word.raw), arguments, span)
    if name == "I" and entry is None and (shared := information(el, arguments, span)) is not None:
        return shared
    expectation = expectation_law(el, name, arguments)
    if expectation == "":
        return Apply("mean", (el.node(single(arguments)),), span)
    if expectation is not None:
        return expectation_node(el, single(arguments), expectation, word.span, span)
    if entry is not None:
        return apply_entry(el, entry, word, arguments, span)
    if name in el.bound:
        return None
    if name in LAW_WORDS or name in LAW_LETTERS:
        law = apply_law_word(el, word, arguments, span)
        if law is not None:
            return law
    if name in BINDER_WORDS:
        return apply_binder(el, word, arguments, span)
    if name in FUNCTION_WORDS:
        return named_function(el, word, tuple(el.node(item) for item in arguments.items), span)
    if name in LAW_NAMES and len(arguments.items) == 2 and (found := written_gaussian(el, arguments)) is not None:
        return found
    if name in LAW_NAMES and len(arguments.items) == 2 and el.implicit:
        raise ReadError("expected the sign \\sim before a law; a law is no number", span)
    if re.fullmatch(r"log_\d{1,3}", name):
        base = Num(name[4:], word.span)
        return named_function(el, replace(word, text="log"), (el.node(single(arguments)), el.node(base)), span)
    points = all(isinstance(item, Word) for item in arguments.items)
    if el.implicit and arguments.open == "(" and re.fullmatch(r"[pfq]_\w+" if not points else r"[pq]|[pfq]_\w+", name):
        raise ReadError(f"expected the law that the density '{word.raw}' belongs to", word.span)
    return None


def written_gaussian(el: Elaborator, arguments: Group) -> Node | None:
    """`N(x; m, S)`, `N(x | m, S)`: the Gaussian density at x, written out."""
    first, covariance = arguments.items
    if not isinstance(first, Infix) or first.op not in ("semicolon", "given"):
        return None
    point, mean, spread = el.node(first.args[0]), el.node(first.args[1]), el.node(covariance)
    size = next((s[0] for n in (point, mean, spread) if (s := el.shape(n)) and isinstance(s[0], int)), 1)
    if size > 1 and el.shape(mean) == () and mean == integer(0):
        mean = column(*(integer(0) for _ in range(size)))
    if size == 1:
        spread = rewrite(spread, lambda n: integer(1) if n == Apply("identity", ()) else n)
    if size > 1 and el.shape(spread) == ():
        raise ReadError("expected a covariance matrix; got a number", covariance.span)
    return normal_density(point, mean, spread, size)


def dotted(el: Elaborator, word: Word, arguments: Group) -> Node | None:
    r"""`\dot x_1(t)` along the path of a flow: its derivative in time."""
    if "dot" not in word.text or word.text in el.context or len(arguments.items) != 1:
        return None
    base, _, index = word.text.partition("_")
    if not base.endswith("dot"):
        return None
    name = base.removesuffix("dot") + (f"_{index}" if index else "")
    entry = el.entry(name)
    time = arguments.items[0]
    law = el.context.law_of(name)
    moves = entry is not None and entry.kind in ("path", "component") and isinstance(law, FlowLaw)
    if not moves or not isinstance(time, Word) or time.text != getattr(law, "time", ""):
        return None
    body = Sequence((replace(word, text=name), arguments), word.span.to(arguments.span))
    return differential(el, "diff", body, [time], "total", word.span.to(arguments.span))


def expectation_node(el: Elaborator, body: Syntax, law: str, law_span: Span, span: Span, written: str = "") -> Node:
    """E_law[body]: the variables of an energy-based law are bound in the body, by the name `written` under the sign."""
    found = el.context.laws.get(law)
    names = found.variables if isinstance(found, EnergyLaw) else ()
    renamed = written if len(names) == 1 and written not in ("", *names) else ""
    inner = el.with_bound(*((renamed,) if renamed else names))
    node = inner.node(body)
    el.context = inner.context
    if renamed:
        if names[0] in free_names(node):
            raise ReadError(f"not read: '{names[0]}' inside an expectation over '{renamed}'", span)
        node = substitute(node, {renamed: Name(names[0], span)})
    refuse_other_variables(el, node, law, law_span)
    return Bind("expect", names, (node, Name(law, law_span)), "", span)


def refuse_other_variables(el: Elaborator, node: Node, law: str, span: Span) -> None:
    """A random variable under the expectation of another law would be taken as a constant: refused."""
    for part in walk(node):
        entry = el.entry(part.name) if isinstance(part, Name) else None
        if entry is not None and entry.kind == "law" and entry.name != law:
            raise ReadError(
                f"expected an expectation under the law of '{entry.name}'; got one under '{law}'",
                part.span if part.span.line else span,
                f"write E_{entry.name}[..]",
            )


def single(arguments: Group) -> Syntax:
    if len(arguments.items) != 1:
        raise ReadError(f"expected one argument; got {len(arguments.items)}", arguments.span)
    return arguments.items[0]


def named_function(el: Elaborator, word: Word, arguments: tuple[Node, ...], span: Span) -> Node:
    """A function of the vocabulary applied to arguments, their number checked."""
    op = FUNCTION_WORDS[word.text]
    if op == "exp" and len(arguments) == 1 and is_square(el, arguments[0]):
        return Apply("matexp", arguments, span)
    low, high = ARGUMENTS.get(op, (1, 1))
    if word.text == "log" and len(arguments) == 2:
        return Apply("div", tuple(Apply("log", (a,), span) for a in arguments), span)
    if not low <= len(arguments) <= high:
        raise ReadError(f"expected {low} argument{'s' * (low > 1)} of {word.text}; got {len(arguments)}", span)
    if op == "cbrt":
        return Apply("root", (arguments[0], integer(3)), span)
    if op in ("identity", "zeros") and not all(isinstance(a, Number) and 1 <= a.value <= 12 for a in arguments):
        raise ReadError(f"expected sizes from 1 to 12 of {word.text}", span)
    if op in ("det", "trace") and isinstance(arguments[0], Name):
        entry = el.entry(arguments[0].name)
        if entry is not None and entry.kind == "scalar" and entry.rule.startswith("undeclared"):
            raise ReadError(f"expected a declared matrix in {word.text}(..); got '{entry.name}'", span)
    if op == "abs" and el.shape(arguments[0]):
        return Apply("norm", arguments, span)
    return Apply(op, arguments, span)


def is_square(el: Elaborator, node: Node) -> bool:
    """A matrix of more than one row."""
    shape = el.shape(node) or ()
    return len(shape) == 2 and shape[0] == shape[1] != 1


def apply_law_word(el: Elaborator, word: Word, arguments: Group, span: Span) -> Node | None:
    """mean(Y), Cov(Y), entropy(Y), KL(p, q): heads derived from laws."""
    op = LAW_WORDS.get(word.text) or LAW_LETTERS[word.text]
    items = arguments.items
    if len(items) == 1 and isinstance(items[0], Infix) and items[0].op == "divergence":
        items = items[0].args
    named = [item.text for item in items if isinstance(item, Word) and el.context.law_of(item.text) is not None]
    if len(named) == len(items) and len(items) in (1, 2):
        if op == "covariance" and len(items) == 1 and el.context.law_of(named[0]) is not None:
            return Apply(op, (Name(named[0], items[0].span),), span)
        return Apply(op, tuple(Name(n, i.span) for n, i in zip(named, items, strict=True)), span)
    unnamed = divergence_of(el, arguments, span) if op == "kl" else None
    unnamed = entropy_of(el, arguments, span) if op == "entropy" else unnamed
    if unnamed is not None or word.text in LAW_LETTERS:
        return unnamed
    raise ReadError(f"expected a declared law in {word.text}(..)", arguments.span)


def is_divergence(arguments: Group) -> bool:
    """`D(q || p)`: what stands between such bars are laws."""
    return len(arguments.items) == 1 and isinstance(arguments.items[0], Infix) and arguments.items[0].op == "divergence"


def law_arguments(el: Elaborator, arguments: Group) -> list[str]:
    """The laws that all arguments name, `q` and `p` of `KL(q || p)`; none where another argument stands."""
    items = arguments.items
    if len(items) == 1 and isinstance(items[0], Infix) and items[0].op == "divergence":
        items = items[0].args
    named = [i.text for i in items if isinstance(i, Word) and law_named(el, i.text) is not None]
    return named if len(named) == len(items) else []


def law_call(el: Elaborator, entry: Entry, word: Word, arguments: Group, span: Span) -> Node | None:
    """`q(x)` with q = N(m, S) its density; `Z_1(t)` a component of a random vector that does not move."""
    density = el.entry(f"p_{entry.name}")
    if entry.rule == NAMED_LAW and density is not None:
        return apply_entry(el, density, word, arguments, span)
    if entry.position and len(arguments.items) == 1:
        return Call(entry.name, (el.node(arguments.items[0]),), span)
    refuse_product(el, entry, word, arguments)
    return None


def expectation_law(el: Elaborator, name: str, arguments: Group) -> str | None:
    """The law of `E_p[..]` or `E[..]`, "" for the mean of a random variable; None when this is no expectation.

    `E(..)` is an expectation only where nothing is called E; a declared E that is no energy is what was declared.
    """
    base, _, law = name.partition("_")
    if base != "E":
        return None
    if law and (name not in el.context or arguments.open == "["):
        return law if el.context.law_of(law) is not None else None
    entry = el.entry(name)
    if law or (entry is not None and (entry.kind != "energy" or arguments.open != "[")):
        return None
    if is_random(el, arguments):
        return ""
    if arguments.open == "[":
        energies = [n for n, item in el.context.laws.items() if isinstance(item, EnergyLaw)]
        if len(energies) == 1:
            return energies[0]
        raise ReadError("expected the law of the expectation", arguments.span, "write E_p[..] with p a declared law")
    return None


def is_random(el: Elaborator, arguments: Group) -> bool:
    """`[Y]` with Y a random variable: its expectation is its mean."""
    item = arguments.items[0] if len(arguments.items) == 1 else None
    return isinstance(item, Word) and law_named(el, item.text) is not None


def apply_entry(el: Elaborator, entry: Entry, word: Word, arguments: Group, span: Span) -> Node | None:
    """A declared name in front of brackets."""
    if is_value_at(el, entry, arguments):
        return Name(entry.name, word.span)
    if entry.kind in ("scalar", "vector", "matrix", "index", "time", "law"):
        refuse_product(el, entry, word, arguments)
        return None
    check_separators(el, entry, arguments)
    items = flatten_arguments(arguments)
    parts = tuple(
        imply_argument(el, entry, item, len(items)) if implied_argument(el, item) else el.node(item) for item in items
    )
    if entry.kind == "function":
        wanted = entry.domain.arity or len(entry.arguments)
        parts = spread(el, parts)
        if wanted and len(parts) != wanted:
            raise ReadError(f"expected {wanted} argument{'s' * (wanted > 1)} of {entry.name}; got {len(parts)}", span)
        return Call(entry.name, parts, span)
    if entry.kind in ("path", "component"):
        if len(parts) == 1 and shows_state(el, entry, parts[0]):
            return None
        if len(parts) != 1:
            raise ReadError(f"expected a time in {entry.name}(t); got {len(parts)} arguments", span)
        return Call(entry.name, parts, span)
    if entry.kind == "partition":
        check_parameters(el, entry, parts, span)
        return Name(entry.name, word.span)
    if entry.kind in ("field", "density", "energy"):
        return Call(entry.name, state_arguments(el, entry, parts, span), span)
    return None


def check_parameters(el: Elaborator, entry: Entry, parts: tuple[Node, ...], span: Span) -> None:
    r"""`Z(\theta)` is the normaliser at the parameters of its law; `Z(\lambda)` of a law without \lambda is another.

    Raises:
        ReadError: an argument is no parameter of the law.
    """
    law = el.context.law_of(entry.name)
    parameters = set(getattr(law, "parameters", ()))
    if isinstance(law, EnergyLaw):
        parameters |= free_names(law.energy) - set(law.variables)
    known = parameters | {name.rpartition("_")[0] for name in parameters}
    if not all(isinstance(part, Name) and part.name in known for part in parts if not isinstance(part, Array)):
        names = ", ".join(sorted(parameters)) or "no argument"
        raise ReadError(f"expected {entry.name} of the parameters of its law ({names})", span)


def is_value_at(el: Elaborator, entry: Entry, arguments: Group) -> bool:
    r"""`\mu(x)` where `\mu = 2x + 1` is given as an expression in x: its value, not a product."""
    names = {item.text for item in arguments.items if isinstance(item, Word)}
    known = entry.kind in ("scalar", "vector") and entry.value is not None and not entry.of and arguments.open == "("
    return known and len(names) == len(arguments.items) and names <= unfolded_names(el, entry.value)


def unfolded_names(el: Elaborator, node: Node | None) -> set[str]:
    """The names that a value depends on, also through the names that it is made of."""
    found: set[str] = set()
    stack = [node] if node is not None else []
    while stack:
        for name in free_names(stack.pop()) - found:
            found.add(name)
            entry = el.entry(name)
            if entry is not None and entry.value is not None:
                stack.append(entry.value)
    return found


def shows_state(el: Elaborator, entry: Entry, argument: Node) -> bool:
    """`y(1 - y)` with y the path of a flow: no time is written with the state, so that y is a factor."""
    law = el.context.law_of(entry.name)
    if not isinstance(law, FlowLaw):
        return False
    return bool({n.name for n in walk(argument) if isinstance(n, Name | Call)} & {law.name, *law.variables})


def refuse_product(el: Elaborator, entry: Entry, word: Word, arguments: Group) -> None:
    """`gamma(x)`, `H(Y)`, `v[1]`, `Y(t)`: products that nobody means; any other name before a bracket is a factor."""
    span = word.span.to(arguments.span)
    lone = arguments.items[0] if len(arguments.items) == 1 and arguments.open == "(" else None
    if entry.kind == "scalar" and entry.value is not None and isinstance(lone, Word | Num) and el.implicit:
        raise ReadError(f"ambiguous: '{word.raw}' times the bracket, or its value there", span)
    if entry.kind == "law" and any(w.text == entry.name for item in arguments.items for w in look.words(item)):
        return  # R(1 - R): the bracket holds the name itself, so that it is a factor
    if entry.kind == "law":
        raise ReadError(f"expected an operator after the random variable '{word.raw}'; got a bracket", arguments.span)
    if word.text in FUNCTION_WORDS or (word.text in LAW_LETTERS and is_random(el, arguments)):
        hint = f"rename the symbol, or write {word.raw}*(..)"
        raise ReadError(f"ambiguous: '{word.raw}' is declared as a {entry.kind} and is also a function", span, hint)
    plain_row = arguments.open == "[" and not any(isinstance(item, Group) for item in arguments.items)
    if plain_row and entry.kind in ("vector", "matrix"):
        raise ReadError(f"expected an operator after '{word.raw}'; got '['", arguments.span, f"write {word.raw}_1")


def check_separators(el: Elaborator, entry: Entry, arguments: Group) -> None:
    """`p(x; a)`, `p(x | a)`: the whole state stands before the sign and parameters behind it.

    A conditional density, p(x | y) with y a part of the state, is not read.
    """
    law = el.context.law_of(entry.name)
    for position, item in enumerate(arguments.items):
        if not isinstance(item, Infix) or item.op not in ("semicolon", "given"):
            continue
        before = [*arguments.items[:position], item.args[0]]
        parameters = getattr(law, "parameters", None)
        if entry.kind == "function" and item.op == "semicolon":
            continue
        if law is None or not parameters or not covers_state(el, before, law.dimension):
            sign = "|" if item.op == "given" else ";"
            raise ReadError(f"expected the whole state before '{sign}' and parameters of the law behind it", item.span)


def covers_state(el: Elaborator, items: list[Syntax], dimension: int) -> bool:
    """Whether the arguments can be the state (and a time): by their number, or one name for all components."""
    if len(items) in (dimension, dimension + 1):
        return True
    return dimension > 1 and len(items) <= 2 and not isinstance(items[0], Num)


def flatten_arguments(arguments: Group) -> list[Syntax]:
    """Arguments in order; `x; theta` and `x | y` count as two."""
    found: list[Syntax] = []
    for item in arguments.items:
        if isinstance(item, Infix) and item.op in ("semicolon", "given"):
            found.extend(item.args)
        else:
            found.append(item)
    return found


def implied_argument(el: Elaborator, item: Syntax) -> bool:
    return isinstance(item, Word) and not el.knows(item.text) and el.spelled_vector(item.text, item.span) is None


def imply_argument(el: Elaborator, entry: Entry, item: Syntax, count: int = 1) -> Node:
    """A bare undeclared name as one of `count` arguments of a density: it is thereby declared.

    A single one has the dimension of the law; as many as the law has components are numbers.
    """
    assert isinstance(item, Word)
    if entry.kind not in ("density", "energy") and not el.implicit:
        raise el.unknown(item.text, item.span)
    law = el.context.law_of(entry.name)
    # `y` for a whole vector; `x_i` too for an energy-based law, where i counts samples (a component has a number).
    whole = "_" not in item.text or (entry.kind == "energy" and not item.text.rpartition("_")[2].isdigit())
    if law is not None and allowed_sizes(law) == {count}:
        whole = False
    if law is not None and law.dimension > 1 and whole and entry.kind in ("density", "energy"):
        parts = component_names(item.text, law.dimension)
        for part in parts:
            if not el.knows(part):
                el.imply(part, f"argument of {entry.name}")
        return column(*(Name(part, item.span) for part in parts))
    el.imply(item.text, f"argument of {entry.name}")
    return Name(item.text, item.span)


def spread(el: Elaborator, parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """Vector literals spelled out entry by entry."""
    found: list[Node] = []
    for part in parts:
        if isinstance(part, Array) and part.shape[1] == 1:
            found.extend(row[0] for row in part.rows)
        else:
            found.append(part)
    return tuple(found)


def state_arguments(el: Elaborator, entry: Entry, parts: tuple[Node, ...], span: Span) -> tuple[Node, ...]:
    """Arguments of a field, a density or an energy: the state by components, then the time or the parameters."""
    law = el.context.law_of(entry.name)
    assert law is not None
    found: list[Node] = []
    for part in parts:
        if isinstance(part, Name) and (known := el.entry(part.name)) is not None and known.kind == "law":
            raise ReadError(f"expected a point in {entry.name}(..); '{part.name}' is a random variable", part.span)
        if isinstance(part, Name) and (known := el.entry(part.name)) is not None and known.kind == "path":
            found.extend(Name(n, part.span) for n in component_names(part.name, law.dimension))
        elif isinstance(part, Call) and (known := el.entry(part.name)) is not None and known.kind == "path":
            found.extend(Call(n, part.args, part.span) for n in component_names(part.name, law.dimension))
        elif isinstance(part, Name) and (known := el.entry(part.name)) is not None and known.kind == "vector":
            size = known.domain.shape[0] if known.domain.shape else 1
            names = component_names(part.name, size) if isinstance(size, int) else (part.name,)
            found.extend(
                Name(n, part.span) if n in el.context else Apply("entry", (part, integer(i)), part.span)
                for i, n in enumerate(names, 1)
            )
        elif isinstance(part, Call) and (shape := el.shape(part)) and shape == (law.dimension, 1):
            found.extend(Apply("entry", (part, integer(i)), part.span) for i in range(1, law.dimension + 1))
        else:
            found.extend(spread(el, (part,)))
    allowed = allowed_sizes(law) | ({1} if entry.position else set())
    if len(found) not in allowed:
        sizes = " or ".join(str(s) for s in sorted(allowed))
        raise ReadError(f"expected {sizes} arguments of {entry.name}; got {len(found)}", span)
    return tuple(found)


def allowed_sizes(law: object) -> set[int]:
    """How many arguments a density, field or energy of the law may take."""
    dimension = int(getattr(law, "dimension", 1))
    if isinstance(law, FlowLaw):
        return {dimension, dimension + 1, dimension + len(law.parameters), dimension + 1 + len(law.parameters)}
    if isinstance(law, EnergyLaw):
        return {dimension, dimension + len(parameter_names(law)), dimension + len(law.parameters)}
    return {dimension}


# -- binders written as functions --------------------------------------------------------------------------------------
def apply_binder(el: Elaborator, word: Word, arguments: Group, span: Span) -> Node:
    """integral(g, x, a, b), sum(g, k, 1, n), diff(g, x), grad(g, [a, b]), div(f, z), expectation(g, p), ..."""
    op = BINDER_WORDS[word.text]
    items = list(arguments.items)
    if op == "expect":
        if len(items) != 2 or not isinstance(items[1], Word) or el.context.law_of(items[1].text) is None:
            raise ReadError("expected expectation(g, p) with p a declared law", span)
        return expectation_node(el, items[0], items[1].text, items[1].span, span)
    if op in ("integral", "sum", "product", "limit", "at"):
        return ranged(el, op, items, span)
    tag = {"partial": "partial", "total": "total"}.get(word.text, "d" if op == "diff" else "")
    if len(items) < 2:
        items.append(implicit_names(el, op, items, span))
    return differential(el, op, items[0], items[1:], tag, span)


def implicit_names(el: Elaborator, op: str, items: list[Syntax], span: Span) -> Syntax:
    """`div(f)`: the state of the only flow."""
    word = items[0] if items else None
    applied = look.call(word) if word is not None else None
    word = applied[0] if applied is not None else word
    entry = el.entry(word.text) if isinstance(word, Word) else None
    if entry is not None and entry.kind == "field":
        return Word(entry.of, span, entry.of)
    raise ReadError(f"expected {op}(expression, names)", span)


def ranged(el: Elaborator, op: str, items: list[Syntax], span: Span) -> Node:
    """The binders with a range: `integral(g, x)` is over the whole line."""
    if len(items) < 2:
        raise ReadError(f"expected {op}(expression, name, ...)", span)
    ranges = range_groups(items[1:], span)
    names = tuple(variable(el, group[0]) for group in ranges)
    bounds: list[Node] = []
    for group in ranges:
        bounds.extend(range_bounds(el, op, group, span))
    inner = el.with_bound(*[n for name in names for n in name])
    body = inner.node(items[0])
    el.context = inner.context
    return Bind(op, tuple(n for name in names for n in name), (body, *bounds), "", span)


def range_groups(items: list[Syntax], span: Span) -> list[list[Syntax]]:
    """[x, a, b] from `x, a, b`, or several from `(x, a, b), (y, c, d)`."""
    if all(isinstance(item, Group) and item.open == "(" for item in items):
        return [list(item.items) for item in items if isinstance(item, Group)]
    if len(items) > 3 or not isinstance(items[0], Word):
        raise ReadError("expected a name and its bounds", span)
    return [items]


def variable(el: Elaborator, syntax: Syntax) -> tuple[str, ...]:
    """The bound name; the name of a vector or a path stands for its components."""
    if not isinstance(syntax, Word):
        raise ReadError("expected a name to integrate or sum over", syntax.span)
    if syntax.text in CONSTANTS:
        raise ReadError(f"expected a name to integrate or sum over; '{syntax.text}' is a number", syntax.span)
    entry = el.entry(syntax.text)
    if entry is not None and entry.kind in ("vector", "path") and entry.domain.shape:
        size = entry.domain.shape[0]
        if isinstance(size, int):
            return component_names(syntax.text, size)
    return (syntax.text,)


def range_bounds(el: Elaborator, op: str, group: list[Syntax], span: Span) -> list[Node]:
    if op in ("limit", "at"):
        if len(group) != 2:
            raise ReadError(f"expected {op}(expression, name, point)", span)
        return [el.node(group[1])]
    if len(group) == 1:
        if op != "integral":
            raise ReadError(f"expected the bounds of the {op}", span)
        size = len(variable(el, group[0]))
        return [Apply("neg", (Name("inf"),)), Name("inf")] * size
    if len(group) != 3:
        raise ReadError("expected a name, a lower and an upper bound", span)
    return [el.node(group[1]), el.node(group[2])]


# A derivative of a number by a vector: a column to some authors, a row to others.
BY_VECTOR = "by vector"
FRACTION = "fraction"  # the Jacobian written as a fraction of differentials


# -- derivatives -------------------------------------------------------------------------------------------------------
def differential(el: Elaborator, op: str, body: Syntax, by: list[Syntax], tag: str, span: Span) -> Node:
    """A derivative of `body` by names."""
    flow = flow_map_jacobian(el, op, body, by, span)
    if flow is not None:
        return flow
    names = tuple(n for item in by for n in differentiation_names(el, item))
    refuse_bare_function(el, body, names, tag)
    node = differentiand(el, body, names)
    fraction = op == "diff" or (op == "jacobian" and tag == FRACTION)
    if fraction and len(by) == 1 and len(names) > 1:
        number = (el.shape(node) or ()) in ((), (1, 1))
        return Bind("gradient" if number else "jacobian", names, (node,), BY_VECTOR if number else "", span)
    return Bind(op, names, (node,), "" if tag == FRACTION else tag, span)


def refuse_bare_function(el: Elaborator, body: Syntax, names: tuple[str, ...], tag: str) -> None:
    """`dy/dx`, `df^{-1}/dx` with y, f undeclared: of an unknown function, not of a number, and not guessed to be 0.

    The same with a number y of which only the domain is known: with `d` it moves with x in a way that is not said.
    """
    word = body.base if isinstance(body, Script) else body
    if isinstance(word, Word) and el.implicit and inverse_word(el, body) is None and word.text not in names:
        entry = el.entry(word.text)
        plain = entry is not None and entry.kind != "function"
        undeclared = not el.knows(word.text) or (plain and entry is not None and entry.rule.startswith("undeclared"))
        moving = tag == "total" and entry is not None and entry.kind == "scalar" and entry.value is None
        if (undeclared or (moving and word.text not in el.bound)) and word.text not in CONSTANTS:
            raise ReadError(f"expected '{word.raw or word.text}' to be declared as a function", word.span)


def differentiand(el: Elaborator, body: Syntax, names: tuple[str, ...] = ()) -> Node:
    """The body of a derivative: a bare field name stands for its value at the state."""
    inverse = inverse_word(el, body)
    if inverse is not None and (whole := names[0] if len(set(names)) == 1 else whole_vector(el, names)):
        return Call(inverse.text + SUFFIX, (Name(whole, body.span),), body.span)
    if isinstance(body, Word) and (entry := el.entry(body.text)) is not None:
        law = el.context.law_of(entry.name)
        if entry.kind == "field" and isinstance(law, FlowLaw):
            return Call(entry.name, tuple(Name(n, body.span) for n in law.variables), body.span)
        if entry.kind in ("energy", "density") and isinstance(law, EnergyLaw):
            return Call(entry.name, tuple(Name(n, body.span) for n in law.variables), body.span)
        if entry.kind == "function" and entry.arguments and set(names) <= set(entry.arguments):
            return Call(entry.name, tuple(Name(n, body.span) for n in entry.arguments), body.span)
        if entry.kind == "function" and (entry.domain.arity or 0) > 1:
            return Call(
                entry.name, tuple(Name(n, body.span) for n in shown_arguments(el, entry, names, body)), body.span
            )
        if entry.kind == "function" and entry.domain.arity == 1 and len(set(names)) == 1:
            return Call(entry.name, (Name(names[0], body.span),), body.span)
        if entry.kind == "function" and entry.domain.arity == 1 and (whole := whole_vector(el, names)):
            return Call(entry.name, (Name(whole, body.span),), body.span)
    return el.node(body)


def shown_arguments(el: Elaborator, entry: Entry, names: tuple[str, ...], body: Word) -> tuple[str, ...]:
    """The arguments of a bare function of several, as the formula shows them elsewhere."""
    shown = el.applied.get(entry.name, ())
    if len(shown) != entry.domain.arity or not set(names) <= set(shown):
        raise ReadError(f"expected the arguments of '{body.raw}' behind it", body.span, f"write {body.raw}(x, y)")
    return shown


def whole_vector(el: Elaborator, names: tuple[str, ...]) -> str:
    """The declared vector whose components the names are, all of them in order."""
    base = names[0].rpartition("_")[0] if names else ""
    entry = el.entry(base)
    size = entry.domain.shape[0] if entry is not None and entry.kind == "vector" and entry.domain.shape else 0
    return base if isinstance(size, int) and size > 1 and names == component_names(base, size) else ""


def differentiation_names(el: Elaborator, item: Syntax) -> tuple[str, ...]:
    """Names to differentiate by: `x`, `[a, b]`, or a vector or path by its components."""
    if isinstance(item, Group):
        return tuple(n for part in item.items for n in differentiation_names(el, part))
    if not isinstance(item, Word):
        raise ReadError("expected a name to differentiate by", item.span)
    entry = el.entry(item.text)
    law = el.context.law_of(item.text) if entry is not None and entry.kind == "path" else None
    if law is not None:
        return component_names(item.text, law.dimension)
    if entry is not None and entry.kind == "vector" and entry.domain.shape and isinstance(entry.domain.shape[0], int):
        return component_names(item.text, entry.domain.shape[0])
    if not el.knows(item.text):
        el.word(item)
    return (item.text,)


def flow_map_jacobian(el: Elaborator, op: str, body: Syntax, by: list[Syntax], span: Span) -> Node | None:
    """`jacobian(z(t), z(0))`: the derivative of the flow map in its starting point."""
    if op not in ("jacobian", "diff") or len(by) != 1:
        return None
    first, second = path_call(el, body), path_call(el, by[0])
    if first is None or second is None:
        return None
    return Bind("jacobian", (), (first, second), "flow_map", span)


def path_call(el: Elaborator, syntax: Syntax) -> Call | None:
    if not isinstance(syntax, Sequence) or len(syntax.items) != 2 or not isinstance(syntax.items[0], Word):
        return None
    entry = el.entry(syntax.items[0].text)
    if entry is None or entry.kind not in ("path", "component"):
        return None
    found = el.node(syntax)
    return found if isinstance(found, Call) else None
