"""Which engine runs a model: the lane (ONNX Runtime) where it is known to be right, or TensorFlow.

The lane scores or passes on: where TensorFlow is there, too, it alone refuses a file, so that a
gap in what we know of a layer costs time and never a score. What can be told from the config is
told before any process is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import structlog

from heldout_runner import gpu
from heldout_runner.lane import survey
from heldout_runner.onnx_archive import is_graph
from heldout_runner.protocol import ONNXRUNTIME, TENSORFLOW
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.pool_port import Pool, PoolStatus
from heldout_server.prediction.runner import (
    NeedsTensorFlow,
    NeverBegan,
    NotKnownHere,
    RunnerFailed,
    RunnerResult,
    RunOrder,
    UseValues,
    unused,
)
from heldout_server.prediction.selftest import ProbeResult
from heldout_server.prediction.zygote_process import Protection

log = structlog.get_logger()

AUTO = "auto"
# What each engine is made of.
PACKAGES = {TENSORFLOW: ("tensorflow", "keras"), ONNXRUNTIME: ("onnxruntime", "h5py")}
CUDA_LIBRARY = "libonnxruntime_providers_cuda.so"
INSTALL = 'pip install "heldout-server[tensorflow]"'
OUT = "ONNX Runtime can't start here"
LEFT = "layers that ONNX Runtime didn't compute as TensorFlow does"
BY_TENSORFLOW = f"Scored by TensorFlow: it has {LEFT}."
PLAIN = f"Use plain layers only, or ask the organizers to install TensorFlow ({INSTALL})."


@dataclass(frozen=True)
class Lack:
    """Why only plain models run, as a sentence's beginning, and what to do about it."""

    sentence: str
    hint: str


NO_TENSORFLOW = Lack("This server has no TensorFlow", PLAIN)
NO_SANDBOX = Lack(
    "This server has no sandbox, so it never starts TensorFlow",
    "Use plain layers only, or send the model's predictions: client.submit(predictions).",
)


def chosen(
    wanted: str, device: str, has: Callable[[str], bool], devices: Path = Path("/dev")
) -> tuple[str, ...]:
    """The engines to start for what is wanted, `auto` or one engine's name, and what is installed.

    A GPU is TensorFlow's where that is installed; a machine that merely has one does without it.
    """
    if wanted != AUTO:
        return (wanted,)
    if not (has(ONNXRUNTIME) and has(TENSORFLOW)):
        return (ONNXRUNTIME,) if has(ONNXRUNTIME) else (TENSORFLOW,)
    is_on_gpu = device.startswith("gpu") or gpu.is_used(device, devices)
    return (TENSORFLOW,) if is_on_gpu else (ONNXRUNTIME, TENSORFLOW)


def lanes_device(device: str, engines: tuple[str, ...], *, has_cuda: bool) -> str:
    """Where ONNX Runtime computes: on a GPU only where one is asked for by name, TensorFlow isn't
    among the engines, and ours can use it. On a GPU a runner's memory has no limit of its own.
    """
    is_for_it = has_cuda and TENSORFLOW not in engines
    return device if device.startswith("gpu") and is_for_it else "cpu"


def has_cuda() -> bool:
    """Whether ONNX Runtime's build has its provider for CUDA; imports nothing of it."""
    found = find_spec("onnxruntime")
    return found is not None and any(
        (Path(folder) / "capi" / CUDA_LIBRARY).is_file()
        for folder in found.submodule_search_locations or ()
    )


def is_installed(engine: str) -> bool:
    """Whether this Python has what the engine is made of; imports none of it."""
    return all(find_spec(package) is not None for package in PACKAGES[engine])


def nothing_left(layers: str) -> bool:
    """No set of layers has left the lane."""
    return False


@dataclass
class TwoEngines:
    """The runners of one machine: the lane's, and TensorFlow's where it is installed.

    `has_left` says whether a set of layers, by its name, isn't scored in the lane any more. With
    `others_have_it`, what only TensorFlow can run waits for a worker that has it. Without
    `takes_plain` the lane runs ONNX files, and nothing of Keras.
    """

    lane: Pool
    tensorflow: Pool | None
    has_left: Callable[[str], bool] = nothing_left
    others_have_it: bool = False
    takes_plain: bool = True
    lack: Lack = NO_TENSORFLOW
    _lane_is_out: bool = False
    _is_closed: bool = False

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        """Run a model by the engine that it is for; see `RunnerPool.predict`."""
        if is_graph(order.config):
            return self._only_by_the_lane(order, cancelled, use)
        reason = OUT if self._lane_is_out else self._reason_against(order)
        left = not reason and self.has_left(survey.layer_set(dict(order.config)))
        if not reason and not left:
            try:
                return self.lane.predict(order, cancelled, use)
            except NotKnownHere as unknown:
                reason = str(unknown)
            except (Rejection, RunnerFailed) as error:
                if self.tensorflow is None or _is_final(error):
                    raise
                log.info("lane.passed_on", reason=str(error))
        if self.tensorflow is None:
            raise self._lacks_tensorflow(reason or LEFT)
        found = self.tensorflow.predict(order, cancelled, use)
        return replace(found, note=BY_TENSORFLOW) if left else found

    def _only_by_the_lane(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues
    ) -> RunnerResult:
        if self._lane_is_out:
            raise NeverBegan(OUT)
        return self.lane.predict(order, cancelled, use)

    def warm(self) -> None:
        """Start both in the background."""
        for pool in self._pools:
            pool.warm()

    def self_test(self, *, secret: Path | None = None, thorough: bool = False) -> list[ProbeResult]:
        """The attempts of both; each must hold. Raises RunnerFailed.

        A lane that can't start is out until it has been tested: TensorFlow does without.
        """
        if self.tensorflow is None:
            return self.lane.self_test(secret=secret, thorough=thorough)
        try:
            found = self.lane.self_test(secret=secret, thorough=thorough)
            self._lane_is_out = False
        except RunnerFailed as error:
            if self._is_closed:
                raise
            log.error("lane.out", reason=str(error))
            found, self._lane_is_out = [], True
        return [*found, *self.tensorflow.self_test(secret=secret, thorough=thorough)]

    def protection(self) -> Protection:
        """What protects runners: the same for both. Raises RunnerFailed."""
        return self._pools[-1].protection()

    def has_idle_runner(self) -> bool:
        """Whether a runner of each waits ready and no job is under way."""
        return all(pool.has_idle_runner() for pool in self._pools)

    def status(self) -> PoolStatus:
        """Of both together: half of the slots at most work at the same time."""
        found = [pool.status() for pool in self._pools]
        return PoolStatus(
            slots=sum(one.slots for one in found),
            ready=sum(one.ready for one in found),
            busy=sum(one.busy for one in found),
            memory_bytes=sum(one.memory_bytes for one in found),
            zygotes_started=sum(one.zygotes_started for one in found),
            problem=next((one.problem for one in found if one.problem), ""),
        )

    def forget(self, inputs: Path) -> None:
        """These inputs aren't asked about any more, for now."""
        for pool in self._pools:
            pool.forget(inputs)

    def renew(self) -> None:
        """Replace both zygotes, for new packages."""
        for pool in self._pools:
            pool.renew()

    def close(self) -> None:
        """End every runner."""
        self._is_closed = True
        for pool in self._pools:
            pool.close()

    @property
    def _pools(self) -> tuple[Pool, ...]:
        return (self.lane,) if self.tensorflow is None else (self.lane, self.tensorflow)

    def _reason_against(self, order: RunOrder) -> str:
        """What the config has that the lane doesn't know, or nothing."""
        if not self.takes_plain:
            return "the lane runs ONNX files only"
        return survey.obstacle(dict(order.config))

    def _lacks_tensorflow(self, reason: str) -> Rejection | RunnerFailed:
        if self.others_have_it:
            return NeedsTensorFlow(reason)
        sentence = f"{self.lack.sentence}, which the model needs: {reason}."
        return Rejection("needs_tensorflow", sentence, self.lack.hint)


def _is_final(error: Rejection | RunnerFailed) -> bool:
    """Whether TensorFlow isn't asked for a second opinion: it would take at least as long."""
    return isinstance(error, Rejection) and error.code == "timeout"
