"""One address makes so many accounts and no more, and organizers hear of it."""

import pytest
from sqlmodel import select

from console import Console
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.settings import Settings
from heldout_server.models import Alert
from heldout_server.web import joins

A_MINUTE = 4
AT_ONCE = A_MINUTE * joins.BURST_MINUTES


@pytest.fixture
def settings(settings) -> Settings:
    return settings.model_copy(update={"joins_per_minute": A_MINUTE})


def join(api, name, code="WAT-2026"):
    return api.post("/api/v1/join", json={"code": code, "name": name})


def alarms(installed):
    with installed.database.read() as session:
        found = session.execute(select(Alert).where(Alert.kind == joins.MANY_ACCOUNTS)).scalars()
        return [alert.detail for alert in found]


class TestLimit:
    def test_a_burst_gets_in_and_then_it_is_too_many(self, api):
        answers = [join(api, f"P{n}") for n in range(AT_ONCE + 1)]
        assert [answer.status_code for answer in answers] == [201] * AT_ONCE + [429]
        refused = answers[-1]
        assert refused.json()["code"] == "rate_limited"
        assert refused.headers["Retry-After"] == "60"
        assert "Your code is right" in refused.json()["hint"]

    def test_the_join_page_says_the_same(self, api):
        for number in range(AT_ONCE):
            join(api, f"P{number}")
        answer = api.post("/c/digits/join", data={"code": "WAT-2026", "name": "Ada"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
        assert "just joined from this address" in answer.text

    def test_what_made_no_account_does_not_count(self, api):
        for number in range(AT_ONCE):
            assert join(api, "Ada", code=f"wrong{number}").status_code == 403
            assert join(api, "").status_code == 422
        assert join(api, "Ada").status_code == 201

    def test_who_has_an_invite_gets_in(self, api, organizer_token):
        headers = {"Authorization": f"Bearer {organizer_token}"}
        made = api.post(
            "/api/v1/admin/competitions/digits/roster", headers=headers, content="name\nGrace\n"
        )
        invite = made.json()["invites"][0]["invite"]
        for number in range(AT_ONCE):
            join(api, f"P{number}")
        assert join(api, "Ada").status_code == 429
        assert join(api, "Grace", code=invite).status_code == 201


class TestAddresses:
    def test_have_a_limit_each(self):
        counted = joins.Joins(1)
        for _ in range(joins.BURST_MINUTES):
            counted.take("10.0.0.1")
        counted.take("10.0.0.2")

    def test_of_one_ipv6_network_are_counted_together(self):
        counted = joins.Joins(1)
        for number in range(joins.BURST_MINUTES):
            counted.take(f"2001:db8::{number}")
        with pytest.raises(ProblemError):
            counted.take("2001:db8::ffff")

    def test_without_a_limit_anybody_gets_in(self):
        counted = joins.Joins(0)
        for _ in range(500):
            counted.take("10.0.0.1")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
class TestAlarm:
    @pytest.fixture
    def settings(self, settings) -> Settings:
        return settings.model_copy(update={"joins_per_minute": 0})

    def test_a_class_raises_none_and_more_raise_one(self, api, installed, organizer_token):
        for number in range(joins.LARGEST_CLASS):
            join(api, f"P{number}")
        assert alarms(installed) == []
        for number in range(3):
            assert join(api, f"Q{number}").status_code == 201
        assert len(alarms(installed)) == 1
        assert "more than 100 accounts" in alarms(installed)[0]
        assert "testclient" not in alarms(installed)[0]
        console = Console(api.app, organizer_token)
        with installed.database.read() as session:
            alert = session.execute(select(Alert)).scalar_one()
        assert alert.detail in console.get().text.replace("&#39;", "'")
        seen = console.post(f"crowds/{alert.id}/seen")
        assert "The alarm is off" in seen.text
        assert "more than 100 accounts" not in console.get().text
