"""Settings of experiments: the nearest known one, ranges and types are told."""

import importlib
import math
from pathlib import Path

import pytest

from twofold.checks.experiments.record import BadExperiment
from twofold.checks.experiments.settings import Named, Number, Numbers, Text, as_text, read_settings

KNOWN = {
    "steps": Number(40, 5, 2000, whole=True),
    "accuracy": Number(1e-3, 1e-8, 0.5),
    "times": Numbers(None, 0, 1),
    "truth": Named(),
    "data": Text(),
}


def test_defaults_and_given_values():
    """What is not given has its default; a whole number stays an int."""
    found = read_settings("x", {"steps": 50, "times": [0.0, 0.5], "truth": {"a": 1}}, KNOWN)
    assert found == {"steps": 50, "accuracy": 1e-3, "times": (0.0, 0.5), "truth": {"a": 1.0}, "data": None}
    assert isinstance(found["steps"], int)
    assert as_text(found) == {"steps": "50", "accuracy": "0.001", "times": "0, 0.5", "truth": "a = 1"}


@pytest.mark.parametrize(
    ("given", "message"),
    (
        ({"step": 5}, "did you mean 'steps'"),
        ({"zzz": 5}, "known settings: steps, accuracy"),
        ({"steps": 4}, "an integer from 5 to 2000 for 'steps'; got 4"),
        ({"steps": 5.5}, "an integer"),
        ({"steps": True}, "an integer"),
        ({"steps": "40"}, "an integer"),
        ({"accuracy": math.nan}, "a number from"),
        ({"accuracy": math.inf}, "a number from"),
        ({"times": []}, "a list of 1 to 12"),
        ({"times": [0.1] * 13}, "a list of 1 to 12"),
        ({"times": [0.1, 2.0]}, "from 0 to 1"),
        ({"times": "0.1"}, "a list"),
        ({"truth": 3}, "numbers by name"),
        ({"truth": {"a": "b"}}, "numbers by name"),
        ({"truth": {"a": math.nan}}, "numbers by name"),
        ({"data": 3}, "a text"),
        ({"data": ""}, "a text"),
    ),
)
def test_what_is_wrong_is_told(given, message):
    """The message names the setting, what was expected and what came."""
    with pytest.raises(BadExperiment, match=message):
        read_settings("x", given, KNOWN)


@pytest.mark.parametrize("kind", ("figures", "learning", "solvers", "sampling", "training"))
def test_every_setting_is_in_the_guide(kind):
    """The table of docs/problem-files.md names the settings of a kind between its row and that of the next kind."""
    guide = (Path(__file__).parents[3] / "docs" / "problem-files.md").read_text(encoding="utf-8")
    table = guide.split("| kind | setting |")[1].split("\n\n")[0]
    rows = table.split(f"| `{kind}` |")[1].split("\n| `")[0]
    module = importlib.import_module(f"twofold.checks.experiments.{kind}")
    assert [key for key in module.SETTINGS if f"`{key}`" not in rows] == []
