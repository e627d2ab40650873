"""The label store: the only place where hidden labels are kept, and the only code that opens it.

A private folder (0700) of private files (0600), apart from the database and from everything
that the web serves. Two kinds of file, both `.npz` so that a damaged byte shows in the
checksum: `<content hash>.labels.npz` and `<competition>.<content hash>.split.npz`. Corrected
labels never replace the first ones: each set is a version, `<content hash>.<version>.labels.npz`.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heldout_server.grading.splits import Split, public_mask, split_by_usage
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Truth

FOLDER_MODE = 0o700
# Windows would write line ends of its own into a file that isn't opened so.
BINARY = getattr(os, "O_BINARY", 0)
FILE_MODE = 0o600
SEED_BITS = 128

_CONTENT_HASH = re.compile(r"[0-9a-f]{64}")
_PACKED = re.compile(
    r"[a-z0-9][a-z0-9-]{0,99}(\.[0-9a-f]{64}|\.v[0-9a-f]{16})?\.(labels|split)\.npz"
)
_VERSION = re.compile(r"v[0-9a-f]{16}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_DAMAGED = (ValueError, KeyError, EOFError, TypeError, SyntaxError, NotImplementedError,
            RuntimeError, zipfile.BadZipFile, zlib.error)  # fmt: skip


class LabelStoreError(Exception):
    """The label store is missing, damaged, readable by others, or contradicts the request.

    Always our side's fault, never a participant's; the text never quotes a label.
    """


class OtherLabels(LabelStoreError):
    """The same hidden inputs have other labels here."""


class LabelStore:
    """Hidden labels and secret splits under `root`, which is created by the first `add`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(
        self,
        content_hash: str,
        labels: ArrayLike,
        *,
        groups: NDArray[Any] | None = None,
        usage: NDArray[np.str_] | None = None,
    ) -> None:
        """Keep a dataset's hidden answers, in the shape of `tasks.kinds.Task`.

        `groups` (n,) says which examples are never divided, `usage` (n,) which part each is in
        ("Public", "Private", "Ignored"). Adding the same answers again does nothing; others for
        the same inputs raise `LabelStoreError`, because scores that were given would silently
        change their meaning.
        """
        wanted = _checked_labels(np.asarray(labels))
        self._make_root()
        path = self._labels_path(content_hash)
        beside = {"groups": groups, "usage": usage}
        given = {name: array for name, array in beside.items() if array is not None}
        self._write_once(path, {"labels": wanted, **given})
        if not np.array_equal(self.labels(content_hash), wanted):
            raise OtherLabels(
                f"The label store holds other labels for dataset {content_hash[:12]}…. "
                f"If they were corrected on purpose, remove {path} before adding them and grade "
                "every submission again."
            )

    def add_version(self, content_hash: str, labels: ArrayLike) -> str:
        """Keep another set of answers for the same inputs; returns its name.

        The name is random, so it tells nothing about the labels. Raises `LabelStoreError` when
        the set doesn't have as many labels as the first one.
        """
        wanted = _checked_labels(np.asarray(labels))
        if wanted.shape != self.labels(content_hash).shape:
            raise LabelStoreError("A corrected label set needs one label for each hidden example.")
        version = f"v{secrets.token_hex(8)}"
        self._write_once(self._labels_path(content_hash, version), {"labels": wanted})
        return version

    def packed(
        self, slug: str, content_hash: str, versions: Sequence[str]
    ) -> Iterator[tuple[str, bytes]]:
        """Names and bytes of everything that is secret about a competition, for another store.

        Only for an export whose owner asked for labels in so many words.
        """
        paths = [self._split_path(slug, content_hash)]
        paths += [self._labels_path(content_hash, version) for version in (None, *versions)]
        for path in paths:
            self._check_root()
            try:
                yield path.name, path.read_bytes()
            except FileNotFoundError:
                continue  # a split is made on first use

    def unpack(self, name: str, content: bytes) -> None:
        """Keep a file that `packed` gave. Raises `LabelStoreError` when another one is there."""
        if not _PACKED.fullmatch(name):
            raise LabelStoreError("That is not a name under which labels are kept.")
        self._make_root()
        path = self.root / name
        self._write_bytes_once(path, content)
        if path.read_bytes() != content:
            raise LabelStoreError("The label store holds other labels or another split already.")

    def has(self, slug: str, content_hash: str, version: str | None) -> bool:
        """Whether a competition can be graded from here: its labels and its split are known."""
        paths = (self._labels_path(content_hash, version), self._split_path(slug, content_hash))
        return all(path.exists() for path in paths)

    def groups(self, content_hash: str) -> NDArray[Any] | None:
        """Which hidden examples belong together, (n,); None where nobody said so."""
        found = self._read(self._labels_path(content_hash), (), ("groups",))
        return found.get("groups")

    def forget(self, content_hash: str) -> None:
        """Remove labels and splits that no competition uses, which is for the caller to know."""
        name = _checked(content_hash, _CONTENT_HASH)
        for path in (*self.root.glob(f"*.{name}.split.npz"), self._labels_path(content_hash)):
            path.unlink(missing_ok=True)

    def any_file(self) -> Path | None:
        """Some file of the store; None while there is none."""
        return next(iter(sorted(self.root.glob("*.labels.npz"))), None)

    def to_keep_from_models(self) -> Path | None:
        """Some file of the store, for the sandbox's self-test: it must stay out of reach.

        While there is none, the folder where it will lie; None if nothing can be made there.
        """
        found = self.any_file()
        if found is not None:
            return found
        with suppress(OSError):
            self._make_root()
        return self.root if os.access(self.root, os.W_OK) else None

    def labels(self, content_hash: str, version: str | None = None) -> Truth:
        """The hidden answers, read-only; `LabelStoreError` if they cannot be had.

        `version` None means the labels that came with the dataset.
        """
        arrays = self._read(self._labels_path(content_hash, version), ("labels",))
        return _checked_labels(arrays["labels"])

    def split(
        self,
        slug: str,
        content_hash: str,
        task: Task,
        *,
        public_fraction: float,
        seed: int | None = None,
        groups: NDArray[Any] | None = None,
        usage: NDArray[np.str_] | None = None,
    ) -> Split:
        """The competition's division into public and private, made on first use and then kept.

        The mask itself is stored, so no later version of NumPy moves an example, along with
        its seed: `seed`, or 128 bits from the operating system's generator. A stored split
        outlives any change of settings: asking for another fraction or seed raises
        `LabelStoreError`, since a second division would mix public and private examples.
        """
        path = self._split_path(slug, content_hash)
        if not path.exists():
            given = {"groups": groups, "usage": usage}
            self._make_split(path, content_hash, task, public_fraction, seed, given)
        arrays = self._read(path, ("public", "public_fraction", "seed"), ("ignored",))
        public, fraction = arrays["public"], float(arrays["public_fraction"])
        ignored = arrays.get("ignored", np.zeros_like(public))
        examples = self.labels(content_hash).shape[:1]
        if any(mask.dtype != np.bool_ or mask.shape != examples for mask in (public, ignored)):
            raise LabelStoreError(f"{path} does not fit its labels. Restore it from a backup.")
        if fraction != public_fraction or str(arrays["seed"]) != _seed_text(seed, arrays):
            raise LabelStoreError(
                f"The split of {slug} was made once, with public fraction {fraction}, and cannot "
                "change. Set the old values again, or open a competition under another slug."
            )
        public.setflags(write=False)
        return Split(public, fraction, ignored)

    def _make_split(
        self,
        path: Path,
        content_hash: str,
        task: Task,
        public_fraction: float,
        seed: int | None,
        given: dict[str, NDArray[Any] | None],
    ) -> None:
        secret = secrets.randbits(SEED_BITS) if seed is None else seed
        kept = self._read(self._labels_path(content_hash), ("labels",), ("groups", "usage"))
        kept |= {name: array for name, array in given.items() if array is not None}
        labels, usage = _checked_labels(kept["labels"]), kept.get("usage")
        try:
            if usage is None:
                groups = kept.get("groups")
                public = public_mask(task, labels, public_fraction, secret, groups=groups)
                split = Split(public, public_fraction)
            else:
                split = split_by_usage(usage.tolist())
        except ValueError as error:
            raise LabelStoreError(f"No split can be made: {error}.") from error
        if not (split.public.any() and split.private.any()):
            raise LabelStoreError(
                f"Public fraction {public_fraction} of {len(labels)} examples leaves the public "
                "or the private part empty."
            )
        self._write_once(
            path,
            {
                "public": split.public,
                "ignored": ~(split.public | split.private),
                "public_fraction": np.float64(public_fraction),
                "seed": np.str_(f"{secret:x}"),
            },
        )

    def _labels_path(self, content_hash: str, version: str | None = None) -> Path:
        name = _checked(content_hash, _CONTENT_HASH)
        if version is not None:
            name = f"{name}.{_checked(version, _VERSION)}"
        return self.root / f"{name}.labels.npz"

    def _split_path(self, slug: str, content_hash: str) -> Path:
        name = f"{_checked(slug, _SLUG)}.{_checked(content_hash, _CONTENT_HASH)}.split.npz"
        return self.root / name

    def _make_root(self) -> None:
        self.root.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.root.mkdir(mode=FOLDER_MODE)
        except FileExistsError:
            # An empty folder is a mount point made for us; a filled one of the wrong mode has
            # been open to others, which a person must know of.
            if self.root.is_dir() and not any(self.root.iterdir()):
                self.root.chmod(FOLDER_MODE)
        self._check_root()

    def _check_root(self) -> None:
        try:
            mode = self.root.stat().st_mode
        except OSError as error:
            raise LabelStoreError(
                f"The label store {self.root} cannot be opened: {error.strerror}."
            ) from error
        if not stat.S_ISDIR(mode):
            raise LabelStoreError(f"The label store {self.root} is not a folder.")
        _check_private(self.root, mode, FOLDER_MODE)

    def _read(
        self, path: Path, keys: tuple[str, ...], further: tuple[str, ...] = ()
    ) -> dict[str, NDArray[Any]]:
        self._check_root()
        try:
            with path.open("rb") as file:
                _check_private(path, os.fstat(file.fileno()).st_mode, FILE_MODE)
                with np.load(file, allow_pickle=False) as archive:
                    found = [key for key in further if key in archive]
                    return {key: archive[key] for key in (*keys, *found)}
        except OSError as error:
            raise LabelStoreError(f"{path} cannot be opened: {error.strerror}.") from error
        except _DAMAGED as error:
            raise LabelStoreError(f"{path} is damaged. Restore it from a backup.") from error

    def _write_once(self, path: Path, arrays: dict[str, Any]) -> None:
        """Write `path` whole or not at all; a file that is there already stays as it is.

        A link fails where a rename would replace: of two processes that both make a split,
        the second keeps the first one's.
        """
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        self._write_bytes_once(path, buffer.getvalue())

    def _write_bytes_once(self, path: Path, content: bytes) -> None:
        self._check_root()
        partial = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(partial)
        except FileExistsError:
            return
        except OSError as error:
            raise LabelStoreError(f"{path} cannot be written: {error.strerror}.") from error
        finally:
            partial.unlink(missing_ok=True)


def _checked_labels(labels: NDArray[Any]) -> Truth:
    """Classes (n,), labels that are there or not (n, k), or numbers (n, k)."""
    if labels.ndim not in (1, 2) or not labels.size:
        raise LabelStoreError("Labels have one dimension or two, and there is at least one.")
    if np.issubdtype(labels.dtype, np.floating) and labels.ndim == 2:
        if not np.isfinite(labels).all():
            raise LabelStoreError("Targets must be finite numbers.")
        return _read_only(labels.astype(np.float64))
    if not np.issubdtype(labels.dtype, np.integer):
        raise LabelStoreError("Labels must be whole numbers in one dimension, at least one.")
    if labels.min() < 0:
        raise LabelStoreError("Labels must be class numbers from 0.")
    return _read_only(labels.astype(np.int64))


def _read_only(array: Truth) -> Truth:
    array.setflags(write=False)
    return array


def _check_private(path: Path, mode: int, wanted: int) -> None:
    permissions = stat.S_IMODE(mode)
    # Windows keeps who may read a file elsewhere; its modes say nothing.
    if sys.platform != "win32" and permissions & 0o077:
        raise LabelStoreError(
            f"{path} may be read or changed by other users of this machine (mode "
            f"{permissions:04o}). Run: chmod {wanted:04o} {path}"
        )


def _checked(name: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(name):
        raise LabelStoreError("That is not a name under which labels are kept.")
    return name


def _seed_text(seed: int | None, stored: dict[str, NDArray[Any]]) -> str:
    return str(stored["seed"]) if seed is None else f"{seed:x}"
