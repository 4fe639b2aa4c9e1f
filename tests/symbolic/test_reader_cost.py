"""The reader costs linear time, and deep texts are refused by name."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest

from twofold.symbolic.context import Context, Entry
from twofold.symbolic.printing import plain
from twofold.symbolic.reading import read_expression
from twofold.symbolic.source import ReadError, Source

CONTEXT = Context().declare(Entry(name="x", kind="scalar"))
LONG: dict[str, Callable[[int], str]] = {
    "sum": lambda n: "+".join(["x"] * n),
    "difference": lambda n: "x" + "-x" * n,
    "product": lambda n: "*".join(["x"] * n),
    "signs": lambda n: "-" * n + "x",
    "factors": lambda n: "x " * n,
    "bars": lambda n: "|x|+" * (n // 2) + "x",
}


def read(text: str) -> str:
    source = Source("t", text)
    return plain(read_expression(text, CONTEXT, source, source.span(0, len(text))))


def seconds(text: str) -> float:
    """The least time of three: what else the machine does only adds; so does what other tests left to collect."""
    times = []
    gc.disable()
    try:
        for _ in range(3):
            start = time.process_time()
            read(text)
            times.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(times)


@pytest.mark.parametrize("name", LONG)
def test_ten_thousand_terms_are_read_in_linear_time(name: str) -> None:
    """Four times the text costs at most 2.2^2 times the time, with 20 ms for the clock's grain."""
    small, large = seconds(LONG[name](2_000)), seconds(LONG[name](8_000))
    assert large <= 2.2**2 * small + 0.02


def test_ten_thousand_terms_are_read() -> None:
    """Sums and runs of signs are loops, not recursion."""
    assert read(LONG["sum"](10_000)).count("x") == 10_000
    assert read("-" * 10_001 + "x") == "-x"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 49 + "x" + ")" * 49,
        "/".join("x" * 400),
        "sin " * 400 + "x",
        "^".join("x" * 60),
        "exp(" * 60 + "x" + ")" * 60,
    ],
)
def test_deep_texts_are_refused_by_name(text: str) -> None:
    """A limit is named; no recursion error."""
    with pytest.raises(ReadError, match="expected at most"):
        read(text)


@pytest.mark.parametrize("text", ["(" * 47 + "x" + ")" * 47, "exp(-" * 47 + "x" + ")" * 47, "/".join("x" * 100)])
def test_what_is_within_the_limits_is_read(text: str) -> None:
    """The limits are above what people write."""
    assert "x" in read(text)
