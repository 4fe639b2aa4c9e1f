"""Domains: every word of the list, bounds in either order, and what cannot be lived in."""

from __future__ import annotations

import pytest

from twofold.symbolic.context import Entry
from twofold.symbolic.printing import plain
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import ReadError, Source


def entry(domain: str, name: str = "w") -> Entry:
    text = f"[symbols]\nk = 'integer'\n{name} = \"{domain}\"\n"
    found = list(read_problem(Source("p.toml", text)).context)[-1]
    assert isinstance(found, Entry)
    return found


def bounds(domain: str) -> str:
    """`low < w <= high` as text, with what else must hold."""
    found = entry(domain).domain
    low = f"{plain(found.low.value)} {'<=' if found.low.closed else '<'} " if found.low else ""
    high = f" {'<=' if found.high.closed else '<'} {plain(found.high.value)}" if found.high else ""
    more = "".join(f", {plain(c)}" for c in found.conditions)
    return f"{low}{found.field}{high}{', nonzero' * found.nonzero}{more}"


@pytest.mark.parametrize(
    ("text", "meaning"),
    {
        "real": "real",
        "complex": "complex",
        "integer": "integer",
        "positive": "0 < real",
        "nonnegative": "0 <= real",
        "negative": "real < 0",
        "nonpositive": "real <= 0",
        "nonzero": "real, nonzero",
        "(0,1)": "0 < real < 1",
        "[-1,1]": "-1 <= real <= 1",
        "[0, 1)": "0 <= real < 1",
        "(-inf, 0]": "real <= 0",
        "> 2": "2 < real",
        ">= 10": "10 <= real",
        "|w| <= 1": "real, abs(w) <= 1",
        "integer, > k": "k < integer",
        "positive, > k": "0 < real, k < w",
        "> k, positive": "0 < real, k < w",
        "> 2, positive": "2 < real",
        "positive, > 2": "2 < real",
        ">= 0, positive": "0 < real",
        "positive, >= 0": "0 < real",
        "positive, < 1, < 3": "0 < real < 1",
        "positive integer": "0 < integer",
        "integer, real": "integer",
        "0 < w": "real, 0 < w",
    }.items(),
)
def test_every_word_and_bound_is_kept(text: str, meaning: str) -> None:
    """The tighter bound wins whichever comes first; what cannot be compared is kept as a condition."""
    assert bounds(text) == meaning


@pytest.mark.parametrize(
    ("text", "type_name", "traits"),
    [
        ("vector(2)", "vector(2)", set()),
        ("vector(n)", "vector(n)", set()),
        ("matrix(2,3)", "matrix(2, 3)", set()),
        ("symmetric matrix(2,2)", "matrix(2, 2)", {"symmetric"}),
        ("positive definite matrix(n,n)", "matrix(n, n)", {"positive definite"}),
        ("symmetric, positive definite matrix(2,2)", "matrix(2, 2)", {"symmetric", "positive definite"}),
        ("invertible matrix(3,3)", "matrix(3, 3)", {"invertible"}),
        ("function(2)", "function(2)", set()),
        ("= [[1, 2], [3, 4]]", "matrix(2, 2)", set()),
        ("= [1, 2]", "vector(2)", set()),
    ],
)
def test_shapes_and_traits(text: str, type_name: str, traits: set[str]) -> None:
    """`positive definite` is one word, not `positive` and a rest."""
    found = entry(text)
    assert (found.type_name, set(found.domain.traits), found.domain.low) == (type_name, traits, None)


def test_a_positive_function_has_positive_values() -> None:
    """The sign belongs to the values, not to a bound."""
    found = entry("positive function(1)").domain
    assert (found.arity, found.positive_values, found.low) == (1, True, None)


@pytest.mark.parametrize(
    "text",
    [
        *("positive, negative", "(1,0)", "(1,1)", "> 2, < 1", "integer, (0,1)", "= -1, positive", "= 0, nonzero"),
        *("= 1/2, integer", "= 1, = 2", "complex, positive", "complex, integer", "> inf", "[0,0], nonzero"),
        *("symmetric matrix(2,3)", "positive definite", "symmetric vector(2)", "function(1), positive"),
        *("matrix(3,3), = [[1,2],[3,4]]", "vector(2), = [1,2,3]", "> 9^9^9", "= 9^9^9", "= 99999999!"),
        *("", "  ", "postive", "matrix(2)", "vector(0)", "vector(13)", "vector(-1)", "function(0)", "function(10)"),
        *("(0,1,2)", "(0;1)", ">", "> nosuch", "= w", "real and positive", "(0,"),
    ],
)
def test_a_domain_that_nothing_lives_in_or_that_is_none_is_refused(text: str) -> None:
    """Contradictory assumptions would prove everything."""
    with pytest.raises(ReadError, match="expected"):
        entry(text)


def test_an_unknown_word_gives_the_nearest() -> None:
    """A slip is answered with the word that was meant."""
    with pytest.raises(ReadError) as caught:
        entry("postive")
    assert caught.value.hint == "did you mean 'positive'?"


@pytest.mark.parametrize(
    "name", ["pi", "e", "inf", "exp", "sin", "sqrt", "det", "sum", "diff", "integral", "mean", "Cov", "in", "propto"]
)
def test_a_name_with_a_meaning_of_its_own_is_not_declared(name: str) -> None:
    """A declared `pi` beside the number would be both, silently."""
    with pytest.raises(ReadError, match="expected a name that is free"):
        entry("real", name)


@pytest.mark.parametrize("name", ["I", "T", "E", "i", "H", "N", "gamma", "sigma", "d", "lambda", "Z"])
def test_other_letters_are_free(name: str) -> None:
    """Letters that are words only in some places can be declared, and then mean what was declared."""
    assert entry("positive", name).name == name


@pytest.mark.parametrize("name", ["sigma", r"'\\sigma'", "'\u03c3'", '"\\\\sigma"'])
def test_a_name_is_one_in_every_spelling(name: str) -> None:
    """Plain, TeX and Unicode spellings are one name."""
    assert entry("real", name).name == "sigma"
