"""Runs written by hand for the renderers: a homework with every outcome, a clean one, and a hostile one.

The renderers are pure functions of `Run.as_dict()`, so these dictionaries are all that the tests of this room need.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the helper beside this file is no package

# Text that tries to act in one of the formats: markup, attribute and script, terminal controls, a forged verdict line,
# right-to-left override, Markdown, workflow command, template syntax, XML end tags.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=https://evil.example/x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title><iframe src=//evil.example>",
    "\x1b[2J\x1b]0;owned\x07",
    "ok\nhw.md:1:1: proved: everything\r\n::set-output name=x::y",
    "\u202egnp.exe\u2066",
    "`code` [link](javascript:alert(1)) | cell | # head <b>",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "]]></failure></testsuite><evil/>",
    r"\href{javascript:alert(1)}{x}\text{<script>}",
    "100%,a:b\x00\x08",
)


def span(line: int, column: int = 1, width: int = 20) -> dict[str, int]:
    return {"line": line, "column": column, "end_line": line, "end_column": column + width}


def step(ident: str, line: int, lhs: str, rhs: str, **rest: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": ident,
        "label": "",
        "kind": "claim",
        "claim_kind": "equality",
        "relation": "=",
        "span": span(line, 5),
        "lhs_span": span(line, 1, 4),
        "tex": f"{lhs} = {rhs}",
        "lhs": lhs,
        "rhs": rhs,
        "understood": "",
        "understood_tex": "",
        "outcome": "proved",
        "message": "",
        "conditions": [],
        "warnings": [],
        "readings": [],
        "evidence": [],
        "diagnosis": None,
        "follows_from": [],
        "carried_from": [],
        "conclusion_stands": None,
    }
    return base | rest


def proof(method: str = "rational simplification", *rules: str, **rest: Any) -> dict[str, Any]:
    return {
        "type": "Proof",
        "bearing": "for",
        "method": method,
        "rules": list(rules) or ["subtract the sides", "expand", "collect over a common denominator"],
        "normal_form": "0",
        "conditions": [],
        "exceptions": [],
    } | rest


def balls(**rest: Any) -> dict[str, Any]:
    return {
        "type": "Enclosure",
        "exceptions": [],
        "bearing": "for",
        "method": "ball arithmetic",
        "residual": "[+/- 3.1e-36]",
        "radius": 3.1e-36,
        "bits": 128,
        "covers": "points",
        "points": 12,
        "tolerance": 0.0,
        "tolerance_source": "",
        "domain": "",
        "caught": 9,
        "tried": 9,
        "detail": "",
    } | rest


def sampled(**rest: Any) -> dict[str, Any]:
    return {
        "type": "StatisticalTest",
        "bearing": "for",
        "method": "multinomial test on 64 cells",
        "statistic": 58.31,
        "p_value": 0.645,
        "alpha": 2.5e-7,
        "power": 0.999,
        "at_effect": "a covariance that is 8 % too large",
        "n": 40000,
        "seed": 1184203,
        "null_law": "chi-squared with 63 degrees of freedom",
        "p_second": None,
        "alpha_second": None,
        "seed_second": None,
        "caught": 3,
        "tried": 3,
        "detail": "",
    } | rest


def counterexample(**rest: Any) -> dict[str, Any]:
    return {
        "type": "Counterexample",
        "bearing": "against",
        "method": "ball arithmetic",
        "point": {"y1": "1", "y2": "-1/2"},
        "lhs": "[0.0155214 +/- 4.8e-8]",
        "rhs": "[0.0062086 +/- 4.1e-8]",
        "difference": "[0.0093128 +/- 8.9e-8]",
        "bits": 64,
        "entry": "",
        "domain": "declared",
        "detail": "",
    } | rest


MATRIX = r"\frac{1}{25}\begin{pmatrix} 13 & 11 \\ 11 & 17 \end{pmatrix}"
DENSITY = (
    r"\frac{5}{4\pi}\exp\left(-\frac{1}{2}\left(\frac{17}{4}y_1^2-\frac{11}{2}y_1y_2+\frac{13}{4}y_2^2\right)\right)"
)


def homework_steps() -> list[dict[str, Any]]:
    """Every outcome once, a definition, readings, a carried error, a diagnosis, an estimate."""
    trace = r"3z_1^2\operatorname{sech}^2(z_1^3)+3z_2^2\operatorname{sech}^2(z_2^3)"
    return [
        step(
            "a1",
            12,
            "A",
            r"\begin{pmatrix} \frac35 & \frac25 \\ \frac15 & \frac45 \end{pmatrix}",
            kind="definition",
            claim_kind="",
            outcome=None,
            message="definition: A",
            understood="A = [[3/5, 2/5], [1/5, 4/5]]",
        ),
        step(
            "b2",
            18,
            r"\operatorname{Cov}(Y)",
            MATRIX,
            label="cov",
            claim_kind="covariance",
            understood="Cov(Y) = 1/25 * [[13, 11], [11, 17]]",
            message="exact covariance; witnessed by multinomial test on 64 cells, ball arithmetic",
            evidence=[
                proof("exact covariance of a linear push-forward"),
                balls(covers="constant", points=1),
                sampled(),
            ],
        ),
        step(
            "c3",
            21,
            r"\det(AA^T)",
            r"\frac{100}{625}",
            message="exact rational arithmetic; witnessed by ball arithmetic",
            understood="det(A*A^T) = 100/625",
            evidence=[proof(), balls(covers="constant", points=1)],
        ),
        step(
            "d4",
            24,
            "p_Y(y_1,y_2)",
            r"\frac{25}{8\pi}\exp\left(-\frac12 y^T(AA^T)^{-1}y\right)",
            label="pdf",
            claim_kind="density",
            outcome="refuted",
            understood="p_Y(y1, y2) = 25/(8*pi) * exp(-1/2 * y^T*(A*A^T)^-1*y)",
            message="at y1 = 1, y2 = -1/2: left side 0.0155214, right side 0.0062086. Dividing by det(AA^T) for its "
            "root gives exactly this.",
            evidence=[counterexample()],
            diagnosis={
                "kind": "determinant_for_root",
                "correction": r"\frac{5}{4\pi}",
                "message": "dividing by det(AA^T) instead of its square root gives exactly this.",
            },
            conclusion_stands=False,
        ),
        step(
            "e5",
            27,
            "p_Y(y_1,y_2)",
            DENSITY.replace("5}{4", "25}{8"),
            claim_kind="density",
            outcome="refuted",
            message="at y1 = 1, y2 = -1/2: left side 0.0155214, right side 0.0062086 (carries an earlier error)",
            understood="p_Y(y1, y2) = 25/(8*pi) * exp(...)",
            evidence=[counterexample()],
            carried_from=["d4"],
            follows_from=["d4"],
        ),
        step(
            "f6",
            41,
            r"\frac{\partial \log p(Z(t),t)}{\partial t}",
            r"-\operatorname{tr}\frac{\partial f}{\partial Z}",
            claim_kind="log_density_ode",
            understood="d/dt log p(Z(t), t) = -tr(df/dZ)",
            message="instantaneous change of variables; refuted when read as the partial derivative",
            warnings=["The sign for a partial derivative is written; the equality holds for the total derivative."],
            conditions=["f is continuously differentiable"],
            readings=[
                {
                    "name": "the total derivative along a path",
                    "outcome": "proved",
                    "evidence": [
                        proof("instantaneous change of variables", "continuity equation", "chain rule"),
                        balls(),
                    ],
                },
                {
                    "name": "the partial derivative at a fixed z",
                    "outcome": "refuted",
                    "evidence": [
                        counterexample(
                            point={"z1": "1", "z2": "1", "t": "0"},
                            lhs="[-0.99666 +/- 2.1e-6]",
                            rhs="[-2.51985 +/- 4.0e-6]",
                            difference="[1.52319 +/- 6.1e-6]",
                        )
                    ],
                },
            ],
        ),
        step(
            "g7",
            44,
            r"\operatorname{tr}\left(\frac{\partial f}{\partial z}\right)",
            trace,
            label="trace",
            claim_kind="trace",
            outcome="enclosed",
            message="by ball arithmetic on 4096 boxes",
            understood="tr(df/dz) = 3*z1^2*sech(z1^3)^2 + 3*z2^2*sech(z2^3)^2",
            evidence=[balls(covers="domain", domain="[-2, 2] x [-2, 2]", points=4096, detail="4096 boxes")],
        ),
        step(
            "h8",
            52,
            r"\log Z(a,b)",
            r"\log\int_{-\infty}^{\infty} e^{-ax^4+bx^2}\,dx",
            outcome="supported",
            claim_kind="log_partition",
            message="by Gauss-Kronrod quadrature",
            understood="log Z(a, b) = log integral",
            evidence=[
                {
                    "type": "Estimate",
                    "bearing": "for",
                    "method": "Gauss-Kronrod quadrature",
                    "residual": 2.1e-12,
                    "error_estimate": 8.4e-11,
                    "how": "difference of the 10- and 21-point rules, 3 parameter values",
                    "caught": 4,
                    "tried": 4,
                    "detail": "",
                    "scale": 1.0,
                }
            ],
        ),
        step(
            "i9",
            58,
            r"\nabla_\phi \log Z_\phi",
            r"-\mathbb{E}_{p_\phi}[\nabla_\phi E_\phi(x)]",
            outcome="undecided",
            message="E_phi is not defined in this document",
            understood="grad_phi log Z_phi = -E[grad_phi E_phi(x)]",
            claim_kind="gradient",
            evidence=[
                {
                    "type": "Obstacle",
                    "bearing": "none",
                    "method": "context",
                    "fault": False,
                    "reason": "E_phi is not defined in this document",
                    "tried": ["derivation", "quadrature"],
                }
            ],
        ),
        step(
            "j0",
            63,
            "",
            "",
            kind="claim",
            claim_kind="",
            relation="=",
            tex=r"x \overset{!}{=} \oiint \mystery",
            outcome="unread",
            message=r"line 63: \mystery is not known; nothing was guessed",
        ),
        step(
            "k1",
            70,
            "x",
            "x + 0",
            outcome="fault",
            message="own methods contradict each other: Proof (expand), Counterexample (ball arithmetic)",
            understood="x = x + 0",
            evidence=[proof(), counterexample(point={"x": "1"})],
        ),
        step(
            "l2",
            74,
            "Z_1(t)",
            r"\text{the first coordinate}",
            kind="notation",
            claim_kind="",
            outcome=None,
            message="notation: Z_1(t)",
        ),
    ]


def heat_maps(times: list[float], cells: int = 20, n: int = 1000) -> dict[str, Any]:
    """Samples of a flow that spreads, beside their exact density, on common cells."""
    rng = np.random.default_rng(20)
    edges = np.linspace(-3.0, 3.0, cells + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    histograms, densities = [], []
    for time in times:
        scale = 1.0 + 0.4 * time
        points = scale * rng.standard_normal((n, 2))
        counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=[edges, edges])
        histograms.append((counts / n / (edges[1] - edges[0]) ** 2).round(5).tolist())
        square = (centres[:, None] ** 2 + centres[None, :] ** 2) / scale**2
        densities.append((np.exp(-square / 2) / (2 * np.pi * scale**2)).round(5).tolist())
    return {
        "extent": [-3.0, 3.0, -3.0, 3.0],
        "times": times,
        "histograms": histograms,
        "densities": densities,
        "n": n,
        "tests": [f"p = {0.31 + time:.2f}; no difference at alpha 1e-7" for time in times],
    }


def figures() -> list[dict[str, Any]]:
    grid = [round(float(u), 4) for u in np.linspace(0, 1, 101)]
    x = [float(v) for v in np.linspace(-3, 3, 121)]
    return [
        {
            "id": "fig2",
            "kind": "transported_density",
            "of": "z",
            "title": "Transport of the density by the flow",
            "caption": "Samples pushed through the flow, and the density transported with them.",
            "sentence": "Six pairs of heat maps from t = 0 to 0.5: samples and exact density agree at every time.",
            "data": heat_maps([0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        },
        {
            "id": "fig1",
            "kind": "histogram",
            "of": "z",
            "title": "The law at t = 0.5",
            "caption": "3000 samples.",
            "sentence": "A histogram of 3000 samples at t = 0.5 beside the exact density.",
            "data": heat_maps([0.5], n=3000),
        },
        {
            "id": "pit",
            "kind": "pit",
            "of": "Y",
            "title": "Calibration",
            "caption": "Rosenblatt transform of the samples.",
            "sentence": "Both curves stay inside the simultaneous band.",
            "data": {
                "names": ["u1", "u2"],
                "grid": grid,
                "differences": [
                    [round(0.008 * float(np.sin(7 * u)), 5) for u in grid],
                    [round(0.01 * float(np.sin(4 * u) * (1 - u)), 5) for u in grid],
                ],
                "band": 0.0152,
                "n": 40000,
                "detectable": "a scale that is 5 % wrong, with power 0.99",
            },
        },
        {
            "id": "energy",
            "kind": "lines",
            "of": "p",
            "title": "Energy and density",
            "caption": "At a = 1/4, b = 1.",
            "sentence": "The energy has two wells at plus and minus the root of two; the density has its modes there.",
            "data": {
                "x": x,
                "series": [
                    {"name": "energy", "y": [0.25 * v**4 - v**2 for v in x], "dashed": False},
                    {"name": "-log density + c", "y": [0.25 * v**4 - v**2 + 0.2 for v in x], "dashed": True},
                ],
                "x_label": "x",
                "y_label": "E(x)",
                "log_x": False,
                "log_y": False,
                "bands": [
                    {
                        "name": "enclosure",
                        "low": [0.25 * v**4 - v**2 - 0.5 for v in x],
                        "high": [0.25 * v**4 - v**2 + 0.5 for v in x],
                    }
                ],
            },
        },
        {
            "id": "new",
            "kind": "constellation",
            "of": "",
            "title": "A kind from a later version",
            "caption": "Shown as data.",
            "sentence": "",
            "data": {"stars": 7, "names": ["Vega", "Deneb"]},
        },
    ]


def derivations() -> list[dict[str, Any]]:
    return [
        {
            "of": "Y",
            "kind": "pushforward",
            "title": "The density of Y = AZ",
            "conditions": ["A is invertible"],
            "steps": [
                {
                    "rule": "change of variables",
                    "tex_lhs": "p_Y(y)",
                    "relation": "=",
                    "conditions": ["det A is not 0"],
                    "tex_rhs": r"p_Z(A^{-1}y)\,\lvert\det A\rvert^{-1}",
                    "note": "",
                },
                {
                    "rule": "insert the standard Gaussian",
                    "tex_lhs": "p_Y(y)",
                    "relation": "=",
                    "conditions": [],
                    "tex_rhs": r"\frac{1}{2\pi\lvert\det A\rvert}\exp\left(-\frac12\,y^T(AA^T)^{-1}y\right)",
                    "note": "",
                },
                {
                    "rule": "determinant 2/5, inverse of the covariance",
                    "tex_lhs": "p_Y(y)",
                    "relation": "=",
                    "conditions": [],
                    "tex_rhs": DENSITY,
                    "note": "normalised: the integral over the plane is 1",
                },
            ],
        },
        {
            "of": "z",
            "kind": "flow",
            "title": "The log-density along the flow z",
            "conditions": ["f is smooth"],
            "steps": [
                {
                    "rule": "continuity equation",
                    "tex_lhs": r"\frac{\partial p}{\partial t}",
                    "relation": "=",
                    "conditions": [],
                    "tex_rhs": r"-\nabla\cdot(p f)",
                    "note": "",
                },
                {
                    "rule": "chain rule along a path",
                    "tex_lhs": r"\frac{d}{dt}\log p(z(t),t)",
                    "relation": "=",
                    "tex_rhs": r"-\operatorname{tr}\frac{\partial f}{\partial z}",
                    "conditions": [],
                    "note": "",
                },
                {
                    "rule": "derivative of tanh",
                    "tex_lhs": r"\frac{d}{dt}\log p(z(t),t)",
                    "relation": "=",
                    "conditions": [],
                    "tex_rhs": r"-3z_1^2\operatorname{sech}^2(z_1^3)-3z_2^2\operatorname{sech}^2(z_2^3)",
                    "note": "",
                },
            ],
        },
    ]


def run_of(steps: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    found = [item["outcome"] for item in steps if item["outcome"]]
    words = ("proved", "enclosed", "supported", "refuted", "undecided", "unread", "fault")
    wrong = (item["id"] for item in steps if item["outcome"] == "refuted" and not item["carried_from"])
    base = {
        "schema": "twofold.run/1",
        "source": {"name": "homework.md", "sha256": "9c1e6ab04fd2" + "0" * 52, "text": "$a = b$"},
        "title": "Generative models, problem 1",
        "summary": {
            "statements": len(steps),
            "claims": len(found),
            **{word: found.count(word) for word in words},
            "warnings": sum(len(item["warnings"]) for item in steps),
            "first_wrong": next(wrong, None),
        },
        "context": [
            {"name": "Z", "type": "random variable, N(0, I_2)", "domain": "vector(2)", "declared_at": "line 8"},
            {"name": "A", "type": "matrix(2,2)", "domain": "invertible", "declared_at": "line 12"},
            {"name": "t", "type": "scalar", "domain": "nonnegative", "rule": "default of a time"},
        ],
        "steps": steps,
        "derivations": [],
        "figures": [],
        "findings": [],
        "experiments": [],
        "provenance": {
            "twofold": "0.1.0",
            "python": "3.11.7",
            "sympy": "1.14.0",
            "numpy": "2.4.6",
            "scipy": "1.17.0",
            "flint": "0.9.0",
            "seed": 4,
            "alpha": 1e-6,
            "command": "twofold check homework.md --seed 4 --alpha 1e-06 --report report.html",
        },
        "timing": {"wall": 3.2, "cpu": 2.9},
    }
    return base | rest


def homework() -> dict[str, Any]:
    return run_of(
        homework_steps(),
        derivations=derivations(),
        figures=figures(),
        findings=[
            {
                "kind": "blow_up",
                "title": "The flow has no finite escape time",
                "text": "The field is bounded by 1, so every path exists for all t.",
            }
        ],
    )


def clean() -> dict[str, Any]:
    good = [
        item for item in homework_steps() if item["outcome"] in ("proved", "enclosed", None) and not item["readings"]
    ]
    return run_of(good)


def many(count: int) -> dict[str, Any]:
    """A long document: `count` proved claims with the evidence that a claim usually has."""
    made = []
    for index in range(count):
        base = homework_steps()[(1, 2, 6)[index % 3]]
        made.append(base | {"id": f"n{index}", "label": "", "span": span(10 + index, 5)})
    return run_of(made)


def poisoned(value: Any, text: str, key: str = "") -> Any:
    """The same run with hostile text in every free string; the few words of the contract keep their values."""
    fixed = {"schema", "outcome", "kind", "type", "bearing", "covers", "relation", "id"}
    if isinstance(value, dict):
        return {name: poisoned(item, text, name) for name, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, text, key) for item in value]
    if isinstance(value, str) and value and key not in fixed and key not in ("carried_from", "follows_from"):
        return f"{text}{value}{text}"
    return copy.deepcopy(value)


@pytest.fixture
def run() -> dict[str, Any]:
    return homework()


@pytest.fixture(scope="session")
def shared_run() -> dict[str, Any]:
    """The same run for pages that are only read; no test changes it."""
    return homework()


@pytest.fixture
def clean_run() -> dict[str, Any]:
    return clean()


@pytest.fixture
def long_run() -> dict[str, Any]:
    return many(300)


@pytest.fixture(params=range(len(HOSTILE)))
def hostile_text(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param]


@pytest.fixture
def hostile_run(hostile_text: str) -> dict[str, Any]:
    """Hostile text in every name, title, formula, message and evidence; figures apart (drawn once, in their test)."""
    base = homework()
    return dict(poisoned(base | {"figures": []}, hostile_text))


@pytest.fixture
def hostile_figures(hostile_text: str) -> dict[str, Any]:
    return dict(poisoned(run_of([], figures=[figures()[3], figures()[4]]), hostile_text))
