r"""What is to be judged: the links of a source with the contexts they live in, whatever the source's format.

A problem file and a document give the same thing: links in the order of the source (claims, definitions, assignments,
notation, unread pieces), one context for each stretch of the source in which names keep their meaning, and what the
report needs besides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..symbolic.context import Context
from ..symbolic.experiments import ExperimentRequest
from ..symbolic.source import Source
from .shared import Shared
from .statements import Link

_SECTION = re.compile(
    r"(?m)^[ \t]*(?:\[\[[ \t]*(?:claim|experiment)[ \t]*\]\]"
    r"|\[[ \t]*(?:symbols|laws|maps|flows|energies)[ \t]*\])[ \t]*(?:#.*)?$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The links of a source and what they need.

    Attributes:
        links: one for each relation sign, in order (and one for a sentence that claims what a display is).
        contexts: the contexts of the source in order of place; a problem file has one.
        findings: facts about declarations that are not verdicts.
        experiments: what the source asks to be measured, each with the context of its place.
        strict: an impossible declaration is an error of the source (a problem file), not a finding.
    """

    source: Source
    title: str
    links: tuple[Link, ...]
    contexts: tuple[Context, ...]
    seed: int | None = None
    alpha: float | None = None
    findings: tuple[Mapping[str, Any], ...] = ()
    experiments: tuple[tuple[ExperimentRequest, Context], ...] = ()
    strict: bool = False


def is_problem(source: Source) -> bool:
    """Whether a source is a problem file: by its name or, on standard input, by its sections."""
    named = source.name.endswith(".toml")
    return named or (source.name.startswith("<") and _SECTION.search(source.text) is not None)


def material_of(source: Source, given: str = "", lenient: bool = False, shared: Shared | None = None) -> Material:
    """Read a source: TOML by its name (or, on standard input, by its sections), anything else as a document.

    `given`: a `twofold` table that it is read under.  `lenient`: a claim of a problem file that cannot be read is
    unread, and the others are read.  `shared`: what was read before in this process.

    Raises:
        ReadError: a problem file that cannot be read.  A document never raises: what is not understood is unread.
    """
    from .given import given_context

    ground = given_context(given)
    if is_problem(source):
        return problem_material(source, ground, lenient)
    from .document import document_material

    return document_material(source, ground, shared)


def problem_material(source: Source, ground: Context, lenient: bool) -> Material:
    from ..symbolic.problem import read_problem
    from .given import on_ground
    from .statements import links_of

    problem = read_problem(source)
    problem = replace(problem, context=on_ground(ground, problem.context))
    links, context = links_of(problem, lenient)
    return Material(
        source=source,
        title=problem.title or source.name,
        links=links,
        contexts=(context,),
        seed=problem.seed,
        alpha=problem.alpha,
        experiments=tuple((request, context) for request in problem.experiments),
        strict=True,
    )
