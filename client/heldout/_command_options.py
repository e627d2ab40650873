"""What the commands share: exit codes, options, and how they print."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import Any

from heldout._submission import Submission

DONE, NOT_SCORED, WRONG_USAGE, REFUSED, STILL_WAITING, INTERRUPTED = 0, 1, 2, 3, 4, 130


def add_command(commands: Any, name: str, run: Any, says: str) -> argparse.ArgumentParser:
    """A command of this name that calls `run(options, transport)`."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=says, description=says)
    parser.set_defaults(command=run)
    return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def exit_code(submission: Submission) -> int:
    """0 for a score, 1 for a rejection or failure, 4 while there is neither."""
    if submission.error is not None:
        return NOT_SCORED
    return DONE if submission.is_final else STILL_WAITING


def print_json(document: Any) -> None:
    """For programs."""
    print(json.dumps(document, indent=2, ensure_ascii=False, default=_json_time))


def _json_time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")
