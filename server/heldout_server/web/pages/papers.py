"""`/privacy` and `/accessibility`: what is kept of people, and who can use these pages."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

from heldout_server.competitions import queries as competitions
from heldout_server.submissions import retention
from heldout_server.web.deps import ReadSession, ServicesDep
from heldout_server.web.html.render import render
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.papers import (
    AccessibilityPage,
    ContestKept,
    KeptData,
    PrivacyPage,
)

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

KEPT = (
    KeptData(
        what="The name that you chose, and when you joined",
        why="It stands on the board.",
        who="Everybody, unless the contest shows pseudonyms or own rows only",
    ),
    KeptData(
        what="Your personal code and sign-ins, as checksums",
        why="So that you come back as yourself.",
        who="Nobody; they can't be read back",
    ),
    KeptData(
        what="The account at a school that you signed in with, if so, as a checksum",
        why="So that it stands for you on any machine. Its mail address is not kept.",
        who="Nobody; it can't be read back",
    ),
    KeptData(
        what="What a roster says of you, if there is one: name, mail address, student number, team",
        why="So that only who is expected takes part, and points find their way to a course.",
        who="Organizers",
    ),
    KeptData(
        what="Files that you send, their names, times and scores",
        why="They are what the contest is about.",
        who="Scores: as the board. Files: organizers",
    ),
    KeptData(
        what="The run card: hyperparameters, learning curves, versions of software",
        why="The class learns from it.",
        who="By the contest's rule and your own choice",
    ),
    KeptData(
        what="In a drawn final: your strokes, the images made of them, and what you read.",
        why="So that there are hidden digits which nobody can look up.",
        who="The images: two readers, then everybody, without your name. Strokes: nobody; they are "
        "deleted a day after the podium.",
    ),
    KeptData(
        what="What organizers did about you: a renaming, more time, a ban with its reason",
        why="So that it can be taken back and explained.",
        who="Organizers",
    ),
    KeptData(
        what="Of organizers: name, role, what they did, and their address at a school if an owner "
        "typed it in",
        why="So that only they run contests, and acts can be explained.",
        who="Organizers",
    ),
    KeptData(
        what="Network addresses, in memory only, for an hour at most",
        why="So that nobody floods the server or guesses codes.",
        who="Nobody; a log of requests is off unless the operator turns it on",
    ),
)


@router.get("/privacy")
def privacy(services: ServicesDep, session: ReadSession) -> HTMLResponse:
    """What is kept of people, why, where, and how long."""
    contests = tuple(
        ContestKept(
            title=one.title,
            path=f"/c/{one.slug}",
            days=one.retention_days,
            at=retention.deletes_at(one),
            timezone=one.timezone,
        )
        for one in competitions.listed(session)
    )
    page = PrivacyPage(
        contact=services.settings.privacy_contact,
        kept=KEPT,
        contests=contests,
        school=services.school_name,
    )
    return HTMLResponse(render("privacy.html", page))


@router.get("/accessibility")
def accessibility(services: ServicesDep) -> HTMLResponse:
    """What was tested for it, and what is known to be missing."""
    page = AccessibilityPage(contact=services.settings.privacy_contact)
    return HTMLResponse(render("accessibility.html", page))
