r"""Where two formulas differ: what was written against what follows, with a box around the part that differs.

Both formulas are read as trees of groups, `{..}`, `\left..\right`, `\begin..\end`, and compared from both ends:

    \frac{5}{4\pi} e^{-x}   against   \frac{5}{2\pi} e^{-x}      ->      \frac{5}{\boxed{4}\pi} e^{-x}

At each level equal pieces are taken off in front and behind; if one group remains on each side, its inside is compared.
A box grows to the left until it cuts nothing apart (`\frac12` against `\frac34`): without its frame, the typeset
formula must be the one that was written.  A box that would hold nearly all of the formula is left out: then the
difference cannot be told by looking at the signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .mathml import mathml

# A box around more than this share of a formula tells nothing.
_LARGEST_SHARE = 0.6
_WIDENINGS = 4
# Digits behind a command or a group may be its arguments, one by one.
_TOKEN = re.compile(
    r"\\(?:begin|end)\{[A-Za-z]+\*?\}|\\\\|\\(?:[A-Za-z]+|.)|\s+|(?<![}^_A-Za-z0-9])[0-9]+(?:\.[0-9]+)?|.", re.DOTALL
)
_OPEN = re.compile(r"\{|\\left\Z|\\begin\{.*|[(\[]")
_CLOSE = re.compile(r"\}|\\right\Z|\\end\{.*|[)\]]")
_RELATION = re.compile(r"=|\\(?:sim|le|ge|ne|leq|geq|neq|approx|propto)\Z|[<>]")
_LONGEST = 4000

Tree = tuple["str | Tree", ...]


def tokens(tex: str) -> list[str]:
    r"""The tokens of a formula without spaces; a number is one token.

    >>> tokens(r"\frac{13}{4} x")
    ['\\frac', '{', '13', '}', '{', '4', '}', 'x']
    """
    return [token for token in _TOKEN.findall(tex) if not token.isspace()]


def tree(parts: Sequence[str]) -> Tree:
    """Tokens as nested groups, each with its brackets; brackets without a partner stay single tokens."""
    stack: list[list[str | Tree]] = [[]]
    for token in parts:
        if _OPEN.match(token):
            stack.append([token])
        elif _CLOSE.match(token) and len(stack) > 1:
            group = stack.pop()
            stack[-1].append((*group, token))
        else:
            stack[-1].append(token)
    while len(stack) > 1:
        group = stack.pop()
        stack[-1].extend(group)
    return tuple(stack[0])


def flat(node: str | Tree) -> list[str]:
    """The tokens of a tree."""
    return [node] if isinstance(node, str) else [token for part in node for token in flat(part)]


def written(parts: Sequence[str]) -> str:
    """Tokens as TeX; a control word and a letter behind it stay apart."""
    found = ""
    for token in parts:
        apart = token[:1].isalnum() and re.search(r"\\[A-Za-z]+\Z", found) is not None
        found += f" {token}" if apart else token
    return found


def _key(node: str | Tree) -> str | Tree:
    """What two pieces are compared by: braces around a single token are layout."""
    if isinstance(node, str):
        return node
    inner = tuple(_key(part) for part in node)
    return inner[1] if len(inner) == 3 and inner[0] == "{" and isinstance(inner[1], str) else inner


def _ends(a: Sequence[str | Tree], b: Sequence[str | Tree]) -> tuple[int, int]:
    """How many pieces are equal in front, and how many of the rest are equal behind."""
    a, b = [_key(part) for part in a], [_key(part) for part in b]
    limit = min(len(a), len(b))
    front = next((i for i in range(limit) if a[i] != b[i]), limit)
    rest = limit - front
    return front, next((i for i in range(rest) if a[-1 - i] != b[-1 - i]), rest)


def boxed(mine: Tree, other: Tree, widen: int = 0) -> list[str] | None:
    """The tokens of `mine` with a box around what differs from `other`; None where there is nothing to put in a box.

    The box begins `widen` pieces earlier than it must.
    """
    front, behind = _ends(mine, other)
    middle, against = mine[front : len(mine) - behind], other[front : len(other) - behind]
    before, after = mine[:front], mine[len(mine) - behind :]
    if len(middle) == 1 and len(against) == 1 and isinstance(middle[0], tuple) and isinstance(against[0], tuple):
        inside = boxed(middle[0], against[0], widen)
        return None if inside is None else [*flat(before), *inside, *flat(after)]
    if not middle:
        return None
    wider = max(0, front - widen)
    before, middle = mine[:wider], mine[wider : len(mine) - behind]
    inner = [token for part in middle for token in flat(part)]
    frame = ["{", r"\boxed", "{", *inner, "}", "}"]
    if len(middle) == 1 and isinstance(middle[0], tuple) and inner[0] == "{":
        frame = ["{", r"\boxed", *inner, "}"]
    return [*(t for part in before for t in flat(part)), *frame, *(t for part in after for t in flat(part))]


def difference_boxed(mine: str, other: str) -> str:
    """`mine` with a box around the part that differs from `other`; "" where the difference cannot be told so."""
    if max(len(mine), len(other)) > _LONGEST:
        return ""
    a, b = tree(tokens(mine)), tree(tokens(other))
    for widen in range(_WIDENINGS):
        found = boxed(a, b, widen) if a and b else None
        if found is None:
            return ""
        inside = _length_of_group(found[found.index(r"\boxed") + 1 :])
        if inside > _LARGEST_SHARE * len(flat(a)):
            return ""
        shown = written(found)
        if _same_without_frame(shown, mine):
            return shown
    return ""


def _same_without_frame(framed: str, plain: str) -> bool:
    """Whether both are typeset as the same formula but for the frame: no argument has moved."""
    return _bare(mathml(framed)) == _bare(mathml(plain))


def _bare(markup: str) -> str:
    """The elements and signs of a formula without frames, groups and spacing; what is not typeset is itself."""
    if not markup.startswith("<math"):
        return markup
    bare = re.sub(r"<(/?[a-z]+)[^<>]*?(/?)>", r"<\1\2>", markup)
    return re.sub(r"</?(?:menclose|mrow)>|<mspace/>|<mo>\u2061</mo>", "", bare)


def _length_of_group(parts: Sequence[str]) -> int:
    """The tokens inside the group that begins the sequence."""
    depth = 0
    for index, token in enumerate(parts):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0:
            return index - 1
    return len(parts)


def entry_boxed(tex: str, entry: str) -> str:
    """A matrix with a box around the entry "(row, column)"; "" when the formula is no single matrix with that entry."""
    place = re.fullmatch(r"\((\d+), (\d+)\)", entry)
    matrix = re.fullmatch(r"\s*(\\begin\{[bpv]?matrix\})(.*)(\\end\{[bpv]?matrix\})[\s.,;]*", tex, re.DOTALL)
    if not place or not matrix or r"\begin" in matrix[2]:
        return ""
    rows = [row.split("&") for row in matrix[2].split(r"\\")]
    row, column = int(place[1]) - 1, int(place[2]) - 1
    if not (0 <= row < len(rows) and 0 <= column < len(rows[row])):
        return ""
    rows[row][column] = rf"\boxed{{{rows[row][column].strip()}}}"
    body = r" \\ ".join("&".join(cells) for cells in rows)
    shown = f"{matrix[1]}{body}{matrix[3]}"
    return shown if _same_without_frame(shown, tex.strip().rstrip(".,; ")) else ""


def right_side(tex: str) -> str:
    r"""What stands behind the last relation sign outside of all groups.

    >>> right_side(r"\sum_{i=1}^{n} a = b + 1")
    'b+1'
    """
    parts = tree(tokens(tex))
    places = [i for i, part in enumerate(parts) if isinstance(part, str) and _RELATION.fullmatch(part)]
    return written([t for part in parts[places[-1] + 1 :] for t in flat(part)]) if places else ""
