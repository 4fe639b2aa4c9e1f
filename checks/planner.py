r"""The planner: which checks a claim gets, in which order.

    shapes -> balls at points (the refuter) -> the prover in the worker -> the witnesses of the claim's kind

A refuted claim is not sent to the prover; everything else is.  The witnesses come from `KINDS`: Monte Carlo, ODE and
quadrature, not points alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from ..symbolic.context import EnergyLaw, GaussianLaw
from ..symbolic.context_json import context_json
from ..symbolic.residues import told_apart
from ..symbolic.shapes import ShapeError, normal, shape_of, show
from ..symbolic.tree import Apply, Bind, Name, Node, Number, free_names, to_json, walk
from ..symbolic.unfold import TooLarge
from ..symbolic.vector_laws import reached, resized
from ..symbolic.vocabulary import CONSTANT_WORDS
from .budget import Budget, step_seed
from .claim import Claim, Part
from .deadline import Deadline, OutOfTime
from .evidence import Bearing, Counterexample, Disproof, Enclosure, Estimate, Evidence, Obstacle, Proof
from .first_look import first_look
from .pointwise import Balls, laborious, table_for
from .verdict import Outcome, Verdict, combine
from .worker import Limits, Prover

if TYPE_CHECKING:
    from .integrals import BallIntegrals

Witness = Callable[[Claim, Budget, int], list[Evidence]]

# kind -> witnesses beyond points, as "module:function" so that a claim imports only what it needs
ENERGY = ("unknown_integrability", "estimate", "difference_quotient", "monte_carlo")
KINDS: Mapping[str, tuple[str, ...]] = {
    "covariance": ("covariance",),
    "variance": ("covariance",),
    "mean": ("mean",),
    "distribution": ("distribution",),
    "density": ("density", "flow_map"),
    "energy_density": (*ENERGY, "density"),
    "partition": ENERGY,
    "expectation": ENERGY,
    "integral": ("estimate", "monte_carlo"),
    "derivative": ("estimate", "difference_quotient"),
    "entropy": ("entropy",),
    "kl": ("relative entropy",),
    "trace": ("divergence_theorem",),
    "divergence": ("divergence_theorem",),
    "log_density_ode": ("log_density",),
    "flow_map": ("flow_map",),
}
SEARCH = 0.6  # budgets that the search for the slip behind a refutation may take
_LATER: Mapping[str, tuple[str, ...]] = {}
STRICT = ("<", ">", "!=")  # relations that equal sides disprove


class LaterIntegrals:
    """The integrals of a run, whose arithmetic is imported when the first one is met: most claims hold none."""

    def __init__(self) -> None:
        self.known: BallIntegrals | None = None

    def __getattr__(self, name: str) -> Any:
        from .integrals import BallIntegrals

        if self.known is None:
            self.known = BallIntegrals()
        return getattr(self.known, name)


@dataclass(frozen=True, slots=True)
class Planner:
    """Judges claims.  One worker serves all of a run; it starts at the first proof that is asked for."""

    worker: Prover
    budget: Budget
    seed: int
    limits: Limits | None = None
    patient: bool = True  # whether a slip is looked for where one evaluation takes long
    proofs: bool = True  # False: claims are refuted or supported by numbers, none is proved and no slip is looked for
    integrals: BallIntegrals = field(default_factory=lambda: cast("BallIntegrals", LaterIntegrals()))

    def judge(self, claim: Claim) -> Verdict:
        """The verdict of one claim: evidence of every part and every witness."""
        missing = no_density(claim)
        if missing:
            return Verdict(evidence=tuple(missing))
        if claim.kind == "decimal":
            from .decimals import parts_evidence

            balls = Balls(claim.parts[0].context, self.integrals)
            return Verdict(evidence=tuple(parts_evidence(claim.parts, balls)))
        if claim.kind == "membership":
            from .membership import member_verdict

            return member_verdict(claim, self)
        if claim.kind == "extreme":
            from .extremes import extreme_verdict

            return extreme_verdict(claim, self)
        if claim.kind == "proportional":
            from .proportional import vanishing

            if reason := vanishing(claim, self.integrals, step_seed(self.seed, claim.id, "not zero")):
                return Verdict(evidence=(Obstacle(method="proportionality", reason=reason),))
        evidence: list[Evidence] = []
        proofs: list[Proof] = []
        outcomes: list[Outcome] = []
        wrong: Part | None = None
        for index, part in enumerate(claim.parts):
            found = self.examine(part, step_seed(self.seed, claim.id, f"points {index}"), claim)
            if any(isinstance(p, Counterexample) for p in found):
                wrong = wrong or part
            if any(p.bearing is Bearing.AGAINST for p in found) and len(claim.parts) > 1:
                # One false part makes the claim false; what speaks for the other parts does not speak for the claim.
                evidence, proofs = found, [p for p in found if isinstance(p, Proof)]
                break
            proofs.extend(p for p in found if isinstance(p, Proof))
            evidence.extend(p for p in found if not isinstance(p, Proof))
            outcomes.append(combine(p for p in found if not isinstance(p, Proof)))
        evidence = joined(evidence, outcomes)
        if len(proofs) == len(claim.parts):
            evidence.insert(0, merged(proofs))
        if not any(isinstance(p, Counterexample | Disproof) for p in evidence) and self.asks_further(outcomes):
            evidence.extend(self.witnesses(claim))
            if any(isinstance(p, Estimate) and not p.agrees for p in evidence):
                evidence.extend(self.looked_at_again(claim))
        exceptions = [e for p in evidence if isinstance(p, Enclosure) for e in p.exceptions]
        conditions = tuple(dict.fromkeys([*(c for p in proofs for c in p.conditions), *exceptions]))
        verdict = Verdict(evidence=tuple(settled(evidence)), conditions=conditions)
        if (
            wrong is None
            or not self.proofs
            or (not self.patient and any(laborious(s, wrong.context) for s in wrong.unfolded))
        ):
            return verdict
        return self.diagnosed(claim, verdict, wrong)

    def asks_further(self, outcomes: list[Outcome]) -> bool:
        """Whether the witnesses of a kind are heard: without proofs only where balls did not tell."""
        return self.proofs or not all(outcome.passes for outcome in outcomes)

    def looked_at_again(self, claim: Claim) -> list[Evidence]:
        """What estimates call false, where balls enclose it: a counterexample, or nothing."""
        from .separable_integrals import told_apart_uncoupled

        for index, part in enumerate(claim.parts):
            balls = Balls(part.context, self.integrals, table_for(part.unfolded, part.context))
            found = told_apart_uncoupled(part, balls, step_seed(self.seed, claim.id, f"uncoupled {index}"))
            if found:
                return found
        return []

    def diagnosed(self, claim: Claim, verdict: Verdict, part: Part) -> Verdict:
        """The verdict with the slip behind its counterexample; a crash in the search for it costs no verdict."""
        from .diagnosis import diagnose

        if claim.kind == "proportional":
            return verdict  # the sides of the equality that was judged are not the written ones
        if part.relation != "=":
            from .order_slips import reversed_relation

            return replace(verdict, diagnosis=reversed_relation(part, self.integrals, self.seed))
        deadline = Deadline(SEARCH * self.budget.seconds)
        balls = Balls(part.context, self.integrals, table_for(part.unfolded, part.context))
        try:
            # The seed of the refuter, so that its counterexample is among the points.
            with deadline:
                slip = diagnose(part, balls, step_seed(self.seed, claim.id, f"points {claim.parts.index(part)}"))
                deadline.check()
        except OutOfTime:
            return verdict  # a refutation needs no slip
        except Exception as error:  # said aloud, as every bug of ours; the refutation stands without a diagnosis
            if deadline.over:  # C code turned OutOfTime into an error of its own
                return verdict
            told = re.sub(r" at 0x[0-9a-f]+", "", f"no diagnosis: {type(error).__name__}: {error}")[:200]
            return replace(verdict, warnings=(*verdict.warnings, told))
        return replace(verdict, diagnosis=slip)

    def examine(self, part: Part, seed: int, claim: Claim) -> list[Evidence]:
        """Shapes, points, proof of one part."""
        glance = None if self.proofs else first_look(part, seed)
        if glance is not None:
            return glance
        mismatch = shapes(part)
        if mismatch is not None:
            return [mismatch]
        try:
            part.unfolded  # noqa: B018 - the definitions are written out once, here, where they may be refused
        except TooLarge as error:
            return [Obstacle(method="definitions", reason=str(error))]
        if part.relation != "=":
            return self.examine_order(part, seed)
        from .closed_forms import by_approach, has_candidates
        from .equality import equality_evidence

        balls = Balls(part.context, self.integrals, table_for(part.unfolded, part.context))
        found = equality_evidence(part, balls, self.budget.points, seed)
        if any(p.bearing is Bearing.AGAINST for p in found):
            return found
        # After the balls: where they tell two values apart, these are easier to read than two remainders.
        apart = told_apart(*part.unfolded)
        if apart is not None:
            return [remainders_differ(*apart)]
        if not any(isinstance(p, Enclosure) for p in found) and has_candidates(part):
            return self.examine_closed(part, seed, found) if self.proofs else [*found, *by_approach(part, seed)]
        return [*self.prove(part), *found]

    def examine_order(self, part: Part, seed: int, where_defined: bool = False) -> list[Evidence]:
        """The order of two sides: balls, then the prover of inequalities; a proved touch of `<` is a disproof."""
        from .inequalities import order_evidence

        found = order_evidence(part, self.integrals, self.budget.points, seed, where_defined)
        if any(p.bearing is Bearing.AGAINST or (isinstance(p, Enclosure) and p.covers != "points") for p in found):
            return found
        if part.relation in STRICT:
            same = self.prove(replace(part, relation="="))
            if same and isinstance(same[0], Proof):
                return [Disproof(method="derived in symbols", rule="the two sides are equal", steps=same[0].rules)]
        if part.relation == "!=":
            return found
        return [*self.prove(part), *found]

    def examine_closed(self, part: Part, seed: int, found: list[Evidence]) -> list[Evidence]:
        """A part whose limits, sums or integrals no ball encloses: through their closed forms."""
        from .closed_forms import by_approach, in_closed_form, resting_on_it
        from .equality import equality_evidence

        closed, confirming = in_closed_form(part, self.worker, self.limits, seed)
        if closed is None:
            return [*self.prove(part), *found, *confirming, *by_approach(part, seed)]
        balls = Balls(closed.context, self.integrals, table_for(closed.unfolded, closed.context))
        then = resting_on_it(equality_evidence(closed, balls, self.budget.points, seed))
        if any(p.bearing is Bearing.AGAINST for p in then):
            return then
        return [*self.prove(closed), *then, *confirming]

    def prove(self, part: Part) -> list[Evidence]:
        """A proof from the worker, or the reason why there is none; nothing where none was asked for."""
        if not self.proofs:
            return []
        argument = {"lhs": to_json(part.lhs), "rhs": to_json(part.rhs), "context": context_json(part.context)}
        job = "prove"
        if part.relation != "=":
            job, argument = "prove_order", {**argument, "relation": part.relation}
        reply = self.worker.call(job, argument, limits=self.limits)
        if reply.status != "ok":
            ours = reply.status == "error" and "Invalid NaN comparison" not in reply.reason  # SymPy gave up on a case
            return [Obstacle(method="symbolic proof", reason=f"{reply.status}: {reply.reason}", fault=ours)]
        value = reply.value
        if value["status"] == "proved":
            return [
                Proof(
                    method="derived in symbols",
                    rules=tuple(value["rules"]),
                    normal_form=value["normal_form"],
                    conditions=tuple(value["conditions"]),
                )
            ]
        return [Obstacle(method="symbolic proof", reason=f"no proof: {value['reason']}")]

    def witnesses(self, claim: Claim) -> list[Evidence]:
        names = KINDS.get(claim.kind, ())
        if not names:
            return []
        import numpy as np

        found: list[Evidence] = []
        # A wrong variant may well overflow; the witnesses look at what comes out, and a terminal is no place for it.
        with np.errstate(all="ignore"):
            for name in names:
                found.extend(witness(name)(claim, self.budget, step_seed(self.seed, claim.id, name)))
        return found


def witness(name: str) -> Witness:
    """The witness of a name; each module is imported only when a claim of its kind is judged."""
    if name in ("covariance", "mean", "distribution"):
        from . import gaussian_witnesses

        return {
            "covariance": gaussian_witnesses.covariance,
            "mean": gaussian_witnesses.mean,
            "distribution": gaussian_witnesses.distribution,
        }[name]
    if name == "density":
        from .density_witnesses import density

        return density
    if name in ("entropy", "relative entropy"):
        from . import entropy_witnesses

        return entropy_witnesses.entropy if name == "entropy" else entropy_witnesses.relative_entropy
    if name == "flow_map":
        from .flow_map_witnesses import flow_map

        return flow_map
    if name in ("divergence_theorem", "log_density"):
        from . import flow_witnesses

        return {"divergence_theorem": flow_witnesses.divergence_theorem, "log_density": flow_witnesses.log_density}[
            name
        ]
    if name == "unknown_integrability":
        from .integrable import unknown_integrability

        return lambda claim, budget, seed: unknown_integrability(claim)
    if name in ("estimate", "difference_quotient"):
        from . import energy_witnesses

        return energy_witnesses.estimate if name == "estimate" else energy_witnesses.difference_quotient
    if name == "monte_carlo":
        from .energy_sampling import monte_carlo

        return monte_carlo
    raise KeyError(name)


def no_density(claim: Claim) -> list[Evidence]:
    """The disproof of a claim about a density that does not exist: nothing else is asked then."""
    if not any(isinstance(law, EnergyLaw) for law in claim.context.laws.values()):
        return []
    from .integrable import integrability

    return integrability(claim)


def remainders_differ(modulus: int, left: int, right: int) -> Disproof:
    """Two integers with different remainders are different, however large they are."""
    step = f"modulo {modulus} the left side is {left}, the right side {right}"
    return Disproof(method="remainders", rule="the two integers leave different remainders", steps=(step,))


def shapes(part: Part) -> Disproof | Obstacle | None:
    """Sides or parts whose shapes do not fit disprove the claim; a literal 0 fits everything.

    Where the shape of a name was taken by default, it may be the default that does not fit.
    """
    misfit = shapes_as_taken(part)
    if misfit is None:
        return None
    open_sizes = named_sizes(part)
    if open_sizes and shapes_as_taken(replace(part, context=resized(part.context, open_sizes))) is None:
        names = " = ".join(sorted(open_sizes))
        reason = f"{misfit.rule} ({misfit.steps[0]}), save where {names} = 1"
        return Obstacle(method="shapes", reason=reason)
    guessed = sorted(shape_by_default(part))
    if not guessed:
        return misfit
    reason = f"{misfit.rule} ({misfit.steps[0]}), with the shape of {', '.join(guessed)} taken by default"
    return Obstacle(method="shapes", reason=reason)


def named_sizes(part: Part) -> dict[str, int]:
    """The sizes with a name among the shapes of a claim, each as 1."""
    written = {n for side in (part.lhs, part.rhs) for node in walk(side) for n in names_in(node)}
    names = reached(written, part.context)
    entries = [entry for name in names if (entry := part.context.get(name)) is not None]
    return {size: 1 for entry in entries for size in entry.domain.shape if isinstance(size, str)}


def names_in(node: Node) -> tuple[str, ...]:
    """The names of one node, bound ones too."""
    return (node.name,) if isinstance(node, Name) else node.names if isinstance(node, Bind) else ()


def shape_by_default(part: Part) -> set[str]:
    """The names of a claim, and of what they are made of, whose shape nothing in the document says."""
    found: set[str] = set()
    pending = set(free_names(part.lhs) | free_names(part.rhs))
    seen: set[str] = {*CONSTANT_WORDS, *CONSTANT_WORDS.values()}
    pending -= seen
    while pending:
        name = pending.pop()
        seen.add(name)
        base = part.context.get(name.rpartition("_")[0])
        if base is not None and base.kind == "vector" and part.context.get(name) is None:
            continue  # a component
        entry, law = part.context.get(name), part.context.laws.get(name)
        single = isinstance(law, GaussianLaw) and law.dimension == 1
        if entry is None or entry.rule.startswith("undeclared") or (single and has_open_identity(law)):
            found.add(name)
        elif entry.value is not None:
            pending |= set(free_names(entry.value)) - seen
    return found


def has_open_identity(law: object) -> bool:
    """`N(0, s^2 I)` without a size of I: the law is taken as one of a number."""
    return isinstance(law, GaussianLaw) and Apply("identity", ()) in walk(law.covariance)


def shapes_as_taken(part: Part) -> Disproof | None:
    """The disproof by the shapes of the two sides as they are taken."""
    try:
        left, right = (shape_of(side, part.context) for side in (part.lhs, part.rhs))
    except ShapeError as error:
        return Disproof(method="shapes", rule="the shapes do not fit", steps=(error.message,))
    if any(isinstance(side, Number) and side.value == 0 for side in (part.lhs, part.rhs)):
        return None
    left, right = normal(left), normal(right)
    if left is None or right is None or left == right or any(isinstance(s, str) for s in (*left, *right)):
        return None
    return Disproof(
        method="shapes", rule="the two sides have different shapes", steps=(f"{show(left)} and {show(right)}",)
    )


def joined(evidence: list[Evidence], outcomes: list[Outcome]) -> list[Evidence]:
    """What speaks for one part of a claim speaks for the claim only as far as the other parts go."""
    if len(outcomes) < 2 or any(p.bearing is Bearing.AGAINST for p in evidence):
        return evidence
    if any(not outcome.passes for outcome in outcomes):
        return [p for p in evidence if isinstance(p, Obstacle)]
    if all(outcome is Outcome.ENCLOSED for outcome in outcomes):
        return evidence
    return [replace(p, covers="points") if isinstance(p, Enclosure) else p for p in evidence]


def merged(proofs: list[Proof]) -> Proof:
    """One proof of a claim from the proofs of its parts."""
    if len(proofs) == 1:
        return proofs[0]
    rules = tuple(dict.fromkeys(r for p in proofs for r in p.rules))
    conditions = tuple(dict.fromkeys(c for p in proofs for c in p.conditions))
    return Proof(method=proofs[0].method, rules=rules, normal_form="0", conditions=conditions)


def settled(evidence: list[Evidence]) -> list[Evidence]:
    """Obstacles last; an obstacle of the prover is dropped where something else refutes."""
    obstacles = [p for p in evidence if isinstance(p, Obstacle)]
    rest = [p for p in evidence if not isinstance(p, Obstacle)]
    if any(isinstance(p, Counterexample | Disproof) for p in rest):
        obstacles = [p for p in obstacles if p.fault]
    return [*rest, *obstacles]
