"""Organizers, their tokens and passwords, over the admin API."""

import pytest
from sqlmodel import select

from heldout_server.models import Organizer, OrganizerToken

PASSWORD = "four plain words here"


class TestOrganizers:
    def test_the_first_is_an_owner(self, owner):
        me = owner.get("/me").json()
        assert (me["role"], me["has_password"]) == ("owner", False)
        assert me["id"].startswith("o_")

    def test_are_several_with_tokens_of_their_own(self, owner, helper):
        names = [o["name"] for o in owner.get("/organizers").json()["organizers"]]
        assert names == ["Organizer", "Hopper"]
        assert helper.get("/me").json()["role"] == "helper"

    def test_tokens_are_stored_hashed(self, owner, helper, installed):
        with installed.database.read() as session:
            rows = session.execute(select(OrganizerToken)).scalars().all()
        assert len(rows) == 2
        assert all(helper.token not in row.model_dump_json() for row in rows)

    def test_a_name_is_taken_while_its_holder_is_here(self, owner, helper):
        again = owner.post("/organizers", {"name": "HOPPER"})
        assert (again.status_code, again.json()["code"]) == (409, "duplicate_name")
        owner.delete(f"/organizers/{helper.get('/me').json()['id']}")
        assert owner.post("/organizers", {"name": "Hopper"}).status_code == 201

    def test_revoking_ends_every_way_in_and_twice_changes_nothing(self, owner, helper):
        helper.put("/me/password", {"password": PASSWORD})
        address = f"/organizers/{helper.get('/me').json()['id']}"
        first = owner.delete(address).json()
        assert helper.get("/me").status_code == 401
        answer = owner.post("/sign-in", {"name": "Hopper", "password": PASSWORD})
        assert answer.status_code == 401
        assert owner.delete(address).json() == first
        revoked = owner.get("/audit", action="organizer.revoke").json()["entries"]
        assert len(revoked) == 1

    def test_the_last_owner_stays(self, owner, helper):
        mine = owner.get("/me").json()["id"]
        for answer in (
            owner.delete(f"/organizers/{mine}"),
            owner.patch(f"/organizers/{mine}", {"role": "helper"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        hoppers = helper.get("/me").json()["id"]
        owner.patch(f"/organizers/{hoppers}", {"role": "owner"})
        assert owner.patch(f"/organizers/{mine}", {"role": "helper"}).status_code == 200

    def test_one_token_is_revoked_by_itself(self, owner, helper):
        address = f"/organizers/{helper.get('/me').json()['id']}/tokens"
        made = owner.post(address, {"label": "projector"}).json()
        first = owner.get(address).json()["tokens"][0]["id"]
        owner.delete(f"{address}/{first}")
        assert helper.get("/me").status_code == 401
        helper.token = made["token"]
        assert helper.get("/me").status_code == 200

    @pytest.mark.parametrize("role", ["king", "", None])
    def test_refuses_unknown_roles(self, owner, role):
        assert owner.post("/organizers", {"name": "X", "role": role}).status_code == 422


class TestPassword:
    def test_signs_in_for_some_hours(self, owner, clock):
        owner.put("/me/password", {"password": PASSWORD})
        answer = owner.post("/sign-in", {"name": "organizer", "password": PASSWORD})
        assert answer.status_code == 201
        permanent, owner.token = owner.token, answer.json()["token"]
        assert owner.get("/me").json()["has_password"] is True
        clock.advance(hours=13)
        assert owner.get("/me").status_code == 401
        owner.token = permanent
        assert owner.get("/me").status_code == 200

    def test_signing_out_ends_it(self, owner):
        owner.put("/me/password", {"password": PASSWORD})
        answer = owner.post("/sign-in", {"name": "Organizer", "password": PASSWORD})
        owner.token = answer.json()["token"]
        assert owner.post("/sign-out").status_code == 204
        assert owner.get("/me").status_code == 401

    def test_is_stored_as_argon2(self, owner, installed):
        owner.put("/me/password", {"password": PASSWORD})
        with installed.database.read() as session:
            stored = session.execute(select(Organizer)).scalar_one().password_hash
        assert stored.startswith("$argon2id$")

    def test_a_short_one_is_refused(self, owner):
        answer = owner.put("/me/password", {"password": "short"})
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")

    def test_the_right_one_is_taken_among_many_wrong_ones(self, owner):
        owner.put("/me/password", {"password": PASSWORD})
        answers = [
            owner.post("/sign-in", {"name": "Organizer", "password": f"guess {n}"}).status_code
            for n in range(12)
        ]
        assert set(answers) == {401}
        right = owner.post("/sign-in", {"name": "Organizer", "password": PASSWORD})
        assert right.status_code == 201
