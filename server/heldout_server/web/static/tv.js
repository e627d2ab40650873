// The projector runs by itself: it turns the pages of a long board, says each new score, keeps the
// screen awake where the browser allows it, and starts afresh after a long sleep. What it shows, and
// how, comes with each fragment: organizers change it from their console.
import { place, turnPage } from "./tv_rows.js";
import { sayNews } from "./tv_toasts.js";

const dwell = () => Number(document.getElementById("tv").dataset.tvSeconds ?? 0) * 1000; // 0: still
const ASLEEP_MS = 90_000; // a timer that comes this late: the laptop was closed meanwhile
const QUIET_MS = 3000;
let pointing = 0;

async function stayAwake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // low battery or not allowed: the screen saver is then the laptop's own business
  }
}

/** An organizer's browser may have the room's code; this page is the same for everybody. */
async function askForCode() {
  const corner = document.querySelector("[data-tv-code]");
  const answer = corner && (await fetch(corner.dataset.tvCode));
  const code = answer && new URL(answer.url).searchParams.get("code");
  if (!code) return;
  const address = new URL(location.href);
  address.searchParams.set("code", code);
  location.replace(address);
}

let last = Date.now();
let next = last + dwell();
setInterval(() => {
  const now = Date.now();
  if (now - last > ASLEEP_MS) location.reload();
  last = now;
  if (now < next || !dwell()) return;
  next = now + dwell();
  turnPage();
}, 1000);

document.addEventListener("heldout:swapped", () => {
  place();
  sayNews();
});
addEventListener("resize", place);
document.addEventListener("heldout:leader", async () => {
  const leader = document.querySelector("[data-leader]");
  if (!leader) return;
  const { celebrate } = await import("./board.js");
  celebrate(leader);
});
document.addEventListener("visibilitychange", stayAwake);
addEventListener("mousemove", () => {
  document.body.classList.add("is-pointing");
  clearTimeout(pointing);
  pointing = setTimeout(() => document.body.classList.remove("is-pointing"), QUIET_MS);
});
addEventListener("keydown", ({ key }) => {
  if (key === "f") document.documentElement.requestFullscreen?.();
  if (key === "ArrowDown" || key === " ") turnPage();
});
addEventListener("dblclick", () => document.documentElement.requestFullscreen?.());
stayAwake();
askForCode();
place();
sayNews();
document.fonts.ready.then(place);
