r"""Follow-through and its guard: credit for what follows from an error is capped by what the key needed.

A trivial wrong first answer makes the rest easy.  So the cap looks at the key, not at what was left of the work:

- the method counts in the share of the steps of the model solution that were made and hold;
- a constant where the key has a function earns nothing for the method or the answer;
- another shape than that of the key, or fewer than half of its signs, halves the credit for the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .key import Needs
from .needs import free_names, shape_of, size_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The shares of method and answer that can be earned with a wrong answer, and the sentences that state them."""

    method: Fraction
    answer: Fraction
    method_reason: str = ""
    answer_reason: str = ""


def cap_of(needs: Needs, value: str, counted: int) -> Cap:
    """The cap for a wrong value reached by so many distinct steps that hold.

    >>> cap_of(Needs(steps=4, names=("x",), size=9), "3", 4).answer
    Fraction(0, 1)
    """
    if needs.names and not free_names(value):
        return Cap(
            method=Fraction(0),
            answer=Fraction(0),
            method_reason="A constant stands where a function is asked for: no credit for the method.",
            answer_reason="A constant stands where a function is asked for: no credit.",
        )
    method = min(Fraction(1), Fraction(counted, max(1, needs.steps)))
    reason = "" if method == 1 else f"Credit for the method is capped: {counted} of {needs.steps} steps hold."
    easier = easier_than(needs, value)
    return Cap(
        method=method,
        answer=Fraction(1, 2) if easier else Fraction(1),
        method_reason=reason,
        answer_reason=f"Credit is capped at one half: {easier}." if easier else "",
    )


def easier_than(needs: Needs, value: str) -> str:
    """Why a value asks less than that of the key; "" where it does not."""
    shape = shape_of(value)
    if needs.shape and shape and shape != needs.shape:
        return f"the answer is {shape.replace('x', ' by ')}, not {needs.shape.replace('x', ' by ')}"
    if 2 * size_of(value) < needs.size:
        return "the answer is much simpler than the one that is asked for"
    return ""
