"""What is shown of a drawn final: on the wall, and on the phones of those who take part.

| class     | template       |
|-----------|----------------|
| FinalPage | final.html     |
| FinalWall | _tv_final.html, a part of TvPage |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from heldout_server.finals.hands_board import PRIZE, HandsBoard, Line
from heldout_server.finals.wall import Shown, Wall
from heldout_server.models import FinalPhase
from heldout_server.web.view_models.pages import CompetitionView, Page

PODIUM = 3
LINES = 10
MOST_IN_A_TABLE = 12
"""Classes whose confusion the wall has room for."""
SHADES = 4
ALSO_FIRST = 4
HASHES = 33
"""Of so many finalists the wall shows the files."""
WORDS = {
    FinalPhase.FROZEN: "The models are frozen: these are their files, before anybody draws.",
    FinalPhase.DRAW: "Draw your digits, and read what others drew.",
    FinalPhase.READ: "Drawing is over. Read what is left: every drawing needs two.",
    FinalPhase.COUNT: "The models read the last drawings.",
    FinalPhase.PODIUM: "Whose model reads our hands best?",
}
OTHER_WORDS = {FinalPhase.DRAW: "Draw, and read what others drew."}


@dataclass(frozen=True, slots=True)
class Cell:
    """Of a confusion: how often, and its shade, 0 to `SHADES`, among what was misread."""

    count: int
    shade: int
    is_right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalWall:
    """The wall; `images` are data URIs by the drawing's id, `hashes` (name, SHA-256) pairs.

    `address` is where one draws, `list_address` where a program finds all finalists. `hidden`: the
    place and the score by the hidden examples, by the id of whose row is for all; empty before the
    reveal.
    """

    wall: Wall
    images: Mapping[str, str]
    hashes: tuple[tuple[str, str], ...]
    address: str
    list_address: str
    draws_digits: bool = True
    hidden: Mapping[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def phase(self) -> FinalPhase:
        return FinalPhase(self.wall.phase)

    @property
    def board(self) -> HandsBoard:
        return self.wall.board

    @property
    def words(self) -> str:
        """What the room does now."""
        if self.wall.is_paused:
            return "A short pause: nothing is lost."
        if not self.draws_digits:
            return OTHER_WORDS.get(self.phase, WORDS[self.phase])
        return WORDS[self.phase]

    @property
    def prize(self) -> str:
        return PRIZE

    @property
    def lines(self) -> tuple[Line, ...]:
        """As many as the back row can read."""
        return self.board.lines[:LINES]

    @property
    def steps(self) -> tuple[Line, ...]:
        """Who stands on the podium."""
        return self.board.lines[:PODIUM]

    @property
    def sharing(self) -> int:
        """How many share the first place; 0: nobody does, or nothing is known yet."""
        first = sum(line.is_first for line in self.board.lines)
        return first if first > 1 else 0

    @property
    def also_first(self) -> tuple[str, ...]:
        """Who shares the first place without a step on the podium, as many as there is room for."""
        if not self.sharing:
            return ()
        return tuple(one.name for one in self.board.lines[PODIUM:] if one.is_first)[:ALSO_FIRST]

    @property
    def more_first(self) -> int:
        """How many share it beside those."""
        named = sum(one.is_first for one in self.steps) + len(self.also_first)
        return max(0, self.sharing - named)

    @property
    def shown_hashes(self) -> tuple[tuple[str, str], ...]:
        """As many as the wall has room for."""
        return self.hashes[:HASHES]

    @property
    def more_hashes(self) -> int:
        """How many finalists' files it has no room for."""
        return len(self.hashes) - len(self.shown_hashes)

    @property
    def newest(self) -> tuple[Shown, ...]:
        return self.wall.newest

    @property
    def most_confused(self) -> tuple[str, str, int] | None:
        """Which class is most often read as which other one, and how often."""
        found = [
            (count, drawn, read)
            for drawn, row in enumerate(self.wall.confusion)
            for read, count in enumerate(row)
            if drawn != read
        ]
        count, drawn, read = max(found, default=(0, 0, 0))
        return (self.wall.classes[drawn], self.wall.classes[read], count) if count else None

    @property
    def confusion(self) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
        """For each class that is drawn, how often the models read each class in it; nothing where
        none was misread, or where there are more classes than a wall can show.
        """
        table = self.wall.confusion
        most = max((n for at, row in enumerate(table) for to, n in enumerate(row) if at != to),
                   default=0)  # fmt: skip
        if not most or len(table) > MOST_IN_A_TABLE:
            return ()
        return tuple(
            (name, tuple(_cell(count, most, at == to) for to, count in enumerate(row)))
            for at, (name, row) in enumerate(zip(self.wall.classes, table, strict=True))
        )


def _cell(count: int, most: int, is_right: bool) -> Cell:
    return Cell(count, 0 if is_right else math.ceil(SHADES * count / most), is_right)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalPage(Page):
    """The phone's page: it asks for its own part by itself. `csrf` goes with what it sends; what
    waits in the browser is kept under `participant_id`.
    """

    competition: CompetitionView
    name: str
    participant_id: str
    csrf: str
    classes: tuple[str, ...]
