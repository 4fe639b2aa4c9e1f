r"""First derivatives over any table: dual numbers a + b e with e^2 = 0, whose parts are values of a base table.

    f(a + b e) = f(a) + f'(a) b e

The base may be real balls, complex balls, intervals, floats, or dual numbers again: nesting gives higher and mixed
derivatives, and a derivative inside an integrand costs no symbolic differentiation.  (For one variable and high order,
`jets` is cheaper.)  Where a function is not differentiable the answer is Indeterminate.

A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapters 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .operations import Indeterminate, Undefined, check_arity, choose


@dataclass(frozen=True, slots=True)
class DualNumber:
    """value + derivative e; `derivative` None stands for an exact 0, so that constants cost nothing."""

    value: Any
    derivative: Any = None


class Duals:
    """The table of dual numbers over `base`."""

    __slots__ = ("base",)

    def __init__(self, base: Any) -> None:
        self.base = base

    def lift(self, value: Any) -> DualNumber:
        return DualNumber(value)

    def seed(self, value: Any) -> DualNumber:
        """The variable to differentiate by."""
        return DualNumber(value, self.base.number(Fraction(1)))

    def number(self, value: Fraction) -> DualNumber:
        return DualNumber(self.base.number(value))

    def constant(self, name: str) -> DualNumber:
        return DualNumber(self.base.constant(name))

    def zero(self) -> Any:
        return self.base.number(Fraction(0))

    def apply(self, op: str, args: tuple[Any, ...]) -> Any:
        check_arity(op, len(args))
        if op == "piecewise":
            return choose(args)
        if op in ("and", "or", "not"):
            return self.base.apply(op, args)
        values = tuple([a.value for a in args])
        if op in ("lt", "le", "gt", "ge", "eq", "ne"):
            return self.base.apply(op, values)
        value = self.base.apply(op, values)
        for a in args:
            if a.derivative is not None:
                break
        else:
            return DualNumber(value)
        try:
            return DualNumber(value, self._derivative(op, args, values, value))
        except Undefined as undefined:  # the value exists, so it is the derivative that does not
            raise Indeterminate(f"{op} is not differentiable here: {undefined.reason}") from None

    # -- derivatives -----------------------------------------------------------------------------------------------
    def _derivative(self, op: str, args: tuple[DualNumber, ...], values: tuple[Any, ...], value: Any) -> Any:
        if op == "add":
            return self._sum([a.derivative for a in args if a.derivative is not None])
        if op == "mul":
            return self._product_rule(args, values)
        if op in ("min", "max"):
            return self._selected(op, args)
        if op == "pow":
            return self._power(args, value)
        partials = _PARTIALS.get(op)
        if partials is None:
            raise Indeterminate(f"{op} has no derivative in the table", more_bits_may_help=False)
        terms = [
            self.base.apply("mul", (partial(self, values, value), a.derivative))
            for partial, a in zip(partials, args, strict=True)
            if a.derivative is not None
        ]
        return self._sum(terms)

    def _sum(self, terms: list[Any]) -> Any:
        return terms[0] if len(terms) == 1 else self.base.apply("add", tuple(terms))

    def _product_rule(self, args: tuple[DualNumber, ...], values: tuple[Any, ...]) -> Any:
        terms = []
        for i, a in enumerate(args):
            if a.derivative is not None:
                terms.append(self.base.apply("mul", (*values[:i], a.derivative, *values[i + 1 :])))
        return self._sum(terms)

    def _selected(self, op: str, args: tuple[DualNumber, ...]) -> Any:
        best = args[0]
        for other in args[1:]:
            if self.base.apply("eq", (other.value, best.value)):
                raise Indeterminate(f"{op} is not differentiable where two arguments are equal")
            less = self.base.apply("lt", (other.value, best.value))
            if less == (op == "min"):
                best = other
        return self.zero() if best.derivative is None else best.derivative

    def _power(self, args: tuple[DualNumber, ...], value: Any) -> Any:
        """u^c: c u^(c-1) u';  u^v: u^v (v' log u + v u'/u)."""
        base, exponent = args
        if exponent.derivative is None:
            one = self.base.number(Fraction(1))
            lower = self.base.apply("add", (exponent.value, self.base.apply("neg", (one,))))
            if self.base.apply("eq", (exponent.value, one)):
                return base.derivative
            slope = self.base.apply("mul", (exponent.value, self.base.apply("pow", (base.value, lower))))
            return self.base.apply("mul", (slope, base.derivative))
        terms = [self.base.apply("mul", (exponent.derivative, self.base.apply("log", (base.value,))))]
        if base.derivative is not None:
            ratio = self.base.apply("div", (base.derivative, base.value))
            terms.append(self.base.apply("mul", (exponent.value, ratio)))
        return self.base.apply("mul", (value, self._sum(terms)))

    # -- matrices --------------------------------------------------------------------------------------------------
    def det(self, rows: tuple[tuple[DualNumber, ...], ...]) -> DualNumber:
        """d det A = sum_i det(A with row i replaced by dA_i): no inverse, so it holds for singular A."""
        values = tuple(tuple(e.value for e in row) for row in rows)
        found = self.base.det(values)
        terms = []
        for i, row in enumerate(rows):
            if any(e.derivative is not None for e in row):
                slope = tuple(self.zero() if e.derivative is None else e.derivative for e in row)
                terms.append(self.base.det((*values[:i], slope, *values[i + 1 :])))
        return DualNumber(found, self._sum(terms) if terms else None)

    def inverse(self, rows: tuple[tuple[DualNumber, ...], ...]) -> tuple[tuple[DualNumber, ...], ...]:
        """d A^-1 = -A^-1 dA A^-1."""
        n = len(rows)
        found = self.base.inverse(tuple(tuple(e.value for e in row) for row in rows))
        if all(e.derivative is None for row in rows for e in row):
            return tuple(tuple(DualNumber(e) for e in row) for row in found)
        slope = tuple(tuple(self.zero() if e.derivative is None else e.derivative for e in row) for row in rows)
        change = self._multiply(self._multiply(found, slope), found)
        return tuple(
            tuple(DualNumber(found[i][j], self.base.apply("neg", (change[i][j],))) for j in range(n)) for i in range(n)
        )

    def exponential(self, rows: tuple[tuple[DualNumber, ...], ...]) -> tuple[tuple[DualNumber, ...], ...]:
        """exp of [[A, dA], [0, A]] is [[exp A, d exp A], [0, exp A]] (Van Loan, IEEE TAC 23, 1978, 395-404)."""
        n = len(rows)
        values = tuple(tuple(e.value for e in row) for row in rows)
        if all(e.derivative is None for row in rows for e in row):
            return tuple(tuple(DualNumber(e) for e in row) for row in self.base.exponential(values))
        slope = tuple(tuple(self.zero() if e.derivative is None else e.derivative for e in row) for row in rows)
        nothing = tuple(self.zero() for _ in range(n))
        above = tuple((*a, *d) for a, d in zip(values, slope, strict=True))
        found = self.base.exponential((*above, *((*nothing, *a) for a in values)))
        return tuple(tuple(DualNumber(found[i][j], found[i][n + j]) for j in range(n)) for i in range(n))

    def _multiply(self, a: tuple[tuple[Any, ...], ...], b: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
        columns = list(zip(*b, strict=True))
        return tuple(
            tuple(
                self.base.apply("add", tuple(self.base.apply("mul", pair) for pair in zip(r, c, strict=True)))
                for c in columns
            )
            for r in a
        )


Partial = Callable[[Duals, tuple[Any, ...], Any], Any]


def _n(t: Duals, value: int, below: int = 1) -> Any:
    return t.base.number(Fraction(value, below))


def _one_minus_square(t: Duals, value: Any) -> Any:
    return t.base.apply("add", (_n(t, 1), t.base.apply("neg", (t.base.apply("mul", (value, value)),))))


def _one_plus_square(t: Duals, value: Any) -> Any:
    return t.base.apply("add", (_n(t, 1), t.base.apply("mul", (value, value))))


def _by(op: str) -> Partial:
    return lambda t, u, y: t.base.apply(op, (u[0],))


def _minus(partial: Partial) -> Partial:
    return lambda t, u, y: t.base.apply("neg", (partial(t, u, y),))


def _times_value(op: str) -> Partial:
    return lambda t, u, y: t.base.apply("mul", (y, t.base.apply(op, (u[0],))))


def _reciprocal(below: Partial) -> Partial:
    return lambda t, u, y: t.base.apply("div", (_n(t, 1), below(t, u, y)))


def _root_of(inside: Partial) -> Partial:
    return lambda t, u, y: t.base.apply("sqrt", (inside(t, u, y),))


def _gauss(sign: int) -> Partial:
    """d erf(u) = (2 / sqrt(pi)) exp(-u^2)."""

    def partial(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
        square = t.base.apply("neg", (t.base.apply("mul", (u[0], u[0])),))
        factor = t.base.apply("div", (_n(t, 2 * sign), t.base.apply("sqrt", (t.base.constant("pi"),))))
        return t.base.apply("mul", (factor, t.base.apply("exp", (square,))))

    return partial


def _besseli(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
    """dI_nu/dx = (I_(nu-1) + I_(nu+1)) / 2."""
    lower, upper = (t.base.apply("besseli", (t.base.apply("add", (u[0], _n(t, s))), u[1])) for s in (-1, 1))
    return t.base.apply("mul", (_n(t, 1, 2), t.base.apply("add", (lower, upper))))


def _no_order(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
    raise Indeterminate("the order of a Bessel function is not differentiated", more_bits_may_help=False)


def _square_minus_one(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
    return t.base.apply("neg", (_one_minus_square(t, u[0]),))


def _factorial(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
    return t.base.apply("mul", (y, t.base.apply("digamma", (t.base.apply("add", (u[0], _n(t, 1))),))))


def _sign_of(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
    return t.base.apply("div", (u[0], y))


def _floor(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
    raise Indeterminate("a step function is not differentiated", more_bits_may_help=False)


def _atan2(which: int) -> Partial:
    def partial(t: Duals, u: tuple[Any, ...], y: Any) -> Any:
        size = t.base.apply("add", tuple(t.base.apply("mul", (x, x)) for x in u))
        top = u[1] if which == 0 else t.base.apply("neg", (u[0],))
        return t.base.apply("div", (top, size))

    return partial


_asin: Partial = _reciprocal(_root_of(lambda t, u, y: _one_minus_square(t, u[0])))

# op -> partial derivatives by each argument, from the arguments u and the value y
_PARTIALS: dict[str, tuple[Partial, ...]] = {
    "neg": (lambda t, u, y: _n(t, -1),),
    "div": (
        lambda t, u, y: t.base.apply("div", (_n(t, 1), u[1])),
        lambda t, u, y: t.base.apply("neg", (t.base.apply("div", (y, u[1])),)),
    ),
    "sqrt": (lambda t, u, y: t.base.apply("div", (_n(t, 1, 2), y)),),
    "root": (lambda t, u, y: t.base.apply("div", (y, t.base.apply("mul", (u[1], u[0])))), _no_order),
    "exp": (lambda t, u, y: y,),
    "log": (lambda t, u, y: t.base.apply("div", (_n(t, 1), u[0])),),
    "sin": (_by("cos"),),
    "cos": (_minus(_by("sin")),),
    "tan": (lambda t, u, y: _one_plus_square(t, y),),
    "cot": (_minus(lambda t, u, y: _one_plus_square(t, y)),),
    "sec": (_times_value("tan"),),
    "csc": (_minus(_times_value("cot")),),
    "asin": (_asin,),
    "acos": (_minus(_asin),),
    "atan": (_reciprocal(lambda t, u, y: _one_plus_square(t, u[0])),),
    "atan2": (_atan2(0), _atan2(1)),
    "sinh": (_by("cosh"),),
    "cosh": (_by("sinh"),),
    "tanh": (lambda t, u, y: t.base.apply("pow", (t.base.apply("sech", (u[0],)), _n(t, 2))),),
    "coth": (_minus(lambda t, u, y: t.base.apply("pow", (t.base.apply("csch", (u[0],)), _n(t, 2)))),),
    "sech": (_minus(_times_value("tanh")),),
    "csch": (_minus(_times_value("coth")),),
    "asinh": (_reciprocal(_root_of(lambda t, u, y: _one_plus_square(t, u[0]))),),
    "acosh": (_reciprocal(_root_of(_square_minus_one)),),
    "atanh": (_reciprocal(lambda t, u, y: _one_minus_square(t, u[0])),),
    "abs": (_sign_of,),
    "sign": (_floor,),
    "floor": (_floor,),
    "ceil": (_floor,),
    "erf": (_gauss(1),),
    "erfc": (_gauss(-1),),
    "gamma": (_times_value("digamma"),),
    "loggamma": (_by("digamma"),),
    "factorial": (_factorial,),
    "sigmoid": (lambda t, u, y: t.base.apply("mul", (y, t.base.apply("add", (_n(t, 1), t.base.apply("neg", (y,)))))),),
    "softplus": (_by("sigmoid"),),
    "besseli": (_no_order, _besseli),
    "re": (lambda t, u, y: _n(t, 1),),
    "conj": (lambda t, u, y: _n(t, 1),),
}
