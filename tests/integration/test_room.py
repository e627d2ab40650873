"""The pages around the board: finding people, the race, the projector, files for other programs."""

import csv
import io
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from fastapi.testclient import TestClient

from heldout_server.processes.server import create_app, embedded
from organizer import Organizer
from participant import npy
from whole_board import whole_board

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = ("", "/board", "/queue", "/race", "/race.json", "/tv", "/tv/board", "/tv/now", "/embed",
         "/share.png", "/race.png", "/board.json", "/board.csv", "/feed.atom",
         "/souvenir.html")  # fmt: skip


@pytest.fixture
def errors(labels, public):
    """Prediction files with so many errors in public."""

    def make(count: int) -> bytes:
        predicted = labels.copy()
        places = np.flatnonzero(public)[:count]
        predicted[places] = (predicted[places] + 1) % 10
        return npy(predicted)

    return make


@pytest.fixture
def class_of_three(join, errors, clock):
    """Ada improves twice, Bob leads, Çağla is last."""
    people = {name: join(name) for name in ("Ada", "Bob", "Çağla")}
    for name, count in [("Ada", 9), ("Bob", 2), ("Çağla", 30), ("Ada", 6), ("Ada", 4)]:
        people[name].submit(errors(count))
        clock.advance(seconds=60)
    return people


def ids(api):
    rows = api.get("/api/v1/competitions/digits/leaderboard").json()["rows"]
    return {row["participant"]["name"]: row["participant"]["id"] for row in rows}


def shown(page):
    return re.findall(r'id="row-(p_[\w-]+)"', page)


class TestEveryPage:
    def test_answers_with_and_without_scores(self, api, join, errors):
        empty = {path: api.get(f"/c/digits{path}").status_code for path in PAGES}
        join("Ada").submit(errors(3))
        scored = {path: api.get(f"/c/digits{path}").status_code for path in PAGES}
        assert empty == scored == dict.fromkeys(PAGES, 200)

    def test_of_no_competition_is_not_found(self, api):
        codes = {path: api.get(f"/c/none{path}").json()["code"] for path in PAGES}
        assert codes == dict.fromkeys(PAGES, "not_found")


class TestFinding:
    def test_by_a_part_of_the_name_whatever_its_case(self, api, class_of_three):
        page = api.get("/c/digits", params={"find": "ÇAĞ"}).text
        assert shown(page) == [ids(api)["Çağla"]]

    def test_nobody_is_said_in_words(self, api, class_of_three):
        assert "Nobody on the board" in api.get("/c/digits", params={"find": "zz"}).text

    def test_the_neighbours_of_somebody(self, api, class_of_three):
        page = api.get("/c/digits", params={"around": ids(api)["Ada"]}).text
        assert len(shown(page)) == 3
        assert "3 of 3 participants shown" in page

    def test_a_link_to_a_row_finds_its_page(self, api, class_of_three):
        answer = api.get(f"/c/digits?row={ids(api)['Ada']}", follow_redirects=False)
        assert answer.headers["Location"] == f"/c/digits?offset=0#row-{ids(api)['Ada']}"

    def test_a_row_of_nobody_is_not_found(self, api):
        answer = api.get("/c/digits", params={"row": "x\r\nSet-Cookie: a=b"})
        assert answer.json()["code"] == "not_found"


class TestCaching:
    def test_knows_its_bytes_again_compressed_or_not(self, api, class_of_three):
        whole_board(api.get, "digits")
        first = api.get("/c/digits", headers={"Accept-Encoding": "gzip"})
        assert first.headers["Content-Encoding"] == "gzip"
        again = api.get("/c/digits", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_the_fragment_changes_with_a_score(self, api, join, errors):
        before = api.get("/c/digits/board").headers["ETag"]
        join("Ada").submit(errors(1))
        assert api.get("/c/digits/board").headers["ETag"] != before


class TestParticipant:
    def test_sees_the_way_and_the_next_rival(self, api, class_of_three):
        whole_board(api.get, "digits")
        page = api.get(f"/c/digits/p/{ids(api)['Ada']}").text
        lead = "2nd of 3 (could be 1–2: too close to call), with 3 scored tries."
        assert lead in " ".join(page.split())
        assert "2 images" in page
        assert page.count('class="step-score"') == 3

    def test_lists_the_worse_tries_too(self, api, join, errors):
        join("Ada").submit(errors(3))
        ada = join("Bob")
        ada.submit(errors(2))
        ada.submit(errors(9))
        page = api.get(f"/c/digits/p/{ids(api)['Bob']}").text
        assert page.count('class="step-score"') == 2
        assert page.count('class="no-best"') == 1
        assert "All tries" in " ".join(page.split())

    def test_who_has_sent_nothing_has_a_page(self, api, join):
        me = join("Nobody").get("/me").json()["participant"]["id"]
        assert "Nothing is scored yet" in api.get(f"/c/digits/p/{me}").text

    def test_of_nobody_is_not_found(self, api):
        assert api.get("/c/digits/p/p_none").json()["code"] == "not_found"


class TestRace:
    def test_replays_each_best(self, api, class_of_three):
        race = api.get("/c/digits/race.json").json()
        steps = {one["name"]: len(one["steps"]) for one in race["participants"]}
        assert steps == {"Bob": 1, "Ada": 3, "Çağla": 1}
        assert [one["colour"] for one in race["participants"]] == [1, 2, 3]

    def test_the_souvenir_needs_nothing_else_and_runs_nothing_here(self, api, join, errors):
        join("</script><b>x").submit(errors(3))
        answer = api.get("/c/digits/souvenir.html")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert not re.search(r'(?:src|href)="[^"#]', answer.text)
        inside = re.search(r'id="race-data">(.*?)</script>', answer.text, re.S)
        assert json.loads(inside[1])["participants"][0]["name"] == "</script><b>x"


class TestProjector:
    def test_shows_the_code_of_its_address_and_a_qr_code(self, api):
        page = api.get("/c/digits/tv", params={"code": "WAT-2026"}).text
        assert ">WAT-2026</p>" in page
        assert 'class="segno"' in page

    def test_without_a_code_in_its_address_tells_none(self, api):
        assert "WAT-2026" not in api.get("/c/digits/tv").text

    def test_refuses_nonsense_in_words(self, api):
        assert api.get("/c/digits/tv", params={"seconds": "soon"}).json()["code"] == "validation"


class TestFiles:
    def test_csv_has_every_row_and_no_formula(self, api, join, errors):
        join("=HYPERLINK(1)").submit(errors(3))
        join("Ada").submit(errors(1))
        text = api.get("/c/digits/board.csv").content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["participant"] for row in rows] == ["Ada", "'=HYPERLINK(1)"]
        assert rows[0]["rank"] == "1"

    @pytest.mark.quiet
    def test_json_is_the_board_of_the_api(self, api, class_of_three):
        board = api.get("/c/digits/board.json").json()
        assert board["rows"] == api.get("/api/v1/competitions/digits/leaderboard").json()["rows"]

    def test_the_feed_has_an_entry_a_score(self, api, class_of_three):
        feed = ElementTree.fromstring(api.get("/c/digits/feed.atom").content)  # noqa: S314 our own
        titles = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
        assert len(titles) == 5
        assert titles[0].startswith("Ada: ")

    def test_withdrawn_scores_leave_feed_ticker_and_race(self, api, join, errors):
        ada = join("Ada")
        sent = ada.submit(errors(1))
        ada.post(f"/submissions/{sent['id']}/withdraw")
        assert "Ada" not in api.get("/c/digits/feed.atom").text
        assert api.get("/c/digits/race.json").json()["participants"] == []
        assert 'class="ticker"' not in api.get("/c/digits").text

    def test_a_submission_has_a_picture(self, api, join, errors):
        sent = join("Ada").submit(errors(1))
        answer = api.get(f"/submissions/{sent['id']}/share.png")
        assert answer.headers["Content-Type"] == "image/png"
        assert f"/submissions/{sent['id']}/share.png" in api.get(f"/submissions/{sent['id']}").text


class TestEmbed:
    def test_stands_in_no_frame_by_default(self, api):
        policy = api.get("/c/digits/embed").headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy

    def test_stands_on_the_sites_that_the_organizers_name(self, installed, clock, settings):
        allowed = {"embed_origins": ("https://course.example",)}
        object.__setattr__(installed, "settings", settings.model_copy(update=allowed))
        with TestClient(create_app(embedded(installed, clock=clock))) as api:
            policy = api.get("/c/digits/embed").headers["Content-Security-Policy"]
            assert "frame-ancestors 'self' https://course.example;" in policy
            assert "'none'" in api.get("/c/digits").headers["Content-Security-Policy"]
            asked = {"Origin": "https://course.example"}
            answer = api.get("/c/digits/board.json", headers=asked)
            assert answer.headers["Access-Control-Allow-Origin"] == "https://course.example"
            other = api.get("/c/digits/board.json", headers={"Origin": "https://else.example"})
            assert "Access-Control-Allow-Origin" not in other.headers

    def test_stands_on_the_competitions_own_sites_too(
        self, installed, clock, settings, organizer_token
    ):
        allowed = {"embed_origins": ("https://all.example",)}
        object.__setattr__(installed, "settings", settings.model_copy(update=allowed))
        with TestClient(create_app(embedded(installed, clock=clock))) as api:
            own = {"embed_origins": ["https://Own.example/"]}
            edited = Organizer(api, organizer_token).patch("/competitions/digits", own)
            assert edited.json()["embed_origins"] == ["https://own.example"]
            policy = api.get("/c/digits/embed").headers["Content-Security-Policy"]
            assert "frame-ancestors 'self' https://all.example https://own.example;" in policy
            for origin in ("https://all.example", "https://own.example"):
                answer = api.get("/c/digits/board.csv", headers={"Origin": origin})
                assert answer.headers["Access-Control-Allow-Origin"] == origin
                assert "Origin" in answer.headers["Vary"]
