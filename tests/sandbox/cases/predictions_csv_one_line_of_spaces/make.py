"""What np.savetxt makes of a row of labels."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    path.write_text(" ".join(f"{i % 10:.18e}" for i in range(10_000)) + "\n")
    return path
