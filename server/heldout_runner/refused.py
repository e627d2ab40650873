"""How an engine says that a model can't be scored."""

from __future__ import annotations


class Refused(Exception):
    """The model can't be scored; `code` is one of the stable codes."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
