r"""True steps that were once refuted, each beside a false one: shapes by default, derivatives, values."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")


def last(text: str) -> str:
    run = check_source(Source("d.md", f"# A title\n\n{text}\n"), Options(seed=0, figures=False))
    return str(run.steps[-1].outcome or run.steps[-1].kind)


VECTOR = r"Let $x \in \mathbb{R}^2$ and $A = \begin{pmatrix} 2 & 1 \\ 1 & 3 \end{pmatrix}$. Then "
RATE = r"\frac{\partial A}{\partial\lambda}"
GAMMA = r"Let $A(k, \lambda) = \log\Gamma(k) - k\log\lambda$ for $k, \lambda > 0$. Then "
TEMPERATURE = r"Let $\beta = 1/T > 0$ and $Z = 4\cosh(\beta J)$. Then "


@pytest.mark.parametrize(
    ("before", "true", "false"),
    [
        (VECTOR, r"$\frac{\partial}{\partial x} x^T A x = 2Ax$", r"$\frac{\partial}{\partial x} x^T A x = Ax$"),
        (VECTOR, r"$\frac{\partial (x^T x)}{\partial x} = 2x^T$", r"$\frac{\partial (x^T x)}{\partial x} = 3x^T$"),
        (VECTOR, r"$\frac{d}{dx} A x = A$", r"$\frac{d}{dx} A x = 2A$"),
        ("", r"$\frac{d}{dx} x^2 = 2x$", r"$\frac{d}{dx} x^2 = 2.002x$"),
        ("Let $y = x^2$. Then ", r"$\frac{dy}{dx} = 2x$", r"$\frac{dy}{dx} = 3x$"),
        (
            GAMMA,
            r"$\frac{\partial A}{\partial\lambda} = -\frac{k}{\lambda}$",
            r"$\frac{\partial A}{\partial\lambda} = 0$",
        ),
        (
            TEMPERATURE,
            r"$\frac{\partial}{\partial\beta} \log Z = J\tanh(\beta J)$",
            r"$\frac{\partial}{\partial\beta} \log Z = J\tanh(2\beta J)$",
        ),
        (
            r"With $a = w + 1$ we used ",
            r"$\frac{d}{da}\tanh a = \operatorname{sech}^2 a$",
            r"$\frac{d}{da}\tanh a = \operatorname{sech} a$",
        ),
        ("For $b = h = 0$ we have ", "$b + h + 1 = 1$", "$b + h + 1 = 2$"),
        (
            r"Let $u, v \in \mathbb{R}^2$. Then ",
            r"$\|u + v\|^2 = \|u\|^2 + 2u^T v + \|v\|^2$",
            r"$\|u + v\|^2 = \|u\|^2 + u^T v + \|v\|^2$",
        ),
    ],
)
def test_a_true_step_passes_and_a_false_one_is_refuted(before: str, true: str, false: str) -> None:
    assert last(before + true) in PASSES
    assert last(before + false) == "refuted"


@pytest.mark.parametrize(
    "text",
    [
        r"The slope is $\frac{dy}{dx} = 2x$",
        r"With $W = \begin{pmatrix} 2 \\ 1 \end{pmatrix}$ we write $Wz + \varepsilon = \varepsilon + Wz + \eta - \eta$",
        r"We have $A + I = I + B$",
    ],
)
def test_what_nothing_declares_is_not_accused(text: str) -> None:
    """An unknown function is not 0, a name of unknown shape is not a number."""
    assert last(text) in ("undecided", "unread")


def test_shapes_that_are_declared_do_disprove() -> None:
    text = r"Let $u \in \mathbb{R}^2$ and $v \in \mathbb{R}^3$. Then $u + v = v + u$"
    assert last(text) == "refuted"
