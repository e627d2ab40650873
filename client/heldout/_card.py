"""The receipt in a notebook: one card, by inline styles and inherited colours alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from heldout import _receipt_facts as facts
from heldout._curve import curve_svg, legend_html
from heldout._render import Html, escaped, link

if TYPE_CHECKING:
    from heldout._submission import Submission

CARD = (
    "border:1px solid rgba(128,128,128,.4);border-radius:10px;padding:.8em 1.1em;margin:.4em 0;"
    "max-width:48em;line-height:1.45;font-variant-numeric:tabular-nums;overflow-wrap:anywhere"
)
COLUMNS = "display:flex;flex-wrap:wrap;gap:.4em 2em;justify-content:space-between"
FAINT = "opacity:.75"
# Beside the figure where there is room for both.
WIDE = "flex:1 1 20em;min-width:0"
TITLE = "flex:1;min-width:0;font-weight:600"
NEXT = "margin:.1em 0 0;padding-left:1.3em"


def receipt_html(submission: Submission) -> str:
    """The whole card."""
    return card(
        _top(submission),
        _columns(_standing(submission), _figure(submission)),
        _lesson(submission),
        _foot(submission),
    )


def card(*parts: str) -> str:
    """A box around what isn't empty."""
    return f'<div style="{CARD}">{"".join(part for part in parts if part)}</div>'


def line(words: Any, style: str = "") -> str:
    """One line of a card; nothing for nothing."""
    if not words:
        return ""
    return f'<div style="{style}">{words if isinstance(words, Html) else escaped(words)}</div>'


def _top(submission: Submission) -> str:
    title = submission.name or submission.raw.get("filename") or submission.id
    return _columns(line(title, TITLE), line(link(submission.url, "Open its page")))


def _standing(submission: Submission) -> str:
    is_scored = submission.status == "scored"
    size = "font-size:1.7em;font-weight:700;line-height:1.3" if is_scored else "font-weight:600"
    return '<div style="{}">{}{}{}{}{}</div>'.format(
        WIDE,
        line(facts.headline(submission), size),
        line(facts.rank(submission), "font-weight:600"),
        line(facts.change(submission)),
        line(facts.step(submission)),
        line(facts.counts(submission), FAINT),
    )


def _figure(submission: Submission) -> str:
    drawn = curve_svg(
        (submission.run_card or {}).get("history"), (submission.diagnosis or {}).get("epoch")
    )
    return f"<div>{drawn}{legend_html()}</div>" if drawn else ""


def _lesson(submission: Submission) -> str:
    shows, evidence = facts.verdict(submission)
    told = facts.changes(submission)
    return "".join(
        (
            line(shows, "font-weight:600;margin-top:.6em"),
            line(evidence, FAINT),
            _tries(facts.remedies(submission)),
            line(facts.missing_curve(submission), f"{FAINT};margin-top:.6em"),
            line(facts.joined_changes(told), "margin-top:.6em"),
        )
    )


def _tries(remedies: Iterable[str]) -> str:
    items = "".join(f"<li>{escaped(each)}</li>" for each in remedies)
    return (
        f'<div style="margin-top:.3em">Try next:<ul style="{NEXT}">{items}</ul></div>'
        if items
        else ""
    )


def _foot(submission: Submission) -> str:
    remarks = "".join(line(each) for each in facts.remarks(submission))
    left = line(facts.quota_left(submission.raw.get("quota")), f"{FAINT};margin-top:.6em")
    return (f'<div style="margin-top:.6em">{remarks}</div>' if remarks else "") + left


def _columns(*parts: str) -> str:
    return f'<div style="{COLUMNS}">{"".join(part for part in parts if part)}</div>'
