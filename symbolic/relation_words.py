r"""Which signs and words shape a formula: relations, implications, gaps, words that separate.  Tables only."""

from __future__ import annotations

import re

from . import latex_words

_IMPLICATIONS = ("Rightarrow", "implies", "iff", "Leftrightarrow")
RELATIONS = {
    **{name: text for name, text in latex_words.RELATIONS.items() if name not in _IMPLICATIONS},
    **dict.fromkeys(("approxeq", "thickapprox", "eqsim"), "approx"),
    **dict.fromkeys(("varpropto",), "propto"),
    **dict.fromkeys(("thicksim",), "~"),
    **dict.fromkeys(("leqq",), "<="),
    **dict.fromkeys(("geqq",), ">="),
    **dict.fromkeys(("lesssim", "lessapprox"), "lesssim"),
    **dict.fromkeys(("gtrsim", "gtrapprox"), "gtrsim"),
    **dict.fromkeys(("doteq",), "="),
    **dict.fromkeys(("coloneq", "colonequals", "eqdef", "defeq", "doteqdot", "Coloneqq"), ":="),
    **dict.fromkeys(("gets", "leftarrow", "longleftarrow"), "from"),
    **dict.fromkeys(("hookrightarrow", "longmapsto", "rightharpoonup", "rightsquigarrow"), "to"),
    "cong": "cong",
    "asymp": "asymp",
    "notin": "notin",
    "ni": "ni",
    "subset": "subset",
    "subseteq": "subset",
    "supset": "supset",
    "supseteq": "supset",
    "prec": "prec",
    "preceq": "preceq",
    "succ": "succ",
    "succeq": "succeq",
    "perp": "perp",
}
ARROWS = {
    **dict.fromkeys(("Rightarrow", "implies", "Longrightarrow", "rArr", "leadsto", "therefore"), "implies"),
    **dict.fromkeys(("iff", "Leftrightarrow", "Longleftrightarrow", "hArr"), "iff"),
    **dict.fromkeys(("Leftarrow", "Longleftarrow", "impliedby", "lArr", "because"), "because"),
}
# Single atoms: kind and normal spelling.
SIMPLE = {
    "=": ("relation", "="),
    "==": ("relation", "="),
    "<": ("relation", "<"),
    ">": ("relation", ">"),
    "<=": ("relation", "<="),
    ">=": ("relation", ">="),
    ":=": ("relation", ":="),
    "=:": ("relation", "=:"),
    "->": ("relation", "to"),
    "≈": ("relation", "approx"),
    "≃": ("relation", "approx"),
    "≤": ("relation", "<="),
    "≥": ("relation", ">="),
    "⩽": ("relation", "<="),
    "⩾": ("relation", ">="),
    "≠": ("relation", "!="),
    "≡": ("relation", "="),
    "≔": ("relation", ":="),
    "≜": ("relation", ":="),
    "∼": ("relation", "~"),
    "∝": ("relation", "propto"),
    "≻": ("relation", "succ"),
    "⪰": ("relation", "succeq"),
    "≺": ("relation", "prec"),
    "⪯": ("relation", "preceq"),
    "∈": ("relation", "in"),
    "∉": ("relation", "notin"),
    "→": ("relation", "to"),
    "↦": ("relation", "to"),
    "⊂": ("relation", "subset"),
    "⊆": ("relation", "subset"),
    "=>": ("arrow", "implies"),
    "⇒": ("arrow", "implies"),
    "⟹": ("arrow", "implies"),
    "⇔": ("arrow", "iff"),
    "⟺": ("arrow", "iff"),
    "∴": ("arrow", "implies"),
    "∵": ("arrow", "because"),
    "&": ("amp", "&"),
    ",": ("comma", ","),
    # Between two relations a colon ends a statement (`\\forall x > 0: f(x) = 1`), elsewhere it does not.
    ":": ("comma", ":"),
    ";": ("semicolon", ";"),
    "+": ("op", "+"),
    "-": ("op", "-"),
    "−": ("op", "-"),
    "*": ("op", "*"),
    "/": ("op", "/"),
    "·": ("op", "*"),
    "×": ("op", "*"),
    r"\cdot": ("op", "*"),
    r"\times": ("op", "*"),
    r"\div": ("op", "/"),
    r"\pm": ("op", "+"),
    r"\mp": ("op", "-"),
    r"\otimes": ("op", "*"),
    r"\oplus": ("op", "+"),
    "^": ("script", "^"),
    "_": ("script", "_"),
    "(": ("open", "("),
    "[": ("open", "["),
    r"\{": ("open", "{"),
    r"\lbrace": ("open", "{"),
    r"\langle": ("open", "<"),
    r"\lfloor": ("open", "floor"),
    r"\lceil": ("open", "ceil"),
    r"\lbrack": ("open", "["),
    ")": ("close", ")"),
    "]": ("close", "]"),
    r"\}": ("close", "}"),
    r"\rbrace": ("close", "}"),
    r"\rangle": ("close", ">"),
    r"\rfloor": ("close", "floor"),
    r"\rceil": ("close", "ceil"),
    r"\rbrack": ("close", "]"),
    r"\quad": ("gap", " "),
    r"\qquad": ("gap", " "),
    r"\enspace": ("gap", " "),
    r"\cr": ("row", "\\\\"),
    r"\newline": ("row", "\\\\"),
    **dict.fromkeys(("~", r"\,", r"\;", r"\:", r"\!", r"\>", "\\ ", r"\thinspace", r"\space"), ("space", " ")),
}
WORDS = frozenset((r"\text", r"\mbox", r"\textrm", r"\textit", r"\textbf", r"\textnormal", r"\textsf", r"\intertext"))
_NAMES = (*(w[1:] for w in WORDS), "shortintertext", "mathrm", "operatorname", "mathop", "mathsf", "hbox")
QUANTIFIERS = {r"\forall": "for all", r"\exists": "there is"}
HANDLED = {
    **dict.fromkeys(_NAMES, "text_words"),
    **dict.fromkeys(("forall", "exists"), "quantifier"),
    "arg": "arg",
    **dict.fromkeys(("stackrel", "overset", "underset", "xrightarrow", "xlongrightarrow"), "decorated"),
    "not": "negated",
    **dict.fromkeys(("mathrel", "mathbin"), "related"),
    **dict.fromkeys(("color", "textcolor", "colorbox"), "colour"),
    **dict.fromkeys(("boxed", "fbox", "smash", "mathclose", "mathopen", "mathord"), "enclosed"),
    **dict.fromkeys(("underbrace", "overbrace", "underbracket", "overbracket"), "under"),
}
DROPPED = frozenset(
    (
        *("notag", "nonumber", "xspace", "centering", "hfill", "hfil", "protect", "relax", "null"),
        *("pagebreak", "qedhere", "allowdisplaybreaks", "noindent", "medskip", "bigskip", "smallskip"),
        *("displaylimits", "blacksquare", "qed"),
    )
)
DROPPED_WITH_ARGUMENT = frozenset(("label", "tag", "vspace", "hspace", "footnote", "vphantom", "hphantom", "phantom"))
ONE_ARGUMENT = frozenset(
    (r"\mathrm", r"\mathbf", r"\mathcal", r"\mathbb", r"\boldsymbol", r"\bm", r"\operatorname", r"\hat", r"\tilde")
)
HIDING = frozenset(("white", "transparent", "#fff", "#ffffff"))

# Environments that only lay out their rows.
TRANSPARENT = frozenset(
    (
        *(
            "aligned",
            "align",
            "alignat",
            "alignedat",
            "flalign",
            "split",
            "gather",
            "gathered",
            "multline",
            "multlined",
        ),
        *("eqnarray", "equation", "subequations", "IEEEeqnarray", "displaymath", "math", "dmath", "xalignat"),
    )
)

# A text inside a formula that begins with one of these, or has a space between words, joins statements; any other
# (\text{sech}, \text{trace}, \text{const}) is part of one.
_JOINING = frozenset(
    (
        *("and", "or", "where", "with", "for", "if", "so", "then", "thus", "hence", "since", "when"),
        *("as", "let", "given", "because", "therefore", "such", "i.e", "ie", "e.g", "while", "but"),
        *("otherwise", "whenever", "iff", "by", "using", "from", "which", "that", "also", "subject"),
        *("almost", "a.s", "a.e", "s.t", "w.r.t", "on", "at", "is", "are", "via", "under", "all", "only"),
        *("unless", "until", "provided", "assuming", "together", "recall", "note"),
    )
)
_FIRST = re.compile(r"[A-Za-z][A-Za-z.]*")


def kind_of_words(words: str) -> str:
    r"""What the words of a `\text{..}` do: `words` join statements, a `phrase` names a side or comments on one, and a
    `sign` is part of an expression.

    >>> [kind_of_words(w) for w in (" and ", "where", ".", "(chosen)", "learning rate", "sech")]
    ['words', 'words', 'words', 'phrase', 'phrase', 'sign']
    """
    first = _FIRST.search(words)
    if first is None:
        return "sign" if any(c.isdigit() for c in words) else "words"
    inner = words.strip(" ~.,;:")
    if first[0].rstrip(".").lower() in _JOINING:
        return "words"
    return "phrase" if " " in inner or inner[:1] == "(" else "sign"


def says_definition(mark: str) -> bool:
    r"""The mark over an equals sign that makes it a definition: def, triangle, `\Delta`, `.`."""
    return mark.strip("\\ {}.").removeprefix("text").removeprefix("mathrm").strip("{} .") in (
        *("def", "Def", "defn", "definition", "Delta", "triangle", "by def", "by definition"),
    )
