"""Undo: the last act taken back by what the audit log says was before."""

from participant import npy

PATH = "/competitions/digits"


def moderation(owner, shown):
    return owner.get(f"{PATH}/submissions/{shown['id']}").json()["moderation"]


class TestUndo:
    def test_of_nothing_is_a_conflict(self, owner):
        assert owner.get(f"{PATH}/undo").json() == {"act": None}
        assert owner.post(f"{PATH}/undo").json()["code"] == "conflict"

    def test_takes_back_one_act_after_the_other(self, owner, join, labels, api):
        shown = join().submit(npy(labels))
        owner.post(f"{PATH}/submissions/{shown['id']}/disqualify", {"reason": "why"})
        owner.post(f"{PATH}/announcements", {"text": "Hello"})
        assert owner.get(f"{PATH}/undo").json()["act"]["action"] == "announcement.announce"
        assert owner.post(f"{PATH}/undo").json()["action"] == "announcement.announce"
        assert api.get("/api/v1/competitions/digits/announcements").json()["announcements"] == []
        assert owner.post(f"{PATH}/undo").json()["action"] == "submission.disqualify"
        assert moderation(owner, shown) is None
        assert owner.post(f"{PATH}/undo").json()["code"] == "conflict"

    def test_is_recorded(self, owner, join, labels):
        shown = join().submit(npy(labels))
        owner.post(f"{PATH}/submissions/{shown['id']}/hide", {})
        owner.post(f"{PATH}/undo")
        newest = owner.get("/audit").json()["entries"][0]
        assert newest["action"] == "undo"
        assert newest["before"]["moderation"] == "hidden"
        assert newest["after"]["moderation"] is None

    def test_of_what_was_changed_since_is_a_conflict(self, owner, join, labels, installed):
        from sqlmodel import select

        from heldout_server.models import Submission

        shown = join().submit(npy(labels))
        owner.post(f"{PATH}/submissions/{shown['id']}/hide", {})
        with installed.database.write() as session:
            row = session.execute(select(Submission)).scalar_one()
            row.moderation = "withdrawn"
            session.add(row)
        assert owner.post(f"{PATH}/undo").json()["code"] == "conflict"
        assert moderation(owner, shown) == "withdrawn"

    def test_the_double_click_undoes_once(self, owner, join, labels):
        shown = join().submit(npy(labels))
        owner.post(f"{PATH}/submissions/{shown['id']}/hide", {"reason": "first"})
        owner.post(f"{PATH}/submissions/{shown['id']}/disqualify", {"reason": "second"})
        for _ in range(2):
            answer = owner.post(f"{PATH}/undo", key="undo-click-1")
            assert answer.json()["action"] == "submission.disqualify"
        assert moderation(owner, shown) == "hidden"

    def test_of_a_removal_brings_back(self, owner, api):
        made = owner.post(f"{PATH}/announcements", {"text": "Hello"}).json()
        owner.delete(f"{PATH}/announcements/{made['id']}")
        owner.post(f"{PATH}/undo")
        shown = api.get("/api/v1/competitions/digits/announcements").json()["announcements"]
        assert [one["text"] for one in shown] == ["Hello"]
