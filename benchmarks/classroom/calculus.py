r"""Problems 4 to 7: the density of Y, two derivatives of g(x) = x e^{-x^2}, an integral by substitution."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .chains import Chain, Side, constant, named
from .hand import Hand, Section
from .matrices import cov, surd
from .pen import Pen
from .worlds import LINE, NEAR, Array

DENSITY = (
    "determinant for root",
    "normaliser",
    "half lost",
    "covariance for precision",
    "sign of exponent",
    "arithmetic",
    "bracket",
)
FIRST = ("inner derivative lost", "product of derivatives", "sign", "power rule on e^x", "factored wrongly")
SECOND = ("sign", "term lost", "coefficient", "bracket")
INTEGRAL = ("half lost", "limits kept", "sign", "decimal")


def density(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""p_Y = 1/(2 pi sqrt(det)) exp(-1/2 y^T P y) = 1/(2 pi 2/5) exp(..) = 5/(4 pi) exp(..); its logarithm."""
    section = Section("Density")
    u, v = pen.y
    name = cov(pen, hand)
    plainly = name.startswith(r"\Sigma")
    inverse = f"{name}^{{-1}}" if plainly else f"({name})^{{-1}}"
    vector = pen.vector if (u, v) == ("y_1", "y_2") else rf"\begin{{pmatrix}} {u} \\ {v} \end{{pmatrix}}"
    argument = f"{vector}" if pen.rng.random() < 0.15 and (u, v) == ("y_1", "y_2") else f"{u}, {v}"
    head = named(f"p_Y({argument})", "pY")
    factor, rest = hand.root
    size, pi_power, norm = float(factor) * rest**0.5, 1.0, surd(pen, factor, rest)
    root_tex, pi_tex, kept = rf"\sqrt{{\det({name})}}", r"2\pi", inverse
    half, exponent_sign = Fraction(1, 2), -1
    planted: int | None = 0 if slip in DENSITY[:5] else None
    det_slip = slip == "determinant for root"
    if det_slip:
        root_tex, size, norm = rf"\det({name})", size**2, pen.num(factor**2 * rest)
    if slip == "normaliser":
        pi_tex, pi_power = r"\sqrt{2\pi}", 0.5
    if slip == "half lost":
        half = Fraction(1)
    if slip == "covariance for precision":
        kept = name if plainly else f"({name})"
    if slip == "sign of exponent":
        exponent_sign = 1
    quad = hand.quad
    if slip == "covariance for precision":
        (a, b), (c, d) = hand.rows
        quad = hand.scale * a, hand.scale * (b + c), hand.scale * d
    mark = "" if exponent_sign == 1 else "-"
    front = f"{mark}{pen.num(half)} " if half != 1 else mark
    formula = pen.exp(f"{front}{vector}{pen.transpose} {kept} {vector}")
    one = Side(
        pen.over("1", f"{pi_tex} {root_tex}") + " " + formula,
        lambda w: general(w, det_slip, slip, float(half) * exponent_sign, pi_power),
    )
    value = normal(size, pi_power, float(half) * exponent_sign, quad)
    monomials = (f"{u}^2", f"{u} {v}", f"{v}^2")
    form = pen.wrap(pen.terms(list(zip(quad, monomials, strict=True))))
    two = constant(pen.over("1", f"{pi_tex}{pen.dot}{norm}") + " " + pen.exp(front + form), value)
    scaled = [(exponent_sign * half * q, m) for q, m in zip(quad, monomials, strict=True)]
    common = Fraction(1, max(c.denominator for c, _ in scaled))
    whole = pen.terms([(c / (-common), m) for c, m in scaled])
    constant_tex = leading(pen, pi_tex, factor**2 * rest if det_slip else factor, 1 if det_slip else rest)
    if slip == "arithmetic":
        constant_tex, planted = constant_tex.replace(r"\pi", r"\pi^2", 1), 2
    outer = value / (np.pi if slip == "arithmetic" else 1)
    three = constant(constant_tex + " " + pen.exp(f"-{pen.num(common)}{pen.wrap(whole)}"), outer)
    say = pen.say("A Gaussian has the density", "The density is then", "Inserting everything,")
    chain = Chain((head, one, two, three), "pY", planted, slip if planted is not None else "", answer=True, before=say)
    section.add(chain)
    if pen.rng.random() < 0.7 or slip == "bracket":
        section.add(logarithm(pen, argument, constant_tex, scaled, outer, slip))
    return section


def general(world: object, by_det: bool, slip: str, rate: float, pi_power: float) -> Array:
    """The formula with names in it, in a world."""
    size = world["det"] if by_det else world["root"]  # type: ignore[index]
    form = world["quad"]  # type: ignore[index]
    if slip == "covariance for precision":
        form = np.einsum("ni,ij,nj->n", NEAR, world["S"], NEAR)  # type: ignore[index]
    return np.exp(rate * form) / ((2 * np.pi) ** pi_power * size)


def normal(size: float, pi_power: float, rate: float, quad: tuple[Fraction, Fraction, Fraction]) -> Array:
    first, second = NEAR[:, 0], NEAR[:, 1]
    a, b, c = map(float, quad)
    return np.exp(rate * (a * first**2 + b * first * second + c * second**2)) / ((2 * np.pi) ** pi_power * size)


def leading(pen: Pen, pi_tex: str, factor: Fraction, rest: int) -> str:
    """1/(2 pi r) as one fraction."""
    if rest != 1 or pi_tex != r"2\pi":
        bottom = f"{factor.numerator if factor.numerator != 1 else ''}{pi_tex}" if factor.numerator != 1 else pi_tex
        if pi_tex == r"2\pi" and factor.numerator != 1:
            bottom = rf"{2 * factor.numerator}\pi"
        bottom += rf"\sqrt{{{rest}}}" if rest != 1 else ""
        return pen.over(str(factor.denominator), bottom)
    q = Fraction(factor.denominator, 2 * factor.numerator)
    bottom = rf"{q.denominator}\pi" if q.denominator != 1 else r"\pi"
    return pen.over(str(q.numerator), bottom)


def logarithm(
    pen: Pen, argument: str, front: str, scaled: list[tuple[Fraction, str]], value: Array, slip: str
) -> Chain:
    r"""log p_Y = log 5/(4 pi) - 1/8 (..) = log 5/(4 pi) - 17/8 y_1^2 + ..."""
    common = Fraction(1, max(c.denominator for c, _ in scaled))
    inside = pen.terms([(c / (-common), m) for c, m in scaled], keep=True)
    log = rf"\log{pen.wrap(front)}"
    one = constant(f"{log} - {pen.num(common)}{pen.wrap(inside)}", np.log(value))
    planted = None
    written = scaled
    if slip == "bracket":
        written, planted = [scaled[0], (-scaled[1][0], scaled[1][1]), scaled[2]], 1
    rest = pen.terms(written, keep=True)
    joint = f" - {rest[1:]}" if rest.startswith("-") else f" + {rest}"
    first, second = NEAR[:, 0], NEAR[:, 1]
    shift = 2 * float(scaled[1][0]) * first * second if slip == "bracket" else 0.0
    two = constant(f"{log}{joint}", np.log(value) - shift)
    head = named(rf"\log p_Y({argument})", "logpY")
    return Chain(
        (head, one, two),
        "logpY",
        planted,
        slip if planted is not None else "",
        before=pen.say("Its logarithm is", "so that"),
    )


# -- derivatives -------------------------------------------------------------------------------------------------------
def power(x: str, n: int) -> str:
    return "" if n == 0 else x if n == 1 else f"{x}^{n}"


def poly(pen: Pen, x: str, coefficients: tuple[Fraction, ...], keep: bool = False) -> str:
    return pen.terms([(c, power(x, n)) for n, c in enumerate(coefficients)], keep=keep)


def times_bell(coefficients: tuple[Fraction, ...]) -> Array:
    return sum(float(c) * LINE**n for n, c in enumerate(coefficients)) * np.exp(-(LINE**2))


def first_derivative(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""g' = e^{-x^2} + x (-2x) e^{-x^2} = (1 - 2 x^2) e^{-x^2}."""
    section = Section("First derivative")
    x = pen.x
    bell = pen.exp(f"-{x}^2")
    section.add(rf"Let $g({x}) = {x} {bell}$ for real ${x}$.")
    head = named(pen.say(f"g'({x})", rf"\frac{{d}}{{d{x}}} g({x})", f"g'({x})"), "g1")
    planted: int | None = 0 if slip in FIRST[:4] else None
    inner, coefficients = rf"(-2{x})", (Fraction(1), Fraction(0), Fraction(-2))
    if slip == "inner derivative lost":
        one, coefficients = f"{bell} + {x} {bell}", (Fraction(1), Fraction(1))
    elif slip == "product of derivatives":
        one, coefficients = f"1{pen.dot}{inner} {bell}", (Fraction(0), Fraction(-2))
    elif slip == "sign":
        one, coefficients = f"{bell} + 2{x}^2 {bell}", (Fraction(1), Fraction(0), Fraction(2))
    elif slip == "power rule on e^x":
        one, coefficients = f"{bell} - {x}^3 {bell}", (Fraction(1), Fraction(0), Fraction(0), Fraction(-1))
    else:
        one = pen.say(f"{bell} + {x}{pen.dot}{inner} {bell}", f"{bell} - 2{x}^2 {bell}", f"-2 {x}^2 {bell} + {bell}")
    value = times_bell(coefficients)
    if slip == "factored wrongly":
        coefficients, planted = (Fraction(1), Fraction(-2)), 1
    last = poly(pen, x, coefficients)
    two = f"{pen.wrap(last)} {bell}" if len([c for c in coefficients if c]) > 1 else f"{last} {bell}"
    hand.first = coefficients
    if slip == "product of derivatives":
        two = f"-2 {x} {bell}"
    sides = (head, constant(one, value), constant(two, times_bell(coefficients)))
    if one.strip() == two.strip():
        sides = sides[:2]
    follows = (("g2", times_bell(differentiated(coefficients))),)
    section.add(
        Chain(
            sides,
            "g1",
            planted,
            slip,
            answer=True,
            follows=follows,
            before=pen.say("By the product rule", "The product rule gives", ""),
        )
    )
    return section


def differentiated(p: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """q with (p e^{-x^2})' = q e^{-x^2}."""
    return tuple((n + 1) * (p[n + 1] if n + 1 < len(p) else 0) - 2 * (p[n - 1] if n else 0) for n in range(len(p) + 1))


def second_derivative(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""g'' = (p' - 2 x p) e^{-x^2} for g' = p e^{-x^2}."""
    section = Section("Second derivative")
    x, p = pen.x, hand.first
    bell = pen.exp(f"-{x}^2")
    slope = tuple(n * c for n, c in enumerate(p))[1:] or (Fraction(0),)
    shifted = (Fraction(0), *(-2 * c for c in p))
    planted: int | None = None
    rate, given = rf"(-2{x})", shifted
    if slip == "sign":
        rate, planted = f"(2{x})", 0
        given = tuple(-c for c in shifted)
    if slip == "term lost":
        planted, slope = 0, (Fraction(0),)
    one_value = times_bell(slope) + times_bell(given)
    one = f"{poly_factor(pen, x, slope)} {bell} + " if any(slope) else ""
    one += f"{poly_factor(pen, x, p)} {rate} {bell}"
    size = max(len(slope), len(given))
    total = tuple(
        (slope[n] if n < len(slope) else Fraction(0)) + (given[n] if n < len(given) else Fraction(0))
        for n in range(size)
    )
    if slip == "coefficient":
        planted, total = 1, tuple(c + 1 if n == 1 else c for n, c in enumerate(total))
    if slip == "bracket":
        planted, total = 1, tuple(-c if n == 1 else c for n, c in enumerate(total))
    two = f"{poly_factor(pen, x, total)} {bell}"
    head = named(f"g''({x})", "g2")
    sides = (head, constant(one, one_value), constant(two, times_bell(total)))
    section.add(
        Chain(sides, "g2", planted, slip, answer=True, before=pen.say("Once more", "Differentiating again", ""))
    )
    return section


def poly_factor(pen: Pen, x: str, coefficients: tuple[Fraction, ...]) -> str:
    text = poly(pen, x, coefficients)
    return pen.wrap(text) if len([c for c in coefficients if c]) > 1 or text.startswith("-") else text


# -- an integral -------------------------------------------------------------------------------------------------------
def integral(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""J = int_0^2 x e^{-x^2} dx = 1/2 int_0^4 e^{-u} du = 1/2 (1 - e^{-4}) = 0.491."""
    section = Section("Integral")
    u, half = pen.dummy, Fraction(1, 2)
    top, sign, front = 4, "-", f"{pen.num(half)} "
    planted: int | None = 1 if slip in ("half lost", "limits kept") else 2 if slip == "sign" else 3 if slip else None
    factor = 0.5
    if slip == "half lost":
        front, factor = "", 1.0
    if slip == "limits kept":
        top = 2
    section.add(pen.say(rf"Substitute ${u} = x^2$.", rf"With ${u} = x^2$, so that $x$ runs from 0 to 2:", ""))
    written = rf"\int_0^2 x {pen.exp('-x^2')} \, dx"
    value = factor * (1 - np.exp(-top))
    bell, end = pen.exp(f"-{u}"), pen.say(f"{{{top}}}", str(top))
    substituted = rf"{front}\int_0^{end} {bell}{pen.say(' ', chr(92) + ', ')}d{u}"
    if slip == "sign":
        sign = "+"
    after = factor * (1 + np.exp(-4)) if slip == "sign" else value
    closed = front + pen.wrap(f"1 {sign} " + pen.exp(f"-{top}"))
    number = f"{after + (0.1 if slip == 'decimal' else 0):.3f}"
    sides = (
        named("J", "J"),
        Side(written, lambda w: (1 - np.exp(-4.0)) / 2),
        constant(substituted, value),
        constant(closed, after),
        constant(number, float(number)),
    )
    section.add(Chain(sides, "J", planted, slip, answer=True, rounded=True, before=pen.say("We get", "Then", "")))
    return section
