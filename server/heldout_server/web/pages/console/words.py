"""Acts in words, for whoever reads the log or is about to undo one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heldout_server.web.formats import counted
from heldout_server.web.organizer_acts import ACTS

OTHERS = {
    "alert.resolve": "saw an alarm",
    "competition.export": "exported the event",
    "competition.import": "imported the event",
    "organizer.school": "signed in with the school for the first time",
    "organizer.set_password": "changed a password",
    "participant.choose": "chose final submissions",
    "participant.leave": "left and was anonymized",
    "undo": "undid an act",
}
LONGEST_VALUE = 80


def act_words(action: str) -> str:
    """An action such as `competition.pause` as "paused the competition"."""
    said = ACTS.words(action) or OTHERS.get(action)
    return said or action.replace(".", ": ").replace("_", " ")


def all_words() -> dict[str, str]:
    """Every action with its words, in the order of the alphabet."""
    declared = {act.action: act.words for act in ACTS.acts}
    return dict(sorted((declared | OTHERS).items()))


def acts_by_noun() -> dict[str, dict[str, str]]:
    """All acts in words, by what they are done to: "Competition", "Participant"."""
    found: dict[str, dict[str, str]] = {}
    for action, words in all_words().items():
        found.setdefault(action.partition(".")[0].capitalize(), {})[action] = words
    return found


def facts_words(facts: Mapping[str, Any] | None) -> str:
    """What an entry holds of before or after, in one line: "title: MNIST, quota per day: 5"."""
    if not facts:
        return "–"
    return ", ".join(f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in facts.items())


def seconds_words(seconds: float) -> str:
    """A time that is left: "2 h 5 min", "12 min", "40 s", "3 days 4 h"."""
    whole = max(0, int(seconds))
    days, hours, minutes = whole // 86_400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{counted(days, 'day')} {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{whole} s"


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return "[" + ", ".join(_plain(each) for each in value) + "]"
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
