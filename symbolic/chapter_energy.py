r"""The chapters of an energy-based density: gradient of log Z as an expectation, gradients of log p, Z in closed form.

    d/dphi log Z = (1/Z) dZ/dphi = (1/Z) int d/dphi e^(-E) dx = -(1/Z) int (dE/dphi) e^(-E) dx = -E_p[dE/dphi].

The exchange of derivative and integral is a step with conditions.  The second route is the calculus of moments
(`moments`): SymPy differentiates the integral itself, and both sides have one normal form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sympy

from .chapter_partition import closed_chapter, integral_of
from .context import EnergyLaw
from .derivation import Condition, DerivationStep, Label
from .derive_energy import EnergyDerivation, energy_derivation
from .derive_partition import closed_partition_function
from .entries import Chapter, SecondRoute
from .formal import Formal
from .moments import MomentTable
from .printing import name_tex
from .textbook import Textbook, vector_tex
from .zero import prove_equal

step = DerivationStep
# With more parameters than this the second derivatives fill a page and say nothing new.
MOST_HESSIAN = 2


def energy_chapters(formal: Formal, law: EnergyLaw) -> Iterator[Chapter]:
    """The chapters of an energy-based density, in the order of a textbook."""
    energy = formal.scalar(law.energy)
    x = formal.names(law.variables)
    phi = tuple(formal.symbol(name) for name in law.parameters if formal.symbol(name) in energy.free_symbols)
    support = None
    if law.support is not None:
        support = [(formal.scalar(low), formal.scalar(high)) for low, high in law.support]
    undefined = energy.atoms(sympy.core.function.AppliedUndef)
    # Before anything is shown: an integral that certainly diverges ends the chapter here.
    closed = None if undefined else closed_partition_function(energy, x, support)
    if phi:
        found = energy_derivation(energy, x, phi, support)
        yield EnergyBook(law, found).gradients()
    else:
        yield _without_parameters(law, energy, x, support)
    if closed is not None:
        yield closed_chapter(formal, law, closed, integral_of(energy, x, support))


class EnergyBook:
    """The names of one energy-based law, and its chapter of gradients."""

    def __init__(self, law: EnergyLaw, found: EnergyDerivation) -> None:
        self.law, self.found = law, found
        self.weight = sympy.exp(-found.energy)
        self.limits = found.partition_function.limits
        self.p, self.z, self.e = (name_tex(n) for n in (law.name, law.partition_name, law.energy_name))
        self.x = vector_tex(found.variables)
        names = {found.partition_function: self.z}
        if isinstance(self.weight, sympy.exp):
            names[self.weight] = rf"e^{{-{self.e}({self.x})}}"
        self.book = Textbook(names)
        self.nabla = rf"\nabla_{{{', '.join(Textbook().tex(name) for name in found.parameters)}}}"
        if len(found.parameters) == 1:
            self.nabla = rf"\frac{{\partial}}{{\partial {Textbook().tex(found.parameters[0])}}}"

    def gradients(self) -> Chapter:
        """grad log Z, grad log p, score, and the curvature of log Z."""
        few = len(self.found.parameters) <= MOST_HESSIAN
        steps = (*self.partition_steps(), *self.density_steps(), *(self.curvature_steps() if few else ()))
        return Chapter(
            of=self.law.name,
            kind="energy",
            title=f"Gradients of the energy-based density {self.law.name}",
            steps=steps,
            book=self.book,
            second=self.by_moments(),
        )

    def by_moments(self) -> SecondRoute:
        """SymPy's derivative of log Z and the expectation, in the normal form of moments."""
        table = MomentTable()
        left = [sympy.diff(sympy.log(self.found.partition_function), name) for name in self.found.parameters]
        pairs = zip(left, self.found.log_partition_gradient, strict=True)
        try:
            proofs = [prove_equal(table.normal_form(a), table.normal_form(b)) for a, b in pairs]
        except ValueError:
            proofs = [None]
        how = "SymPy's derivative of the integral, in the normal form of moments"
        return SecondRoute(agree=True if all(proofs) else None, how=how)

    # -- log Z -----------------------------------------------------------------------------------------------------
    def partition_steps(self) -> list[DerivationStep]:
        z = self.found.partition_function
        steps = [
            step(
                rule="the density",
                lhs=Label(tex=rf"{self.p}({self.x})"),
                rhs=Label(tex=rf"\frac{{1}}{{{self.z}}} e^{{-{self.e}({self.x})}}"),
            ),
            step(rule="the energy", lhs=Label(tex=rf"{self.e}({self.x})"), rhs=self.found.energy),
            step(
                rule="partition function",
                lhs=Label(tex=self.z),
                rhs=Label(tex=rf"{self.integral_sign()} e^{{-{self.e}({self.x})}} {self.measure()}", value=z),
            ),
        ]
        for index, name in enumerate(self.found.parameters):
            steps += self.one_parameter(name, self.found.energy_gradient[index], self.exchange() if index == 0 else ())
        return steps

    def one_parameter(self, name: Any, slope: Any, exchange: tuple[Condition, ...]) -> list[DerivationStep]:
        """The five links of the gradient of log Z in one parameter."""
        z, weight = self.found.partition_function, self.weight
        inside = sympy.Integral(sympy.Derivative(weight, name, evaluate=False), *self.limits) / z
        expanded = -sympy.Integral(slope * weight, *self.limits) / z
        a = self.book.tex(name)
        first = Label(
            tex=rf"\frac{{\partial}}{{\partial {a}}} \log {self.z}",
            value=sympy.Derivative(sympy.log(z), name, evaluate=False),
        )
        sign, shown = ("", -slope) if slope.could_extract_minus_sign() else ("-", slope)
        bracketed = shown.is_Add or shown.has(sympy.Derivative)
        factor = rf"\left({self.book.tex(shown)}\right)" if bracketed else self.book.tex(shown)
        middle = rf"{self.integral_sign()} {factor} e^{{-{self.e}({self.x})}} {self.measure()}"
        return [
            step(
                rule="derivative of a logarithm",
                lhs=first,
                rhs=Label(
                    tex=rf"\frac{{1}}{{{self.z}}} \frac{{\partial {self.z}}}{{\partial {a}}}",
                    value=sympy.Derivative(z, name, evaluate=False) / z,
                ),
            ),
            step(
                rule="differentiate under the integral sign",
                conditions=exchange,
                rhs=Label(
                    tex=rf"\frac{{1}}{{{self.z}}} {self.integral_sign()} \frac{{\partial}}{{\partial {a}}} "
                    rf"e^{{-{self.e}({self.x})}} {self.measure()}",
                    value=inside,
                ),
            ),
            step(rule="chain rule", rhs=Label(tex=rf"{sign}\frac{{1}}{{{self.z}}} {middle}", value=expanded)),
            step(
                rule=f"e^(-{self.law.energy_name})/{self.law.partition_name} is the density: an expectation",
                rhs=Label(tex=self.signed_mean(-slope), value=expanded),
            ),
        ]

    def exchange(self) -> tuple[Condition, ...]:
        """The conditions of the exchange, short and in the names of the document."""
        given = next(s.conditions for s in self.found.derivation.steps if s.rule.startswith("differentiate under"))
        listed = ", ".join(str(name) for name in self.found.parameters)
        near = listed if len(self.found.parameters) == 1 else f"({listed})"
        short = (
            f"{self.law.partition_name} finite near {near}",
            "an integrable bound of the derivative",
            "a fixed support",
        )
        return tuple(replace(c, text=text) for c, text in zip(given, short, strict=True))

    # -- log p -----------------------------------------------------------------------------------------------------
    def density_steps(self) -> list[DerivationStep]:
        found = self.found
        log_p = -found.energy - sympy.log(found.partition_function)
        steps = [
            step(
                rule="logarithm of the density",
                lhs=Label(tex=rf"\log {self.p}({self.x})"),
                rhs=Label(tex=rf"-{self.e}({self.x}) - \log {self.z}", value=log_p),
            )
        ]
        for index, name in enumerate(found.parameters):
            slope = found.energy_gradient[index]
            value = sympy.Derivative(log_p, name, evaluate=False)
            lhs = Label(
                tex=rf"\frac{{\partial}}{{\partial {self.book.tex(name)}}} \log {self.p}({self.x})", value=value
            )
            parts = self.joined([self.book.tex(-slope), self.signed_mean(slope)])
            steps.append(
                step(
                    rule="insert the derivative of log " + self.law.partition_name,
                    lhs=lhs,
                    rhs=Label(tex=parts, value=found.parameter_gradient[index]),
                )
            )
        for name, score in zip(found.variables, found.score, strict=True):
            value = sympy.Derivative(log_p, name, evaluate=False)
            lhs = Label(
                tex=rf"\frac{{\partial}}{{\partial {self.book.tex(name)}}} \log {self.p}({self.x})", value=value
            )
            steps.append(step(rule=f"score: {self.law.partition_name} does not depend on {name}", lhs=lhs, rhs=score))
        return steps

    def curvature_steps(self) -> list[DerivationStep]:
        """Second derivatives of log Z: Cov(grad E) - E[Hess E]."""
        found, phi = self.found, self.found.parameters
        g, weight, z = found.energy_gradient, self.weight, self.found.partition_function
        steps = []
        for i in range(len(phi)):
            for j in range(i, len(phi)):
                second = sympy.diff(g[i], phi[j])
                value = self.second_derivative(g[i], g[j], second, weight, z)
                names = self.book.tex(phi[i]), self.book.tex(phi[j])
                below = (
                    rf"\partial_{{{names[0]}}}^{{2}}" if i == j else rf"\partial_{{{names[0]}}} \partial_{{{names[1]}}}"
                )
                pair = self.covariance(g[i], g[j])
                curved = [] if second == 0 else [self.signed_mean(-second)]
                steps.append(
                    step(
                        rule="second derivative: covariance of the slopes, minus the mean curvature",
                        lhs=Label(tex=rf"{below} \log {self.z}", value=value),
                        rhs=Label(tex=self.joined([*pair, *curved]), value=found.hessian[i, j]),
                    )
                )
        return steps

    def second_derivative(self, first: Any, other: Any, second: Any, weight: Any, z: Any) -> Any:
        """Z''/Z - Z'Z'/Z^2 with each derivative under the integral."""
        integral = [sympy.Integral(f * weight, *self.limits) for f in (first * other - second, first, other)]
        return integral[0] / z - integral[1] * integral[2] / z**2

    # -- TeX -------------------------------------------------------------------------------------------------------
    def mean(self, function: Any) -> str:
        return rf"\mathbb{{E}}_{{{self.p}}}\left[{self.book.tex(function)}\right]"

    def signed_mean(self, function: Any) -> str:
        """E[c g] with the rational factor c in front."""
        coefficient, rest = function.as_coeff_Mul()
        if not any(rest.has(name) for name in self.found.variables):
            return self.book.tex(function)
        if rest.could_extract_minus_sign():
            coefficient, rest = -coefficient, -rest
        front = {1: "", -1: "-"}.get(coefficient, self.book.tex(coefficient) + r"\,")
        return front + self.mean(rest)

    def covariance(self, first: Any, other: Any) -> list[str]:
        """Two terms of E[g h] - E[g] E[h], the rational factors of g and h in front."""
        (c, g), (d, h) = first.as_coeff_Mul(), other.as_coeff_Mul()
        scale = abs(c * d)
        front = "" if scale == 1 else self.book.tex(scale) + r"\,"
        means = rf"{self.mean(g)}^{{2}}" if g == h else rf"{self.mean(g)} {self.mean(h)}"
        signs = ("", "-") if c * d > 0 else ("-", "")
        return [signs[0] + front + self.mean(g * h), signs[1] + front + means]

    def joined(self, parts: Sequence[str]) -> str:
        """A sum of printed terms; zeros are left out."""
        shown = [part for part in parts if part != "0"]
        text = "".join(part if part.startswith("-") or not k else f" + {part}" for k, part in enumerate(shown))
        return text or "0"

    def integral_sign(self) -> str:
        """The integral sign of the support, printed over the whole line or space without limits."""
        lines = all(low == -sympy.oo and high == sympy.oo for _, low, high in self.limits)
        if lines and len(self.limits) == 1:
            return r"\int_{-\infty}^{\infty}"
        if lines:
            return rf"\int_{{\mathbb{{R}}^{{{len(self.limits)}}}}}"
        return " ".join(
            rf"\int_{{{self.book.tex(low)}}}^{{{self.book.tex(high)}}}" for _, low, high in reversed(self.limits)
        )

    def measure(self) -> str:
        return " ".join(rf"\,d{self.book.tex(name)}" for name, *_ in self.limits)


def _without_parameters(law: EnergyLaw, energy: Any, x: tuple[Any, ...], support: Any) -> Chapter:
    """The score alone: there is no parameter to differentiate in."""
    book = Textbook()
    names = vector_tex(x)
    p, z, e = (name_tex(n) for n in (law.name, law.partition_name, law.energy_name))
    log_p = -energy - sympy.log(integral_of(energy, x, support))
    steps = [
        step(
            rule="logarithm of the density",
            lhs=Label(tex=rf"\log {p}({names})"),
            rhs=Label(tex=rf"-{e}({names}) - \log {z}", value=log_p),
        )
    ]
    for name in x:
        value = sympy.Derivative(log_p, name, evaluate=False)
        lhs = Label(tex=rf"\frac{{\partial}}{{\partial {book.tex(name)}}} \log {p}({names})", value=value)
        steps.append(
            step(rule=f"score: {law.partition_name} does not depend on {name}", lhs=lhs, rhs=-sympy.diff(energy, name))
        )
    return Chapter(
        of=law.name,
        kind="energy",
        title=f"The score of {law.name}",
        steps=tuple(steps),
        book=book,
        second=SecondRoute(agree=None, how=""),
    )
