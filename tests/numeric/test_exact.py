"""Rational linear algebra is exact, and a wrong covariance does not pass the random quadratic forms."""

from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from twofold.numeric import exact
from twofold.numeric.operations import Undefined

FRACTIONS = st.fractions(-5, 5, max_denominator=9)


def square(n):
    return st.tuples(*[st.tuples(*[FRACTIONS] * n)] * n)


def rows(*lines):
    return tuple(tuple(Fraction(x) for x in line) for line in lines)


A = rows(("3/5", "2/5"), ("1/5", "4/5"))
S = rows(("13/25", "11/25"), ("11/25", "17/25"))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(square(3))
def test_the_determinant_is_the_sum_over_permutations(m):
    (a, b, c), (d, e, f), (g, h, i) = m
    assert exact.determinant(m) == a * e * i + b * f * g + c * d * h - c * e * g - b * d * i - a * f * h


@settings(max_examples=40, deadline=None, derandomize=True)
@given(square(3))
def test_the_inverse_times_the_matrix_is_the_identity(m):
    assume(exact.determinant(m) != 0)
    found = exact.inverse(m)
    for i in range(3):
        for j in range(3):
            assert sum(m[i][k] * found[k][j] for k in range(3)) == (i == j)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(square(3))
def test_definiteness_agrees_with_the_eigenvalues(m):
    symmetric = tuple(tuple(m[i][j] + m[j][i] for j in range(3)) for i in range(3))
    with mpmath.workdps(40):
        values = mpmath.eigsy(mpmath.matrix([[mpmath.mpf(x.numerator) / x.denominator for x in r] for r in symmetric]))[
            0
        ]
        assume(min(abs(v) for v in values) > mpmath.mpf(10) ** -30)  # exactly singular ones are judged below
        assert exact.is_positive_definite(symmetric) == (min(values) > 0)


@pytest.mark.parametrize("m", [rows((0, 0), (0, 1)), rows((1, 1), (1, 1)), rows((1, 2), (0, 1)), rows((0, 1), (1, 0))])
def test_a_singular_or_asymmetric_matrix_is_not_positive_definite(m):
    assert not exact.is_positive_definite(m)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(square(3))
def test_the_factors_of_a_symmetric_matrix_multiply_back(m):
    symmetric = exact.product(m, exact.transpose(m))
    factors = exact.ldl(symmetric)
    assume(factors is not None)
    lower, d = factors
    scaled = tuple(tuple(x * y for x, y in zip(row, d, strict=True)) for row in lower)
    assert exact.product(scaled, exact.transpose(lower)) == symmetric


def test_the_rank_counts_independent_rows():
    assert exact.rank(rows((1, 2, 3), (2, 4, 6), (0, 1, 1))) == 2


def test_the_right_covariance_agrees_at_every_point():
    found = exact.covariance_identity(S, A, seed=4, points=8, half_width=500)
    assert found.witness is None
    assert found.error_bound == Fraction(2, 1001) ** 8


def test_the_transposed_product_is_refuted_by_a_vector_that_can_be_checked_by_hand():
    wrong = exact.product(exact.transpose(A), A)
    found = exact.covariance_identity(wrong, A, seed=4)
    assert exact.quadratic_form(wrong, found.witness) == found.lhs != found.rhs
    assert exact.quadratic_form(S, found.witness) == found.rhs


def test_the_share_of_wrong_matrices_that_pass_one_small_draw_obeys_the_bound():
    """diag(1, -1) + A A^T differs from A A^T by u1^2 - u2^2, which vanishes on the diagonals.

    From {-2..2}^2 the share is 9/25 <= 2/5. Of 2000 seeds, more than 0.4 * 2000 + 6 sd (= 931) has p < 1e-9 under the
    bound; fewer than 9/25 * 2000 - 6 sd (= 591) has p < 1e-9 under the true share.
    """
    wrong = rows(("38/25", "11/25"), ("11/25", "-8/25"))
    passed = sum(
        exact.covariance_identity(wrong, A, seed=s, points=1, half_width=2).witness is None for s in range(2000)
    )
    assert 591 < passed < 931


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: exact.inverse(rows((1, 2), (2, 4))), "singular"),
        (lambda: exact.determinant(rows((1, 2, 3), (2, 4, 5))), "not square"),
        (lambda: exact.product(rows((1, 2)), rows((1, 2))), "product"),
        (lambda: exact.rank(rows((1, 2), (1,))), "lengths"),
        (lambda: exact.ldl(rows((1, 2), (0, 1))), "symmetric"),
        (lambda: exact.covariance_identity(rows((1, 2), (0, 1)), A, seed=0), "symmetric"),
        (lambda: exact.covariance_identity(rows((1,)), A, seed=0), "rows"),
    ],
)
def test_what_does_not_exist_is_undefined(call, text):
    with pytest.raises(Undefined, match=text):
        call()
