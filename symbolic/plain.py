r"""The plain notation: `3*z1^2*sech(z1^3)^2`, `Cov(Y) = 1/25*[[13, 11], [11, 17]]`, `d/dt log(p(z(t), t))`.

Numbers are decimal (`0.5`, `1e-3`); names are letters, digits and underscores (`z1` and `z_1` are one name; Greek
letters may be written in Unicode); `^` and `**` are powers; products are written with `*`; a list of lists is a
matrix, a list a vector; `|x|` is an absolute value.  This file holds the tokenizer and the table alone.
"""

from __future__ import annotations

import re
import unicodedata

from .source import ReadError, Source, Span
from .syntax import MAX_DIGITS, MAX_TOKENS, Token
from .vocabulary import GREEK

# One fixed table, not all of NFKC: these are the same sign for every reader.
SAME = {
    "−": "-",
    "–": "-",
    "·": "*",
    "×": "*",
    "⋅": "*",
    "∗": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~~",
    "∼": "~",
    "∝": "propto",
    "∂": "partial",
    "∇": "grad",
    "∞": "inf",
    "√": "sqrt",
    "∫": "integral",
    **{sign: f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    "ⁿ": "^n",
    "ᵀ": "^T",
    "⊤": "^T",
}
_SPACE = re.compile(r"[ \t\r\n\u00a0\u2009\u202f]+")
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_RAISED = "".join(c for c in SAME if SAME[c].startswith("^"))  # letters and digits for Python, exponents for us
_NAME = re.compile(rf"[^\W\d_{_RAISED}](?:_*[^\W_{_RAISED}])*")
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_RELATIONS = (":=", "<=", ">=", "==", "!=", "~~", "=", "<", ">", "~")
RELATION_NAMES = {
    ":=": "=",
    "==": "=",
    "=": "=",
    "<=": "<=",
    ">=": ">=",
    "!=": "!=",
    "~~": "approx",
    "<": "<",
    ">": ">",
    "~": "~",
    "propto": "propto",
    "in": "in",
}


def refuse_character(character: str, span: Span) -> ReadError:
    """The error for a character that no notation knows, by name and code point."""
    name = unicodedata.name(character, "unnamed")
    return ReadError(f"expected mathematics; got the character U+{ord(character):04X} ({name.lower()})", span)


def canonical_name(word: str) -> str:
    """One name for `z1`, `z_1` and (in TeX) `z_{1}`: letters, then an underscore, then the index.

    >>> canonical_name("z1"), canonical_name("z_1"), canonical_name("σ"), canonical_name("sigma2"), canonical_name("z₁")
    ('z_1', 'z_1', 'sigma', 'sigma_2', 'z_1')
    """
    word = word.translate(_LOWERED)
    for letter, latin in GREEK.items():
        if letter in word:
            word = word.replace(letter, latin)
    match = re.fullmatch(r"([^\W\d_]+)(\d+)", word)
    if match:
        return f"{match[1]}_{match[2]}"
    return word


def tokenize(source: Source, start: int = 0, stop: int | None = None) -> list[Token]:
    """Tokens of the piece [start, stop) of a source in plain notation.

    Raises:
        ReadError: at the first character that is not of the notation, or beyond the limits.
    """
    text = source.text
    stop = len(text) if stop is None else stop
    position = start
    tokens: list[Token] = []
    while position < stop:
        blank = _SPACE.match(text, position, stop)
        if blank:
            position = blank.end()
            continue
        token = _next(source, text, position, stop)
        tokens.append(token)
        position = token.span.stop
        if len(tokens) > MAX_TOKENS:
            raise ReadError(f"expected at most {MAX_TOKENS} tokens in a formula; got more", token.span)
    tokens.append(Token("stop", "", source.span(stop, stop)))
    return tokens


def _next(source: Source, text: str, position: int, stop: int) -> Token:
    number = _NUMBER.match(text, position, stop)
    if number:
        span = source.span(position, number.end())
        if len(number[0]) > MAX_DIGITS:
            raise ReadError(f"expected a number of at most {MAX_DIGITS} digits; got {len(number[0])}", span)
        return Token("number", number[0], span, number[0])
    name = _NAME.match(text, position, stop)
    if name:
        return _word(name[0], source.span(position, name.end()))
    for relation in _RELATIONS:
        if text.startswith(relation, position) and position + len(relation) <= stop:
            span = source.span(position, position + len(relation))
            return Token("relation", RELATION_NAMES[relation], span, relation)
    return _sign(source, text, position, stop)


def _word(word: str, span: Span) -> Token:
    if word in ("propto", "in"):
        return Token("relation", word, span, word)
    return Token("word", canonical_name(word), span, word)


def _sign(source: Source, text: str, position: int, stop: int) -> Token:
    character = text[position]
    one = source.span(position, position + 1)
    if text.startswith("**", position) and position + 2 <= stop:
        return Token("sup", "^", source.span(position, position + 2), "**")
    if character in _OPERATORS:
        return Token("op", _OPERATORS[character], one, character)
    if character in "([{":
        return Token("open", character, one, character)
    if character in ")]}":
        return Token("close", character, one, character)
    if text.startswith("||", position) and position + 2 <= stop:
        return Token("bar", "||", source.span(position, position + 2), "||")
    simple = {"^": "sup", "_": "sub", ",": "comma", ";": "semicolon", "'": "prime", "|": "bar", "!": "factorial"}
    if character in simple:
        return Token(simple[character], character, one, character)
    return _same(character, one)


def _same(character: str, span: Span) -> Token:
    same = SAME.get(character)
    if same is None:
        raise refuse_character(character, span)
    if same in _OPERATORS:
        return Token("op", _OPERATORS[same], span, character)
    if same in RELATION_NAMES:
        return Token("relation", RELATION_NAMES[same], span, character)
    if same.startswith("^"):
        return Token("power", same[1:], span, character)
    return Token("word", same, span, character)
