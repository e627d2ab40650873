"""A supplied prediction file to stored predictions, by the rules that hold for participants."""

from __future__ import annotations

from pathlib import Path

from heldout_server.blobs import BlobStore
from heldout_server.kit.errors import ProblemError, Rejection
from heldout_server.models import Competition, Dataset
from heldout_server.prediction.prediction_files import parse_predictions
from heldout_server.submissions.stored_predictions import StoredPredictions


def keep_predictions(
    blobs: BlobStore, file: Path, competition: Competition, dataset: Dataset
) -> str:
    """Read `file` and return the digest of its predictions in the blob store.

    Raises ProblemError `validation`, in the words that a participant would get.
    """
    try:
        parsed = parse_predictions(
            file,
            examples=dataset.test_examples,
            classes=len(dataset.class_names),
            limit_bytes=competition.predictions_bytes,
        )
    except Rejection as refused:
        raise ProblemError("validation", refused.detail, refused.hint) from refused
    stored = StoredPredictions(parsed.labels, parsed.values, parsed.output)
    return blobs.put(stored.to_bytes())
