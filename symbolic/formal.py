r"""The symbolic route: a tree -> SymPy, with every derived head replaced by what our derivations give.

    Cov(Y), p_Y(y), ...      the law's derivation (`derive_gaussian`, `derive_change_of_variables`)
    div f, df/dz, grad g     differentiation by SymPy
    d/dt g(z(t), t)          chain rule along the path; the density obeys the continuity equation dp/dt = -div(p f)
    Z, E_p[g]                integrals against exp(-E), brought to a normal form by `moments`

Only whitelisted constructors are called, with SymPy objects; no text of a document reaches SymPy but names, which
become symbols. Everything here runs in the worker.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from . import moments
from .context import AffineLaw, Context, EnergyLaw, FlowLaw, FreeLaw, GaussianLaw, Law, MappedLaw
from .domains import DEFAULT_REAL, Domain
from .tree import DIFFERENTIAL, Apply, Array, Bind, Call, Name, Node, Number, substitute
from .unfold import one_argument, unfold

MAX_POWER_BITS = 20_000


class NotFormal(ValueError):  # noqa: N818 - an answer, not a failure
    """The symbolic route has no rule for this node, or its cost is beyond the limit."""


def assumptions(domain: Domain) -> dict[str, bool]:
    """SymPy assumptions that follow from a domain; never more than it says."""
    if domain.field == "complex":
        return {"complex": True}
    found: dict[str, bool] = {"integer": True} if domain.field == "integer" else {"real": True}
    if domain.positive:
        found["positive"] = True
    elif domain.nonnegative:
        found["nonnegative"] = True
    if domain.negative:
        found["negative"] = True
    if domain.nonzero:
        found["nonzero"] = True
    return found


_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "inf": sympy.oo, "euler_gamma": sympy.EulerGamma, "imaginary": sympy.I}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "sec": sympy.sec,
    "csc": sympy.csc,
    "cot": sympy.cot,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "sech": sympy.sech,
    "csch": sympy.csch,
    "coth": sympy.coth,
    "asinh": sympy.asinh,
    "acosh": sympy.acosh,
    "atanh": sympy.atanh,
    "abs": sympy.Abs,
    "sign": sympy.sign,
    "erf": sympy.erf,
    "erfc": sympy.erfc,
    "gamma": sympy.gamma,
    "loggamma": sympy.loggamma,
    "digamma": sympy.digamma,
    "factorial": sympy.factorial,
    "binomial": sympy.binomial,
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "min": sympy.Min,
    "max": sympy.Max,
    "re": sympy.re,
    "im": sympy.im,
    "conj": sympy.conjugate,
    "besseli": sympy.besseli,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
}


class Formal:
    """Converts trees of one context to SymPy.  `conditions` collects what the conversion rested on, in order."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.symbols: dict[str, Any] = {}
        self.functions: dict[str, Any] = {}
        self.conditions: dict[str, None] = {}
        self.rules: dict[str, None] = {}
        self.laws: dict[str, Any] = {}
        self.fixed_times: dict[str, Any] = {}
        self.maps: dict[str, Any] = {}
        # Functions of which a claim shows the inverse alone: no rule joins the two.
        self.bare_inverses: frozenset[str] = frozenset()

    # -- names -----------------------------------------------------------------------------------------------------
    def symbol(self, name: str) -> Any:
        """The symbol of a name with the assumptions of its domain."""
        if name not in self.symbols:
            entry = self.context.get(name)
            domain = entry.domain if entry is not None else DEFAULT_REAL
            self.symbols[name] = sympy.Symbol(name, **assumptions(domain))
        return self.symbols[name]

    def function(self, name: str) -> Any:
        if name not in self.functions:
            entry = self.context.get(name)
            positive = entry is not None and entry.domain.positive_values
            density = entry is not None and entry.kind == "density"
            self.functions[name] = sympy.Function(
                name, real=True, **({"positive": True} if positive or density else {})
            )
        return self.functions[name]

    # -- the walk --------------------------------------------------------------------------------------------------
    def convert(self, node: Node) -> Any:
        """The SymPy object of a tree.  Raises NotFormal."""
        if isinstance(node, Number):
            return rational(node.value)
        if isinstance(node, Name):
            return self.name(node)
        if isinstance(node, Array):
            rows = [[self.scalar(e) for e in row] for row in node.rows]
            return _scalar(sympy.ImmutableMatrix(rows))
        if isinstance(node, Call):
            return self.call(node)
        if isinstance(node, Bind):
            return self.bind(node)
        return self.apply(node)

    def scalar(self, node: Node) -> Any:
        found = _scalar(self.convert(node))
        if isinstance(found, sympy.MatrixBase):
            raise NotFormal("expected a scalar; got a matrix")
        return found

    def name(self, node: Name) -> Any:
        if node.name in _CONSTANTS:
            return _CONSTANTS[node.name]
        entry = self.context.get(node.name)
        if entry is not None and entry.kind == "partition":
            law = self.context.law_of(node.name)
            assert isinstance(law, EnergyLaw)
            return moments.partition(self.scalar(law.energy), self.names(law.variables))
        if entry is not None and entry.value is not None and not entry.arguments:
            return self.convert(entry.value)
        if entry is not None and entry.kind == "vector":
            size = entry.domain.shape[0]
            if isinstance(size, int):
                return sympy.ImmutableMatrix([self.symbol(f"{node.name}_{i}") for i in range(1, size + 1)])
            raise NotFormal(f"the size of {node.name} is not a number")
        if entry is not None and entry.kind == "matrix":
            return self.matrix(node.name, entry.domain)
        if entry is not None and entry.kind in ("law", "density", "energy", "field", "function"):
            raise NotFormal(f"{node.name} stands without arguments")
        return self.symbol(node.name)

    def matrix(self, name: str, domain: Domain) -> Any:
        """A matrix of symbols; a symmetric one has equal symbols across the diagonal."""
        rows, columns = domain.shape
        if not isinstance(rows, int) or not isinstance(columns, int):
            raise NotFormal(f"the size of {name} is not a number")
        symmetric = "symmetric" in domain.traits or "positive definite" in domain.traits

        def entry(i: int, j: int) -> Any:
            if symmetric and i > j:
                i, j = j, i
            if "diagonal" in domain.traits and i != j:
                return sympy.Integer(0)
            return self.symbol(f"{name}_{i + 1}_{j + 1}")

        return sympy.ImmutableMatrix(rows, columns, entry)

    def names(self, names: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(self.symbol(name) for name in names)

    def vector_moment(self, node: Apply) -> Any:
        """A moment of random vectors, spelled out in matrix algebra."""
        from .vector_heads import head_parts
        from .vector_moments import spelled_moment

        self.rules["linear image of independent Gaussian vectors: E u = sum A m + a, Cov(u, v) = sum A S B^T"] = None
        if head_parts(node).value is not None:
            self.rules["conditional of a Gaussian: mean + gain (y - mean), Schur complement of the covariance"] = None
            self.conditions["the covariance of what is given is invertible"] = None
        return self.convert(spelled_moment(node))

    # -- operations ------------------------------------------------------------------------------------------------
    def apply(self, node: Apply) -> Any:
        from .formal_matrices import MATRIX_RULES, grid_power

        if node.op in ("mean", "covariance", "variance", "entropy", "kl"):
            return self.derived(node)
        if node.op in ("chain_mean", "chain_covariance"):
            from .formal_chain import chain_moment

            return chain_moment(self, node)
        if node.op in ("vector_mean", "vector_covariance"):
            return self.vector_moment(node)
        if node.op == "piecewise":
            return self.piecewise(node)
        parts = [self.convert(part) for part in node.args]
        if node.op in MATRIX_RULES:
            return _scalar(MATRIX_RULES[node.op](parts))
        if node.op == "add":
            return sum_of(parts, node)
        if node.op == "mul":
            return product_of(parts)
        if node.op == "neg":
            return -parts[0]
        if node.op == "div":
            return parts[0] / _scalar(parts[1])
        if node.op == "pow":
            if isinstance(parts[0], sympy.MatrixBase):
                return grid_power(parts[0], parts[1])
            return power(parts[0], parts[1])
        if node.op == "root":
            return real_root(parts[0], parts[1])
        if node.op == "mod":
            return sympy.Mod(*parts)
        if node.op in _FUNCTIONS:
            return self.function_value(node.op, parts)
        raise NotFormal(f"no symbolic rule for {node.op}")

    def function_value(self, op: str, parts: list[Any]) -> Any:
        if any(isinstance(p, sympy.MatrixBase) for p in parts):
            raise NotFormal(f"expected a scalar for {op}; got a matrix")
        if op in ("factorial", "gamma", "binomial") and any(p.is_Integer and abs(p) > 1000 for p in parts):
            raise NotFormal(f"cost: {op} of a number above 1000")
        return _FUNCTIONS[op](*parts)

    def piecewise(self, node: Apply) -> Any:
        from .formal_cases import case_distinction

        return case_distinction(self, node)

    # -- laws ------------------------------------------------------------------------------------------------------
    def law(self, name: str) -> Any:
        """The derivation of a law: what `derive_gaussian` returns."""
        if name not in self.laws:
            from .formal_laws import derive_law

            self.laws[name] = derive_law(self, self.context.laws[name])
        return self.laws[name]

    def derived(self, node: Apply) -> Any:
        from .formal_laws import derived_quantity

        return derived_quantity(self, node)

    def call(self, node: Call) -> Any:
        entry = self.context.get(node.name)
        law = self.context.law_of(node.name)
        if entry is None and node.name.rstrip("'").endswith("^-1"):
            from .formal_inverses import inverse_value

            return inverse_value(self, node)
        if entry is None and node.name.endswith("'"):
            return self.primed(node)
        if entry is None:
            raise NotFormal(f"{node.name} is not declared")
        if entry.kind in ("path", "component") and isinstance(law, FlowLaw):
            return self.state(entry.position, node, law)
        if entry.kind == "density":
            return self.density(node, law)
        if entry.kind == "function":
            values = [self.convert(a) for a in node.args]
            # A vector argument stands for its components.
            scalars = [e for v in values for e in (v if isinstance(v, sympy.MatrixBase) else (v,))]
            from .formal_inverses import map_value

            size = entry.domain.shape[0] if len(entry.domain.shape) == 1 else 1
            if not isinstance(size, int):
                raise NotFormal(f"the dimension of {node.name} is not a number")
            return _scalar(sympy.ImmutableMatrix(map_value(self, node.name, scalars, size)))
        raise NotFormal(f"no symbolic rule for {node.name}(..)")

    def primed(self, node: Call) -> Any:
        """f'(u), f''(u): the derivative of a function of one argument, at u."""
        name, argument = node.name.rstrip("'"), self.scalar(node.args[0])
        inner = sympy.Dummy("u", real=True)
        defined = one_argument(self.context, name)
        if defined is None:
            body = self.function(name)(inner)
        else:
            fresh = f"{defined[0]}_at"  # of no domain but the real line: the argument may be any number
            body = self.scalar(substitute(unfold(defined[1], self.context), {defined[0]: Name(fresh)}))
            body = body.subs(self.symbol(fresh), inner)
        found = sympy.diff(body, inner, len(node.name) - len(name))
        return sympy.Subs(found, inner, argument).doit()

    def state(self, position: int, node: Call, law: FlowLaw) -> Any:
        """z_i(t) at the running time is the coordinate z_i of the state; z_i(s) at a number s has its own symbol."""
        if node.args != (Name(law.time),):
            from .formal_flow_map import fixed_state

            return fixed_state(self, node, law, position)
        if position:
            return self.symbol(law.variables[position - 1])
        return _scalar(sympy.ImmutableMatrix(list(self.names(law.variables))))

    def density(self, node: Call, law: Law | None) -> Any:
        arguments = [self.scalar(a) for a in node.args]
        if isinstance(law, FlowLaw):
            self.rules["the density of the flow obeys the continuity equation"] = None
            return self.function(f"{law.density_name}_{law.name}")(*arguments)
        if isinstance(law, GaussianLaw | AffineLaw | MappedLaw | FreeLaw):
            from .formal_laws import density_at

            return density_at(self, law, arguments)
        raise NotFormal(f"no density of {node.name}")

    # -- binders ---------------------------------------------------------------------------------------------------
    def bind(self, node: Bind) -> Any:
        from .formal_calculus import binder, differential

        return differential(self, node) if node.op in DIFFERENTIAL else binder(self, node)


def rational(value: Fraction) -> Any:
    return sympy.Rational(value.numerator, value.denominator)


def _scalar(value: Any) -> Any:
    """A 1 x 1 matrix is its entry."""
    if isinstance(value, sympy.MatrixBase) and value.shape == (1, 1):
        return value[0, 0]
    return value


def power(base: Any, exponent: Any) -> Any:
    """A real power with its cost predicted; an odd root of a negative number is the real one."""
    if base.is_Rational and exponent.is_Integer:
        bits = max(int(base.p).bit_length(), int(base.q).bit_length()) * abs(int(exponent))
        if bits > MAX_POWER_BITS:
            raise NotFormal(f"cost: a power of {bits} bits")
    if exponent.is_Integer and abs(int(exponent)) > 1000 and not base.is_Rational:
        raise NotFormal("cost: an exponent above 1000")
    if exponent.is_Rational and not exponent.is_Integer and exponent.q % 2 == 1 and not base.is_nonnegative:
        return real_root(base, sympy.Integer(exponent.q)) ** exponent.p
    return base**exponent


def real_root(base: Any, degree: Any) -> Any:
    """The real n-th root: sign(x) |x|^(1/n) for odd n."""
    if not degree.is_Integer or degree <= 0:
        return base ** (1 / degree)
    if degree % 2 == 0 or base.is_nonnegative:
        return base ** (sympy.Integer(1) / degree)
    return sympy.sign(base) * sympy.Abs(base) ** (sympy.Integer(1) / degree)


def sum_of(parts: list[Any], node: Apply) -> Any:
    matrices = [p for p in parts if isinstance(p, sympy.MatrixBase)]
    if not matrices:
        return sympy.Add(*parts)
    total = None
    for part, written in zip(parts, node.args, strict=True):
        if isinstance(written, Number) and written.value == 0:
            continue
        if not isinstance(part, sympy.MatrixBase) or part.shape != matrices[0].shape:
            raise NotFormal("expected matrices of one shape in a sum")
        total = part if total is None else total + part
    return total


def product_of(parts: list[Any]) -> Any:
    found = parts[0]
    for part in parts[1:]:
        both = isinstance(found, sympy.MatrixBase) and isinstance(part, sympy.MatrixBase)
        if both and found.shape[1] != part.shape[0]:
            raise NotFormal("expected inner sizes that agree")
        found = _scalar(found * part)
    return found
