"""Pictures drawn by the server: what messengers show beside a link, and the race to keep.

The same chalkboard and paper as on the pages; the colours are read from the stylesheet, so that
there is one place to change them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from heldout_server.web.charts.race_chart import Chart, Line
from heldout_server.web.formats import clock
from heldout_server.web.html.render import STATIC

SIZE = (1200, 630)
MARGIN = 64
GRID = 40
FONTS = tuple(
    STATIC / "vendor" / "inter-5.3.0" / f"inter-{part}-wght-normal.woff2"
    for part in ("latin", "latin-ext")
)
SYSTEM_FONTS = ("DejaVuSans-Bold.ttf", "NotoSansCJK-Bold.ttc", "wqy-microhei.ttc")
ELLIPSIS = "…"
NOT_A_LETTER = "\U0010ffff"
TWICE = 2
"""The race is drawn at twice the chart's size, so that it stays sharp on a large screen."""


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A row of the board in a picture; `score` is the figure as it is read."""

    rank: int
    name: str
    score: str


@lru_cache(maxsize=1)
def _colours() -> dict[str, str]:
    text = (STATIC / "tokens.css").read_text()
    found = re.findall(r"--([\w-]+): (?:light-dark\((#[0-9a-f]{6})|(#[0-9a-f]{6}));?", text)
    return {name: day or both for name, day, both in found}


@lru_cache(maxsize=128)
def _font(size: int, weight: int, file: int = 0) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(_files()[file], size)
    if file < len(FONTS):
        font.set_variation_by_axes([weight])
    return font


@lru_cache(maxsize=1)
def _files() -> tuple[str, ...]:
    """Our font's files, then what this machine has for other scripts, if anything."""
    return (*(str(path) for path in FONTS), *filter(_is_there, SYSTEM_FONTS))


def _is_there(name: str) -> bool:
    try:
        ImageFont.truetype(name, 16)
    except OSError:
        return False
    return True


def can_draw(character: str) -> bool:
    """Whether pictures have a font for it; where not, it is a box in them."""
    return _file_for(character) is not None


@lru_cache(maxsize=4096)
def _file_for(character: str) -> int | None:
    """The first font that can draw it; None: it would come out as a box."""
    for file in range(len(_files())):
        font = _font(32, 400, file)
        if bytes(font.getmask(character)) != bytes(font.getmask(NOT_A_LETTER)):
            return file
    return None


def drawable(name: str, otherwise: str) -> str:
    """The part of `name` that can be drawn; `otherwise` when nothing of it can."""
    kept = " ".join("".join(c for c in name if c == " " or _file_for(c) is not None).split())
    return kept if any(c.isalnum() for c in kept) else otherwise


def _runs(text: str) -> list[tuple[str, int]]:
    """`text` cut where the font must change; blanks stay with what stands before them."""
    runs: list[tuple[str, int]] = []
    for character in text:
        last = runs[-1] if runs else None
        file = last[1] if character == " " and last else _file_for(character) or 0
        if last and last[1] == file:
            runs[-1] = (last[0] + character, file)
        else:
            runs.append((character, file))
    return runs


def _length(text: str, size: int, weight: int) -> float:
    return sum(_font(size, weight, file).getlength(part) for part, file in _runs(text))


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    *,
    size: int,
    weight: int,
    fill: str,
    anchor: str = "ls",
    width: float | None = None,
) -> None:
    """Write `text`, shortened to `width`. `anchor` as Pillow has it: where `at` lies in it."""
    if width is not None:
        text = _shortened(text, size, weight, width)
    share = {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
    x = at[0] - share * _length(text, size, weight)
    for part, file in _runs(text):
        font = _font(size, weight, file)
        draw.text((x, at[1]), part, font=font, fill=fill, anchor="l" + anchor[1])
        x += font.getlength(part)


class Board:
    """A chalkboard to draw on."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", SIZE, _colours()["board"])
        self.draw = ImageDraw.Draw(self.image)
        line = _colours()["board-line"]
        for x in range(0, SIZE[0], GRID):
            self.draw.line([(x, 0), (x, SIZE[1])], line)
        for y in range(0, SIZE[1], GRID):
            self.draw.line([(0, y), (SIZE[0], y)], line)

    def text(
        self,
        at: tuple[float, float],
        text: str,
        *,
        size: int,
        weight: int = 500,
        colour: str = "chalk",
        anchor: str = "ls",
        width: float | None = None,
    ) -> None:
        """As `write`, in one of the named colours."""
        fill = _colours()[colour]
        write(self.draw, at, text, size=size, weight=weight, fill=fill, anchor=anchor, width=width)

    def flaps(self, right: float, top: float, text: str, size: int) -> None:
        """A score on tiles, ending at `right`."""
        widths = [size * (0.34 if sign in ".,%" else 0.72) for sign in text]
        widths[-1] = size * 0.8 if text.endswith("%") else widths[-1]
        x = right - sum(widths) - 4 * (len(text) - 1)
        for sign, width in zip(text, widths, strict=True):
            box = [x, top, x + width, top + size * 1.15]
            self.draw.rounded_rectangle(box, 8, fill=_colours()["flap"])
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            colour = "chalk-soft" if sign == "%" else "amber"
            smaller = 0.55 if sign == "%" else 0.86
            self.text(
                middle, sign, size=int(size * smaller), weight=740, colour=colour, anchor="mm"
            )
            self.draw.line([(x, middle[1]), (x + width, middle[1])], _colours()["flap-edge"], 2)
            x += width + 4

    def mark(self, x: float, y: float, size: float) -> None:
        """The sign: five squares that are kept and one held out."""
        step = size / 3.2
        kept = [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2)]
        for column, row in kept:
            self._square(x + column * step, y + row * step, step * 0.82, "chalk")
        self._square(x + 2 * step, y + 0.3 * step, step * 0.82, "amber")

    def png(self) -> bytes:
        """The picture's bytes."""
        return _png(self.image)

    def _square(self, x: float, y: float, size: float, colour: str) -> None:
        box = [x, y, x + size, y + size]
        self.draw.rounded_rectangle(box, size / 5, fill=_colours()[colour])


def board_picture(title: str, lines: Sequence[PlaceLine], total: int) -> bytes:
    """A competition: its title, the leader's score on tiles, and the first five."""
    board = _with_mark()
    title = drawable(title, "Leaderboard")
    people = "1 participant" if total == 1 else f"{total:,} participants"
    board.text((MARGIN, 190), title, size=60, weight=780, width=SIZE[0] - 2 * MARGIN)
    board.text((MARGIN, 236), people, size=28, colour="chalk-soft")
    if not lines:
        board.text((MARGIN, 400), "No scores yet: be the first.", size=44, weight=600)
        return board.png()
    for number, line in enumerate(lines[:5]):
        _place_line(board, line, 322 + number * 62)
    return board.png()


def submission_picture(
    name: str, participant: str, score: str | None, rank: int | None, title: str
) -> bytes:
    """A submission: its name, whose it is, the score on tiles and the rank."""
    board = _with_mark()
    board.text((MARGIN, 190), drawable(title, ""), size=30, colour="chalk-soft", width=1000)
    board.text((MARGIN, 268), drawable(name, "Submission"), size=62, weight=780, width=1072)
    board.text((MARGIN, 322), f"by {drawable(participant, 'a participant')}", size=34, width=1072)
    if score is None:
        board.text((MARGIN, 500), "Not scored", size=60, weight=740, colour="chalk-soft")
        return board.png()
    board.flaps(SIZE[0] - MARGIN, 410, score, 130)
    if rank is not None:
        board.text((MARGIN, 548), f"No. {rank}", size=96, weight=780)
    return board.png()


def race_picture(title: str, chart: Chart, zone: str) -> bytes:
    """The chart of the race on paper, at twice its size."""
    head = 90
    size = (int(chart.width) * TWICE, int(chart.height + head) * TWICE)
    image = Image.new("RGB", size, _colours()["paper"])
    draw = ImageDraw.Draw(image)
    ink, soft = _colours()["ink"], _colours()["ink-soft"]
    write(draw, (48, 92), drawable(title, "The race"), size=64, weight=780, fill=ink)
    _axes(draw, chart, head, zone, soft)
    for line in reversed(chart.lines):
        _race_line(draw, line, head)
    for line in chart.named:
        _race_label(draw, line, chart, head)
    return _png(image)


def _with_mark() -> Board:
    board = Board()
    board.mark(MARGIN, 52, 62)
    board.text((MARGIN + 78, 104), "Heldout", size=42, weight=780)
    return board


def _place_line(board: Board, line: PlaceLine, y: float) -> None:
    medal = {1: "gold", 2: "silver", 3: "bronze"}.get(line.rank)
    if medal:
        board.draw.ellipse([MARGIN, y - 40, MARGIN + 50, y + 10], fill=_colours()[medal])
    board.text(
        (MARGIN + 25, y - 15),
        str(line.rank),
        size=28,
        weight=740,
        colour="on-medal" if medal else "chalk-soft",
        anchor="mm",
    )
    name = drawable(line.name, "(a name in another script)")
    board.text((MARGIN + 78, y), name, size=38, weight=650, width=690)
    colour = "amber" if line.rank == 1 else "chalk"
    board.text((SIZE[0] - MARGIN, y), line.score, size=44, weight=740, colour=colour, anchor="rs")


def _axes(draw: ImageDraw.ImageDraw, chart: Chart, head: int, zone: str, soft: str) -> None:
    small = _font(26, 500)
    for y, label in chart.scores:
        place = (y + head) * TWICE
        ends = [(chart.left * TWICE, place), (chart.right * TWICE, place)]
        draw.line(ends, _colours()["rule"], 2)
        draw.text((ends[0][0] - 16, place), label, font=small, fill=soft, anchor="rm")
    for x, at in chart.times:
        below = ((x) * TWICE, (chart.bottom + head + 20) * TWICE)
        draw.text(below, clock(at, zone), font=small, fill=soft, anchor="mm")


def _race_line(draw: ImageDraw.ImageDraw, line: Line, head: int) -> None:
    colour = _colours()[f"line-{line.colour}" if line.colour else "rule"]
    width = {0: 2, 1: 8}.get(line.colour, 5)
    points = [(x * TWICE, (y + head) * TWICE) for x, y in line.points]
    draw.line(points, colour, width, joint="curve")


def _race_label(draw: ImageDraw.ImageDraw, line: Line, chart: Chart, head: int) -> None:
    x, y = line.points[-1][0] * TWICE, (line.points[-1][1] + head) * TWICE
    colour = _colours()[f"line-{line.colour}"]
    draw.ellipse([x - 8, y - 8, x + 8, y + 8], fill=colour)
    at = ((chart.right + 20) * TWICE, (line.label_y + head) * TWICE)
    draw.line([(x + 8, y), (at[0] - 8, at[1])], _colours()["rule-strong"], 2)
    name = drawable(line.label, f"No. {line.colour}")
    write(draw, at, name, size=28, weight=640, fill=colour, anchor="lm", width=360)


def _shortened(text: str, size: int, weight: int, width: float) -> str:
    if _length(text, size, weight) <= width:
        return text
    while text and _length(text + ELLIPSIS, size, weight) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.quantize(128).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
