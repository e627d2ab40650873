"""A drawn final with scripted people on a real server: how late the wall is, how fast models read.

    HELDOUT_SHARED_DATA=… python benchmarks/drawn_final.py [--people 25] [--models 10] [--pace 4]
        [--database postgresql+psycopg://…]

People join and send models trained here on MNIST; once the final is frozen they draw with the hand
of `support/hand.py` and read what others drew, rightly but for one time in fifty. Measured:

- **wall**: from sending the second reading until a projector has the drawing in its fragment;
- **act**: how long a person's drawing or reading takes to be answered;
- **board**: how long the contest's board takes meanwhile, asked for ten times a second;
- **batch**: seconds until all models have read 100 new drawings, everything else at rest;
- each model's share of the drawings beside its share of MNIST's hidden images.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import random
import re
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image
from sqlalchemy import create_engine, text
from support.digit_models import Digits, Recipe, classes, trained
from support.hand import Hand
from support.mnist_server import CODE, await_health, server

import heldout
from heldout_server.finals import strokes
from heldout_server.finals.rasterization import Canvas, rasterized

SLUG = "mnist"
BATCH = 100
MISTAKE = 1 / 50
KINDS = ("dense 64", "dense 512-128", "small CNN")
LOOK_SECONDS = 0.1
SETTLE_SECONDS, MOST_SETTLE_SECONDS = 0.06, 1.0
LIMITS = {"wall_p95_ms": "≤ 500", "board_p95_ms": "≤ 50", "batch_seconds": "≤ 2"}


@dataclass
class Room:
    """What everybody can see: what was drawn, by its pixels, and when each drawing was read."""

    url: str
    labels: dict[bytes, int] = field(default_factory=dict)
    read_at: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    seen_at: dict[str, float] = field(default_factory=dict)
    board_ms: list[float] = field(default_factory=list)
    act_ms: list[float] = field(default_factory=list)
    news: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def look_at_board(self) -> None:
        """Ask for the board again and again until it is over."""
        with httpx.Client(base_url=self.url, timeout=60) as http:
            while not self.is_over.wait(LOOK_SECONDS):
                began = time.perf_counter()
                http.get(f"/c/{SLUG}/board").raise_for_status()
                self.board_ms.append((time.perf_counter() - began) * 1000)

    def listen(self) -> None:
        """Hear what the wall is told."""
        path = f"/api/v1/competitions/{SLUG}/events"
        with (
            httpx.Client(base_url=self.url, timeout=600) as http,
            http.stream("GET", path) as events,
        ):
            for line in events.iter_lines():
                if line == "event: final":
                    self.news.set()

    def watch(self) -> None:
        """Look at the wall whenever it is told of something, as a projector does (`live.js`): once
        for all that it has heard meanwhile.
        """
        took = 0.0
        with httpx.Client(base_url=self.url, timeout=600) as http:
            while self.news.wait():
                time.sleep(min(max(SETTLE_SECONDS, took), MOST_SETTLE_SECONDS))
                self.news.clear()
                begun = time.perf_counter()
                self._look(http)
                took = time.perf_counter() - begun if self.news.is_set() else 0.0

    def _look(self, http: httpx.Client) -> None:
        page = http.get(f"/c/{SLUG}/tv/board").text
        for one in re.findall('id="drawn-([^"]+)"', page):
            self.seen_at.setdefault(one, time.perf_counter())

    def late_ms(self) -> list[float]:
        """From each second reading to the wall."""
        return [
            (seen - sorted(self.read_at[one])[1]) * 1000
            for one, seen in self.seen_at.items()
            if len(self.read_at[one]) > 1
        ]


class Person:
    """Somebody with a phone: draws in a hand of their own, reads what is offered."""

    def __init__(self, room: Room, number: int, pace: float) -> None:
        self.room = room
        self.pace = pace
        self.hand = Hand.of(number)
        self.random = random.Random(number)
        self.http = httpx.Client(base_url=f"{room.url}/api/v1", timeout=60)
        body = {"code": CODE, "name": f"Person {number:03}"}
        self.token = self.http.post("/join", json=body).raise_for_status().json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def submit(self, model: Any) -> None:
        """Send a model, before the final."""
        client = heldout.Client(self.room.url, self.token, progress=False)
        assert client.submit(model).status == "scored"

    def take_part(self) -> None:
        """Until nothing is left to draw, and nothing to be read."""
        idle = 0
        part = self._post("")
        while idle < 5:
            time.sleep(self.pace * (0.5 + self.random.random()))
            if part["step"] == "draw":
                part = self._draw(part)
            elif part["step"] == "read":
                part = self._read(part)
            else:
                time.sleep(0.3)
                part = self._post("")
                idle = idle + 1 if part["step"] == "wait" else 0

    def _draw(self, part: dict[str, Any]) -> dict[str, Any]:
        prompt = part["prompts"][0]["number"]
        drawn = self.hand.draws(prompt, self.random.randrange(1000))
        self.room.labels[rasterized(strokes.checked(drawn), Canvas()).tobytes()] = prompt
        return self._post("/drawings", {"prompt": prompt, "strokes": drawn, "consents": True})

    def _read(self, part: dict[str, Any]) -> dict[str, Any]:
        offer = part["offer"]
        png = base64.b64decode(offer["image"].partition(",")[2])
        said = self.room.labels[np.asarray(Image.open(io.BytesIO(png))).tobytes()]
        if self.random.random() < MISTAKE:
            said = self.random.randrange(10)
        self.room.read_at[offer["drawing"]].append(time.perf_counter())
        return self._post("/readings", {"drawing": offer["drawing"], "said": said})

    def _post(self, path: str, body: Any = None) -> dict[str, Any]:
        began = time.perf_counter()
        answer = self.http.post(f"/me/drawn-final{path}", json=body).raise_for_status()
        self.room.act_ms.append((time.perf_counter() - began) * 1000)
        return answer.json()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Organizer:
    """Leads the final of the server whose files are in `folder`, and whose rows in `database`."""

    url: str
    folder: Path
    database: str

    def do(self, method: str, path: str, body: Any) -> None:
        """One act."""
        token = re.search(r"ho_[\w-]+", (self.folder / "server.log").read_text())
        assert token is not None
        httpx.request(
            method, f"{self.url}/api/v1/admin/competitions/{SLUG}/drawn-final{path}", json=body,
            headers={"Authorization": f"Bearer {token[0]}"}, timeout=60,
        ).raise_for_status()  # fmt: skip

    def batch_seconds(self) -> float:
        """Have all models read a hundred drawings again, as if they had just begun to count."""
        engine = create_engine(self.database)
        with engine.begin() as rows:
            rows.execute(
                text(
                    "update drawing set read_as = null, read_at = null where id in"
                    " (select id from drawing where state = 'counted' limit :batch)"
                ),
                {"batch": BATCH},
            )
        engine.dispose()
        began = time.perf_counter()
        self.do("PUT", "/pause", {"paused": True})
        read_by_all(self.url)
        return time.perf_counter() - began


def wall(url: str) -> dict[str, Any]:
    """The final as everybody sees it."""
    found = httpx.get(f"{url}/api/v1/competitions/{SLUG}/drawn-final", timeout=60)
    return found.raise_for_status().json()  # type: ignore[no-any-return]


def models(number: int, digits: Digits, kept: Path) -> list[Any]:
    """So many models of three kinds, each trained from another seed."""
    return [trained(Recipe(KINDS[n % 3], 0.0, n), digits, kept) for n in range(number)]


def measure(people: int, finalists: int, kept: Path, pace: float, database: str) -> dict[str, Any]:
    """All figures of one final; `database` empty: SQLite."""
    digits = Digits.read()
    sent = models(finalists, digits, kept)
    mnist = Path(os.environ["HELDOUT_SHARED_DATA"]) / "mnist.npz"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # Bytecode lies beside the data, which is read only.
        (folder / "mnist.npz").symlink_to(mnist)
        # A room's people come from one address here.
        limits = {"HELDOUT_JOINS_PER_MINUTE": "100000", "HELDOUT_CONNECTIONS_PER_ADDRESS": "2000"}
        rows = database or f"sqlite:///{folder}/data/heldout.db"
        limits["HELDOUT_DATABASE_URL"] = rows
        url, _ = stack.enter_context(server(folder, folder / "mnist.npz", **limits))
        await_health(url)
        organizer = Organizer(url, folder, rows)
        room = Room(url)
        crowd = [Person(room, number, pace) for number in range(people)]
        for person, model in zip(crowd, sent, strict=False):
            person.submit(model)
        organizer.do("POST", "", {"finalists": finalists})
        organizer.do("PUT", "/phase", {"phase": "draw"})
        for looking in (room.listen, room.watch, room.look_at_board):
            threading.Thread(target=looking, daemon=True).start()
        began = time.perf_counter()
        with ThreadPoolExecutor(people) as together:
            list(together.map(Person.take_part, crowd))
        evening = time.perf_counter() - began
        room.is_over.set()
        found = read_by_all(url)
        batch = organizer.batch_seconds()
        late = room.late_ms()
        shares = [float(row["share"]) for row in sorted(found["rows"], key=lambda one: one["name"])]
        return {
            "people": people,
            "finalists": finalists,
            "drawn": found["drawn"],
            "counted": found["counted"],
            "disputed": found["disputed"],
            "evening_seconds": round(evening, 1),
            "wall_p50_ms": round(statistics.median(late)),
            "wall_p95_ms": round(statistics.quantiles(late, n=20)[-1]),
            "act_p50_ms": round(statistics.median(room.act_ms)),
            "act_p95_ms": round(statistics.quantiles(room.act_ms, n=20)[-1]),
            "board_p50_ms": round(statistics.median(room.board_ms)),
            "board_p95_ms": round(statistics.quantiles(room.board_ms, n=20)[-1]),
            "batch_seconds": round(batch, 2),
            "drawn_accuracy": [round(share, 3) for share in shares],
            "mnist_accuracy": [
                round(float((classes(m, digits.x_hidden) == digits.y_hidden).mean()), 4)
                for m in sent
            ],
        }


def read_by_all(url: str) -> dict[str, Any]:
    """The wall once every model has read everything that counts."""
    for _ in range(2400):
        found = wall(url)
        if is_complete(found):
            return found
        time.sleep(0.05)
    raise SystemExit("the models have not read everything after two minutes")


def is_complete(found: dict[str, Any]) -> bool:
    """Whether every model has read every drawing that counts."""
    return bool(sum(map(sum, found["confusion"])) == found["counted"] * len(found["rows"]))


def main() -> None:
    """Measure, print a table, and with `--json` one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=25)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--pace", type=float, default=0, metavar="SECONDS",
                        help="what people take for a drawing or a reading; 0: none")  # fmt: skip
    parser.add_argument("--kept", type=Path, help="a folder that keeps trained models")
    parser.add_argument("--database", default="", help="an empty one; SQLite without it")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = given.kept or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        figures = measure(given.people, given.models, kept, given.pace, given.database)
    for name, value in figures.items():
        print(f"{name:18} {value}   {LIMITS.get(name, '')}")
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
