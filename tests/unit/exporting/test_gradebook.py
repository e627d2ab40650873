"""A gradebook comes back with one column filled and every other byte as it was."""

import tracemalloc

import pytest

from heldout_server.exporting.gradebook import Person, fill, read
from heldout_server.kit.errors import ProblemError

ADA = Person("Ada Lovelace", 9.5, "ada@example.org", "20830001", also=("ada!",))
BOB = Person("Bob O'Neil", 8.0, "bob@example.org", "20830002")
SAM = Person("Sam Lee", 7.0)
PEOPLE = (ADA, BOB, SAM, Person("Nobody Yet", None, "late@example.org"))
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Homework (12),Contest (4711),Final Score\r\n"
    "    Points Possible,,,,,10,10,(read only)\r\n"
    '"Lovelace, Ada",17,20830001,alove,"Sec ""A"", first",3.0,,"88,1"\r\n'
    '"O\'Neil, Bob",18,,BOB@example.org,B,,"",70\r\n'
    '"Lee, Sam",19,,slee,B,,,\r\n'
    '"Student, Test",20,,,B,,,'
).encode()
MOODLE = (
    'First name;Surname;"ID number";"Email address";"Assignment: Contest";Last downloaded\n'
    "Ada;Lovelace;;ada@example.org;-;1700000000\n"
    "Robert;O'Neil;20830002;;-;1700000000\n"
    'Zoë;"Nobody\nKnown";;zoe@example.org;"8,25";1700000000\n'
).encode("latin-1")


def test_canvas_is_filled_by_number_mail_and_name():
    found = fill(read(CANVAS), PEOPLE, column="Contest (4711)")
    wanted = (
        CANVAS.replace(b'first",3.0,,', b'first",3.0,9.5,')
        .replace(b'B,,"",70', b'B,,"8",70')
        .replace(b"slee,B,,,", b"slee,B,,7,")
    )
    assert found.content == wanted
    assert (found.filled, found.doubtful, found.people_left) == (3, (), ())
    assert found.rows_left == ("Student, Test",)


def test_moodle_with_semicolons_old_letters_and_a_comma():
    found = fill(read(MOODLE), PEOPLE, column="Assignment: Contest")
    wanted = MOODLE.replace(b"org;-;", b"org;9,5;").replace(b"20830002;;-", b"20830002;;8")
    assert found.content == wanted
    assert found.people_left == ("Sam Lee",)
    assert len(found.rows_left) == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-8"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_what_nobody_fits_comes_back_to_the_byte(encoding, end):
    text = end.join(("\ufeffStudent\tPoints", 'Zed\t"  a ""b"""', "", "Yan\t 4"))
    content = text.encode(encoding)
    assert fill(read(content), PEOPLE, column="Points").content == content


def test_the_only_empty_column_needs_no_name():
    content = b"Name,Homework,Contest\nAda Lovelace,3,\nSam Lee,4,\n"
    assert fill(read(content), PEOPLE).column == "Contest"


def test_nothing_is_guessed():
    content = (
        b"Student,Email,ID number,Contest\n"
        b"Ada Lovelace,other@example.org,,\n"  # a namesake
        b"Somebody,ada@example.org,20830002,\n"  # one's address, another's number
        b"Sam Lee,,,\n"
        b"Sam Lee,,,\n"  # twice
    )
    found = fill(read(content), PEOPLE, column="Contest")
    assert (found.content, found.filled) == (content, 0)
    assert found.rows_left == ("Ada Lovelace · other@example.org",)
    assert len(found.doubtful) == 3
    twins = (Person("Jo", 1.0), Person("Jo", 2.0))
    assert fill(read(b"Name,P\nJo,\n"), twins).doubtful == ("Jo",)


def test_a_login_is_no_part_of_a_mail_address():
    content = b"Student,SIS Login ID,Contest\nAmy Dunn,ada,\n"
    found = fill(read(content), PEOPLE, column="Contest")
    assert (found.filled, found.rows_left) == (0, ("Amy Dunn \u00b7 ada",))


@pytest.mark.parametrize(
    "row",
    [
        "Sam Lee,ada@example.org,,",  # one's name, another's address
        "Ada Lovelace,ada@example.org,,20830002",  # another's number for a login
        "Ada Lovelace,ada@example.org,99,",  # a number that isn't hers
        "Ada Lovelace,other@example.org,20830001,",  # an address that isn't hers
    ],
)
def test_what_disagrees_with_itself_is_doubtful(row):
    content = f"Student,Email,ID number,Login,Contest\n{row},\n".encode()
    found = fill(read(content), PEOPLE, column="Contest")
    assert (found.content, found.filled, len(found.doubtful)) == (content, 0, 1)


def test_somebody_who_is_on_the_roster_twice_is_known_by_either_and_filled_once():
    twice = Person("Ada Lovelace", 9.5, "ada@example.org", entries=(("al@example.org", "7"),))
    for row in ("ada@example.org,", "al@example.org,7", ",7", "ada@example.org,7"):
        found = fill(read(f"Email,ID number,P\n{row},\n".encode()), (twice,), column="P")
        assert (found.filled, found.people_left) == (1, ())
    both = b"Email,ID number,P\nada@example.org,,\n,7,\n"
    assert len(fill(read(both), (twice,), column="P").doubtful) == 2


def test_a_cell_of_quotes_alone_takes_little_memory():
    content = b'Student,A\n"' + b'""' * 500_000 + b'",1\n'
    tracemalloc.start()
    try:
        assert read(content).rows[0].cells[1] == "1"
        with pytest.raises(ProblemError, match="never closes"):
            read(content.replace(b'",1', b""))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "column", "said"),
    [
        (b"", "", "empty"),
        (b"PK\x03\x04\0\0", "", "no CSV"),
        (b"\xff\xfe\x00", "", "isn't text"),
        (b"Student,A\n", "", "no rows"),
        (b"x,y\n1,2\n", "", "who somebody is"),
        (b'Student,A\n"Ada,1\n', "", "never closes"),
        (b"Student,A,B\nAda,,\n", "", "More than one"),
        (b"Student,A\nAda,1\n", "", "No column is empty"),
        (b"Student,A\nAda,1\n", "C", "isn't one that can be filled"),
        (b"Student,A\nAda,1\n", "Student", "isn't one that can be filled"),
        (b"Student,A,A\nAda,1,1\n", "A", "is there twice"),
        (b"Student,A\nSam Lee\n", "A", "too few"),
        (b"Student,A\n" + b"\n" * 20_000, "A", "more than 20,000 rows"),
    ],
)
def test_a_bad_one_is_refused_in_words(content, column, said):
    with pytest.raises(ProblemError, match=said) as refused:
        fill(read(content), PEOPLE, column=column)
    assert refused.value.code == "bad_gradebook"
    assert refused.value.hint
