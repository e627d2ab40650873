"""An idempotency key is of one act: it does that once, and nothing else ever."""

import pytest
from sqlmodel import select

from heldout_server.models import AuditEntry, Competition

KEY = "the-one-key-of-this-test"
BOARD = "/competitions/digits"


@pytest.fixture
def used(owner):
    """A key that belongs to an announcement."""
    answer = owner.post(f"{BOARD}/announcements", {"text": "Hello"}, key=KEY)
    assert answer.status_code == 201, answer.text
    return KEY


def acts(api):
    """Every act of the admin API that takes a key."""
    for path, item in api.get("/openapi.json").json()["paths"].items():
        for method, operation in item.items():
            names = {p["name"].lower() for p in operation.get("parameters", ())}
            if "/admin/" in path and "idempotency-key" in names:
                yield method.upper(), path.removeprefix("/api/v1/admin")


def rows(installed):
    with installed.database.read() as session:
        return len(session.execute(select(AuditEntry)).scalars().all())


def refused(answer):
    assert answer.status_code == 409, answer.text
    assert answer.json()["code"] == "conflict"
    assert "idempotency key" in answer.json()["detail"]
    return True


def test_a_used_key_opens_no_other_act(owner, api, used, installed):
    before = rows(installed)
    found = list(acts(api))
    assert len(found) > 50
    for method, path in found:
        answer = owner.request(method, path.format_map(Named()), key=used)
        # What stands at no address may be missed before the key is looked at.
        assert (path.count("{") > 1 and answer.status_code == 404) or refused(answer), path
    assert rows(installed) == before


class Named(dict):
    """Some value for each part of an address."""

    def __missing__(self, name):
        return "digits" if name == "slug" else "x_123"


class TestTheSameKey:
    def test_for_another_participant_gives_nothing(self, owner, join):
        join("Ada"), join("Bob")
        people = owner.get(f"{BOARD}/participants").json()["participants"]
        ada, bob = (f"{BOARD}/participants/{one['id']}/extend" for one in people)
        first = owner.post(ada, {"minutes": 5}, key=KEY)
        assert first.status_code == 200, first.text
        assert refused(owner.post(bob, {"minutes": 5}, key=KEY))

    def test_with_another_body_changes_nothing(self, owner, used):
        assert refused(owner.post(f"{BOARD}/announcements", {"text": "Goodbye"}, key=used))

    def test_with_an_act_that_changes_nothing_by_itself(self, owner, used, installed):
        assert refused(owner.request("PATCH", BOARD, json={"title": "New"}, key=used))
        with installed.database.read() as session:
            assert session.execute(select(Competition)).scalar_one().title != "New"

    def test_of_an_undo_is_no_error_of_ours(self, owner, used):
        assert refused(owner.post(f"{BOARD}/undo", key=used))

    def test_of_the_same_request_is_answered_as_before(self, owner, used, installed):
        before = rows(installed)
        again = owner.post(f"{BOARD}/announcements", {"text": "Hello"}, key=used)
        assert again.status_code == 201
        assert rows(installed) == before

    def test_belongs_to_its_own_organizer(self, helper, used):
        answer = helper.post(f"{BOARD}/announcements", {"text": "Goodbye"}, key=used)
        assert answer.status_code == 201


def test_no_key_is_kept_as_it_was_sent(used, installed):
    with installed.database.read() as session:
        entries = session.execute(select(AuditEntry)).scalars().all()
    keys = {entry.request_key for entry in entries if entry.request_key}
    assert len(keys) == 1
    assert KEY not in keys
