"""What the console says of acts, facts and time."""

from heldout_server.acts import undo
from heldout_server.web.pages.console import words


class TestWords:
    def test_everything_that_can_be_undone_has_words(self):
        assert [name for name in undo._inverses if name not in words.ACTS] == []

    def test_time_that_is_left(self):
        shown = [words.seconds_words(s) for s in (40, 125, 7500, 90_000, -5)]
        assert shown == ["40 s", "2 min", "2 h 5 min", "1 day 1 h", "0 s"]

    def test_facts(self):
        facts = {"quota_per_day": 5, "title": "x" * 100, "kinds": ["model"], "note": None}
        shown = words.facts_words(facts)
        assert shown.startswith("quota per day: 5, title: xxx")
        assert "kinds: [model], note: –" in shown
