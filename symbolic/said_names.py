"""What the names of a document are, as far as all its statements tell: random or not, components, sizes.

The collector of declarations asks; it shares with this what it has found so far (`declared`, `random`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from . import shapes_of_syntax as look
from .declare_conditionals import normal_arguments
from .declare_sizes import columns, size_in_a_sum
from .notation import Declaration
from .said import Said, adjacent, has_open_relation, holds_rows, spelled
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
        section = next((i.section for i in self.said if i.span == span), 0)
        inside = [i.span.start for i in self.said if i.section == section]
        later = [i.span.start for i in self.said if i.section > section]
        return min(inside, default=0), min(later, default=END)

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
        before = (side for i in self.said if i.span.start < item.span.start for side in i.sides if side is not None)
        return any(w.text == name for side in before for w in look.words(side))

    def is_component(self, name: str) -> bool:
        """`X_1` where X itself has a law: what is said of it is a claim about the marginal."""
        base = self.base_of(name)
        return base != name and any(
            base == (word.text if (word := look.bare_word(i.lhs)) is not None else spelled(i.lhs))
            for i in self.said
            if i.relation == "~" and i.lhs is not None
        )

    def start_name(self, lhs: Syntax) -> str | None:
        """`z(0)`: the law of the starting point is a law of its own."""
        found = look.call(lhs)
        if found is None or len(found[1]) != 1 or not isinstance(found[1][0], Num) or found[1][0].text != "0":
            return None
        return f"{found[0].text}_0"

    def is_image(self, name: str) -> bool:
        """Whether some statement defines the name through another random name."""
        for item in self.said:
            if item.relation in ("=", ":=") and item.lhs is not None and item.rhs is not None:
                word = look.bare_word(item.lhs)
                if word is not None and word.text == name and not has_open_relation(item.rhs):
                    used = {self.base_of(w.text) for w in look.words(item.rhs)} - {name}
                    if any(self.is_random(u) and not self.made_of(u, name, item) for u in used):
                        return True
        return False

    def made_of(self, name: str, base: str, before: Said) -> bool:
        """Whether an earlier statement makes the name of the base: `z = A^{-1}(x - b)` then merely goes back."""
        return any(
            base in {w.text for w in look.words(item.rhs)}
            for item in self.said
            if item.span.start < before.span.start and item.lhs is not None and item.rhs is not None
            if (word := look.bare_word(item.lhs)) is not None and word.text == name and item.relation in ("=", ":=")
        )

    def is_random(self, name: str) -> bool:
        """Whether the name, or the vector that it is a component of, has a law somewhere."""
        base = self.base_of(name)
        if {name, base} & self.random:
            return True
        for item in self.said:
            if item.relation == "~" and item.lhs is not None:
                word = look.bare_word(item.lhs)
                if word is not None and word.text in (name, base):
                    return True
        return False

    def given_as(self, name: str) -> Syntax | None:
        """The first expression that a statement gives a name."""
        for item in self.said:
            word = look.bare_word(item.lhs) if item.lhs is not None else None
            if word is not None and word.text == name and item.relation in ("=", ":=") and not item.continued:
                return item.rhs
        return None

    def base_of(self, name: str) -> str:
        """The vector that a name is a component of; the name itself where the other one is the name of a number."""
        head, _, index = name.rpartition("_")
        return head if index.isdigit() and head and not self.is_number(head) else name

    def is_number(self, name: str) -> bool:
        r"""`\epsilon \sim N(0, 1)`: then `\epsilon_1` is another random number, and no component."""
        for item in self.said:
            word = look.bare_word(item.lhs) if item.relation == "~" and item.lhs is not None else None
            if word is not None and word.text == name and item.rhs is not None:
                moments = normal_arguments(item.rhs, 2)
                return moments is not None and all(look.number_like(m) and not look.column(m) for m in moments)
        return False

    def dimension(self, name: str) -> int | None:
        """The dimension of a random vector as the document shows it: arguments, components, a product."""
        for item in self.said:
            for side in (item.lhs, item.rhs):
                if side is None:
                    continue
                for head, arguments in look.calls_in(side):
                    if head.text == f"p_{name}" and len(arguments) > 1:
                        return len(arguments)
        used = {
            w.text for item in self.said for side in (item.lhs, item.rhs) if side is not None for w in look.words(side)
        }
        components = [
            int(u.rpartition("_")[2]) for u in used if u.rpartition("_")[0] == name and u.rpartition("_")[2].isdigit()
        ]
        if components and max(components) > 1:
            return max(components)
        return self.dimension_by_product(name) or size_in_a_sum(name, columns(self.said), self.said)

    def dimension_by_product(self, name: str) -> int | None:
        """`BX` with B a matrix literal somewhere."""
        widths = {}
        for item in self.said:
            if item.lhs is not None and item.rhs is not None and (word := look.bare_word(item.lhs)) is not None:
                rows = look.matrix(item.rhs)
                if rows is not None:
                    widths[word.text] = len(rows.rows[0])
        for item in self.said:
            for side in (item.lhs, item.rhs):
                for first, second in adjacent(side):
                    if second == name and widths.get(first, 1) > 1:
                        return widths[first]
        return None

    def named_values(self, section: int) -> set[str]:
        """Names to which a statement up to a section gives a value: `c = (1, 0)`, where `p(c)` is the density there."""
        return {
            word.text
            for item in self.said
            if item.section <= section
            if item.relation in ("=", ":=") and not item.continued and item.lhs is not None and item.rhs is not None
            if (word := look.bare_word(item.lhs)) is not None
            if look.matrix(item.rhs) is not None or not look.number_like(item.rhs)
        }

    def defined_by_names(self, name: str) -> bool:
        """Whether some statement defines the name by other names: then it has the size of what it is made of."""
        rhs = self.given_as(name)
        return rhs is not None and look.matrix(rhs) is None and look.column(rhs) is None

    def goes_on_to_a_number(self, item: Said) -> bool:
        after = (other for other in self.said if other.lhs is item.rhs and other.relation == "=")
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
