"""folder_export: what is added again elsewhere is the same contest, to the last digit."""

from __future__ import annotations

import struct
import warnings
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from contests import add_column, edit, images, labels, numbers, penguins
from heldout_server.acts.audit_log import AT_THE_TERMINAL
from heldout_server.baselines.rows import of_competition
from heldout_server.contests import beside
from heldout_server.contests.adding import open_contest
from heldout_server.contests.check import check
from heldout_server.contests.folder_export import export
from heldout_server.contests.problems import refusing
from heldout_server.grading.grade import grade
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import Installation, open_installation
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.predictions import Predictions

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def an_installation(folder: Path) -> Installation:
    return open_installation(Settings(data=folder))


def guessed(task, count: int) -> Predictions:
    random = np.random.default_rng(5)
    if task.kind is Kind.REGRESSION:
        return Predictions(None, random.normal(10, 3, (count, task.width)), "numbers")
    values = random.random((count, task.width))
    if task.kind is Kind.MULTICLASS:
        values /= values.sum(axis=1, keepdims=True)
        return Predictions(values.argmax(axis=1), values, "probabilities")
    sure = (values >= 0.5).astype(np.int64)
    return Predictions(sure[:, 0] if task.has_classes else sure, values, "probabilities")


def grades(stores, made):
    info = stores.datasets.info(made.dataset_hash)
    truth = stores.labels.labels(made.dataset_hash)
    split = stores.labels.split(
        made.slug, made.dataset_hash, info.task, public_fraction=made.public_fraction
    )
    found = grade(info.task, truth, split, guessed(info.task, len(truth)), made.metric, made.also)
    return {part: one.figures for part, one in found.items()}


def grouped(folder: Path) -> Path:
    penguins(folder)
    edit(folder / "contest.toml", 'id = "id"', 'id = "id"\ngroup = "writer"')
    add_column(folder / "train.csv", "writer", [f"w{n % 11}" for n in range(90)])
    add_column(folder / "test.csv", "writer", [f"v{n % 9}" for n in range(60)])
    return folder


def with_usage(folder: Path) -> Path:
    numbers(folder, ("p", "q"))
    add_column(folder / "labels.csv", "Usage", ["Public", "Private", "Private", "Ignored"] * 10)
    return folder


def files_only(folder: Path) -> Path:
    penguins(folder)
    edit(folder / "contest.toml", '[models]\npreprocessing = "standardize"\n', "")
    return folder


def with_more(folder: Path) -> Path:
    """A picture and a baseline beside it."""
    penguins(folder)
    Image.new("RGB", (600, 300), "teal").save(folder / "logo.png")
    rows = (folder / "labels.csv").read_text().splitlines()
    same = [f"{row.split(',')[0]},{rows[1].split(',')[1]}" for row in rows[1:]]
    (folder / "baseline.csv").write_text("\n".join([rows[0], *reversed(same)]) + "\n")
    edit(folder / "contest.toml", '"balanced_accuracy"', '"accuracy"')
    return folder


def drawn(folder: Path) -> Path:
    images(folder)
    with (folder / "contest.toml").open("a") as toml:
        toml.write('\n[drawings]\nbox = 6\ncentre = "box"\n')
    return folder


@pytest.mark.parametrize(
    "begin", [with_more, penguins, images, drawn, numbers, labels, grouped, with_usage, files_only]
)
def test_added_elsewhere_it_is_the_same(begin, tmp_path: Path) -> None:
    here, there = an_installation(tmp_path / "a"), an_installation(tmp_path / "b")
    first = open_contest(here, begin(tmp_path / "c"), actor=AT_THE_TERMINAL, now=NOW).competition
    export(here, first, tmp_path / "out")
    assert refusing(check(tmp_path / "out", now=NOW)) == []
    again = open_contest(there, tmp_path / "out", actor=AT_THE_TERMINAL, now=NOW).competition
    assert again.dataset_hash == first.dataset_hash
    assert grades(there, again) == grades(here, first)
    own = {"id", "join_code", "created_at"}
    assert again.model_dump(exclude=own) == first.model_dump(exclude=own)
    for stores in (here, there):
        stores.database.dispose()


def test_leaves_a_folder_alone_that_has_something_in_it(tmp_path: Path) -> None:
    here = an_installation(tmp_path / "a")
    made = open_contest(here, penguins(tmp_path / "c"), actor=AT_THE_TERMINAL, now=NOW).competition
    before = sorted((tmp_path / "c").iterdir())
    with pytest.raises(Exception, match="is there already"):
        export(here, made, tmp_path / "c")
    assert sorted((tmp_path / "c").iterdir()) == before
    here.database.dispose()


def test_what_lies_beside_goes_out_again(tmp_path: Path) -> None:
    here = an_installation(tmp_path / "a")
    made = open_contest(here, with_more(tmp_path / "c"), actor=AT_THE_TERMINAL, now=NOW).competition
    export(here, made, tmp_path / "out")
    given, kept = tmp_path / "c", tmp_path / "out"
    assert (kept / "baseline.csv").read_bytes() == (given / "baseline.csv").read_bytes()
    with Image.open(kept / "logo.png") as picture:
        assert picture.size == (256, 128)
    with here.database.read() as session:
        assert "Baseline of the folder" in [b.name for b in of_competition(session, made.id or 0)]
    here.database.dispose()


def test_a_baseline_is_read_once(tmp_path: Path, monkeypatch):
    here, reads = an_installation(tmp_path / "a"), []
    parse = beside.parse_content

    def read(*given):
        reads.append(given)
        return parse(*given)

    monkeypatch.setattr(beside, "parse_content", read)
    open_contest(here, with_more(tmp_path / "c"), actor=AT_THE_TERMINAL, now=NOW)
    assert len(reads) == 1
    here.database.dispose()


def test_a_logo_of_too_many_pixels_is_never_unpacked() -> None:
    head = struct.pack(">IIBBBBB", 10_000, 10_000, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 0) + b"IDAT"
    with warnings.catch_warnings(action="ignore"), pytest.raises(ValueError, match="4096 pixels"):
        beside.drawn_anew(bomb)


def test_what_is_unusable_beside_is_said_and_left(tmp_path: Path) -> None:
    folder = with_more(tmp_path / "c")
    for broken in (b"", b"\x89PNG\r\n\x1a\nno", b"GIF89a", b"\x89PNG" + b"x" * 300_000):
        (folder / "logo.png").write_bytes(broken)
        (folder / "baseline.csv").write_text("id,species\nq1,Adelie\n")
        said = {(one.code, one.severity) for one in check(folder, now=NOW)}
        assert {("logo_unusable", "warning"), ("baseline_unusable", "warning")} <= said
    here = an_installation(tmp_path / "a")
    made = open_contest(here, folder, actor=AT_THE_TERMINAL, now=NOW).competition
    assert (made.logo_sha256, made.baseline_sha256) == (None, None)
    here.database.dispose()
