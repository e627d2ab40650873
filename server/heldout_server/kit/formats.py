"""How numbers, times and names read. Pure functions."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"
ORDINAL_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def percent(share: float | None, digits: int = 2) -> str:
    """0.9731 as "97.31%", -0.031 as "−3.10%".

    Anything short of perfect never reads as 100%, and anything but zero never as 0%.
    """
    if share is None or not math.isfinite(share):
        return NOTHING
    step = 10.0**-digits
    shown = round(abs(share) * 100, digits)
    if abs(share) < 1 and shown >= 100:
        shown = 100 - step
    if share and shown <= 0:
        shown = step
    return f"{MINUS if share < 0 else ''}{shown:.{digits}f}%"


def points(change: float | None) -> str:
    """A change of a share in percentage points, signed: 0.0031 as "+0.31"."""
    if change is None or not math.isfinite(change):
        return NOTHING
    return signed(change * 100, f"{abs(change * 100):,.2f}")


def signed(change: float, shown: str) -> str:
    """A change that reads as `shown` without its sign: "+0.31", "−0.31"; "±0.00" where no digit
    of it is left.
    """
    if not any(digit in shown for digit in "123456789"):
        return f"±{shown}"
    return f"{'+' if change > 0 else MINUS}{shown}"


def margin(share: float) -> str:
    """Half an interval of a share in percentage points: 0.0046 as "±0.5", 0.0004 as "±0.04"."""
    return f"±{share * 100:.{1 if share >= 0.001 else 2}f}"


def count(number: int | None) -> str:
    """12345 as "12,345"."""
    return NOTHING if number is None else f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """The number with its noun: "1 error", "31 errors"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def decimal(number: float | None, significant: int = 4) -> str:
    """A measurement such as a loss: 0.08123 as "0.08123", 12.3456789 as "12.35"."""
    if number is None or not math.isfinite(number):
        return NOTHING
    return f"{number:.{significant}g}".replace("-", MINUS)


def amount(number: float | None, significant: int = 4) -> str:
    """A quantity in a unit of its own: 53.4821 as "53.48", 182345.6 as "182,346".

    Whole digits are never rounded away. An exponent only from a million million, and below a
    ten-thousandth.
    """
    if number is None or not math.isfinite(number):
        return NOTHING
    if number == 0:
        return "0"
    # After rounding: 99.996 has three digits before the point.
    power = int(f"{number:.{significant - 1}e}".partition("e")[2])
    if not -5 < power < 12:
        return decimal(number, significant)
    return f"{number:,.{max(0, significant - 1 - power)}f}".replace("-", MINUS)


def seconds(duration: float | None) -> str:
    """A duration in seconds for people: "12 ms", "3.4 s", "2 min 5 s"."""
    if duration is None or not math.isfinite(duration) or duration < 0:
        return NOTHING
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    if duration < 60:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def about(duration: float | None) -> str:
    """A forecast in seconds, as coarse as a forecast is: "about 4 s", "about 3 min"."""
    if duration is None or not math.isfinite(duration):
        return ""
    if duration < 90:
        return f"about {max(1, math.ceil(duration))} s"
    return f"about {math.ceil(duration / 60)} min"


def size(byte_count: int | None) -> str:
    """A size in bytes for people: "512 bytes", "52.4 MB" (decimal units, as disks count)."""
    if byte_count is None:
        return NOTHING
    if byte_count < 1000:
        return counted(byte_count, "byte")
    scaled, unit = next(
        (byte_count / scale, unit)
        for unit, scale in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9))
        if byte_count < scale * 999.5 or unit == "GB"
    )
    digits = 2 if scaled < 10 else 1 if scaled < 100 else 0
    return f"{round(scaled, digits):,g} {unit}"


def clock(moment: datetime | None, zone: str = "UTC") -> str:
    """The time of day in the room's zone: "18:05"."""
    return NOTHING if moment is None else _in_zone(moment, zone).strftime("%H:%M")


def day_and_clock(moment: datetime | None, zone: str = "UTC") -> str:
    """Day, time and offset, to the minute: "Sun 22 Nov 2026, 18:05 (UTC−05:00)"."""
    if moment is None:
        return NOTHING
    local = _in_zone(moment, zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({_offset(local)})"


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC for the `datetime` attribute of `<time>`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def ordinal(number: int) -> str:
    """1 as "1st", 12 as "12th"."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ORDINAL_ENDINGS.get(number % 10, 'th')}"


def shape(dimensions: tuple[int | None, ...]) -> str:
    """A tensor shape: (None, 28, 28) as "? × 28 × 28"."""
    if not dimensions:
        return NOTHING
    return " × ".join("?" if length is None else str(length) for length in dimensions)


def _in_zone(moment: datetime, zone: str) -> datetime:
    try:
        return moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment.astimezone(UTC)


def _offset(local: datetime) -> str:
    offset = local.utcoffset()
    if not offset:
        return "UTC"
    minutes = round(offset.total_seconds() / 60)
    sign = "+" if minutes > 0 else MINUS
    return f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
