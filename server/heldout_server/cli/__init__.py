"""The `heldout-server` command."""

import typer

from heldout_server.cli import (
    admin,
    backup,
    contest,
    doctor,
    lane,
    logs,
    queue,
    roles,
    sandbox,
    score,
    serve,
)

app = typer.Typer(
    help="Heldout: a live leaderboard for a class.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.callback()(logs.configure)
for part in (serve, roles, queue, lane, backup, doctor, score, admin):
    app.registered_commands += part.app.registered_commands
app.add_typer(contest.app, name="contest")
app.add_typer(sandbox.app, name="sandbox")
