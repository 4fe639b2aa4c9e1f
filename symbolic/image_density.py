r"""The density of a mapped law: its inverse as declared or found, every branch used, and none used that is not there.

    p_X(x) = sum_k p_Z(g_k(x)) |det dg_k/dx|        over all real inverses g_k of the map.

An inverse is proved to be one (f(g(x)) = x, `derive_change_of_variables`).  That the branches are *all* the inverses
is not proved by solving: so at sample points z of the base every branch must be real at x = f(z), the branches must
differ, and one of them must give z back.  A map that fails (a fold that the given inverse leaves out, a cubic with one
or three real roots) is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy

from .context import AffineLaw, Law, MappedLaw
from .derivation import Condition
from .derive_change_of_variables import ChangeOfVariables, change_of_variables
from .formal_matrices import as_matrix

if TYPE_CHECKING:
    from .formal import Formal

# Short rationals of both signs; with several coordinates the pattern is shifted from one to the next.
_SAMPLES = (
    sympy.Rational(1, 3),
    sympy.Rational(-5, 7),
    sympy.Rational(8, 5),
    sympy.Rational(-7, 4),
    sympy.Rational(-1, 9),
    sympy.Rational(11, 4),
    sympy.Rational(-13, 5),
)
_DIGITS = 30
# Evaluated at 30 digits, of which a few are lost: 1e-15 is far above that error and far below a real difference.
_CLOSE = sympy.Rational(1, 10**15)


def image_of(formal: Formal, law: MappedLaw | AffineLaw) -> ChangeOfVariables:
    """The change of variables of a mapped law, computed once.

    Raises:
        NotFormal: no inverse is given and none is found; an inverse is not proved to be one, or leaves out preimages.
    """
    key = f"image of {law.name}"
    if key not in formal.laws:
        formal.laws[key] = _image(formal, law)
    found: ChangeOfVariables = formal.laws[key]
    return found


def density_symbols(formal: Formal, law: Law) -> tuple[Any, ...]:
    """y_1, .., y_d for the law Y: real symbols of the density that nothing declared as a parameter shares."""
    base = law.name.lower() if law.name.lower() != law.name or len(law.name) == 1 else "y"
    names = [base] if law.dimension == 1 else [f"{base}_{i}" for i in range(1, law.dimension + 1)]
    fresh = all(formal.context.get(n) is None or formal.context.get(n).kind == "component" for n in names)  # type: ignore[union-attr]
    return tuple(sympy.Symbol(n, real=True) if fresh else sympy.Dummy(n, real=True) for n in names)


def _image(formal: Formal, law: MappedLaw | AffineLaw) -> ChangeOfVariables:
    from .formal import NotFormal
    from .formal_laws import density_at

    base = formal.context.laws[law.base]
    if isinstance(law, AffineLaw):
        variables: tuple[Any, ...] = density_symbols(formal, base)
        targets = tuple(sympy.Dummy(s.name, real=True) for s in density_symbols(formal, law))
        matrix, offset = as_matrix(formal.convert(law.matrix)), as_matrix(formal.convert(law.offset))
        if matrix.rows != matrix.cols:
            raise NotFormal(f"{law.name} is an image in another dimension of a law that is not Gaussian")
        forward, inverses = list(matrix * sympy.Matrix(variables) + offset), None
    else:
        variables, targets = formal.names(law.variables), formal.names(law.targets)
        forward = [formal.scalar(part) for part in law.forward]
        inverses = None if law.inverse is None else [[formal.scalar(part) for part in law.inverse]]
    density = density_at(formal, base, list(variables))
    found = _change(forward, variables, density, targets, inverses)
    inside = [branch for branch in found.branches if _in_domain(found, list(branch.inverse))]
    if inside and len(inside) < len(found.branches):
        kept = [list(branch.inverse) for branch in inside]
        found = _change(forward, variables, density, found.images, kept)
    problem = missing_branch(found)
    if problem:
        raise NotFormal(problem)
    return found


def _change(
    forward: list[Any], variables: Sequence[Any], density: Any, targets: Sequence[Any], inverses: Any
) -> ChangeOfVariables:
    """The change of variables; where the inverse needs a positive image (of sqrt, say), under that condition."""
    from .formal import NotFormal

    positive = [t if t.is_positive else sympy.Dummy(t.name, positive=True) for t in targets]
    renamed = dict(zip(targets, positive, strict=True))
    try:
        return change_of_variables(forward, variables, density, targets, inverses)
    except (ValueError, NotImplementedError, ZeroDivisionError) as error:
        moved = None if inverses is None else [[part.xreplace(renamed) for part in g] for g in inverses]
        try:
            found = change_of_variables(forward, variables, density, positive, moved)
        except (ValueError, NotImplementedError, ZeroDivisionError):
            text = str(error)
            raise NotFormal(text[:1].lower() + text[1:]) from error
    listed = ", ".join(t.name for t in targets)
    condition = Condition(text=f"{listed} positive", tex=rf"{listed} > 0", status="assumed")
    derivation = replace(found.derivation, conditions=(*found.derivation.conditions, condition))
    return replace(found, derivation=derivation)


def _in_domain(found: ChangeOfVariables, branch: list[Any]) -> bool:
    """False when a branch gives a variable that is declared positive (negative) a value of the other sign somewhere."""
    for shift in range(len(_SAMPLES)):
        at = _at_sample(found, shift)
        values = [_number(part.xreplace(at)) for part in branch] if at else []
        for symbol, value in zip(found.variables, values, strict=False):
            if _is_real(value) and not _sign_allowed(symbol, sympy.re(value)):
                return False
    return True


def _sign_allowed(symbol: Any, value: Any) -> bool:
    if symbol.is_nonnegative:
        return bool(value >= 0)
    return not symbol.is_nonpositive or bool(value <= 0)


def missing_branch(found: ChangeOfVariables) -> str:
    """What is wrong with the branches at the sample points, or ""."""
    branches = [list(branch.inverse) for branch in found.branches]
    checked = 0
    for shift in range(len(_SAMPLES)):
        at = _at_sample(found, shift)
        if not at:
            continue
        values = [[_number(part.xreplace(at)) for part in branch] for branch in branches]
        wanted = [at[z] for z in found.variables]
        problem = _compare(values, wanted)
        if problem:
            return problem
        checked += 1
    return "" if checked else "the map could not be evaluated at any sample point"


def _compare(values: Sequence[Sequence[Any]], wanted: Sequence[Any]) -> str:
    if not all(_is_real(part) for value in values for part in value):
        return "the number of real inverses of the map changes from place to place"
    if any(_same(a, b) for i, a in enumerate(values) for b in values[:i]):
        return "two branches of the inverse coincide"
    if not any(_same(value, wanted) for value in values):
        return "the inverse leaves out a preimage: the map is not one to one"
    return ""


def _at_sample(found: ChangeOfVariables, shift: int) -> dict[Any, Any]:
    """Values of all symbols at a sample point and of the images there; empty where the map has no real value."""
    point = _sample(found, shift)
    images = [_number(f.xreplace(point)) for f in found.forward]
    if not all(_is_real(v) for v in images):
        return {}
    return {**point, **dict(zip(found.images, images, strict=True))}


def _sample(found: ChangeOfVariables, shift: int) -> dict[Any, Any]:
    """Values for the variables and for every other symbol, within their assumptions."""
    others = found.forward.free_symbols | sympy.Matrix([list(b.inverse) for b in found.branches]).free_symbols
    symbols = [*found.variables, *sorted(others - set(found.variables) - set(found.images), key=str)]
    point = {}
    for index, symbol in enumerate(symbols):
        value = _SAMPLES[(shift + 3 * index) % len(_SAMPLES)]
        if symbol.is_positive or symbol.is_nonnegative:
            value = abs(value)
        elif symbol.is_negative or symbol.is_nonpositive:
            value = -abs(value)
        point[symbol] = sympy.Integer(1 + (shift + index) % 3) if symbol.is_integer else value
    return point


def _number(expression: Any) -> Any:
    return expression.evalf(_DIGITS)


def _is_real(value: Any) -> bool:
    return bool(value.is_number and value.is_finite and abs(sympy.im(value)) <= _CLOSE * (1 + abs(value)))


def _same(first: Sequence[Any], second: Sequence[Any]) -> bool:
    return all(bool(abs(a - b) <= _CLOSE * (1 + abs(b))) for a, b in zip(first, second, strict=True))
