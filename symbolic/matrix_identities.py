r"""Identities of matrices whose entries (and size) are not given: a normal form over non-commuting letters.

A matrix expression becomes a sum of words with scalar coefficients; a letter is a symbol A in one of the forms
$A, A^T, A^{-1}, A^{-T}$, or the inverse of a sum. Rules, true for matrices of every size:

    (XY)^T = Y^T X^T,  (XY)^{-1} = Y^{-1}X^{-1},  A A^{-1} = I,  (cX)^{-1} = X^{-1}/c,
    tr(XY) = tr(YX),  tr(X^T) = tr(X),  det(XY) = det X det Y,  det(X^T) = det X,  det(X^{-1}) = 1/det X,
    det(cX) = c^n det X,  det(I + c w) = det(I + c w') for rotations w' of the word w (Sylvester),
    and for the inverse W of a sum S = u + ... with longest word u:  u W = I - (S - u) W,  W u = I - W (S - u).

Scalars made of matrices become symbols of one canonical form each; the scalar zero test decides the rest. The first
two lines need square, invertible factors under an inverse: those are named as conditions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy
from sympy import Basic, Dummy, Expr, MatrixBase, MatrixSymbol
from sympy.matrices.expressions.matexpr import MatrixExpr

from .puiseux import TooLargeError
from .zero import ZeroProof, merge, prove_zero

MAX_WORDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A matrix symbol or the inverse of a sum (``name`` is then its normal form), possibly transposed, inverted."""

    name: object
    rows: Expr
    columns: Expr
    transposed: bool = False
    inverted: bool = False

    def order(self) -> str:
        return f"{self.name}|{self.transposed}|{self.inverted}"


Word = tuple[Letter, ...]
Sum = dict[Word, Expr]


def has_matrix_symbols(expr: Basic | MatrixBase | int) -> bool:
    """Whether an expression contains matrices without given entries."""
    return (
        isinstance(expr, Basic)
        and not isinstance(expr, MatrixBase)
        and expr.has(MatrixSymbol, sympy.Identity, sympy.ZeroMatrix)
    )


def prove_matrix_identity(
    lhs: Basic, rhs: Basic, *, symmetric: Iterable[MatrixSymbol] = (), positive: Iterable[Expr] = ()
) -> ZeroProof | None:
    """Prove lhs = rhs for all matrices of the given shapes (those in ``symmetric`` equal their transpose), or None."""
    reader = _MatrixReader(frozenset(symmetric))
    try:
        single = any(isinstance(side, MatrixExpr) and side.shape == (1, 1) for side in (lhs, rhs))
        if single or isinstance(lhs, MatrixExpr) != isinstance(rhs, MatrixExpr):
            lhs, rhs = reader.as_scalar(lhs), reader.as_scalar(rhs)
        if not isinstance(lhs, MatrixExpr):
            return _finish(reader, [reader.scalar(lhs) - reader.scalar(rhs)], positive)
        if not isinstance(rhs, MatrixExpr) or lhs.shape != rhs.shape:
            return None
        proof = _finish(reader, _add(reader.matrix(lhs), reader.matrix(rhs), -1).values(), positive)
        return proof or _by_multiplication(reader, lhs, rhs, positive)
    except (TooLargeError, NotImplementedError, RecursionError):
        return None


def _finish(reader: _MatrixReader, scalars: Iterable[Expr], positive: Iterable[Expr]) -> ZeroProof | None:
    positive = tuple(positive)
    proofs = []
    for scalar in scalars:
        proof = prove_zero(scalar, positive=positive)
        if proof is None:
            return None
        names = {sympy.latex(dummy): sympy.latex(meaning) for meaning, dummy in reader.named()}
        conditions = []
        for condition in proof.conditions:
            for name, meaning in names.items():
                condition = condition.replace(name, meaning)
            conditions.append(condition)
        proofs.append(ZeroProof(rules=proof.rules, normal_form="0", conditions=tuple(conditions)))
    return merge(proofs, *reader.rules, conditions=reader.conditions)


def _by_multiplication(
    reader: _MatrixReader, lhs: MatrixExpr, rhs: MatrixExpr, positive: Iterable[Expr]
) -> ZeroProof | None:
    """X^{-1} = Y when X Y = I (square matrices), and D = 0 when S D = 0 or D S = 0 for an invertible sum S."""
    for inverse, other in ((lhs, rhs), (rhs, lhs)):
        if isinstance(inverse, sympy.Inverse):
            product = _multiply(reader, reader.matrix(inverse.args[0]), reader.matrix(other))
            reader.use("X^{-1} = Y follows from X Y = I")
            proof = _finish(reader, _add(product, {(): sympy.Integer(1)}, -1).values(), positive)
            if proof is not None:
                return proof
    difference = _add(reader.matrix(lhs), reader.matrix(rhs), -1)
    for name, factor in list(reader.sums.items()):
        size = next(x.rows for word in difference for x in word if x.name == name) if _uses(difference, name) else None
        products = [(factor, difference)] if size == lhs.shape[0] else []
        products += [(difference, factor)] if size == lhs.shape[1] else []
        for left, right in products:
            proof = _finish(reader, _multiply(reader, left, right).values(), positive)
            if proof is not None:
                return merge([proof], "an invertible factor cancels")
    return None


def _uses(value: Sum, name: object) -> bool:
    return any(letter.name == name for word in value for letter in word)


class _MatrixReader:
    """Reads matrix expressions into sums of words, and scalars made of matrices into canonical symbols."""

    def __init__(self, symmetric: frozenset[MatrixSymbol]) -> None:
        self.symmetric = symmetric
        self.names: dict[object, tuple[Expr, Dummy]] = {}
        self.rules: dict[str, None] = {}
        self.conditions: dict[str, None] = {}
        self.sums: dict[object, Sum] = {}

    def use(self, rule: str) -> None:
        self.rules.setdefault(rule)

    def named(self) -> list[tuple[Expr, Dummy]]:
        return list(self.names.values())

    def name(self, key: object, meaning: Expr) -> Dummy:
        """Return the symbol of a scalar that is known only by its canonical form."""
        if key not in self.names:
            self.names[key] = (meaning, Dummy(f"s{len(self.names)}"))
        return self.names[key][1]

    def as_scalar(self, expr: Basic) -> Basic:
        """A 1x1 matrix counts as its entry."""
        if isinstance(expr, MatrixExpr):
            if expr.shape != (1, 1):
                raise NotImplementedError("a scalar and a matrix")
            return sympy.Trace(expr)
        return expr

    def matrix(self, expr: Basic) -> Sum:
        if isinstance(expr, MatrixSymbol):
            return {(Letter(name=expr, rows=expr.shape[0], columns=expr.shape[1]),): sympy.Integer(1)}
        if isinstance(expr, sympy.Identity):
            return {(): sympy.Integer(1)}
        if isinstance(expr, sympy.ZeroMatrix):
            return {}
        if isinstance(expr, sympy.MatAdd):
            total: Sum = {}
            for part in expr.args:
                total = _add(total, self.matrix(part), 1)
            return total
        if isinstance(expr, sympy.MatMul):
            return self._product(expr)
        if isinstance(expr, sympy.Transpose):
            self.use("(X Y)^T = Y^T X^T")
            return {self.transpose(word): c for word, c in self.matrix(expr.args[0]).items()}
        if isinstance(expr, sympy.Inverse):
            return self.inverse(self.matrix(expr.args[0]), expr.args[0])
        if isinstance(expr, sympy.MatPow) and expr.args[1].is_Integer:
            return self._power(expr)
        raise NotImplementedError(f"{type(expr).__name__} of matrices of symbolic size")

    def _product(self, expr: Basic) -> Sum:
        total: Sum = {(): sympy.Integer(1)}
        for factor in expr.args:
            if isinstance(factor, MatrixExpr):
                total = _multiply(self, total, self.matrix(factor))
            elif isinstance(factor, MatrixBase):
                raise NotImplementedError("explicit and symbolic matrices together")
            else:
                scalar = self.scalar(factor)
                total = {word: c * scalar for word, c in total.items()}
        return total

    def _power(self, expr: Basic) -> Sum:
        exponent = int(expr.args[1])
        base = self.matrix(expr.args[0])
        if exponent < 0:
            base = self.inverse(base, expr.args[0])
        if abs(exponent) > 12:
            raise TooLargeError("a matrix power above 12")
        total: Sum = {(): sympy.Integer(1)}
        for _ in range(abs(exponent)):
            total = _multiply(self, total, base)
        return total

    def transpose(self, word: Word) -> Word:
        return tuple(self._transposed(letter) for letter in reversed(word))

    def _transposed(self, letter: Letter) -> Letter:
        if letter.name in self.symmetric or self._symmetric_sum(letter):
            return letter
        return Letter(
            name=letter.name,
            rows=letter.columns,
            columns=letter.rows,
            transposed=not letter.transposed,
            inverted=letter.inverted,
        )

    def _symmetric_sum(self, letter: Letter) -> bool:
        inner = self.sums.get(letter.name)
        return inner is not None and not _clean(_add(inner, {self.transpose(w): c for w, c in inner.items()}, -1))

    def inverse(self, value: Sum, expr: Basic) -> Sum:
        """Return the inverse: letter by letter of a single word, a new letter for a sum."""
        value = _clean(value)
        self.conditions.setdefault(rf"{sympy.latex(expr)} \text{{ is invertible}}")
        self.use("(X Y)^{-1} = Y^{-1} X^{-1}")
        if len(value) == 1:
            ((word, c),) = value.items()
            if all(letter.rows == letter.columns for letter in word):
                return {tuple(self._inverted(letter) for letter in reversed(word)): 1 / c}
        key = _key(value)
        self.sums[key] = value
        size = expr.shape[0]
        return {(Letter(name=key, rows=size, columns=size, inverted=True),): sympy.Integer(1)}

    def _inverted(self, letter: Letter) -> Letter:
        if letter.name in self.sums:
            raise NotImplementedError("the inverse of the inverse of a sum")
        return Letter(
            name=letter.name,
            rows=letter.columns,
            columns=letter.rows,
            transposed=letter.transposed,
            inverted=not letter.inverted,
        )

    def scalar(self, expr: Basic) -> Expr:
        """Return a scalar expression with every trace and determinant in canonical form."""
        if isinstance(expr, sympy.Trace):
            return self._trace(expr)
        if isinstance(expr, sympy.Determinant):
            return self._determinant(expr)
        if isinstance(expr, MatrixExpr | MatrixBase):
            raise NotImplementedError("a matrix inside a scalar function")
        if not expr.has(MatrixSymbol) or not expr.args:
            return expr
        if isinstance(expr, sympy.matrices.expressions.matexpr.MatrixElement):
            return expr
        return expr.func(*(self.scalar(a) for a in expr.args))

    def _trace(self, expr: Basic) -> Expr:
        self.use("tr(X Y) = tr(Y X), tr(X^T) = tr(X)")
        inner = expr.args[0]
        total: Expr = sympy.Integer(0)
        for word, c in self.matrix(inner).items():
            if not word:
                total += c * inner.shape[0]
                continue
            rotations = [w[k:] + w[:k] for w in (word, self.transpose(word)) for k in range(len(w))]
            canonical = min(rotations, key=_word_order)
            total += c * self.name(("tr", canonical), expr)
        return total

    def _determinant(self, expr: Basic) -> Expr:
        self.use("det(X Y) = det X det Y, det(X^T) = det X, det(c X) = c^n det X")
        inner = expr.args[0]
        size = inner.shape[0]
        value = _clean(self.matrix(inner))
        if not value:
            return sympy.Integer(0)
        if len(value) == 1:
            ((word, c),) = value.items()
            if all(letter.rows == letter.columns for letter in word):
                total: Expr = c**size
                for letter in word:
                    total *= self._determinant_of_letter(letter, expr)
                return total
        if set(value) > {()} and len(value) == 2 and value[()] == 1:
            self.use("det(I + X Y) = det(I + Y X)")
            ((word, c),) = ((w, c) for w, c in value.items() if w)
            turned = min((w[k:] + w[:k] for w in (word, self.transpose(word)) for k in range(len(w))), key=_word_order)
            return self.name(("det1", turned, c), expr)
        mirrored = _clean({self.transpose(w): c for w, c in value.items()})
        return self.name(("det", min(_key(value), _key(mirrored))), expr)

    def _determinant_of_letter(self, letter: Letter, expr: Basic) -> Expr:
        if letter.name in self.sums:
            inner = self.sums[letter.name]
            mirrored = _clean({self.transpose(w): c for w, c in inner.items()})
            return 1 / self.name(("det", min(_key(inner), _key(mirrored))), expr)
        base = self.name(("det", letter.name), sympy.Determinant(letter.name))
        return 1 / base if letter.inverted else base


def _word_order(word: Word) -> tuple[str, ...]:
    return tuple(letter.order() for letter in word)


def _key(value: Sum) -> str:
    rows = sorted((_word_order(word), sympy.srepr(sympy.together(c))) for word, c in value.items())
    return repr(rows)


def _clean(value: Sum) -> Sum:
    return {word: c for word, c in value.items() if c != 0 and sympy.expand(c) != 0}


def _add(left: Sum, right: Sum, sign: int) -> Sum:
    total = dict(left)
    for word, c in right.items():
        total[word] = total.get(word, sympy.Integer(0)) + sign * c
    if len(total) > MAX_WORDS:
        raise TooLargeError("more than 400 words")
    return total


def _multiply(reader: _MatrixReader, left: Sum, right: Sum) -> Sum:
    total: Sum = {}
    for w1, c1 in left.items():
        for w2, c2 in right.items():
            for word, c in _reduce(reader, w1 + w2).items():
                total[word] = total.get(word, sympy.Integer(0)) + c1 * c2 * c
    if len(total) > MAX_WORDS:
        raise TooLargeError("more than 400 words")
    return total


def _reduce(reader: _MatrixReader, word: Word) -> Sum:
    """Cancel A A^{-1}, and apply u W = I - (S - u) W for the inverse W of a sum."""
    for k in range(len(word) - 1):
        a, b = word[k], word[k + 1]
        if a.name == b.name and a.transposed == b.transposed and a.inverted != b.inverted and a.name not in reader.sums:
            return _reduce(reader, word[:k] + word[k + 2 :])
    for k, letter in enumerate(word):
        inner = reader.sums.get(letter.name)
        if inner is None or letter.transposed:
            continue
        longest = max(inner, key=lambda w: (len(w), _word_order(w)))
        size = len(longest)
        if size and word[max(0, k - size) : k] == longest:
            return _replaced(reader, word[: k - size], word[k + 1 :], letter, inner, longest, before=True)
        if size and word[k + 1 : k + 1 + size] == longest:
            return _replaced(reader, word[:k], word[k + 1 + size :], letter, inner, longest, before=False)
    return {word: sympy.Integer(1)}


def _replaced(
    reader: _MatrixReader, head: Word, tail: Word, letter: Letter, inner: Sum, longest: Word, *, before: bool
) -> Sum:
    reader.use("S S^{-1} = I for a sum S")
    scale = inner[longest]
    total = {word: c / scale for word, c in _reduce(reader, head + tail).items()}
    for word, c in inner.items():
        if word != longest:
            middle = (*word, letter) if before else (letter, *word)
            total = _add(total, {w: -d * c / scale for w, d in _reduce(reader, head + middle + tail).items()}, 1)
    return total
