"""Who becomes whom by the school's sign-in, and who doesn't get in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from conftest import CODE
from heldout_server.competitions import queries as competitions
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant, RosterEntry
from heldout_server.people import joining, personal_codes, school_joining
from heldout_server.people.account_deletion import leave
from heldout_server.people.school import SchoolPerson

ADA = SchoolPerson("https://uni.example", "1", "Ada Lovelace", "ada@uni.example")
BOB = SchoolPerson("https://uni.example", "2", "Bob", "bob@uni.example")
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class School:
    """Signs people in to the digits, or to another contest."""

    def __init__(self, database, now) -> None:
        self.database, self.now = database, now

    def enter(self, who, slug="digits", here=None, **more):
        with self.database.write() as session:
            found = session.get(Participant, here) if here else None
            return school_joining.enter(session, who, slug=slug, now=self.now, here=found, **more)

    def refused(self, who, **more) -> str:
        with pytest.raises(ProblemError) as refused:
            self.enter(who, **more)
        return refused.value.code

    def by_code(self, name, code=CODE, **more):
        typed = personal_codes.typed(code)
        with self.database.write() as session:
            return joining.enter(session, code=typed, name=name, now=self.now, **more)

    def joining(self, how, **more):
        with self.database.write() as session:
            found = competitions.by_slug(session, "digits")
            for name, value in {"joining": how, **more}.items():
                setattr(found, name, value)
            session.add(found)

    def another(self, slug, how):
        with self.database.write() as session:
            copied = competitions.by_slug(session, "digits").model_dump(exclude={"id"})
            changes = {"slug": slug, "joining": how, "join_code": f"{slug}-2026"}
            session.add(Competition(**copied | changes))

    def expected(self, name, email, came=None):
        with self.database.write() as session:
            entry = RosterEntry(
                public_id=f"r_{name}", competition_id=1, name=name, name_key=name.casefold(),
                email=email, participant_id=came, created_at=self.now,
            )  # fmt: skip
            session.add(entry)

    def change(self, participant, **values):
        with self.database.write() as session:
            row = session.get_one(Participant, participant.id)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    def names(self):
        with self.database.read() as session:
            query = select(Participant.name).order_by(Participant.id)
            return list(session.execute(query).scalars())


@pytest.fixture
def school(installed, clock) -> School:
    return School(installed.database, clock())


class TestEnter:
    @pytest.mark.parametrize("how", ["school", "school_or_code", "open"])
    def test_the_sign_in_is_enough_where_it_is_the_gate(self, school, how):
        school.joining(how)
        first = school.enter(ADA)
        assert (first.participant.name, first.is_new) == ("Ada Lovelace", True)
        assert len(first.personal_code) == 11
        again = school.enter(replace(ADA, name="Ada L.", email="lovelace@uni.example"))
        assert (again.participant.id, again.is_new) == (first.participant.id, False)
        assert again.personal_code == ""

    def test_the_rooms_code_is_asked_for_once_where_that_is_the_gate(self, school):
        assert school.refused(ADA) == "validation"
        assert school.refused(ADA, room="NOT-IT") == "forbidden"
        first = school.enter(ADA, room=CODE)
        assert school.enter(ADA).participant.id == first.participant.id

    def test_a_code_is_no_way_in_where_the_school_is(self, school):
        school.joining("school")
        with pytest.raises(ProblemError, match="signing in with the school"):
            school.by_code("Eve")
        school.joining("school_or_code")
        assert school.by_code("Eve").is_new

    def test_a_name_that_is_taken_gets_a_number_and_a_nickname_is_one(self, school):
        school.by_code("Bob")
        school.joining("school")
        school.enter(BOB)
        school.enter(ADA, name="Countess")
        assert school.names() == ["Bob", "Bob 2", "Countess"]

    def test_without_nicknames_it_is_the_schools_name(self, school):
        school.joining("school", nicknames=False)
        assert school.enter(ADA, name="Countess").participant.name == "Ada Lovelace"

    def test_nobody_is_called_like_the_boards_own_rows(self, school):
        school.joining("school")
        assert school.refused(replace(ADA, name="Baseline")) == "validation"

    def test_an_archived_contest_takes_nobody_new(self, school, clock):
        school.joining("school")
        school.enter(ADA)
        school.joining("school", archived_at=clock())
        assert school.refused(BOB) == "forbidden"
        assert not school.enter(ADA).is_new


class TestRoster:
    def test_the_address_lets_in_under_the_rosters_name(self, school, installed):
        school.expected("Countess Lovelace", " ADA@uni.example")
        school.joining("roster")
        entered = school.enter(ADA)
        assert entered.participant.name == "Countess Lovelace"
        with installed.database.read() as session:
            tied = session.execute(select(RosterEntry.participant_id)).scalar_one()
        assert tied == entered.participant.id

    @pytest.mark.parametrize("who", [BOB, replace(ADA, email="")], ids=["another", "unverified"])
    def test_nobody_else(self, school, who):
        school.expected("Ada", "ada@uni.example")
        school.joining("roster")
        assert school.refused(who) == "forbidden"
        assert school.names() == []

    def test_two_with_one_address_are_nobody_for_certain(self, school):
        school.expected("Ada", "ada@uni.example")
        school.expected("Other Ada", "ada@uni.example")
        school.joining("roster")
        assert school.refused(ADA) == "forbidden"

    def test_whoever_came_before_is_the_same_person(self, school):
        came = school.by_code("Countess").participant
        school.expected("Ada", "ada@uni.example", came=came.id)
        assert school.enter(ADA).participant.id == came.id
        # From then on it is the account that says who it is, whoever gets the address.
        assert school.refused(replace(ADA, subject="3")) == "conflict"
        assert school.names() == ["Countess"]


class TestKnown:
    def test_one_person_has_one_code_in_two_contests(self, school):
        school.another("tea", "school")
        first, second = school.enter(ADA, room=CODE), school.enter(ADA, slug="tea")
        assert second.participant.code_hash == first.participant.code_hash
        assert second.is_new
        with_code = school.by_code("", code=first.personal_code, slug="tea")
        assert with_code.participant.id == second.participant.id

    def test_a_personal_code_brings_only_the_schools_people_along(self, school):
        school.another("tea", "school")
        stranger = school.by_code("Eve")
        with pytest.raises(ProblemError, match="signing in with the school"):
            school.by_code("", code=stranger.personal_code, slug="tea")
        ada = school.enter(ADA, room=CODE)
        assert school.by_code("", code=ada.personal_code, slug="tea").is_new
        assert not school.enter(ADA, slug="tea").is_new

    def test_another_code_of_the_same_account_is_the_same_person(self, school):
        school.another("tea", "school")
        by_code = school.by_code("Ada")
        tea = school.enter(ADA, slug="tea").participant
        school.enter(ADA, here=by_code.participant.id)
        found = school.by_code("", code=by_code.personal_code, slug="tea")
        assert found.participant.id == tea.id

    def test_whoever_is_here_by_a_code_stays_who_they_are(self, school):
        school.expected("Ada", "ada@uni.example")
        here = school.by_code("Countess").participant
        assert school.enter(ADA, here=here.id).participant.id == here.id
        assert school.enter(ADA).participant.id == here.id
        # Somebody else in the same browser isn't them.
        assert school.enter(BOB, here=here.id, room=CODE).participant.id != here.id

    def test_a_merged_account_opens_the_one_that_was_kept(self, school):
        school.joining("school")
        ada, bob = school.enter(ADA).participant, school.enter(BOB).participant
        school.change(ada, merged_into_id=bob.id)
        assert school.enter(ADA).participant.id == bob.id

    def test_whoever_left_comes_back_as_somebody_new(self, school, installed, clock):
        school.expected("Ada", "ada@uni.example")
        school.joining("school")
        before = school.enter(ADA).participant
        with installed.database.write() as session:
            leave(session, session.get_one(Participant, before.id), confirm="Ada", now=clock())
        assert school.enter(ADA).participant.id != before.id

    def test_a_ban_keeps_one_out_of_other_contests(self, school, clock):
        school.another("tea", "school")
        school.joining("school")
        school.change(school.enter(ADA).participant, banned_at=clock())
        assert school.refused(ADA, slug="tea") == "forbidden"
        assert not school.enter(ADA).is_new
