r"""Declarations of a `twofold` table: [symbols] [laws] [maps] [flows] [energies] -> entries and laws of the context."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from .context import (
    AffineLaw,
    Context,
    EnergyLaw,
    Entry,
    FlowLaw,
    GaussianLaw,
    Law,
    MappedLaw,
    component_names,
)
from .domains import DEFAULT_REAL, Domain, contradiction
from .elaborate import Elaborator
from .plain import canonical_name
from .problem import Locator, toml_type, unknown_key
from .reading import finite, law_call, looks_like_tex, read_domain, read_expression, read_syntax
from .shapes import ShapeError, shape_of
from .source import ReadError, Source, Span
from .syntax import Word
from .tree import Apply, Array, Call, Name, Node, Number, column, integer, neg
from .vocabulary import reserved

MAP_KEYS = ("of", "matrix", "offset", "variables", "forward", "inverse", "targets", "note")
FLOW_KEYS = (
    "start",
    "field",
    "times",
    "parameters",
    "at",
    "time",
    "variables",
    "field_name",
    "density",
    "note",
)
ENERGY_KEYS = ("variables", "parameters", "energy", "at", "energy_name", "partition", "dimension", "note")
NONNEGATIVE = "nonnegative"
MOST_COMPONENTS = 64  # of the field of a flow


def declare_all(table: Mapping[str, Any], locator: Locator) -> Context:
    """The context of a whole table; every law may use names of any earlier section."""
    context = Context()
    owners: dict[str, str] = {}
    for section, declare in (
        ("symbols", declare_symbol),
        ("laws", declare_law),
        ("maps", declare_map),
        ("flows", declare_flow),
        ("energies", declare_energy),
    ):
        for written, item in table.get(section, {}).items():
            span = locator.key(section, written)
            if section == "laws" and re.search(r"\||\\mid", written):
                context = declare_given(context, written, item, locator, span)
                continue
            own_name(owners, name_of(written, span), section, context, span)
            try:
                context = declare(context, written, item, locator)
            except ShapeError as error:
                place = error.span if error.span.line else span
                raise ReadError(f"{error.message} in [{section}] {written}", place) from None
    return context


def own_name(owners: dict[str, str], name: str, section: str, context: Context, span: Span) -> None:
    """Each name is declared once: `z1`, `z_1` and `\\sigma` beside `sigma` are one name each."""
    if name in owners:
        raise ReadError(f"expected each name once; '{name}' is already declared in [{owners[name]}]", span)
    known = context.get(name)
    if known is not None and section != "symbols" and known.kind in ("component", "time", "law", "path"):
        raise ReadError(f"expected a new name; '{name}' is already the {known.type_name}", span)
    owners[name] = section


def refuse_taken(context: Context, names: tuple[str, ...], what: str, span: Span) -> None:
    """Names that a declaration brings along must not replace what the author declared."""
    for name in names:
        known = context.get(name)
        if known is not None and not known.rule and known.kind in ("scalar", "vector", "matrix", "function", "law"):
            raise ReadError(f"expected a free name for {what}; '{name}' is already a {known.kind}", span)


def name_of(written: str, span: Span) -> str:
    r"""One name for `sigma`, `\sigma` and the Greek letter; accents and subscripts as in TeX: `\bar\alpha_{t-1}`."""
    written = re.sub(r"^\s*\\+", r"\\", written)  # a doubled backslash is an escape too many
    word = tex_name(written, span) or written.strip().lstrip("\\").replace("{", "").replace("}", "")
    if not re.fullmatch(r"[^\W\d_]\w*", word) or len(word) > 40:
        raise ReadError(f"expected a name of letters, digits and underscores; got {written[:60]!r}", span)
    name = canonical_name(word)
    if reason := reserved(name):
        raise ReadError(f"expected a name that is free; {reason}", span, "choose another name")
    return name


def tex_name(written: str, span: Span) -> str:
    """The name that a letter with accents and subscripts is, as it is read in the text; "" for anything else."""
    if not looks_like_tex(written):
        return ""
    source = Source("", written)
    try:
        syntax = read_syntax(written, "tex", source, source.span(0, len(written)))
    except ReadError as error:
        raise ReadError(f"expected a name; {error.message}", span) from None
    return syntax.text if isinstance(syntax, Word) else ""


def wants_text(value: object, what: str, span: Span) -> str:
    if not isinstance(value, str):
        raise ReadError(f"expected a text for {what}; got {toml_type(value)}", span)
    return value


def declare_symbol(context: Context, written: str, text: object, locator: Locator) -> Context:
    span = locator.key("symbols", written)
    name = name_of(written, span)
    if str(text).strip() in ("logistic function", "sigmoid function"):
        from .declare_functions import logistic

        return logistic(name, span).build(context)
    domain = read_domain(wants_text(text, f"the domain of '{written}'", span), name, context, locator.source, span)
    return context.declare(symbol_entry(name, domain, span, context))


def symbol_entry(name: str, domain: Domain, span: Span, context: Context) -> Entry:
    """The entry of a declared symbol; a value gives the shape."""
    if domain.value is not None and not domain.shape:
        shape = shape_of(domain.value, context)
        if shape:
            domain = replace(domain, shape=(shape[0],) if shape[1] == 1 else shape)
    if domain.value is not None and domain.shape:
        rows = domain.shape if len(domain.shape) == 2 else (domain.shape[0], 1)
        found = shape_of(domain.value, context)
        if found is not None and found != rows and rows != (1, 1) and all(isinstance(s, int) for s in rows):
            raise ReadError(f"expected a value of shape {rows[0]} x {rows[1]} for '{name}'; got another", span)
    kind = "function" if domain.arity is not None else {0: "scalar", 1: "vector", 2: "matrix"}[len(domain.shape)]
    return Entry(name=name, kind=kind, domain=domain, value=domain.value, span=span)


def density_entry(name: str, law: str, span: Span) -> Entry:
    return Entry(name=name, kind="density", of=law, span=span, rule=f"density of {law}")


# -- Gaussian laws -----------------------------------------------------------------------------------------------------
def declare_law(context: Context, written: str, text: object, locator: Locator) -> Context:
    span = locator.key("laws", written)
    name = name_of(written, span)
    place = locator.text(wants_text(text, f"the law of '{written}'", span), span.start)
    if (free := re.fullmatch(r"\s*density(?:\s+on\s+R(?:\^([1-9]))?)?\s*", str(text))) is not None:
        from .declare_functions import with_free_law

        refuse_taken(context, (f"p_{name}",), f"the density of {written}", span)
        return with_free_law(context, name, f"p_{name}" if name[:1].isupper() else name, int(free[1] or 1), span)
    law = gaussian_from_text(context, name, str(text), locator, place)
    refuse_taken(context, (f"p_{name}",), f"the density of {written}", span)
    return context.with_law(law, Entry(name=name, kind="law", span=span), density_entry(f"p_{name}", name, span))


def declare_given(context: Context, written: str, text: object, locator: Locator, span: Span) -> Context:
    r"""`'x_t | x_{t-1}' = "N(\\sqrt{a} x_{t-1}, b)"`: a law given others."""
    from .declare_conditionals import conditional_said, declare_conditional

    law = wants_text(text, f"the law of '{written}'", span)
    place = locator.text(law, span.start)
    key = Source("", written)
    lhs = read_syntax(written, "tex", key, key.span(0, len(written)))
    rhs = read_syntax(law, "tex" if looks_like_tex(law) else "plain", locator.source, place)
    said = conditional_said("~", lhs, rhs)
    if said is None:
        raise ReadError(f"expected a law such as N(a x, 1) of one name given others; got '{written}'", span)
    for name, _ in said.given:
        known = context.get(name)
        if known is None:
            raise ReadError(f"expected a declared name behind the bar; got '{name}'", span, "declare it in [symbols]")
    el = Elaborator(context)
    mean, covariance = (finite(el.node(part), f"the law of {written}") for part in (said.mean, said.covariance))
    return declare_conditional(context, said, mean, covariance, span)


def gaussian_from_text(context: Context, name: str, text: str, locator: Locator, span: Span) -> GaussianLaw:
    """`N(m, S)` with m a vector or 0 and S a matrix, `I_n`, or a variance."""
    syntax = read_syntax(text, "tex" if looks_like_tex(text) else "plain", locator.source, span)
    call = law_call(syntax)
    if call is None or call[0] not in ("N", "Normal", "Gaussian") or len(call[1].items) != 2:
        raise ReadError(f"expected a law such as N(0, I_2); got '{text}'", span)
    el = Elaborator(context)
    mean, covariance = (finite(el.node(item), f"the law of {name}") for item in call[1].items)
    return gaussian_law(context, name, mean, covariance, span)


def gaussian_law(context: Context, name: str, mean: Node, covariance: Node, span: Span) -> GaussianLaw:
    """The law N(mean, covariance), its dimension inferred from either; shapes checked."""
    try:
        mean_shape, covariance_shape = shape_of(mean, context), shape_of(covariance, context)
    except ShapeError as error:
        raise ReadError(error.message, error.span) from None
    dimension = _dimension(mean_shape) or _dimension(covariance_shape) or 1
    if covariance_shape and covariance_shape[0] != covariance_shape[1]:
        raise ReadError("expected a square covariance", covariance.span)
    sizes = {d for d in (_dimension(mean_shape), _dimension(covariance_shape)) if d}
    if len(sizes) > 1:
        raise ReadError(
            f"expected mean and covariance of one dimension; got {_dimension(mean_shape)} and "
            f"{_dimension(covariance_shape)}",
            span,
        )
    if covariance == Apply("identity", ()) or (not covariance_shape and dimension > 1):
        covariance = Apply("identity", (integer(dimension),), covariance.span)
    if not mean_shape and dimension > 1:
        if not (isinstance(mean, Number) and mean.value == 0):
            raise ReadError(f"expected a mean of dimension {dimension}; got a scalar", mean.span)
        mean = column(*(integer(0) for _ in range(dimension)))
    return GaussianLaw(name=name, dimension=dimension, mean=mean, covariance=covariance, span=span)


def _dimension(shape: tuple[int | str, ...] | None) -> int | None:
    return int(shape[0]) if shape and isinstance(shape[0], int) else None


# -- maps --------------------------------------------------------------------------------------------------------------
def check_keys(item: object, known: tuple[str, ...], section: str, name: str, locator: Locator) -> dict[str, Any]:
    span = locator.key(section, name)
    if not isinstance(item, dict):
        raise ReadError(f"expected a table for '{name}'; got {toml_type(item)}", span)
    for key in item:
        if key not in known:
            raise unknown_key(key, known, locator.text(key, span.start), f"[{section}] {name}")
    return item


def base_law(context: Context, item: Mapping[str, Any], key: str, name: str, span: Span) -> Law:
    base = item.get(key)
    if not isinstance(base, str):
        raise ReadError(f"expected '{key}' to name a law in '{name}'", span)
    law = context.laws.get(name_of(base, span))
    if law is None:
        nearest = context.nearest(base)
        raise ReadError(
            f"expected a declared law for '{key}' of '{name}'; got '{base}'",
            span,
            f"the nearest declared name is '{nearest}'" if nearest else "declare it in [laws]",
        )
    return law


def entry_node(context: Context, value: object, locator: Locator, span: Span) -> Node:
    """A matrix entry: a number of TOML or a formula."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ReadError(f"expected a number or a formula; got {toml_type(value)}", span)
    if isinstance(value, str):
        node = read_expression(value, context, locator.source, locator.text(value, span.start))
        return finite(node, "an entry")
    if isinstance(value, float) and not math.isfinite(value):
        raise ReadError(f"expected a finite number; got {value}", span)
    number = Fraction(str(value))
    node = Number(abs(number), str(abs(value)), span)
    return neg(node) if number < 0 else node


def matrix_node(context: Context, value: object, locator: Locator, span: Span) -> Node:
    """A matrix written as a list of lists, or as a formula."""
    if isinstance(value, str):
        found = read_expression(value, context, locator.source, locator.text(value, span.start))
        return finite(found, "a matrix")
    if not isinstance(value, list) or not value:
        raise ReadError("expected a matrix as a list of rows", span)
    rows = [row if isinstance(row, list) else [row] for row in value]
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ReadError(f"expected rows of one length; got {', '.join(str(len(row)) for row in rows)}", span)
    if len(rows) > 12 or len(rows[0]) > 12:
        raise ReadError("expected a matrix of at most 12 x 12", span)
    return Array(tuple(tuple(entry_node(context, e, locator, span) for e in row) for row in rows), span)


def declare_map(context: Context, written: str, item: object, locator: Locator) -> Context:
    span = locator.key("maps", written)
    name = name_of(written, span)
    table = check_keys(item, MAP_KEYS, "maps", written, locator)
    base = base_law(context, table, "of", written, span)
    if "matrix" in table and "forward" in table:
        raise ReadError(f"expected either 'matrix' or 'forward' in the map '{written}'; got both", span)
    if "matrix" in table:
        law: Law = affine_law(context, name, base, table, locator, span)
    elif "forward" in table:
        law = mapped_law(context, name, base, table, locator, span)
    else:
        raise ReadError(f"expected 'matrix' or 'forward' in the map '{written}'", span)
    refuse_taken(context, (f"p_{name}",), f"the density of {written}", span)
    return context.with_law(law, Entry(name=name, kind="law", span=span), density_entry(f"p_{name}", name, span))


def affine_law(
    context: Context, name: str, base: Law, table: Mapping[str, Any], locator: Locator, span: Span
) -> AffineLaw:
    matrix = matrix_node(context, table["matrix"], locator, span)
    shape = shape_of(matrix, context) or (1, 1)
    rows, columns = int(shape[0]), int(shape[1])
    if columns != base.dimension:
        raise ReadError(
            f"expected a matrix with {base.dimension} column{'s' * (base.dimension > 1)}, one for each component of "
            f"{base.name}; got {rows} x {columns}",
            span,
        )
    offset: Node = column(*(integer(0) for _ in range(rows))) if rows > 1 else integer(0)
    if "offset" in table:
        offset = matrix_node(context, table["offset"], locator, span)
        if (shape_of(offset, context) or (1, 1)) != (rows, 1):
            raise ReadError(f"expected an offset of dimension {rows}", span)
    return AffineLaw(name=name, dimension=rows, base=base.name, matrix=matrix, offset=offset, span=span)


def named_map(context: Context, name: str, base: Law, function: str, span: Span) -> MappedLaw:
    """X = f(Z) with f a declared map that is left open."""
    from .declare_maps import mapped

    node = Call(name_of(function, span), (Name(base.name),))
    entry = context.get(node.name)
    found = mapped(name, base.name, base, node, context, span) if entry is not None else None
    if found is None:
        raise ReadError(f"expected '{function}' to be a declared map({base.dimension}), or a list of formulas", span)
    return found


def mapped_law(
    context: Context, name: str, base: Law, table: Mapping[str, Any], locator: Locator, span: Span
) -> MappedLaw:
    variables = names_list(table.get("variables") or list(component_names(base.name.lower(), base.dimension)), span)
    targets = names_list(table.get("targets") or list(component_names(name.lower(), base.dimension)), span)
    if isinstance(table["forward"], str):
        return named_map(context, name, base, table["forward"], span)
    forward = formulas(context, table["forward"], variables, locator, span)
    inverse = formulas(context, table["inverse"], targets, locator, span) if "inverse" in table else None
    counts = [len(variables), len(forward), len(targets), *([] if inverse is None else [len(inverse)])]
    if any(count != base.dimension for count in counts):
        raise ReadError(f"expected {base.dimension} variables, targets and components of the map", span)
    return MappedLaw(
        name=name,
        dimension=base.dimension,
        base=base.name,
        variables=variables,
        forward=forward,
        targets=targets,
        inverse=inverse,
        span=span,
    )


def names_list(value: object, span: Span) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or not value:
        raise ReadError("expected a list of names", span)
    names = tuple(name_of(v, span) for v in value)
    if len(set(names)) != len(names):
        raise ReadError("expected different names; one occurs twice", span)
    return names


def formulas(context: Context, value: object, bound: tuple[str, ...], locator: Locator, span: Span) -> tuple[Node, ...]:
    items = value if isinstance(value, list) else [value]
    found = []
    for item in items:
        if not isinstance(item, str):
            found.append(entry_node(context, item, locator, span))
            continue
        place = locator.text(item, span.start)
        node = finite(read_expression(item, context, locator.source, place, bound), "a formula")
        if shape_of(node, context) not in ((), None):
            raise ReadError("expected a scalar formula for each component; got a vector or a matrix", place)
        found.append(node)
    return tuple(found)


# -- flows -------------------------------------------------------------------------------------------------------------
def declare_flow(context: Context, written: str, item: object, locator: Locator) -> Context:
    span = locator.key("flows", written)
    name = name_of(written, span)
    table = check_keys(item, FLOW_KEYS, "flows", written, locator)
    if "field" not in table:
        raise ReadError(f"expected 'field' in the flow '{written}'", span)
    count = len(table["field"]) if isinstance(table["field"], list) else 1
    if not 1 <= count <= MOST_COMPONENTS:
        raise ReadError(f"expected a field of 1 to {MOST_COMPONENTS} components; got {count}", span)
    start = base_law(context, table, "start", written, span) if "start" in table else None
    if start is not None and start.dimension != count:
        raise ReadError(
            f"expected {start.dimension} components of the field, as many as {start.name} has; got {count}", span
        )
    variables = names_list(table["variables"], span) if "variables" in table else component_names(name, count)
    if len(variables) != count:
        raise ReadError(f"expected {count} variables, one for each component of the field; got {len(variables)}", span)
    refuse_taken(context, variables if count > 1 else (), f"a component of {written}", span)
    time = name_of(wants_text(table.get("time", "t"), "'time'", span), span)
    if time in (*variables, name):
        raise ReadError(f"expected a time of its own; '{time}' is the state", span)
    parameters = parameter_domains(context, table.get("parameters", {}), locator, span)
    for parameter, domain in parameters.items():
        context = declare_parameter(context, parameter, domain, span)
    if time not in context:
        context = context.declare(time_entry(context, time, name, locator, span))
    field = formulas(context, table["field"], (*variables, time), locator, span)
    law = FlowLaw(
        name=name,
        dimension=count,
        start=start.name if start else None,
        variables=variables,
        time=time,
        field=field,
        times=flow_times(table.get("times", [0, 1]), span),
        parameters=parameters,
        at=values_at(context, table.get("at", {}), parameters, locator, span),
        field_name=name_of(wants_text(table.get("field_name", "f"), "'field_name'", span), span),
        density_name=name_of(wants_text(table.get("density", "p"), "'density'", span), span),
        span=span,
    )
    return declare_flow_names(context, law)


def time_entry(context: Context, time: str, flow: str, locator: Locator, span: Span) -> Entry:
    domain = read_domain(NONNEGATIVE, time, context, locator.source, span)
    return Entry(
        name=time, kind="time", domain=replace(domain, declared=False), of=flow, span=span, rule="time of the flow"
    )


def declare_flow_names(context: Context, law: FlowLaw) -> Context:
    """The names that a flow brings along: its path, components, field and density."""
    span, name = law.span, law.name
    entries = [Entry(name=name, kind="path", of=name, domain=vector_domain(law.dimension), span=span)]
    if law.dimension > 1:
        entries += [
            Entry(name=v, kind="component", of=name, position=i, span=span) for i, v in enumerate(law.variables, 1)
        ]
        entries += [
            Entry(name=f"{law.field_name}_{i}", kind="field", of=name, position=i, span=span)
            for i in range(1, law.dimension + 1)
        ]
    if short_name(context, law.field_name, "field", name, "field_name", span):
        entries.append(Entry(name=law.field_name, kind="field", of=name, span=span))
    for density in (law.density_name, f"{law.density_name}_{name}"):
        if short_name(context, density, "density", name, "density", span):
            entries.append(density_entry(density, name, span))
    return context.with_law(law, *entries)


def vector_domain(dimension: int) -> Domain:
    return Domain(shape=(dimension,) if dimension > 1 else (), text=f"real vector({dimension})")


def flow_times(value: object, span: Span) -> tuple[float, float]:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
    ):
        start, end = float(value[0]), float(value[1])
        if math.isfinite(start) and math.isfinite(end) and end > start and end - start <= 1e6:
            return start, end
    raise ReadError("expected times = [start, end] with finite start < end", span)


def parameter_domains(context: Context, value: object, locator: Locator, span: Span) -> dict[str, Domain]:
    if not isinstance(value, dict):
        raise ReadError('expected parameters = { name = "domain" }', span)
    return {
        name_of(n, span): read_domain(wants_text(d, f"the domain of '{n}'", span), n, context, locator.source, span)
        for n, d in value.items()
    }


def declare_parameter(context: Context, name: str, domain: Domain, span: Span) -> Context:
    """A parameter; one that [symbols] declares too must say the same there."""
    known = context.get(name)
    if known is not None and known.domain.text != domain.text:
        raise ReadError(f"expected one domain of '{name}'; got '{known.domain.text}' and '{domain.text}'", span)
    return context.declare(symbol_entry(name, domain, span, context))


def values_at(
    context: Context, value: object, parameters: Mapping[str, Domain], locator: Locator, span: Span
) -> dict[str, Node]:
    """Values of parameters, each of them declared and inside its domain."""
    if not isinstance(value, dict):
        raise ReadError("expected at = { name = value }", span)
    found = {name_of(n, span): entry_node(context, v, locator, span) for n, v in value.items()}
    for name, node in found.items():
        if name not in parameters:
            raise unknown_key(name, tuple(parameters), locator.text(name, span.start), "'at'")
        if reason := contradiction(replace(parameters[name], value=node)):
            raise ReadError(f"expected a value of '{name}' in its domain; {reason}", locator.text(name, span.start))
    return found


def short_name(context: Context, name: str, kind: str, law: str, key: str, span: Span) -> bool:
    """Whether a law may take a short name (f, p, E, Z): an author's declaration goes before it.

    Raises:
        ReadError: another law of the document has it already, so that it would be ambiguous.
    """
    known = context.get(name)
    if known is not None and known.kind == kind and known.of not in ("", law):
        hint = f"write {key} = .. in one of the two"
        raise ReadError(f"expected another name of the {kind}; '{name}' is already the {known.type_name}", span, hint)
    return known is None


# -- energies ----------------------------------------------------------------------------------------------------------
def declare_energy(context: Context, written: str, item: object, locator: Locator) -> Context:
    span = locator.key("energies", written)
    name = name_of(written, span)
    table = check_keys(item, ENERGY_KEYS, "energies", written, locator)
    if "energy" not in table:
        raise ReadError(f"expected 'energy' in the energy-based model '{written}'", span)
    parameters = parameter_domains(context, table.get("parameters", {}), locator, span)
    for parameter, domain in parameters.items():
        context = declare_parameter(context, parameter, domain, span)
    at = values_at(context, table.get("at", {}), parameters, locator, span)
    written_variables = names_list(table.get("variables", ["x"]), span)
    context, variables = energy_variables(context, written_variables, table, span)
    if isinstance(table["energy"], list):
        raise ReadError(f"expected one formula for 'energy' of '{written}'; got an array", span)
    energy = formulas(context, table["energy"], variables, locator, span)[0]
    law = EnergyLaw(
        name=name,
        dimension=len(variables),
        variables=variables,
        parameters=parameters,
        energy=energy,
        at=at,
        energy_name=name_of(wants_text(table.get("energy_name", "E"), "'energy_name'", span), span),
        partition_name=name_of(wants_text(table.get("partition", "Z"), "'partition'", span), span),
        span=span,
    )
    return declare_energy_names(context, law)


def energy_variables(
    context: Context, written: tuple[str, ...], table: Mapping[str, Any], span: Span
) -> tuple[Context, tuple[str, ...]]:
    """The scalar variables of an energy; `variables = ["x"], dimension = 2` declares the vector x."""
    dimension = table.get("dimension", len(written))
    if isinstance(dimension, bool) or not isinstance(dimension, int) or not 1 <= dimension <= 12:
        raise ReadError("expected a dimension from 1 to 12", span)
    variables = component_names(written[0], dimension) if len(written) == 1 else written
    if len(variables) != dimension:
        raise ReadError(f"expected {dimension} variables; got {len(variables)}", span)
    if variables != written:
        domain = vector_domain(dimension)
        context = context.declare(Entry(name=written[0], kind="vector", domain=domain, span=span))
    for variable in variables:
        known = context.get(variable)
        if known is not None and known.kind != "scalar" and not known.rule:
            raise ReadError(f"expected a scalar variable; '{variable}' is a {known.type_name}", span)
        if variable not in context:
            context = context.declare(
                Entry(name=variable, kind="scalar", domain=DEFAULT_REAL, span=span, rule="variable of an energy")
            )
    return context, variables


def declare_energy_names(context: Context, law: EnergyLaw) -> Context:
    """The names that an energy brings along: the density, the energy, the partition function."""
    span, name = law.span, law.name
    entries = [Entry(name=name, kind="density", of=name, span=span)]
    for kind, key, short in (
        ("energy", "energy_name", law.energy_name),
        ("partition", "partition", law.partition_name),
    ):
        names = (short, f"{short}_{name}")
        free = (known for known in names if short_name(context, known, kind, name, key, span))
        entries.extend(Entry(name=known, kind=kind, of=name, span=span) for known in free)
    return context.with_law(law, *entries)
