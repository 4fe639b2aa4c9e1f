r"""The documents of the campaigns, each with concrete instances on which all of its true links hold.

The values are written by hand from the mathematics of each document (a Gaussian through a matrix, a flow, an energy);
nothing of the product takes part.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from small_values import Mat, matrix, over_grid

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
Instance = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """A document and a maker of its instances.

    `pairs` are the names that a slip of an index exchanges, `others` names that may stand for names of the document.
    """

    path: Path
    instance: Callable[[random.Random], Instance]
    pairs: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def renamed(self) -> str:
        """The text with its names renamed throughout."""
        text = self.text
        for old, new in self.others:
            text = re.sub(rf"(?<![A-Za-z\\]){re.escape(old)}(?![A-Za-z])", lambda _, new=new: new, text)
        return text


def normal(x: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> float:
    """The density of N(mean, cov) in the plane, from its definition."""
    d = x - mean
    (a, b), (c, e) = cov
    det = a * e - b * c
    form = (e * d[0] * d[0] - (b + c) * d[0] * d[1] + a * d[1] * d[1]) / det
    return float(np.exp(-form / 2) / (2 * np.pi * np.sqrt(det)))


def number(r: random.Random) -> float:
    return r.choice((-1, 1)) * r.uniform(0.3, 1.2)


def constants() -> Instance:
    return {"\\pi": np.pi, "e": np.e, "I": matrix(np.eye(2))}


def gauss(r: random.Random) -> Instance:
    """Y = A Z with the matrix of the homework."""
    a = np.array([[0.6, 0.4], [0.2, 0.8]])
    z, y = (np.array([number(r), number(r)]) for _ in range(2))
    return {
        "A": Mat(a),
        "z_1": z[0],
        "z_2": z[1],
        "y_1": y[0],
        "y_2": y[1],
        "y": lambda env: matrix([[env["y_1"]], [env["y_2"]]]),
        "p_Z": lambda env, u, v: normal(np.array([u, v]), np.zeros(2), np.eye(2)),
        "p_Y": lambda env, u, v: normal(np.array([u, v]), np.zeros(2), a @ a.T),
    }


def flow(r: random.Random, name: str, field: Callable[[float], float], slope: Callable[[float], float]) -> Instance:
    """The state and the Jacobian of a flow that acts on each component alone."""
    x = [number(r), number(r)]
    found: Instance = {f"{name}_{i}": x[i - 1] for i in (1, 2)}

    def jacobian(env: Instance) -> Mat:
        return matrix(np.diag([slope(env[f"{name}_{i}"]) for i in (1, 2)]))

    for at in (name, f"{name}(t)"):
        found[rf"\frac{{\partial f}}{{\partial {name}}}"] = jacobian
        found[rf"\frac{{\partial f({at})}}{{\partial {name}}}"] = jacobian
    for i in (1, 2):
        found[f"{name}_{i}(t)"] = x[i - 1]
    found[f"f({name}(t))"] = lambda env: matrix([[field(env[f"{name}_{i}"])] for i in (1, 2)])
    return found


def tanh_cubed(r: random.Random, name: str) -> Instance:
    return flow(r, name, lambda x: np.tanh(x**3), lambda x: 3 * x**2 / np.cosh(x**3) ** 2)


def energy(r: random.Random, parameter: str, variable: str, of: Callable[[Any, Any], Any], normaliser: str) -> Instance:
    """A model exp(-E)/Z with E(x) = of(parameter, x)."""

    def e(env: Instance, x: Any) -> Any:
        return of(env[parameter], x)

    def z(env: Instance, *args: Any) -> float:
        inner = {**env, parameter: args[0]} if args else env
        return over_grid(lambda x: np.exp(-e(inner, x)))

    return {
        parameter: r.uniform(0.6, 1.6),
        variable: number(r),
        "energy": e,
        f"E_{parameter}": e,
        f"p_{parameter}": lambda env, x: np.exp(-e(env, x)) / z(env),
        normaliser: z,
    }


def quartic(t: Any, x: Any) -> Any:
    return t * x**2 / 2 + x**4 / 4 + t**2 * x / 3


def homework(r: random.Random) -> Instance:
    return {
        **constants(),
        **gauss(r),
        **tanh_cubed(r, "Z"),
        **energy(r, "\\phi", "x", quartic, "Z_\\phi"),
    }


def example(r: random.Random) -> Instance:
    return {
        **constants(),
        **gauss(r),
        **tanh_cubed(r, "x"),
        **energy(r, "\\phi", "u", quartic, "Z_\\phi"),
    }


def contracting(r: random.Random) -> Instance:
    """dz/dt = -z^3 from a at time 0: a = Z / sqrt(1 - 2 t Z^2); points with 2 t Z^2 < 1."""
    t = r.uniform(0.05, 0.2)
    found = {**constants(), **flow(r, "Z", lambda x: -(x**3), lambda x: -3 * x**2), "t": t}

    def start(env: Instance, i: int) -> float:
        return float(env[f"Z_{i}"] / np.sqrt(1 - 2 * env["t"] * env[f"Z_{i}"] ** 2))

    def density(env: Instance, *args: Any) -> float:
        return normal(np.array([start(env, 1), start(env, 2)]), np.zeros(2), np.eye(2))

    found |= {f"a_{i}": (lambda env, i=i: start(env, i)) for i in (1, 2)}
    found["p_0(a)"] = density
    found["p(Z, t)"] = lambda env: (
        density(env) * np.prod([(1 - 2 * env["t"] * env[f"Z_{i}"] ** 2) ** -1.5 for i in (1, 2)])
    )
    return found


def affine(r: random.Random) -> Instance:
    """Y = B X + mu, u and v for y - mu."""
    b, m = np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([1.0, -1.0])
    u, v = number(r), number(r)
    return {
        **constants(),
        "B": Mat(b),
        "\\Sigma": Mat(b @ b.T),
        "\\boldsymbol{\\mu}": matrix(m[:, None]),
        "u": u,
        "v": v,
        "y": matrix([[u + 1], [v - 1]]),
        "y_1": u + 1,
        "y_2": v - 1,
        "p_Y": lambda env, y: normal(y.of[:, 0], m, b @ b.T),
        "h(Y)": float(np.log(2 * np.pi * np.e * np.sqrt(np.linalg.det(b @ b.T)))),
    }


def square(r: random.Random) -> Instance:
    return {
        **constants(),
        **energy(r, "\\theta", "x", lambda t, x: t * x**2 / 2, "Z"),
        "\\epsilon": r.uniform(0.1, 0.9),
    }


OPEN = SHARED / "open" / "docs"
DOCUMENTS = (
    Document(
        SHARED / "seed" / "homework.md",
        homework,
        (("y_1", "y_2"), ("Z_1", "Z_2"), ("z_1", "z_2")),
        (("y", "w"), ("\\phi", "\\eta")),
    ),
    Document(OPEN / "reza_cubic_ocr.md", contracting, (("Z_1", "Z_2"), ("a_1", "a_2")), (("Z", "X"), ("a", "b"))),
    Document(OPEN / "sara_gauss2d.md", affine, (("u", "v"), ("y_1", "y_2")), (("B", "M"), ("u", "r"), ("y", "w"))),
    Document(OPEN / "yuki_ebm_gauss.md", square, (("x", "\\theta"),), (("\\theta", "\\lambda"), ("x", "u"))),
    Document(
        ROOT / "examples" / "homework.md",
        example,
        (("y_1", "y_2"), ("x_1", "x_2"), ("z_1", "z_2")),
        (("y", "w"), ("\\phi", "\\eta"), ("u", "v")),
    ),
)
