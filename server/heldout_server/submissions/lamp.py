"""Whether a model seems to have learned hidden examples, as organizers read it. Moves no rank."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from heldout_server.models import Contamination, Submission

SHOWN = ("amber", "red")
"""The levels that light the lamp."""
PROVES_NOTHING = (
    "This proves nothing and changes no rank. A model may stumble over moved images for honest "
    "reasons; whoever trains on moved copies hides it; and a model that learned a fifth of the "
    "hidden images, or less, isn't seen. Ask how it was trained."
)


@dataclass(frozen=True, slots=True)
class Lamp:
    """What was found of one model; `level` is none, amber or red.

    `drop` and `practice_drop` are in the model's own errors; `gap` is a share of all images and,
    beside the accuracy on practice images, tells the private score. `sentence` sums it up,
    `evidence` says what it rests on, without `gap`.
    """

    level: str
    drop: float
    practice_drop: float
    gap: float

    @property
    def is_lit(self) -> bool:
        """Whether there is something to look at."""
        return self.level in SHOWN

    @property
    def sentence(self) -> str:
        """What the level says."""
        return {
            "amber": "It may know hidden images by heart: look at how it was trained.",
            "red": "It reads hidden images better than the best single model ever published: "
            "look at how it was trained.",
        }.get(self.level, "Nothing speaks for having learned hidden images.")

    @property
    def evidence(self) -> str:
        """What the copies showed."""
        return (
            "Moved by a pixel or turned a little, hidden images give it "
            f"{self.drop:.1f} further errors for each that it makes on the images themselves; "
            f"practice images {self.practice_drop:.1f}."
        )

    @property
    def gap_evidence(self) -> str:
        """What the comparison with practice images showed."""
        points = abs(self.gap) * 100
        which = "more" if self.gap >= 0 else "fewer"
        return f"Of hidden images it reads {points:.2f} points {which} than of practice images."

    @property
    def caveat(self) -> str:
        """What it doesn't prove."""
        return PROVES_NOTHING


def lamp_of(session: Session, submission: Submission) -> Lamp | None:
    """The lamp of a submission; None: no such model, or not looked at yet."""
    found = session.get(Contamination, submission.id)
    if found is None or found.level is None:
        return None
    figures = (found.drop or 0.0, found.practice_drop or 0.0, found.gap or 0.0)
    return Lamp(found.level, *figures)
