r"""A document from sections: headings, prose, chains in several layouts; then the place of every relation sign.

While a document is put together every relation sign is preceded by a mark; `placed` takes the marks out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from .chains import Chain, Link, Side, broken, split
from .hand import Section
from .pen import Pen

MARK = re.compile("\x02(\\d+)\x03")
LAYOUTS = ("line", "line", "line", "rows", "align", "aligned", "brackets", "inline")
WORDS = ("That is,", "so that", "and therefore", "which gives", "Simplified:")
PREAMBLE = "\\documentclass{article}\n\\usepackage{amsmath, amssymb}\n\\begin{document}\n\n"
GARBLES = (r"\heartsuit", r"\includegraphics[width=3cm]{scan.png}", r"\clubsuit", "\u2592\u2592", r"\frac{1}{")


class Paper:
    """One document in the making."""

    def __init__(self, pen: Pen, rng: random.Random, kind: str) -> None:
        self.pen, self.rng, self.kind = pen, rng, kind
        self.links = 0
        self.flow = rng.choice(("whole", "whole", "whole", "split", "mixed", "mixed", "leading"))
        self.heading = rng.choice(("##", "##", "#", "###", "colon", "colon", "underlined", "bold"))

    # -- chains --------------------------------------------------------------------------------------------------------
    def pieces(self, chain: Chain) -> list[Chain]:
        """The chain as this student breaks it up."""
        if len(chain.sides) < 3 or self.kind == "toml":
            return [chain]
        if self.flow == "leading" and self.rng.random() < 0.3:
            return broken(chain, WORDS)
        if self.flow == "split" or (self.flow == "mixed" and self.rng.random() < 0.3):
            return split(chain, WORDS)
        return [chain]

    def chain(self, chain: Chain) -> str:
        """The text of a chain; its links are numbered on."""
        marks = []
        for k in range(len(chain.sides) - 1):
            rounded = chain.rounded and k == len(chain.sides) - 2
            marks.append(f"\x02{self.links}\x03" + (r"\approx" if rounded else "="))
            self.links += 1
        texts = ["" if chain.leading else chain.sides[0].tex, *(side.tex for side in chain.sides[1:])]
        if self.kind == "toml":
            return joined(texts, marks, " ")
        return self.laid_out(texts, marks, chain)

    def laid_out(self, texts: Sequence[str], marks: Sequence[str], chain: Chain) -> str:
        layout = self.rng.choice(LAYOUTS)
        stop = self.rng.choice((".", ".", "", ","))
        if layout == "inline" and (len(texts) > 2 or "\n" in "".join(texts)):
            layout = "line"
        if layout == "inline":
            return f"{chain.before} ${joined(texts, marks, ' ')}${stop}".strip()
        before = f"{chain.before}\n\n" if chain.before else ""
        if layout in ("align", "aligned"):
            rows = [f"{texts[0]} &{marks[0]} {texts[1]}"]
            rows += [f"&{mark} {text}" for mark, text in zip(marks[1:], texts[2:], strict=True)]
            body = " \\\\\n".join(rows) + stop
            if layout == "align":
                return f"{before}\\begin{{align*}}\n{body}\n\\end{{align*}}"
            return f"{before}$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"
        gap = "\n" if layout == "rows" else " "
        opening, closing = (r"\[", r"\]") if layout == "brackets" else ("$$", "$$")
        return f"{before}{opening}{gap}{joined(texts, marks, gap)}{stop}{gap}{closing}"

    # -- the whole -----------------------------------------------------------------------------------------------------
    def title(self, number: int, title: str) -> str:
        if self.kind == "tex":
            name = f"Problem {number}: {title}" if self.heading == "colon" else f"Problem {number}"
            return rf"\{'sub' if self.heading == '###' else ''}section*{{{name}}}"
        if self.heading == "colon":
            return f"## Problem {number}: {title}"
        if self.heading == "underlined":
            return f"Problem {number}\n---------"
        if self.heading == "bold":
            return f"**Problem {number}**"
        return f"{self.heading} Problem {number}"

    def written(self, start: str, sections: Sequence[tuple[int, Section, Sequence[Chain | str]]]) -> str:
        blocks = [start]
        for number, section, items in sections:
            blocks.append(self.title(number, section.title))
            blocks += [item if isinstance(item, str) else self.chain(item) for item in items]
        text = "\n\n".join(block for block in blocks if block)
        if self.kind == "tex":
            return f"{PREAMBLE}{text}\n\n\\end{{document}}\n"
        return text + "\n"

    def problem_file(self, sections: Sequence[tuple[int, Section, Sequence[Chain | str]]]) -> str:
        """A problem file: a claim per chain; what is defined is in the key."""
        lines = ['title = "Homework 5"']
        for number, _, items in sections:
            for k, item in enumerate(item for item in items if isinstance(item, Chain)):
                lines += ["", "[[claim]]", f'id = "{number}.{k + 1}"', f"tex = '''{self.chain(item)}'''"]
        return "\n".join(lines) + "\n"


def joined(texts: Sequence[str], marks: Sequence[str], gap: str) -> str:
    found = texts[0]
    for mark, text in zip(marks, texts[1:], strict=True):
        found += f"{gap if found else ''}{mark} {text}"
    return found


def garbled(chain: Chain, rng: random.Random) -> Chain:
    """The chain with something in its last side that nobody can read."""
    last = chain.sides[-1]
    side = Side(f"{last.tex} {rng.choice(GARBLES)}", last.value)
    return replace(chain, sides=(*chain.sides[:-1], side), garbled=True)


def placed(text: str, links: Sequence[Link]) -> str:
    """The text without its marks; the links learn where their relation signs stand (from 1)."""
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        while match := MARK.search(line):
            link = links[int(match[1])]
            link.line, link.column = number, match.start() + 1
            line = line[: match.start()] + line[match.end() :]
        lines.append(line)
    return "\n".join(lines)
