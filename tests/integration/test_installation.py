"""What starting on a data folder finds there, and what it refuses to pass over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heldout_server.competitions import queries
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import (
    InstallationError,
    ensure_competition,
    open_installation,
    utc_now,
)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Images of MNIST's form in a file."""
    random = np.random.default_rng(5)
    path = tmp_path / "images.npz"
    labels = np.tile(np.arange(10, dtype=np.uint8), 12)
    np.savez(
        path,
        x_train=random.integers(0, 256, (120, 28, 28), np.uint8), y_train=labels,
        x_test=random.integers(0, 256, (40, 28, 28), np.uint8), y_test=labels[:40],
    )  # fmt: skip
    return path


def started(data: Path, images: Path | None) -> list[str]:
    """The titles that are there after a start."""
    settings = Settings(data=data, download=False, mnist=images, model_workers=0)
    installed = open_installation(settings)
    try:
        ensure_competition(installed, now=utc_now())
        with installed.database.read() as session:
            return [one.title for one in queries.all_competitions(session)]
    finally:
        installed.database.dispose()


class TestGivenImages:
    def test_are_used_at_the_first_start_and_known_at_the_next(self, tmp_path, images):
        titles = started(tmp_path / "data", images)
        assert titles == ["Custom 28×28 images"]
        assert started(tmp_path / "data", images) == titles
        assert started(tmp_path / "data", None) == titles

    def test_other_ones_than_those_that_are_here_are_refused_with_words(self, tmp_path, images):
        started(tmp_path / "data", None)
        with pytest.raises(InstallationError) as refused:
            started(tmp_path / "data", images)
        assert "“UCI digits: read the digits”" in str(refused.value)
        assert str(images) in str(refused.value)
        assert "--mnist" in str(refused.value)
