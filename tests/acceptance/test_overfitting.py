"""`examples/overfit_the_leaderboard.py`, with a few files, against a server of its own."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from support.ports import free_port

from conftest import ROOT

pytestmark = pytest.mark.acceptance


def test_prints_and_draws_public_beside_private() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "examples/overfit_the_leaderboard.py",
            "--files=6",
            f"--port={free_port()}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^ +(\d+) +([\d.]+)% +([\d.]+)%$", done.stdout, re.M)
    assert [int(files) for files, *_ in rows] == [1, 2, 5, 6]
    public = [float(each) for _, each, _ in rows]
    assert public == sorted(public)
    assert done.stdout.count("●") > 10
    assert "By picking the best of 6 files" in done.stdout
