"""One form instead of two requests: the same rules, the same refusals, nothing half-written."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event, update

from conftest import START
from heldout_server.kit.db import Database
from heldout_server.models import Competition, Participant, State, Submission, Upload
from heldout_server.processes.installation import Installation
from heldout_server.submissions import announce
from heldout_server.web.api import submit_multipart
from heldout_server.web.api.submit_multipart import SMALL_BYTES, UNRESERVED_BYTES
from participant import npy
from waiting import run_until

PATH = "/api/v1/submissions/at-once"
BOUNDARY = "between-the-parts"


def announced(file: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "predictions",
        "name": "Mine",
        "filename": "predictions.npy",
        "size_bytes": len(file),
        "sha256": hashlib.sha256(file).hexdigest(),
        **changes,
    }


def part(name: str, content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(announcement: dict[str, Any], file: bytes) -> bytes:
    text = json.dumps(announcement).encode()
    return part("announcement", text) + part("file", file) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def send(api: TestClient, join):
    """Sends a body as Ada; answers the response."""
    ada = join("Ada")

    def sending(body: bytes, key: str = "key-number-one", kind: str | None = None) -> Response:
        content_type = kind or f"multipart/form-data; boundary={BOUNDARY}"
        headers = {**ada.headers, "Idempotency-Key": key, "Content-Type": content_type}
        return api.post(PATH, content=body, headers=headers)

    return sending


@contextmanager
def watched(database: Database, tables: list[str]) -> Iterator[None]:
    """The tables that get rows meanwhile, in order."""

    def look(_: Any, __: Any, statement: str, *more: Any) -> None:
        if statement.startswith("INSERT INTO "):
            tables.append(statement.split()[2])

    event.listen(database.engine, "before_cursor_execute", look)
    yield
    event.remove(database.engine, "before_cursor_execute", look)


def board(api: TestClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get("/api/v1/competitions/digits/leaderboard").json()["rows"]
    return rows


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestAtOnce:
    def test_is_scored_like_any_other(self, send, api: TestClient, labels: np.ndarray) -> None:
        file = npy(labels)
        answer = send(form(announced(file), file))
        assert answer.status_code == 202
        assert answer.json()["state"] == "queued"
        assert answer.headers["content-type"] == "application/json"
        assert run_until(lambda: board(api))[0]["score"] == 1

    @pytest.mark.parametrize("size_bytes", [0, UNRESERVED_BYTES])
    def test_counts_on_its_way_only_where_it_is_large(
        self, send, labels: np.ndarray, installed: Installation, size_bytes: int
    ) -> None:
        inserted: list[str] = []
        with watched(installed.database, inserted):
            # Behind the rows of a CSV file there may be any number of empty ones.
            file = "\n".join(str(label) for label in labels).encode() + b"\n" * size_bytes
            assert send(form(announced(file), file)).status_code == 202
        assert [name for name in inserted if name in {"upload", "submission"}] == (
            ["upload", "submission"] if size_bytes else ["submission"]
        )

    def test_is_accepted_in_one_transaction(
        self, send, labels: np.ndarray, installed: Installation
    ) -> None:
        commits: list[str] = []
        remember = lambda _: commits.append(threading.current_thread().name)  # noqa: E731
        event.listen(installed.database.engine, "commit", remember)
        file = npy(labels)
        answer = send(form(announced(file), file))
        event.remove(installed.database.engine, "commit", remember)
        assert (answer.status_code, answer.json()["queue_position"]) == (202, 1)
        assert len([name for name in commits if name.startswith("AnyIO")]) == 1

    @pytest.mark.parametrize(("more_bytes", "times"), [(0, 1), (SMALL_BYTES, 2)])
    def test_asks_once_whether_its_sender_may_where_it_is_small(
        self, send, labels: np.ndarray, monkeypatch: pytest.MonkeyPatch, more_bytes: int, times: int
    ) -> None:
        check, asked = announce.check_attempts, []

        def counting(*given: Any, **more: Any) -> None:
            asked.append(given)
            check(*given, **more)

        monkeypatch.setattr(f"{announce.__name__}.check_attempts", counting)
        file = "\n".join(str(label) for label in labels).encode() + b"\n" * more_bytes
        assert send(form(announced(file), file)).status_code == 202
        assert len(asked) == times

    def test_somebody_banned_while_it_came_is_refused(
        self, send, labels: np.ndarray, installed: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = submit_multipart.announced_upload

        def announce_and_ban(*given: Any, **more: Any) -> Upload:
            with installed.database.write() as session:
                session.execute(update(Participant).values(banned_at=START))
            return made(*given, **more)

        monkeypatch.setattr(f"{submit_multipart.__name__}.announced_upload", announce_and_ban)
        file = npy(labels)
        assert code(send(form(announced(file), file))) == (403, "forbidden")

    def test_what_another_request_opened_meanwhile_passes_no_quota(
        self, send, labels: np.ndarray, installed: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The same key may be opened as a row while its form is on its way; that isn't a place."""
        made = submit_multipart.announced_upload

        def announce_and_open(*given: Any, **more: Any) -> Upload:
            upload = made(*given, **more)
            row = upload.model_dump(exclude={"id", "public_id"})
            last = {**row, "idempotency_key": "another-key", "queued_at": START, "sha256": "0" * 64}
            with installed.database.write() as other:
                other.add(Upload(**row, public_id="s_opened"))
                other.add(Submission(**last, public_id="s_last", state=State.SCORED))
            return upload

        with installed.database.write() as session:
            session.execute(update(Competition).values(quota_total=1))
        monkeypatch.setattr(f"{submit_multipart.__name__}.announced_upload", announce_and_open)
        file = npy(labels)
        assert code(send(form(announced(file), file))) == (429, "quota_exceeded")

    def test_the_same_key_finds_the_same_submission(self, send, labels: np.ndarray) -> None:
        file = npy(labels)
        first, again = (send(form(announced(file), file)) for _ in range(2))
        assert (first.status_code, again.status_code) == (202, 200)
        assert first.json()["id"] == again.json()["id"]

    def test_the_same_bytes_are_recognised(self, send, labels: np.ndarray) -> None:
        file = npy(labels)
        first = send(form(announced(file), file))
        again = send(form(announced(file), file), key="key-number-two")
        assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"kind": "weights"}, (415, "kind_not_accepted")),
            ({"size_bytes": 0}, (422, "file_empty")),
            ({"size_bytes": 10**9}, (413, "file_too_large")),
            ({"size_bytes": "many"}, (422, "validation")),
            ({"preprocessing": "upside-down"}, (422, "validation")),
        ],
    )
    def test_is_refused_before_the_file_is_read(
        self, send, changes: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        announcement = json.dumps(announced(b"file", **changes)).encode()
        # No file follows: asking for one would end in another refusal.
        assert code(send(part("announcement", announcement) + part("nonsense", b""))) == refusal

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"not a form",
            f"--{BOUNDARY}\r\nContent-Disposition: ".encode() + b"x" * 10_000,
            f"--{BOUNDARY}\r\n".encode() + b"X-Header: more\r\n" * 100,
            part("file", b"first") + f"--{BOUNDARY}--\r\n".encode(),
            part("announcement", b"{}") + f"--{BOUNDARY}--\r\n".encode(),
            part("announcement", b'{"kind": ') + part("file", b"x"),
            part("announcement", b"\xff\xfe") + part("file", b"x"),
            form(announced(b"whole file"), b"whole file")[:-30],
            form(announced(b"one file"), b"another!"),
            form(announced(b"short"), b"longer than that"),
            form(announced(b"longer than that"), b"short"),
        ],
    )
    def test_a_broken_form_leaves_nothing(self, send, api: TestClient, body: bytes) -> None:
        assert code(send(body)) == (422, "validation")
        assert not board(api)

    @pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain"])
    def test_another_content_type_is_refused(self, send, kind: str) -> None:
        assert code(send(b"x", kind=kind)) == (422, "validation")

    def test_needs_a_token(self, api: TestClient) -> None:
        assert api.post(PATH, headers={"Idempotency-Key": "long-enough"}).status_code == 401
