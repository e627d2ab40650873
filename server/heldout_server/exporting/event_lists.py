"""An event's lists for a spreadsheet or a script: board, submissions, run cards, audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Wanted
from heldout_server.kit import csv_files
from heldout_server.leaderboard import gap, standings, ties
from heldout_server.leaderboard.audience import ORGANIZER
from heldout_server.leaderboard.standings import Standing
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import Competition, Participant, RunCard, Submission
from heldout_server.submissions import organizer_list
from heldout_server.submissions.organizer_list import Filter, Line
from heldout_server.tasks import scores

ROWS_AT_ONCE = 1000
MOST_HYPERPARAMETERS = 200

Record = dict[str, Any]
NO_TIE: Record = {each.name: None for each in fields(Tie)}


class Document(StrEnum):
    """What can be had as a list."""

    LEADERBOARD = "leaderboard"
    SUBMISSIONS = "submissions"
    RUN_CARDS = "run-cards"
    AUDIT = "audit"


def records(session: Session, competition: Competition, document: Document) -> list[Record]:
    """Every record of the document, as plain values; private scores included."""
    assert competition.id is not None
    if document is Document.LEADERBOARD:
        board = _leaderboard(session, competition.id)
        return [_read(one, competition, "score", "public_score", "gap") for one in board]
    if document is Document.SUBMISSIONS:
        found = _submissions(session, competition.id)
        names = ("score", "exact_score", "private_score")
        return [_read(one, competition, *names) for one in found]
    if document is Document.RUN_CARDS:
        return _run_cards(session, competition.id)
    return _audit_log(session, competition.id)


def _read(record: Record, competition: Competition, *names: str) -> Record:
    """The record with figures as people read them, and how to read them."""
    read = scores.with_figures(record, competition.metric, *names)
    direction = scores.direction(competition.metric).value
    return {**read, "metric": competition.metric, "direction": direction}


def written(found: Sequence[Record], document: Document, format: str) -> tuple[bytes, str]:
    """The records as `csv` or `json`: the bytes and their media type."""
    if format == "csv":
        return as_csv(found, document), "text/csv; charset=utf-8"
    return as_json(found), "application/json"


def as_json(found: Sequence[Record]) -> bytes:
    """A JSON list."""
    return json.dumps(found, ensure_ascii=False, indent=1, default=_plain).encode()


def as_csv(found: Sequence[Record], document: Document) -> bytes:
    """A CSV file that no spreadsheet takes for formulas; nested values are JSON in a cell."""
    rows = [_flat_card(record) for record in found] if document is Document.RUN_CARDS else found
    header = list(dict.fromkeys(name for row in rows for name in row))
    cells = ([_cell(row.get(name)) for name in header] for row in rows)
    # Names come from strangers, too: a hyperparameter may be called "=cmd|…".
    safe = [str(csv_files.neutralized(name)) for name in header]
    return csv_files.written(safe, cells).encode()


def _leaderboard(session: Session, competition_id: int) -> list[Record]:
    competition = session.get_one(Competition, competition_id)
    known = {of: asdict(tie) for of, tie in ties.of_board(session, competition).items()}
    found: list[Record] = []
    while True:
        page = standings.page(
            session, competition_id, limit=ROWS_AT_ONCE, offset=len(found), viewer=ORGANIZER
        )
        is_last = len(page.rows) < ROWS_AT_ONCE
        files = standings.unranked(session, competition, viewer=ORGANIZER) if is_last else ()
        rows = (*page.rows, *files)
        public = gap.public_scores(session, competition, [row.submission_id for row in rows])
        found += [_board_row(row, known, public.get(row.submission_id)) for row in rows]
        if is_last:
            return found


def _board_row(row: Standing, known: Mapping[str, Record], public: float | None) -> Record:
    """`gap` is how much better the private score is than the public one; None before the reveal."""
    record = {each.name: getattr(row, each.name) for each in fields(Standing)}
    both = {"public_score": public, "gap": None if public is None else row.score - public}
    return record | known.get(row.submission_id, NO_TIE) | both


def _submissions(session: Session, competition_id: int) -> list[Record]:
    found: list[Line] = []
    before = None
    while True:
        page = organizer_list.page(
            session, competition_id, Filter(), limit=ROWS_AT_ONCE, before=before
        )
        found += page
        if len(page) < ROWS_AT_ONCE:
            return [_without_row(line) for line in reversed(found)]
        before = page[-1].row


def _without_row(line: Line) -> Record:
    record = asdict(line)
    del record["row"]
    return record


def _run_cards(session: Session, competition_id: int) -> list[Record]:
    query = (
        select(
            col(Submission.public_id), col(Submission.name), col(Participant.public_id),
            col(Participant.name), col(RunCard.card),
        )
        .select_from(RunCard)
        .join(Submission, col(Submission.id) == col(RunCard.submission_id))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .where(col(Submission.competition_id) == competition_id)
        .order_by(col(Submission.id))
    )  # fmt: skip
    names = ("submission_id", "submission_name", "participant_id", "participant_name", "card")
    return [dict(zip(names, row, strict=True)) for row in session.execute(query)]


def _audit_log(session: Session, competition_id: int) -> list[Record]:
    found: list[Record] = []
    before = None
    while True:
        wanted = Wanted(competition_id=competition_id)
        page = audit_log.page(session, wanted, limit=ROWS_AT_ONCE, before=before)
        found += [e.model_dump(exclude=audit_log.NOT_SHOWN) for e in page]
        if len(page) < ROWS_AT_ONCE:
            return found[::-1]
        before = page[-1].id


def _flat_card(record: Record) -> Record:
    card = record["card"]
    flat = {name: value for name, value in record.items() if name != "card"}
    given = card.get("hyperparameters")
    for name, value in list(_items(given))[:MOST_HYPERPARAMETERS]:
        flat[f"hyperparameters.{name}"] = value
    flat |= {name: card.get(name) for name in ("notes", "tags") if card.get(name) is not None}
    history = card.get("history")
    for name, values in list(_items(history))[:MOST_HYPERPARAMETERS]:
        if isinstance(values, list) and values:
            flat[f"last.{name}"] = values[-1]
    return flat


def _items(value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(name), each) for name, each in value.items())


def _cell(value: Any) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return value


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
