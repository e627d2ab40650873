"""Predictions come back from their file as they were."""

import io

import numpy as np
import pytest

from heldout_server.submissions.stored_predictions import StoredPredictions

LABELS = np.array([3, 1, 4, 1, 5], np.int64)
VALUES = np.linspace(-2, 2, 50, dtype=np.float32).reshape(5, 10)


@pytest.mark.parametrize(("values", "output"), [(None, "labels"), (VALUES, "logits")])
def test_come_back_as_they_were(values, output):
    found = StoredPredictions.from_bytes(StoredPredictions(LABELS, values, output).to_bytes())
    assert found.output == output
    assert found.labels.dtype == np.int64
    assert found.labels.tolist() == LABELS.tolist()
    assert found.values is None if values is None else found.values.tobytes() == values.tobytes()


def test_a_pickle_is_never_opened():
    buffer = io.BytesIO()
    np.savez(buffer, labels=np.array([{}], object), output=np.array("labels"))
    with pytest.raises(ValueError, match="allow_pickle"):
        StoredPredictions.from_bytes(buffer.getvalue())
