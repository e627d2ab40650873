from __future__ import annotations

import math
from dataclasses import replace

import pytest

from heldout_runner.judgement import EXPLANATIONS, MOST_JUDGED, Judgement, reads_well
from heldout_runner.protocol import HEADER, Header, Job, order_from_line, width_bytes, width_of
from heldout_runner.variants import PREPROCESSING

SHARES = (0.5, 0.25, 0.125, 0.0, 1.0, 0.75, 0.5)
JUDGEMENT = Judgement("l2-rows", 200, SHARES, 0.25, "scaled", 0.5, 77.0, -4.0)


class TestHeader:
    def test_comes_back_as_it_was_sent(self) -> None:
        header = Header(0, 10, 10, 7, "cpu", "3.15.1", "2.21.0", "", "é", JUDGEMENT)
        raw = header.pack()
        assert len(raw) == HEADER.size
        assert Header.unpack(raw) == header
        assert header.preprocessing == "l2-rows"

    def test_without_a_judgement_names_the_default(self) -> None:
        header = Header.unpack(Header(5).pack())
        assert (header.preprocessing, header.judgement.examples) == ("0-1", 0)
        assert all(math.isnan(share) for share in header.judgement.shares)

    @pytest.mark.parametrize("share", [-0.5, 1.5, math.inf, -math.inf, math.nan])
    def test_believes_no_share_outside_0_to_1(self, share: float) -> None:
        forged = replace(JUDGEMENT, shares=(share,) * 7, constant=share, explained=share)
        read = Header.unpack(Header(0, judgement=forged).pack()).judgement
        assert all(math.isnan(value) for value in (*read.shares, read.constant, read.explained))

    @pytest.mark.parametrize("figure", [math.inf, -math.inf, math.nan])
    def test_believes_no_line_that_is_not_finite(self, figure: float) -> None:
        forged = replace(JUDGEMENT, slope=figure, offset=figure)
        read = Header.unpack(Header(0, judgement=forged).pack()).judgement
        assert all(math.isnan(value) for value in (read.slope, read.offset))

    @pytest.mark.parametrize("device", ["CPU", "cpu\n", "<b>", "\x1b[2J", "\u202eupc", "gpu:0"])
    def test_refuses_a_device_that_there_is_not(self, device: str) -> None:
        with pytest.raises(ValueError, match="device"):
            Header.unpack(Header(0, device=device).pack())

    @pytest.mark.parametrize("name", ["keras_version", "tensorflow_version", "onnxruntime_version"])
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

    @pytest.mark.parametrize("byte", [len(EXPLANATIONS), 255])
    def test_refuses_an_explanation_that_does_not_exist(self, byte: int) -> None:
        raw = bytearray(Header(0, judgement=JUDGEMENT).pack())
        raw[-13] = byte
        with pytest.raises(ValueError, match="judgement"):
            Header.unpack(bytes(raw))


class TestJob:
    def test_can_leave_preprocessing_to_its_default(self) -> None:
        job = Job("model", "inputs", (1, 2), 0, 1)
        assert Job.from_line(job.to_line()) == job
        assert order_from_line(job.to_line()) == job
        assert job.preprocessing == "0-1"


class TestWidth:
    def test_comes_back_as_it_was_sent(self) -> None:
        assert [width_of(width_bytes(width)) for width in (1, 10, 1000)] == [1, 10, 1000]


class TestReadsWell:
    @pytest.mark.parametrize(
        ("share", "constant", "well"),
        [(0.9, 0.12, True), (0.89, 0.12, False), (0.93, 0.9, False), (0.96, 0.9, True)],
    )
    def test_asks_for_half_of_what_one_answer_for_all_misses(
        self, share: float, constant: float, well: bool
    ) -> None:
        assert reads_well(share, constant) is well

    def test_knows_no_constant_where_none_was_found(self) -> None:
        assert reads_well(0.9, math.nan)
