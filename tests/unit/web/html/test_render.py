"""Parts that are kept are drawn of their value alone, once for all that equals it."""

from dataclasses import dataclass, replace

import pytest
from jinja2 import UndefinedError

from heldout_server.web.html.render import hand_in, kept_part
from heldout_server.web.pages.board.row_cells import UnrankedRow, row_contest
from heldout_server.web.pages.template_functions import FUNCTIONS
from unit.web import sample_pages

ROW = UnrankedRow(row_contest(sample_pages.competition()), sample_pages.rows(1)[0])


class TestKeptPart:
    def test_is_drawn_once_for_values_that_are_equal(self):
        kept_part.cache_clear()
        again = replace(ROW, row=replace(ROW.row))
        assert kept_part("_unranked_row.html", again) is kept_part("_unranked_row.html", ROW)

    def test_is_drawn_anew_for_another_value(self):
        other = replace(ROW, row=replace(ROW.row, submission_name="a <b> name"))
        drawn = kept_part("_unranked_row.html", other)
        assert "a &lt;b&gt; name" in drawn
        assert drawn != kept_part("_unranked_row.html", ROW)

    def test_sees_nothing_beside_its_value(self):
        @dataclass(frozen=True)
        class Nothing:
            page: str = "a page is no part"

        with pytest.raises(UndefinedError):
            kept_part("_unranked_row.html", Nothing())


def test_templates_stay_compiled_for_another_app_of_the_same_process():
    """Each app hands its functions in; to compile a page anew takes longer than all of a test."""
    hand_in(FUNCTIONS)
    kept_part("_unranked_row.html", ROW)
    before = kept_part.cache_info()
    hand_in(dict(FUNCTIONS))
    kept_part("_unranked_row.html", ROW)
    assert kept_part.cache_info().hits == before.hits + 1
