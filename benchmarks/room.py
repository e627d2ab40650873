"""The room's speed: cached pages, streams, and what a browser must load.

    python benchmarks/room.py [--streams 1000] [--watchers 300] [--json]

Against one real server process with 40 participants and 300 submissions:

- **cached**: requests a second of the board with its page cached, and rendered anew each time
  (each request under another `limit`, which no cache has), interleaved, one connection;
- **fan-out**: from the event's commit to its arrival in every one of `--watchers` open streams
  (the event's own time is taken before the commit, so the figure is a little too large); and the
  same with two web processes and a grader on PostgreSQL, half of the streams on each;
- **idle**: how much the process grows by each of `--streams` open streams, after a hundred;
- **browser**: paints, layout shift, blocking time and bytes of the board's cold load, in Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
from support.cluster import CODE, fresh, scaled, slug_of

import heldout

RUNS, SCORES = 60, 20
LIMITS = {"ratio_cached": 5.0, "fanout_p95_ms": 250.0,
          "fanout_two_webs_p95_ms": 250.0, "stream_kib": 12.0, "fcp_ms": 1000.0,
          "transfer_kb": 250.0}  # fmt: skip


def main() -> None:
    """Measure and print; `--json`: one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--watchers", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), arguments.streams, arguments.watchers)
    figures["within_limits"] = all(
        figures[name] >= limit if name.startswith("ratio") else figures[name] <= limit
        for name, limit in LIMITS.items()
        if name in figures
    )
    for name, value in figures.items():
        print(f"{name:24} {value}")
    if arguments.json:
        print(json.dumps(figures))


def measure(folder: Path, streams: int, watchers: int) -> dict[str, Any]:
    """All figures of one server."""
    data = folder / "busy"
    event = Path(__file__).parents[1] / "examples" / "busy_event.py"
    subprocess.run([sys.executable, str(event), str(data)], check=True, stdout=subprocess.DEVNULL)
    process, board = serve(data)
    try:
        figures = cached(board)
        figures |= browser(board)
        times = partial(sqlite_times, data)
        figures |= asyncio.run(fan_out([board], watchers, folder, times, "fanout"))
        figures |= asyncio.run(idle(board, process.pid, streams))
    finally:
        process.terminate()
        process.wait(20)
    return figures | replicated(fresh(folder / "replicas"), watchers)


def replicated(folder: Path, watchers: int) -> dict[str, Any]:
    """The fan-out over two web processes on PostgreSQL."""
    cluster = scaled(folder, webs=2, graders=1, scorers=0)
    try:
        cluster.start_all()
        slug = slug_of(cluster)
        boards = [f"http://127.0.0.1:{web.port}/c/{slug}" for web in cluster.webs]
        times = partial(postgresql_times, cluster.database_url)
        return asyncio.run(fan_out(boards, watchers, folder, times, "fanout_two_webs"))
    finally:
        cluster.stop()


def serve(data: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The server on a free port, and the board's address."""
    environment = {
        **os.environ, "HELDOUT_DATA": str(data), "HELDOUT_HOST": "127.0.0.1",
        "HELDOUT_MODEL_WORKERS": "0", "HELDOUT_JOIN_CODE": CODE, "PYTHONUNBUFFERED": "1",
        "HELDOUT_ATTEMPTS_PER_MINUTE": "100000",
        "HELDOUT_STREAMS_PER_ADDRESS": "0",
    }  # fmt: skip
    log = data.with_suffix(".log")
    command = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", "0"]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    for _ in range(300):
        found = re.search(r"http://localhost:(\d+)/c/(\w+)", log.read_text())
        if found and answers(board := f"http://127.0.0.1:{found[1]}/c/{found[2]}"):
            return process, board
        time.sleep(0.1)
    raise SystemExit(log.read_text())


def answers(board: str) -> bool:
    """Whether the server listens by now: it prints its address a moment before."""
    try:
        return httpx.get(board).status_code == 200
    except httpx.TransportError:
        return False


def cached(board: str) -> dict[str, Any]:
    """Medians of interleaved requests on one connection."""
    with httpx.Client(headers={"Accept-Encoding": "gzip"}) as client:
        tag = client.get(board).headers["ETag"]

        def timed(address: str, **headers: str) -> float:
            started = time.perf_counter()
            client.get(address, headers=headers)
            return (time.perf_counter() - started) * 1000

        hot, anew, unchanged = [], [], []
        for number in range(RUNS):
            hot.append(timed(board))
            anew.append(timed(f"{board}?limit={100 + number}"))
            unchanged.append(timed(board, **{"If-None-Match": tag}))
    rendered, kept = statistics.median(anew), statistics.median(hot)
    return {
        "cached_ms": round(kept, 2),
        "rendered_ms": round(rendered, 2),
        "not_modified_ms": round(statistics.median(unchanged), 2),
        "ratio_cached": round(rendered / kept, 1),
    }


async def open_stream(board: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """One raw connection to the event stream, its headers read."""
    host, _, slug = board.removeprefix("http://").partition("/c/")
    name, port = host.split(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    path = f"/api/v1/competitions/{slug}/events"
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n"
    writer.write(head.encode())
    await reader.readuntil(b"event: hello")
    return reader, writer


async def fan_out(
    boards: list[str],
    watchers: int,
    folder: Path,
    times: Callable[[], dict[int, datetime]],
    name: str,
) -> dict[str, Any]:
    """Scores come one after another; each must reach every stream."""
    streams = [await open_stream(boards[n % len(boards)]) for n in range(watchers)]
    arrivals: dict[int, list[float]] = {}
    listening = [asyncio.create_task(listen(reader, arrivals)) for reader, _ in streams]
    # In a process of its own, as participants are: in this one it would hold up the arrivals.
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(elsewhere, send_scores, boards[0], folder)
    await asyncio.sleep(2)
    for task in listening:
        task.cancel()
    for _, writer in streams:
        writer.close()
    delays = sorted(1000 * d for d in since_commit(times(), arrivals, watchers))
    return {
        f"{name}_watchers": watchers,
        f"{name}_p50_ms": round(statistics.median(delays), 1),
        f"{name}_p95_ms": round(delays[int(0.95 * len(delays))], 1),
        f"{name}_arrivals": len(delays),
    }


BOARD = re.compile(rb"event: board\ndata: .*\nid: (\d+)\n")


async def listen(reader: asyncio.StreamReader, arrivals: dict[int, list[float]]) -> None:
    """Note when each board event came, with as little work as possible: it is in the figure."""
    kept = b""
    while received := await reader.read(65536):
        kept += received
        for found in BOARD.finditer(kept):
            arrivals.setdefault(int(found[1]), []).append(time.time())
        kept = kept[kept.rfind(b"\n\n") + 2 :] if b"\n\n" in kept else kept


def send_scores(board: str, folder: Path) -> None:
    """Twenty prediction files, a moment apart."""
    os.environ["HELDOUT_CONFIG"] = str(folder / "login.json")
    rng = np.random.default_rng(0)
    server = board.split("/c/")[0]
    with heldout.join(server, code=CODE, name="Bench", progress=False) as client:
        examples = len(client.test_images())
        for _ in range(SCORES):
            client.submit(rng.integers(0, 10, examples))
            time.sleep(0.1)


def sqlite_times(data: Path) -> dict[int, datetime]:
    """When each event was made, by its id."""
    connection = sqlite3.connect(data / "heldout.db")
    rows = connection.execute("select id, created_at from event").fetchall()
    connection.close()
    return {number: datetime.fromisoformat(at).replace(tzinfo=UTC) for number, at in rows}


def postgresql_times(url: str) -> dict[int, datetime]:
    """When each event was made, by its id."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute("select id, created_at from event").fetchall())


def since_commit(
    made: dict[int, datetime], arrivals: dict[int, list[float]], watchers: int
) -> list[float]:
    """Seconds from the event's own time to each arrival; an event that missed somebody is fatal."""
    delays = []
    for number, times in arrivals.items():
        if len(times) != watchers:
            raise SystemExit(f"event {number} reached {len(times)} of {watchers} streams")
        delays += [arrived - made[number].timestamp() for arrived in times]
    return delays


async def idle(board: str, pid: int, streams: int) -> dict[str, Any]:
    """Memory before and with all streams open."""
    opened = [await open_stream(board) for _ in range(100)]
    before = resident_mb(pid)
    opened += [await open_stream(board) for _ in range(streams)]
    await asyncio.sleep(3)
    grown = resident_mb(pid) - before
    for _, writer in opened:
        writer.close()
    return {"streams": streams, "stream_kib": round(grown * 1000 / streams, 1)}


def resident_mb(pid: int) -> float:
    """Resident memory of the process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


def browser(board: str) -> dict[str, Any]:
    """What a cold load costs, each time in a new browser context: medians; nothing without one."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        loads = [load(started, board) for _ in range(5)]
        started.close()
    return {name: round(statistics.median(one[name] for one in loads), 3) for name in loads[0]}


SEEN = """() => new Promise((resolve) => {
  const found = { fcp_ms: 0, lcp_ms: 0, layout_shift: 0, blocking_ms: 0 };
  const watch = (type, add) => new PerformanceObserver((list) => list.getEntries().forEach(add))
    .observe({ type, buffered: true });
  watch("paint", (one) => {
    if (one.name === "first-contentful-paint") found.fcp_ms = one.startTime;
  });
  watch("largest-contentful-paint", (one) => { found.lcp_ms = one.startTime; });
  watch("layout-shift", (one) => { if (!one.hadRecentInput) found.layout_shift += one.value; });
  watch("longtask", (one) => { found.blocking_ms += one.duration - 50; });
  setTimeout(() => resolve(found), 300);
})"""


def load(started: Any, board: str) -> dict[str, float]:
    """One cold load: paints, layout shift, long tasks beyond 50 ms each, kB over the wire."""
    context = started.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received = [0.0]
    session.on(
        "Network.loadingFinished",
        lambda event: received.append(float(event["encodedDataLength"])),
    )
    page.goto(board)
    page.wait_for_timeout(1500)
    found = page.evaluate(SEEN)
    context.close()
    return {**found, "transfer_kb": sum(received) / 1000}


if __name__ == "__main__":
    main()
