"""The catalogue of slips in its order: kind, sentence, how it is undone, where.  The most telling come first."""

from __future__ import annotations

from .algebra_slips import (
    bracket_sign,
    by_other,
    by_two,
    cross_term,
    exponent_off_by_one,
    extra_square,
    log_rules,
    lost_reciprocal,
    lost_root,
    lost_square,
    product_for_sum,
    root_of_product,
    sign_inside,
    sign_of_exponent,
    sign_of_side,
    sign_of_term,
    sum_for_product,
    term_by_term,
    upside_down,
)
from .calculus_slips import (
    extra_factor,
    extra_log,
    extra_term,
    inner_derivative,
    lost_cross_term,
    lost_factor,
    lost_gradient,
    lost_gradient_of_log,
    lost_log,
    lost_modulus,
    lost_term,
    other_function,
    other_index,
    other_name,
    power_factor,
    power_not_lowered,
)
from .matrix_slips import (
    adjugate_alone,
    adjugate_kept,
    determinant_for_root,
    deviation,
    diagonal_kept,
    dimension_of_normaliser,
    factor_order,
    gram_order,
    inverted,
    normaliser_lost,
    normaliser_root,
    scalar_power,
    sign_of_model_term,
    signs_kept,
    transposed,
)
from .slips import Slip

MATRIX_ROLES = ("whole", "term", "part", "exponent")
LARGE = ("whole", "term", "exponent")

FIRST: tuple[Slip, ...] = (
    Slip(
        "sign of grad log Z",
        "The gradient of log Z is minus the expected gradient of the energy: the minus sign is missing.",
        sign_of_model_term,
        ("whole",),
        matrices=True,
    ),
    Slip("missing root", "The determinant stands where its square root belongs.", determinant_for_root),
    Slip("missing root", "The determinant stands where its square root belongs.", normaliser_root, ("whole",)),
    Slip("missing normaliser", "The density lacks {0}.", normaliser_lost, ("whole",)),
    Slip("dimension", "The power of 2 pi does not fit the dimension.", dimension_of_normaliser, ("whole",)),
    Slip("standard deviation", "The variance {0} stands where the standard deviation belongs.", deviation),
    Slip(
        "scalar out of det", "A scalar leaves a determinant with a power: {0} should be to the power {1}.", scalar_power
    ),
    Slip("transposed", "{0} stands where {1} belongs.", gram_order, matrices=True),
    Slip("transposed", "{0} stands where {1} belongs.", transposed, MATRIX_ROLES, matrices=True),
    Slip("order", "The factors of a matrix product stand in the wrong order.", factor_order, matrices=True),
    Slip("diagonal", "The entries on the diagonal are not exchanged.", diagonal_kept, matrices=True),
    Slip("off-diagonal signs", "The signs off the diagonal are not changed.", signs_kept, matrices=True),
    Slip(
        "adjugate",
        "The inverse needs its diagonal exchanged and its other signs changed.",
        adjugate_kept,
        matrices=True,
    ),
    Slip(
        "determinant of inverse",
        "The adjugate must be {0} by the determinant.",
        adjugate_alone,
        ("whole",),
        matrices=True,
    ),
    Slip("inverse", "{0} belongs here, not {1}.", inverted, MATRIX_ROLES, matrices=True),
)


# The most telling first: where two slips explain one line, the earlier one is told.
TYPICAL: tuple[Slip, ...] = (
    Slip("sign", "The sign is wrong.", sign_of_side, ("whole",), matrices=True),
    Slip("sign", "The sign of the {0} term is wrong.", sign_of_term, matrices=True),
    Slip("bracket", "The minus sign before the bracket does not reach every term in it.", bracket_sign),
    Slip("sign of exponent", "The sign of the exponent is wrong.", sign_of_exponent),
    Slip("cross term", "The cross term {0} is counted once instead of twice.", cross_term),
    Slip("chain rule", "The chain rule's inner derivative is missing: that of {0}.", inner_derivative),
    Slip("power rule", "The factor {0} of the power rule is missing.", power_factor),
    Slip("power rule", "The exponent is not lowered by the power rule: {0} should be {1}.", power_not_lowered),
    Slip("factor", "A factor {0} is missing{1}.", by_two, LARGE, matrices=True),
    Slip("term by term", "A sum is no place to take {0} term by term.", term_by_term),
    Slip("term by term", "The square of a sum has a cross term: that of {0} is missing.", lost_cross_term, ("whole",)),
    Slip("log rule", "The rule for the logarithm of a product or quotient is misapplied.", log_rules),
    Slip("extra root", "A square root too many: {0} belongs here without it.", root_of_product),
    Slip("power", "A square too many: {0} should not be squared.", extra_square),
    Slip("missing root", "A square root is missing: sqrt({0}) belongs here.", lost_root),
    Slip("power", "A square is missing: {0} should be squared.", lost_square),
    Slip("upside down", "The fraction {0} is upside down.", upside_down),
    Slip("reciprocal", "{0} belongs here, not {1}.", lost_reciprocal),
    Slip("missing log", "The logarithm is missing.", lost_log),
    Slip("extra log", "The logarithm of {0} is taken once too often.", extra_log),
    Slip("missing gradient", "The gradient is missing: {0} should be differentiated.", lost_gradient),
    Slip("log derivative", "The derivative of a logarithm is divided by {0}.", lost_gradient_of_log, ("whole",)),
    Slip("modulus", "The absolute value is missing: |{0}|.", lost_modulus),
    Slip("product for sum", "A product stands where a sum belongs.", product_for_sum),
    Slip("sum for product", "A sum stands where a product belongs.", sum_for_product),
    Slip("function", "{0} stands where {1} belongs.", other_function),
    Slip("index", "{0} stands where {1} belongs.", other_index),
    Slip("sign", "The sign of {0} is wrong.", sign_inside),
)
GENERIC: tuple[Slip, ...] = (
    Slip("missing term", "A term is missing: {0}.", lost_term, ("whole",), matrices=True),
    Slip("extra term", "A term too many: {0}.", extra_term, matrices=True),
    Slip("missing factor", "A factor is missing: {0}.", lost_factor, LARGE, matrices=True),
    Slip("extra factor", "A factor too many: {0}.", extra_factor, matrices=True),
    Slip("exponent", "The exponent {0} should be {1}.", exponent_off_by_one),
    Slip("factor", "A factor {0} is missing.", by_other, LARGE, matrices=True),
    Slip("name", "{0} stands where {1} belongs.", other_name, matrices=True),
)
# What may be said about plain numbers: there almost any two numbers are joined by some rule, so only what is visible.
NUMERIC: tuple[Slip, ...] = (
    Slip("sign", "The sign is wrong.", sign_of_side, ("whole",)),
    Slip("sign", "The sign of the {0} term is wrong.", sign_of_term),
    Slip("upside down", "The fraction {0} is upside down.", upside_down, ("whole",)),
    Slip("transposed", "The matrix is transposed.", transposed, ("whole",), matrices=True),
)
