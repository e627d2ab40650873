"""What the console does: each act through its form, with what follows and how it is undone."""

import io
import re

import numpy as np
import pytest
from sqlmodel import select

from console import hidden, one_id
from heldout_server.datasets import known
from heldout_server.models import Dataset
from integration.console.test_pages import settings
from outline import as_read
from participant import npy
from waiting import run_until

# What differs between the databases is tested where it is asked; here pages are.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def undo_of(html: str) -> str:
    """The act that the message offers to undo."""
    return hidden(html[html.index("notice-good") :], "act")


class TestSetUp:
    def test_opens_a_contest_from_five_fields(self, owner, api):
        page = owner.post(
            "/organize/new", title="Second evening", timezone="Europe/Berlin",
            closes_at="2026-11-23T20:30", join_code="BERLIN-26", dataset="",
        )  # fmt: skip
        assert page.url.path == "/organize/c/second-evening"
        assert "20:30 (UTC+01:00)" in page.text
        joined = api.post("/api/v1/join", json={"code": "BERLIN-26", "name": "Ada"})
        assert joined.status_code == 201

    def test_keeps_what_was_typed_when_refused(self, owner):
        page = owner.post(
            "/organize/new", title="Mine", timezone="Nowhere/Land", closes_at="2026-11-23T20:30"
        )
        assert page.status_code == 422
        assert "no such time zone" in page.text
        assert 'value="Mine"' in page.text
        assert 'value="Nowhere/Land"' in page.text

    def test_a_time_that_the_clocks_skip_is_refused(self, owner):
        page = owner.post(
            "/organize/new", title="Mine", timezone="Europe/Berlin", closes_at="2027-03-28T02:30"
        )
        assert "skip that time" in page.text


class TestPanicBar:
    def test_pause_and_undo(self, owner, join):
        ada, paused = join("Ada"), owner.post("pause")
        assert "Paused." in paused.text
        assert ada.open(b"x").json()["code"] == "competition_paused"
        undone = owner.post("undo", act=undo_of(paused.text))
        assert "Undone: Organizer paused the competition." in undone.text
        assert "Resume" not in undone.text

    def test_undo_never_takes_back_another_act_than_the_one_named(self, owner, helper):
        act = undo_of(owner.post("pause").text)
        helper.post("freeze")
        page = owner.post("undo", act=act)
        assert page.status_code == 409
        assert "Hopper has done something since" in page.text
        assert "Unfreeze" in page.text

    def test_extend_is_refused_without_a_closing_time(self, owner):
        page = owner.post("extend", minutes="10")
        assert page.status_code == 409
        assert "no closing time" in page.text

    def test_freeze_and_unfreeze(self, owner):
        assert "Unfreeze" in owner.post("freeze").text
        assert "Unfreeze" not in owner.post("unfreeze").text

    def test_announce(self, owner, api):
        owner.post("announce", text="Pizza is here.", level="warning")
        assert "Pizza is here." in api.get("/c/digits").text

    def test_an_announcement_ends_after_what_was_chosen(self, owner, api, clock):
        said = owner.post("announce", text="Pizza").text
        assert re.search(r"reads it, until \d\d:\d\d\.", said)
        owner.post("announce", text="Wifi", stays="")
        owner.post("announcements/announce", text="Bus", stays="30")
        clock.advance(minutes=10)
        page = api.get("/c/digits").text
        assert ("Pizza" in page, "Wifi" in page, "Bus" in page) == (False, True, True)

    def test_an_announcement_is_taken_down_from_the_dashboard(self, owner, api):
        page = owner.post("announce", text="Pizza is here.")
        said = hidden(page.text, "announcement_id")
        after = owner.post(
            "announcements/withdraw", announcement_id=said, back="/organize/c/digits"
        )
        assert after.url.path == "/organize/c/digits"
        assert "Take down" not in after.text
        assert "Pizza is here." not in api.get("/c/digits").text

    def test_closes_and_reveals_at_once(self, owner, api):
        page = owner.get("board").text
        assert "Close and reveal" in page
        assert hidden(page[page.index("board/reveal") :], "close") == "yes"
        done = owner.post("board/reveal", close="yes")
        assert "Closed and revealed" in done.text
        assert "The final standings." in api.get("/c/digits").text
        owner.post("undo", act=undo_of(done.text))
        assert "The final standings." not in api.get("/c/digits").text

    def test_refund_one(self, owner, join):
        join("Ada"), join("Adam")
        assert "may send 1 submission more" in owner.post("refund", who="ada").text

    def test_refund_is_refused_when_several_fit(self, owner, join):
        join("Adele"), join("Adam")
        page = owner.post("refund", who="ad")
        assert page.status_code == 409
        assert "Adele, Adam" in page.text
        assert 'value="ad"' in page.text

    def test_a_message_is_said_once(self, owner):
        assert "Paused. Nothing" in owner.post("pause").text
        assert "Paused. Nothing" not in owner.get().text


class TestSettings:
    def test_saving_the_form_as_it_is_changes_nothing(self, owner):
        page = as_read(owner.get("settings").text)
        fields = dict(re.findall(r'name="(\w+)" type="\w+" value="([^"]*)"', page))
        same = settings(**{n: v for n, v in fields.items() if n in settings()})
        before = owner.get("log").text.count("changed settings")
        owner.post("settings/save", **same)
        assert as_read(owner.get("log").text).count("<strong><bdi>Organizer") == before

    def test_who_sees_run_cards_is_chosen_and_undone(self, owner):
        marked = re.compile(r'name="run_sharing" type="radio" value="(\w+)" checked')
        assert marked.findall(as_read(owner.get("settings").text)) == ["always"]
        saved = owner.post("settings/save", **settings(run_sharing="opt_in"))
        assert marked.findall(as_read(owner.get("settings").text)) == ["opt_in"]
        owner.post("undo", act=undo_of(saved.text))
        assert marked.findall(as_read(owner.get("settings").text)) == ["always"]

    def test_where_models_are_scored_is_chosen_and_undone(self, owner):
        marked = re.compile(r'<option value="(cpu|gpu)" selected')
        assert marked.findall(owner.get("settings").text) == ["cpu"]
        saved = owner.post("settings/save", **settings(pool="gpu"))
        assert marked.findall(owner.get("settings").text) == ["gpu"]
        owner.post("undo", act=undo_of(saved.text))
        assert marked.findall(owner.get("settings").text) == ["cpu"]

    def test_times_are_the_rooms(self, owner, api):
        owner.post("settings/save", **settings(closes_at="2026-11-22T20:00"))
        shown = api.get("/api/v1/competitions/digits").json()
        assert shown["closes_at"].startswith("2026-11-23T01:00")

    def test_names_sites_that_may_show_the_board(self, owner, api):
        sites = "https://Course.example/\r\n\r\nhttp://localhost:8888"
        owner.post("settings/save", **settings(embed_origins=sites))
        assert (
            "https://course.example\nhttp://localhost:8888</textarea>" in owner.get("settings").text
        )
        policy = api.get("/c/digits/embed").headers["Content-Security-Policy"]
        assert "frame-ancestors 'self' https://course.example http://localhost:8888;" in policy

    def test_markdown_is_shown_before_it_is_saved(self, owner):
        text = "**bold** <script>alert(1)</script>"
        page = owner.post("settings/preview", **settings(description=text))
        assert "<strong>bold</strong>" in page.text
        assert "<script>alert" not in page.text
        assert "**bold**" in page.text
        assert "**bold**" not in owner.get("settings").text

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("team_size", "many", "whole number"),
            ("closes_at", "soon", "no time"),
            ("model_mb", "x", "megabytes"),
            ("final_choices", "99", "less than or equal"),
            ("embed_origins", "course.example", "no site that may show the board"),
        ],
    )
    def test_a_refusal_marks_the_field_and_loses_nothing(self, owner, field, value, said):
        page = owner.post("settings/save", **settings(title="My title", **{field: value}))
        assert page.status_code == 422
        assert said in page.text
        assert 'value="My title"' in page.text

    def test_clone_and_archive(self, owner):
        assert "Another" in owner.post("settings/clone", title="Another").text
        archived = owner.post("settings/archive")
        assert "Archive…" not in archived.text
        assert "Archive…" in owner.post("settings/unarchive").text


class TestHardestDigits:
    def test_opens_after_the_reveal_and_comes_down(self, owner, api):
        assert "It can be opened after the reveal" in as_read(owner.get("board").text)
        assert "not revealed yet" in owner.post("board/open-hardest").text
        owner.post("pause"), owner.post("board/reveal")
        opened = owner.post("board/open-hardest")
        assert "The wall of hardest examples is open" in opened.text
        assert 'href="/c/digits/hardest"' in opened.text
        assert api.get("/c/digits/hardest").status_code == 200
        assert "Show it to everybody" in owner.post("board/close-hardest").text
        assert api.get("/c/digits/hardest").status_code == 404

    def test_is_opened_by_owners(self, owner, helper):
        owner.post("pause"), owner.post("board/reveal")
        assert "Show it to everybody" not in helper.get("board").text
        assert helper.post("board/open-hardest").status_code == 403


class TestPeople:
    @pytest.fixture
    def ada(self, owner, join):
        join("Ada")
        return "people/" + one_id(owner.get("people").text, "people")

    def test_rename_grant_extend(self, owner, ada):
        assert "Lovelace" in owner.post(f"{ada}/rename", name="Lovelace").text
        granted = owner.post(f"{ada}/grant", extra="2", reason="the projector failed")
        assert "the projector failed" in granted.text
        taken = owner.post(f"{ada}/revoke-grant", grant_id=hidden(granted.text, "grant_id"))
        assert "Take back</button>" not in as_read(taken.text)
        assert "15 min" in owner.post(f"{ada}/extend", minutes="15").text

    def test_a_new_token_is_shown_once(self, owner, ada, join):
        page = owner.post(f"{ada}/token")
        assert re.search(r"hp_[\w-]{20,}", page.text)
        assert "hp_" not in owner.get(ada).text

    def test_a_new_code_is_shown_once_and_signs_in(self, owner, ada, api):
        page = owner.post(f"{ada}/code")
        code = re.search(r"[A-Z3-9]{3}-[A-Z3-9]{3}-[A-Z3-9]{3}", page.text)[0]
        assert code not in owner.get(ada).text
        again = api.post("/api/v1/join", json={"code": code}).json()
        assert again["participant"]["name"] == "Ada"

    def test_ban_and_unban(self, owner, ada):
        banned = owner.post(f"{ada}/ban", reason="spam")
        assert "Let them back</button>" in as_read(banned.text)
        assert "Let them back</button>" not in as_read(owner.post(f"{ada}/unban").text)

    def test_merge_and_take_apart(self, owner, ada, join):
        join("Grace")
        owner.post(f"{ada}/merge", into="Grace")
        grace = "people/" + one_id(owner.get("people").text, "people")
        page = owner.get(grace).text
        assert "Take apart" in page
        apart = owner.post(f"{grace}/unmerge", participant_id=hidden(page, "participant_id")).text
        assert "Take apart" not in apart

    def test_teams(self, owner, ada):
        owner.post("settings/save", **settings(team_size="3"))
        page = owner.post("teams/create", name="Perceptrons")
        team = hidden(page.text, "team_id")
        assert "Perceptrons" in owner.post(f"{ada}/team", team=team).text
        assert "There is no team yet" in owner.post("teams/disband", team_id=team).text


class TestRoster:
    CSV = "name,email,reference\nAda,ada@example.org,1\nBo,,2\n"

    def test_is_looked_at_before_it_is_imported(self, owner):
        ahead = owner.post("roster/preview", csv=self.CSV)
        assert "2 added, 0 updated, 0 unchanged" in as_read(ahead.text)
        assert "The roster is empty" in owner.get("roster").text
        done = owner.post("roster/import", csv=self.CSV)
        assert len(set(re.findall(r"/c/digits/join\?code=[\w-]+", done.text))) == 2
        again = owner.post("roster/preview", csv=self.CSV.replace("ada@", "lovelace@"))
        assert "0 added, 1 updated, 1 unchanged" in as_read(again.text)

    def test_many_invites_can_be_copied_at_once(self, owner):
        names = "".join(f"Student {number}\n" for number in range(5))
        page = owner.post("roster/import", csv=f"name\n{names}").text
        block = re.search(r'id="secrets-all">(.*?)</code>', page, re.DOTALL)
        assert block is not None
        lines = block.group(1).splitlines()
        assert len(lines) == 5
        assert re.fullmatch(r"Student 4\t\thttp://\S+/c/digits/join\?code=[\w-]+", lines[4])

    def test_a_file_is_taken_too(self, owner):
        files = {"file": ("roster.csv", "\ufeffname\nZoë\n".encode())}
        assert "Zoë" in owner.post("roster/preview", files=files).text

    @pytest.mark.parametrize(
        ("content", "said"), [(b"name\n\xff\xfe", "UTF-8"), (b"first,last\nAda,L\n", "no column")]
    )
    def test_a_wrong_file_is_explained(self, owner, content, said):
        page = owner.post("roster/preview", files={"file": ("r.csv", content)})
        assert page.status_code == 422
        assert said in page.text

    def test_invite_again_and_remove(self, owner):
        owner.post("roster/import", csv=self.CSV)
        entry = hidden(owner.get("roster").text, "entry_id")
        assert "shown this once" in owner.post("roster/invite", entry_id=entry).text
        assert "is off the roster" in owner.post("roster/remove", entry_id=entry).text


class TestSubmissions:
    @pytest.fixture
    def mine(self, owner, join, labels):
        join("Ada").submit(npy(labels))
        return "submissions/" + one_id(owner.get("submissions").text, "submissions")

    def test_hide_restore_disqualify(self, owner, mine):
        assert "Restore" in owner.post(f"{mine}/hide").text
        assert "Hide…" in owner.post(f"{mine}/restore").text
        assert "copied" in owner.post(f"{mine}/disqualify", reason="copied").text

    def test_disqualifying_needs_a_reason(self, owner, mine):
        page = owner.post(f"{mine}/disqualify", reason="")
        assert page.status_code == 422
        assert "needs a reason" in page.text

    def test_runs_again(self, owner, mine):
        assert "Queued again" in owner.post(f"{mine}/rerun").text
        assert "queued again" in owner.post("submissions/rerun", state="error").text

    def test_purging_needs_the_id(self, owner, mine):
        refused = owner.post(f"{mine}/purge", confirm="yes")
        assert refused.status_code == 422
        assert "Purged" in owner.post(f"{mine}/purge", confirm=mine.split("/")[1]).text
        assert owner.get(f"{mine}/file").status_code == 404


class TestBoard:
    def test_reveal_is_refused_while_it_is_open(self, owner):
        page = owner.post("board/reveal")
        assert page.status_code == 409
        assert "Close it with the reveal" in page.text

    def test_freeze_at_a_time_reveal_and_conceal(self, owner):
        owner.post("settings/save", **settings())
        planned = owner.post("board/freeze", at="2026-11-23T20:00")
        assert "will stand still" in as_read(planned.text)
        owner.post("board/unfreeze")
        owner.post("pause")
        assert "Everybody sees" in owner.post("board/reveal").text
        assert "Everybody sees private scores and final ranks." not in owner.post(
            "board/conceal"
        ).text.replace("Revealed:", "")


class TestProjector:
    def test_shows_another_view_and_says_which(self, owner, api):
        page = owner.post("projector/show", view="awards")
        assert "On every open projector: the awards." in page.text
        assert 'data-live-scene="awards"' in api.get("/c/digits/tv/board").text
        undone = owner.post("undo", act=undo_of(page.text))
        assert "Undone: Organizer set the projector." in undone.text

    def test_sets_how_and_keeps_the_view(self, owner, api):
        owner.post("projector/show", view="race")
        form = {"theme": "auto", "size": "large", "seconds": "30", "rows": "20", "qr": "yes"}
        page = owner.post("projector/set", **form)
        assert "shows it so now" in page.text
        shown = api.get("/c/digits/tv/board").text
        assert 'data-tv-theme="auto"' in shown
        assert 'data-live-scene="race"' in shown
        assert "data-tv-seconds" not in shown

    def test_a_refusal_keeps_what_was_typed(self, owner):
        form = {"theme": "auto", "size": "large", "seconds": "1", "rows": "20"}
        page = owner.post("projector/set", **form)
        assert page.status_code == 422
        assert "Seconds: " in page.text
        assert 'value="20"' in page.text
        assert owner.post("projector/show", view="cinema").status_code == 422

    def test_its_link_carries_the_join_code_where_one_is_of_use(self, owner):
        assert "/c/digits/tv?code=WAT-2026" in owner.get("projector").text
        owner.post("settings/save", **settings(joining="roster"))
        assert "/c/digits/tv?code" not in owner.get("projector").text


class TestRescores:
    def wait_until_ready(self, owner, path: str) -> str:
        return run_until(lambda: "Computing" not in (page := owner.get(path).text) and page)

    def test_draft_apply_and_go_back(self, owner, join, labels):
        join("Ada").submit(npy(labels))
        made = owner.post("rescores/create", corrections="0, 1\n1 → 1", note="two were wrong")
        path = "rescores/" + one_id(made.text, "rescores")
        assert "Public half" in self.wait_until_ready(owner, path)
        assert "Applied" in owner.post(f"{path}/apply").text
        assert "leads back" in owner.post(f"{path}/revert").text

    def test_a_whole_set_and_discard(self, owner, join, labels):
        join("Ada").submit(npy(labels))
        buffer = io.BytesIO()
        np.save(buffer, (labels.astype(int) + 1) % 10)
        files = {"labels": ("labels.npy", buffer.getvalue())}
        made = owner.post("rescores/create", files=files)
        path = "rescores/" + one_id(made.text, "rescores")
        self.wait_until_ready(owner, path)
        assert "Discarded" in owner.post(f"{path}/discard").text

    @pytest.mark.parametrize(
        ("corrections", "said"),
        [
            ("947", "Line 1 of the corrections"),
            ("a, b", "A label is a class from 0 to 9 or its name, not “b”."),
            ("1, 2, 3", "A label is a class from 0 to 9 or its name, not “2, 3”."),
        ],
    )
    def test_corrections_that_make_no_sense_are_explained(self, owner, corrections, said):
        page = owner.post("rescores/create", corrections=corrections)
        assert page.status_code == 422
        assert said in page.text


class TestTheRest:
    def test_baselines(self, owner, labels):
        page = owner.post("baselines/add", kind="last_year", name="Emmy", score="98.5")
        assert "98.50%" in page.text
        gone = owner.post("baselines/remove", baseline_id=hidden(page.text, "baseline_id"))
        assert "is off the board" in gone.text
        files = {"file": ("p.npy", npy(labels))}
        assert "is added" in owner.post("baselines/add", files=files, kind="starter").text
        refused = owner.post("baselines/add", files={"file": ("p.npy", b"x")}, kind="starter")
        assert refused.status_code == 422

    def test_announcements(self, owner):
        page = owner.post("announcements/announce", text="Soon", level="info", until="")
        gone = owner.post(
            "announcements/withdraw", announcement_id=hidden(page.text, "announcement_id")
        )
        assert "it is off the board" in gone.text

    def test_webhooks(self, owner):
        page = owner.post(
            "webhooks/add", url="https://example.com/hook", format="json", kinds=["opened"],
            thresholds="98, 99%",
        )  # fmt: skip
        assert "Signing secret" in page.text
        webhook = hidden(owner.get("webhooks").text, "webhook_id")
        gone = owner.post("webhooks/remove", webhook_id=webhook)
        assert "nothing is sent to it any more" in gone.text

    def test_a_webhook_in_a_private_network_is_refused(self, owner):
        page = owner.post(
            "webhooks/add", url="http://192.168.1.2/x", format="json", kinds=["opened"]
        )
        assert page.status_code == 422
        assert "192.168.1.2/x" in page.text

    def test_organizers(self, owner):
        page = owner.post("/organize/organizers/add", name="Grace", role="owner")
        assert "is an owner now" in page.text
        assert re.search(r"ho_[\w-]{20,}", page.text)
        last = owner.post("/organize/organizers/add", name="Grace", role="helper")
        assert last.status_code == 409


class TestPublicLabels:
    @pytest.fixture
    def held(self, installed, join, labels):
        with installed.database.write() as session:
            session.execute(select(Dataset)).scalar_one().images_hash = known.MNIST.images_hash
        return join("Ada").submit(npy(labels), name="y_test")

    def test_a_held_file_is_let_through_from_the_dashboard(self, owner, api, held):
        shown = owner.get("").text
        assert "To decide: 1 held prediction file" in shown
        through = owner.post(f"held/{held['id']}/let-through")
        assert "Let through" in through.text
        assert "To decide" not in through.text
        assert "y_test" in api.get("/c/digits").text
        undone = owner.post("undo", act=undo_of(through.text))
        assert "let a held file onto the board" in undone.text
        assert "To decide" in undone.text
        assert "y_test" not in api.get("/c/digits").text

    def test_or_from_its_own_page_and_by_a_helper(self, helper, held):
        page = helper.get(f"submissions/{held['id']}").text
        assert "99.83%" in page
        assert "Let through" in helper.post(f"submissions/{held['id']}/let-through").text

    def test_one_switch_ranks_models_only(self, owner, api, join, labels):
        join("Ada").submit(npy(labels), name="a file")
        switched = owner.post("rank", predictions="no")
        assert "Models only are ranked." in switched.text
        assert "Rank files, too" in switched.text
        assert "Prediction file, not ranked" in api.get("/c/digits").text
        assert "Rank models only" in owner.post("rank", predictions="yes").text

    def test_the_switch_is_for_owners(self, helper):
        assert helper.post("rank", predictions="no").status_code == 403

    @pytest.mark.parametrize(("ticked", "ranked"), [({}, True), ({"models_only": "yes"}, False)])
    def test_is_offered_when_a_contest_is_made(self, owner, api, ticked, ranked):
        made = owner.post(
            "/organize/new", title="Second evening", timezone="UTC", closes_at="", join_code="",
            dataset="", **ticked,
        )  # fmt: skip
        assert made.status_code == 200
        shown = api.get("/api/v1/competitions/second-evening").json()
        assert shown["rank_predictions"] is ranked

    def test_is_a_setting_like_any_other(self, owner, api):
        owner.post("settings/save", **settings(), models_only="yes")
        assert api.get("/api/v1/competitions/digits").json()["rank_predictions"] is False
        page = as_read(owner.get("settings").text)
        assert 'value="yes" checked><label for="settings-models_only-yes">' in page
        owner.post("settings/save", **settings())
        assert api.get("/api/v1/competitions/digits").json()["rank_predictions"] is True
