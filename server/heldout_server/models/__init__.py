"""The tables, one noun a file."""

from sqlmodel import SQLModel

from heldout_server.models.announcement import Announcement
from heldout_server.models.audit import AuditEntry
from heldout_server.models.baseline import COMPUTED_KINDS, Baseline, BaselineKind, BaselineState
from heldout_server.models.competition import (
    BoardRule,
    Competition,
    Dataset,
    Joining,
    ModelPool,
    RunSharing,
    Visibility,
)
from heldout_server.models.contamination import Contamination
from heldout_server.models.engine_check import CheckState, EngineCheck, LeftLayers
from heldout_server.models.final import (
    MOST_CLASSES,
    UNREAD,
    Drawing,
    DrawingReading,
    DrawingState,
    DrawnFinal,
    Finalist,
    FinalPhase,
)
from heldout_server.models.moderation import HELD, ModerationNote
from heldout_server.models.operation import Alert, Maintenance, Turn, Worker
from heldout_server.models.organizer import Organizer, OrganizerSession, OrganizerToken, Role
from heldout_server.models.participant import (
    Grant,
    Merge,
    Participant,
    RosterEntry,
    SignIn,
    SignInKind,
    Team,
)
from heldout_server.models.rescore import OPEN_STATES, Rescore, RescoreScore, RescoreState
from heldout_server.models.row_range import RowRange
from heldout_server.models.run import ClassInsight, PracticeReading, Run
from heldout_server.models.submission import (
    FINAL_STATES,
    MODEL,
    PREDICTIONS,
    FileState,
    State,
    Step,
    Submission,
    Upload,
)
from heldout_server.models.verdict import (
    PRIVATE,
    PUBLIC,
    Best,
    Event,
    Receipt,
    RunCard,
    Score,
    Verdict,
)
from heldout_server.models.webhook import DeliveryState, Webhook, WebhookDelivery

metadata = SQLModel.metadata

__all__ = [
    "COMPUTED_KINDS",
    "FINAL_STATES",
    "HELD",
    "MODEL",
    "MOST_CLASSES",
    "OPEN_STATES",
    "PREDICTIONS",
    "PRIVATE",
    "PUBLIC",
    "UNREAD",
    "Alert",
    "Announcement",
    "AuditEntry",
    "Baseline",
    "BaselineKind",
    "BaselineState",
    "Best",
    "BoardRule",
    "CheckState",
    "ClassInsight",
    "Competition",
    "Contamination",
    "Dataset",
    "DeliveryState",
    "Drawing",
    "DrawingReading",
    "DrawingState",
    "DrawnFinal",
    "EngineCheck",
    "Event",
    "FileState",
    "FinalPhase",
    "Finalist",
    "Grant",
    "Joining",
    "LeftLayers",
    "Maintenance",
    "Merge",
    "ModelPool",
    "ModerationNote",
    "Organizer",
    "OrganizerSession",
    "OrganizerToken",
    "Participant",
    "PracticeReading",
    "Receipt",
    "Rescore",
    "RescoreScore",
    "RescoreState",
    "Role",
    "RosterEntry",
    "RowRange",
    "Run",
    "RunCard",
    "RunSharing",
    "Score",
    "SignIn",
    "SignInKind",
    "State",
    "Step",
    "Submission",
    "Team",
    "Turn",
    "Upload",
    "Verdict",
    "Visibility",
    "Webhook",
    "WebhookDelivery",
    "Worker",
    "metadata",
]
