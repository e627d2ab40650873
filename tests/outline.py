"""A page read strictly (what is opened must be closed) or as a browser reads its whitespace."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = frozenset(
    ["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
SELF_CLOSED_SVG = frozenset(["rect", "line", "path", "circle"])


def as_read(html: str) -> str:
    """The page as if it were on one line: whitespace is one space, and none stands beside a tag."""
    return re.sub(r"\s*(/?>|<)\s*", r"\1", " ".join(html.split()))


class Outline(HTMLParser):
    """Collects tags and ids, and complains about tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSED_SVG, f"<{tag}/> is not self-closing in HTML"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
