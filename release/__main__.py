"""`make wheels` and `make release`: build and check both packages; mark a release, publish nothing.

`wheels` leaves sdists and wheels in `dist/`; `tag` is a release, and with `--dry` a rehearsal.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from changelog import Unfit
from packages import ROOT, build
from tagging import say, tag


def main() -> int:
    """Do what the command line says; 1 where something stands against it."""
    arguments = _arguments()
    try:
        if arguments.do == "wheels":
            say(build(arguments.root, arguments.into))
        else:
            tag(arguments.root, arguments.into, dry=arguments.dry)
    except Unfit as error:
        print(f"Not released: {error}" if arguments.do == "tag" else error, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("do", choices=("wheels", "tag"))
    parser.add_argument("--dry", action="store_true")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--into", type=Path, default=ROOT / "dist")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
