"""The shape of what a contest's data is, for programs that download it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from heldout_server.web.schemas.shape import Shape


class MeasureOut(Shape):
    """A metric: what it is called, which way is better, how a figure of it is written.

    `needs`: what predictions must hold for it. `digits` are shown after the point (of a
    percentage for the unit `share`); in units of the target they are significant digits.
    """

    name: str = Field(examples=["neg_root_mean_squared_error"])
    label: str = Field(examples=["RMSE"])
    direction: Literal["higher", "lower"]
    unit: Literal["share", "coefficient", "nats", "squared", "target"]
    digits: int = Field(examples=[3])
    needs: Literal["labels", "scores", "probabilities", "numbers"]
    explained: str


class InputOut(Shape):
    """One example's input: its shape without the number of examples, and its NumPy type."""

    shape: list[int] = Field(examples=[[28, 28]])
    type: str = Field(examples=["uint8"])
    is_images: bool
    is_table: bool


class FeatureOut(Shape):
    """One column of the array that a table became.

    `column` is the table's own, `category` the value that a one-hot column stands for. `mean` and
    `deviation` are those of training; `missing` stands for an empty cell.
    """

    name: str = Field(examples=["bill_length_mm"])
    column: str = Field(examples=["bill_length_mm"])
    category: str | None
    mean: float
    deviation: float
    missing: float


class ScalingOut(Shape):
    """How `standardize` prepares inputs for models: (x / divisor - mean) / deviation, in float32.

    Mean and deviation fit one input by broadcasting. Where they are too many to be listed they are
    null, and `file` names the one that holds them.
    """

    divisor: float = Field(examples=[1.0])
    mean: float | list[Any] | None
    deviation: float | list[Any] | None
    file: str | None


class ExamplesOut(Shape):
    """How many there are of each part."""

    train: int
    practice: int
    test: int


class DataFileOut(Shape):
    """A file; `sha256` of its bytes in hex."""

    name: str = Field(examples=["training_data.npz"])
    bytes: int
    sha256: str
    url: str


class DataOut(Shape):
    """What there is to learn from, what is to be predicted, and how that is measured.

    `classes` are the names of the classes in the order of their numbers; `targets` the names of
    the outputs. `positive` is the number of the class that a binary probability is of.
    """

    contest: str = Field(examples=["mnist"])
    title: str
    kind: Literal["binary", "multiclass", "multilabel", "regression"]
    classes: list[str]
    targets: list[str]
    positive: int | None
    metric: str = Field(examples=["accuracy"])
    metric_label: str = Field(examples=["Accuracy"])
    direction: Literal["higher", "lower"]
    measure: MeasureOut
    also: list[MeasureOut] = Field(description="Further metrics, shown and not ranked.")
    preprocessing: str = Field(description="What is done to inputs where nothing is said.")
    input: InputOut
    features: list[FeatureOut]
    scaling: ScalingOut
    examples: ExamplesOut
    dataset: str = Field(examples=["MNIST"])
    dataset_hash: str
    note: str
    files: list[DataFileOut]
