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
