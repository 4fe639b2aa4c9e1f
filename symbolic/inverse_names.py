r"""The names of inverse functions in a tree: `f^-1` of f, `f^-1'` of the derivative, and what an inverse depends on."""

from __future__ import annotations

from .context import Context
from .tree import free_names

SUFFIX = "^-1"


def is_inverse(name: str) -> bool:
    """`f^-1`, `f^-1'`.

    >>> is_inverse("f^-1'"), is_inverse("f'")
    (True, False)
    """
    return name.rstrip("'").endswith(SUFFIX)


def forward_name(name: str) -> str:
    """The function whose inverse, derivative or derivative of the inverse the name is.

    >>> forward_name("f^-1''"), forward_name("f'")
    ('f', 'f')
    """
    return name.rstrip("'").removesuffix(SUFFIX)


def hidden_names(context: Context, name: str) -> tuple[str, ...]:
    """The parameters of a given function, which its inverse depends on without showing them."""
    from .unfold import one_argument, unfold

    found = one_argument(context, forward_name(name))
    return () if found is None else tuple(sorted(free_names(unfold(found[1], context)) - {found[0]}))
