"""Looks for twins in every class, in the background, where the labels are."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlmodel import Session

from heldout_server.blobs import BlobMissing, BlobStore, StorageFailed
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.store import DatasetInfo, DatasetStore
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.grading.twins import FEWEST_PEOPLE, Twins, twins
from heldout_server.kit.db import Database
from heldout_server.leaderboard import ties
from heldout_server.leaderboard.ties import Row
from heldout_server.models import ClassInsight, Competition
from heldout_server.runs import insights
from heldout_server.runs.twin_pairs import TWINS
from heldout_server.submissions.equal_models import equal_models
from heldout_server.tasks.predictions import Predictions

log = structlog.get_logger()

RULE = "2"
"""Counted up with the bounds of `grading.twins`: then every class is looked at again."""
MOST_PEOPLE = 500
"""The first rows of a board: 125,000 pairs in seconds."""
MOST_EXAMPLES = 20_000
"""Of more examples so many are drawn: who copies shares thousands of errors, and further ones would
take memory for each person."""
MOST_PAIRS = 200
"""Kept of a class: more than anybody reads."""
KEPT_BYTES = 64 << 20

Said = NDArray[np.integer[Any]]


@dataclass
class TwinWorker:
    """Looks at each class whose board has moved since. Nothing is queued; twice is harmless."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore
    clock: Callable[[], datetime]
    # Two bytes an example, by the data set and the digest of stored predictions.
    _answers: OrderedDict[tuple[str, str], Said] = field(default_factory=OrderedDict)
    # Classes of which nothing can be known as they are: tried once.
    _in_vain: dict[int, str] = field(default_factory=dict)

    def work(self) -> bool:
        """Look at every class that has moved. False: there is nothing left until one does."""
        with self.database.read() as session:
            every = competitions.all_competitions(session)
            moved = [(one, version) for one in every if (version := _moved(session, one))]
        for competition, version in moved:
            number = competition.id or 0
            if self._in_vain.get(number) == version:
                continue
            try:
                self._look(competition, version)
            except StorageFailed as error:
                log.warning("twins.later", competition=competition.slug, problem=str(error))
            except Exception:
                # Whatever is wrong with one class must not keep the others waiting.
                log.exception("twins.failed", competition=competition.slug)
                self._in_vain[number] = version
        return False

    def _look(self, competition: Competition, version: str) -> None:
        with self.database.read() as session:
            rows = ties.rows(session, competition)[:MOST_PEOPLE]
            equal = equal_models(session, competition)
        said = self._said(competition, rows)
        alike = self._alike(competition, said) if len(said) >= FEWEST_PEOPLE else None
        pairs = [
            *({"first": first, "second": second} for first, second in equal),
            *(one for one in alike or () if (one["first"], one["second"]) not in equal),
        ][:MOST_PAIRS]
        people = len(rows) if alike is None else len(said)
        data = {"people": people, "compared": alike is not None, "pairs": pairs}
        with self.database.write() as session:
            held = competitions.by_slug(session, competition.slug, lock=True)
            insights.keep(
                session, held.id or 0, TWINS, version=version, data=data, now=self.clock()
            )

    def _alike(
        self, competition: Competition, said: Mapping[int, Said]
    ) -> list[dict[str, Any]] | None:
        """Pairs with common wrong answers, by row ids of submissions; None: not compared."""
        try:
            truth = self.labels.labels(competition.dataset_hash, competition.labels_version)
        except (LabelStoreError, OSError, ValueError) as error:
            log.warning("twins.unknown", competition=competition.slug, problem=str(error))
            return None
        numbers, answers = list(said), list(said.values())
        drawn = _drawn(len(truth), competition.dataset_hash)
        found = twins(truth.astype(np.int64)[drawn], answers)
        return [_kept(one, numbers[one.first], numbers[one.second]) for one in found]

    def _said(self, competition: Competition, rows: list[Row]) -> dict[int, Said]:
        """What each row's submission said of the examples that are compared, where it is known."""
        info = self.datasets.info(competition.dataset_hash)
        if len(rows) < FEWEST_PEOPLE or not info.task.has_classes:
            return {}
        said = {}
        for row in rows:
            try:
                said[row.submission_id] = self._classes(info, row.predictions_sha256)
            except (BlobMissing, OSError, ValueError) as error:
                number, problem = row.submission_id, str(error)
                log.info("twins.left_out", submission=number, problem=problem)
        return said

    def _classes(self, info: DatasetInfo, digest: str | None) -> Said:
        """Raises BlobMissing, or ValueError for answers to another number of examples."""
        if digest is None:
            raise BlobMissing("a row without predictions")
        key = (info.content_hash, digest)
        if key not in self._answers:
            classes = Predictions.from_bytes(self.blobs.read(digest)).classes
            if len(classes) != info.test_examples:
                raise ValueError("answers to another number of examples")
            drawn = _drawn(info.test_examples, info.content_hash)
            self._answers[key] = classes[drawn].astype(np.uint16)
            while sum(one.nbytes for one in self._answers.values()) > KEPT_BYTES:
                self._answers.popitem(last=False)
        return self._answers[key]


def _drawn(count: int, content_hash: str) -> NDArray[np.intp]:
    """Which of the hidden examples are compared, always the same of a data set."""
    drawn = np.random.default_rng(int(content_hash[:16], 16)).permutation(count)
    return np.sort(drawn[:MOST_EXAMPLES])


def _kept(found: Twins, one: int, other: int) -> dict[str, Any]:
    """A pair as JSON, the earlier submission first."""
    return {
        "first": min(one, other),
        "second": max(one, other),
        "shared": found.shared,
        "wrong": found.first_wrong + found.second_wrong,
        "expected": found.expected,
        "p": found.p,
    }


def _moved(session: Session, competition: Competition) -> str | None:
    """The version that is to be kept; None: it is."""
    assert competition.id is not None
    basis = hashlib.sha256(ties.basis(competition).encode()).hexdigest()[:16]
    version = f"{RULE}:{ties.board_event(session, competition.id)}:{basis}"
    kept = session.get(ClassInsight, (competition.id, TWINS))
    return None if kept is not None and kept.version == version else version
