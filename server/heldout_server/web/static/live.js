// Keeps one part of the page ([data-live]) as new as the server's.
//
// Own code rather than htmx with its event and morph extensions: it needs three things (listen,
// fetch the fragment again, patch the difference in) and one they lack (rows that glide), and a
// strict Content-Security-Policy refuses the inline styles that htmx adds.
//
//   data-live-src      where the fragment (or the page that contains it, by id) comes from
//   data-live-events   server-sent events that say "fetch again"; on the board
//   data-live-also     further kinds of event that say so; on the projector
//   data-live-alone    a stream of its own, also when nobody sees it; on the projector
//   data-live-scene    what is shown: where it changes, nothing that is there is news
//   data-live-queue    where the queue strip alone comes from: it changes with every file sent
//   data-live-own      a part that other scripts look after: left as it is
//   data-live-poll     milliseconds between fetches while this attribute is there; on a submission
import { follow } from "./events.js";

const SETTLE_MS = 60; // several scores often arrive together: fetch once
const MOST_SETTLE_MS = 1000;
const MOST_MARKED = 10;
// Ties follow a score by a second. Where scores come often, the next one brings them along.
const TIES_MS = 2500;
const SAFETY_MS = 60_000; // a stream that died unseen (a sleeping laptop) heals within this
const GLIDE = { duration: 650, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
const KEPT = ["open", "hidden", "style"]; // what was opened, filtered or put in its place stays so
const root = document.querySelector("[data-live]");
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let tag = null;
let newest = 0; // the last change of the board heard of: what is fetched must know it
let fetched = 0; // the last change that is on the page
let newestOfAll = 0; // the same for the queue, which every event may change
let busy = false;
let again = false;
let queueBusy = false;
let queueAgain = false;
let failures = 0;
let stream = null; // where there is one; its `live` says whether anything is heard

function say(state, words) {
  const pill = document.querySelector("[data-live-status]");
  if (!pill || pill.dataset.liveStatus === state) return;
  pill.dataset.liveStatus = state;
  pill.querySelector("[data-live-words]").textContent = words;
}
const sayLive = () => say("live", "live");
const sayLost = () => say("lost", "reconnecting…");

/** Patches `old` until it equals `fresh`; elements with the same id are kept, also when they move. */
function morph(old, fresh) {
  if (old.dataset?.liveOwn !== undefined || old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const kept = new Map([...old.children].filter((child) => child.id).map((c) => [c.id, c]));
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const twin = next.id ? kept.get(next.id) : at && !at.id && at.nodeName === next.nodeName && at;
    if (!twin || twin.nodeName !== next.nodeName) {
      old.insertBefore(next, at);
      continue;
    }
    if (twin === at) at = at.nextSibling;
    else old.insertBefore(twin, at);
    if (twin.nodeType === Node.ELEMENT_NODE) morph(twin, next);
    else if (twin.nodeValue !== next.nodeValue) twin.nodeValue = next.nodeValue;
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

const leader = () => root.querySelector("[data-leader]")?.dataset.leader;
const rows = () => [...root.querySelectorAll("[data-row]")];
const look = (row) => ({ top: row.getBoundingClientRect().top, score: row.dataset.row });

/** Lets rows glide from where they were, marks those whose score is new; returns them. */
function celebrate(before) {
  for (const row of rows()) {
    const was = before.get(row.id);
    const moved = was ? was.top - row.getBoundingClientRect().top : 0;
    if (moved && !stillness.matches) {
      row.animate({ transform: [`translateY(${moved}px)`, "none"] }, GLIDE);
    }
  }
  const fresh = rows().filter((row) => before.get(row.id)?.score !== row.dataset.row);
  if (fresh.length > MOST_MARKED) return []; // back after a long while: all of it is new
  for (const row of fresh) {
    row.classList.add("is-new");
    setTimeout(() => row.classList.remove("is-new"), 5000);
  }
  return fresh;
}

function swap(fresh) {
  const focused = document.activeElement;
  const stateBefore = root.querySelector("[data-state-words]")?.textContent.trim();
  const before = new Map(rows().map((row) => [row.id, look(row)]));
  const led = leader();
  const sameScene = root.dataset.liveScene === fresh.dataset.liveScene;
  morph(root, fresh);
  if (focused !== document.activeElement && focused?.isConnected) {
    focused.focus({ preventScroll: true });
  }
  const news = sameScene ? celebrate(before).map((row) => row.dataset.news) : [];
  const state = root.querySelector("[data-state-words]")?.textContent.trim();
  if (state && state !== stateBefore) news.push(state);
  root.dispatchEvent(new CustomEvent("heldout:swapped", { bubbles: true }));
  if (led && leader() !== led)
    root.dispatchEvent(new CustomEvent("heldout:leader", { bubbles: true }));
  if (news.length)
    document.querySelector("[data-live-news]").textContent = news.slice(0, 3).join(". ");
}

async function fetchOnce() {
  const known = newest;
  const headers = { "Heldout-After": known, ...(tag && { "If-None-Match": tag }) };
  const response = await fetch(root.dataset.liveSrc, { headers, cache: "no-store" });
  const at = Date.parse(response.headers.get("Date"));
  if (at) dispatchEvent(new CustomEvent("heldout:time", { detail: at }));
  if (response.ok || response.status === 304) fetched = known;
  if (response.status === 304) return;
  if (!response.ok) throw new Error(`status ${response.status}`);
  tag = response.headers.get("ETag");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(root.id);
  if (fresh) swap(document.adoptNode(fresh));
}

/** Fetches soon; calls that come meanwhile are answered by one more fetch. True when it worked. */
async function refresh() {
  again = true;
  if (busy) return true;
  busy = true;
  let took = 0;
  try {
    while (again) {
      // A server that takes long is asked less often; a laptop that slept has not waited for it.
      await later(Math.min(Math.max(SETTLE_MS, took), MOST_SETTLE_MS));
      again = false;
      const begun = performance.now();
      await fetchOnce();
      took = performance.now() - begun;
    }
    failures = 0;
    if (stream?.live) sayLive();
    return true;
  } catch {
    sayLost();
    failures += 1;
    if (stream) setTimeout(refresh, Math.min(1000 * 2 ** failures, 15_000));
    return false;
  } finally {
    busy = false;
  }
}

/** The queue strip by itself: some 200 bytes, where the board may be a hundred times that. */
async function fetchQueue() {
  const headers = { "Heldout-After": newestOfAll };
  const response = await fetch(root.dataset.liveQueue, { headers, cache: "no-cache" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("queue");
  // Looked for only now: another scene of the projector brings a new one.
  if (fresh)
    document.getElementById("queue")?.replaceChildren(...document.adoptNode(fresh).childNodes);
}

/** Fetches it soon; calls that come meanwhile are answered by one more fetch. */
async function refreshQueue() {
  if (!root.dataset.liveQueue) return;
  queueAgain = true;
  if (queueBusy) return;
  queueBusy = true;
  try {
    while (queueAgain && document.getElementById("queue")) {
      await later(SETTLE_MS);
      queueAgain = false;
      await fetchQueue();
    }
  } catch {
    sayLost();
  } finally {
    queueBusy = false;
  }
}

/** Fetches, unless a fetch for something else has brought the ties by then. */
async function refreshTies(id) {
  newest = newestOfAll = id;
  await later(TIES_MS * (1 + Math.random()));
  if (fetched < id) refresh();
}

const REFRESHING = ["hello", "board", "announcement", "queue", "reload"];

function listen() {
  const heard = ({ type, lastEventId }) => {
    if (type === "ties") return refreshTies(Number(lastEventId));
    if (!REFRESHING.includes(type) && !root.dataset.liveAlso?.split(" ").includes(type)) return;
    if (type === "board" || type === "announcement") newest = Number(lastEventId);
    else if (type !== "queue") newest = 0; // after a gap: nothing but the newest will do
    newestOfAll = type === "hello" || type === "reload" ? 0 : Number(lastEventId);
    sayLive();
    refreshQueue();
    if (type !== "queue") refresh();
  };
  const alone = root.dataset.liveAlone !== undefined;
  stream = follow(root.dataset.liveEvents, { heard, lost: sayLost, alone });
}

async function poll() {
  while (root.dataset.livePoll) {
    await later(Math.min(root.dataset.livePoll * 2 ** failures, 15_000));
    await refresh();
  }
}

if (root?.dataset.liveEvents) {
  listen();
  setInterval(() => {
    if (document.hidden && root.dataset.liveAlone === undefined) return;
    refresh();
    refreshQueue();
  }, SAFETY_MS);
  addEventListener("online", refresh);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
} else if (root) {
  poll();
}
