"""Submitting prediction files over the API, from opening to the board."""

import hashlib
from uuid import uuid4

import numpy as np
import pytest
from sqlmodel import Session, select

from heldout_server.models import Competition, Submission, Upload
from participant import npy
from sandbox.cases import keras_files


def change_competition(installed, **values):
    with installed.database.write() as session:
        competition = session.execute(select(Competition)).scalar_one()
        for name, value in values.items():
            setattr(competition, name, value)
        session.add(competition)


def rows(session: Session, table) -> int:
    return len(session.execute(select(table)).scalars().all())


def stored_files(installed) -> list:
    return [path for path in installed.folders.blobs.rglob("*") if path.is_file()]


def saved_model(folder, time: str) -> bytes:
    """One model, as `model.save` would write it at this time."""
    metadata = {"keras_version": "3.15.1", "date_saved": time}
    content = keras_files.weights(dense=keras_files.dense_weights(784, 10))
    path = folder / "model.keras"
    return keras_files.archive(
        path, keras_files.classifier(), content, metadata=metadata
    ).read_bytes()


class TestSubmit:
    def test_scores_a_perfect_file(self, join, labels):
        shown = join().submit(npy(labels))
        assert shown["state"] == "scored"
        assert shown["score"] == 1.0
        assert shown["rank"] == 1
        assert shown["participants"] == 1
        assert shown["verdict"]["code"] == "scored"
        assert shown["best"] == {"previous_score": None, "change": None, "is_new_best": True}

    def test_refuses_labels_where_the_metric_needs_more(self, join, labels, installed):
        change_competition(installed, metric="neg_log_loss")
        shown = join().submit(npy(labels))
        assert shown["verdict"]["code"] == "unsuitable"
        assert shown["verdict"]["detail"] == (
            "Log loss needs probabilities, and this file has labels alone."
        )
        assert "model.predict(x_test)" in shown["verdict"]["hint"]

    def test_scores_the_public_half_only(self, join, labels, public):
        wrong_in_private = np.where(public, labels, (labels + 1) % 10)
        shown = join().submit(npy(wrong_in_private))
        assert shown["score"] == 1.0
        assert shown["metrics"]["examples"] == int(public.sum())

    def test_gives_the_same_number_as_a_recomputation(self, join, labels, public):
        predicted = labels.copy()
        predicted[::7] = (predicted[::7] + 3) % 10
        shown = join().submit(npy(predicted))
        assert shown["score"] == float(np.mean(predicted[public] == labels[public]))
        assert shown["metrics"]["error_count"] == int((predicted[public] != labels[public]).sum())

    def test_takes_probabilities(self, join, labels):
        values = np.full((len(labels), 10), 0.01)
        values[np.arange(len(labels)), labels] = 0.91
        shown = join().submit(npy(values))
        assert shown["receipt"]["output"] == "probabilities"
        assert shown["score"] == 1.0

    def test_stores_the_run_card_as_it_came(self, join, labels):
        card = {"hyperparameters": {"optimizer": "Adam", "ours": [1, None]}, "notes": "é"}
        assert join().submit(npy(labels), run_card=card)["run_card"] == card

    def test_says_what_changed_against_ones_best(self, join, labels):
        ada = join()
        half = labels.copy()
        half[::2] = (half[::2] + 1) % 10
        first = ada.submit(npy(half))
        second = ada.submit(npy(labels))
        assert second["best"]["previous_score"] == first["score"]
        assert second["best"]["change"] == pytest.approx(1.0 - first["score"])
        assert second["best"]["is_new_best"] is True

    def test_a_rejected_file_is_explained_and_costs_nothing(self, join, labels):
        ada = join()
        shown = ada.submit(npy(labels[:100]))
        assert shown["state"] == "rejected"
        assert shown["verdict"]["code"] == "row_count"
        assert shown["verdict"]["hint"]
        assert shown["score"] is None
        assert ada.get("/me/quota").json()["used_today"] == 0


class TestIdempotency:
    def test_the_same_key_opens_one_submission(self, join, labels):
        ada, key = join(), str(uuid4())
        first, second = ada.open(npy(labels), key=key), ada.open(npy(labels), key=key)
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json()["id"] == second.json()["id"]
        assert second.json()["state"] == "received"

    def test_the_same_key_after_scoring_gives_that_submission(self, join, labels):
        ada, key = join(), str(uuid4())
        scored = ada.submit(npy(labels), key=key)
        again = ada.open(npy(labels), key=key)
        assert again.status_code == 200
        assert again.json()["id"] == scored["id"]
        assert again.json()["duplicate_of"] is None

    def test_an_upload_sent_twice_counts_once(self, join, labels, installed):
        ada, content = join(), npy(labels)
        opened = ada.open(content).json()
        assert ada.upload(opened["id"], content).status_code == 202
        assert ada.upload(opened["id"], content).status_code == 200
        with installed.database.read() as session:
            assert rows(session, Submission) == 1

    def test_two_participants_may_use_the_same_key(self, join, labels):
        key = str(uuid4())
        ada, bob = join("Ada"), join("Bob")
        assert (
            ada.open(npy(labels), key=key).json()["id"]
            != bob.open(npy(labels), key=key).json()["id"]
        )

    def test_the_same_bytes_are_recognised(self, join, labels, installed):
        ada = join()
        first = ada.submit(npy(labels), name="first")
        again = ada.submit(npy(labels), name="again")
        assert again["id"] == first["id"] == again["duplicate_of"]
        assert "“first”" in again["notice"]
        with installed.database.read() as session:
            assert rows(session, Submission) == 1
            assert rows(session, Upload) == 0

    def test_the_same_bytes_are_recognised_without_a_digest(self, join, labels, installed):
        ada = join()
        first = ada.submit(npy(labels))
        opened = ada.open(npy(labels), sha256=None).json()
        uploaded = ada.upload(opened["id"], npy(labels))
        assert uploaded.status_code == 200
        assert uploaded.json()["duplicate_of"] == first["id"]
        with installed.database.read() as session:
            assert rows(session, Upload) == 0

    def test_a_model_saved_again_is_recognised(self, join, installed, tmp_path):
        """The archive holds the time: other bytes, the same model."""
        ada, first = join(), saved_model(tmp_path, "12:00")
        opened = ada.open(first, kind="model", name="first").json()
        ada.upload(opened["id"], first)
        again = saved_model(tmp_path, "12:01")
        assert again != first
        answer = ada.upload(ada.open(again, kind="model").json()["id"], again)
        assert answer.status_code == 200
        assert answer.json()["duplicate_of"] == opened["id"]
        assert "exactly this model" in answer.json()["notice"]
        with installed.database.read() as session:
            assert (rows(session, Submission), rows(session, Upload)) == (1, 0)
        assert ada.get("/me/quota").json()["used_today"] == 1

    def test_a_model_without_a_name_is_called_by_its_layers(self, join, tmp_path):
        ada, content = join(), saved_model(tmp_path, "12:00")
        opened = ada.open(content, kind="model", filename="model.keras").json()
        assert ada.upload(opened["id"], content).json()["name"] == "Dense 10 · 7.8 k"

    @pytest.mark.parametrize("changes", [{"preprocessing": "0-255"}, {"kind": "predictions"}])
    def test_a_model_saved_again_for_something_else_is_new(self, join, tmp_path, changes):
        ada, first = join(), saved_model(tmp_path, "12:00")
        ada.upload(ada.open(first, kind="model").json()["id"], first)
        again = saved_model(tmp_path, "12:01")
        opened = ada.open(again, **{"kind": "model", **changes}).json()
        assert ada.upload(opened["id"], again).status_code == 202

    @pytest.mark.parametrize(
        ("asked", "used"), [("auto", "standardize"), ("none", "none"), ("0-255", "0-255")]
    )
    def test_a_model_is_prepared_as_the_contest_says_unless_somebody_says_more(
        self, join, installed, tmp_path, asked, used
    ):
        change_competition(installed, preprocessing="standardize")
        ada, content = join(), saved_model(tmp_path, "12:00")
        opened = ada.open(content, kind="model", preprocessing=asked).json()
        ada.upload(opened["id"], content)
        with installed.database.read() as session:
            assert session.execute(select(Submission.preprocessing)).scalar_one() == used
        again = ada.open(content, kind="model", preprocessing=used).json()
        assert again["duplicate_of"] == opened["id"]

    def test_somebody_elses_model_is_no_duplicate(self, join, tmp_path):
        for name in ("Ada", "Bob"):
            who, content = join(name), saved_model(tmp_path, name)
            opened = who.open(content, kind="model").json()
            assert who.upload(opened["id"], content).status_code == 202

    def test_somebody_elses_bytes_are_no_duplicate(self, join, labels):
        join("Ada").submit(npy(labels))
        assert join("Bob").submit(npy(labels))["duplicate_of"] is None

    def test_a_rejected_file_may_be_sent_again(self, join):
        ada = join()
        first, again = ada.submit(npy([1, 2])), ada.submit(npy([1, 2]))
        assert first["id"] != again["id"]


class TestBrokenUpload:
    @pytest.mark.parametrize("sent", [b"short", b"x" * 10_000])
    def test_leaves_no_file_and_no_row(self, join, labels, installed, sent):
        ada = join()
        opened = ada.open(npy(labels)).json()
        answer = ada.upload(opened["id"], sent)
        assert answer.status_code == 422
        assert answer.json()["code"] == "validation"
        assert stored_files(installed) == []
        with installed.database.read() as session:
            assert rows(session, Submission) == 0
        assert ada.get("/me/submissions").json()["submissions"] == []

    def test_other_bytes_than_announced_are_refused(self, join, labels, installed):
        ada, content = join(), npy(labels)
        opened = ada.open(content).json()
        flipped = bytes([*content[:-1], content[-1] ^ 1])
        assert ada.upload(opened["id"], flipped).json()["code"] == "validation"
        assert stored_files(installed) == []

    def test_can_be_sent_again(self, join, labels):
        ada, content = join(), npy(labels)
        opened = ada.open(content).json()
        ada.upload(opened["id"], content[:50])
        assert ada.wait(ada.upload(opened["id"], content).json())["state"] == "scored"

    def test_an_opening_expires(self, join, labels, installed, clock):
        from heldout_server.submissions.sweep import SweepRules, sweep

        ada = join()
        opened = ada.open(npy(labels)).json()
        clock.advance(minutes=16)
        with installed.database.write() as session:
            sweep(session, now=clock(), rules=SweepRules())
        assert ada.upload(opened["id"], npy(labels)).json()["code"] == "not_found"


class TestRefusals:
    """Each comes before a byte of the file is read."""

    def test_without_a_token(self, api):
        answer = api.post("/api/v1/submissions", headers={"Idempotency-Key": "x" * 8}, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")

    def test_with_a_wrong_token(self, api):
        headers = {"Authorization": "Bearer hp_wrong", "Idempotency-Key": "x" * 8}
        assert api.post("/api/v1/submissions", headers=headers, json={}).status_code == 401

    def test_an_empty_file(self, join):
        problem = join().open(b"").json()
        assert problem["code"] == "file_empty"
        assert problem["hint"] == "Save again; the file has 0 bytes."

    def test_a_file_too_large(self, join):
        answer = join().open(b"x", size_bytes=10**9)
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")

    def test_a_body_too_large_by_its_header(self, join, labels):
        ada = join()
        opened = ada.open(npy(labels)).json()
        answer = ada.upload(opened["id"], b"x" * (17 * 1024 * 1024))
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")

    def test_a_kind_that_is_not_taken(self, join, installed):
        ada = join()
        change_competition(installed, kinds=["predictions"])
        answer = ada.open(b"x", kind="model")
        assert (answer.status_code, answer.json()["code"]) == (415, "kind_not_accepted")

    def test_before_the_opening(self, join, installed, clock):
        ada = join()
        change_competition(installed, opens_at=clock.now.replace(hour=20))
        answer = ada.open(b"x").json()
        assert answer["code"] == "not_open_yet"
        assert "20:00" in answer["detail"]

    def test_after_the_close_in_the_rooms_zone(self, join, installed, clock):
        ada = join()
        change_competition(installed, closes_at=clock.now, timezone="America/Toronto")
        answer = ada.open(b"x").json()
        assert answer["code"] == "competition_closed"
        assert "13:00" in answer["detail"]
        assert "America/Toronto" in answer["detail"]

    def test_what_was_opened_in_time_counts(self, join, installed, clock, labels):
        ada = join()
        change_competition(installed, closes_at=clock.now.replace(minute=5))
        opened = ada.open(npy(labels)).json()
        clock.advance(minutes=6)
        assert ada.wait(ada.upload(opened["id"], npy(labels)).json())["state"] == "scored"

    def test_too_many_attempts(self, join, installed):
        ada = join()
        change_competition(installed, attempts_per_minute=3)
        answers = [ada.open(b"x", sha256=None) for _ in range(4)]
        assert [a.status_code for a in answers] == [201, 201, 201, 429]
        assert answers[-1].json()["code"] == "rate_limited"
        assert int(answers[-1].headers["Retry-After"]) >= 1

    def test_somebody_elses_submission(self, join, labels):
        shown = join("Ada").submit(npy(labels))
        bob = join("Bob")
        assert bob.get(f"/submissions/{shown['id']}").json()["code"] == "not_found"
        assert bob.post(f"/submissions/{shown['id']}/withdraw").json()["code"] == "not_found"
        assert bob.upload(shown["id"], b"x").json()["code"] == "not_found"

    def test_a_huge_run_card(self, join):
        """Refused by name; the submission that it came with is opened all the same."""
        answer = join().open(b"x", run_card={"history": {"loss": [0.123456789] * 100_000}})
        assert answer.status_code == 201
        assert "The run card was not kept" in answer.json()["notice"]

    def test_a_run_card_beyond_all_measure(self, join):
        answer = join().open(b"x", run_card={"notes": "x" * 9_000_000})
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert "leave out the longest series" in answer.json()["hint"]

    @pytest.mark.parametrize(
        "changes",
        [{"size_bytes": -1}, {"size_bytes": "many"}, {"sha256": "no"}, {"kind": 5}, {"name": []}],
    )
    def test_a_nonsensical_request(self, join, changes):
        answer = join().open(b"x", **changes)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")

    def test_a_missing_idempotency_key(self, api, join):
        answer = api.post("/api/v1/submissions", headers=join().headers, json={"kind": "model"})
        assert answer.status_code == 422


class TestQuota:
    def test_only_scored_and_running_ones_count(self, join, labels, installed):
        change_competition(installed, quota_per_day=2)
        ada = join()
        ada.submit(npy([1]))
        ada.submit(npy(labels))
        quota = ada.get("/me/quota").json()
        assert (quota["used_today"], quota["left_today"]) == (1, 1)

    def test_refuses_when_used_up_and_says_when_it_resets(self, join, labels, installed, clock):
        change_competition(installed, quota_per_day=1, timezone="America/Toronto")
        ada = join()
        ada.submit(npy(labels))
        answer = ada.open(npy((labels + 1) % 10))
        assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
        assert "11 h 00 min" in answer.json()["hint"]
        clock.advance(hours=11)
        assert ada.open(npy((labels + 1) % 10)).status_code == 201

    def test_withdrawing_refunds_nothing(self, join, labels, installed):
        change_competition(installed, quota_per_day=1)
        ada = join()
        shown = ada.submit(npy(labels))
        ada.post(f"/submissions/{shown['id']}/withdraw")
        assert ada.get("/me/quota").json()["left_today"] == 0

    def test_opened_ones_cannot_pass_the_limit_together(self, join, labels, installed):
        change_competition(installed, quota_per_day=1)
        ada = join()
        contents = [npy((labels + shift) % 10) for shift in range(3)]
        opened = [ada.open(content).json() for content in contents]
        answers = [ada.upload(o["id"], c) for o, c in zip(opened, contents, strict=True)]
        assert [a.status_code for a in answers] == [202, 429, 429]

    def test_unlimited_says_so(self, join, installed):
        change_competition(installed, quota_per_day=None)
        assert join().get("/me/quota").json()["left_today"] is None


class TestLooking:
    def test_a_wait_returns_when_the_state_changes(self, join, labels):
        ada, content = join(), npy(labels)
        opened = ada.open(content).json()
        assert ada.upload(opened["id"], content).headers["X-Request-ID"]
        assert ada.wait(opened)["state"] == "scored"

    def test_an_unfinished_one_says_when_to_look_again(self, join, labels):
        ada = join()
        answer = ada.get(f"/submissions/{ada.open(npy(labels)).json()['id']}")
        assert answer.json()["state"] == "received"
        assert int(answer.headers["Retry-After"]) >= 1

    def test_lists_ones_own_newest_first_in_pages(self, join, labels):
        ada = join("Ada")
        sent = [ada.submit(npy((labels + shift) % 10))["id"] for shift in range(3)]
        join("Bob").submit(npy(labels))
        first = ada.get("/me/submissions", limit=2).json()
        rest = ada.get("/me/submissions", limit=2, before=first["next"]).json()
        found = [s["id"] for s in first["submissions"] + rest["submissions"]]
        assert found == sent[::-1]
        assert rest["next"] is None


class TestDigests:
    def test_the_digest_is_of_the_bytes(self, join, labels):
        content = npy(labels)
        shown = join().submit(content)
        assert shown["sha256"] == hashlib.sha256(content).hexdigest()


def test_participants_name_and_file_names_are_only_shown(join, labels):
    """A file name is text to show, never a path."""
    shown = join().submit(npy(labels), filename="../../etc/passwd\n<b>.npy")
    assert shown["filename"] == "passwd b .npy"
