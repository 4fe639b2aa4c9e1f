r"""The drawings themselves: densities beside samples, PIT differences with their band, and general curves.

* Densities: one colour scale and one colour bar over all times and both rows; the sampled row is a histogram normalised
  to a density, the exact row the transported density on the same cells.
* PIT: \(\hat F_n(u) - u\) with a simultaneous band; a correct density leaves the band with probability alpha at most.
* Lines: curves against a common abscissa, with optional bands.

Texts of the run are drawn as plain text, never as mathematics markup.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .escape import terminal
from .figures import BELOW_LINES, BELOW_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Okabe and Ito, told apart by readers with any common kind of colour blindness; the yellow is too pale for a line.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_DASHES = ("-", "--", "-.", ":")
_WIDEST = 10.4
_PANEL = 1.75


def _array(values: Any) -> NDArray[np.float64]:
    """Numbers of a run; JSON has no NaN, so a missing value arrives as null."""
    return np.asarray(values, dtype=np.float64)


def _blank(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def draw(kind: str, data: Mapping[str, Any]) -> Figure:
    """The figure of a kind.  Raises ValueError for a kind that has no drawing."""
    painters = {"transported_density": densities, "histogram": densities, "pit": pit, "lines": lines}
    if kind not in painters:
        raise ValueError(f"expected a kind of figure out of {', '.join(painters)}; got {kind!r}")
    return painters[kind](data)


def densities(data: Mapping[str, Any]) -> Figure:
    """Two rows of heat maps, one column per time: samples above, exact density below, one colour scale.

    `names` are those of the rows, where they are not samples and exact density.  `histograms[t][i][j]` and
    `densities[t][i][j]` belong to cell i along x and cell j along y (the order of
    `numpy.histogram2d`); both are densities per unit area.
    """
    upper, lower = _array(data["histograms"]), _array(data["densities"])
    times = data["times"]
    if upper.shape != lower.shape or upper.ndim != 3 or len(times) != len(upper):
        raise ValueError(
            f"expected histograms and densities of one shape (times, x, y); got {upper.shape}, {lower.shape}"
        )
    count = len(times)
    panel = min(_PANEL if count > 2 else 3.0, (_WIDEST - 1.2) / count)
    figure = _blank(panel * count + 1.2, 2 * panel + 0.5) if count > 1 else _blank(7.4, 3.3)
    rows, columns = (2, count) if count > 1 else (1, 2)
    grid = np.atleast_1d(np.asarray(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False))).ravel()
    top = float(max(np.nanmax(upper), np.nanmax(lower)))
    names = tuple(data.get("names") or (f"{data['n']} samples", "exact density"))
    for index, (axes, values) in enumerate(zip(grid, [*upper, *lower], strict=True)):
        image = axes.imshow(
            values.T, origin="lower", extent=data["extent"], vmin=0.0, vmax=top, cmap="viridis", interpolation="none"
        )
        axes.tick_params(labelsize=8, length=2.5)
        if count > 1:
            axes.set_title(f"t = {times[index]:g}" if index < count else "", fontsize=10)
            axes.set_ylabel(names[index // count] if index % count == 0 else "")
        else:
            axes.set_title(f"{names[index]}, t = {times[0]:g}", fontsize=10)
    figure.subplots_adjust(wspace=0.12, hspace=0.12, right=0.9)
    bar = figure.colorbar(image, ax=list(grid), fraction=0.03, pad=0.02, aspect=30)
    bar.set_label("density", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    _tests_below(grid[-count:] if count > 1 else grid[:1], data.get("tests", ()))
    return figure


def _tests_below(axes: Any, told: Any) -> None:
    """The outcome of each time's test under its pair of maps, wrapped to the width of a map."""
    for place, text in zip(axes, told, strict=False):
        if len(axes) > 1:
            wrapped = textwrap.wrap(terminal(text), BELOW_WIDTH)
            if len(wrapped) <= BELOW_LINES:
                place.set_xlabel("\n".join(wrapped), fontsize=7.5, labelpad=4)


def pit(data: Mapping[str, Any]) -> Figure:
    """Empirical distribution function of the probability integral transform, minus the diagonal, with its band."""
    figure = _blank(7.4, 3.1)
    axes: Axes = figure.subplots()
    grid = _array(data["grid"])
    band = float(data["band"])
    axes.fill_between(grid, -band, band, color="#d9dde6", linewidth=0, label=f"simultaneous band, n = {data['n']}")
    axes.axhline(0.0, color="#555555", linewidth=0.7)
    for index, (name, values) in enumerate(zip(data["names"], data["differences"], strict=True)):
        axes.plot(grid, _array(values), label=terminal(name), linewidth=1.3, **_pen(index))
    axes.set_xlabel("u")
    axes.set_ylabel("empirical distribution \u2212 u")
    axes.set_xlim(0.0, 1.0)
    _finish(axes)
    return figure


def _pen(index: int) -> dict[str, Any]:
    return {"color": _COLORS[index % len(_COLORS)], "linestyle": _DASHES[(index // len(_COLORS)) % len(_DASHES)]}


def lines(data: Mapping[str, Any]) -> Figure:
    """Curves over a common abscissa or each its own; `dashed` ones are references, `bands` lie between two."""
    figure = _blank(7.4, 3.4)
    axes: Axes = figure.subplots()
    x = _array(data["x"])
    for band in data.get("bands", ()):
        axes.fill_between(
            x, _array(band["low"]), _array(band["high"]), color="#d9dde6", linewidth=0, label=terminal(band["name"])
        )
    for index, series in enumerate(data["series"]):
        pen = _pen(index) | ({"linestyle": "--"} if series.get("dashed") else {})
        # A series with an abscissa of its own was measured at these very places: they are marked.
        marks: dict[str, Any] = {"marker": "o", "markersize": 3.5} if "x" in series else {}
        places = _array(series["x"]) if "x" in series else x
        axes.plot(places, _array(series["y"]), label=terminal(series["name"]), linewidth=1.4, **pen, **marks)
    axes.set_xlabel(terminal(data.get("x_label", "")))
    axes.set_ylabel(terminal(data.get("y_label", "")))
    for axis, wanted in ((axes.xaxis, data.get("log_x")), (axes.yaxis, data.get("log_y"))):
        if wanted:
            _logarithmic(axes, axis)
    _finish(axes)
    return figure


def _logarithmic(axes: Axes, axis: Any) -> None:
    """A logarithmic axis with plain labels, for no text is read as TeX; more of them under one decade."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log", nonpositive="mask")
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    axis.set_minor_formatter(NullFormatter())
    low, high = axis.get_view_interval()
    if 0 < low < high < 10 * low:
        axis.set_major_locator(MaxNLocator(5))


def power_of_ten(value: float) -> str:
    """A label of a logarithmic axis.

    >>> [power_of_ten(v) for v in (0.001, 1.0, 250.0, 1e6, 1e-8)]
    ['0.001', '1', '250', '1e6', '1e-8']
    """
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:g}"
    digits, _, exponent = f"{value:.3e}".partition("e")
    return f"{float(digits):g}e{int(exponent)}"


def _finish(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    handles, _ = axes.get_legend_handles_labels()
    if len(handles) > 1:
        axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.01, 0.5))
