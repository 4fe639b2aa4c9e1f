r"""`\approx` in a problem file says the same as in a document: half a unit of the last printed place."""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source


@pytest.mark.parametrize(
    ("claim", "outcomes"),
    # (1 - e^{-4})/2 = 0.490842..
    [
        (r"\int_0^4 e^{-u} du = 1 - e^{-4} \approx 0.982", ["proved", "enclosed"]),
        (r"\frac{1}{2}(1 - e^{-4}) \approx 0.491", ["enclosed"]),
        (r"\frac{1}{2}(1 - e^{-4}) \approx 0.490", ["refuted"]),
    ],
)
def test_a_printed_decimal_in_a_chain_is_judged(claim: str, outcomes: list[str]) -> None:
    text = f"[[claim]]\nid = 'decimal'\ntex = '{claim}'\n"
    run = check_source(Source("p.toml", text), Options(seed=0, figures=False))
    assert [str(step.outcome) for step in run.steps] == outcomes
