"""Names: honest ones in any script, visible and bounded, none of the board's own."""

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.people.names import (
    LONGEST_NAME,
    RESERVED,
    clean_name,
    display_name,
    name_key,
)

HONEST = [
    "Дмитрий", "Αλέξης", "李雷", "Zoë", "Ольга", "Νίκη", "Հայկ", "ნინო", "محمد", "Ada",
    "Organ", "Ida Organizer-Smith", "Base Line Bob", "Zorganizer", "Ensemble 7", "Team Baseline",
]  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_name_stays_as_it_is(name):
    assert display_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *RESERVED, "organizer", "ORGANIZER", "Org anizer", "Organizer.", "0rganizer", "Οrganizer",
        "Orgаnizer", "Ｏｒｇａｎｉｚｅｒ", "BaseIine", "Base1ine", "Ваseline", "bаsеlinе",
        "class-ensemble", "Cⅼass ensemble", "Heldоut",
    ],
)  # fmt: skip
def test_what_could_be_taken_for_ours_is_refused(name):
    with pytest.raises(ProblemError, match="mistaken for") as refused:
        display_name(name)
    assert refused.value.code == "validation"
    assert refused.value.hint


@pytest.mark.parametrize(
    ("given", "shown"),
    [("  Ada \t Lovelace\n", "Ada Lovelace"), ("Ada\u202eecalevoL", "Ada ecalevoL"),
     ("Zoe\u0308", "Zoë"), ("👩\u200d🔬", "👩\u200d🔬"), ("x" * LONGEST_NAME, "x" * LONGEST_NAME)],
)  # fmt: skip
def test_a_name_is_shown_in_one_line(given, shown):
    assert clean_name(given) == shown


@pytest.mark.parametrize("given", ["", " ", "\u200d", "\u202e\u0000", "x" * (LONGEST_NAME + 1)])
def test_nothing_to_see_and_too_much_to_show_are_no_names(given):
    with pytest.raises(ProblemError) as refused:
        clean_name(given)
    assert (refused.value.code, bool(refused.value.hint)) == ("validation", True)


def test_a_name_is_one_persons_in_any_case_and_width():
    assert len({name_key(name) for name in ("Ada", "ADA", "Ａｄａ", "A\u200dda")}) == 1
    assert name_key("Ada") != name_key("Ida")
