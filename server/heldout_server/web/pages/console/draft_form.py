"""What the form under a file says: what is predicted, and the contest's own fields. Pure."""

from __future__ import annotations

from datetime import datetime

from heldout_server.contests.making import Wanted
from heldout_server.contests.preview import Preview
from heldout_server.web.pages.console.forms import Form, shaped
from heldout_server.web.pages.console.home import closing_of
from heldout_server.web.schemas.competitions import CompetitionEdit

CHOICES = ("target", "kind", "metric", "group", "id")
"""What another folder comes of; each stands in the form twice, as chosen and as looked at."""


def wanted_of(form: Form) -> Wanted:
    """What the folder is made with, as the form says."""
    return Wanted(
        targets=tuple(dict.fromkeys(form.all("target"))),
        group=form.text("group") or None,
        metric=form.text("metric") or None,
        kind=form.text("kind") or None,
        id=form.text("id") or None,
    )


def guessed(preview: Preview) -> Wanted:
    """The same, before anybody has said anything."""
    return Wanted(
        targets=preview.target,
        group=preview.group,
        metric=preview.metric,
        kind=preview.kind,
        id=preview.id,
    )


def has_changed(form: Form) -> bool:
    """Whether something else is chosen than what was looked at last."""
    return any(sorted(form.all(name)) != sorted(form.all(f"was_{name}")) for name in CHOICES)


def has_other_target(form: Form) -> bool:
    """Whether another column is to be predicted, whose kind is to be guessed anew."""
    return form.all("target") != form.all("was_target")


def changes_of(form: Form, now: datetime) -> dict[str, object]:
    """The contest's own fields. Raises ProblemError `validation`."""
    zone = form.text("timezone")
    values: dict[str, object] = {
        "title": form.text("title"),
        "timezone": zone,
        "closes_at": closing_of(form, zone, now),
        "visibility": form.text("visibility", "public"),
    }
    values |= {"join_code": form.text("join_code")} if form.text("join_code") else {}
    return shaped(CompetitionEdit, values).given()
