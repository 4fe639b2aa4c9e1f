r"""Random true claims about Gaussian maps, flows, energies and functions, with their truth from hand-written formulas.

Each maker draws rational parameters and returns declarations, left side and right side as text.  The formulas are those
of a textbook, written out in this file with Fractions; nothing of the product takes part.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Claim:
    """A problem file with one claim; `energy` is the energy as text where the right side has an expectation."""

    family: str
    declarations: str
    lhs: str
    rhs: str

    def text(self, rhs: str | None = None) -> str:
        return f"{self.declarations}\n[[claim]]\nplain = '{self.lhs} = {rhs or self.rhs}'\n"


def rational(r: random.Random, low: int = -9, high: int = 9, below: tuple[int, ...] = (2, 3, 4, 5)) -> Fraction:
    found = Fraction(0)
    while found == 0:
        found = Fraction(r.randint(low, high), r.choice(below))
    return found


def q(value: Fraction) -> str:
    """A fraction as text, in brackets where it is negative or a quotient."""
    return str(value) if value.denominator == 1 and value >= 0 else f"({value})"


def matrix_text(rows: list[list[Fraction]]) -> str:
    return "[" + ", ".join("[" + ", ".join(str(e) for e in row) + "]" for row in rows) + "]"


def toml_matrix(rows: list[list[Fraction]]) -> str:
    return "[" + ", ".join("[" + ", ".join(f'"{e}"' for e in row) + "]" for row in rows) + "]"


def invertible(r: random.Random) -> list[list[Fraction]]:
    while True:
        a = [[rational(r), rational(r)], [rational(r), rational(r)]]
        if a[0][0] * a[1][1] != a[0][1] * a[1][0]:
            return a


def gaussian_map(r: random.Random) -> tuple[str, list[list[Fraction]], Fraction]:
    """Declarations of Y = A Z, A A^T, and |det A|."""
    a = invertible(r)
    s = [[sum((a[i][k] * a[j][k] for k in range(2)), Fraction(0)) for j in range(2)] for i in range(2)]
    text = f'[laws]\nZ = "N(0, I_2)"\n[maps]\nY = {{ of = "Z", matrix = {toml_matrix(a)} }}'
    return text, s, abs(a[0][0] * a[1][1] - a[0][1] * a[1][0])


def covariance(r: random.Random) -> Claim:
    text, s, _ = gaussian_map(r)
    return Claim("covariance", text, "Cov(Y)", matrix_text(s))


def density(r: random.Random) -> Claim:
    text, s, scale = gaussian_map(r)
    det = scale * scale
    form = f"{q(s[1][1] / det)}*y1^2 - {q(2 * s[0][1] / det)}*y1*y2 + {q(s[0][0] / det)}*y2^2"
    return Claim("density", text, "p_Y(y1, y2)", f"1/(2*pi*{q(scale)})*exp(-1/2*({form}))")


def entropy(r: random.Random) -> Claim:
    text, _, scale = gaussian_map(r)
    return Claim("entropy", text, "H(Y)", f"1 + log(2*pi) + log({scale})")


def divergence_of_gaussians(r: random.Random) -> Claim:
    m1, m2 = rational(r), rational(r)
    s1, s2 = abs(rational(r)), abs(rational(r))
    text = f'[laws]\nP = "N({m1}, {s1})"\nQ = "N({m2}, {s2})"'
    rhs = f"1/2*({q(s1 / s2)} + {q((m2 - m1) ** 2 / s2)} - 1 + log({q(s2 / s1)}))"
    return Claim("KL", text, "KL(P, Q)", rhs)


def component(r: random.Random, own: str, other: str) -> tuple[str, str]:
    """A field component and its derivative by `own`, by hand."""
    c, k = rational(r), r.choice((1, 2, 3))
    power = f"{own}^{k}" if k > 1 else own
    slope = f"{k}*{own}^{k - 1}" if k > 2 else (f"2*{own}" if k == 2 else "1")
    return r.choice(
        (
            (f"{q(c)}*tanh({power})", f"{q(c)}*{slope}*sech({power})^2"),
            (f"{q(c)}*sin({power})*{other}", f"{q(c)}*{slope}*cos({power})*{other}"),
            (f"{q(c)}*{power} - {other}", f"{q(c)}*{slope}"),
            (f"exp(-{own}^2)*{q(c)} + {other}^2", f"-2*{own}*exp(-{own}^2)*{q(c)}"),
            (f"{q(c)}*{own}/(1 + {own}^2)", f"{q(c)}*(1 - {own}^2)/(1 + {own}^2)^2"),
            (f"{q(c)}*log(1 + {own}^2)", f"{q(c)}*2*{own}/(1 + {own}^2)"),
        )
    )


def flow(r: random.Random) -> tuple[str, str]:
    """Declarations of a flow in the plane, and its divergence."""
    (f1, d1), (f2, d2) = component(r, "z1", "z2"), component(r, "z2", "z1")
    text = f'[laws]\nZ = "N(0, I_2)"\n[flows]\nz = {{ start = "Z", field = ["{f1}", "{f2}"], times = [0, 0.5] }}'
    return text, f"{d1} + {d2}"


def trace(r: random.Random) -> Claim:
    text, div = flow(r)
    return Claim("divergence", text, "div(f, z)", div)


def log_density(r: random.Random) -> Claim:
    text, div = flow(r)
    along = div.replace("z1", "z1(t)").replace("z2", "z2(t)")
    return Claim("log-density", text, "d/dt log(p(z(t), t))", f"-({along})")


def energy(r: random.Random) -> tuple[str, Fraction, Fraction]:
    a, b = Fraction(r.randint(1, 6), r.choice((2, 3, 4))), rational(r, -4, 4, (2, 3))
    text = (
        '[energies]\np = { variables = ["x"], parameters = { a = "positive", b = "real" }, '
        f'energy = "a*x^4 - b*x^2", at = {{ a = "{a}", b = "{b}" }} }}'
    )
    return text, a, b


def stein(r: random.Random) -> Claim:
    text, _, _ = energy(r)
    return Claim("Stein", text, "E_p[x^4]", "1/(4*a) + b/(2*a)*E_p[x^2]")


def score(r: random.Random) -> Claim:
    text, _, _ = energy(r)
    return Claim("log Z", text, "diff(log(Z), b)", "E_p[x^2]")


def function(r: random.Random) -> Claim:
    """Identities of functions of two real names."""
    c, d = rational(r), rational(r)
    u, v = f"({q(c)}*x)", f"({q(d)}*y)"
    lhs, rhs = r.choice(
        (
            (f"tanh({u})", f"(exp(2*{u}) - 1)/(exp(2*{u}) + 1)"),
            (f"sech({u})^2", f"1 - tanh({u})^2"),
            (f"cosh({u} + {v})", f"cosh({u})*cosh({v}) + sinh({u})*sinh({v})"),
            (f"sin({u} - {v})", f"sin({u})*cos({v}) - cos({u})*sin({v})"),
            (f"({u} + {v})^3", f"{u}^3 + 3*{u}^2*{v} + 3*{u}*{v}^2 + {v}^3"),
            (f"sigmoid({u})", f"(1 + tanh({u}/2))/2"),
            (f"exp({u})*exp({v})", f"exp({u} + {v})"),
            (f"log(1 + {u}^2) - log(1 + {v}^2)", f"log((1 + {u}^2)/(1 + {v}^2))"),
        )
    )
    return Claim("function", '[symbols]\nx = "real"\ny = "real"', lhs, rhs)


MAKERS: tuple[Callable[[random.Random], Claim], ...] = (
    *(covariance, density, entropy, divergence_of_gaussians, trace, log_density, function, function),
    *(trace, density, stein, score),
)


def true_claim(seed: int) -> Claim:
    """Claim number `seed`: the makers in turn."""
    return MAKERS[seed % len(MAKERS)](random.Random(seed))
