"""What the pages on privacy and accessibility show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from heldout_server.web.view_models.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptData:
    """One kind of personal data: what it is, what it is for, who sees it."""

    what: str
    why: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestKept:
    """How long a contest's names and files are kept. `days` None: until somebody deletes them;
    `at` None: it has no end yet.
    """

    title: str
    path: str
    days: int | None
    at: datetime | None
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPage(Page):
    """What is kept, and of the listed contests how long; `contact` is empty where none was set,
    and `school` where nobody signs in with one.
    """

    contact: str
    kept: tuple[KeptData, ...]
    contests: tuple[ContestKept, ...]
    school: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessibilityPage(Page):
    """What is true of every server; `contact` is empty where none was set."""

    contact: str
