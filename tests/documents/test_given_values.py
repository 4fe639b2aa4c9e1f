r"""Values that a sentence gives to names: they are no claims, and what the sentence says is judged under them."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")


def outcomes(text: str) -> list[tuple[str, str]]:
    """(left side, outcome or kind) of each step."""
    run = check_source(Source("doc.md", f"# A title\n\n{text}\n"), Options(seed=0, figures=False))
    return [(step.lhs, str(step.outcome or step.kind)) for step in run.steps]


def last(text: str) -> str:
    return outcomes(text)[-1][1]


@pytest.mark.parametrize(
    ("given", "true", "false"),
    [
        (r"Let $a = 3$ and $b = 4$, so that", r"$\sqrt{a^2+b^2} = 5$", r"$\sqrt{a^2+b^2} = 7$"),
        (r"For $t = 0$ we have", r"$e^{t} = 1$", r"$e^{t} = 1.001$"),
        (r"Suppose $c = 2$. Then", r"$2c = 4$", r"$2c = 5$"),
        (r"Take $\sigma^2 = \frac12$; we get", r"$4\sigma^2 = 2$", r"$4\sigma^2 = 1$"),
        (r"With $x = (2, 1)^T$ we find", r"$x^T x = 5$", r"$x^T x = 4$"),
        (r"At $k = 2$, $m = 5$ and $n = 7$:", r"$k + m + n = 14$", r"$k + m + n = 15$"),
        ("For $s = 0$ the display reads\n\n", "$$ \\cosh s = 1. $$", "$$ \\cosh s = 2. $$"),
    ],
)
def test_what_is_said_under_a_value_is_judged_under_it(given: str, true: str, false: str) -> None:
    """The same words before a true and before a false step."""
    assert last(f"{given} {true}.") in PASSES
    assert last(f"{given} {false}.") == "refuted"


@pytest.mark.parametrize("text", ["Let $c = 2$.", "for $t = 0$", "we set $b = -1$ here", r"($\sigma^2 = \frac14$)"])
def test_a_value_is_no_claim(text: str) -> None:
    found = outcomes(f"Something in $x + 1 = 1 + x$. And {text}")
    assert found[-1][1] in ("assignment", "definition")


def test_a_value_of_a_defined_name_is_a_claim() -> None:
    """What a name is made of decides; giving it a number is then an equality like any other."""
    before = r"Let $a = 3$. Define $$ M = a^2 + 1. $$ With this "
    assert last(before + "$M = 10$.") in PASSES
    assert last(before + "$M = 11$.") == "refuted"


def test_a_solution_of_an_equation_is_neither_a_value_nor_a_claim_about_all_numbers() -> None:
    """`2x = 6, hence x = 3` is true, and nothing here judges equations: no accusation, and the reason is named."""
    run = check_source(Source("d.md", "# A\n\nLet $x$ be real. The equation holds, hence $x = 3$.\n"), Options(seed=0))
    assert [str(step.outcome) for step in run.steps] == ["undecided"]
    assert "is not judged" in run.steps[0].message


def test_a_value_holds_to_the_end_of_its_sentence_and_may_be_meant_after_it() -> None:
    """`for` speaks of one sentence; after that the claim has two readings and passes under one with a warning."""
    text = "# A\n\nFor $t = 0$ we have $e^t = 1$. Then {claim}.\n"
    general = check_source(Source("d.md", text.format(claim="$e^{2t} = (e^t)^2$")), Options(seed=0)).steps[-1]
    meant = check_source(Source("d.md", text.format(claim="$e^{2t} = 1$")), Options(seed=0)).steps[-1]
    wrong = check_source(Source("d.md", text.format(claim="$e^{2t} = 2$")), Options(seed=0)).steps[-1]
    assert str(general.outcome) in PASSES
    assert str(meant.outcome) in PASSES
    assert [str(r.outcome) for r in meant.verdict.readings] == ["refuted", str(meant.outcome)]
    assert str(wrong.outcome) == "refuted"


def test_the_last_value_counts() -> None:
    before = "Let $c = 2$. Then $c + 1 = 3$. Now let $c = 5$. Then "
    assert last(before + "$c + 1 = 6$.") in PASSES
    assert [o for _, o in outcomes(before + "$c + 1 = 7$.")][-1] == "refuted"


def test_a_name_that_is_differentiated_has_no_value_there() -> None:
    before = "For $x = 2$ the slope is needed: "
    assert last(before + r"$\frac{d}{dx} x^2 = 2x$.") in PASSES
    assert last(before + r"$\frac{d}{dx} x^2 = 3x$.") == "refuted"


def test_values_of_one_sentence_do_not_carry_a_wrong_claim_under_the_next_heading() -> None:
    text = "For $b = 0$ we have $b + 1 = 1$.\n\n## Next\n\nWe have {claim}."
    assert last(text.format(claim="$(b - 2)^2 = b^2 - 4b + 4$")) in PASSES
    assert last(text.format(claim="$(b - 2)^2 = b^2 - 2b + 4$")) == "undecided"
    assert last(text.format(claim="$(b - 2)^2 = b^2 - 4b + 4.004$")) == "refuted"


def test_values_of_one_section_may_be_meant_in_the_next() -> None:
    """No accusation where the next heading goes on with the numbers of the one before; no pass of what fails anyway."""
    text = "Take $q = 2$, $r = 3$ here: $q r = 6$.\n\n## Next\n\nAs before {claim}."
    assert last(text.format(claim="$q + r = 5$")) in PASSES
    assert last(text.format(claim="$q + r = 6$")) == "refuted"


def test_a_name_for_an_expression_is_no_claim() -> None:
    """`with s = ..` behind a bound of s: what the sentence says is judged with it."""
    before = r"For $0 < s \le 1$ we have $1 - s < 1$. With $s = \operatorname{sech}^2(u)$ this is "
    assert "refuted" not in [o for _, o in outcomes(before + r"$1 - s = \tanh^2 u$")]
    assert last(before + r"$1 - s = \tanh^2 u$") in PASSES
    assert last(before + r"$1 - s = 2\tanh^2 u$") == "refuted"


@pytest.mark.parametrize("words", ["Substitute", "By the substitution", "Substituting", "A change of variables to"])
def test_a_substitution_is_no_claim_where_the_letter_is_a_number_elsewhere(words: str) -> None:
    text = f"# One\n\n{words} $v = x^2$.\n\n# Two\n\nFor $v > 0$ we have $\\log v^2 = 2 \\log v$."
    assert outcomes(text)[0] in (("v", "assignment"), ("v", "definition"))
    assert outcomes(text)[-1][1] in PASSES


def test_the_arguments_of_a_density_are_as_many_numbers_where_one_has_a_value() -> None:
    """`u = x^2` under the same heading once made `v` alone of `p_Z(u, v)` a vector, under a law that the key gives."""
    text = (
        "# One\n\n"
        r"$$p_Z(u, v) = \frac{1}{2\pi} \exp\left(-\tfrac{1}{2} (u^2 + v^2)\right).$$" + "\n\n"
        "Substituting $u = x^2$, $\\int_0^1 2 x e^{x^2} dx = \\int_0^1 e^u du$."
    )
    options = Options(seed=0, figures=False, given='[symbols]\nx = "real"\n\n[laws]\nZ = "N(0, I_2)"\n')
    step = check_source(Source("doc.md", text), options).steps[0]
    assert (step.lhs, str(step.outcome)) == ("p_Z(u, v)", "proved")
