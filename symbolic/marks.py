r"""Atoms -> marks: what each sign does to the shape of a formula, with the invisible and the decorative taken away.

A mark has a kind: relation, arrow (an implication), words (`\text{where}`), phrase (`\text{by symmetry}`), note (the
text under a brace), open/close (brackets), begin/end (environments), brace_open/brace_close, row, amp, comma,
semicolon, gap (`\quad`), space, op, script, or sign for everything else.  Dropped: `\label`, `\tag`, `\notag`, colours.
Seen through: `\boxed`, `\underbrace{..}_{..}`, braces around a whole equation.  A hidden colour is a problem, never
dropped.
"""

from __future__ import annotations

from typing import NamedTuple

from . import relation_words as tables
from .atoms import Atom, spelled, without_braces

# Separators that str.isspace counts as blanks; they are invisible, and the tokenizer refuses them by name.
_CONTROL = frozenset("\x1c\x1d\x1e\x1f\x85\u2028\u2029")
# A mark over a relation, or a text under a brace, is short.
MAX_DECORATION = 200


_STEPS = {"open": 1, "brace_open": 1, "begin": 1, "close": -1, "brace_close": -1, "end": -1}


class Mark(NamedTuple):
    """`text` is what the parser will see; [start, stop) its place; `words` the normal spelling or the words inside."""

    kind: str
    text: str
    start: int
    stop: int
    macro: str = ""
    problem: str = ""
    words: str = ""
    note: str = ""

    @property
    def is_blank(self) -> bool:
        return self.kind in ("space", "gap", "note")


def marks_of(atoms: list[Atom]) -> list[Mark]:
    """The marks of one formula."""
    return _without_closed_words(_Marker(atoms).run())


def _without_closed_words(marks: list[Mark]) -> list[Mark]:
    r"""Without the bracket that closes one opened by words: `\text{(since } a > 0)`."""
    result: list[Mark] = []
    waiting: list[int] = []
    depth = 0
    for mark in marks:
        if mark.kind in ("words", "phrase"):
            waiting += [depth] * max(0, mark.words.count("(") - mark.words.count(")"))
        depth += _STEPS.get(mark.kind, 0)
        if waiting and depth < waiting[-1] and mark.text == ")":
            waiting.pop()
            depth += 1
            result.append(mark._replace(kind="space", text=" "))
        else:
            result.append(mark)
    return result


class _Marker:
    def __init__(self, atoms: list[Atom]) -> None:
        self.atoms = atoms
        self.index = 0
        # One pass: where each brace closes, and whether a relation stands right inside it.
        self.closing, self.relating = _braces(atoms)
        # Scripts under a brace that became notes: index -> the index behind.
        self.skipped: dict[int, int] = {}
        self.marks: list[Mark] = []
        # Braces that were seen through: their closing brace is dropped as well.
        self.braces: list[bool] = []

    def run(self) -> list[Mark]:
        atoms, marks = self.atoms, self.marks
        while self.index < len(atoms):
            atom = atoms[self.index]
            text = atom.text
            # A letter or a digit is a sign wherever it stands.
            if len(text) == 1 and text.isalnum() and text not in tables.SIMPLE and self.index not in self.skipped:
                marks.append(Mark("sign", text, atom.start, atom.stop, atom.macro, atom.problem))
                self.index += 1
            else:
                self.next()
        return marks

    def add(self, kind: str, atom: Atom, text: str = "", words: str = "", stop: int = -1, note: str = "") -> None:
        end = max(atom.stop, stop)
        self.marks.append(Mark(kind, text or atom.text, atom.start, end, atom.macro, atom.problem, words, note))

    def take(self) -> Atom:
        atom = self.atoms[self.index]
        self.index += 1
        return atom

    def end_of_argument(self, index: int) -> int:
        """The index behind the group or the single atom at `index`, spaces skipped."""
        while index < len(self.atoms) and self.atoms[index].is_space:
            index += 1
        return min(self.closing.get(index, index + 1), len(self.atoms))

    def argument(self) -> list[Atom]:
        """The next argument, taken."""
        end = self.end_of_argument(self.index)
        found = self.atoms[self.index : end]
        self.index = end
        return found

    def following(self) -> str:
        """The next atom that is no space, not taken."""
        index = self.index
        while index < len(self.atoms) and self.atoms[index].is_space:
            index += 1
        return self.atoms[index].text if index < len(self.atoms) else ""

    def skip_spaces(self) -> None:
        while self.index < len(self.atoms) and self.atoms[self.index].is_space:
            self.index += 1

    # -- one atom --------------------------------------------------------------------------------------------------
    def next(self) -> None:
        if self.index in self.skipped:
            self.index = self.skipped[self.index]
            return
        atom = self.take()
        text = atom.text
        if atom.problem and text[0] == "\\" and text[1:].isalpha() and not relation_word([atom]):
            self.add("sign", atom)
        elif self.marks and self.marks[-1].kind == "script" and text not in ("{", "}") and not atom.is_space:
            # The one sign of a script is never a relation: `x^=`, `a_<`.
            self.index -= 1
            self.script_argument()
        elif text in tables.SIMPLE:
            kind, normal = tables.SIMPLE[text]
            self.add(kind, atom, words=normal)
        elif text[0] == "\\":
            self.control(atom)
        elif text == "{":
            self.brace(atom)
        elif text == "}":
            if self.braces and self.braces.pop():
                return
            self.add("brace_close", atom)
        elif atom.is_space and _CONTROL.isdisjoint(text):
            plain = text if text.isspace() and text.isascii() and "\f" not in text and "\v" not in text else " "
            self.add("space", atom, plain)
        else:
            self.add("sign", atom)

    def script_argument(self) -> None:
        atom = self.take()
        self.add("sign", atom)
        if atom.text in tables.ONE_ARGUMENT or atom.text in tables.WORDS:
            for part in self.argument():
                self.add("sign", part)

    def control(self, atom: Atom) -> None:
        name = atom.text[1:]
        if atom.text.startswith((r"\begin{", r"\end{", r"\begin ", r"\end ")):
            environment = atom.text[atom.text.index("{") + 1 : -1]
            self.add("begin" if name[0] == "b" else "end", atom, words=environment)
        elif atom.text.startswith("\\\\"):
            self.add("row", atom)
        elif name in tables.RELATIONS:
            self.add("relation", atom, words=tables.RELATIONS[name])
        elif name in tables.ARROWS:
            self.add("arrow", atom, words=tables.ARROWS[name])
        elif name in ("left", "right", "middle"):
            self.delimiter(atom, {"left": "open", "right": "close"}.get(name, "sign"))
        elif name in tables.HANDLED:
            getattr(self, tables.HANDLED[name])(atom)
        elif name in tables.DROPPED:
            self.marks.append(Mark("space", " ", atom.start, atom.stop, atom.macro))
        elif name in tables.DROPPED_WITH_ARGUMENT:
            if self.following() == "*":
                self.skip_spaces()
                self.take()
            stop = self.argument()
            self.marks.append(Mark("space", " ", atom.start, stop[-1].stop if stop else atom.stop, atom.macro))
        else:
            self.add("sign", atom)

    def delimiter(self, atom: Atom, kind: str) -> None:
        r"""`\left(`: the bracket belongs to the command, whatever it is."""
        self.skip_spaces()
        if self.index >= len(self.atoms):
            self.add("sign", atom)
            return
        bracket = self.take()
        if bracket.text == "<":
            bracket = bracket._replace(text=r"\langle")
        elif bracket.text == ">":
            bracket = bracket._replace(text=r"\rangle")
        self.add(kind, atom, atom.text + bracket.text, words=atom.text, stop=bracket.stop)

    # -- words and decorated relations -----------------------------------------------------------------------------
    def text_words(self, atom: Atom) -> None:
        r"""`\text{ if }` as one mark; `\operatorname*{arg\,max}` is `\argmax`."""
        star = self.following() == "*" and atom.text.startswith(r"\operatorname")
        if star:
            self.argument()
        parts = self.argument()
        inside = without_braces(parts)
        words = spelled(inside)
        bare = words.replace("\\,", "").replace("\\!", "").replace(" ", "").replace("~", "").replace("\\ ", "")
        stop = max([atom.stop, *(part.stop for part in parts)])
        if bare in ("argmax", "argmin"):
            self.add("sign", atom, f"\\{bare} ", stop=stop)
            return
        kind = tables.kind_of_words(words) if atom.text in tables.WORDS else "sign"
        command = atom.text + ("*" if star else "")
        problem = next((part.problem for part in parts if part.problem), "")
        atom = atom._replace(problem=atom.problem or problem)
        self.add(kind, atom, f"{command}{{{words}}}" if inside else command, words=words, stop=stop)

    def quantifier(self, atom: Atom) -> None:
        self.add("words", atom, words=tables.QUANTIFIERS[atom.text])

    def arg(self, atom: Atom) -> None:
        r"""`\arg\max`, `\arg\,\min`."""
        index = self.index
        while index < len(self.atoms) and (self.atoms[index].is_space or self.atoms[index].text in ("\\,", "\\!")):
            index += 1
        found = self.atoms[index].text if index < len(self.atoms) else ""
        if found in (r"\max", r"\min"):
            self.index = index + 1
            self.add("sign", atom, f"\\arg{found[1:]} ", stop=self.atoms[index].stop)
        else:
            self.add("sign", atom)

    def decorated(self, atom: Atom) -> None:
        r"""`\stackrel{(a)}{=}`, `\overset{d}{=}`, `\xrightarrow{d}`: a relation with a mark of its own."""
        if atom.text.startswith(r"\x"):
            over = self.argument()
            stop = max([atom.stop, *(part.stop for part in over)])
            self.add("relation", atom, words="to", stop=stop, note=spelled(without_braces(over)).strip())
            return
        before = self.index
        middle = self.end_of_argument(before)
        if self.end_of_argument(middle) - before > MAX_DECORATION:
            self.add("sign", atom)
            return
        over, base = self.argument(), self.argument()
        inner = [a for a in without_braces(base) if not a.is_space]
        normal = relation_word(inner)
        if normal:
            mark = spelled(without_braces(over)).strip()
            text = spelled(inner)
            is_definition = normal == "=" and tables.says_definition(mark)
            stop = max([atom.stop, *(part.stop for part in base)])
            self.add("relation", atom, text, ":=" if is_definition else normal, stop, mark)
        else:
            self.index = before
            self.add("sign", atom)

    def related(self, atom: Atom) -> None:
        r"""`\mathrel{=}`: the sign in the braces."""
        before = self.index
        if self.end_of_argument(before) - before > MAX_DECORATION:
            return
        inner = [a for a in without_braces(self.argument()) if not a.is_space]
        normal = relation_word(inner)
        if normal:
            self.add("relation", atom, spelled(inner), normal, self.atoms[self.index - 1].stop)
        else:
            self.index = before

    def negated(self, atom: Atom) -> None:
        self.skip_spaces()
        normal = relation_word(self.atoms[self.index : self.index + 1])
        if not normal:
            self.add("sign", atom)
            return
        sign = self.take()
        self.add(
            "relation", atom, atom.text + sign.text, {"=": "!=", "in": "notin"}.get(normal, "not " + normal), sign.stop
        )

    # -- seeing through --------------------------------------------------------------------------------------------
    def colour(self, atom: Atom) -> None:
        r"""`\color{red}`, `\textcolor{red}{..}`: what is written counts; what is hidden by its colour is refused."""
        chosen = spelled(without_braces(self.argument())).strip().lower()
        if chosen in tables.HIDING:
            self.marks.append(
                Mark(
                    "sign",
                    atom.text,
                    atom.start,
                    atom.stop,
                    atom.macro,
                    f"not read: {atom.text}{{{chosen}}} hides text",
                )
            )
        elif atom.text != r"\color":
            self.enclosed(atom)

    def enclosed(self, atom: Atom) -> None:
        r"""`\boxed{..}`: an equation inside is read as if it stood there; anything else keeps its braces."""
        self.skip_spaces()
        if self.relating.get(self.index):
            self.braces.append(True)
            self.index += 1

    def under(self, atom: Atom) -> None:
        r"""`\underbrace{..}_{..}`: the text below becomes a note."""
        self.skip_spaces()
        end = self.end_of_argument(self.index)
        after = end
        while after < len(self.atoms) and self.atoms[after].is_space:
            after += 1
        if after < len(self.atoms) and self.atoms[after].text in ("_", "^"):
            last = self.end_of_argument(after + 1)
            below = without_braces(self.atoms[after + 1 : min(last, after + 1 + MAX_DECORATION)])
            self.add("note", atom, " ", words=spelled(below))
            self.skipped[end] = last
        self.enclosed(atom)

    def brace(self, atom: Atom) -> None:
        seen_through = self.relating.get(self.index - 1, False) and not self.is_argument()
        self.braces.append(seen_through)
        if not seen_through:
            self.add("brace_open", atom)

    def is_argument(self) -> bool:
        """Whether a brace at this place belongs to a command or a script."""
        before = next((mark for mark in reversed(self.marks) if mark.kind not in ("space", "note")), None)
        if before is None or before.kind in (
            "relation",
            "arrow",
            "row",
            "amp",
            "comma",
            "semicolon",
            "gap",
            "op",
            "words",
        ):
            return False
        return before.kind in ("script", "brace_close", "begin") or before.text[0] == "\\" or before.text == "]"


def relation_word(atoms: list[Atom]) -> str:
    """The normal spelling when the atoms are one relation sign, else ""."""
    if len(atoms) != 1:
        return ""
    text = atoms[0].text
    if text in tables.SIMPLE and tables.SIMPLE[text][0] == "relation":
        return tables.SIMPLE[text][1]
    return tables.RELATIONS.get(text[1:], "") if text[0] == "\\" else ""


_OPENING = frozenset(("(", "[", r"\{", r"\left"))
_CLOSING = frozenset((")", "]", r"\}", r"\right"))


def _shapes(text: str, command: str) -> bool:
    """Whether an atom begins (ends) a matrix or cases: an environment with a meaning of its own."""
    return text.startswith(command) and text[len(command) : -1].rstrip("*") not in tables.TRANSPARENT


def _braces(atoms: list[Atom]) -> tuple[dict[int, int], dict[int, bool]]:
    """For each opening brace the index behind its closing one, and whether a relation stands directly inside."""
    closing: dict[int, int] = {}
    relating: dict[int, bool] = {}
    stack: list[int] = []
    depth = [0]
    for index, atom in enumerate(atoms):
        text = atom.text
        if text == "{":
            stack.append(index)
            depth.append(0)
        elif text == "}" and stack:
            closing[stack.pop()] = index + 1
            depth.pop()
        elif text in _OPENING or _shapes(text, r"\begin{"):
            depth[-1] += 1
        elif text in _CLOSING or _shapes(text, r"\end{"):
            depth[-1] -= 1
        elif stack and depth[-1] == 0 and relation_word([atom]) and atoms[index - 1].text not in ("_", "^"):
            relating[stack[-1]] = True
    closing.update(dict.fromkeys(stack, len(atoms)))
    return closing, relating
