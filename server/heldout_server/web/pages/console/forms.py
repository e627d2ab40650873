"""Posted forms: fields as text, files apart, and how text becomes numbers and times. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from heldout_server.competitions.validation import known_zone
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.kit.formats import MINUS
from heldout_server.tasks import scores

Shape = TypeVar("Shape", bound=BaseModel)

LOCAL_TIME = "%Y-%m-%dT%H:%M"
HIDDEN = frozenset({"csrf", "key", "which", "back"})


@dataclass(frozen=True)
class Form:
    """What was sent: `fields` by name in their order, `files` by name."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    @classmethod
    def of(cls, data: FormData) -> Form:
        """Apart from one another, text fields and files that have a name."""
        fields: dict[str, tuple[str, ...]] = {}
        files: dict[str, UploadFile] = {}
        for name, value in data.multi_items():
            if isinstance(value, UploadFile):
                files |= {name: value} if value.filename else {}
            else:
                fields[name] = (*fields.get(name, ()), storable(value))
        return cls(fields, files)

    @property
    def typed(self) -> dict[str, tuple[str, ...]]:
        """What a person typed, to fill the form in again."""
        return {name: values for name, values in self.fields.items() if name not in HIDDEN}

    @property
    def asked(self) -> str:
        """What tells it from another form of the same address."""
        files = [(name, file.filename, file.size) for name, file in self.files.items()]
        return repr((sorted(self.typed.items()), sorted(files)))

    def text(self, name: str, otherwise: str = "") -> str:
        """The field without blanks around it."""
        return next(iter(self.fields.get(name, ())), otherwise).strip()

    def lines(self, name: str) -> str:
        """A text of several lines, with the line ends that everything else here has."""
        return self.text(name).replace("\r\n", "\n")

    def all(self, name: str) -> list[str]:
        """Every box that was ticked."""
        return list(self.fields.get(name, ()))

    def ticked(self, name: str) -> bool:
        """Whether the box was ticked."""
        return name in self.fields

    def whole(self, name: str, label: str) -> int | None:
        """A whole number; None when the field is empty. Raises ProblemError `validation`."""
        text = self.text(name).replace(",", "").replace("\N{MINUS SIGN}", "-")
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise refusal(f"{label} is a whole number.", "For example: 5.", name) from None

    def needed(self, name: str, label: str) -> int:
        """A whole number that must be there. Raises ProblemError `validation`."""
        found = self.whole(name, label)
        if found is None:
            raise refusal(f"{label} is missing.", "", name)
        return found

    def share(self, name: str, label: str) -> float | None:
        """A score or a fraction in percent, as a figure from 0 to 1; None when empty."""
        text = self.text(name).removesuffix("%").strip()
        if not text:
            return None
        try:
            return float(text) / 100
        except ValueError:
            raise refusal(f"{label} is a percentage.", "For example: 98.5.", name) from None

    def figure(self, name: str, label: str, metric: str) -> float | None:
        """A figure of a metric, in percent where it is read so; None when the field is empty.

        Raises ProblemError `validation`.
        """
        if scores.in_percent(metric):
            return self.share(name, label)
        text = plain(self.text(name))
        try:
            return float(text) if text else None
        except ValueError:
            raise refusal(f"{label} is a number.", "For example: 3.21.", name) from None

    def moment(self, name: str, zone: str, label: str) -> datetime | None:
        """A time in the room's zone, to the minute, as UTC; None when the field is empty.

        Raises ProblemError `validation`, also for a time that the change of clocks leaves out.
        """
        text = self.text(name)
        if not text:
            return None
        if not known_zone(zone):
            raise refusal(
                "There is no such time zone.", "For example: America/Toronto.", "timezone"
            )
        try:
            local = datetime.strptime(text[:16], LOCAL_TIME).replace(tzinfo=ZoneInfo(zone))
            exact = local.astimezone(UTC)
        except (ValueError, OverflowError):
            hint = "Give day and time, for example 2026-11-25T20:00."
            raise refusal(f"{label} is no time.", hint, name) from None
        if exact.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise refusal(
                f"{label}: the clocks in {zone} skip that time.", "Take an hour later.", name
            )
        return exact

    def content(self, name: str) -> bytes:
        """The bytes of a file; none when no file was chosen."""
        found = self.files.get(name)
        return b"" if found is None else found.file.read()


def plain(text: str) -> str:
    """A number as people write it, for `float`."""
    return text.replace(MINUS, "-").replace(" ", "")


def storable(text: str) -> str:
    """Without what no database stores and no key types: NUL, halves of characters."""
    return "".join(c for c in text if c != "\0" and not "\ud800" <= c <= "\udfff")


def local(moment: datetime | None, zone: str) -> str:
    """A time for `<input type="datetime-local">`, in the room's zone."""
    return "" if moment is None else moment.astimezone(ZoneInfo(zone)).strftime(LOCAL_TIME)


def refusal(detail: str, hint: str = "", name: str | None = None) -> ProblemError:
    """A refusal that marks one field."""
    return ProblemError("validation", detail, hint, field=name)


def shaped(shape: type[Shape], values: Mapping[str, Any]) -> Shape:
    """The values by the rules of the API. Raises ProblemError `validation` in words."""
    try:
        return shape.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0]) if first["loc"] else None
        said = printable(str(first["msg"]), 160)
        name = f"{place.replace('_', ' ').capitalize()}: " if place else ""
        raise refusal(f"{name}{said}.", "Change it and send the form again.", place) from None
