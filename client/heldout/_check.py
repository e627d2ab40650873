"""What the free check on practice examples found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heldout._card import card, line
from heldout._display import ShownOnce
from heldout._errors import SubmissionError, rejection_class
from heldout._measure import Measure
from heldout._receipt_facts import preprocessing_lines
from heldout._render import plain


class Check(ShownOnce):
    """The answer to `Client.check`: figures on practice examples; it doesn't count.

    `raw` is the server's JSON as it came.
    """

    def __init__(self, document: Mapping[str, Any], kind: str) -> None:
        self.raw = dict(document)
        self.kind = kind

    @property
    def score(self) -> float | None:
        """The figure of the contest's metric on practice examples, as people read it.

        None when the file was rejected.
        """
        return self.raw.get("score")

    @property
    def measure(self) -> Measure:
        """How its figures read."""
        return Measure.from_json(self.raw)

    @property
    def metrics(self) -> dict[str, Any] | None:
        """All figures on the practice examples."""
        return self.raw.get("metrics")

    @property
    def receipt(self) -> dict[str, Any] | None:
        """Device, seconds, versions, preprocessing and upgrades."""
        return self.raw.get("receipt")

    @property
    def warnings(self) -> list[str]:
        """Hints of the model doctor and of the readers."""
        return list((self.raw.get("verdict") or {}).get("warnings") or [])

    @property
    def error(self) -> SubmissionError | None:
        """Why the file cannot be scored, or None."""
        if self.raw.get("state") != "rejected":
            return None
        verdict = self.raw.get("verdict") or {}
        code = str(verdict.get("code") or "error")
        return rejection_class(code, self.kind)(
            plain(verdict.get("detail") or "The file could not be scored.", 2000),
            plain(verdict.get("hint") or "", 2000),
            code=code,
        )

    def _lines(self) -> list[str]:
        error = self.error
        if error is not None:
            lines = [f"Not accepted: {plain(error.detail)} [{plain(error.code)}]"]
            return [*lines, f"What to do: {plain(error.hint)}"] if error.hint else lines
        examples = (self.metrics or {}).get("examples")
        of = f" on {examples:,} practice examples" if examples else ""
        shown = plain(self.raw.get("score_text") or self.measure.read(self.score))
        first = f"Check: {self.measure.named(shown + of)}; not submitted, nothing counted."
        notes = [*preprocessing_lines(self.receipt), *self.warnings]
        return [first, *(f"Note: {plain(note)}" for note in notes)]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        first, *rest = self._lines()
        return card(line(first, "font-weight:600"), *map(line, rest))
