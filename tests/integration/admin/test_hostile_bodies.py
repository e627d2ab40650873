"""Text that no database or page can hold, numbers out of reach: refused or made fit, never 500."""

import json

import pytest

from heldout_server.acts.registry import NoFields
from heldout_server.web.api.admin import act_routes
from heldout_server.web.organizer_acts import ACTS

PATH = "/competitions/digits"
NASTY = ["a\0b", "\ud800", "x" * 3000, "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]
NUMBERS = [2**63, 10**400, "NaN", [{"index": 10**30, "label": 10**30}]]

BODIES = {
    "/announcements": {"text": "x", "level": "info", "until": None},
    "/baselines": {"kind": "starter", "name": "x", "score": 0.5, "submission_id": None},
    "/rescores": {"metric": "x", "note": "x", "corrections": [{"index": 0, "label": 0}]},
    "/webhooks": {"url": "https://x.invalid/", "format": "json", "name": "x", "secret": None},
    "/submissions/rerun": {"state": None},
    "/submissions/s_none/purge": {"confirm": "x"},
}


def sent(owner, method, path, body):
    """As JSON by name: without it no field is looked at."""
    headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": "application/json"}
    address = f"/api/v1/admin{path}"
    return owner.api.request(method, address, headers=headers, content=body)


@pytest.mark.parametrize("path", BODIES)
def test_no_field_makes_the_server_fail(owner, path):
    for field in BODIES[path]:
        for value in [*NASTY, *NUMBERS]:
            body = json.dumps({**BODIES[path], field: value}).encode()
            answer = sent(owner, "POST", f"{PATH}{path}", body)
            assert answer.status_code < 500, (path, field, value, answer.text)


def test_no_declared_act_makes_the_server_fail(owner, join):
    join("Ada")
    [ada] = owner.get(f"{PATH}/participants").json()["participants"]
    ids = {"slug": "digits", "participant_id": ada["id"], "team_id": "t_none"}
    asked = 0
    for act in ACTS.acts:
        known = set(act_routes.names_in(act.path)) <= ids.keys()
        if act.route is None or not known or act.fields is NoFields:
            continue
        for field in act.fields.model_fields:
            for value in [*NASTY, *NUMBERS]:
                body = json.dumps({field: value}).encode()
                answer = sent(owner, act.method, act.path.format(**ids), body)
                assert answer.status_code < 500, (act.name, field, value, answer.text)
                asked += 1
    assert asked > 100


def test_no_page_or_filter_makes_the_server_fail(owner):
    for params in (
        {"before": 2**31 - 1}, {"before": 2**31}, {"limit": 0}, {"name": "%_\\"},
        {"participant": "'; drop table submission"}, {"state": "x" * 1000}, {"name": "a\0b"},
        {"participant": "\0"},
    ):  # fmt: skip
        answer = owner.get(f"{PATH}/submissions", **params)
        assert answer.status_code < 500, (params, answer.text)
    for params in ({"search": "\0"}, {"team": "t\0"}, {"after": "p\0"}):
        answer = owner.get(f"{PATH}/participants", **params)
        assert answer.status_code < 500, (params, answer.text)
