"""One post: signed, to the checked address, without redirects; every end of it has words."""

import hashlib
import hmac
import json
import socket
import threading

import httpx
import pytest

from heldout_server.webhooks.news import Message, body, signature
from heldout_server.webhooks.sending import Outcome, Sender, Target
from waiting import PATIENCE_SECONDS

MESSAGE = Message("d_1", "new_leader", "@everyone <b> *Ada* & co", {"score": 0.5}, "2026-11-25")
TARGET = Target("https://hooks.example.org/T0P/SECRET", "json", "swordfish-swordfish")


def sender(handler, *, addresses=("8.8.8.8",), private=False):
    return Sender(
        private=private,
        resolve=lambda host, port: addresses,
        transport=httpx.MockTransport(handler),
        clock=lambda: 1_700_000_000.9,
    )


def answering(status, **headers):
    return lambda request: httpx.Response(status, headers=headers)


class TestSend:
    def test_is_signed_over_time_and_body(self):
        seen = []

        def handler(request):
            seen.append(request)
            return httpx.Response(204)

        assert sender(handler).send(TARGET, MESSAGE) == Outcome(True, 204)
        (request,) = seen
        given = request.headers["Heldout-Signature"]
        signed = request.headers["Heldout-Timestamp"].encode() + b"." + request.content
        wanted = hmac.new(b"swordfish-swordfish", signed, hashlib.sha256).hexdigest()
        assert given == f"v1={wanted}"
        assert json.loads(request.content)["id"] == request.headers["Heldout-Delivery"] == "d_1"

    def test_goes_to_the_checked_address_under_the_name(self):
        seen = []

        def handler(request):
            seen.append(request)
            return httpx.Response(200)

        sender(handler).send(TARGET, MESSAGE)
        (request,) = seen
        assert request.url.host == "8.8.8.8"
        assert request.headers["Host"] == "hooks.example.org"
        assert request.extensions["sni_hostname"] == "hooks.example.org"

    def test_never_follows_a_redirect(self):
        seen = []

        def handler(request):
            seen.append(request)
            return httpx.Response(302, headers={"Location": "https://127.0.0.1/"})

        outcome = sender(handler).send(TARGET, MESSAGE)
        assert len(seen) == 1
        assert (outcome.delivered, outcome.final) == (False, True)

    def test_never_asks_a_private_address(self):
        def handler(request):
            raise AssertionError("sent")

        outcome = sender(handler, addresses=("8.8.8.8", "192.168.0.1")).send(TARGET, MESSAGE)
        assert not outcome.delivered
        assert "private network" in outcome.problem

    def test_tries_the_next_address(self):
        def handler(request):
            if request.url.host == "8.8.8.8":
                raise httpx.ConnectError("refused")
            return httpx.Response(200)

        assert sender(handler, addresses=("8.8.8.8", "8.8.4.4")).send(TARGET, MESSAGE).delivered

    @pytest.mark.parametrize(
        ("status", "final"), [(400, True), (404, True), (410, True), (429, False), (500, False)]
    )
    def test_tells_never_from_later(self, status, final):
        assert sender(answering(status)).send(TARGET, MESSAGE).final is final

    def test_waits_as_long_as_it_is_told(self):
        outcome = sender(answering(429, **{"Retry-After": "17"})).send(TARGET, MESSAGE)
        assert outcome.retry_after_seconds == 17
        strange = sender(answering(503, **{"Retry-After": "999999999"})).send(TARGET, MESSAGE)
        assert strange.retry_after_seconds == 3600

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (httpx.ReadTimeout("T0P"), "didn't answer"),
            (httpx.ConnectError("certificate verify failed"), "certificate"),
            (httpx.ConnectError("https://hooks.example.org/T0P/SECRET"), "can't be reached"),
        ],
    )
    def test_problems_are_words_without_a_secret(self, error, words):
        def handler(request):
            raise error

        outcome = sender(handler).send(TARGET, MESSAGE)
        assert words in outcome.problem
        assert "T0P" not in outcome.problem

    def test_a_repr_shows_no_secret(self):
        assert "SECRET" not in repr(TARGET)
        assert "swordfish" not in repr(TARGET)


class Dripping:
    """A receiver that sends a byte of a header now and then, and an answer only at last."""

    def __init__(self):
        self.over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        connection, _ = self._listening.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 204 No Content\r\nX: ")
                for _ in range(300):
                    connection.sendall(b"x")
                    if self.over.wait(0.1):
                        return
                connection.sendall(b"\r\n\r\n")
            except OSError:
                pass  # the sender has hung up

    def close(self):
        self.over.set()
        self._thread.join(PATIENCE_SECONDS)
        self._listening.close()


@pytest.fixture
def dripping():
    receiver = Dripping()
    yield receiver
    receiver.close()


class TestDeadline:
    """Reads that each come in time add up: without a deadline, these would be delivered."""

    def test_holds_for_an_answer_that_drips(self, dripping):
        sender = Sender(private=True, deadline_seconds=1)
        outcome = sender.send(Target(dripping.url, "json", "s"), MESSAGE)
        assert (outcome.delivered, outcome.final) == (False, False)
        assert outcome.problem == "The webhook's server didn't answer within 1 seconds."

    def test_holds_for_a_name_that_does_not_resolve(self):
        known = threading.Event()

        def resolve(host, port):
            known.wait(PATIENCE_SECONDS)
            return ["8.8.8.8"]

        sender = Sender(
            private=False,
            resolve=resolve,
            transport=httpx.MockTransport(answering(204)),
            deadline_seconds=0.2,
        )
        outcome = sender.send(TARGET, MESSAGE)
        known.set()
        assert not outcome.delivered


class TestBody:
    def test_for_discord_mentions_nobody(self):
        sent = json.loads(body(MESSAGE, "discord"))
        assert sent["allowed_mentions"] == {"parse": []}
        assert sent["content"] == r"\@everyone \<b\> \*Ada\* & co"

    def test_for_slack_escapes_its_three_characters(self):
        assert json.loads(body(MESSAGE, "slack")) == {"text": "@everyone &lt;b&gt; *Ada* &amp; co"}

    def test_for_json_has_it_all(self):
        assert json.loads(body(MESSAGE, "json")) == {
            "id": "d_1", "kind": "new_leader", "text": MESSAGE.text, "data": {"score": 0.5},
            "created_at": "2026-11-25",
        }  # fmt: skip

    def test_a_long_text_is_cut(self):
        long = Message("d", "test", "x" * 5000, {}, "")
        assert len(json.loads(body(long, "slack"))["text"]) == 1500


def test_a_signature_changes_with_time_body_and_secret():
    given = {signature(s, t, c) for s in ("a", "b") for t in (1, 2) for c in (b"x", b"y")}
    assert len(given) == 8
