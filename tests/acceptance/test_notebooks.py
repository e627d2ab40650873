"""Every notebook, as a participant runs it: against a real server, with few images and epochs."""

from __future__ import annotations

import json

import httpx
import pytest

from conftest import CODE, ROOT

pytestmark = pytest.mark.acceptance

EXAMPLES = ROOT / "examples"
NOTEBOOKS = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))
QUICK = {"HELDOUT_IMAGES": "1000", "HELDOUT_EPOCHS": "3", "HELDOUT_TRIALS": "3"}
LONGEST_SECONDS = 300
SAID = {
    "neural_networks_for_novices.ipynb": ("four neurons", "two convolutions", "diverging"),
    "optuna_search.ipynb": ("/studies/p_", "trial  0"),
    "quickstart.ipynb": ("overfit starter", "parameters"),
}


def run(name: str, server, folder, monkeypatch) -> str:
    """What the notebook's cells printed."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    environment = {"HELDOUT_URL": server.url, "HELDOUT_CODE": CODE, "HELDOUT_NAME": name[:-6]}
    for variable, value in {**QUICK, **environment}.items():
        monkeypatch.setenv(variable, value)
    NotebookClient(notebook, timeout=LONGEST_SECONDS, kernel_name="python3").execute(
        cwd=str(folder)
    )
    outputs = [cell.get("outputs", []) for cell in notebook.cells]
    return json.dumps(outputs)


@pytest.mark.parametrize("name", NOTEBOOKS)
class TestNotebooks:
    def test_runs_and_reaches_the_board(self, name, server, login, tmp_path, monkeypatch):
        printed = run(name, server, tmp_path, monkeypatch)
        assert "Traceback" not in printed
        assert [word for word in SAID[name] if word not in printed] == []
        rows = httpx.get(f"{server.url}/api/v1/competitions/{server.slug}/leaderboard").json()
        best = {row["participant"]["name"]: row["submission_id"] for row in rows["rows"]}
        practice = httpx.get(f"{server.url}/submissions/{best[name[:-6]]}/practice", timeout=60)
        assert practice.status_code == 200
        assert "practice images are misread" in practice.text
        assert "data:image/png;base64," in practice.text

    def test_begins_ready_for_colab(self, name):
        cells = json.loads((EXAMPLES / name).read_text())["cells"]
        first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        assert "%pip install" in first
        assert 'os.environ.get("HELDOUT_URL"' in first

    def test_carries_no_outputs(self, name):
        cells = json.loads((EXAMPLES / name).read_text())["cells"]
        assert all(not cell.get("outputs") for cell in cells)
