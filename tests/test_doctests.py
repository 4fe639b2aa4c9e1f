"""Every example in a docstring of the product gives what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

# Each room is walked, and not the package itself: its root holds setup and other files that are no modules of it.
ROOMS = [import_module(f"twofold.{room}") for room in ("symbolic", "numeric", "checks", "reports")]
INSIDE = [module.name for room in ROOMS for module in walk_packages(room.__path__, room.__name__ + ".")]
NAMES = ["twofold", *(room.__name__ for room in ROOMS), *INSIDE]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    """The doctests of the module, run as a reader would run them."""
    found = doctest.testmod(import_module(name))
    assert found.failed == 0


def test_there_are_examples() -> None:
    """The walk finds modules that hold examples: an empty one would pass everything above."""
    finder = doctest.DocTestFinder()
    examples = sum(len(test.examples) for name in NAMES for test in finder.find(import_module(name)))
    assert examples > 0
