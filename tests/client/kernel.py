"""A real IPython kernel that runs cells and tells what a notebook would show below them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from types import TracebackType
from typing import Any

TESTS = Path(__file__).parents[1]
LONGEST_SECONDS = 60
BEGIN = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
import heldout
from client import fake_server
server = fake_server.FakeServer()
server.tokens[fake_server.TOKEN] = "Ada"
client = heldout.Client(fake_server.URL, fake_server.TOKEN, transport=server.transport)
"""


@dataclass
class Shown:
    """What one cell put on the screen; `rich` holds the displayed objects by MIME type."""

    text: str = ""
    errors: str = ""
    rich: list[dict[str, Any]] = field(default_factory=list)
    traceback: list[str] = field(default_factory=list)

    @property
    def html(self) -> list[str]:
        """The displayed HTML."""
        return [str(each["text/html"]) for each in self.rich if "text/html" in each]


class Kernel:
    """A kernel with Ada's client on a fake server; `run` runs a cell."""

    def __enter__(self) -> Kernel:
        from jupyter_client.manager import start_new_kernel

        self._manager, self._client = start_new_kernel(kernel_name="python3")
        self.run(BEGIN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, cell: str) -> Shown:
        """Run `cell` to its end."""
        request = self._client.execute(cell)
        shown = Shown()
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=LONGEST_SECONDS)
            except Empty:
                raise AssertionError(f"the kernel said nothing more of {cell!r}") from None
            if message["parent_header"].get("msg_id") != request:
                continue
            if _is_end(message):
                return shown
            _add(shown, message["msg_type"], message["content"])


def _is_end(message: dict[str, Any]) -> bool:
    is_status: bool = message["msg_type"] == "status"
    return is_status and message["content"]["execution_state"] == "idle"


def _add(shown: Shown, kind: str, content: dict[str, Any]) -> None:
    if kind == "stream":
        shown.text += content["text"] if content["name"] == "stdout" else ""
        shown.errors += content["text"] if content["name"] == "stderr" else ""
    elif kind in ("display_data", "execute_result"):
        shown.rich.append(content["data"])
    elif kind == "error":
        shown.traceback += content["traceback"]
