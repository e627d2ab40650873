"""What a competition may be set to. Pure: the whole competition is looked at, after a change."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from heldout_server.competitions.preparation import preparations
from heldout_server.datasets.loaded import is_images
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import (
    MODEL,
    PREDICTIONS,
    BoardRule,
    Competition,
    Dataset,
    Joining,
    ModelPool,
    RunSharing,
    Visibility,
)
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Metric

KINDS = (MODEL, PREDICTIONS)
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
SHORTEST_JOIN_CODE = 4
LONGEST_JOIN_CODE = 60
LONGEST_TITLE = 120
LONGEST_TEXT = 20_000
LARGEST_TEAM = 50
MOST_TOP = 500
MOST_FINAL_CHOICES = 20
LARGEST_NUMBER = 2_000_000_000
MOST_ORIGINS = 20
MOST_FURTHER = 10
LONGEST_ORIGIN = 200
ORIGIN = re.compile(r"(https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|http://localhost)(:[0-9]{1,5})?")


def check(competition: Competition, *, dataset: Dataset) -> None:
    """Raise ProblemError `validation` for the first thing that can't be, with what to do."""
    for looks_at in _CHECKS:
        looks_at(competition)
    check_split(competition.public_fraction, dataset.test_examples)
    _check_preprocessing(competition, dataset)
    _check_drawing_box(competition, dataset)
    for metric in competition.also:
        check_metric(metric, Kind(dataset.task))


def check_metric(name: str, kind: Kind) -> Metric:
    """The metric of this name. Raises ProblemError `validation` unless the task can have it."""
    try:
        found = catalogue.metric(name)
    except catalogue.UnknownMetric as unknown:
        raise ProblemError("validation", str(unknown), _usable_metrics(kind)) from None
    if kind not in found.kinds:
        sentence = f"A {kind} task can't be measured by {found.name}."
        raise ProblemError("validation", sentence, _usable_metrics(kind))
    return found


def _usable_metrics(kind: Kind) -> str:
    return f"It is one of: {', '.join(metric.name for metric in catalogue.for_kind(kind))}."


def check_split(public_fraction: float, test_examples: int) -> None:
    """Raise ProblemError `validation` unless both parts of the hidden examples get some."""
    public = round(test_examples * public_fraction)
    _must(
        0 < public < test_examples,
        f"Public fraction {public_fraction} of {test_examples} examples leaves a part empty.",
        "0.5 is a good start: half is shown while the contest runs, half at the end.",
    )


def known_zone(name: str) -> bool:
    """Whether this is a time zone, such as `America/Toronto`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


def _check_names(it: Competition) -> None:
    _must(
        SLUG.fullmatch(it.slug) is not None,
        "A competition's address is made of a-z, 0-9 and dashes, at most 60 of them.",
        "Leave it out: it is made from the title.",
    )
    _must(0 < len(it.title) <= LONGEST_TITLE, f"A title has 1 to {LONGEST_TITLE} characters.")
    for text in (it.description, it.rules):
        _must(len(text) <= LONGEST_TEXT, f"A text has at most {LONGEST_TEXT:,} characters.")


def _check_schedule(it: Competition) -> None:
    _must(known_zone(it.timezone), "There is no such time zone.", "For example: America/Toronto.")
    if it.opens_at is not None and it.closes_at is not None:
        _must(it.opens_at < it.closes_at, "A competition closes after it opens.")


def _check_access(it: Competition) -> None:
    letters = sum(c.isalnum() for c in it.join_code)
    _must(
        letters >= SHORTEST_JOIN_CODE and len(it.join_code) <= LONGEST_JOIN_CODE,
        f"A join code has at least {SHORTEST_JOIN_CODE} letters and digits, "
        f"and at most {LONGEST_JOIN_CODE} characters.",
        "Leave it out: one is made up.",
    )
    _must(it.joining in set(Joining), f"Joining is one of: {', '.join(Joining)}.")
    _must(it.visibility in set(Visibility), f"Visibility is one of: {', '.join(Visibility)}.")
    _must(it.run_sharing in set(RunSharing), f"Sharing is one of: {', '.join(RunSharing)}.")
    _must(it.board_rule in set(BoardRule), f"The board shows one of: {', '.join(BoardRule)}.")
    _must(1 <= it.board_top <= MOST_TOP, f"From 1 to {MOST_TOP} rows are shown from the top.")
    _must(1 <= it.team_size <= LARGEST_TEAM, f"A team has 1 (no teams) to {LARGEST_TEAM} members.")


def _check_kinds(it: Competition) -> None:
    known = bool(it.kinds) and set(it.kinds) <= set(KINDS) and len(set(it.kinds)) == len(it.kinds)
    _must(known, f"It accepts at least one of: {', '.join(KINDS)}.")
    _must(it.pool in set(ModelPool), f"Models are scored on one of: {', '.join(ModelPool)}.")
    _must(
        it.rank_predictions or "model" in it.kinds,
        "Models only are ranked, and no models are taken.",
        "Take models, too, or rank prediction files.",
    )


def tidy_origins(given: object) -> list[str]:
    """Sites as browsers name them: in small letters, without a slash at the end, each once."""
    texts = [str(one).strip() for one in given] if isinstance(given, list) else []
    return list(dict.fromkeys(one.rstrip("/").lower() for one in texts if one))


def _check_origins(it: Competition) -> None:
    for origin in it.embed_origins:
        _must(
            ORIGIN.fullmatch(origin) is not None and len(origin) <= LONGEST_ORIGIN,
            f"“{printable(origin, 60)}” is no site that may show the board.",
            "Give scheme and host alone, such as https://course.example; without TLS only "
            "http://localhost.",
        )
    _must(len(it.embed_origins) <= MOST_ORIGINS, f"At most {MOST_ORIGINS} sites show the board.")


def _check_numbers(it: Competition) -> None:
    least_one = {
        "quota_per_day": it.quota_per_day,
        "quota_total": it.quota_total,
        "attempts_per_minute": it.attempts_per_minute,
        "model_bytes": it.model_bytes,
        "predictions_bytes": it.predictions_bytes,
        "final_choices": it.final_choices,
    }
    for name, value in least_one.items():
        right = value is None or 1 <= value <= LARGEST_NUMBER
        _must(right, f"{name} is a whole number from 1 to {LARGEST_NUMBER:,}.")
    _must(0 <= it.interval_seconds <= 86_400, "interval_seconds is from 0 to 86400, a day.")
    _must(it.final_choices <= MOST_FINAL_CHOICES, f"At most {MOST_FINAL_CHOICES} final choices.")


def _check_preprocessing(it: Competition, dataset: Dataset) -> None:
    ways = preparations(dataset)
    _must(it.preprocessing in ways, f"Preprocessing is one of: {', '.join(ways)}.")


def _check_drawing_box(it: Competition, dataset: Dataset) -> None:
    if it.drawing_box is None:
        return
    _must(
        is_images(dataset.input_shape, dataset.input_type),
        "Nothing is drawn in this contest: it isn't of images.",
        "Leave the pixels of a drawing empty.",
    )
    most = min(dataset.input_shape[:2])
    _must(it.drawing_box <= most, f"The images have {most} pixels: a drawing has no more of them.")


def _check_also(it: Competition) -> None:
    _must(len(it.also) <= MOST_FURTHER, f"At most {MOST_FURTHER} further metrics are shown.")


_CHECKS: tuple[Callable[[Competition], None], ...] = (
    _check_names,
    _check_schedule,
    _check_access,
    _check_kinds,
    _check_numbers,
    _check_origins,
    _check_also,
)


def _must(holds: bool, detail: str, hint: str = "") -> None:
    if not holds:
        raise ProblemError("validation", detail, hint)
