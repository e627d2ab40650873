"""A course's gradebook with one column filled, every other byte as it was: Canvas, Moodle. Pure.

    book = read(content)                        # raises ProblemError `bad_gradebook`
    filled = fill(book, people, column="Contest (4711)")
    filled.content, filled.rows_left, filled.people_left

The file is cut into its cells as they are written, quotes and all, and only cells of the one column
are written anew. Who is who is looked up by mail address, student number, login and name, and never
guessed: all that a row says has to mean the same one person, or it means nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from heldout_server.kit.errors import ProblemError, printable
from heldout_server.people.names import remembered

MOST_BYTES = 5 * 2**20
MOST_ROWS = 20_000
ENCODINGS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""By the mark that a file begins with."""
OLD_ENCODING = "latin-1"
"""Of a file that isn't UTF-8: every byte is a letter, and comes out as it went in."""
SEPARATORS = ",;\t"
MOST_NAMED = 12

MAIL = frozenset({"email", "email address", "e-mail", "e-mail address", "mail"})
NUMBER = frozenset({"sis user id", "id number", "student id", "student number", "integration id"})
LOGIN = frozenset({"sis login id", "username", "login id", "login"})
WHOLE_NAME = frozenset({"student", "name", "full name", "student name"})
FIRST_NAME = frozenset({"first name", "given name"})
LAST_NAME = frozenset({"last name", "surname", "family name"})
OTHERS = frozenset({
    "id", "section", "institution", "department", "root account",
    "last downloaded from this course",
})  # fmt: skip
IDENTITY = MAIL | NUMBER | LOGIN | WHOLE_NAME | FIRST_NAME | LAST_NAME | OTHERS
NO_PEOPLE = ("points possible", "manual posting")
"""What Canvas begins its rows with that are nobody's."""

Said = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""What a row says of who it is: mail addresses, numbers, logins, names."""


@dataclass(frozen=True)
class Person:
    """Somebody of the contest; `points` None: no score, so nothing is filled in."""

    name: str
    points: float | None
    mail: str = ""
    reference: str = ""
    also: tuple[str, ...] = ()
    """Further names: what they are called on the board."""
    entries: tuple[tuple[str, str], ...] = ()
    """Further mail addresses and numbers: somebody can be on the roster twice."""

    @property
    def mails(self) -> tuple[str, ...]:
        """As they are compared."""
        return _some(self.mail, *(mail for mail, _ in self.entries))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The same of their student numbers."""
        return _some(self.reference, *(number for _, number in self.entries))


@dataclass(frozen=True)
class Row:
    """The cells of a line as they are written; `line` counts from 1, `end` is what ends it."""

    cells: tuple[str, ...]
    line: int
    end: str


@dataclass(frozen=True)
class Gradebook:
    """A file cut into cells: `mark`, header and rows put together again are its bytes."""

    mark: bytes
    encoding: str
    separator: str
    header: Row
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(map(plain, self.header.cells))

    @property
    def fillable(self) -> tuple[str, ...]:
        """Those that aren't about who somebody is."""
        return tuple(name for name in self.columns if name.strip().casefold() not in IDENTITY)


@dataclass(frozen=True)
class Filled:
    """The file to give back, and what to look at: rows and people without one another.

    `doubtful`: rows that fit two people, or people that fit two rows, and rows of which a part says
    somebody else; nothing is filled in there.
    """

    content: bytes
    column: str
    filled: int
    rows_left: tuple[str, ...]
    people_left: tuple[str, ...]
    doubtful: tuple[str, ...]


def read(content: bytes) -> Gradebook:
    """The file cut into its cells. Raises ProblemError `bad_gradebook`."""
    if len(content) > MOST_BYTES:
        raise _bad("The gradebook has more than 5 MB.", "Export the one course alone.")
    mark, encoding, text = _decoded(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(SEPARATORS, key=re.sub(r'"[^"]*"', "", first).count)
    rows = tuple(islice(_rows(text, separator), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise _bad(
            f"The gradebook has more than {MOST_ROWS:,} rows.", "Export the one course alone."
        )
    if len(rows) < 2:
        raise _bad("The gradebook has no rows below its header.", "Export it anew from the course.")
    book = Gradebook(mark, encoding, separator, rows[0], rows[1:])
    names = [name.strip().casefold() for name in book.columns]
    if not any(name in IDENTITY - OTHERS for name in names):
        raise _bad(
            "No column of this file says who somebody is.",
            "The first line has “Student” in Canvas, “Email address” in Moodle.",
        )
    return book


def fill(book: Gradebook, people: Sequence[Person], *, column: str = "") -> Filled:
    """The points in one column; without a name in the only one that is empty.

    Raises ProblemError `bad_gradebook`.
    """
    at = _chosen(book, column)
    found, doubtful = _matched(book, people)
    for number, person in found.items():
        row = book.rows[number]
        if len(row.cells) <= at and person.points is not None:
            raise _bad(
                f"Line {row.line} has {len(row.cells)} cells, too few for “{book.columns[at]}”.",
                "Export the gradebook anew; don't edit it by hand.",
            )
    comma = book.separator != "," and _has_comma(book)
    rows = [_with(row, at, found.get(n), book.separator, comma) for n, row in enumerate(book.rows)]
    text = "".join(book.separator.join(row.cells) + row.end for row in (book.header, *rows))
    with_points = [one for one in found.values() if one.points is not None]
    known = set(map(id, found.values()))
    return Filled(
        content=book.mark + text.encode(book.encoding),
        column=book.columns[at].strip(),
        filled=len(with_points),
        rows_left=tuple(
            _called(book, row)
            for n, row in enumerate(book.rows)
            if _is_person(book, row) and n not in found and n not in doubtful
        ),
        people_left=tuple(
            one.name for one in people if one.points is not None and id(one) not in known
        ),
        doubtful=tuple(_called(book, book.rows[n]) for n in sorted(doubtful)),
    )


def plain(cell: str) -> str:
    """What a cell says, without the quotes around it."""
    text = cell.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return cell


def _decoded(content: bytes) -> tuple[bytes, str, str]:
    for mark, encoding in ENCODINGS:
        if content.startswith(mark):
            try:
                return mark, encoding, content[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                hint = "Choose the CSV file of the course."
                raise _bad("The gradebook isn't text.", hint) from None
    if not content.strip():
        raise _bad("The gradebook is empty.", "Export it anew from the course.")
    if b"\0" in content:
        raise _bad(
            "This is no CSV file.", "Export the gradebook as CSV, not as Excel or OpenDocument."
        )
    try:
        return b"", "utf-8", content.decode("utf-8")
    except UnicodeDecodeError:
        return b"", OLD_ENCODING, content.decode(OLD_ENCODING)


def _rows(text: str, separator: str) -> Iterator[Row]:
    """The lines with their cells as written; a line break inside quotes ends nothing."""
    # Possessive: a quoted cell never gives back what it took, so no ways back are kept in memory.
    cell = rf'[ ]*"[^"]*+(?:""[^"]*+)*+"[^{separator}\r\n]*|[^{separator}\r\n]*'
    pattern = re.compile(rf"({cell})({separator}|\r\n|\n|\r|\Z)")
    cells: list[str] = []
    at, line, begun = 0, 1, 1
    while at < len(text) or cells:
        match = pattern.match(text, at)
        if match is None or (match[1].lstrip(" ").startswith('"') and match[1].count('"') % 2):
            raise _bad(f"A quote that opens in line {line} never closes.", "Export it anew.")
        cells.append(match[1])
        at, line = match.end(), line + match[0].count("\n")
        if match[2] != separator:
            yield Row(tuple(cells), begun, match[2])
            cells, begun = [], line
        elif at == len(text):
            yield Row((*cells, ""), begun, "")
            cells = []


def _chosen(book: Gradebook, column: str) -> int:
    wanted = column.strip()
    if wanted:
        places = [n for n, name in enumerate(book.columns) if name.strip() == wanted]
    else:
        places = [n for n, name in enumerate(book.columns) if _is_empty(book, n, name)]
    if len(places) == 1 and book.columns[places[0]].strip().casefold() not in IDENTITY:
        return places[0]
    names = ", ".join(f"“{printable(one.strip(), 60)}”" for one in book.fillable[:MOST_NAMED])
    if not wanted:
        said = "More than one column is empty." if places else "No column is empty."
        raise _bad(said, f"Name the one to fill: {names or 'there is none'}.")
    what = "is there twice" if len(places) > 1 else "isn't one that can be filled"
    raise _bad(
        f"The column “{printable(wanted, 60)}” {what}.", f"Name one of: {names or 'there is none'}."
    )


def _is_empty(book: Gradebook, at: int, name: str) -> bool:
    if name.strip().casefold() in IDENTITY:
        return False
    people = [row for row in book.rows if _is_person(book, row)]
    return all(len(row.cells) <= at or plain(row.cells[at]).strip() in {"", "-"} for row in people)


def _matched(book: Gradebook, people: Sequence[Person]) -> tuple[dict[int, Person], frozenset[int]]:
    """Who each row is, by its number; and the rows of which that isn't certain."""
    indexes = [_index(people, keys) for keys in (_mails, _numbers, _logins, _names)]
    found: dict[int, Person] = {}
    doubtful: set[int] = set()
    for number, row in enumerate(book.rows):
        if not _is_person(book, row):
            continue
        said = _said(book, row)
        fits = [
            {at for key in keys for at in index.get(key, ())}
            for keys, index in zip(said, indexes, strict=True)
        ]
        meant = _meant(people, said, fits)
        if len(meant) == 1:
            found[number] = people[meant.pop()]
        elif meant or any(fits[:-1]):  # a name alone that somebody shares is no doubt
            doubtful.add(number)
    rows_of: dict[int, list[int]] = {}
    for number, person in found.items():
        rows_of.setdefault(id(person), []).append(number)
    doubtful |= set(chain.from_iterable(rows for rows in rows_of.values() if len(rows) > 1))
    return {n: one for n, one in found.items() if n not in doubtful}, frozenset(doubtful)


def _meant(people: Sequence[Person], said: Said, fits: Sequence[set[int]]) -> set[int]:
    """Whom all that a row says can mean: nobody, where parts of it fit different people."""
    spoken = [some for some in fits if some]
    common = set.intersection(*spoken) if spoken else set()
    return {at for at in common if not _contradicts(people[at], said)}


def _contradicts(one: Person, said: Said) -> bool:
    """Whether the row names another mail address or number than theirs: a namesake's."""
    mails, numbers, logins, _ = said
    other_mail = one.mails and mails and not set(one.mails) & set(mails)
    other_number = one.numbers and numbers and not set(one.numbers) & {*numbers, *logins}
    return bool(other_mail or other_number)


def _index(
    people: Sequence[Person], keys: Callable[[Person], tuple[str, ...]]
) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = {}
    for number, person in enumerate(people):
        for key in keys(person):
            if key:
                found.setdefault(key, set()).add(number)
    return found


def _mails(one: Person) -> tuple[str, ...]:
    return one.mails


def _numbers(one: Person) -> tuple[str, ...]:
    return one.numbers


def _logins(one: Person) -> tuple[str, ...]:
    # Not what stands before the @: at another university that is somebody else's login.
    return (*one.mails, *one.numbers)


def _names(one: Person) -> tuple[str, ...]:
    return tuple(remembered(name) for name in (one.name, *one.also))


def _said(book: Gradebook, row: Row) -> Said:
    given: dict[str, str] = {}
    for name, cell in zip(book.columns, row.cells, strict=False):
        given.setdefault(name.strip().casefold(), plain(cell).strip())

    def of(wanted: frozenset[str]) -> list[str]:
        return [text for name, text in given.items() if name in wanted and text]

    first, last = " ".join(of(FIRST_NAME)), " ".join(of(LAST_NAME))
    whole = [_turned(name) for name in of(WHOLE_NAME)] + ([f"{first} {last}"] if first else [])
    logins = [_folded(one) for one in of(LOGIN)]
    return (
        (*map(_folded, of(MAIL)), *(one for one in logins if "@" in one)),
        tuple(map(_folded, of(NUMBER))),
        tuple(logins),
        tuple(remembered(name) for name in whole),
    )


def _turned(name: str) -> str:
    """“Lovelace, Ada” as “Ada Lovelace”."""
    last, comma, first = name.partition(",")
    return f"{first} {last}" if comma and "," not in first else name


def _is_person(book: Gradebook, row: Row) -> bool:
    first = plain(row.cells[0]).strip().casefold()
    return any(cell.strip() for cell in row.cells) and not first.startswith(NO_PEOPLE)


def _called(book: Gradebook, row: Row) -> str:
    who = IDENTITY - OTHERS
    shown = [
        plain(cell).strip()
        for name, cell in zip(book.columns, row.cells, strict=False)
        if name.strip().casefold() in who and plain(cell).strip()
    ]
    return printable(" · ".join(shown[:3]) or f"line {row.line}", 120)


def _has_comma(book: Gradebook) -> bool:
    return any(re.fullmatch(r"\d+,\d+", plain(c).strip()) for row in book.rows for c in row.cells)


def _with(row: Row, at: int, person: Person | None, separator: str, comma: bool) -> Row:
    if person is None or person.points is None:
        return row
    text = points_text(person.points)
    text = text.replace(".", ",") if comma else text
    cell = f'"{text}"' if row.cells[at].lstrip().startswith('"') else text
    return Row((*row.cells[:at], cell, *row.cells[at + 1 :]), row.line, row.end)


def points_text(points: float) -> str:
    """With at most two decimals, none that says nothing: 9.5, 10."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _some(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_folded, texts))))


def _folded(text: str) -> str:
    return text.strip().casefold()


def _bad(detail: str, hint: str) -> ProblemError:
    return ProblemError("bad_gradebook", detail, hint)
