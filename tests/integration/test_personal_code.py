"""One person, any machine: the personal code, and what it must never do."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, text
from sqlmodel import select

from heldout_server.models import Participant, SignIn
from heldout_server.people import joining, personal_codes, sign_ins
from organizer import Organizer
from participant import Participant as Caller
from participant import npy
from waiting import run_until

PERSONAL = re.compile(r"([ACDEFGHJKLMNPQRTUVWXY34679]{3}-){2}[ACDEFGHJKLMNPQRTUVWXY34679]{3}")


def join(api, code="WAT-2026", name="Ada"):
    return api.post("/api/v1/join", json={"code": code, "name": name})


def people(installed) -> int:
    with installed.database.read() as session:
        return session.execute(select(func.count()).select_from(Participant)).scalar_one()


def status(api, token):
    return Caller(api, token, "").get("/me").status_code


@pytest.fixture
def ada(api):
    return join(api).json()


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


class TestJoining:
    def test_gives_a_code_that_is_stored_stretched(self, ada, installed):
        assert PERSONAL.fullmatch(ada["personal_code"])
        assert ada["is_new"] is True
        with installed.database.read() as session:
            stored = session.execute(select(Participant)).scalar_one().model_dump_json()
        assert ada["personal_code"] not in stored
        assert ada["personal_code"].replace("-", "") not in stored

    @pytest.mark.parametrize("name", ["Ada", "", "Somebody Else"])
    def test_with_it_is_the_same_person_on_another_machine(self, api, ada, installed, name):
        again = join(api, ada["personal_code"].lower().replace("-", " "), name)
        assert again.status_code == 200
        second = again.json()
        assert second["participant"] == ada["participant"]
        assert (second["is_new"], second["personal_code"]) == (False, ada["personal_code"])
        assert second["token"] != ada["token"]
        assert people(installed) == 1
        for token in (ada["token"], second["token"]):
            assert Caller(api, token, "").get("/me").json()["participant"] == ada["participant"]

    def test_both_machines_submit_as_one(self, api, ada, labels):
        second = Caller(api, join(api, ada["personal_code"]).json()["token"], "Ada")
        Caller(api, ada["token"], "Ada").submit(npy(labels))
        second.submit(npy((labels + 1) % 10))
        assert len(second.get("/me/submissions").json()["submissions"]) == 2

    def test_needs_no_name_only_with_a_personal_code(self, api, ada):
        body = {"code": ada["personal_code"]}
        assert api.post("/api/v1/join", json=body).status_code == 200
        refused = api.post("/api/v1/join", json={"code": "WAT-2026"})
        assert (refused.status_code, refused.json()["code"]) == (422, "validation")

    def test_a_taken_name_says_what_to_do(self, api, ada):
        assert "your personal code" in join(api).json()["hint"]

    @pytest.mark.parametrize("wrong", ["RKD-47W-NX9", "RKD-47W-NX", "hp_RKD47WNX9"])
    def test_a_wrong_one_opens_nothing(self, api, ada, wrong):
        answer = join(api, wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")

    def test_wrong_ones_are_slowed_and_the_right_one_is_not(self, api, ada, installed):
        assert {join(api, "RKD-47W-NX9").status_code for _ in range(31)} == {403}
        assert join(api, ada["personal_code"]).status_code == 200

    def test_the_oldest_further_machine_makes_room_and_the_first_stays(
        self, api, ada, monkeypatch, installed
    ):
        monkeypatch.setattr(sign_ins, "MOST_OF_ONE", 3)
        tokens = [join(api, ada["personal_code"]).json()["token"] for _ in range(5)]
        assert [status(api, t) for t in (ada["token"], *tokens)] == [200, 401, 401, 200, 200, 200]


class TestRenewing:
    def test_the_old_code_stops_and_machines_stay(self, api, ada):
        second = join(api, ada["personal_code"]).json()["token"]
        new = Caller(api, second, "").send("POST", "/me/code").json()["personal_code"]
        assert PERSONAL.fullmatch(new)
        assert join(api, ada["personal_code"]).status_code == 403
        assert join(api, new).json()["participant"] == ada["participant"]
        assert [status(api, t) for t in (ada["token"], second)] == [200, 200]

    def test_can_sign_the_others_out(self, api, ada):
        second = join(api, ada["personal_code"]).json()["token"]
        caller = Caller(api, second, "")
        assert caller.send("POST", "/me/code", {"sign_out_others": True}).status_code == 200
        assert [status(api, t) for t in (ada["token"], second)] == [401, 200]

    def test_a_new_token_signs_everything_out(self, api, ada):
        second = join(api, ada["personal_code"]).json()["token"]
        new = Caller(api, ada["token"], "").post("/me/token").json()
        assert [status(api, t) for t in (ada["token"], second, new["token"])] == [401, 401, 200]
        assert join(api, ada["personal_code"]).status_code == 403
        assert join(api, new["personal_code"]).status_code == 200

    def test_who_came_before_there_were_codes_asks_for_one(self, api, ada, installed):
        caller = Caller(api, ada["token"], "")
        assert caller.get("/me").json()["has_code"] is True
        with installed.database.write() as session:
            session.execute(select(Participant)).scalar_one().code_hash = None
        assert caller.get("/me").json()["has_code"] is False
        code = caller.send("POST", "/me/code").json()["personal_code"]
        assert join(api, code).json()["participant"] == ada["participant"]


class TestOrganizers:
    def test_mend_a_lost_phone_in_one_act(self, api, ada, owner):
        address = f"/competitions/digits/participants/{ada['participant']['id']}/code"
        code = owner.post(address).json()["personal_code"]
        assert join(api, code).json()["participant"] == ada["participant"]
        assert join(api, ada["personal_code"]).status_code == 403
        assert status(api, ada["token"]) == 200
        acts = owner.get("/audit", action="participant.renew_code").json()["entries"]
        assert len(acts) == 1
        assert code not in str(acts)

    def test_can_sign_them_out_as_well(self, api, ada, owner):
        address = f"/competitions/digits/participants/{ada['participant']['id']}/code"
        owner.post(address, {"sign_out": True})
        assert status(api, ada["token"]) == 401


class TestAccounts:
    def test_a_deleted_one_has_no_way_back(self, api, ada, installed):
        second = join(api, ada["personal_code"]).json()["token"]
        caller = Caller(api, ada["token"], "")
        assert caller.send("DELETE", "/me", {"confirm": "Ada"}).status_code == 204
        assert [status(api, t) for t in (ada["token"], second)] == [401, 401]
        assert join(api, ada["personal_code"]).status_code == 403
        with installed.database.read() as session:
            assert session.execute(select(SignIn)).first() is None

    def test_codes_of_merged_ones_open_the_one_that_was_kept(self, api, ada, owner):
        bob = join(api, name="Bob").json()
        address = f"/competitions/digits/participants/{bob['participant']['id']}/merge"
        assert owner.post(address, {"into": ada["participant"]["id"]}).status_code == 200
        again = join(api, bob["personal_code"]).json()
        assert again["participant"] == ada["participant"]
        # Signed out everywhere, they are out with the second account's code as well.
        Caller(api, ada["token"], "").post("/me/token")
        assert join(api, bob["personal_code"]).status_code == 403
        assert [status(api, t) for t in (bob["token"], again["token"])] == [401, 401]

    def test_ones_data_has_no_hash(self, api, ada):
        join(api, ada["personal_code"])
        data = Caller(api, ada["token"], "").get("/me/data").json()
        assert [each["kind"] for each in data["signed_in"]] == ["machine"]
        assert "hash" not in str(data["signed_in"]) + str(data["participant"])


class TestAnotherContest:
    """One person in several contests of a server (decision 0096)."""

    @pytest.fixture
    def tea(self, owner):
        changes = {"title": "Tea", "slug": "tea", "joining": "open"}
        assert owner.post("/competitions", changes).status_code == 201
        return "tea"

    def enter(self, api, code, slug, room=""):
        body = {"code": code, "competition": slug, "room_code": room}
        return api.post("/api/v1/join", json=body)

    def test_is_joined_as_the_same_person_with_nothing_typed(self, api, ada, tea, owner):
        taken = api.post("/api/v1/join", json={"code": "tea", "name": "ADA"})
        assert taken.status_code == 201
        first = self.enter(api, ada["personal_code"], tea)
        assert (first.status_code, first.json()["is_new"]) == (201, True)
        assert first.json()["participant"]["name"] == "Ada 2"
        assert first.json()["competition"]["slug"] == tea
        assert first.json()["personal_code"] == ada["personal_code"]
        again = self.enter(api, ada["personal_code"], tea).json()
        assert again["participant"] == first.json()["participant"]
        assert (
            self.enter(api, ada["personal_code"], "digits").json()["participant"]
            == (ada["participant"])
        )
        # Without a contest's name it is the one joined last.
        assert join(api, ada["personal_code"]).json()["competition"]["slug"] == tea
        assert api.get(f"/j/{ada['personal_code']}", follow_redirects=False).status_code == 303
        assert self.enter(api, ada["personal_code"], "nowhere").status_code == 404

        # A new code is one for both; signed out everywhere is out of both.
        caller = Caller(api, again["token"], "")
        new = caller.send("POST", "/me/code").json()["personal_code"]
        assert self.enter(api, ada["personal_code"], "digits").status_code == 403
        assert self.enter(api, new, "digits").json()["participant"] == ada["participant"]
        last = caller.post("/me/token").json()
        assert [status(api, t) for t in (ada["token"], again["token"])] == [401, 401]

        # Leaving one is leaving one.
        caller = Caller(api, last["token"], "")
        assert caller.send("DELETE", "/me", {"confirm": "Ada 2"}).status_code == 204
        kept = join(api, last["personal_code"]).json()
        assert kept["participant"] == ada["participant"]

    def test_asks_for_its_own_code_once(self, api, ada, owner, tea):
        changes = {"joining": "code", "join_code": "TEA-2026"}
        assert owner.patch(f"/competitions/{tea}", changes).status_code == 200
        without = self.enter(api, ada["personal_code"], tea)
        assert (without.status_code, without.json()["field"]) == (422, "room_code")
        assert self.enter(api, ada["personal_code"], tea, "WAT-2026").status_code == 403
        assert self.enter(api, ada["personal_code"], tea, "tea 2026").status_code == 201
        assert self.enter(api, ada["personal_code"], tea).status_code == 200

    def test_of_a_roster_takes_an_invite_and_ties_it(self, api, ada, owner, tea):
        owner.patch(f"/competitions/{tea}", {"joining": "roster"})
        address = f"/competitions/{tea}/roster"
        made = owner.request("POST", address, content="name\nAda Lovelace\n").json()
        code = made["invites"][0]["invite"]
        assert self.enter(api, ada["personal_code"], tea).status_code == 422
        assert self.enter(api, ada["personal_code"], tea, "WAT-2026").status_code == 403
        assert self.enter(api, ada["personal_code"], tea, code).status_code == 201
        assert owner.get(address).json()["entries"][0]["participant"] is not None

    def test_is_closed_to_whoever_is_banned(self, api, ada, owner, tea):
        owner.post(f"/competitions/digits/participants/{ada['participant']['id']}/ban")
        refused = self.enter(api, ada["personal_code"], tea)
        assert refused.status_code == 403
        assert "banned from" in refused.json()["detail"]

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    def test_is_joined_once_by_a_double_click(self, ada, tea, installed, clock):
        code = personal_codes.typed(ada["personal_code"])

        def click(then=lambda: None):
            with installed.database.write() as session:
                entered = joining.enter(session, code=code, name="", slug=tea, now=clock())
                then()
                return entered.is_new, entered.participant.public_id

        def is_waited_for():
            query = "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
            with installed.database.read() as session:
                here = f"{query} and datname = current_database()"
                return session.execute(text(here)).first()

        with ThreadPoolExecutor(1) as pool:
            seconds = []

            def click_again():
                seconds.append(pool.submit(click))
                run_until(is_waited_for)

            is_new, who = click(then=click_again)
            assert (is_new, seconds[0].result()) == (True, (False, who))

    @pytest.mark.parametrize("kept", ["linked", "second"])
    def test_merged_accounts_of_it_go_along(self, api, ada, owner, tea, kept):
        """Whichever account is kept there, old codes end, and everybody is signed out."""
        linked = self.enter(api, ada["personal_code"], tea).json()
        second = api.post("/api/v1/join", json={"code": tea, "name": "Eve"}).json()
        into, gone = (linked, second) if kept == "linked" else (second, linked)
        address = f"/competitions/{tea}/participants/{gone['participant']['id']}/merge"
        assert owner.post(address, {"into": into["participant"]["id"]}).status_code == 200

        new = Caller(api, ada["token"], "").post("/me/token").json()
        assert [status(api, one["token"]) for one in (linked, second)] == [401, 401]
        old = {linked["personal_code"], second["personal_code"]}
        # Nobody's any more: as of any stranger, a name is asked.
        assert {self.enter(api, code, tea).json()["code"] for code in old} == {"validation"}
        again = self.enter(api, new["personal_code"], tea).json()
        assert (again["is_new"], again["participant"]) == (False, into["participant"])

        there = Caller(api, again["token"], "").send("POST", "/me/code").json()["personal_code"]
        assert self.enter(api, there, "digits").json()["participant"] == ada["participant"]
