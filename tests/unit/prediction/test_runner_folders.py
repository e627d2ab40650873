"""Each runner has a folder of its own; images are shared."""

from __future__ import annotations

from pathlib import Path

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

    def test_shares_images_once_until_they_change(self, tmp_path: Path) -> None:
        folder = PoolFolder()
        images = tmp_path / "images.npy"
        images.write_bytes(b"one")
        shared = folder.shared_images(images)
        assert folder.shared_images(images) == shared
        images.write_bytes(b"another")
        assert folder.shared_images(images).read_bytes() == b"another"
        folder.remove()
