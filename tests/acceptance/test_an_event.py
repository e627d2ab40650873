"""`examples/run_an_event.sh`: a whole evening by curl alone, against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from acceptance.conftest import RunningServer, start_server
from conftest import ROOT, missing

SCRIPT = ROOT / "examples" / "run_an_event.sh"
pytestmark = pytest.mark.acceptance


def organizer_token(server: RunningServer) -> str:
    found = re.search(r"ho_[\w-]+", server.log.read_text())
    assert found is not None
    return found[0]


def test_runs_from_an_empty_server_to_the_export(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        missing("curl")
    server = start_server(tmp_path / "data", HELDOUT_MODEL_WORKERS="0", HELDOUT_MNIST="")
    environment = {
        **os.environ, "HELDOUT_URL": server.url, "HELDOUT_ORGANIZER_TOKEN": organizer_token(server)
    }  # fmt: skip
    try:
        done = subprocess.run(
            ["sh", SCRIPT],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        server.stop()
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    for expected in ("added: 30", "paused", "twos: scored", "private", "roster: 31 lines"):
        assert expected in said
    with zipfile.ZipFile(tmp_path / "event.zip") as event:
        assert event.testzip() is None
    board = (tmp_path / "board.csv").read_text()
    assert "Fox" in board
    assert "Owl" in board
