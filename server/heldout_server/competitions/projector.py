"""What organizers let every open projector show; kept, so that a screen that restarts has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from heldout_server.acts import audit_log, events, undo
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.acts.events import EventKind
from heldout_server.competitions import queries
from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition

SET = "projector.set"
FEWEST_SECONDS, MOST_SECONDS = 3, 600
FEWEST_ROWS, MOST_ROWS = 3, 200


class View(StrEnum):
    """What fills the screen; `join` is a large QR code, `pause` a screen that says nothing."""

    BOARD = "board"
    RACE = "race"
    AWARDS = "awards"
    JOIN = "join"
    PAUSE = "pause"


class Theme(StrEnum):
    """Colours; `auto`: as the machine that shows it is set."""

    DARK = "dark"
    LIGHT = "light"
    AUTO = "auto"


class Size(StrEnum):
    """How large the text of the view is."""

    SMALL = "small"
    NORMAL = "normal"
    LARGE = "large"
    HUGE = "huge"


@dataclass(frozen=True, slots=True)
class Screen:
    """One way of showing: `seconds` a screenful of `rows` at most stays, while it scrolls.

    `qr`: whether the corner has the QR code and the address.
    """

    view: View = View.BOARD
    theme: Theme = Theme.DARK
    size: Size = Size.NORMAL
    scroll: bool = True
    seconds: int = 12
    rows: int = 60
    qr: bool = True


NAMES = tuple(each.name for each in fields(Screen))


def screen(competition: Competition) -> Screen:
    """What the organizers have set, else what a projector shows by itself."""
    return _with(Screen(), competition.projector)


def put(
    session: Session,
    actor: Actor,
    competition: Competition,
    wanted: Mapping[str, object],
    *,
    now: datetime,
) -> Screen:
    """Change what every open projector shows; what isn't in `wanted` stays.

    Raises ProblemError `validation` for what no projector can show.
    """
    before = screen(competition)
    if audit_log.earlier(session, actor, SET) is not None:
        return before
    after = _with(before, wanted)
    _check(after)
    changed = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    if changed:
        _store(session, competition, after, now=now)
        target = Target.competition(competition)
        was, facts = ({name: getattr(one, name) for name in changed} for one in (before, after))
        audit_log.record(session, actor, SET, target, was, facts, now)
    return after


def _with(found: Screen, wanted: Mapping[str, object]) -> Screen:
    kinds = {"view": View, "theme": Theme, "size": Size}
    given = {name: value for name, value in wanted.items() if name in NAMES}
    try:
        return replace(found, **{n: kinds[n](v) if n in kinds else v for n, v in given.items()})  # type: ignore[arg-type]
    except ValueError:
        raise ProblemError(
            "validation",
            "No projector can show that.",
            "; ".join(f"{name}: {', '.join(kind)}" for name, kind in kinds.items()) + ".",
        ) from None


def _check(wanted: Screen) -> None:
    if not FEWEST_SECONDS <= wanted.seconds <= MOST_SECONDS:
        raise ProblemError(
            "validation", f"A screenful stays {FEWEST_SECONDS} to {MOST_SECONDS} seconds.",
            "12 is a good start.",
        )  # fmt: skip
    if not FEWEST_ROWS <= wanted.rows <= MOST_ROWS:
        raise ProblemError(
            "validation", f"A projector shows the first {FEWEST_ROWS} to {MOST_ROWS} rows.",
            "60 is a good start.",
        )  # fmt: skip


def _store(session: Session, competition: Competition, wanted: Screen, *, now: datetime) -> None:
    assert competition.id is not None
    competition.projector = asdict(wanted)
    session.add(competition)
    session.flush()
    events.append(
        session,
        EventKind.PROJECTED,
        competition_id=competition.id,
        now=now,
        data=competition.projector,
    )


def _restore(session: Session, act: AuditEntry, now: datetime) -> None:
    competition = queries.by_slug(session, act.target_id, lock=True)
    found = screen(competition)
    if _with(found, act.after or {}) != found:
        raise undo.changed_since(act)
    _store(session, competition, _with(found, act.before or {}), now=now)


undo.register(SET, _restore)
