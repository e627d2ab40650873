// A scatter of any two columns: all runs as counted squares, the best ones as dots.
import {
  clipped,
  colours,
  prepare,
  redrawn,
  scale,
  share,
  text,
  tickText,
  ticks,
} from "./chart_scales.js";

const LEFT = 76,
  RIGHT = 16,
  TOP = 12,
  BOTTOM = 40,
  HEIGHT = 340,
  NEAR = 12;

export class Scatter {
  constructor(figure, data) {
    this.figure = figure;
    this.canvas = figure.querySelector("[data-dots]");
    this.said = figure.querySelector("[data-said]");
    this.across = figure.querySelector("[data-x]");
    this.up = figure.querySelector("[data-y]");
    this.hovered = null;
    this.grid = null;
    this.choices(data);
    this.take(data);
    for (const select of [this.across, this.up])
      select.addEventListener("change", () => this.chosen());
    this.listen();
    redrawn(figure, () => this.draw());
  }

  // A mouse reads by hovering and opens by a click; a finger reads by a tap and opens by another.
  listen() {
    let ready = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      ready = this.hovered;
      this.hover(event);
      if (event.pointerType !== "touch") ready = this.hovered;
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.hover(event);
    });
    this.canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") {
        this.hovered = null;
        this.draw();
      }
    });
    this.canvas.addEventListener("click", () => {
      if (ready !== null && ready === this.hovered) {
        location.href = `${this.figure.dataset.runs}/${this.data.runs.id[ready]}`;
      }
    });
  }

  choices(data) {
    const preferred = [["learning_rate", "parameters", "score"], ["score"]];
    [this.across, this.up].forEach((select, which) => {
      for (const axis of data.axes) select.add(new Option(axis.label, axis.name));
      const known = preferred[which].find((name) => data.axes.some((axis) => axis.name === name));
      select.value = known ?? data.axes[0].name;
    });
  }

  take(data) {
    this.data = data;
    this.chosen();
  }

  async chosen() {
    const [x, y] = [this.across.value, this.up.value];
    this.axes = [x, y].map((name) => this.data.axes.find((axis) => axis.name === name));
    this.places = this.axes.map((axis) =>
      this.data.runs[axis.name].map((value) => share(axis, value)),
    );
    this.grid = null;
    this.draw();
    const answer = await fetch(`${this.figure.dataset.grid}?x=${x}&y=${y}`);
    if (!answer.ok || x !== this.across.value || y !== this.up.value) return;
    this.grid = await answer.json();
    this.draw();
  }

  x(place) {
    return LEFT + place * (this.width - LEFT - RIGHT);
  }
  y(place) {
    return HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM);
  }

  // Categories lie on one line each: a little to the side, the same every time, and dots show.
  jitter(run, which) {
    if (this.axes[which].kind !== "text") return 0;
    return (((run * 7919) % 101) / 101 - 0.5) * (0.5 / this.axes[which].categories.length);
  }

  spot(run) {
    const [across, up] = this.places;
    if (across[run] === null || up[run] === null) return null;
    return [this.x(across[run] + this.jitter(run, 0)), this.y(up[run] + this.jitter(run, 1))];
  }

  draw() {
    this.width = Math.max(280, this.figure.clientWidth - 34);
    const pen = prepare(this.canvas, this.width, HEIGHT);
    const palette = colours(this.figure);
    this.squares(pen, palette);
    this.frame(pen, palette);
    const runs = this.data.runs;
    const colour = scale(runs.score, palette, this.data.direction);
    for (let run = runs.id.length - 1; run >= 0; run -= 1) {
      const spot = this.spot(run);
      if (spot) this.dot(pen, spot, 4, colour(runs.score[run]), 0.85);
    }
    const marked = this.hovered === null ? null : this.spot(this.hovered);
    if (marked) this.dot(pen, marked, 7, palette.ink, 1);
    this.say();
  }

  dot(pen, [x, y], radius, colour, alpha) {
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
    pen.globalAlpha = 1;
  }

  squares(pen, palette) {
    if (!this.grid) return;
    const { columns, lines, cells } = this.grid;
    const most = Math.max(1, ...cells.map((cell) => cell[2]));
    pen.fillStyle = palette.bar;
    for (const [column, line, count] of cells) {
      pen.globalAlpha = 0.25 + 0.75 * Math.sqrt(count / most);
      const left = this.x(column / columns),
        right = this.x((column + 1) / columns);
      const top = this.y((line + 1) / lines),
        bottom = this.y(line / lines);
      pen.fillRect(left, top, right - left - 1, bottom - top - 1);
    }
    pen.globalAlpha = 1;
  }

  frame(pen, palette) {
    const [across, up] = this.axes;
    pen.fillStyle = palette.soft;
    pen.strokeStyle = palette.rule;
    pen.textAlign = "right";
    for (const value of ticks(up)) {
      const y = this.y(share(up, value));
      pen.beginPath();
      pen.moveTo(LEFT, y);
      pen.lineTo(this.width - RIGHT, y);
      pen.stroke();
      pen.fillText(clipped(pen, tickText(up, value), LEFT - 10), LEFT - 8, y + 4);
    }
    pen.textAlign = "center";
    const shown = ticks(across, this.width < 420 ? 4 : 6);
    const room = (this.width - LEFT - RIGHT) / shown.length - 6;
    for (const value of shown) {
      pen.fillText(
        clipped(pen, tickText(across, value), room),
        this.x(share(across, value)),
        HEIGHT - BOTTOM + 18,
      );
    }
    pen.fillText(across.label, (LEFT + this.width - RIGHT) / 2, HEIGHT - 5);
  }

  say() {
    const runs = this.data.runs;
    if (this.hovered === null) {
      const unknown = runs.id.filter((_, run) => this.spot(run) === null).length;
      const missing = unknown ? ` · ${unknown} don't tell both` : "";
      this.said.textContent = `The best ${runs.id.length} of ${this.data.total.toLocaleString("en")} runs${missing}`;
      return;
    }
    const run = this.hovered;
    const values = this.axes.map((axis) => `${axis.label} ${text(axis, runs[axis.name][run])}`);
    const score = runs.score_text[run];
    this.said.textContent = `${runs.name[run]} by ${runs.by[run]} · ${values.join(" · ")} · score ${score}`;
  }

  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let found = null,
      least = NEAR;
    for (let run = 0; run < this.data.runs.id.length; run += 1) {
      const spot = this.spot(run);
      const distance = spot ? Math.hypot(spot[0] - x, spot[1] - y) : Infinity;
      if (distance < least) [found, least] = [run, distance];
    }
    this.canvas.classList.toggle("points", found !== null);
    if (found !== this.hovered) {
      this.hovered = found;
      this.draw();
    }
  }
}
