"""Handles and lists of submissions, the board and the quota, as text and as HTML."""

from __future__ import annotations

import pytest

import heldout
from client.fake_server import COMPETITION, URL, FakeServer, me, row
from heldout._connection import Connection

EVIL = "<script>alert(1)</script>\x1b[31m"


def handle(**document: object) -> heldout.Submission:
    """A submission without a server behind it."""
    return heldout.Submission(Connection(URL), {"id": "s1", "state": "scored", **document})


def board(*rows: dict[str, object]) -> heldout.Leaderboard:
    """A board with these rows."""
    return heldout.Leaderboard.from_json({"competition": "mnist", "rows": list(rows)})


class TestSubmission:
    def test_refresh_asks_the_server(self, client: heldout.Client, server: FakeServer) -> None:
        submission = client.submit([1, 2], wait=False)
        server.submissions[0]["state"] = "running"
        assert submission.status == "queued"
        assert submission.refresh().status == "running"

    def test_withdraw_takes_it_off_the_board(self, client: heldout.Client) -> None:
        submission = client.submit([1, 2]).withdraw()
        assert submission.raw["moderation"] == "withdrawn"
        assert "withdrawn" in repr(client.submissions())

    def test_is_found_again_by_its_id(self, client: heldout.Client) -> None:
        client.submit([1, 2])
        assert client.submission("s1").score == 0.9731

    def test_keeps_practice_figures_apart(self, client: heldout.Client) -> None:
        submission = client.submit([1, 2])
        assert submission.practice_metrics is not None
        assert submission.practice_metrics["error_count"] == 201
        assert "(135 wrong of 5,000 hidden examples, public part)" in str(submission)
        assert handle().practice_metrics is None

    @pytest.mark.parametrize("wrong", ["s99", "", "../me"])
    def test_an_unknown_id_is_not_found(self, client: heldout.Client, wrong: str) -> None:
        with pytest.raises(heldout.NotFound):
            client.submission(wrong)

    def test_its_line_tells_state_score_and_rank(self) -> None:
        shown = repr(handle(name="2 conv", score=0.97314, rank=3))
        assert shown == "<Submission s1 · 2 conv · scored · score 97.31% · rank 3>"

    def test_its_receipt_says_which_pixels_were_chosen_and_what_that_brought(self) -> None:
        reason = "Scored with pixels as 0-255: so the model reads 98.7 % of 500 practice images."
        shown = handle(score=0.97, receipt={"preprocessing_reason": reason})
        assert reason in str(shown).splitlines()
        assert reason in shown._repr_html_()
        assert "pixels" not in str(handle(score=0.97, receipt={"preprocessing": "0-1"}))

    @pytest.mark.parametrize(
        ("document", "line"),
        [
            ({"state": "received"}, "Waiting for the file"),
            ({"state": "queued", "queue_position": 4}, "In the queue: place 4"),
            ({"state": "queued"}, "In the queue"),
            ({"state": "running", "step": "predict"}, "Scoring: predicting"),
            ({"state": "running"}, "Scoring"),
            ({"score": 0.5, "best": {"previous_score": None, "change": None}}, "Your first score"),
            (
                {"best": {"previous_score": 0.98, "change": -0.01, "is_new_best": False}},
                "-1.00 points against your best before (98.00%): your best stays",
            ),
        ],
    )
    def test_its_receipt_says_how_it_stands(self, document: dict[str, object], line: str) -> None:
        assert line in str(handle(**document))

    def test_its_html_escapes_everything(self) -> None:
        verdict = {"code": EVIL, "detail": EVIL, "hint": EVIL, "warnings": [EVIL]}
        shown = handle(
            state="rejected", name=EVIL, url=f"{URL}/{EVIL}", verdict=verdict, notice=EVIL
        )
        assert "<script" not in shown._repr_html_()
        assert "\x1b" not in shown._repr_html_() + str(shown) + repr(shown)

    def test_only_web_addresses_become_links(self) -> None:
        assert "href" not in handle(url="javascript:alert(1)")._repr_html_()
        assert f'href="{URL}/s1"' in handle(url=f"{URL}/s1")._repr_html_()


class TestSubmissionList:
    def test_follows_pages_up_to_the_limit(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        for number in range(130):
            server.submissions.append({"id": f"s{number}", "state": "scored"})
        assert [each.id for each in client.submissions(3)] == ["s129", "s128", "s127"]
        assert len(client.submissions(120)) == 120
        assert len(client.submissions(None)) == 130

    def test_shows_a_table(self, client: heldout.Client) -> None:
        client.submit([1, 2], name=EVIL)
        listed = client.submissions()
        assert "97.31%" in repr(listed)
        assert "\x1b" not in repr(listed)
        assert "<script" not in listed._repr_html_()
        assert "&lt;script&gt;" in listed._repr_html_()

    def test_says_when_there_is_none(self, client: heldout.Client) -> None:
        assert "no submissions" in repr(client.submissions())
        assert "No submissions" in client.submissions()._repr_html_()


class TestLeaderboard:
    def test_behaves_like_a_sequence(self, client: heldout.Client) -> None:
        standings = client.leaderboard()
        assert [each.participant for each in standings] == ["Grace", "Ada"]
        assert len(standings) == 2
        assert standings[1].score == 0.9731
        assert standings.to_dicts()[0]["rank"] == 1

    def test_pages(self, client: heldout.Client) -> None:
        assert [each.rank for each in client.leaderboard(limit=1, offset=1)] == [2]

    def test_shows_a_table(self) -> None:
        shown = repr(board(row(1, "Grace", 0.99)))
        assert "1 participant\n" in shown
        assert "   1  Grace  99.00%  2 conv            3" in shown

    def test_shows_title_margins_and_baselines_in_their_place(self) -> None:
        sure = {"low": 0.9683, "high": 0.9773}
        rows = [row(1, "Grace", 0.9731, interval=sure), row(2, "Ada", 0.88)]
        baselines = [{"name": "A linear model", "score": 0.91}, {"name": "Random", "score": 0.1}]
        standings = heldout.Leaderboard.from_json(
            {"competition": "mnist", "title": "Digits", "rows": rows, "baselines": baselines}
        )
        lines = repr(standings).splitlines()
        assert lines[0] == "Digits: accuracy on the public part, 2 participants"
        assert [line.split("  ")[0].strip() or line.split()[0] for line in lines[2:]] == [
            "1", "A", "2", "Random",
        ]  # fmt: skip
        assert "97.31% ± 0.45" in lines[2]
        assert "± 0.45" in standings._repr_html_()
        assert "A linear model" in standings._repr_html_()
        assert len(standings) == 2

    def test_a_later_page_has_only_the_baselines_below_its_rows(self) -> None:
        standings = heldout.Leaderboard.from_json(
            {
                "competition": "mnist",
                "rows": [row(101, "Zoe", 0.5)],
                "baselines": [{"name": "Linear", "score": 0.9}, {"name": "Random", "score": 0.1}],
            }
        )
        assert "Linear" not in repr(standings)
        assert "Random" in repr(standings)

    def test_escapes_names(self) -> None:
        standings = board(row(1, EVIL, 0.99, submission_name=EVIL, url="javascript:alert(1)"))
        assert "<script" not in standings._repr_html_()
        assert "href" not in standings._repr_html_()
        assert "\x1b" not in repr(standings)

    def test_says_when_it_is_empty(self) -> None:
        assert "no scores yet" in repr(board())
        assert "No scores yet" in board()._repr_html_()


class TestQuota:
    def test_says_what_is_left(self) -> None:
        quota = heldout.Quota.from_json(me("Ada")["quota"])
        assert str(quota) == (
            "97 of 100 submissions left today; starts again at 2026-11-23 00:00 UTC"
        )
        assert "97 of 100" in quota._repr_html_()

    def test_says_when_there_is_no_limit(self) -> None:
        quota = heldout.Quota.from_json({"per_day": None, "used_today": 3, "left_today": None})
        assert quota.is_unlimited
        assert "without limit" in repr(quota)


class TestRecords:
    def test_ignore_what_a_newer_server_adds(self) -> None:
        assert heldout.Competition.from_json(COMPETITION).slug == "mnist"
        assert "MNIST" in repr(heldout.Competition.from_json(COMPETITION))

    def test_me_without_a_score(self) -> None:
        document = {**me("Ada"), "best": None}
        assert "nothing scored yet" in repr(heldout.Me.from_json(document))


class TestBoardOfALoss:
    def test_puts_baselines_where_they_belong_and_writes_figures(self) -> None:
        board = heldout.Leaderboard.from_json(
            {
                "competition": "prices", "metric": "neg_root_mean_squared_error", "total": 2,
                "metric_label": "RMSE", "direction": "lower",
                "rows": [
                    row(1, "Grace", 2.5, score_text="2.500"),
                    row(2, "Ada", 4.0, score_text="4.000"),
                ],
                "baselines": [{"name": "A linear model", "score": 3.0, "score_text": "3.000"}],
            }
        )  # fmt: skip
        lines = repr(board).splitlines()
        assert lines[0] == "prices: RMSE (lower is better) on the public part, 2 participants"
        order = [
            name for line in lines[2:] for name in ("Grace", "A linear", "Ada") if name in line
        ]
        assert order == ["Grace", "A linear", "Ada"]
        assert "%" not in repr(board)
