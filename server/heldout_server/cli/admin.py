"""`heldout-server admin …`: everything that organizers can do, from a terminal."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import typer

from heldout_server.cli import admin_from_openapi
from heldout_server.kit.settings import Settings

app = typer.Typer()

REFUSED, WRONG_USE, NOT_REACHED = 1, 2, 3
TIMEOUT_SECONDS = 120.0
URL, TOKEN = "HELDOUT_URL", "HELDOUT_ORGANIZER_TOKEN"
TAKE_ALL = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(context_settings=TAKE_ALL)
def admin(context: typer.Context) -> None:
    """Run the event from a terminal: one command for each call of the admin API."""
    given = parsed(context.args)
    url = given.url or os.environ.get(URL) or f"http://localhost:{Settings().port}"
    token = given.token or os.environ.get(TOKEN, "")
    with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS) as client:
        raise typer.Exit(run(given, client, token))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line as parsed; SystemExit 2 when it is wrong."""
    return admin_from_openapi.parser(admin_from_openapi.all_calls()).parse_args(arguments)


def run(given: argparse.Namespace, client: httpx.Client, token: str) -> int:
    """Make the call, write its answer; returns the exit code."""
    try:
        request = given.call.request(given)
    except (OSError, ValueError) as error:
        typer.echo(f"Can't send this: {error}", err=True)
        return WRONG_USE
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
    request["headers"] = {**headers, **request.get("headers", {})}
    try:
        answer = client.request(**request)
    except httpx.TransportError as error:
        typer.echo(f"No server answers at {client.base_url}: {error}. Set {URL}.", err=True)
        return NOT_REACHED
    if answer.is_success:
        _write(answer, given.output)
        return 0
    typer.echo(_refusal(answer), err=True)
    return REFUSED


def _write(answer: httpx.Response, output: Path | None) -> None:
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    content = _pretty(answer.json()) if is_json else answer.content
    if output is not None:
        output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _pretty(document: Any) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        lines = [f"{problem['detail']} [{problem['code']}]", problem.get("hint", "")]
    except (ValueError, KeyError, TypeError):
        lines = [f"The server answered {answer.status_code}, but not as a Heldout does."]
    return "\n".join(line for line in lines if line)
