"""Every environment variable, size and waiting time of the client, in one place."""

from __future__ import annotations

from typing import Final

URL_VARIABLE: Final = "HELDOUT_URL"
TOKEN_VARIABLE: Final = "HELDOUT_TOKEN"  # noqa: S105 - the variable's name, not a token
CONFIG_VARIABLE: Final = "HELDOUT_CONFIG"
CACHE_VARIABLE: Final = "HELDOUT_CACHE"

DEBUG_VARIABLE: Final = "HELDOUT_DEBUG"

API_PREFIX: Final = "/api/v1"

CONNECT_TIMEOUT_SECONDS: Final = 10.0
# Longer than the longest long-poll (25 s), so that a silent but healthy wait is not cut off.
READ_TIMEOUT_SECONDS: Final = 60.0
# A laptop on a crowded room's wireless may stall for a while in the middle of an upload.
WRITE_TIMEOUT_SECONDS: Final = 60.0

RETRY_ATTEMPTS: Final = 6
JOIN_ATTEMPTS: Final = 3
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 8.0
# A server that asks for more patience than this is telling a person, not a program.
LONGEST_RETRY_AFTER_SECONDS: Final = 60.0

LONG_POLL_SECONDS: Final = 20
SUBMIT_WAIT_SECONDS: Final = 600.0
# Only used when the server answers a long-poll early without any news and without Retry-After.
POLL_PAUSE_SECONDS: Final = 1.0

CHUNK_BYTES: Final = 256 * 1024
# Up to here a submission goes in one request. A larger file waits until the server has said that
# it would take it.
AT_ONCE_BYTES: Final = 64 * 1024 * 1024
# And up to here it goes so again when the first time failed.
SMALL_BYTES: Final = 4 * 1024 * 1024

RUN_CARD_SCHEMA: Final = "heldout.run-card/1"
RUN_CARD_BYTES: Final = 1_000_000
HISTORY_POINTS: Final = 10_000
TEXT_CHARACTERS: Final = 500
