r"""How an answer is written, apart from whether it is right."""

from __future__ import annotations

import re
from fractions import Fraction

from .key import Form, Part, points_text
from .needs import free_names

_DECIMAL = re.compile(r"-?\d+\.(\d+)")
_NUMBER = re.compile(r"[-+*/^().,\[\] \d]+")


def form_remark(part: Part, value: str) -> tuple[Fraction, str]:
    """The points that the form costs, and the sentence about it; (0, "") for the wanted form."""
    wanted = WANTED[part.form].format(places=part.places)
    if part.form is Form.ANY or has_form(value, part.form, part.places):
        return Fraction(0), ""
    cost = f" ({points_text(part.form_points)} points)" if part.form_points else ""
    return part.form_points, f"The value is right; it should be written {wanted}{cost}."


WANTED = {
    Form.ANY: "",
    Form.DECIMAL: "as a decimal to {places} places",
    Form.FACTORED: "as a product of factors",
    Form.EXPANDED: "without brackets to multiply out",
    Form.NUMBER: "as a number",
}


def has_form(value: str, form: Form, places: int) -> bool:
    """Whether a value, as understood, has a form.

    >>> has_form("0.747", Form.DECIMAL, 3), has_form("0.75", Form.DECIMAL, 3), has_form("3/4", Form.DECIMAL, 3)
    (True, False, False)
    >>> has_form("(1 - x)*e^(-x)", Form.FACTORED, 0), has_form("e^(-x) - x*e^(-x)", Form.FACTORED, 0)
    (True, False)
    >>> has_form("x^2 + 2*x + 1", Form.EXPANDED, 0), has_form("(x + 1)^2", Form.EXPANDED, 0)
    (True, False)
    """
    if form is Form.DECIMAL:
        decimal = _DECIMAL.fullmatch(value)
        return decimal is not None and len(decimal[1]) >= places
    if form is Form.NUMBER:
        return bool(_NUMBER.fullmatch(value)) and not free_names(value)
    if form is Form.FACTORED:
        return not terms(value)
    if form is Form.EXPANDED:
        return re.search(r"(?<!\w)\([^()]* [+-] [^()]*\)(\^|\*)|\*\([^()]* [+-] [^()]*\)", value) is None
    return True


def terms(value: str) -> int:
    """The plus and minus signs between terms, outside of all brackets."""
    depth = found = 0
    for match in re.finditer(r"[(\[]|[)\]]| [+-] ", value):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(match[0], 0)
        found += match[0] in (" + ", " - ") and depth == 0
    return found
