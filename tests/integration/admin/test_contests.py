"""Contests sent as a zip: checked, opened, refused as a whole; a second one takes no restart."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import func, select

from contests import cell, edit, numbers, penguins, read_csv
from heldout_server.models import AuditEntry, Competition, Dataset

KEY = "open-the-penguins-once"


def packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"penguins/{file.name}")
    return buffer.getvalue()


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    folder = penguins(tmp_path / "good")
    Image.new("RGB", (64, 64), "teal").save(folder / "logo.png")
    return packed(folder)


@pytest.fixture
def bad(tmp_path: Path) -> bytes:
    folder = penguins(tmp_path / "bad")
    cell(folder / "labels.csv", 7, "species", "")
    edit(folder / "contest.toml", "balanced_accuracy", "kindness")
    return packed(folder)


@pytest.fixture
def digits_home(digits_home: Path, tmp_path: Path) -> Path:
    """Stores of this test's own: more than the digits goes into them."""
    return Path(shutil.copytree(digits_home, tmp_path / "own"))


def counted(installed):
    with installed.database.read() as session:
        rows = [session.execute(select(func.count()).select_from(table)).scalar()
                for table in (Competition, Dataset, AuditEntry)]  # fmt: skip
    return rows, sorted(p.name for p in installed.labels.root.iterdir())


class TestCheck:
    def test_lists_every_problem(self, owner, bad):
        answer = owner.request("POST", "/contests/check", content=bad)
        assert answer.status_code == 200
        found = {(p["code"], p["file"], p["line"]) for p in answer.json()["problems"]
                 if p["severity"] == "problem"}  # fmt: skip
        assert found == {("label_missing", "labels.csv", 7), ("metric_unknown", "contest.toml", 6)}
        assert answer.json()["fine"] is False

    def test_says_that_all_is_fine(self, owner, good, installed):
        before = counted(installed)
        assert owner.request("POST", "/contests/check", content=good).json()["fine"] is True
        assert counted(installed) == before

    def test_is_for_owners(self, helper, good):
        assert helper.request("POST", "/contests/check", content=good).status_code == 403


class TestOpen:
    def test_opens_beside_the_one_that_is_there(self, owner, api, good, installed):
        answer = owner.request("POST", "/contests", content=good)
        assert answer.status_code == 201, answer.text
        made = answer.json()["competition"]
        assert (made["slug"], made["title"]) == ("penguins", "Penguins")
        assert made["metric"] == "balanced_accuracy"
        assert {p["severity"] for p in answer.json()["problems"]} <= {"warning"}
        data = api.get("/api/v1/competitions/penguins/data")
        assert data.status_code == 200, data.text
        assert api.get("/c/penguins").status_code == 200
        assert api.get("/c/digits").status_code == 200
        *ghosts, entry = owner.get("/audit").json()["entries"][:3]
        assert (entry["action"], entry["target_id"]) == ("competition.create", "penguins")
        assert [one["action"] for one in ghosts] == ["baseline.add"] * 2
        shown = api.get("/c/penguins").text
        logo = re.search(r"/c/penguins/logo\.png\?v=[0-9a-f]{16}", shown)[0]
        assert logo in api.get("/").text
        picture = api.get(logo)
        assert (picture.headers["Content-Type"], picture.content[:4]) == ("image/png", b"\x89PNG")
        assert "immutable" in picture.headers["Cache-Control"]
        assert api.get("/c/digits/logo.png").status_code == 404

    def test_the_same_request_opens_it_once(self, owner, good, installed):
        first = owner.request("POST", "/contests", content=good, key=KEY)
        before = counted(installed)
        again = owner.request("POST", "/contests", content=good, key=KEY)
        assert again.status_code == 201, again.text
        assert again.json()["competition"]["slug"] == first.json()["competition"]["slug"]
        assert counted(installed) == before

    def test_another_request_opens_one_more(self, owner, good):
        owner.request("POST", "/contests", content=good)
        assert owner.request("POST", "/contests", content=good).json()["competition"]["slug"] == (
            "penguins-2"
        )

    def test_refuses_with_every_problem_and_leaves_nothing(self, owner, bad, installed):
        before = counted(installed)
        answer = owner.request("POST", "/contests", content=bad)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")
        assert {p["code"] for p in answer.json()["problems"]} >= {"label_missing", "metric_unknown"}
        assert counted(installed) == before

    def test_leaves_nothing_when_the_address_is_taken(self, owner, tmp_path, installed):
        folder = numbers(tmp_path / "taken")
        edit(folder / "contest.toml", "\n[task]", 'slug = "digits"\n[task]')
        before = counted(installed)
        answer = owner.request("POST", "/contests", content=packed(folder))
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert counted(installed) == before

    def test_refuses_other_answers_to_the_same_data(self, owner, tmp_path, installed):
        folder = penguins(tmp_path / "first")
        owner.request("POST", "/contests", content=packed(folder))
        first = read_csv(folder / "labels.csv")[1][1]
        other = next(c for c in ("Adelie", "Gentoo") if c != first)
        cell(folder / "labels.csv", 2, "species", other)
        before = counted(installed)
        answer = owner.request("POST", "/contests", content=packed(folder))
        assert answer.status_code == 422
        assert [p["code"] for p in answer.json()["problems"]] == ["labels_differ"]
        assert counted(installed) == before

    def test_refuses_what_is_no_zip(self, owner):
        answer = owner.request("POST", "/contests", content=b"nothing of the kind")
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (422, "zip_damaged")
        assert owner.request("POST", "/contests", content=b"").json()["code"] == "file_empty"
