"""No text of a document can reach an interpreter: the calls that would take it there do not occur in the product.

SymPy is one of those interpreters: whatever sympifies its arguments runs a string as Python. The walk over the syntax
trees forbids the readers (``sympify``, ``S(..)``, ``parse_expr``), literal text handed to a SymPy constructor or method
except as the name of a symbol or function, and the usual suspects of Python itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("symbolic", "numeric", "checks", "reports")
FILES = [file.relative_to(ROOT) for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
FILES += [Path(name) for name in ("__init__.py", "__main__.py") if (ROOT / name).exists()]

BUILTINS = {"eval", "exec", "compile", "__import__"}
READERS = {"sympify", "_sympify", "parse_expr", "parse_latex", "parse_maxima", "parse_mathematica", "sstr2expr"}
MODULES = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "numexpr",
    "code",
    "runpy",
}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
NAMING = {"Symbol", "Dummy", "Wild", "Function", "UndefinedFunction", "MatrixSymbol", "IndexedBase", "Idx"}
NAMING |= {"numbered_symbols"}  # a prefix of names
# Methods of SymPy objects that sympify their arguments.
METHODS = {"subs", "xreplace", "equals", "evalf", "diff", "coeff", "as_coefficients_dict", "series", "limit", "rewrite"}
# Files that may use what others may not, each for one reason.
MAY_IMPORT = {Path("checks/worker_child.py"), Path("checks/worker_zygote.py")}  # the job table, looked up in the child
# The worker, and this same program on one document of several: a list of arguments, never a shell.
MAY_SPAWN = {Path("checks/worker_process.py"), Path("checks/documents.py")}
MAY_COMPILE = {Path("symbolic/lower.py")}  # derived quantities become numpy code: every symbol an argument


def names_of(tree: ast.AST) -> dict[str, str]:
    """Local name -> full name of what the file imports: ``sp`` -> ``sympy``, ``Symbol`` -> ``sympy.Symbol``."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """The dotted name of an expression, resolved through the imports; empty where it is none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        base = full_name(node.value, names)
        return f"{base}.{node.attr}" if base else ""
    return ""


def holds_text(node: ast.AST) -> bool:
    """Whether an argument is a string literal, formatted or not, or a list or tuple with one."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return any(holds_text(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        return any(holds_text(item) for item in (*node.values, *node.keys) if item is not None)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def offences(source: str, file: Path) -> list[str]:
    """What a file does that the product must not do."""
    tree = ast.parse(source)
    names = names_of(tree)
    return [f"{file}:{node.lineno}: {what}" for node, what in found(tree, names, file)]


def found(tree: ast.AST, names: dict[str, str], file: Path) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    uses_sympy = any(full.split(".")[0] == "sympy" for full in names.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node, what) for what in imports(node, file))
        elif isinstance(node, ast.Name | ast.Attribute):
            what = mentioned(node, names, file)
            if what:
                yield node, what
        elif isinstance(node, ast.Call):
            yield from ((node, what) for what in called(node, names, uses_sympy))


def imports(node: ast.Import | ast.ImportFrom, file: Path) -> Iterator[str]:
    modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    imported = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level:
        modules = []
    for top in (module.split(".")[0] for module in modules):
        if top in MODULES:
            yield f"import of {top}"
        if top in ("subprocess", "multiprocessing", "pty") and file not in MAY_SPAWN:
            yield f"import of {top}"
        if top == "importlib" and "import_module" in imported and file not in MAY_IMPORT:
            yield "import of import_module"
    if any(module.startswith("sympy.parsing") for module in modules):
        yield "import of sympy.parsing"
    yield from (f"import of {name}" for name in imported if name in READERS)


def mentioned(node: ast.Name | ast.Attribute, names: dict[str, str], file: Path) -> str:
    full = full_name(node, names)
    last = full.rpartition(".")[2] or (node.attr if isinstance(node, ast.Attribute) else "")
    if isinstance(node, ast.Name) and node.id in BUILTINS and node.id not in names:
        return node.id
    if full.startswith("builtins.") and last in BUILTINS:
        return full
    if last in READERS:
        return last
    if full in SHELLS:
        return full
    if full == "importlib.import_module" and file not in MAY_IMPORT:
        return full
    if last in ("lambdify", "autowrap", "ufuncify") and file not in MAY_COMPILE:
        return last
    return ""


def called(node: ast.Call, names: dict[str, str], uses_sympy: bool) -> Iterator[str]:
    full = full_name(node.func, names)
    if any(keyword.arg == "shell" and getattr(keyword.value, "value", True) for keyword in node.keywords):
        yield "shell=True"
    if full in ("sympy.S", "sympy.core.S", "sympy.core.singleton.S"):
        yield "S(..)"
    last = full.rpartition(".")[2]
    text = any(holds_text(argument) for argument in node.args)
    if text and full.split(".")[0] == "sympy" and last not in NAMING:
        yield f"text handed to {full}"
    if text and isinstance(node.func, ast.Call) and full_name(node.func.func, names).rpartition(".")[2] in NAMING:
        yield "text handed to an undefined function"
    if uses_sympy and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
        values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "subs")]
        if any(holds_text(value) for value in values):
            yield f"text handed to .{node.func.attr}"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_of_the_product_calls_no_interpreter(file: Path) -> None:
    """Neither Python's own interpreters nor SymPy's readers nor a shell are within reach."""
    assert offences((ROOT / file).read_text(encoding="utf-8"), file) == []


BAD = [
    "eval(text)",
    "exec(text)",
    "run = eval",
    "compile(text, '', 'eval')",
    "__import__(name)",
    "import builtins\nbuiltins.eval(text)",
    "import sympy\nsympy.sympify(text)",
    "from sympy import sympify",
    "from sympy import S\nS(text)",
    "import sympy as sp\nsp.S(text)",
    "from sympy import S as one\none(text)",
    "from sympy.parsing.sympy_parser import standard_transformations",
    "from sympy.parsing.latex import parse_latex",
    "import sympy\nsympy.parse_expr(text)",
    "import sympy\nsympy.sin('x')",
    "import sympy as sp\nsp.Rational('1/3')",
    "from sympy import Matrix\nMatrix([['a', 0]])",
    "import sympy\nsympy.Integer(f'{n}')",
    "import sympy\nsympy.symbols('x y')",
    "import sympy\nexpression.subs('x', 1)",
    "import sympy\nexpression.subs({'x': 1})",
    "import sympy\nexpression.evalf(subs={'x': 1})",
    "import sympy\nexpression.equals('x')",
    "from sympy import Function\nFunction('f')('x')",
    "import sympy\nsympy.lambdify([x], e)",
    "import pickle",
    "from marshal import loads",
    "import yaml",
    "import subprocess",
    "from multiprocessing import Pool",
    "popen(text, shell=True)",
    "import os\nos.system(text)",
    "from os import system\nsystem(text)",
    "import importlib\nimportlib.import_module(name)",
    "from importlib import import_module",
]
GOOD = [
    "import re\nre.compile(text)",
    "from sympy import S\nS.Zero",
    "import sympy\nsympy.Symbol('x', real=True)",
    "import sympy\nsympy.Function('f')(x)",
    "import sympy\nsympy.Rational(1, 3)",
    "import sympy\nsympy.limit(e, x, 0, dir='+')",
    "text.replace('a', 'b')",
    "'evaluate'.split('eval')",
    "evaluate(tree)",
    "import json\njson.loads(text)",
]


@pytest.mark.parametrize("source", BAD)
def test_the_lint_sees(source: str) -> None:
    """The test above can fail: each forbidden call is found in the form in which it would be written."""
    assert offences(source, Path("symbolic/module.py")) != []


@pytest.mark.parametrize("source", GOOD)
def test_the_lint_accuses_nothing_else(source: str) -> None:
    """What only looks like a forbidden call passes."""
    assert offences(source, Path("symbolic/module.py")) == []
