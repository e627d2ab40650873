"""Computes drafts chunk by chunk, off the request path; killed anywhere, it goes on from there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from heldout_server.blobs import BlobMissing
from heldout_server.grading import LabelStoreError, OpenedLabels, Scorer
from heldout_server.kit.db import Database
from heldout_server.models import Competition, Rescore, RescoreState
from heldout_server.rescoring import queries
from heldout_server.rescoring.queries import Outstanding

log = structlog.get_logger()

CHUNK = 100
LEASE_SECONDS = 60.0
MOST_THREADS = 4
PROBLEM = "The label store or the stored predictions can't be read. See the server's log."


@dataclass(frozen=True)
class RescoreWorker:
    """Takes one draft at a time and fills in what is missing; running twice is harmless."""

    database: Database
    scorer: Scorer
    clock: Callable[[], datetime]

    def work(self) -> bool:
        """Compute one draft as far as it goes. False: there was nothing to do."""
        token = secrets.token_hex(16)
        with self.database.write() as session:
            draft = queries.claim(session, token=token, lease_seconds=LEASE_SECONDS)
            if draft is None:
                return False
            competition = session.get_one(Competition, draft.competition_id)
        try:
            self._compute(draft, competition, token)
        except (LabelStoreError, BlobMissing, OSError, ValueError) as error:
            log.error("rescore.failed", rescore=draft.public_id, problem=str(error))
            self._fail(draft, token)
        return True

    def _compute(self, draft: Rescore, competition: Competition, token: str) -> None:
        opened = self.scorer.opened(competition, draft.labels_version)
        threads = min(MOST_THREADS, os.cpu_count() or 1)
        after = 0
        with ThreadPoolExecutor(threads, "heldout-rescore") as pool:
            while chunk := self._next(draft, after):
                graded = pool.map(lambda one: _figures(opened, draft, one), chunk)
                if not self._write(
                    draft, token, len(chunk), [row for each in graded for row in each]
                ):
                    return
                after = chunk[-1].submission_id
        self._finish(draft, token)

    def _next(self, draft: Rescore, after: int) -> list[Outstanding]:
        with self.database.read() as session:
            return queries.outstanding(session, draft, limit=CHUNK, after=after)

    def _write(
        self, draft: Rescore, token: str, computed: int, rows: Sequence[dict[str, Any]]
    ) -> bool:
        """One chunk and the progress in one transaction; False when the draft isn't ours now."""
        with self.database.write() as session:
            mine = queries.held(session, draft, token)
            if mine is None:
                return False
            queries.replace_figures(session, mine, rows)
            mine.done = min(mine.done + computed, mine.total)
            queries.renew(session, mine, LEASE_SECONDS)
        return True

    def _finish(self, draft: Rescore, token: str) -> None:
        """Ready, unless something was scored meanwhile: then the next round takes it up."""
        with self.database.write() as session:
            mine = queries.held(session, draft, token)
            if mine is None:
                return
            mine.total = queries.scored_count(session, mine.competition_id)
            mine.done = queries.computed_count(session, mine)
            if mine.done == mine.total:
                mine.state = RescoreState.READY
            mine.token = mine.lease_until = None
            session.add(mine)

    def _fail(self, draft: Rescore, token: str) -> None:
        with self.database.write() as session:
            mine = queries.held(session, draft, token)
            if mine is not None:
                mine.state, mine.problem = RescoreState.FAILED, PROBLEM
                mine.finished_at = self.clock()
                mine.token = mine.lease_until = None
                session.add(mine)


def _figures(opened: OpenedLabels, draft: Rescore, one: Outstanding) -> list[dict[str, Any]]:
    found = opened.grade(one.predictions_sha256, draft.metric)
    return [
        {
            "rescore_id": draft.id,
            "submission_id": one.submission_id,
            "split": split,
            "predictions_sha256": one.predictions_sha256,
            "score": grades.score,
            "examples": grades.examples,
            "error_count": grades.error_count,
            "metrics": grades.to_dict(),
        }
        for split, grades in found.items()
    ]
