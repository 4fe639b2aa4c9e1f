"""One document, whatever it does: judged in a child, taken up again by another where one dies.

A child that dies (a limit, a crash) takes nothing with it: the verdicts that it told are given to the next one, and the
claim at which it died is skipped, with the reason as its verdict (`undecided`). A crash is tried once more first: it
may have come from outside. After `DEATHS` children, or when the time of the document is over, a last one closes it:
every claim that is left is undecided for that reason.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from ..jobs import JOBS
from ..worker import NOT_STARTED, PRELOAD, Limits, Reply, Worker
from .records import DocumentLimits, Settings, Status

DEATHS = 5
CLOSING = 20.0  # seconds that the closing of a document may take beyond its time
WARM = (*PRELOAD, "twofold.checks.batch.document_job:warm")


class Claims(Protocol):
    """Verdicts by the key of their claim, shared by the documents of a class."""

    def get(self, key: str) -> Any | None: ...

    def put(self, key: str, value: Any) -> None: ...


class NoProcess(RuntimeError):  # noqa: N818 - a state of the machine
    """This machine starts no process: nothing can be said about any document. The whole message for a person."""


def started(reply: Reply) -> Reply:
    """A reply of a process that was there.  Raises NoProcess."""
    if reply.status == "crash" and reply.reason.startswith(NOT_STARTED):
        raise NoProcess(f"no process can be started to judge documents in ({reply.reason})")
    return reply


class NoClaims:
    """Nothing is shared."""

    def get(self, key: str) -> Any | None:
        return None

    def put(self, key: str, value: Any) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one text: a status, the reasons, the run as JSON (without its name) or None.

    `lost`: it says nothing about the text (a machine was lost, a file changed): not to be kept.
    """

    status: Status
    reasons: tuple[str, ...] = ()
    run: Mapping[str, Any] | None = None
    lost: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"status": self.status.value, "reasons": list(self.reasons), "run": self.run}


def finding_from(data: Mapping[str, Any]) -> Finding:
    return Finding(status=Status(data["status"]), reasons=tuple(data["reasons"]), run=data["run"])


@dataclass(slots=True)
class Watch:
    """What a document has told so far, over all its children."""

    claims: Claims
    prover: Worker
    known: dict[str, Any] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    stage: str = "read"
    steps: int = 0  # claims with a verdict
    proving: float = 0.0  # CPU seconds of the proofs

    def hear(self, message: Any) -> Any:
        """Answer a child (see `document_job`); what it cannot have said ends it by an error of its own."""
        if "claim" in message:
            return self.before(str(message["claim"]))
        if "found" in message:
            self.steps += 1
            self.known[message["found"]] = message["verdict"]
            if message["shared"]:
                self.claims.put(message["found"], message["verdict"])
            self.stage = "between"
        elif "prove" in message:
            return self.prove(*message["prove"])
        elif "stage" in message:
            self.stage = str(message["stage"])
        return None

    def before(self, key: str) -> dict[str, Any]:
        self.stage = key
        verdict = self.known.get(key) or self.claims.get(key)
        if verdict is not None:
            self.steps += key not in self.known
            return {"verdict": verdict}
        return {"skip": self.skipped[key]} if key in self.skipped else {}

    def prove(self, job: str, argument: Any, limits: Mapping[str, Any]) -> dict[str, Any]:
        reply = started(self.prover.call(job, argument, limits=Limits(**limits)))
        self.proving += reply.cost.cpu
        return {"status": reply.status, "value": reply.value, "reason": reply.reason} | {
            "wall": reply.cost.wall,
            "cpu": reply.cost.cpu,
        }


class Slot:
    """A place at which documents are judged, one after the other: a zygote with two children. One thread uses it."""

    def __init__(
        self,
        settings: Settings,
        claims: Claims | None = None,
        *,
        jobs: Mapping[str, str] = JOBS,
        preload: Sequence[str] = WARM,
        path: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self.claims = NoClaims() if claims is None else claims
        self.stopped = False
        self.watch: Watch | None = None  # of the document that is being judged
        self.documents = Worker(jobs=jobs, preload=preload, path=path)
        self.prover = Worker(beside=self.documents)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.prover.close()
        self.documents.close()

    def abort(self) -> None:
        """End its processes from another thread: what is being judged ends as a crash."""
        self.stopped = True
        self.documents.abort()

    def judge(self, name: str, text: str, given: str = "") -> Finding:
        """Judge one text under the settings; `name` tells its format and is shown in messages."""
        self.prover.renew()  # no document inherits what another left in SymPy's caches
        return Trial(self, name, text, given).run()


class Trial:
    """The children of one document, one after the other."""

    def __init__(self, slot: Slot, name: str, text: str, given: str) -> None:
        self.slot = slot
        self.limits: DocumentLimits = slot.settings.limits
        self.watch = slot.watch = Watch(claims=slot.claims, prover=slot.prover)
        self.argument = {"name": name, "text": text, "blame": True, "closing": ""}
        settings = slot.settings
        self.argument["options"] = {
            "seed": settings.seed,
            "alpha": settings.alpha,
            "seconds": settings.seconds,
            "given": given,
            "prove": settings.prove,
        }
        self.deaths: list[str] = []
        self.crashed: set[str] = set()  # stages at which a crash was seen once
        self.status = Status.GRADED
        self.spent = 0.0
        self.start = time.monotonic()

    def run(self) -> Finding:
        while True:
            reply = self.child()
            if reply.status == "ok":
                return self.finding(reply.value)
            if self.slot.stopped:
                return Finding(status=Status.CRASHED, reasons=("stopped",), lost=True)
            if not self.goes_on(started(reply)):
                return Finding(status=self.status, reasons=tuple(dict.fromkeys(self.deaths)))

    def child(self) -> Reply:
        """One child on this document."""
        self.watch.stage = "read"
        before = self.watch.proving
        left = max(1.0, self.limits.cpu - self.spent)
        wall = self.limits.wall - (time.monotonic() - self.start)
        if self.argument["closing"]:
            left, wall = max(left, CLOSING), max(wall, 4 * CLOSING)
        limits = Limits(
            wall=max(1.0, wall), cpu=min(self.limits.step, left), memory=self.limits.memory, output=self.limits.output
        )
        self.slot.documents.renew()  # what one document did to its process must not reach another
        argument = {**self.argument, "cpu": left, "step": self.limits.step}
        reply = self.slot.documents.call("document", argument, limits=limits, hear=self.watch.hear)
        self.spent += reply.cost.cpu + self.watch.proving - before
        return reply

    def goes_on(self, reply: Reply) -> bool:
        """Note how a child died and prepare the next one; False where no other child would do better."""
        stage = self.watch.stage
        if reply.status == "crash" and stage not in self.crashed and not self.argument["closing"]:
            self.crashed.add(stage)
            return True
        self.status = Status.LIMIT if reply.status == "limit" else Status.CRASHED
        reason = f"{'limit' if reply.status == 'limit' else 'crash'}: {reply.reason}"
        self.deaths.append(reason)
        if stage == "read" or self.argument["closing"]:
            return False
        if stage == "blame":
            self.argument["blame"] = False
        elif stage != "between":
            self.watch.skipped[stage] = reason
        if len(self.deaths) >= DEATHS or self.over() or stage == "between":
            self.argument |= {"closing": f"not judged after {reason}", "blame": False}
        return True

    def over(self) -> bool:
        return self.spent >= self.limits.cpu or time.monotonic() - self.start >= self.limits.wall

    def finding(self, value: Mapping[str, Any]) -> Finding:
        """The finding of a child that came to its end."""
        if "unreadable" in value:
            return Finding(status=Status.UNREADABLE, reasons=(value["unreadable"],))
        run, reasons = value["run"], list(dict.fromkeys(self.deaths))
        if value["closing"] and not self.deaths:
            self.status = Status.LIMIT
            reasons.append(value["closing"])
        status = self.status
        summary = run["summary"]
        if status is Status.GRADED and summary["unread"]:
            status = Status.PARTLY_READ
            reasons.append(f"{summary['unread']} of {summary['claims']} claims could not be read")
        if status is Status.GRADED and not summary["claims"]:
            status = Status.PARTLY_READ
            reasons.append("no claim was found in it")
        return Finding(status=status, reasons=tuple(reasons), run=run)
