"""The chaos benchmark, short: real processes are killed, paused and cut off, on both databases.

Every file is honest, so none may be refused or end in an error, whatever is killed.
"""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from conftest import POSTGRES, ROOT, missing

pytestmark = pytest.mark.acceptance

NOTHING = (
    "lost", "doubled", "not_final", "rejected", "error", "wrong_scores",
    "reposts_answered_otherwise",
)  # fmt: skip


# As many kills as there are kinds of processes.
@pytest.mark.parametrize(("database", "kills"), [("sqlite", 3), ("postgresql", 6)])
def test_nothing_is_lost_doubled_stuck_or_blamed(database, kills):
    if database == "postgresql":
        try:
            psycopg.connect(POSTGRES, connect_timeout=3).close()
        except psycopg.OperationalError:
            missing("PostgreSQL on 127.0.0.1:5432")
    command = [
        sys.executable, "benchmarks/chaos.py", "--json", "--database", database,
        "--submissions", "30", "--models", "6", "--kills", str(kills), "--seconds", "7",
    ]  # fmt: skip
    said = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=400
    )
    assert said.stdout, said.stderr[-3000:]
    figures = json.loads(said.stdout)
    assert {name: figures[name] for name in NOTHING} == dict.fromkeys(NOTHING, 0), figures
    assert figures["board_equals_recomputation"]
    assert figures["submissions"] == 30
    assert figures["kills"] >= kills
    assert any(harm.startswith("kill runners") for harm in figures["harm"]), figures
    assert said.returncode == 0, said.stderr[-3000:]
