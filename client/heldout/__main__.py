"""The console command `heldout`: join, submit, leaderboard, status, whoami."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from heldout._api import join
from heldout._client import Client
from heldout._constants import SUBMIT_WAIT_SECONDS
from heldout._errors import HeldoutError
from heldout._receipts import receipt_text
from heldout._submission import Submission
from heldout._version import __version__

if TYPE_CHECKING:
    import httpx

# 2, wrong usage, is argparse's.
DONE, NOT_SCORED, REFUSED, STILL_WAITING, INTERRUPTED = 0, 1, 3, 4, 130

EXIT_CODES = """\
exit codes: 0 done · 1 the submission has no score because it was rejected or failed ·
2 wrong usage · 3 refused, or no answer from the server · 4 not scored yet · 130 stopped by you
"""


def main(argv: Sequence[str] | None = None, *, transport: httpx.BaseTransport | None = None) -> int:
    """Run one command and answer its exit code; known errors are sentences, never tracebacks."""
    _never_fail_on_encoding()
    options = build_parser().parse_args(argv)
    command: Callable[[argparse.Namespace, httpx.BaseTransport | None], int] = options.command
    try:
        return command(options, transport)
    except HeldoutError as error:
        print(f"heldout: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\nheldout: stopped. What the server has received is safe.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Nothing more may be flushed to it.
        sys.stdout = io.StringIO()
        return DONE


def build_parser() -> argparse.ArgumentParser:
    """All commands and options."""
    parser = argparse.ArgumentParser(
        prog="heldout",
        description="Submit models and predictions to a Heldout leaderboard.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"heldout {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_join(commands)
    _add_submit(commands)
    _add_leaderboard(commands)
    _add_status(commands)
    _add_whoami(commands)
    return parser


def _add_join(commands: Any) -> None:
    parser = commands.add_parser("join", help="join a competition and save the login")
    parser.add_argument("url", help="the board's address, such as http://192.168.1.20:8000")
    parser.add_argument("--code", required=True, help="the room's join code")
    parser.add_argument("--name", required=True, help="your name on the board")
    parser.set_defaults(command=run_join)


def _add_submit(commands: Any) -> None:
    parser = commands.add_parser("submit", help="send a model or a prediction file")
    parser.add_argument("file", help="a .keras, .npy, .npz or .csv file")
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
    _add_json(parser)
    parser.set_defaults(command=run_submit)


def _add_leaderboard(commands: Any) -> None:
    parser = commands.add_parser("leaderboard", help="show the standings")
    parser.add_argument("--url", help="the board's address; default: where you joined")
    parser.add_argument("--limit", type=int, default=100, help="rows (default: %(default)s)")
    parser.add_argument("--offset", type=int, default=0, help="rows to skip")
    _add_json(parser)
    parser.set_defaults(command=run_leaderboard)


def _add_status(commands: Any) -> None:
    parser = commands.add_parser("status", help="show one submission, or all of yours")
    parser.add_argument("id", nargs="?", help="the submission's id; default: list all")
    _add_json(parser)
    parser.set_defaults(command=run_status)


def _add_whoami(commands: Any) -> None:
    parser = commands.add_parser("whoami", help="show your name, best score and quota")
    _add_json(parser)
    parser.set_defaults(command=run_whoami)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


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
    with join(options.url, code=options.code, name=options.name, transport=transport) as client:
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
            hyperparameters=dict(options.param),
        )
    if options.json:
        _print_json(submission.raw)
    elif options.no_wait:
        print(receipt_text(submission))
        print(f"What to do: {submission.how_to_look_later()}")
    return DONE if options.no_wait else exit_code(submission)


def exit_code(submission: Submission) -> int:
    """0 for a score, 1 for a rejection or failure, 4 while there is neither."""
    if submission.error is not None:
        return NOT_SCORED
    return DONE if submission.is_final else STILL_WAITING


def run_leaderboard(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout leaderboard`."""
    with Client(options.url, transport=transport) as client:
        board = client.leaderboard(options.limit, options.offset)
    if options.json:
        _print_json(asdict(board))
    else:
        print(board)
    return DONE


def run_status(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout status`."""
    with Client(transport=transport) as client:
        if options.id:
            submission = client.submission(options.id)
            _print_json(submission.raw) if options.json else print(receipt_text(submission))
            return exit_code(submission)
        submissions = client.submissions()
    if options.json:
        _print_json([each.raw for each in submissions])
    else:
        print(submissions)
    return DONE


def run_whoami(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout whoami`."""
    with Client(transport=transport) as client:
        me, url = client.me(), client.url
    if options.json:
        _print_json({"url": url, **asdict(me)})
    else:
        print(f"{me}\n{url}")
    return DONE


def _print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False, default=_json_time))


def _json_time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _never_fail_on_encoding() -> None:
    """A terminal that cannot show a character shows a question mark instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
