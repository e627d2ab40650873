"""From an empty folder to a board that takes submissions: database, dataset, labels, contest."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from heldout_server.acts import audit_log
from heldout_server.acts.registry import ActContext
from heldout_server.blobs import BlobStore, StorageFailed, connect
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.codes import new_join_code
from heldout_server.datasets.loaded import DIGITS, LoadedDataset
from heldout_server.datasets.rows import row_of
from heldout_server.datasets.sources import load_dataset, load_mnist
from heldout_server.datasets.store import DatasetInfo, DatasetStore
from heldout_server.grading import LabelStore
from heldout_server.kit.db import Database
from heldout_server.kit.file_locks import hold
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition, Role, metadata
from heldout_server.people import organizers
from heldout_server.people.organizer_acts import OrganizerIn, add_organizer
from heldout_server.processes import observers
from heldout_server.webhooks.vault import KEY_FILE, Vault

TITLES = {"mnist": "MNIST: read the digits", "digits": "UCI digits: read the digits"}
DESCRIPTION = (
    "Train a network that reads handwritten digits. Your score is its accuracy on images that it "
    "has never seen."
)
SHORTEST_JOIN_CODE = 4
MOST_NAMED = 5
MIGRATE_LOCK = 7004
FIRST_ORGANIZER = "Organizer"

Progress = Callable[[int, int | None], None]
Stored = tuple[LoadedDataset, DatasetInfo]


class InstallationError(Exception):
    """The server can't start on this data folder; the text says what to do."""


@dataclass(frozen=True)
class Folders:
    """Where everything lies below the data folder, by who may read it."""

    root: Path

    @property
    def blobs(self) -> Path:
        """Uploaded files and stored predictions: web and scorers."""
        return self.root / "blobs"

    @property
    def datasets(self) -> Path:
        """Images and public labels: everyone."""
        return self.root / "datasets"

    @property
    def labels(self) -> Path:
        """Hidden labels and splits: the grader alone."""
        return self.root / "labels"

    @property
    def work(self) -> Path:
        """Files of jobs under way; emptied at start."""
        return self.root / "work"


@dataclass(frozen=True)
class Installation:
    """What a running server works with. Whoever has one has a board that follows its events."""

    settings: Settings
    folders: Folders
    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore

    def __post_init__(self) -> None:
        observers.register()

    @property
    def vault(self) -> Vault:
        """What seals the secrets of webhooks."""
        return Vault(self.settings.secret_key_file or self.folders.root / KEY_FILE)


def open_installation(settings: Settings, *, migrating: bool = True) -> Installation:
    """Folders, stores and a database of the newest schema; makes what isn't there.

    `migrating` False leaves the database as it is: roles that share one only check it.
    """
    folders = Folders(settings.data.resolve())
    folders.root.mkdir(parents=True, exist_ok=True)
    folders.work.mkdir(exist_ok=True, mode=0o700)
    settings = settings.model_copy(update={"data": folders.root})
    database = Database(settings.resolved_database_url)
    if migrating:
        migrate(database)
    return Installation(
        settings=settings,
        folders=folders,
        database=database,
        blobs=open_blobs(settings, folders),
        datasets=DatasetStore(folders.datasets),
        labels=LabelStore(folders.labels),
    )


def open_blobs(settings: Settings, folders: Folders) -> BlobStore:
    """Local disk, or the object store of `HELDOUT_BLOBS_URL`; nothing is sent to it yet.

    Raises InstallationError when the URL names no store.
    """
    if not settings.blobs_url:
        return BlobStore(folders.blobs)
    try:
        return BlobStore(folders.blobs, connect(settings.blobs_url))
    except StorageFailed as error:
        raise InstallationError(f"{error}.") from None


def lock(folder: Path) -> IO[str]:
    """Hold the data folder for this process: two embedded servers would fight over the work.

    Raises InstallationError when another server has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "server.lock").open("a+")
    try:
        hold(file)
    except OSError:
        file.close()
        raise InstallationError(
            f"Another server already uses {folder}. Stop it, or set HELDOUT_DATA to another folder."
        ) from None
    return file


def migrate(database: Database) -> None:
    """Bring the database to the newest schema; several processes may try at once.

    A new file of SQLite's is made as the models say: what all migrations come to one after the
    other, which would take eight times as long. Raises InstallationError when the database is
    newer than this version.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations()))
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATE_LOCK})
        config.attributes["connection"] = connection
        try:
            step = command.stamp if _make_if_new(connection) else command.upgrade
            step(config, "head")
        except CommandError as error:
            raise InstallationError(
                f"the database has a schema that this version doesn't know ({error}): it was "
                "migrated by a newer one. Install that version."
            ) from None
        connection.commit()


def _make_if_new(connection: Connection) -> bool:
    """Make all tables of SQLite's file if it has none, not committed yet; whether it had none."""
    if connection.dialect.name != "sqlite":
        return False
    is_new = not inspect(connection).get_table_names()
    if is_new:
        metadata.create_all(connection, checkfirst=False)
    else:
        connection.rollback()  # an upgrade begins outside of a transaction
    return is_new


def migrations() -> Path:
    """The migration scripts: in the checkout, or inside the installed package."""
    packaged = Path(__file__).parents[1] / "migrations"
    return packaged if packaged.exists() else Path(__file__).parents[3] / "alembic"


def ensure_competition(
    installation: Installation,
    *,
    now: datetime,
    progress: Progress | None = None,
    stored: Callable[[], Stored] | None = None,
) -> None:
    """Open a competition when there is none: MNIST, or the digits where MNIST can't be had.

    `stored` has what `store_dataset` gives, where that was begun earlier. Raises DatasetError when
    the given MNIST is wrong, LabelStoreError when labels can't be kept, and InstallationError when
    other images are given than those of the competitions that are here.
    """
    settings = installation.settings
    with installation.database.write() as session:
        found = competitions.all_competitions(session)
        if len(found) == 1 and settings.join_code:
            found[0].join_code = _join_code(settings.join_code)
            session.add(found[0])
    if found:
        _check_same_images(settings.mnist, found)
        return
    dataset, info = stored() if stored else store_dataset(installation, progress)
    installation.labels.add(info.content_hash, dataset.y_test)
    installation.labels.split(
        info.slug, info.content_hash, info.task, public_fraction=settings.public_fraction
    )
    with installation.database.write() as session:
        add_competition(session, info, settings, now=now)


def store_dataset(installation: Installation, progress: Progress | None = None) -> Stored:
    """Find the first competition's images and store what everybody may have of them.

    Needs no database. Raises DatasetError.
    """
    settings = installation.settings
    dataset = load_dataset(
        settings.mnist,
        download=settings.download,
        cache_dir=installation.folders.root / "downloads",
        progress=progress,
    )
    return dataset, installation.datasets.add(dataset)


def _check_same_images(given: Path | None, found: Sequence[Competition]) -> None:
    """Whoever names a file expects its images to be used: say so where they aren't."""
    if given is None:
        return
    wanted = load_mnist(given, download=False, cache_dir=given.parent)
    if wanted.content_hash not in {competition.dataset_hash for competition in found}:
        titles = ", ".join(f"“{competition.title}”" for competition in found[:MOST_NAMED])
        raise InstallationError(
            f"{given} has other images than the competition that is here ({titles}), so nothing "
            "of it would be used. Start without --mnist (HELDOUT_MNIST) to go on with that one; "
            "with another --data folder to begin anew; or add these as one more: "
            "heldout-server contest templates."
        )


def add_competition(
    session: Session, info: DatasetInfo, settings: Settings, *, now: datetime
) -> Competition:
    """Write the dataset's public facts and a competition on it."""
    session.merge(row_of(info, now=now))
    session.flush()  # rows without mapped relationships are not sorted by their foreign keys
    competition = Competition(
        slug=info.slug,
        title=TITLES.get(info.slug, info.name),
        description=DESCRIPTION if info.task == DIGITS and info.is_images else "",
        dataset_hash=info.content_hash,
        join_code=_join_code(settings.join_code),
        timezone=settings.timezone,
        kinds=["model", "predictions"],
        public_fraction=settings.public_fraction,
        quota_per_day=settings.quota_per_day or None,
        retention_days=settings.retention_days or None,
        attempts_per_minute=settings.attempts_per_minute,
        run_sharing=settings.run_sharing,
        model_bytes=settings.model_bytes,
        predictions_bytes=settings.predictions_bytes,
        created_at=now,
    )
    session.add(competition)
    session.flush()
    return competition


def ensure_organizer(installation: Installation, *, now: datetime) -> str | None:
    """The first organizer's token, once; None when somebody can sign in already."""
    with installation.database.write() as session:
        if organizers.any_organizer(session):
            return None
        return add_owner(session, audit_log.THE_SERVER, now=now)


def add_owner(session: Session, actor: audit_log.Actor, *, now: datetime) -> str:
    """Make an owner who has only a token; returns it."""
    owner = OrganizerIn(name=FIRST_ORGANIZER, role=Role.OWNER)
    return add_organizer.perform(ActContext(session, actor, now), None, owner).token


def utc_now() -> datetime:
    """This machine's clock, UTC."""
    return datetime.now(UTC)


def owner_only() -> None:
    """Make new files private: the data folder holds uploads, tokens' hashes and labels."""
    os.umask(0o077)


def _join_code(wanted: str) -> str:
    code = wanted.strip() or new_join_code()
    if sum(c.isalnum() for c in code) < SHORTEST_JOIN_CODE:
        raise InstallationError(
            f"HELDOUT_JOIN_CODE has fewer than {SHORTEST_JOIN_CODE} letters and digits: "
            "anybody could guess it."
        )
    return code
