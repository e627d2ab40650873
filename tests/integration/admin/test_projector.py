"""What projectors show: set by API, shown by every open one, kept, audited, undone."""

import pytest
from sqlmodel import select

from heldout_server.models import AuditEntry, Event

PATH = "/competitions/digits/projector"
BY_ITSELF = {
    "view": "board", "theme": "dark", "size": "normal", "scroll": True, "seconds": 12, "rows": 60,
    "qr": True,
}  # fmt: skip


def fragment(api, **own) -> str:
    return api.get("/c/digits/tv/board", params=own).text


class TestSet:
    def test_begins_with_what_a_projector_shows_by_itself(self, owner):
        assert owner.get(PATH).json() == BY_ITSELF

    def test_changes_open_screens_and_those_started_again(self, helper, api):
        changed = {"view": "awards", "theme": "light", "size": "huge", "scroll": False}
        answer = helper.patch(PATH, changed)
        assert answer.json() == BY_ITSELF | changed
        for shown in (fragment(api), api.get("/c/digits/tv").text):
            assert 'data-live-scene="awards"' in shown
            assert 'data-tv-theme="light"' in shown
            assert 'data-tv-size="huge"' in shown
            assert "data-tv-seconds" not in shown
            assert "No awards yet" in shown

    def test_leaves_what_was_not_sent(self, owner):
        owner.patch(PATH, {"seconds": 20})
        assert owner.patch(PATH, {"qr": False}).json() == BY_ITSELF | {"seconds": 20, "qr": False}

    def test_the_address_of_a_screen_wins(self, owner, api):
        owner.patch(PATH, {"view": "pause", "theme": "light", "qr": False})
        own = fragment(api, view="join", seconds=30)
        assert 'data-live-scene="join"' in own
        assert 'data-tv-theme="light"' in own
        assert 'data-tv-corner="on"' in own
        assert 'data-live-src="/c/digits/tv/board?view=join&amp;seconds=30"' in own
        still = fragment(api, scroll="no", view="board")
        assert 'data-live-src="/c/digits/tv/board?view=board&amp;scroll=false"' in still
        assert "data-tv-seconds" not in still

    @pytest.mark.parametrize(
        "body",
        [{"view": "cinema"}, {"theme": "pink"}, {"seconds": 2}, {"rows": 0}, {"scroll": None},
         {"size": 7}],
    )  # fmt: skip
    def test_refuses_what_no_projector_can_show(self, owner, body):
        assert owner.patch(PATH, body).json()["code"] == "validation"
        assert owner.get(PATH).json() == BY_ITSELF

    def test_is_for_organizers(self, api):
        assert api.patch(f"/api/v1/admin{PATH}", json={"view": "pause"}).status_code == 401

    def test_goes_along_with_a_clone(self, owner):
        owner.patch(PATH, {"view": "race"})
        made = owner.post("/competitions/digits/clone", {"title": "Again"}).json()
        assert owner.get(f"/competitions/{made['slug']}/projector").json()["view"] == "race"


@pytest.mark.quiet
class TestTold:
    def test_as_an_event_that_leaves_every_board_as_it_is(self, owner, api, installed):
        before = api.get("/c/digits/board").headers["ETag"]
        for _ in range(2):
            owner.patch(PATH, {"view": "join"})
        with installed.database.read() as session:
            event = session.execute(select(Event)).scalar_one()
        assert event.kind == "projector.changed"
        assert event.data == BY_ITSELF | {"view": "join"}
        assert api.get("/c/digits/board").headers["ETag"] == before

    def test_in_the_audit_log_with_what_differs(self, owner, installed):
        owner.patch(PATH, {"view": "race", "seconds": 12})
        with installed.database.read() as session:
            query = select(AuditEntry).where(AuditEntry.action == "projector.set")
            entry = session.execute(query).scalar_one()
        assert (entry.before, entry.after) == ({"view": "board"}, {"view": "race"})


class TestUndo:
    def test_puts_back_what_was_shown(self, owner, api):
        owner.patch(PATH, {"view": "race"})
        owner.patch(PATH, {"view": "pause", "qr": False})
        assert owner.post("/competitions/digits/undo").status_code == 200
        assert owner.get(PATH).json() == BY_ITSELF | {"view": "race"}
        owner.post("/competitions/digits/undo")
        assert 'data-live-scene="board"' in fragment(api)
