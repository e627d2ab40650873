from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from heldout_server.datasets import download
from heldout_server.datasets.download import MNIST_URL, MnistUnavailable, download_mnist

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def answering(status: int = 200, content: bytes = CONTENT) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, content=content))


def failing(error: Exception) -> httpx.MockTransport:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(fail)


class BreakingStream(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield CONTENT[:1000]
        raise httpx.ReadError("the line went dead")


class TestDownloadMnist:
    def test_saves_the_published_bytes(self, tmp_path: Path) -> None:
        path = download_mnist(tmp_path / "cache", transport=answering(), sha256=SHA256)
        assert path == tmp_path / "cache" / "mnist.npz"
        assert path.read_bytes() == CONTENT
        assert [p.name for p in path.parent.iterdir()] == ["mnist.npz"]

    def test_asks_keras_address_for_plain_bytes(self, tmp_path: Path) -> None:
        asked: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(200, content=CONTENT)

        download_mnist(tmp_path, transport=httpx.MockTransport(answer), sha256=SHA256)
        assert [str(request.url) for request in asked] == [MNIST_URL]
        assert asked[0].headers["Accept-Encoding"] == "identity"

    def test_reports_progress_up_to_the_end(self, tmp_path: Path) -> None:
        seen: list[tuple[int, int | None]] = []
        download_mnist(
            tmp_path,
            transport=answering(),
            sha256=SHA256,
            progress=lambda done, total: seen.append((done, total)),
        )
        assert seen[-1] == (len(CONTENT), len(CONTENT))
        assert seen == sorted(seen)

    def test_refuses_bytes_that_are_not_the_published_ones(self, tmp_path: Path) -> None:
        with pytest.raises(MnistUnavailable, match=r"not MNIST.*SHA-256"):
            download_mnist(tmp_path, transport=answering(content=b"<html>Sign in</html>"))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("status", [302, 403, 404, 500])
    def test_refuses_any_other_answer(self, tmp_path: Path, status: int) -> None:
        with pytest.raises(MnistUnavailable, match=f"answered {status}"):
            download_mnist(tmp_path, transport=answering(status), sha256=SHA256)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "error",
        [httpx.ConnectError("no route"), httpx.ConnectTimeout("slow"), httpx.ReadTimeout("slow")],
    )
    def test_without_internet_mnist_is_unavailable(self, tmp_path: Path, error: Exception) -> None:
        with pytest.raises(MnistUnavailable, match="could not be downloaded"):
            download_mnist(tmp_path, transport=failing(error))
        assert list(tmp_path.iterdir()) == []

    def test_a_broken_line_leaves_no_file(self, tmp_path: Path) -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=BreakingStream()))
        with pytest.raises(MnistUnavailable, match="ReadError"):
            download_mnist(tmp_path, transport=transport)
        assert list(tmp_path.iterdir()) == []

    def test_stops_at_the_size_limit(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "LARGEST_DOWNLOAD_BYTES", len(CONTENT) - 1)
        with pytest.raises(MnistUnavailable, match="far more than MNIST"):
            download_mnist(tmp_path, transport=answering(), sha256=SHA256)
        assert list(tmp_path.iterdir()) == []

    def test_says_when_the_folder_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(MnistUnavailable, match="FileExistsError"):
            download_mnist(tmp_path / "file", transport=answering())
