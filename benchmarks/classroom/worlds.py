"""What the named quantities of the homework are worth, in floating point, at fixed points.

The true world is computed from the statement of the homework.  A student's world begins as the true one; every wrong
equation that the student writes sets its left side, and what follows from it follows.  A link that is false in the true
world and true in the student's carries an earlier error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

Array = Any
A = np.array([[3 / 5, 2 / 5], [1 / 5, 4 / 5]])
PLANE = np.array([[0.3, -0.7], [1.1, 0.4], [-0.9, -1.3], [0.05, 2.1], [-1.7, 0.6]])  # points (z1, z2)
NEAR = PLANE / 40  # points (y1, y2), where no density of this class underflows
LINE = np.array([-1.3, -0.4, 0.25, 0.7, 1.6])  # points x
RAY = np.array([0.2, 0.6, 1.0, 1.9, 3.7])  # points w > 0
GRID = np.linspace(-9.0, 9.0, 36001)  # for integrals over the line of what decays like exp(-x^4)
PHIS = np.array([0.3, 0.8, 1.7])  # values of the parameter of the energy


class World:
    """Named quantities; those that follow from others follow again when these are set."""

    def __init__(self) -> None:
        self.values: dict[str, Array] = {}
        self.set("S", A @ A.T)
        self.values |= {"J": (1 - np.exp(-4.0)) / 2, "g1": g1(LINE), "g2": g2(LINE)}
        self.values["j2"] = slope(PLANE[:, 1])
        self.set("j1", slope(PLANE[:, 0]))
        s = 1 / (1 + np.exp(-LINE))
        self.values |= {"s1": s * (1 - s), "s0": 1 - s, "logs": np.log(s), "dlogs": 1 - s}
        self.values |= {"one": np.eye(2), "jacobian": np.stack([self["j1"], self["j2"]])}
        self.values |= {"mean": np.exp(0.5), "logpW": -np.log(RAY) - np.log(2 * np.pi) / 2 - np.log(RAY) ** 2 / 2}
        self.values |= {"pW": np.exp(-(np.log(RAY) ** 2) / 2) / (RAY * np.sqrt(2 * np.pi))}
        self.set("glz", -mean_slope())

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    def set(self, name: str, value: Array) -> None:
        """Give a quantity a value, and those that are defined by it the values that follow."""
        self.values[name] = value
        follow: dict[str, Callable[[], None]] = {
            "S": self.covariance_set,
            "det": lambda: self.set("root", np.sqrt(self["det"])),
            "root": self.density_set,
            "inv": self.quad_set,
            "quad": self.density_set,
            "pW": lambda: self.values.update(logpW=np.log(self["pW"])),
            "pY": lambda: self.values.update(logpY=np.log(self["pY"])),
            "j1": self.trace_set,
            "tr": lambda: self.values.update(rate=-self["tr"]),
            "glz": lambda: self.values.update(glp=-SLOPES - self["glz"][:, None]),
        }
        if name in follow:
            follow[name]()

    def covariance_set(self) -> None:
        covariance = self["S"]
        self.set("det", covariance[0, 0] * covariance[1, 1] - covariance[0, 1] * covariance[1, 0])
        self.set("inv", np.linalg.inv(covariance))

    def quad_set(self) -> None:
        self.set("quad", np.einsum("ni,ij,nj->n", NEAR, self["inv"], NEAR))

    def density_set(self) -> None:
        if "quad" in self.values and "root" in self.values:
            self.set("pY", np.exp(-self["quad"] / 2) / (2 * np.pi * self["root"]))

    def trace_set(self) -> None:
        self.set("tr", self["j1"] + self["j2"])


def g1(x: Array) -> Array:
    return (1 - 2 * x**2) * np.exp(-(x**2))


def g2(x: Array) -> Array:
    return (4 * x**3 - 6 * x) * np.exp(-(x**2))


def slope(z: Array) -> Array:
    """The derivative of tanh(z^3)."""
    return 3 * z**2 / np.cosh(z**3) ** 2


# An instance of the energy E_phi(x) of which the homework says nothing: phi x^4 + phi^2 x^2 / 2.
def energy(x: Array, phi: Array) -> Array:
    return phi * x**4 + phi**2 * x**2 / 2


def energy_slope(x: Array, phi: Array) -> Array:
    """Its derivative by phi."""
    return x**4 + phi * x**2


SLOPES = energy_slope(LINE[None, :], PHIS[:, None])


def integral(values: Array) -> Array:
    return np.trapezoid(values, GRID, axis=-1)


def boltzmann(phi: Array) -> Array:
    return np.exp(-energy(GRID[None, :], phi[:, None]))


@cache
def partition() -> Array:
    return integral(boltzmann(PHIS))


@cache
def mean_slope() -> Array:
    """The expectation of the slope of the energy under the model, for every phi of PHIS."""
    return integral(energy_slope(GRID[None, :], PHIS[:, None]) * boltzmann(PHIS)) / partition()


def same(left: Array, right: Array) -> bool:
    """Equal up to rounding; what is planted must differ by far more, see `differs`."""
    size = np.max(np.abs(left)) + np.max(np.abs(right))
    return bool(np.shape(left) == np.shape(right) and np.max(np.abs(left - right)) <= 1e-9 * size)


def differs(left: Array, right: Array) -> bool:
    """Different beyond every doubt."""
    gap = np.max(np.abs(np.asarray(left, float) - np.asarray(right, float)))
    return bool(np.shape(left) == np.shape(right) and gap > 1e-4 * np.max(np.abs(left)))
