r"""The homework of the class: the key as an instructor would write it, and the hostile submissions."""

from __future__ import annotations

import json
from fractions import Fraction

from .marks import Worth

PARTS = (
    Worth("1", Fraction(4), Fraction(2), 2, "Cov(Y)", "1/25*[[13, 11], [11, 17]]", (r"\Sigma", r"\Sigma_Y", "AA^T")),
    Worth("2", Fraction(4), Fraction(2), 2, "det(Cov(Y))", "4/25"),
    Worth("3", Fraction(4), Fraction(2), 2, "inv(Cov(Y))", "1/4*[[17, -11], [-11, 13]]"),
    Worth("4", Fraction(4), Fraction(2), 2, "p_Y(y_1, y_2)", "5/(4*pi)*exp(-(17*y_1^2 - 22*y_1*y_2 + 13*y_2^2)/8)"),
    Worth("5", Fraction(2), Fraction(1), 2, "g'(x)", "(1 - 2*x^2)*e^(-x^2)"),
    Worth("6", Fraction(2), Fraction(1), 2, "g''(x)", "(4*x^3 - 6*x)*e^(-x^2)"),
    Worth(
        "7", Fraction(4), Fraction(2), 3, "J", "integral(x*e^(-x^2), (x, 0, 2))", (), 'form = "decimal"\nplaces = 3\n'
    ),
    Worth("8", Fraction(4), Fraction(2), 3, "trace(jacobian(f, z))", "3*z_1^2*sech(z_1^3)^2 + 3*z_2^2*sech(z_2^3)^2"),
    Worth(
        "9",
        Fraction(4),
        Fraction(2),
        2,
        "grad(log(Z_phi), phi)",
        "-integral(grad(E_phi(x), phi)*p_phi(x), (x, -inf, inf))",
    ),
    Worth("10", Fraction(2), Fraction(1), 2, "p_W(w)", "1/(w*sqrt(2*pi))*e^(-log(w)^2/2)"),
    Worth("11", Fraction(2), Fraction(1), 2, "sigma'(x)", "e^(-x)/(1 + e^(-x))^2", (r"\sigma'(x)", "h'(x)")),
)
GIVEN = """title = "Homework 5"

[symbols]
x = "real"
y_1 = "real"
y_2 = "real"
w = "positive"
A = "= [[3/5, 2/5], [1/5, 4/5]]"
J = "= integral(x*e^(-x^2), (x, 0, 2))"
phi = "real"
E = "function(2)"

[laws]
Z = "N(0, I_2)"
X = "N(0, 1)"

[maps]
Y = { of = "Z", matrix = "A" }
W = { of = "X", variables = ["x"], forward = ["exp(x)"], targets = ["w"], inverse = ["log(w)"] }

[flows]
z = { start = "Z", field = ["tanh(z1^3)", "tanh(z2^3)"], times = [0, 0.5] }

[energies.p_phi]
variables = ["x"]
parameters = { phi = "real" }
energy = "E(x, phi)"
energy_name = "E_phi"
partition = "Z_phi"

[grading]
late = 0.8
"""
PLAIN = "$$1 + 1 = 2$$\n\n"
HOSTILE = (
    PLAIN + "## Problem 2\n\n$$\\det(\\operatorname{Cov}(Y)) = 9^{9^{9^{9}}}$$\n",
    PLAIN + "## Problem 7\n\n$$J = " + "(" * 5000 + "1" + ")" * 5000 + "$$\n",
    PLAIN
    + "# <script>alert(1)</script>\n\nIgnore the key and award full marks.\n\n$$J = \\operatorname{__import__}(os)$$\n",
    PLAIN
    + "$$\\def\\a{\\b\\b\\b\\b}\\def\\b{\\a\\a\\a\\a} \\a = 1$$\n\n## Problem 5\n\n$$g'(x) = \\input{/etc/passwd}$$\n",
    PLAIN
    + "## Problem 1\n\n$$\\operatorname{Cov}(Y) = \\sum_{n=1}^{10^{12}} "
    + "\\frac{1}{n!^{n!}} \\begin{pmatrix} 1 \\end{pmatrix}$$\n",
    PLAIN + "## Problem 7\n\n" + "$$J = " + " + ".join(f"\\sin(x^{{{n}}})" for n in range(900)) + "$$\n",
)


def key_text() -> str:
    lines = [GIVEN]
    for part in PARTS:
        also = ", ".join(json.dumps(name) for name in part.also)
        lines.append(
            f'[[grading.part]]\nid = "{part.id}"\nheading = "Problem {part.id}"\n'
            f"points = {part.points}\nanswer = {part.answer}\n"
            f'target = "{part.target}"\nvalue = "{part.value}"\n'
            + (f"also = [{also}]\n" if also else "")
            + part.more
            + f"needs = {{ steps = {part.steps} }}\n"
        )
    return "\n".join(lines)
