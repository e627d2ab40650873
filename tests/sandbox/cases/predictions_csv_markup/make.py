"""Markup that must not reach a page."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = [str(i % 10) for i in range(10_000)]
    lines[3] = "\x1b[31m<script>alert(1)</script>"
    path.write_text("\n".join(lines))
    return path
