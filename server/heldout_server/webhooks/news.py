"""What is worth telling, and how it reads in each format. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST_TEXT = 1500
SIGNATURE_VERSION = "v1"


class News(StrEnum):
    """The kinds of news a webhook can ask for; `test` is sent by the test button alone."""

    NEW_LEADER = "new_leader"
    THRESHOLD = "threshold"
    FIRST_SUBMISSION = "first_submission"
    OPENED = "opened"
    CLOSING_SOON = "closing_soon"
    FROZEN = "frozen"
    REVEALED = "revealed"
    JOINED = "joined"
    SCORER_UNHEALTHY = "scorer_unhealthy"
    TEST = "test"


TITLES = {
    News.NEW_LEADER: "A new leader",
    News.THRESHOLD: "First over a threshold",
    News.FIRST_SUBMISSION: "First submission",
    News.OPENED: "Opened",
    News.CLOSING_SOON: "Closing soon",
    News.FROZEN: "Board frozen",
    News.REVEALED: "Private scores revealed",
    News.JOINED: "Somebody joined",
    News.SCORER_UNHEALTHY: "Scorer unhealthy",
}
WANTED: tuple[News, ...] = tuple(TITLES)
# What a room wants to read: neither each arrival nor what is for organizers alone.
USUAL: tuple[News, ...] = tuple(
    kind for kind in WANTED if kind not in {News.JOINED, News.SCORER_UNHEALTHY}
)


class Format(StrEnum):
    """How the message is written."""

    DISCORD = "discord"
    SLACK = "slack"
    JSON = "json"


@dataclass(frozen=True)
class Message:
    """One message: `id` stays the same over retries, so a receiver can drop a repetition."""

    id: str
    kind: str
    text: str
    data: Mapping[str, Any]
    created_at: str


def body(message: Message, format: str) -> bytes:
    """The bytes to post, JSON in UTF-8."""
    text = message.text[:LONGEST_TEXT]
    content: dict[str, Any]
    if format == Format.DISCORD:
        # No mention is ever resolved: a participant may call themselves @everyone.
        content = {"content": _discord(text), "allowed_mentions": {"parse": []}}
    elif format == Format.SLACK:
        content = {"text": _slack(text)}
    else:
        content = {
            "id": message.id,
            "kind": message.kind,
            "text": text,
            "data": dict(message.data),
            "created_at": message.created_at,
        }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, timestamp: int, content: bytes) -> str:
    """`v1=` and the hex HMAC-SHA256 of "timestamp.body"; the receiver computes the same."""
    signed = f"{timestamp}.".encode() + content
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"{SIGNATURE_VERSION}={digest}"


def _discord(text: str) -> str:
    return re.sub(r"([\\*_~`|>\[\]()#:@<-])", r"\\\1", text)


def _slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
