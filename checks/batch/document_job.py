"""The judging of a whole document inside the child: a job of the worker that speaks with its supervisor.

Before each claim the child asks whether its verdict is known (found by a child that died since, or in another document
of the class), and after each it tells the verdict, so that nothing that was found dies with it:

    {"claim": key}                    -> {"verdict": ..}, {"skip": reason} or {}
    {"found": key, "verdict": ..}     -> null
    {"prove": [job, argument, limits]}-> {"status", "value", "reason", "wall", "cpu"}
    {"stage": "blame"}                -> null

Proofs are made in the other child of the zygote, whose limits are its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...symbolic.source import ReadError, Source
from ..budget import Budget
from ..check import BLAME, Options, check_source
from ..claim import Claim
from ..command import visible
from ..course import Course, Find
from ..evidence import Obstacle
from ..run_json import verdict_from, verdict_json
from ..verdict import Verdict
from ..worker import Cost, Limits, Reply
from ..worker_child import Asking, allow_cpu
from .fingerprint import fingerprint

WIDE = 4.0  # wall clock of a proof in CPU seconds of it: the load of the machine must not decide
DEAR = 0.02  # CPU seconds from which a verdict is worth keeping for the other documents of the class


class Relay:
    """A prover that lives elsewhere: calls go to the supervisor, which passes them on."""

    def __init__(self, ask: Asking, seconds: float) -> None:
        self.ask, self.used = ask, 0.0
        self.limits = Limits(wall=seconds, cpu=seconds)

    def call(self, job: str, argument: Any = None, *, limits: Limits | None = None) -> Reply:
        allowed = asdict(limits or self.limits)
        allowed["wall"] *= WIDE
        found = self.ask({"prove": [job, argument, allowed]})
        cost = Cost(wall=found["wall"], cpu=found["cpu"])
        self.used += cost.cpu
        return Reply(status=found["status"], value=found["value"], reason=found["reason"], cost=cost)


class Companion:
    """What accompanies one run: the keys of its claims, its time, its talk with the supervisor."""

    def __init__(self, argument: Mapping[str, Any], ask: Asking) -> None:
        self.ask = ask
        self.options: Mapping[str, Any] = argument["options"]
        self.left: float = argument["cpu"]
        self.step: float = argument["step"]
        self.closing: str = argument["closing"]
        self.relay = Relay(ask, self.options["seconds"])
        self.number = 0
        self.contexts: dict[int, str] = {}  # the fingerprints of contexts, which many claims share
        self.kept: list[Any] = []  # the contexts themselves: an id() is theirs while they live

    def spent(self) -> float:
        return time.process_time() + self.relay.used

    def allow(self) -> None:
        """Renew the CPU limit of this process for the next step."""
        allow_cpu(min(self.step, max(1.0, self.left - self.spent())))

    def key(self, claim: Claim, budget: Budget, seed: int) -> tuple[str, bool]:
        """Everything that the verdict of a claim depends on, and whether other documents may meet it.

        A claim that holds something unknown to `fingerprint` has its place in this document as its key.
        """
        self.number += 1
        try:
            parts = [[p.lhs, p.rhs, p.label, p.relation, self.context_key(p.context)] for p in claim.parts]
            named = [claim.id, claim.lhs, claim.relation, claim.rhs, claim.kind, claim.subject]
            return fingerprint(named, self.context_key(claim.context), parts, budget, seed), True
        except TypeError:
            return f"claim {self.number}", False

    def context_key(self, context: Any) -> str:
        if id(context) not in self.contexts:
            self.contexts[id(context)] = fingerprint(context)
            self.kept.append(context)
        return self.contexts[id(context)]

    def verdict(self, claim: Claim, budget: Budget, seed: int, find: Find) -> Verdict:
        """The verdict of a claim: known, skipped for a reason, or found now and told at once."""
        key, general = self.key(claim, budget, seed)
        known = self.ask({"claim": key})
        if "verdict" in known:
            return verdict_from(known["verdict"])
        if reason := known.get("skip") or self.closing or self.over():
            return Verdict(evidence=(Obstacle(method="twofold", reason=reason),))
        self.allow()
        start = self.spent()
        verdict = verdict_json(find())
        shared = general and self.spent() - start > DEAR and not was_cut(verdict)
        self.ask({"found": key, "verdict": verdict, "shared": shared})
        return verdict_from(verdict)

    def over(self) -> str:
        if self.spent() < self.left:
            return ""
        self.closing = "limit: the computing time of one document is used up"
        return self.closing

    def progress(self, done: int, total: int, label: str) -> None:
        if done == total:
            self.ask({"stage": "blame"})
            self.allow()


def was_cut(verdict: Mapping[str, Any]) -> bool:
    """Whether a limit had a hand in a verdict: on another machine or another day it might be another one."""
    evidence = [*verdict["evidence"], *(piece for reading in verdict["readings"] for piece in reading["evidence"])]
    reasons = [str(piece.get("reason", "")) for piece in evidence] + list(verdict["warnings"])
    return any(reason.startswith(("limit", "crash", "error", "no diagnosis")) for reason in reasons)


def judge(argument: Mapping[str, Any], ask: Asking) -> dict[str, Any]:
    """Judge a document: `{"run": ..}`, or `{"unreadable": message}` for a problem file that cannot be read."""
    companion = Companion(argument, ask)
    source = Source(argument["name"], argument["text"])
    options = Options(figures=False, **companion.options)
    seconds = min(BLAME * options.seconds, companion.left) if argument["blame"] else 0.0
    course = Course(
        prover=companion.relay,
        verdict=companion.verdict,
        blame=seconds,
        derivations=False,
        lenient=True,
        survives=False,
    )
    try:
        run = check_source(source, options, companion.progress, course)
    except ReadError as error:
        return {"unreadable": "\n".join(visible(line) for line in error.explain(source).split("\n"))}
    return {"run": {**run.as_dict(), "timing": {}}, "closing": companion.closing}


def warm() -> None:
    """Judge a small document once, so that every child finds the imports and tables that most documents need."""
    argument = {
        "name": "warm.md",
        "text": WARM,
        "cpu": 60.0,
        "step": 60.0,
        "closing": "",
        "blame": True,
        "options": {"seed": None, "alpha": None, "seconds": 10.0, "given": ""},
    }
    judge(argument, quiet)


def quiet(message: Mapping[str, Any]) -> Any:
    """A supervisor that knows nothing and proves nothing."""
    if "prove" in message:
        return {"status": "ok", "value": {"status": "unknown", "reason": ""}, "reason": "", "wall": 0.0, "cpu": 0.0}
    return {} if "claim" in message else None


WARM = r"""# Warm

Let $Z \sim \mathcal{N}(0, I_2)$, $A = \begin{pmatrix} 2 & 1 \\ 0 & 1 \end{pmatrix}$ and $Y = A Z$. Then

$$\operatorname{Cov}(Y) = \begin{pmatrix} 5 & 1 \\ 1 & 1 \end{pmatrix}$$

$$\int_0^1 x^2 \, dx = \frac{1}{3}, \qquad \frac{d}{dx} \tanh(x) = \operatorname{sech}^2(x) = 1$$
"""
