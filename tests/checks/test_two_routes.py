"""No evidence theatre: the routes share the written tree alone, and a broken derivation is caught by the other one.

Each derivation is swapped for a wrong one inside the prover.  A true claim is then not proved, and a false claim that
the broken prover "proves" does not pass: the numeric route objects, with the witnesses of its kind and with balls.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sympy

from twofold.checks import equality as equality_module
from twofold.checks.budget import Budget
from twofold.checks.claim import Claim
from twofold.checks.evidence import Bearing, Proof
from twofold.checks.jobs import JOBS
from twofold.checks.planner import KINDS, Planner
from twofold.checks.statements import links_of
from twofold.checks.verdict import Outcome, Verdict
from twofold.checks.worker import Cost, Reply
from twofold.symbolic import formal_calculus, formal_laws, moments
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

ROOT = Path(__file__).parents[2]
SHARED = {
    "symbolic.tree",
    "symbolic.source",
    "symbolic.domains",
    "symbolic.context",
    "symbolic.shapes",
    "symbolic.unfold",
    "symbolic.vocabulary",
    # mod(b^e, m) with huge e is replaced by its value in the written tree, before either route: Python's pow(b, e, m).
    "symbolic.residues",
    # Typing: the size of a bare I, and how the inverse of a function is called in a tree.
    "symbolic.sized_identities",
    "symbolic.inverse_names",
    # The arguments of a moment of vectors, as the document declares them; each route says what the moment is.
    "symbolic.vector_heads",
}
NUMERIC_ROUTE = sorted(
    {
        *("interpret", "differentials", "law_values", "integrals", "equality", "pointwise", "points", "definedness"),
        *("controls", "law_sampling", "flow_numerics"),
        *(file.stem for file in (ROOT / "checks").glob("*witness*.py")),
    }
)


# -- what the routes import --------------------------------------------------------------------------------------------
def imports_of(module: str) -> set[str]:
    """Modules of the package that a module imports, inside functions too, type checking apart; "sympy" for SymPy."""
    file = ROOT / (module.replace(".", "/") + ".py")
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {"sympy" for alias in node.names if alias.name.split(".")[0] == "sympy"}
        if isinstance(node, ast.ImportFrom):
            if node.level == 0:
                found |= {"sympy"} if (node.module or "").split(".")[0] == "sympy" else set()
                continue
            folder = module.split(".")[: -node.level]
            base = ".".join([*folder, *([node.module] if node.module else [])])
            names = {f"{base}.{alias.name}" if base else alias.name for alias in node.names}
            found |= {n for n in names if (ROOT / (n.replace(".", "/") + ".py")).is_file()} or {base}
    return found


def closure(*roots: str) -> set[str]:
    """Everything that the roots reach, themselves included."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting.extend(imports_of(module))
    return found


def test_the_routes_share_only_the_tree() -> None:
    """What both the prover and the numeric route reach is the written tree and the declarations."""
    symbolic = closure("symbolic.prove")
    numeric = closure(*(f"checks.{name}" for name in NUMERIC_ROUTE))
    assert "symbolic.formal_laws" in symbolic and "numeric.duals" in numeric  # the graph is really walked
    assert symbolic & numeric <= SHARED


@pytest.mark.parametrize("name", NUMERIC_ROUTE)
def test_the_numeric_route_has_no_sympy(name: str) -> None:
    """No module of the numeric route reaches SymPy or a derivation, not even inside a function."""
    reached = closure(f"checks.{name}")
    assert "sympy" not in reached
    assert not [m for m in reached if m.startswith(("symbolic.formal", "symbolic.derive", "symbolic.prove"))]


def test_the_symbolic_route_has_no_numbers() -> None:
    """The prover reaches no module of checks or numeric."""
    assert not [m for m in closure("symbolic.prove") if m.startswith(("checks.", "numeric."))]


# -- broken derivations ------------------------------------------------------------------------------------------------
class InProcess:
    """The prover without a worker, so that a broken derivation reaches it."""

    def call(self, job: str, argument: Any, **_: Any) -> Reply:
        module, _, name = JOBS[job].partition(":")
        value = getattr(importlib.import_module(module), name)(argument)
        return Reply(status="ok", value=value, cost=Cost(wall=0.0, cpu=0.0))


def read(text: str, claim: str) -> Claim:
    links, _ = links_of(read_problem(Source("routes.toml", f"{text}\n[[claim]]\nplain = '{claim}'\n")))
    found = links[-1].claim
    assert found is not None
    return found


def verdict(claim: Claim) -> Verdict:
    worker: Any = InProcess()
    return Planner(worker=worker, budget=Budget(samples=20_000), seed=5).judge(claim)


def proved(claim: Claim) -> bool:
    return any(isinstance(piece, Proof) for piece in verdict(claim).evidence)


MAP = '[laws]\nZ = "N(0, I_2)"\n[maps]\nY = { of = "Z", matrix = [["3/5", "2/5"], ["1/5", "4/5"]] }'
FLOW = '[laws]\nZ = "N(0, I_2)"\n[flows]\nz = { start = "Z", field = ["tanh(z1)", "z1*z2"], times = [0, 0.5] }'
ENERGY = (
    '[energies]\np = { variables = ["x"], parameters = { b = "positive" }, energy = "x^4 + b*x^2", at = { b = 1 } }'
)


def transposed(original: Callable[..., Any]) -> Callable[..., Any]:
    """A^T S A for A S A^T."""
    return lambda matrix, *rest: original(matrix.T, *rest)


def shorter(original: Callable[..., Any]) -> Callable[..., Any]:
    """A divergence and a Jacobian without the derivative of the last component."""

    def broken(formal: Any, op: str, body: Any, names: tuple[Any, ...]) -> Any:
        if op in ("divergence", "jacobian"):
            body = sympy.ImmutableMatrix([*list(body)[:-1], sympy.Integer(0)])
        return original(formal, op, body, names)

    return broken


def backwards(original: Callable[..., Any]) -> Callable[..., Any]:
    """dp/dt = + div(p f)."""

    def broken(formal: Any, expression: Any, flow: Any) -> Any:
        rate = sympy.Derivative
        turned = expression.replace(lambda e: isinstance(e, rate), lambda e: -e)
        return original(formal, turned, flow)

    return broken


def upside_down(original: Callable[..., Any]) -> Callable[..., Any]:
    """Z = int exp(+E)."""
    return lambda energy, names: original(-energy, names)


def unnormalised(original: Callable[..., Any]) -> Callable[..., Any]:
    """E_p[g] with the weight exp(-2 E)."""
    return lambda body, energy, names: original(body, 2 * energy, names)


@dataclass(frozen=True)
class Swap:
    """A derivation, its wrong version, a true claim that needs it, and a false one that the wrong version proves."""

    module: Any
    name: str
    wrong: Callable[[Callable[..., Any]], Callable[..., Any]]
    text: str
    true: str
    false: str


SWAPS = {
    "covariance": Swap(
        formal_laws,
        "gaussian_pushforward",
        transposed,
        MAP,
        "Cov(Y) = [[13/25, 11/25], [11/25, 17/25]]",
        "Cov(Y) = [[2/5, 2/5], [2/5, 4/5]]",
    ),
    "distribution": Swap(
        formal_laws,
        "gaussian_pushforward",
        transposed,
        MAP,
        "Y ~ N(0, 1/25*[[13, 11], [11, 17]])",
        "Y ~ N(0, [[2/5, 2/5], [2/5, 4/5]])",
    ),
    "density": Swap(
        formal_laws,
        "gaussian_pushforward",
        transposed,
        MAP,
        "p_Y(y1, y2) = 5/(4*pi)*exp(-1/8*(17*y1^2 - 22*y1*y2 + 13*y2^2))",
        "p_Y(y1, y2) = 5/(4*pi)*exp(-1/2*(5*y1^2 - 5*y1*y2 + 5/2*y2^2))",
    ),
    "trace": Swap(formal_calculus, "nabla", shorter, FLOW, "div(f, z) = sech(z1)^2 + z1", "div(f, z) = sech(z1)^2"),
    "log_density_ode": Swap(
        formal_calculus,
        "continuity",
        backwards,
        FLOW,
        "∂/∂t log(p(z, t)) = -div(f, z) - dot(f(z), grad(log(p(z, t)), z))",
        "∂/∂t log(p(z, t)) = div(f, z) + dot(f(z), grad(log(p(z, t)), z))",
    ),
    "partition": Swap(
        moments,
        "partition",
        upside_down,
        ENERGY,
        "Z = integral(exp(-x^4 - b*x^2), x)",
        "Z = integral(exp(x^4 + b*x^2), x)",
    ),
    "expectation": Swap(
        moments,
        "expectation",
        unnormalised,
        ENERGY,
        "E_p[x^2] = integral(x^2*exp(-x^4 - b*x^2), x)/integral(exp(-x^4 - b*x^2), x)",
        "E_p[x^2] = integral(x^2*exp(-2*x^4 - 2*b*x^2), x)/integral(exp(-2*x^4 - 2*b*x^2), x)",
    ),
}
each_swap = pytest.mark.parametrize("kind", SWAPS)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[Swap], None]:
    def install(swap: Swap) -> None:
        monkeypatch.setattr(swap.module, swap.name, swap.wrong(getattr(swap.module, swap.name)))

    return install


@each_swap
def test_sound_derivations(kind: str) -> None:
    """With the derivations as they are, the true claim is proved and the false one is refuted."""
    swap = SWAPS[kind]
    assert verdict(read(swap.text, swap.true)).outcome is Outcome.PROVED
    assert verdict(read(swap.text, swap.false)).outcome is Outcome.REFUTED


@each_swap
def test_a_broken_derivation_proves_nothing_true(kind: str, broken: Callable[[Swap], None]) -> None:
    """With the wrong derivation the true claim has no proof: the proof came from the derivation."""
    swap = SWAPS[kind]
    broken(swap)
    assert not proved(read(swap.text, swap.true))


@each_swap
def test_a_broken_derivation_passes_nothing_false(kind: str, broken: Callable[[Swap], None]) -> None:
    """What the wrong derivation proves is refuted by balls, without asking the prover."""
    swap = SWAPS[kind]
    broken(swap)
    claim = read(swap.text, swap.false)
    part = claim.parts[-1]
    from twofold.symbolic.prove import prove as prove_trees

    assert prove_trees(part.lhs, part.rhs, part.context)["status"] == "proved"
    found = verdict(claim)
    assert found.outcome is Outcome.REFUTED
    assert not any(isinstance(piece, Proof) for piece in found.evidence)


@each_swap
def test_the_witnesses_object_on_their_own(
    kind: str, broken: Callable[[Swap], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the balls silenced as well, a wrong proof alone does not pass; where a witness rejects it is a fault."""
    swap = SWAPS[kind]
    broken(swap)
    monkeypatch.setattr(equality_module, "equality_evidence", lambda *_: [])
    claim = read(swap.text, swap.false)
    found = verdict(claim)
    assert any(isinstance(piece, Proof) for piece in found.evidence)
    assert not found.outcome.passes
    if any(piece.bearing is Bearing.AGAINST for piece in found.evidence):
        assert found.outcome is Outcome.FAULT
    if kind in ("covariance", "distribution", "density"):
        assert KINDS[claim.kind]
        assert found.outcome is Outcome.FAULT
