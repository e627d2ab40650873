"""What a contest asks, as far as it changes what a curve means and what to try next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.tasks.kinds import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """A contest's task and ranking metric; `classes` is 0 where an example isn't of one class.

    `constant`: the figure that always saying the same reaches on the board, where a ghost row
    tells it. `is_images`: whether what a model reads are pictures.
    """

    kind: Kind = Kind.MULTICLASS
    classes: int = 10
    metric: str = "accuracy"
    constant: float | None = None
    is_images: bool = True

    @property
    def chance(self) -> float:
        """The share that is right by saying the same all the time: 0.1 of ten classes."""
        by_class = 1 / self.classes if self.classes else 0.0
        is_share = self.metric == "accuracy" and self.constant is not None
        return max(by_class, self.constant or 0.0) if is_share else by_class


DIGITS = Asked()
"""MNIST by accuracy."""
