"""What the web layer works with; made once at start, handed down, replaced whole in tests."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from numpy.typing import ArrayLike

from heldout_server.acts.audit_log import Actor
from heldout_server.acts.events import EVENTS_TOPIC
from heldout_server.blobs import BlobStore
from heldout_server.competitions.settings_acts import starting_values
from heldout_server.contests.adding import Make, Opened
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import Answer, LabelSet
from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.settings import Settings
from heldout_server.leaderboard.gap import ClassGap
from heldout_server.leaderboard.progress_cache import ProgressCache
from heldout_server.models import Competition, PracticeReading, Submission, Upload
from heldout_server.runs.answers import Answers
from heldout_server.submissions.announce import Terms
from heldout_server.web.addresses import Peers, is_loopback, lan_address, network_of
from heldout_server.web.concurrency_limits import Turns
from heldout_server.web.event_stream import EventStream
from heldout_server.web.guesses import GuessBounds
from heldout_server.web.html.live_page_cache import Read, RecentPages
from heldout_server.web.html.page_cache import PageCache, Rendered
from heldout_server.web.joins import Joins
from heldout_server.web.newest import Newest
from heldout_server.web.own_step import StepSources, TellsSteps
from heldout_server.web.places import Places
from heldout_server.web.reachability import Reach, reach_of, room_url
from heldout_server.web.school.ways import School
from heldout_server.web.security import CheckTurns, address_of
from heldout_server.web.short_memory import Kept
from heldout_server.webhooks.vault import Vault

MOST_GAPS = 16
"""Of as many contests the gaps of everybody are kept: some hundred bytes a row."""
UNSAFE = frozenset({"not contained", "unavailable"})


@dataclass(frozen=True)
class ModelsHealth:
    """Whether models are taken, how the sandbox's self-test ended, what the runners are doing.

    `probes` attempts were made and `contained` of them failed as they must.
    """

    accepting: bool
    sandbox: str
    detail: str
    probes: int
    contained: int
    slots: int
    ready: int
    busy: int
    memory_bytes: int


class ChecksFiles(Protocol):
    """Runs a file over practice images: free, unranked, at once."""

    def check(
        self, file: Path, *, kind: str, competition: Competition, preprocessing: str
    ) -> dict[str, Any]:
        """The figures and the receipt. Raises Rejection, or RunnerFailed (our fault)."""


class ScoresEarly(Protocol):
    """Begins to score a file that has arrived, while its submission is being recorded."""

    def begin(self, file: Path, upload: Upload, sha256: str, competition: Competition) -> None:
        """Begin, if there is room; never raises, never waits."""

    def give_up(self, upload: Upload, sha256: str) -> None:
        """The file was not accepted after all."""


class TakesLabels(Protocol):
    """Keeps corrected label sets; the web hands labels over and never gets one back."""

    def corrected(
        self, content_hash: str, base: str | None, corrections: Mapping[int | str, Answer]
    ) -> LabelSet:
        """The set `base` with some labels replaced. Raises ProblemError `validation`."""

    def replaced(
        self,
        content_hash: str,
        base: str | None,
        labels: ArrayLike | Sequence[Answer],
        ids: Sequence[str] | None = None,
    ) -> LabelSet:
        """A whole new set. Raises ProblemError `validation`."""


class LabelsElsewhere:
    """For a web process that must see no labels: corrections go where they are kept."""

    def corrected(
        self, content_hash: str, base: str | None, corrections: Mapping[int | str, Answer]
    ) -> LabelSet:
        """Raises ProblemError `unavailable`."""
        raise self._refusal()

    def replaced(
        self,
        content_hash: str,
        base: str | None,
        labels: ArrayLike | Sequence[Answer],
        ids: Sequence[str] | None = None,
    ) -> LabelSet:
        """Raises ProblemError `unavailable`."""
        raise self._refusal()

    def _refusal(self) -> ProblemError:
        return ProblemError(
            "unavailable",
            "This server keeps no labels, so it can take no corrected ones.",
            "On the machine that grades, start `heldout-server serve` on the same database and "
            "send the correction there.",
        )


class MovesEvents(Protocol):
    """Whole events out of this server and into it; labels only where an owner asks for them."""

    def write(
        self, slug: str, target: Path, actor: Actor, *, with_labels: bool, now: datetime
    ) -> None:
        """Write the event to `target` as a zip. Raises ProblemError `not_found`."""

    def take(self, path: Path, actor: Actor, *, limit_bytes: int, now: datetime) -> str:
        """Import the zip; returns the slug. Raises ProblemError; then nothing is left of it."""


class OpensContests(Protocol):
    """Opens contests where the labels are kept; the web hands a folder over."""

    def __call__(
        self,
        path: Path,
        *,
        actor: Actor,
        now: datetime,
        changes: Mapping[str, object] | None = None,
        work: Path | None = None,
        make: Make = ...,
    ) -> Opened:
        """Check the folder or zip and open its contest. Raises Refused and ProblemError."""


class PairsPredictions(Protocol):
    """Counts who reads what of stored predictions, on public examples; never which."""

    def of(self, competition: Competition, digests: Mapping[int, str]) -> Answers:
        """The answers of submissions, by the digests of their stored predictions.

        What is asked of them raises BlobMissing, and ProblemError `conflict` before the reveal.
        """


class ReadsPractice(Protocol):
    """Finds the practice images that a submitted model misreads."""

    def read(self, submission: Submission, competition: Competition) -> PracticeReading:
        """Raises ProblemError `unavailable` while others are being read, and Rejection."""


@dataclass(frozen=True)
class Health:
    """Whether submissions can be taken, and what is wrong if not."""

    checks: dict[str, str]
    models: ModelsHealth

    @property
    def accepting(self) -> bool:
        """True when every check is `ok`."""
        return all(result == "ok" for result in self.checks.values())

    @property
    def problems(self) -> tuple[str, ...]:
        """What organizers should look at, in a few words each; no path and no secret."""
        failing = [f"{name} doesn't work" for name, result in self.checks.items() if result != "ok"]
        if self.models.slots and self.models.sandbox in UNSAFE:
            how = "run without a sandbox" if self.models.accepting else "are refused"
            failing.append(f"models {how}: the sandbox is {self.models.sandbox}")
        return tuple(failing)


@dataclass(frozen=True)
class Vitals:
    """How the server is, and how many submissions wait and run."""

    health: Health
    queue: dict[str, int]


@dataclass(frozen=True)
class Services:
    """Stores, clock and settings of one server. No labels: the web layer can't reach them."""

    settings: Settings
    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    stream: EventStream
    clock: Callable[[], datetime]
    check_health: Callable[[], Health]
    vitals: Kept[Vitals]
    refuses_models: Callable[[], str | None]
    checker: ChecksFiles
    early: ScoresEarly
    takes_labels: TakesLabels
    events: MovesEvents
    work_folder: Path
    vault: Vault
    recent: RecentPages
    streams: Places
    # None where this process has no labels, or runs no models.
    pairs: PairsPredictions | None = None
    steps: TellsSteps | None = None
    opens: OpensContests | None = None
    practice: ReadsPractice | None = None
    guesses: GuessBounds = field(default_factory=GuessBounds)
    joins: Joins = field(default_factory=lambda: Joins(0))
    checks: CheckTurns = field(default_factory=CheckTurns)
    cards: CheckTurns = field(default_factory=lambda: CheckTurns(done="sent many run cards"))
    ways: ProgressCache = field(default_factory=ProgressCache)
    pages: PageCache = field(default_factory=PageCache)
    gaps: Newest[ClassGap] = field(default_factory=lambda: Newest(MOST_GAPS))
    turns: Turns = field(default_factory=Turns)
    school: School | None = None

    def terms(self) -> Terms:
        """What can be taken right now."""
        return Terms(
            patience=timedelta(minutes=self.settings.upload_minutes),
            queue_length=self.settings.queue_length,
            models_refused=self.refuses_models(),
            bytes_per_day=self.settings.upload_bytes_per_day,
        )

    async def remembered(
        self, key: Hashable, after: int, read: Read, topic: str = EVENTS_TOPIC
    ) -> Rendered:
        """The page from memory, or else read; of those who wait for it, one reads for all.

        `after` is the newest event that whoever asks has heard of, 0: of none; a commit that
        announces `topic` makes it an old page.
        """
        found = self.recent.get(key, after)
        if found is not None:
            return found
        async with self.turns.of_page(key):
            found = self.recent.get(key, after)
            if found is not None:
                return found
            async with self.turns.showing:
                return await run_in_threadpool(self.recent.read, key, read, topic)

    @property
    def school_name(self) -> str:
        """With whom people may sign in; empty: there is no such sign-in."""
        return self.school.name if self.school is not None else ""

    @property
    def step_sources(self) -> StepSources:
        """What a step from one's own best is worked out of."""
        return StepSources(self.datasets, self.steps)

    def new_competition(self) -> dict[str, object]:
        """What a competition starts with where an organizer says nothing else."""
        return starting_values(self.settings)

    def counted_address(self, request: Request) -> str | None:
        """Whose streams are counted together; None: a proxy's own, or somebody on this machine."""
        address = address_of(request)
        trusted = is_loopback(address) and address in Peers(self.settings.believed_proxies)
        return None if trusted else network_of(address)

    def base_url(self, request: Request) -> str:
        """The address people type, without a trailing slash."""
        given = self.settings.public_url.rstrip("/")
        return given or str(request.base_url).rstrip("/") + self.settings.root

    def room_url(self, base_url: str) -> str:
        """The address to show to others: "localhost" on the projector would help nobody."""
        lan = lan_address() if reach_of(base_url) is Reach.MACHINE else None
        return room_url(base_url, listens_on=self.settings.host, lan=lan)

    def notebook_url(self, base_url: str) -> str:
        """The address for the lines that people paste into a notebook."""
        return self.settings.notebook_url.rstrip("/") or self.room_url(base_url)

    def reach(self, request: Request) -> Reach:
        """Who can reach the address that this server shows to others."""
        return reach_of(self.room_url(self.base_url(request)))
