"""What a process refuses to start with, each in one sentence; and what each role can't see."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStore
from heldout_server.jobs.workers import Presence
from heldout_server.kit.db import Database
from heldout_server.models import Competition, Dataset
from heldout_server.prediction.containment import ESCAPED, Verdict
from heldout_server.processes import startup_checks
from heldout_server.processes.installation import InstallationError, migrate, migrations
from heldout_server.processes.model_scoring import make_scoring
from heldout_server.processes.server import create_app, web_only
from heldout_server.processes.worker import check_fitness, make_worker
from participant import Participant, npy
from waiting import run_until

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
UNREACHABLE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=2"


def changed(installed, **parts):
    return type(installed)(**{**vars(installed), **parts})


@pytest.fixture
def worker(installed):
    """Makes a worker of these pools; it is not started."""
    made = []

    def make(*pools, of=installed):
        made.append(make_worker(of, pools=pools, name="test"))
        return made[-1]

    yield make
    for found in made:
        found.scoring.stop()


@on_postgresql
class TestWorkers:
    def test_a_grader_on_a_whole_installation_is_fit(self, worker):
        check_fitness(worker("grade"))

    def test_a_grader_without_labels_says_so(self, installed, worker, tmp_path):
        bare = changed(installed, labels=LabelStore(tmp_path / "no-labels"))
        with pytest.raises(InstallationError, match="a grader needs the labels"):
            check_fitness(worker("grade", of=bare))

    def test_a_scorer_that_could_read_labels_says_so(self, worker):
        with pytest.raises(InstallationError, match="only graders may see them"):
            check_fitness(worker("cpu"))

    def test_another_dataset_is_refused(self, installed, worker):
        with installed.database.write() as session:
            known = session.scalars(select(Dataset)).one()
            other = known.content_hash[::-1]
            session.add(Dataset(**{**known.model_dump(), "content_hash": other}))
            session.flush()
            session.scalars(select(Competition)).one().dataset_hash = other
        with pytest.raises(InstallationError, match=f"needs dataset {other[:12]}"):
            check_fitness(worker("grade"))

    def test_an_altered_dataset_is_refused(self, installed, worker, tmp_path):
        import shutil

        copied = tmp_path / "altered"
        shutil.copytree(installed.datasets.root, copied)
        description = next(copied.iterdir()) / "dataset.json"
        description.write_text(
            description.read_text().replace('"content_hash": "', '"content_hash": "0')
        )
        bare = changed(installed, datasets=DatasetStore(copied))
        with pytest.raises(InstallationError, match="another one than its name says"):
            check_fitness(worker("grade", of=bare))

    def test_another_file_store_is_refused(self, installed, worker, tmp_path, api, labels):
        Participant.join(api, "Ada").submit(npy(labels))
        bare = changed(installed, blobs=BlobStore(tmp_path / "other"))
        with pytest.raises(InstallationError, match="another one than the web server's"):
            check_fitness(worker("grade", of=bare))

    def test_looking_at_the_file_store_leaves_no_file_there(self, installed, worker):
        check_fitness(worker("grade"))
        assert list(installed.blobs.stored()) == []

    def test_a_failed_sandbox_is_refused(self, installed, tmp_path):
        settings = installed.settings.model_copy(update={"model_workers": 1})
        scoring = make_scoring(settings, installed.folders.work, secret=None)
        scoring.containment.verdict = Verdict(ESCAPED, "the sandbox did not hold read_labels")
        scoring.containment._decided.set()
        try:
            with pytest.raises(InstallationError, match="did not hold read_labels"):
                startup_checks.check_sandbox(scoring)
        finally:
            scoring.stop()

    def test_no_runners_and_no_pool_for_models_is_refused(self, installed):
        scoring = make_scoring(installed.settings, installed.folders.work, secret=None)
        with pytest.raises(InstallationError, match="HELDOUT_MODEL_WORKERS=0"):
            startup_checks.check_sandbox(scoring)
        scoring.stop()

    def test_a_grader_has_no_runners(self, worker):
        assert worker("grade").scoring.workers == 0


class TestDatabases:
    def test_sqlite_is_not_shared(self, tmp_path):
        with pytest.raises(InstallationError, match="needs PostgreSQL"):
            startup_checks.check_database(Database(f"sqlite:///{tmp_path / 'x.db'}"))

    def test_one_that_does_not_answer_is_named(self):
        database = Database(UNREACHABLE)
        with pytest.raises(InstallationError, match="the database doesn't answer"):
            startup_checks.check_database(database)
        database.dispose()

    def test_an_older_schema_says_to_migrate(self, database):
        config = Config()
        config.set_main_option("script_location", str(migrations()))
        startup_checks.check_schema(database)
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "65ff797d7e25")
            connection.commit()
        try:
            with pytest.raises(InstallationError, match="heldout-server migrate"):
                startup_checks.check_schema(database)
        finally:
            migrate(database)

    def test_a_newer_schema_says_to_install_that_version(self, database):
        change = "update alembic_version set version_num = '{}'"
        with database.engine.begin() as connection:
            ours = connection.execute(text("select version_num from alembic_version")).scalar_one()
            connection.execute(text(change.format("f00000000000")))
        try:
            with pytest.raises(InstallationError, match="newer schema"):
                startup_checks.check_schema(database)
            with pytest.raises(InstallationError, match="Install that version"):
                migrate(database)
        finally:
            with database.engine.begin() as connection:
                connection.execute(text(change.format(ours)))


class TestWebAlone:
    @pytest.fixture
    def web(self, installed, clock, tmp_path):
        bare = changed(installed, labels=LabelStore(tmp_path / "no-labels"))
        with TestClient(create_app(web_only(bare, clock=clock))) as client:
            yield client

    def test_takes_what_nobody_here_scores(self, web, labels):
        participant = Participant.join(web, "Ada")
        opened = participant.open(npy(labels)).json()
        assert participant.upload(opened["id"], npy(labels)).status_code == 202
        assert participant.get(f"/submissions/{opened['id']}").json()["state"] == "queued"

    def test_needs_no_labels_to_be_healthy(self, web, installed):
        shown = web.get("/health").json()
        assert "labels" not in shown["checks"]
        assert "no scorer is running" in shown["models"]["detail"]
        with installed.database.write() as session:
            Presence("scorer", ("cpu",)).beat(session)
        run_until(lambda: web.get("/health").json()["models"]["slots"] == 1)
        models = web.get("/health").json()["models"]
        assert (models["slots"], models["ready"], models["sandbox"]) == (1, 1, "contained")

    def test_a_check_of_a_model_is_refused_plainly(self, web):
        participant = Participant.join(web, "Ada")
        answer = participant.api.post(
            "/api/v1/checks", headers=participant.headers, params={"kind": "model"}, content=b"x"
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


class TestCommands:
    def run(self, *arguments, **settings):
        command = str(Path(sys.executable).parent / "heldout-server")
        return subprocess.run(
            [command, *arguments], env={"PATH": "", **settings},
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    def test_a_role_on_sqlite_is_refused(self, tmp_path):
        said = self.run("worker", "--pools", "grade", HELDOUT_DATA=str(tmp_path))
        assert said.returncode == 1
        assert "needs PostgreSQL" in said.stdout
        assert "Traceback" not in said.stderr

    def test_an_unknown_pool_is_refused(self, tmp_path):
        said = self.run("worker", "--pools", "tpu", HELDOUT_DATA=str(tmp_path))
        assert said.returncode == 1
        assert "cpu, gpu, grade" in said.stdout

    def test_drain_and_resume_are_seen_by_everyone(self, tmp_path):
        import sqlite3

        assert self.run("migrate", HELDOUT_DATA=str(tmp_path)).returncode == 0
        said = self.run("drain", "--reason", "new GPUs", HELDOUT_DATA=str(tmp_path))
        assert "nothing more is claimed" in said.stdout
        shown = self.run("queue", HELDOUT_DATA=str(tmp_path)).stdout
        assert "0 waiting, 0 running" in shown
        assert "new GPUs" in shown
        self.run("resume", HELDOUT_DATA=str(tmp_path))
        with sqlite3.connect(tmp_path / "heldout.db") as connection:
            assert connection.execute("select count(*) from maintenance").fetchone() == (0,)
        connection.close()

    def test_layers_that_left_the_lane_are_shown_and_let_back(self, tmp_path):
        import sqlite3

        assert self.run("migrate", HELDOUT_DATA=str(tmp_path)).returncode == 0
        with sqlite3.connect(tmp_path / "heldout.db") as connection:
            left = ("Conv2D Dense", "g", "1 of 9 answers", "2026-01-01 10:00:00")
            connection.execute(
                "insert into left_layers (layers, graph, difference, since) values (?, ?, ?, ?)",
                left,
            )
        connection.close()
        shown = self.run("lane", HELDOUT_DATA=str(tmp_path)).stdout
        assert "Conv2D Dense (since 2026-01-01 10:00 UTC: 1 of 9 answers)" in shown
        assert self.run("lane", "--let-back", "ReLU", HELDOUT_DATA=str(tmp_path)).returncode == 1
        said = self.run("lane", "--let-back", "Conv2D Dense", HELDOUT_DATA=str(tmp_path)).stdout
        assert "scores all layers that it knows" in said

    def test_a_grader_imports_no_tensorflow(self):
        code = (
            "import sys, heldout_server.processes.worker, heldout_server.cli\n"
            "assert not {'tensorflow', 'keras'} & set(sys.modules), 'imported'"
        )
        assert subprocess.run([sys.executable, "-c", code], timeout=300).returncode == 0
