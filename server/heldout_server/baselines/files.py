"""A supplied prediction file to stored predictions, by the rules that hold for participants."""

from __future__ import annotations

from pathlib import Path

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.kit.errors import ProblemError, Rejection
from heldout_server.models import Competition
from heldout_server.prediction.handlers import hidden_examples
from heldout_server.prediction.prediction_files import parse_predictions


def keep_predictions(
    blobs: BlobStore, datasets: DatasetStore, file: Path, competition: Competition
) -> str:
    """Read `file` and return the digest of its predictions in the blob store.

    Raises ProblemError `validation`, in the words that a participant would get.
    """
    asked = hidden_examples(datasets, competition.dataset_hash, competition.metric)
    try:
        parsed = parse_predictions(
            file,
            task=asked.task,
            examples=asked.count,
            ids=asked.ids,
            needs=asked.needs,
            limit_bytes=competition.predictions_bytes,
            words=asked.words,
        )
    except Rejection as refused:
        raise ProblemError("validation", refused.detail, refused.hint) from refused
    return blobs.put(parsed.to_bytes())
