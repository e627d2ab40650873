"""Competitions: made, cloned, edited, paused, extended, archived."""

import pytest

from participant import npy

C = "/competitions/digits"
WRONG: list[dict[str, object]] = [
    {"title": ""},
    {"title": "\u200b"},
    {"slug": "Not A Slug"},
    {"slug": "../etc"},
    {"timezone": "Mars/Olympus"},
    {"timezone": "../../etc/passwd"},
    {"kinds": []},
    {"kinds": ["notebook"]},
    {"kinds": ["model", "model"]},
    {"join_code": "ab"},
    {"public_fraction": 0},
    {"public_fraction": 0.9999},
    {"quota_per_day": 0},
    {"quota_per_day": 10**12},
    {"team_size": 0},
    {"interval_seconds": -1},
    {"joining": "magic"},
    {"run_sharing": "sometimes"},
    {"run_sharing": None},
    {"pool": "tpu"},
    {"pool": None},
    {"opens_at": "2026-11-22T19:00:00"},
    {"opens_at": "2026-11-22T19:00:00Z", "closes_at": "2026-11-22T19:00:00Z"},
    {"title": None},
    {"nicknames": None},
    {"rules": "x" * 20_001},
]


class TestCreate:
    def test_needs_only_a_title(self, owner):
        made = owner.post("/competitions", {"title": "Évening II: the digits"})
        assert made.status_code == 201, made.text
        shown = made.json()
        assert shown["slug"] == "evening-ii-the-digits"
        assert shown["public_fraction"] == 0.5
        assert shown["state"] == "open"
        assert len(shown["join_code"]) == 9

    def test_is_recorded(self, owner):
        owner.post("/competitions", {"title": "Second"})
        entry = owner.get("/audit", action="competition.create").json()["entries"][0]
        assert (entry["target_id"], entry["after"]["title"]) == ("second", "Second")

    def test_twice_with_one_key_makes_one(self, owner):
        made = [owner.post("/competitions", {"title": "Twice"}, key="click-123").json()["slug"]] * 2
        again = owner.post("/competitions", {"title": "Twice"}, key="click-123")
        assert again.json()["slug"] == made[0]
        assert len(owner.get("/competitions").json()["competitions"]) == 2

    def test_a_taken_address_is_refused_and_a_made_up_one_is_not(self, owner):
        taken = owner.post("/competitions", {"title": "X", "slug": "digits"})
        assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
        assert owner.post("/competitions", {"title": "Digits"}).json()["slug"] == "digits-2"

    def test_one_that_is_found_by_link_is_not_listed_nor_guessed(self, owner, api):
        made = owner.post("/competitions", {"title": "Secret", "visibility": "link"}).json()
        assert len(made["slug"]) > len("secret-") + 10
        listed = api.get("/api/v1/competitions").json()["competitions"]
        assert made["slug"] not in [c["slug"] for c in listed]
        assert api.get(f"/c/{made['slug']}").status_code == 200

    def test_starts_with_the_servers_rule_unless_told_otherwise(self, owner, settings):
        settings.run_sharing = "opt_in"
        assert owner.post("/competitions", {"title": "A"}).json()["run_sharing"] == "opt_in"
        given = owner.post("/competitions", {"title": "B", "run_sharing": "always"}).json()
        assert given["run_sharing"] == "always"

    def test_refuses_what_cannot_be_and_writes_nothing(self, owner):
        for wrong in WRONG:
            answer = owner.post("/competitions", {"title": "Wrong", **wrong})
            assert (answer.status_code, answer.json()["code"]) == (422, "validation"), wrong
        assert len(owner.get("/competitions").json()["competitions"]) == 1

    def test_refuses_an_unknown_dataset(self, owner):
        answer = owner.post("/competitions", {"title": "X", "dataset": "imagenet"})
        assert answer.json()["code"] == "not_found"

    def test_grades_on_a_split_of_its_own(self, owner, api, labels):
        from participant import Participant

        code = owner.post("/competitions", {"title": "Own split"}).json()["join_code"]
        scored = Participant.join(api, "Ada", code).submit(npy(labels))
        assert (scored["state"], scored["score"]) == ("scored", 1.0)


class TestClone:
    def test_takes_the_settings_but_no_people_and_no_schedule(self, owner, join):
        join("Ada")
        owner.patch(C, {"rules": "Be kind.", "closes_at": "2026-11-23T00:00:00Z"})
        owner.patch(C, {"run_sharing": "after_close"})
        made = owner.post(f"{C}/clone", {"title": "Next year"}).json()
        assert made["run_sharing"] == "after_close"
        assert (made["slug"], made["rules"]) == ("next-year", "Be kind.")
        assert made["participants"] == 0
        assert made["closes_at"] is None
        assert made["join_code"] != "WAT-2026"


class TestEdit:
    def test_changes_what_is_sent_and_keeps_the_rest(self, owner):
        before = owner.get(C).json()
        after = owner.patch(C, {"title": "Digits!", "quota_per_day": None}).json()
        assert (after["title"], after["quota_per_day"]) == ("Digits!", None)
        assert after["join_code"] == before["join_code"]
        entry = owner.get("/audit", action="competition.edit").json()["entries"][0]
        assert entry["before"] == {"title": before["title"], "quota_per_day": 100}
        assert entry["after"] == {"title": "Digits!", "quota_per_day": None}

    def test_saving_the_same_again_is_no_act(self, owner):
        for _ in range(2):
            owner.patch(C, {"title": "Digits!"})
        assert len(owner.get("/audit", action="competition.edit").json()["entries"]) == 1

    def test_a_refused_change_changes_nothing(self, owner):
        before = owner.get(C).json()
        assert owner.patch(C, {"title": "X", "timezone": "Nowhere"}).status_code == 422
        assert owner.get(C).json() == before

    def test_needs_an_owner(self, helper):
        assert helper.patch(C, {"title": "X"}).json()["code"] == "forbidden"

    def test_a_join_code_opens_one_competition(self, owner):
        owner.post("/competitions", {"title": "Other", "join_code": "OTHER-1"})
        assert owner.patch(C, {"join_code": "other 1"}).json()["code"] == "conflict"

    def test_markdown_is_shown_without_what_could_run(self, owner, api):
        rules = "**Bold** <script>alert(1)</script> [x](javascript:alert(1)) ![i](http://e/x.png)"
        shown = owner.patch(C, {"rules": rules}).json()
        assert "<strong>Bold</strong>" in shown["rules_html"]
        assert "<script" not in shown["rules_html"]
        assert 'href="javascript' not in shown["rules_html"]
        assert "<img" not in shown["rules_html"]
        assert shown["rules"] == rules
        assert api.get("/api/v1/competitions/digits").json()["rules_html"] == shown["rules_html"]


class TestPause:
    def test_takes_nothing_until_it_goes_on(self, helper, join, labels):
        ada = join()
        helper.post(f"{C}/pause")
        refused = ada.open(npy(labels))
        assert (refused.status_code, refused.json()["code"]) == (403, "competition_paused")
        assert helper.get(C).json()["state"] == "paused"
        helper.post(f"{C}/resume")
        assert ada.submit(npy(labels))["state"] == "scored"

    def test_what_was_announced_before_still_arrives(self, helper, join, labels):
        ada = join()
        opened = ada.open(npy(labels)).json()
        helper.post(f"{C}/pause")
        assert ada.upload(opened["id"], npy(labels)).status_code == 202

    def test_twice_is_once(self, helper):
        first = helper.post(f"{C}/pause").json()["paused_at"]
        assert helper.post(f"{C}/pause").json()["paused_at"] == first
        assert len(helper.get("/audit", action="competition.pause").json()["entries"]) == 1

    def test_the_time_can_be_given_back(self, owner, clock):
        owner.patch(C, {"closes_at": "2026-11-22T20:00:00Z"})
        owner.post(f"{C}/pause")
        clock.advance(minutes=7)
        shown = owner.post(f"{C}/resume", {"give_back_time": True}).json()
        assert shown["closes_at"] == "2026-11-22T20:07:00Z"


class TestExtend:
    @pytest.fixture
    def closing(self, owner):
        owner.patch(C, {"closes_at": "2026-11-22T20:00:00Z"})
        return owner

    def test_moves_the_end_once_for_each_click(self, closing):
        for _ in range(2):
            shown = closing.post(f"{C}/extend", {"minutes": 10}, key="a-double-click").json()
            assert shown["closes_at"] == "2026-11-22T20:10:00Z"
        assert (
            closing.post(f"{C}/extend", {"minutes": -5}).json()["closes_at"].endswith("20:05:00Z")
        )

    def test_after_the_end_counts_from_now(self, closing, clock, join):
        clock.advance(hours=3)
        assert closing.get(C).json()["state"] == "closed"
        shown = closing.post(f"{C}/extend", {"minutes": 10}).json()
        assert (shown["state"], shown["closes_at"]) == ("open", "2026-11-22T21:10:00Z")

    def test_for_one_participant(self, closing, clock, join, labels):
        ada, bob = join("Ada"), join("Bob")
        ids = {p["name"]: p["id"] for p in closing.get(f"{C}/participants").json()["participants"]}
        for _ in range(2):
            closing.post(f"{C}/participants/{ids['Ada']}/extend", {"minutes": 10}, key="click-abc")
        clock.advance(hours=2, minutes=9)
        assert bob.open(npy(labels)).json()["code"] == "competition_closed"
        assert ada.submit(npy(labels))["state"] == "scored"
        clock.advance(minutes=1)
        assert ada.open(npy((labels + 1) % 10)).json()["code"] == "competition_closed"

    def test_refuses_what_is_no_extension(self, closing):
        for minutes in (0, 10_081, -10_081, 1.5, "x", None):
            answer = closing.post(f"{C}/extend", {"minutes": minutes})
            assert (answer.status_code, answer.json()["code"]) == (422, "validation"), minutes

    def test_without_an_end_there_is_nothing_to_extend(self, owner):
        assert owner.post(f"{C}/extend", {"minutes": 5}).json()["code"] == "conflict"


class TestArchive:
    def test_closes_and_hides_and_comes_back(self, owner, api, join, labels):
        ada = join()
        assert ada.submit(npy(labels))["rank"] == 1
        owner.post(f"{C}/archive")
        assert ada.open(npy((labels + 1) % 10)).json()["code"] == "competition_closed"
        assert api.get("/api/v1/competitions").json()["competitions"] == []
        answer = api.post("/api/v1/join", json={"code": "WAT-2026", "name": "Bob"})
        assert answer.status_code == 403
        assert owner.get("/competitions").json()["competitions"] == []
        assert len(owner.get("/competitions", archived=True).json()["competitions"]) == 1
        owner.post(f"{C}/unarchive")
        assert ada.submit(npy((labels + 1) % 10))["state"] == "scored"
