r"""Inverse functions in the symbolic route.

An undefined invertible f gets a second function g with the two rules

    g(f(x)) = x,  f(g(y)) = y,        dg/dy = (df/dx at x = g(y))^{-1}        (the inverse function theorem)

the second as a matrix in several dimensions.  The inverse of a given function is solved for, and used only where there
is one real solution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from .context import MappedLaw
from .inverse_names import forward_name, is_inverse
from .tree import Call, Name, calls, substitute
from .unfold import one_argument, unfold

if TYPE_CHECKING:
    from .formal import Formal

ONE_TO_ONE = "{name} is one to one, differentiable, with a derivative that does not vanish"


def inverse_value(formal: Formal, node: Call) -> Any:
    """f^{-1}(y), or a derivative of it."""
    from .formal import NotFormal

    name = forward_name(node.name)
    order = len(node.name) - len(node.name.rstrip("'"))
    point = formal.convert(node.args[0])
    entries = list(point) if isinstance(point, sympy.MatrixBase) else [point]
    formal.conditions[ONE_TO_ONE.format(name=name)] = None
    if one_argument(formal.context, name) is not None:
        return given(formal, name, entries[0], order)
    if order and len(entries) > 1:
        raise NotFormal("no symbolic rule for a primed map of several variables")
    if order:
        inner = sympy.Dummy("y", real=True)
        return sympy.diff(inverse_components(formal, name, [inner])[0], inner, order).subs(inner, entries[0])
    found = inverse_components(formal, name, entries)
    return found[0] if len(found) == 1 else sympy.ImmutableMatrix(found)


def given(formal: Formal, name: str, point: Any, order: int) -> Any:
    """The only real solution u of f(u) = y for a function that the document gives, or its derivative in y."""
    from .formal import NotFormal
    from .inverse_maps import _real_roots

    found = one_argument(formal.context, name)
    assert found is not None
    unknown, image = sympy.Dummy("u", real=True), sympy.Dummy("y", real=True)
    fresh = f"{found[0]}_at"
    body = formal.scalar(substitute(unfold(found[1], formal.context), {found[0]: Name(fresh)}))
    roots = _real_roots(body.subs(formal.symbol(fresh), unknown), unknown, image)
    if len(roots) != 1:
        raise NotFormal(f"no inverse of {name} in closed form was found")
    formal.rules[f"the inverse of {name}: the only real solution of {name}(u) = y"] = None
    return sympy.diff(roots[0], image, order).subs(image, point)


def map_value(formal: Formal, name: str, entries: list[Any], size: int) -> Any:
    """f(z) of an undefined function; f(g(y)) = y where all its arguments are the inverse at one point."""
    inverses = [getattr(e.func, "inverse_of", None) for e in entries]
    if entries and inverses == [(formal, name, i) for i in range(len(entries))]:
        points = {e.args for e in entries}
        if len(points) == 1 and len(next(iter(points))) == max(size, 1):
            return list(next(iter(points)))
    if size <= 1:
        return [formal.function(name)(*entries)]
    return [formal.function(f"{name}_{i}")(*entries) for i in range(1, size + 1)]


def inverse_components(formal: Formal, name: str, entries: list[Any]) -> list[Any]:
    """g_1(y), ..., g_n(y)."""
    size = len(entries)
    if size > 3:
        from .formal import NotFormal

        raise NotFormal("no symbolic rule for the inverse of a map of more than three variables")
    return [inverse_class(formal, name, i, size)(*entries) for i in range(size)]


def inverse_class(formal: Formal, name: str, place: int, size: int) -> Any:
    """The SymPy function of one component of the inverse, with its derivative by the inverse function theorem."""
    if name in formal.bare_inverses:
        return formal.function(f"{name}_inverse_{place + 1}")
    key = f"{name}^-1 {place} {size}"
    if key in formal.functions:
        return formal.functions[key]

    def forward(arguments: list[Any]) -> list[Any]:
        return list(map_value(formal, name, arguments, size))

    def evaluate(cls: Any, *arguments: Any) -> Any:
        heads = [formal.functions.get(name if size == 1 else f"{name}_{i}") for i in range(1, size + 1)]
        points = {a.args for a in arguments}
        if [a.func for a in arguments] == heads and len(points) == 1 and len(arguments[0].args) == size:
            return arguments[0].args[place]  # g(f(x)) = x
        return None

    def slope(self: Any, argindex: int = 1) -> Any:
        at = [inverse_class(formal, name, i, size)(*self.args) for i in range(size)]
        inner = [sympy.Dummy(f"z{i}", real=True) for i in range(size)]
        jacobian = sympy.Matrix(forward(inner)).jacobian(sympy.Matrix(inner))
        here = jacobian.applyfunc(lambda e: sympy.Subs(e, tuple(inner), tuple(at)))
        formal.rules["inverse function theorem: the derivative of the inverse is the inverse of the derivative"] = None
        return here.inv(method="ADJ")[place, argindex - 1]

    members = {
        "nargs": (size,),
        "eval": classmethod(evaluate),
        "fdiff": slope,
        "_eval_is_real": lambda self: True,
        "_eval_is_extended_real": lambda self: True,
        "inverse_of": (formal, name, place),
    }
    title = f"{name}_inverse" if size == 1 else f"{name}_inverse_{place + 1}"
    formal.functions[key] = type(title, (sympy.Function,), members)
    return formal.functions[key]


def is_open_map(formal: Formal, law: MappedLaw) -> bool:
    """Whether the inverse of the map is that of a function that the document leaves open."""
    names = {forward_name(n) for part in law.inverse or () for n in calls(part) if is_inverse(n)}
    return any(one_argument(formal.context, name) is None for name in names)


def open_map_density(formal: Formal, law: MappedLaw, arguments: list[Any]) -> Any:
    """p_X(x) = p_Z(g(x)) |det dg/dx| with g the inverse by name."""
    from .formal_laws import density_at

    assert law.inverse is not None
    targets = [sympy.Dummy(name, real=True) for name in law.targets]
    hidden = {name: formal.symbols.get(name) for name in law.targets}
    formal.symbols.update(zip(law.targets, targets, strict=True))
    try:
        inverse = [formal.scalar(part) for part in law.inverse]
    finally:
        for name, symbol in hidden.items():
            formal.symbols.pop(name)
            if symbol is not None:
                formal.symbols[name] = symbol
    jacobian = sympy.Matrix(inverse).jacobian(sympy.Matrix(targets))
    density = density_at(formal, formal.context.laws[law.base], inverse) * sympy.Abs(jacobian.det(method="berkowitz"))
    formal.rules["change of variables: p_X(x) = p_Z(g(x)) |det dg/dx|"] = None
    return density.xreplace(dict(zip(targets, arguments, strict=True)))
