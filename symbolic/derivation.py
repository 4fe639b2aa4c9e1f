r"""A derivation: ordered steps with the rule of each, printable as a textbook would, and checked before anyone prints
it.

A chain of equalities

.. math:: a = b_1 = b_2 = \dots = b_k

is kept as steps. The first names its left side; a step whose left side is ``None`` continues the chain, so it states
:math:`b_{i-1} = b_i`. `verify_steps` recomputes every such equality from the two sides alone: the operators that a step
leaves unevaluated (derivatives, determinants, matrix products) are carried out by SymPy, and the difference must have
the exact normal form 0 (`rational_form.is_zero`, then `zero.prove_zero` for what that leaves open). Nothing of the
code that built the step is used, so a slip in a derivation shows as an unequal or open step, not as a wrong verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sympy

from .rational_form import is_zero, product

Relation = Literal["=", "\\propto", "\\sim", "\\neq", ">", "\\Rightarrow"]
Status = Literal["discharged", "assumed"]
StepOutcome = Literal["equal", "open", "statement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a step rests on. ``discharged``: proved by the derivation; ``assumed``: the reader must grant it."""

    text: str
    tex: str
    status: Status

    def to_json(self) -> dict[str, str]:
        """Text, TeX and status as strings."""
        return {"text": self.text, "tex": self.tex, "status": self.status}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    r"""A side printed by its own TeX (``\operatorname{Cov}(Y)``), with the value it stands for when it has one."""

    tex: str
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivationStep:
    """One link ``lhs relation rhs`` and the rule that gives it; ``lhs=None`` continues from the side before."""

    rule: str
    lhs: Any = None
    relation: Relation = "="
    rhs: Any
    conditions: tuple[Condition, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Rule, TeX of both sides, relation and conditions."""
        return {
            "rule": self.rule,
            "lhs": None if self.lhs is None else side_tex(self.lhs),
            "relation": self.relation,
            "rhs": side_tex(self.rhs),
            "conditions": [condition.to_json() for condition in self.conditions],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCheck:
    """What re-computation found for one step: equal, open (not proved), or a statement with nothing to compare."""

    index: int
    outcome: StepOutcome
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """Steps that lead to ``result`` (name of the quantity -> SymPy object) under ``conditions``."""

    title: str
    steps: tuple[DerivationStep, ...]
    result: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()

    def all_conditions(self) -> tuple[Condition, ...]:
        """The conditions of the derivation and of its steps, each once, in order."""
        found = dict.fromkeys(self.conditions)
        for step in self.steps:
            found.update(dict.fromkeys(step.conditions))
        return tuple(found)

    def __str__(self) -> str:
        from .derivation_text import derivation_text

        return derivation_text(self)

    def _repr_latex_(self) -> str:
        from .derivation_text import derivation_latex

        return derivation_latex(self)

    def to_json(self) -> dict[str, Any]:
        """What a report prints: title, steps, results and conditions, all mathematics as TeX."""
        return {
            "title": self.title,
            "steps": [step.to_json() for step in self.steps],
            "result": {name: side_tex(value) for name, value in self.result.items()},
            "conditions": [condition.to_json() for condition in self.all_conditions()],
        }


def side_tex(side: Any) -> str:
    """TeX of a side: a label's own, otherwise SymPy's."""
    return side.tex if isinstance(side, Label) else str(sympy.latex(side))


def verify_steps(derivation: Derivation) -> tuple[StepCheck, ...]:
    """Recompute every equality of the derivation from its two sides alone; one `StepCheck` per step."""
    checks: list[StepCheck] = []
    previous: Any = None
    for index, step in enumerate(derivation.steps):
        left = _value(previous if step.lhs is None else step.lhs)
        right = _value(step.rhs)
        checks.append(_check_step(index, step, left, right))
        previous = step.rhs
    return tuple(checks)


def all_equal(derivation: Derivation) -> bool:
    """True when no equality of the derivation is left open."""
    return all(check.outcome != "open" for check in verify_steps(derivation))


def exactly_equal(left: Any, right: Any) -> bool:
    """True only when ``left - right`` is proved to be 0 (matrices: entry by entry); False means not proved."""
    left, right = evaluate(left), evaluate(right)
    if left == right:
        return True
    shapes = getattr(left, "shape", ()), getattr(right, "shape", ())
    if shapes[0] != shapes[1]:
        return False
    pairs: Iterable[tuple[Any, Any]] = zip(left, right, strict=True) if shapes[0] else [(left, right)]
    return all(_proved_zero(a - b) for a, b in pairs)


def evaluate(value: Any) -> Any:
    """Carry out the operators a step leaves unevaluated; integrals stay, their constant factors and sums taken out.

    Taking a sum out of an integral supposes that each part converges; a step with integrals says so in its conditions.
    """
    if isinstance(value, sympy.MatMul) and all(isinstance(f, sympy.MatrixBase) for f in value.as_coeff_matrices()[1]):
        coefficient, factors = value.as_coeff_matrices()
        value = product(*factors) * coefficient
    elif isinstance(value, sympy.MatrixExpr) and not isinstance(value, sympy.MatrixBase):
        value = value.as_explicit()
    if isinstance(value, sympy.MatrixBase):
        return sympy.ImmutableMatrix(value.applyfunc(evaluate))
    value = value.doit(integrals=False)
    if not value.has(sympy.Integral):
        return value
    return value.replace(lambda node: isinstance(node, sympy.Integral), _linear_integral)


def _linear_integral(integral: Any) -> Any:
    """The integral as a sum of integrals, constant factors in front."""
    bound = integral.bound_symbols
    parts = []
    for term in sympy.Add.make_args(sympy.expand_mul(integral.function)):
        constant, rest = term.as_independent(*bound, as_Add=False)
        parts.append(constant * sympy.Integral(rest, *integral.limits))
    return sympy.Add(*parts)


def _value(side: Any) -> Any:
    return side.value if isinstance(side, Label) else side


def _check_step(index: int, step: DerivationStep, left: Any, right: Any) -> StepCheck:
    if step.relation != "=" or left is None or right is None:
        return StepCheck(index=index, outcome="statement", method="nothing to compare")
    if exactly_equal(left, right):
        return StepCheck(
            index=index, outcome="equal", method="both sides evaluated; exact normal form of the difference is 0"
        )
    return StepCheck(index=index, outcome="open", method="difference did not reach the normal form 0")


def _proved_zero(expression: Any) -> bool:
    from .pythagoras import vanishes_by_squares, vanishes_multiplied_out

    # Before anything is brought over one denominator: there a sum of n functions of n arguments has 2^n terms.
    if vanishes_by_squares(expression) is not None or vanishes_multiplied_out(expression):
        return True
    if is_zero(expression):
        return True
    from .zero import prove_zero

    return prove_zero(expression) is not None
