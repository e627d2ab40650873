"""What the sentences about models say of the task: its images and its classes."""

from __future__ import annotations

IMAGE_SHAPE = (28, 28)
CLASSES = 10
IMAGE = "28×28 image"
INPUT_SHAPES = "(28, 28), (28, 28, 1) or (784,)"
NUMBERS = "ten numbers"
CLASS = "digit"
FIRST_CLASSES = "the digits 0-9"
SMALL_ENOUGH = "MNIST needs fewer than a million parameters"
TWO_CONVOLUTIONS = "two or three convolutions do well on digits"
