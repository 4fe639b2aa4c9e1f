r"""The chapter of a mapped law: Jacobian, inverse (one or several branches), and the density in both of its forms.

p_X(x) = sum_k p_Z(g_k(x)) |det dg_k/dx|  =  sum_k p_Z(z) / |det df/dz|  at z = g_k(x).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy

from .context import AffineLaw, MappedLaw
from .derivation import DerivationStep, Label, exactly_equal
from .derive_change_of_variables import Branch, ChangeOfVariables
from .entries import Chapter, SecondRoute
from .formal import Formal
from .image_density import image_of
from .inverse_maps import signs_joined
from .printing import name_tex
from .textbook import Textbook, vector_tex

step = DerivationStep


def map_chapters(formal: Formal, law: MappedLaw | AffineLaw) -> Iterator[Chapter]:
    """The density of the image of a law under a map."""
    found = image_of(formal, law)
    book = Textbook()
    same = exactly_equal(signs_joined(found.density), signs_joined(found.density_by_forward_jacobian))
    how = "the Jacobian of the inverse map in the one form, that of the map itself at the preimage in the other"
    steps = (*_map_steps(found, book), *_branch_steps(found, book), *_density_steps(law, found, book, same))
    yield Chapter(
        of=law.name,
        kind="change_of_variables",
        title=f"The density of {law.name} = f({law.base})",
        steps=steps,
        book=book,
        second=SecondRoute(agree=True if same else None, how=how),
        conditions=found.derivation.conditions,
    )


def _column(values: Any) -> Any:
    """A column; a single component stands alone."""
    return values[0] if len(values) == 1 else sympy.ImmutableMatrix(list(values))


def _map_steps(found: ChangeOfVariables, book: Textbook) -> tuple[DerivationStep, ...]:
    jacobian = found.forward.jacobian(sympy.Matrix(found.variables))
    z, x = book.tex(_column(found.variables)), book.tex(_column(found.images))
    several = len(found.variables) > 1
    unevaluated = sympy.ImmutableMatrix(
        jacobian.rows,
        jacobian.cols,
        lambda i, j: sympy.Derivative(found.forward[i], found.variables[j], evaluate=False),
    )
    slope = r"\frac{\partial f}{\partial z}" if several else rf"\frac{{df}}{{d{z}}}"
    named = rf"J_{{f}} = {slope}" if several else slope
    steps = [
        step(rule="the map", lhs=Label(tex=x), rhs=Label(tex=book.tex(_column(found.forward)))),
        step(
            rule="its Jacobian" if several else "its derivative", lhs=Label(tex=named, value=unevaluated), rhs=jacobian
        ),
    ]
    if several:
        steps.append(
            step(
                rule="determinant",
                lhs=Label(tex=r"\det J_{f}", value=sympy.Determinant(jacobian)),
                rhs=found.jacobian_determinant,
            )
        )
    name = r"\log\left|\det J_{f}\right|" if several else rf"\log\left|{slope}\right|"
    steps.append(
        step(
            rule="its logarithm",
            lhs=Label(tex=name, value=found.log_abs_det_jacobian),
            rhs=_simpler_log(found.jacobian_determinant),
        )
    )
    return tuple(steps)


def _simpler_log(determinant: Any) -> Any:
    """log|w| expanded where that is proved to be the same: log(s e^z) = log s + z."""
    plain = sympy.log(sympy.Abs(determinant))
    expanded = sympy.expand_log(plain)
    shorter = sympy.count_ops(expanded) <= sympy.count_ops(plain)
    return expanded if shorter and exactly_equal(expanded, plain) else plain


def _branch_steps(found: ChangeOfVariables, book: Textbook) -> tuple[DerivationStep, ...]:
    steps: list[DerivationStep] = []
    for number, branch in enumerate(found.branches, 1):
        g = "g" if len(found.branches) == 1 else f"g_{{{number}}}"
        steps += _one_branch(found, branch, g, book)
    return tuple(steps)


def _one_branch(found: ChangeOfVariables, branch: Branch, g: str, book: Textbook) -> Iterator[DerivationStep]:
    x = vector_tex(found.images)
    at_inverse = found.forward.xreplace(dict(zip(found.variables, branch.inverse, strict=True)))
    several = len(found.images) > 1
    slope = rf"\det J_{{{g}}}({x})" if several else rf"{g}'({x})"
    both = branch.inverse_jacobian_determinant * branch.forward_jacobian_determinant
    product = Label(tex=rf"{slope}\, {_forward_slope(found, f'{g}({x})')}", value=signs_joined(both))
    yield step(rule="inverse", lhs=Label(tex=rf"{g}({x})"), rhs=_column(branch.inverse))
    yield step(
        rule="for it solves the equation",
        lhs=Label(tex=rf"f({g}({x}))", value=signs_joined_all(at_inverse)),
        rhs=_column(found.images),
    )
    yield step(rule="Jacobian of the inverse", lhs=Label(tex=slope), rhs=branch.inverse_jacobian_determinant)
    yield step(rule="for the two Jacobians are inverse", lhs=product, rhs=sympy.Integer(1))


def _forward_slope(found: ChangeOfVariables, at: str) -> str:
    return rf"\det J_{{f}}({at})" if len(found.variables) > 1 else rf"f'({at})"


def signs_joined_all(column: Any) -> Any:
    """sign(w)|w| written as w in every component."""
    return _column([signs_joined(entry) for entry in column])


def _density_steps(
    law: MappedLaw | AffineLaw, found: ChangeOfVariables, book: Textbook, same: bool
) -> tuple[DerivationStep, ...]:
    x = vector_tex(found.images)
    several, many = len(found.images) > 1, len(found.branches) > 1
    g = "g_{k}" if many else "g"
    total = r"\sum_{k} " if many else ""
    base = rf"p_{{{name_tex(law.base)}}}"
    jacobian = rf"\left|\det J_{{{g}}}({x})\right|" if several else rf"\left|{g}'({x})\right|"
    general = Label(tex=rf"{total}{base}\left({g}({x})\right) {jacobian}", value=signs_joined(found.density))
    p = Label(tex=rf"p_{{{name_tex(law.name)}}}({x})")
    rule = "change of variables: the branches add" if many else "change of variables"
    steps = [step(rule=rule, lhs=p, rhs=general), step(rule="insert", rhs=_shown_density(found.density))]
    if same:
        other = rf"{total}\frac{{{base}({g}({x}))}}{{\left|{_forward_slope(found, f'{g}({x})')}\right|}}"
        steps.append(
            step(
                rule="second form: the Jacobian of the map itself",
                rhs=Label(tex=other, value=signs_joined(found.density_by_forward_jacobian)),
            )
        )
    return tuple(steps)


def _shown_density(density: Any) -> Any:
    """The density with |w| = w sign(w), when that is shorter and the same."""
    joined = signs_joined(density)
    return joined if sympy.count_ops(joined) < sympy.count_ops(density) else density
