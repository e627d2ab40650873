"""Who is told of events: the board first, then the outbox of webhooks."""

from __future__ import annotations

from heldout_server.acts import events
from heldout_server.leaderboard import follow
from heldout_server.webhooks import arrivals, outbox


def register() -> None:
    """Let board and outbox follow every event of this process; twice is harmless."""
    events.follow(follow.follow)
    events.observe(outbox.note)
    events.observe(arrivals.note)
