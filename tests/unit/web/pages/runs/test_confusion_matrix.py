"""A confusion matrix, read for the page."""

from __future__ import annotations

from dataclasses import replace

from heldout_server.web.pages.runs.confusion_matrix import read_confusion
from unit.web import sample_pages


class TestReadConfusion:
    def metrics(self, *matrix: tuple[int, ...], names: tuple[str, ...] = ()) -> object:
        base = sample_pages.metrics()
        return replace(base, confusion_matrix=matrix, class_names=names)

    def test_names_the_most_confused_pairs(self) -> None:
        sentence = read_confusion(self.metrics((9, 1, 0), (0, 9, 0), (3, 2, 5))).sentence  # type: ignore[arg-type]
        expected = "2 read as 0 (3×), 2 read as 1 (2×) and 0 read as 1 (1×)"
        assert sentence == f"Confused most often: {expected}."

    def test_a_perfect_matrix_says_so(self) -> None:
        assert "Nothing was confused" in read_confusion(self.metrics((5, 0), (0, 5))).sentence  # type: ignore[arg-type]

    def test_a_single_mistake_is_visible(self) -> None:
        rows = read_confusion(self.metrics((999, 1), (500, 500))).rows  # type: ignore[arg-type]
        assert rows[0].cells[1].step == 1
        assert rows[1].cells[0].step == 10
        assert rows[0].cells[0].step == 10

    def test_a_class_without_examples_has_no_recall(self) -> None:
        rows = read_confusion(self.metrics((0, 0), (0, 5))).rows  # type: ignore[arg-type]
        assert rows[0].recall is None
        assert rows[0].cells[0].step == 0

    def test_uses_the_class_names(self) -> None:
        found = read_confusion(self.metrics((1, 1), (0, 5), names=("cat", "dog")))  # type: ignore[arg-type]
        assert "cat read as dog (1×)" in found.sentence
