"""A drawn final on a real server that is killed in the middle: nothing lost, nothing twice."""

from __future__ import annotations

import base64
import io
import re
import signal
import zipfile
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from support.hand import Hand

import heldout
from acceptance.conftest import RunningServer, start_server
from conftest import CODE
from heldout_runner.fixture import DENSE, write
from heldout_server.finals.rasterization import Canvas, rasterized
from waiting import PATIENCE_SECONDS, run_until

pytestmark = pytest.mark.acceptance


class Someone:
    """Draws with a hand of their own, and reads what others drew, as everybody sees it."""

    def __init__(self, server: RunningServer, number: int, seen: dict[bytes, int]) -> None:
        self.url, self.hand, self.seen = server.url, Hand.of(number), seen
        name = f"Hand {number}"
        with heldout.join(server.url, code=CODE, name=name, progress=False) as client:
            self.token = client.token
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def post(self, path: str, body: object = None) -> dict:
        answer = httpx.post(
            f"{self.url}/api/v1/me/drawn-final{path}", json=body, headers=self.headers,
            timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.json()

    def draws(self, number: int) -> list[dict]:
        """The next drawings, sent; what was sent, to send it again."""
        sent = []
        for prompt in self.post("")["prompts"][:number]:
            drawn = self.hand.draws(prompt["number"])
            self.seen[rasterized(drawn, Canvas()).tobytes()] = prompt["number"]
            sent.append({"prompt": prompt["number"], "strokes": drawn})
            self.post("/drawings", sent[-1])
        return sent

    def reads(self) -> list[dict]:
        """Everything that is offered, read; what was said, to say it again."""
        said = []
        while (offer := self.post("?reads_only=true")["offer"]) is not None:
            png = base64.b64decode(offer["image"].partition(",")[2])
            label = self.seen[np.asarray(Image.open(io.BytesIO(png))).tobytes()]
            said.append({"drawing": offer["drawing"], "said": label})
            self.post("/readings", said[-1])
        return said


def organize(server: RunningServer, token: str, method: str, path: str, body: dict) -> None:
    address = f"{server.url}/api/v1/admin/competitions/{server.slug}/drawn-final{path}"
    headers = {"Authorization": f"Bearer {token}"}
    httpx.request(method, address, json=body, headers=headers, timeout=60).raise_for_status()


def wall(server: RunningServer) -> dict:
    path = f"{server.url}/api/v1/competitions/{server.slug}/drawn-final"
    return httpx.get(path, timeout=PATIENCE_SECONDS).raise_for_status().json()


def test_loses_nothing_and_counts_nothing_twice_when_killed(tmp_path: Path, login: Path) -> None:
    running = start_server(tmp_path / "data")
    seen: dict[bytes, int] = {}
    try:
        found = re.search(r"ho_[\w-]+", running.log.read_text())
        assert found is not None
        people = [Someone(running, number, seen) for number in range(3)]
        model = saved_model(tmp_path)
        with heldout.Client(running.url, people[0].token, progress=False) as client:
            assert client.submit(model).status == "scored"
        organize(running, found[0], "POST", "", {})
        organize(running, found[0], "PUT", "/phase", {"phase": "draw"})
        drawn = [one.draws(3) for one in people]
        said = people[1].reads()
        running.stop(signal.SIGKILL)
        running = start_server(tmp_path / "data")
        for person in people:
            person.url = running.url
        # What a phone isn't sure of, it sends again.
        people[0].post("/drawings", drawn[0][-1])
        people[1].post("/readings", said[-1])
        assert wall(running)["drawn"] == 9
        for person in (people[2], people[0], people[1]):
            person.reads()
        shown = run_until(lambda: (w := wall(running))["counted"] == 9 and is_read(w) and w)
        assert (shown["waiting"], shown["disputed"]) == (0, 0)
        [row] = shown["rows"]
        assert row["counted"] == 6  # three of the nine are their own
        organize(running, found[0], "PUT", "/phase", {"phase": "podium"})
        page = httpx.get(f"{running.url}/c/{running.slug}/tv", timeout=PATIENCE_SECONDS).text
        assert "Reads our hands best" in page
    finally:
        running.stop()


def saved_model(folder: Path) -> Path:
    """A file as Keras writes one, without TensorFlow: all weights are zero, so it reads zeros."""
    write(DENSE, folder / "parts.keras")
    path = folder / "model.keras"
    with zipfile.ZipFile(folder / "parts.keras") as parts, zipfile.ZipFile(path, "w") as model:
        for name in parts.namelist():
            is_version = name == "metadata.json"
            model.writestr(name, '{"keras_version": "3.6.0"}' if is_version else parts.read(name))
    return path


def is_read(shown: dict) -> bool:
    """Whether the one model has read all that counts."""
    return sum(map(sum, shown["confusion"])) == shown["counted"]
