"""A diagnosis: what a curve shows, why, and what to try next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.runs.remedies import MEANING, REMEDIES, Kind


@dataclass(frozen=True)
class Diagnosis:
    """`epoch`, counted from 1, is where it begins, for those that begin somewhere.

    `learned`: whether anything was. `advice`: remedies in the words of the contest, or of this
    card's own, rather than those of its kind.
    """

    kind: Kind
    rule: str
    evidence: str
    epoch: int | None = None
    learned: bool = True
    advice: tuple[str, str] | None = None

    @property
    def meaning(self) -> str:
        """What it means, in one sentence."""
        return MEANING[self.kind]

    @property
    def remedies(self) -> tuple[str, str]:
        """Two things to try next."""
        return self.advice or REMEDIES[self.kind]
