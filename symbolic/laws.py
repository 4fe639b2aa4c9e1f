r"""Laws that a program declares: Gaussian laws and images of laws, each with what follows from it.

    Z ~ N(m, S),      Y = A Z + b,      Y = f(Z)

Every object is built from SymPy objects, numbers (a float is the decimal that is written) and nested lists, never from
text, and computes a derived quantity when it is first asked for.  `derivation` prints the steps: `str()` as plain
text, a notebook as mathematics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from . import exact
from .derivation import Derivation
from .derive_change_of_variables import ChangeOfVariables, change_of_variables
from .derive_gaussian import Degenerate, GaussianDerivation, checked_inputs, density_variables, gaussian_pushforward
from .image_density import missing_branch
from .symmetric_matrix import square_root_free_factor


class _GaussianQuantities:
    """What a Gaussian law has, however it came about.  A degenerate law has mean, covariance and rank only."""

    derived: GaussianDerivation | Degenerate

    @property
    def dimension(self) -> int:
        """d, the number of components."""
        return int(self.derived.covariance.rows)

    @property
    def is_degenerate(self) -> bool:
        """True when the covariance is singular: then there is no density."""
        return isinstance(self.derived, Degenerate)

    @property
    def derivation(self) -> Derivation:
        """The steps that lead to everything below."""
        return self.derived.derivation

    @property
    def variables(self) -> tuple[Any, ...]:
        """The symbols of the density."""
        return self._regular.variables

    @property
    def determinant(self) -> Any:
        """The determinant of the covariance."""
        return sympy.Integer(0) if isinstance(self.derived, Degenerate) else self.derived.determinant

    @property
    def precision(self) -> Any:
        """The inverse of the covariance, (d, d)."""
        return self._regular.precision

    @property
    def density(self) -> Any:
        r""":math:`p(y)`, an expression in `variables`."""
        return self._regular.density

    @property
    def log_density(self) -> Any:
        r""":math:`\log p(y)` in nats."""
        return self._regular.log_density

    @property
    def entropy(self) -> Any:
        r""":math:`-\mathbb E[\log p]` in nats."""
        return self._regular.entropy

    @property
    def _regular(self) -> GaussianDerivation:
        if isinstance(self.derived, Degenerate):
            raise ValueError(self.derived.reason)
        return self.derived


@dataclass(frozen=True)
class Gaussian(_GaussianQuantities):
    r"""The law :math:`\mathcal N(m, S)` on :math:`\mathbb R^d`.

    Args:
        mean: d numbers; 0 stands for the zero vector.
        covariance: (d, d), symmetric, positive semidefinite; a scalar when d = 1.

    Raises:
        TypeError: text, or an object that is no number.
        ValueError: shapes do not fit; the covariance is not symmetric or not positive semidefinite.

    >>> law = Gaussian([0, 0], [[2, 1], [1, 2]])
    >>> law.determinant, law.entropy
    (3, log(3)/2 + log(2*E*pi))
    >>> Gaussian([0, 0], [[1, 2], [2, 1]])
    Traceback (most recent call last):
        ...
    ValueError: Expected a positive semidefinite covariance; symmetric elimination meets the pivot -3 < 0
    """

    mean: Any
    covariance: Any

    def __post_init__(self) -> None:
        covariance = exact.matrix(self.covariance, "the covariance")
        mean = exact.vector(self.mean, "the mean")
        if mean == sympy.zeros(1, 1) and covariance.rows > 1:
            mean = sympy.ImmutableMatrix.zeros(covariance.rows, 1)
        if covariance.rows != covariance.cols:
            raise ValueError(f"Expected a square covariance; got shape {covariance.shape}")
        checked_inputs(sympy.eye(covariance.rows), None, mean, covariance)
        square_root_free_factor(covariance)
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", covariance)

    @cached_property
    def derived(self) -> GaussianDerivation | Degenerate:  # type: ignore[override]
        """Everything at once, as `derive_gaussian` gives it."""
        return gaussian_pushforward(sympy.eye(self.covariance.rows), None, self.mean, self.covariance)


@dataclass(frozen=True)
class GaussianImage(_GaussianQuantities):
    """The law of A Z + b for a Gaussian Z; made by `pushforward`."""

    matrix: Any
    base: Gaussian | GaussianImage
    offset: Any

    @cached_property
    def derived(self) -> GaussianDerivation | Degenerate:  # type: ignore[override]
        """Everything at once, as `derive_gaussian` gives it."""
        return gaussian_pushforward(self.matrix, self.offset, self.base.mean, self.base.covariance)

    @property
    def mean(self) -> Any:
        """A m + b."""
        return self.derived.mean

    @property
    def covariance(self) -> Any:
        """A S A^T."""
        return self.derived.covariance


@dataclass(frozen=True)
class Image:
    """The law of x = f(z), f one to one; made by `pushforward`.

    `variables` are the symbols of x; `forward` is f in the symbols `base.variables`.
    """

    forward: Any
    base: Gaussian | GaussianImage | Image
    derived: ChangeOfVariables

    @property
    def dimension(self) -> int:
        """d, the number of components."""
        return len(self.derived.images)

    @property
    def variables(self) -> tuple[Any, ...]:
        """The symbols of the density."""
        return self.derived.images

    @property
    def density(self) -> Any:
        """p_X(x), by the inverse Jacobian."""
        return self.derived.density

    @property
    def log_abs_det_jacobian(self) -> Any:
        """log|det df/dz|, in the symbols of the base."""
        return self.derived.log_abs_det_jacobian

    @property
    def jacobian_determinant(self) -> Any:
        """det df/dz, in the symbols of the base."""
        return self.derived.jacobian_determinant

    @property
    def derivation(self) -> Derivation:
        """The steps that lead to the density."""
        return self.derived.derivation


Base = Gaussian | GaussianImage | Image
Map = Callable[..., Any]


def pushforward(
    matrix_or_map: Any,
    base: Base,
    offset: Any = None,
    *,
    inverse: Map | None = None,
    variables: Sequence[Any] | None = None,
) -> GaussianImage | Image:
    r"""The law of :math:`AZ + b`, or of :math:`f(Z) + b`, with its density.

    Args:
        matrix_or_map: A, shape (m, d), or f as a function of d symbols that gives m expressions.
        base: the law of Z.
        offset: b, m numbers; default 0.
        inverse: for a map, its inverse as a function of the d symbols of x; default: found when the map is affine,
            or triangular in some order.
        variables: for a map, the symbols of x; their assumptions (say positive) are the set on which f is inverted.

    Raises:
        TypeError: text, or an object that is neither matrix nor map.
        ValueError: shapes do not fit; a map has no inverse that is proved to be one, or is not one to one.

    >>> A = [[0.6, 0.4], [0.2, 0.8]]
    >>> pushforward(A, Gaussian(0, [[1, 0], [0, 1]])).covariance
    Matrix([
    [13/25, 11/25],
    [11/25, 17/25]])
    >>> pushforward(sympy.exp, Gaussian(0, 1), variables=[sympy.Symbol("x", positive=True)]).density
    sqrt(2)*exp(-log(x)**2/2)/(2*sqrt(pi)*x)
    >>> pushforward([[1, 2, 3]], Gaussian(0, [[1, 0], [0, 1]]))
    Traceback (most recent call last):
        ...
    ValueError: Expected a matrix with 2 columns; got shape (1, 3)
    """
    if not isinstance(base, Gaussian | GaussianImage | Image):
        raise TypeError(f"Expected a law as the base; got {type(base).__name__}")
    if _is_map(matrix_or_map):
        return _mapped(matrix_or_map, base, offset, inverse, variables)
    matrix = exact.matrix(matrix_or_map, "the matrix")
    if matrix.cols != base.dimension:
        raise ValueError(f"Expected a matrix with {base.dimension} columns; got shape {matrix.shape}")
    shift = sympy.ImmutableMatrix.zeros(matrix.rows, 1) if offset is None else exact.vector(offset, "the offset")
    if shift == sympy.zeros(1, 1):
        shift = sympy.ImmutableMatrix.zeros(matrix.rows, 1)
    if shift.rows != matrix.rows:
        raise ValueError(f"Expected an offset of {matrix.rows} components; got {shift.rows}")
    if isinstance(base, Gaussian | GaussianImage):
        checked_inputs(matrix, shift, base.mean, base.covariance)
        return GaussianImage(matrix=matrix, base=base, offset=shift)
    return _mapped(lambda *z: list(matrix * sympy.Matrix(z) + shift), base, None, inverse, variables)


def _is_map(value: Any) -> bool:
    """A function of symbols; SymPy's symbols can be called too, and are none."""
    return isinstance(value, sympy.Lambda) or (callable(value) and not isinstance(value, sympy.Basic))


def _mapped(forward: Map, base: Base, offset: Any, inverse: Map | None, variables: Sequence[Any] | None) -> Image:
    z = tuple(sympy.Dummy(f"z_{i + 1}", **s.assumptions0) for i, s in enumerate(base.variables))
    parts = exact.entries(forward(*z), "the map")
    if offset is not None:
        parts = [part + shift for part, shift in zip(parts, exact.entries(offset, "the offset"), strict=True)]
    names = None if variables is None else exact.symbols(variables, "the images")
    images = density_variables(names or _images(len(parts)), len(parts))
    inverses = None if inverse is None else [exact.entries(inverse(*images), "the inverse")]
    density = base.density.xreplace(dict(zip(base.variables, z, strict=True)))
    found = change_of_variables(parts, z, density, images, inverses)
    if problem := missing_branch(found):
        raise ValueError(f"Expected a map that is one to one; {problem}")
    return Image(forward=found.forward, base=base, derived=found)


def _images(count: int) -> tuple[Any, ...]:
    names = ["x"] if count == 1 else [f"x_{i + 1}" for i in range(count)]
    return tuple(sympy.Symbol(name, real=True) for name in names)
