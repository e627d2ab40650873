"""How a submission is told: two or three lines in a terminal, a small block in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from heldout._render import html_table, link, moment, number, paragraph, plain, text_table

if TYPE_CHECKING:
    from heldout._submission import Submission

LIST_HEAD = ("When", "Name", "Status", "Score", "Rank", "Id")


def receipt_lines(submission: Submission) -> list[str]:
    """What happened, then what it means, then remarks; without the link."""
    error = submission.error
    if error is not None:
        lines = [f"Not scored: {plain(error.detail)} [{plain(error.code)}]"]
        lines += [f"What to do: {plain(error.hint)}"] if error.hint else []
    elif submission.status == "scored":
        lines = [_score_line(submission), _standing_line(submission)]
        lines += map(plain, preprocessing_lines(submission.receipt))
    else:
        lines = [progress_line(submission)]
    lines += [f"Note: {plain(warning)}" for warning in submission.warnings]
    lines += [f"Note: {plain(submission.notice)}"] if submission.notice else []
    reason = submission.raw.get("moderation_reason")
    told = reason and reason != submission.notice
    lines += [f"The organizers say: {plain(reason)}"] if told else []
    return [line for line in lines if line]


def progress_line(submission: Submission) -> str:
    """Where a submission is on its way to a score."""
    if submission.status == "received":
        return "Waiting for the file"
    if submission.status == "queued":
        place = submission.queue_position
        return "In the queue" if place is None else f"In the queue: place {place}"
    step = submission.raw.get("step")
    doing = {"parse": "reading the file", "predict": "predicting", "grade": "comparing"}
    return f"Scoring: {doing[step]}" if step in doing else "Scoring"


def _score_line(submission: Submission) -> str:
    metrics: dict[str, Any] = submission.metrics or {}
    line = f"Score {number(submission.score)}"
    examples, wrong = metrics.get("examples"), metrics.get("error_count")
    if examples and wrong is not None:
        split = plain(metrics.get("split", "public"))
        line += f" ({wrong:,} wrong of {examples:,} hidden images, {split} part)"
    return line


def preprocessing_lines(receipt: Mapping[str, Any] | None) -> list[str]:
    """What was chosen for the pixels and what it brought, where the default wasn't kept."""
    reason = (receipt or {}).get("preprocessing_reason")
    return [str(reason)] if reason else []


def _standing_line(submission: Submission) -> str:
    parts = []
    if submission.rank is not None:
        of = f" of {submission.participants}" if submission.participants else ""
        parts.append(f"Rank {submission.rank}{of}")
    parts.append(_change(submission.best or {}))
    return " · ".join(part for part in parts if part)


def _change(best: dict[str, Any]) -> str:
    if not best:
        return ""
    previous, change = best.get("previous_score"), best.get("change")
    if previous is None or change is None:
        return "your first score"
    verdict = "a new best for you" if best.get("is_new_best") else "your best stays"
    return f"{change:+.4f} against your best before ({number(previous)}): {verdict}"


def receipt_text(submission: Submission) -> str:
    """The receipt for a terminal, the page's address on the last line."""
    lines = receipt_lines(submission)
    return "\n".join([*lines, submission.url] if submission.url else lines)


def receipt_html(submission: Submission) -> str:
    """The receipt for a notebook."""
    title = submission.name or submission.raw.get("filename") or submission.id
    parts = [paragraph("Submission", link(submission.url, title))]
    lines = receipt_lines(submission)
    parts += [paragraph(lines[0]), *(paragraph(line, faint=True) for line in lines[1:])]
    return f"<div>{''.join(parts)}</div>"


def _row(submission: Submission) -> list[Any]:
    rank = "" if submission.rank is None else submission.rank
    moderation = submission.raw.get("moderation")
    status = f"{submission.status}, {moderation}" if moderation else submission.status
    return [
        moment(submission.created_at),
        submission.name or "",
        status,
        number(submission.score),
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
