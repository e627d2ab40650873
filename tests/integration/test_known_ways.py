"""Ways that are kept between looks are those that reading everything anew would give."""

import numpy as np
import pytest
from sqlmodel import select

from heldout_server.acts import events
from heldout_server.competitions import queries
from heldout_server.leaderboard.progress_cache import ProgressCache
from heldout_server.models import Submission
from organizer import Organizer
from participant import npy

C = "/competitions/digits"


class Look:
    """Asks the same `ProgressCache` again and again, and compares with one that knows nothing."""

    def __init__(self, database):
        self.database = database
        self.known = ProgressCache()

    def __call__(self):
        with self.database.read() as session:
            competition = queries.by_slug(session, "digits")
            found = self.known.of(session, competition)
            fresh = ProgressCache().of(session, competition)
        assert found == fresh
        return found


@pytest.fixture
def look(installed):
    return Look(installed.database)


@pytest.fixture
def wrong(labels):
    def predicting(count):
        predicted = labels.copy()
        predicted[:count] = (predicted[:count] + 1) % 10
        return npy(np.asarray(predicted))

    return predicting


@pytest.fixture
def ada_and_bob(join, wrong, clock):
    people = {name: join(name) for name in ("Ada", "Bob")}
    for name, count in [("Ada", 90), ("Bob", 60), ("Ada", 30)]:
        people[name].submit(wrong(count))
        clock.advance(minutes=1)
    return people


class TestKnownWays:
    def test_of_nothing_are_none(self, look):
        assert look().ranked == []

    def test_read_only_whose_score_is_new(self, look, ada_and_bob, wrong):
        before = look()
        ada_and_bob["Bob"].submit(wrong(5))
        after = look()
        ada, bob = (ada_and_bob[n].get("/me").json()["participant"]["id"] for n in ("Ada", "Bob"))
        assert after.by_unit[ada] is before.by_unit[ada]
        assert [len(ways.by_unit[bob].steps) for ways in (before, after)] == [1, 2]
        assert [way.best.participant_name for way in after.ranked] == ["Bob", "Ada"]

    def test_grow_by_several_of_several(self, look, ada_and_bob, wrong, clock, join):
        look()
        for name, count in [("Ada", 40), ("Bob", 8), ("Ada", 9), ("Cleo", 50), ("Ada", 20)]:
            person = join(name) if name == "Cleo" else ada_and_bob[name]
            person.submit(wrong(count))
            clock.advance(minutes=1)
        assert sorted(way.tries for way in look().ranked) == [1, 2, 5]

    def test_keep_what_was_worked_out_until_somebody_steps_up(
        self, look, ada_and_bob, wrong, clock
    ):
        before = look()
        before.awards["rule"] = []
        ada_and_bob["Bob"].submit(wrong(80))
        assert look().awards == {"rule": []}
        assert [way.tries for way in look().ranked] == [2, 2]
        clock.advance(minutes=1)
        ada_and_bob["Bob"].submit(wrong(40))
        assert look().awards == {}

    def test_of_a_gentle_board_are_kept_as_well(
        self, look, ada_and_bob, wrong, clock, api, organizer_token
    ):
        Organizer(api, organizer_token).patch(C, {"board_rule": "pseudonyms"})
        before = look()
        ada_and_bob["Ada"].open(wrong(7))
        assert look() is before
        before.awards["rule"] = []
        ada_and_bob["Bob"].submit(wrong(80))
        after = look()
        ada, bob = (way.best.participant_id for way in after.ranked)
        assert after.by_unit[ada] is before.by_unit[ada]
        assert (after.awards, after.by_unit[bob].tries) == ({"rule": []}, 2)
        clock.advance(minutes=1)
        ada_and_bob["Bob"].submit(wrong(40))
        assert look().awards == {}

    def test_count_a_try_once_though_it_is_told_of_twice(
        self, look, ada_and_bob, wrong, clock, installed
    ):
        last = ada_and_bob["Ada"].submit(wrong(20))["id"]
        before = look()
        with installed.database.write() as session:
            row = session.exec(select(Submission).where(Submission.public_id == last)).one()
            events.append(
                session,
                events.EventKind.SCORED,
                competition_id=1,
                submission_id=row.id,
                now=clock(),
            )
        assert look() == before

    def test_put_in_its_place_what_came_earlier_and_ended_later(
        self, look, ada_and_bob, wrong, clock
    ):
        look()
        clock.advance(minutes=-2)
        ada_and_bob["Ada"].submit(wrong(20))
        way = look().ranked[0]
        assert (way.numbers, way.tries) == ((1, 2), 3)

    def test_read_nothing_while_files_only_wait(self, look, ada_and_bob, wrong):
        before = look()
        ada_and_bob["Ada"].open(wrong(7))
        assert look() is before

    def test_follow_every_act_of_organizers(
        self, look, api, organizer_token, ada_and_bob, wrong, clock
    ):
        owner = Organizer(api, organizer_token)
        bob = ada_and_bob["Bob"].get("/me").json()["participant"]["id"]
        best = ada_and_bob["Ada"].submit(wrong(3))["id"]
        acts = [
            lambda: owner.post(f"{C}/submissions/{best}/hide", {"reason": "x"}),
            lambda: owner.post(f"{C}/submissions/{best}/restore"),
            lambda: owner.post(f"{C}/participants/{bob}/ban", {"reason": "x"}),
            lambda: owner.patch(f"{C}/participants/{bob}", {"name": "Robert"}),
            lambda: owner.post(f"{C}/participants/{bob}/unban"),
            lambda: owner.post(f"{C}/freeze", {"at": clock().isoformat()}),
            lambda: ada_and_bob["Bob"].open(wrong(2)),
            lambda: owner.post(f"{C}/unfreeze"),
            lambda: ada_and_bob["Ada"].put("/me/sharing", {"shares": False}),
        ]
        counts = [len(look().ranked)]
        for act in acts:
            answer = act()
            assert answer.status_code < 300, answer.text
            counts.append(len(look().ranked))
        assert counts == [2, 2, 2, 1, 1, 2, 2, 2, 2, 2]

    def test_leave_out_what_came_after_the_freeze(
        self, look, api, organizer_token, ada_and_bob, wrong, clock
    ):
        before = look()
        Organizer(api, organizer_token).post(f"{C}/freeze", {"at": clock().isoformat()})
        clock.advance(minutes=1)
        ada_and_bob["Bob"].submit(wrong(1))
        assert look().by_unit == before.by_unit

    def test_are_read_anew_when_events_are_missing(self, look, ada_and_bob, wrong, installed):
        look()
        ada_and_bob["Bob"].submit(wrong(5))
        ada_and_bob["Bob"].submit(wrong(4))
        with installed.database.write() as session:
            events.prune(session, keep=1)
        assert len(look().by_unit) == 2
