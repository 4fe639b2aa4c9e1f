"""What a formula in plain notation means: precedence, applications, bars, laws; and what is refused as ambiguous."""

from __future__ import annotations

from fractions import Fraction

import pytest

from twofold.symbolic.elaborate import Elaborator
from twofold.symbolic.problem import read_problem
from twofold.symbolic.reading import read_syntax
from twofold.symbolic.source import ReadError, Source
from twofold.symbolic.tree import Apply, Array, Bind, Call, Name, Node, Number

CONTEXT = read_problem(
    Source(
        "p.toml",
        """
[symbols]
x = "real"
y = "real"
n = "integer"
a = "real"
b = "real"
c = "real"
gamma = "positive"
A = "matrix(2,2)"
B = "matrix(2,2)"
v = "vector(2)"
g = "function(1)"
[laws]
Z = "N(0, I_2)"
[maps]
Y = { of = "Z", matrix = [[1, 2], [3, 4]] }
[flows]
z = { start = "Z", field = ["tanh(z1^3)", "z2"], times = [0, 1] }
[energies]
q = { variables = ["u"], parameters = { al = "positive" }, energy = "al*u^2", at = { al = 1 } }
""",
    )
).context


def tree(text: str) -> Node:
    source = Source("t", text)
    return Elaborator(CONTEXT).node(read_syntax(text, "plain", source, source.span(0, len(text))))


def num(value: int) -> Number:
    return Number(Fraction(value))


def op(name: str, *args: Node) -> Apply:
    return Apply(name, args)


X, Y_, N, A_, B_, V = Name("x"), Name("y"), Name("n"), Name("A"), Name("B"), Name("v")
P, Q, R = Name("a"), Name("b"), Name("c")
MEANINGS = {
    "-x^2": op("neg", op("pow", X, num(2))),
    "2^-x": op("pow", num(2), op("neg", X)),
    "2^-x^2": op("pow", num(2), op("neg", op("pow", X, num(2)))),
    "x^-1": op("pow", X, op("neg", num(1))),
    "a^b^c": op("pow", P, op("pow", Q, R)),
    "a/b/c": op("div", op("div", P, Q), R),
    "a/b*c": op("mul", op("div", P, Q), R),
    "a*b/c": op("div", op("mul", P, Q), R),
    "-a*b": op("neg", op("mul", P, Q)),
    "a*-b": op("mul", P, op("neg", Q)),
    "a - -b": op("add", P, Q),
    "a - b - c": op("add", P, op("neg", Q), op("neg", R)),
    "--a": P,
    "x**2": op("pow", X, num(2)),
    "z₁": Name("z_1"),
    "x⁴": op("pow", X, num(4)),
    "x²": op("pow", X, num(2)),
    "2x": op("mul", num(2), X),
    "x(y + 1)": op("mul", X, op("add", Y_, num(1))),
    "g(x)^2": op("pow", Call("g", (X,)), num(2)),
    "g^2(x)": op("pow", Call("g", (X,)), num(2)),
    "2^g(x)": op("pow", num(2), Call("g", (X,))),
    "sin^2(x)": op("pow", op("sin", X), num(2)),
    "sin(x)^2": op("pow", op("sin", X), num(2)),
    "ln(x)": op("log", X),
    "log2(x)": op("div", op("log", X), op("log", num(2))),
    "-3!": op("neg", op("factorial", num(3))),
    "|x|": op("abs", X),
    "|-x|": op("abs", op("neg", X)),
    "|x|*|y|": op("mul", op("abs", X), op("abs", Y_)),
    "|A|": op("det", A_),
    "|v|": op("norm", V),
    "||v||": op("norm", V),
    "A^T": op("transpose", A_),
    "A^-1": op("inverse", A_),
    "A*B": op("mul", A_, B_),
    "B*A": op("mul", B_, A_),
    "y^T*A*y": op("mul", op("transpose", Y_), A_, Y_),
    "v_2": op("entry", V, num(2)),
    "A_1_2": op("entry", A_, num(1), num(2)),
    "A_{1,2}": op("entry", A_, num(1), num(2)),
    "[x, y]": Array(((X,), (Y_,))),
    "[[x, y]]": Array(((X, Y_),)),
    "I_2": op("identity", num(2)),
    "p_Y(s)": Call("p_Y", (Name("s_1"), Name("s_2"))),
    "p_Y(1, 2)": Call("p_Y", (num(1), num(2))),
    "p(z(t), t)": Call("p", (Call("z_1", (Name("t"),)), Call("z_2", (Name("t"),)), Name("t"))),
    "q(u; al)": Call("q", (Name("u"), Name("al"))),
    "E(u)": Call("E", (Name("u"),)),
    "E[u]": Bind("expect", ("u",), (Name("u"), Name("q"))),
    "E_q[u]": Bind("expect", ("u",), (Name("u"), Name("q"))),
    "E[Y]": op("mean", Name("Y")),
    "H(Y)": op("entropy", Name("Y")),
    "KL(Y || Z)": op("kl", Name("Y"), Name("Z")),
    "d/dx x^2": Bind("diff", ("x",), (op("pow", X, num(2)),), "total"),
    "sum(i, i, 1, 3)": Bind("sum", ("i",), (Name("i"), num(1), num(3))),
    "z1": Name("z_1"),
    "0.1": Number(Fraction(1, 10)),
    "1e-3": Number(Fraction(1, 1000)),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_formula_means_what_mathematics_says(text: str) -> None:
    """Precedence, application, transposition and typed heads are those of the field."""
    assert tree(text) == MEANINGS[text]


REFUSED = {
    "1/2x": "ambiguous: what the '/'",
    "1/2(x + 1)": "ambiguous: what the '/'",
    "a/b(x)": "ambiguous: what the '/'",
    "x^n(y)": "ambiguous: where the exponent ends",
    "e^x(1 + y)": "ambiguous: where the exponent ends",
    "x^n!": "ambiguous: what the '!'",
    "n!!": "ambiguous: what the '!'",
    "sin^-1(x)": "ambiguous: f.-1",
    "gamma(x)": "ambiguous: 'gamma'",
    "v[1]": "expected an operator after 'v'",
    "A[1, 2]": "expected an operator after 'A'",
    "v_3": "expected an index from 1 to 2",
    "A_{1}": "expected 2 indices",
    "x_{1}": "expected a vector or a matrix before the subscript",
    "1_000": "expected a vector or a matrix before the subscript",
    "1.5.2": "expected an operator between two numbers",
    "[x, y)": "expected a vector",
    "{x, y}": "expected a vector",
    "()": "expected something between",
    "sin(x = 3)": "expected an expression; got a relation",
    "sin": "expected an argument of 'sin'",
    "sin()": "expected",
    "sin(x, y)": "expected 1 argument of sin; got 2",
    "g(x, y)": "expected 1 argument of g; got 2",
    "p_Y(1)": "expected 2 arguments of p_Y; got 1",
    "p_Y(y)": "expected 2 arguments of p_Y; got 1",
    "p(x | y)": "expected the whole state before",
    "p_Y(x | y)": "expected the whole state before",
    "E(Y)": "is a random variable",
    "Y(t)": "expected an operator after the random variable",
    "||x| - |y||": "expected",
    "x | y": "expected an expression; got a separator",
    "(x]": "expected '.'",
    "(x": "expected '.' for the",
    "sum(pi, pi, 1, 3)": "'pi' is a number",
    "I_13": "identity of size 1 to 12",
    "1e999": "exponent of at most 400",
    "x.y": "full stop",
    "x if y": "expected a declared name; got 'if'",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_has_two_meanings_or_none_is_refused(text: str) -> None:
    """Never guessed: the message names what is unclear."""
    with pytest.raises(ReadError, match=REFUSED[text].replace("(", r"\(").replace("[", r"\[")):
        tree(text)


@pytest.mark.parametrize(("written", "nearest"), [("gama", "gamma"), ("z_3", "z_")])
def test_an_unknown_name_gives_the_nearest(written: str, nearest: str) -> None:
    """A slip of the pen is answered with a declared name."""
    with pytest.raises(ReadError, match=f"got '{written}'") as caught:
        tree(f"x + {written}")
    assert f"nearest declared name is '{nearest}" in caught.value.hint
    assert (caught.value.span.column, caught.value.span.end_column) == (5, 5 + len(written))


def test_a_look_alike_is_named() -> None:
    """Cyrillic a is not Latin a, and the hint says which one was written."""
    with pytest.raises(ReadError) as caught:
        tree("\u0430 + 1")
    assert "cyrillic small letter a" in caught.value.hint


@pytest.mark.parametrize("character", ["\u200b", "\u202e", "\u00ad", "\U0001f600", "@", "#", "`", "\\", "?", "\x00"])
def test_a_character_that_is_no_mathematics_is_refused_by_its_code_point(character: str) -> None:
    """Nothing is dropped: invisible and bidi characters are named."""
    with pytest.raises(ReadError, match=rf"U\+{ord(character):04X}"):
        tree(f"x{character} + y")


def test_arguments_of_a_density_are_declared_by_their_use() -> None:
    """p_Y(s) declares s_1 and s_2 with the dimension of Y, and says so."""
    source = Source("t", "p_Y(s)")
    el = Elaborator(CONTEXT)
    el.node(read_syntax("p_Y(s)", "plain", source, source.span(0, 6)))
    assert {name: entry.rule for name, entry in el.implied.items()} == {
        "s_1": "argument of p_Y",
        "s_2": "argument of p_Y",
    }


def test_spans_are_exact_for_every_node_of_one_line() -> None:
    """The text under the span of a node is what the node was read from."""
    text = "  sin(x)^2 + g( y )/2 "
    found = tree(text)
    assert isinstance(found, Apply)
    pieces = [text[part.span.start : part.span.stop] for part in (found, *found.args)]
    assert pieces == ["sin(x)^2 + g( y )/2", "sin(x)^2", "g( y )/2"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_with_lf_crlf_or_cr(end: str) -> None:
    """The place of a name on the third line, whatever ends a line."""
    source = Source("t", f"x +{end}y +{end}  nosuch")
    with pytest.raises(ReadError) as caught:
        Elaborator(CONTEXT).node(read_syntax(source.text, "plain", source, source.span(0, len(source.text))))
    span = caught.value.span
    assert (span.line, span.column, span.end_line, span.end_column) == (3, 3, 3, 9)
