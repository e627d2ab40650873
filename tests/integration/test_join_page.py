"""Joining from a browser: signed in by a cookie, known again, never two people."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func
from sqlmodel import select

from heldout_server.models import Participant
from organizer import Organizer
from participant import browser

JOIN = "/c/digits/join"
ROOM = {"code": "WAT-2026", "name": "Ada"}
SHOWN = re.compile(r'id="own-code"[^>]*>([A-Z0-9-]{11})<')


def code_on(page) -> str:
    return SHOWN.search(page.text)[1]


def csrf_on(page) -> str:
    return re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)[1]


def people(installed) -> list[str]:
    with installed.database.read() as session:
        return list(session.execute(select(Participant.name).order_by(Participant.id)).scalars())


def id_of(owner):
    return owner.get("/competitions/digits/participants").json()["participants"][0]["id"]


class TestJoining:
    def test_redirects_and_every_reload_says_who_one_is(self, api):
        posted = api.post(JOIN, data=ROOM, follow_redirects=False)
        assert (posted.status_code, posted.headers["Location"]) == (303, JOIN)
        for _ in range(2):
            page = api.get(JOIN)
            assert page.headers["Cache-Control"] == "no-store"
            assert "You are in, <bdi>Ada</bdi>" in page.text
            code = code_on(page)
        joined = api.post("/api/v1/join", json={"code": code})
        assert joined.json()["participant"]["name"] == "Ada"
        assert f"code=&#34;{code}&#34;" in page.text

    def test_cookies_are_of_this_competition_and_out_of_reach_of_scripts(self, api):
        posted = api.post(JOIN, data=ROOM, follow_redirects=False)
        cookies = posted.headers.get_list("Set-Cookie")
        named = {cookie.split("=")[0]: set(cookie.split("; ")) for cookie in cookies}
        assert sorted(named) == ["heldout_code", "heldout_known", "heldout_me"]
        for name, cookie in named.items():
            path = "Path=/c" if name == "heldout_known" else "Path=/c/digits"
            assert {"HttpOnly", "SameSite=lax", path} <= cookie

    def test_sent_twice_makes_no_second_person(self, api, installed):
        for name in ("Ada", "Ada", "Bob"):
            assert "You are in, <bdi>Ada</bdi>" in api.post(JOIN, data={**ROOM, "name": name}).text
        assert people(installed) == ["Ada"]

    def test_the_cookie_is_nothing_to_the_api(self, api):
        api.post(JOIN, data=ROOM)
        assert api.get("/api/v1/me").status_code == 401
        secret = api.cookies.get("heldout_me", path="/c/digits")
        assert secret
        headers = {"Authorization": f"Bearer {secret}"}
        assert api.get("/api/v1/me", headers=headers).status_code == 401
        assert api.get("/api/v1/admin/competitions", headers=headers).status_code == 401

    def test_a_token_is_nothing_to_the_pages(self, api, join):
        token = join("Ada").headers["Authorization"].removeprefix("Bearer ")
        page = browser(api).get(JOIN, headers={"Cookie": f"heldout_me={token}"})
        assert "You are in" not in page.text

    def test_another_competitions_cookie_is_nobodys(self, api, organizer_token):
        api.post(JOIN, data=ROOM)
        secret = api.cookies.get("heldout_me", path="/c/digits")
        owner = Organizer(api, organizer_token)
        other = owner.post("/competitions", {"title": "Second"}).json()["slug"]
        page = api.get(f"/c/{other}/join", headers={"Cookie": f"heldout_me={secret}"})
        assert "You are in" not in page.text

    def test_a_refusal_keeps_what_was_typed(self, api):
        answer = api.post(JOIN, data={"code": "nope", "name": "Ada <b>"})
        assert answer.status_code == 403
        assert 'value="Ada &lt;b&gt;"' in answer.text

    def test_another_competitions_code_does_not_open_this_one(self, api):
        assert api.post("/c/mnist/join", data=ROOM).status_code == 404

    def test_another_site_cannot_join_for_somebody(self, api):
        headers = {"Origin": "http://evil.example"}
        assert api.post(JOIN, data=ROOM, headers=headers).status_code == 403

    def test_shows_the_organizers_rules(self, api, organizer_token):
        Organizer(api, organizer_token).patch("/competitions/digits", {"rules": "Be *kind*."})
        for _ in range(2):
            assert "Be <em>kind</em>." in api.get(JOIN).text
            api.post(JOIN, data=ROOM)


class TestAnotherContest:
    @pytest.fixture
    def owner(self, api, organizer_token):
        owner = Organizer(api, organizer_token)
        changes = {"title": "Tea", "slug": "tea", "joining": "open"}
        assert owner.post("/competitions", changes).status_code == 201
        return owner

    def test_offers_who_one_is_and_takes_one_click(self, api, owner, installed):
        code = code_on(api.post(JOIN, data=ROOM))
        page = api.get("/c/tea/join")
        assert "Join as <bdi>Ada</bdi>" in page.text
        assert 'name="room_code"' not in page.text
        assert '<input type="hidden" name="code" value="tea">' in page.text
        joined = api.post("/c/tea/join", data={"as_known": "true"})
        assert "You are in, <bdi>Ada</bdi>" in joined.text
        assert code_on(joined) == code
        assert people(installed) == ["Ada", "Ada"]
        assert "You are in, <bdi>Ada</bdi>" in api.get(JOIN).text
        # Signed out of one, this browser offers nobody any more.
        api.post("/c/tea/me/sign-out", data={"csrf": csrf_on(api.get("/c/tea/me"))})
        assert "Join as" not in api.get("/c/tea/join").text

    def test_asks_for_its_own_code_and_keeps_the_offer(self, api, owner):
        owner.patch("/competitions/tea", {"joining": "code", "join_code": "TEA-2026"})
        code = code_on(api.post(JOIN, data=ROOM))
        known = {"as_known": "true", "room_code": "WAT-2026"}
        refused = api.post("/c/tea/join", data=known)
        assert refused.status_code == 403
        assert "Join as <bdi>Ada</bdi>" in refused.text
        assert refused.text.count('id="form-error"') == 1
        laptop = browser(api)
        asked = laptop.post("/c/tea/join", data={"code": code})
        assert asked.status_code == 422
        assert 'name="room_code"' in asked.text
        both = {"code": code, "room_code": "TEA-2026"}
        assert "You are in, <bdi>Ada</bdi>" in laptop.post("/c/tea/join", data=both).text
        # The phone that knows the other contest comes in with one click, too.
        page = api.get("/c/tea/join", params={"code": "TEA-2026"})
        assert 'value="TEA-2026"' in page.text
        joined = api.post("/c/tea/join", data={**known, "room_code": "TEA-2026"})
        assert "You are in, <bdi>Ada</bdi>" in joined.text

    def test_a_refusal_points_at_what_was_wrong(self, api, owner):
        owner.patch("/competitions/tea", {"joining": "code", "join_code": "TEA-2026"})
        code = code_on(api.post(JOIN, data=ROOM))
        known = {"as_known": "true", "room_code": "WAT-2026"}
        assert 'aria-describedby="form-error"' in api.post("/c/tea/join", data=known).text
        # Neither a mistyped personal code nor a ban is the room code's fault, which stays typed.
        wrong = {"code": "RKD-47W-NX9", "room_code": "TEA-2026"}
        refused = browser(api).post("/c/tea/join", data=wrong).text
        assert 'value="TEA-2026"' in refused
        owner.post(f"/competitions/digits/participants/{id_of(owner)}/ban")
        for data in ({**known, "room_code": "TEA-2026"}, {**wrong, "code": code}):
            banned = api.post("/c/tea/join", data=data)
            assert "banned from" in banned.text
            refused += banned.text
        assert 'aria-describedby="form-error"' not in refused

    def test_a_guessed_code_in_the_cookie_is_nobodys(self, api, owner):
        code = code_on(api.post(JOIN, data=ROOM))
        for guess in (f"x.{code}", f".{code}", code):
            headers = {"Cookie": f"heldout_known={guess}"}
            assert "Join as" not in browser(api).get("/c/tea/join", headers=headers).text


class TestAnotherBrowser:
    def test_is_the_same_person_with_the_code_alone(self, api, installed):
        code = code_on(api.post(JOIN, data=ROOM))
        laptop = browser(api)
        assert "You are in, <bdi>Ada</bdi>" in laptop.post(JOIN, data={"code": code}).text
        assert "You are in, <bdi>Ada</bdi>" in api.get(JOIN).text
        assert people(installed) == ["Ada"]

    def test_a_link_with_the_code_asks_for_no_name(self, api):
        code = code_on(api.post(JOIN, data=ROOM))
        page = browser(api).get(JOIN, params={"code": code})
        assert 'name="name"' not in page.text
        assert f'value="{code}"' in page.text

    def test_a_renewed_code_is_not_shown_as_if_it_were_good(self, api):
        code = code_on(api.post(JOIN, data=ROOM))
        token = api.post("/api/v1/join", json={"code": code}).json()["token"]
        api.post("/api/v1/me/code", headers={"Authorization": f"Bearer {token}"})
        page = api.get(JOIN)
        assert "You are in" in page.text
        assert code not in page.text
        assert "you have a newer one" in page.text

    def test_signed_out_everywhere_it_is_nobody(self, api):
        code = code_on(api.post(JOIN, data=ROOM))
        token = api.post("/api/v1/join", json={"code": code}).json()["token"]
        api.post("/api/v1/me/token", headers={"Authorization": f"Bearer {token}"})
        assert "You are in" not in api.get(JOIN).text

    def test_is_forgotten_after_half_a_year(self, api, clock):
        api.post(JOIN, data=ROOM)
        secret = api.cookies.get("heldout_me", path="/c/digits")
        clock.advance(days=181)
        page = browser(api).get(JOIN, headers={"Cookie": f"heldout_me={secret}"})
        assert "You are in" not in page.text


class TestTheStarterNotebook:
    def test_has_ones_own_code_and_asks_for_no_name(self, api):
        code = code_on(api.post(JOIN, data=ROOM))
        mine = api.get("/c/digits/starter.ipynb?code=WAT-2026").text
        assert code in mine
        assert "Your name on the board" not in mine
        assert code not in browser(api).get("/c/digits/starter.ipynb?code=WAT-2026").text


class TestSigningOut:
    def test_leaves_a_shared_machine_to_the_next(self, api, installed):
        page = api.post(JOIN, data=ROOM)
        out = api.post("/c/digits/me/sign-out", data={"csrf": csrf_on(page)})
        assert "You are signed out" in out.text
        assert "You are in, <bdi>Bob</bdi>" in api.post(JOIN, data={**ROOM, "name": "Bob"}).text
        assert people(installed) == ["Ada", "Bob"]


class TestInvites:
    @pytest.fixture
    def invite(self, api, organizer_token) -> str:
        sent = api.post(
            "/api/v1/admin/competitions/digits/roster",
            content="name\nBo Diddley\n",
            headers={"Authorization": f"Bearer {organizer_token}", "Content-Type": "text/csv"},
        )
        return sent.json()["invites"][0]["invite"]

    def test_greet_by_name_and_do_not_ask_for_it(self, api, invite, installed):
        page = api.get(JOIN, params={"code": invite})
        assert "Hello, <bdi>Bo Diddley</bdi>" in page.text
        assert "required" not in page.text.split("<form")[1].split("</form")[0]
        assert "You are in, <bdi>Bo Diddley</bdi>" in api.post(JOIN, data={"code": invite}).text
        assert people(installed) == ["Bo Diddley"]

    def test_let_one_choose_a_nickname(self, api, invite, installed):
        api.post(JOIN, data={"code": invite, "name": "Bo"})
        assert people(installed) == ["Bo"]

    def test_used_ones_say_what_to_do(self, api, invite):
        api.post(JOIN, data={"code": invite})
        page = browser(api).get(JOIN, params={"code": invite})
        assert "This invite has been used." in page.text
        assert 'name="name"' not in page.text
        again = browser(api).post(JOIN, data={"code": invite})
        assert again.status_code == 409

    def test_of_nobody_greet_nobody(self, api, invite):
        assert "Hello" not in api.get(JOIN, params={"code": "RKD4-7WNX-9QFC-TTAL"}).text


def test_one_person_is_counted_once(api, installed):
    code = code_on(api.post(JOIN, data=ROOM))
    browser(api).post(JOIN, data={"code": code})
    with installed.database.read() as session:
        assert session.execute(select(func.count()).select_from(Participant)).scalar_one() == 1
