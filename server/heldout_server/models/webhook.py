"""Webhooks and the outbox of what is to be sent to them."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from heldout_server.models.base import json_column, utc_column


class DeliveryState(StrEnum):
    """`failed`: given up after the last try, or refused for good by the receiver."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(SQLModel, table=True):
    """Where to tell of what. `url` and `secret` are secrets: nothing ever shows them again, and
    they are stored sealed (`webhooks/vault.py`). `host` is all of the address that people see.

    `kinds` are the kinds of news wanted; `thresholds` the scores whose first crossing is news.
    `leader_id`, `crossed` and `unhealthy` are what was told last, so that nothing is told twice.
    """

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    competition_id: int = Field(foreign_key="competition.id", index=True)
    name: str
    format: str
    url: str
    secret: str
    host: str = ""
    kinds: list[str] = json_column(list)
    thresholds: list[float] = json_column(list)
    leader_id: str | None = Field(default=None, max_length=24)
    crossed: list[float] = json_column(list)
    unhealthy: bool = False
    created_at: datetime = utc_column()
    removed_at: datetime | None = utc_column(nullable=True)


class WebhookDelivery(SQLModel, table=True):
    """One message, written in the transaction of what it tells of; sent later, at least once.

    `key` makes news that many processes notice a single message. `token` fences the sender.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "key"),
        Index("ix_webhook_delivery_state_next_at", "state", "next_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    public_id: str = Field(unique=True, max_length=24)
    webhook_id: int = Field(foreign_key="webhook.id")
    key: str = Field(max_length=120)
    kind: str
    text: str
    data: dict[str, object] = json_column(dict)
    state: str = DeliveryState.PENDING
    attempts: int = 0
    next_at: datetime = utc_column()
    token: str | None = Field(default=None, max_length=32)
    status: int | None = None
    problem: str | None = None
    created_at: datetime = utc_column()
    finished_at: datetime | None = utc_column(nullable=True)
