r"""Whether there is a density exp(-E) / Z at all: int exp(-E) < infinity at the declared parameters.

    one variable      what E certainly does on each side of the line (numeric.tails): E <= p log|x| + a with p <= 1
                      gives an infinite integral, E >= c|x|^k or p log|x| with p > 1 a finite one
    more variables    a polynomial by its form of highest degree (numeric.integrability); a variable that does not
                      occur in E gives an infinite integral

A claim about a density that does not exist is disproved by that.  What is not known is an obstacle; a limit that was
reached is never read as divergence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numeric.integrability import polynomial_integrability
from ..numeric.operations import Indeterminate, Undefined
from ..numeric.tails import Divergence, certify
from ..symbolic.context import Context, EnergyLaw
from ..symbolic.evaluate import Evaluator, Mismatch
from ..symbolic.printing import plain
from ..symbolic.tree import Bind, Call, Name, Node, calls, free_names, walk
from ..symbolic.unfold import TooLarge, spell_vectors, unfold
from .claim import Claim
from .evidence import Disproof, Evidence, Obstacle
from .interpret import Meaning
from .points import Point, fixed_parameters
from .polynomials import NotPolynomialError, polynomial

METHOD = "integrability of exp(-E)"
RULE = "exp(-E) is not integrable, so there is no such density"
BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrability:
    """`integrable` True, False or None (not known), with the reason in words and the parameter values."""

    law: EnergyLaw
    integrable: bool | None
    reason: str
    values: Mapping[str, Fraction]

    @property
    def place(self) -> str:
        """`a = 1/4, b = 1`, or nothing where the energy has no parameters."""
        return ", ".join(f"{n} = {v}" for n, v in self.values.items())


def integrability(claim: Claim) -> list[Evidence]:
    """A disproof for a claim that uses a density which does not exist at the declared parameters."""
    found: list[Evidence] = []
    for law in laws_of(claim):
        known = law_integrability(claim.context, law)
        if known is not None and known.integrable is False:
            shown = {n: str(v) for n, v in known.values.items()}
            steps = (f"{law.name}: E({', '.join(law.variables)}) = {plain(law.energy)}", known.reason)
            found.append(Disproof(method=METHOD, rule=RULE, steps=steps, point=shown))
    return found


def unknown_integrability(claim: Claim) -> list[Evidence]:
    """An obstacle for every law of the claim of which it is not known whether its density exists."""
    return [
        Obstacle(method=METHOD, reason=f"not known whether exp(-E) of {law.name} is integrable: {known.reason}")
        for law in laws_of(claim)
        if (known := law_integrability(claim.context, law)) is not None and known.integrable is None
    ]


def integrability_findings(context: Context) -> tuple[Mapping[str, Any], ...]:
    """A finding for every declared energy without a density at its declared parameters."""
    found = []
    for law in context.laws.values():
        known = law_integrability(context, law) if isinstance(law, EnergyLaw) else None
        if known is not None and known.integrable is False:
            where = f" at {known.place}" if known.place else ""
            found.append(
                {
                    "kind": "not_integrable",
                    "of": known.law.name,
                    "title": f"There is no density {known.law.name}",
                    "text": f"exp(-E) is not integrable{where}: {known.reason}. So Z is infinite, and nothing about "
                    f"{known.law.name} or its expectations holds there.",
                }
            )
    return tuple(found)


def laws_of(claim: Claim) -> list[EnergyLaw]:
    """The energy-based laws whose density, normaliser or expectation the claim takes for finite."""
    names: dict[str, EnergyLaw] = {}
    if any(side == Name("inf") for side in (claim.lhs, claim.rhs)):
        # That an integral is infinite may be just what the claim says.
        return []
    for side in (claim.lhs, claim.rhs):
        for node in walk(side):
            law = law_used(node, claim.context)
            if isinstance(law, EnergyLaw):
                names[law.name] = law
    return list(names.values())


def law_used(node: Node, context: Context) -> Any:
    if isinstance(node, Bind) and node.op == "expect" and isinstance(node.args[1], Name):
        return context.laws.get(node.args[1].name)
    entry = context.get(node.name) if isinstance(node, Name | Call) else None
    return context.law_of(entry.name) if entry is not None and entry.kind in ("partition", "density") else None


# -- one law ----------------------------------------------------------------------------------------------------------
def law_integrability(context: Context, law: EnergyLaw) -> Integrability | None:
    """What is known at the declared parameters; None where a parameter has no declared value, or E is undefined."""
    try:
        energy = spell_vectors(unfold(law.energy, context), context)
    except TooLarge:
        return None
    given = fixed_parameters(context)
    parameters = sorted(free_names(energy) - set(law.variables))
    if calls(energy) or law.support is not None or not set(parameters) <= set(given):
        return None
    values = {name: given[name] for name in parameters}
    integrable, reason = decided(context, law, energy, values)
    return Integrability(law=law, integrable=integrable, reason=reason, values=values)


def decided(context: Context, law: EnergyLaw, energy: Node, values: Mapping[str, Fraction]) -> tuple[bool | None, str]:
    absent = sorted(set(law.variables) - free_names(energy))
    if absent:
        return False, f"E does not depend on {absent[0]}, so the integral over {absent[0]} is infinite"
    if law.dimension == 1:
        return on_the_line(context, law, energy, values)
    try:
        coefficients = polynomial(energy, law.variables, values)
    except NotPolynomialError as error:
        return None, str(error)
    if not coefficients:
        return False, "the energy is constant"
    found = polynomial_integrability(coefficients)
    along = "" if found.direction is None else f" (along {', '.join(str(c) for c in found.direction)})"
    return found.integrable, f"{found.reason}{along}"


def on_the_line(
    context: Context, law: EnergyLaw, energy: Node, values: Mapping[str, Fraction]
) -> tuple[bool | None, str]:
    meaning = Meaning(context, Point(values))

    def on_table(table: Any, x: Any) -> Any:
        ev = Evaluator(table, meaning)
        return ev.scalar(meaning.inside(ev, {law.variables[0]: x}).value(energy))

    finite = True
    for side, end in ((1, "+infinity"), (-1, "-infinity")):
        try:
            found = certify(on_table, side, BITS)
        except (Undefined, Indeterminate, Mismatch, ValueError, TypeError) as error:
            return None, str(error)
        if isinstance(found, Divergence):
            bound = "bounded above" if found.slope == 0 else "at most a multiple p <= 1 of log|x|"
            return False, f"towards {end} the energy is {bound}, so the integral of exp(-E) is infinite"
        finite = finite and found is not None
    return (True, "E grows fast enough on both sides") if finite else (None, "no growth of E is certified")
