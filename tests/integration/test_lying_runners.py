"""A model that has taken its runner over says what it likes: none of it is kept unless it can be.

The runners are a stand-in's, which speak the real protocol to the real server.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from heldout_runner.judgement import MOST_JUDGED, Judgement
from heldout_runner.protocol import CODE_STATUS, OK, Header
from heldout_server.models import Receipt, Submission, Verdict
from heldout_server.prediction.containment import Containment
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.speculative_run import HeadStarts
from heldout_server.processes.engines import embedded_engine
from heldout_server.processes.installation import Installation
from heldout_server.processes.model_scoring import Scoring, make_scoring, pool_settings
from heldout_server.processes.server import create_app, embedded, services
from organizer import Organizer
from participant import Participant
from sandbox.cases.keras_files import archive, classifier

STAND_IN = Path(__file__).parents[1] / "lying_zygote.py"
HOSTILE_TEXT = "\x1b[2J\x1b]0;x\x07<script>alert(1)</script>\u202e\0\r\n"
HONEST = Header(
    OK, parameters=50_890, device="cpu", keras_version="3.15.1", tensorflow_version="2.21.0"
)
LIES: dict[str, Header] = {
    "parameters of 64 bits": replace(HONEST, parameters=2**64 - 1),
    "more parameters than a model may have": replace(HONEST, parameters=50_000_001),
    "a device of escape codes": replace(HONEST, device="\x1b[2J\x1b]0;x\x07"),
    "a device of markup": replace(HONEST, device="<script>"),
    "no device": replace(HONEST, device=""),
    "a version that turns text around": replace(HONEST, keras_version="3.15\u202e1"),
    "a version of markup": replace(HONEST, tensorflow_version="2<script>"),
    "a version with a NUL": replace(HONEST, tensorflow_version="2.\x0021"),
    "no version": replace(HONEST, keras_version=""),
    "more practice images than there are": replace(HONEST, judgement=Judgement(examples=2**32 - 1)),
    "images prepared otherwise": replace(HONEST, judgement=Judgement("l2-rows")),
    "other rows": replace(HONEST, rows=2**32 - 1),
    "a failure after values": replace(HONEST, status=CODE_STATUS["load_failed"]),
    "a status that there isn't": replace(HONEST, status=2**16 - 1),
}


class Says:
    """What the runners say next; `early` says it in the place of values."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "said.bin"

    def __call__(self, header: Header | bytes, *, early: bool = False) -> None:
        self.file.write_bytes(header if isinstance(header, bytes) else header.pack())
        marker = self.file.with_suffix(".early")
        marker.touch() if early else marker.unlink(missing_ok=True)

    def interpreter(self) -> Path:
        script = self.file.with_name("python")
        script.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} {self.file} "$@"\n')
        script.chmod(0o755)
        return script


@pytest.fixture
def says(tmp_path_factory: pytest.TempPathFactory) -> Says:
    return Says(tmp_path_factory.mktemp("stand-in"))


@pytest.fixture
def lying(installed: Installation, clock: Any, says: Says) -> Iterator[TestClient]:
    """The whole server, with runners that say what they are told to."""
    changes = {"model_workers": 1, "allow_uncontained": True, "host": "127.0.0.1"}
    here = replace(installed, settings=installed.settings.model_copy(update=changes))
    scoring = _scoring(here, says.interpreter())
    server = embedded(here, clock=clock)
    web = services(
        here, scoring, server.services.check_health, server.services.takes_labels, clock=clock
    )
    engine = embedded_engine(here, scoring, clock)
    with TestClient(
        create_app(replace(server, services=web, engine=engine, scoring=scoring))
    ) as api:
        yield api


def _scoring(installed: Installation, python: Path) -> Scoring:
    usual = make_scoring(installed.settings, installed.folders.work, secret=None)
    usual.stop()
    pool = RunnerPool(replace(pool_settings(installed.settings), python=str(python)))
    containment = Containment(pool, secret=None, accepts_risk=True)
    predictor = replace(usual.predictor, runner=pool)
    return Scoring(pool, containment, predictor, HeadStarts(pool, containment, predictor), 1)


@pytest.fixture
def submit(lying: TestClient, installed: Installation, tmp_path: Path) -> Callable[[], Any]:
    """Ada submits an honest file; what the API shows of it in the end."""
    ada, model = Participant.join(lying, "Ada"), tmp_path / "model.keras"
    archive(model, classifier())

    def submitting() -> dict[str, Any]:
        named = {"filename": "model.keras", "preprocessing": "0-1"}
        return ada.submit(model.read_bytes(), kind="model", **named)

    return submitting


@pytest.fixture
def rows(installed: Installation) -> int:
    return installed.datasets.info(next(installed.datasets.root.iterdir()).name).test_examples


def stored(installed: Installation, public_id: str) -> tuple[Receipt | None, Verdict | None]:
    with installed.database.read() as session:
        query = select(Submission.id).where(col(Submission.public_id) == public_id)
        found = session.exec(query).one()
        return session.get(Receipt, found), session.get(Verdict, found)


def is_plain(value: object) -> bool:
    """Whether there is nothing in a JSON value but finite numbers and printable text."""
    if isinstance(value, dict):
        return all(is_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(is_plain(part) for part in value)
    if isinstance(value, str):
        return value.isprintable() and not set("<>") & set(value)
    return not isinstance(value, float) or math.isfinite(value)


class TestAHeader:
    @pytest.mark.parametrize("lie", LIES)
    def test_that_cannot_be_true_is_a_broken_result(
        self, lying, submit, says, rows, installed, lie
    ) -> None:
        said = LIES[lie]
        says(replace(said, rows=said.rows or rows, columns=10))
        shown = submit()
        assert (shown["state"], shown["verdict"]["code"]) == ("rejected", "crashed")
        receipt, verdict = stored(installed, shown["id"])
        assert receipt is None
        assert verdict.detail == "The model's process gave a broken result."
        assert is_plain(shown)

    def test_of_nothing_but_ones_is_a_broken_result(self, lying, submit, says) -> None:
        says(b"\xff" * len(HONEST.pack()))
        assert submit()["verdict"]["code"] == "crashed"

    def test_that_can_be_true_is_kept_with_the_servers_own_seconds(
        self, lying, submit, says, rows, installed
    ) -> None:
        infinite = (math.inf, -math.inf, math.nan, 2.0, -1.0, math.nan, 1e30)
        judgement = Judgement(
            examples=MOST_JUDGED, shares=infinite, constant=math.inf, explanation="scaled",
            explained=math.nan, slope=-math.inf, offset=math.nan,
        )  # fmt: skip
        says(replace(HONEST, rows=rows, columns=10, judgement=judgement))
        shown = submit()
        assert shown["state"] == "scored"
        receipt, _ = stored(installed, shown["id"])
        assert receipt is not None
        json.dumps(receipt.data, allow_nan=False)
        seconds = receipt.data["seconds"]
        assert all(0 <= seconds[stage] < 3600 for stage in ("load", "predict"))
        assert receipt.data["parameters"] == 50_890
        assert is_plain(receipt.data)
        assert is_plain(shown["receipt"])


class TestAContestThatAsksForAGpu:
    def test_is_scored_where_there_is_none_and_says_so(
        self, lying, submit, says, rows, organizer_token
    ) -> None:
        Organizer(lying, organizer_token).patch("/competitions/digits", {"pool": "gpu"})
        says(replace(HONEST, rows=rows, columns=10, device="cpu"))
        shown = submit()
        assert shown["state"] == "scored"
        assert shown["verdict"]["warnings"][0].startswith("No GPU was found")


class TestARefusal:
    @pytest.mark.parametrize("status", [1, CODE_STATUS["load_failed"], CODE_STATUS["crashed"], 99])
    def test_is_quoted_in_plain_text(self, lying, submit, says, installed, status) -> None:
        says(Header(status, detail=HOSTILE_TEXT * 4), early=True)
        shown = submit()
        assert shown["state"] == "rejected"
        receipt, verdict = stored(installed, shown["id"])
        assert receipt is None
        for text in (verdict.detail, verdict.hint, *shown["verdict"].values()):
            assert is_plain(text), text
        assert "alert(1)" in verdict.detail
