"""Python's id() of a policy, far above any honest size."""

from pathlib import Path

from sandbox.cases.keras_files import (
    archive,
    dense,
    dense_weights,
    flatten,
    image_input,
    layer,
    sequential,
    weights,
)


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    policy = {
        **layer("DTypePolicy", "float32", module="keras"),
        "shared_object_id": 140284815426576,
    }
    config = sequential(image_input(), flatten(), dense("dense", 10, dtype=policy, seed=2**40))
    del config["config"]["layers"][2]["config"]["seed"]
    archive(path, config, weights(dense=dense_weights(784, 10)))
    return path
