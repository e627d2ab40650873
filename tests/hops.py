"""What tests hand an engine in the place of what a hop finds, and of what records it."""

from __future__ import annotations

from collections.abc import Callable

from sqlmodel import Session

from heldout_server.jobs.ledger import Claim


def call(session: Session, claim: Claim, found: Callable[[Session], object]) -> None:
    """Record a hop whose handler answers a function that writes."""
    found(session)
