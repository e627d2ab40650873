"""contest.toml with its types: what a contest is called, what is predicted, from what, by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from heldout_runner.variants import AUTO, PREPROCESSING
from heldout_server.competitions.validation import (
    LARGEST_NUMBER,
    LONGEST_TITLE,
    MOST_FINAL_CHOICES,
    MOST_FURTHER,
    SLUG,
)
from heldout_server.contests.problems import CONTEST_FILE, Found, quoted, short
from heldout_server.contests.toml_reader import TableReader
from heldout_server.contests.toml_text import TomlText
from heldout_server.finals.rasterization import LARGEST_BOX, SMALLEST_BOX, Centre
from heldout_server.tasks import catalogue
from heldout_server.tasks.additions import UnusableMetric
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Metric

FORMAT = "heldout.contest/1"
MOST_CLASSES = 1_000
MOST_OUTPUTS = 64
WAYS = (*PREPROCESSING, AUTO)
KEYS = {
    "": ("format", "title", "slug", "task", "data", "models", "rules", "drawings"),
    "task": ("kind", "metric", "also", "classes", "positive"),
    "data": (
        "train", "practice", "test", "labels", "file", "id", "target", "group", "labels_are",
    ),
    "models": ("columns", "preprocessing"),
    "rules": ("public_fraction", "quota_per_day", "final_choices", "opens", "closes"),
    "drawings": ("box", "centre"),
}  # fmt: skip
TABLES = ("train", "practice", "test", "labels")


@dataclass(frozen=True)
class TaskPart:
    """`[task]`. `also` and `metric` are names as written; those that can't be had are left out."""

    kind: Kind | None
    metric: str | None
    also: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None
    positive: str | None = None


@dataclass(frozen=True)
class DataPart:
    """`[data]`: names of files and columns. `id` None: a column of that name where there is one."""

    train: str | None = None
    practice: str | None = None
    test: str | None = None
    labels: str | None = None
    file: str | None = None
    id: str | None = None
    target: tuple[str, ...] = ()
    group: str | None = None
    labels_are: str | None = None


@dataclass(frozen=True)
class ModelsPart:
    """`[models]`. `preprocessing` as contests keep it; None: what the kind of data suggests."""

    columns: tuple[str, ...] | None = None
    preprocessing: str | None = None


@dataclass(frozen=True)
class RulesPart:
    """`[rules]`; None: what the server does otherwise."""

    public_fraction: float | None = None
    quota_per_day: int | None = None
    final_choices: int | None = None
    opens: datetime | None = None
    closes: datetime | None = None


@dataclass(frozen=True)
class DrawingsPart:
    """`[drawings]`: how images hold what is drawn in a final; None: as MNIST's do."""

    box: int | None = None
    centre: str | None = None


@dataclass(frozen=True)
class ContestFile:
    """All of contest.toml. `models` None: prediction files only."""

    title: str
    slug: str | None
    task: TaskPart
    data: DataPart
    models: ModelsPart | None
    rules: RulesPart
    drawings: DrawingsPart
    text: TomlText

    def line(self, *path: str) -> int | None:
        """The line on which a key, or the table that it is in, stands."""
        return self.text.line(*path)


def read(text: TomlText, found: Found, *, now: datetime) -> ContestFile:
    """Read every key, noting what is missing, unknown or can't be."""
    top = TableReader(text, (), dict(text.values), found)
    top.check_names(KEYS[""])
    _check_format(top, found)
    title = top.text("title", needed=True, longest=LONGEST_TITLE)
    slug = top.text("slug")
    if slug is not None and not SLUG.fullmatch(slug):
        top.note("value_range", "slug", "An address is made of a-z, 0-9 and dashes, at most 60.")
        slug = None
    parts = {name: top.table(name, KEYS[name]) for name in KEYS if name}
    models = _models(parts["models"]) if "models" in text.values else None
    return ContestFile(
        title=title or "",
        slug=slug,
        task=_task(parts["task"], found),
        data=_data(parts["data"], found),
        models=models,
        rules=_rules(parts["rules"], now),
        drawings=_drawings(parts["drawings"]),
        text=text,
    )


def _check_format(top: TableReader, found: Found) -> None:
    said = top.text("format", needed=True)
    if said is not None and said != FORMAT:
        top.note(
            "format_unknown", "format", f"This version reads “{FORMAT}”, not “{short(said)}”.",
            f'format = "{FORMAT}"',
        )  # fmt: skip


def _task(part: TableReader, found: Found) -> TaskPart:
    word = part.choice("kind", tuple(Kind), needed=True)
    kind = Kind(word) if word else None
    metric = part.text("metric", needed=True)
    also = part.texts("also", most=MOST_FURTHER) or ()
    known = metric if metric and _metric(part, "metric", metric, kind) else None
    classes = part.texts("classes", numbers=True)
    positive = part.text("positive", numbers=True)
    if kind is not None:
        classes = _checked_classes(part, kind, classes)
    if positive is not None and kind not in (Kind.BINARY, None):
        part.note("key_unknown", "positive", f"A {kind} task has no positive class.", "Remove it.")
        positive = None
    if positive is not None and classes is not None and positive not in classes:
        part.note(
            "positive_unknown", "positive", f"“{short(positive)}” is none of {quoted(classes)}.",
            "Name one of the two classes.",
        )  # fmt: skip
        positive = None
    further = tuple(dict.fromkeys(one for one in also if _metric(part, "also", one, kind)))
    return TaskPart(kind, known, further, classes, positive)


def _metric(part: TableReader, key: str, name: str, kind: Kind | None) -> Metric | None:
    """The metric of this name; None, and noted, where there is none that the task can have."""
    try:
        found = catalogue.metric(name)
    except (catalogue.UnknownMetric, UnusableMetric) as error:
        hint = "" if kind is None else f"It is one of: {_usable(kind)}."
        part.note("metric_unknown", key, str(error), hint)
        return None
    if kind is not None and kind not in found.kinds:
        part.note(
            "metric_unsuitable", key, f"A {kind} task can't be measured by {found.name}.",
            f"It is one of: {_usable(kind)}.",
        )  # fmt: skip
        return None
    return found


def _usable(kind: Kind) -> str:
    return ", ".join(one.name for one in catalogue.for_kind(kind))


def _checked_classes(
    part: TableReader, kind: Kind, classes: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    if classes is None:
        return None
    if kind in (Kind.MULTILABEL, Kind.REGRESSION):
        part.note(
            "key_unknown", "classes", f"A {kind} task has no classes.",
            "Its outputs are the columns of `target`; remove `classes`.",
        )  # fmt: skip
        return None
    twice = [name for name in dict.fromkeys(classes) if classes.count(name) > 1]
    if twice:
        part.note("classes_twice", "classes", f"{quoted(twice)} is named twice.", "Name it once.")
        classes = tuple(dict.fromkeys(classes))
    if not count_fits(part.found, kind, len(classes), CONTEST_FILE, part.line("classes")):
        return None
    return classes


def count_fits(found: Found, kind: Kind, classes: int, file: str, line: int | None) -> bool:
    """Whether a task of this kind can have so many classes; noted where not."""
    if classes > MOST_CLASSES:
        what = f"{classes:,} classes are more than {MOST_CLASSES:,}."
        cure = 'For numbers to be predicted, set kind = "regression"; else join rare classes.'
        found.add("classes_many", file, line, what, cure)
    elif kind is Kind.BINARY and classes != 2:
        cure = 'Set kind = "multiclass".' if classes > 2 else "Give examples of both."
        found.add("classes_few", file, line, f"A binary task has 2 classes, not {classes}.", cure)
    elif classes < 2:
        what = f"There {'is' if classes == 1 else 'are'} {classes} of the two classes needed."
        found.add("classes_few", file, line, what, "Give examples of every class.")
    else:
        return True
    return False


def _data(part: TableReader, found: Found) -> DataPart:
    files = {name: part.text(name) for name in (*TABLES, "file")}
    target = part.texts("target", single=True) or ()
    if len(target) > MOST_OUTPUTS:
        part.note("outputs_many", "target", f"{len(target)} outputs are more than {MOST_OUTPUTS}.")
    if len(set(target)) < len(target):
        part.note("column_twice", "target", "A target is named twice.", "Name it once.")
        target = tuple(dict.fromkeys(target))
    _check_sources(part, files)
    return DataPart(
        **files,
        id=part.text("id"),
        target=target,
        group=part.text("group"),
        labels_are=part.choice("labels_are", ("secret", "public")),
    )


def _check_sources(part: TableReader, files: dict[str, str | None]) -> None:
    """Either arrays in one file, or train, test and labels."""
    if files["file"] is not None:
        both = [name for name in ("train", "practice", "test") if files[name] is not None]
        for name in both:
            part.note("data_twice", name, f"`file` has all arrays, so `{name}` has no place.",
                      "Keep one of the two.")  # fmt: skip
        return
    for name in ("train", "test", "labels"):
        if files[name] is None and not part.is_broken(name):
            part.note(
                "key_missing", name, f"`{name}` isn't named, nor `file`.",
                f'{name} = "{name}.csv", or file = "data.npz"',
            )  # fmt: skip
    named = [name for name in files.values() if name is not None]
    for name in dict.fromkeys(named):
        if named.count(name) > 1:
            part.note("data_twice", "train", f"“{short(name)}” is named for two things.")


def _models(part: TableReader) -> ModelsPart:
    return ModelsPart(part.texts("columns"), part.choice("preprocessing", WAYS))


def _drawings(part: TableReader) -> DrawingsPart:
    box = part.whole("box", SMALLEST_BOX, LARGEST_BOX)
    return DrawingsPart(box, part.choice("centre", tuple(Centre)))


def _rules(part: TableReader, now: datetime) -> RulesPart:
    opens, closes = part.moment("opens"), part.moment("closes")
    if opens is not None and closes is not None and closes <= opens:
        part.note("dates_order", "closes", "It closes before it opens.", "Set `closes` later.")
    elif closes is not None and closes <= now:
        part.note("closes_past", "closes", "It is closed already.", "Set `closes` later.")
    return RulesPart(
        public_fraction=part.number("public_fraction", 0, 1, whole=False, open_ended=True),
        quota_per_day=part.whole("quota_per_day", 1, LARGEST_NUMBER),
        final_choices=part.whole("final_choices", 1, MOST_FINAL_CHOICES),
        opens=opens,
        closes=closes,
    )
