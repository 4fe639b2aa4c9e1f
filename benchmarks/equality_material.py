"""What the benchmark of equality judges: twenty typical pairs, and a class of three hundred with fifty links each.

The pairs are of the kind that solved homework on generative models is made of: densities and their logarithms, traces,
hyperbolic identities, completed squares.  Each answer was worked out by hand.  A sheet has fifty questions; a student
writes one of several right forms, and now and then a wrong one, so that a class has about five hundred distinct links.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """lhs = rhs in TeX with plain declarations of the names, and whether it holds."""

    lhs: str
    rhs: str
    symbols: dict[str, str]
    equal: bool


REAL = {"x": "real", "y": "real"}
GAUSS = {"x": "real", r"\mu": "real", r"\sigma": "positive"}
TYPICAL = (
    Pair(r"3x^2\operatorname{sech}^2(x^3)", r"3x^2(1-\tanh^2(x^3))", REAL, True),
    Pair(r"\operatorname{sech}^2(x)", r"\frac{4}{(e^x+e^{-x})^2}", REAL, True),
    Pair(r"\frac{1}{1+e^{-x}}", r"\frac{1+\tanh(x/2)}{2}", REAL, True),
    Pair(r"\frac{1}{\sqrt{2\pi}\sigma}e^{-\frac{(x-\mu)^2}{2\sigma^2}}",
         r"\frac{\exp(-(x-\mu)^2/(2\sigma^2))}{\sqrt{2\pi\sigma^2}}", GAUSS, True),
    Pair(r"\log\left(\frac{1}{\sqrt{2\pi}\sigma}e^{-x^2/(2\sigma^2)}\right)",
         r"-\frac{x^2}{2\sigma^2}-\log\sigma-\frac12\log(2\pi)", GAUSS, True),
    Pair(r"\frac{17x^2-22xy+13y^2}{8}", r"\frac{13}{8}\left(y-\frac{11x}{13}\right)^2+\frac{25x^2}{26}", REAL, True),
    Pair(r"(x+y)^3", r"x^3+3x^2y+3xy^2+y^3", REAL, True),
    Pair(r"\cosh^2x+\sinh^2x", r"\cosh(2x)", REAL, True),
    Pair(r"\frac{x}{1+x^2}-\frac{x}{(1+x^2)^2}", r"\frac{x^3}{(1+x^2)^2}", REAL, True),
    Pair(r"\sin(x+y)", r"\sin x\cos y+\cos x\sin y", REAL, True),
    Pair(r"\frac{1}{2}\left(\frac35 x+\frac25 y\right)^2", r"\frac{9x^2+12xy+4y^2}{50}", REAL, True),
    Pair(r"e^{-x^2/2}e^{-y^2/2}", r"\exp\left(-\frac{x^2+y^2}{2}\right)", REAL, True),
    Pair(r"3x^2\operatorname{sech}^2(x^3)", r"3x^2(1-\tanh(x^3))", REAL, False),
    Pair(r"\frac{1}{\sqrt{2\pi}\sigma}e^{-\frac{(x-\mu)^2}{2\sigma^2}}",
         r"\frac{\exp(-(x-\mu)^2/\sigma^2)}{\sqrt{2\pi\sigma^2}}", GAUSS, False),
    Pair(r"\log\left(\frac{1}{\sqrt{2\pi}\sigma}e^{-x^2/(2\sigma^2)}\right)",
         r"-\frac{x^2}{2\sigma^2}-\sigma-\frac12\log(2\pi)", GAUSS, False),
    Pair(r"\frac{17x^2-22xy+13y^2}{8}", r"\frac{13}{8}\left(y-\frac{11x}{13}\right)^2+\frac{25x^2}{13}", REAL, False),
    Pair(r"(x+y)^3", r"x^3+3x^2y+3xy^2-y^3", REAL, False),
    Pair(r"\frac{1}{1+e^{-x}}", r"\frac{1+\tanh(x)}{2}", REAL, False),
    Pair(r"\cosh^2x+\sinh^2x", r"1", REAL, False),
    Pair(r"e^{-x^2/2}e^{-y^2/2}", r"\exp\left(-\frac{x+y}{2}\right)^2", REAL, False),
)  # fmt: skip

# A question: the left side, right forms of it, wrong ones; {k} is a number of the sheet.
QUESTIONS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (r"(x+{k})^2", (r"x^2+2\cdot{k}x+{k}^2", r"x(x+{k})+{k}(x+{k})", r"{k}^2+x^2+2\cdot{k}x"), (r"x^2+{k}^2",)),
    (r"\tanh({k}x)", (r"\frac{e^{{k}x}-e^{-{k}x}}{e^{{k}x}+e^{-{k}x}}", r"1-\frac{2}{e^{2\cdot{k}x}+1}",
                      r"\frac{\sinh({k}x)}{\cosh({k}x)}"), (r"1-\frac{1}{e^{2\cdot{k}x}+1}",)),
    (r"\operatorname{sech}^2({k}x)", (r"1-\tanh^2({k}x)", r"\frac{1}{\cosh^2({k}x)}",
                                      r"\frac{4}{(e^{{k}x}+e^{-{k}x})^2}"), (r"1-\tanh({k}x)",)),
    (r"\log\left(e^{-x^2/{k}}\right)", (r"-\frac{x^2}{{k}}", r"-\frac{1}{{k}}x^2", r"-x\cdot\frac{x}{{k}}"),
     (r"\frac{x^2}{{k}}",)),
    (r"\frac{e^{-y^2/(2s^2)}}{s\sqrt{2\pi}}", (r"\frac{1}{\sqrt{2\pi s^2}}e^{-\frac{y^2}{2s^2}}",
     r"\frac{\exp(-y^2/(2s^2))}{\sqrt{2\pi}s}", r"\frac{1}{s\sqrt{2\pi}\,e^{y^2/(2s^2)}}"),
     (r"\frac{1}{\sqrt{2\pi s}}e^{-\frac{y^2}{2s^2}}",)),
    (r"\frac{1}{x^2+{k}}-\frac{1}{x^2+{k}+1}", (r"\frac{1}{(x^2+{k})(x^2+{k}+1)}",
     r"\frac{(x^2+{k}+1)-(x^2+{k})}{(x^2+{k})(x^2+{k}+1)}"), (r"\frac{-1}{(x^2+{k})(x^2+{k}+1)}",)),
    (r"\cos({k}x)^2", (r"1-\sin^2({k}x)", r"\frac{1+\cos(2\cdot{k}x)}{2}"), (r"\frac{1-\cos(2\cdot{k}x)}{2}",)),
    (r"\frac{1}{1+e^{-{k}y}}", (r"\frac{e^{{k}y}}{1+e^{{k}y}}", r"1-\frac{1}{1+e^{{k}y}}"), (r"\frac{1}{1+e^{{k}y}}",)),
    (r"(x-{k}y)(x+{k}y)", (r"x^2-{k}^2y^2", r"x^2-({k}y)^2"), (r"x^2+{k}^2y^2",)),
    (r"\log({k}s)+\log(s)", (r"\log({k}s^2)", r"2\log s+\log {k}"), (r"\log({k}+s)",)),
)  # fmt: skip
LINKS = 50
DECLARED = "# Sheet\n\nLet $x \\in \\mathbb{R}$, $y \\in \\mathbb{R}$ and $s > 0$.\n\n"


def question(number: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The question of a number: the templates in turn, with another constant each time."""
    lhs, right, wrong = QUESTIONS[number % len(QUESTIONS)]
    k = str(2 + number // len(QUESTIONS) % 97)
    return lhs.replace("{k}", k), tuple(r.replace("{k}", k) for r in right), tuple(w.replace("{k}", k) for w in wrong)


def sheet(student: int, links: int = LINKS, seed: int = 6) -> tuple[str, list[bool]]:
    """The Markdown of one student, and which of the links hold."""
    choose = random.Random(f"{seed}/{student}")
    lines, holds = [], []
    for number in range(links):
        lhs, right, wrong = question(number)
        good = choose.random() > 0.1
        lines.append(f"$$ {lhs} = {choose.choice(right if good else wrong)} $$\n")
        holds.append(good)
    return DECLARED + "\n".join(lines), holds
