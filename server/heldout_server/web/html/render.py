"""Templates to HTML: the Jinja environment, its filters, and addresses of static files.

    html = render("board.html", BoardPage(...))

Templates see `page` and the functions that were handed in; this module knows no page. A field that
does not exist is an error, not a gap.

`kept("_row_cells.html", value)` in a template draws a part that sees `part`, which is that value,
and nothing of the page: it is drawn once for all pages on which the value is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from heldout_server.web import formats
from heldout_server.web.html.notice import notice
from heldout_server.web.html.root import rooted_page
from heldout_server.web.view_models.pages import Page

WEB = Path(__file__).resolve().parents[1]
TEMPLATES = WEB / "templates"
STATIC = WEB / "static"
MOST_PARTS = 4096
"""Some 2 kB each: the rows of a few large boards."""


@lru_cache(maxsize=256)
def static_url(name: str) -> str:
    """The address of a file in `static/`, with a hash of its bytes: it can be cached forever.

    Raises FileNotFoundError when there is no such file: a wrong name must not reach a browser.
    """
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:8]}"


def make_environment() -> Environment:
    """A Jinja environment that escapes everything and refuses unknown names."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(formats.FILTERS)
    environment.globals.update(
        static_url=static_url,
        counted=formats.counted,
        fresh_key=lambda: uuid4().hex,
        kept=kept_part,
        notice=lambda: notice.get(),
    )
    environment.globals.update(_handed_in)
    return environment


_handed_in: dict[str, Callable[..., object]] = {}


def hand_in(functions: Mapping[str, Callable[..., object]]) -> None:
    """Let every template call these by name, from now on; what it knew stays compiled."""
    if functions.items() <= _handed_in.items():
        return
    _handed_in.update(functions)
    _environment.cache_clear()
    kept_part.cache_clear()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return make_environment()


def render(template: str, page: Page) -> str:
    """The HTML of `template` (a file name in `templates/`) for `page`."""
    return rooted_page(_environment().get_template(template).render(page=page))


@lru_cache(maxsize=MOST_PARTS)
def kept_part(template: str, part: Hashable) -> Markup:
    """The HTML of what is drawn of `part` alone, drawn once for all that equals it.

    The template may call nothing that is another at another time or for somebody else.
    """
    return Markup(_environment().get_template(template).render(part=part))  # noqa: S704 escaped there
