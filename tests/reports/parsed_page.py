"""A page as a browser would build it: what the tests of the page look into."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}
# A browser ends these without an end tag when the next one opens; the template leaves the end tags out.
SELF_ENDING = {"li", "dt", "dd", "td", "th", "tr", "thead", "tbody"}


class Page(HTMLParser):
    """Elements with their attributes and their ancestors, and the text, as a browser would build them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.path: list[tuple[str, str]] = []
        self.text: list[tuple[str, str]] = []
        self.unclosed: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found, tuple(f"{name}.{kind}" for name, kind in self.path)))
        if tag not in VOID:
            self.path.append((tag, found.get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(f"{name}.{kind}" for name, kind in self.path)))

    def handle_endtag(self, tag: str) -> None:
        while self.path:
            name, _ = self.path.pop()
            if name == tag:
                return
            if name not in SELF_ENDING:
                self.unclosed.append(name)

    def handle_data(self, data: str) -> None:
        self.text.append((self.path[-1][0] if self.path else "", data))

    def named(self, *tags: str) -> list[tuple[str, dict[str, str | None], tuple[str, ...]]]:
        return [element for element in self.elements if element[0] in tags]

    def words(self) -> str:
        return " ".join(data for tag, data in self.text if tag not in ("style", "title"))

    def shape(self) -> set[tuple[str, str]]:
        return {(tag, name) for tag, found, _ in self.elements for name in [*found, ""]}
