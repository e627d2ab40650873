"""What a receipt says, sentence by sentence; the terminal and the notebook lay it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from heldout._render import NOTHING, plain

if TYPE_CHECKING:
    from heldout._submission import Submission

LONGEST_VALUE = 40
NO_CURVE = (
    "No training curve came along, so there is no diagnosis. Add it, at no cost: "
    "client.submit(model, history=history)"
)


def headline(submission: Submission) -> str:
    """The score with its margin, or the state in its place: "RMSE 3.21 ± 0.08, lower is better"."""
    error = submission.error
    if error is not None:
        return f"Not scored: {plain(error.detail)} [{plain(error.code)}]"
    if submission.status != "scored":
        return progress_line(submission)
    measure = submission.measure
    sure = measure.margin(submission.score, submission.raw.get("interval"))
    return measure.named(f"{score_text(submission)} {sure}".rstrip())


def score_text(submission: Submission) -> str:
    """The score as the server writes it, or as this client would; a dash without one."""
    told = submission.raw.get("score_text")
    return plain(told) if told else submission.measure.read(submission.score)


def progress_line(submission: Submission) -> str:
    """Where a submission is on its way to a score."""
    if submission.status == "received":
        return "Waiting for the file"
    if submission.status == "queued":
        place = submission.queue_position
        return "In the queue" if place is None else f"In the queue: place {place}"
    step = submission.raw.get("step")
    doing = {"parse": "reading the file", "predict": "predicting", "grade": "comparing"}
    return f"Scoring: {doing[step]}" if step in doing else "Scoring"


def counts(submission: Submission) -> str:
    """How many examples are wrong, where an example can be."""
    metrics: dict[str, Any] = submission.metrics or {}
    examples, wrong = metrics.get("examples"), metrics.get("error_count")
    if not examples or wrong is None:
        return ""
    split = plain(metrics.get("split", "public"))
    return f"{wrong:,} wrong of {examples:,} hidden examples, {split} part"


def rank(submission: Submission) -> str:
    """The place, and who is too close for it to mean anything."""
    if submission.rank is None:
        return ""
    of = f" of {submission.participants}" if submission.participants else ""
    return f"Rank {submission.rank}{of}{_luck(submission)}"


def _luck(submission: Submission) -> str:
    """By everybody's answers; until the server has compared those, by the two scores beside it."""
    low, high = submission.rank_low, submission.rank_high
    if low is not None and high is not None:
        return f", could be {low} to {high}: too close to call" if low < high else ""
    beside = submission.comparison or {}
    close = [each for each in (beside.get("above"), beside.get("below")) if each]
    named = [f"{plain(n['name'], 60)} (rank {n['rank']})" for n in close if n.get("is_close")]
    return f", too close to call with {' and '.join(named)}" if named else ""


def change(submission: Submission) -> str:
    """Against one's own best before."""
    best = submission.best or {}
    if not best:
        return ""
    previous, gain = best.get("previous_score"), best.get("change")
    if previous is None or gain is None:
        return "Your first score"
    measure = submission.measure
    before = f"your best before ({measure.read(previous)})"
    if gain == 0:
        return f"As good as {before}, which stays"
    verdict = "a new best for you" if best.get("is_new_best") else "your best stays"
    beside = submission.comparison or {}
    luck = " (too close to call)" if beside.get("is_close") and not beside.get("step") else ""
    return f"{measure.against(gain, previous, before)}: {verdict}{luck}"


def step(submission: Submission) -> str:
    """What it fixed and broke against one's best before, and whether that may be luck."""
    found = (submission.comparison or {}).get("step") or {}
    told = f"{plain(found.get('words') or '')} {plain(found.get('luck') or '')}"
    return told.strip().replace("against the best before", "against your best before")


def changes(submission: Submission) -> list[str]:
    """The hyperparameters that differ from the best before: `dropout – → 0.5`."""
    told = (submission.comparison or {}).get("changes") or []
    return [f"{plain(c['name'])} {_value(c['before'])} → {_value(c['now'])}" for c in told]


def _value(value: Any) -> str:
    if value is None:
        return NOTHING
    return f"{value:g}" if isinstance(value, float) else plain(value, LONGEST_VALUE)


def verdict(submission: Submission) -> tuple[str, str]:
    """What the curve shows, and by which numbers; two empty texts where nothing is known."""
    found = submission.diagnosis or {}
    if not found:
        return "", ""
    kind, meaning = plain(found.get("kind", "")), plain(found.get("meaning", ""))
    return f"{kind[:1].upper()}{kind[1:]}. {meaning}", plain(found.get("evidence") or "")


def remedies(submission: Submission) -> list[str]:
    """What to try next."""
    return [plain(each) for each in (submission.diagnosis or {}).get("remedies") or []][:2]


def remarks(submission: Submission) -> list[str]:
    """What else should be known."""
    error = submission.error
    lines = [f"What to do: {plain(error.hint)}"] if error is not None and error.hint else []
    if submission.status == "scored":
        lines += map(plain, preprocessing_lines(submission.receipt))
        lines += engine_lines(submission.receipt)
        lines += at_home_lines(submission.run_card)
    lines += [f"Note: {plain(warning)}" for warning in submission.warnings]
    lines += [f"Note: {plain(submission.notice)}"] if submission.notice else []
    reason = submission.raw.get("moderation_reason")
    if reason and reason != submission.notice:
        lines.append(f"The organizers say: {plain(reason)}")
    return lines


def missing_curve(submission: Submission) -> str:
    """How to get a diagnosis, for a scored model that came without its curve."""
    is_scored_model = submission.status == "scored" and submission.kind == "model"
    has_curve = bool((submission.run_card or {}).get("history"))
    return NO_CURVE if is_scored_model and not submission.diagnosis and not has_curve else ""


def quota_left(quota: Mapping[str, Any] | None) -> str:
    """How many are left, where there is a limit."""
    left = (quota or {}).get("left_today")
    if quota is None or left is None:
        return ""
    in_all = quota.get("left")
    if in_all is not None and in_all < left:
        return f"{in_all} of {quota.get('total')} submissions left in all"
    return f"{left} of {quota.get('per_day')} submissions left today"


def preprocessing_lines(receipt: Mapping[str, Any] | None) -> list[str]:
    """What was chosen for the pixels and what it brought, where the default wasn't kept."""
    reason = (receipt or {}).get("preprocessing_reason")
    return [str(reason)] if reason else []


def engine_lines(receipt: Mapping[str, Any] | None) -> list[str]:
    """What ran the model, where it wasn't TensorFlow."""
    told = receipt or {}
    if told.get("engine") != "onnxruntime":
        return []
    if not told.get("saved_with"):
        return ["Scored by ONNX Runtime."]  # an ONNX file: Keras has saved all others
    return ["Scored by ONNX Runtime, which computes plain layers as TensorFlow does."]


def at_home_lines(card: Mapping[str, Any] | None) -> list[str]:
    """That its predictions were made at home, and by what."""
    told = (card or {}).get("predicted_at_home")
    if not isinstance(told, Mapping) or not told.get("framework"):
        return []
    return [f"Predicted at home by {plain(told.get('model'))} ({plain(told['framework'])})"]


def joined_changes(told: Sequence[str]) -> str:
    """All that was set differently, on one line."""
    return f"Changed against your best: {', '.join(told)}" if told else ""
