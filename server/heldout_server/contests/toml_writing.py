"""Writing contest.toml. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

Value = str | int | float | bool | datetime | Sequence[str] | None
Tables = Mapping[str, Mapping[str, Value]]


def written(tables: Tables, comments: Mapping[str, str] | None = None) -> str:
    """contest.toml with these tables, "" the top one; None is left out.

    `comments` stand behind keys, by their names.
    """
    blocks = []
    for name, values in tables.items():
        lines = [f"[{name}]"] if name else []
        for key, value in values.items():
            if value is not None:
                remark = (comments or {}).get(key)
                lines.append(f"{key} = {_value(value)}" + (f"  # {remark}" if remark else ""))
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    assert value is not None
    return "[" + ", ".join(_text(one) for one in value) + "]"


def _text(text: str) -> str:
    """A basic string: TOML's escapes are JSON's, but for DEL and surrogates."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
