// Where each row hangs on the wall: the first five always, the others a whole page at a time in two
// columns. Rows are moved by transforms only, so nothing on the screen shifts when one comes.
import { fit } from "./fit.js";

const GAP = 0.35; // heights in em of the row's own letters
const TOP = 3.1;
const OTHER = 2.6;
const DASHED = 1.9;
const UNDER_REM = 2.1; // the line below the rows
const LEAST_ROWS = 2; // of the others, however large the letters should be
const MOST_STRETCH = 1.4; // few rows are larger, within reason
const PODIUM_PART = 0.66;
const GLIDE = { duration: 650, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const root = document.documentElement;
let page = 0;
let pages = 1;

const box = () => document.querySelector("[data-tv-rows]"); // null while it shows something else
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** The rectangle for rows, in pixels, and how many columns it has room for. */
function areaOf(place, rem, notices) {
  const isPodium = place.querySelector(".tv-podium") !== null;
  const left = isPodium ? place.clientWidth * PODIUM_PART : 0;
  const width = place.clientWidth - left;
  const height = place.clientHeight - notices - UNDER_REM * rem;
  return { left, top: notices, width, height, columns: width > 40 * rem ? 2 : 1, isPodium };
}

/** How large letters are, and how many rows a column of the others has. */
function measure(top, others, area, wanted) {
  const heights = top.map((line) => (line.matches(".ghost") ? DASHED : TOP) + GAP);
  const step = OTHER + GAP;
  const inAll = Math.ceil(others.length / area.columns);
  const needed = sum(heights) + Math.min(inAll, LEAST_ROWS) * step;
  let em = Math.min(wanted, area.height / needed);
  const used = (sum(heights) + inAll * step) * em;
  if (used <= area.height) {
    em *= Math.min(MOST_STRETCH, area.height / used);
    return { em, heights, step: step * em, perColumn: Math.max(1, inAll) };
  }
  const left = area.height - sum(heights) * em;
  const perColumn = Math.floor(left / (step * em) + 0.001);
  return { em, heights, step: left / perColumn, perColumn };
}

/** A place for every row: [row, {x, y, width, height, em, page}]; those of the top have no page. */
function plan(lines, area, wanted) {
  const top = lines.filter((line) => line.matches(".tv-top"));
  const others = lines.filter((line) => !line.matches(".tv-top"));
  const { em, heights, step, perColumn } = measure(top, others, area, wanted);
  const gap = GAP * em;
  const width = (area.width - gap * (area.columns - 1)) / area.columns;
  const start = area.top + sum(heights) * em;
  const aPage = perColumn * area.columns;
  const placed = top.map((line, n) => {
    const y = area.top + sum(heights.slice(0, n)) * em;
    return [line, { x: area.left, y, width: area.width, height: heights[n] * em - gap, em }];
  });
  others.forEach((line, n) => {
    const at = n % aPage;
    const column = Math.floor(at / perColumn);
    const x = area.left + column * (width + gap);
    const y = start + (at % perColumn) * step;
    placed.push([line, { x, y, width, height: step - gap, em, page: Math.floor(n / aPage) }]);
  });
  pages = area.isPodium ? 1 : Math.max(1, Math.ceil(others.length / aPage));
  return placed;
}

/** Hangs one row where it belongs; one that was in sight glides there, another appears. */
function hang(line, spot) {
  const was = line.hidden ? "" : line.style.transform;
  const now = `translate(${spot.x.toFixed(1)}px, ${spot.y.toFixed(1)}px)`;
  line.hidden = spot.page !== undefined && spot.page !== page;
  Object.assign(line.style, {
    transform: now,
    width: `${spot.width}px`,
    height: `${spot.height}px`,
    fontSize: `${spot.em}px`,
  });
  line.style.setProperty("--room", `${spot.height}px`);
  if (line.hidden || stillness.matches || was === now) return;
  line.animate(was ? { transform: [was, now] } : { opacity: [0, 1] }, GLIDE);
}

function sayPage(place) {
  const shown = [...place.querySelectorAll(".tv-row[data-rank]:not(.tv-top):not([hidden])")];
  const words = place.querySelector("[data-tv-pages]");
  if (!words) return;
  const ranks = shown.map((line) => Number(line.dataset.rank));
  const all = Number(place.dataset.total);
  const isAll = pages === 1 && (!ranks.length || Math.max(...ranks) === all);
  words.textContent =
    isAll || !ranks.length ? "" : `${Math.min(...ranks)}–${Math.max(...ranks)} of ${all}`;
}

/** Puts everything in its place: after a change, a page's turn, a resize. */
export function place() {
  const notices = document.querySelector("[data-tv-notices]")?.offsetHeight ?? 0;
  document.body.style.setProperty("--notices", `${notices}px`);
  const here = box();
  if (here?.querySelector(".tv-list")) {
    document.body.classList.add("is-placed");
    const rem = parseFloat(getComputedStyle(root).fontSize);
    const wanted = rem * parseFloat(getComputedStyle(here).getPropertyValue("--tv-scale"));
    const lines = [...here.querySelectorAll(".tv-row")];
    const placed = plan(lines, areaOf(here, rem, notices), wanted);
    page %= pages;
    for (const [line, spot] of placed) hang(line, spot);
    sayPage(here);
  }
  fit(document.body);
}

/** The next page of those who aren't always in sight. */
export function turnPage() {
  if (pages < 2 || !box()) return;
  page = (page + 1) % pages;
  place();
}
