"""A competition as Kaggle's command line has it: metadata, pages, data, solution."""

from __future__ import annotations

import json
from typing import Any

from heldout_server.contests.csv_table import read_table
from heldout_server.contests.dataset import slug_of
from heldout_server.contests.folder import Folder
from heldout_server.contests.foreign import Foreign, Taken, file_like, moment, text_of, whole
from heldout_server.contests.making import CannotMake
from heldout_server.contests.problems import Found

METADATA = "competition-metadata.json"
SETTINGS = "settings.json"
OVERVIEW_PAGES = ("description", "overview", "evaluation", "data-description", "data")
MOST_QUOTA, MOST_CHOICES = 10_000, 20


def kaggle(folder: Folder, taken: Taken) -> Foreign:
    """Everything but the metric, which no file of theirs names."""
    metadata, settings = _json(folder, METADATA), _json(folder, SETTINGS)
    title = str(metadata.get("title") or "").strip()
    found = Foreign(title=title or "Imported contest")
    if title:
        taken.taken.append(f"title: {title}")
    slug = str(metadata.get("slug") or "")
    found.slug = slug_of(slug) if slug else None
    brief = str(metadata.get("briefDescription") or "").strip()
    found.overview = "\n\n".join(part for part in (brief, *_pages(folder, taken)) if part)
    found.rules = _page(folder, "rules")
    if found.rules:
        taken.taken.append("rules")
    if str(metadata.get("privacy", "")).upper() in ("PRIVATE", "LIMITED"):
        taken.asked.append("It was private there: set who may join on the settings page.")
    _take_settings(found, settings, taken)
    found.train = file_like(folder, lambda n: n.startswith("train"))
    found.test = file_like(folder, lambda n: n.startswith("test"))
    found.labels = file_like(folder, lambda n: n.startswith("solution"))
    _take_names(found, folder, taken)
    return found


def _json(folder: Folder, name: str) -> dict[str, Any]:
    place = next((n for n in sorted(folder.names) if n.rpartition("/")[2] == name), None)
    if place is None:
        return {}
    try:
        found = json.loads((folder.root / place).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CannotMake(f"{name} is no JSON: {error}.") from None
    return found if isinstance(found, dict) else {}


def _pages(folder: Folder, taken: Taken) -> list[str]:
    found = [(name, _page(folder, name)) for name in OVERVIEW_PAGES]
    there = [name for name, text in found if text]
    if there:
        taken.taken.append(f"pages: {', '.join(there)}")
    return [text for _, text in found if text]


def _page(folder: Folder, name: str) -> str:
    for ending in (".md", ".html"):
        for place in (f"pages/{name}{ending}", f"{name}{ending}"):
            if text := text_of(folder, place):
                return text
    return ""


def _take_settings(found: Foreign, settings: dict[str, Any], taken: Taken) -> None:
    """What `kaggle competitions settings get` writes, where it lies there, too."""
    by_name = {key.casefold(): value for key, value in settings.items()}
    found.closes = moment(by_name.get("deadline") or by_name.get("deadlinedate") or "")
    found.opens = moment(by_name.get("enableddate") or by_name.get("startdate") or "")
    found.quota_per_day = whole(by_name.get("maxdailysubmissions", ""), MOST_QUOTA)
    found.final_choices = whole(by_name.get("numscoredsubmissions", ""), MOST_CHOICES)
    for name in ("opens", "closes", "quota_per_day", "final_choices"):
        if getattr(found, name) is not None:
            taken.taken.append(f"{name}: {getattr(found, name)}")


def _take_names(found: Foreign, folder: Folder, taken: Taken) -> None:
    """The sample submission names the id and the answers."""
    sample = file_like(folder, lambda n: n.startswith("sample") and "submission" in n)
    table = None if sample is None else read_table(sample, sample.name, Found())
    if table is None or len(table.columns) < 2:
        return
    names = list(table.columns)
    found.id, found.targets = names[0], tuple(names[1:])
    taken.taken.append(f"id: {names[0]}, to be predicted: {', '.join(names[1:])}")
