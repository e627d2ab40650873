// Replays the event: the chart is uncovered up to a moment, and the first twelve overtake one
// another beside it. The data come from data-race-src, or lie in the page (the souvenir file).
const place = document.querySelector("[data-race]");
const SHOWN = 12;
const BELOW = 0.7; // the last of those shown has a bar, too
const part = (name) => place.querySelector(`[data-${name}]`);

const load = async () => {
  const inside = document.getElementById("race-data");
  return inside ? JSON.parse(inside.textContent) : (await fetch(place.dataset.raceSrc)).json();
};

/** Everyone who had a score at `moment`, best first, ties to who got there first. */
function standingsAt(racers, moment, sign) {
  const found = [];
  for (const racer of racers) {
    const step = racer.steps.findLast(([at]) => at <= moment);
    if (!step) continue;
    const [at, figure, text, height] = step;
    found.push({ racer, at, rank: sign * figure, text, height });
  }
  return found.sort((one, other) => other.rank - one.rank || one.at - other.at);
}

function makeRow(racer) {
  const row = document.createElement("li");
  row.className = `racer racer-${racer.colour}`;
  for (const name of ["racer-rank", "racer-name", "racer-bar", "racer-score"]) {
    row.append(
      Object.assign(document.createElement(name === "racer-name" ? "bdi" : "span"), {
        className: name,
      }),
    );
  }
  row.children[1].textContent = racer.name;
  row.children[2].append(document.createElement("i"));
  return row;
}

class Replay {
  constructor({ begin, end, direction, participants }) {
    this.begin = begin;
    this.end = Math.max(end, begin + 1000);
    this.racers = participants;
    this.sign = direction === "lower" ? -1 : 1;
    this.rows = new Map(participants.map((racer) => [racer.id, makeRow(racer)]));
    this.chart = document.querySelector("svg.race");
    this.playing = 0;
    this.share = 1;
    place.classList.add("is-ready");
    part("scrubber").addEventListener("input", (event) => this.seek(event.target.value / 1000));
    part("play").addEventListener("click", () => this.toggle());
    this.show();
  }

  seek(share) {
    this.pause();
    this.share = share;
    this.show();
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.share >= 1) this.share = 0;
    this.sayPlaying(true);
    let last = performance.now();
    const step = (now) => {
      this.share = Math.min(1, this.share + (now - last) / 1000 / part("speed").value);
      last = now;
      this.show();
      if (this.share < 1) this.playing = requestAnimationFrame(step);
      else this.pause();
    };
    this.playing = requestAnimationFrame(step);
  }

  pause() {
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    this.sayPlaying(false);
  }

  sayPlaying(playing) {
    part("play").textContent = playing ? "❚❚ Pause" : "▶\uFE0E Play";
    part("play").setAttribute("aria-pressed", String(playing));
  }

  show() {
    const moment = this.begin + this.share * (this.end - this.begin);
    this.uncover();
    this.rank(standingsAt(this.racers, moment, this.sign));
    const zone = place.dataset.zone;
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
    part("player-clock").textContent = new Date(moment).toLocaleTimeString("en-GB", clock);
    part("scrubber").value = Math.round(this.share * 1000);
  }

  uncover() {
    if (!this.chart) return;
    const { left, right } = this.chart.dataset;
    const x = +left + this.share * (right - left);
    const done = this.share >= 1;
    document.getElementById("played-part").setAttribute("width", done ? +right + 6 : x);
    const head = document.getElementById("playhead");
    head.toggleAttribute("hidden", done);
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    this.chart.classList.toggle("is-playing", !done);
  }

  rank(found) {
    const shown = found.slice(0, SHOWN);
    const low = (shown.at(-1)?.height ?? 0) - BELOW;
    const span = (shown[0]?.height ?? 1) - low || 1;
    const visible = new Set(shown.map(({ racer }) => racer.id));
    for (const [id, row] of this.rows) if (!visible.has(id)) row.remove();
    part("racers").style.setProperty("--racers", Math.max(shown.length, 1));
    shown.forEach(({ racer, text, height }, index) => {
      const row = this.rows.get(racer.id);
      const [rank, , bar, figure] = row.children;
      if (!row.isConnected) part("racers").append(row);
      row.style.transform = `translateY(${index * 100}%)`;
      rank.textContent = index + 1;
      bar.firstChild.style.width = `${Math.max(2, ((height - low) / span) * 100)}%`;
      figure.textContent = text;
    });
  }
}

if (place) new Replay(await load());
