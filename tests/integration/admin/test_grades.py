"""Grades: a rule, the reveal, points by tie group, a gradebook filled; over API and console."""

from __future__ import annotations

import numpy as np
import pytest

from console import Console
from heldout_server.grading import TieGrader, TieWorker
from participant import Participant, npy

# Ties are known when the test says so.
pytestmark = pytest.mark.quiet
C = "/competitions/digits"
ROSTER = (
    "name,email,reference\nAda Lovelace,ada@example.org,1\nCleo Late,cleo@example.org,3\n"
    "Ada L.,al@example.org,8\n"
)
BOOK = (
    "\ufeffStudent,SIS User ID,Contest\r\n    Points Possible,,10\r\n"
    '"Lovelace, Ada",1,\r\nBob,,""\r\nDan,,\r\nNobody,9,\r\n'
).encode()


def test_points_after_the_reveal_into_a_gradebook(
    api, owner, installed, clock, join, labels, public
):
    def send(path, content, **params):
        headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": "text/csv"}
        address = f"/api/v1/admin{C}/{path}"
        return api.post(address, content=content, headers=headers, params=params)

    invite = send("roster", ROSTER.encode()).json()["invites"]
    codes = {one["name"]: one["invite"] for one in invite}
    people = [join("Bob"), join("Dan")]
    ada = Participant.join(api, "ada!", codes["Ada Lovelace"])
    again = Participant.join(api, "ada?", codes["Ada L."])
    first, second = (who.get("/me").json()["participant"]["id"] for who in (ada, again))
    merged = owner.post(f"{C}/participants/{second}/merge", {"into": first})
    assert merged.status_code == 200
    known = owner.get(f"{C}/participants", search="al@example.org").json()["participants"]
    assert [one["id"] for one in known] == [first]
    for who, wrong in ((ada, 3), (people[0], 4), (people[1], 120)):
        predicted = np.array(labels)
        places = np.flatnonzero(~public)[:wrong]
        predicted[places] = (predicted[places] + 1) % 10
        who.submit(npy(predicted))

    def fill(path="", **params):
        return send(f"gradebook{path}", BOOK, **params)

    bad = owner.put(f"{C}/grades", {"by": "place", "table": "2 = 10"})
    assert (bad.status_code, bad.json()["code"]) == (422, "validation")
    early = fill()
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    for act in ("pause", "reveal"):
        assert owner.post(f"{C}/{act}").status_code == 200
    assert "no rule of grades" in fill().json()["detail"]
    rule = {"by": "place", "table": "1 = 10; 2 = 9; rest = 4.5"}
    assert owner.put(f"{C}/grades", rule).status_code == 200
    waiting = owner.get(f"{C}/grades")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (409, "5")
    alone = owner.get(f"{C}/grades", unknown_ties="alone").json()["grades"]
    assert [one["points"] for one in alone if one["name"] in {"Bob", "Dan"}] == [9, 4.5]
    grader = TieGrader(installed.blobs, installed.datasets, installed.labels)
    TieWorker(installed.database, grader, clock).work()

    filled = fill(column="Contest")
    assert filled.status_code == 200
    wanted = BOOK.replace(b'Ada",1,', b'Ada",1,10').replace(b'Bob,,""', b'Bob,,"10"')
    assert filled.content == wanted.replace(b"Dan,,", b"Dan,,4.5")
    looked = fill("/check").json()
    assert looked == {
        "column": "Contest", "filled": 3, "rows_left": ["Nobody · 9"], "people_left": [],
        "doubtful": [],
    }  # fmt: skip
    assert owner.patch(C, {"title": "Later"}).status_code == 200  # may have moved the board
    assert owner.get(f"{C}/grades").status_code == 409
    TieWorker(installed.database, grader, clock).work()
    told = owner.get(f"{C}/grades").json()["grades"]
    assert len(told) == 4  # who is on the roster twice is graded once
    grades = {one["name"]: one["points"] for one in told}
    assert grades == {"Ada Lovelace": 10, "Bob": 10, "Dan": 4.5, "Cleo Late": None}
    nonsense = send("gradebook", b"x,y\n1,2\n")
    assert (nonsense.status_code, nonsense.json()["code"]) == (422, "bad_gradebook")
    console = Console(api.app, owner.token)
    book = {"file": ("book.csv", BOOK, "text/csv")}
    assert "3 rows of" in console.post("exports/gradebook", files=book, column="Contest").text
    given = console.post("exports/gradebook", files=book, column="Contest", give="file")
    assert given.content == filled.content
    refused = console.post("exports/gradebook", files=book, column="Section")
    assert refused.status_code == 422
    assert "can be filled" in refused.text
    assert "The rule is kept" in console.post("exports/grades", by="line", table="9% = 1;1=2").text
    assert owner.post(f"{C}/undo").status_code == 200
