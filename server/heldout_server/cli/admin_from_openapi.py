"""The admin API as commands: one for each call, read from its OpenAPI, so none is missing."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from heldout_server.web.api.admin import router
from heldout_server.web.routes import made

PREFIX = "/api/v1"
JSON = "application/json"
WHOLE_BODY = "json"
FILE = "file"
NOT_TYPED = frozenset({"idempotency-key"})


@dataclass(frozen=True)
class Call:
    """One call: its command's name, where it goes, and what it takes."""

    name: str
    method: str
    path: str
    summary: str
    in_path: tuple[str, ...]
    in_query: tuple[str, ...]
    fields: tuple[str, ...]
    body_type: str | None

    def request(self, given: argparse.Namespace) -> dict[str, Any]:
        """The arguments for an HTTP client's `request`. Raises OSError, or ValueError in words."""
        values = vars(given)
        path = self.path.format(**{name: values[name] for name in self.in_path})
        request: dict[str, Any] = {"method": self.method.upper(), "url": PREFIX + path}
        request["params"] = {n: values[n] for n in self.in_query if values[n] is not None}
        if self.body_type == JSON:
            request["json"] = self._json(values)
        elif self.body_type is not None:
            request["content"] = Path(values[FILE]).read_bytes()
            request["headers"] = {"Content-Type": self.body_type}
        return request

    def _json(self, values: dict[str, Any]) -> dict[str, Any]:
        try:
            whole = json.loads(values[WHOLE_BODY] or "{}")
        except json.JSONDecodeError as error:
            raise ValueError(f"--json is no JSON: {error}") from None
        if not isinstance(whole, dict):
            raise ValueError("--json must be an object")
        given = {n: _value(values[n]) for n in self.fields if values[n] is not None}
        return {**whole, **given}


def all_calls() -> list[Call]:
    """Every call of the admin API, by name."""
    api = FastAPI()
    api.router.routes.extend(made(router.routes))
    document = api.openapi()
    schemas = document.get("components", {}).get("schemas", {})
    found = [
        _call(path, method, operation, schemas)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return sorted(found, key=lambda call: call.name)


def parser(calls: list[Call]) -> argparse.ArgumentParser:
    """A parser with a subcommand for each call, which it leaves in `call`."""
    top = argparse.ArgumentParser(
        prog="heldout-server admin",
        description="Everything that organizers can do, over the API of a running server.",
    )
    top.add_argument("--url", help="the server; HELDOUT_URL, else this machine's")
    top.add_argument("--token", help="an organizer's token; better: HELDOUT_ORGANIZER_TOKEN")
    top.add_argument("--output", type=Path, help="write the answer to this file")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for call in calls:
        _add(commands, call)
    return top


def _add(commands: Any, call: Call) -> None:
    command = commands.add_parser(call.name, help=call.summary, description=call.summary)
    command.set_defaults(call=call)
    for name in call.in_path:
        command.add_argument(name)
    for name in call.in_query:
        command.add_argument(f"--{name.replace('_', '-')}", dest=name)
    for name in call.fields:
        command.add_argument(f"--{name.replace('_', '-')}", dest=name)
    if call.body_type == JSON:
        command.add_argument("--json", help="the whole body, or what has no option here")
    elif call.body_type is not None:
        command.add_argument(FILE, help=f"the file to send ({call.body_type})")


def _call(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Call:
    content = operation.get("requestBody", {}).get("content", {})
    body_type = next(iter(content), None)
    fields = _fields(content[JSON]["schema"], schemas) if JSON in content else ()
    return Call(
        name=operation["operationId"].split("_admin_")[0].replace("_", "-"),
        method=method,
        path=path,
        summary=operation.get("description", "").split("\n\n")[0].replace("\n", " "),
        in_path=tuple(re.findall(r"{(\w+)}", path)),
        in_query=tuple(_parameters(operation, "query")),
        fields=fields,
        body_type=body_type,
    )


def _parameters(operation: dict[str, Any], place: str) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == place and parameter["name"] not in NOT_TYPED:
            yield parameter["name"]


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, ...]:
    """The names of a body's fields; an optional body is one of several schemas."""
    for each in (schema, *schema.get("anyOf", ())):
        name = each.get("$ref", "").rpartition("/")[2]
        if name in schemas:
            return tuple(schemas[name].get("properties", ()))
    return ()


def _value(text: str) -> Any:
    """Numbers, true, null and lists as JSON has them; everything else is text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
