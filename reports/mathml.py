r"""TeX to MathML, so that a page shows formulas as formulas without a script.

`math-core` does the work (MathML Core, escapes all text, bounded macro expansion).  When it refuses a formula, when the
formula is absurdly long, or when it would hide or overprint something (a phantom, a cancelled term that MathML cannot
strike out, a large negative space), the source is shown as it was written, in `<code>`: what is judged is what is
shown, a formula that cannot be typeset never stops a report, and nothing that it holds becomes markup.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from .escape import html, visible

if TYPE_CHECKING:
    from math_core import LatexToMathML

# Longer sources are shown as code: nobody can take in such a formula, and a browser would be slow to lay it out.
MAX_TEX = 20_000
# Every element that a formula may consist of.  `mphantom` is absent on purpose: it serves only to hide.
ELEMENTS = frozenset(
    re.findall(
        r"[a-z]+",
        """
    math menclose mfrac mi mmultiscripts mn mo mover mpadded mprescripts mroot mrow mspace msqrt mstyle msub msubsup
    msup mtable mtd mtext mtr munder munderover
    """,
    )
)
_ATTRIBUTES = frozenset(
    re.findall(
        r"[a-z]+",
        """
    accent accentunder class columnalign columnlines columnspacing depth display displaystyle fence form height largeop
    linethickness lspace mathvariant maxsize minsize movablelimits notation rowspacing rspace scriptlevel separator
    stretchy symmetric voffset width
    """,
    )
)
_TAG = re.compile(r"<(/?)([a-z]+)((?: [a-z]+=\"[^\"<>]*\")*) ?(/?)>")
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_CELL_SIDES = {"right": "r", "left": "l"}
_MARGIN = re.compile(r"margin-left:\s*(-?[0-9.]+)em;?")
# The content has no command, hence nothing tall, and no bracket of its own but a low one with its partner.
_LOW_BRACKETS = re.compile(r"\\left([(\[])((?:[^()\[\]\\&]|\([^()\[\]\\&]*\))*)\\right([)\]])")
# A thin negative space (\!) is -1/6 em; beyond half an em, one symbol is printed over another.
_LARGEST_PULL = 0.5


class _UnshowableError(Exception):
    """The markup would hide something, or holds an element or attribute outside of the list."""


@cache
def _converter() -> LatexToMathML:
    from math_core import LatexToMathML

    return LatexToMathML(macros={"sech": r"\operatorname{sech}", "csch": r"\operatorname{csch}"})


def _style(value: str) -> str:
    """The few inline styles that math-core writes, as a class or a bounded margin; a colour is dropped, not shown."""
    align = re.match(r"text-align:\s*(right|left);", value)
    if align:
        return f' class="{_CELL_SIDES[align[1]]}"'
    margin = _MARGIN.fullmatch(value.strip())
    if margin:
        if float(margin[1]) < -_LARGEST_PULL:
            raise _UnshowableError
        return f' style="margin-left:{margin[1]}em"'
    return ""


def _tag(match: re.Match[str]) -> str:
    closing, name, attributes, empty = match.groups()
    if name not in ELEMENTS or ("strike" in attributes and name == "menclose"):
        raise _UnshowableError
    kept = ""
    for key, value in _ATTRIBUTE.findall(attributes):
        if key == "style":
            kept += _style(value)
        elif key in _ATTRIBUTES:
            kept += f' {key}="{value}"'
        else:
            raise _UnshowableError
    return f"\x00{closing}{name}{kept}{empty}\x01"


def _light(markup: str) -> str:
    """The same formula in fewer bytes: the spacer beside operator names is empty, an entity is one character."""
    bare = re.sub(r"<mrow><mspace/>(<mi[^<>]*>[^<>]*</mi>)</mrow>", r"\1", markup)
    return bare.replace("&ApplyFunction;", "\u2061")


def _checked(markup: str) -> str:
    """Second net behind the converter: only listed elements and attributes, no link, no identifier, no colour."""
    marked = _TAG.sub(_tag, _light(markup))
    if "<" in marked or ">" in marked:
        raise _UnshowableError
    return marked.replace("\x00", "<").replace("\x01", ">")


def as_code(tex: str) -> str:
    """The source of a formula as inert text."""
    return f'<code class="tex">{html(tex)}</code>'


def mathml(tex: str, display: bool = False) -> str:
    r"""MathML for a formula, or the escaped source when it cannot be typeset.  Never raises.

    >>> mathml("x")
    '<math><mi>x</mi></math>'
    >>> mathml(r"\phantom{x}")
    '<code class="tex">\\phantom{x}</code>'
    """
    from math_core import LatexError

    if not tex.strip() or len(tex) > MAX_TEX or visible(tex, keep="\n\t\r") != tex:
        return as_code(tex)
    try:
        return _checked(_converter().convert_with_local_state(tex, displaystyle=display))
    except (LatexError, _UnshowableError):
        return as_code(tex)


def formula(tex: str, display: bool = False) -> str:
    r"""As `mathml`, for one link of a chain: its alignment marks (`a &= b \\`) are layout of the surrounding display.

    They are honoured by typesetting the link as a display of its own, never taken out: `&` also separates the entries
    of a matrix.
    """
    typeset = mathml(tex, display)
    if typeset.startswith("<math") or "&" not in tex:
        return typeset
    body = re.sub(r"\\\\\s*$", "", tex.strip())
    aligned = mathml(rf"\begin{{aligned}}{body}\end{{aligned}}", display)
    return aligned if aligned.startswith("<math") else typeset


def printed(tex: str, display: bool = False) -> str:
    r"""As `mathml`, for TeX that our own printer wrote: brackets round something low lose their `\left` and `\right`.

    `\operatorname{Cov}\left(Y\right)` would stand apart from its bracket.
    """
    before = ""
    while before != tex:
        before, tex = tex, _LOW_BRACKETS.sub(r"\1\2\3", tex)
    return mathml(tex, display)
