"""An organizer's own account: a password instead of a token, and who am I."""

from heldout_server.kit.errors import ProblemError
from heldout_server.people import organizer_sessions, organizers
from heldout_server.web.api.admin.access import Acting, CallingOrganizer, Given
from heldout_server.web.deps import Now, ReadSession, WriteSession
from heldout_server.web.guess_limits import PasswordGuess
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.organizers import (
    OrganizerOut,
    PasswordIn,
    SignedInOut,
    SignInIn,
)

router = Routes()


@router.post("/sign-in", status_code=201)
def sign_in_with_password(
    body: SignInIn,
    guess: PasswordGuess,
    reading: ReadSession,
    session: WriteSession,
    now: Now,
) -> SignedInOut:
    """Exchange name and password for a token of some hours. Wrong ones are slow."""
    # Compared outside the writing transaction: the hash is slow on purpose.
    organizer = organizers.by_password(reading, body.name, body.password)
    if organizer is None:
        guess.was_wrong = True
        raise ProblemError(
            "unauthorized",
            "There is no organizer with this name and password.",
            "Sign in with a token if no password was ever set.",
        )
    return SignedInOut(
        token=organizer_sessions.sign_in(session, organizer, now=now),
        expires_at=now + organizer_sessions.SESSION_LENGTH,
        organizer=OrganizerOut.model_validate(organizer),
    )


@router.post("/sign-out", status_code=204)
def sign_out(given: Given, organizer: CallingOrganizer, session: WriteSession) -> None:
    """End the sign-in whose token is used; a permanent token stays as it is."""
    assert given is not None
    organizer_sessions.sign_out(session, given.credentials)


@router.get("/me")
def get_organizer(organizer: CallingOrganizer) -> OrganizerOut:
    """The organizer who holds the token."""
    return OrganizerOut.model_validate(organizer)


@router.put("/me/password")
def put_password(
    body: PasswordIn, organizer: CallingOrganizer, actor: Acting, session: WriteSession, now: Now
) -> OrganizerOut:
    """Set, change or take away one's own password; ends every sign-in of one's own."""
    mine = organizers.by_public_id(session, organizer.public_id)
    organizers.set_password(session, actor, mine, body.password, now=now)
    return OrganizerOut.model_validate(mine)
