"""What the server tells about competitions, standings and quotas, as frozen records.

Each `from_json` takes the API's object and ignores fields it does not know, so that an older
client goes on working with a newer server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from heldout._render import (
    Html,
    html_table,
    link,
    moment,
    paragraph,
    percent,
    plain,
    text_table,
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
            return f"{self.used_today} submissions today, without limit"
        again = f"; starts again at {moment(self.resets_at)}" if self.resets_at else ""
        return f"{self.left_today} of {self.per_day} submissions left today{again}"

    def __repr__(self) -> str:
        return f"<Quota: {plain(self)}>"

    def _repr_html_(self) -> str:
        return paragraph(str(self))


@dataclass(frozen=True)
class Competition:
    """One contest and its rules; `limits` are in bytes, `dataset` describes the images."""

    slug: str
    title: str
    description: str = ""
    task: str = "multiclass"
    metric: str = "accuracy"
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
        for name in ("opens_at", "closes_at"):
            known[name] = moment_from_json(document.get(name))
        return cls(**known)

    @property
    def is_open(self) -> bool:
        """Whether submissions are taken now."""
        return self.state == "open"

    def __repr__(self) -> str:
        closes = f", closes {moment(self.closes_at)}" if self.closes_at else ""
        return f"<Competition {plain(self.slug)}: {plain(self.title)} ({self.state}{closes})>"


@dataclass(frozen=True)
class Best:
    """A participant's best submission so far."""

    submission_id: str
    score: float
    rank: int | None
    participants: int | None

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
            best = f"best {percent(self.best.score)}, rank {self.best.rank}"
            best += f" of {self.best.participants}" if self.best.participants else ""
        return f"{plain(self.name)} · {plain(self.competition.title)} · {best} · {self.quota}"

    def __repr__(self) -> str:
        return f"<Me: {self}>"


@dataclass(frozen=True)
class LeaderboardRow:
    """One participant's place: the best score, and the submission that reached it.

    `rank` is None for a prediction file where models only are ranked.
    """

    rank: int | None
    participant: str
    participant_id: str
    submission_id: str
    submission_name: str | None
    score: float
    entries: int
    reached_at: datetime | None
    url: str

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> LeaderboardRow:
        """From one of the API's `rows`."""
        return cls(
            rank=row["rank"],
            participant=row["participant"]["name"],
            participant_id=row["participant"]["id"],
            submission_id=row["submission_id"],
            submission_name=row.get("submission_name"),
            score=row["score"],
            entries=row.get("entries", 1),
            reached_at=moment_from_json(row.get("reached_at")),
            url=row.get("url", ""),
        )


@dataclass(frozen=True)
class Leaderboard:
    """The standings, best first: iterate over it, index it, or take `to_dicts()`."""

    competition: str
    split: str
    metric: str
    total: int
    updated_at: datetime | None
    rows: tuple[LeaderboardRow, ...]

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Leaderboard:
        """From `GET /competitions/{slug}/leaderboard`."""
        return cls(
            competition=document["competition"],
            split=document.get("split", "public"),
            metric=document.get("metric", "accuracy"),
            total=document.get("total", len(document["rows"])),
            updated_at=moment_from_json(document.get("updated_at")),
            rows=tuple(LeaderboardRow.from_json(row) for row in document["rows"]),
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as plain dicts, ready for `pandas.DataFrame(...)`."""
        return [asdict(row) for row in self.rows]

    def __iter__(self) -> Iterator[LeaderboardRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> LeaderboardRow:
        return self.rows[place]

    def _title(self) -> str:
        return (
            f"Leaderboard of {self.competition}: {self.metric} on the {self.split} part, "
            f"{self.total} participant{'' if self.total == 1 else 's'}"
        )

    def _cells(self, row: LeaderboardRow) -> list[Any]:
        return [
            "" if row.rank is None else row.rank,
            row.participant,
            percent(row.score),
            row.submission_name or "",
            row.entries,
        ]

    def __repr__(self) -> str:
        if not self.rows:
            return f"{plain(self._title())}\n(no scores yet: yours could be the first)"
        head = ["rank", "name", "score", "submission", "entries"]
        rows = [self._cells(row) for row in self.rows]
        return f"{plain(self._title())}\n{text_table(head, rows, {0, 2, 4})}"

    def _repr_html_(self) -> str:
        title = paragraph(self._title())
        if not self.rows:
            return title + paragraph("No scores yet: yours could be the first.", faint=True)
        return title + html_table(
            ["Rank", "Name", "Score", "Submission", "Entries"], map(self._html_row, self), {0, 2, 4}
        )

    def _html_row(self, row: LeaderboardRow) -> list[Any]:
        cells = self._cells(row)
        cells[3] = link(row.url, row.submission_name or "open") if row.url else Html("")
        return cells
