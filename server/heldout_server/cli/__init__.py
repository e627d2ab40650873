"""The `heldout-server` command."""

import typer

from heldout_server.cli import (
    admin,
    doctor,
    keeping,
    logs,
    queueing,
    roles,
    sandbox,
    scoring,
    serving,
)

app = typer.Typer(
    help="Heldout: a live leaderboard for a class.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.callback()(logs.configure)
for part in (serving, roles, queueing, keeping, doctor, scoring, admin):
    app.registered_commands += part.app.registered_commands
app.add_typer(sandbox.app, name="sandbox")
