"""Sizes are told as people read them: in millions of bytes."""

import pytest

from heldout_server.submissions.volume import megabytes


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [(0, "0.0 MB"), (49_999, "0.0 MB"), (1_500_000, "1.5 MB"), (2_000_000_000, "2000.0 MB")],
)
def test_megabytes(size_bytes, said):
    assert megabytes(size_bytes) == said
