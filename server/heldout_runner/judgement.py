"""What a runner has found out about a model on practice examples, in a fixed length of bytes.

Nothing here is needed to score: it decides about words, and about which preprocessing is used.
Standard library only.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from heldout_runner.variants import PREPROCESSING

# More than a runner ever looks at: what claims more is no judgement.
MOST_JUDGED = 10_000
READS_WELL = 0.9
# What makes most examples right explains the others; a few more prove only that something differs.
EXPLAINED_FROM = 0.6
# Numbers are never all right: of them a fifth of the variance, if that is far beyond luck.
EXPLAINED_VARIANCE = 0.2
# n times R² of a chance relation has a mean of 1, and is above 15 once in ten thousand times.
BEYOND_LUCK = 15.0
ONE_LOW, ONE_HIGH = "one_low", "one_high"
OTHER_CLASS = "other_class"
SCALED = "scaled"
LOGARITHM, LOGARITHM_PLUS_ONE = "logarithm", "logarithm_plus_one"
# What may make answers right that are wrong as they are given; none first.
EXPLANATIONS = ("", ONE_LOW, ONE_HIGH, OTHER_CLASS, SCALED, LOGARITHM, LOGARITHM_PLUS_ONE)
# number of the variant used, practice examples judged, a share for each variant, what a constant
# reaches, number of the explanation, its share, slope and offset
_LAYOUT = struct.Struct(f"<BI{len(PREPROCESSING)}ffBfff")


@dataclass(frozen=True)
class Judgement:
    """How a model answers practice examples, whose answers are public.

    `preprocessing` is the variant used for all inputs; `examples` how many practice examples were
    judged (0: none). A *share* is 0 to 1: of classes, how many examples are right; of several
    labels, how many of all labels are; of numbers, R² where it is above 0, the mean over the
    outputs. `shares` has one for each of `PREPROCESSING`, NaN where it wasn't judged; `constant`
    is what the best answer reaches that is always the same, 0 for numbers.

    `explanation` is one of `EXPLANATIONS`, or empty, with `explained`, the share that the used
    variant reaches after it:

    | explanation | the answers become right when |
    |---|---|
    | `one_low`, `one_high` | 1 is added to the class number, or taken off it |
    | `other_class` | each of two classes stands for the other |
    | `scaled` | they are multiplied by `slope`, and `offset` is added (NaN: several outputs) |
    | `logarithm`, `logarithm_plus_one` | `exp(x)`, or `exp(x) - 1`, is taken of them |
    """

    preprocessing: str = PREPROCESSING[0]
    examples: int = 0
    shares: tuple[float, ...] = (math.nan,) * len(PREPROCESSING)
    constant: float = math.nan
    explanation: str = ""
    explained: float = math.nan
    slope: float = math.nan
    offset: float = math.nan

    def share(self, variant: str) -> float:
        """The share with `variant`; NaN where it wasn't judged."""
        return self.shares[PREPROCESSING.index(variant)]

    def pack(self) -> bytes:
        """The judgement in its fixed length."""
        return _LAYOUT.pack(
            PREPROCESSING.index(self.preprocessing), self.examples, *self.shares, self.constant,
            EXPLANATIONS.index(self.explanation), self.explained, self.slope, self.offset,
        )  # fmt: skip

    @classmethod
    def unpack(cls, raw: bytes) -> Judgement:
        """Read a judgement; shares outside 0 to 1 become NaN. Raises ValueError for nonsense."""
        number, examples, *rest = _LAYOUT.unpack(raw)
        *shares, constant, explanation, explained, slope, offset = rest
        known = number < len(PREPROCESSING) and explanation < len(EXPLANATIONS)
        if not known or examples > MOST_JUDGED:
            raise ValueError("not a judgement")
        return cls(
            PREPROCESSING[number], examples, tuple(_share(value) for value in shares),
            _share(constant), EXPLANATIONS[explanation], _share(explained),
            _finite(slope), _finite(offset),
        )  # fmt: skip


LENGTH = _LAYOUT.size


def reads_well(share: float, constant: float) -> bool:
    """Whether nothing needs to be looked for: most is right, and far more than by a constant."""
    most = 0.0 if math.isnan(constant) else (1 + constant) / 2
    return share >= max(READS_WELL, most)


def is_most(share: float, constant: float) -> bool:
    """Whether so much is right that it explains what isn't, of labels."""
    known = 0.0 if math.isnan(constant) else constant
    return share >= max(EXPLAINED_FROM, known + (1 - known) / 4)


def is_relation(share: float, examples: int) -> bool:
    """Whether numbers have so much to do with the answers that there must be a reason."""
    return share >= EXPLAINED_VARIANCE and examples * share >= BEYOND_LUCK


def _share(value: float) -> float:
    return value if 0 <= value <= 1 else math.nan


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
