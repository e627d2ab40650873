from pathlib import Path

import numpy as np

from heldout_server.datasets.tfds_order import tfds_test_order


class TestTfdsTestOrder:
    def test_begins_as_tensorflow_datasets_does(self) -> None:
        assert tfds_test_order()[:5].tolist() == [9933, 5669, 163, 6686, 4747]

    def test_has_every_image_once(self) -> None:
        assert np.array_equal(np.sort(tfds_test_order()), np.arange(10_000))

    def test_is_the_order_that_the_library_gave(self, shared_data: Path) -> None:
        assert np.array_equal(tfds_test_order(), np.load(shared_data / "tfds_test_order.npy"))
