"""`heldout leaderboard`, `status`, `quota`, `data` and `open`."""

from __future__ import annotations

import argparse
import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heldout._client import Client
from heldout._command_options import DONE, add_command, add_json, exit_code, print_json
from heldout._receipts import receipt_text

if TYPE_CHECKING:
    import httpx


def add(commands: Any) -> None:
    """These commands and their options."""
    _add_leaderboard(commands)
    parser = add_command(commands, "status", run_status, "show one submission, or all of yours")
    parser.add_argument("id", nargs="?", help="the submission's id; default: list all")
    add_json(parser)
    add_json(add_command(commands, "quota", run_quota, "show how many submissions are left"))
    parser = add_command(commands, "data", run_data, "save the training data and the test images")
    parser.add_argument("folder", nargs="?", default=".", help="where to (default: here)")
    parser = add_command(commands, "open", run_open, "open the board in a browser")
    parser.add_argument("id", nargs="?", help="a submission's id: its page instead")


def _add_leaderboard(commands: Any) -> None:
    parser = add_command(commands, "leaderboard", run_leaderboard, "show the standings")
    parser.add_argument("--url", help="the board's address; default: where you joined")
    parser.add_argument("--limit", type=int, default=100, help="rows (default: %(default)s)")
    parser.add_argument("--offset", type=int, default=0, help="rows to skip")
    add_json(parser)


def run_leaderboard(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout leaderboard`."""
    with Client(options.url, transport=transport) as client:
        board = client.leaderboard(options.limit, options.offset)
    print_json(asdict(board)) if options.json else print(board)
    return DONE


def run_status(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout status`."""
    with Client(transport=transport) as client:
        if options.id:
            submission = client.submission(options.id)
            print_json(submission.raw) if options.json else print(receipt_text(submission))
            return exit_code(submission)
        submissions = client.submissions()
    print_json([each.raw for each in submissions]) if options.json else print(submissions)
    return DONE


def run_quota(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout quota`."""
    with Client(transport=transport) as client:
        quota = client.quota()
    print_json(asdict(quota)) if options.json else print(quota)
    return DONE


def run_data(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout data`."""
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Client(transport=transport) as client:
        for path in client.save_data(folder):
            print(path)
    return DONE


def run_open(options: argparse.Namespace, transport: httpx.BaseTransport | None) -> int:
    """`heldout open`."""
    with Client(transport=transport) as client:
        if options.id:
            address = client.submission(options.id).url
        else:
            address = client.competition().board_url or client.url
    # Printed as well: on a machine without a browser it is there to be copied.
    print(address)
    webbrowser.open(address)
    return DONE
