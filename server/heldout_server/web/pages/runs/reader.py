"""Who looks at runs of the class, and what of them they are shown and can open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heldout_server.leaderboard import audience
from heldout_server.leaderboard.audience import ANYBODY, Viewer
from heldout_server.leaderboard.submission_report import SubmissionReport
from heldout_server.models import Participant, Submission
from heldout_server.runs.card_visibility import opens, own_query
from heldout_server.web.signed_in import SignedIn


@dataclass(frozen=True)
class Reader:
    """Who looks, and the key by which they are known, if that is how."""

    viewer: Viewer
    key: str = ""

    @classmethod
    def of(
        cls,
        people: Sequence[Participant],
        found: Sequence[Submission],
        who: SignedIn | None,
        key: str | None,
    ) -> Reader:
        """Whoever sent the one that the key opens, else whoever is signed in, else anybody."""
        for person, each in zip(people, found, strict=True):
            if key and opens(person, each, key):
                return cls(Viewer(person), key)
        return cls(Viewer(who.participant) if who is not None else ANYBODY)

    def name_of(self, about: SubmissionReport) -> str:
        """What its participant is called for them."""
        if audience.is_own(self.viewer, about.participant):
            return about.participant.name
        return audience.name(about.competition, about.participant)

    def path_of(self, session: Session, about: SubmissionReport) -> str:
        """Where its page is; empty where they can't open it. A key opens its submission alone."""
        path, participant = f"/submissions/{about.submission.public_id}", about.participant
        if self.key and opens(participant, about.submission, self.key):
            return f"{path}?view={self.key}"
        if not self.key and audience.is_own(self.viewer, participant):
            return path + own_query(about.competition, participant, about.submission)
        return path if audience.is_shown(session, about.competition, participant) else ""
