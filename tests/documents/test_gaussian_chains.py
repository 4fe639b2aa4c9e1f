r"""Documents about several random variables: laws given others, moments and densities of chains, laws without a name.

Each document is a preamble and displays; what is expected of a display stands beside it.  The true ones were worked out
by hand (the sources: Bishop 2006, sections 2.3.1-2.3.3; Ho et al. 2020, section 2 and appendix A), the false ones are
single slips of them: a square root, a bar, a power, an index, a constant off by 1e-3.
"""

from __future__ import annotations

import pytest

from twofold.checks.check import Options, check_source
from twofold.symbolic.source import Source

PASSES = ("proved", "enclosed", "supported")

DIFFUSION = r"""
Let $0 < \beta_t < 1$, $\alpha_t = 1 - \beta_t$, $0 < \bar\alpha_{t-1} < 1$ and
$\bar\alpha_t = \alpha_t \bar\alpha_{t-1}$.  The chain is
$$q(x_t | x_{t-1}) = \mathcal N(x_t; \sqrt{\alpha_t}\, x_{t-1}, \beta_t I)$$
$$q(x_{t-1} | x_0) = \mathcal{N}(x_{t-1}; \sqrt{\bar\alpha_{t-1}}\, x_0, (1-\bar\alpha_{t-1}) I)$$
"""
FORWARD = [
    (r"q(x_t | x_0) = \mathcal N(x_t; \sqrt{\bar\alpha_t} x_0, (1-\bar\alpha_t) I)", "passes"),
    (r"q(x_t | x_0) = \mathcal N(x_t; \bar\alpha_t x_0, (1-\bar\alpha_t) I)", "refuted"),
    (r"\operatorname{Cov}(x_{t-1}, x_t \mid x_0) = \sqrt{\alpha_t}(1-\bar\alpha_{t-1})", "passes"),
    (r"\operatorname{Cov}(x_{t-1}, x_t \mid x_0) = \alpha_t(1-\bar\alpha_{t-1})", "refuted"),
    (
        (
            r"\mathbb{E}[x_{t-1} | x_t, x_0] = \frac{\sqrt{\alpha_t}(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}x_t"
            r"+\frac{\sqrt{\bar\alpha_{t-1}}\beta_t}{1-\bar\alpha_t}x_0"
        ),
        "passes",
    ),
    (
        (
            r"\mathbb{E}[x_{t-1} | x_t, x_0] = \frac{\sqrt{\alpha_t}(1-\bar\alpha_{t-1})}{1-\bar\alpha_t}x_t"
            r"+\frac{\bar\alpha_{t-1}\beta_t}{1-\bar\alpha_t}x_0"
        ),
        "refuted",
    ),
    (r"\mathrm{Var}[x_{t-1} \mid x_t, x_0] = \frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\beta_t", "passes"),
    (r"\mathrm{Var}[x_{t-1} \mid x_t, x_0] = 1.001\frac{1-\bar\alpha_{t-1}}{1-\bar\alpha_t}\beta_t", "refuted"),
    (r"q(x_{t-1} | x_t, x_0) = \frac{q(x_t | x_{t-1}) q(x_{t-1} | x_0)}{q(x_t|x_0)}", "passes"),
    (r"q(x_{t-1} | x_t, x_0) = \frac{q(x_t | x_{t-1}) q(x_t | x_0)}{q(x_{t-1}|x_0)}", "refuted"),
    # Nothing is said of x_0: these are no numbers.
    (r"E[x_t] = 0", "open"),
    (r"\mathrm{Var}(x_t) = 1", "open"),
    # I has no size, so d may be the dimension of x.
    (r"\mathrm{Var}(x_t | x_0) = d (1 - \bar\alpha_t)", "open"),
]

PATH = r"""
Let $\alpha_t \in (0,1)$, $\bar\alpha_{t-1} \in (0,1)$ and $\bar\alpha_t = \alpha_t \bar\alpha_{t-1}$, and
$$q(x_t | x_{t-1}) = \mathcal N(x_t; \sqrt{\alpha_t} x_{t-1}, 1 - \alpha_t)$$
$$q(x_{t-1} | x_0) = \mathcal N(x_{t-1}; \sqrt{\bar\alpha_{t-1}} x_0, 1 - \bar\alpha_{t-1})$$
With $\epsilon \sim \mathcal N(0, 1)$ we may write
$$x_t = \sqrt{\bar\alpha_t} x_0 + \sqrt{1-\bar\alpha_t}\,\epsilon$$
"""
REWRITTEN = [
    (r"x_0 = \frac{x_t - \sqrt{1-\bar\alpha_t}\,\epsilon}{\sqrt{\bar\alpha_t}}", "passes"),
    (r"x_0 = \frac{x_t - (1-\bar\alpha_t)\,\epsilon}{\sqrt{\bar\alpha_t}}", "refuted"),
    (
        (
            r"\mathbb{E}[x_{t-1} | x_t, x_0] = \frac{1}{\sqrt{\alpha_t}}"
            r"\left(x_t - \frac{1-\alpha_t}{\sqrt{1-\bar\alpha_t}}\epsilon\right)"
        ),
        "passes",
    ),
    (
        (
            r"\mathbb{E}[x_{t-1} | x_t, x_0] = \frac{1}{\sqrt{\alpha_t}}"
            r"\left(x_t - \frac{1-\alpha_t}{1-\bar\alpha_t}\epsilon\right)"
        ),
        "refuted",
    ),
]

SENSOR = r"""
Let $X = (X_1, X_2)^T$ be $X \sim N\left(\begin{pmatrix} 1 \\ 2 \end{pmatrix}, \begin{pmatrix} 2 & 1 \\ 1 & 3
\end{pmatrix}\right)$ and $Y \mid X = x \sim N(x_1 + 2 x_2, 1)$.
"""
READINGS = [
    (r"E[Y] = 5", "passes"),
    (r"\mathrm{Var}(Y) = 19", "passes"),
    (r"\mathrm{Var}(Y) = 18", "refuted"),
    (r"E[X_1 \mid Y = y] = 1 + \frac{4}{19}(y - 5)", "passes"),
    (r"E[X_1 \mid Y = y] = 1 + \frac{4.004}{19}(y - 5)", "refuted"),
    (r"E[X_1 \mid Y] = 1 + \frac{4}{19}(Y - 5)", "passes"),
    (r"E[X_1 \mid X_2 = 3] = \frac43", "passes"),
    (r"X_1 \mid X_2 = x \sim N\left(1 + \frac13 (x - 2), \frac53\right)", "passes"),
    (r"X_1 \mid X_2 = x \sim N\left(1 + \frac13 (x - 2), \frac73\right)", "refuted"),
    (r"X_1 \mid X_2 = x, Y = y \sim N(1, 1)", "refuted"),
    (r"p(y | x) = N(y; x_1 + 2 x_2, 1)", "passes"),
    (r"E[Y^2] = 44", "passes"),
    (r"E[Y X_1] = 9", "passes"),
    (r"E[Y X_1] = 5", "refuted"),
]

NOISE = r"""
Let $X \sim N(0, 1)$ and $\varepsilon \sim N(0, s)$, $s > 0$, be independent, and $Y = X + \varepsilon$.
"""
NOISY = [
    (r"\mathrm{Var}(Y) = 1 + s", "passes"),
    (r"\mathrm{Cov}(X, Y) = 1", "passes"),
    (r"\mathrm{Cov}(X, Y) = s", "refuted"),
    (r"E[X | Y = y] = \frac{y}{1+s}", "passes"),
    (r"\mathrm{Var}(X \mid Y) = \frac{s}{1+s}", "passes"),
    (r"\mathrm{Var}(X \mid Y) = \frac{1}{1+s}", "refuted"),
    (r"Y \sim N(0, 1+s)", "passes"),
    (r"Y \sim N(0, 1+s^2)", "refuted"),
    (r"p(y) = N(y; 0, 1+s)", "passes"),
    (r"I(X; Y) = \frac12 \log\left(1 + \frac1s\right)", "passes"),
    (r"I(X; Y) = \log\left(1 + \frac1s\right)", "refuted"),
    (r"I(X; Y) = H(Y) - H(Y|X)", "passes"),
    (r"I(X; Y) = H(X) - H(Y|X)", "refuted"),
    (r"H(X|Y) = \frac12 \log\left(2\pi e \frac{s}{1+s}\right)", "passes"),
]
UNSAID = r"""
Let $X \sim N(0, 1)$ and $\varepsilon \sim N(0, s)$, $s > 0$, and $Y = X + \varepsilon$.
"""
NOT_SAID = [(r"\mathrm{Var}(Y) = 1 + s", "open"), (r"\mathrm{Cov}(X, Y) = 1", "open")]

STEPS = r"""
Let $\epsilon_1 \sim N(0, 1)$, $\epsilon_2 \sim N(0, 1)$ and $\epsilon \sim N(0,1)$ be independent, let $a, b \in (0,1)$
and let $x_0$ be real. Let
$$x_1 = \sqrt{a} x_0 + \sqrt{1-a}\, \epsilon_1$$
$$x_2 = \sqrt{b} x_1 + \sqrt{1-b}\,\epsilon_2$$
"""
MERGED = [
    (r"x_2 = \sqrt{ab} x_0 + \sqrt{1-ab}\, \epsilon", "passes"),
    (r"x_2 = \sqrt{ab} x_0 + (1-ab)\, \epsilon", "refuted"),
    (r"x_2 = \sqrt{ab} x_0 + \sqrt{b(1-a)} \epsilon_1 + \sqrt{1-b}\,\epsilon_2", "passes"),
    (r"x_2 = \sqrt{ab} x_0 + \sqrt{b(1-a)} \epsilon_2 + \sqrt{1-b}\,\epsilon_1", "refuted"),
    (r"E[x_2] = \sqrt{ab} x_0", "passes"),
    (r"\mathrm{Var}(x_2) = 1 - ab", "passes"),
    (r"x_2 \sim N(\sqrt{ab} x_0, 1-ab)", "passes"),
    (r"x_2 \sim N(\sqrt{ab} x_0, 1-a)", "refuted"),
]

LAWS = r"""
```twofold
[symbols]
m = "real"
s = "positive"
r = "(-1,1)"
'\mu' = "vector(2)"
S = "matrix(2,2)"
[laws]
X = "N(m, s^2)"
W = "N(0, [[1, r], [r, 1]])"
'\eta' = "N(0, I_2)"
```

Let $q(z) = N(z; m, s^2)$ and $p(z) = N(z; 0, 1)$.
"""
UNNAMED = [
    (r"D_{KL}(N(m, s^2) \| N(0,1)) = \frac12 (m^2 + s^2 - 1 - \log s^2)", "passes"),
    (r"D_{KL}(N(m, s^2) \| N(0,1)) = \frac12 (m^2 + s^2 - 1.001 - \log s^2)", "refuted"),
    (r"\mathrm{KL}(\mathcal{N}(0,1) \,\|\, \mathcal{N}(m,s^2)) = \log s + \frac{1+m^2}{2 s^2} - \frac12", "passes"),
    (r"D_{\mathrm{KL}}\left(N(0,1) \,||\, N(m,s^2)\right) = \log s + \frac{1+m^2}{2 s^2} - \frac12", "passes"),
    (r"\mathrm{KL}[N(0,1) \mid\mid N(m,s^2)] = \log s + \frac{1+m^2}{2 s} - \frac12", "refuted"),
    (r"\operatorname{KL}(X \| N(0,1)) = \frac12 (m^2 + s^2 - 1) - \log s", "passes"),
    (r"D_{KL}(q(z) \| p(z)) = \frac12 (m^2 + s^2 - 1 - \log s^2)", "passes"),
    (r"D_{KL}(p \| q) = \frac12 (m^2 + s^2 - 1 - \log s^2)", "refuted"),
    (r"\mathbb{E}_{q}[\log q(z) - \log p(z)] = \frac12 (m^2 + s^2 - 1 - \log s^2)", "passes"),
    (r"\mathbb{E}_{z\sim q}[z^2] = m^2 + s^2", "passes"),
    (r"\mathbb{E}_{z\sim p}[z^2] = m^2 + s^2", "refuted"),
    (r"H(q) = \frac12 \log(2 \pi e s^2)", "passes"),
    (r"H(N(m, s^2)) = \frac12 + \frac12 \log(2 \pi s)", "refuted"),
    (r"\mathbb{H}(X) = \frac12 + \frac12 \log(2 \pi s^2)", "passes"),
    (r"I(W_1; W_2) = -\frac12 \log(1 - r^2)", "passes"),
    (r"I(W_1; W_2) = -\log(1 - r^2)", "refuted"),
    (r"\mathrm{Var}[\mu+S\eta] = SS^T", "passes"),
    (r"\mathrm{Var}[\mu+S\eta] = S^T S", "refuted"),
    (r"\mathbb{E}[\mu+S\eta] = \mu", "passes"),
]

SAMPLES = r"""
```twofold
[symbols]
f = "function(1)"
m = "real"
s = "positive"
```
"""
REPARAMETRISED = [
    (r"\mathbb{E}_{z \sim N(m, s^2)}[z^2] = m^2 + s^2", "passes"),
    (r"\mathbb{E}_{z \sim N(m, s^2)}[z^2] = m^2 + s", "refuted"),
    (r"\mathbb{E}_{z \sim N(m, s^2)}[f(z)] = \mathbb{E}_{\epsilon \sim \mathcal{N}(0, I)}[f(m + s\epsilon)]", "passes"),
    (
        r"\mathbb{E}_{z \sim N(m, s^2)}[f(z)] = \mathbb{E}_{\epsilon \sim \mathcal{N}(0, 1)}[f(m + s^2\epsilon)]",
        "refuted",
    ),
    (
        (
            r"\frac{d}{dm} \mathbb{E}_{z \sim N(m, s^2)}[f(z)]"
            r" = \mathbb{E}_{z \sim N(m, s^2)}\left[\frac{z-m}{s^2} f(z)\right]"
        ),
        "passes",
    ),
    (
        (
            r"\frac{d}{dm} \mathbb{E}_{z \sim N(m, s^2)}[f(z)]"
            r" = \mathbb{E}_{z \sim N(m, s^2)}\left[\frac{z-m}{s} f(z)\right]"
        ),
        "refuted",
    ),
    (
        r"\nabla_m \mathbb{E}_{z \sim N(m, s^2)}[f(z)] = \mathbb{E}_{u \sim N(0, 1)}\left[f'(m + s u)\right]",
        "passes",
    ),
    (
        (
            r"\frac{\partial}{\partial s} \mathbb{E}_{z \sim N(m, s^2)}[f(z)]"
            r" = \mathbb{E}_{\epsilon \sim N(0, 1)}\left[f'(m + s \epsilon)\right]"
        ),
        "refuted",
    ),
    (r"\mathbb{E}_{z \sim r}[f(z)] = f(m)", "open"),
]

DRAWS = r"""
Let $x_1, \dots, x_n$ be i.i.d. with $x_i \sim N(\mu, \sigma^2)$ and let $\hat\mu = \frac1n \sum_{i=1}^n x_i$.
"""
ESTIMATED = [
    (r"E[\hat\mu] = \mu", "passes"),
    (r"E[\hat\mu] = n\mu", "refuted"),
    (r"\mathrm{Var}(\hat\mu) = \frac{\sigma^2}{n}", "passes"),
    (r"\mathrm{Var}(\hat\mu) = \frac{\sigma^2}{n^2}", "refuted"),
    (r"E\left[\frac{1.001}{n} \sum_{i=1}^n x_i\right] = \mu", "refuted"),
    (r"\mathrm{Var}\left(\sum_{i=1}^n x_i\right) = n\sigma^2", "passes"),
    (r"E\left[\frac1n \sum_{i=1}^n x_i^2\right] = \mu^2 + \sigma^2", "passes"),
    (r"\lim_{N\to\infty} \frac1N \sum_{i=1}^N x_i^2 = \mu^2 + \sigma^2", "passes"),
    (r"\lim_{N\to\infty} \frac1N \sum_{i=1}^N x_i = \mathbb{E}[x_i]", "passes"),
    (r"\lim_{N\to\infty} \frac1N \sum_{i=1}^N x_i = \mu + 1", "refuted"),
    # No mean of the sample; and a sum inside a sum, which is no function of one sample.
    (r"\lim_{N\to\infty} \frac{1}{\sqrt N} \sum_{i=1}^N x_i = \mu", "open"),
    (r"E\left[\frac1n \sum_{i=1}^n (x_i - \hat\mu)^2\right] = 0", "open"),
]
DEPENDENT = r"""
Let $x_i \sim N(\mu, \sigma^2)$ and $\hat\mu = \frac1n \sum_{i=1}^n x_i$.
"""
NOT_INDEPENDENT = [
    (r"E[\hat\mu] = \mu", "passes"),
    (r"\mathrm{Var}(\hat\mu) = \frac{\sigma^2}{n}", "open"),
    (r"\lim_{N\to\infty} \frac1N \sum_{i=1}^N x_i = \mu", "open"),
]

PLANE = r"""
Let $z = (z_1, z_2) \sim \mathcal{N}(0, I)$ and
$$x_1 = z_1, \qquad x_2 = z_2\, e^{z_1/2} + z_1^2 .$$
"""
IMAGE = [
    (
        r"p_X(x_1,x_2) = \frac{1}{2\pi}\exp\left( -\frac{x_1^2 + (x_2 - x_1^2)^2 e^{-x_1}}{2} - \frac{x_1}{2} \right)",
        "passes",
    ),
    (
        r"p_X(x_1,x_2) = \frac{1}{2\pi}\exp\left( -\frac{x_1^2 + (x_2 - x_1^2)^2 e^{-x_1}}{2} + \frac{x_1}{2} \right)",
        "refuted",
    ),
    (
        r"p_X(x_1,x_2)=\frac{1.001}{2\pi}\exp\left(-\frac{x_1^2 + (x_2 - x_1^2)^2 e^{-x_1}}{2} - \frac{x_1}{2}\right)",
        "refuted",
    ),
    # Without the name of the law: the density of the names that are its arguments.
    (r"\log p(x_1,x_2) = -\log(2\pi) - \frac{x_1^2 + (x_2 - x_1^2)^2 e^{-x_1}}{2} - \frac{x_1}{2}", "passes"),
    (r"\log p(x_1,x_2) = -\log(2\pi) - \frac{x_1^2 + (x_2 - x_1^2)^2 e^{-x_1}}{2} - \frac{x_1}{2.002}", "refuted"),
]
FOLDED = r"""
Let $z = (z_1, z_2) \sim \mathcal{N}(0, I)$ and
$$x_1 = z_1^2, \qquad x_2 = z_1 z_2 .$$
"""
NO_INVERSE = [
    (r"p_X(x_1,x_2) = \frac{1}{2\pi} e^{-x_1/2}", "open"),
    (r"\log p(x_1,x_2) = -\log(2\pi) - x_1/2", "open"),
]
SQUARED = r"""
Let $z \sim N(0, I_2)$ and $R = z_1^2 + z_2^2$.
"""
BESIDE_ITSELF = [
    (r"z_1^2 (1 - R) + z_2^2 (1 - R) = R(1 - R)", "passes"),
    (r"z_1^2 (1 - R) + z_2^2 (1 - R) = R(1.001 - R)", "refuted"),
    (r"z_1^2 + z_2^2 = R(0)", "open"),
]

BOUND = r"""
Let $p(z) = N(z; 0, 1)$, $p(x|z) = N(x; z, s)$ with $s > 0$ and $q(z|x) = N(z; m, v)$, $v > 0$. Let
$$\text{ELBO} = \mathbb{E}_{q}[\log p(x|z)] - D_{KL}(q(z|x) \| p(z))$$
"""
EVIDENCE = [
    (r"\text{ELBO} = \mathbb{E}_{q}[\log p(x|z) + \log p(z) - \log q(z|x)]", "passes"),
    (r"\log p(x) - \text{ELBO} = D_{KL}(q(z|x) \| p(z|x))", "passes"),
    (r"\log p(x) - \text{ELBO} = D_{KL}(q(z|x) \| p(z))", "refuted"),
    (r"p(x) = N(x; 0, 1 + s)", "passes"),
    (r"p(z|x) = N\left(z; \frac{x}{1+s}, \frac{s}{1+s}\right)", "passes"),
    (r"p(z|x) = N\left(z; \frac{x}{1+s}, \frac{1}{1+s}\right)", "refuted"),
    (r"D_{KL}(q(z|x) \| p(z)) = \frac12(m^2 + v - 1 - \log v)", "passes"),
]

MEANING = r"""
Let $\mu = 2x + 1$.
"""
VALUE_AT = [
    (r"\mu(x)^2 = 4x^2 + 4x + 1", "passes"),
    (r"x + \mu(x) = 3 x + 2", "refuted"),
    (r"\mu (x + 1) = 2 x^2 + 3 x + 1", "passes"),
]

DOCUMENTS = {
    "squared": (SQUARED, BESIDE_ITSELF),
    "diffusion": (DIFFUSION, FORWARD),
    "path": (PATH, REWRITTEN),
    "sensor": (SENSOR, READINGS),
    "noise": (NOISE, NOISY),
    "independence is not assumed": (UNSAID, NOT_SAID),
    "steps": (STEPS, MERGED),
    "laws without a name": (LAWS, UNNAMED),
    "samples": (SAMPLES, REPARAMETRISED),
    "estimators": (DRAWS, ESTIMATED),
    "samples that may depend": (DEPENDENT, NOT_INDEPENDENT),
    "a bound": (BOUND, EVIDENCE),
    "a map by components": (PLANE, IMAGE),
    "a map that is not one to one": (FOLDED, NO_INVERSE),
    "a value at its argument": (MEANING, VALUE_AT),
}


def outcomes(preamble: str, displays: list[str]) -> list[str]:
    """What becomes of each display, all of them in one document."""
    text = preamble
    places = []
    for display in displays:
        text += f"\n$$\n{display}\n$$\n"
        places.append(text.count("\n") - 1)
    run = check_source(Source("chain.md", text), Options(seed=0, figures=False))
    found = {step.span.line: str(step.outcome) for step in run.steps}
    return [found.get(place, "no step") for place in places]


def sort_of(outcome: str) -> str:
    return {**dict.fromkeys(PASSES, "passes"), "refuted": "refuted", "fault": "fault"}.get(outcome, "open")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_step_of_the_document_comes_out_as_it_should(name: str) -> None:
    """True steps pass, slips are refuted, and what is not said to hold stays open."""
    preamble, steps = DOCUMENTS[name]
    found = outcomes(preamble, [display for display, _ in steps])
    wrong = [(d, w, f) for (d, w), f in zip(steps, found, strict=True) if sort_of(f) != w]
    assert not wrong
