"""Twins: pairs of people whose models are suspiciously alike, with their run cards side by side."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from heldout_server.runs.comparing import compared
from heldout_server.runs.twin_pairs import FoundTwins, TwinPair, found_twins
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.pages.runs.run_card_view import shown_value, words
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.runs import SettingRow

router = Routes(prefix="/c/{slug}/twins")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """A pair with every setting that one of the two run cards has."""

    pair: TwinPair
    settings: tuple[SettingRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinsPage(OnePage):
    """What was found; None: nobody has looked yet."""

    found: FoundTwins | None
    pairs: tuple[PairView, ...]


@router.get("")
def twins(asked: Reading) -> Response:
    """The pairs."""
    return asked.show(view)


def view(look: PageContext) -> TemplatePage:
    """The page."""
    found = found_twins(look.session, look.competition)
    page = TwinsPage(
        frame=look.section("twins"),
        competition=look.view,
        found=found,
        pairs=tuple(PairView(pair=one, settings=_settings(one)) for one in found.pairs)
        if found
        else (),
    )
    return "organize/twins.html", page


def _settings(pair: TwinPair) -> tuple[SettingRow, ...]:
    return tuple(
        SettingRow(
            name=words(setting.name),
            values=tuple(shown_value(value) for value in setting.values),
            differs=setting.differs,
        )
        for setting in compared([pair.first.card, pair.second.card])
    )
