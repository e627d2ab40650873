"""What can be wrong with a contest's folder: every code, and the list that a check fills. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from heldout_server.kit.errors import printable

Severity = Literal["problem", "warning"]
CONTEST_FILE = "contest.toml"
MOST_QUOTED = 5
LONGEST_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or (a warning) worth a look.

    `file` is relative to the folder, `.` the folder itself; `line` counts from 1, None: all of it.
    `what` is a sentence, `cure` says what to do.
    """

    file: str
    line: int | None
    code: str
    what: str
    cure: str
    severity: Severity

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


PROBLEMS: dict[str, str] = {
    # the folder
    "folder_missing": "There is no such folder or zip.",
    "contest_missing": "The folder has no contest.toml.",
    "file_missing": "A file that contest.toml names isn't there.",
    "path_outside": "A name leads out of the folder: `..`, an absolute path, a backslash.",
    "symlink": "A symbolic link: what it leads to may be anything.",
    "not_a_file": "A pipe, a device or a folder where a file is needed.",
    "too_large": "More than 1 GB in all, also once unpacked.",
    "too_many_files": "More than 1,000 files.",
    "file_unreadable": "The file can't be opened.",
    "zip_damaged": "The zip is cut short, encrypted or no plain zip.",
    "zip_name_twice": "The zip has two files of one name.",
    # contest.toml
    "toml_syntax": "A line that is no TOML.",
    "key_twice": "A key or table stands there twice.",
    "text_encoding": "A text that isn't UTF-8, such as Excel's UTF-16.",
    "format_unknown": "`format` isn't `heldout.contest/1`.",
    "key_unknown": "A key that the format doesn't have.",
    "key_missing": "A key that is needed.",
    "value_type": "A value of another type than the key takes.",
    "value_range": "A number, length or time outside of what is possible.",
    "value_unknown": "A word that isn't among those to choose from.",
    "time_zone": "A time without its offset from UTC.",
    "dates_order": "It closes before it opens.",
    "text_too_long": "A title or text that is too long to be shown.",
    "data_twice": "Both `file` and tables, or the same file for two things.",
    # the task
    "metric_unknown": "No metric has this name.",
    "metric_unsuitable": "A metric that this kind of task can't have.",
    "metric_undefined": "A metric has no value on a part of the hidden examples.",
    "metric_needs": "What there is can't be measured by this metric.",
    "classes_twice": "A class is named twice.",
    "classes_few": "Fewer than two classes; binary: not exactly two.",
    "classes_many": "More than 1,000 classes.",
    "outputs_many": "More than 64 outputs.",
    "positive_unknown": "`positive` is none of the two classes.",
    "class_missing": "A class has no example in a part of the data.",
    # tables
    "file_format": "A file of another kind than its place takes.",
    "parquet_unavailable": "A Parquet file, and pyarrow isn't installed.",
    "table_syntax": "A table that breaks CSV's rules, such as a quote that never ends.",
    "table_empty": "A table without a row.",
    "columns_many": "More than 10,000 columns.",
    "column_twice": "Two columns have one name.",
    "column_missing": "A column that is needed isn't there.",
    "row_length": "A row with more or fewer cells than the header.",
    "rows_many": "More than 10^6 hidden rows, or 5 · 10^6 others.",
    "rows_few": "Too few rows for the parts that are needed.",
    "row_count": "Tables without ids that differ in length.",
    "id_missing": "A row without an id.",
    "id_twice": "An id stands there twice.",
    "ids_missing": "Hidden rows without an answer.",
    "ids_extra": "Answers to rows that aren't there.",
    "label_missing": "An answer is empty or NaN.",
    "label_unknown": "An answer that is none of the classes.",
    "label_number": "An answer that is no number where numbers are to be predicted.",
    "label_not_finite": "An answer that is infinite.",
    "label_not_binary": "Something else than 0 and 1 where labels are there or not.",
    "usage_unknown": "Usage is something else than Public, Private or Ignored.",
    "part_empty": "No hidden example is public, or none is private.",
    "usage_in_test": "Participants would see which hidden examples are private.",
    "target_in_test": "The answers stand in what participants get.",
    "column_kind": "A column has numbers in one table and words in another.",
    "columns_none": "No column is left that a model could read.",
    "group_divided": "`Usage` divides a group between public and private.",
    "groups_few": "Fewer than two groups of hidden examples.",
    # arrays
    "npz_damaged": "The npz is cut short or no npz.",
    "npz_pickle": "An array of Python objects, which would be run on loading.",
    "array_missing": "An array that is needed isn't there.",
    "array_shape": "An array whose shape fits neither the others nor the task.",
    "array_type": "An array of something else than numbers.",
    "array_not_finite": "NaN or infinity in an array.",
    "number_too_large": "A number whose square is beyond what networks compute with.",
    "target_constant": "The number to be predicted is always the same.",
    # adding
    "labels_differ": "This server has the same data with other answers.",
}  # fmt: skip

WARNINGS: dict[str, str] = {
    "logo_unusable": "logo.png is no PNG, or has more than 256 kB or 4,096 pixels; it isn't shown.",
    "baseline_unusable": "baseline.csv isn't predictions for the hidden rows; it isn't scored.",
    "file_unused": "A file that nothing reads; nothing in a folder is ever run.",
    "closes_past": "It is over before it begins.",
    "column_unnamed": "A column without a name, as saved row numbers have it; models don't get it.",
    "column_only_in_train": "A column that the hidden rows don't have; models don't get it.",
    "column_empty": "A column without a value in train; models don't get it.",
    "column_many_values": "A column of too many different words; models don't get it.",
    "cells_missing": "Empty cells, filled with the median of train's column; words: no category.",
    "category_unknown": "Words that train doesn't have; they are of no category.",
    "class_rare": "A class too rare to have a practice example.",
    "label_rare": "A label that nobody has, or everybody, in a part of the data.",
    "classes_guessed": "Class numbers stand for the names in `classes`.",
    "target_empty_in_test": "An empty target column in test; participants get it.",
    "rows_ignored": "Hidden rows that count for nothing.",
    "rows_shared": "Rows that stand in train and in test.",
    "groups_shared": "Groups that are in train and in test.",
    "ids_tell": "The ids give answers away.",
    "order_tells": "The order of the hidden rows gives answers away.",
    "column_tells": "A single column predicts the target almost perfectly.",
    "easy": "A linear model is right almost everywhere: nobody can stand out.",
    "no_better": "A linear model does no better than a constant.",
    "hidden_few": "Too few hidden examples for an interval of ±1 point.",
    "labels_public": "A published data set whose answers anybody can look up.",
}  # fmt: skip
CODES = {**PROBLEMS, **WARNINGS}


@dataclass
class Found:
    """The list that a check fills."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, file: str, line: int | None, what: str, cure: str = "") -> None:
        """Note one. Raises KeyError for a code that no table has."""
        severity: Severity = "warning" if code in WARNINGS else "problem"
        if severity == "problem":
            assert code in PROBLEMS, code
        problem = Problem(file, line, code, what, cure, severity)
        if problem not in self.problems:
            self.problems.append(problem)

    @property
    def is_fine(self) -> bool:
        """Whether there are warnings at most."""
        return not refusing(self.problems)

    def sorted(self) -> list[Problem]:
        """What was found: problems before warnings, by file and line; contest.toml first."""
        return sorted(self.problems, key=_place)


def refusing(problems: Iterable[Problem]) -> list[Problem]:
    """Those that keep a contest from being opened."""
    return [one for one in problems if one.severity == "problem"]


def _place(problem: Problem) -> tuple[bool, bool, str, int]:
    is_toml = problem.file == CONTEST_FILE
    return (problem.severity == "warning", not is_toml, problem.file, problem.line or 0)


def quoted(words: Sequence[object]) -> str:
    """The first five, in quotes: “a”, “b” …"""
    shown = ", ".join(f"“{short(word)}”" for word in words[:MOST_QUOTED])
    return f"{shown} …" if len(words) > MOST_QUOTED else shown


def short(word: object) -> str:
    """A stranger's word, fit to be quoted."""
    return printable(str(word), LONGEST_QUOTED)


def at_lines(lines: Sequence[int]) -> str:
    """The first five line numbers in words: "line 3", "lines 3, 7 …"."""
    shown = ", ".join(str(line) for line in lines[:MOST_QUOTED])
    return f"line{'s' if len(lines) > 1 else ''} {shown}{' …' if len(lines) > MOST_QUOTED else ''}"


class Refused(Exception):
    """A contest can't be opened; `problems` are all that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(one.what for one in refusing(problems)))
        self.problems = list(problems)
