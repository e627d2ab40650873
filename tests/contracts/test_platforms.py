"""What the server needs of Linux is the sandbox alone: everything else starts without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def test_a_board_without_what_windows_has_not(tmp_path: Path) -> None:
    """All modules are imported, a board answers, predictions count, models are refused."""
    program = Path(__file__).with_name("other_platform.py")
    said = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "data")],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    found = json.loads(said.stdout.splitlines()[-1])
    assert found["modules"] > 500
    assert found["board"] == 200
    assert found["predictions"] == "scored"
    assert found["model"] == "kind_not_accepted"
    reason = "the sandbox needs Linux, and this is Windows"
    assert found["health"] == reason
    assert found["start"][0].startswith(f"Models           refused: {reason}. Run the server in ")
    assert found["doctor"] == [f"models are refused: {reason}"]
