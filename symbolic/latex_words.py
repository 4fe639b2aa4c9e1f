r"""The control words of TeX mathematics that the tokenizer knows: tables only."""

from __future__ import annotations

GREEK_WORDS = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
VARIANTS = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma",
            "ell": "ell", "infty": "inf", "partial": "partial", "imath": "i", "top": "top", "intercal": "top", "prime": "prime"}
FUNCTIONS = frozenset(
    "log ln exp sin cos tan sec csc cot arcsin arccos arctan sinh cosh tanh coth det min max".split()
)
OPERATORS = {"cdot": "mul", "times": "mul", "ast": "mul", "div": "div", "bmod": "mod", "mod": "mod", "odot": "hadamard",
             "circ": "hadamard"}
RELATIONS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=",
    "approx": "approx", "simeq": "approx", "sim": "~", "propto": "propto", "in": "in", "to": "to", "rightarrow": "to",
    "longrightarrow": "to", "equiv": "=", "coloneqq": ":=", "triangleq": ":=", "lt": "<", "gt": ">", "mapsto": "to",
    "Rightarrow": "implies", "implies": "implies", "iff": "iff", "Leftrightarrow": "iff", "ll": "<<", "gg": ">>",
}
BIG = {"int": "int", "iint": "int2", "iiint": "int3", "sum": "sum", "prod": "prod", "lim": "lim", "nabla": "nabla",
       "sup": "sup", "inf": "infimum", "argmax": "argmax", "argmin": "argmin", "arg": "arg", "limsup": "lim"}
BRACKETS = {"{": "{", "}": "}", "lbrace": "{", "rbrace": "}", "langle": "(", "rangle": ")", "lbrack": "[", "rbrack": "]"}
SIZES = frozenset("big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm biggm".split())
SPACES = frozenset(
    "quad qquad , ; : ! > thinspace medspace thickspace enspace space displaystyle textstyle scriptstyle limits nolimits "
    "nonumber notag hfill mathstrut strut allowbreak".split()
) | {" ", "\n"}
STYLES = frozenset("mathbf boldsymbol bm pmb vec mathit mathnormal symbf symbfit ensuremath mathstrut".split())
UPRIGHT = frozenset("text mathrm operatorname textrm mathsf textsf mathtt textit textbf mbox rm operatornamewithlimits".split())
ACCENTS = {"hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar",
           "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve", "underline": "bar"}
MATRICES = {"pmatrix": "pmatrix", "bmatrix": "pmatrix", "matrix": "pmatrix", "Bmatrix": "pmatrix", "smallmatrix": "pmatrix",
            "psmallmatrix": "pmatrix", "bsmallmatrix": "pmatrix", "vmatrix": "vmatrix", "array": "pmatrix", "cases": "cases", "dcases": "cases"}
TAKES_ARGUMENTS = {"frac": 2, "dfrac": 2, "tfrac": 2, "cfrac": 2, "sqrt": 1, "binom": 2, "dbinom": 2, "tbinom": 2}
SAME_COMMAND = {"dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom"}
SEE_THROUGH = frozenset("underbrace overbrace boxed".split())
DOTS = frozenset("dots ldots cdots vdots ddots dotsc dotsb".split())
BLACKBOARD = {"E": "expect", "R": "RR", "N": "NN", "Z": "ZZ", "C": "CC", "P": "PP", "V": "Var", "1": "indicator", "I": "indicator"}
