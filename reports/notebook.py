"""A run as a notebook shows it: the verdicts as HTML, as the last line of a cell."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from ..checks import api
from ..checks.run import Run as CheckedRun


class Run(CheckedRun):
    """A checked document that knows how a notebook shows it."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .html import fragment

        return fragment(self.as_dict())


def check(
    source: Path | str,
    *,
    seed: int | None = None,
    alpha: float | None = None,
    budget: float = 10.0,
    figures: bool = True,
    prove: bool = True,
) -> Run:
    r"""Judge every claim of a document: a problem file, or its text.

    Args:
        source: a file (`pathlib.Path`, or a `str` without newline and `$`), or the text of the document.
        seed: of the run; default the document's, else 0.
        alpha: family-wise false-alarm rate of the statistical tests; default the document's, else 1e-6.
        budget: seconds for one symbolic proof.
        figures: whether the numbers behind the figures of a report are computed.
        prove: False for a first pass by numbers alone: what is false is refuted, nothing is proved, and no slip or
            earlier error is named behind a refutation.

    Raises:
        TypeError: the source is neither a path nor a text.
        FileNotFoundError: no such file.
        ValueError: not text; a rate outside (0, 1); a budget that is not positive.
        ReadError (a ValueError): the document cannot be read; the note of the error shows the place.

    >>> text = "[symbols]\nx = 'real'\n[[claim]]\nplain = 'sin(x)^2 + cos(x)^2 = 1'\n"
    >>> right = check(text, figures=False)
    >>> [step.outcome.value for step in right.claims]
    ['proved']
    >>> wrong = check(text.replace("= 1", "= 2"), figures=False)
    >>> [step.outcome.value for step in wrong.claims], wrong.first_wrong is wrong.steps[0]
    (['refuted'], True)
    """
    found = api.check(source, seed=seed, alpha=alpha, budget=budget, figures=figures, prove=prove)
    return Run(**{item.name: getattr(found, item.name) for item in fields(found)})
