"""Two to eight submissions side by side: `/c/<slug>/compare?s=…&s=…`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.blobs import BlobMissing
from heldout_server.competitions import queries as competitions
from heldout_server.grading import LabelStoreError
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import disclosure, standings
from heldout_server.leaderboard.audience import ANYBODY
from heldout_server.leaderboard.disclosure import Source
from heldout_server.leaderboard.margins import ACCURACY
from heldout_server.leaderboard.submission_report import SubmissionReport, report
from heldout_server.models import Competition, Participant, Submission
from heldout_server.runs.answers import Answers
from heldout_server.runs.asked import Asked
from heldout_server.runs.asked_queries import asked_of
from heldout_server.runs.card_visibility import visibility
from heldout_server.runs.comparing import FEWEST, MOST, compared
from heldout_server.runs.diagnosis import diagnose
from heldout_server.runs.pareto import SAME, mcnemar_p, unpaired_p
from heldout_server.runs.practice import practice_answers
from heldout_server.submissions import queries
from heldout_server.tasks import scores
from heldout_server.web.charts.curves_compared import overlay
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.render import render
from heldout_server.web.pages.board.from_rows import competition_view, submission_view
from heldout_server.web.pages.runs.reader import Reader
from heldout_server.web.pages.runs.run_card_view import shown_value, words
from heldout_server.web.routes import Routes
from heldout_server.web.services import Services
from heldout_server.web.signed_in import PRIVATE, SignedInDep
from heldout_server.web.view_models.runs import ComparedRun, ComparePage, PairRow, SettingRow

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

NO_LABELS = "Paired counts are made where the labels are, which is not in this process."
NOT_COMPARED = "not compared"
Chosen = Annotated[list[str] | None, Query(max_length=60)]
ViewKey = Annotated[str | None, Query(max_length=100)]


@router.get("/c/{slug}/compare")
def compare(
    slug: str,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    who: SignedInDep,
    s: Chosen = None,
    view: ViewKey = None,
) -> Response:
    """The comparison of the submissions `s`, in the order given.

    Where not everybody hears of them all, for whoever is signed in, or holds the key of one.
    """
    competition = competitions.by_slug(session, slug)
    found = _submissions(session, competition, s or [])
    people = [session.get_one(Participant, each.participant_id) for each in found]
    reader = Reader.of(people, found, who, view)
    for person in people:
        standings.check_seen(session, competition, person, reader.viewer)
    reports = [report(session, submission) for submission in found]
    shared = [
        not each.hidden_reason and visibility(competition, each.participant, now=now).is_shown
        for each in reports
    ]
    cards = [
        (each.run_card or {}) if shown else {} for each, shown in zip(reports, shared, strict=True)
    ]
    asked = asked_of(session, competition)
    source = disclosure.source(session, competition)
    answers = _answers(services, session, competition, source, reports)
    pairs, note = _pairs(answers, reports)
    page = ComparePage(
        competition=competition_view(session, competition, now=now),
        runs=_runs(session, asked, reports, cards, shared, reader),
        settings=tuple(
            SettingRow(
                name=words(setting.name),
                values=tuple(shown_value(value) for value in setting.values),
                differs=setting.differs,
            )
            for setting in compared(cards)
        ),
        overlays=overlay(cards, asked),
        pairs=pairs,
        pairs_note=note,
        pairs_of_practice=source is Source.PRACTICE,
    )
    headers = {"Cache-Control": "no-cache"} if reader.viewer == ANYBODY else PRIVATE
    return HTMLResponse(render("compare.html", page), headers=headers)


def _submissions(
    session: Session, competition: Competition, public_ids: Sequence[str]
) -> list[Submission]:
    wanted = list(dict.fromkeys(public_ids))
    if not FEWEST <= len(wanted) <= MOST:
        raise ProblemError(
            "validation",
            f"{len(wanted)} submissions were chosen; {FEWEST} to {MOST} can be compared.",
            "Tick the runs in the table of experiments, then press Compare.",
        )
    found = [queries.by_public_id(session, public_id) for public_id in wanted]
    known = [each for each in found if each and each.competition_id == competition.id]
    if len(known) < len(wanted):
        raise ProblemError(
            "not_found",
            "Not all of these submissions are in this competition.",
            "Check the address, or choose them again from the table of experiments.",
        )
    return known


def _runs(
    session: Session,
    asked: Asked,
    reports: Sequence[SubmissionReport],
    cards: Sequence[dict[str, object]],
    shared: Sequence[bool],
    reader: Reader,
) -> tuple[ComparedRun, ...]:
    ids = [each.submission.public_id for each in reports]
    runs = []
    for number, (each, card, is_shared) in enumerate(zip(reports, cards, shared, strict=True), 1):
        diagnosis = diagnose(card, asked)
        others = [("s", other) for other in ids if other != each.submission.public_id]
        query = urlencode([*others, *([("view", reader.key)] if reader.key else [])])
        runs.append(
            ComparedRun(
                number=number,
                submission=submission_view(
                    each.submission, each.participant, name=reader.name_of(each)
                ),
                path=reader.path_of(session, each),
                score=each.result.score if each.result else None,
                diagnosis=diagnosis.kind if diagnosis else "",
                is_shared=is_shared,
                without=f"/c/{each.competition.slug}/compare?{query}" if len(ids) > FEWEST else "",
            )
        )
    return tuple(runs)


def _answers(
    services: Services,
    session: Session,
    competition: Competition,
    source: Source,
    reports: Sequence[SubmissionReport],
) -> Answers | None:
    """What the submissions said of the examples of which it may be told; None: not known here."""
    ids = {each.submission.id or 0: each.submission.predictions_sha256 for each in reports}
    if source is Source.PRACTICE:
        return practice_answers(session, services.datasets, competition, ids)
    digests = {number: digest for number, digest in ids.items() if digest is not None}
    return services.pairs.of(competition, digests) if services.pairs is not None else None


def _pairs(
    answers: Answers | None, reports: Sequence[SubmissionReport]
) -> tuple[tuple[PairRow, ...], str]:
    """Every pair of those with a result to tell, the first against each later one; or why none."""
    if answers is None:
        return (), NO_LABELS
    told = [(number, each) for number, each in enumerate(reports, 1) if each.result is not None]
    try:
        rows = [_pair(answers, first, second) for first, second in combinations(told, 2)]
    except (BlobMissing, LabelStoreError):
        return (), "The stored predictions of these submissions can't be read right now."
    return tuple(rows), ""


Numbered = tuple[int, SubmissionReport]


def _pair(answers: Answers, first: Numbered, second: Numbered) -> PairRow:
    counts = answers.pair(first[1].submission.id or 0, second[1].submission.id or 0)
    if counts is None:
        return PairRow(first=first[0], second=second[0], verdict=_by_scores(first[1], second[1]))
    p = mcnemar_p(counts.fixed, counts.broke)
    return PairRow(first=first[0], second=second[0], verdict=_judged(p), **asdict(counts))


def _by_scores(first: SubmissionReport, second: SubmissionReport) -> str:
    """What two scores say without a look at the examples: of counts of errors, whether it may be
    luck.
    """
    if first.result is None or second.result is None:
        return NOT_COMPARED
    metric = first.competition.metric
    if metric != ACCURACY or first.result.metrics["error_count"] is None:
        return _by_figures(first.result.score, second.result.score, metric)
    one, two = first.result.metrics, second.result.metrics
    better = one["error_count"] - two["error_count"]
    found = f"{abs(better):,} {'more' if better >= 0 else 'fewer'} right"
    p = unpaired_p(one["error_count"], two["error_count"], two["examples"])
    return f"by their scores: {found} of {two['examples']:,}, {_judged(p)}"


def _by_figures(first: float, second: float, metric: str) -> str:
    if first == second:
        return "by their scores: the same"
    far = scores.distance(first - second, metric, second)
    return f"by their scores: {far} {'better' if second > first else 'worse'}"


def _judged(p: float) -> str:
    return "too close to call" if p > SAME else f"a real difference (p = {p:.2g})"
