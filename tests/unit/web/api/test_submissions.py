"""Which news of a submission is worth an answer to whoever waits for it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import EventKind
from heldout_server.web.api import submissions
from heldout_server.web.event_stream import Heard, Listener

OWN, OTHER = 1, 2


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each look at the state of the submission, which runs by now."""
    found: list[str] = []
    monkeypatch.setattr(submissions, "LOOK_EVERY_SECONDS", 60)
    monkeypatch.setattr(submissions, "_state", lambda _, public_id: found.append("") or "running")
    return found


def wait_for(*news: tuple[str, int]) -> None:
    """Wait for a queued submission, and hear this."""

    async def waiting() -> None:
        listener = Listener(OWN)
        for number, (kind, submission) in enumerate(news):
            batch = (Heard(number, kind, 1, submission, {}),)
            asyncio.get_running_loop().call_soon(listener.hear, batch)
        services = SimpleNamespace(stream=SimpleNamespace(stopping=False))
        await submissions._changed(services, listener, "s1", "queued", 60)  # type: ignore[arg-type]

    asyncio.run(waiting())


def test_that_it_arrived_and_runs_is_none_where_the_score_follows(looks: list[str]) -> None:
    wait_for((EventKind.QUEUED, OWN), (EventKind.SCORED, OWN))
    assert not looks


def test_somebody_elses_score_is_none(looks: list[str]) -> None:
    wait_for((EventKind.SCORED, OTHER), (EventKind.REJECTED, OWN))
    assert not looks


def test_it_is_looked_at_where_news_may_have_been_missed(looks: list[str]) -> None:
    wait_for((RESYNC, 0))
    assert len(looks) == 1


def test_that_it_runs_is_told_after_a_while(
    looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "LOOK_EVERY_SECONDS", 0)
    wait_for((EventKind.QUEUED, OWN))
    assert len(looks) == 1
