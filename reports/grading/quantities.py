r"""Whether a left side is the quantity of a key, whatever letters stand for its arguments.

    key  g'(x)            student  g'(s)   \frac{d}{ds} g(s)          s for x
    key  p_Y(y_1, y_2)    student  p_Y(u, v)                          u for y_1, v for y_2
    key  det(Cov(Y))      student  det(Sigma)  with  Sigma = Cov(Y)

Both are compared sign by sign as understood (a Run prints a tree without ambiguity), derivatives in one notation.  A
letter may be another one where it is an argument of a function that the key or the student names, or the variable of a
derivative; what the key declares with a value or a law is that very thing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

from ...checks.key_text import OPERATORS
from .needs import free_names

_TOKEN = re.compile(r"[^\W\d]\w*'*|\d+(?:\.\d+)?|\S")
_DERIVATIVE = re.compile(r"(?:d|\u2202)(?:\^(?P<order>\d))?/(?:d|\u2202)(?P<name>[^\W\d]\w*)(?:\^\d)? \(")
APPLIED = re.compile(r"([^\W\d]\w*)('*)\(([^\W\d]\w*)\)")
_LETTER = re.compile(r"((?:d|\u2202)(?:\^\d)?/(?:d|\u2202))?([^\W\d]\w*)")
_DIFFERENTIAL = re.compile(r"(?:d|\u2202)(?:\^\d)?/(?:d|\u2202)[^\W\d]\w*")
_HEAD = re.compile(r"(?<![\w'])([^\W\d]\w*)('*)\(")
_NAME = re.compile(r"[^\W\d]\w*")
LONGEST = 2000  # characters of a left side that is compared
DEEPEST = 20  # functions that are written out in one text
Renaming = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Which letters may stand for others: `fixed` ones of the key may not, nor what a student gave a value (`own`)."""

    fixed: Collection[str] = ()
    own: Collection[str] = ()


def renaming(written: str, wanted: str, letters: Letters) -> Renaming | None:
    """The letters of the key for those of a student under which two left sides are one; None where they are two.

    >>> renaming("d/ds (g(s))", "g'(x)", Letters()), renaming("g'(2)", "g'(x)", Letters())
    ({'s': 'x'}, None)
    >>> renaming("det(A)", "det(B)", Letters()), renaming("p(u, u)", "p(x, y)", Letters())
    (None, None)
    """
    if written == wanted:
        return {}
    if max(len(written), len(wanted)) > LONGEST:
        return None
    mine, theirs = _TOKEN.findall(normal(written)), _TOKEN.findall(normal(wanted))
    if len(mine) != len(theirs):
        return None
    free = movable(theirs) - set(letters.fixed)
    found: dict[str, str] = {}
    for one, other in zip(mine, theirs, strict=True):
        if other in free and _NAME.fullmatch(one) and found.setdefault(one, other) == other:
            continue
        if one != other:
            return None
    moved = {one: other for one, other in found.items() if one != other}
    taken = set(letters.fixed) | set(letters.own)
    if len(set(found.values())) != len(found) or any(one in taken for one in moved):
        return None
    return moved


def movable(tokens: list[str]) -> set[str]:
    """The names that stand as a whole argument of a function, or behind the comma of a gradient."""
    found, heads = set(), [""]
    for k, token in enumerate(tokens):
        before, after = tokens[k - 1] if k else "", tokens[k + 1] if k + 1 < len(tokens) else ""
        if token in "([":
            heads.append(before if token == "(" and _NAME.match(before) else "")
        elif token in ")]":
            heads = heads[:-1] or [""]
        elif _NAME.fullmatch(token) and before in "(," and after in "),":
            applied = heads[-1] and heads[-1] not in OPERATORS
            if applied or (heads[-1] == "grad" and before == ","):
                found.add(token)
    return found


@cache
def normal(text: str) -> str:
    """Derivatives by a name as primes, or as gradients: `d/dx (g(x))` is `g'(x)`, `d/dt (a*b)` is `grad(a*b, t)`."""
    while match := _DERIVATIVE.search(text):
        stop = closing(text, match.end() - 1)
        if stop < 0:
            return text
        inner = normal(text[match.end() : stop])
        for _ in range(int(match["order"] or 1)):
            inner = derived(inner, match["name"])
        text = text[: match.start()] + inner + text[stop + 1 :]
    return text


def derived(inner: str, name: str) -> str:
    applied = APPLIED.fullmatch(inner)
    if applied and applied[3] == name and applied[1] not in OPERATORS:
        return f"{applied[1]}{applied[2]}'({name})"
    return f"grad({inner}, {name})"


def closing(text: str, start: int) -> int:
    """The bracket that closes the one at `start`, or -1."""
    depth = 0
    for k in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[k], 0)
        if depth == 0:
            return k
    return -1


def renamed(text: str, letters: Renaming) -> str:
    """A text with letters exchanged all at once; a letter of the key that is in use already goes the other way.

    >>> renamed("x*s + exp(s)", {"s": "x"}), renamed("d/ds (s^2)", {"s": "x"})
    ('s*x + exp(x)', 'd/dx (x^2)')
    """
    if not letters:
        return text
    back = {other: one for one, other in letters.items() if other not in letters}
    both = {**back, **letters}
    return _LETTER.sub(lambda match: (match[1] or "") + both.get(match[2], match[2]), text)


def lone_letter(written: str, wanted: str, letters: Letters) -> Renaming:
    """The letter of a value for that of the key where each has just one: `(1 - 2*u^2)*e^(-u^2)` for one in x."""
    mine, theirs = (
        set(free_names(_DIFFERENTIAL.sub("", text))) - set(letters.fixed) - {"d"} for text in (written, wanted)
    )
    if len(mine) != 1 or len(theirs) != 1 or mine == theirs or mine & set(letters.own):
        return {}
    return {mine.pop(): theirs.pop()}


def written_in(text: str, functions: Mapping[str, tuple[str, str]], depth: int = 0) -> str:
    """A text with functions of one variable replaced by what they are: (name: variable, value).

    >>> written_in("g(2)*g'(x)", {"g": ("t", "t^2")})
    '((2)^2)*d/dx (x^2)'
    """
    head = next((m for m in _HEAD.finditer(text) if m[1] in functions), None) if depth < DEEPEST else None
    stop = closing(text, head.end() - 1) if head else -1
    if head is None or stop < 0 or len(text) > LONGEST:
        return text
    variable, value = functions[head[1]]
    argument, order = written_in(text[head.end() : stop], functions, depth + 1), len(head[2])
    if order and not _NAME.fullmatch(argument):
        return text  # a derivative at a place: no letter to differentiate by
    inner = _NAME.sub(lambda m: argument if m[0] == variable and order else m[0], value)
    if not order:
        inner = _NAME.sub(lambda m: f"({argument})" if m[0] == variable else m[0], value)
    inner = written_in(inner, functions, depth + 1)
    shown = f"({inner})" if not order else f"d/d{argument} (" * order + inner + ")" * order
    return text[: head.start()] + shown + written_in(text[stop + 1 :], functions, depth + 1)


@cache
def fixed_names(given: str) -> frozenset[str]:
    """The names that the declarations of a key give a value, a law or a meaning; a mere letter is none of them."""
    table = tomllib.loads(given)
    found = {name for key, section in table.items() if key != "symbols" for name in section}
    return frozenset(found | {name for name, domain in table.get("symbols", {}).items() if not is_letter(str(domain))})


def is_letter(domain: str) -> bool:
    """Whether a domain is that of a number or a vector that may be any.

    >>> [is_letter(d) for d in ("real", "positive", "vector(2)", "= 3", "matrix(2, 2)", "function(1)")]
    [True, True, True, False, False, False]
    """
    return not re.search(r"(?:^|[^<>])=|matrix|function", domain)
