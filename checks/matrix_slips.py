r"""Slips of matrices and of normalisers, undone at one node of the written side.

A^T A for A A^T, a transpose lost, factors in the wrong order      A B -> B A,  A -> A^T
the adjugate of a 2 x 2 matrix written wrongly                     diagonal exchanged, signs off it
the adjugate without its determinant                               R -> R / det M
c det M for det(c M)                                               c det M -> c^n det M
det S for sqrt(det S) in a normaliser, (2 pi)^(n/2) of a wrong n
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..symbolic.context import AffineLaw, GaussianLaw, Law
from ..symbolic.tree import Apply, Array, Bind, Call, Name, Node, add, integer, mul, walk
from .slips import HALF, Fix, Setting, is_op, opposite, shown, times

MATRIX_ROLES = ("whole", "term", "part", "exponent")


def is_matrix(node: Node, setting: Setting) -> bool:
    shape = setting.shape(node)
    return shape is not None and len(shape) == 2


def is_square(node: Node, setting: Setting) -> bool:
    shape = setting.shape(node)
    return shape is not None and len(shape) == 2 and shape[0] == shape[1]


def turned(node: Node) -> Node:
    """The transpose, without two in a row."""
    if isinstance(node, Apply) and node.op == "transpose":
        return node.args[0]
    return Apply("transpose", (node,))


# -- order and transposes ----------------------------------------------------------------------------------------------
def gram_order(node: Node, setting: Setting) -> Iterator[Fix]:
    """A^T A -> A A^T, also with a matrix between: A^T S A -> A S A^T."""
    if not (isinstance(node, Apply) and node.op == "mul"):
        return
    parts = node.args
    places = [(k, k + step) for k in range(len(parts)) for step in (1, 2) if k + step < len(parts)]
    for i, j in places:
        if parts[i] == turned(parts[j]) or parts[j] == turned(parts[i]):
            yield exchanged(node, i, j), (shown(mul(parts[i], parts[j])), shown(mul(parts[j], parts[i])))


def factor_order(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Apply) and node.op == "mul":
        for i in range(len(node.args) - 1):
            if all(is_matrix(p, setting) for p in node.args[i : i + 2]):
                yield exchanged(node, i, i + 1), ()


def exchanged(node: Apply, i: int, j: int) -> Node:
    parts = list(node.args)
    parts[i], parts[j] = parts[j], parts[i]
    return replace(node, args=tuple(parts))


def transposed(node: Node, setting: Setting) -> Iterator[Fix]:
    if is_square(node, setting) and not is_op(node, "add", "neg", "div", "identity"):
        yield turned(node), (shown(node), shown(turned(node)))


def inverted(node: Node, setting: Setting) -> Iterator[Fix]:
    if not is_square(node, setting) or is_op(node, "neg", "identity"):
        return
    if isinstance(node, Apply) and node.op == "inverse":
        yield node.args[0], (shown(node.args[0]), shown(node))
    else:
        yield Apply("inverse", (node,)), (f"inv({shown(node)})", shown(node))


# -- inverses of 2 x 2 matrices ----------------------------------------------------------------------------------------
def diagonal_kept(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Array) and node.shape == (2, 2):
        (a, b), (c, d) = node.rows
        yield Array(((d, b), (c, a))), ()


def signs_kept(node: Node, setting: Setting) -> Iterator[Fix]:
    if isinstance(node, Array) and node.shape == (2, 2):
        (a, b), (c, d) = node.rows
        yield Array(((a, opposite(b)), (opposite(c), d))), ()


def adjugate_kept(node: Node, setting: Setting) -> Iterator[Fix]:
    """Neither exchanged nor signed; or signed on the diagonal instead."""
    if isinstance(node, Array) and node.shape == (2, 2):
        (a, b), (c, d) = node.rows
        yield Array(((d, opposite(b)), (opposite(c), a))), ()


def adjugate_alone(node: Node, setting: Setting) -> Iterator[Fix]:
    """R -> R / det M where the other side inverts M."""
    for part in walk(setting.lhs):
        if isinstance(part, Apply) and part.op == "inverse":
            yield Apply("div", (node, Apply("det", part.args))), ("divided",)
            yield mul(Apply("det", part.args), node), ("multiplied",)


# -- determinants ------------------------------------------------------------------------------------------------------
def scalar_power(node: Node, setting: Setting) -> Iterator[Fix]:
    """c det M -> c^n det M, det M / c -> det M / c^n, n the size of M (or of the matrix on the other side)."""
    if not isinstance(node, Apply) or node.op not in ("mul", "div"):
        return
    for size in sizes(node, setting):
        for index, part in enumerate(node.args):
            if is_op(part, "det") or not setting.scalar(part) or part == integer(1) or is_op(part, "neg"):
                continue
            power = powered(part, size)
            yield Apply(node.op, (*node.args[:index], power, *node.args[index + 1 :])), (shown(part), str(size))


def powered(part: Node, size: int) -> Node:
    return Apply("pow", (part, integer(size)))


def sizes(node: Node, setting: Setting) -> list[int]:
    """The sizes of the matrices under a determinant, here or on the other side."""
    trees = [p for side in (node, setting.lhs) for p in walk(side) if isinstance(p, Apply) and p.op == "det"]
    shapes = [setting.shape(p.args[0]) for p in trees]
    found = [s[0] for s in shapes if s is not None and len(s) == 2 and isinstance(s[0], int)]
    return list(dict.fromkeys(n for n in found if isinstance(n, int)))


def determinant_for_root(node: Node, setting: Setting) -> Iterator[Fix]:
    """det S -> sqrt(det S) where a determinant is written or logged."""
    if is_op(node, "det") or (is_op(node, "abs") and isinstance(node, Apply) and is_op(node.args[0], "det")):
        yield Apply("sqrt", (node,)), ()
    if isinstance(node, Apply) and node.op == "log" and (setting.has("det", "entropy") or covariances(setting)):
        yield mul(HALF, node), ()


# -- normalisers -------------------------------------------------------------------------------------------------------
def laws_in(setting: Setting) -> list[Law]:
    """The Gaussian laws whose density, entropy or covariance is on the other side."""
    found: list[Law] = []
    for part in walk(setting.lhs):
        name = part.name if isinstance(part, Call | Name) else ""
        law = setting.context.law_of(name) if name else None
        if isinstance(law, GaussianLaw | AffineLaw) and law not in found:
            found.append(law)
    return found


def covariances(setting: Setting) -> list[tuple[Node, int]]:
    return [(Apply("covariance", (Name(law.name),)), law.dimension) for law in laws_in(setting)]


def normaliser_root(node: Node, setting: Setting) -> Iterator[Fix]:
    """A density with 1/det S for 1/sqrt(det S), or without it."""
    for covariance, _ in covariances(setting):
        root = Apply("sqrt", (Apply("det", (covariance,)),))
        yield times(root, node), ()
    for part in walk(setting.lhs):
        if isinstance(part, Apply) and part.op == "sqrt" and any(is_op(p, "det") for p in walk(part)):
            yield times(part, node), ()
            yield Apply("div", (node, part)), ()


def normaliser_lost(node: Node, setting: Setting) -> Iterator[Fix]:
    for covariance, size in covariances(setting):
        root = Apply("sqrt", (Apply("det", (covariance,)),))
        yield Apply("div", (node, root)), ("the root of the determinant",)
        full = mul(two_pi(size), root)
        yield Apply("div", (node, full)), ("the normaliser",)


def two_pi(halves: int) -> Node:
    """(2 pi)^(halves / 2)."""
    base = mul(integer(2), Name("pi"))
    if halves == 2:
        return base
    exponent = integer(halves // 2) if halves % 2 == 0 else Apply("div", (integer(halves), integer(2)))
    return Apply("pow", (base, exponent))


def dimension_of_normaliser(node: Node, setting: Setting) -> Iterator[Fix]:
    """(2 pi)^(n/2) with a wrong n: the whole, or its logarithm, off by powers of the root of 2 pi."""
    if not mentions_pi(node) and not laws_in(setting) and not mentions_pi(setting.lhs):
        return
    logarithmic = setting.has("log", "entropy")
    for halves in (1, 2, 3):
        yield times(two_pi(halves), node), ()
        yield Apply("div", (node, two_pi(halves))), ()
        if logarithmic:
            half = mul(Apply("div", (integer(halves), integer(2))), Apply("log", (two_pi(2),)))
            yield add(node, half), ()
            yield add(node, Apply("neg", (half,))), ()


def mentions_pi(node: Node) -> bool:
    return any(isinstance(p, Name) and p.name == "pi" for p in walk(node))


def deviation(node: Node, setting: Setting) -> Iterator[Fix]:
    """Var(X) -> its root: the variance for the standard deviation; sigma^2 where sigma belongs, in a density."""
    if is_op(node, "variance"):
        yield Apply("sqrt", (node,)), (shown(node),)


def sign_of_model_term(node: Node, setting: Setting) -> Iterator[Fix]:
    """grad log Z = -E_p[grad E]."""
    about = any(
        isinstance(n, Name) and (e := setting.context.get(n.name)) is not None and e.kind == "partition"
        for n in walk(setting.lhs)
    )
    if about and setting.by and any(isinstance(n, Bind) and n.op in ("expect", "integral") for n in walk(node)):
        yield opposite(node), ()
