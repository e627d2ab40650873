"""A release: the changelog's date, both packages built from that, a commit and its tag.

Nothing leaves this machine: what is left to do by hand is printed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import packages
from changelog import Unfit, dated
from packages import run, version_of

NEXT = """
{version} is tagged here, and nobody has it yet. What is left, once you are sure:

  git push origin HEAD v{version}
  .venv/bin/twine upload {files}

To take it back: git tag -d v{version} && git reset --hard HEAD~1
"""

Build = Callable[[Path, Path], list[Path]]


def tag(root: Path, into: Path, *, dry: bool, build: Build = packages.build) -> None:
    """Build and check; then, unless it is `dry`, commit the changelog's date and tag the commit.

    Raises Unfit before anything is changed, or after it was changed back.
    """
    changelog, version = root / "CHANGELOG.md", version_of(root)
    text = changelog.read_text()
    with_day = dated(text, version, datetime.now(UTC).date())
    _refuse_unready(root, version)
    changelog.write_text(with_day)
    is_kept = False
    try:
        built = build(root, into)
        if not dry:
            run(["git", "commit", "--quiet", "-m", f"Release {version}", changelog.name], root)
            is_kept = True
    finally:
        if not is_kept:
            changelog.write_text(text)
    say(built)
    if dry:
        print(f"A rehearsal: {version} could be released. Nothing was committed or tagged.")
        return
    run(["git", "tag", "-a", f"v{version}", "-m", f"Heldout {version}"], root)
    print(NEXT.format(version=version, files=" ".join(str(path) for path in built)))


def say(built: list[Path]) -> None:
    """Print what was built."""
    for path in built:
        print(f"{path.stat().st_size / 1e6:6.2f} MB  {path}")
    print("Built twice, the same to the byte; twine check passed.")


def _refuse_unready(root: Path, version: str) -> None:
    changed = run(["git", "status", "--porcelain"], root).strip()
    if changed:
        raise Unfit(f"The tree has changes that no commit has:\n{changed}")
    if run(["git", "tag", "--list", f"v{version}"], root).strip():
        raise Unfit(f"v{version} is there already: raise the version, and begin a new heading.")
