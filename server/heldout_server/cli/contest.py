"""`heldout-server contest …`: contests as folders, made, checked, opened and written out again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from heldout_server.acts import audit_log
from heldout_server.competitions import queries as competitions
from heldout_server.competitions import schedule
from heldout_server.contests import (
    adding,
    drawn_folder,
    folder_export,
    importing,
    making,
    templates,
)
from heldout_server.contests.check import Examined, examine
from heldout_server.contests.folder_writing import NotEmpty
from heldout_server.contests.making import CannotMake
from heldout_server.contests.problems import Problem, Refused, refusing
from heldout_server.datasets.loaded import DatasetError
from heldout_server.finals import drawings
from heldout_server.grading import LabelStoreError
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition
from heldout_server.processes import installation
from heldout_server.processes.installation import Installation, InstallationError
from heldout_server.tasks import catalogue, figure

app = typer.Typer(help="Contests as folders: make, check, open, write out.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
errors = Console(highlight=False, soft_wrap=True, stderr=True)

FAILED = 1
FolderIn = Annotated[Path, typer.Argument(help="A contest's folder, or a zip of it.")]
FolderOut = Annotated[Path, typer.Argument(help="A folder that isn't there yet, or is empty.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Data = Annotated[Path | None, typer.Option(help="The server's data folder; else HELDOUT_DATA.")]


@app.command()
def check(folder: FolderIn, as_json: AsJson = False) -> None:
    """Check a folder: every problem in one list. No server is needed; nothing in it is run.

    Exit 0: fine, perhaps with warnings. Exit 1: problems.
    """
    examined = _examined(folder)
    if as_json:
        typer.echo(_json([problem.to_dict() for problem in examined.problems]))
    else:
        _show(examined.problems)
        _show_reached(examined)
    raise typer.Exit(FAILED if refusing(examined.problems) else 0)


@app.command()
def add(
    folder: FolderIn,
    slug: Annotated[str | None, typer.Option(help="Its address, instead of the folder's.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check a folder and open its contest, by its rules; also while the server runs."""
    with _refusals("Nothing was added", as_json), errors.status("Checking …") as status:
        opened = adding.open_contest(
            _installation(data),
            folder,
            actor=audit_log.AT_THE_TERMINAL,
            now=installation.utc_now(),
            changes={"slug": slug} if slug else None,
            step=lambda what: status.update(f"{what[:1].upper()}{what[1:]} …"),
        )
    made = opened.competition
    if as_json:
        warnings = [problem.to_dict() for problem in opened.warnings]
        typer.echo(_json({**_facts(made), "problems": warnings}))
        return
    _show(opened.warnings)
    console.print(f"“{made.title}” is added at /c/{made.slug}", markup=False)
    console.print(f"Join code  {made.join_code}", markup=False)


@app.command()
def export(
    slug: Annotated[str, typer.Argument(help="The contest's address.")],
    folder: FolderOut,
    data: Data = None,
) -> None:
    """Write a contest to a folder: data, hidden labels, split and rules; no people, no files."""
    with _refusals("Nothing was written"):
        installed = _installation(data)
        with installed.database.read() as session:
            competition = competitions.by_slug(session, slug)
            session.expunge(competition)
        folder_export.export(installed, competition, folder)
    console.print(f"{folder}: the contest “{slug}”. It holds the hidden labels.", markup=False)


@app.command()
def drawn(
    slug: Annotated[str, typer.Argument(help="The contest's address.")],
    folder: FolderOut,
    data: Data = None,
) -> None:
    """Write what the class drew in its final to a folder: a contest for the next class."""
    with _refusals("Nothing was written"):
        installed = _installation(data)
        with installed.database.read() as session:
            competition = competitions.by_slug(session, slug)
            found = drawings.whole(session, competition.id or 0)
            session.expunge_all()
        written = drawn_folder.write_drawn(installed.datasets, competition, found, folder)
    console.print(f"{folder}: {written} drawings, with their labels.", markup=False)


@app.command("list")
def list_contests(data: Data = None, as_json: AsJson = False) -> None:
    """List the contests of this server."""
    with _refusals("Can't list"):
        installed = _installation(data)
        with installed.database.read() as session:
            found = competitions.current(session)
            now = installation.utc_now()
            lines = [
                {**_facts(one), "phase": str(schedule.phase(one, now)),
                 "kind": str(competitions.task_of(session, one).kind)}
                for one in found
            ]  # fmt: skip
    if as_json:
        typer.echo(_json(lines))
        return
    for line in lines:
        shown = [line[name] for name in ("slug", "kind", "metric", "phase", "title")]
        console.print("  ".join(str(one) for one in shown), markup=False)
    if not lines:
        console.print("There is no contest yet: heldout-server contest add FOLDER")


@app.command()
def new(
    folder: FolderOut,
    source: Annotated[
        Path, typer.Option("--from", help="One table or npz with the answers in it.")
    ],
    target: Annotated[
        list[str] | None, typer.Option(help="The column to be predicted; again for several.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Rows of one value stay together.")] = None,
    title: Annotated[
        str | None, typer.Option(help="What it is called; else the file's name.")
    ] = None,
    metric: Annotated[str | None, typer.Option(help="Else the usual one of its kind.")] = None,
    kind: Annotated[str | None, typer.Option(help="Else it is guessed from the answers.")] = None,
    hidden: Annotated[float, typer.Option(help="Share of the rows to hide.")] = 0.3,
    id_column: Annotated[
        str | None, typer.Option("--id", help="A column of ids to keep; else rows are numbered.")
    ] = None,
) -> None:
    """Make a folder from one file: a hidden set is drawn by a secret seed."""
    wanted = making.Wanted(
        targets=tuple(target or ()), group=group, title=title, metric=metric, kind=kind,
        hidden=hidden, id=id_column,
    )  # fmt: skip
    with _refusals("Nothing was made"):
        made = making.new(source, folder, wanted)
    for line in made.lines:
        console.print(line, markup=False)
    console.print(f"Next: heldout-server contest check {folder}", markup=False)


@app.command("templates")
def list_templates(
    name: Annotated[
        str | None, typer.Argument(help="One of them, or a folder for all; without: a list.")
    ] = None,
    folder: Annotated[Path | None, typer.Argument(help="Where to write it.")] = None,
    path: Annotated[
        Path | None, typer.Option("--from", help="mnist and fashion-mnist: npz or IDX folder.")
    ] = None,
) -> None:
    """List the contests that come with Heldout, or write one of them (or all) as folders."""
    if name is None:
        for one in templates.TEMPLATES.values():
            console.print(f"{one.name:14} {one.words}", markup=False)
        console.print("\nheldout-server contest templates NAME FOLDER writes one.")
        return
    for one_name, target in _templates_to_write(name, folder):
        with _refusals("Nothing was written"):
            templates.write(one_name, target, source=path, settings=Settings())
        console.print(f"{target}: the template “{one_name}”.", markup=False)


def _templates_to_write(name: str, folder: Path | None) -> list[tuple[str, Path]]:
    """A template and its place; of a folder alone, all that need nothing from elsewhere."""
    if name in templates.TEMPLATES or folder is not None:
        return [(name, folder or Path(name))]
    return [(one, Path(name) / one) for one in templates.SHIPPED]


@app.command("import-from")
def import_from(
    origin: Annotated[str, typer.Argument(help="kaggle, huggingface or codabench.")],
    source: Annotated[Path, typer.Argument(help="Their folder or zip.")],
    folder: Annotated[Path | None, typer.Argument(help="Where to write; else beside it.")] = None,
    metric: Annotated[str | None, typer.Option(help="What to rank by.")] = None,
    kind: Annotated[str | None, typer.Option(help="Else it is guessed from the answers.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a folder from another platform's. Their scoring programs are never run."""
    target = folder or source.with_name(f"{source.stem}-heldout")
    with _refusals("Nothing was written", as_json):
        taken = importing.take(origin, source, target, metric=metric, kind=kind)
    if as_json:
        typer.echo(_json({"folder": str(target), "taken": taken.taken, "asked": taken.asked}))
        return
    for line in taken.taken:
        console.print(f"taken   {line}", markup=False)
    for line in taken.asked:
        console.print(f"to do   {line}", markup=False)
    console.print(f"Next: heldout-server contest check {target}", markup=False)


def _examined(folder: Path) -> Examined:
    with errors.status("Checking …") as status:
        return examine(folder, step=lambda what: status.update(f"{what[:1].upper()}{what[1:]} …"))


def _installation(data: Path | None) -> Installation:
    installation.owner_only()
    settings = Settings()
    if data is not None:
        settings = settings.model_copy(update={"data": data})
    return installation.open_installation(settings)


@contextmanager
def _refusals(outcome: str, as_json: bool = False) -> Iterator[None]:
    """Say why it came to nothing, and exit 1."""
    try:
        yield
        return
    except Refused as refused:
        if as_json:
            typer.echo(_json({"problems": [one.to_dict() for one in refused.problems]}))
        else:
            _show(refused.problems)
        reason = "see the problems."
    except ProblemError as error:
        reason = " ".join(part for part in (error.detail, error.hint) if part)
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
    except (InstallationError, LabelStoreError, DatasetError, NotEmpty, CannotMake) as error:
        reason = str(error)
    except OSError as error:
        reason = f"{error.filename or ''} {error.strerror or error}".strip()
    errors.print(f"[red]{outcome}:[/red]", end=" ")
    errors.print(reason, markup=False)
    raise typer.Exit(FAILED)


def _show(problems: list[Problem]) -> None:
    for problem in problems:
        place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
        colour = "red" if problem.severity == "problem" else "yellow"
        console.print(f"[{colour}]{problem.severity}[/{colour}]", end=" ")
        console.print(f"{place} [{problem.code}] {problem.what}", markup=False)
        if problem.cure:
            console.print(f"    {problem.cure}", markup=False)
    count = len(refusing(problems))
    if count:
        console.print(f"{count} problem{'s' if count > 1 else ''}.")


def _show_reached(examined: Examined) -> None:
    contest = examined.contest
    if contest is None:
        return
    parts = contest.parts
    console.print(
        f"Fine: {parts.task.kind}, {len(parts.y_train):,} training, "
        f"{len(parts.y_practice):,} practice and {len(parts.y_test):,} hidden examples.",
        markup=False,
    )
    reached = contest.reached
    if reached is not None:
        metric = catalogue.metric(reached.metric)
        shown = [figure.read(metric, one) for one in (reached.constant, reached.linear)]
        console.print(
            f"{metric.label}: a constant reaches {shown[0]}, a linear model {shown[1]}.",
            markup=False,
        )


def _facts(competition: Competition) -> dict[str, object]:
    return {
        "slug": competition.slug,
        "title": competition.title,
        "metric": competition.metric,
        "join_code": competition.join_code,
    }


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)
