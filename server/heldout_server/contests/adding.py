"""Opening a checked contest: its data into the stores, its row into the database, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlmodel import Session

from heldout_runner.variants import AUTO
from heldout_server.acts.audit_log import THE_SERVER, Actor
from heldout_server.acts.registry import ActContext
from heldout_server.baselines.rows import NewBaseline, Source, add_baseline, of_competition
from heldout_server.blobs import BlobStore
from heldout_server.competitions import settings_acts
from heldout_server.contests.beside import Beside
from heldout_server.contests.check import Contest, Step, examine
from heldout_server.contests.dataset import dataset_of
from heldout_server.contests.problems import CONTEST_FILE, Problem, Refused
from heldout_server.datasets.loaded import LoadedDataset
from heldout_server.datasets.rows import row_of
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStore, LabelStoreError, OtherLabels
from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.settings import Settings
from heldout_server.models import MODEL, PREDICTIONS, BaselineKind, Competition, Dataset
from heldout_server.submissions.blob_references import hold
from heldout_server.tasks import catalogue


class Stores(Protocol):
    """Where a contest goes: an installation."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def datasets(self) -> DatasetStore: ...
    @property
    def labels(self) -> LabelStore: ...
    @property
    def blobs(self) -> BlobStore: ...


# What a constant and a linear model reach, unranked: who is better has learned something.
GHOSTS = (BaselineKind.MAJORITY, BaselineKind.LINEAR)
BASELINE_NAME = "Baseline of the folder"
Make = Callable[[ActContext, dict[str, object]], Competition]
"""Makes the competition's row in the transaction that it is given."""


def _made(context: ActContext, given: dict[str, object]) -> Competition:
    return settings_acts.create_competition.perform(context, None, given)


@dataclass(frozen=True)
class Opened:
    """A contest that was opened: its row as committed, and the warnings about it."""

    competition: Competition
    warnings: list[Problem]


def open_contest(
    stores: Stores,
    path: Path,
    *,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, object] | None = None,
    work: Path | None = None,
    step: Step | None = None,
    make: Make = _made,
) -> Opened:
    """Check the folder or zip at `path` and open its contest, by its rules.

    `changes` are fields of `Competition` that win over them, such as `slug` or `closes_at`. Raises
    Refused with every problem, and ProblemError where the competition can't be made; then nothing
    of it is left. Done again by the same actor's request, it is the competition of the first time.
    """
    examined = examine(path, now=now, work=work, step=step)
    if examined.contest is None:
        raise Refused(examined.problems)
    if step is not None:
        step("storing")
    made = add(stores, examined.contest, actor=actor, now=now, changes=changes, make=make)
    return Opened(made, examined.problems)


def add(
    stores: Stores,
    contest: Contest,
    *,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, object] | None = None,
    make: Make = _made,
) -> Competition:
    """Open a contest that was checked. Raises as `open_contest`."""
    dataset = dataset_of(contest)
    info = stores.datasets.add(dataset)
    try:
        _keep_labels(stores.labels, dataset)
        with stores.database.write() as session:
            session.merge(row_of(info, now=now))
            session.flush()  # the competition refers to it
            given = {**_fields(contest, dataset, stores.settings), **(changes or {})}
            context = ActContext(session, actor, now)
            made = make(context, given)
            _make_split(stores.labels, made, dataset)
            _add_ghosts(session, made, now)
            _keep_beside(stores.blobs, session, made, contest.beside, now)
            session.refresh(made)
            session.expunge(made)
            return made
    except BaseException:
        with suppress(Exception):
            _forget(stores, dataset)
        raise


def _add_ghosts(session: Session, made: Competition, now: datetime) -> None:
    """By the server: a request's key is of the contest that it opened, maybe already."""
    context = ActContext(session, THE_SERVER, now, made)
    if of_competition(session, context.competition_id):
        return
    for kind in GHOSTS:
        add_baseline.perform(context, made, NewBaseline(kind, Source()))


def _keep_beside(
    blobs: BlobStore, session: Session, made: Competition, files: Beside, now: datetime
) -> None:
    """The logo, and the baseline as one more row that isn't ranked; once."""
    if made.logo_sha256 or made.baseline_sha256:
        return
    hold(session)
    if files.logo is not None:
        made.logo_sha256 = blobs.put(files.logo)
    if files.baseline is not None and files.predictions is not None:
        source = Source(predictions_sha256=blobs.put(files.predictions))
        given = NewBaseline(BaselineKind.STARTER, source, BASELINE_NAME)
        add_baseline.perform(ActContext(session, THE_SERVER, now, made), made, given)
        made.baseline_sha256 = blobs.put(files.baseline)
    session.add(made)
    session.flush()


def _keep_labels(labels: LabelStore, dataset: LoadedDataset) -> None:
    try:
        labels.add(dataset.content_hash, dataset.y_test, groups=dataset.groups, usage=dataset.usage)
    except OtherLabels:
        what = "This server has the same data already, with other hidden answers."
        cure = "Correct those of the contest that is here: its page “Re-score”."
        raise Refused(
            [Problem(CONTEST_FILE, None, "labels_differ", what, cure, "problem")]
        ) from None


def _make_split(labels: LabelStore, made: Competition, dataset: LoadedDataset) -> None:
    """At once: `Usage` and groups are of this contest, others may be on the same data.

    Raises ProblemError where a split of an earlier contest of this name is in the way.
    """
    if made.dataset_hash != dataset.content_hash:
        return  # the competition of an earlier request
    try:
        labels.split(
            made.slug,
            made.dataset_hash,
            dataset.task,
            public_fraction=made.public_fraction,
            groups=dataset.groups,
            usage=dataset.usage,
        )
    except LabelStoreError as error:
        raise ProblemError("conflict", str(error), "Give it another address.") from None


def _forget(stores: Stores, dataset: LoadedDataset) -> None:
    """Remove the labels of a contest that came to nothing, unless another one needs them.

    The rest of the dataset is public and harmless; it is used when the folder is sent again.
    """
    with stores.database.read() as session:
        if session.get(Dataset, dataset.content_hash) is None:
            stores.labels.forget(dataset.content_hash)


def _fields(contest: Contest, dataset: LoadedDataset, settings: Settings) -> dict[str, object]:
    """What the competition is made with: what the folder says, else what the server does."""
    file = contest.file
    task, rules = file.task, file.rules
    assert task.metric is not None
    given: dict[str, object | None] = {
        "title": file.title,
        "slug": file.slug,
        "description": contest.overview,
        "rules": contest.rules,
        "dataset_hash": dataset.content_hash,
        "metric": catalogue.metric(task.metric).name,
        "also": [catalogue.metric(name).name for name in task.also],
        "preprocessing": preprocessing_of(contest),
        "kinds": [PREDICTIONS] if file.models is None else [MODEL, PREDICTIONS],
        "public_fraction": _public_fraction(contest),
        "quota_per_day": rules.quota_per_day,
        "final_choices": rules.final_choices,
        "opens_at": rules.opens,
        "closes_at": rules.closes,
        "drawing_box": file.drawings.box,
        "drawing_centre": file.drawings.centre,
    }
    said = {name: value for name, value in given.items() if value is not None}
    return {**settings_acts.starting_values(settings), **said}


def preprocessing_of(contest: Contest) -> str:
    """How models' inputs are prepared where participants don't say it; auto by default."""
    models = contest.file.models
    return AUTO if models is None or models.preprocessing is None else models.preprocessing


def _public_fraction(contest: Contest) -> float | None:
    """What contest.toml says, else the share that `Usage` makes public."""
    said, usage = contest.file.rules.public_fraction, contest.parts.usage
    if said is not None or usage is None:
        return said
    public, private = int((usage == "Public").sum()), int((usage == "Private").sum())
    return round(public / (public + private), 4)
