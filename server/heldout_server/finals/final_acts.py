"""What organizers do with a final: freeze it, lead it through its phases, pause it, end it."""

from __future__ import annotations

import secrets

from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.audit_log import Facts
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    NoFields,
    Performed,
    act,
    changed_since,
)
from heldout_server.finals import finalists, stroke_deletion
from heldout_server.finals.final_phases import required, tell
from heldout_server.finals.rasterization import MNIST_BOX, MNIST_SIZE
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    MOST_CLASSES,
    AuditEntry,
    Competition,
    Dataset,
    Drawing,
    DrawnFinal,
    Finalist,
    FinalPhase,
)
from heldout_server.tasks.kinds import Kind

MOST_FINALISTS = 300
CHANNELS = (1, 3)


class FreezeIn(BaseModel):
    """Whose models read what is drawn; how an image holds a drawing is the contest's to say."""

    finalists: int = Field(
        30, ge=1, le=MOST_FINALISTS, title="Finalists",
        description="The best in public, one model of each person or team.",
    )  # fmt: skip


class PhaseIn(BaseModel):
    """The phase to go to."""

    phase: FinalPhase = Field(title="Phase", examples=["draw"])


class PauseIn(BaseModel):
    """Whether nothing is drawn or read until further notice."""

    paused: bool = Field(title="Paused", examples=[True])


def _unfreeze(context: ActContext, entry: AuditEntry) -> None:
    final = context.session.get(DrawnFinal, context.competition_id)
    if final is None or final.phase != FinalPhase.FROZEN or _drawings(context.session, final):
        raise changed_since(entry)
    query = delete(Finalist).where(col(Finalist.competition_id) == context.competition_id)
    context.session.execute(query)
    tell(context.session, final, now=context.now)
    context.session.delete(final)
    context.session.flush()


def _as_it_is(context: ActContext, competition: Competition, entry: AuditEntry) -> DrawnFinal:
    return required(context.session, competition)


@act(
    "final.freeze", COMPETITION, FreezeIn, route="POST /drawn-final", status=201,
    answers=DrawnFinal, again=_as_it_is, label="Freeze the final",
    words="froze the models of the drawn final", inverse=_unfreeze,
    done="Frozen: every finalist's file stands with its hash, before anybody draws.",
)  # fmt: skip
def freeze_final(context: ActContext, competition: Competition, given: FreezeIn) -> DrawnFinal:
    """Set down whose models read what the class will draw, each by the hash of its file.

    Inverse: as long as nothing is drawn, there is no final again.
    """
    session = context.session
    if session.get(DrawnFinal, context.competition_id) is not None:
        raise ProblemError("conflict", "This competition has its final already.")
    size = _size(session.get_one(Dataset, competition.dataset_hash))
    made = finalists.eligible(session, competition, given.finalists)
    if not made:
        raise ProblemError("conflict", "Nobody has a scored model yet: there is nothing to read.")
    box = competition.drawing_box or round(MNIST_BOX * size / MNIST_SIZE)
    final = DrawnFinal(
        competition_id=context.competition_id, seed=secrets.randbits(31), box=box,
        centre=competition.drawing_centre, frozen_at=context.now, phase_at=context.now,
    )  # fmt: skip
    session.add_all([final, *made])
    session.flush()
    tell(session, final, now=context.now)
    context.record(None, {"finalists": len(made), "box": box, "centre": final.centre})
    return final


def _back(context: ActContext, entry: AuditEntry) -> None:
    final = required(context.session, context.competition)
    if final.phase != (entry.after or {})["phase"]:
        raise changed_since(entry)
    _enter(context, final, FinalPhase(str((entry.before or {})["phase"])))


PHASES_DONE = {
    FinalPhase.FROZEN: "Nothing is drawn yet.",
    FinalPhase.DRAW: "Everybody may draw now, and read what others draw.",
    FinalPhase.READ: "Drawing is over; reading goes on.",
    FinalPhase.COUNT: "Reading is over; the models read what is left.",
    FinalPhase.PODIUM: "The podium is on the wall.",
}


def _entered(done: Performed[Competition, PhaseIn]) -> str:
    return PHASES_DONE[done.given.phase]


@act(
    "final.phase", COMPETITION, PhaseIn, route="PUT /drawn-final/phase", label="Go on",
    words="led the drawn final to another phase", inverse=_back, done=_entered,
)  # fmt: skip
def set_final_phase(context: ActContext, competition: Competition, given: PhaseIn) -> None:
    """Go to a phase: draw, read, count, podium. Inverse: the one before.

    Also backwards: nothing is lost by it, and whoever was in the middle of a drawing goes on.
    """
    final = required(context.session, competition)
    if given.phase is FinalPhase.FROZEN and _drawings(context.session, final):
        raise ProblemError("conflict", "People have drawn already: pause the final instead.")
    before: Facts = {"phase": str(final.phase)}
    if final.phase != given.phase:
        _enter(context, final, given.phase)
        context.record(before, {"phase": str(given.phase)})


def _pause_as_before(context: ActContext, entry: AuditEntry) -> None:
    final = required(context.session, context.competition)
    paused = bool((entry.after or {})["paused"])
    if (final.paused_at is not None) is not paused:
        raise changed_since(entry)
    _pause(context, final, paused=not paused)


@act(
    "final.pause", COMPETITION, PauseIn, route="PUT /drawn-final/pause", label="Pause",
    words="paused the drawn final, or let it go on", inverse=_pause_as_before,
)  # fmt: skip
def pause_final(context: ActContext, competition: Competition, given: PauseIn) -> None:
    """Stop drawing and reading for a while, or go on. Inverse: the other.

    Phones keep what they have and send it afterwards.
    """
    final = required(context.session, competition)
    if (final.paused_at is not None) is not given.paused:
        _pause(context, final, paused=given.paused)
        context.record({"paused": not given.paused}, {"paused": given.paused})


@act(
    "final.delete_strokes", COMPETITION, NoFields, route="DELETE /drawn-final/strokes", is_bad=True,
    label="Delete the strokes", words="deleted the strokes of the drawn final", bars_undo=True,
    done="The strokes are gone; the images that models read are kept.",
)  # fmt: skip
def delete_strokes(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Delete how everybody moved their pen; a day after the podium this happens by itself.

    There is no inverse.
    """
    final = required(context.session, competition)
    if final.phase != FinalPhase.PODIUM:
        raise ProblemError("conflict", "The final is under way.", "Go to the podium first.")
    if stroke_deletion.delete_strokes(context.session, final, now=context.now):
        context.record(None, {"strokes": "deleted"})


def _size(dataset: Dataset) -> int:
    """Of the contest's images. Raises ProblemError `conflict` where nothing can be drawn."""
    shape = dataset.input_shape
    drawable = (
        dataset.input_type == "uint8"
        and 2 <= len(shape) <= 3
        and shape[0] == shape[1]
        and (len(shape) == 2 or shape[2] in CHANNELS)
        and dataset.task == Kind.MULTICLASS
        and len(dataset.class_names) <= MOST_CLASSES
    )
    if not drawable:
        raise ProblemError(
            "conflict",
            "Nothing can be drawn for this contest: a final needs square images of 0 to 255, each "
            "of one class.",
        )
    return shape[0]


def _enter(context: ActContext, final: DrawnFinal, phase: FinalPhase) -> None:
    final.phase, final.phase_at = phase, context.now
    _changed(context, final)
    # The board says that one may draw; what is drawn then leaves it as it is.
    events.append(
        context.session, EventKind.COMPETITION_CHANGED, competition_id=final.competition_id,
        now=context.now,
    )  # fmt: skip


def _pause(context: ActContext, final: DrawnFinal, *, paused: bool) -> None:
    final.paused_at = context.now if paused else None
    _changed(context, final)


def _changed(context: ActContext, final: DrawnFinal) -> None:
    context.session.add(final)
    context.session.flush()
    tell(context.session, final, now=context.now)


def _drawings(session: Session, final: DrawnFinal) -> int:
    query = select(func.count()).where(col(Drawing.competition_id) == final.competition_id)
    return session.execute(query).scalar() or 0
