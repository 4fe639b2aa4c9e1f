r"""The report as one HTML file: no script, no external address, formulas as MathML, figures as inline SVG.

`render_html` is a pure function of the run's JSON: same dict, same bytes.  The page carries a policy that forbids every
request, its style, and a subset of a mathematical font, so it looks the same from a mail attachment ten years on.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from . import page as view
from . import provenance as foot
from .describe import SIGNS
from .document import DocumentView, document_view
from .escape import visible
from .experiments import ExperimentView, experiment_views
from .figures import FigureView, figure_views
from .headline import MEANINGS, coverage, first_failure, headline, judged, label

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The step to look at first."""

    lead: str
    anchor: str
    name: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything a template may print."""

    headline: str
    tone: str
    title: str
    source: str
    coverage: str
    prefix: str
    steps: tuple[view.StepView, ...]
    document: DocumentView | None
    legend: tuple[tuple[str, int], ...]
    meanings: tuple[tuple[str, str], ...]
    first: First | None
    derivations: tuple[view.DerivationView, ...]
    figures: tuple[FigureView, ...]
    experiments: tuple[ExperimentView, ...]
    findings: tuple[tuple[str, str], ...]
    context: tuple[tuple[str, str, str, str], ...]
    provenance: tuple[tuple[str, str], ...]
    command: str
    style: Markup
    font: Markup

    def free(self) -> tuple[FigureView, ...]:
        """The figures that have no place in the document."""
        placed = self.document.figures if self.document else frozenset()
        return tuple(figure for index, figure in enumerate(self.figures) if index not in placed)

    def figures_of(self, derivation: view.DerivationView) -> tuple[FigureView, ...]:
        """The figures that stand after a derivation: those of its object, if it is the first one of that object."""
        first = next(item for item in self.derivations if item.of == derivation.of)
        return tuple(figure for figure in self.free() if figure.of == derivation.of) if first is derivation else ()

    def figures_left(self) -> tuple[FigureView, ...]:
        """The figures that belong to no derivation."""
        placed = {item.of for item in self.derivations}
        return tuple(figure for figure in self.free() if figure.of not in placed)

    def experiments_left(self) -> tuple[ExperimentView, ...]:
        """The experiments that have no place in the document."""
        placed = self.document.experiments if self.document else frozenset()
        return tuple(item for index, item in enumerate(self.experiments) if index not in placed)

    def listed(self) -> tuple[view.StepView, ...]:
        """The steps that are shown as a list: all of a problem file, and those without a place in a document."""
        return self.document.left if self.document else self.steps


def _finalize(value: object) -> object:
    """Whatever a template prints: control and bidi characters become visible; autoescape does the rest."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value, keep="\n\t")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(glyphs=view.GLYPHS, signs=SIGNS)
    return environment


@cache
def _style() -> Markup:
    return Markup((PAGES / "report.css").read_text(encoding="utf-8"))


@cache
def _grading_style() -> Markup:
    return Markup((PAGES / "grading.css").read_text(encoding="utf-8"))


@cache
def _font() -> Markup:
    data = b64encode((PAGES / "twofold-math.woff2").read_bytes()).decode("ascii")
    return Markup(
        f'@font-face {{ font-family: "Twofold Math"; src: url(data:font/woff2;base64,{data}) format("woff2"); }}\n'
    )


def _tone(run: Mapping[str, Any]) -> str:
    found = {step["outcome"] for step in judged(run)}
    if "fault" in found:
        return "ours"
    return "bad" if "refuted" in found else "calm"


def _first(run: Mapping[str, Any], steps: tuple[view.StepView, ...]) -> First | None:
    step = first_failure(run)
    if step is None:
        return None
    lead = "Fault of twofold at" if step["outcome"] == "fault" else "First error:"
    anchor = steps[run["steps"].index(step)].anchor
    return First(lead=lead, anchor=anchor, name=label(step), message=str(step["message"]))


def page_of(run: Mapping[str, Any], *, whole: bool = True, prefix: str = "") -> Page:
    """The view of a run that the templates print; `whole` is with the document and the figures."""
    steps = view.step_views(run)
    document = document_view(run, steps) if whole else None
    return Page(
        headline=headline(run),
        tone=_tone(run),
        title=str(run.get("title") or ""),
        source=str(run["source"].get("name", "")),
        coverage=coverage(run, document.displays if document else None),
        prefix=prefix,
        steps=steps,
        document=document,
        legend=view.legend(run),
        meanings=tuple(MEANINGS.items()),
        first=_first(run, steps),
        derivations=view.derivation_views(run),
        figures=figure_views(run) if whole else (),
        experiments=experiment_views(run) if whole else (),
        findings=foot.findings(run),
        context=foot.context(run),
        provenance=foot.provenance(run),
        command=foot.command(run),
        style=_style(),
        font=_font(),
    )


def _rendered(template: str, page: Page) -> str:
    return _environment().get_template(template).render(page=page)


def rendered_page(template: str, **values: object) -> str:
    """Another page of the product: the same policy, style, font and escaping."""
    own = {"style": _style(), "font": _font(), "grading_style": _grading_style()}
    return _environment().get_template(template).render(**own, **values)


def render_html(run: Mapping[str, Any]) -> str:
    """The whole report as one self-contained HTML document.

    Args:
        run: `Run.as_dict()`.

    Returns:
        The document; the same run gives the same bytes.  `timing` is not shown, since it is the only part of a run
        that may differ on a rerun.
    """
    return _rendered("report.html.j2", page_of(run))


def fragment(run: Mapping[str, Any]) -> str:
    """The verdicts for a notebook: a `div` with its own style and font, no figures, ids of its own."""
    prefix = f"t{run['source'].get('sha256', '')[:8]}-"
    if not prefix.isascii() or not prefix.replace("-", "").isalnum():
        prefix = "t-"
    return _rendered("fragment.html.j2", page_of(run, whole=False, prefix=prefix))
