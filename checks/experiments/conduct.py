r"""Experiments of a run: what the document asks for, or, on request, the default one of every flow and energy.

Each is carried out by the module of its kind, which is imported only then.  What cannot be carried out as asked (no
such name, parameters outside of their domain, data of the wrong shape) is a finding with its place; so is one that
takes longer than `LIMIT` of computing.  A crash of ours is a finding of kind "fault".  None of them touches a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ...symbolic.context import Context, EnergyLaw, FlowLaw
from ...symbolic.experiments import ENERGY_KINDS, FLOW_KINDS, ExperimentRequest
from ..budget import step_seed
from ..deadline import Deadline, OutOfTime
from .record import BadExperiment, Experiment, Told

TELLING = ("learning", "training")  # kinds that say how far they are within one fit
BAR = 20
LIMIT = 120.0  # CPU seconds of one experiment; the outer net, effort is planned in counted units
Json = Mapping[str, Any]
Progress = Callable[[int, int, str], None]
Conducted = tuple[tuple[Experiment, ...], tuple[Json, ...]]


@dataclass(frozen=True, slots=True)
class Task:
    """One experiment to carry out; `asked` is False for those that the command line asks for."""

    request: ExperimentRequest
    context: Context
    asked: bool = True

    @property
    def where(self) -> str:
        return f"the experiment at line {self.request.span.line}" if self.asked else f"experiment {self.request.kind}"


def conduct(
    requests: Sequence[tuple[ExperimentRequest, Context]],
    contexts: Sequence[Context],
    everything: bool,
    seed: int,
    progress: Progress,
    folder: Path | None = None,
) -> Conducted:
    """Carry out the experiments of a document; with `everything` also those of every flow and energy it declares.

    Data files are read from `folder` alone, and not at all where it is None.
    """
    tasks = [Task(request, context) for request, context in requests]
    if everything:
        tasks += [task for task in offered(contexts) if not any(same(task, other) for other in tasks)]
    found: list[Experiment] = []
    findings: list[Json] = []
    for number, task in enumerate(tasks):
        progress(number, len(tasks), f"experiment {task.request.kind}")
        outcome = carried_out(task, seed, folder, within(progress, number, len(tasks), task.request.kind))
        if isinstance(outcome, Experiment):
            found.append(outcome)
        else:
            findings.append(outcome)
    progress(len(tasks), len(tasks), "")
    return tuple(found), tuple(findings)


def offered(contexts: Iterable[Context]) -> list[Task]:
    """The experiments that the declared flows and energies allow, each object once."""
    found: list[Task] = []
    seen: list[object] = []
    for context in contexts:
        for law in of_kind(context):
            if law in seen:
                continue
            seen.append(law)
            for kind in kinds_for(law, context):
                request = ExperimentRequest(kind=kind, of=law.name, span=law.span)
                found.append(Task(request, context, asked=False))
    return found


def kinds_for(law: FlowLaw | EnergyLaw, context: Context) -> tuple[str, ...]:
    """What can be asked of an object without further settings."""
    if isinstance(law, EnergyLaw):
        return ENERGY_KINDS if law.parameters else ENERGY_KINDS[:1]
    if law.start is None:
        return ()
    return FLOW_KINDS if law.parameters else tuple(kind for kind in FLOW_KINDS if kind != "learning")


def same(task: Task, other: Task) -> bool:
    """Whether a task is asked for already."""
    return task.request.kind == other.request.kind and task.request.of == subject_name(other)


def subject_name(task: Task) -> str:
    try:
        return subject(task).name
    except BadExperiment:
        return task.request.of


def subject(task: Task) -> FlowLaw | EnergyLaw:
    """The flow or the energy that is meant.  Raises BadExperiment when there is none, or more than one."""
    wanted: type = FlowLaw if task.request.kind in FLOW_KINDS else EnergyLaw
    word = "flow" if wanted is FlowLaw else "energy"
    laws = [law for law in of_kind(task.context) if isinstance(law, wanted)]
    names = [law.name for law in laws]
    if not laws:
        raise BadExperiment(f"expected a declared {word} for '{task.request.kind}'; the document declares none")
    if not task.request.of:
        if len(laws) == 1:
            return laws[0]
        raise BadExperiment(f"expected 'of' with one of the names {', '.join(names)}; got none")
    for law in laws:
        if task.request.of == law.name:
            return law
    near = get_close_matches(task.request.of, names, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"declared: {', '.join(names)}"
    raise BadExperiment(f"expected the name of a declared {word}; got '{task.request.of}' ({hint})")


def of_kind(context: Context) -> list[FlowLaw | EnergyLaw]:
    """The flows and energies of a context."""
    return [law for law in context.laws.values() if isinstance(law, FlowLaw | EnergyLaw)]


def permitted(request: ExperimentRequest, folder: Path | None) -> Mapping[str, Any]:
    """The settings of a request; the folder of its data where reading is allowed."""
    kept = {key: value for key, value in request.settings.items() if key != "folder"}
    return {**kept, "folder": folder} if folder is not None and request.kind == "learning" else kept


def maker(kind: str) -> Callable[..., Experiment]:
    """The function of a kind, imported when it is wanted."""
    if kind == "figures":
        from .figures import experiment as figures

        return figures
    if kind == "learning":
        from .learning import experiment as learning

        return learning
    if kind == "solvers":
        from .solvers import experiment as solvers

        return solvers
    if kind == "sampling":
        from .sampling import experiment as sampling

        return sampling
    from .training import experiment as training

    return training


def within(progress: Progress, number: int, total: int, kind: str) -> Told:
    """A bar for the work inside of one experiment, on the line of the run's own progress."""

    def told(done: int, steps: int, words: str) -> None:
        full = BAR * min(done, steps) // max(steps, 1)
        progress(number, total, f"{kind} [{'#' * full}{'.' * (BAR - full)}] {done}/{steps} {words}")

    return told


def carried_out(task: Task, seed: int, folder: Path | None = None, told: Told | None = None) -> Experiment | Json:
    """The record, or the finding that says why there is none."""
    request = task.request
    try:
        law = subject(task)
        make = maker(request.kind)
        own = step_seed(seed, law.name, f"experiment {request.kind}")
        with Deadline(LIMIT) as deadline:
            more = {"told": told} if told is not None and request.kind in TELLING else {}
            made = make(task.context, law, permitted(request, folder), own, **more)
            deadline.check()
        return replace(made, line=request.span.line)
    except OutOfTime:
        text = f"it took more than {LIMIT:g} s of computing; ask for less"
        return {"kind": "no_experiment", "of": request.of, "title": f"Not made: {task.where}", "text": text}
    except BadExperiment as error:
        return {"kind": "no_experiment", "of": request.of, "title": f"Not made: {task.where}", "text": str(error)}
    except Exception as error:  # the last net: a bug must show as a fault, with everything else still told
        reason = f"{type(error).__name__}: {error}"[:300]
        return {"kind": "fault", "title": f"A fault of twofold in {task.where}", "text": reason}
