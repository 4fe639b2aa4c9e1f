r"""The elaborator: surface syntax and a context -> the typed, unevaluated tree.

It decides what the parser left open, by the declared names alone: `f(x)` is an application when f is declared as a
function (or as a field, a path, a density), a product otherwise; `|A|` is a determinant when A is a matrix; `E_p[g]`
an expectation; `d/dt g` a total derivative and `∂/∂t g` a partial one.  A name that nobody declared is an error with
the nearest known name, unless `implicit` declares it with the default domain (the reader of whole documents does, and
says so).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeGuard

from . import (
    derivative_places,
    derivative_signs,
    evaluation_marks,
    extremes,
    heads,
    indicators,
    inverse_functions,
    operators,
)
from . import shapes_of_syntax as look
from .context import Context, EnergyLaw, Entry, component_names
from .domains import DEFAULT_REAL
from .shapes import Shape, ShapeError, shape_of
from .source import NOWHERE, ReadError, Span
from .syntax import Command, Group, Infix, Num, Relation, Rows, Script, Sequence, Syntax, Text, Word
from .tree import Apply, Array, Call, Name, Node, Number, column, integer
from .vocabulary import CONSTANT_WORDS, FUNCTION_WORDS, PREFIX_WORDS

MAX_LEVELS = 150
FUNCTION_LETTERS = ("f", "g", "h", "F", "G", "T", "sigma", "phi", "psi", "Phi", "Psi", "zeta")
_COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "=": "eq", "!=": "ne"}


@dataclass
class Elaborator:
    """Turns syntax into trees.  `implied` collects the names that were declared by default, in order."""

    context: Context
    implicit: bool = False
    implied: dict[str, Entry] = field(default_factory=dict)
    bound: tuple[str, ...] = ()
    level: int = 0
    imaginary: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    # Variables of the integrals beside this expression: what `[F]_a^b` is taken in.
    integrated: tuple[str, ...] = ()
    # What functions stand before in the formula: f(x, y) -> f: (x, y).
    applied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    # -- names -----------------------------------------------------------------------------------------------------
    def entry(self, name: str) -> Entry | None:
        return self.context.get(name)

    def knows(self, name: str) -> bool:
        return name in self.bound or name in self.context

    def with_bound(self, *names: str) -> Elaborator:
        """The same elaborator inside the scope of bound variables."""
        return replace(self, bound=(*self.bound, *names))

    def imply(self, name: str, rule: str, kind: str = "scalar") -> Entry:
        if {name, name.rpartition("_")[0]} & self.context.expected:
            raise ReadError(f"'{name}' is declared further down", NOWHERE)
        entry = Entry(name=name, kind=kind, domain=DEFAULT_REAL, rule=rule)
        self.context = self.context.declare(entry)
        self.implied[name] = entry
        return entry

    def word(self, word: Word | Text) -> Node:
        """A name that stands alone."""
        name = word.text
        if self.knows(name):
            return self.density_value(word) or Name(name, word.span)
        if name == "i" and self.imaginary:
            return Name("imaginary", word.span)
        if name in CONSTANT_WORDS:
            return Name(CONSTANT_WORDS[name], word.span)
        conjugate = self.conjugate(name, word.span)
        if conjugate is not None:
            return conjugate
        if name in ("I", "indicator") or (name.startswith("I_") and name[2:].isdigit() and not self.knows("I")):
            size = (Number(Fraction(int(name[2:5]))),) if "_" in name else ()
            if size and not 1 <= size[0].value <= 12:
                raise ReadError(f"expected an identity of size 1 to 12; got '{name[:20]}'", word.span)
            return Apply("identity", size, word.span)
        component = self.vector_component(name, word.span)
        if component is not None:
            return component
        vector = self.spelled_vector(name, word.span)
        if vector is not None:
            return vector
        if name in FUNCTION_WORDS:
            raise ReadError(f"expected an argument of '{name}'", word.span, f"write {name}(...)")
        if name in ("partial", "div", "nabla"):
            raise ReadError(f"not read: the derivative sign '{name}' in this form", word.span)
        if name.lower() == "nan" and self.implicit:
            raise ReadError(f"not read: '{name}' is no number", word.span)
        if self.implicit:
            self.imply(name, "undeclared: real by default")
            return Name(name, word.span)
        raise self.unknown(name, word.span)

    def density_value(self, word: Word | Text) -> Node | None:
        """`log p` for log p(x): the density of an energy-based law at its own variables."""
        entry = self.entry(word.text) if word.text not in self.bound else None
        law = self.context.laws.get(entry.of) if entry is not None and entry.kind == "density" else None
        if not isinstance(law, EnergyLaw):
            return None
        return Call(word.text, tuple(Name(n, word.span) for n in law.variables), word.span)

    def conjugate(self, name: str, span: Span) -> Node | None:
        r"""`\bar z` and `z^*` where z is complex and the barred name is no name of its own."""
        base = name.removesuffix("bar") if name.endswith("bar") else name.removesuffix("star")
        entry = self.entry(base) if base not in ("", name) else None
        if entry is None or entry.domain.field != "complex":
            return None
        return Apply("conj", (Name(base, span),), span)

    def unknown(self, name: str, span: Span) -> ReadError:
        nearest = self.context.nearest(name)
        hint = f"the nearest declared name is '{nearest}'" if nearest else "declare it in [symbols]"
        foreign = next((c for c in name if not c.isascii()), "")
        if foreign:
            hint += f"; '{foreign}' is {unicodedata.name(foreign, 'unnamed').lower()}"
        return ReadError(f"expected a declared name; got '{name}'", span, hint)

    def vector_component(self, name: str, span: Span) -> Node | None:
        """`y_1` where y is a declared vector, `A_1_2` where A is a declared matrix."""
        match = re.fullmatch(r"(.*?)_(\d{1,4})(?:_(\d{1,4}))?", name)
        entry = self.entry(match[1]) if match else None
        if match is None or entry is None or entry.kind not in ("vector", "matrix"):
            return None
        indices = [int(part) for part in match.groups()[1:] if part is not None]
        if len(indices) != len(entry.domain.shape):
            return None
        check_indices(entry.domain.shape, indices, match[1], span)
        return Apply("entry", (Name(match[1], span), *(Number(Fraction(i)) for i in indices)), span)

    def spelled_vector(self, name: str, span: Span) -> Node | None:
        """`y` where y_1, ..., y_n are declared and y is not: the vector of them."""
        if f"{name}_1" not in self.context or f"{name}_2" not in self.context or name in self.context.expected:
            return None
        if any(self.shape(Name(f"{name}_{i}")) for i in (1, 2)):
            return None  # a family of vectors or matrices, not the components of one
        parts, i = [], 1
        while f"{name}_{i}" in self.context:
            parts.append(Name(f"{name}_{i}", span))
            i += 1
        return column(*parts)

    # -- shapes ----------------------------------------------------------------------------------------------------
    def shape(self, node: Node) -> Shape:
        try:
            return shape_of(node, self.context)
        except ShapeError:
            return None

    # -- expressions -----------------------------------------------------------------------------------------------
    def node(self, syntax: Syntax) -> Node:
        """The tree of an expression.  Raises ReadError where something is not understood, or nested too deeply."""
        self.descend(syntax.span)
        try:
            return self.understood(syntax)
        finally:
            self.level -= 1

    def descend(self, span: Span) -> None:
        """One level deeper: chains of quotients and of prefix functions nest without brackets."""
        self.level += 1
        if self.level > MAX_LEVELS:
            raise ReadError(f"expected at most {MAX_LEVELS} nested operations; got more", span)

    def understood(self, syntax: Syntax) -> Node:
        """The tree by the kind of the syntax."""
        if isinstance(syntax, Num):
            return number(syntax)
        if isinstance(syntax, Word | Text):
            return self.word(syntax)
        if isinstance(syntax, Infix):
            return self.infix(syntax)
        if isinstance(syntax, Sequence):
            return self.sequence(syntax)
        if isinstance(syntax, Group):
            return indicators.bracket(self, syntax) or self.group(syntax)
        if isinstance(syntax, Script):
            found = indicators.indicator(self, (syntax,), 0)
            return found[0] if found is not None else self.script(syntax)
        if isinstance(syntax, Command):
            return self.command(syntax)
        if isinstance(syntax, Rows):
            return self.rows(syntax)
        raise ReadError("expected an expression; got a relation", syntax.relations[0].span)

    def infix(self, syntax: Infix) -> Node:
        closed = operators.integral_of_sum(self, syntax)
        if closed is not None:
            return self.node(closed)
        joined = extremes.extreme_of_sum(self, syntax)
        if joined is not None:
            return self.node(joined)
        derivative = derivative_signs.derivative(self, syntax)
        if derivative is not None:
            return derivative
        slashed = derivative_signs.slashed(self, syntax)
        if slashed is not None:
            return self.node(slashed)
        if syntax.op in ("given", "semicolon", "divergence"):
            raise ReadError("expected an expression; got a separator", syntax.mark or syntax.span)
        whole = operators.operator_product(syntax.args, syntax.span) if syntax.op in ("mul", "cross") else None
        if whole is not None:
            return self.node(whole)
        parts = tuple(self.node(part) for part in syntax.args)
        if syntax.op in ("pm", "mp"):
            return self.either_sign(syntax.op, parts[0], syntax.span)
        if syntax.op in ("mul", "cross") and len(parts) == 2 and self.columns(parts):
            return self.vector_product(syntax.op, parts, syntax.span)
        if syntax.op == "cross":
            return Apply("mul", parts, syntax.span)
        if syntax.op == "div" and is_product(syntax.args[1], parts[1]):
            return self.slash(parts[0], parts[1], syntax.span)
        return Apply(syntax.op, parts, syntax.span)

    def either_sign(self, op: str, part: Node, span: Span) -> Node:
        r"""`\pm a`: the sign that `choices` has chosen for the whole formula."""
        chosen = self.choices.get("sign")
        if chosen is None:
            raise ReadError(r"not read: \pm on one side alone says one of two things", span)
        return part if (chosen == "upper") == (op == "pm") else Apply("neg", (part,), span)

    def columns(self, parts: tuple[Node, ...]) -> bool:
        """Whether both parts are columns of one size: their product with a dot is the inner product."""
        first = self.shape(parts[0])
        second = self.shape(parts[1]) if first else None
        return bool(first) and first == second and len(first or ()) == 2 and first != (1, 1) and (first or ())[1] == 1

    def vector_product(self, op: str, parts: tuple[Node, ...], span: Span) -> Node:
        r"""`u \cdot v` is the inner product, `u \times v` in three dimensions the cross product."""
        if op == "mul":
            return Apply("dot", parts, span)
        if (self.shape(parts[0]) or ())[:1] != (3,):
            raise ReadError("expected vectors of three dimensions for a cross product", span)
        u, v = ([Apply("entry", (part, Number(Fraction(i)))) for i in (1, 2, 3)] for part in parts)

        def minor(i: int, j: int) -> Node:
            return Apply("add", (Apply("mul", (u[i], v[j])), Apply("neg", (Apply("mul", (u[j], v[i])),))))

        return column(minor(1, 2), minor(2, 0), minor(0, 1))

    def slash(self, top: Node, product: Node, span: Span) -> Node:
        """`1/2x` is 1/(2x) or (1/2) x."""
        choice = self.choices.get("slash")
        if choice is None:
            raise Ambiguous("slash", "ambiguous: what the '/' divides by", span, "write a/(b*c) or (a/b)*c")
        if choice == "whole":
            return Apply("div", (top, product), span)
        assert isinstance(product, Apply)
        return Apply("mul", (Apply("div", (top, product.args[0]), span), *product.args[1:]), span)

    def comparison(self, syntax: Relation) -> Node:
        parts = []
        for left, relation, right in zip(syntax.sides, syntax.relations, syntax.sides[1:], strict=False):
            if relation.text not in _COMPARISONS:
                raise ReadError(f"expected a comparison; got '{relation.raw}'", relation.span)
            parts.append(Apply(_COMPARISONS[relation.text], (self.node(left), self.node(right)), syntax.span))
        return parts[0] if len(parts) == 1 else Apply("and", tuple(parts), syntax.span)

    def group(self, syntax: Group) -> Node:
        if syntax.open in ("|", "||"):
            return self.bars(syntax)
        if syntax.open == "[" and syntax.items and all(isinstance(i, Group) and i.open == "[" for i in syntax.items):
            return self.matrix([list(i.items) for i in syntax.items if isinstance(i, Group)], syntax.span)
        if len(syntax.items) == 1:
            return self.node(syntax.items[0])
        if not syntax.items:
            raise ReadError("expected something between the brackets", syntax.span)
        if syntax.open not in ("(", "["):
            raise ReadError("expected a vector [a, b]; got a set or an interval", syntax.span)
        return Array(tuple((self.node(item),) for item in syntax.items), syntax.span)

    def matrix(self, rows: list[list[Syntax]], span: Span) -> Node:
        widths = {len(row) for row in rows}
        if len(widths) != 1 or 0 in widths:
            raise ReadError(f"expected rows of one length; got {', '.join(str(len(r)) for r in rows)}", span)
        if len(rows) > 12 or len(rows[0]) > 12:
            raise ReadError("expected a matrix of at most 12 x 12", span)
        return Array(tuple(tuple(self.node(entry) for entry in row) for row in rows), span)

    def bars(self, syntax: Group) -> Node:
        inside = self.node(syntax.items[0])
        shape = self.shape(inside)
        if syntax.open == "||":
            return Apply("norm", (inside,), syntax.span)
        if shape and len(shape) == 2 and shape[0] == shape[1]:
            return Apply("det", (inside,), syntax.span)
        if shape and len(shape) == 2:
            return Apply("norm", (inside,), syntax.span)
        return Apply("abs", (inside,), syntax.span)

    def rows(self, syntax: Rows) -> Node:
        if syntax.environment == "cases":
            return self.cases(syntax)
        found = self.matrix([list(row) for row in syntax.rows], syntax.span)
        return Apply("det", (found,), syntax.span) if syntax.environment == "vmatrix" else found

    def cases(self, syntax: Rows) -> Node:
        parts: list[Node] = []
        for row in syntax.rows:
            value = self.node(row[0])
            if len(row) < 2 or (isinstance(row[1], Word | Text) and row[1].text in ("otherwise", "else")):
                parts.append(value)
            else:
                condition = without_if(row[1])
                parts.append(self.comparison(condition) if isinstance(condition, Relation) else self.node(condition))
                parts.append(value)
        return Apply("piecewise", tuple(parts), syntax.span)

    def command(self, syntax: Command) -> Node:
        if syntax.name == "frac":
            derivative = derivative_signs.fraction_derivative(self, syntax)
            if derivative is not None:
                return derivative
            if derivative_signs.fraction_operator(self, syntax) is not None:
                raise ReadError("expected an expression after the derivative sign", syntax.span)
            return Apply("div", (self.node(syntax.args[0]), self.node(syntax.args[1])), syntax.span)
        if syntax.name == "sqrt" and syntax.option is not None:
            return Apply("root", (self.node(syntax.args[0]), self.node(syntax.option)), syntax.span)
        if syntax.name in ("sqrt", "factorial", "conj"):
            return Apply(syntax.name, (self.node(syntax.args[0]),), syntax.span)
        if syntax.name == "binom":
            return Apply("binomial", tuple(self.node(a) for a in syntax.args), syntax.span)
        raise ReadError(f"not read: \\{syntax.name}", syntax.span)

    # -- scripts ---------------------------------------------------------------------------------------------------
    def script(self, syntax: Script) -> Node:
        if syntax.primes:
            raise ReadError("expected a function before the prime", syntax.span)
        if evaluation_marks.is_evaluated(syntax):
            return evaluation_marks.evaluated(self, syntax)
        if evaluation_marks.order_in_brackets(syntax.sup) is not None and isinstance(syntax.base, Word):
            self.refuse_order(syntax)
        if syntax.sub is not None:
            return self.subscripted(syntax)
        base = self.node(syntax.base)
        if syntax.sup is not None and is_tuple(syntax.base) and self.is_transpose(look.peeled(syntax.sup)):
            return base  # (y_1, y_2)^T: a list in a line is a row to its author, its transpose the column
        return self.power(base, syntax.sup, syntax.span)

    def subscripted(self, syntax: Script) -> Node:
        if isinstance(syntax.base, Group) and syntax.base.open == "||":
            return self.named_norm(syntax)
        base = self.node(syntax.base)
        shape = self.shape(base)
        if shape in ((), None):
            raise ReadError("expected a vector or a matrix before the subscript", syntax.span)
        written = syntax.sub.items if isinstance(syntax.sub, Group) else (syntax.sub,)
        indices = tuple(self.node(i) for i in written if i is not None)
        sizes = shape if len(indices) > 1 or shape[1] != 1 else shape[:1]
        if len(indices) != len(sizes):
            raise ReadError(f"expected {len(sizes)} indices; got {len(indices)}", syntax.span, "write A_{1,2} or v_1")
        literal = [int(i.value) if isinstance(i, Number) and i.value.denominator == 1 else 1 for i in indices]
        check_indices(sizes, literal, "the base", syntax.span)
        found: Node = Apply("entry", (base, *indices), syntax.span)
        return self.power(found, syntax.sup, syntax.span) if syntax.sup is not None else found

    def refuse_order(self, syntax: Script) -> None:
        r"""`x^{(3)}` of a name: an index of a sample, a derivative or a power; of e and known numbers a power."""
        inner = evaluation_marks.order_in_brackets(syntax.sup)
        word = syntax.base.text if isinstance(syntax.base, Word) else ""
        if isinstance(inner, Num | Word) and (word not in CONSTANT_WORDS or self.knows(word)):
            raise ReadError("ambiguous: an exponent in brackets is an index, a derivative or a power", syntax.span)

    def named_norm(self, syntax: Script) -> Node:
        r"""`\|A\|_F` of a matrix and `\|x\|_2` of a vector: the root of the sum of squares."""
        found = self.node(syntax.base)
        shape = self.shape(found.args[0]) if isinstance(found, Apply) else None
        sub = syntax.sub.items[0] if isinstance(syntax.sub, Group) and len(syntax.sub.items) == 1 else syntax.sub
        frobenius = isinstance(sub, Word) and sub.text == "F"
        euclidean = isinstance(sub, Num) and sub.text == "2" and shape is not None and shape[1:] in ((), (1,))
        if not frobenius and not euclidean:
            raise ReadError("not read: a norm with this subscript", syntax.span)
        return self.power(found, syntax.sup, syntax.span) if syntax.sup is not None else found

    def power(self, base: Node, sup: Syntax | None, span: Span) -> Node:
        """`A^T` transposes, `A^-1` inverts a matrix, everything else is a power."""
        if sup is None:
            return base
        inner = sup.items[0] if isinstance(sup, Group) and len(sup.items) == 1 else sup
        shape = self.shape(base)
        if isinstance(inner, Word) and inner.text in ("T", "top", "intercal") and not self.knows(inner.text):
            return Apply("transpose", (base,), span)
        if isinstance(inner, Word) and inner.text == "T" and shape != ():
            raise ReadError("ambiguous: T is declared, so ^T may be a power", span, "write transpose(A), or rename T")
        if isinstance(inner, Word) and inner.text == "degree":
            return Apply("mul", (base, Apply("div", (Name("pi", span), Number(Fraction(180))), span)), span)
        if isinstance(inner, Infix) and inner.op == "neg" and self.is_transpose(inner.args[0]):
            return Apply("inverse", (Apply("transpose", (base,), span),), span)
        exponent = self.node(sup)
        if is_product(sup, exponent):
            raise ReadError("ambiguous: where the exponent ends", span, "write x^(n*y) or x^n*y")
        square = heads.is_square(self, exponent)
        if square and base == Name("e"):
            return Apply("matexp", (exponent,), span)
        if square:
            raise ReadError("not read: a matrix in an exponent", span)
        if shape and exponent == Apply("neg", (Number(Fraction(1)),)):
            return Apply("inverse", (base,), span)
        if shape and exponent == Apply("neg", (Name("T"),)):
            return Apply("inverse", (Apply("transpose", (base,), span),), span)
        return Apply("pow", (base, exponent), span)

    def is_transpose(self, syntax: Syntax) -> bool:
        """The mark T of a transpose, where T is no name."""
        return isinstance(syntax, Word) and syntax.text in ("T", "top", "intercal") and not self.knows(syntax.text)

    # -- sequences -------------------------------------------------------------------------------------------------
    def sequence(self, syntax: Sequence) -> Node:
        """Juxtaposed factors: applications, prefix functions, operators over the rest, products."""
        factors: list[Node] = []
        items = syntax.items
        index = 0
        while index < len(items):
            item = items[index]
            found, index = self.factor(items, index)
            if is_tuple(item) and index < len(items) and self.shape(found) == (len(item.items), 1):
                found = Apply("transpose", (found,), item.span)  # (y_1, y_2) M ...: a list before a factor is a row
            factors.append(found)
        return factors[0] if len(factors) == 1 else Apply("mul", tuple(factors), syntax.span)

    def factor(self, items: tuple[Syntax, ...], index: int) -> tuple[Node, int]:
        """One factor beginning at `index`, and the index behind it."""
        self.descend(items[index].span)
        try:
            return self.factor_at(items, index)
        finally:
            self.level -= 1

    def factor_at(self, items: tuple[Syntax, ...], index: int) -> tuple[Node, int]:
        """An operator with its operand, an application, a prefix function, or a plain factor."""
        item = items[index]
        following = items[index + 1] if index + 1 < len(items) else None
        arguments = bracketed(following) if following is not None else None
        if arguments is not None and following is not None:
            placed = derivative_places.at_place(self, item, arguments)
            if placed is not None:
                outer = following.sup if isinstance(following, Script) else None
                return self.power(placed, outer, item.span.to(following.span)), index + 2
        operator = operators.operator(self, items, index)
        if operator is not None:
            return operator
        word = head_word(item)
        inverse = self.inverse_application(item, following)
        if inverse is not None:
            return inverse, index + 2
        if word is not None and following is not None:
            if arguments is not None:
                applied = self.application(item, word, arguments, following)
                if applied is not None:
                    return applied, index + 2
            if word.text in PREFIX_WORDS and not self.knows(word.text):
                return self.prefix(item, word, items, index)
        return self.node(item), index + 1

    def inverse_application(self, item: Syntax, following: Syntax | None) -> Node | None:
        """`f^{-1}(x)` with f a declared function, and a power of it behind the brackets."""
        arguments = bracketed(following) if following is not None and isinstance(item, Script | Group) else None
        if arguments is None or following is None:
            return None
        found = inverse_functions.applied_inverse(self, item, arguments, item.span.to(following.span))
        outer = following.sup if isinstance(following, Script) else None
        return None if found is None else self.power(found, outer, item.span.to(following.span))

    def doubt(self, kind: str, message: str, span: Span) -> None:
        """Notation that is read in two ways, of which nobody has chosen one."""
        raise Ambiguous(kind, message, span, "write the place as a name, or a product sign")

    def application(self, item: Syntax, word: Word, arguments: Group, following: Syntax) -> Node | None:
        """`word(arguments)` where the word is a function; None where it is a product."""
        if not isinstance(item, Word) and not (isinstance(item, Script) and item.sub is None):
            return None
        applied = heads.apply_word(self, word, arguments)
        if applied is None:
            self.refuse_inverse(item, word)
            self.refuse_list(word, arguments)
            self.refuse_value(item, word)
            return None
        if isinstance(item, Script) and item.primes:
            applied = evaluation_marks.primed(applied, item.primes, item.span)
        sup = item.sup if isinstance(item, Script) else None
        order = evaluation_marks.order_in_brackets(sup)
        if order is not None:
            applied, sup = self.derived(applied, order, item.span), None
        outer = following.sup if isinstance(following, Script) else None
        applied = self.function_power(applied, sup, item.span)
        return self.power(applied, outer, item.span.to(following.span))

    def derived(self, applied: Node, order: Syntax, span: Span) -> Node:
        """`f^{(3)}(x)`: the third derivative."""
        if not isinstance(order, Num) or not order.text.isdigit() or not 0 <= int(order.text) <= 8:
            raise ReadError("not read: a derivative whose order is no number from 0 to 8", span)
        return evaluation_marks.primed(applied, int(order.text), span) if int(order.text) else applied

    def refuse_list(self, word: Word, arguments: Group) -> None:
        """`V(G, D)` with V undeclared: an unknown function of several arguments, not V times a vector."""
        entry = self.entry(word.text) if word.text not in self.bound else None
        declared = self.knows(word.text) and not (entry is not None and entry.rule.startswith("undeclared"))
        if self.implicit and not declared and len(arguments.items) > 1 and word.text not in CONSTANT_WORDS:
            raise ReadError(f"expected '{word.raw or word.text}' to be declared as a function", word.span)

    def refuse_value(self, item: Syntax, word: Word) -> None:
        """`f(x + y)` with an undeclared letter that often is a function: neither a product nor a value is guessed."""
        entry = self.entry(word.text) if word.text not in self.bound else None
        declared = self.knows(word.text) and not (entry is not None and entry.rule.startswith("undeclared"))
        if self.implicit and not declared and isinstance(item, Word) and word.text in FUNCTION_LETTERS:
            raise ReadError(f"expected '{word.raw or word.text}' to be declared: a function or a number", word.span)

    def refuse_inverse(self, item: Syntax, word: Word) -> None:
        r"""`\sigma^{-1}(x)` with an undeclared letter that often is a function: the inverse, not 1/sigma times x."""
        entry = self.entry(word.text)
        declared = self.knows(word.text) and not (entry is not None and entry.rule.startswith("undeclared"))
        sup = look.peeled(item.sup) if isinstance(item, Script) and item.sup is not None else None
        minus = isinstance(sup, Infix) and sup.op == "neg" and isinstance(sup.args[0], Num) and sup.args[0].text == "1"
        if minus and not declared and word.text in FUNCTION_LETTERS:
            raise ReadError(f"expected '{word.raw or word.text}' to be declared before its inverse", item.span)

    def function_power(self, applied: Node, sup: Syntax | None, span: Span) -> Node:
        """`sin^2(x)` is the square of the value; `sin^{-1}(x)` is refused: it has two readings."""
        if sup is None:
            return applied
        exponent = self.node(sup)
        if exponent == Apply("neg", (Number(Fraction(1)),)) and not self.shape(applied):
            return self.inverse_power(applied, span)
        return Apply("pow", (applied, exponent), span)

    def inverse_power(self, applied: Node, span: Span) -> Node:
        """`sin^{-1}(x)`: the inverse function or the reciprocal."""
        inverse = INVERSES.get(applied.op) if isinstance(applied, Apply) else None
        choice = self.choices.get("inverse")
        if choice is None:
            raise Ambiguous(
                "inverse",
                "ambiguous: f^-1(x) is the inverse function or the reciprocal",
                span,
                "write asin(x) or 1/sin(x)",
            )
        if choice == "function" and inverse is not None and isinstance(applied, Apply):
            return Apply(inverse, applied.args, span)
        return Apply("div", (integer(1), applied), span)

    def with_base(self, word: Word, sub: Syntax, operand: list[Node], span: Span) -> Node:
        """`\\log_a x` is log x / log a; no other function takes a subscript."""
        if FUNCTION_WORDS.get(word.text) != "log":
            raise ReadError(f"not read: a subscript of '{word.text}'", span)
        body = operand[0] if len(operand) == 1 else Apply("mul", tuple(operand), span)
        return Apply("div", (Apply("log", (body,), span), Apply("log", (self.node(sub),), span)), span)

    def prefix(self, item: Syntax, word: Word, items: tuple[Syntax, ...], index: int) -> tuple[Node, int]:
        """`log x y`: the operand is what is juxtaposed, up to the next prefix function."""
        operand: list[Node] = []
        cursor = index + 1
        while cursor < len(items):
            other = head_word(items[cursor])
            if operand and other is not None and other.text in PREFIX_WORDS and not self.knows(other.text):
                break
            if operand and isinstance(item, Script) and item.sub is not None and bracketed(items[cursor - 1]):
                break
            if operand and self.ends_before(items[cursor]):
                break
            found, cursor = self.factor(items, cursor)
            operand.append(found)
        span = item.span.to(operand[-1].span)
        if isinstance(item, Script) and item.sub is not None:
            applied = self.with_base(word, item.sub, operand, span)
            return self.function_power(applied, item.sup, span), cursor
        body = operand[0] if len(operand) == 1 else Apply("mul", tuple(operand), span)
        applied = heads.named_function(self, word, (body,), span)
        if isinstance(item, Script) and item.primes:
            applied = evaluation_marks.primed(applied, item.primes, item.span)
        sup = item.sup if isinstance(item, Script) else None
        return self.function_power(applied, sup, span), cursor

    def ends_before(self, following: Syntax) -> bool:
        r"""`\sin x (1 + y)`: the bracket is a factor behind sin(x), or the rest of its argument."""
        group = bracketed(following)
        if group is None or len(group.items) != 1:
            return False
        choice = self.choices.get("argument")
        if choice is None:
            told = "ambiguous: whether the bracket belongs to the argument of the function before it"
            raise Ambiguous("argument", told, group.span, "write sin(x) (1 + y) or sin(x (1 + y))")
        return choice == "outside"


def is_tuple(syntax: Syntax) -> TypeGuard[Group]:
    """`(a, b)`: a list in round brackets."""
    return isinstance(syntax, Group) and syntax.open == "(" and len(syntax.items) > 1


def without_if(condition: Syntax) -> Syntax:
    """The condition of a case without the word in front of it: `if x > 0`."""
    if isinstance(condition, Relation):
        return replace(condition, sides=(without_if(condition.sides[0]), *condition.sides[1:]))
    if isinstance(condition, Sequence) and isinstance(condition.items[0], Word | Text):
        rest = condition.items[1:]
        if condition.items[0].text in ("if", "for", "when", "where"):
            return rest[0] if len(rest) == 1 else Sequence(rest, condition.span)
    return condition


class Ambiguous(ReadError):  # noqa: N818 - a question, not a failure
    """Notation that is read in two ways; `kind` names the doubt: the choices of the elaborator settle it."""

    def __init__(self, kind: str, message: str, span: Span, hint: str) -> None:
        super().__init__(message, span, hint)
        self.kind = kind


# What each kind of doubt may mean: a value of `choices` -> a sentence.
READINGS: Mapping[str, Mapping[str, str]] = {
    "inverse": {"function": "f^-1 is the inverse function", "reciprocal": "f^-1 is the reciprocal"},
    "slash": {"whole": "the slash divides by the whole product", "first": "the slash divides by the first factor"},
    "argument": {
        "outside": "a bracket behind the argument of a function is a factor",
        "inside": "a bracket behind the argument of a function belongs to it",
    },
    "place": {
        "place": "a bracket behind a derivative is its place",
        "factor": "a bracket behind a derivative is a factor",
    },
}
INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}


def is_product(syntax: Syntax, node: Node) -> bool:
    """Juxtaposed factors without brackets: `2 x`, `n(y)` with n a scalar; not an application."""
    return isinstance(syntax, Sequence) and isinstance(node, Apply) and node.op == "mul"


def check_indices(shape: tuple[int | str, ...], indices: list[int], name: str, span: Span) -> None:
    for size, index in zip(shape, indices, strict=False):
        if index < 1 or (isinstance(size, int) and index > size):
            raise ReadError(f"expected an index from 1 to {size} of '{name}'; got {index}", span)


def number(syntax: Num) -> Number:
    """An exact rational from written digits: a decimal is exactly what it says."""
    text = syntax.text
    if text.isdecimal():
        return Number(Fraction(int(text)), text, syntax.span)
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > 400:
        raise ReadError("expected an exponent of at most 400", syntax.span)
    return Number(Fraction(mantissa or "0") * Fraction(10) ** int(exponent or 0), text, syntax.span)


def head_word(syntax: Syntax) -> Word | None:
    """The word that a factor begins with: `f`, `f^2`, or None."""
    if isinstance(syntax, Word):
        return syntax
    if isinstance(syntax, Text):
        return Word(syntax.text, syntax.span, syntax.text)
    if isinstance(syntax, Script):
        return head_word(syntax.base)
    return None


def bracketed(syntax: Syntax) -> Group | None:
    """The bracket of `(..)` or `(..)^2`."""
    if isinstance(syntax, Script) and syntax.sub is None and isinstance(syntax.base, Group):
        syntax = syntax.base
    return syntax if isinstance(syntax, Group) and syntax.open in ("(", "[") else None


def call_components(name: str, dimension: int, at: Node, span: Span) -> tuple[Node, ...]:
    """z_1(t), ..., z_n(t)."""
    return tuple(Call(part, (at,), span) for part in component_names(name, dimension))
