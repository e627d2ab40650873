"""Roles as real processes on PostgreSQL: they share the work, stop in time, outlive an outage."""

import re
import signal
import threading
import time

import httpx
import psycopg
import pytest
from support.cluster import scaled, slug_of

from conftest import POSTGRES, missing
from organizer import Organizer
from participant import Participant, npy
from waiting import PATIENCE_SECONDS, run_until

pytestmark = pytest.mark.acceptance

LONGEST_STOP_SECONDS = 5.0
OUTAGE_SECONDS = 30


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """One web process and one grader."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError:
        missing("PostgreSQL on 127.0.0.1:5432")
    running = scaled(tmp_path_factory.mktemp("roles") / "cluster", webs=1, graders=1, scorers=0)
    try:
        running.start_all()
        yield running
    finally:
        running.stop()


@pytest.fixture
def web(cluster):
    role = cluster.webs[0]
    if not role.alive:
        cluster.start(role)
        cluster.await_web(role)
    with httpx.Client(base_url=f"http://127.0.0.1:{role.port}", timeout=30) as client:
        yield client


@pytest.fixture
def submit(cluster, web):
    """Submits random labels under a new name until they are scored."""

    def submitting(name):
        slug = slug_of(cluster)
        examples = web.get(f"/api/v1/competitions/{slug}").json()["dataset"]["test_examples"]
        guessed = [(n * 7 + len(name)) % 10 for n in range(examples)]
        return Participant.join(web, name).submit(npy(guessed))

    return submitting


def stop(role):
    """Seconds from SIGTERM to the end."""
    started = time.monotonic()
    role.process.send_signal(signal.SIGTERM)
    role.process.wait(20)
    return time.monotonic() - started


def test_web_takes_and_a_grader_scores(submit):
    assert submit("Ada")["state"] == "scored"


def test_the_database_away_is_answered_and_healed(cluster, web, submit):
    name = cluster.database_url.rsplit("/", 1)[1]
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'alter database "{name}" with allow_connections false')
        admin.execute(
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname='{name}'"
        )
        try:
            answer = web.post("/api/v1/join", json={"code": "WAT-2026", "name": "Early"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            time.sleep(OUTAGE_SECONDS)
        finally:
            admin.execute(f'alter database "{name}" with allow_connections true')
    run_until(lambda: web.get("/api/v1/competitions").status_code == 200)
    assert submit("Late, but not lost")["state"] == "scored"
    assert all(role.alive for role in cluster.roles.values())


def test_web_ends_in_time_with_a_stream_open(cluster, web):
    heard, ended = threading.Event(), threading.Event()
    address = f"{web.base_url}/api/v1/competitions/{slug_of(cluster)}/events"

    def listen():
        with httpx.stream("GET", address, timeout=PATIENCE_SECONDS) as answer:
            for _ in answer.iter_lines():
                heard.set()
        ended.set()

    listener = threading.Thread(target=listen)
    listener.start()
    assert heard.wait(PATIENCE_SECONDS)
    assert stop(cluster.webs[0]) < LONGEST_STOP_SECONDS
    assert ended.wait(PATIENCE_SECONDS)
    listener.join()


def test_what_waits_while_the_grader_is_gone_is_scored_when_it_is_back(cluster, web, submit):
    grader = cluster.roles["grader-0"]
    assert stop(grader) < LONGEST_STOP_SECONDS
    assert "grade" not in cluster.run("queue", data="grader")
    cluster.start(grader)
    assert submit("Patient")["state"] == "scored"


def test_the_wall_of_hardest_digits_is_counted_by_the_grader_and_shown_by_web(cluster, web, submit):
    """It ends the contest, so it is the last here. Without news the grader would look later."""
    slug = slug_of(cluster)
    assert submit("Wall")["state"] == "scored"
    said = cluster.run("organizer-token", data="grader")
    owner = Organizer(web, re.search(r"Organizer token: (\S+)", said)[1])
    for act in ("pause", "reveal", "open-hardest"):
        answer = owner.post(f"/competitions/{slug}/{act}")
        assert answer.status_code == 200, answer.text
    run_until(lambda: "wall-label" in web.get(f"/c/{slug}/hardest").text)
