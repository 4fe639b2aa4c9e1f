r"""Figures: from the numbers in a run to inline SVG, byte-identical on every rerun.

A run carries the numbers behind each picture, never the picture.  matplotlib draws them on plain `Figure` objects (no
pyplot, no display, no global state left behind); what it writes is cut down to one `<svg>` with its own ids, a role and
a spoken sentence, so that several figures can stand in one page.  matplotlib is imported only when there is something
to draw.  A kind of figure that is not known here is shown as a table of its data: nothing is dropped.
"""

from __future__ import annotations

import json
import re
import textwrap
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from .escape import html, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = ("transported_density", "histogram", "pit", "lines")
BELOW_WIDTH, BELOW_LINES = 24, 3
_MOST_ROWS = 40
_MOST_CHARACTERS = 400
# Rendering must not depend on the settings of the user or on the clock.
_SETTINGS = {
    "svg.hashsalt": "twofold",
    "svg.fonttype": "path",
    "svg.image_inline": True,
    "text.usetex": False,
    "text.parse_math": False,
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "font.size": 10.0,
    "axes.linewidth": 0.7,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """A figure as a page shows it: the drawing or the table of its data, a title, a caption, and one line per test."""

    of: str
    title: str
    caption: str
    svg: Markup | None = None
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def figure_views(run: Mapping[str, Any]) -> tuple[FigureView, ...]:
    """Every figure of the run, in order."""
    return tuple(figure_view(item, f"f{index}-") for index, item in enumerate(run.get("figures", ()), 1))


def figure_view(item: Mapping[str, Any], prefix: str) -> FigureView:
    """One figure; `prefix` stands in front of the ids of its drawing."""
    drawn = item.get("kind") in DRAWN
    columns, rows = ((), ()) if drawn else data_table(item.get("data"))
    return FigureView(
        of=str(item.get("of") or ""),
        title=str(item.get("title") or ""),
        caption=str(item.get("caption") or ""),
        svg=Markup(svg(item, prefix)) if drawn else None,
        lines=tests(item) if drawn else (),
        columns=columns,
        rows=rows,
    )


def tests(item: Mapping[str, Any], always: bool = False) -> tuple[str, ...]:
    """What the tests behind a figure found, unless (and not `always`) the drawing itself says it."""
    data = item["data"]
    if item["kind"] in ("transported_density", "histogram"):
        told = data.get("tests", ())
        if not always and len(data["times"]) > 1 and all(fits_below(text) for text in told):
            return ()
        return tuple(f"t = {time:g}: {text}" for time, text in zip(data["times"], told, strict=False) if text)
    if item["kind"] == "pit" and data.get("detectable"):
        return (f"Smallest defect that this picture would show: {data['detectable']}",)
    return ()


def fits_below(text: str) -> bool:
    """Whether a test's outcome fits under its pair of heat maps."""
    return len(textwrap.wrap(visible(text), BELOW_WIDTH)) <= BELOW_LINES


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}\u2026"


def data_table(data: object) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The data of a figure as a table: a row per key of a mapping, or per item of a list."""
    pairs = list(data.items()) if isinstance(data, Mapping) else list(enumerate(data if isinstance(data, list) else []))
    rows = tuple((str(key), _short(value)) for key, value in pairs[:_MOST_ROWS])
    rest = len(pairs) - len(rows)
    return ("quantity", "value"), (*rows, *([("\u2026", f"{rest} more")] if rest else []))


def svg(item: Mapping[str, Any], prefix: str) -> str:
    """One figure as `<svg>` markup.

    Args:
        item: a figure of the run, of one of the kinds in `DRAWN`.
        prefix: put in front of every id of the drawing.

    Raises:
        KeyError: the data lacks a field of its kind.
        ValueError: the arrays of the data do not fit together.
    """
    import matplotlib

    from . import plots

    with matplotlib.rc_context(), warnings.catch_warnings():
        # A name may hold a character that no bundled font has; it is drawn as a box, which is no fault of the run.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        figure = plots.draw(item["kind"], item["data"])
        written = _written(figure)
    sentence = str(item.get("sentence") or item.get("title") or item["kind"])
    return _inline(written, prefix, sentence)


def _written(figure: Figure) -> str:
    sink = StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(sink, format="svg", metadata=nothing, bbox_inches="tight", pad_inches=0.05)
    return sink.getvalue()


def _inline(markup: str, prefix: str, sentence: str) -> str:
    """The `<svg>` element alone: no prolog, no comment (matplotlib repeats texts there), no style that would leak."""
    body = markup[markup.index("<svg") :]
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*</defs>", "", body)
    body = re.sub(r' xmlns(?::\w+)?="[^"]*"| version="1\.1"', "", body, count=3)
    body = re.sub(r' id="', f' id="{prefix}', body)
    body = re.sub(r'(xlink:href|href)="#', rf'\1="#{prefix}', body)
    body = body.replace("url(#", f"url(#{prefix}")
    body = re.sub(r' d="[^"]*"', lambda match: re.sub(r"(\.\d\d)\d+", r"\1", match[0]), body)
    body = re.sub(r"\s*\n\s*", "\n", body).strip()
    return body.replace("<svg", f'<svg role="img" aria-label="{html(visible(sentence))}"', 1)
