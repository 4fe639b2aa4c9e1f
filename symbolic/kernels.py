r"""Kernels of the exact zero test: functions that are not exponentials, and the little that must be known of them.

    Gamma(u+1) = u Gamma(u),  psi(u+1) = psi(u) + 1/u,  f(-u) = -f(u) for the odd ones,
    e^{i arcsin u} = iu + sqrt(1-u^2),  e^{i arctan u} = (1+iu)/sqrt(1+u^2) for real u.

Undefined functions, their derivatives and all other functions are symbols of their own; two applications are the same
symbol when their arguments are proved equal.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import sympy
from sympy import Basic, Expr
from sympy.core.function import AppliedUndef

from .exponential_field import HALF, I
from .generators import Generator
from .puiseux import Frac, TooLargeError, UndefinedError
from .series_kernels import read_integral, read_product, read_sum

if TYPE_CHECKING:
    from .express import Reader

ODD = frozenset({"atan", "asin", "erf", "erfi", "Si", "Shi", "fresnels", "fresnelc", "erfinv"})
MAX_SHIFT = 60
MAX_FACTORIAL = 400


def read_kernel(reader: Reader, expr: Expr) -> Frac:
    """Return the element for an expression whose head has no reading rule."""
    if isinstance(expr, sympy.gamma):
        return _gamma(reader, expr)
    if isinstance(expr, sympy.loggamma):
        if not expr.args[0].is_positive:
            return _atom(reader, expr)
        return reader.field.log(reader.read(sympy.gamma(expr.args[0])))
    if isinstance(expr, sympy.polygamma | sympy.digamma) and expr.args[0] == 0:
        return _digamma(reader, expr)
    if isinstance(expr, sympy.Derivative):
        return _derivative(reader, expr)
    if isinstance(expr, sympy.Subs):
        return _substituted(reader, expr)
    if isinstance(expr, sympy.Sum):
        return read_sum(reader, expr)
    if isinstance(expr, sympy.Product):
        return read_product(reader, expr)
    if isinstance(expr, sympy.Integral):
        return read_integral(reader, expr)
    if isinstance(expr, sympy.Piecewise):
        raise NotImplementedError("cases are treated one by one")
    if isinstance(expr, sympy.Function) and all(isinstance(a, Expr) for a in expr.args):
        return _function(reader, expr)
    return _atom(reader, expr)


def _atom(reader: Reader, expr: Expr) -> Frac:
    """An expression that is only compared as it stands (indexed names, limits, what is not understood)."""
    constant = not expr.free_symbols
    generator = Generator(
        key=("atom", expr),
        meaning=expr,
        positive=bool(expr.is_positive),
        nonnegative=bool(expr.is_nonnegative),
        integer=bool(expr.is_integer),
        constant=constant,
        conjugate="self" if expr.is_extended_real else None,
    )
    return Frac.generator(reader.field.add(generator))


def same_arguments(reader: Reader, head: tuple[object, ...], arguments: tuple[Frac, ...]) -> tuple[object, ...]:
    """Return the key for a kernel: that of an earlier one with provably equal arguments, or a new one."""
    field = reader.field
    key = (*head, tuple((a.num, frozenset(a.den.items())) for a in arguments))
    if key in field.generators.index:
        return key
    rivals = [g.key for g in field.generators.table if g.key[:-1] == head][:24]
    for rival in rivals:
        others = rival[-1]
        assert isinstance(others, tuple)
        if len(others) == len(arguments) and all(
            field.vanishes(a - Frac(num, dict(den))) for a, (num, den) in zip(arguments, others, strict=True)
        ):
            return rival
    return key


def _function(reader: Reader, expr: Expr) -> Frac:
    field = reader.field
    arguments = tuple(field.canonical(a) for a in reader.arguments(expr))
    name = expr.func if isinstance(expr, AppliedUndef) else expr.func.__name__
    sign = 1
    if name in ODD and len(arguments) == 1:
        if not arguments[0].num:
            return Frac.constant(0)
        if arguments[0].num.primitive()[0] < 0:
            sign, arguments = -1, (-arguments[0],)
    if name == "atan" and arguments[0].value() == 1:
        return Frac.generator(field.pi).scale(Fraction(sign, 4))
    key = same_arguments(reader, ("function", name), arguments)
    generator = Generator(
        key=key,
        meaning=sign * expr,
        positive=bool((sign * expr).is_positive),
        nonnegative=bool((sign * expr).is_nonnegative),
        integer=bool(expr.is_integer),
        constant=not expr.free_symbols,
        conjugate="self" if expr.is_real or (name == "atan" and field.is_real(arguments[0])) else None,
        cis=_cis(reader, name, arguments[0]) if arguments else None,
    )
    return Frac.generator(field.add(generator)).scale(sign)


def _cis(reader: Reader, name: object, x: Frac) -> Frac | None:
    field, one = reader.field, Frac.constant(1)
    if name == "asin":
        field.use("exp(i arcsin x) = i x + sqrt(1 - x^2)")
        return I * x + field.root(field.reduce(one - x * x), HALF)
    if name == "atan" and field.is_real(x):
        field.use("exp(i arctan x) = (1 + i x) / sqrt(1 + x^2)")
        return (one + I * x) * field.root(field.reduce(one + x * x), HALF).inverse()
    return None


def _gamma(reader: Reader, expr: Expr) -> Frac:
    """Gamma at u + n from an earlier Gamma(u), by the functional equation."""
    field = reader.field
    argument = field.canonical(reader.read(expr.args[0]))
    value = argument.value()
    if value is not None and value.denominator <= 2:
        return _gamma_of_number(reader, Fraction(value))
    if not expr.args[0].is_positive:
        reader.require(expr.args[0], r"\notin \{0, -1, -2, \dots\}")
    for g, generator in enumerate(field.generators.table):
        if generator.key[0] == "gamma":
            start = generator.key[1]
            assert isinstance(start, Frac)
            shift = field.canonical(argument - start).value()
            if shift is not None and shift.denominator == 1:
                field.use("Gamma(u + 1) = u Gamma(u)")
                return Frac.generator(g) * _rising(start, int(shift))
    positive = bool(expr.args[0].is_positive)
    new = Generator(
        key=("gamma", argument),
        meaning=expr,
        positive=positive,
        nonnegative=positive,
        constant=not expr.free_symbols,
        conjugate="self" if field.is_real(argument) else None,
    )
    return Frac.generator(field.add(new))


def _rising(start: Frac, shift: int) -> Frac:
    """Gamma(start + shift) / Gamma(start)."""
    if abs(shift) > MAX_SHIFT:
        raise TooLargeError("a shift of the Gamma function above 60")
    if shift >= 0:
        return Frac.product(start + Frac.constant(j) for j in range(shift))
    return Frac.product(start - Frac.constant(j) for j in range(1, -shift + 1)).inverse()


def _gamma_of_number(reader: Reader, value: Fraction) -> Frac:
    if value.denominator == 1 and value <= 0:
        raise UndefinedError("a pole of the Gamma function")
    if abs(value) > MAX_FACTORIAL:
        raise TooLargeError("a factorial above 400")
    if value.denominator == 1:
        return Frac.constant(int(sympy.factorial(int(value) - 1)))
    ratio = Fraction(1)
    start = value
    while start > HALF:
        start -= 1
        ratio *= start
    while start < HALF:
        ratio /= start
        start += 1
    return Frac.generator(reader.field.pi, HALF).scale(ratio)


def _digamma(reader: Reader, expr: Expr) -> Frac:
    field = reader.field
    argument = field.canonical(reader.read(expr.args[-1]))
    for g, generator in enumerate(field.generators.table):
        if generator.key[0] == "digamma":
            start = generator.key[1]
            assert isinstance(start, Frac)
            shift = field.canonical(argument - start).value()
            if shift is not None and shift.denominator == 1 and abs(int(shift)) <= MAX_SHIFT:
                field.use("psi(u + 1) = psi(u) + 1/u")
                total = Frac.generator(g)
                for j in range(int(shift)):
                    total = total + (start + Frac.constant(j)).inverse()
                for j in range(1, -int(shift) + 1):
                    total = total - (start - Frac.constant(j)).inverse()
                return total
    conjugate = "self" if field.is_real(argument) else None
    new = Generator(key=("digamma", argument), meaning=expr, conjugate=conjugate)
    return Frac.generator(field.add(new))


def _derivative(reader: Reader, expr: Expr) -> Frac:
    for inner in expr.args[0].atoms(sympy.Integral, sympy.Sum):
        if sympy.oo in inner.atoms() or isinstance(inner, sympy.Integral):
            reader.conditions.setdefault(f"derivative and limit may be exchanged in {sympy.latex(inner)}")
    done = expr.doit(deep=False)
    if done != expr:
        reader.field.use("derivatives are taken")
        return reader.read(done)
    inner = expr.args[0]
    if isinstance(inner, AppliedUndef):
        return _partial(reader, expr, expr, {})
    return _atom(reader, expr)


def _substituted(reader: Reader, expr: Expr) -> Frac:
    inner, variables, point = expr.args
    if isinstance(inner, sympy.Derivative) and isinstance(inner.args[0], AppliedUndef):
        return _partial(reader, expr, inner, dict(zip(variables, point, strict=True)))
    return _atom(reader, expr)


def _partial(reader: Reader, expr: Expr, derivative: Expr, point: dict[Basic, Basic]) -> Frac:
    """The partial derivative of an undefined function, identified by its orders and the place where it is taken."""
    application = derivative.args[0]
    orders = [0] * len(application.args)
    for variable, count in derivative.args[1:]:
        places = [i for i, a in enumerate(application.args) if a == variable]
        others = [a for a in application.args if a != variable and a.has(variable)]
        if len(places) != 1 or others or not count.is_Integer:
            return _atom(reader, expr)
        orders[places[0]] += int(count)
    arguments = tuple(reader.field.canonical(reader.read(a.xreplace(point))) for a in application.args)
    key = same_arguments(reader, ("partial", application.func, tuple(orders)), arguments)
    real = "self" if expr.is_real or application.is_real else None
    return Frac.generator(reader.field.add(Generator(key=key, meaning=expr, conjugate=real)))
