"""The rule by which organizers give points for private scores."""

from __future__ import annotations

from pydantic import BaseModel, Field

from heldout_server.acts.registry import COMPETITION, ActContext, Performed, act
from heldout_server.competitions import grade_rule
from heldout_server.competitions.changes import change
from heldout_server.competitions.grade_rule import GradeBy, GradeRule
from heldout_server.competitions.restore import restore
from heldout_server.models import Competition

LONGEST_TABLE = 4000


class GradesIn(BaseModel):
    """What points follow from, and the lines of the rule."""

    by: GradeBy = Field(title="Points follow from", examples=["score"])
    table: str = Field(
        "",
        max_length=LONGEST_TABLE,
        title="Lines of the rule",
        description="One “what is reached = points” a line, or separated by semicolons.",
        examples=[grade_rule.EXAMPLES["score"]],
    )


def rule(competition: Competition) -> GradeRule | None:
    """The rule; None where there are no grades."""
    given = competition.grades
    if not given:
        return None
    return grade_rule.parse(given["by"], given["table"], competition.metric)


def _said(done: Performed[Competition, GradesIn]) -> str:
    if done.given.by is GradeBy.NONE:
        return "There are no grades now."
    return "The rule is kept. Grades can be had after the reveal."


@act(
    "competition.set_grades", COMPETITION, GradesIn, route="PUT /grades", label="Set the rule",
    words="set the rule of grades", inverse=restore, done=_said,
)  # fmt: skip
def set_grades(context: ActContext, competition: Competition, given: GradesIn) -> None:
    """Let points follow from private scores or places after the reveal; nobody else sees it."""
    grade_rule.parse(given.by, given.table, competition.metric)
    is_off = given.by is GradeBy.NONE
    change(context, {"grades": {} if is_off else {"by": given.by.value, "table": given.table}})
