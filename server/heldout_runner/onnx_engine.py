"""Plain models run by ONNX Runtime, on graphs that `lane` writes.

ONNX Runtime reads nothing that a stranger wrote: its bytes come from our own encoder. A model that
isn't known to be computed as Keras would, or that it can't compute, is `Unsupported`: that is no
verdict, TensorFlow has the word then.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Collection, Mapping
from typing import Any

# It would report to its maker, from a thread that begins with the import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import h5py
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from heldout_runner import keras_2_names, onnx_archive, weights_file, weights_in_order
from heldout_runner.lane.convert import converted
from heldout_runner.lane.graph import INPUT, Unsupported
from heldout_runner.lane.survey import convolves, declared_shape, obstacle
from heldout_runner.model_shapes import input_shape, shaped_input
from heldout_runner.onnx_archive import Feed, OnnxGraph
from heldout_runner.preprocessing import Inputs
from heldout_runner.protocol import Job
from heldout_runner.refused import Refused
from heldout_runner.variants import PIXEL_TYPE

METADATA_MEMBER, CONFIG_MEMBER = "metadata.json", "config.json"
KERAS_3, KERAS_2, HDF5 = "keras-3", "keras-2", "hdf5"
# Measured: small batches stay in the processor's cache, however wide a layer makes them.
CONVOLUTION_BATCH = 32
DENSE_BATCH = 256
# What it says of memory that it didn't get; its exceptions have one class for everything.
_NO_MEMORY = ("bad_alloc", "Failed to allocate memory", "out of memory")
CUDA, PROCESSOR = "CUDAExecutionProvider", "CPUExecutionProvider"
# Products as exact as the processor's, which is what the bounds of the lane are about; no memory
# beyond what a model needs; and no search for the quickest convolution, for one model a process.
CUDA_OPTIONS = {
    "use_tf32": 0,
    "arena_extend_strategy": "kSameAsRequested",
    "cudnn_conv_algo_search": "HEURISTIC",
}


Meaning = Callable[[Exception], Exception]
"""What an error of ONNX Runtime says of a model."""


Provider = str | tuple[str, dict[str, Any]]


def providers(device: str, gpu_memory_bytes: int, available: Collection[str]) -> list[Provider]:
    """What computes, the first choice first: CUDA for `gpu` or `gpu:N` where it is built in.

    The environment has already picked the GPU. Not run on a GPU: nobody had one at hand.
    """
    if not device.startswith("gpu") or CUDA not in available:
        return [PROCESSOR]
    limit = {"gpu_mem_limit": gpu_memory_bytes} if gpu_memory_bytes else {}
    return [(CUDA, {**CUDA_OPTIONS, **limit}), PROCESSOR]


class OnnxEngine:
    """ONNX Runtime on the processor, or on a GPU where that is asked for and `onnxruntime-gpu` is
    installed. Where CUDA can't be had, the processor stands in, and is named in the result.
    """

    out_of_memory: tuple[type[Exception], ...] = (MemoryError,)

    def __init__(self, device: str, threads: int, gpu_memory_bytes: int = 0) -> None:
        self._session_used: Any = None
        available = onnxruntime.get_available_providers()
        self._providers = providers(device, gpu_memory_bytes, available)
        if len(self._providers) > 1:
            onnxruntime.preload_dlls()  # CUDA from its own wheels or PyTorch's, where it is there
        self._options = onnxruntime.SessionOptions()
        self._options.intra_op_num_threads = threads or os.cpu_count() or 1
        self._options.inter_op_num_threads = 1
        self._options.log_severity_level = 4  # nobody reads it: a runner has no output

    @property
    def device(self) -> str:
        """Where the last session computes: `cpu` or `gpu`, by what it has fallen back to."""
        session = self._session_used
        return "gpu" if session is not None and CUDA in session.get_providers() else "cpu"

    @property
    def versions(self) -> dict[str, str]:
        """For the header."""
        return {"onnxruntime_version": onnxruntime.__version__}

    def load(self, job: Job, inputs: Inputs) -> OnnxModel:
        """The model in the job's file, as a session. Raises Refused or Unsupported."""
        given = onnx_archive.read(job.model_path)
        if given is not None:
            return self._of_file(job, inputs, given)
        metadata, model = _config(job.model_path)
        pixels = inputs.type == PIXEL_TYPE
        shape = input_shape(declared_shape(model), inputs.shape[1:], pixels=pixels)
        graph, parameters = _graph(job, metadata, model, shape)
        session = self._session(graph, _as_ours)
        batch = job.batch_size or _batch(convolves(model))
        return OnnxModel(session, lambda x: shaped_input(x, shape), parameters, batch)

    def _of_file(self, job: Job, inputs: Inputs, graph: OnnxGraph) -> OnnxModel:
        """A participant's graph, which nobody else computes: what goes wrong is a verdict."""
        if graph.parameters > job.longest_parameters:
            raise Refused("model_too_large", f"{graph.parameters:,}")
        pixels = inputs.type == PIXEL_TYPE
        feed = onnx_archive.feed(graph.shape, inputs.shape[1:], pixels=pixels)
        session = self._session(graph.content, _as_verdict)
        batch = graph.batch or job.batch_size or _batch(graph.convolves)
        fills = bool(graph.batch)
        return OnnxModel(session, feed, graph.parameters, batch, fills, _as_verdict)

    def _session(self, graph: bytes, means: Meaning) -> Any:
        try:
            session = onnxruntime.InferenceSession(graph, self._options, providers=self._providers)
        except Exception as error:
            raise means(error) from error
        self._session_used = session
        return session


class OnnxModel:
    """A session, and how it is fed: `batch` examples at once, and with `fills` never fewer."""

    takes_integers = False

    def __init__(
        self, session: Any, feed: Feed, parameters: int, batch: int,
        fills: bool = False, means: Meaning | None = None,
    ) -> None:  # fmt: skip
        self._session = session
        self._feed = feed
        self._batch = batch
        self._fills = fills
        self._means = means or _as_ours
        self.parameters = parameters

    def __call__(self, inputs: Inputs, variant: str) -> NDArray[np.float32]:
        """The output (n, …) as float32. Raises what an error of ONNX Runtime means."""
        try:
            outputs = [
                self._answered(self._fed(inputs, start, variant))
                for start in range(0, len(inputs), self._batch)
            ]
            joined = outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
        except Refused:
            raise
        except Exception as error:
            raise self._means(error) from error
        return joined[: len(inputs)] if self._fills else joined

    def _answered(self, fed: NDArray[np.float32]) -> NDArray[np.float32]:
        """A batch's output. Raises Refused where rows that fill it up couldn't be told apart."""
        found: NDArray[np.float32] = self._session.run(None, {INPUT: fed})[0]
        if self._fills and found.shape[:1] != fed.shape[:1]:
            raise Refused("output_shape", f"The model gives {found.shape} for {len(fed)} examples.")
        return found

    def _fed(self, inputs: Inputs, start: int, variant: str) -> NDArray[np.float32]:
        fed = self._feed(inputs.prepared(start, start + self._batch, variant))
        if self._fills and len(fed) < self._batch:
            fed = np.concatenate([fed, np.repeat(fed[-1:], self._batch - len(fed), axis=0)])
        return np.ascontiguousarray(fed)


def _batch(convolutions: bool) -> int:
    return CONVOLUTION_BATCH if convolutions else DENSE_BATCH


def _config(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The file's metadata and the model's config. Raises Unsupported for what is seen in them."""
    with zipfile.ZipFile(path) as archive:
        metadata: dict[str, Any] = json.loads(archive.read(METADATA_MEMBER))
        model: dict[str, Any] = json.loads(archive.read(CONFIG_MEMBER))
    if "activations" in metadata:
        raise Unsupported("activations as Keras 2 computed them")
    found = obstacle(model)
    if found:
        raise Unsupported(found)
    return metadata, model


def _graph(
    job: Job, metadata: dict[str, Any], model: dict[str, Any], shape: tuple[int, ...]
) -> tuple[bytes, int]:
    """The graph's bytes, and how many numbers the model has learned."""
    try:
        with weights_file.checked(job.model_path) as weights:
            arrays = _Arrays(laid_out(weights, metadata, model))
            graph = converted(model, arrays.read, shape)
    except weights_file.UnsafeWeights as error:
        raise Refused("weights_unsafe", str(error)) from error
    except weights_file.BrokenWeights as error:
        raise Refused("weights_invalid", str(error)) from error
    if arrays.parameters > job.longest_parameters:
        raise Refused("model_too_large", f"{arrays.parameters:,}")
    if not arrays.finite:
        raise Refused("non_finite", "Some of the model's weights are NaN or infinite.")
    return graph, arrays.parameters


def laid_out(
    weights: h5py.File, metadata: dict[str, Any], model: dict[str, Any]
) -> Mapping[str, Any]:
    """The arrays by their paths in a file of Keras 3, whichever way they are laid out.

    Raises Unsupported for what is left to Keras.
    """
    layout = metadata.get("weights_layout", KERAS_3)
    if layout == KERAS_3:
        as_they_are: Mapping[str, Any] = weights
        return as_they_are
    try:
        if layout == HDF5:
            return weights_in_order.paths(weights, model)
        if layout == KERAS_2:
            return keras_2_names.renamed(weights, model, str(metadata["keras_version"]))
    except (Unsupported, MemoryError):
        raise
    except Exception as error:  # a stranger's file: Keras may have a word for it
        raise Unsupported(f"a file that leads to {type(error).__name__}: {error}") from error
    raise Unsupported(f"weights in the layout {layout}")


class _Arrays:
    """The arrays that a graph is made of, counted and looked through, each once."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        self._weights = weights
        self._seen: set[str] = set()
        self.parameters = 0
        self.finite = True

    def read(self, at: str) -> NDArray[np.generic] | None:
        """The array at a path of the file; None where there is none."""
        found = self._weights.get(at)
        if not isinstance(found, h5py.Dataset):
            return None
        # Keras notes there how it has stored numbers that HDF5 doesn't know, such as bfloat16.
        if "dtype" in found.attrs:
            raise Unsupported("an array of another type than HDF5 knows")
        array = _single(found[()])
        if at not in self._seen:
            self._seen.add(at)
            self.parameters += array.size
            self.finite = self.finite and bool(np.isfinite(array).all())
        return array


def _single(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Fractions as float32; what is too large for that becomes infinite, as it does in Keras."""
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):
        return array.astype(np.float32, copy=False)


def _as_ours(error: Exception) -> Exception:
    """What an error of ONNX Runtime means: too little memory, or that it can't compute this."""
    return MemoryError() if _lacks_memory(error) else Unsupported(_said(error))


def _as_verdict(error: Exception) -> Exception:
    """The same of a graph that only ONNX Runtime computes: then it can't be computed at all."""
    return MemoryError() if _lacks_memory(error) else Refused("load_failed", _said(error))


def _lacks_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(word in str(error) for word in _NO_MEMORY)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
