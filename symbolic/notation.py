r"""The notation of a whole document: declarations collected first, a context for every place.

A document declares its names in mathematics (`Y = AZ`, `p \propto e^{-E}`), in prose and in `twofold` blocks, often
after it uses them.  So declarations are gathered over the whole document; each knows the place where it stands and how
it extends a context.  At a place, a name means what its last declaration before that place says; before its first
declaration, what that one says.  A name that is declared twice with different meanings therefore has scopes, and the
redefinition is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from .context import Context
from .shapes import ShapeError
from .source import ReadError, Span

Build = Callable[[Context], Context]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One declaration: `names` it provides, where, by which rule, and how it extends a context.

    `build` raises ReadError while a name that it needs is not declared yet.  `strength` orders declarations of one
    name: a `twofold` block (2) outweighs mathematics (1), which outweighs a default (0).
    """

    names: tuple[str, ...]
    kind: str
    span: Span
    rule: str
    build: Build
    strength: int = 1
    # False where the statement is a claim that shows, by the way, what a name must be (the arguments of a density).
    defines: bool = True
    # The part of the document in which it holds, where the name is taken anew under other headings; else all of it.
    scope: tuple[int, int] | None = None
    # Whether its name is taken anew there: what else was said of the name before does not count.
    anew: bool = False

    def holds_at(self, offset: int) -> bool:
        return self.scope is None or self.scope[0] <= offset < self.scope[1]

    @property
    def offset(self) -> int:
        return self.span.start

    @property
    def begin(self) -> int:
        """From where it counts: the stretch in which it holds, or its place."""
        return self.offset if self.scope is None else self.scope[0]

    @property
    def subject(self) -> str:
        """The name that it is about: x of the law of x given y."""
        return self.names[-1] if self.kind == "conditional" else self.names[0]


@dataclass(frozen=True)
class Notation:
    """All declarations of a document, in order of place."""

    declarations: tuple[Declaration, ...]
    base: Context = field(default_factory=Context)

    def live(self, offset: int) -> list[Declaration]:
        """The declarations in force at a place: for each first name the last one before it, else the first after.

        A declaration stands or falls with its first name; the names that it brings along go with it.
        """
        chosen: dict[str, Declaration] = {}
        for declaration in self.declarations:
            if not declaration.holds_at(offset):
                continue
            name = declaration.names[0]
            known = chosen.get(name)
            if known is None or (
                declaration.begin <= offset
                and declaration.strength >= known.strength
                and (declaration.begin >= known.begin or known.begin > offset)
            ):
                chosen[name] = declaration
        anew = {d.subject: d.begin for d in chosen.values() if d.scope is not None and d.anew and d.kind != "value"}
        kept = (d for d in chosen.values() if d.begin >= anew.get(d.subject, d.begin))
        return sorted(kept, key=lambda d: d.offset)

    def context_at(self, offset: int) -> tuple[Context, list[tuple[Declaration, ReadError]]]:
        """The context at a place, and the declarations that could not be understood there."""
        return build_all(self.base, self.live(offset))

    def boundaries(self) -> list[int]:
        """Offsets at which the meaning of a name changes: the places of second and later declarations of a name."""
        seen: set[str] = set()
        found: list[int] = []
        for declaration in self.declarations:
            if declaration.scope is not None:
                found.extend(declaration.scope)
            elif declaration.names[0] in seen:
                found.append(declaration.offset)
            seen.add(declaration.names[0])
        return sorted(set(found))

    def redefinitions(self) -> list[tuple[Declaration, Declaration]]:
        """Pairs of declarations that give one name two kinds of meaning."""
        first: dict[str, Declaration] = {}
        found = []
        for declaration in self.declarations:
            for name in declaration.names:
                known = first.get(name)
                kinds = {declaration.kind} if known is None else {known.kind, declaration.kind}
                # The law of a variable and how it is drawn belong together.
                if known is not None and len(kinds) > 1 and kinds != {"conditional", "value"}:
                    found.append((known, declaration))
                first[name] = declaration
        return found


def build_all(
    context: Context, declarations: Sequence[Declaration]
) -> tuple[Context, list[tuple[Declaration, ReadError]]]:
    """Apply declarations until no more can be applied: one may need names that another, later in the text, declares."""
    pending = list(declarations)
    failed: list[tuple[Declaration, ReadError]] = []
    patient = True
    while pending:
        failed, waiting = [], []
        for declaration in pending:
            names = frozenset(n for d in pending if d is not declaration for n in d.names) if patient else frozenset()
            try:
                built = declaration.build(replace(context, expected=names - set(context.entries)))
                context = replace(built, expected=frozenset())
            except (ReadError, ShapeError) as error:
                unmet = error if isinstance(error, ReadError) else ReadError(error.message, error.span)
                failed.append((declaration, unmet))
                waiting.append(declaration)
        if len(waiting) == len(pending):
            if not patient:
                break
            # Declarations that wait for each other: what is still undeclared then is taken as real, by default.
            patient = False
        pending = waiting
    return context, failed if pending else []


class Contexts:
    """Contexts by place, each built once."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.edges = notation.boundaries()
        self.known: dict[int, Context] = {}

    def at(self, offset: int) -> Context:
        """The context in force at a place."""
        index = sum(1 for edge in self.edges if edge <= offset)
        if index not in self.known:
            place = self.edges[index - 1] if index else -1
            self.known[index] = self.notation.context_at(place)[0]
        return self.known[index]


def ordered(declarations: Iterable[Declaration]) -> tuple[Declaration, ...]:
    return tuple(sorted(declarations, key=lambda d: (d.offset, d.strength)))
