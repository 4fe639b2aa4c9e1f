r"""Marks of one formula -> rows -> pieces: the splits that every reader of a page makes without thinking.

Rows end at `\\` outside matrices and cases; `aligned`, `split`, `gather` and their like are transparent.  A row that
ends with an operator or a relation, begins with `+`, `\cdot`, `\times` or `/`, or leaves a bracket open goes on in the
next row; all rows of a `multline` are one.  Pieces end, outside all brackets, at

    ;    `\text{and}` and other joining words    implications    a comma between two relations
    a comma before `\quad` or words    `\quad` between two finished expressions    a second column of an alignment

and never at the comma of `f(x, y)` or of `i = 1, \dots, n`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .marks import Mark
from .relation_words import TRANSPARENT

_WHOLE_DISPLAYS = frozenset(("align", "alignat", "flalign", "gather", "multline", "eqnarray", "equation"))
_SHAPED = frozenset(("array", "cases", "dcases", "rcases"))
_CONTINUING = frozenset("+*/")
_PUNCTUATION = frozenset(".,;:")
UNBALANCED = "expected brackets that close in the same formula"
MAX_JOINED = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """Marks between two separators: a chain of relations or a lone expression.

    `note` are the words before it ("where"), `remark` the words behind it; `column` counts the columns of an
    alignment; `problem` says why it cannot be read.
    """

    marks: tuple[Mark, ...]
    note: str = ""
    remark: str = ""
    column: int = 0
    problem: str = ""


@dataclass(slots=True)
class Row:
    marks: list[Mark] = field(default_factory=list)
    problem: str = ""


# -- rows --------------------------------------------------------------------------------------------------------------
def rows_of(marks: list[Mark], environment: str = "") -> list[Row]:
    """The rows of one formula; continued rows are joined."""
    shown, joined = _without_transparent(_without_system_brace(marks))
    rows = [Row()]
    hard = 0
    for mark in shown:
        hard += _hard(mark)
        if mark.kind == "row" and hard <= 0:
            rows.append(Row())
        else:
            rows[-1].marks.append(mark)
    if joined or environment in ("multline", "multlined"):
        rows = [Row([mark for row in rows for mark in (*row.marks, _space(row.marks))])]
    return _balanced([row for row in _continued(rows) if not all(m.is_blank or m.kind == "amp" for m in row.marks)])


def _space(marks: list[Mark]) -> Mark:
    place = marks[-1].stop if marks else 0
    return Mark("space", " ", place, place)


def _hard(mark: Mark) -> int:
    """Braces, environments and `\\left` nest; a row cannot end inside them."""
    if mark.kind in ("brace_open", "begin") or (mark.kind == "open" and mark.words == r"\left"):
        return 1
    return -1 if mark.kind in ("brace_close", "end") or (mark.kind == "close" and mark.words == r"\right") else 0


_STEPS = {**dict.fromkeys(("open", "brace_open", "begin"), 1), **dict.fromkeys(("close", "brace_close", "end"), -1)}


def _depth(mark: Mark) -> int:
    return _STEPS.get(mark.kind, 0)


def _without_transparent(marks: list[Mark]) -> tuple[list[Mark], bool]:
    """The marks without the begin and end of alignments that stand outside all braces; whether one was a multline."""
    result: list[Mark] = []
    open_ones: list[bool] = []
    hard, joined = 0, False
    for index, mark in enumerate(marks):
        if mark.kind == "begin":
            seen = hard == 0 and not mark.problem and _is_transparent(marks, index, result)
            open_ones.append(seen)
            name = mark.words.rstrip("*")
            joined = joined or (seen and name in ("multline", "multlined"))
            if seen:
                result.append(mark._replace(kind="row" if name in _WHOLE_DISPLAYS and result else "space", text=" "))
                continue
        elif mark.kind == "end" and open_ones and open_ones.pop():
            result.append(mark._replace(kind="row" if mark.words.rstrip("*") in _WHOLE_DISPLAYS else "space", text=" "))
            continue
        hard = max(0, hard + _hard(mark))
        result.append(mark)
    return _without_columns(result), joined


def _without_system_brace(marks: list[Mark]) -> list[Mark]:
    r"""A whole system in one brace, `\left\{ \begin{aligned} .. \end{aligned} \right.`, without it."""
    places = [i for i, mark in enumerate(marks) if not mark.is_blank and mark.text not in _PUNCTUATION]
    if len(places) < 4 or marks[places[0]].text != r"\left\{" or marks[places[-1]].text != r"\right.":
        return marks
    if marks[places[1]].kind != "begin" or marks[places[-2]].kind != "end":
        return marks
    return [mark for i, mark in enumerate(marks) if i not in (places[0], places[-1])]


def _without_columns(marks: list[Mark]) -> list[Mark]:
    """The column argument of a transparent array or alignat (`{rcl}`, `{2}`) is no mathematics."""
    result: list[Mark] = []
    skip = 0
    for mark in marks:
        if skip == 1 and mark.kind == "brace_open":
            skip = 2
        elif skip == 2:
            skip = 0 if mark.kind == "brace_close" else 2
        else:
            skip = 0 if mark.kind != "space" else skip
            result.append(mark)
        if mark.kind in ("space", "row") and mark.words.rstrip("*") in ("array", "alignat", "alignedat", "xalignat"):
            skip = 1
    return result


def _is_transparent(marks: list[Mark], index: int, before: list[Mark]) -> bool:
    """An alignment; an array or cases whose rows are equations (a system) with nothing in front."""
    name = marks[index].words.rstrip("*")
    if name in TRANSPARENT:
        return True
    if name not in _SHAPED or any(not m.is_blank and m.kind not in ("row", "amp") for m in before):
        return False
    depth, relation_in_row, cell, rows = 1, False, 0, 0
    for mark in marks[index + 1 :]:
        depth += _depth(mark)
        if depth == 0:
            return rows > 0 or relation_in_row
        if depth == 1 and mark.kind == "relation":
            relation_in_row = relation_in_row or name == "array" or cell == 0
        elif depth == 1 and mark.kind == "amp":
            cell += 1
        elif depth == 1 and mark.kind == "row":
            if not relation_in_row:
                return False
            rows, relation_in_row, cell = rows + 1, False, 0
    return False


def _continued(rows: list[Row]) -> list[Row]:
    """Rows that go on in the next one are joined to it."""
    result: list[Row] = []
    for row in rows:
        if result and _goes_on(result[-1].marks, row.marks):
            result[-1].marks.extend((_space(result[-1].marks), *row.marks))
        else:
            result.append(row)
    return result


def _goes_on(before: list[Mark], after: list[Mark]) -> bool:
    last = next((m for m in reversed(before) if not m.is_blank and m.kind != "amp"), None)
    first = next((m for m in after if not m.is_blank and m.kind != "amp"), None)
    if last is None or first is None:
        return False
    if last.kind in ("op", "relation") and first.kind not in ("relation", "arrow", "words"):
        return True
    if first.kind == "op" and first.words in _CONTINUING:
        return True
    indented = any(m.kind in ("amp", "gap") for m in after[: after.index(first)])
    return first.kind == "op" and indented


def _balanced(rows: list[Row]) -> list[Row]:
    """A row with an open bracket is joined to those that close it; one that never closes is marked."""
    result: list[Row] = []
    index = 0
    while index < len(rows):
        row, taken, depth = rows[index], 1, _balance(rows[index].marks)
        joined = list(row.marks)
        while depth > 0 and index + taken < len(rows) and taken < MAX_JOINED:
            joined += [_space(joined), *rows[index + taken].marks]
            depth += _balance(rows[index + taken].marks)
            taken += 1
        if _balance(joined) == 0 and _never_negative(joined):
            result.append(Row(joined, row.problem))
            index += taken
        else:
            result.append(Row(row.marks, UNBALANCED))
            index += 1
    return result


def _balance(marks: list[Mark]) -> int:
    return sum(map(_depth, marks))


def _never_negative(marks: list[Mark]) -> bool:
    depth = 0
    for mark in marks:
        depth += _depth(mark)
        if depth < 0:
            return False
    return True


# -- pieces ------------------------------------------------------------------------------------------------------------
def depths(marks: list[Mark] | tuple[Mark, ...], problem: str) -> Iterator[tuple[Mark, int]]:
    """Each mark with the depth at which it stands; brackets that do not match are not counted."""
    depth = 0
    for mark in marks:
        step = _STEPS.get(mark.kind, 0)
        if step == 0 or (problem == UNBALANCED and not mark.kind.startswith("brace")):
            yield mark, depth
        elif step > 0:
            yield mark, depth
            depth += 1
        else:
            depth = depth - 1 if depth else 0
            yield mark, depth


@dataclass(slots=True)
class _Part:
    """Marks at depth 0 with what a separator asks about them, kept up to date as they grow."""

    marks: list[Mark] = field(default_factory=list)
    content: bool = False
    related: bool = False
    # A condition is open: `X \mid Y = y, Z = z` up to its `\sim`.
    conditioned: bool = False
    first: str = ""
    last: str = ""

    def extend(self, marks: list[Mark]) -> None:
        depth = 0
        for mark in marks:
            depth += _STEPS.get(mark.kind, 0)
            self.related = self.related or (depth == 0 and mark.kind == "relation")
            if depth == 0:
                self.conditioned = (self.conditioned or mark.text == r"\mid") and mark.words != "~"
            if not mark.is_blank:
                self.content = self.content or mark.text not in _PUNCTUATION
                self.first, self.last = self.first or mark.kind, mark.kind
        self.marks.extend(marks)


def pieces_of(row: Row) -> list[Piece]:
    """The pieces of a row, with the words between them."""
    return _Pieces(row).run()


class _Pieces:
    def __init__(self, row: Row) -> None:
        self.row = row
        self.found: list[Piece] = []
        self.current = _Part()
        self.note = ""
        self.column = 0
        # An empty cell stands before this separator.
        self.empty_cell = False

    def run(self) -> list[Piece]:
        wide = False
        for mark, marks in _segments(self.row):
            segment = _Part()
            segment.extend(marks)
            if mark is not None:
                self.separate(mark, wide, segment)
                wide = mark.kind in ("comma", "semicolon") and not segment.content
                self.empty_cell = mark.kind == "amp" and not segment.content
            self.current.extend(marks)
        self.close("")
        return self.found

    def separate(self, mark: Mark, wide: bool, segment: _Part) -> None:
        """Either the piece ends at this separator, or the separator is part of it."""
        if mark.kind in ("words", "phrase", "arrow") and not (
            mark.kind == "phrase" and _is_side(self.current, segment)
        ):
            self.close(mark.words.strip())
        elif mark.kind == "amp":
            if _is_column(self.current, segment, self.empty_cell):
                self.close("")
                self.column += 1
        elif _ends(mark.kind, wide, self.current, segment):
            self.close("")
        else:
            self.current.extend([mark])

    def close(self, words: str) -> None:
        """End the piece; the words are its remark and the note of the next one."""
        if self.current.content:
            self.found.append(Piece(tuple(self.current.marks), self.note, "", self.column, self.row.problem))
            self.note = ""
        if words and self.found and not self.note:
            last = self.found[-1]
            self.found[-1] = replace(last, remark=f"{last.remark} {words}".strip())
        self.note = f"{self.note} {words}".strip()
        self.current = _Part()


def _segments(row: Row) -> Iterator[tuple[Mark | None, list[Mark]]]:
    """The row cut at everything that might separate, with the mark before each part."""
    before: Mark | None = None
    current: list[Mark] = []
    for mark, depth in depths(row.marks, row.problem):
        if depth == 0 and mark.kind in ("comma", "semicolon", "gap", "words", "phrase", "arrow", "amp"):
            yield before, current
            before, current = mark, []
        else:
            current.append(mark)
    yield before, current


def _ends(separator: str, wide: bool, left: _Part, right: _Part) -> bool:
    """Whether a piece ends at a comma, a semicolon or a gap; `wide` when a comma stands right before the gap."""
    if not left.content:
        return False
    if separator == "semicolon":
        return right.content
    if separator == "comma":
        return left.related and right.related and not left.conditioned
    if separator != "gap" or not right.content:
        return False
    if wide or left.last == "comma":
        return True
    return left.last not in ("op", "relation") and right.first not in ("op", "relation")


def _is_side(left: _Part, right: _Part) -> bool:
    r"""Words that stand alone on one side of a relation: `\text{learning rate} = 0.1`."""
    return left.last == "relation" or (not left.content and right.first == "relation")


def _is_column(left: _Part, right: _Part, empty_cell: bool) -> bool:
    """An `&` between two equations, not the one before or behind a relation sign: `a &= b & c &= d`.

    A relation behind an empty cell goes on from its own column in the row before: `&= b_2 & &= d_2`.
    """
    finished = left.related and left.last not in ("op", "relation")
    begins = right.first not in ("op", "relation") or (empty_cell and right.first == "relation")
    return finished and right.content and begins
