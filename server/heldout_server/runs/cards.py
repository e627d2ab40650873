"""Run cards as they may be stored: a stranger's JSON, made fit for every database. Pure.

A card never decides over a submission: one that can't be kept is replaced by a small one that
says why and what to leave out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from heldout_server.kit.errors import printable
from heldout_server.runs.series import numbers, thin

LONGEST_CARD_BYTES = 1024 * 1024
DEEPEST = 40
MOST_STORED_POINTS = 10_000
NAMED_PARTS = 3
CODE = "run_card_refused"


class CardRefusedError(Exception):
    """A card that can't be kept; the text says why and what to leave out."""


def stored_card(card: dict[str, object]) -> dict[str, object]:
    """What is kept of a card: itself, cleaned, or `{"refused": {"code", "detail"}}`."""
    try:
        return clean_card(card)
    except CardRefusedError as refused:
        return {"refused": {"code": CODE, "detail": str(refused)}}


def refusal(card: Mapping[str, object] | None) -> str | None:
    """Why the card that was sent isn't kept, for a card made by `stored_card`."""
    refused = card.get("refused") if card is not None else None
    return str(refused.get("detail")) if isinstance(refused, Mapping) else None


def clean_card(card: dict[str, object]) -> dict[str, object]:
    """The card with unknown keys kept and nothing in it that JSON or a database can't hold.

    NUL characters and lone surrogates become "\N{REPLACEMENT CHARACTER}", numbers that aren't
    finite become None, series of more than 10,000 points are thinned, peaks kept. Raises
    CardRefusedError for a card too deep or too large.
    """
    cleaned = _clean(card, DEEPEST)
    assert isinstance(cleaned, dict)
    size = json_bytes(cleaned)
    if size > LONGEST_CARD_BYTES:
        raise CardRefusedError(
            f"The run card was not kept: it has {size / 1e6:.1f} MB, and the limit is "
            f"{LONGEST_CARD_BYTES / 1e6:.1f} MB. The submission counts. Leave out "
            f"{_largest_parts(cleaned)}."
        )
    _thin_history(cleaned)
    return cleaned


def json_bytes(value: object) -> int:
    """The length of `value` as it is stored."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _thin_history(card: dict[str, object]) -> None:
    history = card.get("history")
    if not isinstance(history, dict):
        return
    for name, values in history.items():
        if isinstance(values, list) and len(values) > MOST_STORED_POINTS:
            history[name] = [value for _, value in thin(numbers(values), MOST_STORED_POINTS)]


def _largest_parts(card: Mapping[str, object]) -> str:
    """The parts to leave out, largest first: series of the history, rows, or whole keys."""
    sizes: dict[str, int] = {}
    for key, value in card.items():
        if key == "history" and isinstance(value, Mapping):
            sizes |= {f"history: {name}": json_bytes(series) for name, series in value.items()}
        else:
            sizes[str(key)] = json_bytes(value)
    largest = sorted(sizes, key=lambda name: -sizes[name])[:NAMED_PARTS]
    return ", ".join(f"“{printable(name, 60)}” ({sizes[name] / 1e6:.2g} MB)" for name in largest)


def _clean(value: object, depth: int) -> object:
    if depth == 0:
        raise CardRefusedError(
            f"The run card was not kept: it is nested deeper than {DEEPEST} levels. The "
            "submission counts. Send hyperparameters as flat names and values."
        )
    if isinstance(value, dict):
        return {_text(str(key)): _clean(each, depth - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_clean(each, depth - 1) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    # PostgreSQL's text has no NUL, and UTF-8 no lone half of a surrogate pair.
    return (
        text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
