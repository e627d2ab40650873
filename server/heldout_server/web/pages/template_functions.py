"""What templates call by name, beside formats: pictures of the values that a page holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from heldout_server.web.charts.architecture import read_architecture
from heldout_server.web.charts.sparklines import sparkline
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.pages.board.row_cells import UnrankedRow, row_contest, standings_row
from heldout_server.web.pages.board.score_dots import read_standings
from heldout_server.web.pages.console.act_fields import explanation, fields_of
from heldout_server.web.pages.runs.confusion_matrix import read_confusion
from heldout_server.web.pages.runs.overfit_gauge import read_gauge
from heldout_server.web.pages.runs.run_card_view import read_run_card

FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "act": ACTS.named,
    "act_explanation": explanation,
    "act_fields": fields_of,
    "read_architecture": read_architecture,
    "read_confusion": read_confusion,
    "read_gauge": read_gauge,
    "read_run_card": read_run_card,
    "read_standings": read_standings,
    "row_contest": row_contest,
    "sparkline": sparkline,
    "standings_row": standings_row,
    "unranked_row": UnrankedRow,
}
