"""The parts of the dashboard, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from heldout_server.web.view_models.pages import SubmissionView


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much happened so far in the competition; `rejected` is their files, `errors` is ours."""

    participants: int = 0
    submissions: int = 0
    scored: int = 0
    rejected: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address under which the room reaches the board, with a word on who can use it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestSubmission:
    """A line in the organizer's list; `code` is the verdict's code once there is one."""

    submission: SubmissionView
    score: float | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A prediction file that waits for an organizer's decision; `score` is the public one."""

    id: str
    name: str
    participant_id: str
    participant_name: str
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """An open alarm: one address made many accounts."""

    id: int
    detail: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """One thing that must work, whether it does, and what it says."""

    name: str
    ok: bool
    detail: str = ""
