"""A chain of links, and what is true of each link, by evaluation in floating point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from .worlds import Array, World, differs, same


@dataclass(frozen=True)
class Side:
    """One side: its TeX and its value in a world."""

    tex: str
    value: Callable[[World], Array]


@dataclass(frozen=True)
class Chain:
    """s0 = s1 = ..: `sets` is the quantity that s0 is; `planted` the link (from 0) that is wrong by intention.

    `answer`: s0 is the quantity that the part asks for.  `rounded`: the last relation is an approximation.
    """

    sides: tuple[Side, ...]
    sets: str
    planted: int | None = None
    slip: str = ""
    answer: bool = False
    rounded: bool = False
    garbled: bool = False
    before: str = ""  # the prose in front of it
    follows: tuple[tuple[str, Array], ...] = ()  # what follows from its value, where no world can tell
    leading: bool = False  # it goes on from the display before: its first side is not written


@dataclass
class Link:
    """What is true of one link; line and column of its relation sign.

    `right`, `wrong`, `carried`; `garbled`: it has a side that nobody can read, or is false before one; `beside`: it
    holds, and stands in one formula with a side that nobody can read.
    """

    part: str
    status: str
    slip: str
    number: int
    line: int = 0
    column: int = 0


@dataclass
class Judged:
    """The links of a part, in order, and whether the answer agrees with the truth."""

    links: list[Link] = field(default_factory=list)
    agrees: bool = False


def constant(tex: str, value: Array) -> Side:
    return Side(tex, lambda world: value)


def named(tex: str, name: str) -> Side:
    return Side(tex, lambda world: world[name])


def split(chain: Chain, words: Sequence[str]) -> list[Chain]:
    """`a = b = c` as `a = b` and `a = c`: what is said of a, one display each."""
    head, *rest = chain.sides
    found = []
    for k, side in enumerate(rest):
        mine = chain.planted == k
        found.append(
            replace(
                chain,
                sides=(head, side),
                planted=0 if mine else None,
                slip=chain.slip if mine else "",
                rounded=chain.rounded and k == len(rest) - 1,
                before=chain.before if k == 0 else words[k % len(words)],
            )
        )
    return found


def broken(chain: Chain, words: Sequence[str]) -> list[Chain]:
    """`a = b = c` in several displays, of which the later ones begin with the relation sign."""
    found = []
    for k in range(len(chain.sides) - 1):
        mine = chain.planted == k
        found.append(
            replace(
                chain,
                sides=chain.sides[k : k + 2],
                planted=0 if mine else None,
                slip=chain.slip if mine else "",
                rounded=chain.rounded and k == len(chain.sides) - 2,
                before=chain.before if k == 0 else words[k % len(words)],
                leading=k > 0,
            )
        )
    return found


def statuses(chain: Chain, true: World, own: World) -> list[str]:
    """What is true of every link; `own` is changed by what the chain says.

    Raises:
        AssertionError: the plan and the numbers disagree: a slip that is no slip, or a fault of this generator.
    """
    found = []
    last = len(chain.sides) - 2
    for k, (left, right) in enumerate(zip(chain.sides, chain.sides[1:], strict=False)):
        rounded = chain.rounded and k == last
        holds = near(left.value(true), right.value(true), rounded)
        follows = near(left.value(own), right.value(own), rounded)
        word = "right" if holds else "carried" if follows else "wrong"
        if chain.garbled:
            word = "beside" if holds and k < last else "garbled"
        if chain.planted == k:
            assert differs(left.value(true), right.value(true)), f"{chain.slip}: no error: {left.tex} = {right.tex}"
            assert word in ("wrong", "carried"), f"{chain.slip}: {word}"
            word = "wrong"
        else:
            assert word != "wrong", f"a false link that nobody planted: {left.tex} = {right.tex} ({chain.sets})"
        found.append(word)
    value = chain.sides[-1].value(own)
    if not chain.garbled and not same(value, own[chain.sets]) and not chain.rounded:
        own.set(chain.sets, value)
        for name, following in chain.follows:
            own.set(name, following)
    return found


def near(left: Array, right: Array, rounded: bool) -> bool:
    """Equal; or, for `left \\approx right` with three places, within half a unit of the last one."""
    return bool(abs(left - right) <= 0.0005) if rounded else same(left, right)
