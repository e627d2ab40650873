"""Names: honest ones in any script, none of the board's own, no two that look alike."""

import pytest

from heldout_server.baselines.rows import NAMES
from heldout_server.kit.errors import ProblemError
from heldout_server.people.look_alikes import outline, skeleton
from heldout_server.people.names import RESERVED, display_name

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


@pytest.mark.parametrize("name", NAMES.values())
def test_baselines_names_are_ours(name):
    assert outline(name) in {outline(each) for each in RESERVED}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Admin", "Аdmin"), ("Admin", "ADMІN"), ("Ada", "Аdа"), ("Ada", "Ａｄａ"), ("Olga", "0lga"),
        ("Nikos", "Νikοs"), ("Ada", "Ad\u200ba"), ("Copa", "Сора"),
    ],
)  # fmt: skip
def test_look_alikes_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zoë", "Zoe"), ("Ali", "All"), ("Дмитрий", "Дмитрии"), ("李雷", "李蕾"), ("Ada", "Ida")],
)
def test_names_that_differ_stay_apart(one, other):
    assert skeleton(one) != skeleton(other)
