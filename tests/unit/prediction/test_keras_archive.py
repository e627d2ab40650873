"""Archives: what is written anew is what was checked, and nothing else is ever raised."""

import json
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heldout_server.kit.errors import FILE_CODES, Rejection
from heldout_server.prediction.keras_archive import MEMBERS, inspect, repack
from sandbox.cases.keras_files import (
    HDF5_START,
    METADATA,
    archive,
    classifier,
    dense,
    flatten,
    image_input,
    layer,
    sequential,
)

SHARED = Path(
    os.environ.get("HELDOUT_SHARED_DATA", Path(__file__).resolve().parents[4] / "shared" / "data")
)


def refusal(path: Path) -> Rejection:
    with pytest.raises(Rejection) as refused:
        inspect(path)
    return refused.value


class TestInspect:
    def test_says_what_the_model_is(self, tmp_path: Path) -> None:
        checked = inspect(archive(tmp_path / "m.keras", classifier()))
        assert checked.keras_version == "3.15.1"
        assert checked.class_names == ("Sequential", "Flatten", "Dense")
        assert checked.summary.input_shapes == ((None, 28, 28),)

    def test_the_size_limit_is_a_setting(self, tmp_path: Path) -> None:
        path = archive(tmp_path / "m.keras", classifier())
        with pytest.raises(Rejection) as refused:
            inspect(path, limit_bytes=100)
        assert refused.value.code == "file_too_large"

    def test_a_refusal_is_plain_text(self, tmp_path: Path) -> None:
        evil = layer("Lambda\x1b[31m<b>", "a\n<script>" * 50)
        refused = refusal(archive(tmp_path / "m.keras", classifier(evil)))
        assert refused.code == "layer_not_allowed"
        assert refused.detail.isprintable()
        assert "<" not in refused.detail
        assert len(refused.detail) < 250

    def test_keras_2_keeps_its_hard_sigmoid_and_says_so(self, tmp_path: Path) -> None:
        model = classifier(dense("hidden", 8, "hard_sigmoid"))
        files = [
            archive(tmp_path / f"{version}.keras", model, metadata={"keras_version": version})
            for version in ("2.15.0", "3.0.0")
        ]
        old, new = (inspect(file, accept_older=True) for file in files)
        assert ("hard-sigmoid" in old.upgrades, "hard-sigmoid" in new.upgrades) == (True, False)
        assert old.warnings[0].startswith("The model's hard_sigmoid was computed as Keras 2 does")
        assert new.warnings == ()

    def test_three_channels_are_seen(self, tmp_path: Path) -> None:
        model = sequential(image_input(28, 28, 3), flatten(), dense("dense", 10))
        assert inspect(archive(tmp_path / "m.keras", model)).summary.takes_colour


class TestRepack:
    def test_keeps_the_weights_and_writes_exactly_three_members(self, tmp_path: Path) -> None:
        weights = HDF5_START + os.urandom(3_000_000)
        target = tmp_path / "new.keras"
        repack(inspect(archive(tmp_path / "m.keras", classifier(), weights)), target)
        with zipfile.ZipFile(target) as written:
            assert tuple(written.namelist()) == MEMBERS
            assert written.read("model.weights.h5") == weights
            assert {info.compress_type for info in written.infolist()} == {zipfile.ZIP_STORED}

    def test_drops_compile_settings(self, tmp_path: Path) -> None:
        config = {**classifier(), "compile_config": {"loss": {"class_name": "evil"}}}
        target = tmp_path / "new.keras"
        repack(inspect(archive(tmp_path / "m.keras", config)), target)
        with zipfile.ZipFile(target) as written:
            assert "compile_config" not in json.loads(written.read("config.json"))

    def test_the_same_upload_gives_the_same_bytes(self, tmp_path: Path) -> None:
        checked = inspect(archive(tmp_path / "m.keras", classifier()))
        for name in ("a.keras", "b.keras"):
            repack(checked, tmp_path / name)
        assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()

    def test_what_it_wrote_passes_again(self, tmp_path: Path) -> None:
        checked = inspect(archive(tmp_path / "m.keras", classifier()))
        repack(checked, tmp_path / "new.keras")
        assert inspect(tmp_path / "new.keras").config == checked.config

    def test_damaged_weights_are_refused(self, tmp_path: Path) -> None:
        path = archive(tmp_path / "m.keras", classifier(), HDF5_START + b"x" * 100_000)
        content = bytearray(path.read_bytes())
        content[content.index(b"x" * 1000) + 50_000] ^= 1
        path.write_bytes(content)
        checked = inspect(path)
        with pytest.raises(Rejection) as refused:
            repack(checked, tmp_path / "new.keras")
        assert refused.value.code == "archive_invalid"


class TestNothingElseIsRaised:
    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(content=st.binary(min_size=1, max_size=300), start=st.sampled_from([b"", b"PK\x03\x04"]))
    def test_for_random_bytes(self, tmp_path: Path, content: bytes, start: bytes) -> None:
        path = tmp_path / "m.keras"
        path.write_bytes(start + content)
        assert refusal(path).code in FILE_CODES

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data(), deflated=st.booleans())
    def test_for_a_damaged_archive(
        self, tmp_path: Path, data: st.DataObject, deflated: bool
    ) -> None:
        path = archive(tmp_path / "m.keras", classifier(), compression=8 if deflated else 0)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
        with suppress(Rejection):
            repack(inspect(path), tmp_path / "new.keras")

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(name=st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20))
    def test_for_any_member_name(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "m.keras"
        with suppress(UnicodeEncodeError):
            archive(path, classifier(), extra={name: b""}, metadata=METADATA)
            assert refusal(path).code in FILE_CODES


@pytest.mark.skipif(not (SHARED / "models").is_dir(), reason="real files are not at hand")
class TestRealFiles:
    def test_keras_3_archives_pass(self) -> None:
        for path in sorted((SHARED / "models").glob("*.keras")):
            if not path.name.startswith("2-117"):  # of tf.keras 2.14
                assert inspect(path).keras_version.startswith("3.")

    def test_h5_files_are_told_apart(self) -> None:
        index = json.loads((SHARED / "models" / "INDEX.json").read_text())
        for entry in index:
            if entry["fmt"].startswith("h5"):
                weights_only = entry["fmt"] == "h5-weights-only"
                code = "weights_only" if weights_only else "format_not_supported"
                assert refusal(SHARED / "models" / entry["file"]).code == code

    def test_older_models_are_upgraded_when_they_are_accepted(self, tmp_path: Path) -> None:
        index = json.loads((SHARED / "models" / "INDEX.json").read_text())
        for entry in index:
            if entry["fmt"] == "h5":
                checked = inspect(SHARED / "models" / entry["file"], accept_older=True)
                assert list(checked.summary.input_shapes[0]) == entry["in_shape"]
                assert [n for n in checked.class_names if n != "Sequential"] == entry["layers"]
                repack(checked, tmp_path / "new.keras")
                with zipfile.ZipFile(tmp_path / "new.keras") as written:
                    assert json.loads(written.read("metadata.json"))["weights_layout"] == "hdf5"
