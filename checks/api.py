"""Checking from Python: what a `source` is, and a Run for it."""

from __future__ import annotations

from pathlib import Path

from ..symbolic.source import ReadError, Source
from .check import Options, check_source
from .command import MAX_BYTES, Unreadable, read_source
from .run import Run


def source_of(given: Path | str) -> Source:
    """The document: a Path is a file; text with a newline or `$` is the document itself; any other text is a path.

    Raises:
        TypeError: neither a path nor a text.
        FileNotFoundError: no such file; the message says how a text is told from a path.
        ValueError: not UTF-8, binary, a folder, or too large.
    """
    if not isinstance(given, str | Path):
        raise TypeError(f"Expected a pathlib.Path or a str as the source; got {type(given).__name__}")
    if isinstance(given, str) and ("\n" in given or "$" in given):
        if len(given.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise ValueError(f"Expected a text of at most {MAX_BYTES} bytes; got more")
        return Source("<text>", given.removeprefix("\ufeff"))
    path = Path(given)
    if not path.exists():
        raise FileNotFoundError(f"Expected a file; there is no {str(path)!r} (a text has a newline or a $ in it)")
    try:
        return read_source(str(path))
    except Unreadable as error:
        raise ValueError(str(error)) from None


def check(
    source: Path | str,
    *,
    seed: int | None = None,
    alpha: float | None = None,
    budget: float = 10.0,
    figures: bool = True,
    prove: bool = True,
) -> Run:
    r"""Judge every claim of a document.

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
    """
    if alpha is not None and not 0 < alpha < 1:
        raise ValueError(f"Expected a false-alarm rate between 0 and 1; got {alpha}")
    if not 0 < budget < float("inf"):
        raise ValueError(f"Expected a positive number of seconds as the budget; got {budget}")
    document = source_of(source)
    try:
        return check_source(document, Options(seed=seed, alpha=alpha, seconds=budget, figures=figures, prove=prove))
    except ReadError as error:
        error.add_note(error.explain(document))
        raise
