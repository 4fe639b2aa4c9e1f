r"""Which statements of a document declare a name, and what they declare.

    Y \sim \mathcal{N}(m, S)        a Gaussian law                 Y = AX + b             the law of an affine image
    A = matrix                      a value                        f(x) = ..              a function
    \frac{d}{dt} z(t) = ..          a flow                         p(x) \propto e^{-E(x)} an energy-based law
    p(x) = e^{-E(x)} / Z            the same, with its normaliser  x \in \mathbb{R}^n     a type

A name that denotes a derived quantity of something declared anywhere (a density, a normaliser, an entropy) is never
declared by an equality: that is a claim.  The first statement that declares a name declares it; a later one is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from . import shapes_of_syntax as look
from .context import Context, Entry, GaussianLaw
from .declare_components import components_declaration
from .declare_conditionals import conditional_declaration, conditional_said, independence_declaration, normal_arguments
from .declare_domains import membership_declaration
from .declare_flows import flow_declaration
from .declare_laws import energy_declaration, gaussian_declaration, partition_names
from .declare_maps import IMAGE, image_declaration, joined_declaration
from .declare_sizes import columns, fixes_a_number, size_beside, size_in_a_sum
from .declare_starts import solution_starts, start_declaration, start_density_declaration, start_density_use
from .declare_vectors import open_image_declaration, open_law_declaration
from .domains import ZERO, Bound, Domain
from .elaborate import Elaborator
from .functions_alone import is_slope
from .heads import NAMED_LAW
from .notation import Declaration
from .open_sizes import open_shapes
from .shapes import shape_of
from .source import ReadError, Span
from .syntax import Command, Group, Infix, Num, Relation, Script, Syntax, Word
from .syntax import Sequence as Juxtaposed
from .tree import Apply, Name, Node, walk
from .vocabulary import CONSTANT_WORDS, FUNCTION_WORDS, GREEK

NEAR = 60
TYPE = "x in R^n"
END = 1 << 62
MOMENTS = ("E", "H", "h", "I", "Var", "Cov", "KL", "D")
LETTERS = ("H", "h", "E", "I")
DERIVED_CALLS = ("H", "h", "I", "Cov", "Var", "E", "KL", "mean", "entropy", "D_KL", "det", "tr", "log", "exp")


# Function words that authors define for themselves, often with a parameter of their own.
DECLARABLE = ("sigmoid", "logistic", "softplus", "root", "mod", "outer", "norm", "dot", "inner", "diag", "conj")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One relation as the collector sees it: sides (None where unread), place, and the text just before (`lead`)."""

    relation: str
    lhs: Syntax | None
    rhs: Syntax | None
    span: Span
    inline: bool = False
    continued: bool = False
    lead: str = ""
    section: int = 0

    @property
    def sides(self) -> tuple[Syntax | None, Syntax | None]:
        return self.lhs, self.rhs


@dataclass
class Collector:
    """Collects declarations from the statements of a document."""

    said: Sequence[Said]
    known: tuple[Declaration, ...] = ()

    def __post_init__(self) -> None:
        self.found: list[Declaration] = list(self.known)
        self.declared: dict[str, str] = {n: d.kind for d in self.known for n in d.names}
        self.parents: set[str] = set()
        self.lettered: set[str] = set()
        self.letters: set[str] = set()
        self.open_functions: set[str] = set()
        self.random: set[str] = {n for n, kind in self.declared.items() if kind == "law"}
        self.open = open_shapes(spaces(self.said), self.said)
        self.vectors: set[str] = set()
        self.vector_images: set[str] = set()

    def collect(self) -> tuple[Declaration, ...]:
        """Laws first, then flows and energies, then values and functions: each kind needs the names of those before."""
        flows = (self.flows, self.starts, self.start_densities)
        rules = (self.energies, self.images, self.component_maps, self.types, self.sizes, self.arguments, self.values)
        for rule in (self.laws, self.conditionals, self.independences, *flows, *rules):
            self.apply(rule)
        return tuple(self.scoped())

    def scoped(self) -> Iterator[Declaration]:
        """A value that is given anew under another heading holds under its own heading alone."""
        values = [d.names[0] for d in self.found if d.kind == "value"]
        for declaration in self.found:
            if declaration.kind == "value" and values.count(declaration.names[0]) > 1:
                yield replace(declaration, scope=self.section_of(declaration.span))
            elif self.is_new_meaning(declaration):
                yield replace(declaration, scope=(self.section_of(declaration.span)[0], END))
            else:
                yield declaration

    def is_new_meaning(self, declaration: Declaration) -> bool:
        r"""`x \in \mathbb{R}^n` under a heading says nothing of the x under the headings before it, and a function
        \sigma(x) nothing of a number \sigma there."""
        if declaration.rule != TYPE and declaration.kind != "function":
            return False
        start, name = self.section_of(declaration.span)[0], declaration.names[0]
        before = [side for i in self.said if i.span.start < start for side in (i.lhs, i.rhs) if side is not None]
        used = sum(word.text == name for side in before for word in look.words(side))
        called = sum(head.text == name for side in before for head, _ in look.calls_in(side))
        return used > (called if declaration.kind == "function" else 0)

    def section_of(self, span: Span) -> tuple[int, int]:
        """Where the statements under the heading of a place begin, and where those of the next one do."""
        section = next((i.section for i in self.said if i.span == span), 0)
        inside = [i.span.start for i in self.said if i.section == section]
        later = [i.span.start for i in self.said if i.section > section]
        return min(inside, default=0), min(later, default=END)

    def apply(self, rule: Callable[[Said], Declaration | None]) -> None:
        """One kind of declaration over all statements."""
        for item in self.said:
            if item.lhs is None or item.rhs is None:
                continue
            declaration = rule(item)
            if declaration is not None:
                self.add(declaration)
        if rule == self.starts and not any(d.kind == "start" for d in self.found):
            for declaration in solution_starts(self.said, self.flow_declarations(), self.declared):
                self.add(declaration)
        if rule == self.start_densities:
            for flow in self.flow_declarations():
                declaration = start_density_use(self.said, flow, self.declared)
                if declaration is not None:
                    self.add(declaration)

    def add(self, declaration: Declaration) -> None:
        self.found.append(declaration)
        for name in declaration.names:
            self.declared.setdefault(name, declaration.kind)
        if declaration.kind == "law":
            self.random.add(declaration.names[0])
        if declaration.kind == "conditional":
            self.random.add(declaration.names[-1])

    # -- laws ------------------------------------------------------------------------------------------------------
    def laws(self, item: Said) -> Declaration | None:
        """`X ~ N(m, S)`, unless X is an affine image of another random variable somewhere."""
        if item.relation not in ("~", "=", ":=") or item.lhs is None or item.rhs is None:
            return None
        start = self.start_name(item.lhs) if item.relation == "~" else None
        word = look.bare_word(item.lhs)
        name = start or (word.text if word is not None else spelled(item.lhs))
        if not name or name in self.declared or self.is_image(name) or self.is_component(name):
            return None
        # `X | Y = y ~ N(y, 1)` is about X, and no law of y.
        if name in {w.text for w in look.words(item.rhs)} or (item.continued and word is not None):
            return None
        rule = "" if item.relation == "~" else NAMED_LAW
        if gaussian_declaration(name, item.rhs, item.span, None) is None:  # before the document is searched for sizes
            return None
        if rule == "" and len(self.open.get(name, ())) == 1:
            self.vectors.add(name)
            return open_law_declaration(name, item.rhs, item.span, self.open[name][0])
        dimension = self.dimension(start[:-2] if start else name)
        return gaussian_declaration(name, item.rhs, item.span, dimension, rule, point=start is None)

    def conditionals(self, item: Said) -> Declaration | None:
        """`X | Y = y ~ N(m, S)`, `q(x | y) = N(x; m, S)`: the first statement about X that is no claim about a law."""
        if item.lhs is None or item.rhs is None or item.continued:
            return None
        said = conditional_said(item.relation, item.lhs, item.rhs)
        if said is None or f"law of {said.name} under {said.letter}" in self.declared:
            return None
        if self.is_random(said.name) and (not said.letter or said.name not in self.lettered):
            return None  # its law is declared otherwise: this is a claim about it
        if said.letter and not said.given and self.is_image(said.name):
            return None  # what it is made of has laws: this is a claim about it
        capital = said.name[:1].upper() + said.name[1:]
        if said.letter and capital != said.name and self.is_random(capital):
            return None  # p(y) of a random Y
        if said.letter:
            self.lettered.add(said.name)
            self.letters.add(said.letter)
        self.parents |= {name for name, _ in said.given}
        return conditional_declaration(said, item.span)

    def independences(self, item: Said) -> Declaration | None:
        """`X \\perp Y`, or a sentence that says so."""
        first = look.bare_word(item.lhs) if item.lhs is not None else None
        second = look.bare_word(item.rhs) if item.rhs is not None else None
        if item.relation != "perp" or first is None or second is None:
            return None
        return independence_declaration(first.text, second.text, item.span)

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

    def images(self, item: Said) -> Declaration | None:
        """`Y = BX + b` with X random: the law of the image."""
        if item.relation not in ("=", ":=") or item.lhs is None or item.rhs is None:
            return None
        word = look.bare_word(item.lhs)
        if word is None or item.continued or self.is_component(word.text) or word.text in self.parents:
            return None
        if takes_moments(item.rhs):
            return None  # E[X], KL(q || p) are numbers, whatever stands in them
        used = {w.text for w in look.words(item.rhs)}
        bases = sorted({u if u in self.random else self.base_of(u) for u in used if self.is_random(u)})
        if not bases or word.text in bases or any(self.made_of(base, word.text, item) for base in bases):
            return None
        if word.text in self.declared and not self.is_new_image(word.text, item):
            return None
        if set(bases) & (self.vectors | self.vector_images):
            if not set(bases) <= self.vectors:
                return None  # a function of an image, such as its conditional mean: a definition
            self.vector_images.add(word.text)
            return open_image_declaration(word.text, item.rhs, item.span)
        if len(bases) > 1:
            return joined_declaration(word.text, tuple(bases), item.rhs, item.span)
        return image_declaration(word.text, bases[0], item.rhs, item.span)

    def component_maps(self, item: Said) -> Declaration | None:
        r"""`p_X(x_1, x_2)`, `\log p(x_1, x_2)` where x_1 and x_2 are given in the components of a random vector."""
        found = look.call(look.without_log(item.lhs)) if item.lhs is not None else None
        letter, _, law = found[0].text.partition("_") if found is not None else ("", "", "")
        if found is None or letter not in ("p", "f", "q") or law in self.random or len(found[1]) < 2:
            return None
        names = [w.text for a in found[1] if (w := look.bare_word(a)) is not None]
        if not law and letter != "p":
            return None  # f(x_1, x_2) may be any function
        law = law or "_".join(names)
        density = f"{letter}_{law}"
        written = {n: rhs for n in names if (rhs := self.given_as(n)) is not None}
        used = {self.base_of(w.text) for rhs in written.values() for w in look.words(rhs) if self.is_random(w.text)}
        if len(written) != len(found[1]) or len(used) != 1 or {self.base_of(n) for n in names} & used:
            return None
        return components_declaration(law, density, next(iter(used)), written, item.span)

    def given_as(self, name: str) -> Syntax | None:
        """The first expression that a statement gives a name."""
        for item in self.said:
            word = look.bare_word(item.lhs) if item.lhs is not None else None
            if word is not None and word.text == name and item.relation in ("=", ":=") and not item.continued:
                return item.rhs
        return None

    def is_new_image(self, name: str, item: Said) -> bool:
        """`Y = X^3` under another heading than `Y = 2X + 1`: the name is taken anew."""
        first = next((d for d in self.found if d.kind == "law" and d.names[0] == name), None)
        if first is None or first.rule != IMAGE:
            return False
        section = next((i.section for i in self.said if i.span == first.span), item.section)
        return section != item.section

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

    # -- flows, energies -------------------------------------------------------------------------------------------
    def flows(self, item: Said) -> Declaration | None:
        if item.relation != "=" or item.lhs is None or item.rhs is None:
            return None
        return flow_declaration(item.lhs, item.rhs, item.span, self.said, self.declared)

    def flow_declarations(self) -> list[Declaration]:
        return [d for d in self.found if d.kind == "flow"]

    def starts(self, item: Said) -> Declaration | None:
        """`Z(0) = a`: the names of a starting point."""
        return start_declaration(item, self.flow_declarations(), self.declared)

    def start_densities(self, item: Said) -> Declaration | None:
        """`p_0(a) = ..`: the density at the start."""
        return start_density_declaration(item, self.flow_declarations(), self.declared)

    def energies(self, item: Said) -> Declaration | None:
        if item.lhs is None or item.rhs is None:
            return None
        return energy_declaration(item.relation, item.lhs, item.rhs, item.span, self.said, self.declared)

    def arguments(self, item: Said) -> Declaration | None:
        """`p_Y(y_1, y_2)`, `p_Y(y)`: the arguments of a density are thereby declared, a single one as a vector."""
        for side in (item.lhs, item.rhs):
            if side is None:
                continue
            for head, arguments in look.calls_in(side):
                law = head.text.partition("_")[2]
                if head.text.partition("_")[0] not in ("p", "f") or law not in self.random:
                    continue
                names = [w.text for a in arguments if (w := look.bare_word(a)) is not None]
                known = set(self.declared) | self.named_values()
                if names and len(names) == len(arguments) and not set(names) & known:
                    return arguments_declaration(law, tuple(names), item.span)
        return None

    def named_values(self) -> set[str]:
        """Names to which some statement gives a value: `c = (1, 0)`, where `p(c)` is the density at that point."""
        return {
            word.text
            for item in self.said
            if item.relation in ("=", ":=") and not item.continued and item.lhs is not None and item.rhs is not None
            if (word := look.bare_word(item.lhs)) is not None
            if look.matrix(item.rhs) is not None or not look.number_like(item.rhs)
        }

    # -- types, values, functions ----------------------------------------------------------------------------------
    def types(self, item: Said) -> Declaration | None:
        """`x \\in \\mathbb{R}^n`, `\\theta > 0`."""
        word = look.bare_word(item.lhs) if item.lhs is not None else None
        if item.relation == "in" and word is not None and word.text not in self.declared and item.rhs is not None:
            shape = real_space(item.rhs)
            if shape is None:
                return membership_declaration(word, item.rhs, item.span)
            return type_declaration(word, shape, item.span)
        bound = bound_of(item)
        if bound is None or bound.word.text in self.declared:
            return None
        others = [found for other in self.said if other is not item and (found := bound_of(other)) is not None]
        near = [o for o in others if o.word.text == bound.word.text and abs(o.place - bound.place) < NEAR]
        return bound_declaration(bound.word, (bound, *near), item.span)

    def sizes(self, item: Said) -> Declaration | None:
        r"""`x - \mu` with mu a column: x is a vector of its size; `W z + \mu` with W of d x k: mu has d entries."""
        opened = self.opened(item)
        if opened is not None:
            return opened
        found = size_beside(item, columns(self.said), self.declared)
        if found is None or self.is_random(found[0].text):
            return None
        return replace(type_declaration(found[0], (found[1],), item.span), defines=False)

    def opened(self, item: Said) -> Declaration | None:
        """A name whose size has a name, where it first stands; not one that the statement, or a law, declares."""
        own = look.bare_word(item.lhs) if item.lhs is not None and item.relation in ("=", ":=", "~") else None
        for side in item.sides:
            for word in look.words(side) if side is not None else ():
                if word.text not in self.open or word.text in self.declared or self.is_random(word.text):
                    continue
                if (own is not None and own.text == word.text) or self.defined_by_names(word.text):
                    continue
                return replace(type_declaration(word, self.open[word.text], item.span), defines=False)
        return None

    def defined_by_names(self, name: str) -> bool:
        """Whether some statement defines the name by other names: then it has the size of what it is made of."""
        rhs = self.given_as(name)
        return rhs is not None and look.matrix(rhs) is None and look.column(rhs) is None

    def values(self, item: Said) -> Declaration | None:
        """`A = matrix`, `u = y_1 - 1`, `f(x) = ..`."""
        if item.relation not in ("=", ":=") or item.lhs is None or item.rhs is None or item.continued:
            return None
        if conditional_said(item.relation, item.lhs, item.rhs) is not None:
            return None  # a law, declared or claimed; no function of two arguments
        word = look.bare_word(item.lhs)
        if word is not None:
            return self.value(word, item)
        squared = square(item.lhs)
        if squared is not None and squared.text not in self.declared and not look.number_like(item.lhs):
            return square_declaration(squared.text, item.rhs, item.span)
        found = look.call(item.lhs)
        if found is not None:
            return self.function(found[0], found[1], item)
        return None

    def value(self, word: Word, item: Said) -> Declaration | None:
        assert item.rhs is not None
        name = word.text
        if name in ("t", "e", "pi") or (name == "d" and self.has_differentials()):
            return None
        if look.number_like(item.rhs) and item.inline and not fixes_a_number(name, item, self.said):
            return None
        if look.bare_word(item.rhs) is not None and self.goes_on_to_a_number(item):
            return None  # `b = h = 0` gives both a value
        if name in {w.text for w in look.words(item.rhs)}:
            return None
        if name.endswith("prime") and is_slope(name, self.functions() | self.open_functions):
            return None  # f' of a function of the document
        if name in self.declared and not self.is_new_value(name, item) and not self.is_path(name):
            return None
        if self.base_of(name) != name and self.declared.get(self.base_of(name)) == "law":
            return None  # a component of a random vector is declared with it
        return value_declaration(name, item.rhs, item.span)

    def is_path(self, name: str) -> bool:
        r"""`x_t = \sqrt{a} x_0 + \sqrt{1 - a} e` of a variable with a law given others: how it is drawn, said once."""
        values = {d.names[0] for d in self.found if d.kind == "value"}
        return self.declared.get(name) == "conditional" and name[:1].islower() and name not in values

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

    def is_new_value(self, name: str, item: Said) -> bool:
        """`x = \\log v` under another heading than `x = (y - 1)/2`: a function of other names is another meaning.

        Values without names in common are told apart only where both are made of names; two numbers are compared.
        """
        first = next((d for d in self.found if d.kind == "value" and d.names[0] == name), None)
        known = next((i for i in self.said if first is not None and i.span == first.span), None)
        if known is None or known.rhs is None or item.rhs is None or known.section == item.section:
            return False
        before, now = ({w.text for w in look.words(side)} for side in (known.rhs, item.rhs))
        before, now = (names - set(FUNCTION_WORDS) - set(CONSTANT_WORDS) for names in (before, now))
        return bool(before) and bool(now) and not before & now

    def function(self, head: Word, arguments: tuple[Syntax, ...], item: Said) -> Declaration | None:
        assert item.rhs is not None
        name = head.text
        formal = tuple(w.text for a in arguments if (w := look.bare_word(a)) is not None)
        # E, H and h are letters as much as operators: of an argument without a law they are functions.
        operator = name in DERIVED_CALLS and (
            name not in LETTERS or any(self.is_random(f) or f in self.letters for f in formal)
        )
        if name in self.declared or operator or self.is_density_name(name, formal) or self.is_velocity(item.lhs):
            return None
        if len(formal) != len(arguments) or len(set(formal)) != len(formal):
            return None
        if name in FUNCTION_WORDS and name not in GREEK.values() and name not in DECLARABLE:
            return None  # `sign(x) = 1` says something of the sign; it does not define it
        if "langle" in head.raw and len(arguments) == 1:
            return None  # <x> = 1 is about an average
        return function_declaration(name, formal, item.rhs, item.span)

    def is_velocity(self, lhs: Syntax | None) -> bool:
        r"""`\dot x_1(t)` of a flow: a derivative, never a function of its own."""
        derivative = look.time_derivative(lhs) if lhs is not None else None
        if derivative is None:
            return False
        head = look.call(derivative[0])
        word = head[0] if head is not None else look.bare_word(derivative[0])
        return word is not None and self.declared.get(word.text) == "flow"

    def is_density_name(self, name: str, formal: tuple[str, ...]) -> bool:
        """`p_Y`, `p_{X_1}` of random names, and `p` at points named after random variables: `p(x)`, `p(x_1, x_2)`."""
        base, _, law = name.partition("_")
        if name == "p":
            points = {f for name in formal for f in (name, self.base_of(name))}
            capitals = {f[:1].upper() + f[1:] for f in points}
            return len({self.base_of(f) for f in formal}) == 1 and bool((points | capitals) & self.random)
        return base in ("p", "f", "q") and bool({law, self.base_of(law)} & self.random)


def spelled(syntax: Syntax) -> str:
    """`z` of `(z_1, z_2)`: the vector that a list of numbered names spells out."""
    parts = look.column(syntax) or ()
    names = [w.text for p in parts if (w := look.bare_word(p)) is not None]
    bases = {n.rpartition("_")[0] for n in names}
    numbered = [n.rpartition("_")[2] for n in names] == [str(i) for i in range(1, len(parts) + 1)]
    return next(iter(bases)) if len(parts) > 1 and numbered and len(bases) == 1 else ""


def takes_moments(syntax: Syntax) -> bool:
    """Whether an expectation, a variance, an entropy or a divergence stands in an expression."""
    stack: list[Syntax] = [syntax]
    while stack:
        current = stack.pop()
        if isinstance(current, Command) and current.name == "expect":
            return True
        if isinstance(current, Juxtaposed):
            for first, second in zip(current.items, current.items[1:], strict=False):
                head = first.base if isinstance(first, Script) else first
                name = head.text.partition("_")[0] if isinstance(head, Word) else ""
                # `H (X - m)` with a matrix H is a product; `H(X)`, `H(X | Y)` is none.
                plain = isinstance(second, Group) and all(
                    isinstance(i, Word) or (isinstance(i, Infix) and i.op in ("given", "semicolon"))
                    for i in second.items
                )
                if isinstance(second, Group) and name in MOMENTS and (plain or name not in ("H", "h", "I")):
                    return True
        stack.extend(look.parts(current))
    return False


def has_open_relation(syntax: Syntax) -> bool:
    """A relation that is not the range of a sum or a product."""
    if isinstance(syntax, Script) and isinstance(syntax.base, Command):
        return False
    if isinstance(syntax, Relation):
        return True
    return any(has_open_relation(part) for part in look.parts(syntax))


def adjacent(side: Syntax | None) -> Iterator[tuple[str, str]]:
    """Pairs of names that stand next to each other."""
    stack = [side] if side is not None else []
    while stack:
        current = stack.pop()
        if isinstance(current, Juxtaposed):
            for first, second in zip(current.items, current.items[1:], strict=False):
                one, two = head_name(first), head_name(second)
                if one and two:
                    yield one, two
        stack.extend(look.parts(current))


def head_name(item: Syntax) -> str:
    base = item.base if isinstance(item, Script) else item
    return base.text if isinstance(base, Word) else ""


def spaces(said: Sequence[Said]) -> dict[str, tuple[int | str, ...]]:
    r"""The names that live in a space `\mathbb{R}^n`, with their shapes; the first place counts."""
    found: dict[str, tuple[int | str, ...]] = {}
    for item in said:
        word = look.bare_word(item.lhs) if item.relation == "in" and item.lhs is not None else None
        shape = real_space(item.rhs) if word is not None and item.rhs is not None else None
        if word is not None and shape:
            found.setdefault(word.text, shape)
    return found


def real_space(syntax: Syntax) -> tuple[int | str, ...] | None:
    """`\\mathbb{R}`, `\\mathbb{R}^2`, `\\mathbb{R}^n`, `\\mathbb{R}^{m \\times n}`; None for another set."""
    inner = look.peeled(syntax)
    if isinstance(inner, Word) and inner.text == "RR":
        return ()
    if isinstance(inner, Script) and isinstance(inner.base, Word) and inner.base.text == "RR" and inner.sup is not None:
        power = look.peeled(inner.sup)
        if isinstance(power, Infix) and power.op == "cross" and len(power.args) == 2:
            rows, columns = (size_of(look.peeled(part)) for part in power.args)
            return None if rows is None or columns is None else (rows, columns) if columns != 1 else (rows,)
        size = size_of(power)
        return None if size is None else (size,) if size != 1 else ()
    return None


def size_of(syntax: Syntax) -> int | str | None:
    """A size of a vector or a matrix: a whole number up to 12 or a name."""
    if isinstance(syntax, Num) and syntax.text.isdigit() and 1 <= int(syntax.text) <= 12:
        return int(syntax.text)
    return syntax.text if isinstance(syntax, Word) else None


# -- declarations ------------------------------------------------------------------------------------------------------
def type_declaration(word: Word, shape: tuple[int | str, ...], span: Span) -> Declaration:
    def build(context: Context) -> Context:
        domain = Domain(shape=shape, text=f"vector({shape[0]})" if shape else "real")
        kind = "vector" if shape else "scalar"
        return context.declare(Entry(name=word.text, kind=kind, domain=domain, span=span))

    return Declaration(names=(word.text,), kind="type", span=span, rule=TYPE, build=build)


def arguments_declaration(law: str, names: tuple[str, ...], span: Span) -> Declaration:
    def build(context: Context) -> Context:
        known = context.laws.get(law)
        if known is None:
            raise ReadError(f"expected the law of {law}", span)
        rule = f"argument of the density of {law}"
        if len(names) == 1 and known.dimension > 1:
            domain = Domain(shape=(known.dimension,), text=f"vector({known.dimension})")
            return context.declare(Entry(name=names[0], kind="vector", domain=domain, span=span, rule=rule))
        return context.declare(*(Entry(name=n, kind="scalar", span=span, rule=rule) for n in names))

    return Declaration(names=names, kind="type", span=span, rule="arguments of a density", build=build, defines=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenBound:
    """`x > 0` and `0 < x` between dollars: a name, the number, on which side and whether it is included."""

    word: Word
    number: Syntax
    below: bool
    closed: bool
    place: int


def bound_of(item: Said) -> WrittenBound | None:
    """The bound that an inequality between a name and a number states."""
    if item.relation not in ("<", "<=", ">", ">=") or not item.inline or item.lhs is None or item.rhs is None:
        return None
    for side, other, low in (
        (item.lhs, item.rhs, item.relation[0] == ">"),
        (item.rhs, item.lhs, item.relation[0] == "<"),
    ):
        word = look.bare_word(side)
        if word is None or word.text in CONSTANT_WORDS or look.bare_word(other) is not None:
            continue
        if {w.text for w in look.words(other)} <= set(CONSTANT_WORDS):
            closed = item.relation.endswith("=")
            return WrittenBound(word=word, number=other, below=low, closed=closed, place=item.span.start)
    return None


def bound_declaration(word: Word, bounds: Sequence[WrittenBound], span: Span) -> Declaration:
    def build(context: Context) -> Context:
        ends: dict[str, Bound] = {}
        for bound in bounds:
            value = Elaborator(context).node(bound.number)
            ends.setdefault("low" if bound.below else "high", Bound(value=value, closed=bound.closed))
        domain = Domain(low=ends.get("low"), high=ends.get("high"), text="by an inequality")
        return context.declare(Entry(name=word.text, kind="scalar", domain=domain, span=span))

    return Declaration(names=(word.text,), kind="type", span=span, rule="an inequality", build=build)


def value_declaration(name: str, rhs: Syntax, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        from .declarations import symbol_entry

        el = Elaborator(context, implicit=True)
        node = el.node(rhs)
        if goes_through(name, node, el.context):
            raise ReadError(f"'{name}' is defined through itself", span)
        entry = symbol_entry(name, Domain(value=node, text="by its definition"), span, el.context)
        return el.context.declare(entry)

    return Declaration(names=(name,), kind="value", span=span, rule="a definition", build=build)


def goes_through(name: str, node: Node, context: Context) -> bool:
    """Whether a value leads back to the name: `x = z` and `z = x` are one definition and one claim."""
    seen: set[str] = set()
    pending = [node]
    while pending:
        for part in walk(pending.pop()):
            if not isinstance(part, Name) or part.name in seen:
                continue
            if part.name == name:
                return True
            seen.add(part.name)
            entry = context.get(part.name)
            if entry is not None and entry.value is not None and not entry.arguments:
                pending.append(entry.value)
    return False


def square(syntax: Syntax) -> Word | None:
    """The name in `s^2`: a variance that the document names by its root."""
    inner = look.peeled(syntax)
    if not isinstance(inner, Script) or inner.sub is not None or inner.primes or not isinstance(inner.base, Word):
        return None
    power = look.peeled(inner.sup) if inner.sup is not None else None
    return inner.base if isinstance(power, Num) and power.text == "2" else None


def square_declaration(name: str, rhs: Syntax, span: Span) -> Declaration:
    """`s^2 = ..` declares s as the positive root."""

    def build(context: Context) -> Context:
        from .declarations import symbol_entry

        el = Elaborator(context, implicit=True)
        node = Apply("sqrt", (el.node(rhs),), span)
        domain = Domain(value=node, low=Bound(value=ZERO, closed=False), text="positive, by its square")
        return el.context.declare(symbol_entry(name, domain, span, el.context))

    return Declaration(names=(name,), kind="value", span=span, rule="a definition of its square", build=build)


def function_declaration(name: str, formal: tuple[str, ...], rhs: Syntax, span: Span) -> Declaration:
    def build(context: Context) -> Context:
        el = Elaborator(context, implicit=True, bound=formal)
        node = el.node(rhs)
        shape = shape_of(node, el.context.declare(*(Entry(name=n, kind="scalar") for n in formal if n not in context)))
        domain = Domain(arity=len(formal), shape=shape or (), text=f"function({len(formal)})")
        entry = Entry(name=name, kind="function", domain=domain, value=node, arguments=formal, span=span)
        return el.context.declare(entry)

    return Declaration(names=(name,), kind="function", span=span, rule="a definition", build=build)


__all__ = ["Collector", "GaussianLaw", "Group", "ReadError", "Said", "partition_names"]
