"""What the page of help shows."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.web.view_models.notebook_snippet import Snippet
from heldout_server.web.view_models.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveWord:
    """One word of the lesson for what a curve shows."""

    name: str
    meaning: str
    remedies: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPage(Page):
    """Help for participants; with a competition, its own rules and links. `handbook_path` is None
    where none was built.
    """

    snippet: Snippet
    words: tuple[CurveWord, ...]
    handbook_path: str | None = None
