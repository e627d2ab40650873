"""A contest from a file, in a browser without scripts: chosen, looked at, opened; or refused."""

from __future__ import annotations

import html
import io
import re
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

import contests
from console import Console

# What differs between the databases is tested where it is asked; here pages are.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

HERE = "/organize/new/file"
FIELDS = {"timezone": "America/Toronto", "closes": "in", "closes_in": "90", "visibility": "public"}


@pytest.fixture
def digits_home(digits_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: what is opened here is nobody else's."""
    return Path(shutil.copytree(digits_home, tmp_path_factory.mktemp("own") / "digits"))


def table(rows: int = 300, telling: bool = False) -> bytes:
    """Flowers with two measures that tell them apart somewhat; no ids."""
    random = np.random.default_rng(4)
    lines = ["length,width,colour,species" + (",code" if telling else "")]
    for number in range(rows):
        kind = number % 3
        measures = [f"{random.normal(5 + kind, 1):.3f}", f"{random.normal(2, 1):.3f}"]
        name = ("setosa", "virginica", "versicolor")[kind]
        cells = [*measures, random.choice(["red", "blue"]), name]
        lines.append(",".join([*cells, *([f"c{kind}"] if telling else [])]))
    return "\n".join(lines).encode() + b"\n"


def send(console: Console, content: bytes, name: str = "flowers.csv", **fields: str):
    return console.post(HERE, files={"file": (name, content)}, **fields)


def words(page) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(page.text)).split())


def form_of(page) -> dict[str, object]:
    """What a browser would send of the form to open, untouched."""
    form = re.search(r'<form method="post"[^>]*?/open".*?</form>', " ".join(page.text.split()))
    assert form is not None, words(page)
    inside = form.group()
    given = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inside)
    found: dict[str, object] = {n: v for n, v in given if n not in {"csrf", "key"}}
    for name, options in re.findall(r'<select[^>]*? name="(\w+)".*?>(.*?)</select>', inside):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return found | FIELDS


def open_it(console: Console, page, **fields: object):
    address = page.url.path.removesuffix("/look")
    return console.post(f"{address}/open", **{**form_of(page), "title": "Flowers", **fields})


def kept_files(api) -> list[Path]:
    folder = api.app.state.services.work_folder / "drafts"
    return [path for path in folder.rglob("*") if path.is_file()]


class TestLooking:
    def test_says_what_is_in_a_table(self, owner):
        page = send(owner, table())
        assert re.fullmatch(HERE + r"/[\w-]+", page.url.path)
        said = words(page)
        assert "flowers.csv" in said
        assert "300 rows" in said
        assert "It can be opened." in said
        assert "colour words 2 0" in said
        form = form_of(page)
        assert (form["kind"], form["metric"]) == ("multiclass", "accuracy")
        assert "setosa" in said

    def test_another_target_is_guessed_anew(self, owner):
        page = send(owner, table())
        form = form_of(page) | {"target": "length"}
        looked = owner.post(f"{page.url.path}/look", **form, title="My flowers")
        again = form_of(looked)
        assert again["target"] == again["was_target"] == "length"
        assert again["kind"] == "regression"
        assert again["metric"] == "neg_root_mean_squared_error"
        assert 'value="My flowers"' in looked.text

    def test_warns_of_a_column_that_tells(self, owner):
        page = send(owner, table(telling=True))
        form = form_of(page) | {"target": "species"}
        looked = owner.post(f"{page.url.path}/look", **form)
        assert "“code” alone predicts the target almost perfectly." in words(looked)

    def test_shows_images_and_counts_of_arrays(self, owner):
        random, buffer = np.random.default_rng(1), io.BytesIO()
        np.savez(
            buffer,
            x=random.integers(0, 256, (120, 8, 8, 3)).astype(np.uint8),
            y=np.arange(120) % 4,
        )
        page = send(owner, buffer.getvalue(), "colours.npz")
        assert page.text.count("data:image/png;base64,") == 12
        assert "uint8, 120 × 8 × 8 × 3" in page.text
        opened = open_it(owner, page)
        assert opened.url.path == "/organize/c/flowers"

    def test_lists_what_is_wrong_with_file_line_and_cure(self, owner):
        page = send(owner, b"a,b\n1,2\n3\n", "torn.csv")
        said = words(page)
        assert "1 problem, so it can't be opened yet." in said
        assert "torn.csv , line 3" in said
        assert "row_length" in said
        assert "Texts with commas stand in quotes." in said
        assert "Open the contest" not in said

    def test_says_what_excel_should_do(self, owner):
        page = send(owner, "a;b\n1;2\n".encode("utf-16"), "excel.csv")
        assert "CSV UTF-8" in words(page)


class TestOpening:
    def test_opens_with_what_was_looked_at(self, owner, api, clock):
        page = send(owner, table())
        page = owner.post(f"{page.url.path}/look", **form_of(page) | {"metric": "neg_log_loss"})
        assert "Log loss: a constant reaches" in words(page)
        opened = open_it(owner, page, join_code="FLOWER-1")
        assert opened.url.path == "/organize/c/flowers"
        assert "“Flowers” is open." in words(opened)
        assert "FLOWER-1" in opened.text
        shown = api.get("/api/v1/competitions/flowers").json()
        assert shown["metric"] == "neg_log_loss"
        assert shown["description"] == "Predict `species`."
        assert shown["closes_at"][:16] == (clock() + timedelta(minutes=90)).isoformat()[:16]
        joined = api.post("/api/v1/join", json={"code": "FLOWER-1", "name": "Ada"})
        assert joined.status_code == 201

    def test_takes_a_folder_as_a_zip(self, owner, api, tmp_path):
        folder = contests.penguins(tmp_path / "penguins")
        archive = shutil.make_archive(str(tmp_path / "sent"), "zip", folder)
        page = send(owner, Path(archive).read_bytes(), "penguins.zip")
        assert "It can be opened." in words(page)
        opened = owner.post(f"{page.url.path}/open", title="Birds", **{**FIELDS, "closes": "never"})
        assert opened.status_code == 200, words(opened)
        assert opened.url.path == "/organize/c/birds"
        listed = api.get("/api/v1/competitions").json()["competitions"]
        assert "Birds" in [one["title"] for one in listed]

    def test_a_broken_folder_is_told_all_at_once(self, owner):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("contest.toml", 'format = "heldout.contest/1"\ntitel = "x"\n')
        page = send(owner, buffer.getvalue(), "broken.zip")
        said = words(page)
        assert "key_unknown" in said
        assert "contest.toml , line 2" in said
        assert "Open the contest" not in said

    def test_a_second_click_is_the_same_contest(self, owner, api):
        page = send(owner, table())
        form = {**form_of(page), "title": "Flowers", "key": "a-key-a-key"}
        for _ in range(2):
            assert owner.post(f"{page.url.path}/open", **form).url.path == "/organize/c/flowers"
        assert len(api.get("/api/v1/competitions").json()["competitions"]) == 2

    def test_keeps_nothing_of_the_file_once_it_is_open(self, owner, api):
        open_it(owner, send(owner, table()))
        assert kept_files(api)
        assert not [path for path in kept_files(api) if path.suffix in {".csv", ".npz"}]

    def test_another_choice_is_shown_before_it_is_opened(self, owner, api):
        page = send(owner, table())
        shown = open_it(owner, page, target="length")
        assert shown.url.path.endswith("/open")
        assert form_of(shown)["was_target"] == "length"
        assert len(api.get("/api/v1/competitions").json()["competitions"]) == 1

    def test_puts_the_empty_contest_of_the_first_start_away(self, owner, api):
        open_it(owner, send(owner, table()), put_away="yes")
        listed = api.get("/api/v1/competitions").json()["competitions"]
        assert [one["title"] for one in listed] == ["Flowers"]


class TestRefusing:
    def test_a_closing_time_in_the_past_adds_nothing(self, owner, api):
        page = send(owner, table())
        refused = open_it(owner, page, closes="at", closes_at="2020-01-01T20:00")
        assert refused.status_code == 422
        assert "The closing time is over already." in words(refused)
        assert len(api.get("/api/v1/competitions").json()["competitions"]) == 1
        assert open_it(owner, page).url.path == "/organize/c/flowers"

    def test_is_for_owners(self, helper, api):
        for answer in (helper.get(HERE), send(helper, table())):
            assert answer.status_code == 403
        assert kept_files(api) == []

    def test_needs_the_forms_own_mark(self, owner, api):
        answer = send(owner, table(), csrf="0" * 64)
        assert answer.status_code == 403
        assert kept_files(api) == []

    def test_from_another_site_is_nothing(self, owner, api):
        answer = owner.browser.post(
            HERE,
            data={"csrf": owner.csrf, "key": "k" * 16},
            files={"file": ("a.csv", table())},
            headers={"Origin": "https://elsewhere.example"},
        )
        assert answer.status_code == 403
        assert kept_files(api) == []

    def test_without_a_file_says_so(self, owner):
        answer = send(owner, b"")
        assert answer.status_code == 422
        assert "No file was chosen." in words(answer)

    def test_is_seen_by_its_owner_alone(self, owner, api):
        page = send(owner, table())
        added = owner.post("/organize/organizers/add", name="Emmy", role="owner")
        other = Console(api.app, re.search(r"ho_[\w-]+", added.text).group())
        assert "That file isn't here any more." in words(other.get(page.url.path))

    def test_is_forgotten_after_an_hour(self, owner, api, clock):
        page = send(owner, table())
        clock.advance(minutes=61)
        gone = owner.get(page.url.path)
        assert gone.url.path == HERE
        assert "choose the file again" in words(gone)
        assert kept_files(api) == []

    def test_keeps_three_of_one_organizer(self, owner, api):
        for _ in range(5):
            send(owner, table(rows=60))
        assert len([path for path in kept_files(api) if path.name == "flowers.csv"]) == 3

    @pytest.mark.parametrize("draft", ["..", "x" * 24, "a%2Fb"])
    def test_no_such_draft(self, owner, draft):
        answer = owner.get(f"{HERE}/{draft}")
        assert answer.status_code in {200, 404}
        assert "What the check says" not in answer.text
