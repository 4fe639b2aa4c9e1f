r"""From a source to a Run: read, judge every link, derive for the report, collect the figures.

The only place where the pieces meet.  Everything a renderer shows is in the Run; the clock is read for `timing` alone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ..symbolic.context import Context, EnergyLaw
from ..symbolic.context_json import context_json
from ..symbolic.printing import plain, tex
from ..symbolic.source import ReadError, Source, Span
from ..symbolic.vocabulary import RELATION_TEX
from .budget import Budget, split_alpha
from .claim import Claim
from .confined import confined
from .course import Course
from .deadline import Deadline, OutOfTime, Patience
from .evidence import Obstacle
from .experiments.record import Experiment
from .interrupts import Interrupts
from .masses import masses
from .material import Material, material_of
from .planner import KINDS, Planner
from .provenance import provenance
from .run import ContextRecord, Run, SpanRecord, StepRecord
from .shared import Shared
from .statements import Link
from .verdict import Outcome, Reading, Verdict
from .worker import Limits, Prover, Worker

DEFAULT_ALPHA = 1e-6
BLAME = 6.0  # budgets that the search for carried errors may take, over all steps of a document
Progress = Callable[[int, int, str], None]


# Outcomes of what is taken as shown.
HOLDS = (Outcome.PROVED, Outcome.ENCLOSED, Outcome.SUPPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to check: seed, family-wise false-alarm rate, limits, and whether figures and experiments are made.

    `experiments`: carry out those of every declared flow and energy, not only what the document asks for.
    `data`: the folder from which experiments may read data; none where it is None.
    `given`: a `twofold` table that the source is read under, as if its author had written it.
    `prove`: whether there are symbolic proofs, slips and earlier errors behind refutations, textbook derivations;
        without them a run is a first pass by numbers.
    `keep_partial`: an interrupt (KeyboardInterrupt) ends the run with what was judged, and is not raised.
    """

    seed: int | None = None
    alpha: float | None = None
    seconds: float = 10.0
    figures: bool = True
    prove: bool = True
    experiments: bool = False
    data: Path | None = None
    given: str = ""
    command: Sequence[str] = ()
    keep_partial: bool = False


def silent(done: int, total: int, label: str) -> None:
    """No progress."""


def check_source(
    source: Source, options: Options | None = None, progress: Progress = silent, course: Course | None = None
) -> Run:
    """Check a problem file or a document.

    Raises:
        ReadError: a problem file cannot be read; the message has its place.  A document never raises.
    """
    options, course = options or Options(), course or Course()
    wall, cpu = time.perf_counter(), time.process_time()
    material = material_of(source, options.given, course.lenient, course.shared)
    findings = list(material.findings)
    for context in material.contexts:
        findings.extend(
            f for f in (*declared(context, material.strict), *missing_densities(context)) if f not in findings
        )
    links = material.links
    seed = options.seed if options.seed is not None else material.seed or 0
    alpha = next(a for a in (options.alpha, material.alpha, DEFAULT_ALPHA) if a is not None)
    first, second = split_alpha(alpha, count_tests(links))
    budget = Budget(alpha_first=first, alpha_second=second, seconds=options.seconds)
    with proving(course, options) as prover:
        planner = Planner(worker=prover, budget=budget, seed=seed, proofs=options.prove)
        steps, stopped = judge_all(links, planner, progress, options.keep_partial, course)
        # A first pass looks for no carried errors, a batch does all the same: marks rest on them.
        first_pass = not options.prove and course.blame is None
        steps = steps if stopped or first_pass else blamed(links, steps, planner, course.blame)
        drawn = material.contexts if course.derivations and options.prove else ()
        shown = ((), (), stopped) if stopped else illustrated(prover, drawn, seed, options, alpha)
    derivations, figures, more = shown
    cut = any(finding.get("kind") == "interrupted" for finding in more)
    made, told = ((), ()) if cut else measured(material, seed, options, progress)
    return Run(
        source={"name": source.name, "sha256": hashlib.sha256(source.text.encode()).hexdigest(), "text": source.text},
        title=material.title,
        steps=tuple(steps),
        context=tuple(once(r for c in material.contexts for r in context_records(c, source))),
        derivations=derivations,
        figures=tuple(f for f in figures if f.get("of") not in {e.of for e in made if e.kind == "figures"}),
        findings=(*findings, *more, *told),
        experiments=made,
        provenance=provenance(seed, alpha, options.command or ("twofold", "check", source.name)),
        timing={"wall": round(time.perf_counter() - wall, 3), "cpu": round(time.process_time() - cpu, 3)},
    )


def proving(course: Course, options: Options) -> AbstractContextManager[Prover]:
    """The prover of the course, or a worker that lives as long as the run."""
    if course.prover is not None:
        return nullcontext(course.prover)
    return Worker(limits=Limits(wall=options.seconds, cpu=options.seconds))


T = TypeVar("T")


def once(items: Iterable[T]) -> list[T]:
    """Items in order, each once: contexts of one document share most of what they hold."""
    found: list[T] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def draw_all(
    contexts: Sequence[Context], seed: int, options: Options, alpha: float
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """Figures and findings of every context, each once."""
    found = [draw(context, seed, options, alpha) for context in contexts]
    return tuple(once(f for fs, _ in found for f in fs)), tuple(once(f for _, fs in found for f in fs))


def declared(context: Context, strict: bool) -> tuple[Mapping[str, Any], ...]:
    """Findings about the declared laws; in a problem file an impossible law is an error, in a document a finding."""
    from .validate import validate

    try:
        return validate(context)
    except ReadError as error:
        if strict:
            raise
        text = f"{error.message} (line {error.span.line})"
        return ({"kind": "impossible", "title": "A declared law is impossible", "text": text},)


def missing_densities(context: Context) -> tuple[Mapping[str, Any], ...]:
    """Findings about declared energies whose exp(-E) is not integrable."""
    if not any(isinstance(law, EnergyLaw) for law in context.laws.values()):
        return ()
    from .integrable import integrability_findings

    return integrability_findings(context)


def count_tests(links: Sequence[Link]) -> int:
    """How many statistical tests the run may make: its false-alarm rate is split over them.

    Rounded up to a power of four, so that documents of about the same length share verdicts.
    """
    tests = sum(len(KINDS.get(link.claim.kind, ())) * 4 for link in links if link.claim) + 8
    return 1 << (tests - 1).bit_length() + (tests - 1).bit_length() % 2


def judge_all(
    links: Sequence[Link], planner: Planner, progress: Progress, keep_partial: bool, course: Course
) -> tuple[list[StepRecord], tuple[Mapping[str, Any], ...]]:
    """Every step; and, when interrupted, the finding that says so: the steps left are undecided for that reason."""
    found: list[StepRecord] = []
    patience = Patience.of(planner.budget.seconds)
    try:
        with Interrupts() as interrupts:
            for number, link in enumerate(links):
                progress(number, len(links), link.label)
                record = step_record(link, verdict_of(link, planner, patience, course), course.shared)
                interrupts.check()
                found.append(record)
    except KeyboardInterrupt:
        if not keep_partial:
            raise
        text = f"{len(found)} of {len(links)} steps were judged; the others are undecided."
        skipped = Obstacle(method="twofold", reason="interrupted before this step was judged")
        found.extend(
            step_record(link, Verdict(evidence=(skipped,)) if link.claim else None) for link in links[len(found) :]
        )
        return found, ({"kind": "interrupted", "title": "The run was interrupted", "text": text},)
    finally:
        progress(len(links), len(links), "")
    return found, ()


def verdict_of(link: Link, planner: Planner, patience: Patience, course: Course) -> Verdict | None:
    """The verdict of a claim, of each live reading where there are several; None for what is not judged."""
    if link.undecided and link.kind == "claim" and link.claim is None:
        return Verdict(evidence=(Obstacle(method="relations", reason=link.undecided),))
    if link.claim is None:
        return None
    for name, mass in masses(link.claim).items():
        if judged(mass, planner, patience, course).outcome not in HOLDS:
            reason = f"that the total mass of {name} is 1 was not shown; without it {name} is no density"
            return Verdict(evidence=(Obstacle(method="expectation", reason=reason),))
    if not link.readings:
        verdict = judged(link.claim, planner, patience, course)
        if link.tentative and verdict.outcome is Outcome.REFUTED and not all_fail(link, planner, patience, course):
            return Verdict(evidence=(Obstacle(method="relations", reason=link.tentative),))
        return replace(verdict, conditions=(link.condition, *verdict.conditions)) if link.condition else verdict
    found = [(name, judged(claim, planner, patience, course)) for name, claim in link.readings]
    readings = tuple(Reading(name=name, evidence=verdict.evidence) for name, verdict in found)
    conditions = tuple(dict.fromkeys(c for _, verdict in found for c in verdict.conditions))
    outcomes = {reading.outcome for reading in readings}
    warnings = ("the verdict depends on the reading",) if len(outcomes) > 1 else ()
    verdict = Verdict(readings=readings, conditions=conditions, warnings=warnings)
    if verdict.outcome is not Outcome.REFUTED:
        return verdict
    return replace(verdict, diagnosis=next((v.diagnosis for _, v in found if v.diagnosis is not None), None))


def all_fail(link: Link, planner: Planner, patience: Patience, course: Course) -> bool:
    """Whether everything else that a statement may claim is refuted as well."""
    others = [judged(claim, planner, patience, course).outcome for claim in link.alternatives]
    return bool(others) and all(outcome is Outcome.REFUTED for outcome in others)


def judged(claim: Claim, planner: Planner, patience: Patience, course: Course) -> Verdict:
    """The verdict of a claim, known already or found now, from what it can reach of the document."""
    claim = confined(claim)

    def find() -> Verdict:
        return course.verdict(
            claim, planner.budget, planner.seed, lambda: judged_now(claim, planner, patience, course.survives)
        )

    return find() if course.shared is None else course.shared.verdict(claim, planner.budget, planner.seed, find)


def judged_now(claim: Claim, planner: Planner, patience: Patience, survives: bool) -> Verdict:
    """The verdict of a claim; a crash of ours is a fault of that step and never of the run.

    Time is that of the processors: the load of the machine takes nothing from a step.
    """
    limit, start = patience.limit, time.process_time() + planner.worker.used
    if limit < planner.budget.seconds:
        planner = replace(planner, limits=Limits(wall=limit, cpu=limit))
    try:
        with Deadline(limit) as deadline:
            try:
                verdict = planner.judge(claim)
            except MemoryError:
                if not survives:
                    raise
                verdict = Verdict(evidence=(Obstacle(method="twofold", reason="limit: memory"),))
            except Exception as error:  # the last net: a bug must show as a fault, with the rest still judged
                reason = f"{type(error).__name__}: {error}"
                verdict = Verdict(evidence=(Obstacle(method="twofold", reason=reason[:300], fault=True),))
            deadline.check()
        return verdict
    except OutOfTime:
        cut = f"limit: {limit:.3g} s of computing for one step"
        return Verdict(evidence=(Obstacle(method="twofold", reason=cut),))
    finally:
        patience.spend(time.process_time() + planner.worker.used - start)


def blamed(
    links: Sequence[Link], steps: list[StepRecord], planner: Planner, seconds: float | None = None
) -> list[StepRecord]:
    """The steps with what they rest on and carry; as they are where that takes too long: verdicts do not need it."""
    limit = BLAME * planner.budget.seconds if seconds is None else seconds
    if limit <= 0:
        return steps
    from .blame import with_blame

    try:
        with Deadline(limit) as deadline:
            found = with_blame(links, steps, planner.integrals, planner.seed)
            deadline.check()
        return found
    except OutOfTime:
        return steps


def claim_texts(claim: Claim) -> tuple[str, str]:
    """A claim in plain notation and in TeX."""
    return (
        f"{plain(claim.lhs)} {claim.relation} {law_text(claim, plain)}",
        f"{tex(claim.lhs)} {RELATION_TEX[claim.relation]} {law_text(claim, tex)}",
    )


def step_record(link: Link, verdict: Verdict | None, shared: Shared | None = None) -> StepRecord:
    claim = link.claim
    understood = understood_tex = ""
    if claim is not None and shared is not None and claim.relation != "in":
        understood, understood_tex = shared.text(claim, lambda: claim_texts(claim))
    elif claim is not None:
        understood, understood_tex = claim_texts(claim)
    elif link.sides is not None:
        understood = f"{plain(link.sides[0])} {link.relation} {plain(link.sides[1])}"
    warnings = tuple(
        f"{name} is not declared; taken as real" for name in link.implied if claim and claim.kind != "density"
    )
    return StepRecord(
        id=claim.id if claim else hashlib.sha256(link.text.encode()).hexdigest()[:12],
        kind=link.kind,
        claim_kind=claim.kind if claim else "",
        relation=link.relation,
        span=span_record(link.span),
        lhs_span=span_record(link.lhs_span),
        tex=understood_tex or link.text,
        lhs=link.lhs_text,
        rhs=link.rhs_text,
        understood=understood,
        understood_tex=understood_tex,
        verdict=verdict,
        label=link.label,
        unread=link.unread,
        warnings=warnings,
    )


def law_text(claim: Claim, printer: Callable[[Any], str]) -> str:
    if claim.relation == "in":
        from .membership import set_text

        return set_text(claim, printer)
    if claim.relation != "~":
        return printer(claim.rhs)
    mean, covariance = claim.rhs.args[-2:]  # type: ignore[union-attr]
    name = r"\mathcal{N}" if printer is tex else "N"
    return rf"{name}({printer(mean)}, {printer(covariance)})"


def span_record(span: Span) -> SpanRecord:
    return SpanRecord(line=span.line, column=span.column, end_line=span.end_line, end_column=span.end_column)


def context_records(context: Context, source: Source) -> list[ContextRecord]:
    return [
        ContextRecord(
            name=entry.name,
            type=entry.type_name,
            domain=entry.domain.text if entry.kind in ("scalar", "vector", "matrix", "function", "time") else "",
            declared_at=f"{source.name}:{entry.span.line}:{entry.span.column}"
            if entry.span.line and not entry.rule
            else "",
            rule=entry.rule,
        )
        for entry in context
    ]


def illustrated(
    worker: Prover, contexts: Sequence[Context], seed: int, options: Options, alpha: float
) -> tuple[tuple[Mapping[str, Any], ...], ...]:
    """Derivations, figures and findings: what a report shows beside the verdicts, which stand whatever happens here.

    A crash of ours is a finding of kind "fault"; an interrupt leaves the pictures out.
    """
    interrupted = {
        "kind": "interrupted",
        "title": "The run was interrupted",
        "text": "every step was judged; derivations and figures are left out.",
    }
    try:
        with Interrupts() as interrupts:
            try:
                derivations = tuple(once(d for c in contexts for d in derive(worker, c)))
                return derivations, *draw_all(contexts, seed, options, alpha)
            except Exception as error:  # the last net, as for a step
                interrupts.check()
                reason = f"{type(error).__name__}: {error}"[:300]
    except KeyboardInterrupt:
        if not options.keep_partial:
            raise
        return (), (), (interrupted,)
    return (), (), ({"kind": "fault", "title": "The figures failed (a fault of twofold)", "text": reason},)


def measured(
    material: Material, seed: int, options: Options, progress: Progress
) -> tuple[tuple[Experiment, ...], tuple[Mapping[str, Any], ...]]:
    """The experiments that the document or the caller asks for; an interrupt leaves them out and says so."""
    if not options.figures or not (material.experiments or options.experiments):
        return (), ()
    from .experiments.conduct import conduct

    try:
        asked = material.experiments
        return conduct(asked, material.contexts, options.experiments, seed, progress, options.data)
    except KeyboardInterrupt:
        if not options.keep_partial:
            raise
        text = "every step was judged; the experiments are left out."
        return (), ({"kind": "interrupted", "title": "The run was interrupted", "text": text},)


def derive(worker: Prover, context: Context) -> tuple[Mapping[str, Any], ...]:
    """Textbook derivations of the declared laws; a report without them is still a report."""
    if not context.laws:
        return ()  # no process is started, and no SymPy loaded, for nothing
    reply = worker.call("derive", {"context": context_json(context)})
    return tuple(reply.value) if reply.status == "ok" else ()


def draw(
    context: Context, seed: int, options: Options, alpha: float
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """Figures and findings of the declared flows and energies."""
    if not options.figures:
        return (), ()
    from .pictures import pictures

    return pictures(context, seed, alpha)


__all__ = ["Options", "check_source"]
