"""UTF-16 with its mark, which says how to read it."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    lines = [str(i % 10) for i in range(10_000)]
    path.write_bytes("\n".join(lines).encode("utf-16"))
    return path
