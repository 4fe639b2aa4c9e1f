"""Figures are drawn from the numbers of the run alone: reproducible, named, inert."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from twofold.reports.figures import figure_views, svg
from twofold.reports.plots import densities, draw


@pytest.fixture
def drawn(run: dict) -> list[dict]:
    return [item for item in run["figures"] if item["kind"] != "constellation"]


def root(markup: str) -> ET.Element:
    return ET.fromstring(markup.replace("xlink:href", "href"))


def test_the_same_numbers_give_the_same_bytes(drawn: list[dict]) -> None:
    """Twice in one process, for every kind."""
    for item in drawn:
        assert svg(item, "a-") == svg(copy.deepcopy(item), "a-")


def test_other_numbers_give_another_picture(drawn: list[dict]) -> None:
    """The picture shows the data, not a template of it."""
    item = drawn[3]
    other = copy.deepcopy(item)
    other["data"]["series"][0]["y"][60] += 1.0
    assert svg(other, "a-") != svg(item, "a-")


def test_a_drawing_is_one_well_formed_element(drawn: list[dict]) -> None:
    """No prolog, no comment, no style that would act on the page around, a role and a sentence."""
    for item in drawn:
        markup = svg(item, "a-")
        assert root(markup).get("role") == "img"
        assert root(markup).get("aria-label") == item["sentence"]
        assert not re.search(r"<\?xml|<!|<style|<metadata|http", markup)


def test_ids_carry_the_prefix_and_references_follow(drawn: list[dict]) -> None:
    """Two figures in one page do not share an id, and each finds its own glyphs and clips."""
    for item in drawn:
        markup = svg(item, "q7-")
        ids = set(re.findall(r'\bid="([^"]*)"', markup))
        used = set(re.findall(r'href="#([^"]*)"', markup)) | set(re.findall(r"url\(#([^)]*)\)", markup))
        assert ids and all(name.startswith("q7-") for name in ids)
        assert used <= ids


def test_both_rows_share_one_colour_scale(drawn: list[dict]) -> None:
    """Samples and density are compared by colour, so every map has the same limits, from 0 to the largest value."""
    figure = densities(drawn[0]["data"])
    limits = {image.get_clim() for axes in figure.axes for image in axes.get_images()}
    data = drawn[0]["data"]
    top = max(v for side in ("histograms", "densities") for grid in data[side] for row in grid for v in row)
    assert limits == {(0.0, top)}
    assert sum(bool(axes.get_images()) for axes in figure.axes) == 12


def test_x_runs_to_the_right_and_y_upwards() -> None:
    """A single filled cell at large x and small y is seen at the lower right."""
    cells = [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]
    figure = densities({"extent": [0, 3, 0, 2], "times": [0.0], "histograms": [cells], "densities": [cells], "n": 1})
    image = figure.axes[0].get_images()[0]
    assert image.get_array().tolist() == [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    assert image.origin == "lower" and list(image.get_extent()) == [0, 3, 0, 2]


def test_a_curve_with_gaps_is_drawn() -> None:
    """JSON holds no NaN: a missing value arrives as null and leaves a gap."""
    data = {"x": [1, 2, 3], "series": [{"name": "a", "y": [1.0, None, 2.0]}], "x_label": "", "y_label": ""}
    assert "<svg" in svg({"kind": "lines", "data": data, "sentence": "s"}, "a-")


def test_a_logarithmic_axis_under_one_decade_has_labels() -> None:
    """Such an axis would show no label at all."""
    data = {
        "x": [1, 2, 3],
        "series": [{"name": "a", "y": [2.0, 3.0, 4.0]}],
        "x_label": "",
        "y_label": "",
        "log_y": True,
    }
    axes = draw("lines", data).axes[0]
    axes.figure.canvas.draw()
    low, high = axes.get_ylim()
    shown = [t.get_text() for t, v in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True) if low <= v <= high]
    assert sum(bool(text) for text in shown) >= 2


def test_maps_that_do_not_fit_together_are_an_error(drawn: list[dict]) -> None:
    """A missing time is named, not drawn beside the wrong map."""
    item = copy.deepcopy(drawn[0])
    item["data"]["densities"].pop()
    with pytest.raises(ValueError, match="histograms and densities of one shape"):
        svg(item, "a-")


def test_the_smallest_visible_defect_is_told(run: dict) -> None:
    """A statistical picture states what it would have caught."""
    views = {view.title: view for view in figure_views(run)}
    assert views["Calibration"].lines == (
        "Smallest defect that this picture would show: a scale that is 5 % wrong, with power 0.99",
    )


def test_a_test_that_does_not_fit_below_its_maps_is_told_in_the_caption(drawn: list[dict]) -> None:
    """No verdict is cut off."""
    item = copy.deepcopy(drawn[0])
    assert figure_views({"figures": [item]})[0].lines == ()
    item["data"]["tests"][0] = "a long outcome " * 12
    assert figure_views({"figures": [item]})[0].lines[0].startswith("t = 0: a long outcome")


def test_hostile_text_is_drawn_as_text(hostile_figures: dict) -> None:
    """Names and labels are neither markup nor mathematics; the elements are those of an SVG."""
    views = figure_views(hostile_figures)
    names: set[str] = set()

    class Names(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names.add(tag)
            assert not any(name.startswith("on") for name, _ in attrs)

    Names().feed(str(views[0].svg))
    assert names <= {"svg", "g", "defs", "path", "use", "clippath", "rect", "image"}
    assert views[1].rows


def test_a_dollar_sign_in_a_name_starts_no_mathematics() -> None:
    r"""matplotlib would parse `$\nosuch$` and raise."""
    data = {"x": [1, 2], "series": [{"name": r"$\nosuch$", "y": [1.0, 2.0]}], "x_label": r"$\frac{", "y_label": "$$"}
    assert "<svg" in svg({"kind": "lines", "data": data, "sentence": "s"}, "a-")


def test_a_series_may_have_an_abscissa_of_its_own() -> None:
    """Errors against work: every method was measured at places of its own, and these are marked."""
    series = [{"name": "a", "x": [1, 2, 4], "y": [1.0, 0.5, 0.2]}, {"name": "b", "x": [3, 9], "y": [0.4, None]}]
    data = {"x": [], "series": series, "x_label": "", "y_label": "", "log_x": True, "log_y": True}
    drawn = draw("lines", data).axes[0].get_lines()
    assert [list(line.get_xdata()) for line in drawn] == [[1, 2, 4], [3, 9]]
    assert all(line.get_marker() == "o" for line in drawn)


def test_maps_may_have_names_of_their_own() -> None:
    """A fitted density beside the true one is no histogram of samples."""
    cells = [[0.0, 1.0], [0.0, 0.0]]
    data = {"extent": [0, 1, 0, 1], "times": [1.0], "histograms": [cells], "densities": [cells], "n": 5}
    titles = [axes.get_title() for axes in densities(data | {"names": ["fitted density", "true density"]}).axes[:2]]
    assert titles == ["fitted density, t = 1", "true density, t = 1"]
    assert densities(data).axes[0].get_title() == "5 samples, t = 1"
