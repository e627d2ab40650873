"""The lines of Python that a participant copies into a notebook, with every value quoted.

Joining is one cell, at the top; submitting is another, below the training. No line names the
submission: whoever pastes it would have everybody's name, and a model has its own by its layers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from heldout_server.web.reachability import Reach, reach_of

PLACEHOLDER = "…"
SUBMIT_CELL = """\
client.track(model)   # above model.fit(...)
client.submit(model)  # below it"""
# Where Colab can't reach the server, files go there by hand.
DOWNLOAD_CELL = """\
# below your model.fit(...)
model.save("model.keras")

from google.colab import files
files.download("model.keras")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Where the server is and which wheel it serves.

    `server_url` has no trailing slash ("http://192.168.1.20:8000"); `wheel_url` is the full
    address of the client's wheel. `code` is the join code, or None to leave a placeholder.
    """

    server_url: str
    wheel_url: str
    code: str | None = None

    @property
    def reaches_colab(self) -> bool:
        """Whether Google's machines can reach the server."""
        return reach_of(self.server_url) is Reach.ANYWHERE

    @property
    def install_line(self) -> str:
        return f"%pip install {self.wheel_url}"

    @property
    def join_cell(self) -> str:
        """The cell at the top for somebody who has not joined yet."""
        url, code = _quoted(self.server_url), _quoted(self.code or PLACEHOLDER)
        join = f'client = heldout.join({url}, code={code}, name="{PLACEHOLDER}")'
        return f"import heldout\n\n{join}"

    @property
    def submit_cell(self) -> str:
        """The lines around the training."""
        return SUBMIT_CELL

    def own_cell(self, code: str) -> str:
        """The cell at the top for somebody with a personal code."""
        return f"{self.install_line}\n\nimport heldout\n\n{self._as(code)}"

    def colab_cell(self, code: str) -> str:
        """The same for Colab, which comes with TensorFlow and forgets the client overnight."""
        if not self.reaches_colab:
            return DOWNLOAD_CELL
        return f"# run this again after each restart of the runtime\n{self.own_cell(code)}"

    def script(self, code: str) -> str:
        """The lines for a script, where the client is installed beforehand."""
        return f"import heldout\n\n{self._as(code)}"

    def _as(self, code: str) -> str:
        return f"client = heldout.join({_quoted(self.server_url)}, code={_quoted(code)})"

    @property
    def terminal_line(self) -> str:
        """Installs the client from a terminal."""
        return f"pip install {self.wheel_url}"


def _quoted(text: str) -> str:
    """`text` as a Python string literal: JSON's escapes are a subset of Python's."""
    return json.dumps(text, ensure_ascii=False)
