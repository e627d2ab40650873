"""Every page of the console, empty and busy: renders, and can be used by keyboard and ear."""

import re

import pytest

from console import BASE, Console, one_id
from outline import Outline, as_read
from participant import npy

# What differs between the databases is tested where it is asked; here pages are.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PAGES = (
    "", "announcements", "people", "roster", "teams", "submissions", "board", "projector",
    "final", "rescores",
    "baselines", "settings", "webhooks", "exports", "log",
    "/organize/competitions", "/organize/new", "/organize/organizers", "/organize/account",
    "/organize/queue",
)  # fmt: skip
NOT_FOR_HELPERS = {"/organize/new"}
UNLABELLED = {"hidden", "submit"}


def check(html: str, path: str) -> None:
    """What holds for a page whatever is on it."""
    outline = Outline(html)
    assert outline.open == [], path
    assert len(outline.all("h1")) == 1, path
    assert re.search(r"<title>\S.* · Heldout</title>", html), path
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids)), (path, sorted(i for i in ids if ids.count(i) > 1))
    _check_labels(outline, set(ids), path)
    _check_policy(outline, path)


def _check_labels(outline: Outline, ids: set, path: str) -> None:
    labelled = {attributes.get("for") for attributes in outline.all("label")}
    for tag in ("input", "select", "textarea"):
        for field in outline.all(tag):
            named = field.get("type") in UNLABELLED or field.get("aria-label")
            assert named or field["id"] in labelled, (path, field)
    for _, attributes in outline.tags:
        for name in ("for", "aria-labelledby", "aria-describedby", "data-copy"):
            assert set((attributes.get(name) or "").split()) <= ids, (path, attributes)


def _check_policy(outline: Outline, path: str) -> None:
    for _, attributes in outline.tags:
        assert not [n for n in attributes if n == "style" or n.startswith("on")], path
    for form in outline.all("form"):
        if form.get("method") == "post":
            assert form["action"].startswith("/organize/"), path
    forms = sum(form.get("method") == "post" for form in outline.all("form"))
    csrf = [i for i in outline.all("input") if i.get("name") == "csrf"]
    assert len(csrf) == forms, path


@pytest.fixture
def busy(owner: Console, join, labels) -> dict[str, str]:
    """A little of everything; the ids of one person and one submission."""
    for name in ("Ada", '<script>alert("x")</script>'):
        join(name).submit(npy(labels), name="<b>mine</b>")
    join("Bo").submit(b"not an array")
    owner.post("settings/save", **settings(team_size="3"))
    owner.post("announce", text="Pizza & <i>cola</i>")
    owner.post("teams/create", name="The Perceptrons", captain="Ada")
    owner.post("baselines/add", kind="last_year", score="98.5")
    owner.post("webhooks/add", url="https://example.com/x", format="slack", kinds=["opened"])
    owner.post("roster/import", csv="name,email\nAda,a@example.org\nCy,c@example.org")
    owner.post("refund", who="Ada")
    person = one_id(owner.get("people").text, "people")
    submission = one_id(owner.get("submissions").text, "submissions")
    owner.post(f"submissions/{submission}/hide", reason="twice")
    made = owner.post("rescores/create", corrections="0, 1\n1, 1", note="two were wrong")
    return {
        "person": f"people/{person}",
        "submission": f"submissions/{submission}",
        "rescore": f"rescores/{one_id(made.text, 'rescores')}",
    }


def settings(**changes: str) -> dict[str, object]:
    """The settings form as it stands on the page, with some fields changed."""
    return {
        "title": "Digits", "description": "", "rules": "", "timezone": "America/Toronto",
        "opens_at": "", "closes_at": "", "kinds": ["model", "predictions"],
        "join_code": "WAT-2026", "joining": "code", "visibility": "public",
        "run_sharing": "always", "pool": "cpu", "drawing_centre": "mass", "nicknames": "yes",
        "team_size": "1", "quota_per_day": "", "quota_total": "", "interval_seconds": "0",
        "attempts_per_minute": "30", "final_choices": "1", "model_mb": "50",
        "preprocessing": "auto", "also": "", "board_rule": "everybody", "board_top": "10",
        "predictions_mb": "16", **changes,
    }  # fmt: skip


def test_pages_of_an_empty_event(owner):
    for path in PAGES:
        answer = owner.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "no-store"
        check(answer.text, path)


def test_pages_of_a_busy_event(owner, helper, busy):
    for path in (*PAGES, *busy.values()):
        html = owner.get(path).text
        check(html, path)
        assert "<script>alert" not in html
        assert "<b>mine" not in html
    for path in (*PAGES, busy["person"], busy["submission"]):
        answer = helper.get(path)
        assert answer.status_code == (403 if path in NOT_FOR_HELPERS else 200), path
        if answer.status_code == 200:
            check(answer.text, path)


def test_the_live_part_is_the_part_on_the_page(owner, busy):
    fragment = as_read(owner.get("live").text)
    assert fragment.startswith('<div id="dashboard" class="dashboard" data-live')
    assert f'data-live-src="{BASE}/live"' in owner.get().text


def test_filters_and_keys_page_through_lists(owner, join, labels):
    ada = join("Ada")
    for number in range(3):
        ada.submit(npy((labels + number) % 10), name=f"try {number}")
    assert "try 2" in owner.get("submissions?state=scored&name=ad").text
    assert "Nothing fits" in owner.get("submissions?state=error").text
    assert "Ada" in owner.get("people?q=AD").text
    assert "Nobody fits" in owner.get("people?banned=true").text
    assert "Nothing fits" in owner.get("log?action=competition.reveal").text
    first = one_id(owner.get("people").text, "people")
    assert "Nobody fits" in owner.get(f"people?after={first}").text


@pytest.mark.parametrize(
    "path", ["exports/leaderboard.csv", "exports/submissions.json", "roster/download"]
)
def test_lists_download(owner, busy, path):
    answer = owner.get(path)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "Ada" in answer.text or "The Perceptrons" in answer.text


def test_the_event_downloads_as_a_zip(owner, busy):
    answer = owner.post("exports/event")
    assert answer.content.startswith(b"PK")


def test_a_submissions_file_downloads(owner, busy):
    assert owner.get(busy["submission"] + "/file").content
