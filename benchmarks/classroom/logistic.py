r"""Problem 11: the logistic function, its derivative and its logarithm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .chains import Chain, constant, named
from .hand import Hand, Section
from .pen import Pen
from .worlds import LINE

LOGISTIC = (
    "square lost",
    "sign",
    "derivative of the bracket lost",
    "log term by term",
    "factor cancelled from one term",
)


def logistic(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""s' = e^{-x}/(1 + e^{-x})^2 = s (1 - s);  1 - s = e^{-x}/(1 + e^{-x}) = s(-x);  log s, and its derivative."""
    section = Section("Logistic function")
    x, s = "x", pen.say(r"\sigma", r"\sigma", "h")
    bell = pen.exp(f"-{x}")
    bottom = f"1 + {bell}"
    section.add(rf"Let ${s}({x}) = {pen.over('1', bottom)}$ for real ${x}$.")
    value = 1 / (1 + np.exp(-LINE))
    rate, planted = value * (1 - value), None
    top, power = bell, "^2"
    if slip == "square lost":
        power, rate, planted = "", 1 - value, 0
    if slip == "sign":
        top, rate, planted = f"-{bell}", -rate, 0
    if slip == "derivative of the bracket lost":
        top, rate, planted = "1", value**2, 0
    sides = [
        named(pen.say(f"{s}'({x})", rf"\frac{{d}}{{d{x}}} {s}({x})"), "s1"),
        constant(pen.over(top, f"({bottom}){power}"), rate),
    ]
    if planted is None:
        sides.append(constant(pen.product(f"{s}({x})", pen.wrap(f"1 - {s}({x})")), rate))
    section.add(
        Chain(
            tuple(sides),
            "s1",
            planted,
            slip if planted is not None else "",
            answer=True,
            before=pen.say("The quotient rule gives", "By the chain rule", ""),
        )
    )
    complement, lost = 1 - value, slip == "factor cancelled from one term"
    middle = constant(pen.over(bell, bottom), complement)
    last = constant(f"{s}(-{x})", complement)
    if lost:
        last = constant(pen.over("1", f"1 + {pen.exp(x)}") + " + 1", complement + 1)
    chain = Chain((named(f"1 - {s}({x})", "s0"), middle, last), "s0", 1 if lost else None, slip if lost else "")
    section.add(replace(chain, before=pen.say("Also", "Note that", "")))
    split = slip == "log term by term"
    log = constant(rf"-\log(1) - \log({bell})" if split else rf"-\log({bottom})", LINE if split else np.log(value))
    head = named(rf"\log {s}({x})", "logs")
    follows = (("dlogs", np.ones_like(LINE)),) if split else ()
    section.add(
        Chain(
            (head, log),
            "logs",
            0 if split else None,
            slip if split else "",
            follows=follows,
            before=pen.say("The logarithm is", ""),
        )
    )
    if not split:
        head = named(rf"\frac{{d}}{{d{x}}} \log {s}({x})", "dlogs")
        section.add(
            Chain((head, constant(f"1 - {s}({x})", 1 - value)), "dlogs", before=pen.say("with the derivative", "and"))
        )
    return section
