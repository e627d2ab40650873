"""The standings, with the baselines in their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from heldout._models import moment_from_json
from heldout._render import Html, html_table, link, margin, paragraph, percent, plain, text_table

HEAD = ("Rank", "Name", "Score", "Submission", "Entries")
NUMBERS = {0, 2, 4}


@dataclass(frozen=True)
class Baseline:
    """What a simple method reaches; it has no rank."""

    name: str
    score: float


@dataclass(frozen=True)
class LeaderboardRow:
    """One participant's place: the best score, and the submission that reached it.

    `rank` is None for a prediction file where models only are ranked. `interval` is the score's,
    `low` and `high` with 95 %, or None.
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
    interval: dict[str, float] | None = None

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
            interval=row.get("interval"),
        )


@dataclass(frozen=True)
class Leaderboard:
    """The standings, best first: iterate over it, index it, or take `to_dicts()`.

    `baselines` stand in their place when it is shown, and are none of its rows.
    """

    competition: str
    split: str
    metric: str
    total: int
    updated_at: datetime | None
    rows: tuple[LeaderboardRow, ...]
    title: str = ""
    baselines: tuple[Baseline, ...] = ()

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
            title=document.get("title") or document["competition"],
            baselines=tuple(
                Baseline(each["name"], each["score"]) for each in document.get("baselines") or ()
            ),
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

    def _words(self) -> str:
        return (
            f"{self.title}: {self.metric} on the {self.split} part, "
            f"{self.total} participant{'' if self.total == 1 else 's'}"
        )

    def _lines(self) -> list[LeaderboardRow | Baseline]:
        """The rows with the baselines in their place; those below a page's last row are its end.

        A baseline that stands above the first row of a later page belongs to an earlier one.
        """
        ranked: list[LeaderboardRow | Baseline] = []
        waiting = sorted(self.baselines, key=lambda each: -each.score)
        is_first = not self.rows or self.rows[0].rank in (1, None)
        for row in self.rows:
            above = [each for each in waiting if each.score > row.score and row.rank is not None]
            ranked += above if ranked or is_first else []
            waiting = [each for each in waiting if each not in above]
            ranked.append(row)
        return [*ranked, *waiting]

    def __repr__(self) -> str:
        if not self.rows:
            return f"{plain(self._words())}\n(no scores yet: yours could be the first)"
        head = [word.casefold() for word in HEAD]
        return f"{plain(self._words())}\n{text_table(head, map(_cells, self._lines()), NUMBERS)}"

    def _repr_html_(self) -> str:
        title = paragraph(self._words())
        if not self.rows:
            return title + paragraph("No scores yet: yours could be the first.", faint=True)
        return title + html_table(HEAD, map(_html_cells, self._lines()), NUMBERS)


def _cells(row: LeaderboardRow | Baseline) -> list[Any]:
    if isinstance(row, Baseline):
        return ["", row.name, percent(row.score), "baseline", ""]
    score = f"{percent(row.score)} {margin(row.score, row.interval)}".rstrip()
    rank = "" if row.rank is None else row.rank
    return [rank, row.participant, score, row.submission_name or "", row.entries]


def _html_cells(row: LeaderboardRow | Baseline) -> list[Any]:
    cells = _cells(row)
    if isinstance(row, LeaderboardRow):
        cells[3] = link(row.url, row.submission_name or "open") if row.url else Html("")
    return cells
