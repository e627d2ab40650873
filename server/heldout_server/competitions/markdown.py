"""Markdown that organizers write, as HTML that can do nothing. Pure."""

from __future__ import annotations

from functools import cache, lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre",
    "blockquote", "ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}}
SCHEMES = {"http", "https", "mailto"}
LONGEST_OPENING = 400


def to_html(source: str, *, below: int = 0) -> str:
    """The text as HTML: no raw HTML, no images, no scripts; links open with `rel=noopener`.

    With `below`, its largest headings are those directly below that level. Rendered anew by each
    process, so a stricter renderer also holds for old texts.
    """
    opening, rest = _split(source, below, longest=0)
    return opening + rest


def opened(source: str, *, below: int = 0) -> tuple[str, str]:
    """The text as HTML in two parts: a short first paragraph, if it begins with one; the rest."""
    return _split(source, below, longest=LONGEST_OPENING)


@lru_cache(maxsize=64)
def _split(source: str, below: int, *, longest: int) -> tuple[str, str]:
    env: dict[str, object] = {}
    tokens = _renderer().parse(source, env)
    if below:
        _lower(tokens, below)
    # A paragraph is three tokens: where it begins, its text, where it ends.
    is_short = len(tokens) > 1 and len(tokens[1].content) <= longest
    at = 3 if is_short and tokens[0].type == "paragraph_open" else 0
    first, rest = (_clean(_renderer(), part, env) for part in (tokens[:at], tokens[at:]))
    return first, rest


def _lower(tokens: list[Token], below: int) -> None:
    """No level is left out between the page's heading and the text's first ones."""
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    largest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - largest + 1 + below)}"


def _clean(renderer: MarkdownIt, tokens: list[Token], env: dict[str, object]) -> str:
    return nh3.clean(
        renderer.renderer.render(tokens, renderer.options, env),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
