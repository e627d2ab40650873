"""Corrected label sets: versions of their own, which nobody gets to read."""

from types import SimpleNamespace

import numpy as np
import pytest

from heldout_server.grading.label_corrections import LabelIntake
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.kit.errors import ProblemError
from heldout_server.tasks.kinds import Kind, Task, multiclass

HASH = "a" * 64


def datasets(task, ids=None):
    known = None if ids is None else np.array(ids)
    return SimpleNamespace(info=lambda _: SimpleNamespace(task=task), ids=lambda _: known)


@pytest.fixture
def store(tmp_path):
    store = LabelStore(tmp_path / "labels")
    store.add(HASH, np.array([0, 1, 2, 1]))
    return store


@pytest.fixture
def intake(store):
    return LabelIntake(store, datasets(multiclass("a", "b", "c")))


class TestCorrected:
    def test_replaces_some_and_says_how_many(self, intake, store):
        kept = intake.corrected(HASH, None, {1: 2, 2: 2})
        assert kept.changed == 1
        assert store.labels(HASH, kept.version).tolist() == [0, 2, 2, 1]

    def test_leaves_the_first_ones_as_they_were(self, intake, store):
        intake.corrected(HASH, None, {0: 1})
        assert store.labels(HASH).tolist() == [0, 1, 2, 1]

    def test_builds_on_the_version_in_use(self, intake, store):
        first = intake.corrected(HASH, None, {0: 1})
        second = intake.corrected(HASH, first.version, {1: 0})
        assert store.labels(HASH, second.version).tolist() == [1, 0, 2, 1]

    @pytest.mark.parametrize("corrections", [{4: 0}, {0: 3}])
    def test_refuses_what_there_is_not(self, intake, store, corrections):
        with pytest.raises(ProblemError) as refused:
            intake.corrected(HASH, None, corrections)
        assert refused.value.code == "validation"
        assert len(list(store.root.iterdir())) == 1


class TestReplaced:
    def test_takes_a_whole_set(self, intake, store):
        kept = intake.replaced(HASH, None, [2, 2, 2, 2])
        assert kept.changed == 3
        assert store.labels(HASH, kept.version).tolist() == [2, 2, 2, 2]

    @pytest.mark.parametrize("labels", [[1, 2], [[0, 1, 2, 1]], [0.5, 1, 2, 1], [0, 1, 2, 9]])
    def test_refuses_what_does_not_fit(self, intake, labels):
        with pytest.raises(ProblemError):
            intake.replaced(HASH, None, labels)


class TestVersions:
    def test_are_named_without_a_trace_of_the_labels(self, store):
        same = [store.add_version(HASH, np.array([0, 1, 2, 1])) for _ in range(2)]
        assert same[0] != same[1]

    @pytest.mark.parametrize("version", ["../x", "v1", "", "v" + "g" * 16])
    def test_of_a_strange_name_are_refused(self, store, version):
        with pytest.raises(LabelStoreError):
            store.labels(HASH, version)

    def test_of_another_length_are_refused(self, store):
        with pytest.raises(LabelStoreError):
            store.add_version(HASH, np.array([0]))


class TestNumbers:
    @pytest.fixture
    def prices(self, store):
        store.add("b" * 64, np.array([[1.5], [2.5]]))
        task = Task(Kind.REGRESSION, targets=("price",))
        return LabelIntake(store, datasets(task, ["x", "7"]))

    def test_a_whole_set_may_be_replaced(self, prices, store):
        kept = prices.replaced("b" * 64, None, [1.5, 3])
        assert kept.changed == 1
        assert store.labels("b" * 64, kept.version).tolist() == [[1.5], [3.0]]

    @pytest.mark.parametrize("labels", [[1.5], [[1, 2], [3, 4]], [1.5, float("nan")], ["a", "b"]])
    def test_what_does_not_fit_is_refused(self, prices, labels):
        with pytest.raises(ProblemError):
            prices.replaced("b" * 64, None, labels)

    @pytest.mark.parametrize(
        ("labels", "ids"),
        [
            ([3.5, 2.5], ["7", "x"]),
            (["3.5", "2.5"], ["7", "x"]),
            ([["id", "price"], ["7", "3.5"], ["x", "2.5"]], None),
            ([["x", "2.5"], ["7", "3.5"]], None),
        ],
    )
    def test_a_whole_set_comes_in_any_order_with_ids(self, prices, store, labels, ids):
        kept = prices.replaced("b" * 64, None, labels, ids)
        assert kept.changed == 2
        assert store.labels("b" * 64, kept.version).tolist() == [[2.5], [3.5]]

    @pytest.mark.parametrize("ids", [["x", "y"], ["x", "x"], ["x"]])
    def test_ids_have_to_be_the_hidden_examples(self, prices, ids):
        with pytest.raises(ProblemError, match="once"):
            prices.replaced("b" * 64, None, [1.0, 2.0], ids)

    def test_single_ones_are_told_by_id_or_place(self, prices, store):
        kept = prices.corrected("b" * 64, None, {"7": "4.5", 0: 3})
        assert store.labels("b" * 64, kept.version).tolist() == [[3.0], [4.5]]
        for wrong in (
            {"y": 1},
            {"0": 1},
            {2: 1},
            {0: "many"},
            {0: "1e999"},
            {0: 10**400},
            {0: float("inf")},
            {0: [1, 2]},
        ):
            with pytest.raises(ProblemError):
                prices.corrected("b" * 64, None, wrong)


class TestNames:
    def test_of_classes(self, intake, store):
        kept = intake.corrected(HASH, None, {"0": "B", 1: "c", 2: " 0 "})
        assert store.labels(HASH, kept.version).tolist() == [1, 2, 0, 1]
        kept = intake.replaced(HASH, None, ["label", "a", "a", "b", "2"])
        assert store.labels(HASH, kept.version).tolist() == [0, 0, 1, 2]
        for wrong in ({0: "d"}, {0: 1.5}, {0: -1}, {"a": 0}):
            with pytest.raises(ProblemError):
                intake.corrected(HASH, None, wrong)

    def test_of_classes_that_are_numbers(self, store):
        """3 is the class of that name, whoever wrote it; the fourth class is none."""
        intake = LabelIntake(store, datasets(multiclass("3", "4", "7")))
        kept = intake.corrected(HASH, None, {0: "4", 1: 7, 2: 3, 3: " 7 "})
        assert store.labels(HASH, kept.version).tolist() == [1, 2, 0, 2]
        for wrong in ({0: "0"}, {0: 1}, {0: 3.5}, {0: "9" * 1000}, {0: [3]}):
            with pytest.raises(ProblemError, match="A label is a class, not"):
                intake.corrected(HASH, None, wrong)

    def test_of_labels_that_are_there_or_not(self, store):
        store.add("c" * 64, np.array([[0, 1], [1, 0]]))
        tags = LabelIntake(store, datasets(Task(Kind.MULTILABEL, targets=("sun", "sea"))))
        kept = tags.corrected("c" * 64, None, {0: "sun, sea", 1: []})
        assert store.labels("c" * 64, kept.version).tolist() == [[1, 1], [0, 0]]
        kept = tags.replaced("c" * 64, None, ["0 1", "sun"])
        assert store.labels("c" * 64, kept.version).tolist() == [[0, 1], [1, 0]]
        assert kept.changed == 0
        for wrong in ({0: "rain"}, {0: [1, 2]}, {0: 0.5}):
            with pytest.raises(ProblemError):
                tags.corrected("c" * 64, None, wrong)
