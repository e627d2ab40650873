from __future__ import annotations

import math

from heldout_server.submissions.receipts import readable, stages

RECEIPT = {
    "device": "cpu", "keras_version": "3.15.1", "tensorflow_version": "2.21.0", "output": "logits",
    "saved_with": "3.15.0", "preprocessing": "0-1", "parameters": 50_890, "upgrades": ["x"],
    "warnings": ["of one line"], "seconds": {"queue": 0.5, "load": 1, "predict": 2.0},
}  # fmt: skip


class TestReadable:
    def test_leaves_an_honest_receipt_as_it_is(self) -> None:
        assert readable(RECEIPT) == RECEIPT

    def test_keeps_no_number_that_is_none(self) -> None:
        said = {"parameters": 2**64 - 1, "seconds": {"load": math.nan, "predict": -1, "queue": 3}}
        found = readable(RECEIPT | said)
        assert "parameters" not in found
        assert found["seconds"] == {"queue": 3}

    def test_cleans_texts_that_an_older_version_kept(self) -> None:
        hostile = "\x1b[2J<script>\u202e\0"
        said = dict.fromkeys(("device", "keras_version", "tensorflow_version"), hostile)
        found = readable(RECEIPT | said)
        assert {found[name] for name in said} == {"script"}

    def test_keeps_nothing_of_another_kind(self) -> None:
        said = {"device": 5, "warnings": 3, "upgrades": [1, "x"], "seconds": [], "parameters": "x"}
        assert readable(said) == {"warnings": [], "upgrades": ["x"], "seconds": {}}


class TestStages:
    def test_are_those_that_were_measured(self) -> None:
        given = {"seconds": {"load": None, "queue": True, "grade": "x", "predict": math.inf}}
        assert stages(given) == {}
