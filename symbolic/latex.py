r"""The TeX notation: `\frac{1}{625}\det\begin{pmatrix} 13 & 11 \\ 11 & 17 \end{pmatrix}` -> tokens.

A tokenizer and a table (`latex_words`), nothing else: the parser, the elaborator and the tree are those of the plain
notation.  No TeX is ever run.  Letters are names of their own, `\mathbf`, `\boldsymbol` and the like are transparent,
accents become part of the name, upright words of letters are words.  Whatever is not in the table is refused by name:
nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from . import latex_words as words
from .plain import SAME, refuse_character
from .source import ReadError, Source, Span
from .syntax import MAX_DIGITS, MAX_TOKENS, Token
from .vocabulary import GREEK

_SPACE = re.compile(r"(?:[ \t\r\n\u00a0\u2009\u202f]|%[^\r\n]*(?:\r\n|\r|\n|$))+")
_MAY_BE_SPACE = frozenset(" \t\r\n\u00a0\u2009\u202f%~")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
# A superscript two is a digit for str.isdigit, and no number.
_DECIMAL = frozenset("0123456789")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:\{,\}[0-9]{3})+")
_COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
_DEGREE = re.compile(r"\{\s*\\circ\s*\}|\\circ\b")
# A sign alone in an exponent is the side of a limit: x \to 0^+.
_SIDE = re.compile(r"\{\s*([+-])\s*\}|([+-])(?=\s*[}),]|\s*$)")
# `^*`, `^{\\prime}`: marks of a name.
_MARK = re.compile(r"\{\s*(\*|\\ast|\\star|\\prime)\s*\}|(\*|\\ast\b|\\star\b|\\prime\b)")
_STEP = re.compile(r"[ ~]*(t|s|\\tau)(?![A-Za-z])")
_ENDS_ROW = re.compile(r"(?:\s|\\[,;! ]|\\q?quad)*(?:\\end\{|&|\\\\)")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ -][A-Za-z]+)*")
ROUNDING = frozenset(("lfloor", "rfloor", "lceil", "rceil"))
_SIGNS = {
    "+": ("op", "add"),
    "-": ("op", "sub"),
    "*": ("op", "mul"),
    "/": ("op", "div"),
    "=": ("relation", "="),
    "<": ("relation", "<"),
    ">": ("relation", ">"),
    ",": ("comma", ","),
    ";": ("semicolon", ";"),
    "^": ("sup", "^"),
    "_": ("sub", "_"),
    "'": ("prime", "'"),
    "!": ("factorial", "!"),
    "|": ("bar", "|"),
    "&": ("amp", "&"),
    "(": ("open", "("),
    "[": ("open", "["),
    "{": ("open", "{"),
    ")": ("close", ")"),
    "]": ("close", "]"),
    "}": ("close", "}"),
}


def tokenize(source: Source, start: int = 0, stop: int | None = None) -> list[Token]:
    """Tokens of the piece [start, stop) of a source in TeX.

    Raises:
        ReadError: at the first construct that is not in the tables, or beyond the limits.
    """
    return _Tokenizer(source, start, len(source.text) if stop is None else stop).run()


class _Tokenizer:
    def __init__(self, source: Source, start: int, stop: int) -> None:
        self.source = source
        self.text = source.text
        self.position = start
        self.stop = stop
        self.tokens: list[Token] = []
        # Arguments that a command still wants as single tokens, as TeX takes them: \frac12, x^23.
        self.pending: list[tuple[int, int]] = []
        self.level = 0
        # The brackets after `\left` that wait for their `\right`.
        self.fences: list[str] = []
        # A formula mostly stands in one line: its number, and the offset of the line.
        first, last = source.place(start), source.place(self.stop)
        self.line = first[0] if first[0] == last[0] and start <= self.stop else 0
        self.edge = start - first[1] + 1

    def run(self) -> list[Token]:
        while self.skip() < self.stop:
            self.next()
            if len(self.tokens) > MAX_TOKENS:
                raise ReadError(f"expected at most {MAX_TOKENS} tokens in a formula; got more", self.tokens[-1].span)
        self.tokens.append(Token("stop", "", self.span(self.stop, self.stop)))
        return self.tokens

    # -- places ----------------------------------------------------------------------------------------------------
    def span(self, start: int, stop: int) -> Span:
        if self.line and stop <= self.stop:
            begin = 1 - self.edge
            return Span(start, stop, self.line, start + begin, self.line, stop + begin)
        return self.source.span(start, stop)

    def skip(self) -> int:
        if self.text[self.position : self.position + 1] not in _MAY_BE_SPACE:
            return self.position
        blank = _SPACE.match(self.text, self.position, self.stop)
        while blank:
            self.position = blank.end()
            blank = _SPACE.match(self.text, self.position, self.stop)
        if self.text.startswith("~", self.position) and self.position < self.stop:
            self.position += 1
            return self.skip()
        return self.position

    def emit(self, kind: str, text: str, start: int, stop: int) -> None:
        self.tokens.append(Token(kind, text, self.span(start, stop), self.text[start:stop]))
        self.position = stop

    def wants_one(self) -> bool:
        """Whether a single token is wanted here as an argument."""
        return bool(self.pending) and self.pending[-1][1] == self.level

    def given(self) -> None:
        """One argument of the innermost command has been read."""
        count, level = self.pending[-1]
        if count > 1:
            self.pending[-1] = (count - 1, level)
        else:
            self.pending.pop()

    # -- one token -------------------------------------------------------------------------------------------------
    def next(self) -> None:
        start = self.position
        character = self.text[start]
        single = self.wants_one()
        if single and character != "{":
            self.given()
        if character == "\\":
            self.command()
        elif character in _DECIMAL or (character == "." and self.text[start + 1 : start + 2] in _DECIMAL):
            self.number(single)
        elif character.isascii() and character.isalpha():
            self.emit("word", character, start, start + 1)
        elif character in ".,;" and _ENDS_ROW.match(self.text, start + 1, self.stop):
            self.position += 1  # what ends a cell of `cases` for the eye
        else:
            self.sign(character, single)

    def number(self, single: bool) -> None:
        start = self.position
        if single:
            self.emit("number", self.text[start], start, start + 1)
            return
        match = _THOUSANDS.match(self.text, start, self.stop) or _NUMBER.match(self.text, start, self.stop)
        assert match is not None
        if len(match[0]) > MAX_DIGITS:
            raise ReadError(f"expected a number of at most {MAX_DIGITS} digits", self.span(start, match.end()))
        self.emit("number", match[0].replace("{,}", ""), start, match.end())

    def sign(self, character: str, single: bool) -> None:
        start = self.position
        if character == ":" and self.text.startswith(":=", start):
            self.emit("relation", ":=", start, start + 2)
            return
        if character in _SIGNS:
            kind, text = _SIGNS[character]
            if kind == "open":
                self.level += 1
            elif kind == "close":
                self.closing()
            self.emit(kind, text, start, start + 1)
            if kind == "close" and text == "}" and self.wants_one():
                self.given()
            if kind in ("sup", "sub"):
                self.script(kind)
            return
        if character in GREEK:
            self.emit("word", GREEK[character], start, start + 1)
            return
        self.unicode(character)

    def closing(self) -> None:
        self.level -= 1
        while self.pending and self.pending[-1][1] > self.level:
            self.pending.pop()

    def script(self, kind: str) -> None:
        """`^*`, `^{*}`, `^\\prime` are marks of a name; any other script wants one token or one group."""
        self.skip()
        if kind == "sub":
            self.pending.append((1, self.level))
            return
        mark = _MARK.match(self.text, self.position, self.stop)
        if mark:
            what = mark[1] or mark[2]
            up = self.tokens.pop()
            name = ("prime", "'") if "prime" in what else ("power", "star")
            self.emit(*name, up.span.start, mark.end())
            return
        degree = _DEGREE.match(self.text, self.position, self.stop)
        if degree:
            up = self.tokens.pop()
            self.emit("power", "degree", up.span.start, degree.end())
            return
        side = _SIDE.match(self.text, self.position, self.stop)
        if side:
            up = self.tokens.pop()
            self.emit("power", "plus" if (side[1] or side[2]) == "+" else "minus", up.span.start, side.end())
            return
        self.pending.append((1, self.level))

    def unicode(self, character: str) -> None:
        start = self.position
        same = SAME.get(character)
        one = self.span(start, start + 1)
        if same is None:
            raise refuse_character(character, one)
        mapped = {
            "-": ("op", "sub"),
            "*": ("op", "mul"),
            "/": ("op", "div"),
            "<=": ("relation", "<="),
            ">=": ("relation", ">="),
            "!=": ("relation", "!="),
            "~~": ("relation", "approx"),
            "~": ("relation", "~"),
            "propto": ("relation", "propto"),
            "grad": ("command", "nabla"),
            "integral": ("command", "int"),
            "partial": ("word", "partial"),
            "inf": ("word", "inf"),
            "sqrt": ("command", "sqrt"),
        }
        if same.startswith("^"):
            self.emit("power", same[1:], start, start + 1)
        elif same in mapped:
            self.emit(*mapped[same], start, start + 1)
        else:
            raise refuse_character(character, one)

    # -- control words ---------------------------------------------------------------------------------------------
    def command(self) -> None:
        match = _COMMAND.match(self.text, self.position, self.stop)
        if match is None:
            raise ReadError("expected a command after the backslash", self.span(self.position, self.stop))
        name, start, stop = match[1], match.start(), match.end()
        step = _STEP.match(self.text, stop, self.stop) if name in ("Delta", "delta") else None
        if step is not None:
            # A step in time is one name, not a product.
            self.emit("word", f"{name}{step[1].lstrip(chr(92))}", start, step.end())
            return
        handle = _HANDLER_OF.get(name)
        if handle is not None:
            handle(self, name, start, stop)
            return
        if name in words.GREEK_WORDS or name in words.VARIANTS or name in words.FUNCTIONS:
            self.emit("word", words.VARIANTS.get(name, name), start, stop)
            return
        raise ReadError(f"not read: \\{name}", self.span(start, stop))

    def space(self, name: str, start: int, stop: int) -> None:
        self.position = stop

    def operator(self, name: str, start: int, stop: int) -> None:
        self.emit("op", words.OPERATORS[name], start, stop)

    def relation(self, name: str, start: int, stop: int) -> None:
        self.emit("relation", words.RELATIONS[name], start, stop)

    def big(self, name: str, start: int, stop: int) -> None:
        self.emit("command", words.BIG[name], start, stop)

    def rounding(self, name: str, start: int, stop: int) -> None:
        """`\\lfloor x \\rfloor` is floor(x)."""
        if name[0] == "l":
            self.emit("word", "floor" if name == "lfloor" else "ceil", start, stop)
            self.level += 1
            self.emit("open", "(", start, stop)
            return
        self.closing()
        self.emit("close", ")", start, stop)

    def bracket(self, name: str, start: int, stop: int) -> None:
        shape = words.BRACKETS[name]
        if name == "langle":
            self.emit("word", "inner", start, stop)  # <u, v> is the inner product
        shape = {"{": "(", "}": ")"}.get(shape, shape)
        self.level += 1 if shape in "([" else 0
        if shape in ")]":
            self.closing()
        self.emit("open" if shape in "([" else "close", shape, start, stop)

    def norm(self, name: str, start: int, stop: int) -> None:
        kind = {"lvert": "bar_open", "rvert": "bar_close", "lVert": "bar_open", "rVert": "bar_close"}.get(name, "bar")
        self.emit(kind, "||" if name in ("|", "Vert", "lVert", "rVert") else "|", start, stop)

    def given_bar(self, name: str, start: int, stop: int) -> None:
        self.emit("given", "|", start, stop)

    def sized(self, name: str, start: int, stop: int) -> None:
        """`\\big(`, `\\Big/` and friends say nothing about the mathematics."""
        self.position = stop

    def fence(self, name: str, start: int, stop: int) -> None:
        """`\\left(` and `\\right)`: brackets and bars whose role is written."""
        self.position = stop
        self.skip()
        rest = self.text[self.position : self.stop]
        match = re.match(r"\\[A-Za-z]+|\\.|.", rest, re.DOTALL)
        if match is None:
            raise ReadError(f"expected a bracket after \\{name}", self.span(start, stop))
        mark, end = match[0], self.position + match.end()
        left = name in ("left", "mathopen")
        if mark[1:] in ROUNDING:
            self.rounding(mark[1:], start, end)
            return
        opened = "" if left or not self.fences else self.fences.pop()
        if left:
            self.fences.append(mark)
        if opened == "." and mark in ("|", r"\vert", r"\rvert"):
            self.closing()
            self.emit("close", "|", start, end)  # \left. g \right|_{x=0}
            return
        if mark in ("|", r"\lvert", r"\rvert", r"\vert", r"\|", r"\Vert", r"\lVert", r"\rVert"):
            double = mark in (r"\|", r"\Vert", r"\lVert", r"\rVert")
            self.emit("bar_open" if left else "bar_close", "||" if double else "|", start, end)
            return
        shapes = {
            "(": "(",
            "[": "[",
            r"\{": "(",
            r"\lbrace": "(",
            ")": ")",
            "]": "]",
            r"\}": ")",
            r"\rbrace": ")",
            ".": "(" if left else ")",
            r"\langle": "(",
            r"\rangle": ")",
            r"\lbrack": "[",
            r"\rbrack": "]",
        }
        if mark == r"\langle":
            self.emit("word", "inner", start, end)
        if mark not in shapes or (left and shapes[mark] in ")]"):
            raise ReadError(f"not read: \\{name}{mark}", self.span(start, end))
        if left:
            self.level += 1
        else:
            self.closing()
        self.emit("open" if left else "close", shapes[mark], start, end)

    def middle(self, name: str, start: int, stop: int) -> None:
        match = re.compile(r"\s*(\||\\vert|\\mid)").match(self.text, stop, self.stop)
        if match is None:
            raise ReadError("not read: \\middle", self.span(start, stop))
        self.emit("given", "|", start, match.end())

    def arguments(self, name: str, start: int, stop: int) -> None:
        self.emit("command", words.SAME_COMMAND.get(name, name), start, stop)
        option = re.compile(r"\s*\[").match(self.text, stop, self.stop)
        if name == "sqrt" and option:
            # The optional root index is an ordinary bracket; the argument is wanted behind it.
            self.pending.append((1, self.level))
            self.position = option.end() - 1
            self.emit("open", "[", self.position, self.position + 1)
            self.level += 1
            return
        self.pending.append((words.TAKES_ARGUMENTS[name], self.level))

    # -- names -----------------------------------------------------------------------------------------------------
    def braced(self, start: int, stop: int, name: str) -> tuple[str, int]:
        """The text of `{..}` (or the single character) behind a command, and where it ends."""
        self.position = stop
        self.skip()
        at = self.position
        if at < self.stop and self.text[at] == "{":
            end = self.text.find("}", at, self.stop)
            depth, cursor = 0, at
            while cursor < self.stop:
                depth += {"{": 1, "}": -1}.get(self.text[cursor], 0)
                if depth == 0:
                    end = cursor
                    break
                cursor += 1
            if end < 0 or depth:
                raise ReadError(f"expected '}}' for the argument of \\{name}", self.span(start, stop))
            return self.text[at + 1 : end], end + 1
        single = re.compile(r"\\[A-Za-z]+|\S").match(self.text, at, self.stop)
        if single is None:
            raise ReadError(f"expected an argument of \\{name}", self.span(start, stop))
        return single[0], single.end()

    def style(self, name: str, start: int, stop: int) -> None:
        """A bold or slanted letter is the letter; a styled formula is the formula in braces."""
        content, end = self.braced(start, stop, name)
        inner = content.strip()
        if re.fullmatch(r"[A-Za-z]|[0-9]|\\[A-Za-z]+", inner):
            letter = inner.lstrip("\\")
            if inner in _DECIMAL:
                self.emit("number", inner, start, end)
            elif len(letter) == 1 or letter in words.GREEK_WORDS or letter in words.VARIANTS:
                self.emit("word", words.VARIANTS.get(letter, letter), start, end)
            else:
                raise ReadError(f"not read: \\{name}{{{inner}}}", self.span(start, end))
            return
        self.position = stop

    def upright(self, name: str, start: int, stop: int) -> None:
        content, end = self.braced(start, stop, name)
        inner = content.strip().rstrip("*")
        if re.fullmatch(r"\\[A-Za-z]+", inner) and inner[1:] in words.GREEK_WORDS:
            self.emit("word", inner[1:], start, end)
        elif _WORD.fullmatch(inner):
            kind = "word" if " " not in inner and "-" not in inner else "text"
            special = {"argmax": "argmax", "argmin": "argmin", "E": "expect" if name == "operatorname" else ""}.get(
                inner
            )
            self.emit("command" if special else kind, special or inner, start, end)
        else:
            raise ReadError(f"not read: \\{name}{{{inner[:40]}}}", self.span(start, end))

    def accent(self, name: str, start: int, stop: int) -> None:
        content, end = self.braced(start, stop, name)
        inner = content.strip()
        greek = inner[:1] == "\\" and (inner[1:] in words.GREEK_WORDS or inner[1:] in words.VARIANTS)
        formula = not greek and re.search(r"[-+*/^()]|\\frac|[A-Za-z]{2}|\d", inner.replace("\\", " "))
        if name in ("overline", "bar") and formula:
            # A bar over a formula is its conjugate; a bar over a letter is a name.
            self.emit("command", "conj", start, stop)
            self.pending.append((1, self.level))
            return
        match = re.fullmatch(r"\\(?:mathbf|boldsymbol|bm|vec)\s*\{?\s*(\\?[A-Za-z]+)\s*\}?|(\\?[A-Za-z]+)", inner)
        letter = ((match[1] or match[2]) if match else "").lstrip("\\")
        if match is None or (len(letter) > 1 and letter not in words.GREEK_WORDS and letter not in words.VARIANTS):
            raise ReadError(f"not read: \\{name}{{{inner[:40]}}}", self.span(start, end))
        self.emit("word", words.VARIANTS.get(letter, letter) + words.ACCENTS[name], start, end)

    def calligraphic(self, name: str, start: int, stop: int) -> None:
        content, end = self.braced(start, stop, name)
        if not re.fullmatch(r"[A-Z]", content.strip()):
            raise ReadError(f"not read: \\{name}{{{content[:40]}}}", self.span(start, end))
        self.emit("word", "cal" + content.strip(), start, end)

    def blackboard(self, name: str, start: int, stop: int) -> None:
        content, end = self.braced(start, stop, name)
        found = words.BLACKBOARD.get(content.strip())
        if found is None:
            raise ReadError(f"not read: \\{name}{{{content[:40]}}}", self.span(start, end))
        self.emit("command" if found == "expect" else "word", found, start, end)

    # -- environments ----------------------------------------------------------------------------------------------
    def begin(self, name: str, start: int, stop: int) -> None:
        environment, end = self.braced(start, stop, name)
        shape = words.MATRICES.get(environment.strip().rstrip("*"))
        if shape is None:
            raise ReadError(f"not read: \\{name}{{{environment}}}", self.span(start, end))
        if environment == "array":
            columns = re.compile(r"\s*\{[lcr| ]*\}").match(self.text, end, self.stop)
            end = columns.end() if columns else end
        self.level += 1
        self.emit("begin", shape, start, end)

    def end(self, name: str, start: int, stop: int) -> None:
        environment, end = self.braced(start, stop, name)
        if environment.strip().rstrip("*") not in words.MATRICES:
            raise ReadError(f"not read: \\{name}{{{environment}}}", self.span(start, end))
        self.closing()
        self.emit("end_environment", environment, start, end)

    def row(self, name: str, start: int, stop: int) -> None:
        skip = re.compile(r"\s*\[[^\]\r\n]*(?:pt|em|ex|mm|cm)\]").match(self.text, stop, self.stop)
        self.emit("row", "\\\\", start, skip.end() if skip else stop)

    def see_through(self, name: str, start: int, stop: int) -> None:
        self.position = stop

    def dots(self, name: str, start: int, stop: int) -> None:
        raise ReadError(f"not read: \\{name} (an ellipsis)", self.span(start, stop))


_Handler = Callable[[_Tokenizer, str, int, int], None]
_HANDLERS: tuple[tuple[frozenset[str], _Handler], ...] = (
    (words.SPACES, _Tokenizer.space),
    (frozenset(words.OPERATORS), _Tokenizer.operator),
    (frozenset(words.RELATIONS), _Tokenizer.relation),
    (frozenset(words.BIG), _Tokenizer.big),
    (frozenset(words.BRACKETS), _Tokenizer.bracket),
    (ROUNDING, _Tokenizer.rounding),
    (frozenset(("|", "Vert", "vert", "lvert", "rvert", "lVert", "rVert")), _Tokenizer.norm),
    (frozenset(("mid",)), _Tokenizer.given_bar),
    (words.SIZES, _Tokenizer.sized),
    (frozenset(("left", "right")), _Tokenizer.fence),
    (frozenset(("middle",)), _Tokenizer.middle),
    (frozenset(words.TAKES_ARGUMENTS), _Tokenizer.arguments),
    (words.STYLES, _Tokenizer.style),
    (words.UPRIGHT, _Tokenizer.upright),
    (frozenset(words.ACCENTS), _Tokenizer.accent),
    (frozenset(("mathcal", "mathscr", "mathfrak")), _Tokenizer.calligraphic),
    (frozenset(("mathbb", "mathds", "Bbb")), _Tokenizer.blackboard),
    (frozenset(("begin",)), _Tokenizer.begin),
    (frozenset(("end",)), _Tokenizer.end),
    (frozenset(("\\",)), _Tokenizer.row),
    (words.SEE_THROUGH, _Tokenizer.see_through),
    (words.DOTS, _Tokenizer.dots),
)
# The first table that knows a command handles it.
_HANDLER_OF = {name: handle for known, handle in reversed(_HANDLERS) for name in known}
