"""Two axes of failure, and the one shape every refusal has.

`Rejection` is *their file*: final, explained, costs no quota. `ProblemError` is a rule of the
contest or of HTTP: shown as `application/problem+json`. Anything else that is raised is *our
machinery*: logged, retried, and never shown in its own words.
"""

from __future__ import annotations

import re
from typing import Any

FILE_CODES = frozenset(
    {
        "file_empty", "file_too_large", "not_a_keras_file", "archive_invalid", "archive_unsafe",
        "format_not_supported", "config_invalid", "layer_not_allowed", "weights_only",
        "weights_unsafe", "weights_invalid", "model_too_large", "load_failed", "input_shape",
        "output_shape", "preprocessing", "non_finite", "timeout", "out_of_memory", "crashed",
        "needs_tensorflow", "needs_onnxruntime",
    }
)  # fmt: skip
PREDICTION_CODES = frozenset(
    {
        "not_npy", "object_array", "truncated", "trailing_bytes", "shape", "row_count", "columns",
        "ids", "id_order", "separator", "encoding", "value_type", "label_range", "non_finite",
        "ambiguous", "too_large", "format", "file_empty", "unsuitable",
    }
)  # fmt: skip
RULE_STATUS = {
    "malformed": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "school_expired": 400,
    "school_refused": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "conflict": 409,
    "duplicate_name": 409,
    "file_too_large": 413,
    "file_empty": 422,
    "bad_gradebook": 422,
    "competition_closed": 403,
    "competition_paused": 403,
    "not_open_yet": 403,
    "kind_not_accepted": 415,
    "wrong_host": 421,
    "validation": 422,
    "quota_exceeded": 429,
    "rate_limited": 429,
    "headers_too_large": 431,
    "internal": 500,
    "unavailable": 503,
    "school_unavailable": 503,
    "storage_full": 507,
}
TITLES = {
    "malformed": "Not an HTTP request",
    "unauthorized": "Sign-in needed",
    "forbidden": "Not allowed",
    "school_expired": "This sign-in is over",
    "school_refused": "The sign-in was not accepted",
    "not_found": "Not found",
    "method_not_allowed": "Method not allowed",
    "too_slow": "Too slow",
    "conflict": "Conflict",
    "duplicate_name": "That name is taken",
    "file_too_large": "File too large",
    "file_empty": "The file is empty",
    "bad_gradebook": "This gradebook can't be filled",
    "competition_closed": "The competition is closed",
    "competition_paused": "The competition is paused",
    "not_open_yet": "The competition has not opened yet",
    "kind_not_accepted": "This kind of submission is not accepted here",
    "wrong_host": "Another server's name",
    "validation": "The request is not valid",
    "quota_exceeded": "The submissions are used up",
    "rate_limited": "Too many requests",
    "headers_too_large": "Headers too large",
    "internal": "Our mistake",
    "unavailable": "Not available right now",
    "school_unavailable": "The school's sign-in doesn't answer",
    "storage_full": "No room for files",
}

NOTHING_IN_IT = "Save again; the file has 0 bytes."
LONGEST_QUOTED_TEXT = 200
# Colours and cursor moves (CSI) and window titles (OSC): without the escape byte alone, their
# letters would stay behind in the sentence.
_ESCAPE_SEQUENCE = re.compile(r"\x1b(\[[0-9;:?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,1000}\x07?)")


class Rejection(Exception):
    """A participant's file cannot be scored; final, with a stable `code`.

    `detail` is one clear sentence about what is wrong; `hint` says what to do next.
    """

    def __init__(self, code: str, detail: str, hint: str) -> None:
        if code not in FILE_CODES | PREDICTION_CODES:
            raise ValueError(f"unknown rejection code: {code}")
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.detail, self.hint)


class ProblemError(Exception):
    """A request that is refused: status and title follow from the stable `code`.

    `extra` goes into the problem document as it is; `retry_after_seconds` also becomes the
    `Retry-After` header.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        hint: str = "",
        *,
        retry_after_seconds: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = RULE_STATUS[code]
        self.title = TITLES[code]
        self.detail = detail
        self.hint = hint
        self.retry_after_seconds = retry_after_seconds
        self.extra = extra


def printable(text: str, longest: int = LONGEST_QUOTED_TEXT) -> str:
    """`text` fit to be quoted in a message: one line, printable, at most `longest` characters.

    What a file says of itself is a stranger's words: control characters, escape codes and
    angle brackets must not reach a terminal or a page through us.
    """
    plain = _ESCAPE_SEQUENCE.sub("", text)
    cleaned = "".join(c if c.isprintable() and c not in "<>" else " " for c in plain)
    cleaned = " ".join(cleaned.split())
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1] + "…"
