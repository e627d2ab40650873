"""How an event lies in its zip: names, the manifest, and what an importer refuses. Pure."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT = 1
MANIFEST = "manifest.json"
LONGEST_MANIFEST_BYTES = 64 * 1024 * 1024
MOST_FILES = 200_000
# Nothing is ever extracted under a name from the zip; still, no other name is looked at.
NAMES = re.compile(
    r"tables/[a-z_]{1,40}\.jsonl"
    r"|blobs/[0-9a-f]{64}"
    r"|dataset/[a-z_]{1,40}\.(npy|npz|json)"
    r"|labels/[a-z0-9][a-z0-9.-]{1,200}\.npz"
)


class FileEntry(BaseModel):
    """What one file in the zip must be."""

    model_config = ConfigDict(extra="forbid")

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Manifest(BaseModel):
    """The first thing read: everything else is checked against it.

    `schema_revision` is the database's migration: only the same version reads its tables.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    heldout: str = Field(max_length=40)
    schema_revision: str = Field(max_length=40)
    competition: str = Field(max_length=60)
    dataset_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    has_labels: bool
    files: dict[str, FileEntry] = Field(max_length=MOST_FILES)


def table_file(table: str) -> str:
    """Where the rows of a table lie, one JSON object a line."""
    return f"tables/{table}.jsonl"


def blob_file(digest: str) -> str:
    """Where a blob lies."""
    return f"blobs/{digest}"


def dataset_file(name: str) -> str:
    """Where a file of the dataset lies."""
    return f"dataset/{name}"


def labels_file(name: str) -> str:
    """Where a file of the label store lies, if labels travel."""
    return f"labels/{name}"
