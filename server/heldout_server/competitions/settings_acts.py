"""Making, cloning and changing competitions; every change is one audited set of fields."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.acts.events import EventKind
from heldout_server.competitions import queries, schedule, validation
from heldout_server.competitions.codes import new_join_code
from heldout_server.jobs import pools
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.models import AuditEntry, Competition, Dataset, Visibility

Changes = Mapping[str, object]

FIXED = frozenset({"id", "slug", "dataset_hash", "public_fraction", "created_at"})
"""What a competition keeps from its beginning."""
SET_BY_ACTS = frozenset(
    {
        "paused_at", "freeze_at", "revealed_at", "hardest_at", "archived_at",
        "metric", "labels_version", "projector",
    }
)  # fmt: skip
"""What an act of its own changes, with more to do than to set it."""
EDITABLE = frozenset(Competition.model_fields) - FIXED - SET_BY_ACTS
CLONED = EDITABLE - {"opens_at", "closes_at", "join_code"} | {
    "dataset_hash", "metric", "public_fraction", "projector",
}  # fmt: skip
CREATE, EXTEND = "competition.create", "competition.extend"
LONGEST_EXTENSION_MINUTES = 7 * 24 * 60
"""A week at a time: a typing error should not keep a contest open until the next term."""


def create(session: Session, actor: Actor, given: Changes, *, now: datetime) -> Competition:
    """Make a competition. `given` has a title, a dataset_hash, the limits in bytes, and whatever
    else of `EDITABLE`, `slug` and `public_fraction` is wanted.

    The secret split is made when the first submission is graded, and never changes. Sent again
    with the same idempotency key, the answer is the first one. Raises ProblemError `validation`,
    `not_found` (no such dataset) or `conflict` (the address is taken).
    """
    repeated = audit_log.earlier(session, actor, CREATE)
    if repeated is not None:
        return queries.by_slug(session, repeated.target_id)
    fields = {"join_code": new_join_code(), "kinds": list(validation.KINDS), **given}
    fields["embed_origins"] = validation.tidy_origins(fields.get("embed_origins"))
    fields["slug"] = fields.get("slug") or _free_slug(session, fields)
    fields["title"] = printable(str(fields["title"]), validation.LONGEST_TITLE + 1)
    competition = Competition.model_validate({**fields, "created_at": now})
    validation.check(competition, test_examples=_test_examples(session, competition))
    _check_code_free(session, competition)
    session.add(competition)
    try:
        session.flush()
    except IntegrityError:
        raise _slug_taken(competition.slug) from None
    target = Target.competition(competition)
    audit_log.record(session, actor, CREATE, target, None, facts(competition), now)
    return competition


def clone(
    session: Session, actor: Actor, source: Competition, given: Changes, *, now: datetime
) -> Competition:
    """A new competition with the settings of another: no people, no schedule, a split of its own.

    Raises ProblemError like `create`.
    """
    copied = {name: getattr(source, name) for name in CLONED}
    title = f"{source.title} (copy)"[: validation.LONGEST_TITLE]
    return create(session, actor, {**copied, "title": title, **given}, now=now)


def edit(
    session: Session, actor: Actor, competition: Competition, changes: Changes, *, now: datetime
) -> Competition:
    """Change settings. Raises ProblemError `validation` or `conflict`; then nothing is changed."""
    wanted = {name: value for name, value in changes.items() if name in EDITABLE}
    if "title" in wanted:
        wanted["title"] = printable(str(wanted["title"]), validation.LONGEST_TITLE + 1)
    if "embed_origins" in wanted:
        wanted["embed_origins"] = validation.tidy_origins(changes["embed_origins"])
    change(session, actor, competition, "competition.edit", wanted, now=now)
    return competition


def pause(session: Session, actor: Actor, competition: Competition, *, now: datetime) -> None:
    """Take nothing new until `resume`; what was announced before still arrives."""
    if competition.paused_at is None:
        change(session, actor, competition, "competition.pause", {"paused_at": now}, now=now)


def resume(
    session: Session,
    actor: Actor,
    competition: Competition,
    *,
    give_back_time: bool = False,
    now: datetime,
) -> None:
    """Go on after a pause; with `give_back_time`, close as much later as the pause was long."""
    if competition.paused_at is None:
        return
    changes: dict[str, object] = {"paused_at": None}
    if give_back_time and competition.closes_at is not None:
        changes["closes_at"] = competition.closes_at + (now - competition.paused_at)
    change(session, actor, competition, "competition.resume", changes, now=now)


def extend(
    session: Session, actor: Actor, competition: Competition, minutes: int, *, now: datetime
) -> None:
    """Close `minutes` later, counted from now when it has closed already; negative: earlier.

    Raises ProblemError `conflict` when there is no closing time or it is revealed.
    """
    if audit_log.earlier(session, actor, EXTEND) is not None:
        return
    check_minutes(minutes)
    if competition.closes_at is None:
        raise ProblemError(
            "conflict", "This competition has no closing time to move.", "Set one first."
        )
    start = max(competition.closes_at, now) if minutes > 0 else competition.closes_at
    closes_at = start + timedelta(minutes=minutes)
    change(session, actor, competition, EXTEND, {"closes_at": closes_at}, now=now)


def check_minutes(minutes: int) -> None:
    """Raise ProblemError `validation` for no minutes, or more than a week."""
    if minutes == 0 or abs(minutes) > LONGEST_EXTENSION_MINUTES:
        raise ProblemError(
            "validation",
            f"An extension is by 1 to {LONGEST_EXTENSION_MINUTES} minutes, or as many earlier.",
        )


def archive(session: Session, actor: Actor, competition: Competition, *, now: datetime) -> None:
    """Put it away: closed, not listed, kept whole. Inverse: `unarchive`."""
    if competition.archived_at is None:
        change(session, actor, competition, "competition.archive", {"archived_at": now}, now=now)


def unarchive(session: Session, actor: Actor, competition: Competition, *, now: datetime) -> None:
    """Bring it back as it was."""
    if competition.archived_at is not None:
        change(session, actor, competition, "competition.unarchive", {"archived_at": None}, now=now)


def change(
    session: Session,
    actor: Actor,
    competition: Competition,
    action: str,
    changes: Changes,
    *,
    now: datetime,
) -> AuditEntry | None:
    """Set fields and write down before and after, in one transaction.

    None when nothing differs. Raises ProblemError `validation` or `conflict`.
    """
    changed = {n: v for n, v in changes.items() if getattr(competition, n) != v}
    if not changed:
        return None
    before = {name: getattr(competition, name) for name in changed}
    put(session, competition, changed, now=now)
    return audit_log.record(
        session, actor, action, Target.competition(competition), before, changed, now
    )


def put(session: Session, competition: Competition, changed: Changes, *, now: datetime) -> None:
    """Set fields, check the whole, and tell the room; whoever calls it writes it down.

    Raises ProblemError `validation` or `conflict`; then nothing is changed. Checked on a copy:
    the row must not hold what is refused.
    """
    wanted = Competition.model_validate({**competition.model_dump(), **changed})
    validation.check(wanted, test_examples=_test_examples(session, wanted))
    _check_fits(session, competition, wanted, changed)
    for name in changed:
        setattr(competition, name, getattr(wanted, name))
    session.add(competition)
    session.flush()
    if "pool" in changed:
        pools.follow_settings(session)
    assert competition.id is not None
    events.append(session, EventKind.COMPETITION_CHANGED, competition_id=competition.id, now=now)


def facts(competition: Competition) -> dict[str, object]:
    """What the audit log keeps of a new competition."""
    return competition.model_dump(exclude={"id", "created_at"}, exclude_none=True)


def _check_fits(
    session: Session, competition: Competition, wanted: Competition, changed: Changes
) -> None:
    if "join_code" in changed:
        _check_code_free(session, wanted)
    is_revealed = competition.revealed_at is not None and wanted.revealed_at is not None
    if is_revealed and {"closes_at", "opens_at"} & changed.keys():
        raise ProblemError(
            "conflict",
            "The private scores are revealed: nobody may submit against them.",
            "Conceal them first, or clone the competition.",
        )
    if wanted.hardest_at is not None:
        schedule.check_revealed(wanted)
    if wanted.team_size < competition.team_size and queries.largest_team(session, competition) > (
        wanted.team_size
    ):
        raise ProblemError(
            "conflict",
            f"There is a team with more than {wanted.team_size} members.",
            "Move somebody to another team first.",
        )


def _test_examples(session: Session, competition: Competition) -> int:
    found = session.get(Dataset, competition.dataset_hash)
    if found is None:
        raise ProblemError("not_found", "There is no such dataset here.", "List the datasets.")
    return found.test_examples


def _check_code_free(session: Session, competition: Competition) -> None:
    other = queries.by_join_code(session, competition.join_code)
    if other is not None and other.id != competition.id:
        raise ProblemError(
            "conflict",
            "Another competition has this join code.",
            "Choose another, or leave it out: one is made up.",
        )


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
