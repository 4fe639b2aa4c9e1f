"""Every declared law is derived in verified, typeset textbook steps, or says why not; none costs another its own."""

import dataclasses
import math

import pytest
import sympy

from twofold.reports.mathml import mathml
from twofold.symbolic import derivations
from twofold.symbolic.chapter_flow import liouville
from twofold.symbolic.chapter_partition import by_quadrature
from twofold.symbolic.derivation import DerivationStep, Label
from twofold.symbolic.derivations import derivations_of
from twofold.symbolic.derive_flow import flow_derivation
from twofold.symbolic.derive_partition import closed_partition_function
from twofold.symbolic.entries import Chapter, SecondRoute
from twofold.symbolic.formal import Formal, NotFormal
from twofold.symbolic.formal_laws import density_at
from twofold.symbolic.problem import read_problem
from twofold.symbolic.prove import prove
from twofold.symbolic.reading import read_expression
from twofold.symbolic.source import Source
from twofold.symbolic.textbook import Textbook

HOMEWORK = """
title = "homework"
[symbols]
t = "nonnegative"
[laws]
Z = "N(0, I_2)"
[maps]
Y = { of = "Z", matrix = [["3/5", "2/5"], ["1/5", "4/5"]] }
[flows]
z = { start = "Z", field = ["tanh(z1^3)", "tanh(z2^3)"], times = [0, 0.5] }
[energies]
[energies.q]
variables = ["x"]
parameters = { a = "positive", b = "real" }
energy = "a*x^4 - b*x^2"
at = { a = 0.25, b = 1 }
"""
MAPS = """
[symbols]
m = "real"
s = "positive"
x = "positive"
[laws]
W = "N(0, 1)"
Z = "N(0, I_2)"
[maps]
G = { of = "W", forward = ["exp(m + s*w)"], variables = ["w"], targets = ["x"], inverse = ["(log(x) - m)/s"] }
L = { of = "W", forward = ["exp(m + s*w)"], variables = ["w"], targets = ["x"] }
Q = { of = "W", forward = ["w^2"], variables = ["w"], targets = ["x"] }
K = { of = "Z", forward = ["z_1", "exp(z_1)*z_2 + sin(z_1)"], variables = ["z_1", "z_2"] }
T = { of = "L", matrix = [["2"]], offset = ["1"] }
R = { of = "L", forward = ["sqrt(x)"], variables = ["x"], targets = ["r"] }
P = { of = "L", forward = ["x^2"], variables = ["x"], targets = ["v"] }
"""
REFUSED = """
[symbols]
x = "positive"
[laws]
W = "N(0, 1)"
[maps]
Half = { of = "W", forward = ["w^2"], variables = ["w"], targets = ["x"], inverse = ["sqrt(x)"] }
Cubic = { of = "W", forward = ["w^3 - 3*w"], variables = ["w"], targets = ["c"] }
Wrong = { of = "W", forward = ["exp(w)"], variables = ["w"], targets = ["x"], inverse = ["2*log(x)"] }
Fine = { of = "W", forward = ["exp(w)"], variables = ["w"], targets = ["x"] }
"""
ZOO = """
[symbols]
rho = "(-1,1)"
sigma_2 = "positive"
a = "real"
b = "real"
U = "function(2)"
[laws]
Z = "N(0, I_2)"
W = "N(0, 1)"
V = "N(0, I_3)"
G = "N([1, 2], [[2, 1], [1, 3]])"
H = "N([0, 0], [[1, rho], [rho, 1]])"
N1 = "N(a, sigma_2^2)"
[maps]
Y = { of = "G", matrix = [["1", "1"]], offset = ["3"] }
D = { of = "Z", matrix = [["1", "1"], ["2", "2"]] }
S = { of = "Z", matrix = [["a", "1"], ["0", "b"]], offset = ["1", "a"] }
B = { of = "V", matrix = [["1", "2", "3"], ["0", "1", "a"]] }
[flows]
v = { start = "Z", field = ["k*v_2 + v_1^2", "-l*sin(v_1)*t"], parameters = { k = "real", l = "real" } }
r = { start = "W", field = ["r - r^3"], density = "pr", field_name = "fr" }
u = { start = "Z", field = ["0", "u_2"], density = "pu", field_name = "fu" }
[flows.o]
start = "V"
field = ["10*(o_2 - o_1)", "o_1*(28 - o_3) - o_2", "o_1*o_2 - 8/3*o_3"]
density = "po"
field_name = "fo"
[energies]
p0 = { variables = ["x"], parameters = { phi = "real" }, energy = "U(x, phi)" }
n = { variables = ["y"], energy = "y^2/2 - y", partition = "Zn", energy_name = "En" }
[energies.g]
variables = ["w"]
dimension = 2
parameters = { m = "positive" }
energy = "m*(w_1^2 + w_1*w_2 + w_2^2)"
partition = "Zg"
energy_name = "Eg"
[energies.ce]
variables = ["x"]
parameters = { h = "real" }
energy = "x^4/4 + h*cos(x)"
partition = "Zc"
energy_name = "Ec"
"""


TRACE = (
    r"3 z_{1}^{2} \operatorname{sech}^{2}{\left(z_{1}^{3} \right)}"
    r" + 3 z_{2}^{2} \operatorname{sech}^{2}{\left(z_{2}^{3} \right)}"
)
LOG_DENSITY = (
    r"-\log(2\pi) - \log\left(\frac{2}{5}\right)"
    r" - \frac{1}{8}\left(17 y_{1}^{2} - 22 y_{1} y_{2} + 13 y_{2}^{2}\right)"
)


def context_of(text):
    return read_problem(Source("x.toml", text)).context


def of(name, entries):
    return [entry for entry in entries if entry["of"] == name]


@pytest.fixture(scope="module")
def homework():
    return derivations_of(context_of(HOMEWORK))


@pytest.fixture(scope="module", params=["HOMEWORK", "MAPS", "ZOO", "REFUSED"])
def entries(request):
    return derivations_of(context_of(globals()[request.param]))


def test_entries_follow_the_order_of_declaration_without_the_standard_normal(homework):
    """Y, the flow and the energy have entries in order; N(0, I) has nothing to derive."""
    assert list(dict.fromkeys((e["of"], e["kind"]) for e in homework)) == [
        ("Y", "pushforward"),
        ("z", "flow"),
        ("q", "energy"),
    ]


def test_everything_in_the_homework_is_shown(homework):
    """No derivation of the example is dropped, and every second route agrees."""
    assert all(e["steps"] and e["agreement"]["agree"] is True for e in homework)


@pytest.mark.parametrize(
    ("name", "lhs", "rhs"),
    [
        ("Y", r"\Sigma = \operatorname{Cov}(Y)", r"\frac{1}{25}\begin{pmatrix}13 & 11\\11 & 17\end{pmatrix}"),
        ("Y", r"\det\Sigma", r"\frac{4}{25}"),
        ("Y", r"\sqrt{\det\Sigma}", r"\frac{2}{5}"),
        ("Y", r"\Sigma^{-1}", r"\frac{1}{4}\begin{pmatrix}17 & -11\\-11 & 13\end{pmatrix}"),
        ("Y", r"y^{T} \Sigma^{-1} y", r"\frac{1}{4}\left(17 y_{1}^{2} - 22 y_{1} y_{2} + 13 y_{2}^{2}\right)"),
        (
            "z",
            r"\operatorname{tr}\frac{\partial f}{\partial z}",
            TRACE,
        ),
        ("z", r"\frac{d}{dt} \log p(z(t), t)", r"-\operatorname{tr}\frac{\partial f}{\partial z}"),
        (
            "z",
            r"\frac{\partial}{\partial t} \log p(z, t)",
            r"-\operatorname{tr}\frac{\partial f}{\partial z} - f \cdot \nabla \log p",
        ),
        (
            "Y",
            "p_{Y}(y_{1}, y_{2})",
            r"\frac{5}{4 \pi} \exp\left(- \frac{1}{8}\left(17 y_{1}^{2} - 22 y_{1} y_{2} + 13 y_{2}^{2}\right)\right)",
        ),
        (
            "Y",
            r"\log p_{Y}(y_{1}, y_{2})",
            LOG_DENSITY,
        ),
        ("Y", "H(Y)", r"\log(2\pi e) + \log\left(\frac{2}{5}\right)"),
        ("Y", "A^{-1}", r"\frac{1}{2}\begin{pmatrix}4 & -2\\-1 & 3\end{pmatrix}"),
        ("Y", "p_{Y}(y_{1}, y_{2})", r"\frac{p_{Z}\left(A^{-1} y\right)}{\left|\det A\right|}"),
        (
            "z",
            r"\log\left|m_{1}\right|",
            r"\log \left|\frac{\tanh{\left(z_{1}(t)^{3} \right)}}{\tanh{\left(z_{1}(0)^{3} \right)}}\right|",
        ),
        ("z", r"\log |m_{1}|", r"3 z_{1}(0)^{2} t \operatorname{sech}^{2}{\left(z_{1}(0)^{3} \right)}"),
        ("q", r"\frac{\partial}{\partial a} \log Z", r"-\frac{1}{Z} \int_{-\infty}^{\infty} x^{4} e^{-E(x)} \,dx"),
        ("q", r"\frac{\partial}{\partial b} \log Z", r"\frac{1}{Z} \int_{-\infty}^{\infty} x^{2} e^{-E(x)} \,dx"),
        ("q", r"\frac{\partial}{\partial a} \log q(x)", r"- x^{4} + \mathbb{E}_{q}\left[x^{4}\right]"),
        (
            "q",
            r"\partial_{a} \partial_{b} \log Z",
            r"-\mathbb{E}_{q}\left[x^{6}\right] + \mathbb{E}_{q}\left[x^{4}\right] \mathbb{E}_{q}\left[x^{2}\right]",
        ),
        ("q", r"\frac{\partial}{\partial a} \log Z", r"-\mathbb{E}_{q}\left[x^{4}\right]"),
        ("q", r"\frac{\partial}{\partial b} \log Z", r"\mathbb{E}_{q}\left[x^{2}\right]"),
        ("q", r"\frac{\partial}{\partial x} \log q(x)", r"- 4 a x^{3} + 2 b x"),
    ],
)
def test_homework_results_are_printed_as_in_the_solution(homework, name, lhs, rhs):
    """The values of the solved homework stand in the derivations, in its notation."""
    assert (lhs, rhs) in {(s["tex_lhs"], s["tex_rhs"]) for e in of(name, homework) for s in e["steps"]}


def test_every_formula_is_typeset(entries):
    """math-core takes every side and every relation; none falls back to code."""
    tex = {s[key] for e in entries for s in e["steps"] for key in ("tex_lhs", "relation", "tex_rhs")}
    assert [t for t in tex if not mathml(t).startswith("<math")] == []


def test_no_name_of_a_machine_is_printed(entries):
    """Symbols carry the names of the document: no leading underscore, no Dummy, no unevaluated Python."""
    tex = " ".join(s[key] for e in entries for s in e["steps"] for key in ("tex_lhs", "tex_rhs"))
    assert not any(bad in tex for bad in ("_y", "_x", "Dummy", "nan", "zoo", r"\infty^"))


def test_only_the_three_bad_maps_are_not_shown():
    """A fold with one branch given, a cubic, and a false inverse are refused; the law beside them is not."""
    hidden = {e["of"]: e["conditions"][0] for e in derivations_of(context_of(REFUSED)) if not e["steps"]}
    assert set(hidden) == {"Half", "Cubic", "Wrong"}
    assert "leaves out a preimage" in hidden["Half"]
    assert "changes from place to place" in hidden["Cubic"]
    assert "not proved" in hidden["Wrong"]


@pytest.mark.parametrize("text", ["MAPS", "ZOO"])
def test_nothing_else_is_dropped(text):
    """Every derivation of the other laws passes its own verification."""
    assert [e["of"] for e in derivations_of(context_of(globals()[text])) if not e["steps"]] == []


def test_degenerate_law_keeps_its_moments_and_says_so():
    """A rank-deficient image has mean and covariance, a determinant 0 and no density."""
    (entry,) = of("D", derivations_of(context_of(ZOO)))
    assert any("no density" in c for c in entry["conditions"])
    assert {"\\mathbb{E}[D]", "\\det\\Sigma"} <= {s["tex_lhs"] for s in entry["steps"]}
    assert not any(s["tex_lhs"].startswith("p_") for s in entry["steps"])


def test_a_resting_coordinate_is_a_translation():
    """A coordinate of speed 0 has stretch 1; the quotient 0/0 of its speeds is not printed."""
    entry = of("u", derivations_of(context_of(ZOO)))[1]
    printed = {s["tex_lhs"]: s["tex_rhs"] for s in entry["steps"]}
    assert printed[r"\log\left|m_{1}\right|"] == "0"
    assert printed[r"\log\left|\det M\right|"] == r"\log \left|\frac{u_{2}(t)}{u_{2}(0)}\right|"


def test_an_infinite_partition_function_has_no_gradient():
    """An energy whose integral diverges is not derived from; the reason is said."""
    text = '[energies]\nq = { variables = ["x"], parameters = { a = "positive" }, energy = "-a*x^2" }'
    (entry,) = derivations_of(context_of(text))
    assert entry["steps"] == []
    assert "infinite" in entry["conditions"][0]


def test_undefined_energy_has_its_gradient_as_an_expectation():
    """grad log Z of an undefined energy is minus the mean of its slope, under the named conditions of the exchange."""
    (entry,) = of("p_0", derivations_of(context_of(ZOO)))
    wanted = r"-\mathbb{E}_{p_{0}}\left[\frac{\partial}{\partial \phi} U\left(x, \phi\right)\right]"
    assert wanted in {s["tex_rhs"] for s in entry["steps"]}
    under = next(s for s in entry["steps"] if s["rule"].startswith("differentiate under"))
    assert under["conditions"] == ["Z finite near phi", "an integrable bound of the derivative"]


# -- what is not verified is not shown ---------------------------------------------------------------------------------
def chapter(right, agree=True):
    x = sympy.Symbol("x", real=True)
    steps = (DerivationStep(rule="square", lhs=Label(tex="s", value=(x + 1) ** 2), rhs=right(x)),)
    second = SecondRoute(agree=agree, how="by hand")
    return Chapter(of="s", kind="gaussian", title="t", steps=steps, book=Textbook(), second=second).to_json()


def test_a_false_step_is_not_printed():
    """A derivation with an unequal step loses all its steps and names the one."""
    assert chapter(lambda x: x**2 + 2 * x + 1)["steps"]
    wrong = chapter(lambda x: x**2 + 1)
    assert wrong["steps"] == []
    assert wrong["conditions"] == ["not shown: the step 'square' was not verified"]


def test_a_second_route_that_disagrees_hides_the_derivation():
    """Two routes that differ are a fault: nothing is shown as derived."""
    assert chapter(lambda x: x**2 + 2 * x + 1, agree=False)["steps"] == []


def test_a_law_that_crashes_costs_the_others_nothing(monkeypatch):
    """Any exception in one law becomes its entry; the other laws keep theirs."""

    def crash(formal, law):
        raise RecursionError

    kind, title, _ = derivations._CHAPTERS[derivations.FlowLaw]
    monkeypatch.setitem(derivations._CHAPTERS, derivations.FlowLaw, (kind, title, crash))
    found = derivations_of(context_of(HOMEWORK))
    assert of("z", found)[0]["conditions"] == ["not shown: the derivation stopped with RecursionError"]
    assert of("Y", found)[0]["steps"]
    assert of("q", found)[0]["steps"]


def test_liouville_does_not_agree_with_a_wrong_rate():
    """The second route of the log-density equation sees a wrong sign and a lost term."""
    a, b = sympy.symbols("a b", real=True)
    flow = flow_derivation([sympy.tanh(a**3), a * b], [a, b], sympy.Symbol("t", real=True))
    assert liouville(flow).agree is True
    assert liouville(dataclasses.replace(flow, log_density_rate=flow.divergence)).agree is None
    assert liouville(dataclasses.replace(flow, log_density_rate=-a)).agree is None


def test_quadrature_disagrees_with_a_slipped_closed_form():
    """The second route of a closed partition function sees a relative slip of 1e-9."""
    context = context_of(HOMEWORK)
    formal, law = Formal(context), context.laws["q"]
    y = formal.symbol("x")
    energy = formal.scalar(law.energy)
    integral = sympy.Integral(sympy.exp(-energy), (y, -sympy.oo, sympy.oo))
    value = closed_partition_function(energy, (y,)).value
    assert by_quadrature(formal, law, value, integral).agree is True
    assert by_quadrature(formal, law, value * (1 + sympy.Rational(1, 10**9)), integral).agree is False


# -- densities of mapped laws ------------------------------------------------------------------------------------------
def normal(z):
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def lognormal(x, m, s):
    return normal((math.log(x) - m) / s) / (s * x)


DENSITIES = {
    "G": (lambda x, m, s: lognormal(x, m, s), 1),
    "L": (lambda x, m, s: lognormal(x, m, s), 1),
    "Q": (lambda x, m, s: math.exp(-x / 2) / math.sqrt(2 * math.pi * x), 1),
    "T": (lambda x, m, s: lognormal((x + 1 - 2) / 2 + 0.0, m, s) / 2, 1),
    "R": (lambda r, m, s: lognormal(r * r, m, s) * 2 * r, 1),
    "P": (lambda v, m, s: lognormal(math.sqrt(v), m, s) / (2 * math.sqrt(v)), 1),
    "K": (lambda x, y, m, s: normal(x) * normal((y - math.sin(x)) / math.exp(x)) / math.exp(x), 2),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_density_of_a_mapped_law(name):
    """The density by the inverse, given or found, equals the textbook formula written by hand in floats."""
    formula, dimension = DENSITIES[name]
    context = context_of(MAPS)
    formal = Formal(context)
    values = [sympy.Rational(17, 10), sympy.Rational(3, 5)][:dimension]
    found = density_at(formal, context.laws[name], values)
    point = {formal.symbol("m"): sympy.Rational(2, 5), formal.symbol("s"): sympy.Rational(13, 10)}
    # Both sides are a handful of double operations: 1e-12 is thousands of roundings.
    assert float(found.xreplace(point)) == pytest.approx(formula(*map(float, values), 0.4, 1.3), rel=1e-12)


@pytest.mark.parametrize("name", ["Half", "Cubic", "Wrong"])
def test_no_density_without_all_branches(name):
    """A map whose inverses are not all known, or are false, has no density in the symbolic route."""
    context = context_of(REFUSED)
    with pytest.raises(NotFormal, match=r"preimage|place to place|not proved"):
        density_at(Formal(context), context.laws[name], [sympy.Rational(1, 2)])


def status(context, lhs, rhs):
    source = Source("c", lhs)
    sides = [read_expression(text, context, source, source.span(0, 0)) for text in (lhs, rhs)]
    return prove(*sides, context)["status"]


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        ("p_L(x)", "exp(-(log(x) - m)^2/(2*s^2))/(x*s*sqrt(2*pi))"),
        ("p_Q(x)", "exp(-x/2)/sqrt(2*pi*x)"),
        ("p_T(2*x + 1)", "exp(-(log(x) - m)^2/(2*s^2))/(2*x*s*sqrt(2*pi))"),
    ],
)
def test_claims_about_inverted_maps_are_proved_and_wrong_ones_are_not(lhs, rhs):
    """A true density claim is proved without a given inverse; half of it (one branch, say) is not."""
    context = context_of(MAPS)
    assert status(context, lhs, rhs) == "proved"
    assert status(context, lhs, f"({rhs})/2") != "proved"


# -- printing ----------------------------------------------------------------------------------------------------------
x, z1, s2 = sympy.Symbol("x", real=True), sympy.Symbol("z_1", real=True), sympy.Symbol("sigma_2", positive=True)
p = sympy.Function("p", positive=True)(x, z1)
PRINTED = {
    "index": (z1, "z_{1}"),
    "greek": (s2, r"\sigma_{2}"),
    "matrix entry": (sympy.Symbol("A_1_2"), "A_{12}"),
    "common denominator": (
        sympy.Matrix([[sympy.Rational(1, 2), 1]]),
        r"\frac{1}{2}\begin{pmatrix}1 & 2\end{pmatrix}",
    ),
    "1 x 1": (sympy.ImmutableMatrix([[x + 1]]), "x + 1"),
    "sech": (x * (1 - sympy.tanh(x) ** 2), r"x \operatorname{sech}^{2}{\left(x \right)}"),
    "negative sech": (x * (sympy.tanh(x) ** 2 - 1), r"- x \operatorname{sech}^{2}{\left(x \right)}"),
    "long exponent": (2 * sympy.exp(-(x**2) / 2 + x / 4), r"2 \exp\left(- \frac{1}{4}\left(2 x^{2} - x\right)\right)"),
    "short exponent": (sympy.exp(-x), "e^{- x}"),
    "derivative of a product": (
        sympy.Derivative(p * x, x, evaluate=False),
        r"\frac{\partial}{\partial x} \left(x p\right)",
    ),
    "derivative of a named function": (sympy.Derivative(p, z1), r"\frac{\partial p}{\partial z_{1}}"),
    "logarithm of a modulus": (sympy.log(sympy.Abs(x)), r"\log \left|x\right|"),
}


@pytest.mark.parametrize("name", PRINTED)
def test_textbook_printing(name):
    """Names, common factors, sech, exponents and derivatives are printed as a textbook does."""
    value, tex = PRINTED[name]
    assert Textbook({p: "p"}).tex(value) == tex


def test_an_endless_expression_is_described_not_printed():
    """An expression beyond the limit is replaced by a sentence, which is typeset too."""
    tex = Textbook().tex(sympy.Add(*(sympy.sin(k * x) * z1**k for k in range(1, 400))))
    assert "characters, not printed" in tex
    assert mathml(tex).startswith("<math")


def test_a_long_sum_is_broken_into_lines():
    """Every term of a long sum is printed once, over several aligned lines."""
    terms = [sympy.sin(k * x) * z1**k for k in range(1, 15)]
    tex = Textbook().tex(sympy.Add(*terms))
    assert tex.startswith(r"\begin{aligned}")
    assert tex.count(r"\sin") == len(terms)
    assert mathml(tex).startswith("<math")
