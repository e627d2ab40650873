// A new score is said at the foot of the wall: whose, how much, and where it went.
import { fit } from "./fit.js";

const STAYS_MS = 4500;
const HURRIES_MS = 2000; // while others wait to be said
const MOST_WAITING = 5;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const place = document.querySelector("[data-tv-toast]");
const waiting = [];
let known = null; // the scores that were there: the first look at a board is no news
let ranks = new Map();
let timer = 0;

const ordinal = (n) =>
  `${n}${n % 100 > 10 && n % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;

/** Where somebody stands now, and which way that was. */
function whereTo(line) {
  const now = Number(document.getElementById(line.dataset.who)?.dataset.rank ?? line.dataset.place);
  if (!now) return "";
  const before = ranks.get(line.dataset.who);
  if (!before) return `${ordinal(now)} place, new`;
  if (before > now) return `▲ ${before - now} to ${ordinal(now)} place`;
  return `stays ${ordinal(now)}`;
}

function say() {
  const next = waiting.shift();
  place.hidden = !next;
  timer = 0;
  if (!next) return;
  for (const part of ["name", "score", "to"]) {
    place.querySelector(`.toast-${part}`).textContent = next[part];
  }
  fit(place);
  if (!stillness.matches) {
    place.animate(
      { transform: ["translateY(100%)", "none"] },
      { duration: 350, easing: "ease-out" },
    );
  }
  timer = setTimeout(say, waiting.length ? HURRIES_MS : STAYS_MS);
}

/** Looks at the latest scores; what is new among them is said, one after another. */
export function sayNews() {
  const lines = [...document.querySelectorAll("[data-news-id]")];
  const ids = new Set(lines.map((line) => line.dataset.newsId));
  const fresh = known ? lines.filter((line) => !known.has(line.dataset.newsId)) : [];
  for (const line of fresh.reverse()) {
    waiting.push({
      name: line.querySelector(".ticker-name").textContent,
      score: line.querySelector(".ticker-score").textContent,
      to: whereTo(line),
    });
  }
  waiting.splice(0, waiting.length - MOST_WAITING);
  known = ids;
  const rows = document.querySelectorAll("[data-rank]");
  ranks = new Map([...rows].map((row) => [row.id, Number(row.dataset.rank)]));
  if (!timer) say();
}
