"""What the room may see: a board that stands still, private scores, the wall of examples."""

from __future__ import annotations

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import COMPETITION, ActContext, NoFields, Performed, act
from heldout_server.competitions import hardest_wall, schedule
from heldout_server.competitions.changes import change
from heldout_server.competitions.restore import restore
from heldout_server.competitions.schedule import Phase
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.formats import counted, day_and_clock
from heldout_server.kit.moments import Moment
from heldout_server.models import Competition, Role, State, Submission

UNDER_WAY = (State.QUEUED, State.RUNNING)


class FreezeIn(BaseModel):
    """When to freeze; null: now."""

    at: Moment | None = Field(None, title="The time")


def _frozen(done: Performed[Competition, FreezeIn]) -> str:
    at = done.given.at
    when = day_and_clock(at, done.subject.timezone) if at else "now on"
    return f"The board stands still from {when}. Scoring goes on; people see their own scores."


@act(
    "competition.freeze", COMPETITION, FreezeIn, route="POST /freeze", label="Freeze",
    words="froze the board", inverse=restore, done=_frozen,
)  # fmt: skip
def freeze_board(context: ActContext, competition: Competition, given: FreezeIn) -> None:
    """Let the board stand still, now or from a time on; scoring goes on. Inverse: unfreeze."""
    if given.at is None and schedule.is_frozen(competition, context.now):
        return
    if competition.revealed_at is not None:
        raise ProblemError("conflict", "The private scores are revealed: there is no more to hide.")
    change(context, {"freeze_at": given.at or context.now}, tells=EventKind.FROZEN)


@act(
    "competition.unfreeze", COMPETITION, NoFields, route="POST /unfreeze", label="Unfreeze",
    words="unfroze the board", inverse=restore,
    done="The board moves again, with all that arrived meanwhile.",
)  # fmt: skip
def unfreeze_board(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Let the board move again, with all that arrived meanwhile; a planned freeze is dropped.
    Inverse: freeze.
    """
    change(context, {"freeze_at": None}, tells=EventKind.UNFROZEN)


class RevealIn(BaseModel):
    """`close`: also end a competition that is still open, in the same act."""

    close: bool = False


def _revealed(done: Performed[Competition, RevealIn]) -> str:
    did = "Closed and revealed" if done.given.close else "Revealed"
    waiting = under_way(done.context.session, done.subject)
    still = f" {counted(waiting, 'submission')} still being scored." * bool(waiting)
    return f"{did}: everybody sees private scores and final ranks.{still}"


@act(
    "competition.reveal", COMPETITION, RevealIn, route="POST /reveal", role=Role.OWNER,
    label="Reveal", words="revealed the private scores", inverse=restore, done=_revealed,
)  # fmt: skip
def reveal_board(context: ActContext, competition: Competition, given: RevealIn) -> None:
    """Show everybody the private scores and ranks of the final selections; with `close`, also end
    a competition that is still open. `conceal` takes the board back, but not what people saw.
    """
    is_open = schedule.phase(competition, context.now) is Phase.OPEN
    if is_open and not given.close:
        # Whoever sees private scores could submit against them.
        raise ProblemError(
            "conflict",
            "This competition still takes submissions.",
            "Close it with the reveal (`close`), pause it, or let it close first.",
        )
    if competition.revealed_at is None:
        closing = {"closes_at": context.now} if is_open else {}
        change(context, {"revealed_at": context.now} | closing, tells=EventKind.REVEALED)


@act(
    "competition.conceal", COMPETITION, NoFields, route="POST /conceal", role=Role.OWNER,
    label="Conceal", words="took the reveal back", inverse=restore,
    done="The public board is back. Whoever looked has seen the private scores.",
)  # fmt: skip
def conceal_board(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Take a reveal back: the public board again, and no wall of hardest examples.

    Inverse: reveal.
    """
    change(context, {"revealed_at": None, "hardest_at": None}, tells=EventKind.CONCEALED)
    hardest_wall.forget(context.session, competition)


@act(
    "competition.open_hardest", COMPETITION, NoFields, route="POST /open-hardest", role=Role.OWNER,
    label="Open the wall", words="opened the wall of hardest examples", inverse=restore,
    done="The wall of hardest examples is open; they come within seconds.",
)  # fmt: skip
def open_hardest_digits(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Show everybody the hidden images that most final models got wrong, with their labels; only
    after the reveal. `close_hardest_digits` takes the wall down, but not what people saw.
    """
    if competition.hardest_at is not None:
        return
    schedule.check_revealed(competition)
    hardest_wall.check_possible(context.session, competition, context.now)
    change(context, {"hardest_at": context.now})


@act(
    "competition.close_hardest", COMPETITION, NoFields, route="POST /close-hardest",
    role=Role.OWNER, label="Take the wall down", words="took the wall of hardest examples down",
    inverse=restore, done="The wall is down. Whoever looked has seen those labels.",
)  # fmt: skip
def close_hardest_digits(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Take the wall of hardest examples down. Inverse: open_hardest_digits."""
    change(context, {"hardest_at": None})
    hardest_wall.forget(context.session, competition)


def under_way(session: Session, competition: Competition) -> int:
    """How many submissions have no score yet."""
    query = select(func.count()).where(
        col(Submission.competition_id) == competition.id, col(Submission.state).in_(UNDER_WAY)
    )
    number: int = session.execute(query).scalar_one()
    return number
