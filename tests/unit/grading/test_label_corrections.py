"""Corrected label sets: versions of their own, which nobody gets to read."""

from types import SimpleNamespace

import numpy as np
import pytest

from heldout_server.grading.label_corrections import LabelIntake
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.kit.errors import ProblemError

HASH = "a" * 64


@pytest.fixture
def store(tmp_path):
    store = LabelStore(tmp_path / "labels")
    store.add(HASH, np.array([0, 1, 2, 1]))
    return store


@pytest.fixture
def intake(store):
    datasets = SimpleNamespace(info=lambda _: SimpleNamespace(class_names=("a", "b", "c")))
    return LabelIntake(store, datasets)


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
