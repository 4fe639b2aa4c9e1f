r"""What a name is: said in the opening it holds throughout, said in a section it says nothing of the sections before.

Each true step was once accused or not read; each stands beside a false one that must be refuted.
"""

from __future__ import annotations

import pytest

from twofold import check

OPENING = "Let $Z \\sim \\mathcal{N}(0, I_2)$, $Y = B Z$ with $B = \\begin{pmatrix} 2 & 0 \\\\ 1 & 1 \\end{pmatrix}$.\n"
OPENING += "Write $\\Sigma = \\operatorname{Cov}(Y)$.\n\n## 1\n\n$$\\Sigma = B B^T$$\n\n## 2\n\n"
ARGUMENT = "## 1\n\nLet $g(s) = s e^{-s^2}$ for real $s$.\n\n$$%s$$\n\n%sSubstitute $s = x^2$.\n"
DENSITY = "Let $Z \\sim \\mathcal{N}(0, I_2)$.\n\n## 1\n\n$$p_Z(u, v) = \\frac{1}{2\\pi} e^{-(u^2 + %sv^2)/2}$$\n\n"
DENSITY += "## 2\n\nSubstitute $u = x^2$.\n\n## 3\n\nLet $v > 0$.\n"


def outcomes(text: str) -> list[str]:
    return [step.outcome.value for step in check(text + "\n", figures=False).claims if step.outcome is not None]


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("\\det \\Sigma = 4", "\\det \\Sigma = 5"),
        ("\\Sigma \\Sigma^{-1} = I", "\\Sigma \\Sigma = I"),
        ("\\Sigma^{-1} = \\frac14 \\begin{pmatrix} 2 & -2 \\\\ -2 & 4 \\end{pmatrix}", "\\Sigma^{-1} = I"),
    ],
)
def test_the_opening_holds_throughout(claim: str, wrong: str) -> None:
    """A second equality for a name of the opening is a claim, and the name lives on in the sections after it."""
    assert set(outcomes(f"{OPENING}$${claim}$$")) <= {"proved", "enclosed"}
    assert outcomes(f"{OPENING}$${wrong}$$")[-1] == "refuted"


@pytest.mark.parametrize("heading", ["", "## 2\n\n"])
@pytest.mark.parametrize("order", [1, 2])
def test_a_substitution_says_nothing_of_the_argument_of_a_function(heading: str, order: int) -> None:
    """`s = x^2` beside g(s): the argument of g is its own, under another heading or the same."""
    true = {1: "g'(s) = (1 - 2 s^2) e^{-s^2}", 2: "g''(s) = (4 s^3 - 6 s) e^{-s^2}"}[order]
    assert set(outcomes(ARGUMENT % (true, heading))) <= {"proved", "enclosed"}
    assert outcomes(ARGUMENT % (true.replace("2 s^2", "3 s^2").replace("6 s", "5 s"), heading))[0] == "refuted"


def test_the_arguments_of_a_density_may_be_anything_else_later() -> None:
    """One of them is substituted, the other bounded, under later headings."""
    assert set(outcomes(DENSITY % "")) <= {"proved", "enclosed"}
    assert outcomes(DENSITY % "2 ")[0] == "refuted"


def test_an_identity_of_unknown_size_beside_a_number_is_no_fault() -> None:
    """Nothing says what S is: open, and no crash of ours."""
    assert outcomes("We have $S S^{-1} = I$.") == ["undecided"]
