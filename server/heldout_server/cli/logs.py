"""Every command logs in the same way; standard output is for results."""

from __future__ import annotations

from pydantic import ValidationError

from heldout_server.kit import logs
from heldout_server.kit.settings import Settings


def configure() -> None:
    """Set up logging for this process."""
    try:
        log_format = Settings().log_format
    except ValidationError:
        log_format = "logfmt"  # the command itself says what is wrong with the settings
    logs.configure(log_format)
