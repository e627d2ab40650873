"""What sentences say of a contest: its examples, its classes, what a model gets and gives. Pure.

`words` chooses them; where a contest is of MNIST's images they are those of MNIST.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from heldout_server.tasks.kinds import Task

IMAGE_SHAPE = (28, 28)
CLASSES = 10
IMAGE = "28×28 image"
INPUT_SHAPES = "(28, 28), (28, 28, 1) or (784,)"
NUMBERS = "ten numbers"
CLASS = "digit"
FIRST_CLASSES = "the digits 0-9"
SMALL_ENOUGH = "MNIST needs fewer than a million parameters"
TWO_CONVOLUTIONS = "two or three convolutions do well on digits"

_COUNTS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_DIGITS = tuple("0123456789")
TEST_IMAGES = "client.test_images()"
MOST_NAMES = 5
LONGEST_NAME = 20


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one contest, each ready to stand in a sentence.

    `example` and `examples`: "image(s)", "row(s)" or "example(s)". `input`: one example as a model
    gets it, "28×28 image". `input_shapes`: the shapes that a model may take, without the batch.
    `outputs`: what a model gives for one example, "ten numbers". `one_class`: "digit" or "class";
    `classes` has all of them. `test_inputs`: the client's call that gives the hidden examples'
    inputs. `small_enough` and `smaller` say how large a model has to be. `metric` begins a
    sentence on what ranks.
    """

    example: str
    examples: str
    input: str
    input_shapes: str
    outputs: str
    one_class: str
    classes: str
    test_inputs: str
    small_enough: str
    smaller: str
    metric: str = "The metric"

    @property
    def of_mnist(self) -> bool:
        """Whether they are those of MNIST's images."""
        return self.one_class == "digit" and self.test_inputs == TEST_IMAGES


def words(
    task: Task, input_shape: Sequence[int] = (), *, is_images: bool = False, metric: str = ""
) -> Words:
    """The words of a contest whose inputs have this shape, without the batch.

    `metric` is the ranking metric's label, where it is known.
    """
    shape = tuple(input_shape)
    examples = _examples(shape, is_images)
    of_digits = is_images and task.classes == _DIGITS
    of_mnist = of_digits and shape == IMAGE_SHAPE
    return Words(
        example=examples.removesuffix("s"),
        examples=examples,
        input=_input(shape, is_images),
        input_shapes=_input_shapes(shape, is_images),
        outputs=counted_numbers(task.width),
        one_class="digit" if of_digits else "class",
        classes=FIRST_CLASSES if of_digits else _names(task),
        test_inputs=_test_inputs(shape, is_images),
        small_enough=SMALL_ENOUGH if of_mnist else _SMALL_ENOUGH_ELSEWHERE,
        smaller=TWO_CONVOLUTIONS if of_digits else _smaller(is_images),
        metric=metric or "The metric",
    )


def counted_numbers(count: int) -> str:
    """`one number`, `ten numbers`, `47 numbers`."""
    said = _COUNTS[count] if count < len(_COUNTS) else f"{count:,}"
    return f"{said} number{'s' if count != 1 else ''}"


_SMALL_ENOUGH_ELSEWHERE = "fewer than a million parameters are often enough"


def _examples(shape: tuple[int, ...], is_images: bool) -> str:
    if is_images:
        return "images"
    return "rows" if len(shape) == 1 else "examples"


def _input(shape: tuple[int, ...], is_images: bool) -> str:
    if is_images:
        return f"{'×'.join(map(str, shape))} image"
    if len(shape) == 1:
        return f"row of {counted_numbers(shape[0])}"
    return f"array of shape {shape}" if shape else "example"


def _input_shapes(shape: tuple[int, ...], is_images: bool) -> str:
    flat = (math.prod(shape),)
    if is_images and (len(shape) == 2 or shape[2:] == (1,)):
        plane = shape[:2]
        return f"{plane}, {(*plane, 1)} or {flat}"
    return f"{shape} or {flat}" if len(shape) > 1 else f"{shape}"


def _names(task: Task) -> str:
    """The first classes or outputs by name, or how many there are."""
    names = task.classes or task.targets
    if len(names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in names):
        return f"the {len(names):,} {'classes' if task.classes else 'targets'}"
    return ", ".join(names)


def _test_inputs(shape: tuple[int, ...], is_images: bool) -> str:
    return TEST_IMAGES if is_images and shape == IMAGE_SHAPE else "client.data().x_test"


def _smaller(is_images: bool) -> str:
    if is_images:
        return "two or three convolutions do well on small images"
    return "two or three dense layers are often enough"
