"""The named ways to prepare inputs, and which of them suit which type. Standard library only.

uint8 inputs are pixels, of which every range that people train on has a name. Whole numbers and
floats are in units of their own: they stay as they are (`none`) or are scaled by figures that the
contest keeps.
"""

from __future__ import annotations

PIXEL_TYPE = "uint8"
NONE = "none"
AUTO = "auto"
# What pixels are as they come; a model that takes whole numbers gets them whatever was declared.
RAW = "0-255"
# The first of each is believed until practice examples say otherwise.
PIXELS = ("0-1", RAW, "-0.5-0.5", "-1-1", "standardize", "l2-rows")
NUMBERS = (NONE, "standardize", "l2-rows")
# All names; their order is also the order in which a result has them.
PREPROCESSING = (*PIXELS, NONE)


def suited(input_type: str) -> tuple[str, ...]:
    """The variants for inputs of this NumPy type, the default first."""
    return PIXELS if input_type == PIXEL_TYPE else NUMBERS


def untouched(input_type: str) -> str:
    """The variant that leaves the values as they are."""
    return RAW if input_type == PIXEL_TYPE else NONE


def canonical(variant: str, input_type: str) -> str:
    """The same variant under its one name: `none` of pixels is `0-255`."""
    return untouched(input_type) if variant == NONE else variant
