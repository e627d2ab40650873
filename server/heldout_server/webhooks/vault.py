"""Addresses and secrets of webhooks at rest: sealed with a key that the database doesn't have.

Whoever has a copy of the database, or a backup, can't post to a class's Discord. The key is a file
of the data folder; the processes that send or add webhooks have it, and no others.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEY_FILE = "secret.key"
SEALED = "sealed:"


class Unreadable(Exception):
    """The key that sealed this isn't here; the text is for organizers."""


LOST = (
    "The webhook's address can't be read: the key file it was sealed with isn't here "
    "(HELDOUT_SECRET_KEY_FILE). Bring it back, or remove the webhook and add it again."
)


@dataclass(frozen=True)
class Vault:
    """Seals with the first key in the file, opens with any: a line each, so keys can be changed."""

    path: Path

    def seal(self, text: str) -> str:
        """`text`, readable with the key alone. Makes the key when there is none.

        Raises OSError when the file can't be used, ValueError when it holds no key.
        """
        if not self.path.exists():
            _make(self.path)
        return SEALED + self._keys().encrypt(text.encode()).decode()

    def open(self, stored: str) -> str:
        """What was sealed. Raises Unreadable."""
        if not is_sealed(stored):
            return stored  # from an earlier version; it is sealed soon
        try:
            return self._keys().decrypt(stored.removeprefix(SEALED)).decode()
        except (InvalidToken, OSError, ValueError):
            raise Unreadable(LOST) from None

    def opens(self, stored: str) -> bool:
        """Whether it can be read."""
        try:
            self.open(stored)
        except Unreadable:
            return False
        return True

    def _keys(self) -> MultiFernet:
        return MultiFernet([Fernet(line) for line in self.path.read_text().split()])


def is_sealed(stored: str) -> bool:
    """Whether it is no plain text."""
    return stored.startswith(SEALED)


def _make(path: Path) -> None:
    """A new key, for its owner alone. Of two that make one at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
