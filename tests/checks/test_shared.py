"""A document that is judged behind others, with all that they left behind, has the run that it has alone."""

from __future__ import annotations

from typing import Any

import pytest

from twofold.checks.check import Options, check_source
from twofold.checks.course import Course
from twofold.checks.material import material_of
from twofold.checks.shared import Shared
from twofold.symbolic.source import Source

FIRST = r"""# Sheet

Let $x \in \mathbb{R}$ and $s > 0$.

$$ (x+1)^2 = x^2 + 2x + 1 $$

so that $\sqrt{s^2} = s$ and

$$ \tanh(2x) = 1-\frac{2}{e^{4x}+1} = \frac{e^{2x}}{e^{2x}+1} $$

$$ \begin{aligned} s^2 &= s \cdot s \\ &= s^3 / s \end{aligned} $$
"""
OTHERS = {
    "the same at other places": "Some words before it.\n\n" + FIRST.replace("$$ (x+1)", "$$   (x+1)"),
    "another domain of one name": FIRST.replace("$s > 0$", r"$s \in \mathbb{R}$"),
    "another claim on the way": FIRST.replace("x^2 + 2x + 1", "x^2 + 1"),
    "a macro for a name": "$$ \\newcommand{\\sq}{s^3} $$\n\n" + FIRST.replace("= s \\cdot s", "= \\sq / s"),
    "a macro that redefines a command": "\\renewcommand{\\tanh}{\\sinh}\n\n" + FIRST,
    "a value of a name": FIRST.replace("and $s > 0$", "and $s = 2$"),
    "digits of a value": FIRST.replace("and $s > 0$", "and let $s = 2.0$") + "\n\n$$ s^2 \\approx 4.00 $$\n",
    "fewer digits of a value": FIRST.replace("and $s > 0$", "and let $s = 2$") + "\n\n$$ s^2 \\approx 4.0 $$\n",
    "what cannot be read": FIRST.replace(r"\frac{2}{e^{4x}+1}", r"\heartsuit"),
    "a law": "Let $Z \\sim \\mathcal{N}(0, I_2)$ and $Y = 2 Z$.\n\n$$ \\operatorname{Cov}(Y) = 4 I_2 $$\n\n" + FIRST,
}
OPTIONS = Options(prove=False, figures=False)


def run(text: str, shared: Shared | None = None) -> dict[str, Any]:
    found = check_source(Source("sheet.md", text), OPTIONS, course=Course(shared=shared)).as_dict()
    return {key: value for key, value in found.items() if key != "timing"}


@pytest.fixture(scope="module")
def used() -> Shared:
    """What is left behind by all of the documents."""
    shared = Shared()
    for text in (FIRST, *OTHERS.values()):
        run(text, shared)
    assert shared.forms.syntax
    assert shared.forms.links
    assert shared.verdicts
    return shared


@pytest.mark.parametrize("name", OTHERS)
def test_a_run_is_the_same_behind_others(name: str, used: Shared) -> None:
    assert run(OTHERS[name], used) == run(OTHERS[name])


@pytest.mark.parametrize("name", OTHERS)
def test_a_reading_is_the_same_behind_others(name: str, used: Shared) -> None:
    """Every place in it, down to the parts of the trees, which equality does not see and `repr` shows."""
    source = Source("sheet.md", OTHERS[name])
    assert repr(material_of(source, shared=used).links) == repr(material_of(source).links)


def test_an_equal_claim_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second document judges nothing anew, though its claims stand elsewhere."""
    from twofold.checks import check

    judged: list[str] = []
    find = check.judged_now
    monkeypatch.setattr(check, "judged_now", lambda claim, *rest: judged.append(claim.id) or find(claim, *rest))
    shared = Shared()
    run(FIRST, shared)
    first = len(judged)
    assert first > 0
    run(OTHERS["the same at other places"], shared)
    assert len(judged) == first
    run(OTHERS["another domain of one name"], shared)
    assert len(judged) > first
