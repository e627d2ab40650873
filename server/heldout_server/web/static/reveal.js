// Drives the reveal. It counts down from a place to the winner: each step tells who has the next
// place, shows the private score, and lets the row glide there. The last three are kept for the
// podium, so the list never says who won. Everything follows from `left`, the number of places that
// nobody knows yet: a press during an animation ends it and goes on.
import { follow } from "./events.js";
import { fit } from "./fit.js";

const place = document.querySelector("[data-reveal]");
const part = (name) => place.querySelector(`[data-${name}]`);
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const ROW_REM = 3.8;
const AT_ONCE = 10; // so many rows are in sight together
const FLASH_MS = 1100;
const GLIDE_MS = 900;
const PLAY_MS = 2400;
const SLOW_MS = 3600; // the last ten take their time
const STEP_MS = 5000; // and each step of the podium still more
const QUIET_MS = 3000; // without a hand on the mouse: the controls leave the wall
const STARTS = [20, 10, 5];
const USUAL_START = 10;
const ordinal = (n) =>
  `${n}${n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;
const element = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });
const say = (text) => (document.querySelector("[data-said]").textContent = text);

class Ceremony {
  constructor(told) {
    this.rows = told.rows; // in the order that the room knows
    this.final = [...told.rows].sort((a, b) => a.private_rank - b.private_rank);
    this.told = told;
    this.podium = Math.min(3, this.rows.length);
    this.begun = false;
    this.first = this.left = this.rows.length;
    this.playing = 0;
    this.phases = []; // what is still to be seen of the present step
    this.timer = 0;
    this.lines = new Map(this.rows.map((row) => [row.id, this.makeLine(row)]));
    part("rows").append(...this.lines.values());
    for (const name of ["wait", "table"]) part(name).hidden = true;
    for (const name of ["begin", "controls"]) part(name).hidden = false;
    this.offerStarts();
    this.listen();
    this.draw();
  }

  makeLine(row) {
    const line = element("li", "final-row");
    const name = element("bdi", "name", row.name);
    name.dataset.fit = "";
    line.append(
      element("span", "rank"),
      name,
      element("span", "final-before", row.public_text),
      element("span", "final-score", this.told.unknown),
      element("span", "final-move"),
    );
    return line;
  }

  /** Where it can start: with everybody, at a place, or at the podium. */
  offerStarts() {
    const all = this.rows.length;
    const starts = [
      [all, all > 3 ? `All ${all}` : "The podium"],
      ...STARTS.filter((n) => n < all).map((n) => [n, `The first ${n}`]),
      ...(all > 3 ? [[3, "The podium alone"]] : []),
    ];
    const asked = Number(new URLSearchParams(location.search).get("from")) || USUAL_START;
    const wanted = Math.max(...starts.map(([n]) => n).filter((n) => n <= asked), 3);
    part("from").append(
      ...starts.map(([n, words]) => new Option(words, n, false, n === wanted || n === all)),
    );
    part("from").value = starts.some(([n]) => n === wanted) ? wanted : all;
    const { under_way: waiting, is_open: isOpen } = this.told;
    part("still-open").hidden = !isOpen;
    part("waiting").hidden = !waiting;
    part("waiting").textContent =
      `${waiting} still being scored: wait for them, or they come later.`;
    part("publish").textContent = isOpen ? "Close and reveal" : "Make it public";
  }

  begin() {
    this.begun = true;
    this.first = this.left = Number(part("from").value);
    part("begin").hidden = true;
    this.draw();
  }

  listen() {
    part("start").addEventListener("click", () => this.begin());
    part("next").addEventListener("click", () => this.forward());
    part("back").addEventListener("click", () => this.back());
    part("auto").addEventListener("click", () => this.toggle());
    part("toggle-table").addEventListener("click", () => this.showTable());
    part("publish").addEventListener("click", () => this.publish());
    addEventListener("resize", () => this.draw());
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
    addEventListener("keydown", (event) => {
      // A key on a focused control is that control's, as everywhere.
      const isTaken = event.key === " " ? "button, select" : "select";
      if (!keys[event.key] || event.target.closest(isTaken)) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  get isOnPodium() {
    return this.begun && (this.left < this.podium || this.first <= this.podium);
  }

  draw() {
    const isTable = !part("table").hidden;
    part("stage").hidden = !this.begun || this.isOnPodium || isTable;
    part("podium").hidden = !this.isOnPodium || isTable;
    part("count").textContent = this.words();
    const mayPublish = this.begun && this.told.may_publish && !this.left;
    part("publish").hidden = !mayPublish;
    part("controls").classList.toggle("is-asking", mayPublish);
    this.drawRows();
    this.drawPodium();
    fit(place);
  }

  words() {
    if (!this.begun) return "";
    if (this.left) return `${this.left} to go`;
    return this.told.may_publish ? "All revealed" : "The final standings";
  }

  drawRows() {
    const open = Math.max(this.left, this.podium);
    const order = [
      ...this.rows.filter((row) => row.private_rank <= open),
      ...this.final.slice(open),
    ];
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const visible = part("rows").parentElement.clientHeight;
    const height = Math.min(ROW_REM * rem, visible / Math.min(AT_ONCE, order.length));
    order.forEach((row, index) => this.drawLine(row, index, open));
    part("rows").style.setProperty("--row", `${height}px`);
    const wanted = (open + (open > AT_ONCE)) * height - visible; // what was told last, too
    const most = Math.max(0, order.length * height - visible);
    part("rows").style.transform = `translateY(${-Math.max(0, Math.min(wanted, most))}px)`;
  }

  drawLine(row, index, open) {
    const line = this.lines.get(row.id);
    const isKnown = row.private_rank > open;
    const [rank, , , score, move] = line.children;
    line.style.transform = `translateY(${index * 100}%)`;
    line.classList.toggle("is-resolved", isKnown);
    rank.textContent = isKnown ? row.private_rank : "";
    score.textContent = isKnown ? row.private_text : this.told.unknown;
    const moved = isKnown && row.public_rank ? row.public_rank - row.private_rank : 0;
    move.textContent = !moved ? "" : `${moved > 0 ? "▲" : "▼"}${Math.abs(moved)}`;
    move.className = `final-move ${moved > 0 ? "move-up" : "move-down"}`;
  }

  drawPodium() {
    const standing = [this.final[1], this.final[0], this.final[2]].filter(Boolean);
    const box = part("podium");
    if (!box.children.length) {
      box.replaceChildren(...standing.map((row) => this.makeStep(row)), ...this.makeShared());
    }
    for (const step of box.children) {
      step.classList.toggle("is-there", Number(step.dataset.place) > this.left);
    }
  }

  /** One line above the steps, last of all, where the first place is too close to call. */
  makeShared() {
    // Told, not counted: not everybody in it may be shown here.
    if (!this.told.sharing) return [];
    const words = `Shared first: too close to call between ${this.told.sharing}`;
    const line = element("p", "step-shared-words", words);
    line.dataset.place = 1;
    return [line];
  }

  makeStep(row) {
    const shared = row.shares_first ? " step-shared" : "";
    const step = element("div", `step step-${row.private_rank}${shared}`);
    step.dataset.place = row.private_rank;
    const name = element("bdi", "step-name", row.name);
    name.dataset.fit = "";
    const before = row.public_rank && ordinal(row.public_rank);
    const isSame = row.public_rank === row.private_rank;
    const from = before ? `${before} on the public board${isSame ? ", too" : ""}` : "new here";
    step.append(
      name,
      element("span", "step-score", row.private_text),
      element("span", "step-from", from),
      element("div", "step-block", row.shares_first ? 1 : row.private_rank),
    );
    return step;
  }

  /** What is left of the step before is seen at once: whoever presses wants to go on. */
  finish() {
    clearTimeout(this.timer);
    if (!this.phases.length) return;
    part("stage").classList.add("is-quick");
    for (const phase of this.phases.splice(0)) phase();
    part("stage").getBoundingClientRect(); // where it ends, before anything glides again
    part("stage").classList.remove("is-quick");
  }

  /** Sees to one phase after another, each after its time. */
  run(phases) {
    this.phases = phases.map(([, phase]) => phase);
    const following = (rest) => {
      if (!rest.length) return;
      const [ms] = rest[0];
      this.timer = setTimeout(
        () => {
          this.phases.shift()?.();
          following(rest.slice(1));
        },
        stillness.matches ? 0 : ms,
      );
    };
    following(phases);
  }

  forward() {
    if (!part("table").hidden) return;
    if (!this.begun) return this.begin();
    this.finish();
    if (!this.left) return;
    const row = this.final[this.left - 1];
    say(`${row.name}: ${row.private_text}, ${ordinal(row.private_rank)} place`);
    if (this.left <= this.podium) return this.climb();
    const line = this.lines.get(row.id);
    line.classList.add("is-resolved", "is-moving");
    line.children[3].textContent = row.private_text;
    line.children[0].textContent = row.private_rank;
    this.left -= 1;
    part("count").textContent = this.words();
    this.run([
      [FLASH_MS, () => this.draw()],
      [GLIDE_MS, () => line.classList.remove("is-moving")],
    ]);
  }

  async climb() {
    this.left -= 1;
    this.draw();
    if (this.left) return;
    this.stop();
    const { celebrate } = await import("./board.js");
    celebrate(part("podium").querySelector(".step-1"));
  }

  back() {
    this.finish();
    this.stop();
    this.left = Math.min(this.first, this.left + 1);
    this.draw();
  }

  toggle() {
    if (this.playing) return this.stop();
    this.sayPlaying(true);
    const tick = () => {
      if (this.begun && !this.left) return this.stop();
      this.forward();
      if (!this.playing) return; // it was the last
      const ms = this.left < this.podium + 1 ? STEP_MS : this.left <= AT_ONCE ? SLOW_MS : PLAY_MS;
      this.playing = setTimeout(tick, ms);
    };
    this.playing = -1;
    tick();
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

  /** Only what is known by now, unless everybody knows it. */
  showTable() {
    this.finish();
    this.stop();
    const shown = part("table").hidden;
    const hiddenPlaces = place.dataset.revealed === "yes" ? 0 : this.begun ? this.left : Infinity;
    part("table").hidden = !shown;
    part("begin").hidden = shown || this.begun;
    part("toggle-table").setAttribute("aria-pressed", String(shown));
    const known = this.final.filter((row) => row.private_rank > hiddenPlaces);
    part("table-rows").replaceChildren(...known.map((row) => this.makeTableRow(row)));
    this.draw();
  }

  makeTableRow(row) {
    const line = document.createElement("tr");
    const public_ = [row.public_text, row.public_rank ?? "–"];
    const name = row.shares_first ? `${row.name} (shared first)` : row.name;
    const cells = [row.private_rank, name, row.private_text, ...public_];
    line.append(...cells.map((text, index) => element("td", index === 1 ? "" : "number", text)));
    return line;
  }

  async publish() {
    const { csrf, key, is_open: isOpen, reveal_at: address } = this.told;
    const body = new URLSearchParams({ csrf, key, ...(isOpen && { close: "yes" }) });
    const headers = { Accept: "application/json" };
    const answer = await fetch(address, { method: "POST", body, headers });
    if (answer.ok && !answer.redirected) {
      this.told.may_publish = false;
      place.dataset.revealed = "yes";
      this.draw();
      say("The final standings are public.");
      part("count").textContent = "Public now";
      return;
    }
    const asked = { detail: "Sign in again", hint: "at /organize." }; // a page, not an answer
    const { detail, hint } = answer.redirected ? asked : await answer.json();
    part("count").textContent = `${detail} ${hint ?? ""}`;
  }
}

async function load() {
  const paths = [place.dataset.private];
  if (place.dataset.revealed === "yes") paths.unshift(place.dataset.public);
  for (const path of paths) {
    const answer = await fetch(path, { headers: { Accept: "application/json" } });
    if (answer.status === 200) return answer.json();
  }
  return null;
}

let pointing = 0;
function showControls() {
  document.body.classList.add("is-pointing");
  clearTimeout(pointing);
  pointing = setTimeout(() => document.body.classList.remove("is-pointing"), QUIET_MS);
}
for (const kind of ["mousemove", "touchstart", "focusin"]) addEventListener(kind, showControls);

showControls();

const found = await load();
if (found?.rows.length) new Ceremony(found);
else if (found) part("wait").firstElementChild.textContent = "Nobody has a score";
else {
  // Somebody in the room who waits: begin when the organizers have made it public.
  const heard = async ({ type }) => {
    if (type !== "board" && type !== "reload") return;
    const answer = await fetch(place.dataset.public, { headers: { Accept: "application/json" } });
    if (answer.ok) location.reload();
  };
  follow(place.dataset.events, { heard });
}
