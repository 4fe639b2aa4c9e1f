r"""The equation of a flow may be restated: `dz/dt = f(z)` is about the path, and is judged as such."""

from __future__ import annotations

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

GIVEN = """[laws]
Z = "N(0, I_2)"
[flows]
z = { start = "Z", field = ["tanh(z1^3)", "tanh(z2^3)"] }
"""
SAID = r"""
Let $\frac{dz}{dt} = f(z)$, $z'(t) = f(z(t))$, $\frac{dz_1}{dt} = \tanh(z_1^3)$ and $\frac{d}{dt} z(t) = f(z(t))$.

Then $\frac{dz}{dt} = -f(z)$ and $\frac{dz_1}{dt} = \tanh(z_1^2)$.

At last $\dot z = f(z)$, that is $\dot z = f(z(t))$.
"""


def test_a_restated_equation_of_a_flow_is_judged_along_its_path() -> None:
    """As declared, in four notations; with the sign turned, and with another power: tanh(1/8) < tanh(1/4).

    The derivative of a bare z at a fixed point would be 0, and refute every flow.
    """
    run = check_source(Source("a.md", SAID), Options(given=GIVEN, figures=False))
    found = [step.outcome.value if step.outcome else step.kind for step in run.steps]
    assert found == [*["proved"] * 4, *["refuted"] * 2, "definition", "proved"]


def test_a_problem_file_reads_the_equation_likewise() -> None:
    text = GIVEN + '[[claim]]\nplain = "d/dt z = f(z)"\n[[claim]]\nplain = "d/dt z = -f(z)"\n'
    run = check_source(Source("a.toml", text), Options(figures=False, prove=False))
    assert [str(step.outcome) for step in run.steps][1] == "refuted"
    assert str(run.steps[0].outcome) != "refuted"


def test_a_restated_start_leaves_the_law_alone() -> None:
    """`z(0) = Z` under a key that starts the flow at Z: what is said of Z before and behind is read."""
    field = r"\begin{pmatrix} \tanh(z_1^3) \\ \tanh(z_2^3) \end{pmatrix}"
    text = rf"""Let $Z \sim \mathcal{{N}}(0, I_2)$. The path $z(t)$ starts at $z(0) = Z$ and solves
    $\frac{{dz}}{{dt}} = f(z)$ with $f(z) = {field}$. Then $\operatorname{{Cov}}(Z) = I_2$."""
    run = check_source(Source("a.md", text), Options(given=GIVEN, figures=False, prove=False))
    assert [bool(step.unread) for step in run.steps] == [False] * 5
    assert run.steps[1].kind == "definition"
