"""Text that no database or page can hold, numbers out of reach: refused or made fit, never 500."""

import json

import pytest

PATH = "/competitions/digits"
NASTY = ["a\0b", "\ud800", "x" * 3000, "9999-12-31T23:59:59-14:00"]
NUMBERS = [2**63, 10**400, "NaN", [{"index": 10**30, "label": 10**30}]]

BODIES = {
    "/announcements": {"text": "x", "level": "info", "until": None},
    "/baselines": {"kind": "starter", "name": "x", "score": 0.5, "submission_id": None},
    "/rescores": {"metric": "x", "note": "x", "corrections": [{"index": 0, "label": 0}]},
    "/webhooks": {"url": "https://x.invalid/", "format": "json", "name": "x", "secret": None},
    "/submissions/rerun": {"state": None},
    "/submissions/s_none/purge": {"confirm": "x"},
}


@pytest.mark.parametrize("path", BODIES)
def test_no_field_makes_the_server_fail(owner, path):
    for field in BODIES[path]:
        for value in [*NASTY, *NUMBERS]:
            body = json.dumps({**BODIES[path], field: value}).encode()
            answer = owner.request("POST", f"{PATH}{path}", content=body)
            assert answer.status_code < 500, (path, field, value, answer.text)


def test_no_page_or_filter_makes_the_server_fail(owner):
    for params in (
        {"before": 2**31 - 1}, {"before": 2**31}, {"limit": 0}, {"name": "%_\\"},
        {"participant": "'; drop table submission"}, {"state": "x" * 1000},
    ):  # fmt: skip
        answer = owner.get(f"{PATH}/submissions", **params)
        assert answer.status_code < 500, (params, answer.text)
