"""The organizers' queue page: who waits, who runs where; cancel and run again."""

import re

import pytest

from heldout_server.jobs import ledger, maintenance
from heldout_server.models import State, Submission
from heldout_server.submissions import queries
from organizer import Organizer

MODEL = b"PK\x03\x04 not really a model"


@pytest.fixture
def page(api, organizer_token):
    """Signs in; fetches the page on each call."""
    api.post("/organize/sign-in", data={"token": organizer_token})
    return lambda: api.get("/organize/queue").text


@pytest.fixture
def waiting(api, join) -> str:
    """A model that waits: no model workers run here."""
    ada = join("Ada")
    opened = ada.open(MODEL, kind="model", filename="m.keras", name="two layers").json()
    assert ada.upload(opened["id"], MODEL).status_code == 202
    return opened["id"]


def csrf_of(page: str) -> str:
    return re.search(r'name="csrf" value="([0-9a-f]+)"', page).group(1)


def state_of(installed, public_id: str) -> Submission:
    with installed.database.read() as session:
        return queries.by_public_id(session, public_id)


class TestShow:
    def test_is_for_organizers(self, api, waiting):
        answer = api.get("/organize/queue")
        assert "two layers" not in answer.text
        assert 'name="token"' in answer.text

    def test_shows_who_waits(self, page, waiting):
        shown = page()
        assert "two layers" in shown
        assert "Ada" in shown
        assert f"/organize/queue/{waiting}/cancel" in shown

    def test_shows_who_runs_and_on_which_worker(self, page, waiting, installed):
        with installed.database.write() as session:
            worker = next(iter(_workers(session)))
            assert ledger.claim_next(
                session, ["cpu"], lease_seconds=30, max_attempts=3, worker_id=worker.id
            )
        running = page().split('id="running-title"')[1].split("</section>")[0]
        assert "two layers" in running
        assert worker.name in running

    def test_shows_workers_and_maintenance(self, page, installed):
        assert "(serve)" in page()
        with installed.database.write() as session:
            maintenance.begin(session, reason="new disks")
        assert "new disks" in page()

    def test_keeps_itself_new(self, api, page):
        assert 'data-live-src="/organize/queue/live"' in page()
        assert "data-live-poll" in page()
        live = api.get("/organize/queue/live").text
        assert live.count('id="queue"') == 1
        assert "<h1" not in live


class TestCancel:
    def test_stops_it_and_run_again_queues_it(self, api, page, waiting, installed):
        csrf = csrf_of(page())
        answer = api.post(f"/organize/queue/{waiting}/cancel", data={"csrf": csrf})
        assert answer.status_code == 200
        assert state_of(installed, waiting).state == State.ERROR
        assert f"/organize/queue/{waiting}/retry" in page()
        api.post(f"/organize/queue/{waiting}/retry", data={"csrf": csrf})
        again = state_of(installed, waiting)
        assert (again.state, again.pool) == (State.QUEUED, "cpu")

    def test_is_written_down_and_undone(self, api, page, waiting, organizer_token, installed):
        csrf = csrf_of(page())
        said = api.post(f"/organize/queue/{waiting}/cancel", data={"csrf": csrf}).text
        assert "Stopped." in said
        owner = Organizer(api, organizer_token)
        entry = owner.get("/audit").json()["entries"][0]
        assert (entry["action"], entry["target_id"]) == ("submission.cancel", waiting)
        assert (entry["before"], entry["after"]) == ({"state": "queued"}, {"state": "error"})
        assert owner.post("/competitions/digits/undo").status_code == 200
        assert state_of(installed, waiting).state == State.QUEUED
        assert owner.post("/competitions/digits/undo").json()["code"] == "conflict"

    def test_is_a_call_of_the_api_too(self, api, waiting, organizer_token, installed):
        owner = Organizer(api, organizer_token)
        path = f"/competitions/digits/submissions/{waiting}"
        assert owner.post(f"{path}/cancel").json()["state"] == "error"
        assert owner.post(f"{path}/cancel").json()["code"] == "conflict"
        assert owner.post(f"{path}/retry").json()["state"] == "queued"
        actions = [entry["action"] for entry in owner.get("/audit").json()["entries"][:2]]
        assert actions == ["submission.retry", "submission.cancel"]

    @pytest.mark.parametrize("action", ["cancel", "retry"])
    def test_needs_the_forms_token(self, api, page, waiting, installed, action):
        page()
        answer = api.post(f"/organize/queue/{waiting}/{action}", data={"csrf": "0"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert state_of(installed, waiting).state == State.QUEUED

    @pytest.mark.parametrize("action", ["cancel", "retry"])
    def test_needs_signing_in(self, api, waiting, installed, action):
        url = f"/organize/queue/{waiting}/{action}"
        answer = api.post(url, data={"csrf": "0"}, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/organize/sign-in")
        assert state_of(installed, waiting).state == State.QUEUED

    def test_of_what_does_not_exist(self, api, page, waiting):
        answer = api.post("/organize/queue/s_none/cancel", data={"csrf": csrf_of(page())})
        assert answer.status_code == 404
        assert "There is no submission at this address." in answer.text

    def test_of_what_still_waits_cannot_run_again(self, api, page, waiting):
        answer = api.post(f"/organize/queue/{waiting}/retry", data={"csrf": csrf_of(page())})
        assert answer.status_code == 409
        assert "Only a submission in state error can be run again" in answer.text


def _workers(session):
    from heldout_server.jobs import workers

    return workers.listing(session, silent_seconds=60)
