"""Corrections and whole sets of labels, as organizers paste and upload them."""

import io

import numpy as np
import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.web.pages.console import label_files


class TestLabelFiles:
    def test_corrections(self):
        found = label_files.corrections("0, 1\n\n 947 → 8 \n3;4")
        assert [(c["index"], c["label"]) for c in found] == [(0, 1), (947, 8), (3, 4)]

    @pytest.mark.parametrize("text", ["1", "a, 2", "1, 2, 3", "-1, 2"])
    def test_names_the_line_that_is_wrong(self, text):
        with pytest.raises(ProblemError, match="Line 2"):
            label_files.corrections(f"0, 1\n{text}")

    def test_whole_sets(self):
        buffer = io.BytesIO()
        np.save(buffer, np.array([3, 1, 4], np.uint8))
        assert label_files.whole_set(buffer.getvalue()) == [3, 1, 4]
        assert label_files.whole_set(b"label\r\n3\r\n1\r\n4\r\n") == [3, 1, 4]

    def test_refuses_what_holds_no_labels(self):
        pickled, matrix = io.BytesIO(), io.BytesIO()
        np.save(pickled, np.array([{}], object))
        np.save(matrix, np.zeros((2, 2), int))
        for content in (b"\xff\xfe", b"1\n2.5\n", pickled.getvalue(), matrix.getvalue()):
            with pytest.raises(ProblemError, match="can't be read"):
                label_files.whole_set(content)
