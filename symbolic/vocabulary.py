r"""The words of the grammar: which written name is which operation.  One table for all notations."""

from __future__ import annotations

_SMALL = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
    *("xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
_CAPITAL = ("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega")
# Greek letters by their names; variant shapes are the same letter.
GREEK = {
    **dict(zip("αβγδεζηθικλμνξπρστυφχψω", _SMALL, strict=True)),
    **dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", _CAPITAL, strict=True)),
    "ϕ": "phi",
    "ϵ": "epsilon",
    "ϑ": "theta",
    "ς": "sigma",
}

# Function words of one argument or more -> operation of the tree.
FUNCTION_WORDS = {
    "sqrt": "sqrt",
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sec": "sec",
    "csc": "csc",
    "cosec": "csc",
    "cot": "cot",
    "asin": "asin",
    "acos": "acos",
    "atan": "atan",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "atan_2": "atan2",
    "atan2": "atan2",
    "inner": "dot",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "sech": "sech",
    "csch": "csch",
    "cosech": "csch",
    "coth": "coth",
    "asinh": "asinh",
    "acosh": "acosh",
    "atanh": "atanh",
    "arsinh": "asinh",
    "arcosh": "acosh",
    "artanh": "atanh",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "abs": "abs",
    "sign": "sign",
    "sgn": "sign",
    "erf": "erf",
    "erfc": "erfc",
    "gamma": "gamma",
    "Gamma": "gamma",
    "loggamma": "loggamma",
    "digamma": "digamma",
    "factorial": "factorial",
    "binomial": "binomial",
    "binom": "binomial",
    "floor": "floor",
    "ceil": "ceil",
    "mod": "mod",
    "min": "min",
    "max": "max",
    "sigmoid": "sigmoid",
    "logistic": "sigmoid",
    "softplus": "softplus",
    "besseli": "besseli",
    "root": "root",
    "cbrt": "cbrt",
    "Re": "re",
    "Im": "im",
    "conj": "conj",
    "transpose": "transpose",
    "inv": "inverse",
    "inverse": "inverse",
    "det": "det",
    "tr": "trace",
    "Tr": "trace",
    "trace": "trace",
    "Trace": "trace",
    "norm": "norm",
    "diag": "diag",
    "dot": "dot",
    "outer": "outer",
    "identity": "identity",
    "zeros": "zeros",
    "expm": "matexp",
}
# Words that take their operand without brackets in TeX: `\log x`, `\det A`, `\sin 2z`.
PREFIX_WORDS = frozenset(FUNCTION_WORDS) - {
    "gamma",
    "Gamma",
    "abs",
    "norm",
    "diag",
    "dot",
    "outer",
    "identity",
    "zeros",
    "root",
    "mod",
    "binomial",
    "binom",
    "besseli",
    "sigmoid",
    "logistic",
    "softplus",
    "factorial",
    "transpose",
    "inv",
    "inverse",
    "expm",
    "conj",
}
LAW_WORDS = {
    "mean": "mean",
    "Mean": "mean",
    "Cov": "covariance",
    "cov": "covariance",
    "Var": "variance",
    "var": "variance",
    "entropy": "entropy",
    "Entropy": "entropy",
    "KL": "kl",
    "kl": "kl",
    "D_KL": "kl",
}
# Written as functions of a law only when the argument is one: H(Y), h(Y), E(Y).
LAW_LETTERS = {"H": "entropy", "h": "entropy", "V": "variance"}
BINDER_WORDS = {
    "integral": "integral",
    "int": "integral",
    "Integral": "integral",
    "sum": "sum",
    "prod": "product",
    "product": "product",
    "limit": "limit",
    "lim": "limit",
    "at": "at",
    "expectation": "expect",
    "diff": "diff",
    "partial": "diff",
    "total": "diff",
    "grad": "gradient",
    "gradient": "gradient",
    "jacobian": "jacobian",
    "Jacobian": "jacobian",
    "div": "divergence",
    "divergence": "divergence",
    "laplacian": "laplacian",
    "hessian": "hessian",
    "Hessian": "hessian",
    "argmax": "argmax",
    "argmin": "argmin",
}
CONSTANT_WORDS = {"pi": "pi", "e": "e", "inf": "inf", "infinity": "inf", "oo": "inf", "infty": "inf"}
RELATION_TEX = {
    "=": "=",
    "<": "<",
    ">": ">",
    "<=": r"\le",
    ">=": r"\ge",
    "!=": r"\ne",
    "approx": r"\approx",
    "~": r"\sim",
    "propto": r"\propto",
    "in": r"\in",
    "succ": r"\succ",
    "succeq": r"\succeq",
    "prec": r"\prec",
    "preceq": r"\preceq",
}
RELATION_WORDS = ("in", "propto")


def reserved(name: str) -> str:
    """Why a name cannot be declared, or "": its usual meaning would stand beside the declared one.

    Greek letters that are also functions (gamma) are free: a declaration replaces the function everywhere.

    >>> reserved("pi"), reserved("exp"), reserved("gamma"), reserved("x")
    ("'pi' is a number", "'exp' is a function", '', '')
    """
    if name in CONSTANT_WORDS:
        return f"'{name}' is a number"
    if name in RELATION_WORDS:
        return f"'{name}' is a relation"
    if name in BINDER_WORDS or name in LAW_WORDS:
        return f"'{name}' is an operation"
    if name in FUNCTION_WORDS and name not in GREEK.values():
        return f"'{name}' is a function"
    return ""
