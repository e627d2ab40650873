"""1,000 in quotes among ten columns: a thousand, or a one."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text(('"1,000",' + ",".join("2" * 9) + "\n") * 10_000)
    return path
