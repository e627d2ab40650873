"""A board that doesn't show everybody doesn't, wherever anybody looks: every public address."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from heldout_server.leaderboard import standings
from heldout_server.leaderboard.audience import ANYBODY, ORGANIZER
from heldout_server.web.api import events as event_routes
from organizer import Organizer
from participant import browser
from predictions import wrong_in
from surface import addresses
from waiting import run_until

C = "/competitions/digits"
NAMES = tuple(f"Qzx{letter}" for letter in "abcdef")
TOP = 2


class Class:
    """Six people on a board, best first, and all that can be read of it."""

    def __init__(self, api, join, labels, public, owner) -> None:
        self.api, self.owner, self.labels, self.public = api, owner, labels, public
        self.people = [join(name) for name in NAMES]
        self.sent = [
            who.submit(wrong_in(labels, public, place), name="mine")["id"]
            for place, who in enumerate(self.people)
        ]
        self.ids = [who.get("/me").json()["participant"]["id"] for who in self.people]

    def choose(self, rule: str) -> None:
        body = {"board_rule": rule, "board_top": TOP}
        assert self.owner.patch(C, body).status_code == 200

    def reveal(self) -> None:
        for act in ("pause", "reveal"):
            assert self.owner.post(f"{C}/{act}").status_code == 200

    def rename(self, suffix: str) -> None:
        for one, name in zip(self.ids, NAMES, strict=True):
            answer = self.owner.patch(f"{C}/participants/{one}", {"name": name + suffix})
            assert answer.status_code == 200

    def pictures(self) -> dict[str, bytes]:
        """Every picture that anybody may fetch."""
        found = [p for p in addresses(self.api.app, self.sent, self.ids) if p.endswith(".png")]
        answers = {path: self.api.get(path) for path in found}
        return {path: each.content for path, each in answers.items() if each.status_code == 200}

    def leaks_of(self, hidden: Iterable[int], rule: str) -> list[str]:
        """Addresses that tell anybody of these people: a name, a row, a file of theirs."""
        self.choose(rule)
        hidden, found = tuple(hidden), []
        for path in addresses(self.api.app, self.sent, self.ids):
            answer = self.api.get(path)
            assert answer.status_code < 500, path
            if not answer.headers.get("content-type", "").startswith("image/"):
                told = answer.text.replace(path, "")
                words = [NAMES[at] for at in hidden]
                words += [self.ids[at] for at in hidden if self.ids[at] not in path]
                words += [self.sent[at] for at in hidden if self.sent[at] not in path]
                found += [f"{path}: {word}" for word in words if word in told]
            elif answer.status_code == 200:
                found += [path for at in hidden if self.sent[at] in path]
        heard, _ = event_routes._missed(self.api.app.state.services, 1, 0)
        streamed = "".join(str(one.data) for one in heard)
        return found + [NAMES[at] for at in hidden if NAMES[at] in streamed]

    def board(self, place: int | None = None) -> list[tuple[int, str]]:
        """What somebody's token, or none, is shown."""
        headers = {} if place is None else self.people[place].headers
        rows = self.api.get(f"/api/v1{C}/leaderboard", headers=headers).json()["rows"]
        return [(row["rank"], row["participant"]["name"]) for row in rows]


@pytest.fixture
def room(api, join, labels, public, organizer_token):
    return Class(api, join, labels, public, Organizer(api, organizer_token))


def named(*ranks):
    return [(rank, NAMES[rank - 1]) for rank in ranks]


def test_a_board_that_doesnt_show_everybody(room):
    hidden = room.leaks_of(range(TOP, len(NAMES)), "top_and_neighbours")
    assert hidden == []
    assert room.board() == named(1, 2)
    assert room.board(5) == named(1, 2, 3, 4, 5, 6)
    assert room.board(0) == named(1, 2, 3, 4)
    assert "The first 2 and the places around yours." in room.api.get("/c/digits").text

    assert room.leaks_of(range(len(NAMES)), "own_row") == []
    assert room.board() == []
    assert room.board(3) == named(4)
    own = room.people[3].get(f"/submissions/{room.sent[3]}").json()
    assert own["rank"] == 4
    assert own["comparison"]["above"] is None
    page = room.api.get(own["url"].replace("http://testserver", "")).text
    assert NAMES[3] in page
    assert NAMES[2] not in page

    found = room.leaks_of(range(len(NAMES)), "pseudonyms")
    assert [leak for leak in found if any(name in leak for name in NAMES)] == []
    others = dict(room.board())
    assert len(set(others.values())) == len(NAMES)
    assert dict(room.board(4)) == {**others, 5: NAMES[4]}
    # Nor is anybody found by a name that isn't shown.
    asked = [room.api.get(f"/c/digits?find={name}").text for name in (NAMES[1], others[2])]
    assert [f'id="row-{room.ids[1]}"' in answer for answer in asked] == [False, True]
    room.reveal()
    for page in ("", "/board.csv", "/race.json", "/reveal.json"):
        assert others[1] in room.api.get(f"/c/digits{page}").text
    organizers = room.owner.get(f"{C}/export/leaderboard.csv").text
    assert all(name in organizers for name in NAMES)
    room.choose("top_and_neighbours")
    assert NAMES[TOP] not in room.api.get("/c/digits/reveal.json").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_pictures_have_pseudonyms_too(room):
    """Whoever is called something else has other pictures only where names are shown."""
    changed = {}
    for rule in ("everybody", "pseudonyms"):
        room.choose(rule)
        before = room.pictures()
        room.rename(f" {rule[:3]}")
        changed[rule] = [path for path, drawn in room.pictures().items() if drawn != before[path]]
    assert len(changed["everybody"]) == len(before)
    assert changed["pseudonyms"] == []


def test_a_page_is_the_last_by_what_its_viewer_sees(room, installed):
    """Files that aren't ranked stand below it."""
    room.choose("top_and_neighbours")

    def is_last(viewer, limit, offset=0):
        with installed.database.read() as session:
            page = standings.page(session, 1, limit=limit, offset=offset, viewer=viewer)
            return page.is_last_page

    assert [is_last(ANYBODY, 1), is_last(ANYBODY, 1, 1), is_last(ANYBODY, 9)] == [False, True, True]
    assert [is_last(ORGANIZER, 5), is_last(ORGANIZER, 5, 5), is_last(ORGANIZER, 9, 9)] == [
        False, True, False,
    ]  # fmt: skip
    room.choose("own_row")
    assert [is_last(ANYBODY, 1), is_last(ANYBODY, 1, 1)] == [True, False]


@pytest.mark.parametrize("rule", ["own_row", "top_and_neighbours"])
def test_a_file_that_isnt_ranked_is_shown_to_whose_it_is(room, rule):
    room.owner.patch(C, {"rank_predictions": False})
    room.choose(rule)
    assert room.board() == []
    assert room.board(3) == [(None, NAMES[3])]


@pytest.fixture
def phone(room):
    """The browser of the fourth of them."""
    code = room.people[3].send("POST", "/me/code").json()["personal_code"]
    phone = browser(room.api)
    assert phone.post("/c/digits/join", data={"code": code}).status_code == 200
    return phone


class TestOnesOwnRows:
    """What the board's page fetches for one reader, after every score."""

    def test_are_found_without_the_rest_of_ones_page(self, room, phone, monkeypatch):
        monkeypatch.delattr("heldout_server.web.pages.me.request.me_page")
        shown = {}
        for rule in ("everybody", "top_and_neighbours", "own_row", "pseudonyms"):
            room.choose(rule)
            answer = phone.get("/c/digits/me/rows")
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
            shown[rule] = [name for name in NAMES if name in answer.text]
        assert shown == {
            "everybody": [],
            "top_and_neighbours": list(NAMES),
            "own_row": [NAMES[3]],
            "pseudonyms": [NAMES[3]],
        }
        assert "4th of 6 participants" in answer.text
        assert "Others see you as" in answer.text


class TestComparing:
    """Runs that not everybody sees, side by side for whom they are shown to."""

    def compare(self, room, browser, *places, **query):
        chosen = [room.sent[place] for place in places]
        return browser.get("/c/digits/compare", params={"s": chosen, **query})

    def test_is_of_those_whom_the_reader_sees(self, room, phone):
        room.people[3].submit(wrong_in(room.labels, room.public, 9), name="my second")
        room.sent.append(room.people[3].get("/me/submissions").json()["submissions"][0]["id"])
        seen = {}
        for rule in ("own_row", "top_and_neighbours", "pseudonyms"):
            room.choose(rule)
            pairs = ((3, 6), (3, 5), (1, 0))
            seen[rule] = [
                self.compare(room, reader, *pair).status_code
                for reader in (phone, room.api)
                for pair in pairs
            ]
        assert seen == {
            "own_row": [200, 404, 404, 404, 404, 404],
            "top_and_neighbours": [200, 200, 200, 404, 404, 200],
            "pseudonyms": [200] * 6,
        }

    def test_links_what_the_reader_can_open(self, room, phone):
        room.choose("top_and_neighbours")
        answer = self.compare(room, phone, 3, 5, 0)
        assert answer.headers["Cache-Control"] == "no-store"
        links = re.findall(r'href="(/submissions/[^"]+)"', answer.text)
        assert [link.split("?")[0][-14:] for link in links] == [room.sent[3], room.sent[0]]
        assert [phone.get(link).status_code for link in links] == [200, 200]

    def test_with_the_key_of_ones_own_needs_no_sign_in(self, room):
        room.choose("top_and_neighbours")
        for place in (2, 3):
            card = {"hyperparameters": {"seed": place}}
            added = room.people[place].put(f"/submissions/{room.sent[place]}/run-card", card)
            assert added.status_code == 200
        own = room.people[3].get(f"/submissions/{room.sent[3]}").json()["url"]
        key = own.split("?view=")[1]
        page = room.api.get(own.replace("http://testserver", "")).text
        # One's neighbour above is named; their page isn't linked, since it opens for nobody else.
        assert f"{NAMES[2]}</bdi> is one place above" in page
        assert f'href="/submissions/{room.sent[2]}' not in page
        compared = re.search(r'href="(/c/digits/compare[^"]+)"', page)[1].replace("&amp;", "&")
        assert room.api.get(compared).status_code == 200
        stranger = self.compare(room, room.api, 2, 4, view=key)
        assert stranger.status_code == 404

    def test_ones_own_study_is_shown_to_oneself(self, room, phone):
        for place in (2, 3):
            card = {"hyperparameters": {"study": "mine", "trial": place}}
            path = f"/submissions/{room.sent[place]}/run-card"
            assert room.people[place].put(path, card).status_code == 200
        room.choose("top_and_neighbours")
        mine, theirs = (f"/c/digits/studies/{room.ids[place]}/mine" for place in (3, 2))
        # Cards are read in the background.
        assert run_until(lambda: phone.get(mine).status_code == 200)
        assert phone.get(theirs).status_code == 404
        assert room.api.get(mine).status_code == 404
        of_mine = {"by": room.ids[3], "study": "mine"}
        for path in ("/c/digits/experiments/data", "/c/digits/experiments.csv"):
            told = [reader.get(path, params=of_mine).text for reader in (phone, room.api, phone)]
            assert [room.sent[3] in each for each in told] == [True, False, True]
            assert room.sent[3] not in phone.get(path).text


def test_a_link_to_ones_own_row_leads_to_a_page(room, phone):
    """Where others are shown no such row, it leads to the board, or isn't there."""
    # Before: one's page, open already, has where to put them.
    for part in ("", "/now"):
        assert '<div id="own-rows-now" data-now></div>' in phone.get(f"/c/digits/me{part}").text
    room.choose("own_row")
    board = re.search(r'href="([^"]+)"\s*>Watch the board', phone.get("/c/digits/join").text)[1]
    assert phone.get(board).status_code == 200
    room.reveal()
    gap = phone.get("/c/digits/gap").text
    assert NAMES[3] in gap
    assert f"/p/{room.ids[3]}" not in gap
    room.choose("pseudonyms")
    assert f"/p/{room.ids[3]}" in phone.get("/c/digits/gap").text
