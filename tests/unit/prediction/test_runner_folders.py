"""Each runner has a folder of its own; images are shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from heldout_server.prediction.runner_folders import PoolFolder


class TestPoolFolder:
    def test_gives_the_lowest_free_number_and_an_empty_folder(self) -> None:
        folder = PoolFolder()
        first, second = folder.take(own_users=False), folder.take(own_users=False)
        assert (first.number, second.number, first.user) == (0, 1, None)
        (first.folder / "model.keras").touch()
        folder.give_back(first)
        again = folder.take(own_users=False)
        assert (again.number, list(again.folder.iterdir())) == (0, [])
        folder.remove()
        assert not folder.path.exists()

    def test_gives_two_pools_no_number_in_common(self) -> None:
        folder = PoolFolder(500)
        assert [folder.take(own_users=False).number for _ in range(2)] == [500, 501]
        folder.remove()

    def test_shares_images_once_until_they_change(self, tmp_path: Path) -> None:
        folder = PoolFolder()
        images = tmp_path / "images.npy"
        images.write_bytes(b"one")
        shared = folder.shared(images)
        assert folder.shared(images) == shared
        images.write_bytes(b"another")
        assert folder.shared(images).read_bytes() == b"another"
        folder.remove()

    def test_forgets_what_nobody_asks_about_any_more(self, tmp_path: Path) -> None:
        folder = PoolFolder()
        images, others = tmp_path / "images.npy", tmp_path / "others.npy"
        for file in (images, others):
            np.save(file, np.zeros((2, 28, 28), np.uint8))
        kept, gone = folder.shared(others), folder.shared(images)
        floats = folder.prepared_inputs(images)
        assert floats is not None
        folder.forget(images)
        assert not gone.exists()
        assert not floats.exists()
        assert folder.shared(images) != kept
        assert kept.exists()
        folder.remove()
