"""Time zones to choose from: those that people mean, not their hundreds of aliases."""

from __future__ import annotations

from zoneinfo import available_timezones

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian",
           "Pacific")  # fmt: skip

ZONES: tuple[str, ...] = (
    "UTC",
    *sorted(zone for zone in available_timezones() if zone.split("/")[0] in REGIONS),
)
