"""Shows a result once: as a card in a notebook, as text elsewhere, and never twice in one cell."""

from __future__ import annotations

import sys
from typing import Any


def shell() -> Any:
    """The IPython that runs this code, or None; that its packages are loaded says little."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


class ShownOnce:
    """A result that prints itself when it comes: as the last value of that cell, it doesn't again.

    `str()` is its text and `_repr_html_()` its card.
    """

    _shown_in: Any = None

    def show(self) -> None:
        """On the screen, now."""
        running = shell()
        if running is None:
            print(self)
            return
        self._shown_in = running.execution_count
        self._display()

    def _ipython_display_(self) -> None:
        if self._shown_in is not None and self._shown_in == shell().execution_count:
            self._shown_in = None  # asked for again in this cell, it is shown
            return
        self._display()

    def _display(self) -> None:
        from IPython.display import display

        display({"text/plain": str(self), "text/html": self._repr_html_()}, raw=True)

    def _repr_html_(self) -> str:
        raise NotImplementedError
