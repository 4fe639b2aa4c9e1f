r"""Which statements of a document declare a name, and what they declare.

    Y \sim \mathcal{N}(m, S)        a Gaussian law                 Y = AX + b             the law of an affine image
    A = matrix                      a value                        f(x) = ..              a function
    \frac{d}{dt} z(t) = ..          a flow                         p(x) \propto e^{-E(x)} an energy-based law
    p(x) = e^{-E(x)} / Z            the same, with its normaliser  x \in \mathbb{R}^n     a type

A name that denotes a derived quantity of something declared anywhere (a density, a normaliser, an entropy) is never
declared by an equality: that is a claim.  The first statement that declares a name declares it; a later one is judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from . import shapes_of_syntax as look
from .declare_components import components_declaration
from .declare_conditionals import conditional_declaration, conditional_said, independence_declaration
from .declare_domains import membership_declaration
from .declare_flows import flow_declaration
from .declare_laws import energy_declaration, gaussian_declaration
from .declare_maps import IMAGE, image_declaration, joined_declaration
from .declare_sizes import fixes_a_number, size_beside
from .declare_starts import solution_starts, start_declaration, start_density_declaration, start_density_use
from .declare_values import (
    ARGUMENTS,
    TYPE,
    arguments_declaration,
    bound_declaration,
    bound_of,
    function_declaration,
    square_declaration,
    type_declaration,
    value_declaration,
)
from .declare_vectors import open_image_declaration, open_law_declaration
from .functions_alone import is_slope
from .heads import NAMED_LAW
from .notation import Declaration
from .open_sizes import open_shapes
from .said import Said, holds_rows, real_space, spaces, spelled, square, takes_moments
from .said_names import END, Names
from .syntax import Syntax, Word
from .vocabulary import CONSTANT_WORDS, FUNCTION_WORDS, GREEK

NEAR = 60
LETTERS = ("H", "h", "E", "I")
DERIVED_CALLS = ("H", "h", "I", "Cov", "Var", "E", "KL", "mean", "entropy", "D_KL", "det", "tr", "log", "exp")


# Function words that authors define for themselves, often with a parameter of their own.
DECLARABLE = ("sigmoid", "logistic", "softplus", "root", "mod", "outer", "norm", "dot", "inner", "diag", "conj")


@dataclass
class Collector:
    """Collects declarations from the statements of a document."""

    said: Sequence[Said]
    known: tuple[Declaration, ...] = ()
    opening: int = 0
    ground: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.found: list[Declaration] = list(self.known)
        self.declared: dict[str, str] = {n: d.kind for d in self.known for n in d.names}
        self.parents: set[str] = set()
        self.lettered: set[str] = set()
        self.letters: set[str] = set()
        self.open_functions: set[str] = set()
        self.random: set[str] = {n for n, kind in self.declared.items() if kind == "law"}
        self.names = Names(self.said, self.declared, self.random, self.opening, self.ground)
        self.open = open_shapes(spaces(self.said), self.said)
        self.told: dict[str, list[Declaration]] = {}
        self.flowing: list[Declaration] = []
        for declaration in self.known:
            self.remember(declaration)
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
        values = Counter(d.names[0] for d in self.found if d.kind == "value")
        for declaration in self.found:
            if declaration.kind == "value" and values[declaration.names[0]] > 1:
                opening = self.names.is_opening(declaration.span)
                yield declaration if opening else replace(declaration, scope=self.names.section_of(declaration.span))
            elif declaration.names[0] == "pi" or self.is_new_meaning(declaration) or self.was_formal(declaration):
                yield replace(declaration, scope=(self.names.section_of(declaration.span)[0], END))
            else:
                yield declaration

    def was_formal(self, declaration: Declaration) -> bool:
        """`s = x^2` under a heading says nothing of the s in `g(s) = ..`, `p(s) = ..` under a heading before it."""
        if declaration.kind != "value":
            return False
        start, name = self.names.section_of(declaration.span)[0], declaration.names[0]
        return any(place < start for place in self.names.index.formal.get(name, ()))

    def is_new_meaning(self, declaration: Declaration) -> bool:
        r"""`x \in \mathbb{R}^n` under a heading says nothing of the x under the headings before it, a function
        \sigma(x) nothing of a number \sigma there, and a flow dx/dt nothing of an x that does not move there."""
        if declaration.kind == "flow":
            return self.names.is_still_before(declaration)
        if declaration.rule != TYPE and declaration.kind != "function":
            return False
        start, name = self.names.section_of(declaration.span)[0], declaration.names[0]
        before = [i for i in self.names.index.used.get(name, ()) if i.span.start < start]
        used = sum(
            word.text == name for i in before for side in i.sides if side is not None for word in look.words(side)
        )
        called = sum(head.text == name for i in before for head, _ in i.calls)
        return used > (called if declaration.kind == "function" else 0)

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
        self.remember(declaration)
        for name in declaration.names:
            self.declared.setdefault(name, declaration.kind)
        if declaration.kind == "law":
            self.random.add(declaration.names[0])
        if declaration.kind == "conditional":
            self.random.add(declaration.names[-1])

    def remember(self, declaration: Declaration) -> None:
        for name in declaration.names:
            self.told.setdefault(name, []).append(declaration)
        if declaration.kind == "flow":
            self.flowing.append(declaration)

    # -- laws ------------------------------------------------------------------------------------------------------
    def laws(self, item: Said) -> Declaration | None:
        """`X ~ N(m, S)`, unless X is an affine image of another random variable somewhere."""
        if item.relation not in ("~", "=", ":=") or item.lhs is None or item.rhs is None:
            return None
        start = self.names.start_name(item.lhs) if item.relation == "~" else None
        word = look.bare_word(item.lhs)
        name = start or (word.text if word is not None else spelled(item.lhs))
        if not name or name in self.declared or self.names.is_image(name) or self.names.is_component(name):
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
        dimension = self.names.dimension(start[:-2] if start else name)
        return gaussian_declaration(name, item.rhs, item.span, dimension, rule, point=start is None)

    def conditionals(self, item: Said) -> Declaration | None:
        """`X | Y = y ~ N(m, S)`, `q(x | y) = N(x; m, S)`: the first statement about X that is no claim about a law."""
        if item.lhs is None or item.rhs is None or item.continued:
            return None
        said = conditional_said(item.relation, item.lhs, item.rhs)
        if said is None or f"law of {said.name} under {said.letter}" in self.declared:
            return None
        if self.names.is_random(said.name) and (not said.letter or said.name not in self.lettered):
            return None  # its law is declared otherwise: this is a claim about it
        if said.letter and not said.given and self.names.is_image(said.name):
            return None  # what it is made of has laws: this is a claim about it
        capital = said.name[:1].upper() + said.name[1:]
        if said.letter and capital != said.name and self.names.is_random(capital):
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

    def images(self, item: Said) -> Declaration | None:
        """`Y = BX + b` with X random: the law of the image."""
        if item.relation not in ("=", ":=") or item.lhs is None or item.rhs is None:
            return None
        word = look.bare_word(item.lhs)
        if word is None or item.continued or self.names.is_component(word.text) or word.text in self.parents:
            return None
        if takes_moments(item.rhs):
            return None  # E[X], KL(q || p) are numbers, whatever stands in them
        used = {w.text for w in look.words(item.rhs)}
        bases = sorted({u if u in self.random else self.names.base_of(u) for u in used if self.names.is_random(u)})
        if not bases or word.text in bases or any(self.names.made_of(base, word.text, item) for base in bases):
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
        written = {n: rhs for n in names if (rhs := self.names.given_as(n)) is not None}
        used = {
            self.names.base_of(w.text)
            for rhs in written.values()
            for w in look.words(rhs)
            if self.names.is_random(w.text)
        }
        if len(written) != len(found[1]) or len(used) != 1 or {self.names.base_of(n) for n in names} & used:
            return None
        return components_declaration(law, density, next(iter(used)), written, item.span)

    def is_new_image(self, name: str, item: Said) -> bool:
        """`Y = X^3` under another heading than `Y = 2X + 1`: the name is taken anew."""
        first = next((d for d in self.told.get(name, ()) if d.kind == "law" and d.names[0] == name), None)
        if first is None or first.rule != IMAGE:
            return False
        known = self.names.index.at(first.span)
        return known is not None and known.section != item.section

    # -- flows, energies -------------------------------------------------------------------------------------------
    def flows(self, item: Said) -> Declaration | None:
        if item.relation != "=" or item.lhs is None or item.rhs is None:
            return None
        return flow_declaration(item.lhs, item.rhs, item.span, self.said, self.declared)

    def flow_declarations(self) -> list[Declaration]:
        return self.flowing

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
                unknown = (name for name in names if name not in self.declared)
                fresh = tuple(name for name in unknown if not self.names.has_named_value(name, item.section))
                if fresh and len(names) == len(arguments) and set(names) - set(fresh) <= self.bounded():
                    return arguments_declaration(law, fresh, item.span, several=len(names) > 1)
        return None

    def bounded(self) -> set[str]:
        """The names that an inequality bounds: numbers, whatever else is said of them."""
        return set(self.names.index.bounds)

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
        bounds = self.names.index.bounds[bound.word.text]
        near = [o for o in bounds if o.place != bound.place and abs(o.place - bound.place) < NEAR]
        return bound_declaration(bound.word, (bound, *near), item.span)

    def sizes(self, item: Said) -> Declaration | None:
        r"""`x - \mu` with mu a column: x is a vector of its size; `W z + \mu` with W of d x k: mu has d entries."""
        opened = self.opened(item)
        if opened is not None:
            return opened
        found = size_beside(item, self.names.index.columns, self.declared)
        if found is None or self.names.is_random(found[0].text):
            return None
        return replace(type_declaration(found[0], (found[1],), item.span), defines=False)

    def opened(self, item: Said) -> Declaration | None:
        """A name whose size has a name, where it first stands; not one that the statement, or a law, declares."""
        own = look.bare_word(item.lhs) if item.lhs is not None and item.relation in ("=", ":=", "~") else None
        for side in item.sides:
            for word in look.words(side) if side is not None else ():
                if word.text not in self.open or word.text in self.declared or self.names.is_random(word.text):
                    continue
                if (own is not None and own.text == word.text) or self.names.defined_by_names(word.text):
                    continue
                return replace(type_declaration(word, self.open[word.text], item.span), defines=False)
        return None

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
            if self.names.is_passing(squared.text, item):
                return None
            return square_declaration(squared.text, item.rhs, item.span)
        found = look.call(item.lhs)
        if found is not None:
            return self.function(found[0], found[1], item)
        return None

    def value(self, word: Word, item: Said) -> Declaration | None:
        assert item.rhs is not None
        name = word.text
        if name in ("t", "e") or (name == "d" and self.names.has_differentials()):
            return None
        if name == "pi" and not holds_rows(item.rhs):
            return None  # `\pi = 4 \arctan 1` is a claim; a row of probabilities is a name of its own
        if name != "pi" and self.names.is_passing(name, item):
            return None
        if look.number_like(item.rhs) and item.inline and not fixes_a_number(name, item, self.said):
            return None
        if look.bare_word(item.rhs) is not None and self.names.goes_on_to_a_number(item):
            return None  # `b = h = 0` gives both a value
        if name in {w.text for w in look.words(item.rhs)}:
            return None
        if name.endswith("prime") and is_slope(name, self.names.functions() | self.open_functions):
            return None  # f' of a function of the document
        anew = self.is_new_value(name, item) or self.is_path(name) or self.was_argument(name, item)
        if name in self.declared and not anew:
            return None
        if self.names.base_of(name) != name and self.declared.get(self.names.base_of(name)) == "law":
            return None  # a component of a random vector is declared with it
        return value_declaration(name, item.rhs, item.span)

    def was_argument(self, name: str, item: Said) -> bool:
        """Whether the name is declared as the argument of a density alone, and under another heading."""
        told = self.told.get(name, [])
        sections = {i.section for d in told if (i := self.names.index.at(d.span)) is not None}
        return bool(told) and all(d.rule == ARGUMENTS for d in told) and item.section not in sections

    def is_path(self, name: str) -> bool:
        r"""`x_t = \sqrt{a} x_0 + \sqrt{1 - a} e` of a variable with a law given others: how it is drawn, said once."""
        values = [d for d in self.told.get(name, ()) if d.kind == "value" and d.names[0] == name]
        return self.declared.get(name) == "conditional" and name[:1].islower() and not values

    def is_new_value(self, name: str, item: Said) -> bool:
        """`x = \\log v` under another heading than `x = (y - 1)/2`: a function of other names is another meaning.

        Values without names in common are told apart only where both are made of names; two numbers are compared.
        """
        first = next((d for d in self.told.get(name, ()) if d.kind == "value" and d.names[0] == name), None)
        known = self.names.index.at(first.span) if first is not None else None
        if known is None or known.rhs is None or item.rhs is None or known.section == item.section:
            return False
        before, now = ({w.text for w in look.words(side)} for side in (known.rhs, item.rhs))
        before, now = (names - set(FUNCTION_WORDS) - set(CONSTANT_WORDS) for names in (before, now))
        before, now = (self.names.with_makings(names) for names in (before, now))
        return bool(before) and bool(now) and not before & now

    def function(self, head: Word, arguments: tuple[Syntax, ...], item: Said) -> Declaration | None:
        assert item.rhs is not None
        name = head.text
        formal = tuple(w.text for a in arguments if (w := look.bare_word(a)) is not None)
        # E, H and h are letters as much as operators: of an argument without a law they are functions.
        operator = name in DERIVED_CALLS and (
            name not in LETTERS or any(self.names.is_random(f) or f in self.letters for f in formal)
        )
        if name in self.declared or operator or self.names.is_density_name(name, formal) or self.is_velocity(item.lhs):
            return None
        if len(formal) != len(arguments) or len(set(formal)) != len(formal):
            return None
        if name in FUNCTION_WORDS and name not in GREEK.values() and name not in DECLARABLE:
            return None  # `sign(x) = 1` says something of the sign; it does not define it
        if "langle" in head.raw:
            return None  # <x> = 1 is about an average, <u, v> = 11 about an inner product
        return function_declaration(name, formal, item.rhs, item.span)

    def is_velocity(self, lhs: Syntax | None) -> bool:
        r"""`\dot x_1(t)` of a flow: a derivative, never a function of its own."""
        derivative = look.time_derivative(lhs) if lhs is not None else None
        if derivative is None:
            return False
        head = look.call(derivative[0])
        word = head[0] if head is not None else look.bare_word(derivative[0])
        return word is not None and self.declared.get(word.text) == "flow"
