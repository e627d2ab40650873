"""`python -m handbook [FOLDER]`: build the handbook where the server serves it from.

Needs Zensical and both packages, as `make install-dev` installs them; no internet.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from handbook import finishing, sources
from handbook.sources import ROOT

TARGET = ROOT / "server/heldout_server/web/handbook"


def main(target: Path = TARGET) -> int:
    """Build into `target`, which is replaced whole; 1 when the generator found a fault."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        sources.write(work)
        found = generate(work)
        if found.returncode or "issue" in found.stdout:
            print(found.stdout, found.stderr, file=sys.stderr)
            return 1
        finishing.finish(work / "site")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(work / "site", target)
    pages = sum(1 for _ in target.rglob("*.html"))
    print(f"{pages} pages in {target}")
    return 0


def generate(work: Path) -> subprocess.CompletedProcess[str]:
    """Run Zensical over the sources in `work`; the site is `work/site`."""
    command = [str(Path(sys.executable).parent / "zensical"), "build", "--clean"]
    return subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:2])))
