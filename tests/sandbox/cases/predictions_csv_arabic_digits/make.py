"""Digits that float() would accept."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = [str(i % 10) for i in range(10_000)]
    lines[3] = "\N{ARABIC-INDIC DIGIT THREE}"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
