r"""The report as Markdown: for a pull request, a job summary, a wiki page.

Headline, a table with one row per claim, then each step that needs a reader in full.  Formulas are shown as code, not
as `$...$`: what a document wrote must not become markup in the page that shows this report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .describe import SIGNS, Description, deciding, describe, difference, marks
from .escape import markdown, markdown_block, markdown_code
from .experiments import markdown_lines
from .figures import tests
from .headline import PASSING, coverage, headline, judged, label
from .page import message
from .provenance import command, context, findings, provenance


def _table(run: Mapping[str, Any]) -> Iterator[str]:
    yield "| step | outcome | symbols | numbers | what was found |"
    yield "| --- | --- | :-: | :-: | --- |"
    for step in judged(run):
        mark = marks(step)
        word = f"**{step['outcome']}**" if step["outcome"] not in PASSING else step["outcome"]
        cells = (markdown(label(step)), word, SIGNS[mark.symbols], SIGNS[mark.numbers], markdown(step["message"]))
        yield f"| {' | '.join(cells)} |"


def _piece(piece: Description) -> str:
    facts = "; ".join(f"{markdown(name)} {markdown(value)}" for name, value in piece.facts)
    steps = "; ".join(markdown(step) for step in piece.steps)
    told = ". ".join(part for part in (steps, facts) if part)
    return f"- {markdown(piece.method or piece.kind)} ({markdown(piece.kind)}){': ' if told else ''}{told}"


def _differences(pieces: list[Mapping[str, Any]]) -> Iterator[str]:
    for piece in pieces:
        if piece["type"] != "Counterexample":
            continue
        found = difference(piece)
        where = ", ".join(f"{markdown(name)} = {markdown(value)}" for name, value in found.point)
        entry = f", entry {markdown(found.entry)}" if found.entry else ""
        yield f"At {where or 'no free name'}{entry}:"
        yield ""
        yield "| left side | right side | difference |"
        yield "| --- | --- | --- |"
        yield f"| {markdown(found.lhs)} | {markdown(found.rhs)} | {markdown(found.difference)} |"
        yield ""


def _step(step: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {markdown(label(step))}: {step['outcome']}"
    yield ""
    yield markdown_block(step["tex"], "tex")
    yield ""
    if message(step):
        yield markdown(message(step))
        yield ""
    yield from _differences(deciding(step))
    if step.get("diagnosis"):
        correction = step["diagnosis"].get("correction")
        remedy = f" Correction: {markdown_code(correction)}" if correction else ""
        yield f"Likely slip: {markdown(step['diagnosis']['message'])}{remedy}"
        yield ""
    for warning in step.get("warnings", ()):
        yield f"> Warning: {markdown(warning)}"
        yield ""
    for reading in step.get("readings", ()):
        yield f"Read as {markdown(reading['name'])}: {reading['outcome']}."
        yield ""
    if step.get("conditions"):
        yield f"Holds if: {'; '.join(markdown(condition) for condition in step['conditions'])}"
        yield ""
    for piece in deciding(step):
        yield _piece(describe(piece))
    if step.get("understood"):
        yield ""
        yield f"As understood: {markdown_code(step['understood'])}"
    yield ""


def _rest(run: Mapping[str, Any]) -> Iterator[str]:
    if findings(run):
        yield "## Findings"
        yield ""
        yield from (f"- **{markdown(title)}** {markdown(text)}" for title, text in findings(run))
        yield ""
    yield from markdown_lines(run)
    if run.get("figures"):
        yield "## Figures"
        yield ""
        for item in run["figures"]:
            yield f"- {markdown(item.get('title', ''))}: {markdown(item.get('sentence') or item.get('caption', ''))}"
            if item.get("kind") in ("transported_density", "histogram", "pit"):
                yield from (f"  - {markdown(line)}" for line in tests(item, always=True))
        yield ""
    if context(run):
        yield "## Names"
        yield ""
        yield "| name | type | domain | declared |"
        yield "| --- | --- | --- | --- |"
        yield from (f"| {' | '.join(markdown(cell) for cell in entry)} |" for entry in context(run))
        yield ""
    yield "## Provenance"
    yield ""
    yield markdown_block(command(run), "sh")
    yield ""
    yield "; ".join(f"{markdown(name)} {markdown(value)}" for name, value in provenance(run))


def _lines(run: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {markdown(headline(run))}"
    yield ""
    named = f"{markdown(run['title'])}, " if run.get("title") else ""
    yield f"{named}{markdown_code(run['source'].get('name', ''))}: {markdown(coverage(run))}."
    yield ""
    if judged(run):
        yield from _table(run)
        yield ""
    notable = [step for step in judged(run) if step["outcome"] not in PASSING or step.get("warnings")]
    if notable:
        yield "## To look at"
        yield ""
        for step in notable:
            yield from _step(step)
    yield from _rest(run)


def render_markdown(run: Mapping[str, Any]) -> str:
    """The report as Markdown (GitHub's dialect); the same run gives the same text."""
    return "\n".join(_lines(run)) + "\n"
