"""What runs beside the queue: re-scores and baselines where the labels are, webhooks elsewhere,
and models over the practice images where models are run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from heldout_server.baselines.rows import BASELINES_TOPIC
from heldout_server.baselines.worker import BaselineWorker
from heldout_server.grading import ClassGrader, Scorer
from heldout_server.kit.background import Background, BackgroundWorker
from heldout_server.processes.class_statistics import ClassStatistics
from heldout_server.processes.installation import Installation
from heldout_server.processes.misread_practice import PracticeReader, QuietReading
from heldout_server.rescoring.drafts import RESCORES_TOPIC
from heldout_server.rescoring.worker import RescoreWorker
from heldout_server.web.services import Health
from heldout_server.webhooks.outbox import WEBHOOKS_TOPIC
from heldout_server.webhooks.sending import Sender
from heldout_server.webhooks.worker import WebhookWorker

IDLE_SECONDS = 2.0
NEWS_SECONDS = 15.0


def grading_background(
    installed: Installation, clock: Callable[[], datetime]
) -> Sequence[BackgroundWorker]:
    """What grades beside the queue, where the labels are: re-scores, baselines, the class."""
    database = installed.database
    scorer = Scorer(installed.blobs, installed.datasets, installed.labels)
    rescores = RescoreWorker(database, scorer, clock)
    baselines = BaselineWorker(database, installed.blobs, installed.datasets, scorer, clock)
    return [
        Background("rescores", database, rescores.work, RESCORES_TOPIC, IDLE_SECONDS),
        Background("baselines", database, baselines.work, BASELINES_TOPIC, IDLE_SECONDS),
        ClassStatistics(
            database, ClassGrader(installed.blobs, installed.datasets, installed.labels), clock
        ),
    ]


def reading_background(reader: PracticeReader | None) -> Sequence[BackgroundWorker]:
    """What has models read the practice images in quiet moments, where models are run."""
    return [QuietReading(reader, reader.installed.database)] if reader is not None else []


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
