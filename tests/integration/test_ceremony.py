"""The reveal: nothing of it before its time, all of it afterwards, and a frozen board is silent."""

import numpy as np
import pytest

from heldout_server.web.pages.board.share_images import submission_picture
from integration.test_room import PAGES
from participant import npy

ADMIN = "/api/v1/admin/competitions/digits"


@pytest.fixture
def sent(join, labels, public, clock):
    """Send predictions with errors in either part, a minute after the one before."""

    def send(name: str, *, in_public: int, in_private: int) -> dict:
        predicted = labels.copy()
        for mask, count in ((public, in_public), (~public, in_private)):
            places = np.flatnonzero(mask)[:count]
            predicted[places] = (predicted[places] + 1) % 10
        clock.advance(minutes=1)
        return join(name).submit(npy(predicted))

    return send


@pytest.fixture
def organizer(api, organizer_token):
    """Acts by the API, and in this client's browser session."""
    api.post("/organize/sign-in", data={"token": organizer_token}, follow_redirects=False)

    def act(what: str):
        headers = {"Authorization": f"Bearer {organizer_token}"}
        answer = api.post(f"{ADMIN}/{what}", headers=headers)
        assert answer.status_code == 200, answer.text

    return act


@pytest.fixture
def frozen(sent, organizer, clock):
    """Ada leads in public; Bob's private score is the better one; Zora comes after the freeze."""
    sent("Ada", in_public=1, in_private=9)
    sent("Bob", in_public=5, in_private=2)
    clock.advance(minutes=1)
    organizer("freeze")
    return sent("Zora", in_public=0, in_private=0)


class TestFrozenBoard:
    def test_no_page_of_the_room_tells_what_came_since(self, api, frozen):
        told = {path: "Zora" in api.get(f"/c/digits{path}").text for path in PAGES}
        assert told == dict.fromkeys(PAGES, False)

    def test_says_that_it_stands_still(self, api, frozen):
        assert "Frozen since" in api.get("/c/digits").text

    def test_the_submissions_picture_keeps_the_score(self, api, frozen, organizer):
        title = api.get("/api/v1/competitions/digits").json()["title"]

        def shows(score: float | None, rank: int | None) -> bool:
            seen = api.get(f"/submissions/{frozen['id']}/share.png").content
            return seen == submission_picture(frozen["name"], "Zora", score, rank, title)

        assert shows(None, None)
        organizer("pause")
        organizer("reveal")
        assert shows(1.0, 1)


class TestCeremony:
    def test_is_secret_until_the_reveal(self, api, frozen):
        assert api.get("/c/digits/reveal.json").json()["code"] == "conflict"
        assert "Zora" not in api.get("/c/digits/reveal").text

    def test_is_the_organizers_own_before_that(self, api, frozen):
        api.cookies.clear()
        assert api.get("/organize/ceremony/digits").json()["code"] == "unauthorized"

    def test_begins_in_the_order_that_the_room_knows(self, api, frozen):
        rows = api.get("/organize/ceremony/digits").json()["rows"]
        assert [(r["name"], r["public_rank"], r["private_rank"]) for r in rows] == [
            ("Ada", 1, 3), ("Bob", 2, 2), ("Zora", None, 1),
        ]  # fmt: skip

    def test_is_published_by_its_own_page_only(self, api, frozen, organizer):
        organizer("pause")
        refused = api.post("/organize/ceremony/digits", data={"csrf": "x"})
        assert refused.json()["code"] == "forbidden"
        csrf = api.get("/organize/ceremony/digits").json()["csrf"]
        assert api.post("/organize/ceremony/digits", data={"csrf": csrf}).status_code == 204
        rows = api.get("/c/digits/reveal.json").json()["rows"]
        assert [r["name"] for r in rows] == ["Ada", "Bob", "Zora"]
        assert "The final standings." in api.get("/c/digits").text

    def test_cannot_be_published_while_submissions_are_taken(self, api, frozen):
        csrf = api.get("/organize/ceremony/digits").json()["csrf"]
        answer = api.post("/organize/ceremony/digits", data={"csrf": csrf})
        assert answer.json()["code"] == "conflict"

    def test_afterwards_the_board_leads_with_the_private_score(self, api, frozen, organizer):
        organizer("pause")
        organizer("reveal")
        page = api.get("/c/digits").text
        assert page.index("Zora") < page.index("Bob")
        assert "Private score of each final selection" in page
