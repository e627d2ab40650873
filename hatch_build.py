"""Build hook: put the client's own wheel into the server, which offers it at /client/.

A notebook in a room without internet installs the client from the server that it will talk to,
so the server must carry exactly the client it was released with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.wheel import WheelBuilder

WHEELS = Path("server/heldout_server/web/wheels")


class ClientWheelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before both editable and ordinary builds of the root project."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Replace whatever wheel is there by one built from `client/` now."""
        folder = Path(self.root) / WHEELS
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.whl"):
            old.unlink()
        builder = WheelBuilder(str(Path(self.root) / "client"))
        list(builder.build(directory=str(folder), versions=["standard"]))
