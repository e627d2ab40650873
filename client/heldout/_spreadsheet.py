"""The first sheet of an Excel workbook as a table of text, without any library for it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from heldout._errors import CannotSubmit

MARK = "xl/workbook.xml"
_SHEET, _TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
_NAMES = "{*}"
_LETTERS = re.compile(r"[A-Z]+")


def csv_bytes(path: Path) -> bytes:
    """The workbook's first sheet as comma-separated lines. Raises `CannotSubmit`."""
    try:
        with zipfile.ZipFile(path) as workbook:
            rows = list(_rows(workbook))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, ValueError, IndexError) as error:
        raise CannotSubmit(
            f"The first sheet of {path.name} cannot be read.",
            "save it as CSV in Excel (File, Save as) and submit that file",
        ) from error
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows if any(row)).encode()


def _rows(workbook: zipfile.ZipFile) -> Iterator[list[str]]:
    texts = _shared_texts(workbook)
    for row in ElementTree.fromstring(workbook.read(_SHEET)).iterfind(f".//{_NAMES}row"):  # noqa: S314
        cells: list[str] = []
        for cell in row.iterfind(f"{_NAMES}c"):
            column = _column(cell.get("r", ""), len(cells))
            # Excel leaves empty cells out.
            cells += [""] * (column - len(cells))
            cells.append(_value(cell, texts))
        yield cells


def _shared_texts(workbook: zipfile.ZipFile) -> list[str]:
    if _TEXTS not in workbook.namelist():
        return []
    root = ElementTree.fromstring(workbook.read(_TEXTS))  # noqa: S314
    return [_text(item) for item in root.iterfind(f"{_NAMES}si")]


def _value(cell: ElementTree.Element, texts: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{_NAMES}v") or ""
    return texts[int(value)] if cell.get("t") == "s" else value


def _text(element: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in element.iterfind(f".//{_NAMES}t"))


def _column(reference: str, following: int) -> int:
    """The number of the column in a reference such as `AB12`, from 0."""
    letters = _LETTERS.match(reference)
    if letters is None:
        return following
    number = 0
    for letter in letters.group():
        number = number * 26 + ord(letter) - ord("A") + 1
    return min(number - 1, 16_384)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text
