"""A new setting of a competition touches five files at most: those that the docs show do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from heldout_server.competitions.settings_acts import EDITABLE, FIXED, SET_BY_ACTS
from heldout_server.models import Competition
from heldout_server.processes.installation import migrations
from heldout_server.web.schemas.competitions import AdminCompetitionOut, CompetitionEdit

ROOT = Path(__file__).parents[2]
COPIED = ("alembic", "benchmarks", "client", "docs", "server", "tests", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "vendor")
MOST_FILES = 5


def differences() -> dict[str, list[str]]:
    """The lines of the difference in the docs, by the file that they change."""
    text = (ROOT / "docs" / "a-new-setting.md").read_text()
    diff = re.search(r"```diff\n(.*?)```", text, re.S).group(1)
    found: dict[str, list[str]] = {}
    for line in diff.splitlines():
        if line.startswith("+++ b/"):
            lines = found.setdefault(line.removeprefix("+++ b/"), [])
        elif not line.startswith("--- "):
            lines.append(line)
    return found


def newest_revision() -> str:
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    return ScriptDirectory.from_config(config).get_current_head()


def changed(text: str, lines: list[str]) -> str:
    """The text with the added lines, each after the line that stands above it in the difference."""
    at, result = 0, text.splitlines()
    for line in lines:
        if line.startswith("+"):
            result.insert(at, line[1:].replace("NEWEST", newest_revision()))
            at += 1
        else:
            [place] = [n for n, old in enumerate(result) if line.strip() in old]
            at = place + 1
    return "\n".join(result) + "\n"


class TestANewSetting:
    def test_touches_at_most_five_files(self):
        assert len(differences()) <= MOST_FILES

    def test_is_migrated_set_undone_cloned_and_exported_by_them(self, tmp_path):
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            more = {"ignore": LEFT_OUT} if (ROOT / name).is_dir() else {}
            copy(ROOT / name, tmp_path / name, **more)
        for name, lines in differences().items():
            path = tmp_path / name
            path.write_text(changed(path.read_text() if path.exists() else "", lines))
        driven = tmp_path / "tests/integration/console/test_made_up_setting.py"
        shutil.copy(Path(__file__).parent / "made_up_setting.py", driven)
        tests = (driven, tmp_path / "tests/contracts/test_tree.py::TestMigrations")
        said = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-k", "sqlite", *map(str, tests)],
            cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": f"{tmp_path / 'server'}:{tmp_path / 'client'}"},
        )  # fmt: skip
        assert said.returncode == 0, said.stdout + said.stderr
        assert "3 passed" in said.stdout


class TestEverySetting:
    def test_can_be_set_and_seen_by_the_api(self):
        assert set(CompetitionEdit.model_fields) == EDITABLE
        assert set(AdminCompetitionOut.model_fields) >= EDITABLE

    def test_is_a_column_that_nothing_else_sets(self):
        assert not FIXED & SET_BY_ACTS
        assert set(Competition.model_fields) >= FIXED | SET_BY_ACTS
