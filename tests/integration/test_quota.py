"""What counts, what doesn't, and when it starts anew: one test for each dispute that peers had."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from heldout_server.competitions import queries
from heldout_server.models import State, Submission
from participant import Participant, npy

C = "/api/v1/admin/competitions/digits"


@pytest.fixture
def organizer(api, organizer_token):
    headers = {"Authorization": f"Bearer {organizer_token}"}

    def asking(method, path, body=None, key=None):
        more = {"Idempotency-Key": key} if key else {}
        answer = api.request(method, f"{C}{path}", headers={**headers, **more}, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    return asking


def left(caller):
    return caller.get("/me/quota").json()["left_today"]


def refused(caller, content):
    answer = caller.open(content)
    return answer.status_code, answer.json()["code"]


def id_of(caller):
    return caller.get("/me").json()["participant"]["id"]


def variant(labels, number):
    return npy((labels + number) % 10)


class TestDisputes:
    def test_a_rejected_file_costs_nothing(self, organizer, join):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        for content in (npy([1]), b"not an array", npy([[0.5]])):
            assert ada.submit(content)["state"] == "rejected"
        assert left(ada) == 1

    def test_what_our_machinery_failed_on_costs_nothing_until_it_is_scored(
        self, organizer, join, labels, installed
    ):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        scored = ada.submit(npy(labels))
        _set_state(installed, scored["id"], State.ERROR)
        assert left(ada) == 1
        _set_state(installed, scored["id"], State.SCORED)
        assert left(ada) == 0

    def test_an_upload_that_never_came_costs_nothing(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        ada.open(npy(labels))
        assert left(ada) == 1

    def test_taking_back_refunds_nothing(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        scored = ada.submit(npy(labels))
        ada.post(f"/submissions/{scored['id']}/withdraw")
        assert left(ada) == 0
        assert refused(ada, variant(labels, 1)) == (429, "quota_exceeded")

    def test_hiding_and_disqualifying_refund_nothing(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 2})
        ada = join()
        for number, act in enumerate(("hide", "disqualify")):
            sent = ada.submit(variant(labels, number))
            organizer("POST", f"/submissions/{sent['id']}/{act}", {"reason": "no"})
        assert left(ada) == 0

    def test_the_day_starts_at_the_rooms_midnight(self, organizer, join, labels, clock):
        """18:00 UTC is 13:00 in Toronto: UTC's midnight, at 19:00 there, gives nothing back."""
        organizer("PATCH", "", {"quota_per_day": 1, "timezone": "America/Toronto"})
        ada = join()
        ada.submit(npy(labels))
        clock.advance(hours=6, minutes=1)
        assert refused(ada, variant(labels, 1)) == (429, "quota_exceeded")
        assert ada.get("/me/quota").json()["resets_at"] == "2026-11-23T00:00:00-05:00"
        clock.advance(hours=5)
        assert ada.submit(variant(labels, 1))["state"] == "scored"

    def test_a_day_on_which_clocks_change_ends_at_midnight_too(
        self, organizer, join, labels, clock
    ):
        organizer("PATCH", "", {"quota_per_day": 1, "timezone": "America/Toronto"})
        clock.advance(days=111 + 0, hours=0)  # Saturday, 13 March 2027; clocks change that night
        ada = join()
        ada.submit(npy(labels))
        assert ada.get("/me/quota").json()["resets_at"] == "2027-03-14T00:00:00-05:00"
        clock.advance(days=1)
        ada.submit(variant(labels, 1))
        assert ada.get("/me/quota").json()["resets_at"] == "2027-03-15T00:00:00-04:00"

    def test_one_student_can_be_given_more(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 1, "quota_total": 1})
        ada, bob = join("Ada"), join("Bob")
        for caller in (ada, bob):
            caller.submit(npy(labels))
        for _ in range(2):
            organizer("POST", f"/participants/{id_of(ada)}/grants", {"extra": 1}, key="one-click")
        assert ada.submit(variant(labels, 1))["state"] == "scored"
        assert refused(ada, variant(labels, 2)) == (429, "quota_exceeded")
        assert refused(bob, variant(labels, 1)) == (429, "quota_exceeded")

    def test_a_grant_is_of_its_day_and_can_be_taken_back(self, organizer, join, clock):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        grants = f"/participants/{id_of(ada)}/grants"
        given = organizer("POST", grants, {"extra": 3, "reason": "the projector failed"})
        assert (left(ada), ada.get("/me/quota").json()["granted_today"]) == (4, 3)
        for _ in range(2):
            organizer("DELETE", f"{grants}/{given['id']}")
        assert left(ada) == 1
        organizer("POST", grants, {"extra": 3})
        clock.advance(days=1)
        assert left(ada) == 1

    def test_what_is_left_is_said_everywhere(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 5, "quota_total": 7})
        ada = join()
        ada.submit(npy(labels))
        for quota in (
            ada.get("/me").json()["quota"],
            ada.get("/me/quota").json(),
            organizer("GET", f"/participants/{id_of(ada)}")["quota"],
        ):
            assert (quota["left_today"], quota["left"]) == (4, 6)

    def test_a_refusal_never_looks_like_success(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        ada.submit(npy(labels))
        answer = ada.open(variant(labels, 1))
        assert answer.status_code == 429
        assert "All 1 of today's submissions are used." in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) > 0
        assert len(ada.get("/me/submissions").json()["submissions"]) == 1

    def test_the_same_bytes_cost_nothing(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        first = ada.submit(npy(labels))
        assert ada.submit(npy(labels))["id"] == first["id"]
        assert left(ada) == 0

    def test_what_was_announced_before_midnight_counts_on_its_day(
        self, organizer, join, labels, clock
    ):
        organizer("PATCH", "", {"quota_per_day": 1})
        ada = join()
        clock.advance(hours=5, minutes=59)
        opened = ada.open(npy(labels)).json()
        clock.advance(minutes=2)
        assert ada.upload(opened["id"], npy(labels)).status_code == 202
        assert left(ada) == 1


class TestLimits:
    def test_of_the_whole_contest(self, organizer, join, labels, clock):
        organizer("PATCH", "", {"quota_per_day": None, "quota_total": 2})
        ada = join()
        for number in range(2):
            ada.submit(variant(labels, number))
            clock.advance(days=1)
        answer = ada.open(variant(labels, 2))
        assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
        assert "of this contest" in answer.json()["detail"]

    def test_of_the_time_between_two(self, organizer, join, labels, clock):
        organizer("PATCH", "", {"interval_seconds": 60})
        ada = join()
        assert ada.submit(npy([1]))["state"] == "rejected"
        ada.submit(npy(labels))
        clock.advance(seconds=45)
        answer = ada.open(variant(labels, 1))
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
        assert answer.headers["Retry-After"] == "15"
        clock.advance(seconds=15)
        assert ada.submit(variant(labels, 1))["state"] == "scored"

    def test_of_attempts_a_minute(self, organizer, join, labels, clock):
        organizer("PATCH", "", {"attempts_per_minute": 2})
        ada = join()
        for number in range(2):
            ada.open(variant(labels, number))
        assert refused(ada, variant(labels, 2)) == (429, "rate_limited")
        clock.advance(minutes=1)
        assert ada.open(variant(labels, 2)).status_code == 201

    def test_a_team_shares_one(self, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 2, "team_size": 2})
        ada, bob = join("Ada"), join("Bob")
        code = ada.send("POST", "/me/team", {"name": "Duo"}).json()["join_code"]
        bob.send("POST", "/me/team/join", {"code": code})
        ada.submit(npy(labels))
        bob.submit(npy(labels))
        assert refused(ada, variant(labels, 1)) == (429, "quota_exceeded")
        assert ada.get("/me/quota").json()["shared_with_team"] is True
        organizer("POST", f"/participants/{id_of(bob)}/grants", {"extra": 1})
        assert ada.submit(variant(labels, 1))["state"] == "scored"


class TestFiftyAtOnce:
    def test_never_pass_the_quota(self, api, organizer, join, labels):
        """Fifty uploads of fifty files, each opened before any was sent."""
        organizer("PATCH", "", {"quota_per_day": 7, "attempts_per_minute": 1000})
        ada = join()
        contents = [npy(_changed(labels, number)) for number in range(50)]
        with ThreadPoolExecutor(50) as pool:
            opened = list(pool.map(ada.open, contents))
            assert {answer.status_code for answer in opened} == {201}
            ids = [answer.json()["id"] for answer in opened]
            answers = list(pool.map(ada.upload, ids, contents))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(202) == 7, statuses
        assert statuses.count(429) == 43, statuses
        assert ada.get("/me/quota").json()["used_today"] == 7

    def test_of_a_team_never_pass_it_either(self, api, organizer, join, labels):
        organizer("PATCH", "", {"quota_per_day": 5, "team_size": 2, "attempts_per_minute": 1000})
        ada, bob = join("Ada"), join("Bob")
        code = ada.send("POST", "/me/team", {"name": "Duo"}).json()["join_code"]
        bob.send("POST", "/me/team/join", {"code": code})
        contents = [npy(_changed(labels, number)) for number in range(50)]
        callers = [ada, bob] * 25
        with ThreadPoolExecutor(50) as pool:
            opened = list(pool.map(Participant.open, callers, contents))
            ids = [answer.json()["id"] for answer in opened]
            answers = list(pool.map(Participant.upload, callers, ids, contents))
        assert [answer.status_code for answer in answers].count(202) == 5


def _changed(labels, number):
    predicted = labels.copy()
    predicted[number] = (predicted[number] + 1) % 10
    return predicted


def _set_state(installed, submission_id, state):
    with installed.database.write() as session:
        from heldout_server.submissions.queries import by_public_id

        found: Submission | None = by_public_id(session, submission_id)
        assert found is not None
        assert queries.by_slug(session, "digits").id == found.competition_id
        found.state = state
        session.add(found)
