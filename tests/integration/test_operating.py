"""Watching a server: does it live, can it work, what does it count."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from support.ports import free_port

from heldout_server.jobs import ledger
from heldout_server.kit import metrics
from heldout_server.submissions.sweep import SweepRules, sweep
from heldout_server.web.gauges import Gauges
from participant import npy
from waiting import run_until


def value(metrics: str, name: str, **labels: str) -> float:
    """The sum of the samples with this name and these labels; 0 when there is none."""
    found = re.findall(rf"^{name}(\{{.*\}})? (\S+)$", metrics, re.M)
    wanted = [f'{key}="{label}"' for key, label in labels.items()]
    return sum(float(v) for where, v in found if all(w in where for w in wanted))


@pytest.fixture
def scraped(api):
    """Scrape the port that Prometheus asks."""
    port = free_port()
    server = metrics.serve("127.0.0.1", port, Gauges(api.app.state.services))

    def scrape(_: TestClient) -> str:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        return answer.text

    yield scrape
    server.shutdown()
    server.server_close()


def spoil(blobs: Path, gone: Path) -> None:
    """Put a file where the folder was; the server's own threads may make the folder anew."""
    blobs.rename(gone)
    while True:
        try:
            blobs.write_text("a file where a folder was")
        except IsADirectoryError:
            shutil.rmtree(blobs)
        else:
            return


class TestHealth:
    def test_lives_also_when_it_cannot_work(self, api, installed):
        spoil(installed.folders.blobs, installed.folders.root / "gone")
        answer = api.get("/health")
        assert answer.status_code == 200
        assert answer.json()["status"] == "unavailable"
        assert answer.json()["checks"]["storage"] != "ok"


class TestReady:
    def test_says_what_it_looked_at(self, api):
        answer = api.get("/ready")
        assert answer.status_code == 200
        assert answer.json() == {
            "ready": True,
            "checks": {"database": "ok", "storage": "ok", "labels": "ok"},
        }

    def test_says_what_is_wrong_and_heals(self, api, installed):
        blobs, gone = installed.folders.blobs, installed.folders.root / "gone"
        spoil(blobs, gone)
        answer = api.get("/ready")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "storage" in answer.json()["detail"]
        assert answer.json()["checks"]["labels"] == "ok"
        blobs.unlink()
        gone.rename(blobs)
        run_until(lambda: api.get("/ready").status_code == 200)

    def test_the_database_is_looked_at(self, api, installed):
        with installed.database.write() as session:
            session.execute(text("alter table competition rename to somewhere_else"))
        try:
            run_until(lambda: api.get("/ready").json()["checks"]["database"] == "does not answer")
        finally:
            with installed.database.write() as session:
                session.execute(text("alter table somewhere_else rename to competition"))

    def test_a_stopping_server_takes_no_more(self, api, installed):
        api.app.state.services.stream.stop()
        answer = api.get("/ready")
        assert answer.status_code == 503
        assert "stopping" in answer.json()["detail"]


class TestMetrics:
    def test_are_not_at_the_public_port(self, api):
        answer = api.get("/metrics")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "/metrics" not in api.get("/openapi.json").json()["paths"]

    def test_count_what_scoring_did(self, scraped, api, join, labels):
        before = scraped(api)
        join().submit(npy(labels))
        after = scraped(api)
        counted = {"step": "parse", "outcome": "done"}
        name = "heldout_attempts_total"
        assert value(after, name, **counted) == value(before, name, **counted) + 1
        for stage in ("queue", "parse", "grade"):
            name = "heldout_scoring_seconds_count"
            assert value(after, name, stage=stage) == value(before, name, stage=stage) + 1

    def test_tell_their_file_from_our_machinery(self, scraped, api, join):
        before = scraped(api)
        join().submit(b"nothing to read")
        after = scraped(api)
        counted = {"step": "parse", "outcome": "rejected"}
        name = "heldout_attempts_total"
        assert value(after, name, **counted) == value(before, name, **counted) + 1

    def test_show_the_queue_by_pool(self, scraped, installed, clock, join, api):
        ada = join()
        content = b"keras?"
        opened = ada.open(content, kind="model", filename="m.keras").json()
        ada.upload(opened["id"], content)  # no model workers here: it waits
        metrics = scraped(api)
        assert value(metrics, "heldout_queue_depth", pool="cpu", state="queued") == 1
        assert value(metrics, "heldout_queue_oldest_seconds", pool="cpu", state="queued") > 0

    def test_count_leases_that_ran_out(self, scraped, api, installed, clock, join):
        ada = join()
        opened = ada.open(b"keras?", kind="model", filename="m.keras").json()
        ada.upload(opened["id"], b"keras?")
        before = scraped(api)
        with installed.database.write() as session:
            assert ledger.claim_next(session, ["cpu"], lease_seconds=-1, max_attempts=3)
        with installed.database.write() as session:
            sweep(session, now=clock(), rules=SweepRules())
        name = "heldout_lease_expiries_total"
        assert value(scraped(api), name) >= value(before, name) + 1

    def test_show_requests_by_route_and_never_a_made_up_address(self, scraped, api):
        before = scraped(api)
        api.get("/c/digits")
        api.get("/c/hp_a_token_in_the_wrong_place")
        api.get("/no/such/hp_address")
        after = scraped(api)
        page = {"route": "/c/{slug}", "method": "GET"}
        name = "heldout_http_seconds_count"
        assert value(after, name, **page) == value(before, name, **page) + 2
        assert "hp_" not in after

    def test_show_slots_and_streams(self, scraped, api):
        metrics = scraped(api)
        assert 'heldout_runner_slots{state="all"}' in metrics
        assert value(metrics, "heldout_streams") == 0

    def test_outlive_the_database(self, scraped, api, installed):
        with installed.database.write() as session:
            session.execute(text("alter table submission rename to somewhere_else"))
        try:
            assert "heldout_http_seconds_count" in scraped(api)
        finally:
            with installed.database.write() as session:
                session.execute(text("alter table somewhere_else rename to submission"))
