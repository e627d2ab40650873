"""The console command `heldout`: what the client does, from a terminal."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from heldout import _command_account, _command_reading, _command_sending
from heldout._command_options import DONE, INTERRUPTED, REFUSED
from heldout._errors import HeldoutError, NotJoined
from heldout._version import __version__

if TYPE_CHECKING:
    import httpx

EXIT_CODES = """\
exit codes: 0 done · 1 the submission has no score because it was rejected or failed ·
2 wrong usage · 3 refused, or no answer from the server · 4 not scored yet · 130 stopped by you
"""
HOW_TO_JOIN = "heldout join http://HOST:8000 --code CODE --name NAME"


def main(argv: Sequence[str] | None = None, *, transport: httpx.BaseTransport | None = None) -> int:
    """Run one command and answer its exit code; known errors are sentences, never tracebacks."""
    _never_fail_on_encoding()
    parser = build_parser()
    options = parser.parse_args(argv)
    if "command" not in options:
        parser.print_help()
        return DONE
    command: Callable[[argparse.Namespace, httpx.BaseTransport | None], int] = options.command
    try:
        return command(options, transport)
    except HeldoutError as error:
        print(f"heldout: {_spoken(error)}", file=sys.stderr)
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
    commands = parser.add_subparsers(metavar="COMMAND")
    for group in (_command_sending, _command_reading, _command_account):
        group.add(commands)
    return parser


def _spoken(error: HeldoutError) -> HeldoutError:
    """The error with advice for a terminal."""
    if isinstance(error, NotJoined):
        error.hint = HOW_TO_JOIN
    return error


def _never_fail_on_encoding() -> None:
    """A terminal that cannot show a character shows a question mark instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
