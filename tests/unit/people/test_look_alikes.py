"""Names that a projector can't tell apart have one skeleton; honest ones keep their own."""

import pytest

from heldout_server.baselines.rows import NAMES
from heldout_server.people.look_alikes import outline, skeleton
from heldout_server.people.names import RESERVED


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


def test_an_outline_leaves_out_blanks_signs_and_which_stroke_it_is():
    assert {outline(name) for name in ("Base Line!", "BaseIine", "base1|ne")} == {"basellne"}
