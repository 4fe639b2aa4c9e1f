"""Every colour of text can be read: contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3) in light, dark and print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import twofold.reports

CSS = (Path(twofold.reports.__file__).parent / "pages" / "report.css").read_text(encoding="utf-8")
TEXT = ("ink", "quiet", "link", "proved", "enclosed", "supported", "refuted", "undecided", "unread", "fault")
PAPER = ("paper", "card")
# Tinted boxes hold plain text, links, and the word of a refutation.
TINTED = tuple((text, tint) for tint in ("refuted-tint", "open-tint") for text in ("ink", "link", "quiet"))
# Filled cells of the strip: paper-coloured signs on the colour of the outcome.
FILLED = (("paper", "refuted"), ("paper", "fault"))


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r"\{([^{}]*--paper:[^{}]*)\}", CSS)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), found, strict=True))


def luminance(color: str) -> float:
    """Relative luminance of an sRGB colour, after WCAG 2.2."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_right() -> None:
    """Black on white is 21 to 1, a colour on itself 1 to 1, and #767676 the lightest grey that passes on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21, rel=1e-12)
    assert contrast("#123456", "#123456") == 1
    assert contrast("#767676", "#ffffff") > 4.5 > contrast("#777777", "#ffffff")


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize("pair", [*((t, p) for t in TEXT for p in PAPER), *TINTED, *FILLED], ids=" on ".join)
def test_text_can_be_read(scheme: str, pair: tuple[str, str]) -> None:
    """Words, marks, links and captions, on paper, on cards, on tints and in filled cells."""
    colors = palettes()[scheme]
    assert contrast(colors[pair[0]], colors[pair[1]]) >= 4.5
