"""The tables, one noun a file."""

from sqlmodel import SQLModel

from heldout_server.models.competition import Competition, Dataset
from heldout_server.models.participant import Organizer, OrganizerSession, Participant
from heldout_server.models.run import ClassInsight, PracticeReading, Run
from heldout_server.models.submission import FINAL_STATES, State, Step, Submission, Upload
from heldout_server.models.verdict import Best, Event, Receipt, RunCard, Score, Verdict

metadata = SQLModel.metadata

__all__ = [
    "FINAL_STATES",
    "Best",
    "ClassInsight",
    "Competition",
    "Dataset",
    "Event",
    "Organizer",
    "OrganizerSession",
    "Participant",
    "PracticeReading",
    "Receipt",
    "Run",
    "RunCard",
    "Score",
    "State",
    "Step",
    "Submission",
    "Upload",
    "Verdict",
    "metadata",
]
