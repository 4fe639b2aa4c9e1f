r"""Derivatives by the rules of a first course, for sums, products, whole powers and functions of one argument.

    (f + g)' = f' + g',   (f g)' = f' g + f g',   (f^n)' = n f^{n-1} f',   (h(f))' = h'(f) f'

SymPy asks at every step whether a product is 0, whatever its signs; for the trace of a large Jacobian that is most of
the time.  Whatever else occurs (integrals, undefined functions, powers with a name above) is left to SymPy.
"""

from __future__ import annotations

from typing import Any

import sympy

PLAIN = (sympy.tanh, sympy.sinh, sympy.cosh, sympy.sech, sympy.sin, sympy.cos, sympy.exp, sympy.log, sympy.atan)


def diff(expression: Any, name: Any) -> Any:
    """d expression / d name.

    >>> x = sympy.Symbol("x", real=True)
    >>> diff(x**2 * sympy.tanh(x), x)
    x**2*(1 - tanh(x)**2) + 2*x*tanh(x)
    """
    if expression == name:
        return sympy.S.One
    if not expression.args:
        return sympy.S.Zero
    if isinstance(expression, sympy.Add):
        return sympy.Add(*(diff(part, name) for part in expression.args))
    if isinstance(expression, sympy.Mul):
        return product(expression, name)
    if isinstance(expression, sympy.Pow) and expression.args[1].is_Integer:
        base, exponent = expression.args
        inner = diff(base, name)
        return inner if inner is sympy.S.Zero else exponent * base ** (exponent - 1) * inner
    if isinstance(expression, PLAIN) and len(expression.args) == 1:
        inner = diff(expression.args[0], name)
        return inner if inner is sympy.S.Zero else expression.fdiff(1) * inner
    return sympy.diff(expression, name)


def product(expression: Any, name: Any) -> Any:
    """The product rule, for any number of factors that commute."""
    if not expression.is_commutative:
        return sympy.diff(expression, name)
    found = []
    for i, factor in enumerate(expression.args):
        inner = diff(factor, name)
        if inner is not sympy.S.Zero:
            found.append(sympy.Mul(*expression.args[:i], inner, *expression.args[i + 1 :]))
    return sympy.Add(*found)
