r"""From a source to a Run: read, judge every link, derive for the report, collect the figures.

The only place where the pieces meet.  Everything a renderer shows is in the Run; the clock is read for `timing` alone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..symbolic.context import Context, EnergyLaw
from ..symbolic.context_json import context_json
from ..symbolic.printing import plain, tex
from ..symbolic.problem import Problem, read_problem
from ..symbolic.source import Source, Span
from ..symbolic.vocabulary import RELATION_TEX
from .budget import Budget, split_alpha
from .claim import Claim
from .evidence import Obstacle
from .interrupts import Interrupts
from .planner import KINDS, Planner
from .provenance import provenance
from .run import ContextRecord, Run, SpanRecord, StepRecord
from .statements import Link, links_of
from .verdict import Verdict
from .worker import Limits, Worker

DEFAULT_ALPHA = 1e-6
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to check: seed, family-wise false-alarm rate, limits, and whether figures are made.

    `keep_partial`: an interrupt (KeyboardInterrupt) ends the run with what was judged, and is not raised.
    """

    seed: int | None = None
    alpha: float | None = None
    seconds: float = 10.0
    figures: bool = True
    command: Sequence[str] = ()
    keep_partial: bool = False


def silent(done: int, total: int, label: str) -> None:
    """No progress."""


def check_source(source: Source, options: Options | None = None, progress: Progress = silent) -> Run:
    """Check a problem file.

    Raises:
        ReadError: the file cannot be read; the message has its place.
    """
    options = options or Options()
    wall, cpu = time.perf_counter(), time.process_time()
    problem = read_problem(source)
    from .validate import validate

    findings = (*validate(problem.context), *missing_densities(problem.context))
    links, context = links_of(problem)
    seed = options.seed if options.seed is not None else problem.seed or 0
    alpha = next(a for a in (options.alpha, problem.alpha, DEFAULT_ALPHA) if a is not None)
    first, second = split_alpha(alpha, count_tests(links))
    budget = Budget(alpha_first=first, alpha_second=second, seconds=options.seconds)
    with Worker(limits=Limits(wall=options.seconds, cpu=options.seconds)) as worker:
        planner = Planner(worker=worker, budget=budget, seed=seed)
        steps, stopped = judge_all(links, planner, progress, options.keep_partial)
        derivations = () if stopped else derive(worker, context)
    figures, more = ((), stopped) if stopped else draw(context, seed, options, alpha)
    return Run(
        source={"name": source.name, "sha256": hashlib.sha256(source.text.encode()).hexdigest(), "text": source.text},
        title=problem.title or source.name,
        steps=tuple(steps),
        context=tuple(context_records(context, source)),
        derivations=derivations,
        figures=figures,
        findings=(*findings, *more),
        provenance=provenance(seed, alpha, options.command or ("twofold", "check", source.name)),
        timing={"wall": round(time.perf_counter() - wall, 3), "cpu": round(time.process_time() - cpu, 3)},
    )


def missing_densities(context: Context) -> tuple[Mapping[str, Any], ...]:
    """Findings about declared energies whose exp(-E) is not integrable."""
    if not any(isinstance(law, EnergyLaw) for law in context.laws.values()):
        return ()
    from .integrable import integrability_findings

    return integrability_findings(context)


def count_tests(links: Sequence[Link]) -> int:
    """How many statistical tests the run may make: its false-alarm rate is split over them."""
    return sum(len(KINDS.get(link.claim.kind, ())) * 4 for link in links if link.claim) + 8


def judge_all(
    links: Sequence[Link], planner: Planner, progress: Progress, keep_partial: bool
) -> tuple[list[StepRecord], tuple[Mapping[str, Any], ...]]:
    """Every step; and, when interrupted, the finding that says so: the steps left are undecided for that reason."""
    found: list[StepRecord] = []
    try:
        with Interrupts() as interrupts:
            for number, link in enumerate(links):
                progress(number, len(links), link.label)
                record = step_record(link, judged(link.claim, planner) if link.claim else None)
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


def judged(claim: Claim, planner: Planner) -> Verdict:
    """The verdict of a claim; a crash of ours is a fault of that step and never of the run."""
    try:
        return planner.judge(claim)
    except Exception as error:  # the last net: a bug must show as a fault, with the rest still judged
        reason = f"{type(error).__name__}: {error}"
        return Verdict(evidence=(Obstacle(method="twofold", reason=reason[:300], fault=True),))


def step_record(link: Link, verdict: Verdict | None) -> StepRecord:
    claim = link.claim
    understood = understood_tex = ""
    if claim is not None:
        understood = f"{plain(claim.lhs)} {claim.relation} {law_text(claim, plain)}"
        understood_tex = f"{tex(claim.lhs)} {RELATION_TEX[claim.relation]} {law_text(claim, tex)}"
    warnings = tuple(
        f"{name} is not declared; taken as real" for name in link.implied if claim and claim.kind != "density"
    )
    return StepRecord(
        id=claim.id if claim else hashlib.sha256(link.text.encode()).hexdigest()[:12],
        kind="claim",
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


def derive(worker: Worker, context: Context) -> tuple[Mapping[str, Any], ...]:
    """Textbook derivations of the declared laws; a report without them is still a report."""
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


__all__ = ["Options", "Problem", "check_source"]
