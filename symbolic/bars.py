r"""Which vertical bar opens, which closes, and which separates.

`|x|` is an absolute value (or a determinant, or a norm), `p(x | y)` a condition.  Within one pair of brackets an even
number of bars is paired, an odd number has one separator: the first bar that stands after an operand while no pair is
open.  The decision is local and recorded on the token, so that the parser never backtracks.
"""

from __future__ import annotations

from .syntax import Token

_OPERAND_END = ("number", "word", "close", "prime", "end_environment", "factorial", "power")


def _levels(tokens: list[Token]) -> dict[int, list[int]]:
    """For each bracket level (by the index of its opening token) the indices of its bars."""
    found: dict[int, list[int]] = {-1: []}
    stack = [-1]
    for index, token in enumerate(tokens):
        if token.kind in ("open", "begin", "amp", "row"):
            if token.kind in ("amp", "row"):
                stack.pop() if len(stack) > 1 else None
            stack.append(index)
            found[index] = []
        elif token.kind in ("close", "end_environment") and len(stack) > 1:
            stack.pop()
        elif token.kind in ("comma", "relation", "semicolon"):
            found[stack[-1]].append(-1)
        elif token.kind == "bar":
            found[stack[-1]].append(index)
    return found


def resolve_bars(tokens: list[Token]) -> list[Token]:
    """The tokens with every `bar` turned into `bar_open`, `bar_close`, `given`, or `bar_at` before a script."""
    tokens = _doubled(tokens)
    result = list(tokens)
    for bars in _levels(tokens).values():
        _resolve_level(result, bars)
    return result


def _taken_there(tokens: list[Token], bars: list[int]) -> list[int]:
    """The bars with a script while no pair is open, `g |_{x=0}`: no pair opens with a script."""
    found, is_open = [], False
    for index in bars:
        if not is_open and index > 0 and tokens[index + 1].kind in ("sub", "sup"):
            found.append(index)
        else:
            is_open = not is_open
    return found


def _doubled(tokens: list[Token]) -> list[Token]:
    r"""`q || p`, `q \\mid\\mid p` with one sign for the two bars: the only bars of their bracket, behind an operand."""
    double: set[int] = set()
    for bars in _levels(tokens).values():
        mine = [b for b in bars if b >= 0]
        if len(mine) == 2 and mine[1] == mine[0] + 1 and _between_operands(tokens, mine[0]):
            double.add(mine[0])
    for index, token in enumerate(tokens[:-1]):
        if token.kind == tokens[index + 1].kind == "given":
            double.add(index)
    found: list[Token] = []
    for index, token in enumerate(tokens):
        if index in double:
            found.append(token._replace(kind="given", text="||", span=token.span.to(tokens[index + 1].span)))
        elif index - 1 not in double:
            found.append(token)
    return found


def _between_operands(tokens: list[Token], index: int) -> bool:
    """Whether the two bars at `index` stand between two operands of one bracket: `||x||` does not begin behind one."""
    behind = tokens[index + 2].kind if index + 2 < len(tokens) else "stop"
    opened = index > 1 and tokens[index - 1].kind in _OPERAND_END
    return opened and behind in ("word", "number", "command", "open") and tokens[index].text == "|"


def _resolve_level(result: list[Token], bars: list[int]) -> None:
    for spelling in ("|", "||"):
        mine = [b for b in bars if b >= 0 and result[b].kind == "bar" and result[b].text == spelling]
        for index in _taken_there(result, mine) if spelling == "|" else ():
            result[index] = result[index]._replace(kind="bar_at")
            mine.remove(index)
        spare = len(mine) % 2
        is_open = False
        for index in mine:
            before = result[index - 1].kind if index else "stop"
            after_operand = before in _OPERAND_END or before == "bar_close"
            if spare and after_operand and not is_open:
                result[index] = result[index]._replace(kind="given")
                spare = 0
                continue
            result[index] = result[index]._replace(kind="bar_close" if is_open else "bar_open")
            is_open = not is_open
