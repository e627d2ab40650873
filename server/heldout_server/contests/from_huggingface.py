"""A Hugging Face competition: the private repository with conf.json and solution.csv."""

from __future__ import annotations

import json
from typing import Any

from heldout_server.contests.folder import Folder
from heldout_server.contests.foreign import (
    Foreign,
    Taken,
    file_like,
    metric_named,
    moment,
    text_of,
    whole,
)
from heldout_server.contests.making import CannotMake
from heldout_server.tasks import catalogue
from heldout_server.tasks.metric import Direction

CONF = "conf.json"
TEXTS = ("COMPETITION_DESC.md", "DATASET_DESC.md", "SUBMISSION_DESC.md")
MOST_QUOTA, MOST_CHOICES = 10_000, 20


def huggingface(folder: Folder, taken: Taken) -> Foreign:
    """All of conf.json; the metric where it is scikit-learn's."""
    if CONF not in folder.names:
        raise CannotMake("There is no conf.json in the folder.")
    conf = _conf(folder)
    texts = [text_of(folder, name) for name in TEXTS]
    heading = next((line for line in texts[0].splitlines() if line.startswith("#")), "")
    title = heading.lstrip("# ").strip() or "Imported contest"
    found = Foreign(title=title, overview="\n\n".join(text for text in texts if text))
    taken.taken.extend(name for name, text in zip(TEXTS, texts, strict=True) if text)
    found.id = str(conf.get("SUBMISSION_ID_COLUMN") or "id")
    columns = [one.strip() for one in str(conf.get("SUBMISSION_COLUMNS") or "").split(",")]
    found.targets = tuple(one for one in columns if one and one != found.id)
    found.quota_per_day = whole(conf.get("SUBMISSION_LIMIT"), MOST_QUOTA)
    found.final_choices = whole(conf.get("SELECTION_LIMIT"), MOST_CHOICES)
    found.closes = moment(conf.get("END_DATE") or "")
    for name in ("quota_per_day", "final_choices", "closes"):
        if getattr(found, name) is not None:
            taken.taken.append(f"{name}: {getattr(found, name)}")
    _take_metric(found, conf, taken)
    found.labels = file_like(folder, lambda n: n.startswith("solution"))
    found.train = file_like(folder, lambda n: n.startswith("train"))
    found.test = file_like(folder, lambda n: n.startswith("test"))
    found.usage = "split"
    return found


def _conf(folder: Folder) -> dict[str, Any]:
    try:
        found = json.loads((folder.root / CONF).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CannotMake(f"conf.json is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise CannotMake("conf.json is no object.")
    return found


def _take_metric(found: Foreign, conf: dict[str, Any], taken: Taken) -> None:
    said = str(conf.get("EVAL_METRIC") or "")
    if said == "custom":
        said = str(conf.get("SCORING_METRIC") or said)
    found.metric = said or None
    name = metric_named(said)
    if name is None or "EVAL_HIGHER_IS_BETTER" not in conf:
        return
    higher = str(conf["EVAL_HIGHER_IS_BETTER"]).casefold() in ("1", "true")
    ours = catalogue.metric(name).direction is Direction.HIGHER
    if higher != ours:
        better = "higher" if higher else "lower"
        taken.asked.append(f"conf.json says that {better} is better, which isn't so of {name}.")
