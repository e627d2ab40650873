"""Addresses and accounts of a school, as they are compared."""

from __future__ import annotations

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.people.school import SchoolPerson, check_domain, tidy_address

ADA = SchoolPerson("https://uni.example", "7", "Ada", "ada@uni.example")


class TestSchoolPerson:
    def test_is_one_account_of_one_issuer_whatever_it_is_called(self):
        renamed = SchoolPerson("https://uni.example", "7", "Ada L.", "lovelace@uni.example")
        others = [
            SchoolPerson("https://uni.example", "8"),
            SchoolPerson("https://other.example", "7"),
            SchoolPerson("https://uni.example7", ""),
        ]
        assert renamed.key == ADA.key
        assert len({ADA.key, *(one.key for one in others)}) == 4

    def test_has_a_name_that_a_board_has_room_for(self):
        assert SchoolPerson("i", "s", "x" * 200).name_on_a_board == "x" * 60
        assert SchoolPerson("i", "s", " ", "ada@uni.example").name_on_a_board == "ada"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Ada.L+x@Uni.Example ", "ada.l+x@uni.example"),
        ("ada", ""),
        ("ada@eve@uni.example", ""),
        ("ada@uni.example, eve@uni.example", ""),
        ("ada @uni.example", ""),
        ("ada@", ""),
        ("a\0da@uni.example", ""),
        ("\ud800@uni.example", ""),
        ("Ada <ada@uni.example>", ""),
        ("a" * 300 + "@uni.example", ""),
    ],
)
def test_an_address_is_one_or_none(typed, address):
    assert tidy_address(typed) == address


class TestDomain:
    @pytest.mark.parametrize("domains", [(), ("uni.example",), ("x.example", "uni.example")])
    def test_lets_in_its_own(self, domains):
        check_domain(ADA, domains)

    @pytest.mark.parametrize("domain", ["example", "i.example", "students.uni.example"])
    def test_is_compared_whole(self, domain):
        with pytest.raises(ProblemError, match=r"signed in as ada@uni\.example") as refused:
            check_domain(ADA, (domain,))
        assert refused.value.code == "school_refused"

    def test_an_address_that_nobody_vouches_for_is_of_none(self):
        with pytest.raises(ProblemError, match="doesn't say"):
            check_domain(SchoolPerson("i", "s"), ("uni.example",))
