"""The golden corpus's files that only a runner can tell about, through the whole pipeline."""

import importlib.util
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomllib

from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.predictor import Examples, Limits, Predictor

CASES = Path(__file__).parent / "cases"
EXAMPLES = 64


def runner_cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*/expect.toml")):
        expected = tomllib.loads(path.read_text())
        if expected.get("stage") == "runner":
            found.append(pytest.param(path.parent, expected, id=path.parent.name))
    return found


def make_file(case: Path, folder: Path) -> Path:
    spec = importlib.util.spec_from_file_location(f"case_{case.name}", case / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Path = module.make(folder)
    return made


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    folder = tmp_path_factory.mktemp("examples")
    images, labels = folder / "images.npy", folder / "labels.npy"
    rng = np.random.default_rng(0)
    np.save(images, rng.integers(0, 256, (EXAMPLES, 28, 28), np.uint8))
    np.save(labels, rng.integers(0, 10, EXAMPLES, np.uint8))
    return Examples(images, EXAMPLES, DIGITS, images, labels)


class TestRunnerStage:
    @pytest.mark.parametrize(("case", "expected"), runner_cases())
    def test_gets_the_expected_answer(
        self,
        pool: RunnerPool,
        examples: Examples,
        tmp_path: Path,
        case: Path,
        expected: dict[str, Any],
    ) -> None:
        predictor = Predictor(pool, tmp_path, Limits(50_000_000, 16_000_000, 50_000_000))
        file = make_file(case, tmp_path)

        def run() -> tuple[str, str]:
            try:
                cancelled = threading.Event()
                predictor.run_until_decided(
                    file, examples, preprocessing="0-1", cancelled=cancelled
                )
            except Rejection as rejection:
                return rejection.code, rejection.hint
            return "accepted", ""

        code, hint = run()
        assert code == expected["code"]
        assert expected.get("hint", "") in hint
