"""Every folder of `tests/sandbox/cases` makes a file; the static checks give the expected code."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import tomllib

from digit_files import parsed_digits
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.keras_archive import inspect, repack

CASES = Path(__file__).resolve().parents[1] / "sandbox" / "cases"
EXAMPLES = 10_000


def expectations(kind: str) -> list[Any]:
    folders = sorted(path.parent for path in CASES.glob("*/expect.toml"))
    cases = [(folder, tomllib.loads((folder / "expect.toml").read_text())) for folder in folders]
    return [pytest.param(*case, id=case[0].name) for case in cases if case[1]["kind"] == kind]


def make_file(case: Path, folder: Path) -> Path:
    spec = importlib.util.spec_from_file_location(f"case_{case.name}", case / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.make(folder)
    assert isinstance(made, Path)
    return made


class TestPredictionFiles:
    @pytest.mark.parametrize(("case", "expected"), expectations("predictions"))
    def test_gets_the_expected_answer(
        self, case: Path, expected: dict[str, Any], tmp_path: Path
    ) -> None:
        path = make_file(case, tmp_path)
        if expected["code"] == "accepted":
            assert parsed_digits(path, EXAMPLES).output == expected["output"]
            return
        with pytest.raises(Rejection) as refused:
            parsed_digits(path, EXAMPLES)
        assert_refusal(refused.value, expected)


class TestModelFiles:
    @pytest.mark.parametrize(("case", "expected"), expectations("model"))
    def test_gets_the_expected_answer(
        self, case: Path, expected: dict[str, Any], tmp_path: Path
    ) -> None:
        path = make_file(case, tmp_path)
        target, older = tmp_path / "repacked.keras", expected.get("older", False)
        if expected.get("stage") == "runner":
            # What only the sandboxed runner can tell has to pass here, whatever becomes of it.
            repack(inspect(path, accept_older=older), target)
            return
        with pytest.raises(Rejection) as refused:
            repack(inspect(path, accept_older=older), target)
        assert_refusal(refused.value, expected)


def assert_refusal(rejection: Rejection, expected: dict[str, Any]) -> None:
    assert rejection.code == expected["code"], rejection.detail
    assert expected["hint"] in rejection.hint
    for text in (rejection.detail, rejection.hint):
        assert text.isprintable()
        assert len(text) < 400
        assert "<" not in text
        assert text.endswith((".", "…"))
