"""Passwords are kept as argon2id, and compared in as long a time when there is none."""

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.people.passwords import LONGEST, SHORTEST, hashed, matches


def test_a_password_matches_what_was_stored_of_it_alone():
    stored = hashed("correct horse")
    assert stored.startswith("$argon2id$")
    assert matches("correct horse", stored)
    assert not matches("correct house", stored)
    assert hashed("correct horse") != stored


@pytest.mark.parametrize("stored", [None, "", "plain text", "$argon2id$broken"])
def test_nothing_matches_what_is_no_stored_password(stored):
    assert not matches("no organizer has this password", stored)


@pytest.mark.parametrize("length", [0, SHORTEST - 1, LONGEST + 1])
def test_short_and_long_ones_are_refused(length):
    with pytest.raises(ProblemError) as refused:
        hashed("x" * length)
    assert refused.value.code == "validation"
