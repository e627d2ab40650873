"""Contexts of the pages around the board: race, participant, projector, embed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from heldout_server.competitions.projector import Screen, View
from heldout_server.web.charts.dumbbells import dumbbells
from heldout_server.web.charts.gap_plot import gap_plot
from heldout_server.web.charts.race_chart import Series, race_chart
from heldout_server.web.view_models.board import (
    AnnouncementView,
    AwardView,
    GhostRow,
    TickerLine,
)
from heldout_server.web.view_models.gap import Fact, GapPage, GapRow
from heldout_server.web.view_models.pages import CompetitionView, Page, QueuePage, QueueStrip
from heldout_server.web.view_models.room import (
    EmbedPage,
    FinalistView,
    ParticipantPage,
    RacePage,
    RevealPage,
    Rival,
    StepView,
    TvPage,
)
from unit.web.sample_pages import HOSTILE, NAMES, START, board, competition, rows

AWARD = AwardView(
    kind="most_improved",
    title="Most improved",
    meaning="The longest way.",
    figure="+3.10 points",
    sign="↗",
    participant_id="p_2",
    participant_name=HOSTILE,
)
LINE = TickerLine(
    id=7,
    at=START,
    participant_id="p_2",
    participant_name=HOSTILE,
    submission_name="2 conv",
    score=0.9731,
    rank=2,
)

GHOST = GhostRow(id="b_1", kind="linear", name=HOSTILE, score=0.98, above=3)


def rich_board(**changes: Any) -> Page:
    """The board with all that tries tell."""
    found = tuple(
        replace(row, low=row.score - 0.004, high=min(1, row.score + 0.003), gain=0.002,
                trend=(0.9, 0.95, row.score), badges=(AWARD,) if row.rank == 2 else ())
        for row in rows(12)
    )  # fmt: skip
    page = board(12, rows=found, awards=(AWARD,), ticker=(LINE,), share_image="http://x/share.png")
    return replace(page, **changes)


def described() -> CompetitionView:
    """A competition about which organizers have written much."""
    return competition(
        description="Read **digits**.\n\n# Why\n\n" + HOSTILE, rules="# Rule\n\n- be *kind*"
    )


def chart():
    """Twelve participants over two hours."""
    series = [
        Series(f"p_{n}", NAMES[n % len(NAMES)], ((START, 0.9), (START + timedelta(hours=1), 0.99)))
        for n in range(12)
    ]
    return race_chart(series, begin=START, end=START + timedelta(hours=2))


def race(**changes: Any) -> RacePage:
    """The race after two hours."""
    page = RacePage(
        competition=competition(), chart=chart(), rows=rows(12), awards=(AWARD,), lead_changes=3
    )
    return replace(page, **changes)


def participant(**changes: Any) -> ParticipantPage:
    """Somebody in the middle."""
    rival = Rival(
        participant_id="p_1",
        participant_name=HOSTILE,
        score=0.99,
        distance=0.001,
        apart="5 images",
        between="0.10 points",
    )
    steps = tuple(
        StepView(submission_id=f"s_{n}", submission_name=HOSTILE, at=START, score=0.9 + n / 100,
                 gain=0.01 if n else None)
        for n in range(3)
    )  # fmt: skip
    page = ParticipantPage(
        competition=competition(),
        participant_id="p_2",
        participant_name=HOSTILE,
        row=replace(rows(1, 2)[0], low=0.98, high=0.99),
        total=12,
        rival=rival,
        below=replace(rival, distance=0.0, apart="A tie", between=""),
        steps=steps,
        tries=(*steps, replace(steps[0], submission_id="s_9", gain=-0.02, is_best=False)),
        chart=chart(),
        awards=(AWARD,),
        left_today=3,
        per_day=100,
    )
    return replace(page, **changes)


def said(text: str = HOSTILE, level: str = "info") -> AnnouncementView:
    """Something that organizers tell the room."""
    return AnnouncementView(id="n_1", text=text, level=level, created_at=START)


def tv(**changes: Any) -> TvPage:
    """The projector in the middle of an evening."""
    page = TvPage(
        competition=competition(),
        rows=rows(20),
        total=20,
        leader=rows(1)[0],
        queue=QueueStrip(waiting=3, running=1, about_seconds=4.2),
        ticker=(LINE,),
        under_way=(HOSTILE, "Ada"),
        announcements=(said(),),
        ghosts=(GHOST,),
        organize_url="http://192.168.1.20:8000/organize",
        join_url="http://192.168.1.20:8000/c/mnist/join",
        qr='<svg class="segno"><path d="M0 0"/></svg>',
        code="WAT-2026",
    )
    return replace(page, **changes)


def embed(**changes: Any) -> EmbedPage:
    """Ten rows for another site."""
    page = EmbedPage(
        competition=competition(), rows=rows(10), total=60, board_url="http://x/c/mnist", limit=10
    )
    return replace(page, **changes)


def reveal(**changes: Any) -> RevealPage:
    """The stage after the reveal."""
    first = FinalistView(
        id="p_1", name=HOSTILE, public_rank=2, public_score=0.98, private_rank=1, private_score=0.97
    )
    new = replace(first, id="p_2", public_rank=None, public_score=None, private_rank=2)
    page = RevealPage(competition=competition(revealed=True, state="closed"), rows=(first, new))
    return replace(page, **changes)


def gap_page(pairs: Sequence[tuple[float, float]], **changes: Any) -> GapPage:
    """Public and private scores after the reveal; each has one try more than the one before."""
    axis = dumbbells(pairs, "accuracy")
    rows = tuple(
        GapRow(
            participant_id=f"p_{place}", participant_name=HOSTILE, public_rank=len(pairs) - place,
            private_rank=place + 1, public_score=before, private_score=after, gain=after - before,
            entries=place + 1, places="1–3", drawn=axis.rows[place],
            path=f"/c/mnist/p/p_{place}" if place else "",
        )
        for place, (before, after) in enumerate(pairs)
    )  # fmt: skip
    page = GapPage(
        competition=competition(revealed=True, state="closed"), rows=rows, total=len(rows),
        facts=(Fact(title="First in public", figure="1st → 3rd", text="Down.", name=HOSTILE),),
        axis=axis, plot=gap_plot([(row.entries, row.gain) for row in rows], "accuracy"),
    )  # fmt: skip
    return replace(page, **changes)


PAGES: dict[str, tuple[str, Callable[[], Page]]] = {
    "board-rich": ("board.html", rich_board),
    "board-found": ("board.html", lambda: rich_board(find=HOSTILE)),
    "board-found-nobody": ("board.html", lambda: rich_board(find=HOSTILE, rows=())),
    "board-around": ("board.html", lambda: rich_board(around="p_2")),
    "board-around-nobody": ("board.html", lambda: rich_board(around="p_99", rows=())),
    "queue": ("_queue.html", lambda: QueuePage(queue=QueueStrip(waiting=1))),
    "race": ("race.html", race),
    "race-empty": ("race.html", lambda: race(chart=None, rows=(), awards=())),
    "participant": ("participant.html", participant),
    "participant-new": (
        "participant.html",
        lambda: participant(row=None, rival=None, below=None, steps=(), chart=None, awards=()),
    ),
    "participant-first": ("participant.html", lambda: participant(rival=None, per_day=None)),
    "tv": ("tv.html", tv),
    "tv-empty": ("tv.html", lambda: tv(rows=(), total=0, leader=None, ticker=(), under_way=())),
    "tv-fragment": ("_tv.html", tv),
    "tv-no-code": ("tv.html", lambda: tv(qr="", code="")),
    "tv-paused-and-frozen": (
        "tv.html",
        lambda: tv(competition=competition(frozen_at=START, state="paused")),
    ),
    "tv-closed": ("tv.html", lambda: tv(competition=competition(state="closed"), under_way=())),
    "tv-revealed": (
        "tv.html",
        lambda: tv(competition=competition(revealed=True, state="closed"), under_way=()),
    ),
    "tv-race": ("tv.html", lambda: tv(screen=Screen(view=View.RACE), chart=chart())),
    "tv-race-empty": ("tv.html", lambda: tv(screen=Screen(view=View.RACE))),
    "tv-awards": ("tv.html", lambda: tv(screen=Screen(view=View.AWARDS), awards=(AWARD,))),
    "tv-awards-none": ("tv.html", lambda: tv(screen=Screen(view=View.AWARDS))),
    "tv-join": ("tv.html", lambda: tv(screen=Screen(view=View.JOIN, qr=False))),
    "tv-pause": ("tv.html", lambda: tv(screen=Screen(view=View.PAUSE, scroll=False))),
    "board-frozen": (
        "board.html",
        lambda: rich_board(competition=competition(frozen_at=START, state="paused")),
    ),
    "board-described": ("board.html", lambda: rich_board(competition=described())),
    "board-revealed": (
        "board.html",
        lambda: rich_board(competition=competition(revealed=True, state="closed")),
    ),
    "reveal": ("reveal.html", reveal),
    "reveal-waiting": ("reveal.html", lambda: reveal(competition=competition(), rows=())),
    "gap": ("gap.html", lambda: gap_page([(0.97, 0.96), (0.98, 0.95), (0.9, 0.91), (0.2, 0.2)])),
    "gap-one": ("gap.html", lambda: gap_page([(0.97, 0.96)])),
    "gap-nobody": ("gap.html", lambda: gap_page([], facts=())),
    "gap-hidden": ("gap.html", lambda: gap_page([], total=9)),
    "embed": ("embed.html", embed),
    "embed-empty": ("embed.html", lambda: embed(rows=(), total=0, theme="dark")),
}
