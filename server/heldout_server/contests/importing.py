"""Taking over another platform's contest: their folder or zip in, our folder out."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from heldout_server.contests.folder import Folder, opened
from heldout_server.contests.folder_writing import new_folder
from heldout_server.contests.foreign import Foreign, Taken, write
from heldout_server.contests.from_codabench import codabench
from heldout_server.contests.from_huggingface import huggingface
from heldout_server.contests.from_kaggle import kaggle
from heldout_server.contests.making import CannotMake
from heldout_server.contests.problems import Found, Refused

ORIGINS = ("kaggle", "huggingface", "codabench")


class _Reader(Protocol):
    def __call__(
        self, folder: Folder, taken: Taken, work: Path, stack: ExitStack, /
    ) -> Foreign: ...


def take(
    origin: str, source: Path, target: Path, *, metric: str | None = None, kind: str | None = None
) -> Taken:
    """Write `source`, of the platform `origin`, as a folder to `target`. Nothing of it is run.

    `metric` and `kind` win over what is found. Raises CannotMake, Refused, NotEmpty.
    """
    if origin not in ORIGINS:
        raise CannotMake(f"Contests are imported from {', '.join(ORIGINS)}.")
    found, taken = Found(), Taken()
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="import-")))
        folder = stack.enter_context(opened(source, found, work=work))
        if folder is None or not found.is_fine:
            raise Refused(found.sorted())
        foreign = _read(origin)(folder, taken, work, stack)
        foreign.metric, foreign.kind = metric or foreign.metric, kind
        write(foreign, stack.enter_context(new_folder(target)), taken)
    return taken


def _read(origin: str) -> _Reader:
    if origin == "codabench":
        return codabench
    read = kaggle if origin == "kaggle" else huggingface
    return lambda folder, taken, work, stack: read(folder, taken)
