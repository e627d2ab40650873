"""Run cards as they may be stored: a stranger's JSON, made fit for every database. Pure."""

from __future__ import annotations

import json
import math

from heldout_server.errors import ProblemError

LONGEST_CARD_BYTES = 1024 * 1024
DEEPEST = 40


def clean_card(card: dict[str, object]) -> dict[str, object]:
    """The card with unknown keys kept and nothing in it that JSON or a database can't hold.

    NUL characters and lone surrogates become "\N{REPLACEMENT CHARACTER}", numbers that aren't
    finite become None. Raises ProblemError `validation` for a card too deep or too large.
    """
    cleaned = _clean(card, DEEPEST)
    assert isinstance(cleaned, dict)
    size = len(json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")).encode())
    if size > LONGEST_CARD_BYTES:
        raise ProblemError(
            "validation",
            f"The run card has {size:,} bytes; the limit is {LONGEST_CARD_BYTES:,}.",
            "Leave out the longest series of the history, or the architecture's configs.",
        )
    return cleaned


def _clean(value: object, depth: int) -> object:
    if depth == 0:
        raise ProblemError(
            "validation",
            f"The run card is nested deeper than {DEEPEST} levels.",
            "Send hyperparameters as flat names and values.",
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
