"""Corrections and whole sets of labels, as organizers paste and upload them."""

import io

import numpy as np
import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.web.pages.console import label_files


class TestLabelFiles:
    def test_corrections(self):
        found = label_files.corrections("0, 1\n\n 947 → 8 \n3;4\nrow_17 => a cat\nr-2 0 1 1")
        told = [(c["id"], c["label"]) for c in found]
        assert told[:3] == [("0", "1"), ("947", "8"), ("3", "4")]
        assert told[3:] == [("row_17", "a cat"), ("r-2", "0 1 1")]

    @pytest.mark.parametrize("line", ["img:17, a cat", "img:17:a cat", "img:17 a cat"])
    def test_ids_may_have_in_them_what_parts_them_from_the_label(self, line):
        found = label_files.corrections(line, ["img", "img:17", "img:1"])
        assert found == [{"id": "img:17", "label": "a cat"}]
        spaced = label_files.corrections("row 1 = 2, b=1, 3", ["row 1 = 2, b=1"])
        assert spaced == [{"id": "row 1 = 2, b=1", "label": "3"}]

    @pytest.mark.parametrize("text", ["1", ", 2", "a,"])
    def test_names_the_line_that_is_wrong(self, text):
        with pytest.raises(ProblemError, match="Line 2"):
            label_files.corrections(f"0, 1\n{text}")

    def test_whole_sets(self):
        buffer = io.BytesIO()
        np.save(buffer, np.array([3, 1, 4], np.uint8))
        assert label_files.whole_set(buffer.getvalue()) == [3, 1, 4]
        assert label_files.whole_set(b"label\r\n3\r\n1\r\n4\r\n") == ["label", "3", "1", "4"]
        assert label_files.whole_set(b"id;price\na;3.5\n") == [["id", "price"], ["a", "3.5"]]

    def test_refuses_what_holds_no_labels(self):
        pickled, cube = io.BytesIO(), io.BytesIO()
        np.save(pickled, np.array([{}], object))
        np.save(cube, np.zeros((2, 2, 2), int))
        wide = b'"' + b"x" * 200_000
        for content in (b"\xff\xfe", b"\n\n", b"a\rb", wide, pickled.getvalue(), cube.getvalue()):
            with pytest.raises(ProblemError, match="can't be read"):
                label_files.whole_set(content)
