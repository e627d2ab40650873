"""What templates know as filters: the formats of numbers and times, and Markdown. Pure."""

from __future__ import annotations

from markupsafe import Markup

from heldout_server.competitions.markdown import opened, to_html
from heldout_server.kit.formats import (
    MINUS,
    NOTHING,
    about,
    clock,
    count,
    counted,
    day_and_clock,
    decimal,
    iso,
    margin,
    ordinal,
    percent,
    points,
    seconds,
    shape,
    size,
)
from heldout_server.tasks import scores

SECTION = 2
__all__ = [
    "FILTERS",
    "MINUS",
    "NOTHING",
    "about",
    "clock",
    "count",
    "counted",
    "day_and_clock",
    "decimal",
    "iso",
    "margin",
    "markdown",
    "markdown_opened",
    "ordinal",
    "percent",
    "points",
    "seconds",
    "shape",
    "size",
    "without_scheme",
]


def markdown(source: str) -> Markup:
    """What organizers wrote, made harmless; its headings stand below a section's."""
    return Markup(to_html(source, below=SECTION))  # noqa: S704 sanitised


def markdown_opened(source: str) -> tuple[Markup, Markup]:
    """A short first paragraph, if there is one, and what follows, both made harmless."""
    opening, rest = opened(source, below=SECTION)
    return Markup(opening), Markup(rest)  # noqa: S704 sanitised


def without_scheme(url: str) -> str:
    """An address as people type it: "192.168.1.20:8000/j"."""
    return url.removeprefix("http://").removeprefix("https://")


FILTERS = {
    "figure": scores.text,
    "figure_change": scores.change,
    "figure_distance": scores.distance,
    "read": scores.read,
    "with_unit": scores.with_unit,
    "is_loss": scores.is_loss,
    "metric_label": scores.label,
    "metric_sentence": scores.sentence,
    "percent": percent,
    "points": points,
    "margin": margin,
    "count": count,
    "decimal": decimal,
    "seconds": seconds,
    "about": about,
    "size": size,
    "clock": clock,
    "day_and_clock": day_and_clock,
    "iso": iso,
    "ordinal": ordinal,
    "shape": shape,
    "without_scheme": without_scheme,
    "markdown": markdown,
    "markdown_opened": markdown_opened,
}
