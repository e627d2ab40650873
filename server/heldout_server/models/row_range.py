"""What luck could do to a row of a board, worked out in the background."""

from sqlmodel import Field, SQLModel

BASIS = 200


class RowRange(SQLModel, table=True):
    """Where else a row might stand, and with whom it is tied; of one board, one row a holder.

    Of the `part` of the examples that the board shows; before the reveal also of the private one,
    which nobody but organizers hears of.

    Worked out from the board as of event `event_id`, whose first row stood by `leader_id`. It is
    true of the submission and the score named here, measured by `basis` (part, metric and labels),
    and of nothing that came after: `leaderboard.ties` shows none that is old. Places count from 1.
    `examples_needed`, of the second row: with how many hidden examples it would be told from the
    first; None where it is already, or never would be.
    """

    __tablename__ = "row_range"

    participant_id: int = Field(primary_key=True, foreign_key="participant.id")
    part: str = Field(primary_key=True, max_length=20)
    competition_id: int = Field(foreign_key="competition.id", index=True)
    submission_id: int = Field(foreign_key="submission.id")
    score: float
    basis: str = Field(max_length=BASIS)
    event_id: int
    leader_id: int
    """A submission's row id; no reference, for it may be purged before this is worked out anew."""
    tie_group: int
    rank_low: int
    rank_high: int
    tied_with_leader: bool
    examples_needed: int | None = None
