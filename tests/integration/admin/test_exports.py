"""Exports: lists without formulas, and a whole event that another server shows byte for byte."""

import csv
import io
import json
import shutil
import zipfile
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStore
from heldout_server.kit.db import Database
from heldout_server.models import Competition, Participant, Team
from heldout_server.processes.installation import Folders, Installation, ensure_organizer
from heldout_server.processes.server import create_app, embedded
from organizer import Organizer
from participant import npy
from predictions import wrong_in
from whole_board import whole_board

PATH = "/competitions/digits"


@pytest.fixture
def event(owner, join, labels, public, installed):
    """A small event with a bit of everything; returns Ada."""
    ada, eve = join("Ada"), join("=HYPERLINK(evil)")
    card = {"hyperparameters": {"optimizer": "Adam", "@sum": 3}, "history": {"loss": [2.0, 1.0]}}
    ada.submit(wrong_in(labels, public, 1), name="+1 best", run_card=card)
    shown = ada.submit(wrong_in(labels, public, 4))
    eve.submit(wrong_in(labels, public, 2))
    eve.submit(npy([1, 2]))
    owner.post(f"{PATH}/submissions/{shown['id']}/disqualify", {"reason": "twice"})
    owner.post(f"{PATH}/announcements", {"text": "Well done"})
    owner.post(f"{PATH}/baselines", {"kind": "last_year", "score": 0.75})
    return ada


@pytest.fixture
def closed(event, installed, clock):
    """The event is over."""
    with installed.database.write() as session:
        competition = session.execute(select(Competition)).scalar_one()
        competition.closes_at = clock() - timedelta(minutes=1)
        session.add(competition)
    return event


@pytest.fixture
def other(tmp_path, sqlite_template, settings, clock):
    """Another Heldout, empty."""
    folders = Folders(tmp_path / "other")
    folders.work.mkdir(parents=True)
    shutil.copy(sqlite_template, folders.root / "heldout.db")
    installation = Installation(
        settings=settings,
        folders=folders,
        database=Database(f"sqlite:///{folders.root / 'heldout.db'}"),
        blobs=BlobStore(folders.blobs),
        datasets=DatasetStore(folders.datasets),
        labels=LabelStore(folders.labels),
    )
    token = ensure_organizer(installation, now=clock())
    with TestClient(create_app(embedded(installation, clock=clock))) as api:
        yield Organizer(api, token), installation
    installation.database.dispose()


def seen(api):
    whole_board(api.get, "digits")
    paths = ("/c/digits", "/c/digits/board", "/api/v1/competitions/digits/leaderboard")
    return [api.get(path).content for path in paths]


def send(organizer, content):
    return organizer.request("POST", "/import", content=content)


def remade(content, change):
    """The zip with its files changed by `change(name, content)`; None leaves one out."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            kept = change(name, old.read(name))
            if kept is not None:
                new.writestr(name, kept)
    return buffer.getvalue()


def is_empty(installation):
    with installation.database.read() as session:
        rows = (
            session.execute(select(Competition)).all() + session.execute(select(Participant)).all()
        )
    blobs = [p for p in installation.folders.blobs.rglob("*") if p.is_file()]
    return not rows and not blobs


class TestDocuments:
    def test_of_the_leaderboard(self, owner, event):
        rows = owner.get(f"{PATH}/export/leaderboard.json").json()
        assert [row["participant_name"] for row in rows] == ["Ada", "=HYPERLINK(evil)"]

    def test_no_cell_is_a_formula(self, owner, event):
        for document in ("leaderboard", "submissions", "run-cards", "audit"):
            answer = owner.get(f"{PATH}/export/{document}.csv")
            assert answer.headers["Content-Type"].startswith("text/csv")
            cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
            assert cells
            assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]

    def test_submissions_have_private_scores(self, owner, event):
        rows = owner.get(f"{PATH}/export/submissions.json").json()
        assert [row["private_score"] for row in rows] == [1.0, 1.0, 1.0, None]

    def test_run_cards_are_whole_as_json_and_flat_as_csv(self, owner, event):
        cards = owner.get(f"{PATH}/export/run-cards.json").json()
        assert cards[0]["card"]["hyperparameters"]["optimizer"] == "Adam"
        text = owner.get(f"{PATH}/export/run-cards.csv").text
        row = next(csv.DictReader(io.StringIO(text)))
        assert row["hyperparameters.optimizer"] == "Adam"
        assert row["last.loss"] == "1.0"

    def test_the_audit_log_is_there(self, owner, event):
        actions = [e["action"] for e in owner.get(f"{PATH}/export/audit.json").json()]
        assert actions == ["submission.disqualify", "announcement.announce", "baseline.add"]

    def test_of_another_kind_are_refused(self, owner, event):
        assert owner.get(f"{PATH}/export/secrets.csv").json()["code"] == "validation"


class TestImport:
    def test_shows_the_same_board_to_the_byte(self, owner, closed, other, installed, api):
        answer = owner.get(f"{PATH}/export.zip")
        assert answer.headers["Content-Type"] == "application/zip"
        receiver, installation = other
        # Ties aren't exported: whoever has the labels works them out, within seconds.
        shutil.copytree(installed.labels.root, installation.labels.root)
        imported = send(receiver, answer.content)
        assert imported.status_code == 201, imported.text
        assert imported.json() == {"competition": "digits"}
        assert seen(receiver.api) == seen(api)

    def test_brings_files_records_and_tokens_along(self, owner, closed, other, labels, public):
        ada = closed
        receiver, _ = other
        send(receiver, owner.get(f"{PATH}/export.zip").content)
        mine = receiver.api.get("/api/v1/me/submissions", headers=ada.headers).json()["submissions"]
        assert [one["moderation_reason"] for one in mine] == ["twice", None]
        file = receiver.get(f"{PATH}/submissions/{mine[1]['id']}/file")
        assert file.content == wrong_in(labels, public, 1)
        entries = receiver.get("/audit", competition="digits").json()["entries"]
        assert entries[0]["action"] == "competition.import"
        assert entries[-1]["action"] == "submission.disqualify"

    def test_the_same_event_gives_the_same_bytes(self, owner, closed, other):
        first = owner.get(f"{PATH}/export.zip").content
        receiver, _ = other
        send(receiver, first)
        with zipfile.ZipFile(io.BytesIO(first)) as one:
            again = receiver.get(f"{PATH}/export.zip").content
            with zipfile.ZipFile(io.BytesIO(again)) as two:
                same = [n for n in one.namelist() if n.startswith(("blobs/", "dataset/"))]
                assert same
                assert all(one.read(name) == two.read(name) for name in same)

    def test_twice_is_a_conflict(self, owner, closed, other):
        receiver, _ = other
        content = owner.get(f"{PATH}/export.zip").content
        assert send(receiver, content).status_code == 201
        assert send(receiver, content).json()["code"] == "conflict"
        assert send(owner, content).json()["code"] == "conflict"

    def test_an_open_event_needs_its_labels(self, owner, event, other, labels):
        receiver, installation = other
        without = send(receiver, owner.get(f"{PATH}/export.zip").content)
        assert without.json()["code"] == "conflict"
        assert is_empty(installation)
        content = owner.get(f"{PATH}/export.zip", labels=True).content
        assert send(receiver, content).status_code == 201
        digest = next(installation.datasets.root.iterdir()).name
        assert (installation.labels.labels(digest) == labels).all()
        assert receiver.api.get("/health").json()["checks"]["labels"] == "ok"


class TestPeople:
    def test_teams_and_merged_accounts_stay_who_they_were(self, owner, closed, other, installed):
        with installed.database.write() as session:
            ada, eve = session.execute(select(Participant).order_by(Participant.id)).scalars()
            team = Team(
                public_id="t_1", competition_id=ada.competition_id, name="Two", name_key="two",
                join_code="TEAM-1", created_at=ada.joined_at,
            )  # fmt: skip
            session.add(team)
            session.flush()
            ada.team_id, ada.is_captain, ada.merged_into_id = team.id, True, eve.id
            session.add(ada)
        receiver, installation = other
        answer = send(receiver, owner.get(f"{PATH}/export.zip").content)
        assert answer.status_code == 201, answer.text
        with installation.database.read() as session:
            ada, eve = session.execute(select(Participant).order_by(Participant.id)).scalars()
            assert session.get_one(Team, ada.team_id).name == "Two"
        assert ada.merged_into_id == eve.id


class TestLabels:
    def test_travel_only_when_an_owner_says_so(self, owner, helper, closed):
        for content, has in (
            (owner.get(f"{PATH}/export.zip").content, False),
            (owner.get(f"{PATH}/export.zip", labels=True).content, True),
        ):
            names = zipfile.ZipFile(io.BytesIO(content)).namelist()
            assert any(name.startswith("labels/") for name in names) is has
        assert helper.get(f"{PATH}/export.zip").json()["code"] == "forbidden"
        entries = owner.get("/audit", action="competition.export").json()["entries"]
        assert [e["after"]["with_labels"] for e in entries] == [True, False]

    def test_no_secret_of_a_webhook_travels(self, owner, closed):
        body = {
            "url": "https://hooks.example.org/T0PSECRET",
            "format": "json",
            "secret": "swordfish-swordfish",
        }
        assert owner.post(f"{PATH}/webhooks", body).status_code == 201
        content = owner.get(f"{PATH}/export.zip").content
        archive = zipfile.ZipFile(io.BytesIO(content))
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert b"T0PSECRET" not in everything
        assert b"swordfish" not in everything


class TestHostileZips:
    """Whatever is sent: one refusal in the one shape, and nothing is left."""

    @pytest.fixture
    def content(self, owner, closed):
        return owner.get(f"{PATH}/export.zip").content

    def refusals(self, content):
        """Hostile variants by name."""

        def manifest(change):
            def edit(name, data):
                if name != "manifest.json":
                    return data
                document = json.loads(data)
                change(document)
                return json.dumps(document).encode()

            return remade(content, edit)

        def with_extra(name, data=b"x"):
            buffer = io.BytesIO(content)
            with zipfile.ZipFile(buffer, "a") as archive:
                archive.writestr(name, data)
            return buffer.getvalue()

        def flip(name, data):
            return data[:-1] + bytes([data[-1] ^ 1]) if name.startswith("blobs/") else data

        def claimed(document):
            name = next(n for n in document["files"] if n.startswith("blobs/"))
            document["files"][name]["bytes"] += 1

        return {
            "no zip": b"PK\x03\x04 nonsense",
            "truncated": content[: len(content) // 2],
            "a path outside": with_extra("../../etc/cron.d/evil"),
            "an absolute path": with_extra("/etc/evil"),
            "a file too many": with_extra("tables/evil.jsonl"),
            "a file too few": remade(content, lambda n, d: None if n.startswith("blobs/") else d),
            "no manifest": remade(content, lambda n, d: None if n == "manifest.json" else d),
            "a changed byte": remade(content, flip),
            "another size": manifest(claimed),
            "another format": manifest(lambda d: d.update(format=2)),
            "an unknown field": manifest(lambda d: d.update(extra=1)),
            "another dataset": manifest(lambda d: d.update(dataset_hash="0" * 64)),
            "another competition": manifest(lambda d: d.update(competition="other")),
        }

    def test_are_refused_and_leave_nothing(self, content, other):
        receiver, installation = other
        for name, hostile in self.refusals(content).items():
            answer = send(receiver, hostile)
            assert answer.status_code in {409, 422}, (name, answer.text)
            assert answer.json()["code"] in {"validation", "conflict"}, name
            assert is_empty(installation), name
        assert send(receiver, content).status_code == 201

    def test_a_row_that_refers_to_nothing_is_refused(self, content, other):
        receiver, installation = other

        def edit(name, data):
            if name == "tables/score.jsonl":
                row = json.loads(data.splitlines()[0])
                return json.dumps({**row, "submission_id": 10**6}).encode()
            return data

        hostile = rehashed(remade(content, edit))
        answer = send(receiver, hostile)
        assert answer.json()["code"] == "validation"
        assert is_empty(installation)

    def test_a_bomb_is_refused_by_what_it_claims(self, content, other, settings):
        receiver, installation = other
        small = settings.model_copy(update={"import_bytes": 1_000_000})
        receiver.api.app.state.services.__dict__["settings"] = small
        buffer = io.BytesIO(content)
        with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("blobs/" + "0" * 64, bytes(5_000_000))
        answer = send(receiver, buffer.getvalue())
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert is_empty(installation)

    def test_another_version_is_told_apart(self, content, other):
        receiver, installation = other

        def edit(name, data):
            return (
                data.replace(b'"schema_revision": "', b'"schema_revision": "0')
                if (name == "manifest.json")
                else data
            )

        answer = send(receiver, remade(content, edit))
        assert answer.json()["code"] == "conflict"
        assert "version" in answer.json()["detail"]
        assert is_empty(installation)

    def test_is_for_owners(self, helper, content):
        assert send(helper, content).json()["code"] == "forbidden"


def rehashed(content):
    """The zip with a manifest that fits its files again: only the rows are wrong."""
    import hashlib

    archive = zipfile.ZipFile(io.BytesIO(content))
    files = {
        name: {
            "sha256": hashlib.sha256(archive.read(name)).hexdigest(),
            "bytes": len(archive.read(name)),
        }
        for name in archive.namelist()
        if name != "manifest.json"
    }

    def edit(name, data):
        if name == "manifest.json":
            return json.dumps({**json.loads(data), "files": files}).encode()
        return data

    return remade(content, edit)
