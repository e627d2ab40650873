"""Webhooks: news in the event's own transaction, sent at least once, without a secret shown."""

import json
import logging
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from sqlmodel import select

from heldout_server.models import Competition, Webhook, WebhookDelivery
from heldout_server.webhooks import arrivals, deliveries, outbox
from heldout_server.webhooks.sending import Outcome, Sender
from heldout_server.webhooks.worker import WebhookWorker
from participant import npy
from predictions import wrong_in
from waiting import PATIENCE_SECONDS, run_until

PATH = "/competitions/digits/webhooks"
SECRET = "swordfish-swordfish"
# A name that no resolver knows: the running server can't send, the test's own worker can.
BODY = {"url": "https://hooks.invalid/T0PSECRET", "format": "json", "secret": SECRET}


@pytest.fixture
def hook(owner):
    answer = owner.post(PATH, {**BODY, "thresholds": [0.9, 1.0]})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def told(installed):
    """The kinds of news that were written to the outbox."""

    def kinds():
        with installed.database.read() as session:
            rows = session.execute(select(WebhookDelivery).order_by(WebhookDelivery.id))
            return [(row.kind, row.text) for row in rows.scalars()]

    return kinds


class TestNews:
    def test_of_a_new_leader_once(self, hook, join, labels, public, told):
        ada = join("Ada")
        ada.submit(wrong_in(labels, public, 300))
        ada.submit(wrong_in(labels, public, 299))
        join("Bob").submit(wrong_in(labels, public, 298))
        assert [kind for kind, _ in told()] == ["first_submission", "new_leader", "new_leader"]
        assert "the first submission is in, by Ada" in told()[0][1]
        assert "Ada takes the lead" in told()[1][1]
        assert "Bob takes the lead" in told()[2][1]

    def test_of_a_leader_who_leads_again_after_an_undo_is_told_once(
        self, hook, owner, join, labels, public, told
    ):
        join("Ada").submit(wrong_in(labels, public, 300))
        best = join("Bob").submit(wrong_in(labels, public, 298))["id"]
        owner.post(f"/competitions/digits/submissions/{best}/hide", {"reason": "a look"})
        owner.post("/competitions/digits/undo", {})
        words = [text.split(": ")[-1].split(" with")[0] for kind, text in told() if "lead" in kind]
        assert words == ["Ada takes the lead", "Bob takes the lead"]

    def test_of_who_joined_in_one_message(self, owner, installed, join, told, clock):
        owner.post(PATH, {**BODY, "kinds": ["joined"]})
        for names in (["Ada", "Bob", "Cy", "Dan", "Eve", "Flo", "Gus"], [], ["Hal"]):
            for name in names:
                join(name)
            with installed.database.write() as session:
                arrivals.tell(session, now=clock())
        assert [text.split(": ")[-1] for _, text in told()] == [
            "Ada, Bob, Cy, Dan, Eve and 2 more joined.",
            "Hal joined.",
        ]

    def test_of_the_first_over_a_threshold_once(self, hook, join, labels, told):
        join("Ada").submit(npy(labels))
        join("Bob").submit(npy(labels))
        leads = ["new_leader", "threshold", "threshold"]
        assert [kind for kind, _ in told()] == ["first_submission", *leads]

    def test_that_a_rollback_takes_back(self, hook, installed, told, clock):
        def failing():
            with installed.database.write() as session:
                webhook = session.execute(select(Webhook)).scalar_one()
                outbox.enqueue(session, webhook, outbox.News.TEST, "x", key="k", now=clock())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            failing()
        assert told() == []

    def test_of_a_freeze_and_a_reveal(self, hook, owner, told):
        owner.post("/competitions/digits/freeze", {})
        owner.post("/competitions/digits/pause", {})
        answer = owner.post("/competitions/digits/reveal", {})
        assert answer.status_code == 200, answer.text
        assert [kind for kind, _ in told()] == ["frozen", "revealed"]

    def test_of_a_frozen_board_tells_nothing_of_what_is_hidden(
        self, hook, owner, join, labels, told, clock
    ):
        owner.post("/competitions/digits/freeze", {})
        clock.advance(minutes=1)
        join("Ada").submit(npy(labels))
        assert [kind for kind, _ in told()] == ["frozen", "first_submission"]

    def test_of_the_time(self, hook, installed, told, clock):
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            competition.opens_at = clock() + timedelta(minutes=5)
            competition.closes_at = clock() + timedelta(minutes=60)
            session.add(competition)
        for _ in range(30):
            with installed.database.write() as session:
                outbox.tell_the_time(session, now=clock())
            clock.advance(minutes=3)
        assert [kind for kind, _ in told()] == ["opened", "closing_soon"]

    def test_of_a_failing_scorer_once_for_each_time(self, owner, installed, told, clock):
        owner.post(PATH, {**BODY, "kinds": ["scorer_unhealthy"]})
        for problems in ([], ["storage"], ["storage"], [], ["storage"]):
            clock.advance(minutes=1)
            with installed.database.write() as session:
                outbox.tell_health(session, problems, now=clock())
        assert [kind for kind, _ in told()] == ["scorer_unhealthy"] * 2

    def test_that_was_not_asked_for_is_not_written(self, owner, join, labels, told):
        owner.post(PATH, {**BODY, "kinds": ["opened"], "thresholds": [0.5]})
        join("Ada").submit(npy(labels))
        assert told() == []


class TestSecrets:
    def test_are_never_shown_again(self, owner, hook, join, labels, caplog, api):
        caplog.set_level(logging.DEBUG)
        join("Ada").submit(npy(labels))
        tested = owner.post(f"{PATH}/{hook['id']}/test")
        assert tested.status_code == 202
        seen = [
            json.dumps(hook),
            owner.get(PATH).text,
            owner.get(f"{PATH}/{hook['id']}/deliveries").text,
            owner.get("/audit").text,
            caplog.text,
        ]
        assert not [text for text in seen if SECRET in text or "T0PSECRET" in text]
        assert hook["host"] == "hooks.invalid"

    def test_one_that_is_made_up_is_shown_once(self, owner):
        made = owner.post(PATH, {"url": BODY["url"], "format": "json"}).json()
        assert len(made["secret"]) > 30
        assert made["secret"] not in owner.get(PATH).text

    def test_are_not_repeated_in_a_refusal(self, owner):
        answer = owner.post(PATH, {**BODY, "url": "http://hooks.invalid/T0PSECRET"})
        assert answer.json()["code"] == "validation"
        assert "T0PSECRET" not in answer.text

    def test_adding_is_for_owners(self, helper):
        assert helper.post(PATH, BODY).json()["code"] == "forbidden"


class TestRefusals:
    def test_of_what_makes_no_sense(self, owner):
        for change in (
            {"url": "https://"},
            {"format": "telegram"},
            {"kinds": []},
            {"kinds": ["test"]},
            {"thresholds": [0.0]},
            {"thresholds": [1.5]},
            {"secret": "short"},
        ):
            answer = owner.post(PATH, {**BODY, **change})
            assert answer.json()["code"] == "validation", change
        assert owner.get(PATH).json()["webhooks"] == []


class TestDelivery:
    @pytest.fixture
    def waiting(self, hook, installed, clock):
        """One message, due only in the test's own future, so that nobody else takes it."""
        with installed.database.write() as session:
            webhook = session.execute(select(Webhook)).scalar_one()
            made = outbox.enqueue(
                session, webhook, outbox.News.TEST, "Hi", key="k",
                now=clock() + timedelta(hours=1),
            )  # fmt: skip
        return made

    def worker(self, installed, clock, statuses):
        answers = iter(statuses)
        sender = Sender(
            private=False,
            resolve=lambda host, port: ["8.8.8.8"],
            transport=httpx.MockTransport(lambda request: httpx.Response(next(answers))),
        )
        return WebhookWorker(installed.database, sender, installed.vault, clock, lambda: [])

    def row(self, installed, waiting):
        with installed.database.read() as session:
            return session.get_one(WebhookDelivery, waiting.id)

    def test_is_retried_with_growing_waits_until_it_arrives(self, installed, clock, waiting):
        own = clock() + timedelta(hours=1)
        worker = self.worker(installed, lambda: own, [500, 500, 204])
        waits = []
        for _ in range(2):
            assert worker.work()
            row = self.row(installed, waiting)
            waits.append((row.next_at - own).total_seconds())
            own = row.next_at
        assert worker.work()
        row = self.row(installed, waiting)
        assert (row.state, row.attempts, row.status) == ("delivered", 3, 204)
        assert waits == list(deliveries.BACKOFF_SECONDS[:2])
        assert worker.work() is False

    def test_is_given_up_after_the_last_try(self, installed, clock, waiting):
        own = clock() + timedelta(hours=1)
        worker = self.worker(installed, lambda: own, [500] * 20)
        while worker.work():
            own = max(own, self.row(installed, waiting).next_at)
        row = self.row(installed, waiting)
        assert (row.state, row.attempts) == ("failed", len(deliveries.BACKOFF_SECONDS) + 1)

    def test_of_a_sender_that_died_is_taken_up_again(self, installed, clock, waiting):
        later = clock() + timedelta(hours=1)
        with installed.database.write() as session:
            taken = deliveries.claim(session, now=later)
        assert taken is not None
        with installed.database.write() as session:
            assert deliveries.claim(session, now=later + timedelta(seconds=59)) is None
            again = deliveries.claim(session, now=later + timedelta(seconds=61))
        assert again is not None
        with installed.database.write() as session:  # the first one wakes up, too late
            deliveries.finish(session, taken[0], Outcome(False, final=True), now=later)
        assert self.row(installed, waiting).state == "pending"

    def test_to_a_removed_webhook_is_not_sent(self, owner, hook, installed, clock, waiting):
        owner.delete(f"{PATH}/{hook['id']}")
        worker = self.worker(installed, lambda: clock() + timedelta(hours=1), [])
        assert worker.work()
        assert self.row(installed, waiting).state == "failed"


class Receiver(BaseHTTPRequestHandler):
    """A webhook's server on this machine."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.seen.append((dict(self.headers), self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(PATIENCE_SECONDS)
    server.server_close()


class TestForReal:
    def test_private_addresses_are_refused_unless_allowed(self, installed, owner, receiver, clock):
        with installed.database.write() as session:
            competition = session.execute(select(Competition)).scalar_one()
            session.add(
                Webhook(
                    public_id="w_1", competition_id=competition.id, name="x", format="json",
                    url=f"http://127.0.0.1:{receiver.server_port}/", secret=SECRET,
                    kinds=["opened"], thresholds=[], crossed=[], created_at=clock(),
                )
            )  # fmt: skip
        owner.post(f"{PATH}/w_1/test")
        row = run_until(
            lambda: (d := owner.get(f"{PATH}/w_1/deliveries").json()["deliveries"][0])["attempts"]
            and d["problem"] and d
        )  # fmt: skip
        assert row["state"] == "pending"
        assert receiver.seen == []
        later = clock() + timedelta(hours=1)
        worker = WebhookWorker(
            installed.database, Sender(private=True), installed.vault, lambda: later, lambda: []
        )
        assert worker.work()
        ((headers, content),) = receiver.seen
        assert json.loads(content)["kind"] == "test"
        assert headers["Heldout-Signature"].startswith("v1=")
