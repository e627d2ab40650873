"""Making, cloning and changing competitions; every change is one audited set of fields."""

from __future__ import annotations

import re
import secrets
import unicodedata

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.acts.audit_log import Target
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import COMPETITION, SERVER, ActContext, NoFields, act
from heldout_server.competitions import queries, validation
from heldout_server.competitions.changes import (
    Changes,
    change,
    check_code_free,
    known_dataset,
)
from heldout_server.competitions.codes import new_join_code
from heldout_server.competitions.restore import restore
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.kit.settings import Settings
from heldout_server.models import AuditEntry, Competition, Role, Visibility

FIXED = frozenset(
    {
        "id", "slug", "dataset_hash", "public_fraction", "created_at",
        "logo_sha256", "baseline_sha256",
    }
)  # fmt: skip
"""What a competition keeps from its beginning."""
SET_BY_ACTS = frozenset(
    {
        "paused_at", "freeze_at", "revealed_at", "hardest_at", "archived_at",
        "metric", "labels_version", "projector", "grades",
    }
)  # fmt: skip
"""What an act of its own changes, with more to do than to set it."""
EDITABLE = frozenset(Competition.model_fields) - FIXED - SET_BY_ACTS
CLONED = EDITABLE - {"opens_at", "closes_at", "join_code"} | {
    "dataset_hash", "metric", "public_fraction", "projector", "grades",
}  # fmt: skip


def _made_before(context: ActContext, server: None, entry: AuditEntry) -> Competition:
    return queries.by_slug(context.session, entry.target_id)


@act(
    "competition.create", SERVER, dict, role=Role.OWNER, answers=Competition, again=_made_before,
    words="made the competition", done="“{result.title}” is made.",
)  # fmt: skip
def create_competition(context: ActContext, server: None, given: Changes) -> Competition:
    """Make a competition. `given` has a title, a dataset_hash, the limits in bytes, and whatever
    else of `EDITABLE`, `slug` and `public_fraction` is wanted.

    The secret split is made when the first submission is graded, and never changes. Sent again
    with the same idempotency key, the answer is the first one. Raises ProblemError `validation`,
    `not_found` (no such dataset) or `conflict` (the address is taken).
    """
    session = context.session
    fields = {"join_code": new_join_code(), "kinds": list(validation.KINDS), **given}
    fields["embed_origins"] = validation.tidy_origins(fields.get("embed_origins"))
    fields["slug"] = fields.get("slug") or _free_slug(session, fields)
    fields["title"] = printable(str(fields["title"]), validation.LONGEST_TITLE + 1)
    competition = Competition.model_validate({**fields, "created_at": context.now})
    validation.check(competition, dataset=known_dataset(session, competition))
    check_code_free(session, competition)
    session.add(competition)
    try:
        session.flush()
    except IntegrityError:
        raise _slug_taken(competition.slug) from None
    context.record(None, facts(competition), target=Target.competition(competition))
    return competition


def starting_values(settings: Settings) -> dict[str, object]:
    """What a competition starts with where an organizer says nothing else."""
    return {
        "timezone": settings.timezone,
        "public_fraction": settings.public_fraction,
        "quota_per_day": settings.quota_per_day or None,
        "retention_days": settings.retention_days or None,
        "attempts_per_minute": settings.attempts_per_minute,
        "run_sharing": settings.run_sharing,
        "model_bytes": settings.model_bytes,
        "predictions_bytes": settings.predictions_bytes,
    }


def clone_of(source: Competition, given: Changes) -> dict[str, object]:
    """What a new competition with the settings of another is made from: no people, no schedule, a
    split of its own.
    """
    copied = {name: getattr(source, name) for name in CLONED}
    title = f"{source.title} (copy)"[: validation.LONGEST_TITLE]
    return {**copied, "title": title, **given}


@act(
    "competition.edit", COMPETITION, dict, role=Role.OWNER,
    words="changed settings", inverse=restore,
    done="Saved. The settings hold from now on; the audit log has the old ones.",
)  # fmt: skip
def edit_competition(context: ActContext, competition: Competition, changes: Changes) -> None:
    """Change settings. Raises ProblemError `validation` or `conflict`; then nothing is changed."""
    wanted = {name: value for name, value in changes.items() if name in EDITABLE}
    if "title" in wanted:
        wanted["title"] = printable(str(wanted["title"]), validation.LONGEST_TITLE + 1)
    if "embed_origins" in wanted:
        wanted["embed_origins"] = validation.tidy_origins(changes["embed_origins"])
    moves_board = wanted.get("rank_predictions", competition.rank_predictions)
    reranked = moves_board != competition.rank_predictions
    change(context, wanted, tells=EventKind.RERANKED if reranked else None)


@act(
    "competition.archive", COMPETITION, NoFields, route="POST /archive", role=Role.OWNER,
    words="archived the competition", label="Archive", inverse=restore,
    done="Archived: closed and no longer listed. Nothing was deleted.",
)  # fmt: skip
def archive_competition(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Put it away: closed and not listed, nothing deleted. Inverse: unarchive."""
    if competition.archived_at is None:
        change(context, {"archived_at": context.now})


@act(
    "competition.unarchive", COMPETITION, NoFields, route="POST /unarchive", role=Role.OWNER,
    words="brought the competition back", label="Bring it back", inverse=restore,
    done="It is back, as it was.",
)  # fmt: skip
def unarchive_competition(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Bring it back as it was."""
    change(context, {"archived_at": None})


def facts(competition: Competition) -> dict[str, object]:
    """What the audit log keeps of a new competition."""
    return competition.model_dump(exclude={"id", "created_at"}, exclude_none=True)


def _free_slug(session: Session, fields: Changes) -> str:
    ascii_title = unicodedata.normalize("NFKD", str(fields["title"])).encode("ascii", "ignore")
    base = re.sub(r"[^a-z0-9]+", "-", ascii_title.decode().lower()).strip("-")[:44].strip("-")
    base = base or "contest"
    if fields.get("visibility") == Visibility.LINK:
        # Its address is all that keeps it from strangers.
        return f"{base}-{secrets.token_hex(6)}"
    taken = set(session.execute(select(col(Competition.slug))).scalars())
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbered) if slug not in taken)


def _slug_taken(slug: str) -> ProblemError:
    return ProblemError(
        "conflict",
        f"There is a competition at “{printable(slug, 60)}” already.",
        "Choose another address, or leave it out.",
    )
