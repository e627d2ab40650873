"""Every template, in every state it can be in: renders, is titled, escapes, keeps the policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from heldout_server.web.html.render import TEMPLATES, make_environment, render
from heldout_server.web.html.root import ATTRIBUTES
from heldout_server.web.view_models.pages import Page
from outline import Outline
from unit.web import sample_finals, sample_pages, sample_room, sample_runs

PAGES = sample_pages.PAGES | sample_room.PAGES | sample_runs.PAGES | sample_finals.PAGES
WORDS = {"value", "title", "alt", "aria-label", "placeholder", "content"}
NAMES = sorted(PAGES)
WHOLE_PAGES = [name for name in NAMES if not PAGES[name][0].startswith("_")]


def html_of(name: str) -> str:
    template, make = PAGES[name]
    return render(template, make())


@pytest.fixture(params=NAMES)
def outline(request: pytest.FixtureRequest) -> Outline:
    return Outline(html_of(request.param))


class TestEveryPage:
    def test_is_well_formed(self, outline: Outline) -> None:
        assert outline.open == []

    def test_has_no_repeated_id(self, outline: Outline) -> None:
        ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
        assert len(ids) == len(set(ids))

    def test_has_no_inline_style_or_script(self, outline: Outline) -> None:
        assert outline.all("style") == []
        assert all(attributes.get("src") for attributes in outline.all("script"))
        for tag, attributes in outline.tags:
            inline = [name for name in attributes if name == "style" or name.startswith("on")]
            assert inline == [], f"<{tag}> has {inline}"

    def test_loads_nothing_from_elsewhere(self, outline: Outline) -> None:
        for tag, attributes in outline.tags:
            for name in ("src", "href", "action"):
                address = attributes.get(name) or "/"
                if tag == "img" and address.startswith("data:image/png;base64,"):
                    continue
                if tag == "a" and address.startswith("mailto:"):
                    continue
                assert address.startswith(("/", "#")), f"<{tag} {name}={address}>"
                assert not address.startswith("//")

    def test_has_every_address_where_a_root_path_is_put_before_it(self, outline: Outline) -> None:
        """What begins as an address does is one, but for people's words."""
        found = {
            name
            for _, attributes in outline.tags
            for name, value in attributes.items()
            if (value or "").startswith("/") and not (value or "").startswith("//")
        }
        assert found - WORDS <= set(ATTRIBUTES)

    def test_every_label_and_description_names_something(self, outline: Outline) -> None:
        ids = {attributes.get("id") for _, attributes in outline.tags}
        for _, attributes in outline.tags:
            for name in ("for", "aria-labelledby", "aria-describedby", "data-copy"):
                for target in (attributes.get(name) or "").split():
                    assert target in ids

    def test_every_input_has_a_label(self, outline: Outline) -> None:
        labelled = {attributes["for"] for attributes in outline.all("label")}
        shown = [i for i in outline.all("input") if i.get("type") != "hidden"]
        assert all(attributes["id"] in labelled for attributes in shown)


@pytest.mark.parametrize("name", WHOLE_PAGES)
class TestWholePages:
    def test_has_one_title_and_one_heading(self, name: str) -> None:
        outline = Outline(html_of(name))
        assert re.search(r"<title>\s*\S[^<]* · Heldout\s*</title>", html_of(name))
        assert len(outline.all("h1")) == 1
        assert len(outline.all("main")) == 1

    def test_says_in_a_sentence_what_it_is(self, name: str) -> None:
        said = [
            a["content"]
            for a in Outline(html_of(name)).all("meta")
            if a.get("name") == "description"
        ]
        assert len(said) == 1
        words = " ".join(said[0].split())
        assert 30 <= len(words) <= 400, words

    def test_says_its_language(self, name: str) -> None:
        assert re.match(r'<!DOCTYPE html>\n<html lang="en"[ >]', html_of(name))


class TestTemplates:
    def test_every_page_template_is_sampled(self) -> None:
        sampled = {template for template, _ in PAGES.values()}
        pages = {path.name for path in TEMPLATES.glob("[!_]*.html")} - {"base.html"}
        assert pages <= sampled | {"docs.html", "souvenir.html"}

    @pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
    def test_compiles_and_pages_define_a_title(self, path: Path) -> None:
        template = make_environment().get_template(path.relative_to(TEMPLATES).as_posix())
        assert path.name.startswith("_") or "title" in template.blocks

    def test_an_unknown_field_is_an_error(self) -> None:
        with pytest.raises(Exception, match="no attribute"):
            render("board.html", Page())


class TestEscaping:
    @pytest.mark.parametrize(
        "name",
        [
            "board-hostile",
            "joined",
            "join-refused",
            "submission-rejected",
            "experiments",
            "compare",
            "study",
            "submission-above",
        ],
    )
    def test_html_in_names_is_text(self, name: str) -> None:
        html = html_of(name)
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "&lt;script&gt;" in html


class TestHiddenImages:
    """It was 5,000 hidden test images on the board, and 10,000 hidden examples elsewhere."""

    def test_say_how_many_of_how_many(self) -> None:
        shown = sample_pages.competition()
        assert shown.hidden_images == "5,000 of 10,000 hidden images"
        assert shown.hidden_sentence.startswith("10,000 hidden images: 5,000 score on the board")

    @pytest.mark.parametrize("name", ["board-busy", "help"])
    def test_are_said_alike(self, name: str) -> None:
        text = " ".join(html_of(name).split())
        assert "10,000 hidden images" in text
        assert "hidden test images" not in text
        assert "hidden examples" not in text


class TestBoard:
    @pytest.mark.parametrize("name", ["board-busy", "board-empty"])
    def test_can_show_ones_own_rows_under_a_rule_that_is_set_later(self, name: str) -> None:
        loaded = [script["src"] for script in Outline(html_of(name)).all("script")]
        assert any("own_rows.js" in address for address in loaded)

    def test_the_projectors_link_knows_organizers(self) -> None:
        """The projector's QR code was without the code, and asked for it."""
        links = [a["href"] for a in Outline(html_of("board-busy")).all("a")]
        assert "/organize/c/mnist/projector/screen" in links

    def test_has_one_row_a_participant(self) -> None:
        rows = [a for a in Outline(html_of("board-busy")).all("tr") if "data-row" in a]
        assert len(rows) == 60
        assert rows[0]["id"] == "row-p_1"

    def test_fragment_is_the_live_part_of_the_page(self) -> None:
        fragment = render("_board.html", sample_pages.board())
        assert fragment.strip() in render("board.html", sample_pages.board())
        tag, attributes = Outline(fragment).tags[0]
        assert (tag, attributes["id"]) == ("div", "board")
        assert "data-live" in attributes

    def test_is_the_same_for_every_viewer(self) -> None:
        assert html_of("board-busy") == html_of("board-busy")

    def test_empty_board_shows_how_to_be_first(self) -> None:
        html = html_of("board-empty")
        assert "No scores yet – be the first" in html
        assert "%pip install http://192.168.1.20:8000/client/heldout-0.1.0" in html
        assert "heldout.join(" in html

    def test_empty_closed_board_does_not_invite(self) -> None:
        assert "be the first" not in html_of("board-closed-empty")

    def test_board_before_the_start_says_when(self) -> None:
        assert "Opens <time" in html_of("board-not-open")

    def test_second_page_links_both_ways(self) -> None:
        outline = Outline(html_of("board-second-page"))
        links = {a["rel"]: a["href"] for a in outline.all("a") if "rel" in a}
        assert links == {"prev": "/c/mnist", "next": "/c/mnist?offset=200"}
        assert 'data-live-src="/c/mnist/board?offset=100"' in html_of("board-second-page")


class TestWhatOrganizersWrote:
    def test_opens_above_the_board_and_goes_on_below_it(self) -> None:
        html = html_of("board-described")
        above, below = html.split('id="about"')
        assert "<p>Read <strong>digits</strong>.</p>" in above
        assert "<h3>Why</h3>" in below
        assert "<em>kind</em>" in below
        assert 'href="#about">Rules</a>' in above

    def test_has_no_rules_where_none_are_written(self) -> None:
        html = html_of("board-rich")
        assert 'href="#about">About</a>' in html
        assert "<h2>Rules</h2>" not in html


class TestStateInWords:
    def test_frozen_says_since_when_and_what_happens_meanwhile(self) -> None:
        text = " ".join(Outline(html_of("board-frozen")).text.split())
        assert re.search(r"Frozen since \d\d:\d\d\. ?Scores keep coming in", text)
        assert "The competition is paused." in text

    def test_revealed_says_that_it_is_final(self) -> None:
        assert "The final standings." in Outline(html_of("board-revealed")).text


class TestProjector:
    def test_says_paused_and_frozen_from_side_to_side_and_counts_on(self) -> None:
        outline = Outline(html_of("tv-paused-and-frozen"))
        text = " ".join(outline.text.split())
        assert "Paused Nothing is taken now." in text
        assert re.search(r"Frozen since \d\d:\d\d", text)
        assert "Closes in" in text

    def test_has_every_score_in_a_place_of_its_own_also_without_a_trend(self) -> None:
        html = html_of("tv")
        assert html.count('class="tv-trend"') == html.count('class="tv-gain"') == 5
        assert "<svg" not in html.split('class="tv-trend">')[1].split("</span>")[0]

    def test_without_the_code_leads_nobody_to_a_form_that_asks_for_it(self) -> None:
        html = html_of("tv-no-code")
        assert "segno" not in html
        assert "192.168.1.20:8000/organize" in Outline(html).text

    def test_after_the_reveal_says_nothing_of_the_public_board(self) -> None:
        text = Outline(html_of("tv-revealed")).text
        assert "The final standings" in text
        assert "Ready to score" not in text
        assert "tv-ticker" not in html_of("tv-revealed")
        assert 'data-tv-corner="off"' in html_of("tv-revealed")


class TestJoin:
    def test_refusal_keeps_what_was_typed_and_marks_the_field(self) -> None:
        inputs = {a["id"]: a for a in Outline(html_of("join-refused")).all("input")}
        assert inputs["name"]["value"] == sample_pages.HOSTILE
        assert inputs["code"]["aria-invalid"] == "true"
        assert "aria-invalid" not in inputs["name"]

    def test_joined_shows_the_code_big_and_in_the_cell(self) -> None:
        cell = 'client = heldout.join("http://192.168.1.20:8000", code="RKD-47W-NX9")'
        text = Outline(html_of("joined")).text
        assert cell in text
        assert "Type this in your notebook" in " ".join(text.split())
        assert '<p class="own-code" id="own-code" translate="no">RKD-47W-NX9</p>' in html_of(
            "joined"
        )

    def test_an_invitation_greets_and_asks_for_no_name(self) -> None:
        html = html_of("join-invited")
        assert "Hello, " in Outline(html).text
        assert " required" not in html.split("Or straight from a notebook")[0].split("<form")[1]

    def test_form_posts_to_the_competition(self) -> None:
        assert Outline(html_of("join")).all("form")[0]["action"] == "/c/mnist/join"


class TestSubmission:
    @pytest.mark.parametrize("state", ["received", "queued", "running"])
    def test_follows_along_until_final(self, state: str) -> None:
        assert "data-live-poll" in html_of(f"submission-{state}")

    @pytest.mark.parametrize("state", ["error", "rejected", "withdrawn", "disqualified"])
    def test_final_page_stays(self, state: str) -> None:
        assert "data-live-poll" not in html_of(f"submission-{state}")

    def test_rejection_shows_sentence_hint_and_code(self) -> None:
        text = Outline(html_of("submission-rejected")).text
        assert "The model expects 32 × 32 × 3 images" in text
        assert "Start the model with keras.Input((28, 28))" in text
        assert "input_shape" in text

    def test_scored_page_shows_captured_and_given_values(self) -> None:
        html = html_of("submission")
        assert "source-captured" in html
        assert "source-given" in html

    def test_says_only_public_figures(self) -> None:
        assert "private" not in Outline(html_of("submission")).text.lower()
