"""Readings: what is offered to whom, and what follows from what they say.

Two others read each drawing. What was begun is finished first, so that it reaches the wall soon;
and when everything is in somebody's hands already, it is offered to more, so that the last ones
don't wait for a phone that has left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from heldout_server.finals import drawings, final_phases, tap_queries, verdicts
from heldout_server.finals.final_phases import ContestFinal
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Drawing, DrawingReading, DrawingState, Participant
from heldout_server.people import bans
from heldout_server.submissions.queries import lock_participants

OFFERED_FOR = timedelta(seconds=20)
"""Whoever hasn't said anything by then has put the phone away: others are asked."""


def offer(
    session: Session, final: ContestFinal, reader: Participant, *, now: datetime
) -> Drawing | None:
    """A drawing of somebody else for this reader; None while there is none.

    The same as before until they have said what it is, on whichever device. Raises ProblemError
    `forbidden` (banned) or `conflict` (not now).
    """
    bans.check(reader)
    final_phases.check_reading(final.row)
    assert reader.id is not None
    lock_participants(session, [reader.id])
    asked = {"competition": final.competition_id, "reader": reader.id, "since": now - OFFERED_FOR}
    found = session.execute(tap_queries.offered(), asked).one_or_none()
    if found is None:
        return None
    drawing: Drawing = found[0]
    if found[1]:
        again = {"reader": reader.id, "offered_drawing": drawing.id, "now": now}
        session.execute(tap_queries.offer_again(), again)
    else:
        first = {"drawing_id": drawing.id, "participant_id": reader.id, "offered_at": now}
        session.execute(tap_queries.offer_first(), first)
    return drawing


def say(
    session: Session,
    final: ContestFinal,
    reader: Participant,
    drawing_id: str,
    said: int | None,
    *,
    now: datetime,
) -> Drawing:
    """What the reader takes it for; None: they can't tell. Said twice, the first one stands.

    Raises ProblemError `not_found` (not offered to them), `validation` (no class of this number),
    or as `offer`.
    """
    bans.check(reader)
    if said is not None and not 0 <= said < len(final.classes):
        raise ProblemError("validation", "There is no class with this number.")
    # First, as whoever submits does: what follows may be waited for by others.
    assert reader.id is not None
    lock_participants(session, [reader.id])
    # Of two who say something at the same moment, the later one has to see the earlier one's.
    drawing = drawings.by_public_id(session, final.competition_id, drawing_id)
    reading = session.get(DrawingReading, (drawing.id, reader.id))
    if reading is None:
        raise ProblemError("not_found", "This drawing wasn't shown to you.")
    if reading.said_at is None:
        final_phases.check_reading(final.row)
        reading.said, reading.said_at = said, now
        session.add(reading)
        session.flush()
        _follow(session, final, drawing, now)
    return drawing


def said_by(session: Session, reader_id: int) -> int:
    """How many drawings somebody has read."""
    found = session.execute(tap_queries.readings_given(), {"reader": reader_id})
    return found.scalar() or 0


def _follow(session: Session, final: ContestFinal, drawing: Drawing, now: datetime) -> None:
    """Set anew who is believed, and what that changes."""
    said = _said_of(session, drawing)
    # A first reading has none to be compared with: it changes nobody's agreement, and what somebody
    # says who isn't believed is left out as soon as it could count.
    readers = [one.participant_id for one in said] if len(said) > 1 else []
    changed = {one.id: one for one in _judge_readers(session, final, readers)}
    judged = {drawing.id: drawing, **changed}.values()
    count_now = [
        one for one in judged if _judge(one, _said_of(session, one) if changed else said, now)
    ]
    session.flush()
    # Last: whoever has the final's row waits for nobody who waits for it.
    for one in count_now:
        final_phases.tell(session, final.row, now=now, drawing=one.public_id)


def _judge_readers(
    session: Session, final: ContestFinal, readers: Collection[int]
) -> list[Drawing]:
    """Believe readers or don't; what they have read whose words count now or no longer do."""
    if not readers:
        return []
    asked = {"competition": final.competition_id, "readers": list(readers)}
    changed: list[Drawing] = []
    for reader_id, agreed, compared, counting, rows in session.execute(
        tap_queries.agreements(), asked
    ).all():
        believed = verdicts.counts(agreed, compared, len(final.classes))
        if counting != (rows if believed else 0):
            mine = {"reader": reader_id, "believed": believed}
            session.execute(tap_queries.believe(), mine)
            changed += session.execute(tap_queries.drawings_read(), mine).scalars()
    return changed


def _judge(drawing: Drawing, said: Sequence[DrawingReading], now: datetime) -> bool:
    """Set its state anew; whether it counts only now."""
    found = verdicts.verdict(drawing.prompt, [one.said for one in said if one.counts])
    is_new = found != drawing.state
    drawing.state = found
    if not is_new or found is not DrawingState.COUNTED:
        return False
    drawing.counted_at = drawing.counted_at or now
    return True


def _said_of(session: Session, drawing: Drawing) -> list[DrawingReading]:
    found = session.execute(tap_queries.said_of(), {"drawing_id": drawing.id})
    return list(found.scalars())
