"""Contexts of the pages about the class's runs, for tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from heldout_server.models import ClassInsight
from heldout_server.runs.comparing import compared
from heldout_server.web.charts.curves_compared import overlay
from heldout_server.web.charts.thumbnail import png_uri
from heldout_server.web.pages.runs.map_views import ensemble_view, importance_view
from heldout_server.web.pages.runs.pareto_chart import front_view, study_view
from heldout_server.web.pages.runs.run_card_view import shown_value, words
from heldout_server.web.pages.runs.run_table import Sorting, run_table
from heldout_server.web.view_models.pages import Difference, NextAbove, Page, SubmissionPage
from heldout_server.web.view_models.runs import (
    ComparedRun,
    ComparePage,
    ExperimentsPage,
    HardDigit,
    HardestPage,
    Misread,
    PairRow,
    PracticePage,
    SettingRow,
    StudyPage,
)
from unit.runs.made_up import curve, run
from unit.web import sample_pages
from unit.web.sample_pages import HOSTILE, START, competition, scored, submission

ROWS = [
    run(i, 0.99 - i / 1000, parameters=float(1000 * (i + 1)), scoring_seconds=0.1 * (i + 1),
        learning_rate=10 ** -(i % 4 + 1), optimizer="adam", diagnosis="noisy", name=HOSTILE)
    for i in range(130)
]  # fmt: skip


def insight(kind: str, data: dict[str, object]) -> ClassInsight:
    return ClassInsight(competition_id=1, kind=kind, version="1", data=data, computed_at=START)


def experiments() -> ExperimentsPage:
    simplest = insight(
        "simplest",
        {"parameters": {"submission": 3, "fixed": 3, "broke": 9, "p": 0.1, "source": "practice"}},
    )
    fronts = [
        front_view(ROWS, cost, simplest, "accuracy") for cost in ("parameters", "scoring_seconds")
    ]
    shares = [["learning_rate", 0.7], ["optimizer", 0.3]]
    return ExperimentsPage(
        competition=competition(),
        total=len(ROWS),
        people=7,
        hidden_note="Only the runs of those who chose to share them are here.",
        data_path="/c/mnist/experiments/data",
        grid_path="/c/mnist/experiments/grid",
        table=run_table(ROWS, Sorting("score", True, 50), "/c/mnist/experiments"),
        importance=importance_view(
            insight("importance", {"shares": shares, "runs": 130, "caution": "A hint."})
        ),
        ensemble=ensemble_view(
            insight(
                "ensemble",
                {
                    "accuracy": 0.99,
                    "error_count": 50,
                    "examples": 5000,
                    "members": 7,
                    "best_single": 0.98,
                    "source": "practice",
                },
            )
        ),
        fronts=tuple(front for front in fronts if front is not None),
    )


def compare() -> ComparePage:
    cards = [curve(name)["card"] for name in ("starter", "good_fit", "exploding")]
    cards[0]["hyperparameters"]["note"] = HOSTILE
    return ComparePage(
        competition=competition(),
        runs=tuple(
            ComparedRun(
                number=number,
                submission=submission(id=f"s_{number}", name=HOSTILE),
                path=f"/submissions/s_{number}" if number != 3 else "",
                score=None if number == 3 else 0.98,
                diagnosis="noisy",
                is_shared=number != 2,
                without="/c/mnist/compare?s=1&s=2",
            )
            for number in (1, 2, 3)
        ),
        settings=tuple(
            SettingRow(
                name=words(each.name),
                values=tuple(map(shown_value, each.values)),
                differs=each.differs,
            )
            for each in compared(cards)
        ),
        overlays=overlay(cards),
        pairs=(PairRow(first=1, second=2, both_right=4900, fixed=30, broke=20, both_wrong=50,
                       verdict="too close to call"),
               PairRow(first=1, second=3, verdict="by their scores: too close to call")),
        pairs_of_practice=True,
    )  # fmt: skip


def study() -> StudyPage:
    table = run_table(ROWS, Sorting("score", True, 0), "/c/mnist/studies/p_1/s", with_trial=True)
    return StudyPage(
        competition=competition(),
        study=HOSTILE,
        participant_name=HOSTILE,
        total=len(ROWS),
        best=table.rows[0],
        history=study_view(ROWS, "accuracy"),
        data_path="/c/mnist/experiments/data?study=s",
        table=table,
    )


def practice() -> PracticePage:
    image = png_uri(np.arange(64, dtype=np.uint8).reshape(8, 8))
    return PracticePage(
        competition=competition(),
        submission=submission(),
        examples=10_000,
        error_count=170,
        misread=(Misread(image=image, label="7", said="1"),),
    )


def hardest() -> HardestPage:
    image = png_uri(np.arange(784, dtype=np.uint8).reshape(28, 28))
    digits = (
        HardDigit(image=image, label="5", wrong=29, said="6", said_count=22),
        HardDigit(image=image, label=HOSTILE, wrong=9, said=HOSTILE, said_count=9),
        HardDigit(image=image, label="4", wrong=1, said="9", said_count=1),
    )
    return HardestPage(competition=competition(), models=31, digits=digits)


def above() -> SubmissionPage:
    return scored(
        run_card=curve("starter")["card"],
        view_query="?view=abc",
        practice_path="/submissions/s_1/practice",
        next_above=NextAbove(
            participant_name=HOSTILE,
            submission_path="/submissions/s_2",
            compare_path="/c/mnist/compare?s=s_1&s=s_2",
            score=0.99,
            differences=(Difference(name="dropout", mine="–", theirs=HOSTILE),),
        ),
    )


PAGES: dict[str, tuple[str, Callable[[], Page]]] = {
    "experiments": ("experiments.html", experiments),
    "experiments-empty": (
        "experiments.html",
        lambda: replace(
            experiments(),
            total=0,
            people=0,
            importance=None,
            ensemble=None,
            fronts=(),
            table=run_table([], Sorting("score", True, 0), "/c/mnist/experiments"),
        ),
    ),
    "compare": ("compare.html", compare),
    "compare-bare": (
        "compare.html",
        lambda: replace(compare(), overlays=(), pairs=(), settings=(), pairs_note="None here."),
    ),
    "study": ("study.html", study),
    "study-one": ("study.html", lambda: replace(study(), history=None)),
    "practice": ("practice.html", practice),
    "practice-perfect": (
        "practice.html",
        lambda: replace(practice(), error_count=0, misread=()),
    ),
    "practice-none": ("practice.html", lambda: replace(practice(), note="Only a scored model.")),
    "hardest": ("hardest.html", hardest),
    "hardest-none": ("hardest.html", lambda: replace(hardest(), digits=())),
    "hardest-nobody": ("hardest.html", lambda: replace(hardest(), models=0, digits=())),
    "hardest-later": ("hardest.html", lambda: replace(hardest(), digits=None)),
    "submission-above": ("submission.html", above),
    "submission-unshared": (
        "submission.html",
        lambda: scored(run_card=None, card_note="The participant keeps it to themselves."),
    ),
    "submission-refused-card": (
        "submission.html",
        lambda: scored(run_card={"refused": {"detail": f"Not kept: {HOSTILE}"}}),
    ),
    **{
        f"submission-{name}": (
            "submission.html",
            lambda name=name: scored(run_card=curve(name)["card"]),
        )
        for name in ("good_fit", "exploding", "plateau", "chollet", "lstm_rows")
    },
}
sample_pages.PAGES.update(PAGES)
