r"""One student's notation: drawn once by lot, then used throughout the document."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

FRACTIONS = ("frac", "frac", "frac", "dfrac", "tfrac", "short", "decimal")
MATRICES = ("pmatrix", "pmatrix", "bmatrix", "bmatrix", "array", "lines", "small")
TRANSPOSES = ("^T", "^T", r"^\top", r"^{\top}", r"^{T}", r"^{\mathsf{T}}", r"^\intercal")
COVARIANCES = (
    r"\operatorname{Cov}(Y)",
    r"\operatorname{Cov}(Y)",
    r"\mathrm{Cov}(Y)",
    r"\operatorname{Cov}[Y]",
    r"\text{Cov}(Y)",
    r"\Sigma",
    r"\Sigma_Y",
    "AAT",
)
TRACES = (
    r"\operatorname{tr}",
    r"\operatorname{tr}",
    r"\mathrm{tr}",
    r"\operatorname{trace}",
    r"\text{trace}",
    r"\operatorname{Tr}",
)
SECHS = (r"\operatorname{sech}", r"\operatorname{sech}", r"\mathrm{sech}", r"\text{sech}", "cosh")
MEANS = (r"\mathbb{E}_{x \sim p_\phi}", r"\mathbb{E}_{p_\phi}", r"\mathbb E_{x\sim p_\phi}", r"E_{x \sim p_{\phi}}")


class Pen:
    """Draws and keeps what this student writes; `plain` keeps to what a problem file declares."""

    def __init__(self, rng: random.Random, plain: bool = False) -> None:
        self.rng = rng
        self.plain = plain
        pick = rng.choice
        self.fraction, self.matrix_kind, self.transpose = pick(FRACTIONS), pick(MATRICES), pick(TRANSPOSES)
        self.cov_name = pick(COVARIANCES[:4] if plain else COVARIANCES)
        self.trace, self.sech_name, self.mean = pick(TRACES), pick(SECHS), pick(MEANS)
        self.exponential, self.dot = pick(("e", "e", "exp")), pick((r" \cdot ", r" \cdot ", r" \times "))
        self.brackets = pick(("left", "left", "plain", "big"))
        lot = rng.random()
        self.y = ("y_1", "y_2") if plain or lot < 0.85 else ("u", "v")
        self.x = "x" if plain else pick(("x", "x", "x", "x", "t", "s"))
        self.w = "w" if plain else pick(("w", "w", "w", "v"))
        self.dummy = pick(("u", "u", "s", "v"))
        self.vector = r"\mathbf{y}" if not plain and rng.random() < 0.15 else "y"

    # -- numbers -------------------------------------------------------------------------------------------------------
    def num(self, q: Fraction | int) -> str:
        q = Fraction(q)
        sign = "-" if q < 0 else ""
        return sign + self.positive(abs(q))

    def positive(self, q: Fraction) -> str:
        if q.denominator == 1:
            return str(q.numerator)
        if self.fraction == "decimal" and (text := decimal(q)):
            return text
        if self.fraction == "short" and q.numerator < 10 and q.denominator < 10:
            return rf"\frac{q.numerator}{q.denominator}"
        name = self.fraction if self.fraction in ("dfrac", "tfrac") else "frac"
        return rf"\{name}{{{q.numerator}}}{{{q.denominator}}}"

    def over(self, top: str, bottom: str) -> str:
        name = self.fraction if self.fraction in ("dfrac", "tfrac") else "frac"
        return rf"\{name}{{{top}}}{{{bottom}}}"

    def entry(self, q: Fraction | int) -> str:
        q = Fraction(q)
        slash = self.matrix_kind in ("small", "array") and self.fraction != "decimal" and q.denominator != 1
        return f"{q.numerator}/{q.denominator}" if slash else self.num(q)

    # -- matrices ------------------------------------------------------------------------------------------------------
    def matrix(self, rows: Sequence[Sequence[Fraction | int | str]]) -> str:
        cells = [[c if isinstance(c, str) else self.entry(c) for c in row] for row in rows]
        kind = self.matrix_kind
        if kind == "array":
            body = r" \\ ".join(" & ".join(row) for row in cells)
            return rf"\left(\begin{{array}}{{{'c' * len(cells[0])}}} {body} \end{{array}}\right)"
        if kind == "lines":
            body = " \\\\\n".join(" & ".join(row) for row in cells)
            return f"\\begin{{pmatrix}}\n{body}\n\\end{{pmatrix}}"
        if kind == "small":
            body = r"\\".join("&".join(row) for row in cells)
            return rf"\left(\begin{{smallmatrix}}{body}\end{{smallmatrix}}\right)"
        body = r" \\ ".join(" & ".join(row) for row in cells)
        return rf"\begin{{{kind}}} {body} \end{{{kind}}}"

    def scaled(self, factor: Fraction, rows: Sequence[Sequence[int]]) -> str:
        """A number times a matrix, or the matrix with the number in it."""
        if factor == 1:
            return self.matrix(rows)
        if self.rng.random() < 0.3:
            return self.matrix([[factor * c for c in row] for row in rows])
        joint = self.rng.choice((" ", " ", r" \, ", self.dot))
        return f"{self.num(factor)}{joint}{self.matrix(rows)}"

    # -- expressions ---------------------------------------------------------------------------------------------------
    def wrap(self, text: str) -> str:
        if self.brackets == "left":
            return rf"\left( {text} \right)"
        if self.brackets == "big":
            return rf"\bigl({text}\bigr)"
        return f"({text})"

    def exp(self, text: str) -> str:
        return f"e^{{{text}}}" if self.exponential == "e" else rf"\exp\left({text}\right)"

    def terms(self, terms: Sequence[tuple[Fraction | int, str]], keep: bool = False) -> str:
        """A sum of numbers times monomials ("" for the number alone), in any order; terms that are 0 are left out."""
        left = [(Fraction(c), m) for c, m in terms if c]
        if not keep and self.rng.random() < 0.3:
            self.rng.shuffle(left)
        text = ""
        for c, monomial in left:
            size = abs(c)
            number = "" if size == 1 and monomial else self.positive(size)
            gap = " " if number and monomial else ""
            sign = "-" if c < 0 else "" if not text else "+"
            text += f" {sign} " if text else sign
            text += f"{number}{gap}{monomial}"
        return text or "0"

    def product(self, *factors: str) -> str:
        """Factors in any order, behind each other."""
        found = list(factors)
        if self.rng.random() < 0.4:
            self.rng.shuffle(found)
        return self.dot.join(found) if self.rng.random() < 0.4 else " ".join(found)

    def sech2(self, text: str, power: int = 2) -> str:
        if self.sech_name == "cosh":
            return rf"\frac{{1}}{{\cosh{'^2' if power == 2 else ''}({text})}}"
        return rf"{self.sech_name}{'^2' if power == 2 else ''}({text})"

    def say(self, *choices: str) -> str:
        return self.rng.choice(choices)


def decimal(q: Fraction) -> str:
    """The exact decimal of a fraction that has a short one, else ""."""
    scaled = q * 10_000
    if scaled.denominator != 1:
        return ""
    return f"{scaled.numerator / 10_000:.4f}".rstrip("0").rstrip(".")
