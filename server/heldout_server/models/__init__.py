"""The tables, one noun a file."""

from sqlmodel import SQLModel

from heldout_server.models.audit import AuditEntry
from heldout_server.models.competition import Competition, Dataset
from heldout_server.models.organizer import Organizer, OrganizerSession, OrganizerToken, Role
from heldout_server.models.participant import Participant
from heldout_server.models.submission import FINAL_STATES, State, Step, Submission, Upload
from heldout_server.models.verdict import Best, Event, Receipt, RunCard, Score, Verdict

metadata = SQLModel.metadata

__all__ = [
    "FINAL_STATES",
    "AuditEntry",
    "Best",
    "Competition",
    "Dataset",
    "Event",
    "Organizer",
    "OrganizerSession",
    "OrganizerToken",
    "Participant",
    "Receipt",
    "Role",
    "RunCard",
    "Score",
    "State",
    "Step",
    "Submission",
    "Upload",
    "Verdict",
    "metadata",
]
