"""The standings, with the baselines in their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from heldout._measure import Measure
from heldout._models import moment_from_json
from heldout._render import Html, html_table, link, paragraph, plain, text_table

HEAD = ("Rank", "Name", "Score", "Submission", "Entries")
NUMBERS = {0, 2, 4}


@dataclass(frozen=True)
class Baseline:
    """What a simple method reaches; it has no rank."""

    name: str
    score: float
    score_text: str = ""


@dataclass(frozen=True)
class LeaderboardRow:
    """One participant's place: the best score, and the submission that reached it.

    `rank` is None for a prediction file where models only are ranked. `interval` is the score's,
    `low` and `high` with 95 %, or None. The row may truly stand anywhere from `rank_low` to
    `rank_high`; the order within a `tie_group` may be luck. All four are None while nobody knows.
    `public_score` and `gap`, the private figure minus the public one, are None until the reveal.
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
    score_text: str = ""
    tie_group: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    tied_with_leader: bool | None = None
    public_score: float | None = None
    gap: float | None = None

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
            score_text=plain(row.get("score_text") or ""),
            tie_group=row.get("tie_group"),
            rank_low=row.get("rank_low"),
            rank_high=row.get("rank_high"),
            tied_with_leader=row.get("tied_with_leader"),
            public_score=row.get("public_score"),
            gap=row.get("gap"),
        )


@dataclass(frozen=True)
class Leaderboard:
    """The standings, best first: iterate over it, index it, or take `to_dicts()`.

    `baselines` stand in their place when it is shown, and are none of its rows. `examples_needed`:
    with about how many hidden examples the first two would be told apart; None where they are
    already, and while nobody knows.
    """

    competition: str
    split: str
    metric: str
    total: int
    updated_at: datetime | None
    rows: tuple[LeaderboardRow, ...]
    title: str = ""
    baselines: tuple[Baseline, ...] = ()
    measure: Measure = field(default_factory=Measure)
    examples_needed: int | None = None

    @property
    def direction(self) -> str:
        """ "higher" or "lower": which score is better."""
        return self.measure.direction

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
                Baseline(each["name"], each["score"], plain(each.get("score_text") or ""))
                for each in document.get("baselines") or ()
            ),
            measure=_measure(document),
            examples_needed=document.get("examples_needed"),
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
            f"{self.title}: {self._measured()} on the {self.split} part, "
            f"{self.total} participant{'' if self.total == 1 else 's'}"
        )

    def _measured(self) -> str:
        """The metric as it is written in programs, or by its label where lower is better."""
        if self.measure.is_plain_share:
            return self.metric
        return f"{self.measure.label or self.metric} ({self.direction} is better)"

    def _lines(self) -> list[LeaderboardRow | Baseline]:
        """The rows with the baselines in their place; those below a page's last row are its end.

        A baseline that stands above the first row of a later page belongs to an earlier one.
        """
        ranked: list[LeaderboardRow | Baseline] = []
        order = self.measure.order
        waiting = sorted(self.baselines, key=lambda each: order(each.score))
        is_first = not self.rows or self.rows[0].rank in (1, None)
        for row in self.rows:
            is_ranked = row.rank is not None
            above = [b for b in waiting if is_ranked and order(b.score) < order(row.score)]
            ranked += above if ranked or is_first else []
            waiting = [each for each in waiting if each not in above]
            ranked.append(row)
        return [*ranked, *waiting]

    def __repr__(self) -> str:
        if not self.rows:
            return f"{plain(self._words())}\n(no scores yet: yours could be the first)"
        head = [word.casefold() for word in HEAD]
        cells = [_cells(each, self.measure) for each in self._lines()]
        return f"{plain(self._words())}\n{text_table(head, cells, NUMBERS)}"

    def _repr_html_(self) -> str:
        title = paragraph(self._words())
        if not self.rows:
            return title + paragraph("No scores yet: yours could be the first.", faint=True)
        cells = [_html_cells(each, self.measure) for each in self._lines()]
        return title + html_table(HEAD, cells, NUMBERS)


def _measure(document: dict[str, Any]) -> Measure:
    """By what the board says of its metric, and how it writes its first score."""
    shown = [each.get("score_text") for each in document["rows"][:1]]
    return Measure.from_json({"score_text": shown[0] if shown else None, **document})


def _cells(row: LeaderboardRow | Baseline, measure: Measure) -> list[Any]:
    if isinstance(row, Baseline):
        return ["", row.name, row.score_text or measure.read(row.score), "baseline", ""]
    shown = row.score_text or measure.read(row.score)
    score = f"{shown} {measure.margin(row.score, row.interval)}".rstrip()
    rank = "" if row.rank is None else row.rank
    return [rank, row.participant, score, row.submission_name or "", row.entries]


def _html_cells(row: LeaderboardRow | Baseline, measure: Measure) -> list[Any]:
    cells = _cells(row, measure)
    if isinstance(row, LeaderboardRow):
        cells[3] = link(row.url, row.submission_name or "open") if row.url else Html("")
    return cells
