"""In which order Keras computes the calls of a Functional model, and lists its layers.

By that list Keras counts which Conv2D is the second, and so which arrays are whose. It makes the
list anew from the graph when it loads a file (keras/src/ops/function.py, `map_graph`), whatever the
order in the config.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from heldout_runner.lane.graph import Unsupported

Call = tuple[str, int]
"""A layer's name, and which of its calls."""


class Walk(NamedTuple):
    """What was met on the way back from a model's output."""

    calls: dict[Call, list[Call]]
    """Each call and those that it takes its values from, which stand before it."""
    layers: list[str]
    """The layers in the order in which they were met."""


def walked(end: Call, sources: Callable[[Call], list[Call]]) -> Walk:
    """Everything that the output needs, depth first; `sources` is asked once for each call."""
    taken = {end: sources(end)}
    path: dict[Call, Iterator[Call]] = {end: iter(taken[end])}
    walk = Walk({}, [end[0]])
    met = {end[0]}
    while path:
        call = next(reversed(path))
        source = next(path[call], None)
        if source is None:
            walk.calls[call] = taken[call]
            del path[call]
        elif source in path:
            raise Unsupported("layers in a circle")
        elif source not in walk.calls:
            taken[source] = sources(source)
            path[source] = iter(taken[source])
            if source[0] not in met:
                met.add(source[0])
                walk.layers.append(source[0])
    return walk


def listed(walk: Walk) -> list[str]:
    """The layers as Keras lists them: the farthest from the output first, then as they were met."""
    of_calls: dict[Call, int] = {}
    of_layers: dict[str, int] = {}
    for call in reversed(walk.calls):
        depth = max(of_calls.get(call, 0), of_layers.get(call[0], 0))
        of_calls[call] = of_layers[call[0]] = depth
        for source in walk.calls[call]:
            of_calls[source] = max(of_calls.get(source, 0), depth + 1)
    return sorted(walk.layers, key=lambda name: -of_layers[name])
