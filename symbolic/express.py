r"""From a SymPy expression to the exponential field: one reading rule per function, each an exact identity.

    cos x = (e^{ix}+e^{-ix})/2,  tanh x = (e^{2x}-1)/(e^{2x}+1),  artanh x = (log(1+x)-log(1-x))/2,
    arccos x = pi/2 - arcsin x,  e^{i arcsin x} = ix + sqrt(1-x^2),  e^{i arctan x} = (1+ix)/sqrt(1+x^2)  (x real),
    max(a,b) = (a+b+|a-b|)/2,    erfc x = 1 - erf x.

What is not known becomes a symbol of its own, the same symbol for arguments that are proved equal.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy
from sympy import Basic, Expr, Symbol

from .exponential_field import HALF, ExponentialField, I
from .generators import Generator
from .puiseux import Frac, Poly, TooLargeError, UndefinedError

MAX_NODES = 6000
MAX_DEPTH = 150
MAX_SUM_TERMS = 200


class Reader:
    """Reads expressions into one field; equal subexpressions are read once. ``conditions`` collects what must hold."""

    def __init__(self, field: ExponentialField) -> None:
        self.field = field
        self.memo: dict[Basic, Frac] = {}
        self.conditions: dict[str, None] = {}
        self.hypotheses: dict[Basic, Frac] = {}
        self._depth = 0

    def read(self, expr: Basic) -> Frac:
        """Return the element of the field. Raises: TooLargeError, UndefinedError, NotImplementedError."""
        found = self.memo.get(expr)
        if found is None:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise TooLargeError("an expression nested deeper than 150")
            found = self._read(expr)
            self._depth -= 1
            self.memo[expr] = found
        return found

    def _read(self, expr: Basic) -> Frac:
        if expr in self.hypotheses:
            return self.hypotheses[expr]
        if expr.is_Rational:
            return Frac.constant(Fraction(int(expr.p), int(expr.q)))
        if expr.is_Float:
            value = sympy.Rational(expr)  # the exact binary value
            return Frac.constant(Fraction(int(value.p), int(value.q)))
        if expr in (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
            raise UndefinedError("infinite or undefined")
        rule = RULES.get(expr.func)
        if rule is not None:
            return rule(self, expr)
        if isinstance(expr, Expr) and expr.is_commutative is not False:
            from .kernels import read_kernel

            return read_kernel(self, expr)
        raise NotImplementedError(f"{expr.func.__name__} is outside the exact zero test")

    def require(self, expr: Basic, condition: str) -> None:
        """Note that something must hold, unless the assumptions already give it."""
        self.conditions.setdefault(f"{sympy.latex(expr)} {condition}")

    def require_nonzero(self, expr: Basic) -> None:
        if not (expr.is_nonzero or expr.is_positive or expr.is_negative):
            self.require(expr, r"\neq 0")

    def arguments(self, expr: Basic) -> list[Frac]:
        return [self.read(a) for a in expr.args]


def _symbol(reader: Reader, expr: Basic) -> Frac:
    if expr.is_negative:
        return -_plain_symbol(reader, expr, -1)
    return _plain_symbol(reader, expr, 1)


def _plain_symbol(reader: Reader, expr: Basic, sign: int) -> Frac:
    """A symbol; a negative one is minus a positive generator."""
    assert isinstance(expr, Expr)
    real = expr.is_extended_real
    generator = Generator(
        key=("symbol", expr),
        meaning=sign * expr,
        positive=bool(expr.is_positive) or sign < 0,
        nonnegative=bool(expr.is_nonnegative) or sign < 0,
        integer=bool(expr.is_integer),
        conjugate="self" if real else None,
    )
    return Frac.generator(reader.field.add(generator))


def _add(reader: Reader, expr: Basic) -> Frac:
    total = Frac.constant(0)
    for part in reader.arguments(expr):
        total = total + part
    return total


def _mul(reader: Reader, expr: Basic) -> Frac:
    return Frac.product(reader.arguments(expr))


def _pow(reader: Reader, expr: Basic) -> Frac:
    base, exponent = expr.args
    if base is sympy.E:
        return reader.field.exp(reader.read(exponent))
    if exponent.is_Integer:
        n = int(exponent)
        if n < 0:
            reader.require_nonzero(base)
        value = reader.read(base)
        if n < 0 and not reader.field.reduce(value).num:
            raise UndefinedError("division by zero")
        return value**n
    if exponent.is_Rational:
        c = Fraction(int(exponent.p), int(exponent.q))
        if c < 0:
            reader.require_nonzero(base)
        if max(abs(c.numerator), c.denominator) > 10**6:
            raise TooLargeError("an exponent with a denominator above 10^6")
        return reader.field.root(reader.read(base), c)
    if not base.is_positive:
        reader.require_nonzero(base)
    whole = bool(exponent.is_integer)
    logarithm = reader.field.log(reader.read(base), integer_power=whole)
    return reader.field.exp(reader.read(exponent) * logarithm)


def _exp(reader: Reader, expr: Basic) -> Frac:
    return reader.field.exp(reader.read(expr.args[0]))


def _log(reader: Reader, expr: Basic) -> Frac:
    if len(expr.args) != 1:
        raise NotImplementedError("log with two arguments")
    reader.require_nonzero(expr.args[0])
    value = reader.field.reduce(reader.read(expr.args[0]))
    return reader.field.log(value)


def _exponentials(reader: Reader, argument: Basic, *, turned: bool) -> tuple[Frac, Frac]:
    """Return e^{u} and e^{-u} with u = x or ix."""
    x = reader.read(argument)
    reader.field.use("trigonometric and hyperbolic functions are exponentials")
    e = reader.field.exp(I * x if turned else x)
    return e, e.inverse()


def _sine(reader: Reader, expr: Basic) -> Frac:
    e, f = _exponentials(reader, expr.args[0], turned=True)
    return reader.field.reduce((e - f) * I.scale(-HALF))


def _cosine(reader: Reader, expr: Basic) -> Frac:
    e, f = _exponentials(reader, expr.args[0], turned=True)
    return (e + f).scale(HALF)


def _sinh(reader: Reader, expr: Basic) -> Frac:
    e, f = _exponentials(reader, expr.args[0], turned=False)
    return (e - f).scale(HALF)


def _cosh(reader: Reader, expr: Basic) -> Frac:
    e, f = _exponentials(reader, expr.args[0], turned=False)
    return (e + f).scale(HALF)


def _rewritten(build: Callable[..., Basic]) -> Callable[[Reader, Basic], Frac]:
    """A rule that replaces f(args) by an exact identity in other functions, given as a SymPy constructor."""

    def rule(reader: Reader, expr: Basic) -> Frac:
        return reader.read(build(*expr.args))

    return rule


def _quotient(
    top: Callable[[Reader, Basic], Frac] | None, bottom: Callable[[Reader, Basic], Frac], name: str
) -> Callable[[Reader, Basic], Frac]:
    """top/bottom of the same argument, with the condition that the bottom does not vanish."""

    def rule(reader: Reader, expr: Basic) -> Frac:
        below = reader.field.reduce(bottom(reader, expr))
        if name and not expr.args[0].is_positive:
            reader.require(getattr(sympy, name)(expr.args[0]), r"\neq 0")
        above = top(reader, expr) if top else Frac.constant(1)
        return above * below.inverse()

    return rule


def _tanh(reader: Reader, expr: Basic) -> Frac:
    e, _ = _exponentials(reader, expr.args[0], turned=False)
    square = e * e
    one = Frac.constant(1)
    return (square - one) * reader.field.reduce(square + one).inverse()


def _abs(reader: Reader, expr: Basic) -> Frac:
    return reader.field.modulus(reader.field.reduce(reader.read(expr.args[0])))


def _sign(reader: Reader, expr: Basic) -> Frac:
    reader.require_nonzero(expr.args[0])
    value = reader.field.reduce(reader.read(expr.args[0]))
    return value * reader.field.modulus(value).inverse()


def _extremum(direction: int) -> Callable[[Reader, Basic], Frac]:
    def rule(reader: Reader, expr: Basic) -> Frac:
        first, *others = reader.arguments(expr)
        for other in others:
            gap = reader.field.modulus(reader.field.reduce(first - other))
            first = (first + other + gap.scale(direction)).scale(HALF)
        return first

    return rule


def _conjugate(reader: Reader, expr: Basic) -> Frac:
    image = reader.field.conjugate(reader.field.reduce(reader.read(expr.args[0])))
    if image is None:
        raise NotImplementedError("conjugate of an expression of unknown parts")
    return image


def _real_part(reader: Reader, expr: Basic) -> Frac:
    value = reader.field.reduce(reader.read(expr.args[0]))
    return (value + _conjugate(reader, expr)).scale(HALF)


def _imaginary_part(reader: Reader, expr: Basic) -> Frac:
    value = reader.field.reduce(reader.read(expr.args[0]))
    return reader.field.reduce((value - _conjugate(reader, expr)) * I.scale(-HALF))


def _binomial_formula(k: Basic, n: Basic) -> Basic:
    return sympy.gamma(k + 1) / (sympy.gamma(n + 1) * sympy.gamma(k - n + 1))


def _arcosh(x: Expr) -> Expr:
    return sympy.log(x + sympy.sqrt(x - 1) * sympy.sqrt(x + 1))


def _artanh(x: Expr) -> Expr:
    return (sympy.log(1 + x) - sympy.log(1 - x)) / 2


Rule = Callable[[Reader, Basic], Frac]
RULES: dict[type[Basic] | type, Rule] = {
    sympy.Symbol: _symbol,
    sympy.Dummy: _symbol,
    sympy.Add: _add,
    sympy.Mul: _mul,
    sympy.Pow: _pow,
    sympy.exp: _exp,
    sympy.log: _log,
    sympy.sin: _sine,
    sympy.cos: _cosine,
    sympy.sinh: _sinh,
    sympy.cosh: _cosh,
    sympy.tanh: _tanh,
    sympy.tan: _quotient(_sine, _cosine, "cos"),
    sympy.cot: _quotient(_cosine, _sine, "sin"),
    sympy.sec: _quotient(None, _cosine, "cos"),
    sympy.csc: _quotient(None, _sine, "sin"),
    sympy.coth: _quotient(_cosh, _sinh, "sinh"),
    sympy.sech: _quotient(None, _cosh, ""),
    sympy.csch: _quotient(None, _sinh, "sinh"),
    sympy.asinh: _rewritten(lambda x: sympy.log(x + sympy.sqrt(x**2 + 1))),
    sympy.acosh: _rewritten(_arcosh),
    sympy.atanh: _rewritten(_artanh),
    sympy.acoth: _rewritten(lambda x: _artanh(1 / x)),
    sympy.asech: _rewritten(lambda x: _arcosh(1 / x)),
    sympy.acsch: _rewritten(lambda x: sympy.log(1 / x + sympy.sqrt(1 / x**2 + 1))),
    sympy.acos: _rewritten(lambda x: sympy.pi / 2 - sympy.asin(x)),
    sympy.acot: _rewritten(lambda x: sympy.atan(1 / x)),
    sympy.asec: _rewritten(lambda x: sympy.pi / 2 - sympy.asin(1 / x)),
    sympy.acsc: _rewritten(lambda x: sympy.asin(1 / x)),
    sympy.Abs: _abs,
    sympy.sign: _sign,
    sympy.Max: _extremum(1),
    sympy.Min: _extremum(-1),
    sympy.conjugate: _conjugate,
    sympy.re: _real_part,
    sympy.im: _imaginary_part,
    sympy.sinc: _rewritten(lambda x: sympy.sin(x) / x),
    sympy.erfc: _rewritten(lambda x: 1 - sympy.erf(x)),
    sympy.factorial: _rewritten(lambda n: sympy.gamma(n + 1)),
    sympy.beta: _rewritten(lambda a, b: sympy.gamma(a) * sympy.gamma(b) / sympy.gamma(a + b)),
    sympy.RisingFactorial: _rewritten(lambda x, k: sympy.gamma(x + k) / sympy.gamma(x)),
    sympy.FallingFactorial: _rewritten(lambda x, k: sympy.gamma(x + 1) / sympy.gamma(x - k + 1)),
}
for _constant_type, _build in (
    (type(sympy.I), lambda: I),
    (type(sympy.E), None),
):
    if _build is not None:
        RULES[_constant_type] = lambda reader, expr: I
RULES[type(sympy.E)] = lambda reader, expr: reader.field.exp(Frac.constant(1))
RULES[type(sympy.pi)] = lambda reader, expr: Frac.generator(reader.field.pi)
RULES[type(sympy.GoldenRatio)] = lambda reader, expr: reader.read((1 + sympy.sqrt(5)) / 2)


def _binomial(reader: Reader, expr: Basic) -> Frac:
    n, k = expr.args
    reader.require(k, rf"\in \{{0, \dots, {sympy.latex(n)}\}}")
    return reader.read(_binomial_formula(n, k))


RULES[sympy.binomial] = _binomial

__all__ = ["MAX_NODES", "MAX_SUM_TERMS", "Poly", "Reader", "Symbol"]
