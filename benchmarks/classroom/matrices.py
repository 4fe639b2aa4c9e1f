r"""Problems 1 to 3: covariance, determinant, precision of Y = A Z."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .chains import Chain, Side, constant, named
from .hand import A_ROWS, Hand, Section, under_root
from .pen import Pen
from .worlds import NEAR, A, Array

COVARIANCE = (
    "gram order",
    "order lost",
    "entry",
    "off-diagonal entry",
    "summand lost",
    "scale not squared",
    "entrywise",
)
DETERMINANT = ("scalar out of det", "sign", "trace for determinant", "arithmetic", "root of numerator lost")
PRECISION = (
    "diagonal kept",
    "signs kept",
    "times the determinant",
    "entrywise inverse",
    "scale lost",
    "cross term once",
    "cross sign",
)


def floats(scale: Fraction, rows: list[list[int]]) -> Array:
    return float(scale) * np.array(rows, dtype=float)


def cov(pen: Pen, hand: Hand) -> str:
    """The covariance as this student writes it; A A^T only as long as it is that."""
    if pen.cov_name == "AAT":
        return r"\operatorname{Cov}(Y)" if hand.covariance_wrong else f"AA{pen.transpose}"
    return pen.cov_name


def covariance(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""Cov(Y) = A A^T = (product) = (sums) = 1/25 (..)."""
    section = Section("Covariance")
    t = pen.transpose
    hand.covariance_wrong = bool(slip)
    name = r"\operatorname{Cov}(Y)" if pen.cov_name == "AAT" else pen.cov_name
    transposed = [[A_ROWS[j][i] for j in (0, 1)] for i in (0, 1)]
    gram = Side(pen.say(f"A A{t}", f"AA{t}", rf"A \, A{t}"), lambda w: A @ A.T)
    left, right = A_ROWS, transposed
    planted: int | None = None
    if slip == "gram order":
        gram, left, right, planted = Side(f"A{t} A", lambda w: A.T @ A), transposed, A_ROWS, 0
    if slip == "order lost":
        gram, left, right, planted = Side("A A", lambda w: A @ A), A_ROWS, A_ROWS, 0
    whole = [[[left[i][k] * right[k][j] for k in (0, 1)] for j in (0, 1)] for i in (0, 1)]
    if slip == "summand lost":
        whole[0][1] = whole[0][1][:1]
    hand.rows = [[int(25 * sum(cell)) for cell in row] for row in whole]
    sums = constant(
        pen.matrix([[plus(pen, cell) for cell in row] for row in whole]), floats(Fraction(1, 25), hand.rows)
    )
    if slip == "entry":
        hand.rows[1][1] += 1
    if slip == "off-diagonal entry":
        hand.rows[0][1] = hand.rows[1][0] = 10
    if slip == "entrywise":
        hand.rows = [[9, 4], [1, 16]]
    if slip == "scale not squared":
        hand.scale = Fraction(1, 5)
    last = constant(pen.scaled(hand.scale, hand.rows), floats(hand.scale, hand.rows))
    product = constant(f"{pen.matrix(left)} {pen.matrix(right)}", np.array(left, float) @ np.array(right, float))
    sides = [named(name, "S"), gram]
    sides += [product] if pen.rng.random() < 0.7 or slip == "entrywise" else []
    sides += [sums] if pen.rng.random() < 0.7 or slip in ("summand lost", "entry", "off-diagonal entry") else []
    if slip == "entrywise":
        sides = sides[:3]
    if slip == "summand lost":
        planted = len(sides) - 2
    sides.append(last)
    if slip and planted is None:
        planted = len(sides) - 2
    say = pen.say("The image of a Gaussian under a linear map is Gaussian.", "We use Cov(AZ) = A Cov(Z) A^T.", "")
    section.add(
        say, Chain(tuple(sides), "S", planted, slip, answer=True, before=pen.say("So", "Hence", "Therefore", ""))
    )
    return section


def plus(pen: Pen, cell: list[Fraction]) -> str:
    return " + ".join(pen.entry(q) for q in cell)


def determinant(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""det = 1/625 (13 17 - 11 11) = 1/625 (221 - 121) = 100/625 = 4/25, and its root."""
    section = Section("Determinant")
    (a, b), (c, d) = hand.rows
    square, dot = hand.scale**2, pen.dot
    name = cov(pen, hand)
    head = named(
        pen.say(rf"\det({name})", rf"\det {name}" if "Cov" in name or "Sigma" in name else rf"\det({name})"), "det"
    )
    p, q = a * d, b * c
    front = pen.num(square)
    factor, sign, result = square, "-", p - q
    planted: int | None = None
    if slip == "scalar out of det":
        front, factor, planted = pen.num(hand.scale), hand.scale, 0
    if slip == "sign":
        sign, result, planted = "+", p + q, 0
    squared = pen.rng.random() < 0.3 and b == c
    corner = f"{b}^2" if squared else f"{b}{dot}{c}"
    one = constant(front + pen.wrap(f"{a}{dot}{d} {sign} {corner}"), float(factor * result))
    two = constant(front + pen.wrap(f"{p} {sign} {q}"), float(factor * result))
    sides = [head, one, two] if pen.rng.random() < 0.7 or slip == "arithmetic" else [head, one]
    if slip == "trace for determinant":
        result, factor, planted = a + d, hand.scale, 0
        sides = [head, constant(pen.num(hand.scale) + pen.wrap(f"{a} + {d}"), float(factor * result))]
    if slip == "arithmetic":
        planted, result = len(sides) - 1, result + 10
    value = factor * result
    if factor.numerator == 1 and factor.denominator not in (1, value.denominator):
        sides.append(constant(rf"\frac{{{result}}}{{{factor.denominator}}}", float(value)))
    sides.append(constant(pen.num(value), float(value)))
    section.add(
        Chain(
            tuple(sides),
            "det",
            planted,
            slip if planted is not None else "",
            answer=True,
            before=pen.say("For the determinant", "We get", ""),
        )
    )
    section.add(root(pen, hand, name, value, slip))
    return section


def root(pen: Pen, hand: Hand, name: str, value: Fraction, slip: str) -> Chain:
    r"""sqrt(det) = sqrt(4/25) = 2/5."""
    top, rest_top = under_root(value.numerator)
    bottom, rest_bottom = under_root(value.denominator)
    factor, rest = Fraction(top, bottom * rest_bottom), rest_top * rest_bottom
    planted = None
    if slip == "root of numerator lost":
        factor, planted = factor * top, 1
    hand.root = factor, rest
    result = constant(surd(pen, factor, rest), float(factor) * rest**0.5)
    middle = constant(rf"\sqrt{{{pen.num(value)}}}", float(value) ** 0.5)
    head = named(rf"\sqrt{{\det({name})}}", "root")
    return Chain(
        (head, middle, result),
        "root",
        planted,
        slip if planted is not None else "",
        before=pen.say("and its root is", "so"),
    )


def surd(pen: Pen, factor: Fraction, rest: int) -> str:
    if rest == 1:
        return pen.num(factor)
    top = rf"\sqrt{{{rest}}}" if factor.numerator == 1 else rf"{factor.numerator}\sqrt{{{rest}}}"
    return top if factor.denominator == 1 else pen.over(top, str(factor.denominator))


def precision(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""Cov(Y)^{-1} = 25 (1/100) (..) = 1/4 (..), and the quadratic form."""
    section = Section("Precision")
    (a, b), (c, d) = hand.rows
    name = cov(pen, hand)
    head_tex = f"{name}^{{-1}}" if name.startswith(r"\Sigma") and "_" not in name else pen.wrap(name) + "^{-1}"
    if name.startswith(r"\Sigma_"):
        head_tex = f"{name}^{{-1}}"
    head = named(head_tex, "inv")
    back, det = 1 / hand.scale, hand.det()
    adjugate = [[d, -b], [-c, a]]
    if slip == "diagonal kept":
        adjugate = [[a, -b], [-c, d]]
    if slip == "signs kept":
        adjugate = [[d, b], [c, a]]
    number, planted = (
        Fraction(1, det),
        0 if slip in ("diagonal kept", "signs kept", "times the determinant", "scale lost") else None,
    )
    if slip == "times the determinant":
        number = Fraction(det)
    if slip == "scale lost":
        back = Fraction(1)
    inside = pen.matrix(adjugate)
    factor = f"{pen.num(number)}{' ' if number.denominator != 1 else pen.dot}"
    one = constant(
        f"{pen.num(back)}{pen.dot}{factor}{inside}" if back != 1 else f"{factor}{inside}",
        floats(back * number, adjugate),
    )
    scale = back * number
    two = constant(pen.scaled(scale, adjugate), floats(scale, adjugate))
    sides = [head, one, two]
    if slip == "entrywise inverse":
        cells = [[1 / (hand.scale * x) for x in row] for row in hand.rows]
        sides, planted = [head, constant(pen.matrix(cells), np.array(cells, float))], 0
        scale, adjugate = Fraction(1), cells  # type: ignore[assignment]
    hand.quad = scale * adjugate[0][0], scale * (adjugate[0][1] + adjugate[1][0]), scale * adjugate[1][1]
    section.add(
        Chain(
            tuple(sides),
            "inv",
            planted,
            slip if planted is not None else "",
            answer=True,
            before=pen.say("For the inverse", ""),
        )
    )
    if slip not in PRECISION[:5] and not hand.covariance_wrong:
        head = Side(
            f"{name} {head_tex}" if name.startswith(r"\Sigma") else f"{pen.wrap(name)} {head_tex}",
            lambda w: w["S"] @ w["inv"],
        )
        section.add(
            Chain(
                (head, constant(pen.say("I", "I_2", pen.matrix([[1, 0], [0, 1]])), np.eye(2))),
                "one",
                before=pen.say("Check:", "Indeed"),
            )
        )
    section.add(quadratic(pen, hand, head_tex, scale, adjugate, slip))
    return section


def quadratic(pen: Pen, hand: Hand, inverse: str, scale: Fraction, rows: list[list[int]], slip: str) -> Chain:
    r"""y^T P y = 1/4 (17 y_1^2 - 11 y_1 y_2 - 11 y_2 y_1 + 13 y_2^2) = 1/4 (17 y_1^2 - 22 y_1 y_2 + 13 y_2^2)."""
    (a, b), (c, d) = rows
    u, v = pen.y
    vector = pen.vector if pen.y == ("y_1", "y_2") else rf"\begin{{pmatrix}} {u} \\ {v} \end{{pmatrix}}"
    head = named(f"{vector}{pen.transpose} {inverse} {vector}", "quad")
    first, second = NEAR[:, 0], NEAR[:, 1]
    cross, planted = b + c, None
    long = pen.terms(
        [(Fraction(a), f"{u}^2"), (Fraction(b), f"{u} {v}"), (Fraction(c), f"{v} {u}"), (Fraction(d), f"{v}^2")],
        keep=True,
    )
    if slip == "cross term once":
        cross, planted = Fraction(b + c) / 2, 1  # type: ignore[assignment]
    if slip == "cross sign":
        cross, planted = -cross, 1
    short = pen.terms([(Fraction(a), f"{u}^2"), (Fraction(cross), f"{u} {v}"), (Fraction(d), f"{v}^2")])
    hand.quad = scale * a, scale * cross, scale * d

    def form(middle: Fraction | int) -> Array:
        return float(scale) * (float(a) * first**2 + float(middle) * first * second + float(d) * second**2)

    front = "" if scale == 1 else pen.num(scale)

    def side(text: str) -> str:
        return f"{front}{pen.wrap(text)}" if front else text

    sides = [head, constant(side(long), form(b + c)), constant(side(short), form(cross))]
    if planted is None and pen.rng.random() < 0.3:
        sides.pop(1)
    return Chain(
        tuple(sides),
        "quad",
        planted,
        slip if planted is not None else "",
        before=pen.say("With this the exponent holds", "and the quadratic form is", ""),
    )
