"""One's own page: tries, stars, files, team, name, code, data, leaving."""

from __future__ import annotations

import json
import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from heldout_server.models import Participant as Row
from heldout_server.models import Upload
from organizer import Organizer
from participant import Participant, browser, npy
from waiting import run_until

ME = "/c/digits/me"
FORM = "multipart/form-data; boundary=b"


class Phone:
    """Somebody in a browser, who is also in a notebook."""

    def __init__(self, api: TestClient, name: str = "Ada") -> None:
        self.web = browser(api)
        page = self.web.post("/c/digits/join", data={"code": "WAT-2026", "name": name})
        self.code = re.search(r'id="own-code"[^>]*>([A-Z0-9-]{11})<', page.text)[1]
        token = api.post("/api/v1/join", json={"code": self.code}).json()["token"]
        self.notebook = Participant(api, token, name)

    @property
    def page(self) -> str:
        answer = self.web.get(ME)
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.text

    @property
    def csrf(self) -> str:
        return re.search(r'name="csrf" value="([0-9a-f]{64})"', self.page)[1]

    def post(self, path: str, **fields: str):
        return self.web.post(f"{ME}{path}", data={"csrf": self.csrf, **fields})

    def send(self, content: bytes, name: str = "predictions.npy", **more):
        """As a browser sends the form: hidden fields first, the file last."""
        fields = {"csrf": self.csrf, "key": "a-fresh-key-1", "name": "", **more.pop("fields", {})}
        return self.web.post(f"{ME}/file", data=fields, files={"file": (name, content)}, **more)


@pytest.fixture
def ada(api) -> Phone:
    return Phone(api)


@pytest.fixture
def owner(api, organizer_token) -> Organizer:
    return Organizer(api, organizer_token)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class TestPage:
    def test_is_the_join_page_for_strangers(self, api):
        for path in (ME, f"{ME}/now", f"{ME}/data"):
            answer = api.get(path, follow_redirects=False)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/c/digits/join")
        for path in ("star", "name", "team", "code", "delete", "sign-out"):
            answer = api.post(f"{ME}/{path}", follow_redirects=False)
            assert answer.headers["Location"] == "/c/digits/join"

    def test_shows_code_quota_rank_and_every_try_with_its_reason(self, ada, labels):
        ada.notebook.submit(npy(labels), name="perfect")
        ada.notebook.submit(b"no table", name="a mistake")
        text = text_of(ada.page)
        assert ada.code in text
        assert "Rank 1 of 1" in text
        assert "Left today 99" in text
        assert "perfect" in text
        rejected = ada.notebook.get("/me/submissions").json()["submissions"][0]["verdict"]
        assert "a mistake" in text
        assert rejected["detail"][:40] in re.sub(r"&#\d+;", "'", text).replace("&#39;", "'")

    def test_says_in_one_line_what_the_last_run_shows(self, ada, labels):
        falling = [2.0, 1.0, 0.5, 0.3, 0.25, 0.2, 0.16, 0.12, 0.1, 0.08]
        rising = [2.0, 1.1, 0.7, 0.6, 0.65, 0.75, 0.9, 1.1, 1.3, 1.5]
        card = {"history": {"loss": falling, "val_loss": rising}}
        ada.notebook.submit(npy(labels), run_card=card)
        assert re.search(r"Overfitting from epoch \d+\. High variance", text_of(ada.page))

    def test_forms_of_others_are_refused(self, ada, api):
        eve = Phone(api, "Eve")
        for fields in ({}, {"csrf": eve.csrf}):
            answer = ada.web.post(f"{ME}/name", data={"name": "Evil", **fields})
            assert answer.status_code == 403
        foreign = {"Origin": "http://evil.example"}
        answer = ada.web.post(f"{ME}/name", data={"csrf": ada.csrf}, headers=foreign)
        assert answer.status_code == 403
        assert "<h1><bdi>Ada</bdi></h1>" in ada.page


class TestStars:
    def test_move_where_one_counts_and_are_taken_off(self, ada, labels):
        sent = [ada.notebook.submit(npy((labels + n) % 10))["id"] for n in range(2)]
        for number in (0, 1):
            ada.post("/star", submission=sent[number], on="true")
            chosen = ada.notebook.get("/me/final").json()["submissions"]
            assert chosen == [sent[number]]
        assert ada.page.count('aria-pressed="true"') == 1
        ada.post("/star", submission=sent[1], on="false")
        assert ada.notebook.get("/me/final").json()["submissions"] == []

    def test_no_more_than_may_be_chosen(self, ada, labels, owner):
        owner.patch("/competitions/digits", {"final_choices": 2})
        sent = [ada.notebook.submit(npy((labels + n) % 10))["id"] for n in range(3)]
        for number in range(2):
            ada.post("/star", submission=sent[number], on="true")
        refused = ada.post("/star", submission=sent[2], on="true")
        assert refused.status_code == 422
        assert "Take the star off another one first." in refused.text
        assert set(ada.notebook.get("/me/final").json()["submissions"]) == set(sent[:2])

    def test_not_for_what_is_somebody_elses(self, ada, api, labels):
        theirs = Phone(api, "Bob").notebook.submit(npy(labels))["id"]
        assert ada.post("/star", submission=theirs, on="true").status_code == 404


class TestTheReveal:
    def test_tells_private_scores_and_settles_the_stars(self, ada, labels, owner):
        sent = ada.notebook.submit(npy(labels))["id"]
        assert "private" not in text_of(ada.page)
        assert owner.post("/competitions/digits/pause").status_code == 200
        assert "private" not in text_of(ada.page)
        assert owner.post("/competitions/digits/reveal").status_code == 200
        text = text_of(ada.page)
        assert "private 100.00%" in text
        assert "What counts is settled." in text
        assert ada.post("/star", submission=sent, on="true").status_code == 409
        assert owner.post("/competitions/digits/conceal").status_code == 200
        assert "private" not in text_of(ada.page)


class TestFiles:
    def test_a_dropped_file_is_scored(self, ada, labels):
        answer = ada.send(npy(labels), fields={"name": "from Colab"})
        assert "Your file is here" in answer.text
        run_until(lambda: "100.00%" in ada.page)
        sent = ada.notebook.get("/me/submissions").json()["submissions"][0]
        assert (sent["name"], sent["kind"], sent["score"]) == ("from Colab", "predictions", 1.0)

    def test_a_script_hears_json(self, ada, labels):
        answer = ada.send(npy(labels), headers={"Accept": "application/json"})
        assert answer.status_code == 202
        assert answer.json()["id"].startswith("s_")
        empty = ada.send(b"", headers={"Accept": "application/json"}, fields={"key": "another-key"})
        assert (empty.status_code, empty.json()["code"]) == (422, "file_empty")

    def test_a_wrong_one_says_why_in_the_list(self, ada):
        ada.send(b"hello\nworld\n", name="notes.csv")
        run_until(lambda: "rejected" in ada.page)
        assert ada.notebook.get("/me/quota").json()["used_today"] == 0

    def test_the_same_file_again_costs_nothing(self, ada, labels):
        ada.send(npy(labels))
        run_until(lambda: "100.00%" in ada.page)
        again = ada.send(npy(labels), fields={"key": "another-key"})
        assert "You have sent this file before" in again.text
        assert len(ada.notebook.get("/me/submissions").json()["submissions"]) == 1

    def test_a_long_one_is_refused_and_leaves_nothing(self, ada, owner, installed):
        owner.patch("/competitions/digits", {"model_bytes": 1000, "predictions_bytes": 1000})
        answer = ada.send(b"x" * 300_000)
        assert answer.status_code == 413
        assert "which is the limit here" in answer.text
        with installed.database.read() as session:
            assert session.execute(select(Upload)).first() is None

    def test_closed_is_said_before_the_file_is_read(self, ada, owner):
        csrf = ada.csrf
        owner.post("/competitions/digits/pause")
        assert "data-drop" not in ada.page
        head = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("csrf", csrf), ("key", "a-fresh-key-1"), ("name", ""))
        )
        started = head + "--b\r\n"
        answer = ada.web.post(f"{ME}/file", content=started, headers={"Content-Type": FORM})
        assert answer.status_code == 403
        assert "paused" in answer.text

    @pytest.mark.parametrize("csrf", ["", "0" * 64, "é" * 10])
    def test_needs_ones_own_form(self, ada, labels, csrf):
        assert ada.send(npy(labels), fields={"csrf": csrf}).status_code == 403
        assert ada.notebook.get("/me/submissions").json()["submissions"] == []

    @pytest.mark.parametrize("body", [b"", b"--b--\r\n", b"junk", b"--b\r\n\r\n"])
    def test_nonsense_is_refused(self, ada, body):
        answer = ada.web.post(f"{ME}/file", content=body, headers={"Content-Type": FORM})
        assert answer.status_code == 422


class TestTeams:
    def test_are_made_joined_by_code_and_left(self, api, ada, owner, labels):
        assert "Make a team" not in ada.page
        owner.patch("/competitions/digits", {"team_size": 2})
        bob = Phone(api, "Bob")
        made = ada.post("/team", name="The Perceptrons")
        code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", text_of(made.text))[0]
        wrong = bob.post("/team/join", code="RKD4-7WNX-9QFC")
        assert wrong.status_code == 403
        assert 'value="RKD4-7WNX-9QFC"' in wrong.text
        assert "The Perceptrons" in bob.post("/team/join", code=code.lower()).text
        ada.notebook.submit(npy(labels), name="a shared try")
        assert "a shared try" in bob.page
        assert "Rank 1 of 1" in text_of(bob.page)
        assert bob.notebook.get("/me").json()["best"]["rank"] == 1
        assert "You are on your own again" in bob.post("/team/leave").text
        assert "a shared try" not in bob.page


class TestMyself:
    def test_renames_once(self, ada):
        assert "<h1><bdi>Countess</bdi></h1>" in ada.post("/name", name="Countess").text
        assert ada.post("/name", name="Duchess").status_code == 409

    def test_renews_the_code_and_goes_on_showing_it(self, ada, api):
        page = ada.post("/code").text
        code = re.search(r'id="own-code"[^>]*>([A-Z0-9-]{11})<', page)[1]
        assert code != ada.code
        assert api.post("/api/v1/join", json={"code": ada.code}).status_code == 403
        assert api.post("/api/v1/join", json={"code": code}).status_code == 200
        assert ada.notebook.get("/me").status_code == 200

    def test_signs_everything_else_out(self, ada):
        ada.post("/code", sign_out_others="on")
        assert ada.notebook.get("/me").status_code == 401
        assert "<bdi>Ada</bdi>" in ada.page

    def test_downloads_the_data(self, ada, labels):
        ada.notebook.submit(npy(labels))
        answer = ada.web.get(f"{ME}/data")
        assert "attachment" in answer.headers["Content-Disposition"]
        data = json.loads(answer.text)
        assert data["submissions"][0]["score"] == 1.0
        assert {each["kind"] for each in data["signed_in"]} == {"browser", "machine"}

    def test_leaves_for_good(self, ada, installed):
        assert ada.post("/delete", confirm="yes").status_code == 422
        assert "Join" in ada.post("/delete", confirm="ada").text
        assert ada.web.get(ME, follow_redirects=False).status_code == 303
        with installed.database.read() as session:
            assert session.execute(select(Row)).scalar_one().name.startswith("Somebody ")
