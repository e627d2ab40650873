"""`heldout-server sandbox selftest`: prove that a hostile model is shut in on this machine."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from heldout_server.kit.settings import Settings
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.prediction.selftest import ProbeResult
from heldout_server.processes.model_scoring import make_pool

app = typer.Typer(help="The kernel sandbox that models run in.", no_args_is_help=True)
console = Console(highlight=False)

NOT_CONTAINED = 1


@app.callback()
def sandbox() -> None:
    """The kernel sandbox that models run in."""


@app.command()
def selftest() -> None:
    """Have real runners attempt what a hostile model would; exit 1 if any is not contained."""
    pool = make_pool(Settings())
    try:
        with console.status("Trying to break out …"):
            results = pool.self_test(thorough=True)
            notes = pool.protection().notes
    except RunnerFailed as error:
        console.print(f"The sandbox can't be tested: {error}", style="red")
        raise typer.Exit(NOT_CONTAINED) from None
    finally:
        pool.close()
    console.print(_table(results))
    for note in notes:
        console.print(f"Note: {note}")
    escaped = sum(not result.contained for result in results)
    console.print(f"{len(results) - escaped} of {len(results)} attempts contained.")
    if escaped:
        raise typer.Exit(NOT_CONTAINED)


def _table(results: list[ProbeResult]) -> Table:
    table = Table("engine", "attempt", "what it tries", "expected", "outcome", "contained")
    for result in results:
        mark = "yes" if result.contained else "[red bold]NO[/]"
        table.add_row(
            result.engine,
            result.name,
            result.description,
            result.expected,
            result.outcome,
            mark,
        )
    return table
