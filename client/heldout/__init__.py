"""Heldout: submit a model, or its predictions, to a leaderboard with hidden labels.

import heldout

client = heldout.join("http://HOST:8000", code="WAT-2026", name="Ada")
client.submit(model)
client.leaderboard()
"""

import importlib as _importlib
from typing import Any as _Any

from heldout._api import (
    check,
    data,
    finals,
    join,
    leaderboard,
    me,
    quota,
    submission,
    submissions,
    submit,
    test_images,
    track,
    training_data,
)
from heldout._calls import unknown_name as _unknown_name
from heldout._check import Check
from heldout._client import Client
from heldout._data import Data
from heldout._errors import (
    BadGradebook,
    CannotSubmit,
    CompetitionClosed,
    CompetitionPaused,
    Conflict,
    ConnectionFailed,
    DuplicateName,
    ExportFailed,
    FileEmpty,
    FileTooLarge,
    FileUnreadable,
    Forbidden,
    HeadersTooLarge,
    HeldoutError,
    KindNotAccepted,
    Malformed,
    MethodNotAllowed,
    ModelRejected,
    NotFound,
    NotJoined,
    NotOpenYet,
    PredictionsRejected,
    QuotaExceeded,
    RateLimited,
    RequestRefused,
    SchoolExpired,
    SchoolRefused,
    SchoolUnavailable,
    ServerError,
    StorageFull,
    SubmissionError,
    SubmissionFailed,
    SubmissionRejected,
    TooSlow,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
    UnknownAttribute,
    ValidationFailed,
    WaitTimeout,
    WrongArguments,
    WrongHost,
)
from heldout._finals import Finals
from heldout._frames import Frames
from heldout._leaderboard import Baseline, Leaderboard, LeaderboardRow
from heldout._models import Best, Competition, Me, Quota
from heldout._retries import Retries
from heldout._submission import Submission, SubmissionList
from heldout._team import MyTeam, Team
from heldout._tracking import Tracking
from heldout._version import __version__

_ON_DEMAND = frozenset({"keras", "optuna"})


def __getattr__(name: str) -> _Any:
    """`heldout.keras` and `heldout.optuna` without importing them first."""
    if name in _ON_DEMAND:
        return _importlib.import_module(f"heldout.{name}")
    raise _unknown_name(name, __all__)


__all__ = [
    "BadGradebook",
    "Baseline",
    "Best",
    "CannotSubmit",
    "Check",
    "Client",
    "Competition",
    "CompetitionClosed",
    "CompetitionPaused",
    "Conflict",
    "ConnectionFailed",
    "Data",
    "DuplicateName",
    "ExportFailed",
    "FileEmpty",
    "FileTooLarge",
    "FileUnreadable",
    "Finals",
    "Forbidden",
    "Frames",
    "HeadersTooLarge",
    "HeldoutError",
    "KindNotAccepted",
    "Leaderboard",
    "LeaderboardRow",
    "Malformed",
    "Me",
    "MethodNotAllowed",
    "ModelRejected",
    "MyTeam",
    "NotFound",
    "NotJoined",
    "NotOpenYet",
    "PredictionsRejected",
    "Quota",
    "QuotaExceeded",
    "RateLimited",
    "RequestRefused",
    "Retries",
    "SchoolExpired",
    "SchoolRefused",
    "SchoolUnavailable",
    "ServerError",
    "StorageFull",
    "Submission",
    "SubmissionError",
    "SubmissionFailed",
    "SubmissionList",
    "SubmissionRejected",
    "Team",
    "TooSlow",
    "Tracking",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "UnknownAttribute",
    "ValidationFailed",
    "WaitTimeout",
    "WrongArguments",
    "WrongHost",
    "__version__",
    "check",
    "data",
    "finals",
    "join",
    "leaderboard",
    "me",
    "quota",
    "submission",
    "submissions",
    "submit",
    "test_images",
    "track",
    "training_data",
]
