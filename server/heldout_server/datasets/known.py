"""Data sets whose labels anybody can look up. Pure.

A file of such labels proves nothing, so boards say who holds them. What isn't recognised here is
taken for secret: an organizer brought it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.loaded import LabelsAre
from heldout_server.models import Dataset

HELD_ALONE = "The labels of this set are held by the organizers alone."
SAID_PUBLIC = "The labels of this set are public: a file of predictions proves little."


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A published set: `since` is the year in which its test labels could be had by anybody.

    `content_hash` is the stored set as our own loaders cut it, `images_hash` its hidden images
    alone, whatever they were trained with. `best_published` is the accuracy of the best single
    model in print, with its `source`; None: no figure that we could check.
    """

    name: str
    since: int
    content_hash: str
    images_hash: str
    best_published: float | None = None
    source: str = ""


MNIST = PublicSet(
    name="MNIST",
    since=1998,
    content_hash="dbca0c1eeb6f19505cded2bf854c806d147243c9f48685ff3fab7f31e4611739",
    images_hash="eb6a3c5ecb1d332a4640cc35e1ce839b01cb472b3bae4942666c3936f595057c",
    best_published=0.9983,
    source="Byerly, Kalganova and Dear 2020",
)
FASHION_MNIST = PublicSet(
    name="Fashion-MNIST",
    since=2017,
    content_hash="56cd2720a8e52afd3893b66759c2e00fc5a5b11cddd6788dca550ac2a080b9fb",
    images_hash="d508222d58708aebdba92a699a110f7399ce66a3ccc9ae2b23b10203d5749dae",
)
DIGITS = PublicSet(
    name="UCI digits",
    since=1998,
    content_hash="89b94324647f076a7c90f465fabbd8ae23cb417d19f268107401fe5b9fe9b258",
    images_hash="65f445609664b568f9f73033a0de2a2a83bbf6630b13934f3131482ede2a45cb",
)
SETS = (MNIST, FASHION_MNIST, DIGITS)
_BY_HASH = {hash: each for each in SETS for hash in (each.content_hash, each.images_hash)}


def recognised(dataset: Dataset) -> PublicSet | None:
    """The published set that this is, by its hidden images, or as a whole where they weren't
    looked at when it was stored.
    """
    return _BY_HASH.get(dataset.images_hash or "") or _BY_HASH.get(dataset.content_hash)


def published_as(images: str) -> PublicSet | None:
    """The published set with hidden images of this `images_hash`."""
    return _BY_HASH.get(images)


def labels_are(dataset: Dataset) -> LabelsAre:
    """Who can know the hidden labels: by the set that it is, else as its organizer says."""
    is_public = recognised(dataset) is not None or dataset.labels_are == "public"
    return "public" if is_public else "secret"


def sentence(dataset: Dataset) -> str:
    """The same for the room."""
    found = recognised(dataset)
    if found is None:
        return SAID_PUBLIC if labels_are(dataset) == "public" else HELD_ALONE
    return (
        f"The labels of this set have been public since {found.since}: "
        "a file of predictions proves little."
    )


def images_hash(images: NDArray[Any]) -> str:
    """SHA-256 of inputs (n, …) in the order of their bytes: whoever shuffles them has the same."""
    digest = hashlib.sha256(f"{images.dtype.str}{images.shape}".encode())
    for row in sorted(image.tobytes() for image in np.ascontiguousarray(images)):
        digest.update(row)
    return digest.hexdigest()
