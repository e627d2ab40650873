"""Participants, the roster, teams: as organizers find and mend them."""

import csv
import dataclasses
import io

import pytest

from heldout_server.web.guesses import GuessBounds, WrongGuesses
from participant import Participant, npy

C = "/competitions/digits"
P = f"{C}/participants"
ROSTER = "name,email,reference,team\n" + "".join(
    f"Student {n},s{n}@example.org,2083{n:04d},\n" for n in range(30)
)

WRONG_ROSTERS = [
    ("\n\n", "empty"),
    ("mail\na@b\n", "no column"),
    ("name\nAda\n \u200b,x\n", "Line 3"),
    ("name,email\nAda,a@b\nBob,A@B\n", "Line 3"),
    ('name\n"unclosed', "can't be read"),
    (b"name\n\xff\xfe\n", "UTF-8"),
    ("name\n" + "Ada\n" * 2001, "at most"),
    ("name\n" + "x" * 61 + "\n", "Line 2"),
]


def import_roster(organizer, text=ROSTER):
    content = text.encode() if isinstance(text, str) else text
    headers = {"Authorization": f"Bearer {organizer.token}", "Content-Type": "text/csv"}
    return organizer.api.post(
        "/api/v1/admin/competitions/digits/roster", content=content, headers=headers
    )


def ids(organizer):
    found = organizer.get(P, limit=200).json()["participants"]
    return {account["name"]: account["id"] for account in found}


def ranked(api):
    answer = api.get("/api/v1/competitions/digits/leaderboard").json()
    return [row["participant"]["name"] for row in answer["rows"]]


class TestList:
    def test_pages_by_key_and_finds(self, helper, join):
        for name in ("Ada", "Bob", "Cleo"):
            join(name)
        first = helper.get(P, limit=2).json()
        rest = helper.get(P, limit=2, after=first["next"]).json()
        names = [p["name"] for p in first["participants"] + rest["participants"]]
        assert names == ["Ada", "Bob", "Cleo"]
        assert rest["next"] is None
        found = helper.get(P, search="LEO").json()["participants"]
        assert [p["name"] for p in found] == ["Cleo"]
        assert helper.get(P, search="%").json()["participants"] == []

    def test_counts_what_was_sent(self, helper, join, labels):
        ada = join("Ada")
        ada.submit(npy(labels))
        ada.submit(npy([1]))
        account = helper.get(P).json()["participants"][0]
        assert (account["submissions"], account["scored"]) == (2, 1)

    def test_one_is_shown_with_quota_and_grants(self, helper, join):
        join("Ada")
        shown = helper.get(f"{P}/{ids(helper)['Ada']}").json()
        assert shown["quota"]["left_today"] == 100
        assert shown["grants"] == []
        assert helper.get(f"{P}/p_none").json()["code"] == "not_found"


class TestRename:
    def test_shows_on_the_board_at_once(self, helper, api, join, labels):
        join("Rude word").submit(npy(labels))
        helper.patch(f"{P}/{ids(helper)['Rude word']}", {"name": "Ada"})
        assert ranked(api) == ["Ada"]
        assert "Ada" in api.get("/c/digits/board").text

    def test_a_taken_name_is_refused(self, helper, join):
        join("Ada"), join("Bob")
        answer = helper.patch(f"{P}/{ids(helper)['Bob']}", {"name": "ADA"})
        assert answer.json()["code"] == "duplicate_name"


class TestToken:
    def test_a_new_one_replaces_the_old(self, helper, api, join):
        ada = join("Ada")
        token = helper.post(f"{P}/{ids(helper)['Ada']}/token").json()["token"]
        assert ada.get("/me").status_code == 401
        assert Participant(api, token, "Ada").get("/me").json()["participant"]["name"] == "Ada"


class TestBan:
    def test_takes_off_the_board_refuses_and_comes_back(self, helper, api, join, labels):
        ada = join("Ada")
        ada.submit(npy(labels))
        address = f"{P}/{ids(helper)['Ada']}"
        for _ in range(2):
            helper.post(f"{address}/ban", {"reason": "test labels in the upload"})
        assert ranked(api) == []
        refused = ada.open(npy((labels + 1) % 10))
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert "test labels in the upload" in refused.json()["detail"]
        assert len(helper.get("/audit", action="participant.ban").json()["entries"]) == 1
        helper.post(f"{address}/unban")
        assert ranked(api) == ["Ada"]
        assert ada.submit(npy((labels + 1) % 10))["state"] == "scored"

    def test_reaches_an_upload_under_way(self, helper, join, labels):
        ada = join("Ada")
        opened = ada.open(npy(labels)).json()
        helper.post(f"{P}/{ids(helper)['Ada']}/ban", {})
        assert ada.upload(opened["id"], npy(labels)).json()["code"] == "forbidden"


class TestUndo:
    def test_takes_back_act_after_act(self, owner, api, join, labels):
        owner.patch(C, {"closes_at": "2026-11-23T00:00:00Z", "team_size": 2})
        ada = join("Ada")
        ada.submit(npy(labels))
        address = f"{P}/{ids(owner)['Ada']}"
        team = owner.post(f"{C}/teams", {"name": "Analysts"}).json()["id"]
        before = owner.get(address).json()
        owner.post(f"{address}/grants", {"extra": 2})
        owner.post(f"{address}/extend", {"minutes": 5})
        owner.patch(address, {"name": "Countess"})
        owner.put(f"{address}/team", {"team": team})
        owner.post(f"{address}/ban", {})
        assert ranked(api) == []
        undone = [owner.post(f"{C}/undo").json()["action"] for _ in range(5)]
        assert undone == [
            f"participant.{verb}" for verb in ("ban", "move", "rename", "extend", "grant")
        ]
        after = owner.get(address).json()
        assert after.pop("grants")[0]["revoked_at"] is not None
        assert {**after, "grants": []} == before
        assert ranked(api) == ["Ada"]

    def test_leaves_alone_what_was_changed_since(self, owner, join):
        join("Ada")
        address = f"{P}/{ids(owner)['Ada']}"
        given = owner.post(f"{address}/grants", {"extra": 2}).json()["id"]
        owner.delete(f"{address}/grants/{given}")
        assert owner.post(f"{C}/undo").json()["code"] == "conflict"


class TestMerge:
    def test_makes_one_of_two_and_two_of_one(self, helper, api, join, labels):
        first, second = join("Ada"), join("Ada 2")
        first.submit(npy((labels + 1) % 10))
        second.submit(npy(labels))
        accounts = ids(helper)
        address = f"{P}/{accounts['Ada 2']}"
        for _ in range(2):
            merged = helper.post(f"{address}/merge", {"into": accounts["Ada"]})
            assert merged.status_code == 200, merged.text
        assert ranked(api) == ["Ada"]
        assert second.get("/me").json()["participant"]["name"] == "Ada"
        assert second.get("/me").json()["quota"]["used_today"] == 2
        assert list(ids(helper)) == ["Ada"]
        helper.post(f"{address}/unmerge")
        assert ranked(api) == ["Ada 2", "Ada"]
        assert second.get("/me").json()["participant"]["name"] == "Ada 2"
        assert first.get("/me").json()["quota"]["used_today"] == 1

    def test_leaves_the_team_of_a_merged_captain_on_the_board(self, owner, api, join, labels):
        owner.patch(C, {"team_size": 2})
        ada, bob, _ = join("Ada"), join("Bob"), join("Ada 2")
        code = ada.send("POST", "/me/team", {"name": "Duo"}).json()["join_code"]
        bob.send("POST", "/me/team/join", {"code": code})
        bob.submit(npy(labels))
        accounts = ids(owner)
        owner.post(f"{P}/{accounts['Ada']}/merge", {"into": accounts["Ada 2"]})
        assert ranked(api) == ["Duo"]

    def test_refuses_itself_and_what_is_merged(self, helper, join):
        join("Ada"), join("Bob"), join("Cleo")
        a = ids(helper)
        assert helper.post(f"{P}/{a['Ada']}/merge", {"into": a["Ada"]}).json()["code"] == "conflict"
        helper.post(f"{P}/{a['Bob']}/merge", {"into": a["Ada"]})
        into_merged = helper.post(f"{P}/{a['Cleo']}/merge", {"into": a["Bob"]})
        assert into_merged.json()["code"] == "conflict"
        assert helper.post(f"{P}/{a['Cleo']}/unmerge").json()["code"] == "conflict"


class TestRoster:
    def test_imports_thirty_once(self, helper):
        first = import_roster(helper).json()
        assert (first["added"], first["unchanged"], len(first["invites"])) == (30, 0, 30)
        again = import_roster(helper).json()
        assert (again["added"], again["unchanged"], again["invites"]) == (0, 30, [])
        renamed = ROSTER.replace("Student 3,", "Student Three,")
        assert import_roster(helper, renamed).json()["updated"] == 1

    def test_an_invite_joins_once_under_the_rosters_name(self, owner, api):
        invite = import_roster(owner).json()["invites"][3]
        owner.patch(C, {"joining": "roster", "nicknames": False})
        ada = Participant.join(api, "Nick", invite["invite"].lower())
        assert ada.get("/me").json()["participant"]["name"] == "Student 3"
        again = api.post("/api/v1/join", json={"code": invite["invite"], "name": "x"})
        assert (again.status_code, again.json()["code"]) == (409, "conflict")
        stranger = api.post("/api/v1/join", json={"code": "WAT-2026", "name": "Eve"})
        assert stranger.status_code == 403
        entry = owner.get(f"{C}/roster", limit=200).json()["entries"][3]
        assert entry["display_name"] == "Student 3"

    def test_a_nickname_hides_the_name_from_the_room_but_not_from_organizers(self, owner, api):
        invite = import_roster(owner).json()["invites"][0]["invite"]
        Participant.join(api, "Fox", invite)
        account = owner.get(P, search="student 0").json()["participants"][0]
        assert (account["name"], account["roster_name"]) == ("Fox", "Student 0")

    def test_the_link_fills_in_the_invite_and_works_in_the_browser(self, owner, api):
        invite = import_roster(owner).json()["invites"][0]
        assert invite["invite"] in api.get(invite["url"]).text
        answer = api.post("/c/digits/join", data={"code": invite["invite"], "name": "Fox"})
        assert "You are in, <bdi>Fox</bdi>" in answer.text

    def test_a_lost_invite_is_replaced(self, helper, api):
        invite = import_roster(helper).json()["invites"][0]
        new = helper.post(f"{C}/roster/{invite['id']}/invite").json()["invite"]
        old = api.post("/api/v1/join", json={"code": invite["invite"], "name": "x"})
        assert old.status_code == 403
        assert api.post("/api/v1/join", json={"code": new, "name": "x"}).status_code == 201

    def test_puts_people_into_their_teams(self, owner, api):
        owner.patch(C, {"team_size": 2})
        text = "name,team\nAda,Analysts\nBob,Analysts\n"
        invites = import_roster(owner, text).json()["invites"]
        for invite in invites:
            Participant.join(api, "", invite["invite"])
        team = owner.get(f"{C}/teams").json()["teams"][0]
        assert (team["name"], team["members"]) == ("Analysts", 2)

    def test_comes_back_out_without_formulas(self, helper):
        evil = 'name,email,reference\n"=HYPERLINK(""http://e"")",@sum,+1\n'
        import_roster(helper, evil)
        text = helper.get(f"{C}/roster.csv").text
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[1][:3] == ['\'=HYPERLINK("http://e")', "'@sum", "'+1"]
        assert import_roster(helper, text).json()["unchanged"] == 1

    def test_refuses_what_is_no_roster_and_writes_nothing(self, helper):
        for text, said in WRONG_ROSTERS:
            answer = import_roster(helper, text)
            assert (answer.status_code, answer.json()["code"]) == (422, "validation"), text
            assert said in answer.json()["detail"]
        assert import_roster(helper, "").json()["code"] == "validation"
        assert helper.get(f"{C}/roster").json()["entries"] == []

    def test_takes_what_excel_writes(self, helper):
        text = "\ufeffStudent;E-Mail\r\nŁukasz Ünal;l@x.org\r\n"
        assert import_roster(helper, text).json()["added"] == 1

    def test_somebody_is_removed(self, helper, api):
        invite = import_roster(helper).json()["invites"][0]
        assert helper.delete(f"{C}/roster/{invite['id']}").status_code == 204
        old = api.post("/api/v1/join", json={"code": invite["invite"], "name": "x"})
        assert old.status_code == 403


class TestOpenJoining:
    def test_needs_no_code_but_the_address(self, owner, api):
        owner.patch(C, {"joining": "open"})
        answer = api.post("/api/v1/join", json={"code": "digits", "name": "Ada"})
        assert answer.status_code == 201
        assert "You are in" in api.post("/c/digits/join", data={"code": "", "name": "Bob"}).text


class TestTeams:
    @pytest.fixture
    def teams(self, owner):
        owner.patch(C, {"team_size": 2})
        return owner

    def test_are_ranked_by_the_best_of_their_members(self, teams, api, join, labels):
        ada, bob, cleo = join("Ada"), join("Bob"), join("Cleo")
        made = ada.send("POST", "/me/team", {"name": "Analysts"})
        assert made.status_code == 201, made.text
        for _ in range(2):
            joined = bob.send("POST", "/me/team/join", {"code": made.json()["join_code"].lower()})
            assert joined.status_code == 200, joined.text
        cleo.submit(npy((labels + (labels == 3)) % 10))
        ada.submit(npy((labels + 1) % 10))
        assert ranked(api) == ["Cleo", "Analysts"]
        best = bob.submit(npy(labels))
        assert best["rank"] == 1
        assert ranked(api) == ["Analysts", "Cleo"]
        row = api.get("/api/v1/competitions/digits/leaderboard").json()["rows"][0]
        assert (row["participant"]["id"], row["entries"]) == (made.json()["id"], 2)
        assert ada.get("/me").json()["best"]["rank"] == 1

    def test_are_full_when_they_are(self, teams, join):
        code = join("Ada").send("POST", "/me/team", {"name": "Duo"}).json()["join_code"]
        assert join("Bob").send("POST", "/me/team/join", {"code": code}).status_code == 200
        full = join("Cleo").send("POST", "/me/team/join", {"code": code})
        assert (full.status_code, full.json()["code"]) == (409, "conflict")

    def test_are_guessed_slowly_and_joined_at_once(self, teams, api, join):
        pauses = []

        async def pause(seconds):
            pauses.append(seconds)

        guesses = GuessBounds(team_codes=WrongGuesses(3, pause))
        api.app.state.services = dataclasses.replace(api.app.state.services, guesses=guesses)
        code = join("Ada").send("POST", "/me/team", {"name": "Duo"}).json()["join_code"]
        bob, wrong = join("Bob"), {"code": "guess"}
        answers = {bob.send("POST", "/me/team/join", wrong).status_code for _ in range(8)}
        assert answers == {403}
        assert len(pauses) == 5
        assert bob.send("POST", "/me/team/join", {"code": code}).status_code == 200
        assert len(pauses) == 5

    def test_organizers_move_people_and_the_board_follows(self, teams, api, join, labels):
        ada, bob = join("Ada"), join("Bob")
        ada.send("POST", "/me/team", {"name": "One"})
        bob.send("POST", "/me/team", {"name": "Two"})
        ada.submit(npy(labels))
        two = next(t for t in teams.get(f"{C}/teams").json()["teams"] if t["name"] == "Two")
        moved = teams.put(f"{P}/{ids(teams)['Ada']}/team", {"team": two["id"]})
        assert (moved.json()["team_name"], moved.json()["is_captain"]) == ("Two", False)
        assert ranked(api) == ["Two"]
        captain = teams.put(f"{C}/teams/{two['id']}/captain", {"captain": ids(teams)["Ada"]})
        assert captain.status_code == 200
        assert ranked(api) == ["Two"]
        assert ada.get("/me/team").json()["captain"] == ids(teams)["Ada"]
        teams.put(f"{P}/{ids(teams)['Ada']}/team", {"team": None})
        assert ranked(api) == ["Ada"]
        assert [t["name"] for t in teams.get(f"{C}/teams").json()["teams"]] == ["Two"]

    def test_disbanding_leaves_everybody_on_their_own(self, teams, api, join, labels):
        ada = join("Ada")
        team = ada.send("POST", "/me/team", {"name": "One"}).json()
        ada.submit(npy(labels))
        assert teams.delete(f"{C}/teams/{team['id']}").status_code == 204
        assert ranked(api) == ["Ada"]
        assert ada.get("/me/team").json() is None

    def test_leaving_takes_ones_submissions_along(self, teams, api, join, labels):
        ada, bob = join("Ada"), join("Bob")
        code = ada.send("POST", "/me/team", {"name": "Duo"}).json()["join_code"]
        bob.send("POST", "/me/team/join", {"code": code})
        ada.submit(npy((labels + 1) % 10))
        bob.submit(npy(labels))
        assert ada.send("DELETE", "/me/team").status_code == 204
        assert ranked(api) == ["Duo", "Ada"]
        assert bob.get("/me/team").json()["captain"] == ids(teams)["Bob"]

    def test_are_off_by_default(self, owner, join):
        refused = join("Ada").send("POST", "/me/team", {"name": "One"})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")

    def test_cannot_be_switched_off_while_there_are_some(self, teams, join):
        join("Ada").send("POST", "/me/team", {"name": "One"})
        assert teams.patch(C, {"team_size": 1}).json()["code"] == "conflict"
        assert teams.patch(C, {"team_size": 3}).status_code == 200
