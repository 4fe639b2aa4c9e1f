"""Where submissions lie: entries with their path inside the place, each read on demand and never written anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ..command import MAX_BYTES

DEEPEST = 12  # folders inside each other
MOST_ENTRIES = 50_000
FORMATS = (".md", ".tex", ".toml")


class Refused(ValueError):  # noqa: N818 - a finding about the input
    """An entry that is not taken; the reason as one sentence without its name."""


class IntakeError(ValueError):
    """Nothing can be graded: no such folder, a damaged archive, a roster that cannot be read. For a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of the place, or a folder that holds none.

    `parts`: its path, from the top, as far as it tells something; `refused`: why it is not read, or ""; `handle`: by
    which the place finds it again.
    """

    parts: tuple[str, ...]
    refused: str = ""
    folder: bool = False
    handle: Any = None

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def is_document(self) -> bool:
        return self.name.rstrip(" .").lower().endswith(FORMATS)

    @property
    def format(self) -> str:
        """`md`, `tex` or `toml`; what the name ends with behind that (blanks, dots) tells nothing."""
        return self.name.rstrip(" .").rpartition(".")[2].lower()


class Place(Protocol):
    """A folder or an archive."""

    def entries(self) -> list[Entry]:
        """Every file, in an order that does not depend on the system; what is odd is there, refused with a reason."""
        ...

    def read(self, entry: Entry) -> bytes:
        """The bytes of an entry, at most `MAX_BYTES`. Raises Refused."""
        ...

    def close(self) -> None: ...


NOTHING_IN_IT = "a folder with nothing in it"
TOO_LARGE = f"larger than {MAX_BYTES} bytes"
