"""`/help/handbook/`: the handbook as `make docs` built it, out of this package's own folder."""

from __future__ import annotations

from pathlib import Path

from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from heldout_server.kit.errors import ProblemError

PATH = "/help/handbook"
FOLDER = Path(__file__).parent / "handbook"
FIRST_PAGE = "index.html"


class HandbookSite(StaticFiles):
    """Its pages and what they need; where it was not built, words that say so."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)

    @property
    def is_built(self) -> bool:
        """Whether there is a handbook to show."""
        return (Path(str(self.directory)) / FIRST_PAGE).is_file()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file. Raises ProblemError `not_found` where there is no handbook."""
        if not self.is_built:
            raise ProblemError(
                "not_found",
                "This server was started from a checkout whose handbook is not built.",
                "Its pages are the files of `docs/`; `make docs` builds them. /help is here.",
            )
        await super().__call__(scope, receive, send)


site = HandbookSite()
