"""What the server tells about competitions, standings and quotas, as frozen records.

Each `from_json` takes the API's object and ignores fields it does not know, so that an older
client goes on working with a newer server.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from heldout._measure import Measure
from heldout._render import (
    moment,
    paragraph,
    plain,
)


def moment_from_json(text: str | None) -> datetime | None:
    """An ISO-8601 time with offset. Python 3.10 does not read the suffix `Z`."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


@dataclass(frozen=True)
class Quota:
    """How many submissions are left today; `None` means without limit."""

    per_day: int | None
    used_today: int
    left_today: int | None
    resets_at: datetime | None
    timezone: str = "UTC"

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Quota:
        """From the API's QUOTA."""
        return cls(
            per_day=document.get("per_day"),
            used_today=document.get("used_today", 0),
            left_today=document.get("left_today"),
            resets_at=moment_from_json(document.get("resets_at")),
            timezone=document.get("timezone", "UTC"),
        )

    @property
    def is_unlimited(self) -> bool:
        """Whether there is no daily limit."""
        return self.per_day is None

    def __str__(self) -> str:
        if self.is_unlimited:
            plural = "" if self.used_today == 1 else "s"
            return f"{self.used_today} submission{plural} today, without limit"
        again = f"; starts again at {moment(self.resets_at)}" if self.resets_at else ""
        return f"{self.left_today} of {self.per_day} submissions left today{again}"

    def __repr__(self) -> str:
        return f"<Quota: {plain(self)}>"

    def _repr_html_(self) -> str:
        return paragraph(str(self))


@dataclass(frozen=True)
class Competition:
    """One contest and its rules; `limits` are in bytes, `dataset` describes the data.

    `metric_label`, `direction`, `unit` and `digits` say how its scores read; `also` names further
    metrics, which are shown and not ranked.
    """

    slug: str
    title: str
    description: str = ""
    task: str = "multiclass"
    kind: str = "multiclass"
    metric: str = "accuracy"
    metric_label: str = ""
    direction: str = "higher"
    unit: str = "share"
    digits: int = 2
    also: tuple[str, ...] = ()
    state: str = "open"
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    timezone: str = "UTC"
    kinds: tuple[str, ...] = ()
    quota_per_day: int | None = None
    limits: dict[str, int] = field(default_factory=dict)
    dataset: dict[str, Any] = field(default_factory=dict)
    public_fraction: float = 0.5
    board_url: str = ""

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Competition:
        """From the API's COMPETITION."""
        known = {key: document[key] for key in cls.__dataclass_fields__ if key in document}
        known["kinds"] = tuple(document.get("kinds") or ())
        known["also"] = tuple(document.get("also") or ())
        for name in ("opens_at", "closes_at"):
            known[name] = moment_from_json(document.get(name))
        return cls(**known)

    @property
    def measure(self) -> Measure:
        """How its scores read."""
        return Measure(self.metric_label, self.direction, self.unit, self.digits)

    @property
    def is_open(self) -> bool:
        """Whether submissions are taken now."""
        return self.state == "open"

    def __repr__(self) -> str:
        closes = f", closes {moment(self.closes_at)}" if self.closes_at else ""
        return f"<Competition {plain(self.slug)}: {plain(self.title)} ({self.state}{closes})>"


@dataclass(frozen=True)
class Best:
    """A participant's best submission so far.

    It may truly stand anywhere from `rank_low` to `rank_high`; None while nobody knows.
    """

    submission_id: str
    score: float
    rank: int | None
    participants: int | None
    score_text: str = ""
    rank_low: int | None = None
    rank_high: int | None = None
    tied_with_leader: bool | None = None

    @classmethod
    def from_json(cls, document: dict[str, Any] | None) -> Best | None:
        """From the API's `best`, which is null before the first score."""
        if not document:
            return None
        return cls(
            submission_id=document["submission_id"],
            score=document["score"],
            rank=document.get("rank"),
            participants=document.get("participants"),
            score_text=plain(document.get("score_text") or ""),
            rank_low=document.get("rank_low"),
            rank_high=document.get("rank_high"),
            tied_with_leader=document.get("tied_with_leader"),
        )


@dataclass(frozen=True)
class Me:
    """Who this client has joined as."""

    id: str
    name: str
    competition: Competition
    best: Best | None
    quota: Quota

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Me:
        """From `GET /me`."""
        return cls(
            id=document["participant"]["id"],
            name=document["participant"]["name"],
            competition=Competition.from_json(document["competition"]),
            best=Best.from_json(document.get("best")),
            quota=Quota.from_json(document.get("quota") or {}),
        )

    def __str__(self) -> str:
        best = "nothing scored yet"
        if self.best:
            shown = self.best.score_text or self.competition.measure.read(self.best.score)
            best = f"best {shown}, rank {self.best.rank}"
            best += f" of {self.best.participants}" if self.best.participants else ""
        return f"{plain(self.name)} · {plain(self.competition.title)} · {best} · {self.quota}"

    def __repr__(self) -> str:
        return f"<Me: {self}>"
