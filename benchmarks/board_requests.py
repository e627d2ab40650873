"""Requests for the board as its page and as JSON: how many a second, and how late the latest.

    python benchmarks/board_requests.py [--seconds 20] [--streams 0] [--json]

Against one real server process with 40 participants and 300 submissions, gzip asked for:

- **requests a second** of the page and of the leaderboard's JSON in turns, eight connections;
- **p95** of both while 40 requests a second come, each on a connection of its own, and another
  process sends a prediction file a second, which changes the board, and `--streams` boards are open
  that hear of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from room import serve
from support.cluster import CODE

import heldout

CONNECTIONS, TURNS = 8, 3
A_SECOND = 40
LIMITS = {"board_json_to_page": "≥ 0.8", "page_p95_ms": "≤ 8", "json_p95_ms": "≤ 8"}


def main() -> None:
    """Measure, print a table, and with `--json` one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--streams", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), given.seconds, given.streams)
    for name, value in figures.items():
        print(f"{name:24} {value:>8}   {LIMITS.get(name, '')}")
    if given.json:
        print(json.dumps(figures))


def measure(folder: Path, seconds: float, streams: int) -> dict[str, Any]:
    """All figures of one server."""
    data = folder / "busy"
    event = Path(__file__).parents[1] / "examples" / "busy_event.py"
    subprocess.run([sys.executable, str(event), str(data)], check=True, stdout=subprocess.DEVNULL)
    process, board = serve(data)
    try:
        return asyncio.run(both(board, folder, seconds, streams))
    finally:
        process.terminate()
        process.wait(20)


async def both(board: str, folder: Path, seconds: float, streams: int) -> dict[str, Any]:
    """Requests a second without news, then how late answers are with news."""
    slug = board.rpartition("/")[2]
    places = {"page": f"/c/{slug}", "json": f"/api/v1/competitions/{slug}/leaderboard"}
    server = urlsplit(board).netloc
    rates: dict[str, list[float]] = {name: [] for name in places}
    for _ in range(TURNS):
        for name, path in places.items():
            rates[name].append(await requests_a_second(server, path, seconds / 4))
    page, as_json = (statistics.median(rates[name]) for name in places)
    events = f"/api/v1/competitions/{slug}/events"
    opened = [await open_stream(server, events) for _ in range(streams)]
    listening = [asyncio.create_task(drain(reader)) for reader, _ in opened]
    late = await under_news(server, places, board, folder, seconds)
    if any(one.done() for one in listening):
        raise SystemExit("a stream has ended")
    return {
        "streams": streams,
        "page_per_second": round(page),
        "json_per_second": round(as_json),
        "board_json_to_page": round(as_json / page, 2),
        **{f"{name}_p50_ms": round(float(np.median(times)), 1) for name, times in late.items()},
        **{f"{name}_p95_ms": round(float(np.quantile(times, 0.95)), 1)
           for name, times in late.items()},
    }  # fmt: skip


async def requests_a_second(server: str, path: str, seconds: float) -> float:
    """Answers a second over connections that stay open."""
    end = time.perf_counter() + seconds

    async def asking() -> int:
        reader, writer = await asyncio.open_connection(*server.split(":"))
        answered = 0
        while time.perf_counter() < end:
            await ask(reader, writer, server, path)
            answered += 1
        writer.close()
        return answered

    return sum(await asyncio.gather(*(asking() for _ in range(CONNECTIONS)))) / seconds


async def under_news(
    server: str, places: dict[str, str], board: str, folder: Path, seconds: float
) -> dict[str, list[float]]:
    """Milliseconds of each answer, by what was asked for, while scores arrive."""
    late: dict[str, list[float]] = {name: [] for name in places}

    async def asking(name: str) -> None:
        started = time.perf_counter()
        reader, writer = await asyncio.open_connection(*server.split(":"))
        await ask(reader, writer, server, places[name])
        late[name].append((time.perf_counter() - started) * 1000)
        writer.close()

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        sending = pool.submit(a_score_a_second, board, folder, seconds)
        await asyncio.sleep(3)  # the other process imports and joins
        begun, names, asked = time.perf_counter(), list(places), []
        for number in range(int(A_SECOND * (seconds - 3))):
            await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.perf_counter()))
            asked.append(asyncio.create_task(asking(names[number % len(names)])))
        await asyncio.gather(*asked)
        await asyncio.wrap_future(sending)
    return late


async def open_stream(server: str, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An open board. Raises SystemExit for another answer than 200."""
    reader, writer = await asyncio.open_connection(*server.split(":"))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.splitlines()[0]:
        raise SystemExit(head.decode())
    return reader, writer


async def drain(reader: asyncio.StreamReader) -> None:
    """Read to the end, with as little work for this process as possible."""
    while await reader.read(65536):
        pass


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: str, path: str
) -> None:
    """One answer, read to its end. Raises SystemExit for another one than 200."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.splitlines()[0]:
        raise SystemExit(head.decode())
    length = next(line for line in head.splitlines() if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))


def a_score_a_second(board: str, folder: Path, seconds: float) -> None:
    """One prediction file a second, none like another."""
    os.environ["HELDOUT_CONFIG"] = str(folder / "login.json")
    rng = np.random.default_rng(0)
    end = time.monotonic() + seconds
    with heldout.join(board.split("/c/")[0], code=CODE, name="Bench", progress=False) as client:
        examples = len(client.test_images())
        while time.monotonic() < end:
            client.submit(rng.integers(0, 10, examples))
            time.sleep(1)


if __name__ == "__main__":
    main()
