"""A law declared anew with the mean or covariance that a document's equation gives it, right or wrong.

What was written for that law afterwards is judged against the law as its author had it.
"""

from __future__ import annotations

from dataclasses import replace

from ..symbolic.context import AffineLaw, Context, GaussianLaw
from ..symbolic.tree import Apply, Name, Node
from .claim import Part


def redeclared(equation: Part, context: Context) -> Context:
    """The law declared with the mean or covariance that the equation gives it, other law kinds left alone."""
    lhs = equation.lhs
    if not (isinstance(lhs, Apply) and lhs.op in ("mean", "covariance") and isinstance(lhs.args[0], Name)):
        return context
    law = context.law_of(lhs.args[0].name)
    if not isinstance(law, AffineLaw | GaussianLaw):
        return context
    name = Name(law.name)
    mean = law.mean if isinstance(law, GaussianLaw) else told(Apply("mean", (name,)), law, context)
    covariance = law.covariance if isinstance(law, GaussianLaw) else told(Apply("covariance", (name,)), law, context)
    mean, covariance = (equation.rhs, covariance) if lhs.op == "mean" else (mean, equation.rhs)
    written = GaussianLaw(name=law.name, dimension=law.dimension, mean=mean, covariance=covariance, span=law.span)
    return replace(context, laws={**context.laws, law.name: written})


def told(node: Apply, law: AffineLaw, context: Context) -> Node:
    """A mean or covariance of A X + b in terms of X."""
    base = context.laws.get(law.base)
    inner: Node = Apply(node.op, (Name(law.base),))
    if isinstance(base, GaussianLaw):
        inner = base.mean if node.op == "mean" else base.covariance
    elif isinstance(base, AffineLaw):
        inner = told(Apply(node.op, (Name(base.name),)), base, context)
    if node.op == "mean":
        return Apply("add", (Apply("mul", (law.matrix, inner)), law.offset))
    return Apply("mul", (law.matrix, inner, Apply("transpose", (law.matrix,))))
