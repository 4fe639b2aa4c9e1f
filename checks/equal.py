r"""Two expressions: are they equal on a domain?  `twofold.equal` and `twofold.assert_equal`.

    read both sides -> a context from `where` -> every natural reading is a claim -> refuter, prover, witnesses

The refuter runs first and decides most false pairs in balls; only what it leaves open goes to the prover.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from ..symbolic.context import Context
from ..symbolic.declarations import name_of, symbol_entry
from ..symbolic.elaborate import READINGS, Ambiguous, Elaborator
from ..symbolic.reading import looks_like_tex, read_domain, read_syntax
from ..symbolic.source import NOWHERE, ReadError, Source
from ..symbolic.syntax import Relation
from ..symbolic.tree import Node, free_names
from ..symbolic.vocabulary import GREEK
from .budget import Budget
from .claim import Part, make_claim
from .evidence import Counterexample, Disproof, Obstacle
from .first_look import first_look, seed_of
from .planner import Planner
from .verdict import Outcome, Reading, Verdict
from .worker import Limits, Worker

Side = Any  # TeX or plain text, a SymPy object, a number, or a tree


def equal(
    lhs: Side,
    rhs: Side,
    *,
    where: Mapping[str, str] | None = None,
    seed: int = 0,
    seconds: float = 10.0,
    prove: bool = True,
) -> Verdict:
    r"""Judge lhs = rhs on the domain `where`.

    Args:
        lhs, rhs: TeX, plain notation, a SymPy expression or matrix, or a number.
        where: name -> domain in the words of problem files: "positive", "(0,1)", "integer, >= 2", "matrix(2,2)".
            A name that is not there is real by default; a verdict that depends on this is undecided.
        seed: of the points; the same seed gives the same verdict.
        seconds: of wall clock for one symbolic proof.
        prove: False to ask for numbers alone: what is false is refuted as before, nothing is proved (`supported` is the
            most a claim with free names can be), and no process is started; hundreds of times faster.

    Raises:
        ReadError (a ValueError): a side or a domain cannot be read.
        TypeError: a side is neither text nor mathematics.

    >>> equal(r"\frac{x^2-1}{x-1}", "x+1", where={"x": "real"}).outcome
    <Outcome.PROVED: 'proved'>
    >>> equal("sqrt(x^2)", "x", where={"x": "real"}).outcome
    <Outcome.REFUTED: 'refuted'>
    """
    context = context_of({**declared_by(lhs), **declared_by(rhs), **(where or {})})
    pairs = readings(lhs, rhs, context)
    planner = Planner(
        worker=shared_worker(),
        budget=Budget(seconds=seconds),
        seed=seed,
        limits=Limits(wall=seconds, cpu=seconds),
        patient=False,
        proofs=prove,
    )
    found = [(name, judge(planner, *sides)) for name, sides in pairs]
    if len(found) == 1:
        return found[0][1]
    warning = "ambiguous: " + " or ".join(name for name, _ in found)
    return Verdict(
        evidence=(),
        readings=tuple(Reading(name=name, evidence=verdict.evidence) for name, verdict in found),
        conditions=tuple(dict.fromkeys(c for _, v in found for c in v.conditions)),
        warnings=(warning, *dict.fromkeys(w for _, v in found for w in v.warnings)),
    )


def assert_equal(
    lhs: Side, rhs: Side, *, where: Mapping[str, str] | None = None, seed: int = 0, seconds: float = 10.0
) -> None:
    """Raise AssertionError, with the verdict and the counterexample, unless lhs = rhs is proved, enclosed or supported.

    >>> assert_equal("(x+1)^2", "x^2 + 2*x + 1", where={"x": "real"})
    >>> assert_equal("(x+1)^2", "x^2 + 1", where={"x": "real"})
    Traceback (most recent call last):
        ...
    AssertionError: Refuted: the two sides differ. At x = 1: 4 against 2.
    """
    verdict = equal(lhs, rhs, where=where, seed=seed, seconds=seconds)
    if not verdict.outcome.passes:
        raise AssertionError(explanation(verdict))


def explanation(verdict: Verdict) -> str:
    """The sentence of the verdict and what it rests on."""
    pieces = verdict.evidence or tuple(p for r in verdict.readings for p in r.evidence)
    for piece in pieces:
        if isinstance(piece, Counterexample):
            where = ", ".join(f"{name} = {value}" for name, value in piece.point.items())
            text = f"{piece.lhs} against {piece.rhs}."
            return f"{verdict.outcome.sentence} {f'At {where}: ' if where else ''}{text}"
        if isinstance(piece, Disproof):
            return f"{verdict.outcome.sentence} {piece.rule}: {'; '.join(piece.steps)}."
    reasons = dict.fromkeys(p.reason for p in pieces if isinstance(p, Obstacle))
    return " ".join([verdict.outcome.sentence, *(f"{r}." for r in reasons)])


@cache
def shared_worker() -> Worker:
    """The worker of this process: nothing starts before the first proof, and it is closed with the process."""
    worker = Worker()
    atexit.register(worker.close)
    return worker


def judge(planner: Planner, lhs: Node, rhs: Node, context: Context, implied: tuple[str, ...]) -> Verdict:
    """The verdict of one reading; a crash of ours is a fault."""
    try:
        # A claim of its own, with id and kind, costs as much as a first look at the two sides.
        glance = None if planner.proofs else first_look(Part(lhs, rhs, context), seed_of(planner.seed, lhs, rhs))
        if glance is None:
            verdict = planner.judge(make_claim(lhs, "=", rhs, context, NOWHERE))
        else:
            verdict = Verdict(evidence=tuple(glance))
    except Exception as error:  # the last net: a bug must show as a fault
        reason = f"{type(error).__name__}: {error}"[:300]
        return Verdict(evidence=(Obstacle(method="twofold", reason=reason, fault=True),))
    warnings = tuple(f"{name} is not declared; taken as real" for name in implied)
    return replace(verdict, warnings=(*verdict.warnings, *warnings)) if warnings else verdict


# -- reading -----------------------------------------------------------------------------------------------------------
def context_of(where: Mapping[str, str]) -> Context:
    """The context that the domains declare; a bound may use any name declared before it."""
    context = Context()
    for written, text in where.items():
        source = Source(f"where[{written!r}]", text)
        span = source.span(0, len(text))
        name = name_of(written, span)
        domain = read_domain(text, name, context, source, span)
        context = context.declare(symbol_entry(name, domain, span, context))
    return context


Read = tuple[Node, Node, Context, tuple[str, ...]]  # both sides, the context, the names taken as real by default


def declared_by(side: Side) -> dict[str, str]:
    """What the assumptions of SymPy's symbols say of their domains."""
    if isinstance(side, str) or not hasattr(side, "free_symbols"):
        return {}
    from ..symbolic.from_sympy import domains_of

    return domains_of(side)


def readings(lhs: Side, rhs: Side, context: Context) -> list[tuple[str, Read]]:
    """Every natural reading of the two sides: its name ("" where there is no doubt) and the trees."""
    notations = notations_of(lhs, rhs, context)
    failures: list[ReadError] = []
    found: list[tuple[str, Read]] = []
    for notation in notations:
        try:
            read = chosen(lhs, rhs, context, notation, {})
        except ReadError as error:
            failures.append(error)
            continue
        if notation == notations[-1] or not glued(read[0][1]):
            return read
        found = found or read
    if not found:
        raise failures[0]
    return found


def notations_of(lhs: Side, rhs: Side, context: Context) -> tuple[str, ...]:
    """TeX where a sign of TeX is written; else plain notation first, which has names of several letters."""
    texts = [side for side in (lhs, rhs) if isinstance(side, str)]
    return ("tex",) if any(looks_like_tex(text) for text in texts) else ("plain", "tex")


def glued(read: Read) -> bool:
    """Whether plain notation made a name of several letters that nobody declared: `xy` for x times y."""
    _, _, context, implied = read
    declared = [e.name for e in context if e.name not in implied]
    return bool(declared) and any(len(n) > 1 and n not in GREEK.values() for n in implied)


def chosen(lhs: Side, rhs: Side, context: Context, notation: str, choices: Mapping[str, str]) -> list[tuple[str, Read]]:
    """The readings under some choices; a doubt that is met splits into its choices."""
    el = Elaborator(context, implicit=True, imaginary=True, choices=choices)
    try:
        trees = [tree_of(side, name, notation, el) for side, name in ((lhs, "lhs"), (rhs, "rhs"))]
    except Ambiguous as doubt:
        if doubt.kind not in READINGS or doubt.kind in choices:
            raise
        options = [{**choices, doubt.kind: value} for value in READINGS[doubt.kind]]
        return [pair for option in options for pair in chosen(lhs, rhs, context, notation, option)]
    name = " and ".join(READINGS[kind][value] for kind, value in choices.items())
    return [(name, (trees[0], trees[1], el.context, tuple(el.implied)))]


def tree_of(side: Side, name: str, notation: str, el: Elaborator) -> Node:
    """The tree of a side; names are declared in the elaborator as they come."""
    if isinstance(side, str):
        source = Source(name, side)
        syntax = read_syntax(side, notation, source, source.span(0, len(side)))
        if isinstance(syntax, Relation):
            raise ReadError("expected an expression; got a relation", syntax.relations[0].span)
        return el.node(syntax)
    from ..symbolic.from_sympy import tree_from

    tree = tree_from(side)
    for free in sorted(free_names(tree)):
        if not el.knows(free):
            el.imply(free, "undeclared: real by default")
    return tree


__all__ = ["Outcome", "assert_equal", "equal"]
