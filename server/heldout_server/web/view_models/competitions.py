"""The list of competitions, `competitions.html`; see `pages.py` for the rules."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.tasks.kinds import Kind
from heldout_server.web.view_models.pages import CompetitionView, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionLine:
    """A competition in the list, with its leader if somebody has scored."""

    competition: CompetitionView
    participants: int = 0
    leader_name: str | None = None
    leader_score: float | None = None

    @property
    def what(self) -> str:
        """What is predicted from what, in words: "3 classes from a table"."""
        dataset = self.competition.dataset
        source = "a table" if dataset.columns else "images" if dataset.is_images else "arrays"
        outputs = max(1, len(dataset.targets))
        found = {
            Kind.BINARY: "One of two classes",
            Kind.MULTICLASS: f"One of {dataset.classes} classes",
            Kind.MULTILABEL: f"Any of {outputs} labels",
            Kind.REGRESSION: "A number" if outputs == 1 else f"{outputs} numbers",
        }
        return f"{found[dataset.kind]} from {source}"

    @property
    def ranks(self) -> str:
        """What the board orders by, and which way is better."""
        way = "lower" if self.competition.is_loss else "higher"
        return f"{self.competition.metric_in_words}, {way} is better"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitionsPage(Page):
    """All competitions on this server."""

    lines: tuple[CompetitionLine, ...] = ()

    @property
    def current(self) -> tuple[CompetitionLine, ...]:
        """Those that go on, or will."""
        return tuple(line for line in self.lines if line.competition.state != "closed")

    @property
    def over(self) -> tuple[CompetitionLine, ...]:
        """Those that are over, the latest one first."""
        return tuple(reversed([x for x in self.lines if x.competition.state == "closed"]))
