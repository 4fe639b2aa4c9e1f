"""Energies for the tests of sampling and training."""

from functools import cache

from twofold.checks.experiments.energy_model import EnergyModel, energy_model
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

TEXTS = {
    "well": 'variables = ["x"], parameters = { a = "positive", b = "real" }, energy = "a*x^4 - b*x^2", '
    "at = { a = 0.25, b = 1 }",
    "deep": 'variables = ["x"], parameters = { c = "positive" }, energy = "c*(x^2-1)^2", at = { c = 12 }',
    "normal": 'variables = ["x"], parameters = { c = "positive" }, energy = "c*x^2/2", at = { c = 1.5 }',
    "plane": 'variables = ["x", "y"], parameters = { a = "positive", c = "real" }, '
    'energy = "a*(x^4 + y^4) - (x^2 + y^2)/2 + c*x*y", at = { a = 0.25, c = 0.5 }',
    "space": 'variables = ["x", "y", "z"], parameters = { a = "positive", c = "real" }, '
    'energy = "a*(x^4 + y^4 + z^4) + c*x*y + z*y/4", at = { a = 0.25, c = 0.5 }',
    "sum": 'variables = ["x"], parameters = { a = "positive", b = "positive" }, energy = "(a + b)*x^2", '
    "at = { a = 1, b = 2 }",
    "shift": 'variables = ["x"], parameters = { a = "positive", c = "real" }, energy = "a*x^2 + c", '
    "at = { a = 1, c = 2 }",
    "free": 'variables = ["x"], parameters = { a = "real" }, energy = "a*x^4 + x^2", at = { a = 1 }',
    "alone": 'variables = ["x"], energy = "x^4/4 - x^2"',
    "curved": 'variables = ["x"], parameters = { m = "real", s = "positive" }, energy = "(x - m)^2/(2*s^2)", '
    "at = { m = 1, s = 0.5 }",
}


def problem(text: str, name: str = "p"):
    """(context, law) of one declared energy."""
    context = read_problem(Source("energy.toml", f"[energies]\n{name} = {{ {text} }}\n")).context
    return context, context.laws[name]


def law(name: str):
    return problem(TEXTS[name])


@cache
def model(name: str) -> EnergyModel:
    return energy_model(*law(name))
