"""Numbers that JSON does not know: +1, .5 and 007."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = ["+1,.5,00,0.,0,0,0,0,0,0"] * 10_000
    path.write_text("\n".join(rows))
    return path
