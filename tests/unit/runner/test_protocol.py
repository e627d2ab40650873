from __future__ import annotations

import math
from dataclasses import replace

import pytest

from heldout_runner.protocol import (
    HEADER,
    MOST_JUDGED,
    PREPROCESSING,
    Header,
    Job,
    Judgement,
)

JUDGEMENT = Judgement("l2-rows", 200, (0.5, 0.25, 0.125, 0.0, 1.0, 0.75), -1, 0.5)


class TestHeader:
    def test_comes_back_as_it_was_sent(self) -> None:
        header = Header(0, 10, 10, 7, "cpu", "3.15.1", "2.21.0", "é", JUDGEMENT)
        raw = header.pack()
        assert len(raw) == HEADER.size
        assert Header.unpack(raw) == header
        assert header.preprocessing == "l2-rows"

    def test_without_a_judgement_names_the_default(self) -> None:
        header = Header.unpack(Header(5).pack())
        assert (header.preprocessing, header.judgement.examples) == ("0-1", 0)
        assert all(math.isnan(share) for share in header.judgement.accuracies)

    @pytest.mark.parametrize("share", [-0.5, 1.5, math.inf, -math.inf, math.nan])
    def test_believes_no_share_outside_0_to_1(self, share: float) -> None:
        forged = replace(JUDGEMENT, accuracies=(share,) * 6, shifted_accuracy=share)
        read = Header.unpack(Header(0, judgement=forged).pack()).judgement
        assert all(math.isnan(value) for value in (*read.accuracies, read.shifted_accuracy))

    @pytest.mark.parametrize("device", ["CPU", "cpu\n", "<b>", "\x1b[2J", "\u202eupc", "gpu:0"])
    def test_refuses_a_device_that_there_is_not(self, device: str) -> None:
        with pytest.raises(ValueError, match="device"):
            Header.unpack(Header(0, device=device).pack())

    @pytest.mark.parametrize("name", ["keras_version", "tensorflow_version"])
    @pytest.mark.parametrize(
        "version",
        ["3.15\x1b[2J", "3<script>", "3.\0001", "v3", "3.15 1", "3.15\n", "3.1\u202e5", "٣"],
    )
    def test_refuses_what_no_release_is_called(self, name: str, version: str) -> None:
        with pytest.raises(ValueError, match=r"version|ascii"):
            Header.unpack(Header(0, **{name: version}).pack())  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "version", ["3.15.1", "2.21.0-rc1", "2.22.0.dev20270101", "3.16.0+cpu"]
    )
    def test_takes_names_of_releases(self, version: str) -> None:
        read = Header.unpack(Header(0, keras_version=version).pack())
        assert read.keras_version == version[:16]

    def test_refuses_more_practice_images_than_anybody_looks_at(self) -> None:
        judgement = replace(JUDGEMENT, examples=MOST_JUDGED + 1)
        with pytest.raises(ValueError, match="judgement"):
            Header.unpack(Header(0, judgement=judgement).pack())

    @pytest.mark.parametrize("byte", [len(PREPROCESSING), 255])
    def test_refuses_a_variant_that_does_not_exist(self, byte: int) -> None:
        raw = bytearray(Header(0, judgement=JUDGEMENT).pack())
        raw[-len(JUDGEMENT.pack())] = byte
        with pytest.raises(ValueError, match="judgement"):
            Header.unpack(bytes(raw))


class TestJob:
    def test_can_leave_preprocessing_to_its_default(self) -> None:
        job = Job("model", "images", 10, 0, 1)
        assert Job.from_line(job.to_line()) == job
        assert job.preprocessing == "0-1"
