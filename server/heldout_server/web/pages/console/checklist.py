"""“Ready for tonight?”: what an evening needs, whether it is there, and what to do if not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from heldout_server.competitions import schedule
from heldout_server.competitions.schedule import Phase
from heldout_server.kit.disk import COMFORTABLE_FREE_BYTES, LEAST_FREE_BYTES
from heldout_server.models import Competition
from heldout_server.web.formats import clock, counted, day_and_clock, size
from heldout_server.web.pages.console.words import seconds_words
from heldout_server.web.reachability import Reach, reach_of

AN_EVENING = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be right; `cure` says what to do, at `path` where a page does it."""

    name: str
    ok: bool
    says: str
    cure: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """What is looked at. `room_url` is the address on the wall; `sandbox` says how it is."""

    competition: Competition
    room_url: str
    tv_path: str
    joined: int
    takes_models: bool
    sandbox: str
    free_bytes: int


def checklist(it: Evening, *, base: str, now: datetime) -> tuple[Check, ...]:
    """Every check, in the order in which one prepares; `base` is where the console's pages are.

    The last is of the server's clock, which only the browser can compare with another.
    """
    return (
        _address(it),
        _closing(it.competition, f"{base}/settings#schedule", now),
        _code(it),
        _sandbox(it),
        _disk(it.free_bytes),
        _clock(it.competition, now),
    )


def _address(it: Evening) -> Check:
    found = reach_of(it.room_url)
    if found is Reach.MACHINE:
        return Check(
            name="Address",
            ok=False,
            says=f"{it.room_url} is heard on this machine alone: no phone reaches it.",
            cure="Start the server with HELDOUT_HOST=0.0.0.0, or with --public for a tunnel.",
        )
    if found is Reach.NETWORK:
        says = f"{it.room_url}, for everybody in this network. Open it once from a phone."
        cure = "Notebooks in Colab can't reach it: start with --public, or drop files in a browser."
        return Check(name="Address", ok=True, says=says, cure=cure)
    return Check(name="Address", ok=True, says=f"{it.room_url}, from anywhere.")


def _closing(it: Competition, path: str, now: datetime) -> Check:
    phase, closes = schedule.phase(it, now), it.closes_at
    if phase is Phase.PAUSED:
        cure = "“Resume” below takes submissions again."
        return Check(name="Schedule", ok=False, says="It is paused.", cure=cure)
    if phase is Phase.CLOSED:
        says = "It is over: nothing is taken any more."
        return Check(name="Schedule", ok=False, says=says, cure="Set a closing time", path=path)
    if closes is None:
        says = "Nothing closes it by itself, and the wall counts nothing down."
        return Check(name="Schedule", ok=False, says=says, cure="Set a closing time", path=path)
    left = f"It closes {day_and_clock(closes, it.timezone)}, in {_span(closes - now)}."
    if phase is Phase.NOT_OPEN_YET and it.opens_at is not None:
        return Check(
            name="Schedule",
            ok=True,
            says=f"It opens {day_and_clock(it.opens_at, it.timezone)}. {left}",
        )
    far = closes - now > AN_EVENING
    return Check(
        name="Schedule", ok=True, says=left, cure="Is that the right day?" * far, path=path * far
    )


def _code(it: Evening) -> Check:
    code = it.competition.join_code
    if it.joined:
        says = f"{counted(it.joined, 'person has', 'people have')} joined."
        return Check(name="Code on the wall", ok=True, says=says)
    return Check(
        name="Code on the wall",
        ok=False,
        says=f"Nobody has joined yet: show {code} and the address.",
        cure="Open the projector's page",
        path=it.tv_path,
    )


def _sandbox(it: Evening) -> Check:
    if it.takes_models:
        return Check(name="Sandbox", ok=True, says=f"Models are taken: {it.sandbox}.")
    return Check(
        name="Sandbox",
        ok=False,
        says=f"Models are refused: {it.sandbox}.",
        cure="heldout-server doctor says what is missing; prediction files are taken all the same.",
    )


def _disk(free: int) -> Check:
    if free < LEAST_FREE_BYTES:
        cure = "Make room: uploads will be refused soon."
        return Check(name="Disk", ok=False, says=f"{size(free)} are free.", cure=cure)
    few = "Enough for some hundred models; watch it." * (free < COMFORTABLE_FREE_BYTES)
    return Check(name="Disk", ok=True, says=f"{size(free)} are free.", cure=few)


def _clock(it: Competition, now: datetime) -> Check:
    says = f"It is {clock(now, it.timezone)} by the server's clock, in {it.timezone}."
    return Check(name="Clock", ok=True, says=says)


def _span(left: timedelta) -> str:
    return seconds_words(left.total_seconds())
