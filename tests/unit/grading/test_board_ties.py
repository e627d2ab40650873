"""The ties of a board's rows from stored predictions: every metric, groups, what can't be read."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest

from heldout_server.blobs import BlobStore
from heldout_server.grading import board_ties
from heldout_server.grading.board_ties import RowTies, TieGrader
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.grading.ties.steps import Call
from heldout_server.kit.errors import ProblemError
from heldout_server.models import PRIVATE, PUBLIC, Competition
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions

HASH = "a" * 64
CLASSES = Task(Kind.MULTICLASS, ("a", "b", "c"))
REVEALED = datetime(2026, 11, 29, tzinfo=UTC)
NUMBER = Task(Kind.REGRESSION, (), ("y",))


@dataclass
class Info:
    task: Task


@dataclass
class KnownTask:
    """A dataset store that knows a task; nothing else of it is asked here."""

    task: Task

    def info(self, content_hash):
        return Info(self.task)


class Contest:
    """A contest with `examples` hidden ones, half of them public."""

    def __init__(self, folder, task, truth, metric="accuracy", groups=None):
        self.truth, self.blobs = truth, BlobStore(folder / "blobs")
        labels = LabelStore(folder / "labels")
        labels.add(HASH, truth, groups=groups)
        self.split = labels.split("c", HASH, task, public_fraction=0.5, seed=1)
        self.competition = Competition(slug="c", dataset_hash=HASH, metric=metric)
        self.grader = TieGrader(self.blobs, KnownTask(task), labels)

    def sent(self, predictions):
        return self.blobs.put(predictions.to_bytes())

    def wrong(self, count, *, begin=0, part=PUBLIC):
        """Classes with so many errors in a part, from its example number `begin` on."""
        said = self.truth.copy()
        mask = self.split.public if part == PUBLIC else self.split.private
        places = np.flatnonzero(mask)[begin : begin + count]
        said[places] = (said[places] + 1) % 3
        return self.sent(Predictions(said, None, "labels"))

    def off(self, size, seed=0):
        """Numbers with errors of this size, the same ones but for their size with one seed."""
        noise = np.random.default_rng(seed).standard_normal(self.truth.shape)
        return self.sent(Predictions(None, self.truth + size * noise, "numbers"))

    def ties(self, *digests, split=PUBLIC):
        return self.grader.ties(self.competition, split, digests)


@pytest.fixture
def classes(tmp_path):
    return Contest(tmp_path, CLASSES, np.random.default_rng(0).integers(0, 3, 1000))


@pytest.fixture
def numbers(tmp_path):
    truth = np.random.default_rng(0).standard_normal((1000, 1))
    return Contest(tmp_path, NUMBER, truth, "neg_root_mean_squared_error")


class TestAnswers:
    def test_nobody(self, classes):
        assert classes.ties() == []

    def test_one_is_alone(self, classes):
        assert classes.ties(classes.wrong(3)) == [RowTies(1, 1, 1, True)]

    def test_equal_files_share_everything(self, classes):
        one = classes.wrong(3)
        assert classes.ties(one, one) == [RowTies(1, 1, 2, True)] * 2

    def test_a_file_with_clearly_more_errors_is_another_group(self, classes):
        found = classes.ties(classes.wrong(3), classes.wrong(4), classes.wrong(12))
        assert [(row.tie_group, row.rank_low, row.rank_high) for row in found] == [
            (1, 1, 2), (1, 1, 2), (2, 3, 3),
        ]  # fmt: skip
        assert [row.tied_with_leader for row in found] == [True, True, False]

    def test_the_second_says_how_many_examples_would_tell(self, classes):
        """Two errors of 500 examples between them: (2.33 + 0.84)²·500·2/2² = 2,500, rounded up."""
        found = classes.ties(classes.wrong(3), classes.wrong(5), classes.wrong(6))
        assert [row.examples_needed for row in found] == [None, 5000, None]

    def test_are_those_of_the_part_that_is_shown(self, classes):
        good, bad = classes.wrong(0), classes.wrong(30, part=PRIVATE)
        assert classes.ties(good, bad) == [RowTies(1, 1, 2, True)] * 2
        assert [row.tie_group for row in classes.ties(good, bad, split=PRIVATE)] == [1, 2]

    def test_follow_corrected_labels(self, classes):
        one, two = classes.wrong(0), classes.wrong(12)
        assert [row.tie_group for row in classes.ties(one, two)] == [1, 2]
        corrected = Predictions.from_bytes(classes.blobs.read(two)).classes
        version = classes.grader.labels.add_version(HASH, corrected)
        classes.competition.labels_version = version
        assert [row.tie_group for row in classes.ties(two, one)] == [1, 2]

    def test_two_hidden_examples_tell_nothing(self, tmp_path):
        few = Contest(tmp_path, CLASSES, np.array([0, 0, 0, 0]))
        found = few.ties(few.wrong(0), few.wrong(1), few.wrong(2))
        assert [(row.tie_group, row.rank_low, row.rank_high) for row in found] == [(1, 1, 3)] * 3


class TestOtherMetrics:
    def test_twice_the_error_is_another_group(self, numbers):
        found = numbers.ties(numbers.off(1.0), numbers.off(1.02, seed=1), numbers.off(2.0, seed=2))
        assert [row.tie_group for row in found] == [1, 1, 2]
        assert found[2] == RowTies(2, 3, 3, False)

    def test_the_same_errors_but_larger_are_clearly_worse(self, numbers):
        found = numbers.ties(numbers.off(1.0), numbers.off(1.02))
        assert [row.tie_group for row in found] == [1, 2]

    def test_equal_files_are_tied(self, numbers):
        one = numbers.off(1.0)
        assert [row.tie_group for row in numbers.ties(one, one)] == [1, 1]

    def test_two_hidden_examples_tell_nothing(self, tmp_path):
        few = Contest(tmp_path, NUMBER, np.array([[0.0], [1], [2], [3]]), "neg_mean_absolute_error")
        assert [row.tie_group for row in few.ties(few.off(0.1), few.off(99))] == [1, 1]

    def test_what_is_read_later_is_the_same(self, numbers):
        digests = [numbers.off(1 + number / 50, seed=number) for number in range(5)]
        at_once = numbers.ties(*digests)
        other = TieGrader(numbers.blobs, numbers.grader.datasets, numbers.grader.labels)
        other.ties(numbers.competition, PUBLIC, digests[2:])
        assert other.ties(numbers.competition, PUBLIC, digests) == at_once


class TestGroups:
    """Fifty writers of twenty examples each, who are read well or badly as a whole."""

    WRITER = np.repeat(np.arange(50), 20)

    @pytest.fixture
    def truth(self):
        return np.random.default_rng(0).integers(0, 3, 1000)

    def sent(self, contest, writers):
        said = np.where(np.isin(self.WRITER, writers), (contest.truth + 1) % 3, contest.truth)
        return contest.sent(Predictions(said, None, "labels"))

    def test_make_fewer_differences_clear(self, tmp_path, truth):
        plain = Contest(tmp_path / "plain", CLASSES, truth)
        grouped = Contest(tmp_path / "grouped", CLASSES, truth, groups=self.WRITER)
        shown = np.unique(self.WRITER[grouped.split.public])
        one, two = shown[:0], shown[:2]
        found = {
            contest: [
                row.tie_group
                for row in contest.ties(self.sent(contest, one), self.sent(contest, two))
            ]
            for contest in (plain, grouped)
        }
        assert found[grouped] == [1, 1]
        assert found[plain] == [1, 2]


class TestWhatCannotBeRead:
    def test_has_no_ties_and_keeps_its_place(self, classes):
        found = classes.ties(classes.wrong(3), None, classes.wrong(4), "0" * 64, classes.wrong(40))
        assert found[1] is None
        assert found[3] is None
        assert [(r.tie_group, r.rank_low, r.rank_high) for r in found if r] == [
            (1, 1, 2), (1, 2, 3), (2, 5, 5),
        ]  # fmt: skip

    def test_of_the_leader_leaves_nothing_to_be_tied_with(self, classes):
        assert classes.ties(None, classes.wrong(4), classes.wrong(5)) == [None] * 3

    def test_of_the_labels_is_an_error_of_ours(self, classes, tmp_path):
        grader = TieGrader(
            classes.blobs, classes.grader.datasets, LabelStore(tmp_path / "elsewhere")
        )
        with pytest.raises(LabelStoreError):
            grader.ties(classes.competition, PUBLIC, [classes.wrong(1)])


class TestStep:
    """What was fixed and what was broken, once that may be told."""

    def test_is_not_told_before_the_reveal(self, classes):
        with pytest.raises(ProblemError) as raised:
            classes.grader.step(classes.competition, classes.wrong(3), classes.wrong(40))
        assert raised.value.code == "conflict"

    def test_counts_answers(self, classes):
        classes.competition.revealed_at = REVEALED
        one, two = classes.wrong(3), classes.wrong(40, begin=2)
        found = classes.grader.step(classes.competition, one, two)
        assert (found.call, found.fixed, found.broke) == (Call.STEP, 39, 2)
        back = classes.grader.step(classes.competition, two, one)
        assert (back.call, back.change) == (Call.BACK, -37)

    def test_of_numbers_is_by_how_far_they_are_off(self, numbers):
        numbers.competition.revealed_at = REVEALED
        better, worse = numbers.off(1.0), numbers.off(1.5)
        found = numbers.grader.step(numbers.competition, better, worse)
        assert (found.call, found.fixed, found.broke) == (Call.STEP, 500, 0)
        assert 0 < found.margin < found.change

    def test_reads_no_resamples_where_answers_are_counted(self, classes, monkeypatch):
        """Somebody waits for their receipt."""
        classes.competition.revealed_at = REVEALED
        one, two = classes.wrong(3), classes.wrong(40)
        monkeypatch.delattr("heldout_server.grading.board_ties.resampled")
        assert classes.grader.step(classes.competition, one, two).fixed == 37

    def test_reads_nothing_twice_that_the_board_has_read(self, classes, monkeypatch):
        classes.competition.revealed_at = REVEALED
        one, two = classes.wrong(3), classes.wrong(40)
        classes.ties(one, two)
        monkeypatch.delattr(BlobStore, "read")
        assert classes.grader.step(classes.competition, one, two).fixed == 37

    def test_is_none_where_one_cannot_be_read(self, classes):
        classes.competition.revealed_at = REVEALED
        assert classes.grader.step(classes.competition, classes.wrong(1), "0" * 64) is None

    def test_of_a_file_to_itself_is_none(self, classes):
        classes.competition.revealed_at = REVEALED
        same = classes.wrong(1)
        assert classes.grader.step(classes.competition, same, same).call is Call.CLOSE


def test_memory_is_bounded(classes, monkeypatch):
    monkeypatch.setattr(board_ties, "KEPT_READINGS", 3)
    classes.ties(*(classes.wrong(number) for number in range(5)))
    assert len(classes.grader._kept) == 3
    found = classes.ties(*(classes.wrong(number) for number in range(5)))
    assert [row.tie_group for row in found] == [1] * 5


def test_no_repr_shows_labels(classes):
    part = board_ties._Part.opened(classes.grader, classes.competition, PUBLIC)
    assert "array" not in repr(part)
