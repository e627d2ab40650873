"""Grades after the reveal, and a course's gradebook with one column filled."""

from typing import Annotated

from fastapi import Body, Query, Response

from heldout_server.exporting import graded_people
from heldout_server.leaderboard.grades import UnknownTies
from heldout_server.web.api.admin.access import CallingOrganizer
from heldout_server.web.api.admin.scope import LookedAt
from heldout_server.web.deps import ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.grades import GradebookOut, GradeOut, GradesOut

router = Routes()

CSV = "text/csv"
BOOK = "/competitions/{slug}/gradebook"
EXAMPLE = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Contest (4711)\n"
    "    Points Possible,,,,,10\n"
    '"Lovelace, Ada",17,20830001,ada,A,\n'
)
Book = Annotated[bytes, Body(media_type=CSV, examples=[EXAMPLE])]
Unknown = Annotated[
    UnknownTies,
    Query(
        description="While it isn't known which places are shared: wait (refused until it is), or "
        "alone (those rows share nothing), for where it never will be."
    ),
]
Column = Annotated[
    str, Query(max_length=300, description="Its name in the header; else the only empty one.")
]


@router.get("/competitions/{slug}/grades")
def list_grades(
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
    unknown_ties: Unknown = UnknownTies.WAIT,
) -> GradesOut:
    """Everybody's points by the rule, from private scores: after the reveal."""
    found = graded_people.people(session, competition, unknown_ties)
    return GradesOut(grades=[GradeOut.model_validate(one) for one in found])


@router.post(BOOK, response_class=Response, responses={200: {"content": {CSV: {}}}})
def fill_gradebook(
    body: Book,
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
    column: Column = "",
    unknown_ties: Unknown = UnknownTies.WAIT,
) -> Response:
    """The gradebook of Canvas or Moodle with one column filled, every other byte as it was."""
    found = graded_people.filled(
        session, competition, body, column=column, unknown_ties=unknown_ties
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{competition.slug}-gradebook.csv"',
        "Cache-Control": "no-store",
    }
    return Response(found.content, headers=headers, media_type=CSV)


@router.post(BOOK + "/check")
def check_gradebook(
    body: Book,
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
    column: Column = "",
    unknown_ties: Unknown = UnknownTies.WAIT,
) -> GradebookOut:
    """What filling it does, and who is left over; nothing is changed."""
    return GradebookOut.model_validate(
        graded_people.filled(session, competition, body, column=column, unknown_ties=unknown_ties)
    )
