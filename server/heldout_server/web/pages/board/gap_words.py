"""What the difference of public and private scores says about a class, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from heldout_server.leaderboard.gap import Gap, Half, Summary
from heldout_server.tasks import scores
from heldout_server.web.formats import count, counted, ordinal
from heldout_server.web.view_models.gap import Fact

EVEN = "neither better nor worse"


def facts(summary: Summary | None, rows: Sequence[Gap], metric: str, noun: str) -> tuple[Fact, ...]:
    """What may be told of everybody, and of the public leader where that row is shown."""
    first = next((row for row in rows if row.final.public_rank == 1), None)
    found = [] if summary is None else list(_of_class(summary, metric, noun))
    if first is not None and (summary is None or summary.people > 1):
        found.insert(min(1, len(found)), _leader(first, metric))
    return tuple(found)


def _of_class(summary: Summary, metric: str, noun: str) -> Iterator[Fact]:
    yield _lost(summary, metric, noun)
    if summary.tries > summary.people:
        yield _tries(summary, noun)
    if summary.halves is not None:
        yield _halves(*summary.halves, metric)
    if summary.people > 1:
        yield _moved(summary, noun)


def _lost(summary: Summary, metric: str, noun: str) -> Fact:
    is_one = summary.people == 1
    whose = f"The {'one final file' if is_one else 'middle one of the final files'} is"
    word = "worse" if summary.gain < 0 else "better"
    is_even = scores.is_even(summary.gain, metric)
    moved = EVEN if is_even else f"{word} by {scores.distance(summary.gain, metric)}"
    return Fact(
        title="Lost at the reveal",
        figure=f"{count(summary.lost)} of {count(summary.people)}",
        text=f"{whose} {moved} on private {noun}s.",
    )


def _leader(first: Gap, metric: str) -> Fact:
    final = first.final
    figures = (
        f"{scores.text(final.public_score, metric)} in public, "
        f"{scores.text(final.private_score, metric)} in private"
    )
    stays = final.private_rank == 1
    return Fact(
        title="First in public",
        figure="Still first" if stays else f"1st → {ordinal(final.private_rank)}",
        text=f"{figures}.",
        name=first.participant_name,
    )


def _tries(summary: Summary, noun: str) -> Fact:
    more = summary.lost * summary.tries > summary.tries_lost * summary.people
    why = (
        "Luck goes both ways; but whoever picks a file by its public score picks the luck in it "
        "along."
        if more
        else "Of the final files no larger part lost: having been picked flattered hardly any "
        "of them."
    )
    return Fact(
        title="Of all tries",
        figure=f"{count(summary.tries_lost)} of {count(summary.tries)}",
        text=f"were worse on private {noun}s. {why}",
    )


def _halves(few: Half, many: Half, metric: str) -> Fact:
    more = many.gain < few.gain
    why = (
        "Every try is one more chance to be lucky in public."
        if more
        else "Many tries cost nothing here; in a class this small that may be luck, too."
    )
    what = "more was lost" if many.gain < 0 else "less was gained"
    return Fact(
        title=f"The more tries, the {what}" if more else "Few tries and many",
        figure=_change(many.gain, metric),
        text=(
            f"is the middle change of {_people(many)}, and {_change(few.gain, metric)} that of "
            f"{_people(few)}. {why}"
        ),
    )


def _people(half: Half) -> str:
    """ "the 6 with 3 to 8 tries"."""
    if half.fewest == half.most:
        return f"the {count(half.people)} with {counted(half.most, 'try', 'tries')}"
    return f"the {count(half.people)} with {count(half.fewest)} to {count(half.most)} tries"


def _change(gain: float, metric: str) -> str:
    """How the figure changed, and which way that is where it isn't plain."""
    change = scores.with_unit(scores.change(gain, metric), metric)
    if not scores.is_loss(metric) or scores.is_even(gain, metric):
        return change
    return f"{change} ({'worse' if gain < 0 else 'better'})"


def _moved(summary: Summary, noun: str) -> Fact:
    text = f"stand elsewhere by private {noun}s than by public ones."
    if summary.moved and summary.moved_by_luck is not None:
        text += (
            f" {_so_many(summary.moved_by_luck, summary.moved)} within the places that luck alone "
            "may give them."
        )
    return Fact(
        title="Changed places",
        figure=f"{count(summary.moved)} of {count(summary.people)}",
        text=text,
    )


def _so_many(part: int, whole: int) -> str:
    if part == whole:
        return "It moved" if whole == 1 else "All of them moved"
    if part == 0:
        return "It didn't move" if whole == 1 else "None of them moved"
    return f"{count(part)} of them moved"
