"""Codes are read aloud: nothing looks like something else, and dashes don't matter."""

import pytest

from heldout_server.competitions.codes import (
    ALPHABET,
    compared,
    new_invite,
    new_join_code,
    new_personal_code,
    personal_letters,
)


@pytest.mark.parametrize(("new", "groups"), [(new_join_code, 2), (new_invite, 4)])
def test_are_groups_of_four_letters_nobody_mistakes(new, groups):
    codes = [new() for _ in range(200)]
    assert len(set(codes)) == 200
    for code in codes:
        parts = code.split("-")
        assert [len(part) for part in parts] == [4] * groups
        assert set("".join(parts)) <= set(ALPHABET)
    assert not set("01258BIOSZ") & set(ALPHABET)


@pytest.mark.parametrize("typed", ["RKD4-7WNX", "rkd47wnx", " rkd4 7wnx ", "RKD4–7WNX"])
def test_are_compared_without_case_blanks_and_dashes(typed):
    assert compared(typed) == compared("RKD4-7WNX")


def test_other_letters_are_another_code():
    assert compared("RKD4-7WNY") != compared("RKD4-7WNX")


def test_a_personal_code_has_more_than_forty_bits():
    codes = [new_personal_code() for _ in range(200)]
    assert len(set(codes)) == 200
    assert all([len(part) for part in code.split("-")] == [3, 3, 3] for code in codes)
    assert len(ALPHABET) ** 9 > 2**40
    assert all(personal_letters(code.lower()) == code.replace("-", "") for code in codes)
