"""Flows for the tests of experiments, declared as a problem file declares them."""

from __future__ import annotations

from twofold.symbolic.context import Context, FlowLaw
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import Source

GATE = 'field = ["tanh(z1^3)", "tanh(z2^3)"], times = [0, 0.5]'
STIFF = 'field = ["-z1 + sin(z2 * t)/4", "-50*z2"], times = [0, 1]'
TURN = 'field = ["z2", "-z1"], times = [0, 1]'
LINE = 'field = "sin(z)", times = [0, 1]'
DECAY = 'field = "-8*z", times = [0, 1]'
SPATIAL = 'field = ["-z1 + z2*z3/4", "sin(z1)", "z1 - z3"], times = [0, 0.5]'
BURST = 'field = "z^3", times = [0, 40]'
LEARN = (
    'field = ["tanh(a*z1^3) + b*z2", "tanh(a*z2^3) - b*z1"], times = [0, 1], '
    'parameters = { a = "positive", b = "real" }, at = { a = 1, b = 0.5 }'
)
SCALE = 'field = "a*z + c*sin(z)", times = [0, 1], parameters = { a = "real", c = "real" }, at = { a = 0.3, c = 0.5 }'
SPIN = 'field = ["b*z2", "-b*z1"], times = [0, 1], parameters = { b = "real" }, at = { b = 0.5 }'
TWICE = 'field = "(a + c)*z", times = [0, 1], parameters = { a = "real", c = "real" }, at = { a = 0.3, c = 0.5 }'


def flow(body: str, dimension: int = 2, start: str = "") -> tuple[Context, FlowLaw]:
    """The context and the law of `z = { start = "Z", <body> }`, Z standard normal unless said otherwise."""
    normal = "N(0, 1)" if dimension == 1 else f"N(0, I_{dimension})"
    text = f'[laws]\nZ = "{start or normal}"\n[flows]\nz = {{ start = "Z", {body} }}\n'
    context = read_problem(Source("flow.toml", text)).context
    law = context.laws["z"]
    assert isinstance(law, FlowLaw)
    return context, law
