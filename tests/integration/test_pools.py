"""Which machines score a competition's models: set by organizers, followed by the queue."""

import re

import pytest

from heldout_server.jobs import alerts, ledger, pools
from heldout_server.jobs.embedded import EmbeddedEngine
from heldout_server.jobs.faults import Elsewhere
from heldout_server.jobs.workers import Presence
from heldout_server.models import State, Step
from heldout_server.processes.sweeps import sweep_rules
from heldout_server.submissions import queries
from heldout_server.submissions.sweep import sweep
from organizer import Organizer

C = "/competitions/digits"
MODEL = b"PK\x03\x04 not really a model"
GONE = "none is there"


@pytest.fixture
def settings(settings):
    # A worker that is heard of once lives for the whole test, however busy the machine is.
    return settings.model_copy(update={"worker_seconds": 600})


@pytest.fixture
def owner(api, organizer_token) -> Organizer:
    return Organizer(api, organizer_token)


@pytest.fixture
def ada(join):
    return join("Ada")


@pytest.fixture
def waiting(ada) -> str:
    """A model that waits: no model workers run here."""
    opened = ada.open(MODEL, kind="model", filename="m.keras", name="two layers").json()
    assert ada.upload(opened["id"], MODEL).status_code == 202
    return opened["id"]


@pytest.fixture
def row(installed):
    def found(public_id: str):
        with installed.database.read() as session:
            return queries.by_public_id(session, public_id)

    return found


@pytest.fixture
def notice(ada, waiting):
    """What Ada's client prints of it now."""
    return lambda: ada.get(f"/submissions/{waiting}").json()["notice"]


@pytest.fixture
def swept(installed, clock):
    rules = sweep_rules(installed.settings)

    def sweeping() -> None:
        with installed.database.write() as session:
            sweep(session, now=clock(), rules=rules)

    return sweeping


class TestSetting:
    def test_moves_what_is_queued(self, owner, waiting, row):
        assert row(waiting).pool == "cpu"
        assert owner.patch(C, {"pool": "gpu"}).json()["pool"] == "gpu"
        assert row(waiting).pool == "gpu"

    def test_is_recorded_and_undone_with_what_is_queued(self, owner, waiting, row):
        owner.patch(C, {"pool": "gpu"})
        entry = owner.get("/audit", action="competition.edit").json()["entries"][0]
        assert (entry["before"], entry["after"]) == ({"pool": "cpu"}, {"pool": "gpu"})
        assert owner.post(f"{C}/undo").status_code == 200
        assert (owner.get(C).json()["pool"], row(waiting).pool) == ("cpu", "cpu")

    def test_holds_for_what_comes_later_and_for_a_copy(self, owner, ada, row):
        owner.patch(C, {"pool": "gpu"})
        opened = ada.open(MODEL, kind="model", filename="m.keras").json()
        ada.upload(opened["id"], MODEL)
        assert row(opened["id"]).pool == "gpu"
        assert owner.post(f"{C}/clone", {"title": "Again"}).json()["pool"] == "gpu"

    def test_leaves_what_runs_and_moves_it_when_it_is_given_back(
        self, owner, waiting, row, installed, swept
    ):
        owner.patch(C, {"pool": "gpu"})
        with installed.database.write() as session:
            claim = ledger.claim_next(session, ["gpu"], lease_seconds=30, max_attempts=3)
        owner.patch(C, {"pool": "cpu"})
        assert (row(waiting).state, row(waiting).pool) == (State.RUNNING, "gpu")
        with installed.database.write() as session:
            ledger.release(session, claim)
        swept()
        assert (row(waiting).state, row(waiting).pool) == (State.QUEUED, "cpu")


class TestWithoutAGpu:
    def test_participant_and_organizers_read_what_it_waits_for(
        self, api, owner, waiting, notice, organizer_token, swept
    ):
        owner.patch(C, {"pool": "gpu"})
        swept()
        assert GONE in notice()
        assert GONE in api.get(f"/submissions/{waiting}").text
        api.post("/organize/sign-in", data={"token": organizer_token})
        for page in ("/organize/queue", "/organize/c/digits"):
            shown = api.get(page).text
            assert len(re.findall(GONE, shown)) == 1, page

    def test_nothing_is_said_while_a_worker_has_one(self, owner, notice, installed, swept):
        owner.patch(C, {"pool": "gpu"})
        swept()
        assert notice()
        with installed.database.write() as session:
            Presence("big", ("gpu",), {"gpu": 1}).beat(session)
        swept()
        assert notice() is None

    def test_nothing_is_said_once_the_cpu_may(self, owner, notice, swept):
        owner.patch(C, {"pool": "gpu"})
        swept()
        assert notice()
        owner.patch(C, {"pool": "cpu"})
        assert notice() is None


class TestWithoutTensorFlow:
    """What a worker without it was given, and only TensorFlow computes."""

    @pytest.fixture
    def passed_on(self, installed, waiting):
        def lacks_it(claim, cancelled):
            raise Elsewhere(pools.TENSORFLOW, "the layer Embedding")

        engine = EmbeddedEngine(
            database=installed.database, handlers={Step.PREDICT: lacks_it}, record=None, groups=(),
            lease_seconds=30, max_attempts=3, sweep=lambda: None,
        )  # fmt: skip
        assert engine.serve_next(["cpu", "gpu"])
        assert not engine.serve_next(["cpu", "gpu"])

    def test_it_waits_in_a_pool_of_its_own_and_nobody_is_to_blame(
        self, owner, passed_on, waiting, row, installed
    ):
        found = row(waiting)
        assert (found.state, found.pool, found.attempt) == (State.QUEUED, pools.TENSORFLOW, 0)
        assert not found.alone
        with installed.database.read() as session:
            assert alerts.unresolved(session) == []
        owner.patch(C, {"pool": "gpu"})
        assert row(waiting).pool == pools.TENSORFLOW

    def test_everybody_reads_what_it_waits_for(
        self, api, notice, passed_on, organizer_token, swept
    ):
        swept()
        swept()
        assert "a machine with TensorFlow" in notice()
        api.post("/organize/sign-in", data={"token": organizer_token})
        for page in ("/organize/queue", "/organize/c/digits"):
            shown = api.get(page).text
            assert len(re.findall("a worker that has TensorFlow", shown)) == 1, page

    def test_nothing_is_said_while_a_worker_has_it(self, notice, passed_on, installed, swept):
        with installed.database.write() as session:
            Presence("big", ("cpu", pools.TENSORFLOW), {pools.TENSORFLOW: 1}).beat(session)
        swept()
        assert notice() is None
