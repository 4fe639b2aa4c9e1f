r"""Claims that hold at the usual points and fail elsewhere: far away, for other signs, for matrices, nowhere at all."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.run import Run
from twofold.symbolic.source import Source


def run_of(text: str) -> Run:
    return check_source(Source("note.md", text), Options(seed=0, figures=False))


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        # |x - c|/(x - c) is -1 before c and 1 behind it.
        (r"$$\frac{|x-10^6|}{x-10^6} = -1$$", "refuted"),
        (r"$$\frac{|x-5000|}{x-5000} = -1$$", "refuted"),
        (r"$$(x-10^6)(x+10^6) = x^2 - 10^{12}$$", "proved"),
        # Both logarithms need positive arguments, their product may have two negative ones.
        (r"$$\log(xy) = \log x + \log y$$", "undecided"),
        ("Let $x > 0$ and $y > 0$.\n\n" + r"$$\log(xy) = \log x + \log y$$", "proved"),
        # A singular matrix has no inverse, whatever is written on the other side.
        (r"$$\begin{pmatrix}1&2\\2&4\end{pmatrix}^{-1} = \begin{pmatrix}1&0\\0&1\end{pmatrix}$$", "refuted"),
        (r"$$\begin{pmatrix}1&2\\2&5\end{pmatrix}^{-1} = \begin{pmatrix}5&-2\\-2&1\end{pmatrix}$$", "proved"),
        (r"$$\mathrm{nan} = \mathrm{nan}$$", "unread"),
        # Undeclared capitals: numbers commute, matrices do not.
        (r"$$(AB)^{-1} = A^{-1}B^{-1}$$", "undecided"),
        (r"$$\operatorname{tr}(AB) = \operatorname{tr}(BA)$$", "undecided"),
        (r"$$(ab)^{-1} = a^{-1}b^{-1}$$", "proved"),
    ],
)
def test_claims_that_hold_here_and_not_there(text: str, outcome: str) -> None:
    assert str(run_of(f"{text}\n").steps[-1].outcome) == outcome


@pytest.mark.parametrize(
    ("formula", "outcome"),
    [
        ("P(Z < 0) = \\frac12", "proved"),
        ("P(Z > 1) = P(Z < -1)", "proved"),
        ("\\Pr(-1 < Z < 1) = \\operatorname{erf}(1/\\sqrt{2})", "proved"),
        ("P(Z > 8) = 0", "refuted"),
        ("P(Z \\le 0) = 0.5001", "refuted"),
        ("P(Z > 1) = P(Z < 1)", "refuted"),
        ("P(2 < Z < 1) = 0", "unread"),
    ],
)
def test_probabilities_of_a_declared_number(formula: str, outcome: str) -> None:
    """Of Z ~ N(0, 1): P(Z < 0) = 1/2, P(|Z| < 1) = erf(1/sqrt 2), P(Z > 8) = 6.2e-16 and not 0."""
    assert str(run_of(f"Let $Z \\sim N(0, 1)$.\n\n$${formula}$$\n").steps[-1].outcome) == outcome


def test_a_contradiction_is_said() -> None:
    """x > 0 and x < 0 at once: a finding, and nothing about x is proved."""
    run = run_of("Let $x>0$. Let $x<0$.\n\n$$x^2 = x^2$$\n")
    assert any(f["kind"] == "contradiction" for f in run.findings)
    assert [str(step.outcome) for step in run.steps] == ["None", "unread", "undecided"]
    assert "1:7" in run.steps[1].message  # where x > 0 is said
    fair = run_of("Let $x>0$. Let $x<1$.\n\n$$x = x$$\n")
    assert not any(f["kind"] == "contradiction" for f in fair.findings)
    assert all(str(step.outcome) != "unread" for step in fair.steps)
