r"""Rows about the likelihood of a flow: it is exact, it needs the inverse map, and it has one gradient.

exact        log p(x) by the derived equations and our DOP853 = by the written trees and SciPy's
inverse map  forward from z(t0), the backward image of x: the same number;  forward from x itself: another one
gradient     sensitivities = adjoint = complex step through the written trees, to 1e-9 of its size
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...numeric.flow_likelihood import FlowLikelihood
from ...numeric.ode import dop853, solve_ivp_witness
from ..evidence import Estimate
from .learning_model import LearningModel, weighted
from .record import Row

TIGHT = 1e-12
AGREE = 1e-9
"""Relative agreement asked of the gradients; integration at 1e-12 leaves some 1e-11."""


def exact_row(model: LearningModel, x: Any, theta: Any) -> Row:
    """The likelihood of a few data points on both routes."""
    tight = replace(model.likelihood, tolerance=TIGHT)
    ours = tight.log_density(x, theta)
    theirs = model.written_log_density(x, theta, partial(solve_ivp_witness, rtol=TIGHT, atol=TIGHT))
    loose = replace(model.likelihood, tolerance=1e-10).log_density(x, theta)
    error = 2 * float(np.abs(ours - loose).max()) + 1e-11 * (1 + float(np.abs(ours).max()))
    wrong = [weighted_value(tight, x, theta, weight) for weight in (0.0, -1.0)] + [ours + 1e-6]
    shown = [v for v in wrong if (np.abs(v - ours) > TIGHT).any()]
    gap = ours - theirs
    return Row(
        id="exact-likelihood",
        statement="The log-likelihood of data under the flow is computed exactly, by running the flow backward.",
        measured=f"At {len(x)} data points the derived equations and the written trees agree to "
        f"{np.abs(gap).max():.1g} nats; leaving the log-determinant out would change a log p by up to "
        f"{np.abs(wrong[0] - ours).max():.3g}.",
        conditions="Exact up to the integration; a point outside of the image of the flow has likelihood 0.",
        evidence=(
            Estimate(
                method="two routes to log p(x)",
                residual=float(gap[np.argmax(np.abs(gap))]),
                error_estimate=error,
                how=f"derived field and trace, DOP853 at {TIGHT:g}, against written trees and dual numbers, SciPy's "
                "DOP853; error from a run at 1e-10",
                caught=sum(bool((np.abs(v - theirs) > error).any()) for v in shown),
                tried=len(shown),
                detail="wrong variants: the log-determinant left out, its sign turned, a slip of 1e-6 nats",
            ),
        ),
    )


def weighted_value(likelihood: FlowLikelihood, x: Any, theta: Any, weight: float) -> Any:
    return replace(likelihood, weight=weight).log_density(x, theta)


# -- forward or backward -----------------------------------------------------------------------------------------------
def forward_values(likelihood: FlowLikelihood, start: Any, theta: Any) -> Any:
    """log p0(start) - int div along the path forward from the start, shape (n,); NaN where a path is lost."""
    d = likelihood.dimension

    def rate(t: float, state: Any) -> Any:
        f, divergence = likelihood.field(t, state[:, :d], theta)
        return np.concatenate([f, -divergence[:, None]], axis=1)

    begin = np.concatenate([start, np.zeros((len(start), 1))], axis=1)
    found = dop853(rate, begin, np.array(likelihood.span), rtol=TIGHT, atol=TIGHT, autonomous=likelihood.autonomous)
    return likelihood.log_base(start) + found.final[:, d]


def backward_images(likelihood: FlowLikelihood, x: Any, theta: Any) -> Any:
    """z(t0) of data x.  Raises ArithmeticError where a point is outside of the image."""

    def rate(t: float, z: Any) -> Any:
        return likelihood.field(t, z, theta)[0]

    times = np.array(likelihood.span[::-1])
    return dop853(rate, x, times, rtol=TIGHT, atol=TIGHT, autonomous=likelihood.autonomous).require_all()


def inverse_row(model: LearningModel, x: Any, theta: Any) -> Row:
    """Forward from the backward image against forward from the data themselves."""
    tight = replace(model.likelihood, tolerance=TIGHT)
    exact = tight.log_density(x, theta)
    from_image = forward_values(tight, backward_images(tight, x, theta), theta)
    from_data = forward_values(tight, x, theta)
    kept = np.isfinite(from_data)
    error = 1e-9 * (1 + float(np.abs(exact).max()))
    gap, wrong = from_image - exact, np.abs(from_data - exact)[kept]
    size = f"{np.median(wrong):.3g} nats in the median, up to {wrong.max():.3g}" if kept.any() else "no number at all"
    mean = f" Their mean would be {from_data[kept].mean():.4f} for {exact.mean():.4f}." if kept.all() else ""
    return Row(
        id="inverse-map",
        statement="The likelihood of given data needs the inverse map: running the flow forward gives it from the "
        "backward images of the data, not from the data.",
        measured=f"Forward from the backward image z(t0) of a point gives its log p to {np.abs(gap).max():.1g}; "
        f"forward with the {len(x)} data points as initial conditions is off by {size}.{mean} What runs "
        "forward from z(t0) is the log-density along that path: it is the likelihood of the point where the path ends.",
        conditions="Both agree where the flow keeps the start law, as a rotation of a standard normal law.",
        evidence=(
            Estimate(
                method="forward against backward",
                residual=float(gap[np.argmax(np.abs(gap))]),
                error_estimate=error,
                how=f"DOP853 at {TIGHT:g} in both directions, {len(x)} data points",
                caught=int(not kept.any() or bool(wrong.max() > 1e3 * error)),
                tried=1,
                detail="wrong variant: the data taken as the initial conditions",
            ),
        ),
    )


# -- gradient ----------------------------------------------------------------------------------------------------------
def gradient_row(model: LearningModel, x: Any, theta: Any) -> Row:
    """Three gradients of sum log p at one theta, away from the maximum."""
    tight = replace(model.likelihood, tolerance=TIGHT)
    forward = tight.score(x, theta)[1]
    adjoint = tight.adjoint_gradient(x, theta)
    complex_step = complex_gradient(model, x, theta)
    # Where theta hardly moves the likelihood the difference is measured in nats for theta moved by 1 + |theta|.
    size = np.maximum(np.abs(forward).max(axis=0), 1e-3 / (1 + np.abs(theta)))

    def apart(a: Any, b: Any) -> float:
        return float((np.abs(a - b) / size).max())

    gaps = {"adjoint": apart(forward, adjoint), "complex step": apart(forward, complex_step)}
    turned = replace(tight, weight=-1.0).adjoint_gradient(x, theta)
    dropped = replace(tight, weight=0.0).score(x, theta)[1]
    slipped = forward + 1e-6 * size
    wrong = [apart(v, complex_step) for v in (turned, dropped, slipped) if apart(v, forward) > AGREE]
    sums = ", ".join(f"{name} {g:.6g}" for name, g in zip(model.names, forward.sum(axis=0), strict=True))
    at = ", ".join(f"{name} = {t:g}" for name, t in zip(model.names, theta, strict=True))
    return Row(
        id="gradient",
        statement="Sensitivity equations, adjoint equations and a complex step give one gradient of the likelihood.",
        measured=f"At {at} and {len(x)} data points the sensitivities give {sums}; relative to the largest entry the "
        + ", ".join(f"{name} differs by {gap:.1g}" for name, gap in gaps.items())
        + ".",
        conditions="The field must be twice continuously differentiable in state and parameters.",
        evidence=(
            Estimate(
                method="three gradients",
                residual=max(gaps.values()),
                error_estimate=AGREE,
                how=f"derived equations lowered, DOP853 at {TIGHT:g}; complex step of size 1e-30 through the written "
                "trees; largest difference at a data point, relative to the largest entry of that parameter",
                caught=sum(value > AGREE for value in wrong),
                tried=len(wrong),
                detail="wrong variants: the adjoint with the sign of its log-density weight turned, the term of the "
                "log-determinant dropped, a slip of 1e-6",
            ),
        ),
    )


def complex_gradient(model: LearningModel, x: Any, theta: Any, step: float = 1e-30) -> Any:
    """d log p / d theta (n, k) by complex step on the written route."""
    run = partial(dop853, rtol=TIGHT, atol=TIGHT, autonomous=model.bench.numbers.autonomous)
    columns = []
    for j in range(len(theta)):
        moved = theta.astype(complex)
        moved[j] += 1j * step
        columns.append(model.written_log_density(x, moved, run).imag / step)
    return np.stack(columns, axis=1)


__all__ = ["exact_row", "gradient_row", "inverse_row", "weighted"]
