r"""Exact arithmetic of derivations: rational functions over generators, and matrices of them.

Every expression built from numbers, symbols, powers, exponentials and other functions is a rational function of
*generators*: each symbol, each :math:`e^{u/q}` (one per term :math:`u` of an exponent, :math:`q` the common
denominator of its coefficients, so that :math:`e^{u}` and :math:`e^{u/2}` are powers of one), each :math:`b^{1/q}`,
each remaining function value or constant. Hyperbolic functions are written by exponentials first. Known relations
between generators,

.. math:: (b^{1/q})^q = b, \qquad \sin^2 u + \cos^2 u = 1,

reduce a polynomial to its remainder. A reduced numerator 0 proves the identity wherever both sides are defined;
anything else proves nothing, since generators may depend on each other in ways not listed. That is one-sided on
purpose: the field arithmetic is fast (no simplification heuristics), and a proof by it is a proof.

The determinant and the adjugate come from the characteristic polynomial (no division, no pivot that might vanish).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import lcm
from typing import Any

import sympy
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.polys.matrices import DomainMatrix

LARGEST_EXPONENT = 1000


class Generators:
    """The translation of a batch of expressions to quotients of polynomials in fresh symbols, and back.

    Raises:
        ValueError: an integer power, or a common denominator of exponents, above `LARGEST_EXPONENT`.
    """

    def __init__(self, expressions: Iterable[Any]) -> None:
        self.symbols: dict[Any, Any] = {}
        self._denominators: dict[tuple[str, Any], int] = {}
        for expression in expressions:
            self._collect(_by_exponentials(expression))

    def abstract(self, expression: Any) -> Any:
        """The expression as a rational function of the generators (not expanded)."""
        return self._visit(_by_exponentials(expression))

    def restore(self, expression: Any) -> Any:
        """The expression in the original functions and symbols."""
        return expression.xreplace({symbol: original for original, symbol in self.symbols.items()})

    def reduce(self, polynomial: Any) -> Any:
        """The remainder of a polynomial in the generators modulo the known relations."""
        polynomial = sympy.expand(polynomial)
        for generator, relation in self._relations():
            if polynomial.has(generator):
                polynomial = sympy.expand(sympy.rem(polynomial, relation, generator))
        return polynomial

    def _collect(self, expression: Any) -> None:
        for node in sympy.preorder_traversal(expression):
            if isinstance(node, sympy.exp) or node is sympy.E:
                for coefficient, rest in _exponent_terms(node):
                    self._note(("exp", rest), coefficient)
            elif isinstance(node, sympy.Pow) and node.exp.is_Rational:
                _guard(abs(int(node.exp.p)))
                if not node.exp.is_Integer:
                    self._note(("root", node.base), node.exp)

    def _note(self, key: tuple[str, Any], coefficient: Any) -> None:
        self._denominators[key] = lcm(self._denominators.get(key, 1), int(coefficient.q))
        _guard(self._denominators[key])
        _guard(abs(int(coefficient.p)))

    def _visit(self, node: Any) -> Any:
        if node.is_Rational:
            return node
        if node.is_Add or node.is_Mul:
            return node.func(*(self._visit(argument) for argument in node.args))
        if isinstance(node, sympy.exp) or node is sympy.E:
            return sympy.Mul(*(self._exponential(c, rest) for c, rest in _exponent_terms(node)))
        if node.is_Pow and node.exp.is_Integer:
            return self._visit(node.base) ** node.exp
        if node.is_Pow and node.exp.is_Rational:
            return self._root(node.base) ** (node.exp * self._denominators[("root", node.base)])
        if ("root", node) in self._denominators:
            return self._root(node) ** self._denominators[("root", node)]
        return self._symbol(node)

    def _exponential(self, coefficient: Any, rest: Any) -> Any:
        denominator = self._denominators[("exp", rest)]
        return self._symbol(sympy.exp(rest / denominator)) ** (coefficient * denominator)

    def _root(self, base: Any) -> Any:
        return self._symbol(base ** sympy.Rational(1, self._denominators[("root", base)]))

    def _symbol(self, original: Any) -> Any:
        return self.symbols.setdefault(original, sympy.Dummy(f"g{len(self.symbols)}"))

    def _relations(self) -> list[tuple[Any, Any]]:
        """Pairs (generator, polynomial that is 0), outer generators before those that occur in their relations."""
        relations: list[tuple[Any, Any]] = []
        seen: set[Any] = set()
        while todo := [original for original in self.symbols if original not in seen]:
            for original in todo:
                seen.add(original)
                relation = self._relation(original, self.symbols[original])
                if relation is not None:
                    relations.append((self.symbols[original], sympy.numer(sympy.together(relation))))
        return relations

    def _relation(self, original: Any, symbol: Any) -> Any:
        if original.is_Pow and original.exp.is_Rational and _decomposable(original.base):
            return symbol**original.exp.q - self._visit(original.base)
        if isinstance(original, sympy.Abs) and original.args[0].is_extended_real:
            return (
                symbol**2 - Generators.abstract(self, original.args[0]) ** 2 if self._knows(original.args[0]) else None
            )
        if isinstance(original, sympy.sin) and sympy.cos(original.args[0]) in self.symbols:
            return symbol**2 + self.symbols[sympy.cos(original.args[0])] ** 2 - 1
        return None

    def _knows(self, expression: Any) -> bool:
        """Collect the exponents of an inner expression, unless that would change generators already handed out."""
        before = dict(self._denominators)
        self._collect(_by_exponentials(expression))
        return all(self._denominators[key] == value for key, value in before.items())


class ExactField:
    """Matrices over the rational functions of the generators of given expressions.

    Polynomial entries stay in the polynomial ring, where products and characteristic polynomials need no gcd.
    """

    def __init__(self, expressions: Iterable[Any]) -> None:
        batch = list(expressions)
        self.generators = Generators(batch)
        abstracted = [self.generators.abstract(expression) for expression in batch]
        self._cache = dict(zip(batch, abstracted, strict=True))
        symbols = list(self.generators.symbols.values())
        polynomial = all(entry.is_polynomial(*symbols) for entry in abstracted)
        if not symbols:
            self.domain = sympy.QQ
        else:
            self.domain = sympy.QQ[symbols] if polynomial else sympy.QQ.frac_field(*symbols)

    def domain_matrix(self, matrix: Any) -> DomainMatrix:
        """The matrix as a `DomainMatrix`; every entry must be among the expressions the field was built from."""
        rows = [[self._element(matrix[i, j]) for j in range(matrix.cols)] for i in range(matrix.rows)]
        return DomainMatrix(rows, matrix.shape, self.domain)

    def matrix(self, domain_matrix: DomainMatrix) -> Any:
        """The `DomainMatrix` as an immutable SymPy matrix in the original symbols."""
        rows, columns = domain_matrix.shape
        return sympy.ImmutableMatrix(
            rows, columns, [self.expression(element) for row in domain_matrix.to_list() for element in row]
        )

    def expression(self, element: Any) -> Any:
        """A domain element in the original symbols, reduced by the known relations."""
        numerator, denominator = sympy.fraction(self.domain.to_sympy(element))
        value = self.generators.restore(self.generators.reduce(numerator) / self.generators.reduce(denominator))
        return sympy.expand(value) if denominator.is_Rational else value

    def _element(self, expression: Any) -> Any:
        if expression not in self._cache:
            self._cache[expression] = self.generators.abstract(expression)
        return self.domain.from_sympy(self._cache[expression])


def is_zero(expression: Any) -> bool:
    """True only when the expression is proved to be 0 wherever it is defined; False means not proved."""
    if not isinstance(expression, sympy.Expr) or expression.has(sympy.Float, sympy.nan, sympy.zoo, sympy.oo):
        return False
    if expression.is_zero:
        return True
    try:
        generators = Generators([expression])
        abstract = generators.abstract(expression)
        numerator = sympy.numer(sympy.together(abstract))
        return bool(sympy.cancel(generators.reduce(numerator)) == 0)
    except (ValueError, sympy.PolynomialError, KeyError):
        return False


def rational_normal_form(expression: Any) -> Any:
    """Numerator over denominator in lowest terms, in the generators of the expression."""
    generators = Generators([expression])
    numerator, denominator = sympy.fraction(sympy.cancel(generators.abstract(expression)))
    reduced = sympy.cancel(generators.reduce(numerator) / generators.reduce(denominator))
    return generators.restore(reduced)


def product(*matrices: Any) -> Any:
    """The product of matrices, entries in normal form."""
    field = ExactField(entry for matrix in matrices for entry in matrix)
    result = field.domain_matrix(matrices[0])
    for matrix in matrices[1:]:
        result = result * field.domain_matrix(matrix)
    return field.matrix(result)


def adjugate_and_determinant(matrix: Any) -> tuple[Any, Any]:
    r"""The adjugate and determinant of a square matrix, :math:`M \operatorname{adj} M = \det M \; I`."""
    field = ExactField(matrix)
    adjugate, determinant = field.domain_matrix(matrix).adj_det()
    return field.matrix(adjugate), field.expression(determinant)


def determinant_by_elimination(matrix: Any) -> Any:
    """The determinant by fraction-free elimination: another algorithm than `adjugate_and_determinant`."""
    if matrix.rows == 0:
        return sympy.Integer(1)
    field = ExactField(matrix)
    return field.expression(field.domain_matrix(matrix).to_dense().det())


def rank(matrix: Any) -> int:
    """The rank of a matrix over its field of rational functions (the generic rank when symbols occur)."""
    field = ExactField(matrix)
    return int(field.domain_matrix(matrix).to_field().rank())


def pivot_columns(matrix: Any) -> tuple[int, ...]:
    """The pivot columns of the reduced row echelon form over the field (generic when symbols occur)."""
    field = ExactField(matrix)
    return tuple(int(j) for j in field.domain_matrix(matrix).to_field().rref()[1])


def _exponent_terms(node: Any) -> list[tuple[Any, Any]]:
    argument = sympy.Integer(1) if node is sympy.E else sympy.expand(node.args[0])
    return [term.as_coeff_Mul(rational=True) for term in sympy.Add.make_args(argument)]


def _by_exponentials(expression: Any) -> Any:
    """Hyperbolic functions by exponentials, the trigonometric ones by sine and cosine."""
    quotients = {
        sympy.tan: lambda u: sympy.sin(u) / sympy.cos(u),
        sympy.cot: lambda u: sympy.cos(u) / sympy.sin(u),
        sympy.sec: lambda u: 1 / sympy.cos(u),
        sympy.csc: lambda u: 1 / sympy.sin(u),
    }
    if expression.has(HyperbolicFunction):
        expression = expression.replace(lambda e: isinstance(e, HyperbolicFunction), lambda e: e.rewrite(sympy.exp))
    for function, quotient in quotients.items():
        if expression.has(function):
            expression = expression.replace(function, quotient)
    return expression


def _decomposable(base: Any) -> bool:
    return bool(base.is_Rational or base.is_Add or base.is_Mul or base.is_Pow)


def _guard(exponent: int) -> None:
    if exponent > LARGEST_EXPONENT:
        raise ValueError(f"Expected exponents up to {LARGEST_EXPONENT}; got {exponent}")
