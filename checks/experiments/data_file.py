r"""Data points from a file beside the document: CSV (numbers, commas, perhaps one line of names) or NPY.

Only where the program was told so: it hands in the folder of the document, and the path must stay inside of it.  Sizes
are limited before anything is read; what is no finite number in a table of the right width is refused with its place.
"""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

import numpy as np

from .record import BadExperiment

MOST_BYTES = 20_000_000
MOST_ROWS = 100_000


def read_data(text: str, folder: Path | None, dimension: int) -> Any:
    """The data (n >= 2, dimension).  Raises BadExperiment with what was expected."""
    path = inside_folder(text, folder)
    if path.stat().st_size > MOST_BYTES:
        raise BadExperiment(f"expected a data file of at most {MOST_BYTES // 10**6} MB; '{text}' is larger")
    if path.suffix.lower() == ".csv":
        data = from_csv(path, text)
    elif path.suffix.lower() == ".npy":
        data = from_npy(path, text)
    else:
        raise BadExperiment(f"expected a data file that ends in .csv or .npy; got '{text}'")
    return checked(data, dimension, f"'{text}'")


def inside_folder(text: str, folder: Path | None) -> Path:
    """The file, which must be a plain one inside the folder of the document."""
    if folder is None:
        raise BadExperiment(
            "expected permission to read files; run it with --data to let experiments read data beside the document"
        )
    given = Path(text)
    if given.is_absolute() or ".." in given.parts or "\x00" in text:
        raise BadExperiment(f"expected a data file below the folder of the document; got '{text}'")
    try:
        path = (folder / given).resolve(strict=True)
    except (OSError, RuntimeError):
        raise BadExperiment(f"expected a data file beside the document; there is no '{text}'") from None
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise BadExperiment(f"expected a plain data file below the folder of the document; got '{text}'")
    return path


def from_csv(path: Path, text: str) -> Any:
    try:
        lines = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadExperiment(f"expected a CSV file in UTF-8; '{text}' is none") from None
    rows: list[list[float]] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(lines)), 1):
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            found = numbers(cells)
            if found is None and number == 1:
                continue  # one line of names
            if found is None:
                raise BadExperiment(f"expected numbers in line {number} of '{text}'; got {cells[:4]!r}")
            if rows and len(found) != len(rows[0]):
                raise BadExperiment(
                    f"expected {len(rows[0])} numbers in line {number} of '{text}', as above; got {len(found)}"
                )
            rows.append(found)
            if len(rows) > MOST_ROWS:
                raise BadExperiment(f"expected at most {MOST_ROWS} data points; '{text}' has more")
    except csv.Error as error:
        raise BadExperiment(f"expected a CSV file; '{text}': {error}") from None
    return np.array(rows, dtype=float).reshape(len(rows), len(rows[0]) if rows else 0)


def numbers(cells: list[str]) -> list[float] | None:
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        return None


def from_npy(path: Path, text: str) -> Any:
    """An array of numbers; nothing that needs unpickling is read, and no array larger than the limit is made."""
    try:
        with path.open("rb") as stream:
            read = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
            shape, _, kind = read[np.lib.format.read_magic(stream)[0]](stream)
            if math.prod(shape) * kind.itemsize > path.stat().st_size:
                raise ValueError("a header that promises more than the file holds")
            stream.seek(0)
            data = np.lib.format.read_array(stream, allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError, SyntaxError, KeyError):
        raise BadExperiment(f"expected an NPY file of numbers; '{text}' is none") from None
    if data.dtype.kind not in "fiu":
        raise BadExperiment(f"expected an NPY file of real numbers; '{text}' holds {data.dtype}")
    return data.astype(float)


def checked(data: Any, dimension: int, name: str) -> Any:
    """Data of the right shape, finite, more than one point."""
    if data.ndim == 1 and dimension == 1:
        data = data[:, None]
    if data.ndim != 2 or data.shape[1] != dimension:
        raise BadExperiment(f"expected data of shape (n, {dimension}), a row for each point; {name} has {data.shape}")
    if len(data) < 2:
        raise BadExperiment(f"expected at least two data points; {name} has {len(data)}")
    if len(data) > MOST_ROWS:
        raise BadExperiment(f"expected at most {MOST_ROWS} data points; {name} has {len(data)}")
    wrong = ~np.isfinite(data).all(axis=1)
    if wrong.any():
        raise BadExperiment(f"expected finite numbers; row {int(np.argmax(wrong)) + 1} of {name} holds NaN or infinity")
    return data
