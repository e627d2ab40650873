"""What every page of the console shows around its own content. Plain values, as all contexts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from heldout_server.acts.registry import Secret
from heldout_server.web.view_models.pages import CompetitionView, FormError, Page

HOME = "/organize"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of the navigation; `section` marks the page that is shown."""

    section: str
    label: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What an act did, told on the next page; `undoes` is the audit entry that undoing takes back.

    `to` is the page to go to; None: the one that the form was on. With `secrets` the answer is a
    page of its own: a redirect could not carry them.
    """

    text: str
    undoes: int | None = None
    to: str | None = None
    secrets: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRefused:
    """A form that was refused (no error: only looked at): which, why, what was typed."""

    which: str
    error: FormError | None
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Who is signed in, where they are, what was just done or refused.

    `shows_private`: whether this page may hold private scores; `here` is its own address.
    """

    name: str
    is_owner: bool
    csrf: str
    now: datetime
    slug: str | None = None
    section: str = ""
    said: Notice | None = None
    refused: FormRefused | None = None
    here: str = HOME
    is_revealed: bool = False
    shows_private: bool = False

    @property
    def base(self) -> str:
        """The address under which the competition's pages are."""
        return f"{HOME}/c/{self.slug}" if self.slug else HOME

    @property
    def links(self) -> tuple[Link, ...]:
        """The pages of this competition, the ones of the evening first."""
        return tuple(
            Link(section=section, label=label, path=f"{self.base}{path}")
            for section, label, path in COMPETITION_PAGES
            if self.slug
        )

    @property
    def server_links(self) -> tuple[Link, ...]:
        """The pages about the whole server."""
        return tuple(
            Link(section=section, label=label, path=path) for section, label, path in SERVER_PAGES
        )

    @property
    def place(self) -> str:
        """What the page that is shown is called in the navigation."""
        links = (*self.links, *self.server_links)
        return next((link.label for link in links if link.section == self.section), "Pages")

    def error_of(self, which: str) -> FormError | None:
        """Why this form was refused, if it was."""
        return self.refused.error if self.refused and self.refused.which == which else None

    def typed(self, which: str, name: str, otherwise: object = "") -> str:
        """What stands in a field: what was typed when the form was refused, else `otherwise`."""
        if self.refused and self.refused.which == which:
            return next(iter(self.refused.typed.get(name, ())), "")
        return "" if otherwise is None else str(otherwise)

    def ticked(self, which: str, name: str, value: str, *, otherwise: bool = False) -> bool:
        """Whether a box or a choice is marked, by the same rule."""
        if self.refused and self.refused.which == which:
            return value in self.refused.typed.get(name, ())
        return otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolePage(Page):
    """A page of the console; `competition` is the one that it is about, if any."""

    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePage(ConsolePage):
    """A page of one competition."""

    competition: CompetitionView


COMPETITION_PAGES = (
    ("dashboard", "Dashboard", ""),
    ("announcements", "Announcements", "/announcements"),
    ("projector", "Projector", "/projector"),
    ("final", "Drawn final", "/final"),
    ("people", "People", "/people"),
    ("submissions", "Submissions", "/submissions"),
    ("twins", "Twins", "/twins"),
    ("board", "Freeze and reveal", "/board"),
    ("rescores", "Re-score", "/rescores"),
    ("baselines", "Baselines", "/baselines"),
    ("settings", "Settings", "/settings"),
    ("webhooks", "Webhooks", "/webhooks"),
    ("exports", "Export", "/exports"),
    ("log", "Audit log", "/log"),
)
SERVER_PAGES = (
    ("home", "All competitions", f"{HOME}/competitions"),
    ("new", "New competition", f"{HOME}/new"),
    ("queue", "Queue", f"{HOME}/queue"),
    ("organizers", "Organizers", f"{HOME}/organizers"),
    ("account", "My account", f"{HOME}/account"),
)
