r"""The moments of Gaussian vectors of named size as they stand in a tree: `vector_mean`, `vector_covariance`.

The arguments of a head are what the document declares, n roots with mean and covariance and linear forms of them; what
a moment is, each route says by itself (`vector_moments.py` in symbols, `checks/vector_values.py` in numbers).
"""

from __future__ import annotations

from dataclasses import dataclass

from .tree import Apply, Node, Number


@dataclass(frozen=True, slots=True)
class Parts:
    """The arguments of a head, taken apart."""

    means: tuple[Node, ...]
    covariances: tuple[Node, ...]
    forms: tuple[tuple[Node, ...], ...]  # A_1, .., A_n, a each; the given one last
    value: Node | None


def head_parts(node: Apply) -> Parts:
    first = node.args[0]
    assert isinstance(first, Number)
    n = int(first.value)
    roots, rest = node.args[1 : 1 + 2 * n], node.args[1 + 2 * n :]
    plain = (1 if node.op == "vector_mean" else 2) * (n + 1)
    given = len(rest) > plain
    count = len(rest) // (n + 1) if not given else (len(rest) - 1) // (n + 1)
    forms = tuple(rest[i * (n + 1) : (i + 1) * (n + 1)] for i in range(count))
    return Parts(roots[::2], roots[1::2], forms, rest[-1] if given else None)
