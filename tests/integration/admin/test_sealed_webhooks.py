"""Webhooks at rest: no copy of the database opens them, and a lost key is a sentence."""

import tarfile
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import select

from console import Console
from heldout_server.models import Webhook, WebhookDelivery
from heldout_server.operations.backup import back_up
from heldout_server.operations.store_checks import webhook_key
from heldout_server.webhooks.sending import Sender
from heldout_server.webhooks.worker import WebhookWorker

PATH = "/competitions/digits/webhooks"
SECRET = "swordfish-swordfish"
ADDRESS = "https://hooks.invalid/T0PSECRET"
BODY = {"url": ADDRESS, "format": "json", "secret": SECRET}


@pytest.fixture
def hook(owner):
    answer = owner.post(PATH, BODY)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def worker(installed, clock):
    """A sender of the test's own, an hour ahead; what it sends is in `seen`."""
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(204)

    sender = Sender(
        private=False, resolve=lambda *_: ["8.8.8.8"], transport=httpx.MockTransport(handler)
    )
    made = WebhookWorker(
        installed.database, sender, installed.vault, lambda: clock() + timedelta(hours=1),
        lambda: [],
    )  # fmt: skip
    object.__setattr__(made, "seen", seen)
    return made


def stored(installed):
    with installed.database.read() as session:
        return session.execute(text("select url, secret, host from webhook")).all()


def waiting(installed, clock):
    """One message that only the test's own sender finds due."""
    with installed.database.write() as session:
        webhook = session.execute(select(Webhook)).scalar_one()
        session.add(
            WebhookDelivery(
                public_id="d_1", webhook_id=webhook.id, key="k", kind="test", text="Hi", data={},
                next_at=clock() + timedelta(minutes=59), created_at=clock(),
            )
        )  # fmt: skip


def outcome(installed):
    with installed.database.read() as session:
        return session.execute(select(WebhookDelivery)).scalar_one()


class TestAtRest:
    def test_neither_address_nor_secret_is_in_the_database(self, installed, hook):
        ((url, secret, host),) = stored(installed)
        assert "T0PSECRET" not in url
        assert "swordfish" not in secret
        assert host == hook["host"] == "hooks.invalid"
        assert hook["readable"] is True

    def test_a_backup_has_neither_them_nor_the_key(self, installed, hook, tmp_path, clock):
        target = tmp_path / "elsewhere" / "backup.tar"
        back_up(installed, target, now=clock())
        key = installed.vault.path.read_bytes().strip()
        for secret in (b"T0PSECRET", SECRET.encode(), key):
            assert secret not in target.read_bytes()
        with tarfile.open(target) as backup:
            assert not [name for name in backup.getnames() if "key" in name]

    def test_messages_are_sent_as_ever(self, installed, hook, worker, clock):
        waiting(installed, clock)
        assert worker.work()
        (request,) = worker.seen
        assert request.headers["Host"] == "hooks.invalid"
        assert request.url.path == "/T0PSECRET"

    def test_what_an_earlier_version_stored_is_sealed(self, installed, hook, worker):
        with installed.database.write() as session:
            change = "update webhook set url = :url, secret = :secret"
            session.execute(text(change), {"url": ADDRESS, "secret": SECRET})
        worker.look()
        ((url, secret, _),) = stored(installed)
        assert installed.vault.open(url) == ADDRESS != url
        assert installed.vault.open(secret) == SECRET != secret


class TestALostKey:
    @pytest.fixture
    def lost(self, installed, hook, tmp_path):
        """The key's file is gone; returns what was in it."""
        content = installed.vault.path.read_text()
        installed.vault.path.unlink()
        return content

    def test_is_said_where_webhooks_are_listed(self, owner, lost, api, organizer_token):
        (shown,) = owner.get(PATH).json()["webhooks"]
        assert (shown["readable"], shown["host"]) == (False, "hooks.invalid")
        page = Console(api.app, organizer_token).get("webhooks")
        assert page.status_code == 200
        assert "add it again" in page.text

    def test_fails_the_message_in_words_and_heals(self, installed, lost, worker, clock):
        waiting(installed, clock)
        assert worker.work()
        row = outcome(installed)
        assert (row.state, worker.seen) == ("pending", [])
        assert "can't be read" in row.problem
        installed.vault.path.write_text(lost)
        with installed.database.write() as session:
            found = session.get_one(WebhookDelivery, row.id)
            found.next_at = clock()
            session.add(found)
        assert worker.work()
        assert outcome(installed).state == "delivered"

    def test_leaves_removing_and_adding_anew(self, owner, hook, lost):
        assert owner.delete(f"{PATH}/{hook['id']}").status_code == 200
        assert owner.post(PATH, BODY).json()["readable"] is True

    def test_is_found_by_the_doctor(self, installed, lost, database):
        settings = installed.settings.model_copy(
            update={"database_url": database.engine.url.render_as_string(hide_password=False)}
        )
        (finding,) = webhook_key(settings)
        assert finding.state == "warning"
        assert "1 can't be read" in finding.detail
