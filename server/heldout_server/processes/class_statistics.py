"""Keeps what the class's runs say together up to date, in a thread of its own.

Everything here is derived and can be worked out again, so nothing is queued: a look after each
event, and now and then without one, finds what has changed since, also after a crash or an
upgrade.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import EVENTS_TOPIC
from heldout_server.blobs import BlobMissing
from heldout_server.competitions import queries as competitions
from heldout_server.competitions import schedule
from heldout_server.competitions.schedule import Phase, phase
from heldout_server.grading import ClassGrader, LabelStoreError
from heldout_server.kit.db import Database
from heldout_server.leaderboard import disclosure
from heldout_server.leaderboard.disclosure import Source
from heldout_server.models import Competition
from heldout_server.runs import insights
from heldout_server.runs.answers import Answers
from heldout_server.runs.experiments import Filter, RunRow, load_runs
from heldout_server.runs.importance import importance
from heldout_server.runs.pareto import SAME, Candidate, front, mcnemar_p
from heldout_server.runs.practice import practice_answers
from heldout_server.runs.record_runs import BATCH, record_missing
from heldout_server.runs.sharing import shared_by_rule

log = structlog.get_logger()

# A burst of scores is one look, not fifty.
PAUSE_SECONDS = 1.0
# A file's arrival and its score are news, too, and somebody waits for what follows them.
DELAY_SECONDS = 0.3
LONGEST_SILENCE_SECONDS = 30.0
# Importance takes seconds of a core that may be needed: it may be a minute behind.
IMPORTANCE_EVERY = timedelta(seconds=60)
NEVER: tuple[str, datetime | None] = ("", None)


@dataclass
class ClassStatistics:
    """Records runs, and refreshes importance, ensemble and the simplest good model."""

    database: Database
    grader: ClassGrader
    clock: Callable[[], datetime]
    _stop: threading.Event = field(default_factory=threading.Event)
    _news: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look, at once and after every event."""
        self._news.set()
        self.database.listen(self._committed)
        self._thread = threading.Thread(target=self._run, name="heldout-insights", daemon=True)
        self._thread.start()

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """End the thread after what it is doing."""
        self._stop.set()
        self._news.set()
        self.database.unlisten(self._committed)
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def refresh(self) -> None:
        """One look: write missing runs, then whatever has another version than its runs."""
        while self._record():
            if self._stop.is_set():
                return
        with self.database.read() as session:
            every = competitions.all_competitions(session)
        for competition in every:
            try:
                self._refresh(competition)
            except (BlobMissing, LabelStoreError):
                # An event that was imported without its labels, say. None keeps the others waiting.
                log.warning("insights.unreadable", competition=competition.slug, exc_info=True)
            except Exception:
                log.exception("insights.failed", competition=competition.slug)

    def _run(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            self._news.wait(LONGEST_SILENCE_SECONDS)
            if self._stop.wait(DELAY_SECONDS):
                return
            self._news.clear()
            try:
                self.refresh()
            except Exception:
                log.exception("insights.failed")

    def _committed(self, topics: frozenset[str]) -> None:
        if topics & {EVENTS_TOPIC, RESYNC}:
            self._news.set()

    def _record(self) -> bool:
        with self.database.read() as session:
            if not insights.any_missing(session):
                return False
        with self.database.write() as session:
            return record_missing(session) == BATCH

    def _refresh(self, competition: Competition) -> None:
        assert competition.id is not None
        with self.database.read() as session:
            cut = insights.cut(session, competition, shared_by_default=self._is_shared(competition))
            of_runs = insights.runs_version(session, competition)
            voting = insights.voters(session, competition.id)
            votes = f"{cut}:{insights.voters_version(voting)}"
            kept = insights.versions(session, competition.id)
        runs = f"{cut}:{of_runs}"
        if kept.get(insights.ENSEMBLE, NEVER)[0] != votes:
            self._refresh_ensemble(competition, votes, voting)
        self._refresh_hardest(competition, votes, voting, kept.get(insights.HARDEST, NEVER)[0])
        version, computed_at = kept.get(insights.IMPORTANCE, NEVER)
        is_void = not version.startswith(cut)
        is_due = is_void or computed_at is None or self.clock() - computed_at >= IMPORTANCE_EVERY
        if of_runs != insights.NO_RUNS and version != runs and is_due:
            self._keep(competition, insights.SIMPLEST, runs, self._simplest(competition))
            self._keep(competition, insights.IMPORTANCE, runs, self._importance(competition))

    def _refresh_ensemble(
        self, competition: Competition, votes: str, voting: list[insights.Voter]
    ) -> None:
        with self.database.read() as session:
            ids = [voter.submission_id for voter in voting]
            source, answers = self._answers(session, competition, ids)
        vote = answers.vote(ids)
        if vote is not None:
            data = {**asdict(vote), "source": source.value}
            self._keep(competition, insights.ENSEMBLE, votes, data)

    def _answers(
        self, session: Session, competition: Competition, ids: list[int]
    ) -> tuple[Source, Answers]:
        """What these submissions said of the examples of which it may be told."""
        source = disclosure.source(session, competition)
        if source is Source.PRACTICE:
            return source, practice_answers(session, self.grader.datasets, competition, ids)
        digests = insights.predictions_of(session, ids)
        return source, self.grader.of(competition, digests)

    def _refresh_hardest(
        self, competition: Competition, votes: str, voting: list[insights.Voter], kept: str
    ) -> None:
        if schedule.shows_hardest(competition) and kept != votes:
            digests = [voter.predictions_sha256 for voter in voting]
            found = self.grader.hardest(competition, digests)
            data = {"models": len(voting), "images": [astuple(image) for image in found]}
            self._keep(competition, insights.HARDEST, votes, data)

    def _keep(
        self, competition: Competition, kind: str, version: str, data: dict[str, Any]
    ) -> None:
        """Keep a figure, unless what it rests on was taken back while it was worked out.

        Another process may be at the same one: the competition's lock puts them in order.
        """
        with self.database.write() as session:
            held = competitions.by_slug(session, competition.slug, lock=True)
            cut = insights.cut(session, held, shared_by_default=self._is_shared(held))
            # Labels are written only while the wall is open.
            is_shut = kind == insights.HARDEST and not schedule.shows_hardest(held)
            if version.startswith(cut) and not is_shut:
                insights.keep(
                    session, held.id or 0, kind, version=version, data=data, now=self.clock()
                )

    def _importance(self, competition: Competition) -> dict[str, Any]:
        return importance(self._rows(competition)).to_dict()

    def _simplest(self, competition: Competition) -> dict[str, Any]:
        """By each cost: the cheapest of the front that McNemar can't tell from the leader."""
        rows = self._rows(competition)
        found = {}
        for cost in ("parameters", "scoring_seconds"):
            chosen = self._within_margin(competition, rows, cost)
            if chosen is not None:
                found[cost] = chosen
        return found

    def _within_margin(
        self, competition: Competition, rows: list[RunRow], cost: str
    ) -> dict[str, Any] | None:
        line = front(
            [
                Candidate(row.submission_id, row.values[cost], row.score)
                for row in rows
                if row.values[cost] is not None
            ]
        )
        if not line:
            return None
        leader = rows[0].submission_id
        with self.database.read() as session:
            ids = [leader, *(candidate.submission_id for candidate in line)]
            source, answers = self._answers(session, competition, ids)
        for candidate in line:
            pair = answers.pair(leader, candidate.submission_id)
            if pair is None:
                return None  # nobody knows whether this one is as good
            p = mcnemar_p(pair.fixed, pair.broke)
            if p > SAME:
                return {
                    "submission": candidate.submission_id, "fixed": pair.fixed,
                    "broke": pair.broke, "p": p, "source": source.value,
                }  # fmt: skip
        return None

    def _rows(self, competition: Competition) -> list[RunRow]:
        with self.database.read() as session:
            return load_runs(session, competition, Filter(self._is_shared(competition)))

    def _is_shared(self, competition: Competition) -> bool:
        is_closed = phase(competition, self.clock()) is Phase.CLOSED
        return shared_by_rule(competition.run_sharing, is_closed=is_closed)
