"""The doctor's look into what an installation keeps: files, labels, datasets, the sandbox."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.loaded import DatasetError
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStore, LabelStoreError
from heldout_server.kit.db import Database
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition
from heldout_server.operations import aftermath
from heldout_server.operations.doctor import BROKEN, GOOD, HERE, WARNING, Check, Finding, folders_of
from heldout_server.operations.schema import newest_schema, schema_of
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.prediction.sandbox_words import CURE, has_sandbox
from heldout_server.processes.installation import open_blobs
from heldout_server.processes.model_scoring import make_pool, words
from heldout_server.webhooks import hooks
from heldout_server.webhooks.vault import KEY_FILE, Vault


def files(settings: Settings) -> Iterator[Finding]:
    """Files can be stored and read back."""
    where = settings.blobs_url or "local disk"
    folders = folders_of(settings)
    if not folders.root.is_dir():
        yield Finding("File store", GOOD, f"{where}, not used yet")
        return
    try:
        open_blobs(settings, folders).check()
    except (StorageFailed, BlobMissing) as error:
        fix = "Look at the bucket's name, its endpoint and its credentials."
        if not settings.blobs_url:
            fix = f"Look at the rights of {folders.blobs} and at the disk."
        yield Finding("File store", BROKEN, f"{where}: {error}", fix)
        return
    yield Finding("File store", GOOD, f"{where} works")


def files_and_rows(settings: Settings) -> Iterator[Finding]:
    """Every submission's file is there, and every file is some submission's."""
    if not _competitions(settings):
        return
    database = Database(settings.resolved_database_url)
    try:
        found = aftermath.compare(database, open_blobs(settings, folders_of(settings)))
    finally:
        database.dispose()
    subject = "Files and rows"
    if not found:
        yield Finding(subject, GOOD, "every submission's file is there")
        return
    fix = "Restore missing files from a backup. " if found.missing else ""
    fix += f"After a crash: {aftermath.ADVICE}" if found.unnamed else ""
    yield Finding(subject, WARNING, found.sentences(), fix.strip())


def webhook_key(settings: Settings) -> Iterator[Finding]:
    """Every webhook's address can be read with the key that is here."""
    if not _competitions(settings):
        return
    path = settings.secret_key_file or folders_of(settings).root / KEY_FILE
    database = Database(settings.resolved_database_url)
    try:
        with database.read() as session:
            lost = len(hooks.unreadable(session, Vault(path)))
    finally:
        database.dispose()
    if lost:
        fix = "Bring the file back, or remove these webhooks and add them again."
        yield Finding("Webhook key", WARNING, f"{lost} can't be read with {path}", fix)


def labels_and_datasets(settings: Settings) -> Iterator[Finding]:
    """Every competition's labels can be read, by us alone, and its images are whole."""
    found = _competitions(settings)
    if not found:
        yield Finding("Competitions", GOOD, "none yet: the first start makes one")
    for competition in found:
        yield _labels(settings, competition)
        yield _dataset(settings, competition)


def sandbox(settings: Settings) -> Iterator[Finding]:
    """Real runners try to break out, and can't."""
    if settings.model_workers == 0:
        yield Finding("Sandbox", GOOD, "not needed: HELDOUT_MODEL_WORKERS=0")
        return
    if not has_sandbox(sys.platform):
        yield without_sandbox(settings, sys.platform)
        return
    pool = make_pool(settings)
    try:
        results = pool.self_test()
    except RunnerFailed as error:
        fix = "See docs/sandbox.md; prediction files are taken without it."
        yield Finding("Sandbox", WARNING, f"models can't run here: {error}", fix)
        return
    finally:
        pool.close()
    escaped = [result.name for result in results if not result.contained]
    if escaped:
        fix = "Models will be refused. heldout-server sandbox selftest shows what is missing."
        yield Finding("Sandbox", BROKEN, f"did not hold {', '.join(escaped)}", fix)
    else:
        yield Finding("Sandbox", GOOD, f"held {len(results)} of {len(results)} attempts")


def without_sandbox(settings: Settings, platform: str) -> Finding:
    """What becomes of models on a system that can't shut them in."""
    taken = settings.allow_plain_uncontained
    detail = f"models are {'taken' if taken else 'refused'}: {words(settings, platform)}"
    return Finding("Sandbox", WARNING, detail, "" if taken else CURE)


def _competitions(settings: Settings) -> list[Competition]:
    if not settings.database_url and not (settings.data / "heldout.db").exists():
        return []
    database = Database(settings.resolved_database_url)
    try:
        if schema_of(database) != newest_schema():
            return []
        with database.read() as session:
            return competitions.all_competitions(session)
    finally:
        database.dispose()


def _labels(settings: Settings, competition: Competition) -> Finding:
    subject = f"Labels of {competition.slug}"
    folder = folders_of(settings).labels
    # The image has the folder, empty where no volume with labels is mounted.
    if settings.database_url and not any(folder.glob("*")):
        fix = "Fine for web and scorers; a grader needs them from the machine that ran init."
        return Finding(subject, WARNING, "not on this machine", fix)
    store = LabelStore(folder)
    try:
        number = len(store.labels(competition.dataset_hash))
    except LabelStoreError as error:
        return Finding(subject, BROKEN, str(error), "Restore the folder labels from a backup.")
    return Finding(subject, GOOD, f"{number} hidden labels, for this user only")


def _dataset(settings: Settings, competition: Competition) -> Finding:
    subject = f"Images of {competition.slug}"
    store = DatasetStore(folders_of(settings).datasets)
    try:
        info = store.info(competition.dataset_hash)
        images = len(store.test_inputs(competition.dataset_hash))
    except DatasetError as error:
        return Finding(subject, BROKEN, str(error), "Restore the folder datasets from a backup.")
    if images != info.test_examples:
        fix = "Remove its folder and restore it from a backup."
        return Finding(subject, BROKEN, f"{images} instead of {info.test_examples}", fix)
    return Finding(subject, GOOD, f"{info.name}, {images} test images")


KEPT: tuple[Check, ...] = (files, files_and_rows, webhook_key, labels_and_datasets)
EVERYTHING: tuple[Check, ...] = (*HERE, *KEPT, sandbox)
WITHOUT_SANDBOX: tuple[Check, ...] = (*HERE, *KEPT)
