from __future__ import annotations

import io
import stat
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from heldout_server.datasets.digits import load_digits
from heldout_server.datasets.loaded import DIGITS
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.grading.splits import stratified_split

HASH = "ab" * 32
LABELS = np.tile(np.arange(10), 20)


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    store = LabelStore(tmp_path / "labels")
    store.add(HASH, LABELS)
    return store


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def only_file(store: LabelStore, ending: str) -> Path:
    (path,) = store.root.glob(f"*{ending}")
    return path


class TestAdd:
    def test_gives_back_what_was_added(self, store: LabelStore) -> None:
        labels = store.labels(HASH)
        np.testing.assert_array_equal(labels, LABELS)
        assert labels.dtype == np.int64

    def test_folder_and_files_are_private(self, store: LabelStore) -> None:
        store.split("mnist", HASH, DIGITS, public_fraction=0.5)
        assert mode(store.root) == 0o700
        assert len(list(store.root.iterdir())) == 2
        assert {mode(path) for path in store.root.iterdir()} == {0o600}

    def test_tightens_an_empty_folder_made_for_it(self, tmp_path: Path) -> None:
        (tmp_path / "mounted").mkdir(mode=0o755)
        LabelStore(tmp_path / "mounted").add(HASH, LABELS)
        assert mode(tmp_path / "mounted") == 0o700

    def test_takes_labels_of_any_integer_type(self, store: LabelStore) -> None:
        store.add(HASH, LABELS.astype(np.uint8))

    def test_the_same_again_changes_nothing(self, store: LabelStore) -> None:
        before = only_file(store, ".npz").stat().st_mtime_ns
        store.add(HASH, LABELS)
        assert only_file(store, ".npz").stat().st_mtime_ns == before

    def test_refuses_other_labels_for_the_same_images(self, store: LabelStore) -> None:
        with pytest.raises(LabelStoreError, match="holds other labels for dataset abababababab…"):
            store.add(HASH, LABELS[::-1])
        np.testing.assert_array_equal(store.labels(HASH), LABELS)

    @pytest.mark.parametrize(
        "labels", [[], [[[1, 2]]], [0.5, 1.0], [[np.nan]], [-1, 2], ["a"]], ids=str
    )
    def test_refuses_what_are_no_labels(self, tmp_path: Path, labels: ArrayLike) -> None:
        with pytest.raises(LabelStoreError, match=r"Labels|Targets"):
            LabelStore(tmp_path / "labels").add(HASH, labels)

    @pytest.mark.parametrize("name", ["../outside", "ab", HASH.upper(), HASH + "\n"])
    def test_only_a_content_hash_names_labels(self, store: LabelStore, name: str) -> None:
        with pytest.raises(LabelStoreError, match="not a name"):
            store.add(name, LABELS)


class TestToKeepFromModels:
    def test_is_a_file_of_the_store(self, store: LabelStore) -> None:
        assert store.to_keep_from_models() == only_file(store, ".npz")

    def test_is_where_they_will_lie_before_there_are_any(self, tmp_path: Path) -> None:
        found = LabelStore(tmp_path / "labels").to_keep_from_models()
        assert found == tmp_path / "labels"
        assert mode(tmp_path / "labels") == 0o700

    def test_is_nothing_where_nothing_can_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert LabelStore(tmp_path / "file" / "labels").to_keep_from_models() is None


class TestLabels:
    def test_are_read_only(self, store: LabelStore) -> None:
        with pytest.raises(ValueError, match="read-only"):
            store.labels(HASH)[0] = 3

    def test_says_when_there_is_no_store(self, tmp_path: Path) -> None:
        with pytest.raises(LabelStoreError, match=r"label store .* cannot be opened: No such"):
            LabelStore(tmp_path / "labels").labels(HASH)

    def test_says_when_the_store_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "labels").touch(0o600)
        with pytest.raises(LabelStoreError, match="not a folder"):
            LabelStore(tmp_path / "labels").labels(HASH)

    def test_says_when_a_dataset_has_no_labels(self, store: LabelStore) -> None:
        with pytest.raises(LabelStoreError, match=r"cannot be opened: No such file"):
            store.labels("cd" * 32)

    @pytest.mark.parametrize("permissions", [0o755, 0o750, 0o701])
    def test_refuses_a_folder_open_to_others(self, store: LabelStore, permissions: int) -> None:
        store.root.chmod(permissions)
        with pytest.raises(LabelStoreError, match=r"other users.*chmod 0700"):
            store.labels(HASH)
        with pytest.raises(LabelStoreError, match=r"other users.*chmod 0700"):
            store.add(HASH, LABELS)

    @pytest.mark.parametrize("permissions", [0o644, 0o640, 0o620])
    def test_refuses_a_file_open_to_others(self, store: LabelStore, permissions: int) -> None:
        only_file(store, ".labels.npz").chmod(permissions)
        with pytest.raises(LabelStoreError, match=r"other users.*chmod 0600"):
            store.labels(HASH)

    def test_every_damaged_byte_is_noticed_or_harmless(self, store: LabelStore) -> None:
        path = only_file(store, ".labels.npz")
        content = path.read_bytes()
        for place in range(len(content)):
            damaged = bytearray(content)
            damaged[place] ^= 1
            path.write_bytes(damaged)
            try:
                found = store.labels(HASH)
            except LabelStoreError:
                continue
            np.testing.assert_array_equal(found, LABELS)

    def test_a_file_cut_short_is_damaged(self, store: LabelStore) -> None:
        path = only_file(store, ".labels.npz")
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(LabelStoreError, match="is damaged"):
            store.labels(HASH)


class TestSplit:
    def test_is_stratified_and_complete(self, store: LabelStore) -> None:
        split = store.split("mnist", HASH, DIGITS, public_fraction=0.5)
        assert np.bincount(LABELS[split.public]).tolist() == [10] * 10
        assert np.bincount(LABELS[split.private]).tolist() == [10] * 10

    def test_is_the_same_ever_after(self, store: LabelStore) -> None:
        first = store.split("mnist", HASH, DIGITS, public_fraction=0.5)
        again = LabelStore(store.root).split("mnist", HASH, DIGITS, public_fraction=0.5)
        np.testing.assert_array_equal(first.public, again.public)

    def test_comes_from_the_stored_mask_not_from_the_generator(self, store: LabelStore) -> None:
        store.split("mnist", HASH, DIGITS, public_fraction=0.5, seed=1)
        path = only_file(store, ".split.npz")
        with np.load(path) as archive:
            arrays = dict(archive)
        arrays["public"] = np.roll(arrays["public"], 1)
        np.savez(path, **arrays)
        split = store.split("mnist", HASH, DIGITS, public_fraction=0.5, seed=1)
        np.testing.assert_array_equal(split.public, arrays["public"])

    def test_a_given_seed_decides(self, store: LabelStore) -> None:
        split = store.split("mnist", HASH, DIGITS, public_fraction=0.5, seed=7)
        np.testing.assert_array_equal(split.public, stratified_split(LABELS, 0.5, 7))

    def test_two_competitions_get_seeds_of_their_own(self, store: LabelStore) -> None:
        first = store.split("mnist", HASH, DIGITS, public_fraction=0.5)
        second = store.split("mnist-2", HASH, DIGITS, public_fraction=0.5)
        assert (first.public != second.public).any()

    def test_refuses_another_fraction_later(self, store: LabelStore) -> None:
        store.split("mnist", HASH, DIGITS, public_fraction=0.5)
        with pytest.raises(LabelStoreError, match=r"made once, with public fraction 0\.5"):
            store.split("mnist", HASH, DIGITS, public_fraction=0.3)

    def test_refuses_another_seed_later(self, store: LabelStore) -> None:
        store.split("mnist", HASH, DIGITS, public_fraction=0.5)
        with pytest.raises(LabelStoreError, match="made once"):
            store.split("mnist", HASH, DIGITS, public_fraction=0.5, seed=7)

    @pytest.mark.parametrize("fraction", [0.0, 0.001, 1.0])
    def test_refuses_to_leave_a_part_empty(self, store: LabelStore, fraction: float) -> None:
        with pytest.raises(LabelStoreError, match="part empty"):
            store.split("mnist", HASH, DIGITS, public_fraction=fraction)

    def test_refuses_a_fraction_that_is_none(self, store: LabelStore) -> None:
        with pytest.raises(LabelStoreError, match="from 0 to 1"):
            store.split("mnist", HASH, DIGITS, public_fraction=50)

    def test_refuses_a_mask_that_does_not_fit(self, store: LabelStore) -> None:
        store.split("mnist", HASH, DIGITS, public_fraction=0.5)
        path = only_file(store, ".split.npz")
        np.savez(path, public=np.ones(3, np.bool_), public_fraction=0.5, seed=np.str_("1"))
        with pytest.raises(LabelStoreError, match="does not fit its labels"):
            store.split("mnist", HASH, DIGITS, public_fraction=0.5)

    @pytest.mark.parametrize("slug", ["", "../mnist", "MNIST", "a/b", "mnist\n"])
    def test_only_a_slug_names_a_competition(self, store: LabelStore, slug: str) -> None:
        with pytest.raises(LabelStoreError, match="not a name"):
            store.split(slug, HASH, DIGITS, public_fraction=0.5)

    def test_several_at_once_agree(self, store: LabelStore) -> None:
        found: list[NDArray[np.bool_]] = []
        start = threading.Barrier(8)

        def ask() -> None:
            start.wait()
            split = LabelStore(store.root).split("mnist", HASH, DIGITS, public_fraction=0.5)
            found.append(split.public)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert all((mask == found[0]).all() for mask in found)
        assert [p.name for p in store.root.iterdir() if p.name.startswith(".")] == []


class TestNothingOutsideHoldsTheLabels:
    def test_no_file_of_the_dataset_contains_them(self, tmp_path: Path) -> None:
        dataset = load_digits()
        info = DatasetStore(tmp_path / "datasets").add(dataset)
        LabelStore(tmp_path / "labels").add(info.content_hash, dataset.y_test)
        secret = spellings(dataset.y_test[:64])
        found = {
            path.relative_to(tmp_path).parts[0]
            for path in tmp_path.rglob("*")
            if path.is_file() and any(text in plain_bytes(path) for text in secret)
        }
        assert found == {"labels"}


def spellings(labels: NDArray[np.uint8]) -> list[bytes]:
    """The labels as any array type or plain text would hold them."""
    dtypes = ("u1", "<i2", "<i4", "<i8", ">i4", ">i8", "<f4", "<f8")
    texts = [separator.join(map(str, labels)) for separator in ("", ",", ", ", " ", "\n")]
    return [labels.astype(d).tobytes() for d in dtypes] + [text.encode() for text in texts]


def plain_bytes(path: Path) -> bytes:
    """The file's bytes, and for a zip those of its members after decompression."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return content + b"".join(archive.read(name) for name in archive.namelist())
