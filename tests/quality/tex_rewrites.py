r"""Other ways to write a side, as replacements of text, by rules of school algebra; and SymPy as a rewriter of sides.

Commuted, expanded and factored sums and products, split fractions, roots and inverses as powers, hyperbolic functions
in exponentials, 1 in disguise, transposes taken twice, renamed bound variables.  No product of matrices is commuted.
Whether a rewrite keeps the value is for the caller to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sympy
from small_tex import Tree, walk
from tex_slips import Change, piece, unbraced

IsMatrix = Callable[[Tree], bool]


def rewrites(text: str, tree: Tree, matrix: IsMatrix) -> Iterator[Change]:
    """Every single rewrite of a side."""
    nodes = walk(tree)
    terms = {id(term) for node in nodes if node.op == "add" for term in node.parts[1:] if term.op == "neg"}
    # An exponent of a matrix stays a plain number.
    fixed = {id(n) for node in nodes if node.op == "pow" and matrix(node) for n in walk(node.parts[1])}
    for node in nodes:
        if id(node) in terms | fixed:
            continue
        rules = (of_sum, of_number, of_quotient, of_power, of_function, of_operator)
        for kind, new in (pair for rule in rules for pair in rule(text, node, matrix)):
            yield Change(kind, node.start, node.stop, new)
        for kind, new in (*of_product(text, node, matrix), *of_matrix(text, node, matrix)):
            yield Change(kind, node.start, node.stop, new)


def bracket(text: str) -> str:
    return rf"\left({text.strip()}\right)"


def factor(text: str, node: Tree) -> str:
    """A part as a factor: in brackets unless it is one already."""
    written = piece(text, node).strip()
    written = unbraced(written)
    return written if node.op in ("num", "name", "group", "call", "matrix", "frac") else bracket(written)


def of_sum(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    if node.op == "add":
        signed = [("-" if t.op == "neg" else "+", piece(text, t.parts[0] if t.op == "neg" else t)) for t in node.parts]
        yield "commuted sum", " ".join(f"{s} {t}" for s, t in reversed(signed)).removeprefix("+ ")
        turned = " ".join(f"{'+' if s == '-' else '-'} {t}" for s, t in signed).removeprefix("+ ")
        yield "sign factored out", rf"-{bracket(turned)}"
        if len(signed) > 2:
            inner = " ".join(f"{s} {t}" for s, t in signed[1:]).removeprefix("+ ")
            yield "grouped sum", f"{signed[0][0].removeprefix('+')} {signed[0][1]} + {bracket(inner)}"
    if node.op == "neg":
        yield "sign as a factor", rf"(-1)\cdot {factor(text, node.parts[0])}"


def of_product(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    if node.op != "mul":
        return
    factors = [factor(text, part) for part in node.parts]
    scalars = [f for f, p in zip(factors, node.parts, strict=True) if not matrix(p)]
    others = [f for f, p in zip(factors, node.parts, strict=True) if matrix(p)]
    if len(scalars) > 1:
        yield "commuted product", r" \cdot ".join(reversed(scalars)) + (" " + " ".join(others) if others else "")
    if len(others) > 1:
        inner = " ".join(rf"{bracket(o)}^T" for o in reversed(others))
        yield "transposed product", r" \cdot ".join([*scalars, bracket(rf"{bracket(inner)}^T")])
    last = node.parts[-1].parts[0] if node.parts[-1].op == "group" else None
    if last is not None and last.op == "add" and not any(matrix(p) for p in node.parts):
        front = r" \cdot ".join(factors[:-1])
        terms = [rf"{front} \cdot {bracket(piece(text, t))}" for t in last.parts]
        yield "expanded", bracket(" + ".join(terms))
    if not others:
        yield "one as a factor", r"\frac{3}{3} \cdot " + r" \cdot ".join(factors)


def of_number(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    if node.op == "num" and node.word.isdigit() and int(node.word) > 1:
        n = int(node.word)
        yield "number as a sum", bracket(f"{n - 1} + 1")
        yield "number as a quotient", rf"\frac{{{3 * n}}}{{3}}"


def of_quotient(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    if node.op not in ("frac", "over"):
        return
    top, bottom = node.parts
    over, under = unbraced(piece(text, top)), unbraced(piece(text, bottom))
    if not matrix(top):
        yield "quotient as a product", bracket(rf"{bracket(over)} \cdot \frac{{1}}{{{under}}}")
        yield "quotient by a slash", bracket(f"{bracket(over)}/{bracket(under)}")
        yield "quotient by an inverse", bracket(rf"{bracket(over)} \cdot {bracket(under)}^{{-1}}")
        yield "widened fraction", rf"\frac{{2 \cdot {bracket(over)}}}{{2 \cdot {bracket(under)}}}"
    inner = top.parts[0] if top.op == "group" else top
    if inner.op == "add" and not matrix(top):
        terms = [rf"\frac{{{piece(text, term)}}}{{{under}}}" for term in inner.parts]
        yield "split fraction", bracket(" + ".join(terms))


def of_power(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    if node.op == "sqrt":
        yield "root as a power", rf"{bracket(unbraced(piece(text, node.parts[0])))}^{{1/2}}"
    if node.op != "pow":
        return
    base, script = factor(text, node.parts[0]), unbraced(piece(text, node.parts[1]))
    if matrix(node):
        if script == "-1":
            yield "inverse of the transpose", bracket(bracket(bracket(base + "^T") + "^{-1}") + "^T")
        return
    if node.parts[0].op == "name" and node.parts[0].word == "e":
        yield "exp for a power of e", rf"\exp\left({script}\right)"
        yield "inverse exponential", rf"\frac{{1}}{{e^{{-{bracket(script)}}}}}"
    elif script == "2":
        yield "square as a product", bracket(rf"{base} \cdot {base}")
    elif script.isdigit():
        yield "power as a product", bracket(rf"{base}^{{{int(script) - 1}}} \cdot {base}")
    elif script.startswith("-"):
        yield "negative power as a quotient", rf"\frac{{1}}{{{base}^{{{script[1:]}}}}}"


def of_function(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    if node.op == "fnpow" and node.word == "sech":
        inner = factor(text, node.parts[0].parts[0])
        if unbraced(piece(text, node.parts[1])) == "2":
            yield "sech by tanh", bracket(rf"1 - \tanh^2{bracket(inner)}")
    if node.op not in ("fn", "fnpow"):
        return
    times = rf"^{{{unbraced(piece(text, node.parts[1]))}}}" if node.op == "fnpow" else ""
    inner = factor(text, (node.parts[0] if node.op == "fnpow" else node).parts[0])
    u = bracket(inner)
    up, down = rf"e^{{{u}}}", rf"e^{{-{u}}}"
    forms: Mapping[str, tuple[tuple[str, str], ...]] = {
        "tanh": (
            ("tanh in exponentials", rf"\frac{{e^{{2{u}}} - 1}}{{e^{{2{u}}} + 1}}"),
            ("tanh as a quotient", rf"\frac{{\sinh{u}}}{{\cosh{u}}}"),
        ),
        "sech": (
            ("sech in exponentials", rf"\frac{{2}}{{{up} + {down}}}"),
            ("sech by cosh", rf"\frac{{1}}{{\cosh{u}}}"),
        ),
        "cosh": (("cosh in exponentials", rf"\frac{{{up} + {down}}}{{2}}"),),
        "sinh": (("sinh in exponentials", rf"\frac{{{up} - {down}}}{{2}}"),),
        "tan": (("tan as a quotient", rf"\frac{{\sin{u}}}{{\cos{u}}}"),),
        "sin": (("half angle", rf"2 \sin\left(\frac{{{u}}}{{2}}\right) \cos\left(\frac{{{u}}}{{2}}\right)"),),
        "cos": (("half angle", rf"1 - 2\sin^2\left(\frac{{{u}}}{{2}}\right)"),),
        "exp": (
            ("power of e for exp", up),
            ("inverse exponential", rf"\frac{{1}}{{\exp\left(-{u}\right)}}"),
        ),
        "log": (
            ("log of the inverse", rf"-\log\left(\frac{{1}}{{{inner}}}\right)"),
            ("ln for log", rf"\ln{u}"),
            ("half the log of the square", rf"\frac{{1}}{{2}} \log\left({u}^2\right)"),
        ),
        "det": (("determinant of the transpose", rf"\det\left({u}^T\right)"),),
        "tr": (("trace of the transpose", rf"\operatorname{{tr}}\left({u}^T\right)"),),
    }
    for kind, form in forms.get(node.word, ()):
        yield kind, bracket(f"{bracket(form)}{times}" if times else form)


def of_operator(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    """Sums under an integral or a mean taken apart; a renamed variable of integration."""
    if node.op == "integral" and len(node.word) == 1:
        written = piece(text, node)
        head, _, tail = written.rpartition("d")
        body = text[node.parts[0].start : node.parts[0].stop]
        renamed = renamed_in(body, node.parts[0], node.word, "s")
        if renamed is not None and tail.strip() == node.word:
            yield "renamed variable of integration", head.replace(body, renamed) + "d" + tail.replace(node.word, "s")
    if node.op == "mean" and node.parts[0].parts[0].op == "add":
        head = text[node.start : node.parts[0].start]
        terms = [rf"{head}\left[{piece(text, t)}\right]" for t in node.parts[0].parts[0].parts]
        yield "mean of a sum", bracket(" + ".join(terms))
    if node.op == "mean":
        yield (
            "constant out of a mean",
            bracket(
                rf"\frac{{1}}{{2}} {text[node.start : node.parts[0].start]}\left[2 {piece(text, node.parts[0])}\right]"
            ),
        )


def renamed_in(body: str, tree: Tree, old: str, new: str) -> str | None:
    """The text with a name replaced where it is a name; None where it is hidden in something else."""
    if any(node.op in ("atom", "integral") or node.word == new for node in walk(tree)):
        return None
    for node in sorted((n for n in walk(tree) if n.op == "name" and n.word == old), key=lambda n: -n.start):
        at = node.start - tree.start
        body = body[:at] + new + body[at + len(old) :]
    return body


def of_matrix(text: str, node: Tree, matrix: IsMatrix) -> Iterator[tuple[str, str]]:
    if node.op != "matrix":
        return
    head, tail = text[node.start : node.parts[0].start], text[node.parts[-1].stop : node.stop]
    columns = zip(*(row.parts for row in node.parts), strict=True)
    body = r" \\ ".join(" & ".join(piece(text, entry) for entry in column) for column in columns)
    yield "transposed twice", bracket(rf"{bracket(head + body + tail)}^T")
    doubled = r" \\ ".join(" & ".join(f"2 {bracket(piece(text, e))}" for e in row.parts) for row in node.parts)
    yield "factor out of a matrix", rf"\frac{{1}}{{2}} {head}{doubled}{tail}"


# -- SymPy as a rewriter -----------------------------------------------------------------------------------------------
class NotScalarError(ValueError):
    """Something that is not written as a SymPy expression of numbers here."""


FORMS: Mapping[str, Callable[[Any], Any]] = {
    "SymPy expand": sympy.expand,
    "SymPy factor": sympy.factor,
    "SymPy together": sympy.together,
    "SymPy apart": lambda e: sympy.apart(e, sorted(e.free_symbols, key=str)[0]) if e.free_symbols else e,
    "SymPy exponentials": lambda e: e.rewrite(sympy.exp),
    "SymPy expand_log": lambda e: sympy.expand_log(e, force=False),
    "SymPy trig": sympy.expand_trig,
}


def by_sympy(tree: Tree, symbols: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The whole side in other forms, printed by SymPy."""
    try:
        expression = expressed(tree, symbols)
    except NotScalarError:
        return
    for kind, form in FORMS.items():
        try:
            found = form(expression)
        except (sympy.PolynomialError, NotImplementedError, TypeError, ValueError):
            continue
        written = sympy.latex(found)
        if found != expression and len(written) < 400:
            yield kind, written


def expressed(tree: Tree, symbols: Mapping[str, Any]) -> Any:
    """A tree of numbers as a SymPy expression; names as the given symbols."""
    if tree.op == "num":
        return sympy.Rational(tree.word)
    if tree.op == "name":
        constants = {"\\pi": sympy.pi, "e": sympy.E}
        if tree.word not in symbols and tree.word not in constants:
            raise NotScalarError(tree.word)
        return symbols.get(tree.word, constants.get(tree.word))
    parts = [expressed(part, symbols) for part in tree.parts]
    functions = {n: getattr(sympy, n) for n in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sech")}
    if tree.op == "fn" and tree.word in functions:
        return functions[tree.word](*parts)
    rules: Mapping[str, Callable[..., Any]] = {
        "group": lambda x: x,
        "neg": lambda x: -x,
        "add": lambda *x: sum(x),
        "mul": sympy.Mul,
        "frac": lambda x, y: x / y,
        "over": lambda x, y: x / y,
        "pow": lambda x, y: x**y,
        "fnpow": lambda x, y: x**y,
        "sqrt": sympy.sqrt,
        "bars": sympy.Abs,
    }
    if tree.op not in rules:
        raise NotScalarError(tree.op)
    return rules[tree.op](*parts)
