r"""Flows, values and constants under a later heading, functions of time with a formula, differentials, short sums."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")


def steps(text: str) -> list[tuple[str, str]]:
    run = check_source(Source("d.md", text), Options(seed=0, figures=False))
    return [(step.lhs, str(step.outcome or step.kind)) for step in run.steps]


def outcome(text: str, lhs: str) -> str:
    found = [said for left, said in steps(text) if left == lhs]
    assert len(found) == 1, steps(text)
    return found[0]


LATER = r"""# Mixtures

Let $g(x) = \frac12 e^{-x^2}$. Then
$$ \frac{d}{dx} \log g(x) = SLOPE\, x, \qquad
\int_{-\infty}^\infty e^{x} \, \frac{e^{-x^2/2}}{\sqrt{2\pi}} \, dx = e^{1/2}. $$

# A flow

Let $\frac{dx}{dt} = -3 x$ with $x(0) \sim \mathcal{N}(0, 1)$. Then $\frac{d}{dt} \log p(x(t), t) = RATE$.
"""


def test_a_later_flow_says_nothing_of_the_letter_before():
    """The x of the first part is a number, and g no field; both claims and the one on the flow can still be wrong."""
    right = LATER.replace("SLOPE", "-2").replace("RATE", "3")
    assert all(said in (*PASSES, "definition") for _, said in steps(right)), steps(right)
    for wrong in (LATER.replace("SLOPE", "-2.002"), LATER.replace("SLOPE", "-2").replace("RATE", "-3")):
        found = [said for _, said in steps(wrong.replace("RATE", "3"))]
        assert found.count("refuted") == 1, found


def test_a_path_before_the_equation_is_the_same_path():
    """z(t) is spoken of under an earlier heading: the flow reaches back there."""
    text = (
        "# Theory\n\nAlong a path $\\frac{d}{dt} \\log p(z(t), t) = 2$.\n\n# The flow\n\nLet $\\frac{dz}{dt} = -2 z$.\n"
    )
    assert steps(text)[0][1] in PASSES
    assert steps(text.replace("t) = 2", "t) = -2"))[0][1] == "refuted"


@pytest.mark.parametrize(("rate", "said"), (("-\\frac12", PASSES), ("-\\frac13", ("refuted",))))
def test_an_equation_of_a_given_function_of_time_is_a_claim(rate: str, said: tuple[str, ...]):
    text = f"Let $\\alpha(t) = e^{{-t/2}}$ for $t > 0$. Then $$\\frac{{d}}{{dt}} \\alpha(t) = {rate} \\alpha(t).$$"
    assert outcome(text, r"\frac{d}{dt} \alpha(t)") in said


def test_time_starts_at_zero():
    """A square root that is real from 0 on only."""
    text = (
        "Let $k > 0$. The flow $\\frac{dx}{dt} = -x$ has $w(t) = \\sqrt{1 + (k - 1) e^{-t}}$, so that\n"
        "$$ w(t)^2 = SQUARE. $$"
    )
    assert outcome(text.replace("SQUARE", "1 + (k - 1) e^{-t}"), "w(t)^2") in PASSES
    assert outcome(text.replace("SQUARE", "1 + (k - 1) e^{-2t}"), "w(t)^2") == "refuted"


def test_an_equation_between_differentials_is_no_claim():
    assert outcome(r"The process is $dX_t = -X_t dt + \sqrt{2} dW_t$.", "dX_t") == "notation"
    assert outcome(r"Let $d = 3$ and $x = 2$. Then $d x = 7$.", "d x") == "refuted"


PI = r"""# The number

$$ \int_{-\infty}^\infty e^{-x^2} dx = \sqrt{\pi}. $$

# A chain

With $P = \begin{pmatrix} 1/2 & 1/2 \\ 1 & 0 \end{pmatrix}$
and $\pi = \frac13 \begin{pmatrix} 2 & 1 \end{pmatrix}$ we have
$$ \pi P = ROW. $$
"""


def test_a_row_of_probabilities_may_be_called_pi_from_there_on():
    assert [said for _, said in steps(PI.replace("ROW", r"\pi"))].count("proved") == 2
    wrong = steps(PI.replace("ROW", r"\frac13 \begin{pmatrix} 2 & 1.001 \end{pmatrix}"))
    assert [said for _, said in wrong].count("refuted") == 1
    assert outcome(r"Then $$\pi = 3.15.$$", r"\pi") == "refuted"


KL = r"""The divergence is
$$ D_{\mathrm{KL}}\left(\mathcal{N}\left(\begin{pmatrix} m_1 \\ m_2 \end{pmatrix},
\begin{pmatrix} s_1^2 & 0 \\ 0 & s_2^2 \end{pmatrix}\right) \Big\| \mathcal{N}(0, I_2)\right)
= \frac12 \sum_{j=1}^{2} \left(m_j^2 + SQUARE - 1 - \log s_j^2\right). $$
With $m_1 = 1$, $m_2 = -\frac12$, $s_1^2 = \frac14$ and $s_2^2 = 2$ this is a number.
"""


def test_a_short_sum_speaks_of_the_names_in_a_law_and_not_of_their_later_values():
    left = steps(KL.replace("SQUARE", "s_j^2"))[0]
    assert left[1] in PASSES
    assert steps(KL.replace("SQUARE", "s_j"))[0][1] == "refuted"


@pytest.mark.parametrize(("right", "said"), (("x_1 + x_2", PASSES), ("x_1 + 1.001 x_2", ("refuted",))))
def test_a_short_sum_is_written_out(right: str, said: tuple[str, ...]):
    assert outcome(f"$$\\sum_{{i=1}}^2 x_i = {right}.$$", r"\sum_{i=1}^2 x_i") in said


RHO = r"""Let $\frac{dy}{dt} = y(1 - y)$ with $0 < y < 1$. If the start is uniform on the interval,
the density at time $t$ is
$$ \rho(y, t) = \frac{e^{-t}}{\left(1 - y + y e^{-t}\right)^2}, \qquad \int_0^1 \rho(y, t) \, dy = TOTAL,
\qquad
\frac{\partial}{\partial t} \rho(y, t) = -\frac{\partial}{\partial y} \left( y (1 - y) \rho(y, t) \right). $$
"""


def test_the_formula_of_a_density_stands_for_itself_where_the_start_is_not_known():
    assert {said for _, said in steps(RHO.replace("TOTAL", "1"))[-2:]} <= set(PASSES)
    assert steps(RHO.replace("TOTAL", "1.001"))[-2][1] == "refuted"
    assert steps(RHO.replace("TOTAL", "1").replace("= -\\frac{\\partial}", "= \\frac{\\partial}"))[-1][1] == "refuted"


BESIDE = r"""```twofold
[symbols]
y_1 = "real"
y_2 = "real"
```

Let $Z \sim \mathcal{N}(0, I_2)$ and $Y = 2 Z$. Then $$ p_Y(y) = \frac{1}{8\pi} e^{-y^T y/8}, \qquad y^T y = RIGHT. $$
"""


@pytest.mark.parametrize(("right", "said"), (("y_1^2 + y_2^2", PASSES), ("y_1^2 + 1.001 y_2^2", ("refuted",))))
def test_numbers_declared_beside_a_vector_are_its_components(right: str, said: tuple[str, ...]):
    found = steps(BESIDE.replace("RIGHT", right))
    assert found[-2][1] in PASSES
    assert found[-1][1] in said


PLANE = r"""# A number

$$ \int_{-\infty}^\infty e^z \, \frac{e^{-z^2/2}}{\sqrt{2\pi}} \, dz = RIGHT. $$

# A flow of the plane

Let $\frac{dz}{dt} = K z$ with $K = \begin{pmatrix} -1 & 2 \\ 0 & -3 \end{pmatrix}$. Then $\operatorname{tr} K = -4$.
"""


@pytest.mark.parametrize(("right", "said"), (("e^{1/2}", PASSES), ("1.001 e^{1/2}", ("refuted",))))
def test_the_state_of_a_later_flow_of_the_plane_is_a_number_before_it(right: str, said: tuple[str, ...]):
    assert steps(PLANE.replace("RIGHT", right))[0][1] in said
