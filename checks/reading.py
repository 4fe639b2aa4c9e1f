r"""What `twofold read` knows: a Run whose claims are read and not judged.

    source -> material -> one record for each relation sign, understood or unread with the reason; the names with their
    types, domains and declarations

Nothing is derived, sampled or proved, so neither SymPy nor the numeric libraries are loaded.
"""

from __future__ import annotations

import hashlib

from ..symbolic.source import ReadError, Source
from .check import context_records, once, step_record
from .command import FAULT, USAGE, Unreadable, read_source
from .documents import Judged
from .material import material_of
from .run import Run


def read_statements(source: Source) -> Run:
    """The statements of a source as they are understood; no step carries a verdict but `unread`.

    Raises:
        ReadError: a problem file that cannot be read; the message has its place.  A document never raises.
    """
    material = material_of(source)
    return Run(
        source={"name": source.name, "sha256": hashlib.sha256(source.text.encode()).hexdigest(), "text": source.text},
        title=material.title,
        steps=tuple(step_record(link, None) for link in material.links),
        context=tuple(once(record for context in material.contexts for record in context_records(context, source))),
        findings=material.findings,
    )


def read_document(name: str) -> Judged:
    """The reading of one document, or the message that says why there is none."""
    try:
        source = read_source(name)
    except Unreadable as error:
        return Judged(message=f"twofold: {error}\n", code=USAGE)
    try:
        return Judged(run=read_statements(source))
    except ReadError as error:
        return Judged(message=error.explain(source) + "\n", code=USAGE)
    except Exception as error:  # the last net: no traceback reaches a user
        reason = f"{type(error).__name__}: {error}"[:300]
        return Judged(message=f"twofold: {source.name}: a fault of twofold itself: {reason}\n", code=FAULT)
