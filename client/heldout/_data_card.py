"""What a contest's data is, at a glance: some lines in a terminal, a card in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from heldout._card import FAINT, card, line
from heldout._render import html_table, plain, text_table

if TYPE_CHECKING:
    from heldout._data import Data

MOST_CLASSES = 12
HEAD = ("Array", "Shape", "Type", "What for")
WORDS = {
    "binary": "one of two classes",
    "multiclass": "one of {n} classes",
    "multilabel": "{n} labels, each there or not",
    "regression": "{n} numbers",
}


def data_text(data: Data) -> str:
    """For a terminal; nothing is downloaded for it."""
    return "\n".join([_title(data), *_facts(data), text_table(HEAD, _rows(data), set())])


def data_html(data: Data) -> str:
    """For a notebook."""
    facts = "".join(line(each, FAINT) for each in _facts(data))
    return card(line(_title(data), "font-weight:600"), facts, html_table(HEAD, _rows(data), set()))


def _title(data: Data) -> str:
    return f"{plain(data.raw.get('title') or data.raw['contest'])}: predict {_predicted(data)}"


def _predicted(data: Data) -> str:
    count = len(data.classes) or len(data.targets)
    if data.kind == "regression" and count <= 1:
        return f"a number, {plain(data.targets[0])}" if data.targets else "a number"
    words = WORDS.get(data.kind, data.kind).format(n=count)
    names = data.classes or data.targets
    more = ", …" if len(names) > MOST_CLASSES else ""
    return f"{words} ({', '.join(plain(name, 40) for name in names[:MOST_CLASSES])}{more})"


def _facts(data: Data) -> Iterator[str]:
    yield f"Measured by {plain(data.metric_label)}, {data.direction} is better"
    if data.raw.get("note"):
        yield plain(data.raw["note"])


def _rows(data: Data) -> list[tuple[str, str, str, str]]:
    shape, kind = tuple(data.raw["input"]["shape"]), str(data.raw["input"]["type"])
    uses = {"train": "learn from it", "practice": "try on it", "test": "predict it"}
    answers = {"train": ", y_train", "practice": ", y_practice", "test": ""}
    return [
        (f"x_{part}{answers[part]}", str((count, *shape)), kind, uses[part])
        for part, count in data.raw["examples"].items()
        if part in uses
    ]
