"""Templates to HTML: the Jinja environment, its filters, and addresses of static files.

    html = render("board.html", BoardPage(...))

Templates see `page` and nothing else of ours. A field that does not exist is an error, not a gap.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from heldout_server.web import formats
from heldout_server.web.charts.architecture import read_architecture
from heldout_server.web.charts.sparklines import sparkline
from heldout_server.web.pages.board.score_dots import read_standings
from heldout_server.web.pages.runs.confusion_matrix import read_confusion
from heldout_server.web.pages.runs.overfit_gauge import read_gauge
from heldout_server.web.pages.runs.run_card_view import read_run_card
from heldout_server.web.view_models.pages import Page

WEB = Path(__file__).resolve().parents[1]
TEMPLATES = WEB / "templates"
STATIC = WEB / "static"


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
        notice=lambda: notice.get(),
        read_architecture=read_architecture,
        read_confusion=read_confusion,
        read_gauge=read_gauge,
        read_run_card=read_run_card,
        read_standings=read_standings,
        sparkline=sparkline,
    )
    return environment


notice: ContextVar[str] = ContextVar("notice", default="")
"""A sentence above every page of this request, such as a risk that the organizer accepted."""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return make_environment()


def render(template: str, page: Page) -> str:
    """The HTML of `template` (a file name in `templates/`) for `page`."""
    return _environment().get_template(template).render(page=page)
