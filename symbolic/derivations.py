r"""The derivations of a context as a report prints them: one or two entries for each declared law, flow and energy.

Every entry is independent: a law that cannot be derived says so and costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .chapter_energy import energy_chapters
from .chapter_flow import flow_chapters
from .chapter_gaussian import affine_chapters, gaussian_chapters
from .chapter_map import map_chapters
from .context import AffineLaw, Context, EnergyLaw, FlowLaw, GaussianLaw, Law, MappedLaw
from .entries import Chapter, not_shown
from .formal import Formal

_CHAPTERS: dict[type, tuple[str, str, Callable[..., Iterable[Chapter]]]] = {
    GaussianLaw: ("gaussian", "The law of {}", gaussian_chapters),
    AffineLaw: ("pushforward", "The law of {}", affine_chapters),
    MappedLaw: ("change_of_variables", "The density of {}", map_chapters),
    FlowLaw: ("flow", "The flow {}", flow_chapters),
    EnergyLaw: ("energy", "The energy-based density {}", energy_chapters),
}


def derivations_of(context: Context) -> list[dict[str, Any]]:
    """JSON of the derivations of each law, in order of declaration; what could not be derived says why."""
    return [entry for law in context.laws.values() for entry in entries_of(context, law)]


def entries_of(context: Context, law: Law) -> list[dict[str, Any]]:
    """The entries of one law."""
    kind, title, chapters = _CHAPTERS[type(law)]
    found: list[dict[str, Any]] = []
    try:
        found.extend(chapter.to_json() for chapter in chapters(Formal(context), law))
    except Exception as error:  # the net of one law: whatever SymPy meets here, the report keeps the other laws
        found.append(not_shown(law.name, kind, title.format(law.name), reason_of(error)))
    return found


def reason_of(error: Exception) -> str:
    """The sentence of an expected refusal; the type of anything else."""
    text = str(error).strip().split("\n")[0][:300]
    if isinstance(error, ValueError) and text:
        return text[0].lower() + text[1:]
    return f"the derivation stopped with {type(error).__name__}"
