"""A full room over loopback: 300 open boards, 60 who submit at the same moment, again and again.

    python benchmarks/load.py [--seconds 60] [--streams 300] [--submits 60] [--setup all] [--json]

For `serve` on SQLite and for roles on PostgreSQL with one web process and with two: seconds from
`submit` until the score is known to who submitted, and until every open board has heard of it;
the board's own answer time meanwhile; errors; and the web processes' memory from start to end.
The client, the server and the database share this machine, so the figures are pessimistic.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from support.cluster import CODE, Cluster, fresh, scaled, single, slug_of
from support.submitting import npy

ROUND_SECONDS = 10.0
BOARDS_A_SECOND = 5
SETUPS = ("sqlite", "postgresql-1-web", "postgresql-2-web")
SUBMISSION = re.compile(rb'"submission_id": ?"([^"]+)"')


@dataclass
class Measured:
    """What was seen; times are of one monotonic clock."""

    begun: dict[str, float] = field(default_factory=dict)
    scored: dict[str, float] = field(default_factory=dict)
    heard: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    boards: list[float] = field(default_factory=list)
    boards_in_a_burst: list[float] = field(default_factory=list)
    submitting: int = 0
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    open_streams: int = 0
    longest_stall: float = 0.0
    newest: dict[int, int] = field(default_factory=dict)
    """By the port of the web process: browsers ask where they listen."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--submits", type=int, default=60)
    parser.add_argument("--setup", choices=[*SETUPS, "all"], default="all")
    parser.add_argument("--json", action="store_true", help="figures only")
    given = parser.parse_args()
    failed = 0
    for setup in SETUPS if given.setup == "all" else [given.setup]:
        with tempfile.TemporaryDirectory() as folder:
            cluster = _cluster(setup, fresh(Path(folder) / "cluster"))
            try:
                cluster.start_all()
                figures = asyncio.run(load(cluster, given))
            finally:
                cluster.stop()
        shown = {"setup": setup, **figures}
        print(json.dumps(shown, indent=None if given.json else 2), flush=True)
        failed += figures["errors"]
    return 1 if failed else 0


def _cluster(setup: str, home: Path) -> Cluster:
    if setup == "sqlite":
        return single(home, HELDOUT_MODEL_WORKERS="0")
    return scaled(home, webs=2 if setup.endswith("2-web") else 1, graders=1, scorers=0)


async def load(cluster: Cluster, given: argparse.Namespace) -> dict[str, Any]:
    """One setup under load; the figures."""
    slug, seen = slug_of(cluster), Measured()
    addresses = [f"http://127.0.0.1:{web.port}" for web in cluster.webs]
    limits = httpx.Limits(max_connections=given.submits + 20)
    async with httpx.AsyncClient(timeout=60, limits=limits) as client:
        shown = (await client.get(f"{addresses[0]}/api/v1/competitions/{slug}")).json()
        tokens = [await _join(client, addresses[0], n) for n in range(given.submits)]
        ports = [web.port or 0 for web in cluster.webs]
        streams = [
            asyncio.create_task(_stream(ports[n % len(ports)], slug, seen))
            for n in range(given.streams)
        ]
        while seen.open_streams < given.streams:
            await asyncio.sleep(0.1)
        seen.memory.append(_memory_mb(cluster))
        ticking = asyncio.create_task(_tick(seen))
        watching = asyncio.create_task(_watch_boards(client, ports, slug, seen))
        examples = shown["dataset"]["test_examples"]
        await _rounds(client, addresses, tokens, examples, seen, cluster, given)
        watching.cancel()
        ticking.cancel()
        for stream in streams:
            stream.cancel()
        await asyncio.gather(watching, *streams, return_exceptions=True)
    return _figures(seen, given)


async def _rounds(
    client: httpx.AsyncClient,
    addresses: list[str],
    tokens: list[str],
    examples: int,
    seen: Measured,
    cluster: Cluster,
    given: argparse.Namespace,
) -> None:
    values = np.random.default_rng(1)
    ends = time.monotonic() + given.seconds
    while time.monotonic() < ends:
        began = time.monotonic()
        contents = [npy(values.integers(0, 10, examples).astype(np.uint8)) for _ in tokens]
        await asyncio.gather(
            *(
                _submit(client, addresses[n % len(addresses)], token, content, seen)
                for n, (token, content) in enumerate(zip(tokens, contents, strict=True))
            )
        )
        seen.memory.append(_memory_mb(cluster))
        await asyncio.sleep(max(1.0, ROUND_SECONDS - (time.monotonic() - began)))


async def _join(client: httpx.AsyncClient, address: str, number: int) -> str:
    answer = await client.post(f"{address}/api/v1/join", json={"code": CODE, "name": f"L{number}"})
    return str(answer.json()["token"])


async def _submit(
    client: httpx.AsyncClient, address: str, token: str, content: bytes, seen: Measured
) -> None:
    """Open, send and wait, as the client library does."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    body = {"kind": "predictions", "filename": "p.npy", "size_bytes": len(content)}
    began = time.monotonic()
    seen.submitting += 1
    try:
        opened = await client.post(f"{address}/api/v1/submissions", headers=headers, json=body)
        opened.raise_for_status()
        found = opened.json()["id"]
        seen.begun[found] = began
        path = f"{address}/api/v1/submissions/{found}"
        (await client.put(f"{path}/file", headers=headers, content=content)).raise_for_status()
        state = ""
        while state != "scored":
            shown = await client.get(path, headers=headers, params={"wait": 20})
            shown.raise_for_status()
            state = shown.json()["state"]
            if state in {"rejected", "error"}:
                raise RuntimeError(state)
        seen.scored[found] = time.monotonic()
    except Exception as error:
        seen.errors.append(f"{type(error).__name__}: {error}"[:200])
    finally:
        seen.submitting -= 1


async def _stream(port: int, slug: str, seen: Measured) -> None:
    """One open board, as little work for the client as possible."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = f"/api/v1/competitions/{slug}/events"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    try:
        async for line in reader:
            if b"hello" in line:
                seen.open_streams += 1
            found = SUBMISSION.search(line)
            if found:
                seen.heard[found[1].decode()].append(time.monotonic())
                # After the data of a board event comes its id.
                seen.newest[port] = int((await reader.readline()).removeprefix(b"id: "))
        seen.errors.append("a stream ended")
    finally:
        writer.close()


async def _watch_boards(
    client: httpx.AsyncClient, ports: list[int], slug: str, seen: Measured
) -> None:
    """The fragment that a browser fetches when it hears of a score, asked for as it does."""
    while True:
        for port in ports:
            began = time.monotonic()
            headers = {"Heldout-After": str(seen.newest.get(port, 0))}
            address = f"http://127.0.0.1:{port}/c/{slug}/board"
            answer = await client.get(address, headers=headers)
            seconds = time.monotonic() - began
            seen.boards.append(seconds)
            if seen.submitting:
                seen.boards_in_a_burst.append(seconds)
            if answer.status_code != 200:
                seen.errors.append(f"board: {answer.status_code}")
        await asyncio.sleep(1 / BOARDS_A_SECOND)


async def _tick(seen: Measured) -> None:
    """How long this client itself stood still: such seconds are in every figure."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.1)
        seen.longest_stall = max(seen.longest_stall, time.monotonic() - began - 0.1)


def _memory_mb(cluster: Cluster) -> float:
    pages = 0
    for web in cluster.webs:
        pages += int(Path(f"/proc/{web.pid}/statm").read_text().split()[1])
    return round(pages * 4096 / 1e6, 1)


def _figures(seen: Measured, given: argparse.Namespace) -> dict[str, Any]:
    scored = [end - seen.begun[found] for found, end in seen.scored.items()]
    everywhere = [
        max(times) - seen.begun[found]
        for found, times in seen.heard.items()
        if found in seen.begun and len(times) == given.streams
    ]
    for problem in seen.errors[:5]:
        print(problem, file=sys.stderr)
    return {
        "streams": given.streams,
        "submits_at_once": given.submits,
        "submissions": len(seen.begun),
        "errors": len(seen.errors),
        "longest_stall_of_the_client_seconds": round(seen.longest_stall, 2),
        "submit_to_scored_seconds": _quantiles(scored),
        "submit_to_visible_on_every_board_seconds": _quantiles(everywhere),
        "heard_by_every_board": len(everywhere),
        "board_seconds": _quantiles(seen.boards),
        "board_seconds_while_some_submit": _quantiles(seen.boards_in_a_burst),
        "web_memory_mb": {"first": seen.memory[0], "last": seen.memory[-1], "all": seen.memory},
    }


def _quantiles(times: list[float]) -> dict[str, float]:
    if len(times) < 2:
        return {}
    cuts = statistics.quantiles(times, n=100)
    return {f"p{q}": round(cuts[q - 1], 3) for q in (50, 95, 99)}


if __name__ == "__main__":
    raise SystemExit(main())
