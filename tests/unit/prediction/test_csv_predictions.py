"""Tables of every kind of task: ids in any order, classes by name, columns by theirs, dialects."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heldout_server.kit.errors import PREDICTION_CODES, Rejection
from heldout_server.prediction.class_names import FORGIVEN
from heldout_server.prediction.csv_columns import BY_NAME
from heldout_server.prediction.csv_ids import AS_NUMBERS
from heldout_server.prediction.csv_predictions import PANDAS_INDEX, TRUE_AND_FALSE
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.prediction_files import parse_predictions
from heldout_server.prediction.task_words import words
from heldout_server.tasks.kinds import Kind, Task, multiclass
from heldout_server.tasks.metric import Needs

N = 12
SPAM = Task(Kind.BINARY, ("ham", "spam"))
PENGUINS = multiclass("Adelie", "Chinstrap", "Gentoo")
PLACES = multiclass("New York", "Rio, Brazil", "Ulm")
STARS = multiclass("3", "4", "5", "6", "7", "8")
TOPICS = Task(Kind.MULTILABEL, targets=("sport", "money", "war", "art"))
PRICE = Task(Kind.REGRESSION, targets=("price",))
PLACE = Task(Kind.REGRESSION, targets=("x", "y", "z"))
IDS = np.array([f"h{7 * i % 12:02}" for i in range(N)])
NUMBERED = np.array([str(1461 + i) for i in range(N)])
rng = np.random.default_rng(0)
P = rng.random(N).round(4)
ROWS3 = (lambda r: (r / r.sum(axis=1, keepdims=True)).round(6))(rng.random((N, 3)))
ROWS4 = rng.random((N, 4)).round(4)
LABELS = np.arange(N) % 3
ONES = (rng.random((N, 4)) > 0.5).astype(int)
SHUFFLED = rng.permutation(N)


def parsed(
    content: str | bytes,
    folder: Path,
    task: Task,
    *,
    ids: Any = None,
    needs: Needs = Needs.LABELS,
    examples: int = N,
) -> ParsedPredictions:
    path = folder / "upload"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return parse_predictions(
        path, task=task, examples=examples, ids=ids, needs=needs, words=words(task, (4,))
    )


def refusal(content: str | bytes, folder: Path, task: Task, *, ids: Any = None) -> Rejection:
    with pytest.raises(Rejection) as refused:
        parsed(content, folder, task, ids=ids)
    return refused.value


def table(header: str | None, columns: Sequence[Any], order: Any = None, sep: str = ",") -> str:
    rows = list(zip(*columns, strict=True))
    rows = rows if order is None else [rows[i] for i in order]
    lines = [sep.join(str(cell) for cell in row) for row in rows]
    return "\n".join(lines if header is None else [header, *lines]) + "\n"


def names(labels: Any, task: Task = PENGUINS) -> list[str]:
    return [task.classes[int(label)] for label in labels]


OF_EACH_KIND: dict[str, tuple[Task, list[Any], str, Any]] = {
    "binary labels": (SPAM, [LABELS % 2], "spam", LABELS % 2),
    "binary names": (SPAM, [names(LABELS % 2, SPAM)], "label", LABELS % 2),
    "binary probabilities": (SPAM, [P], "spam", P[:, None]),
    "binary both": (SPAM, [1 - P, P], "ham,spam", P[:, None]),
    "multiclass labels": (PENGUINS, [LABELS], "species", LABELS),
    "multiclass names": (PENGUINS, [names(LABELS)], "species", LABELS),
    "multiclass names that are numbers": (STARS, [LABELS + 6], "stars", LABELS + 3),
    "multiclass probabilities": (PENGUINS, list(ROWS3.T), "Adelie,Chinstrap,Gentoo", ROWS3),
    "multilabel labels": (TOPICS, list(ONES.T), "sport,money,war,art", ONES),
    "multilabel truths": (TOPICS, list((ONES == 1).T), "sport,money,war,art", ONES),
    "multilabel probabilities": (TOPICS, list(ROWS4.T), "sport,money,war,art", ROWS4),
    "regression": (PRICE, [P * 1e6], "price", (P * 1e6)[:, None]),
    "regression of several": (PLACE, list(ROWS3.T), "x,y,z", ROWS3),
}
KINDS = pytest.mark.parametrize("kind", OF_EACH_KIND)


def same(result: ParsedPredictions, wanted: Any) -> bool:
    given = result.labels if result.output == "labels" else result.values
    assert given is not None
    return given.shape == wanted.shape and np.allclose(given, wanted, rtol=1e-12, atol=1e-12)


@KINDS
class TestEveryKind:
    def test_in_the_order_of_the_examples(self, tmp_path: Path, kind: str) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        assert same(parsed(table(header, columns), tmp_path, task), wanted)

    def test_without_a_header(self, tmp_path: Path, kind: str) -> None:
        task, columns, _, wanted = OF_EACH_KIND[kind]
        assert same(parsed(table(None, columns), tmp_path, task), wanted)

    @pytest.mark.parametrize("start", [0, 1])
    def test_with_ids_that_count(self, tmp_path: Path, kind: str, start: int) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        counted = [np.arange(start, N + start), *columns]
        assert same(parsed(table(f"id,{header}", counted), tmp_path, task), wanted)
        assert same(parsed(table(None, counted), tmp_path, task), wanted)

    @pytest.mark.parametrize("ids", [IDS, NUMBERED], ids=["words", "numbers"])
    def test_by_the_contest_s_ids_in_any_order(self, tmp_path: Path, kind: str, ids: Any) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        content = table(f"PassengerId,{header}", [ids, *columns], SHUFFLED)
        assert same(parsed(content, tmp_path, task, ids=ids), wanted)
        assert same(parsed(table(None, [ids, *columns], SHUFFLED), tmp_path, task, ids=ids), wanted)

    def test_without_the_contest_s_ids_in_its_order(self, tmp_path: Path, kind: str) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        assert same(parsed(table(header, columns), tmp_path, task, ids=IDS), wanted)

    def test_after_pandas_index(self, tmp_path: Path, kind: str) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        content = table(f",id,{header}", [np.arange(N), np.arange(1, N + 1), *columns])
        result = parsed(content, tmp_path, task)
        assert same(result, wanted)
        assert PANDAS_INDEX in result.warnings

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    @pytest.mark.parametrize("sep", [";", "\t", ","])
    def test_as_a_spreadsheet_saves_it(
        self, tmp_path: Path, kind: str, encoding: str, sep: str
    ) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        names = f"id,{header}".replace(",", sep)
        content = table(names, [IDS, *columns], SHUFFLED, sep).replace("\n", "\r\n")
        assert same(parsed(content.encode(encoding), tmp_path, task, ids=IDS), wanted)

    def test_with_decimal_commas(self, tmp_path: Path, kind: str) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        content = table(f"id,{header}".replace(",", ";"), [IDS, *columns], SHUFFLED, ";")
        body = content.replace(".", ",")
        assert same(parsed(body, tmp_path, task, ids=IDS), wanted)

    def test_in_quotes(self, tmp_path: Path, kind: str) -> None:
        task, columns, header, wanted = OF_EACH_KIND[kind]
        quoted = [[f'"{cell}"' for cell in column] for column in [IDS, *columns]]
        content = table(f"id,{header}", quoted, SHUFFLED)
        assert same(parsed(content, tmp_path, task, ids=IDS), wanted)

    @pytest.mark.parametrize("cell", ["nan", "inf", "", "seven", "1e999"])
    def test_a_cell_that_is_none_is_named(self, tmp_path: Path, kind: str, cell: str) -> None:
        task, columns, header, _ = OF_EACH_KIND[kind]
        broken = [list(column) for column in columns]
        broken[0][4] = cell
        refused = refusal(table(f"id,{header}", [IDS, *broken]), tmp_path, task, ids=IDS)
        codes = {"nan": "non_finite", "inf": "non_finite", "1e999": "non_finite"}
        assert refused.code == codes.get(cell, "value_type") or cell == "1e999"
        if cell != "1e999":
            assert refused.detail.startswith("Line 6, column 2,")

    def test_a_row_too_few_is_told(self, tmp_path: Path, kind: str) -> None:
        task, columns, header, _ = OF_EACH_KIND[kind]
        short = [column[:-1] for column in columns]
        refused = refusal(table(header, short), tmp_path, task)
        assert refused.code == "row_count"
        assert "12 rows" in refused.detail

    def test_an_empty_line_among_them_is_named(self, tmp_path: Path, kind: str) -> None:
        task, columns, header, _ = OF_EACH_KIND[kind]
        lines = table(header, columns).splitlines()
        lines[5] = ""
        assert refusal("\n".join(lines), tmp_path, task).detail.startswith("Line 6 is empty")

    @pytest.mark.parametrize("sort", ["npy", "npz"])
    def test_the_same_as_an_array(self, tmp_path: Path, kind: str, sort: str) -> None:
        task, columns, _, wanted = OF_EACH_KIND[kind]
        array = np.stack(columns, axis=1) if len(columns) > 1 else np.asarray(columns[0])
        buffer = io.BytesIO()
        np.save(buffer, array) if sort == "npy" else np.savez(buffer, p=array)
        result = parsed(buffer.getvalue(), tmp_path, task, ids=IDS)
        assert same(result, wanted)
        assert result.format == sort


class TestIds:
    def content(self, ids: Sequence[str]) -> str:
        return table("id,price", [ids, np.arange(len(ids))])

    def test_missing_unknown_and_repeated_ones_are_named(self, tmp_path: Path) -> None:
        ids = [*IDS[:8], "x1", "x2", IDS[0], IDS[0]]
        refused = refusal(self.content(ids), tmp_path, PRICE, ids=IDS)
        assert refused.code == "ids"
        assert refused.detail == (
            "The ids don't match: 4 are missing ('h08', 'h03', 'h10', 'h05'); "
            "2 are unknown ('x1', 'x2'); 1 is repeated ('h00')."
        )
        assert refused.hint == (
            "Give each of the 12 test rows one row with its id; the order doesn't matter."
        )

    def test_the_first_five_and_the_count(self, tmp_path: Path) -> None:
        refused = refusal(self.content(IDS[:3].tolist()), tmp_path, PRICE, ids=IDS)
        assert "9 are missing ('h09', 'h04', 'h11', 'h06', 'h01', …)" in refused.detail

    def test_ids_of_another_file_are_not_taken_as_an_order(self, tmp_path: Path) -> None:
        counted = [str(i) for i in range(N)]
        refused = refusal(self.content(counted), tmp_path, PRICE, ids=IDS)
        assert (refused.code, "12 are unknown" in refused.detail) == ("ids", True)

    @pytest.mark.parametrize("written", ["{}.0", "{:07}", "+{}"])
    def test_whole_numbers_may_be_written_anew(self, tmp_path: Path, written: str) -> None:
        ids = [written.format(int(one)) for one in NUMBERED[::-1]]
        result = parsed(self.content(ids), tmp_path, PRICE, ids=NUMBERED)
        assert result.values is not None
        assert result.values[:, 0].tolist() == list(range(N))[::-1]
        assert result.warnings == (AS_NUMBERS,)

    def test_many_more_rows_than_examples_are_counted_alone(self, tmp_path: Path) -> None:
        many = [str(i) for i in range(3 * N)]
        assert refusal(self.content(many), tmp_path, PRICE, ids=IDS).code == "row_count"

    def test_ids_that_labels_could_be_are_found_by_their_name(self, tmp_path: Path) -> None:
        ids = np.array([str(i) for i in range(N)])
        content = table("label,id", [LABELS % 2, ids], SHUFFLED)
        assert parsed(content, tmp_path, SPAM, ids=ids).classes.tolist() == (LABELS % 2).tolist()

    def test_declared_none_they_have_to_be_in_order(self, tmp_path: Path) -> None:
        content = table("id,price", [np.arange(N), P], SHUFFLED)
        assert refusal(content, tmp_path, PRICE).code == "id_order"
        assert refusal(self.content(IDS.tolist()), tmp_path, PRICE).code == "ids"

    def test_ids_with_commas_stand_in_quotes(self, tmp_path: Path) -> None:
        ids = np.array([f"a, {i}" for i in range(N)])
        content = table("id,species", [[f'"{one}"' for one in ids], names(LABELS)], SHUFFLED)
        assert parsed(content, tmp_path, PENGUINS, ids=ids).classes.tolist() == LABELS.tolist()

    def test_a_thousand_columns_of_another_table_are_told_by_their_number(
        self, tmp_path: Path
    ) -> None:
        refused = refusal("\n".join([",".join(["0"] * 1_000)] * N), tmp_path, PRICE, ids=IDS)
        assert refused.code == "columns"
        assert refused.hint.startswith("Save predictions, not inputs.")


class TestClassNames:
    def test_case_and_blanks_are_forgiven_with_a_note(self, tmp_path: Path) -> None:
        written = [f" {name.upper()} " for name in names(LABELS)]
        result = parsed(table("species", [written]), tmp_path, PENGUINS)
        assert result.classes.tolist() == LABELS.tolist()
        assert result.warnings == (FORGIVEN,)

    def test_names_with_blanks_and_commas(self, tmp_path: Path) -> None:
        written = [f'"{name}"' for name in names(LABELS, PLACES)]
        for content in (
            table("city", [written]),
            table(None, [written]),
            table("id,city", [IDS, written]),
        ):
            ids = IDS if content.startswith("id") else None
            assert parsed(content, tmp_path, PLACES, ids=ids).classes.tolist() == LABELS.tolist()

    def test_a_comma_in_quotes_makes_no_second_cell(self, tmp_path: Path) -> None:
        content = table("id,city", [IDS, names(LABELS // 2 * 2, PLACES)])
        broken = content.replace("h09,New York", '"h09,New York"')
        assert broken != content
        refused = refusal(broken, tmp_path, PLACES, ids=IDS)
        assert refused.detail == "Line 5 has 1 column, and the first row has 2."

    def test_names_with_blanks_need_no_quotes(self, tmp_path: Path) -> None:
        written = names(LABELS // 2 * 2, PLACES)
        result = parsed(table("city", [written]), tmp_path, PLACES)
        assert result.classes.tolist() == (LABELS // 2 * 2).tolist()

    def test_an_unknown_one_is_named_with_its_line(self, tmp_path: Path) -> None:
        written = names(LABELS)
        written[4] = "Adelle"
        refused = refusal(table("id,species", [IDS, written]), tmp_path, PENGUINS, ids=IDS)
        assert refused.detail == "Line 6, column 2, is 'Adelle', which is no class."
        assert refused.hint == "Did you mean 'Adelie'? The classes are Adelie, Chinstrap, Gentoo."

    def test_names_and_numbers_are_not_mixed(self, tmp_path: Path) -> None:
        written = [*names(LABELS)[:-1], "2"]
        refused = refusal(table("species", [written]), tmp_path, PENGUINS)
        assert (refused.code, "'2'" in refused.detail) == ("label_range", True)

    def test_names_of_letters_that_numbers_have(self, tmp_path: Path) -> None:
        mushrooms = Task(Kind.BINARY, ("e", "p"))
        assert set(parsed("e\n" * N, tmp_path, mushrooms).classes) == {0}

    def test_true_and_false_are_the_positive_class_and_the_other(self, tmp_path: Path) -> None:
        written = ["True", "False"] * (N // 2)
        result = parsed(table("spam", [written]), tmp_path, SPAM)
        assert result.classes.tolist() == [1, 0] * (N // 2)
        assert result.warnings == ("True was read as 'spam', False as 'ham'.",)


class TestColumns:
    def test_of_classes_are_put_in_order_by_name(self, tmp_path: Path) -> None:
        for header in ("id,gentoo,ADELIE,Chinstrap", "id,p_Gentoo,p_Adelie,p_Chinstrap"):
            content = table(header, [IDS, ROWS3[:, 2], ROWS3[:, 0], ROWS3[:, 1]])
            result = parsed(content, tmp_path, PENGUINS, ids=IDS)
            assert same(result, ROWS3)
            assert result.warnings == (BY_NAME,)

    def test_of_both_classes_are_put_in_order_by_name(self, tmp_path: Path) -> None:
        result = parsed(table("spam,ham", [P, 1 - P]), tmp_path, SPAM)
        assert same(result, P[:, None])

    def test_of_targets_are_put_in_order_by_name(self, tmp_path: Path) -> None:
        content = table("z,id,x,y", [ROWS3[:, 2], IDS, ROWS3[:, 0], ROWS3[:, 1]], SHUFFLED)
        result = parsed(content, tmp_path, PLACE, ids=IDS)
        assert same(result, ROWS3)
        assert result.warnings == (BY_NAME,)
        labels = table("war,art,sport,money", list(ONES[:, [2, 3, 0, 1]].T))
        assert same(parsed(labels, tmp_path, TOPICS), ONES)

    def test_of_targets_with_an_id_too_many_are_no_target(self, tmp_path: Path) -> None:
        content = table("id,x,y", [np.arange(N), ROWS3[:, 0], ROWS3[:, 1]])
        assert refusal(content, tmp_path, PLACE).code == "columns"

    def test_of_some_targets_elsewhere_are_refused(self, tmp_path: Path) -> None:
        refused = refusal(table("y,x,other", list(ROWS3.T)), tmp_path, PLACE)
        assert (refused.code, refused.hint) == (
            "columns",
            "Name the columns after all of them: x, y, z.",
        )

    def test_numbered_in_another_order_are_refused(self, tmp_path: Path) -> None:
        assert refusal(table("p3,p2,p1", list(ROWS3.T)), tmp_path, PLACE).code == "columns"

    def test_called_as_the_other_class_are_refused(self, tmp_path: Path) -> None:
        refused = refusal(table("id,ham", [IDS, P]), tmp_path, SPAM, ids=IDS)
        assert refused.code == "columns"
        assert refused.detail == "The column is called 'ham'; one column alone is of 'spam'."

    def test_beside_the_target_hear_which_ones_to_keep(self, tmp_path: Path) -> None:
        content = table("id,price,area,year", [IDS, P, P, P])
        refused = refusal(content, tmp_path, PRICE, ids=IDS)
        assert refused.hint == 'Keep two: df[["id", "price"]].to_csv(path, index=False).'

    def test_that_pandas_has_numbered_are_a_header(self, tmp_path: Path) -> None:
        assert same(parsed(table("0", [P]), tmp_path, PRICE), P[:, None])
        assert same(parsed(table("0,1,2", list(ROWS3.T)), tmp_path, PLACE), ROWS3)
        assert same(parsed(table("0,1,2", list(ROWS3.T)), tmp_path, PENGUINS), ROWS3)

    def test_of_truths_say_how_they_were_read(self, tmp_path: Path) -> None:
        content = table("sport,money,war,art", list((ONES == 1).T))
        assert parsed(content, tmp_path, TOPICS).warnings == (TRUE_AND_FALSE,)


class TestNeeds:
    def test_labels_are_refused_before_anything_is_graded(self, tmp_path: Path) -> None:
        with pytest.raises(Rejection) as refused:
            parsed(table("spam", [LABELS % 2]), tmp_path, SPAM, needs=Needs.SCORES)
        assert refused.value.code == "unsuitable"
        with pytest.raises(Rejection) as refused:
            parsed(table("spam", [names(LABELS % 2, SPAM)]), tmp_path, SPAM, needs=Needs.SCORES)
        assert refused.value.code == "unsuitable"


TASKS = st.sampled_from([SPAM, PENGUINS, PLACES, STARS, TOPICS, PRICE, PLACE])
WITH_IDS = st.sampled_from([None, IDS[:3], NUMBERED[:3]])
FUZZ = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class TestNothingElseIsRaised:
    def check(self, content: bytes, folder: Path, task: Task, ids: Any) -> None:
        refused, result = None, None
        try:
            result = parsed(content, folder, task, ids=ids, examples=3)
        except Rejection as found:
            refused = found
        if result is None:
            assert refused is not None
            assert refused.code in PREDICTION_CODES
            assert (refused.detail + refused.hint).isprintable()
            return
        assert len(result) == 3
        assert (result.labels is None) == (task.kind is Kind.REGRESSION)
        if result.values is not None:
            assert result.values.shape == (3, task.width)
            assert np.isfinite(result.values).all()

    @FUZZ
    @given(content=st.binary(max_size=300), task=TASKS, ids=WITH_IDS)
    def test_for_random_bytes(self, tmp_path: Path, content: bytes, task: Task, ids: Any) -> None:
        self.check(content, tmp_path, task, ids)

    @FUZZ
    @given(
        text=st.text(alphabet='0123,;\t .-+eEnaif"\r\n_x#hAUlmstruTRF', max_size=150),
        task=TASKS,
        ids=WITH_IDS,
    )
    def test_for_nearly_a_table(self, tmp_path: Path, text: str, task: Task, ids: Any) -> None:
        self.check(text.encode(), tmp_path, task, ids)

    @FUZZ
    @given(
        cells=st.lists(
            st.lists(
                st.sampled_from(
                    [
                        "h00",
                        "h07",
                        "h02",
                        "1461",
                        "1462",
                        "1463",
                        "0",
                        "1",
                        "0.5",
                        "Adelie",
                        "gentoo",
                        "ham",
                        "spam",
                        '"Rio, Brazil"',
                        "Ulm",
                        "3",
                        "",
                        "id",
                        "price",
                        "x",
                        "y",
                        "z",
                        "nan",
                        "True",
                        '"',
                        "label",
                        "sport",
                        "money",
                        "war",
                        "art",
                        "1,5",
                        "New York",
                    ]
                ),
                min_size=1,
                max_size=5,
            ),
            min_size=1,
            max_size=5,
        ),
        sep=st.sampled_from([",", ";", "\t", " "]),
        task=TASKS,
        ids=WITH_IDS,
    )
    def test_for_cells_that_mean_something(
        self, tmp_path: Path, cells: list[list[str]], sep: str, task: Task, ids: Any
    ) -> None:
        self.check("\n".join(sep.join(row) for row in cells).encode(), tmp_path, task, ids)

    @FUZZ
    @given(
        data=st.data(),
        task=TASKS,
        dtype=st.sampled_from(["<f4", ">f8", "|b1", "<U6", "|S4", "<i2"]),
    )
    def test_for_a_damaged_array(
        self, tmp_path: Path, data: st.DataObject, task: Task, dtype: str
    ) -> None:
        buffer = io.BytesIO()
        np.save(buffer, np.zeros((3, task.width)).astype(dtype))
        content = bytearray(buffer.getvalue())
        for _ in range(data.draw(st.integers(0, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        self.check(bytes(content), tmp_path, task, None)

    def test_text_of_no_characters_is_refused(self, tmp_path: Path) -> None:
        buffer = io.BytesIO()
        np.save(buffer, np.array(["ham", "spam", "ham"]))
        content = buffer.getvalue()[:-4] + b"\xff\xff\xff\xff"
        assert refusal(content, tmp_path, SPAM).code == "not_npy"
