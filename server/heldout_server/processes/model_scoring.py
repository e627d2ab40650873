"""What scores: the runner pool behind its self-test, the predictor, and the grader's handlers."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog
from sqlmodel import Session

from heldout_runner.protocol import ONNXRUNTIME, TENSORFLOW
from heldout_server.blobs import BlobMissing, BlobStore, StorageFailed
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import GradeHandler, LabelStoreError, record_scores
from heldout_server.jobs.embedded import Handler
from heldout_server.jobs.faults import FILE_GONE, Inconclusive, MachineFault
from heldout_server.jobs.ledger import Claim
from heldout_server.kit import metrics
from heldout_server.kit.errors import Rejection
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition, State, Step, Submission, Upload
from heldout_server.prediction.containment import Containment, Secret
from heldout_server.prediction.endings import Inferred
from heldout_server.prediction.handlers import (
    ParseHandler,
    PredictHandler,
    Stores,
    hidden_examples,
)
from heldout_server.prediction.pool import PoolSettings, RunnerPool
from heldout_server.prediction.pool_port import Pool
from heldout_server.prediction.predictor import Limits, Predictor
from heldout_server.prediction.sandbox_words import ALLOW, allowed_words, has_sandbox, refused_words
from heldout_server.prediction.speculative_run import HeadStarts, Key
from heldout_server.prediction.two_engines import (
    NO_SANDBOX,
    TwoEngines,
    chosen,
    has_cuda,
    is_installed,
    lanes_device,
    nothing_left,
)
from heldout_server.prediction.unconfined_pool import UnconfinedPool
from heldout_server.processes.installation import Installation, InstallationError
from heldout_server.submissions import blob_references, outcomes
from heldout_server.submissions.hop import Found, Predicted, Rejected, Scored
from heldout_server.submissions.rerun import forget_score

log = structlog.get_logger()

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_WORKERS = 4
MACHINE_FAULTS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)


@dataclass(frozen=True)
class Scoring:
    """The machinery that turns files into predictions, and whether models may use it."""

    pool: Pool
    containment: Containment
    predictor: Predictor
    head_starts: HeadStarts
    workers: int

    @property
    def has_tensorflow(self) -> bool:
        """Whether every model that is accepted can be run here."""
        pool = self.pool
        return bool(self.workers) and not (isinstance(pool, TwoEngines) and pool.tensorflow is None)

    def start(self) -> None:
        """Start the zygote and the self-test, unless that was done; nothing when no models are
        scored here.
        """
        if self.workers:
            self.pool.warm()
            self.containment.start()

    def stop(self) -> None:
        """End every runner."""
        self.containment.end()
        self.pool.close()
        self.containment.stop()


def make_scoring(
    settings: Settings,
    work_folder: Path,
    *,
    secret: Secret | None,
    others_have_it: bool = False,
    has_left: Callable[[str], bool] = nothing_left,
    platform: str = sys.platform,
) -> Scoring:
    """The pool and what uses it. Raises InstallationError for a risk that can't be accepted.

    `others_have_it`: where TensorFlow isn't installed here, it may be at another worker.
    `has_left` says which sets of layers have left the lane.
    """
    if settings.allow_uncontained:
        check_accepted_risk(settings.host, platform)
    pool = make_pool(settings, others_have_it=others_have_it, has_left=has_left, platform=platform)
    accepts_risk = settings.allow_uncontained or _accepts_plain(settings, platform)
    containment = Containment(pool, secret=secret, accepts_risk=accepts_risk)
    limits = Limits(settings.model_bytes, settings.predictions_bytes, settings.longest_parameters)
    predictor = Predictor(pool, work_folder, limits, settings.device, settings.max_attempts)
    head_starts = HeadStarts(pool, containment, predictor)
    return Scoring(pool, containment, predictor, head_starts, workers(settings))


def make_pool(
    settings: Settings,
    *,
    others_have_it: bool = False,
    has_left: Callable[[str], bool] = nothing_left,
    platform: str = sys.platform,
) -> Pool:
    """The runners of the engines that are wanted and installed.

    ONNX files are ONNX Runtime's, whatever is wanted for Keras models. Where `platform` has no
    sandbox there is the lane alone, and nothing shuts it in.
    """
    if not has_sandbox(platform):
        reason = words(settings, platform)
        unconfined = UnconfinedPool(pool_settings(settings), reason)
        return TwoEngines(unconfined, None, has_left, others_have_it, lack=NO_SANDBOX)
    of_tensorflow = pool_settings(settings)
    engines = chosen(settings.engine, settings.device, is_installed)
    takes_plain = ONNXRUNTIME in engines
    if not takes_plain and not is_installed(ONNXRUNTIME):
        return RunnerPool(of_tensorflow)
    device = lanes_device(settings.device, engines, has_cuda=has_cuda())
    lane = RunnerPool(replace(of_tensorflow, engine=ONNXRUNTIME, device=device))
    both = RunnerPool(of_tensorflow) if TENSORFLOW in engines else None
    return TwoEngines(lane, both, has_left, others_have_it, takes_plain)


def words(settings: Settings, platform: str) -> str:
    """What is said of models where there is no sandbox: that they are refused, or the risk."""
    if _accepts_plain(settings, platform):
        return allowed_words(platform)
    return refused_words(platform)


def _accepts_plain(settings: Settings, platform: str) -> bool:
    return settings.allow_plain_uncontained and not has_sandbox(platform)


def check_accepted_risk(host: str, platform: str) -> None:
    """Raise InstallationError where models can't run without a boundary, or mustn't."""
    if host not in LOOPBACK:
        raise InstallationError(
            "HELDOUT_ALLOW_UNCONTAINED runs strangers' models without a boundary, so it needs "
            "HELDOUT_HOST=127.0.0.1: nobody else may reach this server."
        )
    if platform != "linux":
        raise InstallationError(
            "HELDOUT_ALLOW_UNCONTAINED does without the sandbox, not without Linux, which runs "
            f"the models. Start the server in Docker or WSL, or see {ALLOW} for plain ones."
        )


def workers(settings: Settings) -> int:
    """How many models are scored at the same time: by default one a core, four at most."""
    if settings.model_workers is not None:
        return settings.model_workers
    return max(1, min(MOST_WORKERS, os.cpu_count() or 1))


def pool_settings(settings: Settings) -> PoolSettings:
    """The pool's settings."""
    return PoolSettings(
        device=settings.device,
        threads=settings.threads_per_model,
        batch_size=settings.batch_size,
        longest_parameters=settings.longest_parameters,
        load_seconds=settings.load_seconds,
        predict_seconds=settings.predict_seconds,
        slots=max(1, workers(settings)),
        memory_bytes=settings.model_memory_bytes,
        gpu_memory_bytes=settings.gpu_memory_bytes,
    )


def handlers(
    installed: Installation,
    scoring: Scoring,
    clock: Callable[[], datetime],
    *,
    sees_labels: bool = True,
) -> dict[str, Handler]:
    """A handler for every step of a submission.

    Without labels, what was predicted is queued for a grader.
    """
    grade = GradeHandler(
        installed.database, installed.blobs, installed.datasets, installed.labels, clock
    )
    at_once = grade.graded if sees_labels else None
    stores = Stores(installed.database, installed.blobs, installed.datasets, at_once)
    parse = ParseHandler(stores, scoring.predictor)
    predict = PredictHandler(stores, scoring.predictor, scoring.containment, scoring.head_starts)
    return {
        Step.PARSE: Hop(parse),
        Step.PREDICT: Hop(predict),
        Step.GRADE: Hop(grade),
    }


@dataclass(frozen=True)
class EarlyScoring:
    """Lets a model run while its submission is still being recorded, where models run at all."""

    datasets: DatasetStore
    scoring: Scoring

    def begin(self, file: Path, upload: Upload, sha256: str, competition: Competition) -> None:
        """Begin with the file that has arrived for `upload`, if there is room."""
        if upload.kind == "model" and self.scoring.workers:
            dataset_hash, metric = competition.dataset_hash, competition.metric
            examples = hidden_examples(self.datasets, dataset_hash, metric)
            self.scoring.head_starts.begin(file, _key(upload, sha256), examples)

    def give_up(self, upload: Upload, sha256: str) -> None:
        """The file was not accepted after all."""
        self.scoring.head_starts.give_up(_key(upload, sha256))


def _key(upload: Upload, sha256: str) -> Key:
    return Key(upload.competition_id, sha256, upload.preprocessing)


@dataclass(frozen=True)
class Hop:
    """A step as the engine does it: counted, with a Rejection (their file) as something found.

    A fault of this machine, or a lost file, is told apart from other failures. Raises MachineFault,
    Inconclusive, or whatever else went wrong on our side.
    """

    do: Callable[[Claim, threading.Event], Found]

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Found:
        try:
            with metrics.attempt(claim.step):
                return self.do(claim, cancelled)
        except Rejection as rejection:
            return Rejected(rejection)
        except BlobMissing as error:
            log.warning("file.gone", reason=str(error))
            raise Inconclusive({"ended": FILE_GONE}) from error
        except LabelStoreError as error:
            raise MachineFault(str(error)) from error
        except StorageFailed as error:
            raise MachineFault(f"the file store can't be used: {error}") from error
        except OSError as error:
            if error.errno not in MACHINE_FAULTS:
                raise
            raise MachineFault(f"files can't be written: {error.strerror}") from error


@dataclass(frozen=True)
class Recorder:
    """Writes what a hop found, in the job's one transaction."""

    blobs: BlobStore
    clock: Callable[[], datetime]

    def __call__(self, session: Session, claim: Claim, found: Found) -> None:
        now = self.clock()
        match found:
            case Scored(predicted=predicted):
                if predicted is not None:
                    self._hold(session, predicted)
                record_scores(session, claim, found, now=now)
            case Predicted():
                self._hold(session, found)
                outcomes.predicted(session, claim, found)
            case Rejected(Inferred() as rejection):
                outcomes.suspected(session, claim, rejection, now=now)
            case Rejected(rejection):
                submission = session.get_one(Submission, claim.submission_id)
                # Before the first event: a score that is forgotten is the board's news, too.
                competitions.hold(session, submission.competition_id)
                outcomes.rejected(session, claim, rejection, now=now)
                if submission.state == State.REJECTED:
                    forget_score(session, claim.submission_id, now=now)

    def _hold(self, session: Session, predicted: Predicted) -> None:
        blob_references.hold(session)
        if not self.blobs.has(predicted.predictions_sha256):
            raise BlobMissing("the sweep took predictions that were stored a moment ago")
