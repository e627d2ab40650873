"""`heldout join`, `submit` and `check`."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from heldout._api import join
from heldout._client import Client
from heldout._command_options import (
    DONE,
    NOT_SCORED,
    add_command,
    add_json,
    exit_code,
    print_json,
)
from heldout._constants import SUBMIT_WAIT_SECONDS
from heldout._delivery import DEFAULT_PREPROCESSING
from heldout._receipts import receipt_text

if TYPE_CHECKING:
    import httpx

FILE = "a .keras, .onnx, .npy, .npz or .csv file"


def add(commands: Any) -> None:
    """These commands and their options."""
    _add_join(commands)
    _add_submit(commands)
    _add_check(commands)


def _add_join(commands: Any) -> None:
    parser = add_command(commands, "join", run_join, "join a competition and save the login")
    parser.add_argument("url", help="the board's address, such as http://192.168.1.20:8000")
    code = "the room's join code, or your personal code; default: the one this machine was told"
    parser.add_argument("--code", default="", help=code)
    parser.add_argument("--name", default="", help="your name on the board, with the room's code")
    parser.add_argument("--competition", help="another contest of the server, to join as yourself")
    parser.add_argument("--room-code", default="", help="its join code, where it asks for one")


def _add_submit(commands: Any) -> None:
    parser = add_command(commands, "submit", run_submit, "send a model or a prediction file")
    parser.add_argument("file", help=FILE)
    parser.add_argument("--name", help="what to call it on the board")
    parser.add_argument("--notes", help="notes for its run card")
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        type=parameter,
        metavar="NAME=VALUE",
        help="a hyperparameter for its run card; may be repeated",
    )
    parser.add_argument("--no-wait", action="store_true", help="do not wait for the score")
    parser.add_argument(
        "--timeout",
        type=float,
        default=SUBMIT_WAIT_SECONDS,
        metavar="SECONDS",
        help="how long to wait for the score (default: %(default)g)",
    )
    _add_preprocessing(parser)
    add_json(parser)


def _add_check(commands: Any) -> None:
    says = "try a file on practice examples: free, unranked"
    parser = add_command(commands, "check", run_check, says)
    parser.add_argument("file", help=FILE)
    _add_preprocessing(parser)
    add_json(parser)


def _add_preprocessing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preprocessing",
        default=DEFAULT_PREPROCESSING,
        help="what the model expects of pixels, such as 0-1 (default: %(default)s)",
    )


def parameter(text: str) -> tuple[str, Any]:
    """`batch_size=128` as a name and a typed value."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def run_join(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout join`."""
    more = {"competition": options.competition, "room_code": options.room_code}
    with join(options.url, options.code, options.name, **more, transport=transport) as client:
        print(f"Joined: {client.me()}")
        print(f"Board: {client.competition().board_url or client.url}")
    return DONE


def run_submit(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout submit`."""
    with Client(transport=transport, progress=False if options.json else None) as client:
        submission = client.submit(
            options.file,
            name=options.name,
            notes=options.notes,
            wait=not options.no_wait,
            timeout=options.timeout,
            preprocessing=options.preprocessing,
            hyperparameters=dict(options.param),
        )
    if options.json:
        print_json(submission.raw)
    elif options.no_wait:
        print(receipt_text(submission))
        print(f"What to do: {submission.how_to_look_later()}")
    return DONE if options.no_wait else exit_code(submission)


def run_check(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout check`."""
    with Client(transport=transport, progress=False if options.json else None) as client:
        check = client.check(options.file, preprocessing=options.preprocessing)
    if options.json:
        print_json(check.raw)
    return NOT_SCORED if check.error is not None else DONE
