"""The reveal: nothing of it before its time, all of it afterwards, and a frozen board is silent."""

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.models import AuditEntry
from heldout_server.web.pages.board.share_images import submission_picture
from integration.test_room import PAGES
from participant import npy

AS_THE_STAGE = {"Accept": "application/json"}
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

        def shows(score: str | None, rank: int | None) -> bool:
            seen = api.get(f"/submissions/{frozen['id']}/share.png").content
            return seen == submission_picture(frozen["name"], "Zora", score, rank, title)

        assert shows(None, None)
        organizer("pause")
        organizer("reveal")
        assert shows("100.00%", 1)


class TestCeremony:
    def test_is_secret_until_the_reveal(self, api, frozen):
        assert api.get("/c/digits/reveal.json").json()["code"] == "conflict"
        assert "Zora" not in api.get("/c/digits/reveal").text

    def test_is_the_organizers_own_before_that(self, api, frozen):
        api.cookies.clear()
        answer = api.get("/organize/ceremony/digits")
        assert (answer.status_code, answer.content) == (204, b"")

    def test_begins_in_the_order_that_the_room_knows(self, api, frozen):
        rows = api.get("/organize/ceremony/digits").json()["rows"]
        assert [(r["name"], r["public_rank"], r["private_rank"]) for r in rows] == [
            ("Ada", 1, 3), ("Bob", 2, 2), ("Zora", None, 1),
        ]  # fmt: skip

    def test_is_published_by_its_own_page_only(self, api, frozen, organizer):
        organizer("pause")
        told = api.get("/organize/ceremony/digits").json()
        refused = api.post(told["reveal_at"], data={"csrf": "x"}, headers=AS_THE_STAGE)
        assert refused.json()["code"] == "forbidden"
        sent = {"csrf": told["csrf"], "key": told["key"]}
        assert api.post(told["reveal_at"], data=sent, headers=AS_THE_STAGE).is_success
        rows = api.get("/c/digits/reveal.json").json()["rows"]
        assert [r["name"] for r in rows] == ["Ada", "Bob", "Zora"]
        assert "The final standings." in api.get("/c/digits").text

    def test_cannot_be_published_while_submissions_are_taken(self, api, frozen):
        told = api.get("/organize/ceremony/digits").json()
        assert told["is_open"] is True
        sent = {"csrf": told["csrf"], "key": told["key"]}
        answer = api.post(told["reveal_at"], data=sent, headers=AS_THE_STAGE)
        assert answer.status_code == 409
        assert api.get("/c/digits/reveal.json").json()["code"] == "conflict"

    def test_closes_and_reveals_at_its_end_once_however_often_it_is_sent(
        self, api, frozen, installed
    ):
        told = api.get("/organize/ceremony/digits").json()
        sent = {"csrf": told["csrf"], "key": told["key"], "close": "yes"}
        for _ in range(2):
            assert api.post(told["reveal_at"], data=sent, headers=AS_THE_STAGE).is_success
        assert api.get("/c/digits/reveal.json").status_code == 200
        with installed.database.read() as session:
            acts = [entry.action for entry in session.execute(select(AuditEntry)).scalars()]
        assert acts.count("competition.reveal") == 1

    def test_is_not_published_from_another_site(self, api, frozen):
        told = api.get("/organize/ceremony/digits").json()
        answer = api.post(
            told["reveal_at"], data={"csrf": told["csrf"], "close": "yes"},
            headers=AS_THE_STAGE | {"Origin": "https://elsewhere.example"},
        )  # fmt: skip
        assert answer.json()["code"] == "forbidden"

    def test_afterwards_the_board_leads_with_the_private_score(self, api, frozen, organizer):
        organizer("pause")
        organizer("reveal")
        page = api.get("/c/digits").text
        assert page.index("Zora") < page.index("Bob")
        assert "Private score of each final selection" in page
