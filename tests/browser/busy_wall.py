"""A busy event before the projector, and how much of what the room looks at shifts meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import uuid4

import numpy as np
from playwright.sync_api import Page

import heldout
from conftest import CODE

WATCH = """() => {
    window.shifts = [];
    const seen = (list) => {
        for (const one of list.getEntries()) {
            const what = one.sources.map((s) => s.node?.id || s.node?.className);
            window.shifts.push([one.value, what.join(" ")]);
        }
    };
    new PerformanceObserver(seen).observe({type: "layout-shift", buffered: false});
}"""


class BusyRoom:
    """People who join and send one try after another, each usually a little better."""

    def __init__(self, url: str, examples: int, seed: int = 7) -> None:
        self.url, self.examples = url, examples
        self.rng = np.random.default_rng(seed)
        self.people: list[heldout.Client] = []
        self.sent = 0

    def somebody_sends(self) -> None:
        """A newcomer as often as not, until thirty are there."""
        if not self.people or (len(self.people) < 30 and self.rng.random() < 0.5):
            name = f"Busy {uuid4().hex[:6]} {'of a long name' * int(self.rng.integers(0, 3))}"
            self.people.append(heldout.join(self.url, code=CODE, name=name, progress=False))
        client = self.people[int(self.rng.integers(0, len(self.people)))]
        try:
            client.submit(self.rng.integers(0, 10, self.examples))
        except heldout.CompetitionPaused:
            return
        self.sent += 1

    def leave(self) -> None:
        """Close every connection."""
        for client in self.people:
            client.close()


def shift_of(page: Page, room: BusyRoom, seconds: float, acts: list[Callable[[], None]]) -> float:
    """The sum of all layout shifts while the room is busy; `acts` are spread over that time."""
    page.evaluate(WATCH)
    begin = time.monotonic()
    over = threading.Event()
    sending = threading.Thread(target=_send, args=(room, over))
    sending.start()
    for number, act in enumerate(acts, 1):
        _until(page, begin + seconds * number / (len(acts) + 1))
        act()
    _until(page, begin + seconds)
    over.set()
    sending.join()
    return float(sum(value for value, _ in page.evaluate("window.shifts")))


def _send(room: BusyRoom, over: threading.Event) -> None:
    while not over.is_set():
        room.somebody_sends()
        over.wait(1.5)


def _until(page: Page, moment: float) -> None:
    page.wait_for_timeout(max(0.0, 1000 * (moment - time.monotonic())))
