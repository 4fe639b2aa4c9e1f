r"""Macros of a document: definitions collected in order, calls expanded with budgets, places kept.

    \newcommand \renewcommand \providecommand \DeclareRobustCommand \def \gdef \let
    \DeclareMathOperator(*) \DeclarePairedDelimiter

Expansion comes before every reading, so a redefined command (`\renewcommand{\det}{0\cdot}`) means what the document
says and never the usual thing.  What cannot be honoured (delimited parameters, a redefined `=`, `\catcode`) is refused
by name: the formulas that use it are unread, and they alone.  Growth is bounded three ways (nesting, calls, size): a
macro bomb becomes one unread formula that names the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import latex_words as words
from .atoms import Atom, atoms_of

MAX_NESTING = 24
MAX_CALLS = 5_000
MAX_GROWTH = 20_000
MAX_CALLS_OF_DOCUMENT = 1_000_000
MAX_DEFINITIONS = 20_000

_COMPOSITE = (r"\\", r"\begin", r"\end", r"\left", r"\right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """`count` parameters, of which the first is optional when `default` is given; [start, stop) is the definition."""

    name: str
    count: int
    body: tuple[Atom, ...]
    start: int
    stop: int
    default: tuple[Atom, ...] | None = None
    paired: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """The atoms after expansion; `problem` names the limit that was reached, or is ""."""

    atoms: list[Atom]
    problem: str = ""


@dataclass
class Macros:
    """The macros known so far while a document is read from its beginning to its end."""

    table: dict[str, Macro] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    distrust: str = ""
    calls: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether no macro is known that would change a formula."""
        return not (self.table or self.refused or self.distrust)

    def collect(self, text: str, start: int = 0, stop: int | None = None) -> None:
        """Learn the definitions in a piece of text that is no formula: a preamble, a line of `\\newcommand`."""
        stack = atoms_of(text, start, stop)[::-1]
        while stack:
            atom = stack.pop()
            if atom.text in _DEFINERS:
                self.define(atom, stack)

    def expand(self, atoms: list[Atom]) -> Expansion:
        """Atoms of one formula with every macro replaced; definitions inside the formula are learnt on the way."""
        if self.distrust:
            return Expansion(atoms, self.distrust)
        if self.is_empty and not any(atom.text in _DEFINERS for atom in atoms):
            return Expansion(atoms)
        stack, result = atoms[::-1], list[Atom]()
        limit, calls, work = len(atoms) + MAX_GROWTH, 0, 0
        while stack:
            atom = stack.pop()
            name = atom.text
            if name in _DEFINERS:
                self.define(atom, stack)
            elif name in self.refused and not atom.fixed:
                result.append(atom._replace(problem=f"not read: {name} ({self.refused[name]})"))
            elif name in self.table and not atom.fixed:
                calls += 1
                self.calls += 1
                if atom.level >= MAX_NESTING:
                    return Expansion(atoms, f"the macro {name} nests deeper than {MAX_NESTING} calls")
                if calls > MAX_CALLS or self.calls > MAX_CALLS_OF_DOCUMENT:
                    return Expansion(atoms, f"the macro {name} is called more than {MAX_CALLS} times in one formula")
                work += self.call(self.table[name], atom, stack)
            else:
                result.append(atom)
            if len(result) + len(stack) > limit or work > 20 * limit:
                return Expansion(atoms, f"the macro {name} expands to more than {MAX_GROWTH} tokens")
        return Expansion(result)

    def call(self, macro: Macro, atom: Atom, stack: list[Atom]) -> int:
        """Push the body of a macro with its arguments in place; the number of atoms moved."""
        if macro.paired:
            _skip_one(stack, "*")
        arguments: list[list[Atom]] = []
        stop = atom.stop
        if macro.default is not None:
            option = _option(stack)
            arguments.append(list(macro.default) if option is None else option)
        while len(arguments) < macro.count:
            argument, end = _argument(stack)
            arguments.append(argument)
            stop = stop if atom.macro else max(stop, end)
        outer, level = atom.macro or macro.name, atom.level + 1
        for part in reversed(macro.body):
            if part.text[0] == "#" and len(part.text) == 2 and int(part.text[1]) <= len(arguments):
                stack.extend(reversed(arguments[int(part.text[1]) - 1]))
            else:
                stack.append(Atom(part.text, atom.start, stop, outer, level, part.fixed))
        return len(macro.body) + sum(map(len, arguments))

    # -- definitions -----------------------------------------------------------------------------------------------
    def define(self, atom: Atom, stack: list[Atom]) -> None:
        """Learn the definition that begins with `atom`; its atoms are taken from the stack."""
        _DEFINERS[atom.text](self, atom, stack)
        if len(self.table) > MAX_DEFINITIONS:
            self.distrust = f"the document defines more than {MAX_DEFINITIONS} macros"

    def learn(self, atom: Atom, name: str, count: int, body: list[Atom], stop: int, **more: object) -> None:
        if name.startswith(_COMPOSITE) and (name in _COMPOSITE or name.startswith(r"\\")):
            self.distrust = f"not read: {atom.text}{{{name}}} redefines how rows and brackets are read"
        elif len(name) < 2 or name[0] != "\\":
            self.refused[name] = f"it is redefined by {atom.text}"
        else:
            self.refused.pop(name, None)
            default = more.get("default")
            self.table[name] = Macro(
                name=name,
                count=count,
                body=tuple(body),
                start=atom.start,
                stop=max(stop, atom.stop),
                default=tuple(default) if isinstance(default, list) else None,
                paired=bool(more.get("paired")),
            )

    def command(self, atom: Atom, stack: list[Atom]) -> None:
        r"""`\newcommand{\E}[2][p]{\mathbb{E}_{#1}[#2]}`."""
        _skip_one(stack, "*")
        name, _ = _name(stack)
        count_text = "".join(a.text for a in _option(stack) or [])
        default = _option(stack) if count_text else None
        body, stop = _argument(stack)
        if atom.text == r"\providecommand" and (name in self.table or is_known(name)):
            return
        count = int(count_text) if count_text.strip().isdigit() else 0
        self.learn(atom, name, min(count, 9), body, stop, default=default)

    def primitive(self, atom: Atom, stack: list[Atom]) -> None:
        r"""`\def\E#1{..}`."""
        name, _ = _name(stack)
        pattern: list[str] = []
        while stack and stack[-1].text != "{" and len(pattern) < 20:
            pattern.append(stack.pop().text)
        body, stop = _argument(stack)
        written = "".join(pattern).strip()
        if written != "".join(f"#{i + 1}" for i in range(written.count("#"))):
            self.table.pop(name, None)
            self.refused[name] = f"{atom.text} with delimited parameters"
            return
        self.learn(atom, name, written.count("#"), body, stop)

    def alias(self, atom: Atom, stack: list[Atom]) -> None:
        r"""`\let\a=\b`: the meaning that \b has now."""
        name, stop = _name(stack)
        _skip_one(stack, "=")
        _skip_spaces(stack)
        if not stack:
            return
        target = stack.pop()
        known = self.table.get(target.text)
        if target.text in self.refused:
            self.refused[name] = self.refused[target.text]
        elif known is not None:
            self.learn(atom, name, known.count, list(known.body), target.stop, default=_listed(known.default))
        else:
            self.learn(atom, name, 0, [target._replace(fixed=True)], max(stop, target.stop))

    def named_operator(self, atom: Atom, stack: list[Atom]) -> None:
        r"""`\DeclareMathOperator*{\argmax}{arg\,max}`."""
        star = _skip_one(stack, "*")
        name, _ = _name(stack)
        body, stop = _argument(stack)
        if any(a.text[0] == "\\" and a.text[1:].isalpha() for a in body):
            self.learn(atom, name, 0, body, stop)
            return
        wrap = [r"\operatorname", *(["*"] if star else []), "{"]
        opened = [Atom(text, atom.start, atom.stop, fixed=True) for text in wrap]
        self.learn(atom, name, 0, [*opened, *body, Atom("}", atom.start, atom.stop)], stop)

    def paired_delimiter(self, atom: Atom, stack: list[Atom]) -> None:
        r"""`\DeclarePairedDelimiter{\abs}{\lvert}{\rvert}`; the starred call only sizes."""
        name, _ = _name(stack)
        left, _ = _argument(stack)
        right, stop = _argument(stack)
        body = [*left, Atom(" ", stop, stop), Atom("#1", stop, stop), Atom(" ", stop, stop), *right]
        self.learn(atom, name, 1, body, stop, paired=True)

    def environment(self, atom: Atom, stack: list[Atom]) -> None:
        argument, _ = _argument(stack)
        name = "".join(a.text for a in argument)
        self.refused[f"\\begin{{{name}}}"] = f"{atom.text} defines it"

    def characters(self, atom: Atom, stack: list[Atom]) -> None:
        self.distrust = f"not read: {atom.text} changes what characters mean"


def is_known(name: str) -> bool:
    """Whether the reader has a meaning of its own for a control sequence."""
    word = name[1:]
    tables = (words.GREEK_WORDS, words.VARIANTS, words.FUNCTIONS, words.OPERATORS, words.RELATIONS, words.BIG)
    more = (words.SPACES, words.STYLES, words.UPRIGHT, words.ACCENTS, words.TAKES_ARGUMENTS, words.DOTS)
    return any(word in table for table in (*tables, *more))


def _listed(atoms: tuple[Atom, ...] | None) -> list[Atom] | None:
    return None if atoms is None else list(atoms)


# -- taking from the stack: its top is the next atom ------------------------------------------------------------------
def _skip_spaces(stack: list[Atom]) -> None:
    while stack and stack[-1].is_space:
        stack.pop()


def _skip_one(stack: list[Atom], text: str) -> bool:
    _skip_spaces(stack)
    if stack and stack[-1].text == text:
        stack.pop()
        return True
    return False


def _argument(stack: list[Atom]) -> tuple[list[Atom], int]:
    """The next group without its braces, or the next atom; and where it ends."""
    _skip_spaces(stack)
    if not stack:
        return [], 0
    first = stack.pop()
    if first.text != "{":
        return [first], first.stop
    found, depth, stop = list[Atom](), 1, first.stop
    while stack:
        atom = stack.pop()
        stop = atom.stop
        depth += {"{": 1, "}": -1}.get(atom.text, 0)
        if depth == 0:
            break
        found.append(atom)
    return found, stop


def _option(stack: list[Atom]) -> list[Atom] | None:
    """`[..]` if it comes next."""
    _skip_spaces(stack)
    if not stack or stack[-1].text != "[":
        return None
    stack.pop()
    found, depth = list[Atom](), 0
    while stack:
        atom = stack.pop()
        if atom.text == "]" and depth == 0:
            break
        depth += {"{": 1, "}": -1}.get(atom.text, 0)
        found.append(atom)
    return found


def _name(stack: list[Atom]) -> tuple[str, int]:
    """The control sequence that is being defined, in braces or bare."""
    found, stop = _argument(stack)
    return "".join(a.text for a in found).strip(), stop


_Definer = Callable[[Macros, Atom, list[Atom]], None]
_DEFINERS: dict[str, _Definer] = {
    **dict.fromkeys((r"\newcommand", r"\renewcommand", r"\providecommand", r"\DeclareRobustCommand"), Macros.command),
    **dict.fromkeys((r"\def", r"\gdef", r"\edef", r"\xdef"), Macros.primitive),
    r"\let": Macros.alias,
    r"\DeclareMathOperator": Macros.named_operator,
    r"\DeclarePairedDelimiter": Macros.paired_delimiter,
    **dict.fromkeys((r"\newenvironment", r"\renewenvironment"), Macros.environment),
    **dict.fromkeys((r"\catcode", r"\mathcode", r"\DeclareMathSymbol"), Macros.characters),
}
