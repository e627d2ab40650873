"""A roster is read as universities export it, and a wrong line is named by its number."""

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.people.roster_file import LONGEST_CELL, MOST_LINES, Line, parsed


class TestParsed:
    @pytest.mark.parametrize(
        "text",
        [
            "name,email,reference,team\nAda,a@x.org,17,Red\n",
            "Student ID;Full Name;Group;E-Mail\r\n17;Ada;Red;a@x.org\r\n",
            "\ufeffMAIL\tstudent\tSIS ID\tteam name\tgrade\n\na@x.org\tAda\t17\tRed\tA+\n",
        ],
    )
    def test_takes_other_headings_orders_and_separators(self, text):
        assert parsed(text) == [Line("Ada", "a@x.org", "17", "Red")]

    def test_needs_the_name_alone_and_keeps_the_order(self):
        assert parsed("name\nBob\nAda\n") == [Line("Bob"), Line("Ada")]

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("Ada Lovelace\nBo\n\nPriya R.\n", ["Ada Lovelace", "Bo", "Priya R."]),
            ("Lovelace, Ada\nHopper, Grace\n", ["Ada Lovelace", "Grace Hopper"]),
            ("1. Ada\n2) Bo\n- Cy\n• Dee\n", ["Ada", "Bo", "Cy", "Dee"]),
            ("3Blue1Brown\n", ["3Blue1Brown"]),
            ("\ufeffZoë\r\nÉmile\r\n", ["Zoë", "Émile"]),
        ],
    )
    def test_takes_names_alone(self, text, names):
        assert [line.name for line in parsed(text)] == names

    def test_takes_names_with_addresses(self):
        assert parsed("Ada Lovelace, ada@x.org\nBo, bo@x.org") == [
            Line("Ada Lovelace", "ada@x.org"),
            Line("Bo", "bo@x.org"),
        ]

    def test_names_the_line_of_a_name_that_is_too_long(self):
        with pytest.raises(ProblemError) as refused:
            parsed(f"Ada\n{'x' * 61}\n")
        assert refused.value.detail.startswith("Line 2: ")

    def test_a_short_line_has_nothing_in_the_columns_that_it_lacks(self):
        assert parsed("name,team\nAda\n") == [Line("Ada")]

    def test_two_people_of_one_name_are_two_people(self):
        assert len(parsed("name,reference\nAda,1\nAda,2\n")) == 2

    def test_cells_are_fit_to_be_shown(self):
        line = parsed(f"name,team\nAda,<b>\x1b[2J{'x' * 500}\n")[0]
        assert line.team.startswith("b xxx")
        assert len(line.team) == LONGEST_CELL

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "is empty"),
            ("first,last\nAda,L\n", "no column “name”"),
            ('name\n"Ada\n', "can't be read"),
            ("name,team\nAda,Red\n ,Blue\n", "Line 3: The name is empty"),
            ("name,reference\nAda,a1\nBob,A1\n", "Line 3: this reference is on the roster twice"),
            ("name,email\nAda,a@x\nBob,b@x\nCy,A@X\n", "Line 4: this email is on the roster twice"),
            ("name\n" + "Ada\n" * (MOST_LINES + 1), "at most 2,000 people"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, text, said):
        with pytest.raises(ProblemError) as refused:
            parsed(text)
        assert refused.value.code == "validation"
        assert said in refused.value.detail
