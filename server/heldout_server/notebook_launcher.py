"""Heldout among the programs that a notebook server offers, by jupyter-server-proxy.

Imported by every notebook server that has both installed, whoever starts the board or not: nothing
of the server is imported here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

NAME = "heldout"
"""The entry point's, and so the last part of the board's address."""
MARK = Path(__file__).parent / "web" / "static" / "mark.svg"
# A first start downloads MNIST.
PATIENCE_SECONDS = 120


def entry() -> dict[str, Any]:
    """How to start a board of this person's own, and where it is shown.

    Words in braces are filled in by jupyter-server-proxy, which takes a free port.
    """
    host, port = "127.0.0.1", "{port}"
    serve = ["-m", "heldout_server", "serve", "--host", host, "--port", port]
    return {
        "command": [sys.executable, *serve],
        "environment": {
            "HELDOUT_DATA": os.environ.get("HELDOUT_DATA", str(Path.home() / NAME)),
            "HELDOUT_ROOT_PATH": "{base_url}" + NAME,
            # A notebook has no browser's sign-in at the hub, and runs beside the board.
            "HELDOUT_NOTEBOOK_URL": f"http://{host}:{port}",
        },
        "absolute_url": True,
        "timeout": PATIENCE_SECONDS,
        "new_browser_tab": True,
        # Among the notebooks, as by default: elsewhere the launcher shows no picture.
        "launcher_entry": {"title": "Heldout", "icon_path": str(MARK)},
    }
