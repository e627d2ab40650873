"""The whole way, for real: a server process, the client library, real Keras models."""

import json
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
import pytest

import heldout
from acceptance.conftest import start_server
from conftest import CODE
from waiting import PATIENCE_SECONDS, run_until

pytestmark = pytest.mark.acceptance


@pytest.fixture
def join(login):
    """Joins a server through the client library; closes the client afterwards."""
    with ExitStack() as clients:

        def joining(server, name=None):
            name = name or f"P{uuid4().hex[:8]}"
            client = heldout.join(server.url, code=CODE, name=name, progress=False)
            return clients.enter_context(client)

        yield joining


def hidden(server) -> tuple[np.ndarray, np.ndarray]:
    """Hidden labels and public mask, read as only a test may: from the label store."""
    from heldout_server.datasets.loaded import DIGITS
    from heldout_server.grading import LabelStore

    store = LabelStore(server.data / "labels")
    content_hash = next((server.data / "datasets").iterdir()).name
    split = store.split(server.slug, content_hash, DIGITS, public_fraction=0.5)
    return store.labels(content_hash), split.public


class TestPredictions:
    def test_an_array_is_scored_within_a_second_or_two(self, server, join):
        labels, public = hidden(server)
        predicted = labels.copy()
        predicted[::9] = (predicted[::9] + 1) % 10
        started = time.monotonic()
        submission = join(server).submit(predicted)
        assert time.monotonic() - started < 5
        assert submission.status == "scored"
        assert submission.score == float(np.mean(predicted[public] == labels[public]))
        assert submission.rank is not None

    def test_a_csv_file_from_the_wild_is_explained(self, server, join, shared_data):
        path = shared_data / "predictions" / "moonflower_submissions_sample_submission.csv"
        submission = join(server).submit(path)
        assert submission.status == "rejected"
        assert "Kaggle" in submission.error.hint


@pytest.fixture(scope="module")
def trained(tmp_path_factory, server) -> Path:
    """A small model trained on the server's own training data, with its own prediction."""
    folder = tmp_path_factory.mktemp("trained")
    script = textwrap.dedent(
        """
        import sys, os
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import keras, numpy as np, httpx, io, json
        url, slug, folder = sys.argv[1:]
        def fetch(what):
            data = httpx.get(f"{url}/api/v1/competitions/{slug}/{what}").content
            return np.load(io.BytesIO(data), allow_pickle=False)
        data, test = fetch("training-data"), fetch("test-images")
        keras.utils.set_random_seed(1)
        model = keras.Sequential([
            keras.Input((28, 28)), keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                      metrics=["accuracy"])
        x, y = data["x_train"][:10000] / 255.0, data["y_train"][:10000]
        history = model.fit(x, y, batch_size=128, epochs=3, validation_split=0.1, verbose=0)
        model.save(f"{folder}/model.keras")
        np.save(f"{folder}/predicted.npy", model.predict(test / 255.0, verbose=0))
        """
    )
    subprocess.run([sys.executable, "-c", script, server.url, server.slug, str(folder)], check=True)
    return folder


class TestModels:
    def test_scores_as_plain_keras_does_to_the_last_digit(self, server, join, trained):
        labels, public = hidden(server)
        predicted = np.load(trained / "predicted.npy").argmax(axis=1)
        submission = join(server).submit(trained / "model.keras", timeout=120)
        assert submission.status == "scored", submission.error
        assert submission.score == float(np.mean(predicted[public] == labels[public]))
        assert submission.receipt["device"] == "cpu"
        assert submission.receipt["output"] == "logits"
        assert submission.receipt["parameters"] == 50_890

    def test_reads_the_practice_images_when_it_is_quiet(self, server, join, trained):
        submission = join(server).submit(trained / "model.keras", timeout=120)
        run_until(lambda: submission.refresh().practice_metrics is not None, seconds=180)
        assert submission.practice_metrics["accuracy"] == pytest.approx(submission.score, abs=0.1)
        page = httpx.get(f"{server.url}/submissions/{submission.id}").text
        assert "practice images, whose labels everyone has" in page
        assert submission.metrics["confusion_matrix"] is None

    def test_a_damaged_model_is_refused_and_costs_nothing(self, server, join, trained):
        content = (trained / "model.keras").read_bytes()
        broken = trained / "broken.keras"
        broken.write_bytes(content[: len(content) // 2])
        submission = join(server).submit(broken, timeout=120)
        assert submission.status == "rejected"
        assert submission.error.code in {"archive_invalid", "not_a_keras_file"}

    def test_the_runner_never_sees_labels_or_settings(self, server, trained):
        """Its environment and open files, read while it waits for work."""
        runners = [
            process
            for process in Path("/proc").iterdir()
            if process.name.isdigit() and _runs_a_model(process, server)
        ]
        assert runners
        for process in runners:
            environment = (process / "environ").read_bytes()
            assert b"HELDOUT" not in environment
            files = [str(link.readlink()) for link in (process / "fd").iterdir()]
            assert not [f for f in files if "labels" in f or "heldout.db" in f]


def _runs_a_model(process: Path, server) -> bool:
    try:
        command = (process / "cmdline").read_bytes()
        parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return False
    return b"heldout_runner" in command and parent == server.process.pid


class TestEvents:
    def listen(self, server, received, headers=None, stop_after=3, until=None):
        path = f"{server.url}/api/v1/competitions/{server.slug}/events"
        with httpx.stream("GET", path, headers=headers, timeout=PATIENCE_SECONDS) as answer:
            event = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                    continue
                if event.get("event"):
                    received.append(event)
                event = {}
                if until is not None and until(received):
                    return

    def test_a_score_reaches_an_open_stream(self, server, join):
        labels, _ = hidden(server)
        received: list[dict[str, str]] = []
        done = threading.Thread(
            target=self.listen,
            args=(server, received),
            kwargs={"until": lambda got: any(e["event"] == "board" for e in got)},
        )
        done.start()
        run_until(lambda: received)
        assert received[0]["event"] == "hello"
        submission = join(server, "Streamed").submit((labels + 1) % 10)
        done.join(PATIENCE_SECONDS)
        board = next(e for e in received if e["event"] == "board")
        assert json.loads(board["data"])["submission_id"] == submission.id
        assert json.loads(board["data"])["participant"] == "Streamed"

    def test_a_dropped_stream_hears_what_it_missed(self, server, join):
        labels, _ = hidden(server)
        submission = join(server).submit((labels + 2) % 10)
        received: list[dict[str, str]] = []
        self.listen(
            server,
            received,
            headers={"Last-Event-ID": "0"},
            until=lambda got: (
                got[-1]["event"] == "reload" or any(submission.id in e.get("data", "") for e in got)
            ),
        )
        assert received[0]["event"] == "hello"

    def test_a_long_poll_answers_when_the_score_is_there(self, server, join):
        labels, _ = hidden(server)
        client = join(server)
        handle = client.submit((labels + 3) % 10, wait=False)
        assert handle.wait(timeout=PATIENCE_SECONDS).status == "scored"


class TestStopping:
    def test_sigterm_ends_within_five_seconds_with_a_stream_open(self, tmp_path):
        running = start_server(tmp_path / "data", HELDOUT_MODEL_WORKERS="0")
        path = f"{running.url}/api/v1/competitions/{running.slug}/events"
        with httpx.stream("GET", path, timeout=PATIENCE_SECONDS) as answer:
            next(answer.iter_lines())
            started = time.monotonic()
            assert running.stop(timeout=10) in {0, -signal.SIGTERM}
            assert time.monotonic() - started < 5

    def test_a_killed_server_finishes_its_work_after_a_restart(self, tmp_path, join):
        running = start_server(tmp_path / "data", HELDOUT_MODEL_WORKERS="0")
        client = join(running, "Ada")
        model = tmp_path / "model.keras"
        model.write_bytes(b"PK\x03\x04 not really a model")
        # Nobody serves models here, so the submission stays queued when the server dies.
        handle = client.submit(model, wait=False)
        running.stop(signal.SIGKILL)
        again = start_server(tmp_path / "data")
        try:
            me = {"Authorization": f"Bearer {client.token}"}
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                path = f"{again.url}/api/v1/submissions/{handle.id}"
                shown = httpx.get(path, headers=me, params={"wait": 5}, timeout=30).json()
                if shown["state"] not in {"queued", "running"}:
                    break
            assert shown["state"] == "rejected"
            assert "Organizer token" not in again.log.read_text()
        finally:
            again.stop()

    def test_a_second_server_on_the_same_data_is_refused(self, server):
        said = subprocess.run(
            [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", "0"],
            env={"HELDOUT_DATA": str(server.data), "PATH": ""},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert said.returncode == 1
        assert "Another server already uses" in said.stdout

    def test_a_port_in_use_is_said_plainly(self, server, tmp_path):
        port = server.url.rsplit(":", 1)[1]
        said = subprocess.run(
            [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", port],
            env={"HELDOUT_DATA": str(tmp_path / "other"), "PATH": ""},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert said.returncode == 1
        assert "can't be used" in said.stdout
        assert "Traceback" not in said.stderr

    def test_a_wrong_mnist_is_said_plainly(self, tmp_path):
        said = subprocess.run(
            [str(Path(sys.executable).parent / "heldout-server"), "serve", "--port", "0",
             "--mnist", str(tmp_path / "nothing.npz")],
            env={"HELDOUT_DATA": str(tmp_path / "data"), "PATH": ""},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert said.returncode == 1
        assert "Can't start" in said.stdout
        assert "Traceback" not in said.stderr
