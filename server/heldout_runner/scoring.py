"""Score one model file: predict every test example, and judge the model on practice examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heldout_runner import practice, search
from heldout_runner.engine import Engine, Model
from heldout_runner.judgement import Judgement
from heldout_runner.lane.graph import Unsupported
from heldout_runner.model_shapes import finite, shaped_output
from heldout_runner.preprocessing import Inputs, Scaling, stacked
from heldout_runner.protocol import CODE_STATUS, OK, UNSUPPORTED, Header, Job
from heldout_runner.refused import Refused
from heldout_runner.variants import AUTO, canonical, suited, untouched


@dataclass(frozen=True)
class Announcements:
    """Who is told on the way: that the model is loaded, and its values as soon as they exist.

    `predicted` gets how many there are of one example, and all of them as bytes.
    """

    loaded: Callable[[], None] = lambda: None
    predicted: Callable[[int, bytes], None] = lambda *_: None


def run(job: Job, engine: Engine, announce: Announcements | None = None) -> tuple[Header, bytes]:
    """Run one job; failures of the model come back as a header with their status.

    The values are float32 (n, width), as bytes.
    """
    try:
        return _run(job, engine, announce or Announcements())
    except Refused as refused:
        return Header(CODE_STATUS[refused.code], detail=str(refused)), b""
    except Unsupported as unknown:
        return Header(UNSUPPORTED, detail=str(unknown)), b""
    except engine.out_of_memory:
        return Header(CODE_STATUS["out_of_memory"]), b""


def _run(job: Job, engine: Engine, announce: Announcements) -> tuple[Header, bytes]:
    inputs = _inputs(job)
    model = engine.load(job, inputs)
    announce.loaded()
    prediction = _Prediction(model, job, inputs.type)
    values = prediction.values(inputs)
    content = values.tobytes()
    announce.predicted(values.shape[1], content)
    header = Header(
        OK,
        rows=values.shape[0],
        columns=values.shape[1],
        parameters=model.parameters,
        device=engine.device,
        judgement=prediction.judgement(),
        **engine.versions,
    )
    return header, content


def _inputs(job: Job) -> Inputs:
    # Mapped to be copied when written to, which TensorFlow wants of arrays that it reads in place.
    mapped = job.prepared_inputs_path
    return Inputs(
        np.load(job.inputs_path, mmap_mode="r"),
        np.load(mapped, mmap_mode="c") if mapped else None,
        Scaling.read(job.scaling_path),
    )


class _Prediction:
    """One model's output, prepared as declared or as practice says, and its judgement."""

    def __init__(self, model: Model, job: Job, input_type: str) -> None:
        self._model = model
        self._widths = job.widths
        self._default = suited(input_type)[0]
        self._known = practice.Practice.of(job)
        self._variant = _declared(model, job, input_type)
        self._chosen: Judgement | None = None
        if self._variant == AUTO:
            known = self._known
            self._chosen = (
                search.best(known, self._outputs) if known else practice.unjudged(self._default)
            )
            self._variant = self._chosen.preprocessing

    def values(self, inputs: Inputs) -> NDArray[np.float32]:
        """Finite values (n, width). Raises Refused."""
        return finite(self._output(inputs, self._variant))

    def judgement(self) -> Judgement:
        """How the model reads practice examples."""
        if self._chosen is not None:
            return self._chosen
        if self._known is None:
            return practice.unjudged(self._variant)
        return practice.judged(self._variant, self._known, self._outputs)

    def _outputs(self, inputs: Inputs, variants: Sequence[str]) -> NDArray[np.float32]:
        """(variants, n, width)"""
        together = self._output(stacked(inputs, variants), self._default)
        return together.reshape(len(variants), len(inputs), -1)

    def _output(self, inputs: Inputs, variant: str) -> NDArray[np.float32]:
        return shaped_output(self._model(inputs, variant), len(inputs), self._widths)


def _declared(model: Model, job: Job, input_type: str) -> str:
    # Where a model takes whole numbers, fractions would be cut to nothing.
    if model.takes_integers:
        return untouched(input_type)
    return canonical(job.preprocessing, input_type)
