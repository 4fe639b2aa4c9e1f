r"""Problems 8 to 10: the trace of a flow and its log-density, the gradient of log Z, a change of variables."""

from __future__ import annotations

import numpy as np

from .chains import Chain, Side, constant, named
from .hand import Hand, Section
from .pen import Pen
from .worlds import PLANE, RAY, SLOPES, Array, mean_slope, partition, slope

FLOW = (
    "square of sech lost",
    "inner derivative lost",
    "power not lowered",
    "term of the trace lost",
    "sign of the trace",
)
ENERGY = ("sign of grad log Z", "normaliser dropped", "terms exchanged", "sign kept")
CHANGE = ("Jacobian missing", "Jacobian inverted", "root lost", "square lost")


def flow(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""The derivatives of tanh(z_i^3), their sum, and d/dt log p along a path."""
    section = Section("Flow")
    z1, z2 = PLANE[:, 0], PLANE[:, 1]
    inner = 1 if slip == "power not lowered" else 0
    power = 1 if slip == "square of sech lost" else 2
    value = slope(z1)
    if slip == "square of sech lost":
        value = 3 * z1**2 / np.cosh(z1**3)
    if slip == "inner derivative lost":
        value = 1 / np.cosh(z1**3) ** 2
    if slip == "power not lowered":
        value = 3 * z1**3 / np.cosh(z1**3) ** 2
    factor = "" if slip == "inner derivative lost" else f"3 z_1^{2 + inner}"

    def one(t: str = "") -> str:
        argument = f"z_1{t}^3"
        sech = pen.sech2(argument, power)
        return pen.product(factor.replace("z_1", f"z_1{t}"), sech) if factor else sech

    def two(t: str = "") -> str:
        return pen.product(f"3 z_2{t}^2", pen.sech2(f"z_2{t}^3"))

    early = slip in FLOW[:3]
    section.add(r"The field is $f(z) = " + pen.matrix([[r"\tanh(z_1^3)"], [r"\tanh(z_2^3)"]]) + "$.")
    head1 = named(pen.say(r"\frac{d}{dz_1} \tanh(z_1^3)", r"\frac{\partial}{\partial z_1} \tanh(z_1^3)"), "j1")
    section.add(
        Chain(
            (head1, constant(one(), value)),
            "j1",
            0 if early else None,
            slip if early else "",
            before=pen.say("By the chain rule", "First", ""),
        )
    )
    head2 = named(r"\frac{d}{dz_2} \tanh(z_2^3)", "j2")
    section.add(Chain((head2, constant(two(), slope(z2))), "j2", before=pen.say("and likewise", "Similarly")))
    jacobian = r"\frac{\partial f}{\partial z}"
    if not early and pen.rng.random() < 0.6:
        entries = pen.matrix([[one(), "0"], ["0", two()]])
        diagonal = np.stack([value, slope(z2)])
        section.add(
            Chain(
                (named(jacobian, "jacobian"), constant(entries, diagonal)),
                "jacobian",
                before=pen.say("The Jacobian is diagonal:", "so"),
            )
        )
    trace = value if slip == "term of the trace lost" else value + slope(z2)
    total = (
        one()
        if slip == "term of the trace lost"
        else pen.say(f"{one()} + {two()}", f"{two()} + {one()}", f"{one()} + {two()}")
    )
    head = named(f"{pen.trace} {jacobian}" if pen.rng.random() < 0.5 else f"{pen.trace}{pen.wrap(jacobian)}", "tr")
    lost = slip == "term of the trace lost"
    section.add(
        Chain(
            (head, constant(total, trace)),
            "tr",
            0 if lost else None,
            slip if lost else "",
            answer=True,
            before=pen.say("The trace is", "Hence", "Summing the diagonal,"),
        )
    )
    section.add(
        along(
            pen,
            f"{pen.trace}{pen.wrap(jacobian)}",
            one("(t)"),
            "" if lost else two("(t)"),
            trace,
            slip == "sign of the trace",
            slip,
        )
    )
    return section


def lognormal(pen: Pen, w: str) -> list[Chain]:
    r"""log p_W(w) and E[W] = int e^x p_X(x) dx = e^{1/2}."""
    log = constant(
        rf"-\log {w} - \frac12 \log(2\pi) - \frac{{(\log {w})^2}}{{2}}",
        -np.log(RAY) - np.log(2 * np.pi) / 2 - np.log(RAY) ** 2 / 2,
    )
    density = pen.over("1", r"\sqrt{2\pi}") + " " + pen.exp("-x^2/2")
    middle = constant(rf"\int_{{-\infty}}^{{\infty}} e^x {density} \, dx", np.exp(0.5))
    mean = named(pen.say(r"\mathbb{E}[W]", r"\mathbb{E}(W)", r"\operatorname{E}[W]"), "mean")
    half = constant(pen.say("e^{1/2}", r"\sqrt{e}", r"\exp(1/2)"), np.exp(0.5))
    return [
        Chain((named(rf"\log p_W({w})", "logpW"), log), "logpW", before=pen.say("Taking logarithms", "Equivalently")),
        Chain((mean, middle, half), "mean", before=pen.say("The mean is", "Its mean:")),
    ]


def along(pen: Pen, trace_tex: str, one: str, two: str, trace: Array, turned: bool, slip: str) -> Chain:
    r"""d/dt log p(z(t), t) = -tr(..) = -(..)."""
    sign = 1 if turned else -1
    mark = "" if turned else "-"
    middle = Side(f"{mark}{trace_tex}", lambda w: sign * w["tr"])
    if not two:
        text = f"{mark}{one}"
    elif turned:
        text = f"{one} + {two}"
    else:
        text = pen.say("-" + pen.wrap(f"{one} + {two}"), f"-{one} - {two}", rf"-\left[{one} + {two}\right]")
    head = named(r"\frac{d}{dt} \log p(z(t), t)", "rate")
    planted = 0 if turned else None
    return Chain(
        (head, middle, constant(text, sign * trace)),
        "rate",
        planted,
        slip if turned else "",
        before=pen.say("Along a path", "The log-density then changes by", "Then"),
    )


def energy(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""grad log Z = 1/Z int (-grad E) e^{-E} = -int grad E p = -E[grad E]; the gradient of the log-likelihood."""
    section = Section("Energy")
    grad, e, z = r"\nabla_\phi", r"E_\phi(x)", r"Z_\phi"
    section.add(
        pen.say(
            rf"The model is $p_\phi(x) = \frac{{e^{{-{e}}}}}{{{z}}}$ with ${z} = \int e^{{-{e}}} \, dx$.",
            rf"Here $p_\phi(x) \propto e^{{-{e}}}$ with normaliser ${z} = \int e^{{-{e}}} dx$.",
        )
    )
    mean = mean_slope()
    planted: int | None = {"sign of grad log Z": 2, "normaliser dropped": 0, "sign kept": 1}.get(slip)
    front = "" if slip == "normaliser dropped" else f"{pen.over('1', z)} "
    one_value = -mean * partition() if slip == "normaliser dropped" else -mean
    one = constant(rf"{front}\int {pen.wrap(f'-{grad} {e}')} e^{{-{e}}} \, dx", one_value)
    sign = 1 if slip == "sign kept" else -1
    two = constant(rf"{'-' if sign < 0 else ''}\int {grad} {e} \, p_\phi(x) \, dx", sign * mean)
    last_sign = -sign if slip == "sign of grad log Z" else sign
    three = constant(rf"{'-' if last_sign < 0 else ''}{pen.mean}\left[{grad} {e}\right]", last_sign * mean)
    sides = [named(rf"{grad} \log {z}", "glz"), one, two, three]
    if slip == "normaliser dropped":
        sides = sides[:2]
    elif not slip and pen.rng.random() < 0.3:
        sides.pop(2)
    section.add(
        Chain(
            tuple(sides),
            "glz",
            planted,
            slip if planted is not None else "",
            answer=True,
            before=pen.say("Differentiating under the integral", "We have", ""),
        )
    )
    section.add(
        likelihood(
            pen,
            rf"{grad} \log p_\phi(x)",
            rf"{grad} {e}",
            rf"{grad} \log {z}",
            last_sign * mean if slip != "normaliser dropped" else one_value,
            last_sign,
            slip,
            sides[-1].tex,
        )
    )
    return section


def likelihood(pen: Pen, head: str, slope_tex: str, log_z: str, value: Array, sign: int, slip: str, last: str) -> Chain:
    r"""grad log p = -grad E - grad log Z = -grad E + E[grad E]."""
    one = Side(f"-{slope_tex} - {log_z}", lambda w: -SLOPES - w["glz"][:, None])
    planted = None
    two_tex = f"-{slope_tex} + {last[1:]}" if last.startswith("-") else f"-{slope_tex} - {last}"
    two_value = -SLOPES - value[:, None]
    if slip == "terms exchanged":
        planted, two_tex, two_value = 1, f"{slope_tex} - {last[1:]}", SLOPES + value[:, None]
    return Chain(
        (named(head, "glp"), one, constant(two_tex, two_value)),
        "glp",
        planted,
        slip if planted is not None else "",
        before=pen.say("For the log-likelihood", "and so"),
    )


def change(pen: Pen, hand: Hand, slip: str) -> Section:
    r"""p_W(w) = p_X(log w) / w = 1/(w sqrt(2 pi)) e^{-(log w)^2/2} for W = e^X."""
    section = Section("Change of variables")
    w = pen.w
    section.add(rf"Let $X \sim \mathcal{{N}}(0, 1)$ and $W = e^X$, and let ${w} > 0$.")
    bell = np.exp(-(np.log(RAY) ** 2) / 2) / np.sqrt(2 * np.pi)
    one, value = pen.say(rf"p_X(\log {w}) \cdot \frac{{1}}{{{w}}}", rf"\frac{{1}}{{{w}}} p_X(\log {w})"), bell / RAY
    bottom, front, planted = rf"{w} \sqrt{{2\pi}}", "1", 0 if slip in CHANGE[:2] else 1 if slip else None
    squared = rf"\log^2 {w}" if pen.rng.random() < 0.15 else rf"(\log {w})^2"
    if slip == "Jacobian missing":
        one, value, bottom = rf"p_X(\log {w})", bell, r"\sqrt{2\pi}"
    if slip == "Jacobian inverted":
        one, value, bottom, front = rf"{w} \, p_X(\log {w})", bell * RAY, r"\sqrt{2\pi}", w
    two_value = value
    if slip == "root lost":
        bottom, two_value = rf"2\pi {w}", value / np.sqrt(2 * np.pi)
    if slip == "square lost":
        squared, two_value = rf"\log {w}", np.exp(-np.log(RAY) / 2) / (RAY * np.sqrt(2 * np.pi))
    two = pen.over(front, bottom) + " " + pen.exp("-" + pen.over(squared, "2"))
    sides = (named(f"p_W({w})", "pW"), constant(one, value), constant(two, two_value))
    section.add(
        Chain(
            sides,
            "pW",
            planted,
            slip,
            answer=True,
            before=pen.say("By the change of variables", "The inverse is the logarithm, so", ""),
        )
    )
    if not slip:
        section.add(*lognormal(pen, w))
    return section
