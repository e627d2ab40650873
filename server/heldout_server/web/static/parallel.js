// Parallel coordinates with brushes: one line a run, through all axes.
import { brushing } from "./brushing.js";
import {
  UNKNOWN,
  clipped,
  colours,
  prepare,
  redrawn,
  scale,
  share,
  text,
  tickText,
  ticks,
  write,
} from "./chart_scales.js";

const TOP = 34,
  BOTTOM = 24,
  SIDE = 46,
  NARROWEST = 96,
  HEIGHT = 380,
  NEAR = 7,
  REACH = 20;

export class Parallel {
  constructor(figure, data) {
    this.figure = figure;
    this.canvas = figure.querySelector("[data-lines]");
    this.said = figure.querySelector("[data-said]");
    this.clear = figure.querySelector("[data-clear]");
    this.brushes = new Map();
    this.hovered = null;
    this.take(data);
    this.clear.addEventListener("click", () => {
      this.brushes.clear();
      this.draw();
    });
    this.canvas.addEventListener("dblclick", () => {
      if (this.hovered !== null)
        location.href = `${this.figure.dataset.runs}/${this.data.runs.id[this.hovered]}`;
    });
    brushing(this.canvas, this);
    redrawn(figure, () => this.draw());
  }

  take(data) {
    this.data = data;
    const known = new Map(data.axes.map((axis) => [axis.name, axis]));
    this.axes = data.parallel.map((name) => known.get(name)).filter(Boolean);
    this.shares = this.axes.map((axis) => data.runs[axis.name].map((value) => share(axis, value)));
    this.draw();
  }

  x(at) {
    const inner = this.width - 2 * SIDE;
    return SIDE + (this.axes.length > 1 ? (at / (this.axes.length - 1)) * inner : inner / 2);
  }

  y(place) {
    const floor = HEIGHT - BOTTOM - UNKNOWN;
    return place === null ? HEIGHT - BOTTOM : floor - place * (floor - TOP);
  }

  passes(run) {
    for (const [at, [low, high]] of this.brushes) {
      const place = this.shares[at][run];
      if (place === null || place < low || place > high) return false;
    }
    return true;
  }

  draw() {
    const box = this.canvas.parentElement.clientWidth;
    this.width = Math.max(box, this.axes.length * NARROWEST);
    const pen = prepare(this.canvas, this.width, HEIGHT);
    const palette = colours(this.figure);
    const scores = this.data.runs.score ?? [];
    const colour = scale(scores, palette, this.data.direction);
    const passing = [],
      fading = [];
    for (let run = scores.length - 1; run >= 0; run -= 1)
      (this.passes(run) ? passing : fading).push(run);
    this.counts(pen, palette);
    for (const run of fading) this.line(pen, run, palette.rule, 0.35, 1);
    const alpha = Math.min(0.9, Math.max(0.25, 40 / Math.max(1, passing.length)));
    for (const run of passing) this.line(pen, run, colour(scores[run]), alpha, 1.5);
    if (this.hovered !== null) this.line(pen, this.hovered, palette.ink, 1, 3);
    this.labels(pen, palette);
    this.clear.hidden = this.brushes.size === 0;
    this.say(passing);
  }

  line(pen, run, colour, alpha, width) {
    pen.globalAlpha = alpha;
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    this.axes.forEach((_, at) => {
      const x = this.x(at),
        y = this.y(this.shares[at][run]);
      if (at === 0) return pen.moveTo(x, y);
      const middle = (this.x(at - 1) + x) / 2;
      pen.bezierCurveTo(middle, this.y(this.shares[at - 1][run]), middle, y, x, y);
    });
    pen.stroke();
    pen.globalAlpha = 1;
  }

  counts(pen, palette) {
    pen.fillStyle = palette.bar;
    this.axes.forEach((axis, at) => {
      const most = Math.max(...axis.counts, 1);
      axis.counts.forEach((count, bin) => {
        if (!count) return;
        const low = this.y(bin / axis.counts.length),
          high = this.y((bin + 1) / axis.counts.length);
        pen.fillRect(this.x(at), high + 0.5, 3 + 25 * (count / most), Math.max(1, low - high - 1));
      });
    });
  }

  labels(pen, palette) {
    const room = Math.max(62, Math.min(130, this.x(1) - this.x(0) - 40));
    this.axes.forEach((axis, at) => {
      const x = this.x(at);
      pen.strokeStyle = palette.soft;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(x, TOP);
      pen.lineTo(x, this.y(0));
      pen.stroke();
      pen.textAlign = at === 0 ? "left" : at === this.axes.length - 1 ? "right" : "center";
      pen.fillStyle = palette.ink;
      const edge = at === 0 ? x - SIDE + 4 : at === this.axes.length - 1 ? x + SIDE - 4 : x;
      pen.font = pen.font.replace(/^(\d+ )?/, "600 ");
      pen.fillText(clipped(pen, axis.label, NARROWEST + 10), edge, 16);
      pen.font = pen.font.replace(/^600 /, "");
      pen.textAlign = "right";
      pen.fillStyle = palette.soft;
      for (const value of ticks(axis)) {
        write(
          pen,
          clipped(pen, tickText(axis, value), room),
          x - 6,
          this.y(share(axis, value)) + 4,
          palette,
        );
      }
      if (axis.unknown) write(pen, "–", x - 6, this.y(null) + 4, palette);
      const brush = this.brushes.get(at);
      if (brush) {
        pen.strokeStyle = palette.high;
        pen.lineWidth = 7;
        pen.globalAlpha = 0.7;
        pen.beginPath();
        pen.moveTo(x, this.y(brush[0]));
        pen.lineTo(x, this.y(brush[1]));
        pen.stroke();
        pen.globalAlpha = 1;
      }
    });
  }

  say(passing) {
    const runs = this.data.runs;
    if (this.hovered !== null) {
      const run = this.hovered;
      const settings = this.axes.map((axis) => `${axis.label} ${text(axis, runs[axis.name][run])}`);
      this.said.textContent = `${runs.name[run]} by ${runs.by[run]} · ${settings.join(" · ")}`;
      return;
    }
    const shown = runs.id.length,
      total = this.data.total;
    const best = passing.length ? ` · best ${runs.score_text[passing.at(-1)]}` : "";
    this.said.textContent = this.brushes.size
      ? `${passing.length} of ${shown} runs pass${best}`
      : `The best ${shown} of ${total.toLocaleString("en")} runs${best}`;
  }

  axisAt(x) {
    return this.axes.findIndex((_, at) => Math.abs(this.x(at) - x) < REACH);
  }

  brush(axis, from, to) {
    const place = (y) => Math.min(1, Math.max(0, (this.y(0) - y) / (this.y(0) - TOP)));
    this.hovered = null;
    this.brushes.set(
      axis,
      [place(from), place(to)].sort((a, b) => a - b),
    );
    this.draw();
  }

  settle(axis) {
    const brush = this.brushes.get(axis);
    if (brush && brush[1] - brush[0] < 0.015) this.brushes.delete(axis);
    this.draw();
  }

  restore(axis, brush) {
    if (brush) this.brushes.set(axis, brush);
    else this.brushes.delete(axis);
    this.draw();
  }

  hover(spot) {
    const found = spot && this.nearest(spot);
    if (found !== this.hovered) {
      this.hovered = found;
      this.draw();
    }
  }

  nearest(spot) {
    let found = null,
      least = NEAR;
    const right = Math.max(
      1,
      this.axes.findIndex((_, at) => this.x(at) >= spot.x),
    );
    for (let run = 0; run < this.data.runs.id.length; run += 1) {
      if (!this.passes(run)) continue;
      const from = this.y(this.shares[right - 1][run]),
        to = this.y(this.shares[right]?.[run] ?? null);
      const t = (spot.x - this.x(right - 1)) / (this.x(right) - this.x(right - 1));
      const distance = Math.abs(from + (to - from) * (3 * t * t - 2 * t * t * t) - spot.y);
      if (distance < least) [found, least] = [run, distance];
    }
    return found;
  }
}
