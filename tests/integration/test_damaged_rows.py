"""A stored value that can't be read takes nothing down for others: every route is walked.

Older versions could store what a hostile runner said; a disk or a hand can do the rest.
"""

from __future__ import annotations

import re
from itertools import product

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlmodel import col, select

from heldout_server.grading import ClassGrader
from heldout_server.models import Event, PracticeReading, Receipt, RunCard, Submission
from heldout_server.processes.class_statistics import ClassStatistics
from organizer import Organizer
from participant import npy
from surface import ORGANIZERS
from unit.runs.made_up import curve

# Streams never end; the schema says nothing of any row.
NO_MODELS = "No models are run here"
UNASKED = re.compile(r"/openapi\.json|.*/events")
# JSON of another kind than the column's, and of the right kind with the wrong things in it.
MISSHAPEN = [
    "[]",
    "7",
    '"x"',
    "null",
    "{}",
    '{"seconds": [], "parameters": "x", "warnings": 3, "history": 5, "rank": "first", "score": {}}',
    '{"seconds": {"load": "x", "predict": null}, "upgrades": null, "device": 5, "score": null}',
]
# SQLite keeps any text; PostgreSQL takes JSON alone.
UNREADABLE = ['{"seconds": {"load": NaN}, "rank": NaN}', '{"seconds": ', "", "NaN", "[" * 9999]
COLUMNS = {Receipt: "data", RunCard: "card", Event: "data", PracticeReading: "misread"}


@pytest.fixture
def contest(api, organizer_token, join, labels, installed, clock):
    """Ada's one submission, whose rows will be damaged, between two of Bob's."""
    sent = {}
    bob, ada = join("Bob"), join("Ada")
    for number, (name, who) in enumerate([("early", bob), ("damaged", ada), ("late", bob)]):
        wrong = labels.copy()
        wrong[: 9 - 3 * number] = (wrong[: 9 - 3 * number] + 1) % 10
        sent[name] = who.submit(npy(wrong), name=name, run_card=curve("starter")["card"])["id"]
        clock.advance(minutes=1)
    grader = ClassGrader(installed.blobs, installed.datasets, installed.labels)
    ClassStatistics(installed.database, grader, clock).refresh()
    return api, bob, Organizer(api, organizer_token), sent


def damage(database, public_id: str, stored: str, columns=COLUMNS) -> None:
    """Write `stored` over the JSON of a submission, as it is, past every check of ours."""
    cast = "" if database.is_sqlite else "::jsonb"
    with database.write() as session:
        found = session.exec(select(Submission).where(col(Submission.public_id) == public_id)).one()
        session.add(PracticeReading(submission_id=found.id, examples=9, error_count=1, misread=[]))
        session.flush()
        for model, column in columns.items():
            change = f"{model.__tablename__} set {column} = cast(:stored as text){cast}"
            session.execute(
                text(f"update {change} where submission_id = :id"),
                {"stored": stored, "id": found.id},
            )


def addresses(api, sent: dict[str, str], people: list[str]) -> list[str]:
    """Every address that answers GET, for the competition and all of `sent`."""
    found = {
        route.path
        for route in iter_route_contexts(api.app.routes)
        if "GET" in (route.methods or ())
    }
    choices = {
        "slug": ["digits"], "filename": ["heldout.whl"], "name": ["heldout.whl"],
        "study": ["grid"], "submission_id": list(sent.values()), "participant_id": people,
    }  # fmt: skip
    filled = []
    for path in sorted(path for path in found if not UNASKED.fullmatch(path)):
        names = re.findall(r"{(\w+)", path)
        for values in product(*(choices.get(name, ["1"]) for name in names)):
            address = path
            for name, value in zip(names, values, strict=True):
                address = re.sub(rf"{{{name}(:\w+)?}}", value, address)
            filled.append(address)
    pairs = [
        f"/c/digits/compare?s={sent['damaged']}&s={sent[other]}" for other in ("early", "late")
    ]
    return [*filled, *pairs, "/c/digits/experiments/grid?x=learning_rate&y=score"]


def failures(contest) -> list[str]:
    """Which addresses don't answer, to a stranger and to Bob, or to an organizer."""
    api, bob, owner, sent = contest
    people = [bob.get("/me").json()["participant"]["id"]]
    bearer = {"Authorization": f"Bearer {owner.token}"}
    failed = set()
    for address in addresses(api, sent, people):
        for headers in (bearer,) if address.startswith(ORGANIZERS) else ({}, bob.headers):
            try:
                answer = api.get(address, headers=headers, follow_redirects=False)
            except Exception as error:  # the server's own, passed on by the client
                failed.add(f"{address}: {error!r}")
                continue
            if answer.status_code >= 500 and NO_MODELS not in answer.text:
                failed.add(f"{address}: {answer.status_code} {answer.text}")
    return sorted(failed)


class TestADamagedRow:
    @pytest.mark.parametrize(
        ("database", "stored"),
        # What is read is the same on both; how it is read differs little by shape.
        [*product(["sqlite"], MISSHAPEN), *product(["postgresql"], MISSHAPEN[-2:])],
        indirect=["database"],
    )
    def test_of_another_shape_takes_no_page_down(self, contest, installed, stored):
        damage(installed.database, contest[3]["damaged"], stored)
        assert failures(contest) == []

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    @pytest.mark.parametrize("stored", UNREADABLE)
    def test_that_is_no_json_takes_no_page_down(self, contest, installed, stored):
        damage(installed.database, contest[3]["damaged"], stored)
        assert failures(contest) == []

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    def test_leaves_what_can_be_read_on_the_board(self, contest, installed):
        damage(installed.database, contest[3]["damaged"], UNREADABLE[0])
        api, *_ = contest
        page = api.get("/c/digits/board.json").json()
        # Who is first depends on the split, which is drawn anew for each contest.
        assert {row["participant"]["name"] for row in page["rows"]} == {"Bob", "Ada"}
        assert "Ada" in api.get("/c/digits/race").text


class TestTheDatabase:
    @pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
    @pytest.mark.parametrize("model", [Receipt, RunCard])
    def test_stores_no_number_that_is_not_finite(self, contest, installed, model, number):
        with installed.database.write() as session:
            row = session.get_one(model, 1)
            setattr(row, COLUMNS[model], {"history": {"loss": [number]}})
            with pytest.raises((StatementError, ValueError), match="JSON compliant"):
                session.flush()
            session.rollback()
