"""Whether a result is a real step from one's own best before, told in counts of examples.

Of practice examples, whose labels everyone has, until the reveal; of the public part of the hidden
ones after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Protocol

import structlog
from sqlmodel import Session

from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.loaded import DatasetError
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStoreError
from heldout_server.grading.ties import steps
from heldout_server.grading.ties.steps import Step
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.disclosure import Source
from heldout_server.leaderboard.margins import ACCURACY
from heldout_server.leaderboard.submission_report import SubmissionReport
from heldout_server.models import Competition, Submission
from heldout_server.runs.practice import practice_answers
from heldout_server.tasks import scores
from heldout_server.tasks.kinds import Kind
from heldout_server.web.view_models.own_step import OwnStep

log = structlog.get_logger()

UNREADABLE = (
    BlobMissing, StorageFailed, DatasetError, LabelStoreError, ProblemError, OSError, ValueError,
)  # fmt: skip
"""Labels, stored predictions or practice examples that aren't there, or not whole."""


class TellsSteps(Protocol):
    """Whether a result is a real step from an earlier one, on public examples; counts alone."""

    def step(self, competition: Competition, digest: str, earlier: str) -> Step | None:
        """By the digests of their stored predictions; None where they can't be read.

        Raises LabelStoreError, BlobMissing, and ProblemError `conflict` before the reveal.
        """


@dataclass(frozen=True)
class StepSources:
    """The practice examples, and what knows the hidden ones: None in a process without labels."""

    datasets: DatasetStore
    grader: TellsSteps | None


def own_step(sources: StepSources, session: Session, about: SubmissionReport) -> OwnStep | None:
    """Against the best that was sent before; None without one, and where nothing can be told.

    It is an extra: what fails here is logged, and the receipt goes without it.
    """
    if about.result is None or about.result.previous is None:
        return None
    found = _Found(sources, session, about)
    is_hidden = about.result.details is Source.HIDDEN
    try:
        return found.of_hidden() if is_hidden else found.of_practice()
    except UNREADABLE as problem:
        log.warning("step.unknown", submission=about.submission.id, problem=str(problem))
        return None


@dataclass(frozen=True)
class _Found:
    sources: StepSources
    session: Session
    about: SubmissionReport

    def of_practice(self) -> OwnStep | None:
        new, earlier = self._ids
        answers = practice_answers(
            self.session, self.sources.datasets, self._competition, (new, earlier)
        )
        pair = answers.pair(earlier, new)
        if pair is None:
            return None
        is_score = self._competition.metric == ACCURACY
        step = steps.by_answers(pair.fixed, pair.broke)
        return self._told(Source.PRACTICE, step, len(answers.labels), is_score=is_score)

    def of_hidden(self) -> OwnStep | None:
        digests = [
            self.session.get_one(Submission, number).predictions_sha256 for number in self._ids
        ]
        if self.sources.grader is None or digests[0] is None or digests[1] is None:
            return None
        step = self.sources.grader.step(self._competition, digests[0], digests[1])
        assert self.about.result is not None
        examples = int(self.about.result.metrics["examples"])
        return self._told(Source.HIDDEN, step, examples) if step is not None else None

    @property
    def _ids(self) -> tuple[int, int]:
        result = self.about.result
        assert result is not None
        assert result.previous is not None
        return self.about.submission.id or 0, result.previous.submission_id

    @property
    def _competition(self) -> Competition:
        return self.about.competition

    def _told(
        self, source: Source, step: Step, examples: int, *, is_score: bool = True
    ) -> OwnStep | None:
        if step.fixed is None or step.broke is None:
            return None
        dataset = competitions.dataset_of(self.session, self._competition)
        where = f"{examples:,} {source.value} examples"
        is_number = dataset.task == Kind.REGRESSION
        counts = (
            f"closer on {step.fixed:,}, further on {step.broke:,}"
            if is_number
            else f"{step.fixed:,} fixed, {step.broke:,} broken"
        )
        call = step.call if is_score else None
        verdict = f": {call}" if call else ""
        return OwnStep(
            source, examples, step.fixed, step.broke, call,
            f"On {where}: {counts} against the best before{verdict}.",
            self._luck(step, where, examples) if is_score else "",
        )  # fmt: skip

    def _luck(self, step: Step, where: str, examples: int) -> str:
        """Up to which difference it may be luck."""
        if not isfinite(step.margin):
            return f"With {where}, any difference may be luck."
        metric, result = self._competition.metric, self.about.result
        margin = step.margin / examples if step.in_examples else step.margin
        far = scores.distance(margin, metric, result.score if result else None)
        return f"With {where}, a difference of up to about {far} may be luck."
