"""Overfit a leaderboard: many small changes, keep what the public score likes, look at the private.

    python examples/overfit_the_leaderboard.py

Starts a server of its own on a fresh folder, with the 1,797 digits inside scikit-learn, and stops
it at the end; `--keep` leaves it running, so that the pages can be looked at. One participant sends
a plain model's answers, with a coin tossed where it is in doubt; then 99 files that each toss a few
of the best file's coins over. Nothing is learned from any image: what rises is luck, picked by its
public score. Then the organizer reveals the private scores, and both are printed and drawn.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from numpy.typing import NDArray

CODE = "LUCK-2026"
START_SECONDS = 120
DOUBTFUL = 0.3
"""Share of the answers that are ever changed: those where a second class is nearest by."""
CHANGED = 6
"""Answers changed in each file."""
HEIGHT, WIDTH = 14, 64


@dataclass(frozen=True)
class Guess:
    """A plain model's answers, each example's second choice, and which examples are doubtful."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    doubtful: NDArray[np.int64]


@dataclass(frozen=True)
class Try:
    """One file's two scores, as shares of right answers."""

    public: float
    private: float


def main() -> int:
    """Run the experiment; the exit code is 0 when every file was scored."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        # Before the client is imported: this must not replace anybody's login.
        os.environ["HELDOUT_CONFIG"] = str(Path(folder) / "login.json")
        with _server(Path(folder), arguments.port) as server:
            url, token = server
            tries = experiment(url, token, arguments.files, arguments.seed)
            print(report(tries))
            print(f"\nThe page that explains it: {url}/c/digits/gap")
            if arguments.keep:
                input("The server runs on; Enter stops it. ")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=100, help="how many to send")
    parser.add_argument("--port", type=int, default=8017)
    parser.add_argument("--seed", type=int, default=0, help="of the changes")
    parser.add_argument("--keep", action="store_true", help="leave the server running")
    return parser.parse_args()


@contextmanager
def _server(folder: Path, port: int) -> Iterator[tuple[str, str]]:
    """A real server on a fresh folder: its address and the organizer's token."""
    command = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", str(port)]
    settings = {
        "HELDOUT_DATA": str(folder / "data"), "HELDOUT_JOIN_CODE": CODE,
        "HELDOUT_HOST": "127.0.0.1", "HELDOUT_DOWNLOAD": "false", "HELDOUT_MODEL_WORKERS": "0",
        "HELDOUT_QUOTA_PER_DAY": "0", "HELDOUT_ATTEMPTS_PER_MINUTE": "10000",
        "PYTHONUNBUFFERED": "1", "KERAS_HOME": str(folder),
    }  # fmt: skip
    log = folder / "server.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            command, env={**_clean_environment(), **settings}, stdout=said, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await_health(url, process, log)
        found = re.search(r"\bho_[\w-]+", log.read_text())
        if found is None:
            raise SystemExit("The server told no organizer token.")
        yield url, found.group()
    finally:
        process.terminate()
        process.wait(20)


def _clean_environment() -> dict[str, str]:
    """Without the settings of another server, such as its database."""
    return {name: each for name, each in os.environ.items() if not name.startswith("HELDOUT_")}


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"The server ended by itself:\n{log.read_text()}")
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health").status_code == 200:
                return
        time.sleep(0.2)
    raise SystemExit(f"The server didn't come up within {START_SECONDS} s.")


def experiment(url: str, token: str, files: int, seed: int) -> list[Try]:
    """Send the files, reveal, and give both scores of each in the order that they were sent."""
    import heldout

    client = heldout.join(url, code=CODE, name="Lucky", progress=False)
    sent = _climb(client, files, np.random.default_rng(seed))
    _reveal(url, token, client.competition().slug)
    found = (client.submission(one).raw for one in sent)
    return [Try(one["score"], one["private_score"]) for one in found]


def _climb(client: Any, files: int, generator: np.random.Generator) -> list[str]:
    """Keep whatever the public score likes, and change that again; the ids of what was sent."""
    guess = plain_guess(client)
    answers, best, ids = tossed(guess, generator), -1.0, []
    for number in range(files):
        tried = changed(answers, guess, generator) if number else answers
        done = client.submit(tried.astype(np.uint8), name=f"file {number + 1}")
        ids.append(done.id)
        if done.score > best:
            answers, best = tried, done.score
    return ids


def plain_guess(client: Any) -> Guess:
    """The class whose mean image is nearest, and the second nearest."""
    (images, labels), _ = client.training_data()
    hidden = client.test_images()
    flat = images.reshape(len(images), -1) / 255.0
    means = np.stack([flat[labels == each].mean(axis=0) for each in range(10)])
    apart = np.linalg.norm(hidden.reshape(len(hidden), 1, -1) / 255.0 - means, axis=2)
    order = np.argsort(apart, axis=1)
    near = np.take_along_axis(apart, order, axis=1)
    doubt = np.argsort(near[:, 1] - near[:, 0])
    return Guess(order[:, 0], order[:, 1], doubt[: int(len(doubt) * DOUBTFUL)])


def tossed(guess: Guess, generator: np.random.Generator) -> NDArray[np.int64]:
    """The model's answers, with a coin tossed between the two choices where it is in doubt."""
    answers = guess.first.copy()
    at = guess.doubtful[generator.random(len(guess.doubtful)) < 0.5]
    answers[at] = guess.second[at]
    return answers


def changed(
    answers: NDArray[np.int64], guess: Guess, generator: np.random.Generator
) -> NDArray[np.int64]:
    """The answers with a few doubtful ones turned to their other choice."""
    tried = answers.copy()
    at = generator.choice(guess.doubtful, CHANGED, replace=False)
    tried[at] = np.where(tried[at] == guess.first[at], guess.second[at], guess.first[at])
    return tried


def _reveal(url: str, token: str, slug: str) -> None:
    for act in ("pause", "reveal"):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
        address = f"{url}/api/v1/admin/competitions/{slug}/{act}"
        httpx.post(address, headers=headers, json={}).raise_for_status()


def report(tries: list[Try]) -> str:
    """What happened, in a table, a plot and a sentence."""
    leaders = list(accumulate(tries, lambda best, one: one if one.public > best.public else best))
    first, last = leaders[0], leaders[-1]
    rows = sorted({1, 2, 5, 10, 20, 50, 100, len(tries)} & set(range(1, len(tries) + 1)))
    lines = ["files   best public   its private"]
    lines += [
        f"{row:5}   {leaders[row - 1].public:11.2%}   {leaders[row - 1].private:11.2%}"
        for row in rows
    ]
    rise, kept = (last.public - first.public) * 100, (last.private - first.private) * 100
    return "\n".join([
        *lines, "", *plot(leaders), "",
        f"By picking the best of {len(tries)} files the public score rose by {rise:.2f} points;",
        f"the private score of the same file changed by {kept:+.2f}.",
    ])  # fmt: skip


def plot(leaders: list[Try]) -> list[str]:
    """Best public (●) and its private score (○) against files sent, in characters."""
    values = [value for one in leaders for value in (one.public, one.private)]
    low, high = min(values), max(values)
    canvas = [[" "] * WIDTH for _ in range(HEIGHT)]
    for column in range(WIDTH):
        one = leaders[column * (len(leaders) - 1) // (WIDTH - 1)]
        for mark, value in (("○", one.private), ("●", one.public)):
            share = (value - low) / (high - low) if high > low else 0.5
            canvas[HEIGHT - 1 - round(share * (HEIGHT - 1))][column] = mark
    ends = {0: f"{high:.1%}", HEIGHT - 1: f"{low:.1%}"}
    lines = [f"{ends.get(row, ''):>6} │{''.join(line)}" for row, line in enumerate(canvas)]
    return [*lines, f"{'':6} └{'─' * WIDTH}", f"{'':8}files sent; ● best public  ○ its private"]


if __name__ == "__main__":
    raise SystemExit(main())
