r"""Single errors in a side of a link, drawn from the kinds of error that real documents have, as replacements of text.

index slips; signs; dropped and extra factors and terms; variance for standard deviation (roots and squares); missing
log, gradient, mean or inverse; determinant for trace; transposed and exchanged entries; powers and functions of a
derivative; slips of arithmetic.  Whether an error makes the side different is for the caller to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from small_tex import Tree, walk

NEIGHBOUR = {"tanh": "sech", "sech": "tanh", "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "exp": "log"}
TEX = {"sech": "\\operatorname{sech}", "tr": "\\operatorname{tr}"}


@dataclass(frozen=True)
class Change:
    """Replace text[start:stop] by `new`."""

    kind: str
    start: int
    stop: int
    new: str

    def applied(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.stop :]


def slips(text: str, tree: Tree, pairs: Sequence[tuple[str, str]]) -> Iterator[Change]:
    """Every single error of a side."""
    terms = {id(term) for node in walk(tree) if node.op == "add" for term in node.parts[1:]}
    for node in walk(tree):
        if id(node) in terms and node.op == "neg":
            continue  # its sign is that of a term
        rules = (of_leaf(text, node, pairs), of_sum(text, node), of_form(text, node), of_entries(text, node))
        yield from (Change(kind, node.start, node.stop, new) for rule in rules for kind, new in rule)


def piece(text: str, node: Tree) -> str:
    return text[node.start : node.stop]


def without(text: str, node: Tree, index: int) -> str:
    """The text of a node without one of its parts."""
    part = node.parts[index]
    return text[node.start : part.start] + text[part.stop : node.stop]


def of_leaf(text: str, node: Tree, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    if node.op == "num" and "." not in node.word:
        n = int(node.word)
        yield "arithmetic", str(n + 1)
        yield "arithmetic", str(n - 1)
        if n > 9:
            yield "digits exchanged", node.word[::-1]
        if n > 0:
            yield "factor 2", str(2 * n)
    if node.op in ("name", "atom", "call"):
        for one, other in (*pairs, *((b, a) for a, b in pairs)):
            if node.op == "call":
                continue
            if node.word == one or node.word == f"{one}(t)":
                yield "index", node.word.replace(one, other)
    if node.op == "call" and len(node.parts) == 2:
        first, second = (piece(text, part) for part in node.parts)
        yield "argument", f"{node.word}({second}, {first})"


def product(factors: Sequence[str]) -> str:
    """Factors side by side, with a dot before a digit."""
    found = factors[0]
    for factor in factors[1:]:
        found += (r" \cdot " if factor[:1].isdigit() else " ") + factor
    return found


def of_sum(text: str, node: Tree) -> Iterator[tuple[str, str]]:
    if node.op == "neg":
        yield "sign", " " + piece(text, node.parts[0])
    if node.op != "add":
        return
    for index, term in enumerate(node.parts):
        before, after = text[node.start : term.start], text[term.stop : node.stop]
        if term.op == "neg":
            yield "sign", before + ("+" if index else "") + piece(text, term.parts[0]) + after
        elif index == 0:
            yield "sign", f"-{piece(text, term)}{after}"
        else:
            yield "sign", before.rstrip().removesuffix("+") + " - " + piece(text, term) + after
        left = before.rstrip().removesuffix("+")
        if left.strip() or after.strip():
            yield "dropped term", (left + after if left.strip() else after.strip().removeprefix("+"))


def of_form(text: str, node: Tree) -> Iterator[tuple[str, str]]:
    inner = piece(text, node.parts[0]) if node.parts else ""
    if node.op == "mul":
        for index in range(len(node.parts)):
            yield "dropped factor", product([piece(text, p) for i, p in enumerate(node.parts) if i != index])
        yield "extra factor", rf"\frac{{1}}{{2}} {piece(text, node)}"
    if node.op == "frac":
        top, bottom = inner, piece(text, node.parts[1])
        yield "inverted", rf"\frac{{{unbraced(bottom)}}}{{{unbraced(top)}}}"
        yield "dropped factor", rf"\left({unbraced(top)}\right)"
    if node.op == "pow":
        script = unbraced(piece(text, node.parts[1]))
        if inner.strip() != "e":
            yield ("missing inverse" if script.startswith("-") else "missing square"), inner
        if script.isdigit():
            yield "power rule", f"{inner}^{{{int(script) + 1}}}"
        if script.startswith("-"):
            yield "sign", f"{inner}^{{{script[1:]}}}"
    if node.op == "transpose":
        yield "missing transpose", inner
    if node.op == "sqrt":
        yield "missing root", rf"\left({unbraced(inner)}\right)"
    if node.op == "fnpow":
        yield "missing square", inner
    if node.op in ("diff", "mean"):
        yield ("missing gradient" if node.op == "diff" else "missing mean"), inner
    yield from of_function(text, node, inner)


def of_function(text: str, node: Tree, inner: str) -> Iterator[tuple[str, str]]:
    if node.op == "bars":
        yield "missing root", rf"\sqrt{{{piece(text, node)}}}"
    if node.op != "fn":
        return
    if node.word == "log":
        yield "missing log", inner
    if node.word in ("det", "tr"):
        other = "\\det" if node.word == "tr" else "\\operatorname{tr}"
        yield "trace for determinant", f"{other} {inner}"
        if node.word == "det":
            yield "missing root", rf"\sqrt{{{piece(text, node)}}}"
    if node.word in NEIGHBOUR:
        other = NEIGHBOUR[node.word]
        yield "neighbouring function", f"{TEX.get(other, chr(92) + other)} {inner}"


def of_entries(text: str, node: Tree) -> Iterator[tuple[str, str]]:
    """Entries of a 2 by 2 matrix exchanged, or one off the diagonal with another sign."""
    if node.op != "matrix" or [len(row.parts) for row in node.parts] != [2, 2]:
        return
    (a, b), (c, d) = ([piece(text, entry) for entry in row.parts] for row in node.parts)
    head = text[node.start : node.parts[0].start]
    tail = text[node.parts[1].stop : node.stop]

    def made(rows: tuple[tuple[str, str], tuple[str, str]]) -> str:
        return head + rf"{rows[0][0]} & {rows[0][1]} \\ {rows[1][0]} & {rows[1][1]}" + tail

    yield "transposed", made(((a, c), (b, d)))
    yield "diagonal exchanged", made(((d, b), (c, a)))
    yield "sign", made(((a, b.removeprefix("-") if b.startswith("-") else f"-{b}"), (c, d)))
    yield "rows exchanged", made(((c, d), (a, b)))


def unbraced(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if text.startswith("{") and text.endswith("}") else text
