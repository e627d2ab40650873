"""What the generator reads: the pages of `docs/`, with what is made from the code in its place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from handbook import api, client, commands, settings

SITE = Path(__file__).resolve().parents[1]
DOCS = SITE.parent
ROOT = DOCS.parent
MADE = {
    "settings": settings.text,
    "commands": commands.text,
    "api": api.text,
    "client": client.text,
}
MARK = re.compile(r"^<!-- made: (\w+) -->$", re.MULTILINE)
NOT_RUN = re.compile(r"^ *<!-- not run: .*? -->\n", re.MULTILINE)
# Who searches wants what holds, not how it was decided.
NOT_FOUND = "---\nsearch:\n  exclude: true\n---\n"
# Pages at the root of the repository, and where the handbook says the same.
OUTSIDE = {
    "../README.md#settings": "reference/settings.md",
    "../README.md": "index.md",
    "../../README.md": "../index.md",
}
# Other files of the repository, which the handbook has no page of: their names are enough.
LEAVES = re.compile(
    r"\[([^\]]+)\]\((?:\.\./)+(?:benchmarks|client|deploy|examples|server|tests)/[^)]*\)"
)


def write(work: Path) -> None:
    """Put the generator's settings and all pages into the folder `work`."""
    shutil.copy(SITE / "zensical.toml", work)
    target = work / "docs"
    shutil.copytree(DOCS, target, ignore=shutil.ignore_patterns("site", "*.py"))
    shutil.copytree(SITE / "assets", target / "assets")
    for path in target.rglob("*.md"):
        head = NOT_FOUND if path.parent.name == "decisions" else ""
        path.write_text(head + page(path.read_text(encoding="utf-8")), encoding="utf-8")


def page(text: str) -> str:
    """A page as the generator gets it."""
    text = MARK.sub(lambda found: MADE[found[1]](), NOT_RUN.sub("", text))
    for outside, inside in OUTSIDE.items():
        text = text.replace(f"]({outside})", f"]({inside})")
    return LEAVES.sub(r"\1", text)
