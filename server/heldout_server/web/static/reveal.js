// Drives the reveal. Rows stand in the order that the room knows; each step takes the lowest row
// that is still open, shows its private score, and lets it glide to where that belongs. An open
// row counts by its public score until its turn comes, so the end stays open to the end.
const place = document.querySelector("[data-reveal]");
const part = (name) => place.querySelector(`[data-${name}]`);
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const ROW_REM = 3.8;
const FLASH_MS = 900;
const PLAY_MS = 1500;
const SLOW_MS = 3000;
const SLOW_FROM = 10; // the last ten take their time
const HOLD_AT = 3; // playing stops before the podium's places: those are somebody's to press
const percent = (share) =>
  share === null ? "–" : `${(Math.min(share, share < 1 ? 0.9999 : 1) * 100).toFixed(2)}%`;
const ordinal = (n) =>
  `${n}${n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, stillness.matches ? 0 : ms));
const element = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });

/** Where every row stands after `done` steps; the row that was resolved last, and the next one. */
function after(rows, done) {
  const open = rows.map((row, index) => ({
    row,
    score: row.public_score ?? -1,
    tie: index,
    resolved: false,
  }));
  let order = open;
  let last = null;
  const sorted = () => [...order].sort((a, b) => b.score - a.score || a.tie - b.tie);
  for (let step = 0; step < done; step++) {
    last = order.findLast((one) => !one.resolved);
    Object.assign(last, {
      score: last.row.private_score,
      tie: last.row.private_rank,
      resolved: true,
    });
    order = sorted();
  }
  if (done === rows.length)
    order = [...order].sort((a, b) => a.row.private_rank - b.row.private_rank);
  return { order, last, next: order.findLast((one) => !one.resolved) };
}

class Ceremony {
  constructor(document_) {
    this.rows = document_.rows;
    this.csrf = document_.csrf;
    this.key = document_.key;
    this.revealAt = document_.reveal_at;
    this.mayPublish = document_.may_publish ?? false;
    this.done = 0;
    this.step = 0; // of the podium: how many of its places are shown
    this.busy = false;
    this.playing = 0;
    this.lines = new Map(this.rows.map((row) => [row.id, this.makeLine(row)]));
    part("rows").append(...this.lines.values());
    this.fillTable();
    for (const name of ["stage", "controls"]) part(name).hidden = false;
    for (const name of ["wait", "table"]) part(name).hidden = true;
    this.listen();
    this.draw();
  }

  makeLine(row) {
    const line = element("li", "final-row");
    line.append(
      element("span", "rank"),
      element("bdi", "name", row.name),
      element("span", "final-before", percent(row.public_score)),
      element("span", "final-score", "••.••%"),
      element("span", "final-move"),
    );
    return line;
  }

  fillTable() {
    const body = part("table-rows");
    const final = [...this.rows].sort((a, b) => a.private_rank - b.private_rank);
    body.replaceChildren(
      ...final.map((row) => {
        const line = document.createElement("tr");
        const cells = [
          row.private_rank,
          row.name,
          percent(row.private_score),
          percent(row.public_score),
          row.public_rank ?? "–",
        ];
        line.append(
          ...cells.map((text, index) => element("td", index === 1 ? "" : "number", text)),
        );
        return line;
      }),
    );
  }

  listen() {
    part("next").addEventListener("click", () => this.forward());
    part("back").addEventListener("click", () => this.back());
    part("auto").addEventListener("click", () => this.toggle());
    part("toggle-table").addEventListener("click", () => this.showTable());
    part("publish").addEventListener("click", () => this.publish());
    addEventListener("resize", () => this.draw());
    addEventListener("keydown", (event) => {
      const keys = {
        ArrowRight: () => this.forward(),
        PageDown: () => this.forward(),
        " ": () => this.forward(),
        ArrowLeft: () => this.back(),
        PageUp: () => this.back(),
        a: () => this.toggle(),
        b: () => this.stop(),
        ".": () => this.stop(),
        t: () => this.showTable(),
        f: () => document.documentElement.requestFullscreen?.(),
      };
      // A space on a focused button presses that button, as everywhere.
      if (!keys[event.key] || (event.key === " " && event.target.closest("button"))) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  draw() {
    const { order, last, next } = after(this.rows, this.done);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    order.forEach((one, index) => this.drawLine(one, index, one === last, one === next));
    const height = order.length * ROW_REM * rem;
    const visible = part("stage").clientHeight;
    const focus = order.indexOf(next ?? order[0]) * ROW_REM * rem;
    const wanted = focus - visible + 2.2 * ROW_REM * rem;
    part("rows").style.height = `${height}px`;
    part("rows").style.transform =
      `translateY(${-Math.max(0, Math.min(wanted, height - visible))}px)`;
    const left = this.rows.length - this.done;
    part("count").textContent = left ? `${left} to go` : "All revealed";
    part("publish").hidden = !(this.mayPublish && !left);
    this.drawPodium();
  }

  drawLine({ row, resolved }, index, isLast, isNext) {
    const line = this.lines.get(row.id);
    const [rank, , , score, move] = line.children;
    line.style.transform = `translateY(${index * 100}%)`;
    line.classList.toggle("is-resolved", resolved);
    line.classList.toggle("is-focus", isNext);
    rank.textContent = index + 1;
    score.textContent = resolved ? percent(row.private_score) : "••.••%";
    const moved = resolved && row.public_rank ? row.public_rank - row.private_rank : 0;
    move.textContent = !resolved || !moved ? "" : `${moved > 0 ? "▲" : "▼"}${Math.abs(moved)}`;
    move.className = `final-move ${moved > 0 ? "move-up" : "move-down"}`;
    if (!isLast) line.classList.remove("is-moving");
  }

  drawPodium() {
    const box = part("podium");
    box.hidden = this.step === 0;
    part("stage").hidden = this.step > 0;
    if (!this.step) return;
    const final = [...this.rows].sort((a, b) => a.private_rank - b.private_rank).slice(0, 3);
    const standing = [final[1], final[0], final[2]].filter(Boolean);
    box.replaceChildren(...standing.map((row) => this.makeStep(row)));
  }

  makeStep(row) {
    const there = row.private_rank > 3 - this.step;
    const step = element("div", `step step-${row.private_rank}${there ? " is-there" : ""}`);
    const from =
      row.public_rank === row.private_rank
        ? "as on the board"
        : `from ${row.public_rank ? ordinal(row.public_rank) : "nowhere"}`;
    step.append(
      element("bdi", "step-name", row.name),
      element("span", "step-score", percent(row.private_score)),
      element("span", "step-from", from),
      element("div", "step-block", row.private_rank),
    );
    return step;
  }

  async forward() {
    if (this.busy || !part("table").hidden) return;
    if (this.done === this.rows.length) return this.climb();
    this.busy = true;
    const { next } = after(this.rows, this.done);
    const line = this.lines.get(next.row.id);
    line.classList.add("is-resolved", "is-moving");
    line.children[3].textContent = percent(next.row.private_score);
    say(
      `${next.row.name}: ${percent(next.row.private_score)}, ${ordinal(next.row.private_rank)} place`,
    );
    await pause(FLASH_MS);
    this.done += 1;
    this.draw();
    await pause(FLASH_MS);
    line.classList.remove("is-moving");
    this.busy = false;
  }

  async climb() {
    const places = Math.min(3, this.rows.length);
    if (this.step >= places) return;
    this.step = this.step || 3 - places;
    this.step += 1;
    this.drawPodium();
    if (this.step < 3) return;
    const { celebrate } = await import("./board.js");
    celebrate(part("podium").querySelector(".step-1"));
  }

  back() {
    if (this.busy) return;
    this.stop();
    if (this.step) this.step = 0;
    else this.done = Math.max(0, this.done - 1);
    this.draw();
  }

  toggle() {
    if (this.playing) return this.stop();
    this.sayPlaying(true);
    const tick = async () => {
      const left = this.rows.length - this.done;
      if (left <= HOLD_AT) return this.stop();
      await this.forward();
      if (this.playing)
        this.playing = setTimeout(tick, left <= SLOW_FROM ? SLOW_MS : PLAY_MS - FLASH_MS);
    };
    this.playing = setTimeout(tick, 0);
  }

  stop() {
    clearTimeout(this.playing);
    this.playing = 0;
    this.sayPlaying(false);
  }

  sayPlaying(playing) {
    part("auto").textContent = playing ? "Pause" : "Play";
    part("auto").setAttribute("aria-pressed", String(playing));
  }

  showTable() {
    this.stop();
    const shown = part("table").hidden;
    part("table").hidden = !shown;
    part("toggle-table").setAttribute("aria-pressed", String(shown));
    part("stage").hidden = shown || this.step > 0;
    part("podium").hidden = shown || this.step === 0;
    if (!shown) this.draw();
  }

  async publish() {
    const body = new URLSearchParams({ csrf: this.csrf, key: this.key });
    const headers = { Accept: "application/json" };
    const answer = await fetch(this.revealAt, { method: "POST", body, headers });
    if (answer.ok) {
      this.mayPublish = false;
      part("publish").hidden = true;
      say("The final standings are public.");
      part("count").textContent = "Public now";
      return;
    }
    const { detail, hint } = await answer.json();
    part("count").textContent = `${detail} ${hint ?? ""}`;
  }
}

const say = (text) => (document.querySelector("[data-said]").textContent = text);

async function load() {
  const paths = [place.dataset.private];
  if (place.dataset.revealed === "yes") paths.unshift(place.dataset.public);
  for (const path of paths) {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    if (answer.ok) return answer.json();
  }
  return null;
}

const found = await load();
if (found?.rows.length) new Ceremony(found);
else if (found) part("wait").firstElementChild.textContent = "Nobody has a score";
else {
  // Somebody in the room who waits: begin when the organizers have made it public.
  const source = new EventSource(place.dataset.events);
  source.addEventListener("board", async () => {
    const answer = await fetch(place.dataset.public, { headers: { Accept: "application/json" } });
    if (answer.ok) location.reload();
  });
}
