"""What counts at the reveal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from heldout._errors import WrongArguments
from heldout._render import plain
from heldout._submission import Submission


@dataclass(frozen=True)
class Finals:
    """The chosen submissions, by id, and how many may be chosen."""

    submissions: tuple[str, ...]
    at_most: int

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Finals:
        """From the API's `GET /me/final`."""
        return cls(tuple(document["submissions"]), int(document["at_most"]))

    def __str__(self) -> str:
        if not self.submissions:
            return f"Your best public score counts; you may choose up to {self.at_most}"
        return f"At the reveal counts: {', '.join(map(plain, self.submissions))}"

    def __repr__(self) -> str:
        return f"<Finals: {self}>"


def chosen_ids(chosen: Iterable[Any]) -> list[str]:
    """Their ids. Raises `WrongArguments` for what is no submission."""
    ids: list[str] = []
    for each in chosen:
        if isinstance(each, str):
            ids.append(each)
        elif isinstance(each, Submission):
            ids.append(each.id)
        elif isinstance(each, list | tuple):
            ids += chosen_ids(each)
        else:
            raise WrongArguments(
                f"A {type(each).__name__} is no submission.",
                'pass submissions or their ids: client.finals(sub), client.finals("s_...")',
            )
    return ids
