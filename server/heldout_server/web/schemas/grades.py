"""The shapes of grades and of a gradebook that was looked at."""

from __future__ import annotations

from pydantic import Field

from heldout_server.web.schemas.shape import Shape


class GradeOut(Shape):
    """Somebody's points; the name is the roster's, where they are on it."""

    name: str = Field(examples=["Ada Lovelace"])
    mail: str = Field(examples=["ada@example.org"])
    reference: str = Field(examples=["20830001"])
    points: float | None = Field(description="Null: no final score.", examples=[9.5])


class GradesOut(Shape):
    """Everybody who joined or is expected."""

    grades: list[GradeOut]


class GradebookOut(Shape):
    """What filling a gradebook does; rows and people that don't find one another stay as they are.

    `doubtful` rows fit two people, or two of them the same one: nothing is guessed.
    """

    column: str = Field(examples=["Contest (4711)"])
    filled: int = Field(examples=[28])
    rows_left: list[str]
    people_left: list[str]
    doubtful: list[str]
