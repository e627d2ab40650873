"""pandas with decimal=",": commas within quotes and between them."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    line = ",".join(['"0,1"'] * 10)
    path.write_text(f"{line}\n" * 10_000)
    return path
