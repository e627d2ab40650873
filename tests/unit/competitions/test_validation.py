"""What a competition may be set to, and what is said of what it may not."""

from datetime import UTC, datetime, timedelta

import pytest

from heldout_server.competitions.preparation import preparation
from heldout_server.competitions.validation import (
    LARGEST_NUMBER,
    LARGEST_TEAM,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_FINAL_CHOICES,
    MOST_ORIGINS,
    ORIGIN,
    check,
    check_split,
    known_zone,
    tidy_origins,
)
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Dataset

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DATASET = Dataset(
    content_hash="h", name="D", task="multiclass", class_names=["a", "b"], input_shape=[2],
    training_examples=10, practice_examples=10, test_examples=1000, created_at=NOON,
)  # fmt: skip


def competition(**changes: object) -> Competition:
    fields = {
        "slug": "c", "title": "C", "dataset_hash": "h", "join_code": "CODE", "kinds": ["model"],
        "model_bytes": 1, "predictions_bytes": 1, "created_at": NOON,
    }  # fmt: skip
    return Competition(**{**Competition.model_validate(fields).model_dump(), **changes})


@pytest.mark.parametrize(
    ("input_type", "usable", "unusable"),
    [("uint8", ["auto", "0-1", "none"], ["-2-2"]), ("float32", ["auto", "none"], ["0-1", "-1-1"])],
)
def test_prepares_inputs_in_ways_that_suit_them(input_type, usable, unusable):
    dataset = DATASET.model_copy(update={"input_type": input_type})
    for name in usable:
        check(competition(preprocessing=name), dataset=dataset)
    for name in unusable:
        with pytest.raises(ProblemError, match="Preprocessing is one of: auto"):
            check(competition(preprocessing=name), dataset=dataset)


def test_a_participants_own_preparation_wins():
    contest = competition(preprocessing="standardize")
    assert preparation(contest, "auto") == "standardize"
    assert preparation(contest, "none") == "none"
    assert preparation(competition(), "auto") == "auto"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"slug": "a" * 60, "title": "x" * LONGEST_TITLE, "rules": "x" * LONGEST_TEXT},
        {"join_code": "A B-1.2"},
        {"opens_at": NOON, "closes_at": NOON + timedelta(seconds=1)},
        {"kinds": ["predictions"], "rank_predictions": True},
        {"quota_per_day": None, "quota_total": LARGEST_NUMBER, "interval_seconds": 86_400},
        {"team_size": LARGEST_TEAM, "final_choices": MOST_FINAL_CHOICES},
    ],
)
def test_takes_what_is_just_right(changes):
    check(competition(**changes), dataset=DATASET)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"slug": "-c"}, "address is made of"),
        ({"also": ["r2"]}, "can't be measured by r2"),
        ({"also": ["acuracy"]}, "Did you mean 'accuracy'"),
        ({"also": ["accuracy"] * 11}, "further metrics"),
        ({"preprocessing": "twice"}, "Preprocessing is one of"),
        ({"slug": "C"}, "address is made of"),
        ({"slug": "a" * 61}, "address is made of"),
        ({"title": ""}, "A title has"),
        ({"title": "x" * (LONGEST_TITLE + 1)}, "A title has"),
        ({"description": "x" * (LONGEST_TEXT + 1)}, "A text has at most 20,000"),
        ({"timezone": "Mars/Base"}, "no such time zone"),
        ({"opens_at": NOON, "closes_at": NOON}, "closes after it opens"),
        ({"join_code": "A-B-1"}, "A join code has at least 4"),
        ({"join_code": "x" * 61}, "A join code has at least 4"),
        ({"joining": "nobody"}, "Joining is one of"),
        ({"visibility": "loud"}, "Visibility is one of"),
        ({"run_sharing": "some"}, "Sharing is one of"),
        ({"team_size": 0}, "A team has"),
        ({"kinds": []}, "at least one of"),
        ({"kinds": ["model", "model"]}, "at least one of"),
        ({"kinds": ["weights"]}, "at least one of"),
        ({"kinds": ["predictions"], "rank_predictions": False}, "no models are taken"),
        ({"quota_per_day": 0}, "quota_per_day is a whole number from 1"),
        ({"model_bytes": LARGEST_NUMBER + 1}, "model_bytes is a whole number"),
        ({"interval_seconds": -1}, "interval_seconds is from 0"),
        ({"final_choices": MOST_FINAL_CHOICES + 1}, "At most 20 final choices"),
        ({"embed_origins": ["https://a.example\n"]}, "is no site"),
        ({"embed_origins": ["https://a.example"] * (MOST_ORIGINS + 1)}, "At most 20 sites"),
        ({"public_fraction": 1.0}, "leaves a part empty"),
    ],
)
def test_says_what_can_not_be(changes, said):
    with pytest.raises(ProblemError) as refused:
        check(competition(**changes), dataset=DATASET)
    assert refused.value.code == "validation"
    assert said in refused.value.detail


@pytest.mark.parametrize(
    ("fraction", "examples", "right"),
    [(0.5, 2, True), (0.5, 1, False), (0.0004, 1000, False), (0.001, 1000, True),
     (0.9996, 1000, False)],
)  # fmt: skip
def test_both_parts_of_a_split_get_some(fraction, examples, right):
    if right:
        check_split(fraction, examples)
    else:
        with pytest.raises(ProblemError, match="leaves a part empty"):
            check_split(fraction, examples)


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "/etc/passwd", "a\0b"])
def test_what_is_no_zone_is_unknown(name):
    assert known_zone("America/Toronto")
    assert not known_zone(name)


@pytest.mark.parametrize(
    "origin",
    ["https://course.example", "https://a.b-c.example:8443", "http://localhost",
     "http://localhost:8888", "https://192.168.1.20", "https://xn--mnchen-3ya.example"],
)  # fmt: skip
def test_an_origin_is_scheme_and_host(origin):
    assert ORIGIN.fullmatch(origin)


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*", "https://*.example", "http://course.example", "course.example",
     "https://course.example/page", "https://a.example; script-src *", "https://a.example\n",
     "https://user@a.example", "https://", "https://-", "'self'", "http://localhost.example",
     "data:", "https://a.example:123456", "https://münchen.example"],
)  # fmt: skip
def test_an_origin_is_nothing_else(origin):
    assert ORIGIN.fullmatch(origin) is None


def test_origins_are_written_as_browsers_do():
    assert tidy_origins([" https://A.example/ ", "", "https://a.example"]) == ["https://a.example"]
