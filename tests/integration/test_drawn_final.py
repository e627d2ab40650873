"""The drawn final: frozen, drawn, read by two others, read by models, shown, undone, deleted."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update
from support.hand import Hand

from console import Console
from heldout_server.contests.check import check
from heldout_server.contests.drawn_folder import write_drawn
from heldout_server.finals import answers, drawings, final_phases, tap_queries
from heldout_server.finals.participation import participation
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    UNREAD,
    Competition,
    Drawing,
    DrawingReading,
    DrawnFinal,
    Finalist,
    Submission,
)
from heldout_server.models import (
    Participant as Row,
)
from organizer import Organizer
from participant import browser, npy

C = "/competitions/digits"
FINAL = f"{C}/drawn-final"


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


@pytest.fixture
def people(join, labels, installed):
    """Ada, Bob and Cleo, each with a scored model."""
    found = [join(name) for name in ("Ada", "Bob", "Cleo")]
    for number, person in enumerate(found):
        wrong = labels.copy()
        wrong[: 5 * number] = (wrong[: 5 * number] + 1) % 10
        person.submit(npy(wrong))
    with installed.database.write() as session:
        session.execute(update(Submission).values(kind="model"))
    return found


@pytest.fixture
def drawing(owner, people):
    """A final in which everybody draws."""
    assert owner.post("/competitions/digits/drawn-final", {}).status_code == 201
    go(owner, "draw")
    return people


def go(owner, phase):
    answer = owner.put(f"{FINAL}/phase", {"phase": phase})
    assert answer.status_code == 200, answer.text


def draw(person, number, *, hand=0, **more):
    prompt = part(person)["prompts"][0]["number"]
    strokes = Hand.of(hand).draws(prompt, number)
    return send(person, {"prompt": prompt, "strokes": strokes, **more})


def send(person, body):
    return person.send("POST", "/me/drawn-final/drawings", body)


def part(person, **asked):
    answer = person.api.post("/api/v1/me/drawn-final", headers=person.headers, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def say(person, drawing_id, said):
    body = {"drawing": drawing_id, "said": said}
    return person.send("POST", "/me/drawn-final/readings", body)


def read_all(person, installed, *, wrong=0):
    """Read whatever is offered, as it was asked for; `wrong`: that much beside it."""
    while (offer := part(person, reads_only=True)["offer"]) is not None:
        with installed.database.read() as session:
            query = select(Drawing).where(col(Drawing.public_id) == offer["drawing"])
            prompt = session.execute(query).scalar_one().prompt
        assert say(person, offer["drawing"], (prompt + wrong) % 10).status_code == 200


def wall(api):
    return api.get(f"/api/v1{FINAL}").json()


def stored(installed, table=Drawing):
    with installed.database.read() as session:
        return session.execute(select(table)).scalars().all()


def have_read(installed, clock, **said):
    """Models read what counts: rightly, but for those named, which always say one class."""
    with installed.database.write() as session:
        batch = answers.next_batch(session)
        names = {row.id: row.name for row in session.execute(select(Row)).scalars()}
        for one in batch.finalists:
            wanted = said.get(names[one.holder_id])
            found = {
                each.id: each.prompt if wanted is None else wanted for each in batch.unread_by(one)
            }
            answers.keep(session, one, found, now=clock())


class TestFreezing:
    def test_sets_down_each_ones_model_by_its_hash(self, owner, people, api, installed):
        owner.post(FINAL, {})
        shown = wall(api)
        assert shown["phase"] == "frozen"
        assert [one["name"] for one in shown["finalists"]] == ["Ada", "Bob", "Cleo"]
        hashes = {row.sha256 for row in stored(installed, Submission)}
        assert {one["sha256"] for one in shown["finalists"]} == hashes

    def test_takes_the_starred_model_and_what_comes_later_does_not_count(
        self, owner, people, api, labels, installed
    ):
        ada = people[0]
        second = ada.submit(npy((labels + 1) % 10))
        with installed.database.write() as session:
            session.execute(update(Submission).values(kind="model"))
        assert ada.send("PUT", "/me/final", {"submissions": [second["id"]]}).status_code == 200
        owner.post(FINAL, {})
        before = wall(api)["finalists"]
        ada.submit(npy((labels + 2) % 10))
        starred = next(
            row for row in stored(installed, Submission) if row.public_id == second["id"]
        )
        assert before[0]["sha256"] == starred.sha256
        assert wall(api)["finalists"] == before

    def test_takes_the_best_where_there_are_too_many(self, owner, people, api):
        owner.post(FINAL, {"finalists": 2})
        assert [one["name"] for one in wall(api)["finalists"]] == ["Ada", "Bob"]

    @pytest.mark.parametrize(
        ("rule", "shown"),
        [("own_row", []), ("top_and_neighbours", ["Ada"]), ("pseudonyms", [])],
    )
    def test_names_nobody_whom_the_board_hides(self, owner, people, api, rule, shown):
        owner.patch(C, {"board_rule": rule, "board_top": 1})
        owner.post(FINAL, {})
        for seen in (wall(api)["finalists"], wall(api)["rows"]):
            names = [one["name"] for one in seen]
            assert [one for one in names if one in ("Ada", "Bob", "Cleo")] == shown
            assert len(set(names)) == 3
        page = api.get("/c/digits/tv").text
        assert [one for one in ("Ada", "Bob", "Cleo") if f">{one}<" in page] == shown

    def test_names_to_organizers_whoever_it_is(self, owner, people, api, installed):
        owner.patch(C, {"board_rule": "own_row"})
        owner.post(FINAL, {})
        with installed.database.write() as session:
            session.execute(update(Finalist).values(tries=answers.MOST_TRIES))
        assert "nothing more: Ada, Bob, Cleo." in " ".join(
            Console(api.app, owner.token).get("final").text.split()
        )

    def test_cannot_draw_more_pixels_than_the_images_have(self, owner, people):
        refused = owner.patch(C, {"drawing_box": 29})
        assert (refused.status_code, refused.json()["code"]) == (422, "validation")
        assert refused.json()["detail"].startswith("The images have 28 pixels")

    def test_holds_drawings_as_the_contest_says(self, owner, people, installed):
        owner.patch(C, {"drawing_box": 15, "drawing_centre": "box"})
        owner.post(FINAL, {})
        owner.patch(C, {"drawing_box": None})
        [final] = stored(installed, DrawnFinal)
        assert (final.box, final.centre) == (15, "box")

    def test_needs_a_model(self, owner, api):
        refused = owner.post(FINAL, {})
        assert refused.status_code == 409
        assert "Nobody has a scored model yet" in refused.json()["detail"]
        assert api.get(f"/api/v1{FINAL}").json()["code"] == "not_found"

    def test_is_undone_while_nothing_is_drawn(self, owner, people, api, installed):
        owner.post(FINAL, {})
        assert owner.post(f"{C}/undo").status_code == 200
        assert api.get(f"/api/v1{FINAL}").status_code == 404
        assert stored(installed, Finalist) == []
        assert owner.post(FINAL, {}).status_code == 201

    def test_twice_is_refused(self, owner, people):
        owner.post(FINAL, {})
        assert owner.post(FINAL, {}).json()["code"] == "conflict"


class TestPhases:
    def test_say_what_may_be_done(self, owner, people):
        ada, bob, _ = people
        owner.post(FINAL, {})
        strokes = Hand.of(1).draws(3)
        assert "has not begun" in send(ada, {"prompt": 3, "strokes": strokes}).json()["detail"]
        go(owner, "draw")
        assert send(ada, {"prompt": 3, "strokes": strokes}).status_code == 200
        offer = part(bob, reads_only=True)["offer"]["drawing"]
        go(owner, "read")
        assert (
            "is over" in send(bob, {"prompt": 3, "strokes": Hand.of(2).draws(3)}).json()["detail"]
        )
        assert part(bob)["prompts"] == []
        go(owner, "count")
        assert "is over" in say(bob, offer, 3).json()["detail"]
        go(owner, "read")
        assert say(bob, offer, 3).status_code == 200

    def test_a_pause_holds_everybody_and_loses_nothing(self, owner, drawing):
        ada = drawing[0]
        owner.put(f"{FINAL}/pause", {"paused": True})
        body = {"prompt": 3, "strokes": Hand.of(1).draws(3)}
        assert "paused" in send(ada, body).json()["detail"]
        assert part(ada)["step"] == "wait"
        owner.post(f"{C}/undo")
        assert send(ada, body).status_code == 200

    def test_are_undone_one_by_one(self, owner, drawing, api):
        go(owner, "read")
        owner.post(f"{C}/undo")
        assert wall(api)["phase"] == "draw"

    def test_in_which_people_draw_or_read_are_on_the_board_and_on_ones_own_page(
        self, owner, drawing, api
    ):
        eve = browser(api)
        eve.post("/c/digits/join", data={"code": "WAT-2026", "name": "Eve"})
        for phase, said in (("draw", ">Draw, and read"), ("read", ">Read what"), ("count", "")):
            go(owner, phase)
            for path in ("/c/digits", "/c/digits/me"):
                shown = eve.get(path).text
                assert said in shown, path
                assert ("The final is on" in shown) is bool(said), path


class TestDrawing:
    def test_asks_for_every_class_once_in_an_order_of_ones_own(self, drawing):
        asked = [[one["number"] for one in part(person)["prompts"]] for person in drawing]
        assert all(sorted(one) == list(range(10)) for one in asked)
        assert len({tuple(one) for one in asked}) == 3

    def test_sent_twice_is_one(self, drawing, installed):
        body = {"prompt": 3, "strokes": Hand.of(1).draws(3)}
        assert [send(drawing[0], body).json()["drawn"] for _ in range(2)] == [1, 1]
        assert len(stored(installed)) == 1

    def test_of_a_second_device_is_refused(self, drawing, installed):
        send(drawing[0], {"prompt": 3, "strokes": Hand.of(1).draws(3)})
        other = send(drawing[0], {"prompt": 3, "strokes": Hand.of(2).draws(3)})
        assert (other.status_code, other.json()["code"]) == (409, "conflict")
        assert len(stored(installed)) == 1

    def test_copied_from_somebody_is_refused(self, drawing):
        body = {"prompt": 3, "strokes": Hand.of(1).draws(3)}
        send(drawing[0], body)
        assert "drawn before" in send(drawing[1], body).json()["detail"]

    def test_of_nothing_or_nonsense_is_refused(self, drawing, installed):
        nonsense = [
            [], [[]], [[500, 500]], [[500, 500, 501, 500]], [[500, 500, 500]], [[-1, 0, 500, 500]],
            [[0, 0, 1001, 500]], [[0, 0] * 1501], [[0, 0, 900, 900]] * 65, [["a", 1]], [[1.5, 2]],
            [None], "x",
        ]  # fmt: skip
        for strokes in nonsense:
            refused = send(drawing[0], {"prompt": 3, "strokes": strokes})
        assert (refused.status_code, refused.json()["code"]) == (422, "validation"), strokes
        infinite = '{"prompt": 3, "strokes": [[Infinity, 0, 500, 500]]}'
        path, headers = "/api/v1/me/drawn-final/drawings", drawing[0].headers
        headers = {**headers, "Content-Type": "application/json"}
        assert drawing[0].api.post(path, content=infinite, headers=headers).status_code in (
            400,
            422,
        )
        for prompt in (10, 1000, -1):
            body = {"prompt": prompt, "strokes": Hand.of(1).draws(3)}
            assert send(drawing[0], body).status_code == 422
        assert stored(installed) == []


class TestReading:
    def test_counts_once_two_others_said_what_was_asked_for(self, drawing, installed, api):
        ada, bob, cleo = drawing
        draw(ada, 1)
        assert wall(api)["newest"] == []
        assert part(ada, reads_only=True)["offer"] is None
        read_all(bob, installed)
        assert wall(api)["counted"] == 0
        read_all(cleo, installed)
        shown = wall(api)
        assert (shown["counted"], shown["waiting"], len(shown["newest"])) == (1, 0, 1)

    @pytest.mark.parametrize("said", [None, "other"])
    def test_is_disputed_when_one_of_two_says_something_else(self, drawing, installed, api, said):
        ada, bob, cleo = drawing
        prompt = part(ada)["prompts"][0]["number"]
        draw(ada, 1)
        offer = part(bob, reads_only=True)["offer"]
        say(bob, offer["drawing"], None if said is None else (prompt + 1) % 10)
        read_all(cleo, installed)
        shown = wall(api)
        assert (shown["counted"], shown["disputed"], shown["newest"]) == (0, 1, [])

    def test_said_twice_the_first_stands(self, drawing, installed):
        ada, bob, _ = drawing
        draw(ada, 1)
        offer = part(bob, reads_only=True)["offer"]["drawing"]
        assert [say(bob, offer, said).status_code for said in (1, 2)] == [200, 200]
        assert [one.said for one in stored(installed, DrawingReading)] == [1]

    def test_of_what_was_not_offered_is_refused(self, drawing, installed):
        ada, bob, _ = drawing
        draw(ada, 1)
        [one] = stored(installed)
        assert say(bob, one.public_id, 1).json()["code"] == "not_found"
        assert say(ada, one.public_id, one.prompt).json()["code"] == "not_found"

    def test_finishes_what_was_begun_and_asks_others_when_a_phone_has_left(
        self, drawing, clock, join
    ):
        ada, bob, cleo = drawing
        draw(ada, 1)
        draw(ada, 2)
        first = part(bob, reads_only=True)["offer"]["drawing"]
        say(bob, first, 0)
        assert part(cleo, reads_only=True)["offer"]["drawing"] == first
        # Cleo's phone has left with it: others go on with the other one, then take hers.
        dan, eve = join("Dan"), join("Eve")
        second = part(dan, reads_only=True)["offer"]["drawing"]
        assert second != first
        clock.advance(seconds=30)
        assert part(eve, reads_only=True)["offer"]["drawing"] == first

    def test_is_offered_while_somebody_else_says_what_it_is(self, drawing, installed, clock):
        if installed.database.is_sqlite:
            pytest.skip("SQLite's writers follow one another")
        draw(drawing[0], 0)
        (drawn,) = stored(installed)
        reader = next(one.id for one in stored(installed, Row) if one.id != drawn.participant_id)
        first = {"drawing_id": drawn.id, "participant_id": reader, "offered_at": clock()}
        with installed.database.write() as says, installed.database.write() as offers:
            drawings.by_public_id(says, drawn.competition_id, drawn.public_id)
            offers.execute(text("set local lock_timeout = '5s'"))
            offers.execute(tap_queries.offer_first(), first)

    def test_on_two_devices_at_once_one_is_offered(self, drawing, installed, clock):
        draw(drawing[0], 0)
        draw(drawing[0], 1)
        reader = next(one for one in stored(installed, Row) if one.name == "Bob")
        both = threading.Barrier(1 if installed.database.is_sqlite else 2)

        def ask(_):
            with installed.database.write() as session:
                competition = session.get_one(Competition, reader.competition_id)
                final = final_phases.of_contest(session, competition)
                both.wait(20)  # SQLite's writers follow one another
                found = participation(
                    session, final, session.get_one(Row, reader.id), now=clock(), reads_only=True
                )
                return found.offer.public_id

        with ThreadPoolExecutor(2) as devices:
            offered = set(devices.map(ask, range(2)))
        assert len(offered) == 1
        held = [one for one in stored(installed, DrawingReading) if one.participant_id == reader.id]
        assert len(held) == 1

    def test_whoever_taps_anything_stops_counting(self, drawing, installed, api, join):
        """Their readings are taken out again, and others read what they had spoilt."""
        ada, bob, cleo = drawing
        for number in range(8):
            draw(ada, number)
        read_all(bob, installed)
        read_all(cleo, installed, wrong=3)
        assert wall(api)["counted"] == 0
        assert (wall(api)["disputed"], wall(api)["waiting"]) == (0, 8)
        read_all(join("Dan"), installed)
        assert wall(api)["counted"] == 8

    def test_turns_between_drawing_and_reading(self, drawing, installed):
        ada, bob, _ = drawing
        for number in range(4):
            draw(ada, number)
        steps = []
        for number in range(5):
            steps.append(part(bob)["step"])
            if steps[-1] == "draw":
                draw(bob, number, hand=3)
            else:
                offer = part(bob)["offer"]["drawing"]
                say(bob, offer, 0)
        assert steps == ["draw", "draw", "draw", "read", "read"]


class TestTheWall:
    def test_shows_what_models_read_but_not_ones_own(self, drawing, installed, clock, api):
        ada, bob, cleo = drawing
        for number in range(3):
            draw(ada, number)
        for person in (bob, cleo):
            read_all(person, installed)
        have_read(installed, clock, Cleo=0)
        shown = wall(api)
        rows = {row["name"]: row for row in shown["rows"]}
        assert (rows["Ada"]["read"], rows["Ada"]["counted"]) == (0, 0)
        assert (rows["Bob"]["read"], rows["Bob"]["counted"]) == (3, 3)
        prompts = [one.prompt for one in stored(installed)]
        assert rows["Cleo"]["read"] == prompts.count(0)
        assert shown["rows"][0]["name"] == "Bob"
        assert sum(map(sum, shown["confusion"])) == 9
        assert shown["hardest"]["misread"] == 1
        assert shown["words"].startswith("3 of 100 drawings count so far")
        assert shown["newest"][0]["said"][0] == {
            "name": "Bob", "label": shown["newest"][0]["label"], "is_right": True,
        }  # fmt: skip

    def test_hidden_ones_are_off_it_and_back_by_undo(self, drawing, installed, owner, api):
        ada, bob, cleo = drawing
        draw(ada, 1)
        for person in (bob, cleo):
            read_all(person, installed)
        drawn = wall(api)["newest"][0]["id"]
        owner.put(f"{FINAL}/drawings/{drawn}/hidden", None)
        assert (wall(api)["counted"], wall(api)["newest"]) == (0, [])
        owner.post(f"{C}/undo")
        assert wall(api)["newest"][0]["id"] == drawn

    def test_a_model_that_fails_three_times_is_not_waited_for(self, drawing, installed, clock, api):
        ada, bob, cleo = drawing
        draw(ada, 1)
        for person in (bob, cleo):
            read_all(person, installed)
        with installed.database.write() as session:
            batch = answers.next_batch(session)
            for _ in range(answers.MOST_TRIES):
                answers.failed(session, batch.finalists[0], now=clock())
        have_read(installed, clock)
        with installed.database.read() as session:
            assert answers.next_batch(session) is None
        rows = {row["name"]: row for row in wall(api)["rows"]}
        assert rows["Ada"]["has_failed"]
        assert rows["Bob"]["read"] == 1

    def test_a_batch_read_twice_says_the_same(self, drawing, installed, clock):
        ada, bob, cleo = drawing
        draw(ada, 1)
        for person in (bob, cleo):
            read_all(person, installed)
        with installed.database.read() as session:
            batch = answers.next_batch(session)
        for _ in range(2):
            with installed.database.write() as session:
                answers.keep(session, batch.finalists[0], {batch.drawings[0].id: 4}, now=clock())
        assert list(stored(installed)[0].read_as) == [4, UNREAD, UNREAD]

    def test_has_the_place_by_the_hidden_examples_once_that_is_public(self, drawing, owner, api):
        go(owner, "podium")
        before = api.get("/c/digits/tv").text
        assert "by the hidden examples" not in before
        assert owner.post(f"{C}/reveal", {"close": True}).status_code == 200
        rows = api.get(f"/api/v1{C}/leaderboard").json()["rows"]
        page = " ".join(api.get("/c/digits/tv/board").text.split())
        for rank, row in enumerate(rows, 1):
            step = page.partition(f'id="final-{row["participant"]["id"]}"')[2].partition("</li>")[0]
            assert f"by the hidden examples {('1st', '2nd', '3rd')[rank - 1]}, " in step
            assert f"{100 * row['score']:.2f}%" in step

    def test_has_a_table_of_what_was_read(self, drawing, owner, installed, clock, api):
        ada, bob, cleo = drawing
        for number in range(3):
            draw(ada, number)
        for person in (bob, cleo):
            read_all(person, installed)
        have_read(installed, clock, Bob=3)
        go(owner, "podium")
        table = " ".join(api.get("/c/digits/tv").text.split()).partition("tvf-confusion")[2]
        said = wall(api)["confusion"]
        wrong = sum(sum(row) - row[at] for at, row in enumerate(said))
        assert wrong == sum(row[3] for at, row in enumerate(said) if at != 3) > 0
        assert table.count("is-right") == 10
        assert table.partition("</table>")[0].count("shade-4") == sum(
            count > 0 for at, row in enumerate(said) for to, count in enumerate(row) if at != to
        )


class TestAfterwards:
    def test_strokes_go_a_day_after_the_podium(self, drawing, installed, owner, clock, api):
        from heldout_server.processes.sweeps import Upkeep

        draw(drawing[0], 1)
        go(owner, "podium")
        upkeep = Upkeep(installed, clock)
        clock.advance(hours=23)
        upkeep()
        assert stored(installed)[0].strokes
        clock.advance(hours=2)
        upkeep()
        [one] = stored(installed)
        assert (one.strokes, len(one.image)) == (None, 784 if len(one.image) == 784 else 64)
        assert stored(installed, DrawnFinal)[0].strokes_deleted_at == clock()

    def test_or_by_hand_but_not_while_it_is_under_way(self, drawing, installed, owner):
        draw(drawing[0], 1)
        assert owner.delete(f"{FINAL}/strokes").status_code == 409
        go(owner, "podium")
        assert owner.delete(f"{FINAL}/strokes").status_code == 200
        assert stored(installed)[0].strokes is None

    def test_whoever_leaves_takes_their_strokes_along(self, drawing, installed):
        draw(drawing[0], 1)
        shown = drawing[0].get("/me/data").json()
        assert shown["drawings"][0]["strokes"]
        assert drawing[0].send("DELETE", "/me", {"confirm": "Ada"}).status_code in (200, 204)
        assert stored(installed)[0].strokes is None

    def test_a_reset_removes_the_final(self, drawing, installed, owner, api):
        draw(drawing[0], 1)
        part(drawing[1], reads_only=True)
        console = Console(api.app, owner.token)
        console.post("pause")
        refused = console.post("settings/reset", confirm="digits", people="yes")
        assert "Pause the final first" in refused.text
        assert len(stored(installed)) == 1
        assert owner.put(f"{FINAL}/pause", {"paused": True}).status_code == 200
        answer = console.post("settings/reset", confirm="digits", people="yes")
        assert answer.status_code == 200, answer.text
        assert [stored(installed, t) for t in (DrawnFinal, Finalist, Drawing)] == [[], [], []]

    def test_becomes_a_contest_for_the_next_class_without_names(self, drawing, installed, tmp_path):
        ada, bob, cleo = drawing
        for number in range(10):
            draw(ada, number, consents=True)
            draw(bob, number, hand=2, consents=True)
        draw(cleo, 1, hand=3)
        for person in drawing:
            read_all(person, installed)
        with installed.database.read() as session:
            competition = session.get_one(Competition, 1)
            found = drawings.whole(session, 1)
            session.expunge_all()
        with pytest.raises(ProblemError, match="Only 10"):
            write_drawn(installed.datasets, competition, found[:10], tmp_path / "few")
        assert write_drawn(installed.datasets, competition, found, tmp_path / "hands") == 20
        # Twenty drawings are few, and it says so; nothing is wrong.
        assert {one.severity for one in check(tmp_path / "hands")} == {"warning"}
        rows = (tmp_path / "hands/labels.csv").read_text().split()
        assert len(rows) == 21
        assert {row.rpartition(",")[2] for row in rows[1:]} == {"hand0", "hand1"}
        written = b"".join(p.read_bytes() for p in (tmp_path / "hands").iterdir())
        assert b"Ada" not in written
