"""What a real server writes: ids that connect its lines, and no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import numpy as np
import pytest

from acceptance.conftest import RunningServer, start_server
from participant import Participant, npy

pytestmark = pytest.mark.acceptance


@pytest.fixture
def lines(tmp_path: Path) -> tuple[list[dict[str, object]], list[str]]:
    """The log of a whole visit, and every secret that was used in it."""
    server = start_server(
        tmp_path / "data",
        HELDOUT_MODEL_WORKERS="0",
        HELDOUT_LOG_FORMAT="json",
        HELDOUT_ACCESS_LOG="true",
    )
    secrets = visit(server)
    server.stop()
    written = server.log.read_text()
    return [json.loads(line) for line in written.splitlines() if line.startswith("{")], secrets


def visit(server: RunningServer) -> list[str]:
    organizer = re.search(r"Organizer token +(\S+)", server.log.read_text())
    assert organizer is not None
    with httpx.Client(base_url=server.url, timeout=30, follow_redirects=True) as api:
        ada = Participant.join(api, "Ada")
        token = ada.headers["Authorization"].removeprefix("Bearer ")
        ada.submit(npy(np.zeros(3)))
        api.get(f"/c/{token}", params={"token": token})  # in the wrong place
        api.get("/api/v1/me", headers={"Authorization": f"Bearer {token}x"})
        api.post("/organize/sign-in", data={"token": organizer[1]})
        return [token, organizer[1], *api.cookies.values()]


def test_hold_no_secret_and_connect_by_ids(
    lines: tuple[list[dict[str, object]], list[str]],
) -> None:
    log, secrets = lines
    assert len(secrets) == 3
    for secret in secrets:
        assert [line for line in log if secret in json.dumps(line)] == []
    received = next(line for line in log if line["event"] == "submission.received")
    worked = next(line for line in log if line["event"] == "attempt.ended")
    assert received["submission"] == worked["submission"]
    assert (worked["step"], worked["attempt"], worked["outcome"]) == ("parse", 1, "rejected")
    assert str(worked["worker"]).startswith("heldout-")
    upload = next(line for line in log if "PUT /api/v1/submissions" in str(line["event"]))
    assert upload["request_id"] == received["request_id"]
