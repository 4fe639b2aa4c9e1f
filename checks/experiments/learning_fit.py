r"""Rows about the fit: does maximum likelihood find theta, do the data determine it, does the flow then describe them?

    recovery      2 (l(theta^) - l(theta*)) ~ chi2_k (Wilks) when theta* made the data
    identifiable  the information matrix is regular
    description   the data pulled back by the fitted flow follow the start law

The negative controls are fits of wrong likelihoods (log-determinant left out, sign turned) to the same data: their
maximiser must be far from the right one in units of its standard errors, or at the edge of the searched box.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...numeric.goodness_of_fit import dkw_test, normal_uniforms, radius_uniforms
from ...numeric.maximum_likelihood import (
    SINGULAR,
    Fit,
    Information,
    information_at,
    inside_region,
    maximise,
    score_size,
    wilks,
)
from ...numeric.power import distribution_detectable_effect, noncentrality_for
from ...numeric.statistics import chi_square_tail
from ..evidence import Estimate, Evidence, Obstacle, StatisticalTest
from .learning_model import LearningModel, weighted
from .learning_rows import backward_images
from .record import Row, Told, untold

FIRST, SECOND, POWER = 1e-4, 1e-5, 0.99
CONTROL_DATA, CONTROL_ITERATIONS = 150, 10
BOX = 3.0


@dataclass(frozen=True)
class Learned:
    """Data with the fit to them; `truth` is None for data from a file."""

    model: LearningModel
    data: Any
    start: Any
    fit: Fit
    information: Information
    truth: Any = None

    @property
    def estimate(self) -> str:
        errors = self.information.standard_errors
        parts = []
        for i, name in enumerate(self.model.names):
            spread = f" \u00b1 {errors[i]:.2g}" if errors is not None else ""
            parts.append(f"{name} = {self.fit.theta[i]:.4g}{spread}")
        return ", ".join(parts)


def learn(model: LearningModel, data: Any, start: Any, truth: Any, iterations: int, told: Told = untold) -> Learned:
    """Fit theta to the data.  Raises ArithmeticError when a path is lost at the maximum."""

    def heard(done: int, value: float) -> None:
        told(done, iterations, f"iterations, log-likelihood {value:.6g} nats a point")

    likelihood = model.likelihood
    scale = 1 / score_size(likelihood, data, start)
    fit = maximise(likelihood, data, start, model.bounds, iterations=iterations, scale=scale, heard=heard)
    return Learned(model, data, start, fit, information_at(likelihood, data, fit.theta), truth)


# -- recovery ----------------------------------------------------------------------------------------------------------
def recovery_row(learned: Learned, again: Any) -> Row:
    """theta* against its confidence region; `again` simulates and fits afresh for the second stage."""
    model, k = learned.model, len(learned.model.names)
    statistic, p = wilks(model.likelihood, learned.data, learned.fit, learned.truth)
    second: float | None = None
    if p <= FIRST:
        other = again()
        second = wilks(model.likelihood, other.data, other.fit, learned.truth)[1]
    caught, told = (0, "not tried") if learned.information.singular else controls(learned)
    truth = ", ".join(f"{name} = {t:g}" for name, t in zip(model.names, learned.truth, strict=True))
    inside = "inside" if inside_region(statistic, k) else "outside of"
    return Row(
        id="recovery",
        statement="Maximising the average log-likelihood recovers the parameters that made the data.",
        measured=f"From {len(learned.data)} data points of {truth}: {learned.estimate}, after "
        f"{learned.fit.evaluations} evaluations of likelihood and gradient. The truth is {inside} the 95 % region "
        f"(likelihood ratio {statistic:.3g}, p = {p:.2g}). Wrong likelihoods: {told}.",
        conditions="The parameters must be determined by the data, and the data be many: the region is asymptotic.",
        evidence=(
            StatisticalTest(
                method="likelihood ratio of the true parameters",
                statistic=statistic,
                p_value=p,
                alpha=FIRST,
                power=POWER,
                at_effect=effect(learned),
                n=len(learned.data),
                seed=0,
                null_law=f"chi-square with {k} degrees of freedom (Wilks, asymptotic)",
                p_second=second,
                alpha_second=None if second is None else SECOND,
                caught=caught,
                tried=2,
                detail="wrong variants: the log-determinant left out, its sign turned; they must end elsewhere",
            ),
        )
        if not learned.information.singular
        else (not_determined(learned),),
    )


def effect(learned: Learned) -> str:
    """The error of one parameter, the others right, that the test sees with its power."""
    errors = learned.information.standard_errors
    if errors is None:
        return "no error: the information is singular"
    distance = math.sqrt(noncentrality_for(len(errors), FIRST, POWER))
    return ", ".join(f"{name} off by {distance * e:.2g}" for name, e in zip(learned.model.names, errors, strict=True))


def controls(learned: Learned) -> tuple[int, str]:
    """How many of the two wrong likelihoods have their maximiser elsewhere, and a few words on each."""
    data = learned.data[:CONTROL_DATA]
    words, caught = [], 0
    for weight, name in ((0.0, "without the log-determinant"), (-1.0, "with its sign turned")):
        wrong = replace(weighted(learned.model, weight), tolerance=1e-5)
        fit = maximise(wrong, data, learned.start, box(learned), iterations=CONTROL_ITERATIONS)
        away, text = elsewhere(learned, fit, len(data))
        caught += away
        words.append(f"{name} {text}")
    return caught, "; ".join(words)


def box(learned: Learned) -> list[tuple[float | None, float | None]]:
    """The domain, cut to a generous box about the start: a likelihood without a maximum runs to its edge."""
    found: list[tuple[float | None, float | None]] = []
    for value, (low, high) in zip(learned.start, learned.model.bounds, strict=True):
        reach = BOX * (1 + abs(float(value)))
        found.append(
            (
                max(value - reach, -math.inf if low is None else low),
                min(value + reach, math.inf if high is None else high),
            )
        )
    return found


def elsewhere(learned: Learned, fit: Fit, n: int) -> tuple[bool, str]:
    """Whether a maximiser is far from the right one, by the information that n data points give."""
    words = ", ".join(f"{name} = {t:.3g}" for name, t in zip(learned.model.names, fit.theta, strict=True))
    gap = fit.theta - learned.fit.theta
    distance = float(gap @ learned.information.matrix @ gap) * n / len(learned.data)
    if any(fit.at_bound):
        return True, f"runs to the edge of the box ({words})"
    far = chi_square_tail(max(distance, 0.0), len(gap)) <= FIRST
    return far, f"ends at {words}{'' if far else ', not far from the right ones'}"


# -- the maximum, for data of unknown origin ---------------------------------------------------------------------------
def maximum_row(learned: Learned) -> Row:
    """The optimiser's end is a maximum: the gradient is 0 to within its own rounding, and controls end elsewhere."""
    caught, told = (0, "not tried") if learned.information.singular else controls(learned)
    fit = learned.fit
    # A quasi-Newton end: the mean gradient over what one data point contributes.
    size = float(np.sqrt(np.nanmean(learned.model.likelihood.score(learned.data, fit.theta)[1] ** 2)))
    return Row(
        id="maximum",
        statement="Maximising the average log-likelihood has a solution, and the optimiser finds it.",
        measured=f"From {len(learned.data)} data points: {learned.estimate}, log-likelihood {fit.value:.6g} nats a "
        f"point, after {fit.evaluations} evaluations. Wrong likelihoods: {told}.",
        conditions="A maximum at the edge of the domain, or none, would be said here.",
        evidence=(
            Estimate(
                method="gradient at the maximum",
                residual=fit.gradient,
                error_estimate=1e-4 * size + 1e-12,
                how="largest component of the mean gradient, against 1e-4 of what one data point contributes",
                caught=caught,
                tried=2,
                detail="wrong variants: the log-determinant left out, its sign turned; they must end elsewhere",
            ),
        )
        if not any(fit.at_bound)
        else (Obstacle(method="gradient at the maximum", reason="the maximum stands at the edge of the domain"),),
    )


# -- identifiability ---------------------------------------------------------------------------------------------------
def identifiable_row(learned: Learned) -> Row:
    """The smallest scaled eigenvalue of the information matrix, and a control that must be singular."""
    found = learned.information
    values = ", ".join(f"{v:.3g}" for v in found.eigenvalues)
    evidence: Evidence
    if found.singular:
        evidence = not_determined(learned)
        text = f"The information matrix is singular (scaled eigenvalues {values}): {direction(learned)}"
    else:
        evidence = Estimate(
            method="information matrix",
            residual=0.0,
            error_estimate=SINGULAR,
            how=f"smallest scaled eigenvalue {found.eigenvalues[0]:.3g} of the observed information, by complex step "
            f"through the sensitivities; below {SINGULAR:g} it would count as zero",
            caught=int(doubled(learned).singular),
            tried=1,
            detail="wrong variant: a parameter entered twice, whose matrix must be singular",
        )
        text = f"Standard errors from the information matrix (scaled eigenvalues {values}): {learned.estimate}."
    return Row(
        id="identifiable",
        statement="The data determine the parameters.",
        measured=text,
        conditions="Parameters that move the density in the same way, or not at all, are not determined.",
        evidence=(evidence,),
    )


def not_determined(learned: Learned) -> Obstacle:
    return Obstacle(method="information matrix", reason=f"the information is singular: {direction(learned)}")


def direction(learned: Learned) -> str:
    parts = [
        f"{v:+.2g} {name}"
        for v, name in zip(learned.information.direction, learned.model.names, strict=True)
        if abs(v) > 1e-6
    ]
    return f"the data do not determine theta along {' '.join(parts)}; there are no standard errors."


def doubled(learned: Learned) -> Information:
    """The information when the first parameter stood twice in the model."""
    from ...numeric.maximum_likelihood import information_from

    m = learned.information.matrix
    wide = np.block([[m, m[:, :1]], [m[:1, :], m[:1, :1]]])
    return information_from(wide, np.sqrt(np.diag(wide)))


# -- description -------------------------------------------------------------------------------------------------------
def description_row(learned: Learned) -> Row:
    """The data pulled back by the fitted flow, held against the start law: every second point, then the others."""
    d = learned.model.bench.dimension
    first, second = learned.data[::2], learned.data[1::2]
    p, statistic = pulled_back_test(learned, learned.fit.theta, first)
    again = pulled_back_test(learned, learned.fit.theta, second)[0] if p <= FIRST else None
    uncarried = pulled_back_test(learned, None, first)[0]
    gap = distribution_detectable_effect(n=len(first), alpha=FIRST / (d + 1), power=POWER).at_effect
    test = StatisticalTest(
        method="data pulled back by the fitted flow",
        statistic=statistic,
        p_value=p,
        alpha=FIRST,
        power=POWER,
        at_effect=f"a gap of {gap:.2g} between distribution functions",
        n=len(first),
        seed=0,
        null_law="bounded by Dvoretzky-Kiefer-Wolfowitz-Massart over coordinates and radius",
        p_second=again,
        alpha_second=None if again is None else SECOND,
        caught=int(uncarried <= FIRST),
        tried=1,
        detail=f"every second data point, the others for the second stage; wrong variant: no flow at all; parameters "
        f"{', '.join(learned.model.names)} fitted to all",
    )
    few = Obstacle(method=test.method, reason=f"{len(first)} data points show no gap between distribution functions")
    return Row(
        id="description",
        statement="At the maximum the flow describes the data.",
        measured=f"Half of the data, carried back by the fitted flow, against the start law: p = {p:.2g} (largest gap "
        f"of {d + 1} distribution functions {statistic:.3g}). Not carried back at all: p = {uncarried:.1g}.",
        conditions="The parameters were fitted to the same data, which makes the test a little too kind.",
        evidence=(test if gap < 1 else few,),
    )


def pulled_back_test(learned: Learned, theta: Any, data: Any) -> tuple[float, float]:
    """p-value and statistic of data carried back by the flow at theta (None: not carried), as standard normal rows."""
    likelihood = learned.model.likelihood
    z = data if theta is None else backward_images(likelihood, data, theta)
    w = learned.model.bench.start.pull(z)
    found = dkw_test(np.concatenate([normal_uniforms(w), radius_uniforms(w)[:, None]], axis=1))
    return found.p_value, found.statistic
