"""The reference of commands, read from the parsers that read them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

import click
import typer

from handbook.markdown import code, prose, table
from heldout.__main__ import build_parser
from heldout_server.cli import admin_from_openapi, app

WIDTH = 88


def text() -> str:
    """Every command of both programs, with its options."""
    return "\n\n".join([*_server(), *_admin(), *_client()])


def _server() -> Iterator[str]:
    yield "## heldout-server"
    program = typer.main.get_command(app)
    for name, command in sorted(_leaves(program, "heldout-server")):
        yield f"### {name}"
        yield prose(command.help or "")
        yield from _options(command)


def _leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its whole name."""
    parts = getattr(command, "commands", None)
    if parts is None:
        yield name, command
        return
    for part, below in parts.items():
        yield from _leaves(below, f"{name} {part}")


def _options(command: click.Command) -> Iterator[str]:
    rows = [
        (f"`{_named(one)}`", prose(getattr(one, "help", None) or ""))
        for one in command.params
        if not getattr(one, "hidden", False) and one.name != "help"
    ]
    if rows:
        yield table(("argument or option", "what it does"), rows)


def _named(parameter: click.Parameter) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return ", ".join([*parameter.opts, *parameter.secondary_opts])


def _admin() -> Iterator[str]:
    yield "## heldout-server admin"
    yield "One command for each call of the [organizers' API](api.md); `--help` lists its fields."
    calls = admin_from_openapi.all_calls()
    yield table(
        ("command", "what it does", "call"),
        [(f"`{c.name}`", prose(c.summary), f"`{c.method.upper()} {c.path}`") for c in calls],
    )


def _client() -> Iterator[str]:
    yield "## heldout"
    os.environ["COLUMNS"] = str(WIDTH)  # argparse asks the terminal otherwise
    parser = build_parser()
    yield code(parser.format_help())
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield f"### heldout {name}"
                yield code(command.format_help())
