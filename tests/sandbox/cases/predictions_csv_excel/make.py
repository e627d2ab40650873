"""Excel: byte-order mark, semicolons, CRLF."""

from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "p.csv"
    rows = [f"{i + 1};{i % 10}" for i in range(10_000)]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(["ImageId;Label", *rows]).encode())
    return path
