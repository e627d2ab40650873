"""Shapes of webhooks. Addresses and secrets go in and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from heldout_server.web.schemas.public import Shape
from heldout_server.web.schemas.shape import PUBLIC_ID
from heldout_server.webhooks.news import USUAL, Format, News


class WebhookIn(BaseModel):
    """Where to tell of what. `secret` null: one is made up and shown once, for `json`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://discord.com/api/webhooks/1234/abcd",
                    "format": "discord",
                    "name": "#leaderboard",
                    "kinds": ["new_leader", "threshold", "closing_soon"],
                    "thresholds": [0.98, 0.99],
                }
            ]
        }
    )

    url: str = Field(max_length=1000)
    format: Format
    name: str = Field("", max_length=200)
    secret: str | None = Field(None, min_length=16, max_length=200, pattern=r"^[!-~]+$")
    kinds: list[News] = Field(default_factory=lambda: list(USUAL), max_length=20)
    thresholds: list[float] = Field(default_factory=list, max_length=20)


class WebhookOut(Shape):
    """A webhook; of its address only the host.

    `readable` false: the key that sealed the address is gone, so nothing is sent: add it again.
    """

    id: str = Field(validation_alias=PUBLIC_ID, examples=["w_9qLp3T0aXk2b"])
    name: str
    format: Format
    host: str = Field(examples=["discord.com"])
    kinds: list[str]
    thresholds: list[float]
    created_at: datetime
    removed_at: datetime | None
    readable: bool


class NewWebhookOut(WebhookOut):
    """A new webhook; a secret that was made up is shown only here."""

    secret: str | None


class WebhooksOut(Shape):
    """Every webhook of a competition, oldest first."""

    webhooks: list[WebhookOut]


class DeliveryOut(Shape):
    """One message and how its last try ended."""

    id: str = Field(validation_alias=PUBLIC_ID, examples=["d_9qLp3T0aXk2b"])
    kind: str
    text: str
    data: dict[str, Any]
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    next_at: datetime
    status: int | None
    problem: str | None
    created_at: datetime
    finished_at: datetime | None


class DeliveriesOut(Shape):
    """A page of messages, newest first; `next` goes into `before`."""

    deliveries: list[DeliveryOut]
    next: int | None
