"""How submissions are told: some lines in a terminal, tables; `_card` has the notebook's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from heldout import _receipt_facts as facts
from heldout._render import html_table, link, moment, paragraph, text_table

if TYPE_CHECKING:
    from heldout._submission import Submission

LIST_HEAD = ("When", "Name", "Status", "Score", "Rank", "Id")


def receipt_text(submission: Submission) -> str:
    """The receipt for a terminal, the page's address on the last line."""
    lines = [
        _first_line(submission),
        facts.rank(submission),
        facts.change(submission),
        facts.step(submission),
        " ".join(facts.verdict(submission)).strip(),
        *(f"  Try next: {each}" for each in facts.remedies(submission)),
        facts.missing_curve(submission),
        facts.joined_changes(facts.changes(submission)),
        *facts.remarks(submission),
        facts.quota_left(submission.raw.get("quota")),
        submission.url,
    ]
    return "\n".join(line for line in lines if line)


def _first_line(submission: Submission) -> str:
    words = facts.headline(submission)
    if submission.status != "scored":
        return words
    wrong = facts.counts(submission)
    first = words if words.startswith(submission.measure.label or "Score") else f"Score {words}"
    return first + (f" ({wrong})" if wrong else "")


def _row(submission: Submission) -> list[Any]:
    rank = "" if submission.rank is None else submission.rank
    moderation = submission.raw.get("moderation")
    status = f"{submission.status}, {moderation}" if moderation else submission.status
    return [
        moment(submission.created_at),
        submission.name or "",
        status,
        facts.score_text(submission),
        rank,
        submission.id,
    ]


def submissions_text(submissions: Sequence[Submission]) -> str:
    """A table for a terminal."""
    if not submissions:
        return "(no submissions yet)"
    return text_table(LIST_HEAD, map(_row, submissions), {3, 4})


def submissions_html(submissions: Sequence[Submission]) -> str:
    """A table for a notebook; the id links to the page."""
    if not submissions:
        return paragraph("No submissions yet.", faint=True)
    rows = [[*_row(each)[:-1], link(each.url, each.id)] for each in submissions]
    return html_table(LIST_HEAD, rows, {3, 4})
