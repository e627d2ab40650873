"""A board that stands below a path of somebody else's site, such as `/user/ada/heldout`.

Routes, templates and scripts know addresses from the board's own root and nothing of that path. It
is put in front of them where they leave: in pages here, in headers by `web.root_path`. A script
takes every address from an attribute that is named here, or from an answer that `rooted` wrote.
"""

from __future__ import annotations

import re

ATTRIBUTES = (
    "href", "src", "action", "formaction",
    "data-events", "data-grid", "data-live-events", "data-live-queue", "data-live-src",
    "data-me-path", "data-news-from", "data-now-from", "data-own-rows", "data-path",
    "data-private", "data-public", "data-race-src", "data-runs", "data-src", "data-tv-code",
)  # fmt: skip
# Whatever people typed is escaped: a quotation mark is the template's own. `//` is another site.
ADDRESS = re.compile(rf'(\s(?:{"|".join(ATTRIBUTES)})="|\scontent="0;url=)/(?!/)')

_root = ""


def serve_below(root: str) -> None:
    """Put this path in front of every address from now on; empty: nothing."""
    global _root
    _root = root


def rooted(path: str) -> str:
    """The address by which a browser finds `path`."""
    return f"{_root}{path}"


def rooted_page(html: str) -> str:
    """The page, each address in it as a browser finds it."""
    return ADDRESS.sub(rf"\g<1>{_root}/", html) if _root else html
