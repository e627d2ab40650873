"""Keeps the ties of every board up to date, in the background, where the labels are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import Phase, phase
from heldout_server.grading.board_ties import RowTies, TieGrader
from heldout_server.grading.labels import LabelStoreError
from heldout_server.kit.db import Database
from heldout_server.leaderboard import ranking, ties
from heldout_server.leaderboard.ties import Row
from heldout_server.models import PRIVATE, Competition, RowRange

log = structlog.get_logger()


@dataclass(frozen=True)
class _Board:
    """A board by a part of the examples, as of an event."""

    competition: Competition
    part: str
    event_id: int
    rows: list[Row]


@dataclass
class TieWorker:
    """Works out each board anew that has moved since: what came meanwhile is one piece of work.

    Nothing is queued. Whatever is kept says of which event's board it is, so a look finds what is
    old, also after a crash or an upgrade; two processes that look write the same.
    """

    database: Database
    grader: TieGrader
    clock: Callable[[], datetime]
    # Boards of which nothing can be known, such as imported ones without labels: tried once.
    _in_vain: dict[tuple[int, str], int] = field(default_factory=dict)

    def work(self) -> bool:
        """Work out every board that has moved. False: there is nothing left until one moves."""
        with self.database.read() as session:
            moved = [
                self._moved(session, one, part)
                for one in competitions.all_competitions(session)
                for part in self._parts(one)
            ]
        for board in moved:
            if board is not None:
                self._work_out(board)
        return False

    def _parts(self, competition: Competition) -> list[str]:
        """What is shown; and once nothing is taken, what will be, so that the stage knows it."""
        part = ranking.shown(competition).split
        is_open = phase(competition, self.clock()) is Phase.OPEN
        return [part] if is_open or part == PRIVATE else [part, PRIVATE]

    def _moved(self, session: Session, competition: Competition, part: str) -> _Board | None:
        number = competition.id or 0
        newest = ties.board_event(session, number)
        if newest in (ties.kept_event(session, number, part), self._in_vain.get((number, part))):
            return None
        is_shown = part == ranking.shown(competition).split
        found = ties.rows if is_shown else ties.final_rows
        return _Board(competition, part, newest, found(session, competition))

    def _work_out(self, board: _Board) -> None:
        try:
            found = self._found(board)
        except (LabelStoreError, OSError, ValueError) as error:
            log.warning("ties.unknown", competition=board.competition.slug, problem=str(error))
            found = []
        self._keep(board, found)

    def _found(self, board: _Board) -> list[RowRange]:
        digests = [row.predictions_sha256 for row in board.rows]
        found = self.grader.ties(board.competition, board.part, digests) if board.rows else []
        pairs = zip(board.rows, found, strict=True)
        return [_kept(board, row, tie) for row, tie in pairs if tie is not None]

    def _keep(self, board: _Board, found: list[RowRange]) -> None:
        """Keep them, unless another process has kept those of a newer board meanwhile."""
        number, part = board.competition.id or 0, board.part
        with self.database.write() as session:
            held = competitions.by_slug(session, board.competition.slug, lock=True)
            if (ties.kept_event(session, number, part) or 0) > board.event_id:
                return
            if ties.keep(session, held, part, found):
                events.append(
                    session, EventKind.TIES_CHANGED, competition_id=number, now=self.clock()
                )
            if ties.kept_event(session, number, part) is None:
                self._in_vain[number, part] = board.event_id


def _kept(board: _Board, row: Row, tie: RowTies) -> RowRange:
    return RowRange(
        participant_id=row.holder_id,
        part=board.part,
        competition_id=board.competition.id or 0,
        submission_id=row.submission_id,
        score=row.score,
        basis=ties.basis(board.competition, board.part),
        event_id=board.event_id,
        leader_id=board.rows[0].submission_id,
        tie_group=tie.tie_group,
        rank_low=tie.rank_low,
        rank_high=tie.rank_high,
        tied_with_leader=tie.tied_with_leader,
        examples_needed=tie.examples_needed,
    )
