"""The rows of one competition, out of one database and into another.

Row ids are the database's own, so they are given anew; public ids and everything else stay. What
refers to what is read from the tables themselves: a new column needs no line here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlmodel import Session, SQLModel, col

from heldout_server.models import (
    Announcement,
    AuditEntry,
    Baseline,
    Best,
    Competition,
    Dataset,
    Event,
    Grant,
    Merge,
    ModerationNote,
    Participant,
    PracticeReading,
    Receipt,
    RosterEntry,
    Run,
    RunCard,
    Score,
    SignIn,
    State,
    Submission,
    Team,
    Verdict,
)

ROWS_AT_ONCE = 1000
Row = dict[str, Any]


def _of_competition(model: Any) -> Callable[[Competition], ColumnElement[bool]]:
    return lambda competition: col(model.competition_id) == competition.id


def _of_participants(model: Any) -> Callable[[Competition], ColumnElement[bool]]:
    return lambda competition: col(model.participant_id).in_(
        select(col(Participant.id)).where(col(Participant.competition_id) == competition.id)
    )


def _of_submissions(model: Any) -> Callable[[Competition], ColumnElement[bool]]:
    return lambda competition: col(model.submission_id).in_(
        select(col(Submission.id)).where(col(Submission.competition_id) == competition.id)
    )


# What a row refers to comes before it.
TRAVELLING: dict[type[SQLModel], Callable[[Competition], ColumnElement[bool]]] = {
    Dataset: lambda competition: col(Dataset.content_hash) == competition.dataset_hash,
    Competition: lambda competition: col(Competition.id) == competition.id,
    Team: _of_competition(Team),
    Participant: _of_competition(Participant),
    RosterEntry: _of_competition(RosterEntry),
    SignIn: _of_participants(SignIn),
    Grant: _of_participants(Grant),
    Merge: _of_participants(Merge),
    Submission: _of_competition(Submission),
    RunCard: _of_submissions(RunCard),
    Run: _of_submissions(Run),
    PracticeReading: _of_submissions(PracticeReading),
    Verdict: _of_submissions(Verdict),
    Receipt: _of_submissions(Receipt),
    Score: _of_submissions(Score),
    ModerationNote: _of_submissions(ModerationNote),
    Best: _of_competition(Best),
    Baseline: _of_competition(Baseline),
    Announcement: _of_competition(Announcement),
    Event: _of_competition(Event),
    AuditEntry: _of_competition(AuditEntry),
}
# Which tables stay, by name; a test holds that every table is in one of the two lists.
STAYING = frozenset(
    {
        "organizer", "organizer_token", "organizer_session",
        "upload",
        "rescore", "rescore_score",
        "webhook", "webhook_delivery",
        # of an evening's final, where people move their hands: `contest drawn` writes what may go.
        "drawn_final", "finalist", "drawing", "drawing_reading",
        # of the machinery, or worked out again from what travels, where the labels are:
        "worker", "turn", "maintenance", "alert", "class_insight", "row_range",
        "contamination", "engine_check", "left_layers",
    }
)  # fmt: skip
TABLES: dict[str, type[SQLModel]] = {str(model.__tablename__): model for model in TRAVELLING}
# Lists of row ids inside JSON, which no foreign key tells of.
ID_LISTS = {("participant_merge", "submission_ids"): "submission"}


def exported(session: Session, competition: Competition, model: type[SQLModel]) -> Iterator[Row]:
    """The rows of `model` that belong to the competition, in the order of their keys."""
    query = select(model).where(TRAVELLING[model](competition))
    keys = model.__table__.primary_key.columns  # type: ignore[attr-defined]
    found = session.execute(
        query.order_by(*keys).execution_options(yield_per=ROWS_AT_ONCE)
    ).scalars()
    for row in found:
        yield _settled(row).model_dump(mode="json")
        session.expunge(row)


@dataclass
class Importer:
    """Writes rows under new ids; keeps which old id became which new one."""

    session: Session
    _ids: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _later: list[tuple[int, str, int]] = field(default_factory=list)

    def take(self, model: type[SQLModel], rows: Iterable[Row]) -> None:
        """Add all rows of one table, whose references are here already.

        Raises ValueError for a row that fits no table or refers to nothing.
        """
        batch: list[tuple[int | None, SQLModel]] = []
        for row in rows:
            batch.append(self._prepared(model, row))
            if len(batch) == ROWS_AT_ONCE:
                self._write(model, batch)
                batch = []
        self._write(model, batch)
        self._point_back(model)

    def _point_back(self, model: type[SQLModel]) -> None:
        """Set what rows of a table refer to in the same table, now that all of them are here."""
        table = str(model.__tablename__)
        rows: Any = model.__table__  # type: ignore[attr-defined]
        for old, name, target in self._later:
            statement = update(rows).where(rows.c.id == self._new(table, old))
            self.session.execute(statement.values({name: self._new(table, target)}))
        self._later.clear()

    def _write(self, model: type[SQLModel], batch: list[tuple[int | None, SQLModel]]) -> None:
        self.session.add_all(row for _, row in batch)
        self.session.flush()
        known = self._ids[str(model.__tablename__)]
        for old, row in batch:
            if old is not None:
                known[old] = row.id  # type: ignore[attr-defined]
        # Rows that others may still point back to stay; the session needn't hold the rest.
        for _, row in batch:
            self.session.expunge(row)

    def _prepared(self, model: type[SQLModel], row: Row) -> tuple[int | None, SQLModel]:
        table = str(model.__tablename__)
        old = row.get("id")
        changed = {**row, **self._references(model, row)}
        if "id" in model.model_fields:
            changed["id"] = None
        for (of, name), target in ID_LISTS.items():
            if of == table:
                changed[name] = [self._new(target, each) for each in row[name]]
        unknown = row.keys() - model.model_fields.keys()
        if unknown:
            raise ValueError(f"{table} has no column {sorted(unknown)[0][:40]}")
        return old, model.model_validate(changed)

    def _references(self, model: type[SQLModel], row: Row) -> Mapping[str, int | None]:
        changed: dict[str, int | None] = {}
        for key in model.__table__.foreign_keys:  # type: ignore[attr-defined]
            name, value = key.parent.name, row.get(key.parent.name)
            target = key.column.table.name
            if value is None or key.column.name != "id":
                continue
            if target == model.__tablename__:
                self._later.append((row["id"], name, value))
                changed[name] = None
            else:
                changed[name] = self._new(target, value)
        return changed

    def _new(self, table: str, old: Any) -> int:
        if old not in self._ids[table]:
            raise ValueError(f"a row refers to a {table} that isn't in the file")
        return self._ids[table][old]


def _settled(row: SQLModel) -> SQLModel:
    """Work under way is handed over as waiting work: the claim is this server's."""
    if isinstance(row, Submission) and row.state == State.RUNNING:
        copy = Submission.model_validate(row.model_dump())
        copy.state, copy.token, copy.lease_until = State.QUEUED, None, None
        return copy
    if isinstance(row, AuditEntry):
        copy_of_entry = AuditEntry.model_validate(row.model_dump())
        # These mean something to one server's requests only.
        copy_of_entry.request_key = copy_of_entry.request_digest = None
        return copy_of_entry
    return row
