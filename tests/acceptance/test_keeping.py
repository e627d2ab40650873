"""Backup, restore, doctor and the move to PostgreSQL, as commands on a server that ran."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest

from acceptance.conftest import start_server
from participant import Participant, npy
from whole_board import whole_board

pytestmark = pytest.mark.acceptance

Run = Callable[..., subprocess.CompletedProcess[str]]


def run(*arguments: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HELDOUT_")}
    environment = {**kept, "HELDOUT_DATA": str(data), "HELDOUT_MODEL_WORKERS": "0", **settings}
    command = [str(Path(sys.executable).parent / "heldout-server"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def board(url: str, slug: str) -> bytes:
    found = whole_board(lambda path: httpx.get(url + path), slug)
    return found.content.replace(url.encode(), b"http://here")


def test_the_board_survives_backup_restore_and_move(tmp_path: Path, empty_postgres: str) -> None:
    first = start_server(tmp_path / "first", HELDOUT_MODEL_WORKERS="0")
    with httpx.Client(base_url=first.url, timeout=30) as api:
        hidden = httpx.get(f"{first.url}/api/v1/competitions/{first.slug}").json()
        rows = hidden["dataset"]["test_examples"]
        shown = Participant.join(api, "Ada").submit(npy(np.zeros(rows, dtype=int)))
        assert shown["state"] == "scored"
    before = board(first.url, first.slug)
    made = run("backup", str(tmp_path / "backup.tar.gz"), data=first.data)  # while it runs
    assert made.returncode == 0, made.stdout
    assert run("restore", str(tmp_path / "backup.tar.gz"), data=first.data).returncode == 1
    first.stop()

    second = tmp_path / "second"
    restored = run("restore", str(tmp_path / "backup.tar.gz"), data=second)
    assert restored.returncode == 0, restored.stdout
    examined = run("doctor", "--no-sandbox", data=second, HELDOUT_PORT="0")
    assert examined.returncode == 0, examined.stdout
    moved = run("migrate-to", empty_postgres.replace("+psycopg", ""), data=second)
    assert moved.returncode == 0, moved.stdout
    again = run("migrate-to", empty_postgres.replace("+psycopg", ""), data=second)
    assert again.returncode == 1
    assert "not empty" in again.stdout

    on_postgresql = start_server(
        second, HELDOUT_MODEL_WORKERS="0", HELDOUT_DATABASE_URL=empty_postgres
    )
    try:
        assert board(on_postgresql.url, on_postgresql.slug) == before
    finally:
        on_postgresql.stop()


def test_commands_refuse_in_one_sentence_where_nothing_is(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    for arguments in (("backup", "x.tar"), ("migrate-to", "postgresql://127.0.0.1:1/x")):
        said = run(*arguments, data=nowhere)
        assert said.returncode == 1
        assert "there is no database" in said.stdout
        assert "Traceback" not in said.stderr
    assert not nowhere.exists()
    said = run("doctor", data=nowhere, HELDOUT_TIMEZONE="Mars/Base")
    assert said.returncode == 1
    assert "HELDOUT_TIMEZONE" in said.stdout
