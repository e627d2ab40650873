"""The checklist of an evening: each thing that can be missing is named, with its cure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from heldout_server.models import Competition
from heldout_server.web.pages.console.checklist import Evening, checklist

NOW = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)


def competition(**changes: object) -> Competition:
    given = {
        "slug": "mnist", "title": "MNIST", "dataset_hash": "d", "join_code": "WAT-2026",
        "model_bytes": 1, "predictions_bytes": 1, "created_at": NOW, "timezone": "America/Toronto",
        "closes_at": NOW + timedelta(minutes=90), **changes,
    }  # fmt: skip
    return Competition.model_validate(given)


READY = Evening(
    competition=competition(),
    room_url="http://192.168.1.20:8000",
    tv_path="/c/mnist/tv?code=WAT-2026",
    joined=3,
    takes_models=True,
    sandbox="4 of 4 attempts contained",
    free_bytes=80_000_000_000,
)


def checks(**changes: object):
    found = checklist(replace(READY, **changes), base="/organize/c/mnist", now=NOW)
    return {check.name: check for check in found}


def test_a_room_that_is_ready_misses_nothing():
    found = checks()
    assert [check.name for check in found.values() if not check.ok] == []
    assert "in 1 h 30 min" in found["Schedule"].says
    assert "18:00" in found["Clock"].says


@pytest.mark.parametrize(
    ("changes", "name", "cure"),
    [
        ({"room_url": "http://localhost:8000"}, "Address", "HELDOUT_HOST=0.0.0.0"),
        ({"competition": competition(closes_at=None)}, "Schedule", "Set a closing time"),
        ({"competition": competition(closes_at=NOW)}, "Schedule", "Set a closing time"),
        ({"competition": competition(paused_at=NOW)}, "Schedule", "Resume"),
        ({"joined": 0}, "Code on the wall", "projector"),
        ({"takes_models": False}, "Sandbox", "doctor"),
        ({"free_bytes": 400_000_000}, "Disk", "Make room"),
    ],
)
def test_what_is_missing_is_named_with_its_cure(changes, name, cure):
    found = checks(**changes)
    assert [check.name for check in found.values() if not check.ok] == [name]
    assert cure in found[name].cure


def test_a_room_without_a_tunnel_is_ready_and_hears_of_colab():
    address = checks()["Address"]
    assert address.ok
    assert "Colab" in address.cure


def test_a_closing_time_on_another_day_is_asked_about():
    found = checks(competition=competition(closes_at=NOW + timedelta(days=1)))["Schedule"]
    assert found.ok
    assert found.cure == "Is that the right day?"
