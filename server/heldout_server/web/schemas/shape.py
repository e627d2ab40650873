"""What every answer's shape begins with."""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict

Direction = Literal["higher", "lower"]
Unit = Literal["share", "coefficient", "nats", "squared", "target"]

# A row's `id` is the database's; people see the public one.
PUBLIC_ID = AliasChoices("public_id", "id")


class Shape(BaseModel):
    """Base of everything that is sent."""

    # Most answers are never given in an evening: each is worked out when it is first wanted.
    model_config = ConfigDict(from_attributes=True, defer_build=True)
