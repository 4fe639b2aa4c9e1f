"""What the names of a document are, as far as all its statements tell: random or not, components, sizes.

The collector of declarations asks; it shares with this what it has found so far (`declared`, `random`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import shapes_of_syntax as look
from .declare_conditionals import normal_arguments
from .declare_sizes import size_in_a_sum
from .notation import Declaration
from .said import Said, adjacent, holds_rows
from .said_index import SaidIndex, index_of
from .source import Span
from .syntax import Command, Num, Syntax
from .vocabulary import CONSTANT_WORDS

END = 1 << 62
# A sentence that begins with a value, up to the place of one.
PASSING = re.compile(r"(?:^|[.!?]\s+|\n\s*)(?:With|At|For|When|If|Taking|Setting|Plugging in)\b[^.!?]*$")
TIMES = ("t", "s", "tau", "T", "t_0", "t_1")


@dataclass(frozen=True, slots=True)
class Names:
    """The statements of a document, the kinds of its declared names, and which of them are random."""

    said: Sequence[Said]
    declared: dict[str, str]
    random: set[str]
    # What is said before this place holds throughout the document.
    opening: int = 0
    # The names that declared laws are made of, by the name of the law.
    ground: Mapping[str, frozenset[str]] = field(default_factory=dict)
    index: SaidIndex = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", index_of(self.said))

    def is_opening(self, span: Span) -> bool:
        return span.start < self.opening

    def with_makings(self, names: set[str]) -> set[str]:
        """The names, and those of numbers that the random ones among them are made of: A of Y where Y = A X."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if name in self.ground:
                waiting += self.ground[name]
            elif self.is_random(name):
                rhs = self.given_as(name)
                waiting += [word.text for word in look.words(rhs)] if rhs is not None else []
        return {name for name in found if name in names or not (name in self.ground or self.is_random(name))}

    def section_of(self, span: Span) -> tuple[int, int]:
        """Where the statements under the heading of a place begin, and where those of the next one do."""
        item = self.index.at(span)
        section = item.section if item is not None else 0
        later = [start for other, start in self.index.sections.items() if other > section]
        return self.index.sections.get(section, 0), min(later, default=END)

    def is_still_before(self, flow: Declaration) -> bool:
        """Whether the state of a flow is a name under the headings before it, and nothing that depends on time."""
        start, name = self.section_of(flow.span)[0], flow.names[0]
        before = [side for i in self.said if i.span.start < start for side in i.sides if side is not None]
        used = {w.text for side in before for w in look.words(side)}
        if {f"{name}dot", f"{name}_t"} & used or any(has_velocity(side, name) for side in before):
            return False
        calls = (arguments for side in before for head, arguments in look.calls_in(side) if head.text == name)
        if any(len(arguments) == 1 and is_moment(arguments[0]) for arguments in calls):
            return False
        return any(self.base_of(word) == name for word in used)

    def is_passing(self, name: str, item: Said) -> bool:
        r"""`.. = m^2. With $m = -\frac12$ I get`: a value for a while of an m that was spoken of, and no definition.

        `.. = m z with $m = \frac12$` goes on in the same sentence and says what m is.
        """
        if not item.inline or item.rhs is None or holds_rows(item.rhs) or PASSING.search(item.lead) is None:
            return False
        if {w.text for w in look.words(item.rhs)} - set(CONSTANT_WORDS):
            return False
        return any(i.span.start < item.span.start for i in self.index.used.get(name, ()))

    def is_component(self, name: str) -> bool:
        """`X_1` where X itself has a law: what is said of it is a claim about the marginal."""
        base = self.base_of(name)
        return base != name and (base in self.index.laws or base in self.index.spelled)

    def start_name(self, lhs: Syntax) -> str | None:
        """`z(0)`: the law of the starting point is a law of its own."""
        found = look.call(lhs)
        if found is None or len(found[1]) != 1 or not isinstance(found[1][0], Num) or found[1][0].text != "0":
            return None
        return f"{found[0].text}_0"

    def is_image(self, name: str) -> bool:
        """Whether some statement defines the name through another random name."""
        for item in self.index.given.get(name, ()):
            if item.rhs is not None and not item.open:
                used = {self.base_of(w.text) for w in look.words(item.rhs)} - {name}
                if any(self.is_random(u) and not self.made_of(u, name, item) for u in used):
                    return True
        return False

    def made_of(self, name: str, base: str, before: Said) -> bool:
        """Whether an earlier statement makes the name of the base: `z = A^{-1}(x - b)` then merely goes back."""
        return any(
            base in {w.text for w in look.words(item.rhs)}
            for item in self.index.given.get(name, ())
            if item.span.start < before.span.start and item.rhs is not None
        )

    def is_random(self, name: str) -> bool:
        """Whether the name, or the vector that it is a component of, has a law somewhere."""
        base = self.base_of(name)
        return bool({name, base} & self.random) or name in self.index.laws or base in self.index.laws

    def given_as(self, name: str) -> Syntax | None:
        """The first expression that a statement gives a name."""
        return next((item.rhs for item in self.index.given.get(name, ()) if not item.continued), None)

    def base_of(self, name: str) -> str:
        """The vector that a name is a component of; the name itself where the other one is the name of a number."""
        head, _, index = name.rpartition("_")
        return head if index.isdigit() and head and not self.is_number(head) else name

    def is_number(self, name: str) -> bool:
        r"""`\epsilon \sim N(0, 1)`: then `\epsilon_1` is another random number, and no component."""
        law = next((item.rhs for item in self.index.laws.get(name, ()) if item.rhs is not None), None)
        moments = normal_arguments(law, 2) if law is not None else None
        return moments is not None and all(look.number_like(m) and not look.column(m) for m in moments)

    def dimension(self, name: str) -> int | None:
        """The dimension of a random vector as the document shows it: arguments, components, a product."""
        for arguments in self.index.calls.get(f"p_{name}", ()):
            if len(arguments) > 1:
                return len(arguments)
        if self.index.highest.get(name, 0) > 1:
            return self.index.highest[name]
        said = self.index.used.get(name, ())
        return self.dimension_by_product(name) or size_in_a_sum(name, self.index.columns, said)

    def dimension_by_product(self, name: str) -> int | None:
        """`BX` with B a matrix literal somewhere."""
        widths = (self.index.widths.get(first, 1) for first in self.index.beside.get(name, ()))
        return next((width for width in widths if width > 1), None)

    def has_named_value(self, name: str, section: int) -> bool:
        """Whether a statement up to a section gives it a value: `c = (1, 0)`, where `p(c)` is the density there."""
        return self.index.valued.get(name, section + 1) <= section

    def defined_by_names(self, name: str) -> bool:
        """Whether some statement defines the name by other names: then it has the size of what it is made of."""
        rhs = self.given_as(name)
        return rhs is not None and look.matrix(rhs) is None and look.column(rhs) is None

    def goes_on_to_a_number(self, item: Said) -> bool:
        after = (other for other in self.index.onward.get(id(item.rhs), ()) if other.relation == "=")
        return any(other.rhs is not None and look.number_like(other.rhs) for other in after)

    def functions(self) -> set[str]:
        """Names that some statement gives a value at a bare argument: `f(x) = ..`."""
        calls = (look.call(i.lhs) for i in self.said if i.lhs is not None and i.relation in ("=", ":="))
        return {head.text for head, arguments in (c for c in calls if c) if all(look.bare_word(a) for a in arguments)}

    def has_differentials(self) -> bool:
        """Whether some d stands before another sign, as in dx: then d is no name."""
        sides = (side for item in self.said for side in item.sides if side is not None)
        return any(first == "d" for side in sides for first, _ in adjacent(side))

    def is_density_name(self, name: str, formal: tuple[str, ...]) -> bool:
        """`p_Y`, `p_{X_1}` of random names, and `p` at points named after random variables: `p(x)`, `p(x_1, x_2)`."""
        base, _, law = name.partition("_")
        if name == "p":
            points = {f for name in formal for f in (name, self.base_of(name))}
            capitals = {f[:1].upper() + f[1:] for f in points}
            return len({self.base_of(f) for f in formal}) == 1 and bool((points | capitals) & self.random)
        return base in ("p", "f", "q") and bool({law, self.base_of(law)} & self.random)


def has_velocity(syntax: Syntax, name: str) -> bool:
    r"""Whether `\frac{dz}{dt}`, or `\frac{d}{dt}` of something with z in it, stands in an expression."""
    stack = [syntax]
    while stack:
        current = stack.pop()
        if isinstance(current, Command) and current.name == "frac":
            found = look.fraction_sign(current)
            inside = syntax if found is None or found[0] is None else found[0]
            if found is not None and found[1] in TIMES and any(w.text == name for w in look.words(inside)):
                return True
        stack.extend(look.parts(current))
    return False


def is_moment(argument: Syntax) -> bool:
    """`t`, `s`, `0`: what a path is taken at."""
    word = look.bare_word(argument)
    return isinstance(argument, Num) or (word is not None and word.text in TIMES)
