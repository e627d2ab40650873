"""Addresses that people type, scan and hang on the wall, asked for as browsers do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from heldout_server.models import Competition, Joining, Visibility
from heldout_server.processes.installation import Installation

CODE = "WAT-2026"
Change = Callable[..., None]


@pytest.fixture
def second(installed: Installation) -> str:
    """Another competition; returns its code."""
    own = {"slug": "next-week", "title": "Next week", "join_code": "NEXT-2027"}
    with installed.database.write() as session:
        first = session.get_one(Competition, 1)
        session.add(Competition(**{**first.model_dump(exclude={"id"}), **own}))
    return own["join_code"]


@pytest.fixture
def change(installed: Installation) -> Change:
    def changing(**values: object) -> None:
        with installed.database.write() as session:
            competition = session.get_one(Competition, 1)
            for name, value in values.items():
                setattr(competition, name, value)
            session.add(competition)

    return changing


def leads(api: TestClient, path: str) -> str:
    answer = api.get(path, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


class TestTheOnlyCompetition:
    def test_is_where_the_short_address_leads(self, api):
        assert leads(api, "/j") == "/c/digits/join"
        for path in (f"/j/{CODE}", f"/j?code={CODE}"):
            assert leads(api, path) == f"/c/digits/join?code={CODE}"
        assert f'value="{CODE}"' in api.get(f"/j/{CODE}").text

    def test_anybodys_own_code_is_left_to_the_join_page(self, api):
        assert leads(api, "/j/RKD-47W%20NX9") == "/c/digits/join?code=RKD-47W+NX9"

    def test_one_that_is_over_does_not_stand_in_the_way(self, api, second, change, clock):
        change(closes_at=clock.now)
        assert leads(api, "/j") == "/c/next-week/join"


class TestSeveral:
    def test_one_field_asks_for_the_code(self, api, second):
        answer = api.get("/j")
        assert answer.status_code == 200
        assert answer.text.count("<input") == 1
        assert 'action="/j"' in answer.text

    def test_the_code_tells_which(self, api, second):
        for typed in (CODE, "wat 2026", "wat2026"):
            assert leads(api, f"/j/{typed}").startswith("/c/digits/join?code=")
        assert leads(api, f"/j?code={second}").startswith("/c/next-week/join?code=")

    def test_a_wrong_one_says_so_beside_the_field(self, api, second):
        answer = api.get("/j/NOPE")
        assert answer.status_code == 403
        assert "leads to no competition here" in answer.text
        assert 'value="NOPE"' in answer.text

    def test_an_unlisted_one_is_found_by_its_code_alone(self, api, second, change):
        change(visibility=Visibility.LINK)
        assert leads(api, "/j") == "/c/next-week/join"


class TestTheStarterNotebook:
    def test_is_filled_in_and_downloaded(self, api):
        answer = api.get(f"/c/digits/starter.ipynb?code={CODE}")
        assert (
            answer.headers["content-disposition"] == 'attachment; filename="heldout-digits.ipynb"'
        )
        assert answer.headers["cache-control"] == "no-store"
        first, second = ["".join(c["source"]) for c in answer.json()["cells"][1:3]]
        assert 'URL = "http://testserver"' in first
        assert f'CODE = "{CODE}"' in first
        assert second.startswith("client = heldout.join(URL, code=CODE, name=NAME)")

    def test_tells_nobody_the_rooms_code(self, api):
        assert CODE not in api.get("/c/digits/starter.ipynb").text

    def test_whoever_is_signed_in_finds_their_own_code_in_it(self, api):
        posted = api.post("/c/digits/join", data={"code": CODE, "name": "Ada"})
        own = re.search(r'id="own-code"[^>]*>([A-Z0-9-]{11})<', posted.text)[1]
        for path in ("/c/digits/starter.ipynb", f"/c/digits/starter.ipynb?code={CODE}"):
            first, second = ["".join(c["source"]) for c in api.get(path).json()["cells"][1:3]]
            assert f'CODE = "{own}"' in first
            assert "input(" not in first
            assert second.startswith("client = heldout.join(URL, code=CODE)")
        # In a browser that has lost the code, that alone is asked for.
        api.cookies.delete("heldout_code", path="/c/digits")
        first = "".join(api.get("/c/digits/starter.ipynb").json()["cells"][1]["source"])
        assert first.count("input(") == 1

    def test_is_linked_where_people_join(self, api):
        page = api.get(f"/c/digits/join?code={CODE}").text
        assert f'href="/c/digits/starter.ipynb?code={CODE}"' in page
        assert "hidden images: " in page

    def test_is_there_for_competitions_only(self, api):
        assert api.get("/c/nope/starter.ipynb").status_code == 404


class TestHelp:
    def test_answers_with_and_without_a_competition(self, api):
        for path in ("/help", "/c/digits/help"):
            page = api.get(path)
            assert page.status_code == 200
            for words in ("How do I get back in?", "client.track(model)", "Which files", "Colab"):
                assert words in page.text
        assert "/c/digits/starter.ipynb" in api.get("/c/digits/help").text
        assert 'href="/c/digits/help"' in api.get("/c/digits").text


class TestTheProjectorsLink:
    LINK = "/organize/c/digits/projector/screen"

    def test_carries_the_code_for_organizers_alone(self, api, organizer_token, change):
        assert leads(api, self.LINK) == "/c/digits/tv"
        api.post("/organize/sign-in", data={"token": organizer_token})
        assert leads(api, self.LINK) == f"/c/digits/tv?code={CODE}"
        assert self.LINK in api.get("/organize/c/digits/board").text
        change(joining=Joining.OPEN)  # then no code is needed
        assert leads(api, self.LINK) == "/c/digits/tv"
