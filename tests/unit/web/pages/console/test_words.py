"""What the console says of acts, facts and time."""

from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.pages.console import words


class TestWords:
    def test_every_act_has_words(self):
        assert words.act_words("participant.ban") == "banned a participant"
        assert all(act.words in words.all_words().values() for act in ACTS.acts)

    def test_time_that_is_left(self):
        shown = [words.seconds_words(s) for s in (40, 125, 7500, 90_000, -5)]
        assert shown == ["40 s", "2 min", "2 h 5 min", "1 day 1 h", "0 s"]

    def test_facts(self):
        facts = {"quota_per_day": 5, "title": "x" * 100, "kinds": ["model"], "note": None}
        shown = words.facts_words(facts)
        assert shown.startswith("quota per day: 5, title: xxx")
        assert "kinds: [model], note: –" in shown
