"""Dialects of delimited text that can mean one thing only, rewritten as plain text.

Each function takes lines joined by `\\n` and gives them back as plain ones, or as they were. What
could be meant in two ways is refused. The notes say on the receipt what was taken how.
"""

from __future__ import annotations

import re

from heldout_server.kit.errors import Rejection

COMMENTS = "Lines that begin with # were skipped."
DECIMAL_COMMAS = "Decimal commas were read as such: 0,5 is one half."
THOUSANDS = 'Commas in quoted whole numbers were read as those of thousands: "1,000" is 1000.'
EMPTY_LAST_COLUMN = "Every line ends with a separator: the empty last column was left out."
ONE_LINE = "All labels are in one line: they were read one after another."
Tidied = tuple[bytes, tuple[str, ...]]
"""Text, and notes on how it was read."""

_QUOTED_CELL = re.compile(rb'"([^"\r\n,;\t]*)"')
_QUOTED_COMMA = re.compile(rb'" *([+-]?\d[\d,]*(?:[eE][+-]?\d+)?) *"')
_DECIMAL = re.compile(rb"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(rb"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_COMMENT = re.compile(rb"^#[^\n]*\n?", re.M)
_SPACES = re.compile(rb" {2,}")
_CELLS = re.compile(rb"[;\t\n]")
SEPARATORS = (b",", b";", b"\t")
# Also the wrong spellings that a later step explains: 1_0, 0x1f, 97%.
_MEANT_AS_NUMBER = re.compile(rb"\s*([+-]?[\d.][\d._xXa-fA-F+-]*%?|[+-]?(nan|inf))\s*", re.I)


def is_row(line: bytes) -> bool:
    """Whether a line is meant as values, right or wrong, and not as column names."""
    # A header has few cells: the first hundred decide, however long the line is.
    separator = separator_of(line)
    cells = line.removesuffix(separator or b"").split(separator, 100)[:100]
    return all(_MEANT_AS_NUMBER.fullmatch(cell.replace(b",", b".")) for cell in cells)


def separator_of(line: bytes) -> bytes | None:
    """Semicolon or tab, else comma, which may stand in numbers beside them; None for spaces."""
    return next((s for s in reversed(SEPARATORS) if s in line), None)


def without_comments(lines: bytes) -> Tidied:
    """Lines that begin with # are gone, but for a header that `np.savetxt` has commented out."""
    start = 0
    while lines.startswith(b"#", start):
        start = lines.find(b"\n", start) + 1 or len(lines)
    leading, rest = lines[:start], lines[start:]
    last = leading.rstrip(b"\n").rpartition(b"\n")[2]
    header = last + b"\n" if _names_columns(last, rest.partition(b"\n")[0]) else b""
    left = header + _COMMENT.sub(b"", rest).rstrip(b"\n")
    return left, (COMMENTS,) if len(left) < len(lines) else ()


def _names_columns(comment: bytes, row: bytes) -> bool:
    separator = separator_of(row)
    columns, names = row.split(separator), comment.lstrip(b"# ").split(separator)
    return is_row(row) and 1 < len(columns) == len(names)


def unquoted(lines: bytes) -> Tidied:
    """Cells without their quotes. Raises `Rejection` (`value_type`) for lists in quotes."""
    plain = _QUOTED_CELL.sub(rb"\1", lines)
    if b'"' not in plain:
        return plain, ()
    if b'"[' in plain:
        raise _list_in_quotes(plain)
    numbers = _QUOTED_COMMA.findall(plain)
    if 2 * len(numbers) != plain.count(b'"'):
        return plain, ()
    if all(_DECIMAL.fullmatch(n) for n in numbers) and not _all_thousands(numbers):
        return _QUOTED_COMMA.sub(_with_point, plain), (DECIMAL_COMMAS,)
    if _all_thousands(numbers):
        return _without_thousands(plain, numbers)
    return plain, ()


def _all_thousands(numbers: list[bytes]) -> bool:
    return all(_THOUSANDS.fullmatch(n) for n in numbers)


def _without_thousands(lines: bytes, numbers: list[bytes]) -> Tidied:
    """Ids and labels, which are looked at afterwards: among ten columns 1,000 may be a one."""
    plain = _QUOTED_COMMA.sub(lambda m: m[1].replace(b",", b""), lines)
    if any(len(line.split(separator_of(line))) > 2 for line in plain.split(b"\n", 2)[:2]):
        raise comma_rejection(numbers[0])
    return plain, (THOUSANDS,)


def _with_point(match: re.Match[bytes]) -> bytes:
    return match[1].replace(b",", b".")


def _list_in_quotes(lines: bytes) -> Rejection:
    line = lines[: lines.index(b'"[')].count(b"\n") + 1
    return Rejection(
        "value_type",
        f"Line {line:,} holds a list in quotes.",
        "Give each of its numbers a column of its own: "
        'pd.DataFrame(predictions).to_csv("predictions.csv", index=False).',
    )


def with_decimal_points(body: bytes) -> Tidied:
    """Rows separated by semicolons or tabs, with points in the place of decimal commas.

    Raises `Rejection` (`separator`) where the commas may mean something else.
    """
    numbers = [cell.strip() for cell in _CELLS.split(body) if b"," in cell]
    if b"." in body or not all(_DECIMAL.fullmatch(n) for n in numbers):
        raise Rejection(
            "separator",
            "Cells are separated by semicolons or tabs and hold commas, not all of them as in 0,5.",
            "Write decimals with a point, as in 0.5, and separate cells with commas.",
        )
    if _all_thousands(numbers):
        raise comma_rejection(numbers[0])
    return body.replace(b",", b"."), (DECIMAL_COMMAS,)


def comma_rejection(number: bytes) -> Rejection:
    """`separator`: a number such as 1,000, which is a thousand to some and one to others."""
    shown = number.decode("ascii", "replace")[:20]
    return Rejection(
        "separator",
        f"{shown} has a comma.",
        f"Write {shown.replace(',', '')}, or {shown.replace(',', '.', 1)} if that is meant.",
    )


def without_empty_last_column(body: bytes, separator: bytes) -> Tidied:
    """Rows without the separator that ends each of them."""
    if not body.endswith(separator) or separator == b" ":
        return body, ()
    ended = body.count(separator + b"\n")
    nothing_else = b"\n" + separator + b"\n" in b"\n" + body + b"\n"
    if ended != body.count(b"\n") or nothing_else:
        return body, ()
    return body.replace(separator + b"\n", b"\n")[: -len(separator)], (EMPTY_LAST_COLUMN,)


def one_a_line(line: bytes, cells: int) -> bytes | None:
    """One line of so many cells as lines of one each; None where it holds another number."""
    separator = separator_of(line) or b" "
    plain = _SPACES.sub(b" ", line).rstrip(separator)
    return plain.replace(separator, b"\n") if plain.count(separator) == cells - 1 else None
