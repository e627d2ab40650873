"""Announcements: in the API, on the page, in the event stream, until their time is over."""

from datetime import timedelta

import pytest
from sqlmodel import select

from heldout_server.models import Event

PATH = "/competitions/digits/announcements"
SHOWN = "/api/v1/competitions/digits/announcements"


def texts(api):
    return [one["text"] for one in api.get(SHOWN).json()["announcements"]]


class TestAnnounce:
    def test_shows_on_page_and_api_newest_first(self, owner, api):
        owner.post(PATH, {"text": "First"})
        owner.post(PATH, {"text": "Second <b>", "level": "warning"})
        assert texts(api) == ["Second b", "First"]
        page = api.get("/c/digits").text
        assert "announcement-warning" in page
        assert page.index("Second b") < page.index("First")

    def test_is_an_event_of_its_own(self, owner, installed):
        made = owner.post(PATH, {"text": "Hello"}).json()
        with installed.database.read() as session:
            event = session.execute(select(Event)).scalar_one()
        assert event.kind == "board.announced"
        assert event.data["announcement"] == made["id"]
        assert event.data["text"] == "Hello"

    def test_ends_by_itself_on_the_cached_page_too(self, owner, api, clock):
        until = (clock() + timedelta(minutes=5)).isoformat()
        owner.post(PATH, {"text": "Hurry", "until": until})
        assert "Hurry" in api.get("/c/digits").text
        clock.advance(minutes=5)
        assert "Hurry" not in api.get("/c/digits").text
        assert texts(api) == []
        assert len(owner.get(PATH).json()["announcements"]) == 1

    def test_stays_ten_minutes_unless_somebody_says_otherwise(self, owner, api, clock):
        usual = owner.post(PATH, {"text": "Pizza"}).json()
        assert usual["until"] == (clock() + timedelta(minutes=10)).isoformat().replace(
            "+00:00", "Z"
        )
        assert owner.post(PATH, {"text": "Wifi: mnist", "until": None}).json()["until"] is None
        clock.advance(minutes=10)
        assert texts(api) == ["Wifi: mnist"]

    def test_ends_at_the_reveal_and_comes_back_with_its_undoing(self, owner, api, clock):
        owner.post(PATH, {"text": "Wifi: mnist", "until": None})
        clock.advance(seconds=5)
        owner.post("/competitions/digits/reveal", {"close": True})
        assert texts(api) == []
        owner.post(PATH, {"text": "Thank you all"})
        assert texts(api) == ["Thank you all"]
        owner.post("/competitions/digits/conceal")
        assert texts(api) == ["Thank you all", "Wifi: mnist"]

    def test_withdrawn_is_gone(self, owner, helper, api):
        made = owner.post(PATH, {"text": "Oops"}).json()
        for _ in range(2):
            assert helper.delete(f"{PATH}/{made['id']}").status_code == 200
        assert texts(api) == []

    def test_the_double_click_says_it_once(self, owner, api):
        for _ in range(2):
            owner.post(PATH, {"text": "Once"}, key="click-12345")
        assert texts(api) == ["Once"]

    @pytest.mark.parametrize(
        "body",
        [
            {"text": "  "},
            {"text": "x", "level": "loud"},
            {"text": "x", "until": "2020-01-01T00:00:00Z"},
            {"text": "x", "until": "2026-11-25T20:00:00"},
        ],
    )
    def test_refuses_what_makes_no_sense(self, owner, body, api):
        assert owner.post(PATH, body).json()["code"] == "validation"
        assert texts(api) == []
