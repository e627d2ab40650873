"""What runs beside the queue: re-scores and baselines where the labels are, webhooks elsewhere,
and models over the practice images where models are run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from heldout_server.acts.events import EVENTS_TOPIC
from heldout_server.baselines.rows import BASELINES_TOPIC
from heldout_server.baselines.worker import BaselineWorker
from heldout_server.grading import (
    ClassGrader,
    ContaminationWorker,
    Scorer,
    TieGrader,
    TieWorker,
    TwinWorker,
)
from heldout_server.kit.background import Background, BackgroundWorker
from heldout_server.processes.changed_images import CopiesReader
from heldout_server.processes.class_statistics import ClassStatistics
from heldout_server.processes.drawn_reading import DrawnReading
from heldout_server.processes.installation import Installation
from heldout_server.processes.misread_practice import PracticeReader, QuietReading
from heldout_server.processes.oracle import Oracle
from heldout_server.rescoring.drafts import RESCORES_TOPIC
from heldout_server.rescoring.worker import RescoreWorker
from heldout_server.web.services import Health
from heldout_server.webhooks.outbox import WEBHOOKS_TOPIC
from heldout_server.webhooks.sending import Sender
from heldout_server.webhooks.worker import WebhookWorker

IDLE_SECONDS = 5.0
NEWS_SECONDS = 15.0
# Between two looks for drawings to read: every model runs for each, and reads ten as fast as one.
DRAWN_SECONDS = 0.5
TIES_EVERY_SECONDS = 1.0
# Whoever has just sent a file waits for its score and receipt, and a tie for nobody.
TIES_AFTER_SECONDS = 0.3
LAMPS_AFTER_SECONDS = 3.0
TWINS_AFTER_SECONDS = 10.0


def grading_background(
    installed: Installation, clock: Callable[[], datetime]
) -> Sequence[BackgroundWorker]:
    """What grades beside the queue, where the labels are, and what watches over the class."""
    database = installed.database
    scorer = Scorer(installed.blobs, installed.datasets, installed.labels)
    rescores = RescoreWorker(database, scorer, clock)
    baselines = BaselineWorker(database, installed.blobs, installed.datasets, scorer, clock)
    grader = TieGrader(installed.blobs, installed.datasets, installed.labels)
    ties = TieWorker(database, grader, clock)
    contamination = ContaminationWorker(
        database, installed.blobs, installed.datasets, installed.labels
    )
    twins = TwinWorker(database, installed.blobs, installed.datasets, installed.labels, clock)
    return [
        Background("rescores", database, rescores.work, RESCORES_TOPIC, IDLE_SECONDS),
        Background("baselines", database, baselines.work, BASELINES_TOPIC, IDLE_SECONDS),
        Background(
            "ties", database, ties.work, EVENTS_TOPIC, NEWS_SECONDS, TIES_EVERY_SECONDS,
            delay_seconds=TIES_AFTER_SECONDS,
        ),
        Background(
            "contamination", database, contamination.work, EVENTS_TOPIC, NEWS_SECONDS,
            delay_seconds=LAMPS_AFTER_SECONDS,
        ),
        Background(
            "twins", database, twins.work, EVENTS_TOPIC, NEWS_SECONDS,
            delay_seconds=TWINS_AFTER_SECONDS,
        ),
        ClassStatistics(
            database, ClassGrader(installed.blobs, installed.datasets, installed.labels), clock
        ),
    ]  # fmt: skip


def reading_background(reader: PracticeReader | None, oracle: Oracle) -> Sequence[BackgroundWorker]:
    """What runs models again in quiet moments, where models run: over practice images, then by
    TensorFlow to see whether it says the same, then over changed images.
    """
    if reader is None:
        return []
    copies = CopiesReader(reader)
    database = reader.installed.database
    return [
        QuietReading(
            reader,
            database,
            afterwards=lambda cancelled: oracle.look(cancelled) or copies.read_next(cancelled),
        )
    ]


def drawn_background(
    reader: PracticeReader | None, clock: Callable[[], datetime]
) -> Sequence[BackgroundWorker]:
    """What reads the drawings of a final, where models run."""
    if reader is None:
        return []
    reading = DrawnReading(reader, clock)
    database = reader.installed.database
    return [
        Background(
            "drawn", database, reading.work, EVENTS_TOPIC, IDLE_SECONDS,
            pause_seconds=DRAWN_SECONDS,
        )
    ]  # fmt: skip


def webhooks_background(
    installed: Installation, check: Callable[[], Health], clock: Callable[[], datetime]
) -> Sequence[BackgroundWorker]:
    """What tells the world beside the queue."""
    database, sender = installed.database, Sender(installed.settings.webhooks_private)
    webhooks = WebhookWorker(database, sender, installed.vault, clock, lambda: check().problems)
    return [
        Background("webhooks", database, webhooks.work, WEBHOOKS_TOPIC, IDLE_SECONDS),
        Background("news", database, webhooks.look, WEBHOOKS_TOPIC, NEWS_SECONDS),
    ]
