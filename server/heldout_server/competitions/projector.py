"""What organizers let every open projector show; kept, so that a screen that restarts has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import COMPETITION, ActContext, act, changed_since
from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition

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


# A field that is left out stays as it is; null is refused.
_UNSET: Any = None


class ProjectorIn(BaseModel):
    """What to change; `seconds` a screenful of at most `rows` stays while it scrolls."""

    view: View = Field(_UNSET, examples=["race"])
    theme: Theme = _UNSET
    size: Size = _UNSET
    scroll: bool = _UNSET
    seconds: int = Field(_UNSET, ge=FEWEST_SECONDS, le=MOST_SECONDS)
    rows: int = Field(_UNSET, ge=FEWEST_ROWS, le=MOST_ROWS)
    qr: bool = _UNSET


NAMES = tuple(each.name for each in fields(Screen))


def screen(competition: Competition) -> Screen:
    """What the organizers have set, else what a projector shows by itself."""
    return _with(Screen(), competition.projector)


def _restore(context: ActContext, entry: AuditEntry) -> None:
    found = screen(context.competition)
    if _with(found, entry.after or {}) != found:
        raise changed_since(entry)
    _store(context, _with(found, entry.before or {}))


def _as_before(context: ActContext, competition: Competition, entry: AuditEntry) -> Screen:
    return screen(competition)


@act(
    "projector.set", COMPETITION, ProjectorIn, route="PATCH /projector", answers=Screen,
    again=_as_before, label="Show", words="set the projector", inverse=_restore,
    done="Every open projector shows it so now.",
)  # fmt: skip
def set_projector(context: ActContext, competition: Competition, given: ProjectorIn) -> Screen:
    """Change it on all of them at once; what is left out stays. Inverse: undo."""
    before = screen(competition)
    after = _with(before, given.model_dump(exclude_unset=True))
    changed = [name for name in NAMES if getattr(before, name) != getattr(after, name)]
    if changed:
        _store(context, after)
        was, now = ({name: getattr(one, name) for name in changed} for one in (before, after))
        context.record(was, now)
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


def _store(context: ActContext, wanted: Screen) -> None:
    competition = context.competition
    competition.projector = asdict(wanted)
    context.session.add(competition)
    context.session.flush()
    events.append(
        context.session,
        EventKind.PROJECTED,
        competition_id=context.competition_id,
        now=context.now,
        data=competition.projector,
    )
