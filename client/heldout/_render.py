"""Text for terminals and HTML for notebooks.

Names, hints and run cards were written by other people: in a terminal, control characters are
taken out; in a notebook, everything is escaped and only http(s) addresses become links.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any

NOTHING = "–"
# Only opacity and inherited colours, so that it reads well in light and in dark notebooks.
TABLE_STYLE = "border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.4em 0"
NUMBER_STYLE = "text-align:right;padding:.2em .8em"
TEXT_STYLE = "text-align:left;padding:.2em .8em"


def plain(value: Any, longest: int = 500) -> str:
    """`value` on one line, without control characters, at most `longest` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def percent(share: float | None, digits: int = 2) -> str:
    """A score as every page has it: 0.9731 as "97.31%"; only a perfect one reads as 100%."""
    if share is None or not math.isfinite(share):
        return NOTHING
    shown = round(share * 100, digits)
    step = 10.0**-digits
    if share < 1 and shown >= 100:
        shown = 100 - step
    if share > 0 and shown <= 0:
        shown = step
    return f"{shown:.{digits}f}%"


def points(change: float) -> str:
    """A change of a score in percentage points: 0.0031 as "+0.31 points"."""
    return f"{change * 100:+.2f} points"


def size(byte_count: int) -> str:
    """A file's size for people: `11.2 MB`."""
    if byte_count < 1000:
        return f"{byte_count} bytes"
    if byte_count < 1_000_000:
        return f"{byte_count / 1000:.1f} kB"
    return f"{byte_count / 1_000_000:.1f} MB"


def moment(when: datetime | None) -> str:
    """A time with its offset, to the minute."""
    if when is None:
        return NOTHING
    return f"{when:%Y-%m-%d %H:%M} {when.tzname() or ''}".rstrip()


def text_table(head: Sequence[str], rows: Iterable[Sequence[Any]], numbers: set[int]) -> str:
    """Columns separated by two spaces; the columns in `numbers` are flush right."""
    lines = [[plain(cell, 40) for cell in row] for row in [head, *rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def html_table(head: Sequence[str], rows: Iterable[Sequence[Any]], numbers: set[int]) -> str:
    """The same table for a notebook. A cell that is already `Html` is kept as it is."""
    styles = [NUMBER_STYLE if i in numbers else TEXT_STYLE for i in range(len(head))]
    titles = "".join(
        f'<th style="{style}">{escape(title)}</th>'
        for title, style in zip(head, styles, strict=True)
    )
    body = "".join(f"<tr>{_cells(row, styles)}</tr>" for row in rows)
    inner = f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody>"
    return f'<table style="{TABLE_STYLE}">{inner}</table>'


def _cells(row: Sequence[Any], styles: Sequence[str]) -> str:
    return "".join(
        f'<td style="{style}">{cell if isinstance(cell, Html) else escaped(cell)}</td>'
        for cell, style in zip(row, styles, strict=True)
    )


class Html(str):
    """Text that is HTML already; only `link` and `paragraph` make it."""

    __slots__ = ()


def escaped(value: Any) -> str:
    """`value` as text inside HTML."""
    return escape(plain(value))


def link(address: str | None, words: Any) -> Html:
    """A link, or just the words when the address is not http(s)."""
    if address and address.startswith(("http://", "https://")):
        target = escape(plain(address), quote=True)
        # In the ink around it: a browser's own blue can't be read in a dark notebook.
        how = 'target="_blank" rel="noopener" style="color:inherit;text-decoration:underline"'
        return Html(f'<a href="{target}" {how}>{escaped(words)}</a>')
    return Html(escaped(words))


def paragraph(*parts: Any, faint: bool = False) -> Html:
    """One line of a notebook's output; parts that are not `Html` are escaped."""
    style = ' style="opacity:.75;margin:.2em 0"' if faint else ' style="margin:.2em 0"'
    inner = "".join(part if isinstance(part, Html) else escaped(part) + " " for part in parts)
    return Html(f"<p{style}>{inner.strip()}</p>")
