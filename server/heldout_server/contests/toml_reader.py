"""Reading one table of contest.toml by the types that its keys take."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from heldout_server.contests.problems import CONTEST_FILE, Found, quoted, short
from heldout_server.contests.toml_text import TomlText

LONGEST_WORD = 200
_TYPES: Mapping[type, str] = {
    bool: "true or false", int: "a whole number", float: "a number", str: "a text",
    list: "a list", dict: "a table", datetime: "a time", date: "a date", time: "a time of day",
}  # fmt: skip


class TableReader:
    """One table. Every method notes what is wrong and then answers None."""

    def __init__(
        self, toml: TomlText, path: tuple[str, ...], values: Mapping[str, Any], found: Found
    ) -> None:
        self._toml = toml
        self._path = path
        self._values = values
        self.found = found

    def note(self, code: str, key: str, what: str, cure: str = "") -> None:
        """Note a problem of this key, on its line."""
        self.found.add(code, CONTEST_FILE, self.line(key), what, cure)

    def line(self, key: str) -> int | None:
        """The line of a key, or of its table."""
        return self._toml.line(*self._path, key)

    def is_broken(self, key: str) -> bool:
        """Whether a line with this key couldn't be read, which is noted already."""
        return key in self._toml.broken

    def check_names(self, known: Sequence[str]) -> None:
        """Note every key that isn't known."""
        for key in self._values:
            if key not in known:
                near = difflib.get_close_matches(key.casefold(), known, 1, 0.6)
                cure = (
                    f"Did you mean “{near[0]}”?" if near else f"It is one of: {', '.join(known)}."
                )
                where = f" in [{'.'.join(self._path)}]" if self._path else ""
                self.note("key_unknown", key, f"There is no key “{short(key)}”{where}.", cure)

    def table(self, name: str, known: Sequence[str]) -> TableReader:
        """A table in this one; an empty one where there is none."""
        given = self._values.get(name, {})
        if not isinstance(given, dict):
            self._wrong_type(name, given, "a table", f"[{name}]")
            given = {}
        inner = TableReader(self._toml, (*self._path, name), given, self.found)
        inner.check_names(known)
        return inner

    def text(
        self, key: str, *, needed: bool = False, longest: int = LONGEST_WORD, numbers: bool = False
    ) -> str | None:
        """A text with something in it; with `numbers`, a number is taken as it is written."""
        given = self._values.get(key)
        if given is None:
            if needed and not self.is_broken(key):
                where = f" in [{'.'.join(self._path)}]" if self._path else ""
                self.note("key_missing", key, f"`{key}` is missing{where}.", f'{key} = "…"')
            return None
        return self._as_text(key, given, longest, numbers)

    def _as_text(self, key: str, given: Any, longest: int, numbers: bool) -> str | None:
        if numbers and isinstance(given, int | float) and not isinstance(given, bool):
            return str(given)
        if not isinstance(given, str):
            self._wrong_type(key, given, "a text", f'{key} = "…"')
            return None
        if len(given) > longest:
            self.note("text_too_long", key, f"`{key}` has more than {longest} characters.")
            return None
        if not given.strip():
            self.note("value_range", key, f"`{key}` is empty.", "Write something, or remove it.")
            return None
        return given.strip()

    def texts(
        self, key: str, *, single: bool = False, numbers: bool = False, most: int | None = None
    ) -> tuple[str, ...] | None:
        """A list of texts; with `single`, one text stands for a list of it."""
        given = self._values.get(key)
        if given is None:
            return None
        if single and isinstance(given, str):
            given = [given]
        if not isinstance(given, list):
            self._wrong_type(key, given, "a list of texts", f'{key} = ["…", "…"]')
            return None
        if not given:
            self.note("value_range", key, f"`{key}` is empty.", "Name at least one, or remove it.")
            return None
        if most is not None and len(given) > most:
            self.note("value_range", key, f"`{key}` has more than {most} entries.", "Name fewer.")
        found = [self._as_text(key, one, LONGEST_WORD, numbers) for one in given]
        return tuple(one for one in found if one is not None)

    def choice(self, key: str, words: Sequence[str], *, needed: bool = False) -> str | None:
        """One of these words."""
        given = self.text(key, needed=needed)
        if given is None or given in words:
            return given
        near = difflib.get_close_matches(given.casefold(), words, 1, 0.6)
        hint = f"Did you mean “{near[0]}”? " if near else ""
        self.note(
            "value_unknown", key, f"`{key}` can't be “{short(given)}”.",
            f"{hint}It is one of: {', '.join(words)}.",
        )  # fmt: skip
        return None

    def number(
        self, key: str, least: float, most: float, *, whole: bool, open_ended: bool = False
    ) -> float | None:
        """A number from `least` to `most`, or strictly between them."""
        given = self._values.get(key)
        if given is None:
            return None
        is_number = isinstance(given, int if whole else int | float)
        if not is_number or isinstance(given, bool):
            wanted = "a whole number" if whole else "a number"
            self._wrong_type(key, given, wanted, f"{key} = {least if whole else 0.5}")
            return None
        inside = least < given < most if open_ended else least <= given <= most
        if not inside:
            between = "between" if open_ended else "from"
            joined = "and" if open_ended else "to"
            self.note("value_range", key, f"`{key}` is {between} {least:,} {joined} {most:,}.")
            return None
        return float(given)

    def whole(self, key: str, least: int, most: int) -> int | None:
        """A whole number from `least` to `most`."""
        found = self.number(key, least, most, whole=True)
        return None if found is None else int(found)

    def moment(self, key: str) -> datetime | None:
        """A date and a time with its offset from UTC."""
        given = self._values.get(key)
        if given is None:
            return None
        example = f"{key} = 2026-12-01T18:00:00-05:00"
        if isinstance(given, str):
            try:
                given = datetime.fromisoformat(given)
            except ValueError:
                self._wrong_type(key, given, "a time", example)
                return None
        if not isinstance(given, datetime):
            self._wrong_type(key, given, "a date with a time", example)
            return None
        if given.tzinfo is None:
            self.note("time_zone", key, f"`{key}` doesn't say which time zone it is in.", example)
            return None
        return given

    def _wrong_type(self, key: str, given: Any, wanted: str, example: str) -> None:
        is_what = _TYPES.get(type(given), "something else")
        self.note(
            "value_type", key, f"`{key}` is {wanted}, not {is_what} ({quoted([given])}).", example
        )
