"""Published sets are recognised by what they hold, and everybody is told what that means."""

import numpy as np
import pytest

from heldout_server.datasets import known
from heldout_server.datasets.digits import load_digits
from heldout_server.datasets.mnist import dataset_from_arrays
from heldout_server.datasets.mnist_files import MnistArrays
from heldout_server.datasets.store import describe
from heldout_server.models import Dataset


def row(content_hash="0" * 64, images_hash=None):
    return Dataset(content_hash=content_hash, images_hash=images_hash)


def test_the_digits_are_recognised_either_way():
    info = describe(load_digits())
    assert known.recognised(row(info.content_hash)) is known.DIGITS
    assert known.recognised(row(images_hash=info.images_hash)) is known.DIGITS


def test_mnist_is_recognised_either_way(shared_data):
    with np.load(shared_data / "mnist.npz") as file:
        names = ("x_train", "y_train", "x_test", "y_test")
        info = describe(dataset_from_arrays(MnistArrays(**{n: file[n] for n in names}), "it"))
    assert known.recognised(row(info.content_hash)) is known.MNIST
    assert known.recognised(row(images_hash=info.images_hash)) is known.MNIST


def test_the_order_of_the_images_does_not_matter_and_a_pixel_does():
    images = load_digits().x_test
    changed = images.copy()
    changed[0, 0, 0] ^= 1
    assert known.images_hash(images[::-1]) == known.DIGITS.images_hash
    assert known.images_hash(changed) != known.DIGITS.images_hash


def test_what_nobody_published_is_secret():
    assert known.recognised(row()) is None
    assert known.labels_are(row()) == "secret"
    assert "organizers alone" in known.sentence(row())


@pytest.mark.parametrize("published", known.SETS, ids=lambda each: each.name)
def test_says_since_when_labels_are_public(published):
    assert known.labels_are(row(published.content_hash)) == "public"
    assert f"public since {published.since}" in known.sentence(row(published.content_hash))
    assert (published.best_published is None) == (not published.source)


def test_an_organizer_may_say_that_they_are_public():
    said = row()
    said.labels_are = "public"
    assert known.labels_are(said) == "public"
    assert known.sentence(said) == known.SAID_PUBLIC
