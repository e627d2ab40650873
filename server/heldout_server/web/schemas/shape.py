"""What every answer's shape begins with."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict

# A row's `id` is the database's; people see the public one.
PUBLIC_ID = AliasChoices("public_id", "id")


class Shape(BaseModel):
    """Base of everything that is sent."""

    model_config = ConfigDict(from_attributes=True)
