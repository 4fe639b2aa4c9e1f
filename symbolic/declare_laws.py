r"""Declarations of laws in a document: Gaussian laws, affine images, energy-based laws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from . import shapes_of_syntax as look
from .context import AffineLaw, Context, EnergyLaw, Entry, GaussianLaw, Law, component_names
from .domains import DEFAULT_REAL, Domain
from .elaborate import Elaborator
from .notation import Declaration
from .reading import law_call
from .source import ReadError, Span
from .syntax import Command, Infix, Relation, Script, Syntax, Word
from .syntax import Sequence as Juxtaposed
from .tree import Apply, Array, Call, Name, Node, column, integer, walk
from .unfold import unfold

if TYPE_CHECKING:
    from .said import Said

NORMAL = ("N", "Normal", "Gaussian")


# -- Gaussian laws -----------------------------------------------------------------------------------------------------
def gaussian_declaration(
    name: str, rhs: Syntax, span: Span, dimension: int | None, rule: str = "", point: bool = True
) -> Declaration | None:
    """`N(m, S)` on the right of `~`; `rule` where the name is the law's own."""
    found = law_call(look.peeled(rhs))
    if found is None or found[0] not in NORMAL or len(found[1].items) != 2:
        return None
    mean, covariance = found[1].items

    def build(context: Context) -> Context:
        el = Elaborator(context, implicit=True)
        moments = el.node(mean), el.node(covariance)
        refuse_unknown_size(el, moments, span)
        return declare_gaussian(el.context, name, *moments, span, dimension, rule, point)

    return Declaration(names=(name, f"p_{name}"), kind="law", span=span, rule="X ~ N(m, S)", build=build)


def refuse_unknown_size(el: Elaborator, moments: tuple[Node, Node], span: Span) -> None:
    r"""N(\mu, \sigma^2) of undeclared small letters is a law of numbers; N(\mu, \Sigma), N(\mu, I) are of any size."""
    sized = any(isinstance(part, Apply) and part.op == "identity" for node in moments for part in walk(node))
    unknown = [name for name in el.implied if sized or name[:1].isupper()]
    if unknown:
        raise ReadError(f"expected a declared name; got '{unknown[0]}'", span)


def declare_gaussian(
    context: Context,
    name: str,
    mean: Node,
    covariance: Node,
    span: Span,
    dimension: int | None,
    rule: str = "",
    point: bool = True,
) -> Context:
    """The law with its names; an identity without a size gets the dimension that the document shows."""
    from .declarations import gaussian_law

    if covariance == Apply("identity", ()) and dimension:
        covariance = Apply("identity", (integer(dimension),))
    law = gaussian_law(context, name, mean, covariance, span)
    return with_random(context, law, rule, point=point)


def with_random(context: Context, law: Law, rule: str = "", value: Node | None = None, point: bool = True) -> Context:
    """The context with a law, its random name, and the laws of the components of a vector.

    A small letter names the random variable and the point at which its density is taken; a capital one, and the name of
    a law itself (`rule`), stand for no number.
    """
    name, span = law.name, law.span
    context = context.with_law(law, *densities(name, span))
    parts = component_names(name, law.dimension) if law.dimension > 1 else ()
    is_point = point and not rule and not name[:1].isupper()
    for i, part in enumerate(parts):
        unit = tuple(integer(1 if i == j else 0) for j in range(law.dimension))
        marginal = AffineLaw(name=part, dimension=1, base=name, matrix=Array((unit,)), offset=integer(0), span=span)
        context = context.with_law(marginal, *densities(part, span))
        if not is_point:
            context = context.declare(Entry(name=part, kind="law", position=i + 1, span=span))
    if not is_point:
        return context.declare(Entry(name=name, kind="law", span=span, rule=rule))
    shape = (law.dimension,) if law.dimension > 1 else ()
    domain = Domain(shape=shape, value=value, text=f"vector({law.dimension})" if shape else "real")
    kind = "vector" if shape else "scalar"
    return context.declare(
        Entry(name=name, kind=kind, domain=domain, value=value, span=span, rule=f"a point of {name}")
    )


def densities(name: str, span: Span) -> list[Entry]:
    return [
        Entry(name=density, kind="density", of=name, span=span, rule=f"density of {name}")
        for density in (f"p_{name}", f"f_{name}")
    ]


# -- energy-based laws -------------------------------------------------------------------------------------------------
def energy_declaration(
    relation: str, lhs: Syntax, rhs: Syntax, span: Span, said: Iterable[Said], declared: Mapping[str, str]
) -> Declaration | None:
    r"""`p(x) \propto e^{-E(x)}`, or `p(x) = e^{-E(x)} / Z` where no such proportionality is written."""
    found = look.call(lhs)
    if found is None or found[0].text in declared:
        return None
    head, arguments = found
    said = list(said)
    if relation == "propto":
        exponent = look.kernel(rhs)
    elif relation in ("=", ":=") and not proportional(head.text, said):
        exponent = normalised_kernel(rhs)
    else:
        return None
    variables, parameters = split_arguments(head.text, arguments)
    defines = exponent is not None
    if exponent is None and relation != "propto":
        # The side itself is asked first: the other question goes through the whole document.
        written = written_kernel(rhs, variables)
        exponent = written if written is not None and under_expectation(head.text, said) else None
    if exponent is None or not variables:
        return None
    partitions = partition_names(said, head.text, parameters)
    support = written_support(said, partitions) if len(variables) == 1 else None
    declaration = build_energy(head.text, variables, parameters, exponent, partitions, span, support)
    return replace(declaration, defines=defines)


def under_expectation(name: str, said: Iterable[Said]) -> bool:
    r"""`\mathbb{E}_{x \sim r}`: the name stands for a law somewhere."""
    for item in said:
        for side in (item.lhs, item.rhs):
            stack: list[Syntax] = [side] if side is not None else []
            while stack:
                current = stack.pop()
                if isinstance(current, Relation) and current.relations[0].text == "~":
                    word = look.bare_word(current.sides[-1])
                    if word is not None and word.text == name:
                        return True
                stack.extend(look.parts(current))
    return False


def written_kernel(rhs: Syntax, variables: tuple[str, ...]) -> Syntax | None:
    r"""E of `\frac{b}{2} e^{-b|x|}`: one kernel, and factors free of the variables; the factor itself is a claim."""
    inner = look.peeled(rhs)
    items = inner.items if isinstance(inner, Juxtaposed) else (inner,)
    kernels = [k for item in items if (k := look.kernel(item)) is not None]
    others = [item for item in items if look.kernel(item) is None]
    if len(kernels) != 1 or any({w.text for w in look.words(item)} & set(variables) for item in others):
        return None
    return kernels[0]


def written_support(said: Iterable[Said], partitions: tuple[str, ...]) -> tuple[Syntax, Syntax] | None:
    r"""The bounds of `Z = \int_a^b e^{-E} dx`; None where it has none."""
    for item in said:
        if item.lhs is None or item.rhs is None or item.relation not in ("=", ":="):
            continue
        if bottom_name(item.lhs) in partitions and integral_of_kernel(item.rhs):
            sign = getattr(look.peeled(item.rhs), "items", (None,))[0]
            if isinstance(sign, Script) and sign.sub is not None and sign.sup is not None:
                return sign.sub, sign.sup
    return None


def proportional(name: str, said: Iterable[Said]) -> bool:
    """Whether the density is declared up to a constant somewhere."""
    for item in said:
        if item.relation == "propto" and item.lhs is not None:
            found = look.call(item.lhs)
            if found is not None and found[0].text == name:
                return True
    return False


def normalised_kernel(rhs: Syntax) -> Syntax | None:
    """E of `\\frac{e^{-E}}{Z}` or `\\frac{1}{Z} e^{-E}`."""
    inner = look.peeled(rhs)
    if isinstance(inner, Command) and inner.name == "frac" and bottom_name(inner.args[1]):
        return look.kernel(inner.args[0])
    if isinstance(inner, Infix) and inner.op == "div" and bottom_name(inner.args[1]):
        return look.kernel(inner.args[0])
    items: tuple[Syntax, ...] = getattr(inner, "items", ())
    if len(items) >= 2 and isinstance(items[0], Command) and items[0].name == "frac" and bottom_name(items[0].args[1]):
        from .syntax import Sequence

        rest = items[1:]
        return look.kernel(rest[0] if len(rest) == 1 else Sequence(rest, rest[0].span.to(rest[-1].span)))
    return None


def bottom_name(syntax: Syntax) -> str:
    """The name of a normaliser: `Z`, `Z_\\phi`, `Z(\\theta)`."""
    word = look.bare_word(syntax)
    if word is not None:
        return word.text if word.text[:1] in ("Z", "C", "N") else ""
    found = look.call(syntax)
    return found[0].text if found is not None and found[0].text[:1] in ("Z", "C", "N") else ""


def split_arguments(head: str, arguments: tuple[Syntax, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Variables and parameters of `p_\\theta(x)`, `p(x; \\theta)`: Greek letters behind the first are parameters."""
    from .vocabulary import GREEK

    greek = frozenset(GREEK.values())
    names = [w.text for a in arguments if (w := look.bare_word(a)) is not None]
    if len(names) != len(arguments):
        return (), ()
    subscript = head.partition("_")[2]
    variables = [n for i, n in enumerate(names) if i == 0 or n.partition("_")[0] not in greek]
    parameters = [n for n in names if n not in variables]
    letter = subscript.partition("_")[0] in greek or (len(subscript) == 1 and subscript.islower())
    if letter and subscript not in parameters and subscript not in names:
        parameters.insert(0, subscript)
    return tuple(variables), tuple(parameters)


def partition_names(said: Iterable[Said], density: str, parameters: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the normaliser: what the density's kernel is divided by, what an integral of a kernel is equal to."""
    found: dict[str, None] = {}
    for item in said:
        if item.lhs is None or item.rhs is None or item.relation not in ("=", ":="):
            continue
        call = look.call(item.lhs)
        if call is not None and call[0].text == density:
            inner = look.peeled(item.rhs)
            fraction = inner if isinstance(inner, Command) else getattr(inner, "items", (None,))[0]
            if isinstance(fraction, Command) and fraction.name == "frac":
                name = bottom_name(fraction.args[1])
                if name:
                    found[name] = None
        name = bottom_name(item.lhs)
        own = labels(item.lhs) <= {*parameters, density.partition("_")[2]}
        if name.startswith("Z") and own and integral_of_kernel(item.rhs):
            found[name] = None
    if not found:
        found[f"Z_{parameters[0]}" if parameters else "Z"] = None
    return tuple(found)


def labels(syntax: Syntax) -> set[str]:
    r"""What a normaliser says that it depends on: `Z_b` and `Z(b)` on b, `Z` on nothing."""
    found = look.call(syntax)
    word = found[0] if found is not None else look.bare_word(syntax)
    below = word.text.partition("_")[2] if word is not None else ""
    inside = {w.text for argument in (found[1] if found is not None else ()) for w in look.words(argument)}
    return inside | ({below} if below else set())


def integral_of_kernel(rhs: Syntax) -> bool:
    """`\\int e^{..} dx`."""
    items = getattr(look.peeled(rhs), "items", ())
    if not items:
        return False
    first = getattr(items[0], "base", items[0])
    if not isinstance(first, Command) or first.name != "int":
        return False
    return any(look.kernel(i) is not None for i in items[1:]) or len(items) > 2


def build_energy(
    name: str,
    variables: tuple[str, ...],
    parameters: tuple[str, ...],
    exponent: Syntax,
    partitions: tuple[str, ...],
    span: Span,
    support: tuple[Syntax, Syntax] | None = None,
) -> Declaration:
    def build(context: Context) -> Context:
        extended, spelled = declare_variables(context, variables, span)
        box = None if support is None else tuple(Elaborator(extended, implicit=True).node(end) for end in support)
        if box == (Apply("neg", (Name("inf"),)), Name("inf")):
            box = None
        domains = {}
        for parameter in parameters:
            entry = extended.get(parameter)
            domains[parameter] = entry.domain if entry is not None else DEFAULT_REAL
            if entry is None:
                extended = extended.declare(
                    Entry(name=parameter, kind="scalar", span=span, rule=f"parameter of {name}")
                )
        extended, energy, energy_name = energy_node(extended, exponent, spelled, parameters, span)
        law = EnergyLaw(
            name=name,
            dimension=len(spelled),
            variables=spelled,
            parameters=domains,
            energy=energy,
            energy_name=energy_name,
            partition_name=partitions[0],
            support=None if box is None else ((box[0], box[1]),),
            span=span,
        )
        entries = [Entry(name=name, kind="density", of=name, span=span)]
        entries += [Entry(name=p, kind="partition", of=name, span=span) for p in partitions]
        if energy_name and energy_name not in extended:
            entries.append(Entry(name=energy_name, kind="energy", of=name, span=span))
        return extended.with_law(law, *entries)

    return Declaration(
        names=(name, *partitions), kind="energy", span=span, rule="p proportional to exp(-E)", build=build
    )


def declare_variables(context: Context, variables: tuple[str, ...], span: Span) -> tuple[Context, tuple[str, ...]]:
    """The scalar variables of a density; a declared vector is spelled by its components."""
    spelled: list[str] = []
    for variable in variables:
        entry = context.get(variable)
        size = entry.domain.shape[0] if entry is not None and len(entry.domain.shape) == 1 else 1
        parts = component_names(variable, size) if isinstance(size, int) else (variable,)
        spelled.extend(parts)
        for part in parts:
            if part not in context:
                context = context.declare(Entry(name=part, kind="scalar", span=span, rule="variable of a density"))
    return context, tuple(spelled)


def energy_node(
    context: Context, exponent: Syntax, variables: tuple[str, ...], parameters: tuple[str, ...], span: Span
) -> tuple[Context, Node, str]:
    """The energy as a tree; `E_\\phi(x)` that nobody defines becomes an undefined function of x and phi."""
    found = look.call(exponent)
    if found is not None and found[0].text in context.expected:
        raise ReadError(f"'{found[0].text}' is declared further down", span)
    if found is not None and found[0].text not in context and isinstance(found[0], Word):
        function = found[0].text.partition("_")[0]
        while function in context:
            function += "_"
        arity = len(variables) + len(parameters)
        domain = Domain(arity=arity, text=f"function({arity}), undefined")
        context = context.declare(
            Entry(name=function, kind="function", domain=domain, span=span, rule="undefined energy")
        )
        node: Node = Call(function, tuple(Name(n) for n in (*variables, *parameters)))
        return context, node, found[0].text
    el = Elaborator(context, implicit=True, bound=variables)
    # Functions that the document defines are written out, so that the law depends on nothing but its variables.
    node = unfold(el.node(exponent), el.context)
    return el.context, node, found[0].text if found is not None else ""


__all__ = [
    "GaussianLaw",
    "column",
    "energy_declaration",
    "gaussian_declaration",
    "partition_names",
]
