"""One contract for local disk and for a real S3-compatible server."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.exceptions import AlreadyExistsError
from obstore.store import ObjectStore

from faults import disk_that_takes
from heldout_server.blobs import BlobMissing, BlobStore, StorageFailed, StorageFull, connect
from object_store import ObjectStoreServer

CONTENT = b"predictions of an evening"
LARGE = bytes(range(256)) * 24_000  # 6.1 MB: more than one part
LATER = timedelta(minutes=1)


@pytest.fixture
def remote(object_store: ObjectStoreServer, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in object_store.environment.items():
        monkeypatch.setenv(name, value)
    return connect(f"s3://{object_store.bucket()}/blobs")


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    remote = request.getfixturevalue("remote") if request.param == "s3" else None
    return BlobStore(tmp_path / "blobs", remote)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def damage(store: BlobStore, digest: str, content: bytes) -> None:
    if store.is_local:
        store.path(digest).write_bytes(content)
    else:
        obstore.put(store._store, f"{digest[:2]}/{digest}", content)


class TestPut:
    @pytest.mark.parametrize("content", [b"", CONTENT, LARGE], ids=["empty", "small", "parts"])
    def test_is_read_back_under_its_digest(self, store: BlobStore, content: bytes) -> None:
        digest = store.put(content)
        assert digest == hashlib.sha256(content).hexdigest()
        assert store.read(digest) == content
        assert store.has(digest)

    @pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["small", "parts"])
    def test_twice_is_one_blob(self, store: BlobStore, content: bytes) -> None:
        assert store.put(content) == store.put(content)
        assert [d for page in store.older_than(datetime.now(UTC) + LATER) for d in page] == [
            hashlib.sha256(content).hexdigest()
        ]

    def test_leaves_nothing_on_its_way(self, store: BlobStore) -> None:
        store.put(LARGE)
        assert files(store.incoming) == []

    def test_of_the_same_bytes_heals_a_short_blob(self, store: BlobStore) -> None:
        digest = store.put(CONTENT)
        damage(store, digest, CONTENT[:3])
        store.put(CONTENT)
        assert store.read(digest) == CONTENT


class TestWrittenOnce:
    def test_the_store_refuses_to_replace_what_is_there(self, remote: ObjectStore) -> None:
        """What `create` rests on; large files and stores without it are looked up first."""
        obstore.put(remote, "ab/abcd", b"first", mode="create")
        with pytest.raises(AlreadyExistsError):
            obstore.put(remote, "ab/abcd", b"second", mode="create")
        assert bytes(obstore.get(remote, "ab/abcd").bytes()) == b"first"

    def test_a_second_put_sends_nothing(self, remote: ObjectStore, tmp_path: Path) -> None:
        store = BlobStore(tmp_path, remote)
        digest = store.put(LARGE)
        key = f"{digest[:2]}/{digest}"
        obstore.put(remote, key, b"?" * len(LARGE))  # would be replaced if it were sent again
        store.put(LARGE)
        assert bytes(obstore.get(remote, key).bytes())[:1] == b"?"


class TestReceive:
    def test_without_keep_leaves_nothing(self, store: BlobStore) -> None:
        with store.receive() as blob:
            blob.write(CONTENT)
            digest = blob.sha256
        assert not store.has(digest)
        assert files(store.incoming) == []

    def test_sent_ahead_is_kept_without_a_second_copy(self, store: BlobStore) -> None:
        with store.receive() as blob:
            blob.write(CONTENT)
            blob.send_ahead()
            assert store.has(blob.sha256) is not store.is_local
            digest = blob.keep()
        assert store.read(digest) == CONTENT


class TestRead:
    def test_of_what_is_gone(self, store: BlobStore) -> None:
        with pytest.raises(BlobMissing, match="not in the store"):
            store.read("0" * 64)

    def test_of_what_was_changed(self, store: BlobStore) -> None:
        digest = store.put(CONTENT)
        damage(store, digest, b"something else")
        with pytest.raises(BlobMissing, match="changed"):
            store.read(digest)


class TestLocal:
    def test_is_a_file_with_the_bytes(self, store: BlobStore) -> None:
        digest = store.put(LARGE)
        with store.local(digest) as path:
            assert path.read_bytes() == LARGE
        assert files(store.incoming) == []

    def test_refuses_what_was_changed(self, store: BlobStore) -> None:
        digest = store.put(CONTENT)
        damage(store, digest, b"something else")
        with pytest.raises(BlobMissing, match="changed"), store.local(digest):
            pass
        assert files(store.incoming) == []

    def test_refuses_what_is_gone(self, store: BlobStore) -> None:
        with pytest.raises(BlobMissing, match="not in the store"), store.local("0" * 64):
            pass


class TestRemove:
    def test_takes_what_is_old(self, store: BlobStore) -> None:
        digest = store.put(CONTENT)
        assert store.remove(digest, if_older_than=datetime.now(UTC) + LATER)
        assert not store.has(digest)

    def test_spares_what_is_new(self, store: BlobStore) -> None:
        digest = store.put(CONTENT)
        assert not store.remove(digest, if_older_than=datetime.now(UTC) - LATER)
        assert store.has(digest)

    def test_of_what_is_gone_is_harmless(self, store: BlobStore) -> None:
        assert not store.remove("0" * 64, if_older_than=datetime.now(UTC))

    def test_storing_again_renews_the_age(self, tmp_path: Path) -> None:
        store = BlobStore(tmp_path)
        digest = store.put(CONTENT)
        long_ago = time.time() - 3 * 86_400
        os.utime(store.path(digest), (long_ago, long_ago))
        store.put(CONTENT)
        assert not store.remove(digest, if_older_than=datetime.now(UTC) - LATER)


class TestCheck:
    def test_of_a_store_that_works(self, store: BlobStore) -> None:
        store.check()

    def test_of_a_store_that_is_down(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAVERYSECRET")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "swordfish")
        store = BlobStore(tmp_path, connect("s3://bucket"))
        began = time.monotonic()
        with pytest.raises(StorageFailed) as caught:
            store.check()
        assert "127.0.0.1" not in str(caught.value)
        assert "AKIA" not in str(caught.value)
        assert time.monotonic() - began < 15


class TestConnect:
    @pytest.mark.parametrize(
        "url", ["ftp://x/y", "nonsense", "s3://key:secret@bucket", "s3://bucket?signature=abc", ""]
    )
    def test_refuses_what_is_no_store_or_holds_credentials(self, url: str) -> None:
        with pytest.raises(StorageFailed, match="HELDOUT_BLOBS_URL"):
            connect(url)


class TestFullDisk:
    def test_is_noticed_by_the_check(self, tmp_path: Path) -> None:
        with disk_that_takes(10), pytest.raises(StorageFull):
            BlobStore(tmp_path).check()

    def test_is_said_and_leaves_nothing(self, tmp_path: Path) -> None:
        store = BlobStore(tmp_path)
        with disk_that_takes(1_000_000), pytest.raises(StorageFull):
            store.put(LARGE)
        assert files(tmp_path) == []

    def test_heals_when_there_is_room(self, tmp_path: Path) -> None:
        store = BlobStore(tmp_path)
        with disk_that_takes(1_000_000), pytest.raises(StorageFull):
            store.put(LARGE)
        assert store.read(store.put(LARGE)) == LARGE

    def test_of_a_download_is_our_fault_too(self, remote: ObjectStore, tmp_path: Path) -> None:
        store = BlobStore(tmp_path, remote)
        digest = store.put(LARGE)
        with disk_that_takes(1_000_000), pytest.raises(StorageFull), store.local(digest):
            pass
        assert files(tmp_path) == []
