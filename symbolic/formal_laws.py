r"""Derived quantities of laws in the symbolic route: each head is answered by the derivation of its law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from .context import AffineLaw, FreeLaw, GaussianLaw, Law, MappedLaw
from .derive_gaussian import Degenerate, GaussianDerivation, gaussian_law, gaussian_pushforward
from .formal_matrices import as_matrix
from .tree import Apply, Name

if TYPE_CHECKING:
    from .formal import Formal


def moments_of(formal: Formal, law: Law) -> tuple[Any, Any]:
    """Mean and covariance of a Gaussian law or of an affine image of one."""
    from .formal import NotFormal

    if isinstance(law, GaussianLaw):
        mean = as_matrix(formal.convert(law.mean))
        covariance = as_matrix(formal.convert(law.covariance))
        return mean, covariance
    if isinstance(law, AffineLaw):
        found = formal.law(law.name)
        return found.mean, found.covariance
    raise NotFormal(f"{law.name} is not a Gaussian law")


def variables(formal: Formal, law: Law) -> tuple[Any, ...]:
    """Symbols of the density that collide with no name of the context."""
    return tuple(sympy.Symbol(f"_y{i}", real=True) for i in range(1, law.dimension + 1))


def derive_law(formal: Formal, law: Law) -> GaussianDerivation | Degenerate:
    """The derivation of a Gaussian law or of its image; conditions and rules are noted."""
    from .formal import NotFormal

    if isinstance(law, GaussianLaw):
        mean, covariance = moments_of(formal, law)
        found = gaussian_law(mean, covariance, variables(formal, law))
        formal.rules[f"{law.name} is Gaussian by declaration"] = None
    elif isinstance(law, AffineLaw):
        mean, covariance = moments_of(formal, formal.context.laws[law.base])
        matrix, offset = as_matrix(formal.convert(law.matrix)), as_matrix(formal.convert(law.offset))
        found = gaussian_pushforward(matrix, offset, mean, covariance, variables(formal, law))
        formal.rules["affine image of a Gaussian: mean A m + b, covariance A S A^T"] = None
    else:
        raise NotFormal(f"no derivation of the law of {law.name}")
    for condition in found.derivation.all_conditions():
        if condition.status == "assumed":
            formal.conditions[condition.text] = None
    return found


def is_gaussian(formal: Formal, law: Law) -> bool:
    """True for a Gaussian law and for every chain of affine images of one."""
    while isinstance(law, AffineLaw):
        law = formal.context.laws[law.base]
    return isinstance(law, GaussianLaw)


def density_at(formal: Formal, law: Law, arguments: list[Any]) -> Any:
    """The derived density at given arguments."""
    from .formal import NotFormal

    if isinstance(law, FreeLaw):
        return formal.function(law.density)(*arguments)
    if isinstance(law, MappedLaw) or (isinstance(law, AffineLaw) and not is_gaussian(formal, law)):
        return mapped_density(formal, law, arguments)
    found = formal.law(law.name)
    if isinstance(found, Degenerate):
        raise NotFormal(found.reason)
    return found.density.xreplace(dict(zip(found.variables, arguments, strict=True)))


def mapped_density(formal: Formal, law: MappedLaw | AffineLaw, arguments: list[Any]) -> Any:
    """p_X(x) = sum_k p_Z(g_k(x)) |det dg_k/dx| over the inverses g_k of the map, given or found."""
    from .formal_inverses import is_open_map, open_map_density
    from .image_density import image_of

    if isinstance(law, MappedLaw) and is_open_map(formal, law):
        return open_map_density(formal, law, arguments)
    found = image_of(formal, law)
    several = len(found.branches) > 1
    formal.rules[
        "change of variables: p_X(x) = p_Z(g(x)) |det dg/dx|" + (", summed over branches" if several else "")
    ] = None
    for condition in found.derivation.all_conditions():
        if condition.status == "assumed":
            formal.conditions[condition.text] = None
    return found.density.xreplace(dict(zip(found.images, arguments, strict=True)))


def derived_quantity(formal: Formal, node: Apply) -> Any:
    """mean, covariance, variance, entropy of a law; KL of two."""
    from .formal import NotFormal, _scalar

    names = [a.name for a in node.args if isinstance(a, Name)]
    if len(names) != len(node.args) or any(n not in formal.context.laws for n in names):
        raise NotFormal(f"expected declared laws in {node.op}")
    found = formal.law(names[0])
    if node.op == "mean":
        return _scalar(found.mean)
    if node.op in ("covariance", "variance"):
        return _scalar(found.covariance)
    if isinstance(found, Degenerate):
        raise NotFormal(found.reason)
    if node.op == "entropy":
        return found.entropy
    other = formal.law(names[1])
    if isinstance(other, Degenerate):
        raise NotFormal(other.reason)
    difference = other.mean - found.mean
    quadratic = (difference.T * other.precision * difference)[0, 0]
    trace = (other.precision * found.covariance).trace()
    ratio = sympy.log(other.determinant) - sympy.log(found.determinant)
    formal.rules["KL divergence of Gaussians in closed form"] = None
    return (trace + quadratic - found.mean.rows + ratio) / 2
