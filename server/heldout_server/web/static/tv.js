// The projector runs by itself: it pages through a long board, goes to where something happens,
// keeps the screen awake where the browser allows it, and starts afresh after a long sleep. What it
// shows, and how, comes with each fragment: organizers change it from their console.
const rows = () => document.querySelector("[data-tv-rows]"); // null while it shows something else
const dwell = () => Number(document.getElementById("tv").dataset.tvSeconds ?? 0) * 1000; // 0: still
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const ASLEEP_MS = 90_000; // a timer that comes this late: the laptop was closed meanwhile
const QUIET_MS = 3000;
let next = 0;
let pointing = 0;

const glide = (top) => rows()?.scrollTo({ top, behavior: stillness.matches ? "auto" : "smooth" });

function turnPage() {
  const box = rows();
  if (!box) return;
  const height = box.querySelector(".tv-row")?.offsetHeight ?? 1;
  const whole = Math.max(1, Math.floor(box.clientHeight / height)) * height;
  const last = box.scrollHeight - box.clientHeight;
  glide(box.scrollTop >= last - 2 ? 0 : Math.min(last, box.scrollTop + whole));
}

/** Whole rows only: a screen that ends in half a name looks broken. */
function fitRows() {
  const box = rows();
  const list = box?.querySelector(".tv-list");
  if (!list) return;
  const wanted = 3.4 * parseFloat(getComputedStyle(list).fontSize);
  const height = box.clientHeight / Math.max(1, Math.round(box.clientHeight / wanted));
  list.style.setProperty("--tv-row", `${height}px`);
}

/** A row that has just changed is worth more than the page's turn. */
function goToNews() {
  const fresh = document.querySelector(".tv-row.is-new");
  if (!fresh) return;
  const box = rows();
  const at = fresh.offsetTop - box.offsetTop;
  if (at < box.scrollTop || at > box.scrollTop + box.clientHeight - fresh.offsetHeight) {
    glide(Math.max(0, at - box.clientHeight / 2));
  }
  next = Date.now() + dwell();
}

async function stayAwake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // low battery or not allowed: the screen saver is then the laptop's own business
  }
}

let last = Date.now();
next = last + dwell();
setInterval(() => {
  const now = Date.now();
  if (now - last > ASLEEP_MS) location.reload();
  last = now;
  if (now < next || !dwell()) return;
  next = now + dwell();
  turnPage();
}, 1000);

document.addEventListener("heldout:swapped", () => {
  fitRows();
  setTimeout(goToNews, 50);
});
addEventListener("resize", fitRows);
document.addEventListener("heldout:leader", async () => {
  if (!rows()) return;
  const { celebrate } = await import("./board.js");
  glide(0);
  celebrate(document.querySelector("[data-leader]"));
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
fitRows();
