r"""Inverse functions by name, undefined invertible maps, and the densities of their images.

Truth by hand: f^{-1}(f(x)) = x, (f^{-1})' = 1/f'(f^{-1}), p_X(x) = p_Z(f^{-1}(x)) |det d f^{-1}/dx| for X = f(Z); the
false neighbours leave out or turn over the derivative, or are off by 1e-3.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.invertible_instances import density_body, pair
from twofold.checks.run import Run
from twofold.numeric.balls import RealBalls, ball_interval
from twofold.symbolic.evaluate import Evaluator, Grid
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Name

PASSES = ("proved", "enclosed", "supported")
OPEN = "Let $f: \\mathbb{R} \\to \\mathbb{R}$ be invertible.\n\n"
IMAGE = OPEN + "Let $Z$ have density $p_Z$ and let $X = f(Z)$.\n\n"
LOGISTIC = "Let $\\sigma$ be the logistic function, $0 < y < 1$, $p > 0$ and $q > 0$.\n\n"
BLOCK = """```twofold
[symbols]
f = "map(2)"
x = "vector(2)"
z = "vector(2)"
[laws]
Z = "density on R^2"
[maps]
X = { of = "Z", forward = "f" }
```

"""


def run_of(text: str) -> Run:
    return check_source(Source("note.md", text), Options(seed=0, figures=False))


def judged(before: str, *formulas: str) -> list[str]:
    """The outcome of each formula, all in one document."""
    run = run_of(before + "".join(f"$${formula}$$\n\n" for formula in formulas))
    return [str(step.outcome) for step in run.steps[-len(formulas) :]]


def test_an_open_function_and_its_inverse() -> None:
    """The inverse function theorem, to the second order, on the line."""
    assert (
        judged(
            OPEN,
            "f^{-1}(f(x)) = x",
            "f(f^{-1}(y)) = y",
            r"(f^{-1})'(y) = \frac{1}{f'(f^{-1}(y))}",
            r"\frac{d f^{-1}}{dy} = \frac{1}{f'(f^{-1}(y))}",
            r"(f^{-1})''(y) = -\frac{f''(f^{-1}(y))}{f'(f^{-1}(y))^3}",
            r"\frac{d}{dy} f^{-1}(y) = \frac{1}{f'(y)}",
            r"f^{-1}(y) = \frac{1}{f(y)}",
            r"(f^{-1})'(f(x)) = \frac{1.001}{f'(x)}",
        )
        == ["proved"] * 5 + ["refuted"] * 3
    )


def test_the_inverse_of_a_given_function() -> None:
    """The logit undoes the logistic function; that of p/(p + q) is log p/q; a x + b is undone by (y - b)/a."""
    assert judged(
        LOGISTIC,
        r"\sigma^{-1}(y) = \log\frac{y}{1-y}",
        r"\sigma^{-1}\left(\frac{p}{p+q}\right) = \log\frac{p}{q}",
        r"(\sigma^{-1})'(y) = \frac{1}{y(1-y)}",
        r"\sigma^{-1}\left(\frac{p}{p+q}\right) = \log\frac{q}{p}",
        r"(\sigma^{-1})'(y) = \frac{1}{y(1+y)}",
    ) == ["proved", "proved", "proved", "refuted", "refuted"]
    assert judged(
        "Let $g(x) = a x + b$ with $a > 0$.\n\n", r"g^{-1}(y) = \frac{y-b}{a}", r"g^{-1}(y) = \frac{y+b}{a}"
    ) == ["proved", "refuted"]


def test_an_inverse_that_is_not_seen_is_undecided() -> None:
    """x^3 + x is invertible, x^2 is not: neither is undone by one operation after the other, and nothing is guessed."""
    assert judged("Let $h(x) = x^3 + x$.\n\n", "h^{-1}(10) = 2") == ["undecided"]
    assert judged("Let $k(x) = x^2$.\n\n", "k^{-1}(4) = 2") == ["undecided"]


def test_matrices_and_numbers_keep_their_inverses() -> None:
    """A^{-1} of a matrix is its inverse, x^{-1} of a number its reciprocal, before brackets too."""
    matrix = "Let $A = \\begin{pmatrix} 2 & 1 \\\\ 1 & 1 \\end{pmatrix}$.\n\n"
    inverse = r"\begin{pmatrix} 1 & -1 \\ -1 & 2 \end{pmatrix}"
    assert judged(matrix, f"A^{{-1}} = {inverse}", "x^{-1}(x + x^2) = 1 + x", "x^{-1}(x + x^2) = x") == [
        "proved",
        "proved",
        "refuted",
    ]


def test_the_density_of_an_image_on_the_line() -> None:
    """p_X = p_Z(f^{-1}) |(f^{-1})'| for any density and any invertible f, in four spellings."""
    assert (
        judged(
            IMAGE,
            r"p_X(x) = p_Z(f^{-1}(x)) \left|\frac{d f^{-1}(x)}{dx}\right|",
            r"p_X(x) = \frac{p_Z(f^{-1}(x))}{|f'(f^{-1}(x))|}",
            r"p_X(f(z)) = \frac{p_Z(z)}{|f'(z)|}",
            r"p_X(x) = p_Z(f^{-1}(x)) |f'(f^{-1}(x))|",
            r"p_X(x) = p_Z(f^{-1}(x))",
            r"p_X(f(z)) = 1.001 \frac{p_Z(z)}{|f'(z)|}",
        )
        == ["proved"] * 3 + ["refuted"] * 3
    )


def test_the_density_of_an_image_in_the_plane() -> None:
    """The same with Jacobian determinants; the two determinants are reciprocal where x is the image of z."""
    true = judged(
        BLOCK,
        r"p_X(x) = p_Z(f^{-1}(x)) \left|\det\frac{\partial f^{-1}(x)}{\partial x}\right|",
        r"\left|\det\frac{\partial f^{-1}}{\partial x}\right| = \left|\det\frac{\partial f}{\partial z}\right|^{-1}",
        "f^{-1}(f(z)) = z",
    )
    assert all(outcome in PASSES for outcome in true), true
    assert (
        judged(
            BLOCK,
            r"p_X(x) = p_Z(f^{-1}(x)) \left|\det\frac{\partial f^{-1}(x)}{\partial x}\right|^{-1}",
            r"\left|\det\frac{\partial f^{-1}}{\partial x}\right| = \left|\det\frac{\partial f}{\partial z}\right|",
            "f^{-1}(f(z)) = 2z",
        )
        == ["refuted"] * 3
    )


def test_points_side_by_side_have_two_readings() -> None:
    """det df^{-1}/dx = 1/det df/dz holds where x = f(z): it passes, and says that it rests on a reading."""
    left, right = (rf"\left|\det\frac{{\partial {f}}}{{\partial {v}}}\right|" for f, v in (("f^{-1}", "x"), ("f", "z")))
    step = run_of(f"{BLOCK}$${left} = {right}^{{-1}}$$\n").steps[-1]
    assert step.verdict is not None
    assert {str(r.outcome) for r in step.verdict.readings} == {"supported", "refuted"}
    assert "the verdict depends on the reading" in step.verdict.warnings


def test_components_beside_their_vector_have_one_reading() -> None:
    """y_1 and y in the density of a vector are a coordinate and its vector, and no two points."""
    run = run_of(
        "Let $Z \\sim N(0, I)$, $A = \\begin{pmatrix} 2 & 1 \\\\ 0 & 1 \\end{pmatrix}$ and $Y = AZ$.\n\n"
        "$$p_Y(y_1, y_2) = \\frac{1}{4\\pi} \\exp\\left(-\\frac{(y_1 - y_2)^2}{8} - \\frac{y_2^2}{2}\\right)$$\n"
    )
    assert str(run.steps[-1].outcome) == "proved"
    assert run.steps[-1].verdict is not None and not run.steps[-1].verdict.readings


@pytest.mark.parametrize(
    ("text", "formula", "outcome"),
    [
        ("Let $f$ be a real number.", "f(x+1) = fx + f", "proved"),
        ("Let $g: \\mathbb{R} \\to \\mathbb{R}$.", r"\frac{d}{dx} g(2x) = 2g'(2x)", "proved"),
        ("Let $g: \\mathbb{R} \\to \\mathbb{R}$.", r"\frac{d}{dx} g(2x) = g'(2x)", "refuted"),
        ("Let $g$ be a smooth function.", r"\frac{d}{dx} g(x)^2 = 2 g(x) g'(x)", "proved"),
        ("Let $\\sigma$ denote the logistic sigmoid function.", r"\sigma(-x) = 1 - \sigma(x)", "proved"),
        ("Let $\\sigma$ denote the logistic sigmoid function.", r"\sigma(-x) = \sigma(x)", "refuted"),
        ("Nothing is said.", "g(x+1) = gx + g", "unread"),
    ],
)
def test_what_sentences_say_of_letters(text: str, formula: str, outcome: str) -> None:
    """A letter is a function or a number where a sentence or an arrow says so, and is not guessed elsewhere."""
    assert judged(f"{text}\n\n", formula) == [outcome]


class _Values:
    def __init__(self, values: dict[str, object]) -> None:
        self.values = values

    def name(self, evaluator: Evaluator, node: Name) -> object:
        return self.values[node.name]


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_instances_and_their_inverses_undo_each_other(size: int, seed: int) -> None:
    """f^{-1}(f(z)) encloses z at a rational point, within 1e-20 at 256 bits."""
    arguments, forward, backward = pair(size, random.Random(seed), seed, False)
    table = RealBalls(256)
    point = [table.number(Fraction(2 * i - 1, 3)) for i in range(1, size + 1)]
    image = Evaluator(table, _Values(dict(zip(arguments, point, strict=True)))).value(forward)  # type: ignore[arg-type]
    images = image.entries if isinstance(image, Grid) else (image,)
    back = Evaluator(table, _Values(dict(zip(arguments, images, strict=True)))).value(backward)  # type: ignore[arg-type]
    for wanted, ball in zip(point, back.entries if isinstance(back, Grid) else (back,), strict=True):
        low, high = ball_interval(table.apply("add", (ball, table.apply("neg", (wanted,)))))
        assert low <= 0 <= high < Fraction(1, 10**20)


def test_densities_have_mass_one() -> None:
    """The mixture over [-20, 20] by the midpoint rule: beyond ten widths less than 1e-20 is left."""
    body = density_body(("_a1",), random.Random(5))
    table = RealBalls(64)
    step = Fraction(1, 16)
    total = table.number(Fraction(0))
    for k in range(-320, 320):
        at = table.number(step * k + step / 2)
        value = Evaluator(table, _Values({"_a1": at})).value(body)  # type: ignore[arg-type]
        total = table.apply("add", (total, table.apply("mul", (value, table.number(step)))))
    low, high = ball_interval(total)
    assert abs(low - 1) < Fraction(1, 10**12) > abs(high - 1)
