"""Zero to a positive integer power is zero, also where the power of another number would be too long to be formed."""

from __future__ import annotations

import pytest
from flint import fmpq

from twofold.numeric.operations import Undefined
from twofold.numeric.real_powers import power


@pytest.mark.parametrize("exponent", [1, 2, 10**6, 10**9, 10**9 + 1])
def test_zero_to_a_positive_power_is_zero(exponent: int) -> None:
    """An even exponent beyond the longest exact power once asked an exact number for the bounds of a ball."""
    assert power(fmpq(0), fmpq(exponent)) == 0


@pytest.mark.parametrize("exponent", [-1, -(10**9)])
def test_zero_to_a_negative_power_has_no_value(exponent: int) -> None:
    """It is undefined, and no fault."""
    with pytest.raises(Undefined):
        power(fmpq(0), fmpq(exponent))
