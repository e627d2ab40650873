"""The tables, one noun a file."""

from sqlmodel import SQLModel

from heldout_server.models.competition import Competition, Dataset
from heldout_server.models.operation import Alert, Maintenance, Turn, Worker
from heldout_server.models.participant import Organizer, OrganizerSession, Participant
from heldout_server.models.submission import FINAL_STATES, State, Step, Submission, Upload
from heldout_server.models.verdict import Best, Event, Receipt, RunCard, Score, Verdict

metadata = SQLModel.metadata

__all__ = [
    "FINAL_STATES",
    "Alert",
    "Best",
    "Competition",
    "Dataset",
    "Event",
    "Maintenance",
    "Organizer",
    "OrganizerSession",
    "Participant",
    "Receipt",
    "RunCard",
    "Score",
    "State",
    "Step",
    "Submission",
    "Turn",
    "Upload",
    "Verdict",
    "Worker",
    "metadata",
]
