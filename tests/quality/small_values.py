r"""Values of the trees of `small_tex` in double precision, on a concrete instance of a document or a pair.

A name is a number, a matrix or a function of the environment; a function takes the environment and its arguments.
Derivatives are central differences (relative error about 1e-9 for the first, 1e-6 for the second), integrals and means
trapezoid sums over (-L, L) of smooth integrands that vanish at the ends, which converge faster than any power.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from small_tex import Tree, UnknownError

Env = Mapping[str, Any]
GRID = np.linspace(-14.0, 14.0, 4001)
SAME, OTHER = 1e-5, 1e-4  # relative: what the second differences allow; what no rounding explains
SCALAR: Mapping[str, Callable[[Any], Any]] = {
    **{n: getattr(np, n) for n in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "sech": lambda x: 1 / np.cosh(x),
}


class ShapeError(ValueError):
    """Shapes that do not fit: a matrix where a number is meant, or the other way round."""


@dataclass(frozen=True)
class Mat:
    """A matrix, so that it is never taken for a grid of numbers."""

    of: np.ndarray


def matrix(rows: Any) -> Mat:
    return Mat(np.array(rows, dtype=float))


def value(tree: Tree, env: Env) -> Any:
    """The value of a tree: a number (or one for each point of a grid), or a matrix."""
    if tree.op == "num":
        return float(tree.word)
    if tree.op in ("name", "atom"):
        return named(tree.word, env)
    if tree.op in ("diff", "mean", "integral"):
        return OPERATORS[tree.op](tree, env)
    parts = [value(part, env) for part in tree.parts]
    if tree.op == "call":
        return env[tree.word](env, *parts)
    return RULES[tree.op](tree, parts)


def named(word: str, env: Env) -> Any:
    if word not in env:
        raise UnknownError(word)
    found = env[word]
    return found(env) if callable(found) else found


def add(x: Any, y: Any) -> Any:
    if isinstance(x, Mat) != isinstance(y, Mat) or (isinstance(x, Mat) and x.of.shape != y.of.shape):
        raise ShapeError("a sum")
    return Mat(x.of + y.of) if isinstance(x, Mat) else x + y


def mul(x: Any, y: Any) -> Any:
    if isinstance(x, Mat) and isinstance(y, Mat):
        if x.of.shape[1] != y.of.shape[0]:
            raise ShapeError("a product")
        found = x.of @ y.of
        return float(found[0, 0]) if found.shape == (1, 1) else Mat(found)
    if isinstance(x, Mat):
        return Mat(x.of * y)
    return Mat(x * y.of) if isinstance(y, Mat) else x * y


def scalar(x: Any) -> Any:
    if isinstance(x, Mat):
        raise ShapeError("a matrix where a number is meant")
    return x


def square(x: Any) -> np.ndarray:
    if not isinstance(x, Mat) or x.of.shape[0] != x.of.shape[1]:
        raise ShapeError("a square matrix is meant")
    return x.of


def power(x: Any, n: Any) -> Any:
    n = scalar(n)
    if isinstance(x, Mat):
        if float(n) != round(float(n)):
            raise UnknownError("a root of a matrix")
        return Mat(np.linalg.matrix_power(square(x), round(float(n))))
    return x**n


def function(word: str, x: Any) -> Any:
    if word == "det":
        return float(np.linalg.det(square(x)))
    if word == "tr":
        return float(np.trace(square(x)))
    return SCALAR[word](scalar(x))


def folded(rule: Callable[[Any, Any], Any], parts: list[Any]) -> Any:
    found = parts[0]
    for part in parts[1:]:
        found = rule(found, part)
    return found


def transposed(x: Any) -> Any:
    return Mat(x.of.T) if isinstance(x, Mat) else x


def bars(x: Any) -> Any:
    return float(np.linalg.det(square(x))) if isinstance(x, Mat) else np.abs(x)


RULES: Mapping[str, Callable[[Tree, list[Any]], Any]] = {
    "group": lambda t, p: p[0],
    "neg": lambda t, p: mul(-1.0, p[0]),
    "add": lambda t, p: folded(add, p),
    "mul": lambda t, p: folded(mul, p),
    "frac": lambda t, p: mul(p[0], 1 / scalar(p[1])),
    "over": lambda t, p: mul(p[0], 1 / scalar(p[1])),
    "pow": lambda t, p: power(*p),
    "sqrt": lambda t, p: np.sqrt(scalar(p[0])),
    "transpose": lambda t, p: transposed(p[0]),
    "bars": lambda t, p: bars(p[0]),
    "fn": lambda t, p: function(t.word, p[0]),
    "fnpow": lambda t, p: power(*p),
    "row": lambda t, p: [scalar(x) for x in p],
    "matrix": lambda t, p: matrix(p),
}


# -- operators ---------------------------------------------------------------------------------------------------------
def diff(tree: Tree, env: Env) -> Any:
    name, _, order = tree.word.rpartition(":")
    at = named(name, env)

    def of(x: Any) -> Any:
        return scalar(value(tree.parts[0], {**env, name: x}))

    if order == "1":
        h = 1e-5
        return (of(at + h) - of(at - h)) / (2 * h)
    h = 1e-3
    return (of(at + h) - 2 * of(at) + of(at - h)) / h**2


def integral(tree: Tree, env: Env) -> Any:
    low, high = (end(part, sign, env) for part, sign in zip(tree.parts[1:] or (None, None), (-1, 1), strict=True))
    if low is None and high is None:
        return over_grid(lambda x: scalar(value(tree.parts[0], {**env, tree.word: x})))
    if low is None or high is None:
        raise UnknownError("a half line")
    nodes, weights = np.polynomial.legendre.leggauss(60)
    x = (high - low) / 2 * nodes + (high + low) / 2
    return float(np.sum(weights * value(tree.parts[0], {**env, tree.word: x}))) * (high - low) / 2


def end(part: Tree | None, sign: int, env: Env) -> Any:
    """A finite bound, None for an infinite one."""
    return None if part is None or part.op == "infinity" else value(part, env)


def over_grid(of: Callable[[Any], Any]) -> float:
    found = np.broadcast_to(of(GRID), GRID.shape)
    return float(np.sum(found) * (GRID[1] - GRID[0]))


def mean(tree: Tree, env: Env) -> Any:
    """The mean under the density exp(-E) / Z of the instance."""

    def of(x: Any) -> Any:
        return scalar(value(tree.parts[0], {**env, tree.word: x}))

    return over_grid(lambda x: of(x) * np.exp(-env["energy"](env, x))) / over_grid(
        lambda x: np.exp(-env["energy"](env, x))
    )


OPERATORS: Mapping[str, Callable[[Tree, Env], Any]] = {"diff": diff, "mean": mean, "integral": integral}


# -- comparing ---------------------------------------------------------------------------------------------------------
def gap(x: Any, y: Any) -> float:
    """The largest difference relative to the larger size; infinite where the shapes differ."""
    if isinstance(x, Mat) != isinstance(y, Mat):
        return float("inf")
    a, b = (v.of if isinstance(v, Mat) else np.asarray(v, dtype=float) for v in (x, y))
    if a.shape != b.shape:
        return float("inf")
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(a)), np.max(np.abs(b)), 1e-6))
