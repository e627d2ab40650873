"""A new competition: when it closes, and what becomes of the one that the first start made."""

from datetime import timedelta

import pytest

from conftest import CODE
from outline import as_read

# What differs between the databases is tested where it is asked; here pages are.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

WIZARD = {"title": "Evening", "timezone": "America/Toronto", "join_code": "", "dataset": ""}


def make(owner, **fields):
    return owner.post("/organize/new", **{**WIZARD, **fields})


class TestClosing:
    def test_in_some_minutes_whatever_the_zone(self, owner, api, clock):
        make(owner, closes="in", closes_in="90", closes_at="2020-01-01T00:00")
        shown = api.get("/api/v1/competitions/evening").json()
        wanted = (clock() + timedelta(minutes=90)).isoformat()
        assert shown["closes_at"][:16] == wanted[:16]

    def test_at_a_time_of_the_room(self, owner, api):
        make(owner, closes="at", closes_in="90", closes_at="2026-12-01T20:00")
        shown = api.get("/api/v1/competitions/evening").json()
        assert shown["closes_at"].startswith("2026-12-02T01:00")

    def test_by_hand_alone(self, owner, api):
        make(owner, closes="never", closes_in="90", closes_at="2026-12-01T20:00")
        assert api.get("/api/v1/competitions/evening").json()["closes_at"] is None

    def test_never_in_the_past(self, owner):
        page = make(owner, closes="at", closes_at="2020-01-01T20:00")
        assert page.status_code == 422
        assert "The closing time is over already." in page.text
        assert "In America/Toronto it is " in page.text

    @pytest.mark.parametrize("minutes", ["", "0", "-5", "soon", "999999999"])
    def test_minutes_are_some(self, owner, minutes):
        page = make(owner, closes="in", closes_in=minutes)
        assert page.status_code == 422
        assert 'value="in" checked' in as_read(page.text)


class TestTheContestOfTheFirstStart:
    def test_is_offered_and_taken_over(self, owner, api):
        before = api.get("/api/v1/competitions/digits").json()
        assert "Use the empty “UCI digits: read the digits”" in owner.get("/organize/new").text
        made = make(owner, title="Novices", closes="in", closes_in="90", take_over="yes")
        assert made.url.path == "/organize/c/digits"
        listed = api.get("/api/v1/competitions").json()["competitions"]
        assert [one["title"] for one in listed] == ["Novices"]
        shown = api.get("/api/v1/competitions/digits").json()
        assert shown["timezone"] == "America/Toronto" != before["timezone"]
        assert api.post("/api/v1/join", json={"code": CODE, "name": "Ada"}).status_code == 201

    def test_is_taken_over_once(self, owner, api):
        make(owner, title="Novices", closes="never", take_over="yes")
        assert "Use the empty" not in owner.get("/organize/new").text
        second = make(owner, title="Experts", closes="never", take_over="yes")
        assert second.url.path == "/organize/c/experts"

    def test_a_second_click_is_the_same_contest(self, owner, api):
        for _ in range(2):
            page = make(owner, title="Novices", closes="never", take_over="yes", key="a-key-a-key")
            assert page.url.path == "/organize/c/digits"
        assert len(api.get("/api/v1/competitions").json()["competitions"]) == 1

    def test_stays_when_the_box_is_not_ticked(self, owner, api):
        make(owner, title="Novices", closes="never")
        assert len(api.get("/api/v1/competitions").json()["competitions"]) == 2

    def test_is_somebodys_once_somebody_has_come(self, owner, join):
        join("Ada")
        assert "Use the empty" not in owner.get("/organize/new").text
        assert make(owner, take_over="yes", closes="never").url.path == "/organize/c/evening"


class TestTheGhostAndTheWall:
    def test_the_refusal_offers_what_to_do(self, owner, join, api):
        join("Ada")
        make(owner, title="Ghost", closes="never")
        owner.post("pause"), owner.post("board/reveal")
        page = owner.get("board")
        assert "has the same hidden images" in as_read(page.text)
        assert "Open the wall…" not in as_read(page.text)
        done = owner.post("/organize/c/ghost/settings/archive", back="/organize/c/digits/board")
        assert done.url.path == "/organize/c/digits/board"
        assert "Archived" in done.text
        assert 'name="act"' not in done.text[done.text.index("notice-good") :].split("</div>")[0]
        assert "Open the wall…" in as_read(done.text)
        assert "The wall of hardest examples is open" in owner.post("board/open-hardest").text

    def test_one_with_people_is_named_and_not_archived(self, owner, join, api):
        make(owner, title="Other", closes="never", join_code="OTHER-26")
        api.post("/api/v1/join", json={"code": "OTHER-26", "name": "Bo"})
        owner.post("pause"), owner.post("board/reveal")
        page = as_read(owner.get("board").text)
        assert "Close or archive it first" in page
        assert "Archive the empty one" not in page
