"""Joining by code and name, over the API and from a browser."""

import pytest
from sqlmodel import select

from heldout_server.models import Participant
from participant import Participant as Caller
from whole_board import whole_board


def join(api, name="Ada", code="WAT-2026"):
    return api.post("/api/v1/join", json={"code": code, "name": name})


class TestJoin:
    def test_gives_a_token_that_is_stored_hashed(self, api, installed):
        answer = join(api)
        token = answer.json()["token"]
        assert answer.status_code == 201
        assert token.startswith("hp_")
        with installed.database.read() as session:
            stored = session.execute(select(Participant)).scalar_one()
        assert token not in stored.model_dump_json()
        assert len(stored.token_hash) == 64

    @pytest.mark.parametrize("code", ["wat-2026", " WAT 2026 ", "wat2026"])
    def test_forgives_how_a_code_is_typed(self, api, code):
        assert join(api, code=code).status_code == 201

    @pytest.mark.parametrize("code", ["", "wrong", "---"])
    def test_refuses_a_wrong_code(self, api, code):
        answer = join(api, code=code)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "2026" not in answer.text

    @pytest.mark.parametrize("name", ["Ada", "ADA", " ada ", "Ａｄａ"])
    def test_refuses_a_name_that_looks_taken(self, api, name):
        join(api, "Ada")
        answer = join(api, name)
        assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_name")

    @pytest.mark.parametrize("name", ["Аda", "Ad\u0430", "ΑDA"])
    def test_refuses_a_name_that_cannot_be_told_from_another(self, api, name):
        join(api, "Ada")
        answer = join(api, name)
        assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_name")
        assert "looks like “Ada”" in answer.json()["detail"]
        assert f"“{name} 2”" in answer.json()["hint"]

    def test_knows_the_looks_of_who_joined_before_they_were_kept(self, api, installed):
        join(api, "Дмитрий")
        with installed.database.write() as session:
            session.execute(select(Participant)).scalar_one().look_key = None
        assert join(api, "Дмитрий").json()["code"] == "duplicate_name"
        assert join(api, "Дмитрий Б").status_code == 201

    @pytest.mark.parametrize("name", ["Organizer", "Baseline", "Class ensemble", "Оrganizer"])
    def test_refuses_names_of_the_boards_own(self, api, name):
        answer = join(api, name)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")
        assert "could be mistaken for" in answer.json()["detail"]
        page = api.post("/c/digits/join", data={"code": "WAT-2026", "name": name})
        assert page.status_code == 422
        assert "could be mistaken for" in page.text

    @pytest.mark.parametrize("name", ["Organizer", "Ваseline", "Вob"])
    def test_renaming_goes_by_the_same_rule(self, api, name):
        join(api, "Bob")
        answer = Caller.join(api, "Ada").send("PATCH", "/me", {"name": name})
        assert answer.status_code in {409, 422}, answer.text

    @pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u200d\u200d", "x" * 61, "\x00"])
    def test_refuses_a_name_that_cannot_be_shown(self, api, name):
        assert (join(api, name).json()["code"]) == "validation"

    @pytest.mark.parametrize(
        "name", ["Ada 🦊", "آدا", "李小龙", "O'Neill <b>", "👩‍💻", "Дмитрий", "Αλέξης", "Zoë"]
    )
    def test_takes_names_of_all_scripts(self, api, name):
        assert join(api, name).json()["participant"]["name"] == name

    def test_removes_what_turns_text_around(self, api):
        assert join(api, "Ada\u202eevil").json()["participant"]["name"] == "Ada evil"

    def test_is_never_refused_for_others_wrong_guesses(self, api, installed):
        assert {join(api, code=f"guess{n}").status_code for n in range(31)} == {403}
        assert [join(api, f"P{n}").status_code for n in range(20)] == [201] * 20

    def test_from_the_form_is_not_either(self, api):
        wrong = {"code": "guess", "name": "Eve"}
        assert {api.post("/c/digits/join", data=wrong).status_code for _ in range(31)} == {403}
        right = {"code": "WAT-2026", "name": "Ada"}
        assert "You are in" in api.post("/c/digits/join", data=right).text

    def test_the_answer_is_never_cached_with_the_join_code(self, api):
        assert "WAT-2026" not in api.get("/api/v1/competitions").text


class TestMe:
    def test_says_who_holds_the_token(self, api):
        me = Caller.join(api, "Ada").get("/me").json()
        assert me["participant"]["name"] == "Ada"
        assert me["competition"]["slug"] == "digits"
        assert me["best"] is None
        assert me["quota"]["left_today"] == 100

    def test_shows_ones_place(self, api, join, labels):
        from participant import npy

        ada = join()
        shown = ada.submit(npy(labels))
        whole_board(api.get, "digits")
        assert ada.get("/me").json()["best"] == {
            "submission_id": shown["id"],
            "score": 1.0,
            "rank": 1,
            "participants": 1,
            "direction": "higher",
            "score_text": "100.00%",
            "tie_group": 1,
            "rank_low": 1,
            "rank_high": 1,
            "tied_with_leader": True,
        }
