"""Writes the notebooks beside this file from their one source, the Markdown of the server.

python examples/make_notebooks.py
"""

from __future__ import annotations

from pathlib import Path

from heldout_server.web.notebooks.source import LESSON, QUICKSTART, SEARCH, Place, notebook, written

FOLDER = Path(__file__).parent
PARTICIPANTS = {LESSON: "Novice", QUICKSTART: "Quickstart", SEARCH: "Searcher"}


def files() -> dict[Path, str]:
    """Each notebook's path and text."""
    return {
        FOLDER / f"{name}.ipynb": written(notebook(name, Place.anywhere(participant)))
        for name, participant in PARTICIPANTS.items()
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
