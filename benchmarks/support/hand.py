"""A hand that draws digits: skeletons of the ten, bent, slanted and shaken as people do.

Made for tests and benchmarks of the drawn final; it knows nothing of MNIST. Everybody draws in a
manner of their own (slant, width, roundness, one of two shapes), and no digit twice alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(n, 2): x to the right, y down, in a square of 0 to 1."""


def _arc(
    x: float, y: float, rx: float, ry: float, begin: float, end: float
) -> list[tuple[float, float]]:
    """Points of an ellipse, angles in degrees, 0 to the right and clockwise on the page."""
    angles = np.radians(np.linspace(begin, end, 12))
    return [(x + rx * np.cos(a), y + ry * np.sin(a)) for a in angles]


SKELETONS: dict[int, tuple[tuple[list[tuple[float, float]], ...], ...]] = {
    0: ((_arc(0.5, 0.5, 0.3, 0.42, -100, 262),),),
    1: (([(0.5, 0.08), (0.5, 0.92)],), ([(0.36, 0.25), (0.52, 0.08), (0.52, 0.92)],)),
    2: (([*_arc(0.5, 0.3, 0.26, 0.22, 190, 380), (0.62, 0.55), (0.24, 0.9), (0.8, 0.88)],),),
    3: (([*_arc(0.46, 0.29, 0.26, 0.21, 200, 430), *_arc(0.46, 0.7, 0.3, 0.22, -80, 150)],),),
    4: (
        ([(0.36, 0.08), (0.22, 0.55), (0.8, 0.55)], [(0.62, 0.28), (0.6, 0.93)]),
        ([(0.62, 0.93), (0.62, 0.08), (0.2, 0.62), (0.84, 0.62)],),
    ),
    5: (
        (
            [(0.74, 0.1), (0.34, 0.1), (0.3, 0.45), *_arc(0.46, 0.67, 0.29, 0.24, -110, 140)],
        ),
        (
            [(0.34, 0.1), (0.3, 0.45), *_arc(0.46, 0.67, 0.29, 0.24, -110, 140)],
            [(0.34, 0.1), (0.76, 0.1)],
        ),
    ),
    6: (([(0.66, 0.08), (0.36, 0.4), *_arc(0.49, 0.68, 0.24, 0.23, 190, 545)],),),
    7: (
        ([(0.22, 0.12), (0.78, 0.12), (0.42, 0.92)],),
        ([(0.22, 0.12), (0.78, 0.12), (0.42, 0.92)], [(0.34, 0.52), (0.7, 0.5)]),
    ),
    8: (
        ([*_arc(0.5, 0.29, 0.21, 0.2, -60, -270), *_arc(0.5, 0.7, 0.26, 0.22, -90, 270),
          *_arc(0.5, 0.29, 0.21, 0.2, 90, -60)],),
    ),
    9: (([*_arc(0.48, 0.32, 0.24, 0.23, 0, -350), (0.72, 0.36), (0.64, 0.92)],),),
}  # fmt: skip


@dataclass(frozen=True)
class Hand:
    """One person's way of writing."""

    slant: float
    width: float
    turn: float
    shake: float
    shape: int

    @classmethod
    def of(cls, number: int) -> Hand:
        """The hand of the person with this number, always the same."""
        r = np.random.default_rng((7, number))
        return cls(
            slant=r.normal(0.12, 0.14), width=r.uniform(0.65, 1.0), turn=r.normal(0, 0.06),
            shake=r.uniform(0.004, 0.014), shape=int(r.integers(0, 2)),
        )  # fmt: skip

    def draws(self, digit: int, seed: int = 0) -> list[list[int]]:
        """The strokes of one digit, as a phone sends them: x, y, … of 0 to 1000."""
        r = np.random.default_rng((digit, seed, int(abs(self.slant) * 1e6)))
        shapes = SKELETONS[digit]
        bend = r.normal(0, 0.035, (2, 2))
        return [
            self._drawn(np.array(stroke), bend, r) for stroke in shapes[self.shape % len(shapes)]
        ]

    def _drawn(self, skeleton: Points, bend: Points, r: np.random.Generator) -> list[int]:
        points = _smoothed(skeleton + r.normal(0, 0.012, skeleton.shape)) - 0.5
        points += 4 * (points**2) @ bend - bend.sum(axis=0) / 3
        points[:, 0] = points[:, 0] * self.width - self.slant * points[:, 1]
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        points = points @ np.array([[cosine, sine], [-sine, cosine]])
        points += np.cumsum(r.normal(0, self.shake / 3, points.shape), axis=0)
        return [int(n) for n in np.clip(np.round(500 + 800 * points), 0, 1000).reshape(-1)]


def _smoothed(points: Points, a_piece: int = 8) -> Points:
    """A Catmull-Rom curve through the points (E. Catmull and R. Rom, 1974); two stay a line."""
    if len(points) == 2:
        return np.linspace(points[0], points[1], 3 * a_piece)
    ends = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, a_piece, endpoint=False)[:, None]
    pieces = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                   + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )  # fmt: skip
    return np.concatenate([*pieces, points[-1:]])
