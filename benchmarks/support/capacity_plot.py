"""How many web processes and other parts an event needs, by its size, as a picture."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

from support.event_simulation import Plant

COLOURS = {"alone": "#b3261e", "with a CDN": "#1b6ef3", "with a CDN and a broker": "#1a7f37"}
PARTS = {"runner": ("runners of models", "#8250df"), "database": ("database cores", "#57606a")}


def plot(sizes: list[tuple[int, str, Plant]], path: Path) -> None:
    """Both axes by powers of ten; written as SVG without a date, so that the same is the same."""
    matplotlib.rcParams |= {"svg.hashsalt": "heldout", "svg.fonttype": "none", "font.size": 11}
    figure, axes = pyplot.subplots(figsize=(8, 4.2))
    for way, colour in COLOURS.items():
        shown = [(people, plant.web) for people, which, plant in sizes if which == way]
        axes.plot(*zip(*shown, strict=True), "o-", color=colour, label=f"web processes, {way}")
    for part, (words, colour) in PARTS.items():
        shown = [(n, getattr(plant, part)) for n, which, plant in sizes if which == "alone"]
        axes.plot(*zip(*shown, strict=True), "s:", color=colour, label=words)
    axes.set(xscale="log", yscale="log", xlabel="people, each with a board open", ylabel="how many")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=9)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
