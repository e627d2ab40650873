"""Page contexts for tests: empty, busy and broken, one function per state."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from heldout_server.jobs.workers import SeenWorker
from heldout_server.submissions.queue_view import QueueLine
from heldout_server.web.pages.board.help_page import WORDS
from heldout_server.web.pages.console.layout import Frame
from heldout_server.web.pages.console.queue import QueuePage
from heldout_server.web.pages.papers import KEPT
from heldout_server.web.view_models.board import BoardPage, BoardRow
from heldout_server.web.view_models.competitions import CompetitionLine, CompetitionsPage
from heldout_server.web.view_models.dataset import DatasetView
from heldout_server.web.view_models.finals import FinalPage
from heldout_server.web.view_models.help import HelpPage
from heldout_server.web.view_models.me import (
    Attempt,
    FormRefused,
    Invitation,
    Joined,
    JoinPage,
    LastRun,
    Left,
    Member,
    MePage,
    MyTeam,
    OwnRows,
    OwnRowsPage,
)
from heldout_server.web.view_models.notebook_snippet import Snippet
from heldout_server.web.view_models.pages import (
    CompetitionView,
    ErrorPage,
    FormError,
    MetricsView,
    Page,
    QueueStrip,
    ReceiptView,
    ScoreView,
    ShortAddressPage,
    SubmissionPage,
    SubmissionView,
    VerdictView,
)
from heldout_server.web.view_models.papers import AccessibilityPage, ContestKept, PrivacyPage
from heldout_server.web.view_models.signing_in import (
    OrganizePage,
    SchoolArrived,
    SchoolLeaving,
    SchoolRefused,
)

START = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
NAMES = (
    "Ada",
    "Grace Hopper",
    "فريق الرياضيات",
    "🦔 hedgehog",
    "Müller & Söhne <3",
    "The Extraordinarily Long Named Team of Convolutional Adventurers"[:60],
    "张伟",
    "O'Brien",
    "W" * 60,
    "Žofie Černá",
)
LATE = START + timedelta(hours=3)


def competition(**changes: Any) -> CompetitionView:
    """MNIST as `make serve` opens it."""
    dataset = DatasetView(
        name="mnist",
        classes=10,
        image_shape=(28, 28),
        test_examples=10_000,
        training_examples=50_000,
        practice_examples=10_000,
    )
    plain = CompetitionView(
        slug="mnist",
        title="Handwritten digits",
        description="Read 28 × 28 images of digits that your model has never seen.",
        state="open",
        dataset=dataset,
        closes_at=LATE,
        timezone="America/Toronto",
        quota_per_day=100,
        model_bytes=52_428_800,
        predictions_bytes=16_777_216,
    )
    return replace(plain, **changes)


def snippet(code: str | None = None) -> Snippet:
    """Addresses as a room sees them."""
    here = "http://192.168.1.20:8000"
    return Snippet(
        server_url=here, wheel_url=f"{here}/client/heldout-0.1.0-py3-none-any.whl", code=code
    )


def rows(number: int, first_rank: int = 1) -> tuple[BoardRow, ...]:
    """Plausible standings, with every kind of name."""
    return tuple(_row(rank) for rank in range(first_rank, first_rank + number))


def _row(rank: int) -> BoardRow:
    errors = 31 + int(2.2 * rank + rank**1.5 / 4)
    return BoardRow(
        rank=rank,
        participant_id=f"p_{rank}",
        participant_name=NAMES[(rank - 1) % len(NAMES)],
        submission_id=f"s_{rank}",
        submission_name=None if rank % 4 == 0 else "2 conv + dropout 0.25, batch 256, early stop",
        score=1 - errors / 5000,
        reached_at=START + timedelta(minutes=rank),
        entries=1 + rank * 7 % 13,
        error_count=errors,
    )


def board(number: int = 60, **changes: Any) -> BoardPage:
    """The board with `number` participants."""
    found = rows(number)
    page = BoardPage(
        competition=competition(),
        rows=found,
        total=number,
        leader=found[0] if found else None,
        snippet=snippet(),
        queue=QueueStrip(waiting=3, running=1, about_seconds=4.2),
    )
    return replace(page, **changes)


def hostile_board() -> BoardPage:
    """Every text that a stranger chooses is HTML."""
    row = replace(_row(1), participant_name=HOSTILE, submission_name=HOSTILE)
    shown = competition(title=HOSTILE, description=HOSTILE)
    return board(competition=shown, rows=(row,), total=1, leader=row)


def submission(**changes: Any) -> SubmissionView:
    """A model that was scored."""
    plain = SubmissionView(
        id="s_7Hq2",
        name="2 conv + dropout",
        kind="model",
        filename="model.keras",
        size_bytes=1_482_113,
        participant_id="p_1",
        participant_name="Ada",
        state="scored",
        created_at=START,
        scored_at=START + timedelta(seconds=3),
    )
    return replace(plain, **changes)


def metrics(classes: int = 10) -> MetricsView:
    """A confusion matrix with a few honest mistakes."""
    matrix = tuple(
        tuple(
            490 - 3 * label if label == seen else (label * 7 + seen * 5) % 11 % 4 * (label % 3)
            for seen in range(classes)
        )
        for label in range(classes)
    )
    return MetricsView(
        examples=5000,
        accuracy=0.9731,
        error_count=135,
        macro_precision=0.9729,
        macro_recall=0.9727,
        macro_f1=0.9728,
        per_class_recall=tuple(counts[label] / sum(counts) for label, counts in enumerate(matrix)),
        confusion_matrix=matrix,
        top_3_accuracy=0.9978,
        log_loss=0.0912,
    )


def told() -> MetricsView:
    """What is told of hidden images until the reveal."""
    return MetricsView(examples=5000, accuracy=0.9731, error_count=135)


def run_card(epochs: int = 20) -> dict[str, Any]:
    """What the client sends for the class's overfit starter."""
    steps = range(1, epochs + 1)
    return {
        "schema": "heldout.run-card/1",
        "hyperparameters": {
            "batch_size": 128,
            "dropout": 0.25,
            "optimizer": "Adam",
            "learning_rate": 0.001,
            "epochs_run": epochs,
            "epochs_requested": 40,
            "loss": "SparseCategoricalCrossentropy",
            "augmentation": "none",
        },
        "captured": {"hyperparameters": ["optimizer", "learning_rate", "loss", "dropout"]},
        "history": {
            "accuracy": [1 - 0.08 * math.exp(-step / 3) for step in steps],
            "loss": [0.28 * math.exp(-step / 3.5) + 0.004 for step in steps],
            "val_accuracy": [0.979 - 0.03 * math.exp(-step / 2) for step in steps],
            "val_loss": [0.12 * math.exp(-step / 2) + 0.07 + 0.0035 * step for step in steps],
            "learning_rate": [0.001 * 0.9**step for step in steps],
        },
        "architecture": [
            _layer("Flatten", [None, 784], 0),
            _layer("Dense", [None, 2048], 1_607_680, units=2048, activation="relu"),
            _layer("Dropout", [None, 2048], 0, rate=0.25),
            _layer("Dense", [None, 512], 1_049_088, units=512, activation="relu"),
            _layer("Dense", [None, 10], 5_130, units=10, activation="linear"),
        ],
        "environment": {"keras_version": "3.15.1", "backend": "tensorflow", "python": "3.11.2"},
        "notes": "Dropout after the widest layer.\nNext: smaller batches.",
        "unknown": {"kept": True},
    }


def _layer(kind: str, shape: list[int | None], parameters: int, **config: Any) -> dict[str, Any]:
    return {
        "name": kind.lower(),
        "type": kind,
        "output_shape": shape,
        "parameters": parameters,
        "config": config,
    }


def scored(**changes: Any) -> SubmissionPage:
    """A scored submission with everything there can be."""
    page = SubmissionPage(
        competition=competition(),
        submission=submission(),
        verdict=VerdictView(
            code="scored",
            detail="Scored.",
            warnings=("The output looks like logits; they were read with argmax.",),
        ),
        score=ScoreView(
            score=0.9731,
            rank=3,
            participants=12,
            previous_score=0.97,
            change=0.0031,
            is_new_best=True,
        ),
        metrics=told(),
        details=replace(metrics(), of_practice=True),
        receipt=ReceiptView(
            device="cpu",
            seconds={"queue": 0.12, "load": 0.8, "predict": 1.9, "grade": 0.03, "parse": None},
            keras_version="3.15.1",
            tensorflow_version="2.21.0",
            parameters=2_727_562,
            output="logits",
            sha256="9f" * 32,
        ),
        run_card=run_card(),
    )
    return replace(page, **changes)


def unscored(state: str, **changes: Any) -> SubmissionPage:
    """A submission that has no score (yet)."""
    about = submission(state=state, scored_at=None, **changes)
    return SubmissionPage(competition=competition(), submission=about, run_card={})


def rejected() -> SubmissionPage:
    """A file that was refused, under a hostile name."""
    return SubmissionPage(
        competition=competition(),
        submission=submission(
            state="rejected", name=HOSTILE, filename=HOSTILE, participant_name=HOSTILE
        ),
        verdict=VerdictView(
            code="input_shape",
            detail="The model expects 32 × 32 × 3 images, but the test images are 28 × 28.",
            hint="Start the model with keras.Input((28, 28)) and train it again.",
        ),
        run_card={"hyperparameters": {HOSTILE: HOSTILE}, "notes": HOSTILE, "history": "broken"},
    )


FRAME = Frame(name=HOSTILE, is_owner=True, csrf="c" * 43, now=START, section="queue")


def queue() -> QueuePage:
    """The queue in the middle of an evening, with something wrong."""
    line = QueueLine(
        public_id="s_2vJr0kq3XQ1a", name=HOSTILE, participant=NAMES[2], kind="model",
        state="queued", step="predict", pool="cpu", attempt=0, worker=None, seconds=12.5,
        lease_seconds=None,
    )  # fmt: skip
    runs = replace(line, state="running", attempt=2, worker=HOSTILE, lease_seconds=21.0)
    worker = SeenWorker(
        id="w_1", name=HOSTILE, host="lab-3", pools=("cpu",), started_at=START,
        silent_seconds=1.0, alive=True, draining=False, runs=("s_2vJr0kq3XQ1a",),
    )  # fmt: skip
    return QueuePage(
        frame=FRAME,
        queue=QueueStrip(waiting=1, running=1),
        waiting=(line,),
        running=(replace(runs, public_id="s_running"),),
        failed=(replace(line, public_id="s_failed", state="error", step=None, pool=None),),
        workers=(worker, replace(worker, id="w_2", alive=False)),
        alerts=("A file failed three times.", HOSTILE),
        maintenance="Paused: new disks",
    )


def join(**changes: Any) -> JoinPage:
    """The join form."""
    return replace(JoinPage(competition=competition(), snippet=snippet()), **changes)


def school_refused(**changes: Any) -> SchoolRefused:
    """The way through the school's sign-in ended here."""
    page = SchoolRefused(
        status=503,
        title="The school's sign-in doesn't answer",
        detail="Nobody can come in by it now.",
        hint="Try again in a minute.",
        request_id="req_8fk2",
        school=HOSTILE,
        back="/c/mnist/join",
    )
    return replace(page, **changes)


def joined(**changes: Any) -> Joined:
    """Who this browser is."""
    same = Joined(participant_id="p_1", participant_name=HOSTILE, code="RKD-47W-NX9", csrf="c" * 64)
    return replace(same, **changes)


def one_try(number: int = 0, **changes: Any) -> Attempt:
    """A scored one of one's own."""
    same = Attempt(
        id=f"s_{number}", name=HOSTILE, path=f"/submissions/s_{number}", state="scored",
        sent_at=START, score=0.97, may_star=True,
    )  # fmt: skip
    return replace(same, **changes)


def me(**changes: Any) -> MePage:
    """One's own page with tries of every kind."""
    tries = (
        one_try(0, is_chosen=True),
        one_try(1, state="rejected", score=None, detail=HOSTILE, hint=HOSTILE, may_star=False),
        one_try(2, state="error", score=None, detail="Our machinery failed.", may_star=False),
        one_try(3, state="running", score=None, may_star=False),
        one_try(4, state="queued", score=None, may_star=False),
        one_try(5, by=HOSTILE, private_score=0.96),
        one_try(6, moderation="held", may_star=False),
    )
    same = MePage(
        competition=competition(), participant_id="p_1", name=HOSTILE, csrf="c" * 64,
        code="RKD-47W-NX9", has_code=True, snippet=snippet(), tries=tries, more=False, at_most=2,
        chosen=1, may_choose=True,
        quota=Left(
            today=97, per_day=100, in_all=None, resets_at=START, next_at=None, with_team=False
        ),
        rank=3, score=0.97, participants=12,
        last=LastRun(heading="Overfitting from epoch 4", line="High variance.", remedy="Stop.",
                     path="/submissions/s_0"),
        most_bytes=50_000_000, accepts=".keras",
    )  # fmt: skip
    return replace(same, **changes)


def final() -> FinalPage:
    return FinalPage(
        competition=competition(),
        name=HOSTILE,
        participant_id="p_1",
        csrf="c" * 32,
        classes=(*"012345678", HOSTILE),
    )


def own_rows(number: int = 5) -> OwnRows:
    """Of a gentle board: one's own place among its neighbours, or none yet."""
    mine = f"p_{(number + 1) // 2}"
    return OwnRows(own_id=mine, rows=rows(number), participants=60, pseudonym=HOSTILE)


def own_rows_page(own: OwnRows | None = None) -> OwnRowsPage:
    """These rows alone."""
    return OwnRowsPage(competition=competition(board_rule="pseudonyms"), own=own)


FULL = FormError(detail="That code opens nothing here.", hint="Ask an organizer.", field="code")
PAGES: dict[str, tuple[str, Callable[[], Page]]] = {
    "board-busy": ("board.html", board),
    "board-empty": ("board.html", lambda: board(0, queue=QueueStrip())),
    "board-one": ("board.html", lambda: board(1)),
    "board-closed": ("board.html", lambda: board(12, competition=competition(state="closed"))),
    "board-closed-empty": ("board.html", lambda: board(0, competition=competition(state="closed"))),
    "board-not-open": (
        "board.html",
        lambda: board(0, competition=competition(state="not_open_yet", opens_at=START)),
    ),
    "board-hostile": ("board.html", hostile_board),
    "board-second-page": (
        "board.html",
        lambda: board(rows=rows(100, 101), offset=100, total=340),
    ),
    "board-beyond": ("board.html", lambda: board(rows=(), offset=900, total=60)),
    "fragment": ("_board.html", board),
    "final": ("final.html", final),
    "join": ("join.html", join),
    "join-refused": ("join.html", lambda: join(code="<b>", name=HOSTILE, error=FULL)),
    "join-left": ("join.html", lambda: join(left=True)),
    "join-personal": ("join.html", lambda: join(code="RKD-47W-NX9", is_personal=True, error=FULL)),
    "join-invited": (
        "join.html",
        lambda: join(code="x", invitation=Invitation(name=HOSTILE, team_name=HOSTILE)),
    ),
    "join-invite-used": (
        "join.html",
        lambda: join(invitation=Invitation(name=HOSTILE, is_used=True)),
    ),
    "join-school": ("join.html", lambda: join(school=HOSTILE, asks="school")),
    "join-school-not-here": ("join.html", lambda: join(asks="school")),
    "join-school-and-code": ("join.html", lambda: join(school=HOSTILE, known="Ada", code="x")),
    "join-school-invited": (
        "join.html",
        lambda: join(
            school=HOSTILE, asks="roster", room_code="x", invitation=Invitation(name=HOSTILE)
        ),
    ),
    "join-school-left": ("join.html", lambda: join(school=HOSTILE, left=True, nicknames=False)),
    "joined": ("join.html", lambda: join(joined=joined())),
    "joined-scored": ("join.html", lambda: join(joined=joined(first=one_try()))),
    "joined-rejected": (
        "join.html",
        lambda: join(joined=joined(code=None, first=one_try(state="rejected", score=None))),
    ),
    "joined-running": (
        "join.html",
        lambda: join(joined=joined(first=one_try(state="running", score=None))),
    ),
    "joined-error": (
        "join.html",
        lambda: join(joined=joined(first=one_try(state="error", score=None))),
    ),
    "me": ("me.html", me),
    "me-new": (
        "me.html",
        lambda: me(tries=(), rank=None, score=None, last=None, code=None, has_code=False),
    ),
    "me-team": (
        "me.html",
        lambda: me(
            code=None,
            team_size=3,
            team=MyTeam(
                name=HOSTILE,
                code="RKD4-7WNX-9QFC",
                members=(
                    Member(name=HOSTILE, is_captain=True, is_me=False),
                    Member(name="Ada", is_captain=False, is_me=True),
                ),
                most=3,
            ),
            more=True,
            may_rename=False,
        ),
    ),
    "me-refused": (
        "me.html",
        lambda: me(
            team_size=3,
            refused=FormRefused(which="team", error=FULL, typed={"name": (HOSTILE,)}),
            done="Saved.",
        ),
    ),
    "me-school": ("me.html", lambda: me(school=HOSTILE)),
    "me-school-connected": ("me.html", lambda: me(school=HOSTILE, has_school=True)),
    "me-closed": ("me.html", lambda: me(not_now="The competition is closed.", may_choose=False)),
    "me-now": ("_me_now.html", me),
    "me-revealed": ("me.html", lambda: me(competition=competition(revealed=True), own_id="p_1")),
    "me-gentle": (
        "me.html",
        lambda: me(competition=competition(board_rule="own_row"), own=own_rows(1)),
    ),
    "own-rows": ("_own_rows.html", lambda: own_rows_page(own_rows())),
    "own-rows-none-yet": ("_own_rows.html", lambda: own_rows_page(own_rows(0))),
    "own-rows-everybody": ("_own_rows.html", own_rows_page),
    "submission": ("submission.html", scored),
    "submission-behind": (
        "submission.html",
        lambda: scored(
            score=ScoreView(score=0.1, previous_score=0.97, change=-0.87), run_card=None
        ),
    ),
    "submission-predictions": (
        "submission.html",
        lambda: scored(
            submission=submission(kind="predictions", name=None, filename=None, size_bytes=None),
            details=None,
            details_note="They come after the reveal.",
            receipt=ReceiptView(seconds={"grade": 0.004}),
            run_card={},
        ),
    ),
    "submission-revealed": (
        "submission.html",
        lambda: scored(
            metrics=metrics(), details=replace(metrics(), top_3_accuracy=None, log_loss=None)
        ),
    ),
    "submission-unread": (
        "submission.html",
        lambda: scored(
            competition=replace(competition(), metric="macro_f1"),
            details=None,
            details_note="It reads them soon.",
            practice_path="/submissions/s_1/practice",
            is_reading=True,
        ),
    ),
    "submission-received": ("submission.html", lambda: unscored("received")),
    "submission-queued": ("submission.html", lambda: unscored("queued", queue_position=4)),
    "submission-running": ("submission.html", lambda: unscored("running", step="predict")),
    "submission-grading": ("submission.html", lambda: unscored("running", step="grade")),
    "submission-error": ("submission.html", lambda: unscored("error")),
    "submission-withdrawn": (
        "submission.html",
        lambda: unscored("queued", moderation="withdrawn"),
    ),
    "submission-rejected": ("submission.html", rejected),
    "submission-disqualified": (
        "submission.html",
        lambda: scored(submission=submission(moderation="disqualified")),
    ),
    "organize-signin": ("organize/sign_in.html", OrganizePage),
    "organize-refused": (
        "organize/sign_in.html",
        lambda: OrganizePage(error=replace(FULL, field="token"), ended=True, said="Done."),
    ),
    "queue": ("organize/queue.html", queue),
    "queue-empty": ("organize/queue.html", lambda: QueuePage(frame=FRAME, queue=QueueStrip())),
    "competitions": (
        "competitions.html",
        lambda: CompetitionsPage(
            lines=(
                CompetitionLine(
                    competition=competition(),
                    participants=31,
                    leader_name="Ada",
                    leader_score=0.9938,
                ),
                CompetitionLine(competition=competition(slug="digits", title=NAMES[2])),
            )
        ),
    ),
    "competitions-none": ("competitions.html", CompetitionsPage),
    "help": (
        "help.html",
        lambda: HelpPage(competition=competition(), snippet=snippet(), words=WORDS),
    ),
    "privacy": (
        "privacy.html",
        lambda: PrivacyPage(
            contact="mailto:dean@example.org",
            kept=KEPT,
            contests=(
                ContestKept(title=NAMES[2], path="/c/digits", days=30, at=LATE, timezone="UTC"),
                ContestKept(title=HOSTILE, path="/c/mnist", days=1, at=None, timezone="UTC"),
                ContestKept(title="MNIST", path="/c/mnist", days=None, at=None, timezone="UTC"),
            ),
            school=HOSTILE,
        ),
    ),
    "privacy-without-contests": (
        "privacy.html",
        lambda: PrivacyPage(contact="", kept=KEPT, contests=(), school=""),
    ),
    "accessibility": (
        "accessibility.html",
        lambda: AccessibilityPage(contact="mailto:dean@example.org"),
    ),
    "help-of-the-server": ("help.html", lambda: HelpPage(snippet=snippet(), words=WORDS)),
    "short-address": ("short_address.html", ShortAddressPage),
    "short-address-refused": (
        "short_address.html",
        lambda: ShortAddressPage(
            code="<b>",
            error=FormError(detail="That code leads nowhere.", hint="Check it.", field="code"),
        ),
    ),
    "error": (
        "error.html",
        lambda: ErrorPage(
            status=404,
            title="Not found",
            detail="There is no competition at this address.",
            hint="Check the link.",
            request_id="req_8fk2",
        ),
    ),
    "school-leaving": (
        "school_leaving.html",
        lambda: SchoolLeaving(school=HOSTILE, to="/somewhere?a=1&b=2"),
    ),
    "school-arrived": ("school_arrived.html", lambda: SchoolArrived(name=HOSTILE, to="/organize")),
    "school-refused": ("school_refused.html", lambda: school_refused(takes_code=True)),
    "school-refused-organizer": (
        "school_refused.html",
        lambda: school_refused(for_organizers=True, hint="", request_id=None),
    ),
    "school-refused-nowhere": ("school_refused.html", lambda: school_refused(back="/")),
    "organize-signin-school": ("organize/sign_in.html", lambda: OrganizePage(school=HOSTILE)),
    "error-bare": ("error.html", lambda: ErrorPage(status=500, title="Our mistake", detail="")),
}
"""name -> (template, how to make its page)"""
