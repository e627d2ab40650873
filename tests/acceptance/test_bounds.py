"""A stranger with a socket, at the server that people start."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from acceptance.conftest import RunningServer
from bounded_server import answered, connect, pour
from conftest import CODE

pytestmark = pytest.mark.acceptance

MEBIBYTE = 1024 * 1024


def test_headers_without_end_never_reach_memory(server: RunningServer) -> None:
    here = urlsplit(server.url)
    with connect((here.hostname, here.port)) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        assert pour(caller, b"x" * MEBIBYTE, 300 * MEBIBYTE) < 16 * MEBIBYTE
    assert httpx.get(f"{server.url}/health").status_code == 200


def test_half_requests_are_ended(server: RunningServer) -> None:
    here = urlsplit(server.url)
    callers = [connect((here.hostname, here.port)) for _ in range(200)]
    for caller in callers:
        caller.sendall(b"GET / HTTP/1.1\r\nX-Half: ")
    for caller in callers:
        caller.settimeout(60)
        assert answered(caller).startswith(b"HTTP/1.1 408 ")
        caller.close()


def test_wrong_codes_leave_right_ones_alone(server: RunningServer) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as api:

        def join(code: str, name: str) -> int:
            return api.post("/api/v1/join", json={"code": code, "name": name}).status_code

        with ThreadPoolExecutor(20) as pool:
            wrong = set(pool.map(lambda n: join(f"guess{n}", "Eve"), range(80)))
            assert wrong <= {403, 429}
            right = list(pool.map(lambda n: join(CODE, f"Right {n}"), range(20)))
        assert right == [201] * 20


def test_counters_are_not_for_everybody(server: RunningServer) -> None:
    assert httpx.get(f"{server.url}/metrics").status_code == 404
