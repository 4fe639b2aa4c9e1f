r"""Integrals over the plane and space that are products of integrals over lines, in balls.

Oracles: closed forms of textbook integrals (Gaussians, Gamma functions), written here.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.equal import equal
from twofold.checks.separable_integrals import Separation
from twofold.checks.verdict import Outcome
from twofold.symbolic.context import Context, Entry
from twofold.symbolic.domains import Domain
from twofold.symbolic.source import Source
from twofold.symbolic.tree import Apply, Name, Number

PLANE = r"\int_{-\infty}^{\infty}\int_{-\infty}^{\infty}"
TRUE = (
    (rf"{PLANE} (x^2+y^2)e^{{-x^2-y^2}}\,dx\,dy", r"\pi"),
    (rf"{PLANE} (x+y)^2 e^{{-x^2-y^2}}\,dx\,dy", r"\pi"),
    (rf"{PLANE} \frac{{e^{{-x^4}}}}{{e^{{y^4}}}}\,dx\,dy", r"\frac14\Gamma(1/4)^2"),
    (rf"\frac{{d}}{{da}}\left({PLANE} e^{{-a x^2-a^2 y^2}}\,dx\,dy\right)", r"-\frac{3\pi}{2}a^{-5/2}"),
)


@pytest.mark.parametrize(("lhs", "rhs"), TRUE)
def test_a_product_of_integrals_over_lines_is_enclosed(lhs: str, rhs: str) -> None:
    """Right values are not refuted, and values off by a thousandth are."""
    assert equal(lhs, rhs, where={"a": "positive"}).outcome not in (Outcome.REFUTED, Outcome.FAULT)
    assert equal(lhs, rf"1.001\cdot\left({rhs}\right)", where={"a": "positive"}).outcome is Outcome.REFUTED


def energy_document(gradient: str) -> str:
    """An undefined energy on the plane, and the gradient of its log-normaliser as `gradient`."""
    return (
        "Let $x \\in \\mathbb{R}^2$ and $$p_\\phi(x) \\propto e^{-E_\\phi(x)}, \\qquad "
        "Z_\\phi = \\int e^{-E_\\phi(x)} dx.$$ Then\n\n"
        f"$$\\nabla_\\phi \\log Z_\\phi = {gradient}.$$\n"
    )


def last_outcome(text: str) -> Outcome | None:
    return check_source(Source("energy.md", text), Options(figures=False)).steps[-1].outcome


@pytest.mark.parametrize(
    ("gradient", "refuted"),
    [
        (r"-\mathbb{E}_{x \sim p_\phi}[\nabla_\phi E_\phi(x)]", False),
        (r"\mathbb{E}_{x \sim p_\phi}[\nabla_\phi E_\phi(x)]", True),
        (r"-1.001\,\mathbb{E}_{x \sim p_\phi}[\nabla_\phi E_\phi(x)]", True),
        (r"-\mathbb{E}_{x \sim p_\phi}[E_\phi(x)]", True),
        (r"-\frac{1}{Z_\phi}\int \nabla_\phi E_\phi(x)\, p_\phi(x)\, dx", True),
    ],
)
def test_a_claim_about_every_energy_on_the_plane_is_refuted_where_it_is_false(gradient: str, refuted: bool) -> None:
    """Such a claim must hold for energies without coupling, whose integrals balls enclose."""
    outcome = last_outcome(energy_document(gradient))
    assert (outcome is Outcome.REFUTED) is refuted, outcome
    assert refuted or outcome is Outcome.PROVED


def test_a_coupled_integrand_does_not_separate() -> None:
    """exp(-x^4 - sin(x y)) is no sum of products, and so is nothing that a vector holds in one name."""
    context = Context({"v": Entry(name="v", kind="vector", domain=Domain(shape=(2,)))})
    separation = Separation(("v_1", "v_2"), context)
    square, norm = (Apply("pow", (n, Number(Fraction(2)))) for n in (Name("v_1"), Name("v")))
    coupled = Apply("add", (square, Apply("sin", (Apply("mul", (Name("v_1"), Name("v_2"))),))))
    assert separation.products(Apply("exp", (coupled,))) is None
    assert separation.products(Apply("exp", (norm,))) is None
    assert separation.products(Apply("mul", (square, Name("v_2")))) == [{"v_1": square, "v_2": Name("v_2")}]
