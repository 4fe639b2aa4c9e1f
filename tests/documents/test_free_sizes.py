r"""Matrices of free and of given size: identities sized by their neighbours, sizes as names, values given later."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")
GENERAL = r"""# A factor model

Here $W$ is a $d\times k$ matrix and $\sigma > 0$. Put $C = WW^\top + \sigma^2 I$ and $M = W^\top W + \sigma^2 I$.
Then CLAIM.

## With numbers

Now $d = 2$, $k = 1$, and
$$ W = \begin{pmatrix} 2 \\ 1 \end{pmatrix}, \qquad \sigma^2 = \frac12. $$
Then NUMBER.
"""


def outcomes(claim: str, number: str) -> list[str]:
    text = GENERAL.replace("CLAIM", claim).replace("NUMBER", number)
    run = check_source(Source("doc.md", text), Options(seed=0, figures=False))
    return [str(step.outcome) for step in run.steps if step.outcome]


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"$W^\top C = M W^\top$", r"$W^\top C = W^\top M$"),
        (r"$M^{-1} W^\top = W^\top C^{-1}$", r"$M^{-1} W^\top = W^\top C$"),
        (r"$|C| = \sigma^{2(d-k)} |M|$", r"$|C| = \sigma^{2(k-d)} |M|$"),
        (
            r"$C^{-1} = \frac{1}{\sigma^2} (I - W M^{-1} W^\top)$",
            r"$C^{-1} = \frac{1}{\sigma^2} (I + W M^{-1} W^\top)$",
        ),
        (r"$\operatorname{tr}(C) = \operatorname{tr}(W^\top W) + d \sigma^2$", r"$\operatorname{tr}(C) = d \sigma^2$"),
    ],
)
def test_identities_of_any_size(true: str, false: str) -> None:
    assert outcomes(true, "$1 + 1 = 2$")[0] in PASSES
    assert outcomes(false, "$1 + 1 = 2$")[0] in ("refuted", "undecided")


@pytest.mark.parametrize(
    "false", [r"$|C| = \sigma^{2(k-d)} |M|$", r"$C^{-1} = \frac{1}{\sigma^2}(I + W M^{-1} W^\top)$"]
)
def test_a_slip_of_any_size_is_refuted(false: str) -> None:
    assert outcomes(false, "$1 + 1 = 2$")[0] == "refuted"


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"$M = \frac{11}{2}$", r"$M = \frac{11.01}{2}$"),
        (r"$|C| = \frac{11}{4}$", r"$|C| = 3$"),
        (
            r"$$ C = \begin{pmatrix} \frac92 & 2 \\ 2 & \frac32 \end{pmatrix} $$",
            r"$$ C = \begin{pmatrix} \frac92 & 2 \\ 2 & \frac52 \end{pmatrix} $$",
        ),
        (r"$\operatorname{tr}(I - W M^{-1} W^\top) = \frac{12}{11}$", r"$\operatorname{tr}(I - W M^{-1} W^\top) = 1$"),
    ],
)
def test_numbers_of_a_later_section(true: str, false: str) -> None:
    """The values hold where they are given; what was said before of any W is not judged by them."""
    general = r"$W^\top C = M W^\top$"
    assert outcomes(general, true)[1] in PASSES
    assert outcomes(general, false)[1] == "refuted"


def test_a_number_and_an_identity_is_no_sum_of_numbers() -> None:
    """`A + I` with A undeclared says nothing of the size of I, and A is not taken for a number by it."""
    run = check_source(Source("d.md", "# A\n\nWe have $A + I = I + B$.\n"), Options(seed=0, figures=False))
    assert [str(step.outcome) for step in run.steps] == ["undecided"]
