"""Runs PyTorch modules, Flax models and, where a contest takes no models, Keras models at home."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from heldout import _home_outputs as outputs
from heldout._errors import CannotSubmit
from heldout._frameworks import NAMES
from heldout._preparing import OF_NUMBERS, OF_PIXELS

if TYPE_CHECKING:
    from heldout._data import Data

AT_ONCE = 256
TRIED = 2
HOW_TO_SEND = (
    "predict as you do in training, and send what comes out: client.submit(predictions), one row "
    "for each of client.data().x_test"
)
Moved = Callable[[int, int], None]


class Network:
    """One trained network; `predict(part, how)` answers for "test" or "practice".

    Which shape it takes is found out: the inputs as they are, with a channel (first or last), or
    flat. A way to prepare them is `preprocessing/shape`. `one_is_of`: the class that its output is
    of, where a binary network has a single one: number 1, as in `y_train`, unless practice examples
    say that it learned the other one.
    """

    columns = None

    def __init__(self, model: Any, data: Data, root: str) -> None:
        self.model, self.data, self.root = model, data, root
        self.name = type(model).__name__
        self.sent = "numbers" if data.kind == "regression" else "probabilities"
        self._call = CALLS[root](model)
        self.one_is_of = 1

    def ways(self) -> Sequence[str]:
        """The ways of preparing inputs that may be tried."""
        ways = OF_PIXELS if self.data.has_pixels else OF_NUMBERS
        return [f"{how}/{shape}" for shape in self._shapes for how in ways]

    def predict(
        self, part: str, how: str, most: int | None = None, moved: Moved | None = None
    ) -> Any:
        """Predictions (n,) or (n, k), in batches; `moved(rows_done, rows)` after each.

        Raises `CannotSubmit` where it can't be run.
        """
        import numpy as np

        how, _, shape = how.partition("/")
        shape = shape or self._shapes[0]
        x = getattr(self.data, f"x_{part}")[:most]
        found = []
        with self.running():
            for start in range(0, len(x), AT_ONCE):
                found.append(self._batch(x[start : start + AT_ONCE], how, shape))
                if moved is not None:
                    moved(min(start + AT_ONCE, len(x)), len(x))
        values = np.concatenate(found)
        outputs.check_rows(values, len(x), self.name)
        self.check_width(values)
        return outputs.of_network(self.data, values, self.one_is_of)

    def _batch(self, x: Any, how: str, shape: str) -> Any:
        import numpy as np

        inputs = SHAPES[shape](self.data.preparing.prepared(x, how).astype(np.float32))
        try:
            return self._call(inputs)
        except Exception as error:
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise CannotSubmit(
                f"{self.name} could not be run on inputs of shape {inputs.shape}: {reason}",
                HOW_TO_SEND,
            ) from error

    @cached_property
    def _shapes(self) -> list[str]:
        """Those that two inputs go through in; raises what the first one said where none does."""
        fitting, first = [], None
        with self.running():
            for shape in _possible(self.data.x_test.shape[1:]):
                try:
                    found = self._batch(self.data.x_test[:TRIED], "none", shape)
                except CannotSubmit as error:
                    first = first or error
                    continue
                if len(found) == TRIED:
                    fitting.append(shape)
        if not fitting:
            raise first or CannotSubmit(f"{self.name} gave no row for each input.", HOW_TO_SEND)
        return fitting

    def few(self) -> Any:
        """Two inputs in the first shape that goes through. Raises `CannotSubmit` without one."""
        import numpy as np

        inputs = self.data.preparing.prepared(self.data.x_test[:TRIED], "none")
        return SHAPES[self._shapes[0]](inputs.astype(np.float32))

    def check_width(self, values: Any) -> int:
        """How many numbers it gave for one input. Raises `CannotSubmit` if they don't fit."""
        width = 1 if values.ndim == 1 else int(values[0].size)
        classes, targets = len(self.data.classes), len(self.data.targets) or 1
        fits = {"multiclass": {classes}, "binary": {1, 2}}.get(self.data.kind, {targets})
        if width not in fits:
            raise CannotSubmit(
                f"{self.name} gives {width} numbers for each input; this contest needs "
                f"{' or '.join(map(str, sorted(fits)))}.",
                "give its last layer so many outputs, in the order of client.data().classes or "
                ".targets",
            )
        return width

    @contextmanager
    def running(self) -> Iterator[None]:
        """As it is used, not as it is trained: dropout off, no gradients; afterwards as before."""
        torch = sys.modules.get("torch") if self.root == "torch" else None
        was_training = bool(getattr(self.model, "training", False))
        if torch is None:
            yield
            return
        self.model.eval()
        try:
            with torch.no_grad():
                yield
        finally:
            self.model.train(was_training)


def _possible(shape: tuple[int, ...]) -> list[str]:
    if len(shape) == 1:
        return ["as it is"]
    if len(shape) == 2:
        return ["as it is", "channel first", "channel last", "flat"]
    return ["channels first", "as it is", "flat"] if len(shape) == 3 else ["as it is", "flat"]


def _moved_channels(x: Any) -> Any:
    return x.transpose(0, 3, 1, 2)


SHAPES: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda x: x,
    "channel first": lambda x: x[:, None],
    "channel last": lambda x: x[..., None],
    "channels first": _moved_channels,
    "flat": lambda x: x.reshape(len(x), -1),
}


def tensor_for(model: Any, inputs: Any) -> Any:
    """The inputs as a tensor of PyTorch, where and in the precision in which the module is."""
    torch: Any = sys.modules["torch"]
    first = next(iter(model.parameters()), None)
    tensor = torch.from_numpy(inputs.copy())
    return tensor if first is None else tensor.to(first.device, first.dtype)


def _torch_call(model: Any) -> Callable[[Any], Any]:
    def call(inputs: Any) -> Any:
        answered = model(tensor_for(model, inputs))
        if isinstance(answered, tuple | list):
            answered = answered[0]
        # Hugging Face's models answer with an object around them.
        answered = getattr(answered, "logits", answered)
        return answered.detach().cpu().float().numpy()

    return call


def _keras_call(model: Any) -> Callable[[Any], Any]:
    import numpy as np

    return lambda inputs: np.asarray(model.predict(inputs, verbose=0))


def _flax_call(model: Any) -> Callable[[Any], Any]:
    """A training state, a module that is bound to its variables, or one of `flax.nnx`."""
    import numpy as np

    apply, params = getattr(model, "apply_fn", None), getattr(model, "params", None)
    if callable(apply) and params is not None:
        return lambda inputs: np.asarray(apply({"params": params}, inputs))
    is_unbound = hasattr(model, "bind") and getattr(model, "scope", None) is None
    if is_unbound or not callable(model):
        raise CannotSubmit(
            f"{type(model).__name__} is a {NAMES['flax']} module without its variables.",
            "client.submit(model.bind(variables)), with what model.init and your training gave: "
            'model.bind({"params": params})',
        )
    return lambda inputs: np.asarray(model(inputs))


CALLS: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "torch": _torch_call,
    "flax": _flax_call,
    "keras": _keras_call,
}
