"""Whether a model seems to have learned hidden examples, worked out in the background."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from heldout_server.models.base import utc_column

BASIS = 120


class Contamination(SQLModel, table=True):
    """What a model said of slightly changed images and, once that is graded, what speaks for it.

    `said_hidden` and `said_practice` are the classes of the copies of samples of hidden and of
    practice images (`runs.practice.written`), in the order of `datasets.changed_copies`. The rest
    is None until a grader has looked; it is true of the labels that `basis` names. `drop` and
    `practice_drop` are shares of the errors: how much accuracy the copies cost. `gap` is accuracy
    on hidden images minus that on practice images. `level` is one of `grading.contamination`.
    Until `lease_until` (the database's clock) a worker asks the model, and nothing else is set.
    """

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    said_hidden: str
    said_practice: str
    basis: str | None = Field(default=None, max_length=BASIS)
    level: str | None = Field(default=None, max_length=20)
    drop: float | None = None
    practice_drop: float | None = None
    gap: float | None = None
    lease_until: datetime | None = utc_column(nullable=True)
