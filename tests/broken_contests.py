"""The golden corpus of broken contest folders: how each is broken, and what must be said of it."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contests import (
    add_column,
    cell,
    edit,
    images,
    labels,
    numbers,
    penguins,
    read_csv,
    write_csv,
)

Place = tuple[str, str, int | None]
"""Code, file and line."""


@dataclass(frozen=True)
class Broken:
    """One case. `begin` makes a good folder; `spoil` breaks it, or answers what to check."""

    name: str
    spoil: Callable[[Path], Path | None]
    expected: tuple[Place, ...]
    begin: Callable[[Path], Path] = penguins


CASES: list[Broken] = []


def case(
    *expected: Place, begin: Callable[[Path], Path] = penguins
) -> Callable[[Callable[[Path], Path | None]], None]:
    def declare(spoil: Callable[[Path], Path | None]) -> None:
        CASES.append(Broken(spoil.__name__, spoil, expected, begin))

    return declare


def toml_case(name: str, old: str, new: str, *expected: Place) -> None:
    CASES.append(Broken(name, lambda folder: edit(folder / "contest.toml", old, new), expected))


def labels_rows(folder: Path, change: Callable[[list[list[str]]], None]) -> None:
    rows = read_csv(folder / "labels.csv")
    change(rows)
    write_csv(folder / "labels.csv", rows[0], rows[1:])


TOML = "contest.toml"
toml_case("format_of_another", "contest/1", "contest/9", ("format_unknown", TOML, 1))
toml_case("format_absent", 'format = "heldout.contest/1"\n', "", ("key_missing", TOML, None))
toml_case("title_absent", 'title = "Penguins"\n', "", ("key_missing", TOML, None))
toml_case("title_empty", '"Penguins"', '"  "', ("value_range", TOML, 2))
toml_case("title_too_long", "Penguins", "P" * 121, ("text_too_long", TOML, 2))
toml_case("title_a_number", '"Penguins"', "7", ("value_type", TOML, 2))
toml_case("slug_with_blanks", "\n[task]", 'slug = "My Contest"\n[task]', ("value_range", TOML, 3))
toml_case("kind_unknown", '"multiclass"', '"multi-class"', ("value_unknown", TOML, 5))
toml_case("kind_absent", 'kind = "multiclass"\n', "", ("key_missing", TOML, 4))
toml_case("metric_absent", 'metric = "balanced_accuracy"\n', "", ("key_missing", TOML, 4))
toml_case("metric_unknown", '"balanced_accuracy"', '"acuracy"', ("metric_unknown", TOML, 6))
toml_case("metric_of_another_kind", '"balanced_accuracy"', '"r2"', ("metric_unsuitable", TOML, 6))
toml_case("also_of_another_kind", '"f1_macro"', '"roc_auc"', ("metric_unsuitable", TOML, 7))
toml_case("also_a_text", '["neg_log_loss", "f1_macro"]', '"f1_macro"', ("value_type", TOML, 7))
toml_case("also_with_a_number", '"f1_macro"]', "3]", ("value_type", TOML, 7))
toml_case("key_unknown", "quota_per_day", "quota_per_dya", ("key_unknown", TOML, 21))
toml_case("table_unknown", "[models]", "[modells]", ("key_unknown", TOML, 16))
toml_case("task_a_text", "[task]", "[tusk]", ("key_unknown", TOML, 4), ("key_missing", TOML, None))
toml_case("quota_of_zero", "quota_per_day = 20", "quota_per_day = 0", ("value_range", TOML, 21))
toml_case("quota_a_text", "quota_per_day = 20", 'quota_per_day = "20"', ("value_type", TOML, 21))
toml_case("fraction_of_one", "= 0.5", "= 1.0", ("value_range", TOML, 20))
toml_case("fraction_true", "= 0.5", "= true", ("value_type", TOML, 20))
toml_case("no_final_choice", "final_choices = 2", "final_choices = 99", ("value_range", TOML, 22))
toml_case("closes_before", "12-01T20", "12-01T17", ("dates_order", TOML, 24))
toml_case("opens_without_zone", "18:00:00-05:00", "18:00:00", ("time_zone", TOML, 23))
toml_case("opens_a_date", "2026-12-01T18:00:00-05:00", "2026-12-01", ("value_type", TOML, 23))
toml_case("opens_a_word", "2026-12-01T18:00:00-05:00", '"soon"', ("value_type", TOML, 23))
toml_case("preprocessing_unknown", '"standardize"', '"standardise"', ("value_unknown", TOML, 17))
toml_case(
    "drawings_of_a_table", "[models]", "[drawings]\nbox = 20\n[models]", ("key_unknown", TOML, 16)
)
toml_case("train_absent", "train.csv", "trian.csv", ("file_missing", TOML, 10))
toml_case("train_not_named", 'train = "train.csv"\n', "", ("key_missing", TOML, 9))
toml_case("target_not_named", 'target = "species"\n', "", ("key_missing", TOML, 9))
toml_case("path_up", '"train.csv"', '"../train.csv"', ("path_outside", TOML, 10))
toml_case("path_absolute", '"train.csv"', '"/etc/passwd"', ("path_outside", TOML, 10))
toml_case("path_of_windows", '"train.csv"', "'C:\\data\\train.csv'", ("path_outside", TOML, 10))
toml_case("one_file_twice", '"labels.csv"', '"test.csv"',
          ("data_twice", TOML, 10), ("column_missing", "test.csv", 1))  # fmt: skip
toml_case("target_unknown", '"species"', '"specie"', ("column_missing", "train.csv", 1),
          ("column_missing", "labels.csv", 1))  # fmt: skip
toml_case("id_unknown", 'id = "id"', 'id = "key"', ("column_missing", "test.csv", 1),
          ("column_missing", "labels.csv", 1))  # fmt: skip
toml_case("group_unknown", 'id = "id"', 'id = "id"\ngroup = "writer"', ("column_missing", TOML, 14))
toml_case("columns_unknown", "[models]", '[models]\ncolumns = ["bil", "depth"]',
          ("column_missing", TOML, 17))  # fmt: skip
toml_case("target_as_input", "[models]", '[models]\ncolumns = ["depth", "species"]',
          ("column_missing", TOML, 17))  # fmt: skip
toml_case("classes_twice", "\n[data]",
          'classes = ["Adelie", "Chinstrap", "Gentoo", "Adelie"]\n[data]',
          ("classes_twice", TOML, 8))  # fmt: skip
toml_case("class_that_nobody_has", "\n[data]",
          'classes = ["Adelie", "Chinstrap", "Emperor", "Gentoo"]\n[data]',
          ("class_missing", TOML, 8), ("class_missing", "labels.csv", None))  # fmt: skip
toml_case("class_left_out", "\n[data]", 'classes = ["Adelie", "Gentoo"]\n[data]',
          ("label_unknown", "train.csv", 4), ("label_unknown", "labels.csv", 6))  # fmt: skip
toml_case("too_many_for_binary", '"multiclass"', '"binary"',
          ("metric_unsuitable", TOML, 7), ("classes_few", "train.csv", None))  # fmt: skip
toml_case("positive_of_many", "\n[data]", 'positive = "Adelie"\n[data]', ("key_unknown", TOML, 8))
toml_case("syntax", '"Penguins"', "Penguins", ("toml_syntax", TOML, 2))
toml_case("syntax_on_two_lines", 'metric = "balanced_accuracy"\nalso = [',
          "metric = accuracy\nalso = (",
          ("toml_syntax", TOML, 6), ("toml_syntax", TOML, 7))  # fmt: skip
toml_case("key_twice", 'id = "id"', 'id = "id"\nid = "id"', ("key_twice", TOML, 14))
toml_case("table_twice", "[models]", "[data]\n[models]", ("key_twice", TOML, 16))
toml_case("quote_never_ends", '"Penguins"', '"""Penguins', ("toml_syntax", TOML, 2))


@case(("contest_missing", TOML, None))
def no_toml(folder: Path) -> None:
    (folder / TOML).unlink()


@case(("folder_missing", ".", None))
def no_folder(folder: Path) -> Path:
    return folder / "elsewhere"


@case(("text_encoding", TOML, 1))
def toml_in_utf16(folder: Path) -> None:
    text = (folder / TOML).read_text(encoding="utf-8")
    (folder / TOML).write_text(text, encoding="utf-16")


@case(("text_encoding", "train.csv", 1))
def table_in_utf16(folder: Path) -> None:
    text = (folder / "train.csv").read_text(encoding="utf-8")
    (folder / "train.csv").write_text(text, encoding="utf-16")


@case(("text_encoding", "test.csv", 4))
def table_in_latin(folder: Path) -> None:
    cell(folder / "test.csv", 4, "island", "Orkney")
    content = (folder / "test.csv").read_bytes().replace(b"Orkney", "Orkneyø".encode("latin-1"))
    (folder / "test.csv").write_bytes(content)


@case(("text_encoding", "overview.md", 2))
def overview_in_latin(folder: Path) -> None:
    (folder / "overview.md").write_bytes("Line\nPingüino".encode("latin-1"))


@case(("text_too_long", "rules.md", None))
def rules_without_end(folder: Path) -> None:
    (folder / "rules.md").write_text("x" * 20_001, encoding="utf-8")


@case(("file_format", "train.csv", None))
def a_workbook(folder: Path) -> None:
    (folder / "train.csv").write_bytes(b"PK\x03\x04" + bytes(range(1, 200)))


@case(("file_format", "train.csv", None))
def json_for_csv(folder: Path) -> None:
    (folder / "train.csv").write_text('[{"a": 1}]', encoding="utf-8")


@case(("table_empty", "train.csv", None))
def nothing_in_it(folder: Path) -> None:
    (folder / "train.csv").write_bytes(b"")


@case(("table_empty", "test.csv", None))
def header_alone(folder: Path) -> None:
    write_csv(folder / "test.csv", read_csv(folder / "test.csv")[0], [])


@case(("table_syntax", "train.csv", 91))
def quote_in_a_table_never_ends(folder: Path) -> None:
    lines = (folder / "train.csv").read_text(encoding="utf-8").split("\n")
    lines[4] = '"' + lines[4]
    (folder / "train.csv").write_text("\n".join(lines[:-1]), encoding="utf-8")


@case(("row_length", "train.csv", 5))
def a_comma_too_many(folder: Path) -> None:
    lines = (folder / "train.csv").read_text(encoding="utf-8").split("\n")
    lines[4] += ",7"
    (folder / "train.csv").write_text("\n".join(lines), encoding="utf-8")


@case(("column_twice", "train.csv", 1))
def a_column_twice(folder: Path) -> None:
    add_column(folder / "train.csv", "bill", range(90))


@case(("columns_many", "train.csv", 1))
def a_million_columns(folder: Path) -> None:
    header = ",".join(f"c{n}" for n in range(1_000_000))
    (folder / "train.csv").write_text(f"{header}\n1,2,3\n", encoding="utf-8")


@case(("id_twice", "test.csv", 4), ("ids_extra", "labels.csv", 4))
def an_id_twice(folder: Path) -> None:
    cell(folder / "test.csv", 4, "id", read_csv(folder / "test.csv")[2][0])


@case(("id_missing", "labels.csv", 4), ("ids_missing", "labels.csv", None),
      ("ids_extra", "labels.csv", 4))  # fmt: skip
def an_id_empty(folder: Path) -> None:
    cell(folder / "labels.csv", 4, "id", "")


@case(("ids_missing", "labels.csv", None))
def an_answer_absent(folder: Path) -> None:
    labels_rows(folder, lambda rows: rows.__delitem__(5))


@case(("ids_extra", "labels.csv", 62))
def an_answer_too_many(folder: Path) -> None:
    labels_rows(folder, lambda rows: rows.append(["p999", "Adelie"]))


@case(("ids_missing", "labels.csv", None), ("ids_extra", "labels.csv", 2))
def ids_of_another_set(folder: Path) -> None:
    def other(rows: list[list[str]]) -> None:
        rows[1:] = [[f"q{row[0]}", row[1]] for row in rows[1:]]

    labels_rows(folder, other)


@case(("column_missing", "labels.csv", 1))
def ids_in_test_alone(folder: Path) -> None:
    edit(folder / TOML, 'id = "id"\n', "")
    rows = read_csv(folder / "labels.csv")
    write_csv(folder / "labels.csv", ["species"], [row[1:] for row in rows[1:]])


@case(("row_count", "labels.csv", None))
def fewer_answers_without_ids(folder: Path) -> None:
    edit(folder / TOML, 'id = "id"\n', "")
    for name in ("test.csv", "labels.csv"):
        rows = read_csv(folder / name)
        kept = rows[1:] if name == "test.csv" else rows[1:-1]
        write_csv(folder / name, rows[0][1:], [row[1:] for row in kept])


@case(("label_missing", "labels.csv", 7))
def an_answer_empty(folder: Path) -> None:
    cell(folder / "labels.csv", 7, "species", "")


@case(("label_missing", "labels.csv", 7))
def nan_for_an_answer(folder: Path) -> None:
    cell(folder / "labels.csv", 7, "species", "NaN")


@case(("label_missing", "train.csv", 12))
def an_answer_empty_in_train(folder: Path) -> None:
    cell(folder / "train.csv", 12, "species", "")


@case(("label_unknown", "labels.csv", 9))
def a_class_that_train_lacks(folder: Path) -> None:
    cell(folder / "labels.csv", 9, "species", "Emperor")


@case(("class_missing", "labels.csv", None))
def a_class_without_hidden_examples(folder: Path) -> None:
    def without(rows: list[list[str]]) -> None:
        rows[1:] = [[row[0], row[1].replace("Gentoo", "Adelie")] for row in rows[1:]]

    labels_rows(folder, without)


@case(("class_missing", "labels.csv", None))
def a_class_that_the_private_part_lacks(folder: Path) -> None:
    def usage(rows: list[list[str]]) -> None:
        for number, row in enumerate(rows):
            private = number % 2 and row[1] != "Gentoo"
            row.append("Usage" if not number else "Private" if private else "Public")

    labels_rows(folder, usage)


@case(("class_missing", "practice.csv", None))
def a_class_that_practice_lacks(folder: Path) -> None:
    edit(folder / TOML, 'test = "test.csv"', 'test = "test.csv"\npractice = "practice.csv"')
    rows = read_csv(folder / "train.csv")
    write_csv(folder / "practice.csv", rows[0], [r for r in rows[70:] if r[-1] != "Gentoo"])
    write_csv(folder / "train.csv", rows[0], rows[1:70])


@case(("metric_undefined", TOML, 6), ("class_missing", "labels.csv", None))
def a_metric_without_a_value(folder: Path) -> None:
    edit(folder / TOML, '"balanced_accuracy"', '"roc_auc_ovr"')
    a_class = {"Gentoo": "Adelie"}
    labels_rows(
        folder,
        lambda rows: [row.__setitem__(1, a_class.get(row[1], row[1])) for row in rows] and None,
    )


@case(("usage_unknown", "labels.csv", 3))
def usage_of_another_kind(folder: Path) -> None:
    add_column(folder / "labels.csv", "Usage", ["Public", "Secret"] + ["Private"] * 58)


@case(("part_empty", "labels.csv", None))
def all_public(folder: Path) -> None:
    add_column(folder / "labels.csv", "Usage", ["Public"] * 60)


@case(("usage_in_test", "test.csv", 1))
def usage_for_everybody(folder: Path) -> None:
    add_column(folder / "test.csv", "Usage", ["Public", "Private"] * 30)


@case(("target_in_test", "test.csv", 1))
def target_for_everybody(folder: Path) -> None:
    add_column(
        folder / "test.csv", "species", [row[1] for row in read_csv(folder / "labels.csv")[1:]]
    )


@case(("column_missing", TOML, 17))
def a_declared_column_that_test_lacks(folder: Path) -> None:
    edit(folder / TOML, "[models]", '[models]\ncolumns = ["bill", "depth"]')
    rows = read_csv(folder / "test.csv")
    write_csv(folder / "test.csv", [n for n in rows[0] if n != "bill"],
              [[row[0], *row[2:]] for row in rows[1:]])  # fmt: skip


@case(("column_kind", "test.csv", 8))
def words_among_numbers(folder: Path) -> None:
    cell(folder / "test.csv", 8, "bill", "long")


@case(("columns_none", "train.csv", None))
def nothing_to_read(folder: Path) -> None:
    for name in ("train.csv", "test.csv"):
        rows = read_csv(folder / name)
        kept = [0, *([5] if name == "train.csv" else [])]
        write_csv(
            folder / name, [rows[0][n] for n in kept], [[r[n] for n in kept] for r in rows[1:]]
        )


@case(("rows_few", "test.csv", None), ("part_empty", TOML, 20))
def one_hidden_row(folder: Path) -> None:
    for name in ("test.csv", "labels.csv"):
        rows = read_csv(folder / name)
        write_csv(folder / name, rows[0], rows[1:2])


@case(("group_divided", "labels.csv", None))
def usage_divides_a_group(folder: Path) -> None:
    edit(folder / TOML, 'id = "id"', 'id = "id"\ngroup = "writer"')
    add_column(folder / "labels.csv", "writer", [f"w{n % 7}" for n in range(60)])
    add_column(folder / "labels.csv", "Usage", ["Public", "Private"] * 30)


@case(("groups_few", "labels.csv", None))
def one_group(folder: Path) -> None:
    edit(folder / TOML, 'id = "id"', 'id = "id"\ngroup = "writer"')
    add_column(folder / "labels.csv", "writer", ["w"] * 60)


@case(("symlink", "train.csv", None))
def a_link(folder: Path) -> None:
    (folder / "train.csv").rename(folder.parent / "train.csv")
    (folder / "train.csv").symlink_to(folder.parent / "train.csv")


@case(("symlink", "more", None))
def a_link_to_a_folder(folder: Path) -> None:
    (folder / "more").symlink_to("/")


@case(("not_a_file", "train.csv", None))
def a_pipe(folder: Path) -> None:
    (folder / "train.csv").unlink()
    os.mkfifo(folder / "train.csv")


@case(("not_a_file", TOML, 10))
def a_folder_for_a_file(folder: Path) -> None:
    (folder / "train.csv").unlink()
    (folder / "train.csv").mkdir()


@case(("too_many_files", ".", None))
def a_thousand_files(folder: Path) -> None:
    for number in range(1_001):
        (folder / f"{number}.txt").touch()


@case(("too_large", ".", None), ("text_encoding", "train.csv", 1))
def a_gigabyte(folder: Path) -> None:
    with (folder / "more.bin").open("wb") as file:
        file.truncate(1_000_000_001)  # a hole: it takes no room
    (folder / "train.csv").write_bytes(b"\0" * 10)


# Regression and labels


@case(("label_number", "labels.csv", 5), begin=numbers)
def a_word_for_a_number(folder: Path) -> None:
    cell(folder / "labels.csv", 5, "price", "cheap")


@case(("label_number", "train.csv", 5), begin=numbers)
def a_decimal_comma(folder: Path) -> None:
    cell(folder / "train.csv", 5, "price", "3,5")


@case(("label_missing", "labels.csv", 6), begin=numbers)
def nan_for_a_number(folder: Path) -> None:
    cell(folder / "labels.csv", 6, "price", "nan")


@case(("label_not_finite", "labels.csv", 6), begin=numbers)
def infinity_for_a_number(folder: Path) -> None:
    cell(folder / "labels.csv", 6, "price", "inf")


@case(("key_unknown", TOML, 8), begin=numbers)
def classes_of_numbers(folder: Path) -> None:
    edit(folder / TOML, "\n[data]", 'classes = ["a", "b"]\n[data]')


@case(("metric_undefined", TOML, 6), begin=numbers)
def a_logarithm_of_less_than_nothing(folder: Path) -> None:
    edit(folder / TOML, "neg_root_mean_squared_error", "neg_mean_squared_log_error")
    for line in range(2, 30):
        cell(folder / "labels.csv", line, "price", "-5")


@case(
    ("number_too_large", "labels.csv", None), ("number_too_large", "train.csv", None), begin=numbers
)
def numbers_whose_squares_are_none(folder: Path) -> None:
    cell(folder / "train.csv", 3, "a", "1e200")
    cell(folder / "labels.csv", 3, "price", "-1e30")


@case(
    ("target_constant", "labels.csv", None), ("target_constant", "train.csv", None), begin=numbers
)
def nothing_to_predict(folder: Path) -> None:
    for name in ("train.csv", "labels.csv"):
        rows = read_csv(folder / name)
        write_csv(folder / name, rows[0], [[*row[:-1], "3"] for row in rows[1:]])


@case(("value_range", TOML, 2))
def a_title_of_six_thousand_digits(folder: Path) -> None:
    edit(folder / TOML, 'title = "Penguins"', f"title = {'9' * 6000}")


@case(("outputs_many", TOML, 14), begin=numbers)
def sixty_five_outputs(folder: Path) -> None:
    names = str([f"y{n}" for n in range(65)]).replace("'", '"')
    edit(folder / TOML, 'target = "price"', f"target = {names}")


@case(("label_not_binary", "labels.csv", 4), begin=labels)
def a_label_of_two(folder: Path) -> None:
    cell(folder / "labels.csv", 4, "round", "2")


@case(("column_missing", "labels.csv", 1), begin=labels)
def a_label_that_is_not_there(folder: Path) -> None:
    rows = read_csv(folder / "labels.csv")
    write_csv(folder / "labels.csv", rows[0][:-1], [row[:-1] for row in rows[1:]])


# Arrays


def arrays_case(name: str, changed: dict[str, object], *expected: Place) -> None:
    CASES.append(
        Broken(name, lambda folder: None, expected, lambda folder: images(folder, **changed))
    )


NPZ = "data.npz"
NAN = np.full((80, 6, 6, 3), np.nan, np.float32)
arrays_case("no_hidden_inputs", {"x_test": None}, ("array_missing", NPZ, None))
arrays_case("no_answers", {"y_train": None}, ("array_missing", NPZ, None))
arrays_case("inputs_of_words", {"x_test": np.array([["a"] * 6] * 40)},
            ("array_type", NPZ, None), ("array_shape", NPZ, None))  # fmt: skip
arrays_case("inputs_that_are_no_numbers", {"x_train": NAN}, ("array_not_finite", NPZ, None),
            ("array_shape", NPZ, None))  # fmt: skip
arrays_case(
    "other_pixels", {"x_test": np.zeros((40, 5, 6, 3), np.uint8)}, ("array_shape", NPZ, None)
)
arrays_case("one_answer_too_few", {"y_train": np.arange(79) % 2}, ("array_shape", NPZ, None))
arrays_case(
    "one_hot_answers", {"y_train": np.eye(2)[np.arange(80) % 2]}, ("array_shape", NPZ, None)
)
arrays_case("nan_among_answers", {"y_test": np.array([np.nan, *[1.0] * 39])},
            ("label_missing", NPZ, None))  # fmt: skip
arrays_case("a_third_class", {"y_test": np.arange(40) % 3}, ("label_unknown", NPZ, None))
arrays_case("objects", {"y_train": np.array([0, "a"] * 40, object)}, ("npz_pickle", NPZ, None),
            ("array_missing", NPZ, None))  # fmt: skip
arrays_case("practice_by_half", {"x_practice": np.zeros((4, 6, 6, 3), np.uint8)},
            ("array_missing", NPZ, None))  # fmt: skip
arrays_case("of_seven_dimensions", {"x_train": np.zeros((80, 1, 1, 1, 1, 1, 2), np.uint8),
            "x_test": np.zeros((40, 1, 1, 1, 1, 1, 2), np.uint8)},
            ("array_shape", NPZ, None))  # fmt: skip


@case(("value_range", TOML, 13), begin=images)
def drawings_larger_than_the_images(folder: Path) -> None:
    edit(folder / "contest.toml", "[models]", "[drawings]\nbox = 7\n[models]")


@case(("npz_damaged", NPZ, None), begin=images)
def cut_short(folder: Path) -> None:
    content = (folder / NPZ).read_bytes()
    (folder / NPZ).write_bytes(content[: len(content) // 2])


@case(("npz_damaged", NPZ, None), begin=images)
def an_array_that_lies(folder: Path) -> None:
    """Its header claims 10^15 numbers."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }"
    header += b" " * (117 - len(header)) + b"\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    with zipfile.ZipFile(folder / NPZ, "a") as archive:
        archive.writestr("more.npy", array)


@case(("too_large", NPZ, None), begin=images)
def a_bomb_of_an_array(folder: Path) -> None:
    with (
        zipfile.ZipFile(folder / NPZ, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x_train.npy", "w", force_zip64=False) as member,
    ):
        for _ in range(1_100):
            member.write(bytes(1_000_000))


@case(("data_twice", TOML, 10), begin=images)
def arrays_and_tables(folder: Path) -> None:
    edit(folder / TOML, 'file = "data.npz"', 'train = "train.csv"\nfile = "data.npz"')


# Zips


def zipped(folder: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    path = folder.parent / "contest.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
        change(archive)
    return path


@case(("path_outside", "../escaped.csv", None))
def a_zip_that_escapes(folder: Path) -> Path:
    return zipped(folder, lambda archive: archive.writestr("../escaped.csv", "a"))


@case(("path_outside", "/etc/escaped.csv", None))
def a_zip_from_the_root(folder: Path) -> Path:
    return zipped(folder, lambda archive: archive.writestr("/etc/escaped.csv", "a"))


@case(("symlink", "link.csv", None))
def a_zip_with_a_link(folder: Path) -> Path:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = 0o120777 << 16
    return zipped(folder, lambda archive: archive.writestr(info, "/etc/passwd"))


@case(("too_large", ".", None))
def a_zip_bomb(folder: Path) -> Path:
    def bomb(archive: zipfile.ZipFile) -> None:
        with archive.open("train2.csv", "w", force_zip64=False) as member:
            for _ in range(1_100):
                member.write(bytes(1_000_000))

    return zipped(folder, bomb)


@case(("too_many_files", ".", None))
def a_zip_of_many(folder: Path) -> Path:
    def many(archive: zipfile.ZipFile) -> None:
        for number in range(1_001):
            archive.writestr(f"{number}.txt", "")

    return zipped(folder, many)


@case(("zip_damaged", ".", None))
def a_zip_cut_short(folder: Path) -> Path:
    path = zipped(folder, lambda archive: None)
    path.write_bytes(path.read_bytes()[:-30])
    return path


@case(("zip_damaged", ".", None))
def no_zip_at_all(folder: Path) -> Path:
    return folder / "train.csv"


@case(("zip_name_twice", "Train.csv", None))
def a_zip_with_a_name_twice(folder: Path) -> Path:
    return zipped(folder, lambda archive: archive.writestr("Train.csv", "a"))


# Many at once


@case(
    ("format_unknown", TOML, 1), ("metric_unknown", TOML, 6), ("key_unknown", TOML, 21),
    ("dates_order", TOML, 24), ("label_missing", "labels.csv", 7), ("ids_extra", "labels.csv", 62),
    ("target_in_test", "test.csv", 1), ("row_length", "train.csv", 5), ("symlink", "link", None),
    ("text_too_long", "rules.md", None),
)  # fmt: skip
def ten_things(folder: Path) -> None:
    text = folder / TOML
    edit(text, "contest/1", "contest/2")
    edit(text, '"balanced_accuracy"', '"kindness"')
    edit(text, "quota_per_day", "quota")
    edit(text, "12-01T20", "12-01T17")
    target_for_everybody_here = [row[1] for row in read_csv(folder / "labels.csv")[1:]]
    add_column(folder / "test.csv", "species", target_for_everybody_here)
    cell(folder / "labels.csv", 7, "species", "")
    labels_rows(folder, lambda rows: rows.append(["p999", "Adelie"]))
    lines = (folder / "train.csv").read_text(encoding="utf-8").split("\n")
    lines[4] += ",7"
    (folder / "train.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "link").symlink_to("/etc")
    (folder / "rules.md").write_text("x" * 20_001, encoding="utf-8")


@case(
    ("toml_syntax", TOML, 2), ("metric_unsuitable", TOML, 6), ("label_number", "train.csv", 3),
    ("label_not_finite", "labels.csv", 4), ("id_twice", "labels.csv", 6),
    ("ids_missing", "labels.csv", None), begin=numbers,
)  # fmt: skip
def six_things_of_numbers(folder: Path) -> None:
    edit(folder / TOML, '"Penguins"', "Penguins")
    edit(folder / TOML, "neg_root_mean_squared_error", "accuracy")
    cell(folder / "train.csv", 3, "price", "dear")
    cell(folder / "labels.csv", 4, "price", "inf")
    cell(folder / "labels.csv", 6, "id", read_csv(folder / "labels.csv")[1][0])
