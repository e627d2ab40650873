"""Ties and ranges of the rows of a board, from stored predictions and the labels.

Of each row four small numbers leave: nothing of single examples, and nothing of submissions that
hold no row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Lock

import numpy as np
import structlog
from numpy.typing import NDArray

from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.competitions import schedule
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.labels import LabelStore
from heldout_server.grading.ties import comparing, mcnemar, steps
from heldout_server.grading.ties.groups import groups, ranges
from heldout_server.grading.ties.influence import MOST_LEFT_OUT, influence, is_by_leaving_out
from heldout_server.grading.ties.resampling import (
    Resampled,
    Summed,
    resampled,
    summed,
)
from heldout_server.grading.ties.steps import Step
from heldout_server.grading.ties.telling_apart import examples_needed
from heldout_server.grading.ties.units import MOST_UNITS, Units, seed_of, units
from heldout_server.models import PRIVATE, PUBLIC, Competition
from heldout_server.runs.answers import right
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Metric, Undefined, Unsuitable
from heldout_server.tasks.predictions import Predictions, Truth

log = structlog.get_logger()

AT_ONCE = 64
"""Predictions whose influences are in memory: up to 10,000 numbers each."""
KEPT_READINGS = 4096
"""Of 4 kB, and up to 13 kB of bits."""
MOST_BITS = 100_000
"""With more examples, answers are compared by resampling, too: it says the same, and takes less."""


@dataclass(frozen=True)
class RowTies:
    """What is found of one row; see `models.RowRange`."""

    tie_group: int
    rank_low: int
    rank_high: int
    tied_with_leader: bool
    examples_needed: int | None = None


@dataclass(frozen=True, eq=False)
class _Reading:
    """One prediction: its score, how that moves in each resample, and who is right where."""

    score: float
    changes: Resampled
    felt: float
    right: mcnemar.Packed | None


@dataclass
class TieGrader:
    """Reads each stored prediction once, and keeps in this process's memory what it needs of it."""

    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore
    _kept: OrderedDict[tuple[str, ...], _Reading] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def ties(
        self, competition: Competition, split: str, digests: Sequence[str | None]
    ) -> list[RowTies | None]:
        """Of each row, given the digests of their stored predictions in the order of the board.

        None where there are none, and everywhere where the leader's can't be read: a tie with
        somebody else would be taken for one with the leader. Raises `LabelStoreError` where there
        are no labels.
        """
        part = _Part.opened(self, competition, split)
        readings = self._readings(part, [one for one in digests if one is not None])
        known = [(place, readings[one]) for place, one in enumerate(digests) if one in readings]
        found: list[RowTies | None] = [None] * len(digests)
        if not known or known[0][0] != 0:
            return found
        for (place, _), row in zip(known, part.rows([one for _, one in known]), strict=True):
            # Places among the known ones; those of which nothing is known stay where they are.
            before = sum(one not in readings for one in digests[:place])
            found[place] = _behind(row, before)
        return found

    def step(self, competition: Competition, digest: str, earlier: str) -> Step | None:
        """How a result differs from an earlier one, on the public examples; None: unreadable.

        By the digests of their stored predictions; of numbers, `fixed` is where the new one is
        closer. Raises ProblemError `conflict` before the reveal: as many pairs as there are give
        as many answers about the labels.
        """
        schedule.check_revealed(competition)
        part = _Part.opened(self, competition, PUBLIC)
        if part.by_answers:
            return self._counted(part, digest, earlier)
        found = self._readings(part, [digest, earlier])
        if digest not in found or earlier not in found:
            return None
        fixed, broke = part.closer(digest, earlier)
        return replace(part.step(found[digest], found[earlier]), fixed=fixed, broke=broke)

    def _counted(self, part: _Part, digest: str, earlier: str) -> Step | None:
        """By right answers alone: somebody waits for it, and resamples have nothing to add."""
        new, before = self._right(part, digest), self._right(part, earlier)
        if new is None or before is None:
            return None
        return steps.by_answers(*mcnemar.discordant(new, before))

    def _right(self, part: _Part, digest: str) -> mcnemar.Packed | None:
        kept = self._used(part, digest)
        return kept.right if kept is not None else part.right(digest)

    def _readings(self, part: _Part, digests: Sequence[str]) -> dict[str, _Reading]:
        found = {one: kept for one in digests if (kept := self._used(part, one)) is not None}
        missing = iter(dict.fromkeys(one for one in digests if one not in found))
        while batch := list(islice(missing, AT_ONCE)):
            read = dict(part.read(batch))
            found |= read
            self._keep(part, read)
        return found

    def _used(self, part: _Part, digest: str) -> _Reading | None:
        with self._lock:
            if (*part.key, digest) not in self._kept:
                return None
            self._kept.move_to_end((*part.key, digest))
            return self._kept[(*part.key, digest)]

    def _keep(self, part: _Part, read: Mapping[str, _Reading]) -> None:
        with self._lock:
            self._kept.update({(*part.key, digest): one for digest, one in read.items()})
            while len(self._kept) > KEPT_READINGS:
                self._kept.popitem(last=False)


@dataclass(frozen=True, eq=False, repr=False)
class _Part:
    """The examples that a board shows, with their labels."""

    key: tuple[str, ...]
    blobs: BlobStore
    metric: Metric
    task: Task
    truth: Truth
    mask: NDArray[np.bool_]
    drawn: Units
    by_answers: bool

    @classmethod
    def opened(cls, grader: TieGrader, competition: Competition, split: str) -> _Part:
        content_hash, version = competition.dataset_hash, competition.labels_version
        task = grader.datasets.info(content_hash).task
        parts = grader.labels.split(
            competition.slug, content_hash, task, public_fraction=competition.public_fraction
        )
        mask = parts.private if split == PRIVATE else parts.public
        group = grader.labels.groups(content_hash)
        metric = catalogue.metric(competition.metric)
        most = MOST_LEFT_OUT if is_by_leaving_out(metric) else MOST_UNITS
        count, seed = int(mask.sum()), seed_of(competition.slug, mask)
        return cls(
            key=(competition.slug, content_hash, str(version), metric.name, split),
            blobs=grader.blobs,
            metric=metric,
            task=task,
            truth=grader.labels.labels(content_hash, version)[mask],
            mask=mask,
            drawn=units(count, seed, None if group is None else group[mask], most),
            # McNemar's test takes examples to be independent: those of a group aren't.
            by_answers=metric.name == "accuracy" and group is None and count <= MOST_BITS,
        )

    def read(self, digests: Sequence[str]) -> Iterator[tuple[str, _Reading]]:
        """Those of these that can be read and measured."""
        found = [one for one in map(self._summed, digests) if one is not None]
        changes = resampled([one for _, _, one, _ in found], self.drawn)
        for column, (digest, score, one, bits) in enumerate(found):
            yield digest, _Reading(score, changes[:, column].copy(), one.felt, bits)

    def _summed(self, digest: str) -> tuple[str, float, Summed, mcnemar.Packed | None] | None:
        try:
            stored = Predictions.from_bytes(self.blobs.read(digest)).part(self.mask)
            found = influence(self.metric, self.task, self.truth, stored, self.drawn)
        except (BlobMissing, Undefined, Unsuitable, ValueError) as error:
            log.warning("ties.unreadable", predictions=digest[:12], problem=str(error))
            return None
        bits = mcnemar.packed(stored.classes == self.truth) if self.by_answers else None
        return digest, found.score, summed(found, self.drawn), bits

    def rows(self, readings: Sequence[_Reading]) -> list[RowTies]:
        """Of predictions in the order of the board."""
        if not readings:
            return []
        scores = np.array([one.score for one in readings])
        changes = np.stack([one.changes for one in readings], axis=1)
        beats = self._beats(readings, scores, changes)
        number, places, tied = groups(beats), ranges(beats), ~beats[0]
        needed = None if len(readings) < 2 or not tied[1] else self._needed(scores, changes)
        return [
            RowTies(
                int(number[row]), int(places.low[row]), int(places.high[row]), bool(tied[row]),
                needed if row == 1 else None,
            )
            for row in range(len(readings))
        ]  # fmt: skip

    def _beats(
        self, readings: Sequence[_Reading], scores: NDArray[np.float64], changes: Resampled
    ) -> comparing.Beats:
        bits = [one.right for one in readings if one.right is not None]
        if self.by_answers:
            return comparing.by_answers(np.stack(bits))
        felt = np.array([one.felt for one in readings])
        return comparing.by_resampling(scores, changes, felt)

    def right(self, digest: str) -> mcnemar.Packed | None:
        """Who is right where, of one that can be read; where `by_answers`."""
        try:
            stored = Predictions.from_bytes(self.blobs.read(digest)).part(self.mask)
        except (BlobMissing, ValueError) as error:
            log.warning("ties.unreadable", predictions=digest[:12], problem=str(error))
            return None
        return mcnemar.packed(stored.classes == self.truth)

    def step(self, new: _Reading, earlier: _Reading) -> Step:
        """From one prediction to another, where answers aren't counted."""
        changes = np.stack([new.changes, earlier.changes], axis=1)
        felt = np.array([new.felt, earlier.felt])
        return steps.by_resampling(new.score, earlier.score, changes, felt)

    def closer(self, digest: str, other: str) -> tuple[int, int]:
        """On how many examples the first is closer to the truth, or right alone; and the other."""
        far, further = self._off(digest), self._off(other)
        return int((far < further).sum()), int((further < far).sum())

    def _off(self, digest: str) -> NDArray[np.float64]:
        """(n,): how far off each answer is; of classes, 0 for a right one."""
        stored = Predictions.from_bytes(self.blobs.read(digest)).part(self.mask)
        if self.task.kind is not Kind.REGRESSION or stored.values is None:
            return (~right(self.truth, stored)).astype(np.float64)
        apart = np.abs(
            stored.values.reshape(len(self.truth), -1) - self.truth.reshape(len(self.truth), -1)
        )
        total: NDArray[np.float64] = apart.sum(axis=1, dtype=np.float64)
        return total

    def _needed(self, scores: NDArray[np.float64], changes: Resampled) -> int | None:
        return examples_needed(scores[0], scores[1], changes[:, :2], len(self.truth))


def _behind(row: RowTies, unknown: int) -> RowTies:
    return RowTies(
        row.tie_group, row.rank_low + unknown, row.rank_high + unknown, row.tied_with_leader,
        row.examples_needed,
    )  # fmt: skip
