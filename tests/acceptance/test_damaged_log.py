"""A kill and a damaged database log: what acknowledged submissions it cost is said."""

from __future__ import annotations

import signal
import struct
from pathlib import Path

import httpx
import numpy as np
import pytest

from acceptance.conftest import start_server
from acceptance.test_keeping import run
from participant import Participant, npy

pytestmark = pytest.mark.acceptance

HEADER, FRAME_HEADER = 32, 24
SUBMISSIONS = 8


def test_what_a_damaged_log_cost_is_said(tmp_path: Path) -> None:
    first = start_server(tmp_path / "data", HELDOUT_MODEL_WORKERS="0")
    with httpx.Client(base_url=first.url, timeout=60) as api:
        shown = httpx.get(f"{first.url}/api/v1/competitions/{first.slug}").json()
        rows = shown["dataset"]["test_examples"]
        ada = Participant.join(api, "Ada")
        sent = [ada.submit(npy(np.full(rows, number)))["id"] for number in range(SUBMISSIONS)]
        token = ada.headers
    first.stop(signal.SIGKILL)
    damage(first.data / "heldout.db-wal")

    second = start_server(first.data, HELDOUT_MODEL_WORKERS="0")
    try:
        answers = [
            httpx.get(f"{second.url}/api/v1/submissions/{one}", headers=token) for one in sent
        ]
        # One may stand as it was before its file came.
        lost = sum(one.status_code == 404 or one.json()["state"] == "received" for one in answers)
        assert 0 < lost < SUBMISSIONS, "the damage must cost some, or nothing is tested"
        assert "server.was_killed" in second.log.read_text()
        queue = run("queue", data=first.data)
        said = " ".join(queue.stdout.split())
        assert f"Files that no submission names: {lost}," in said, said[-700:]
        examined = run("doctor", "--no-sandbox", data=first.data, HELDOUT_PORT="0")
        assert "Files and rows" in examined.stdout
    finally:
        second.stop()

    third = start_server(first.data, HELDOUT_MODEL_WORKERS="0")
    try:
        assert "Alert" not in run("queue", data=first.data).stdout
    finally:
        third.stop()


def damage(log: Path) -> None:
    """Overwrite a page at two thirds of what SQLite would replay."""
    content = bytearray(log.read_bytes())
    page = struct.unpack(">I", content[8:12])[0]
    size = FRAME_HEADER + page
    salts = content[16:24]
    valid = 0
    while content[(at := HEADER + valid * size) + 8 : at + 16] == salts:
        valid += 1
    at = HEADER + (2 * valid // 3) * size
    content[at : at + 4096] = b"\xa5" * 4096
    log.write_bytes(content)
