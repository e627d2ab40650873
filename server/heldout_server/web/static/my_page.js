// One's own page: tries that come in by themselves, and a file that is dropped. Without scripts it
// is a page with forms.
import { follow as followEvents } from "./events.js";
import { makeDrop, say } from "./file_drop.js";

// Everybody's scores are told; one's own page is made anew for each reader, so it asks seldom, and
// often only while a file of theirs is on its way.
const WAITING_MS = 1000;
const CALM_MS = 10_000;
const page = document.querySelector("[data-me-page]");

/** Fetches what changes and puts it in, but for a part that somebody is using just now. */
async function refresh() {
  const answer = await fetch(page.dataset.nowFrom, { cache: "no-store", redirect: "error" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of page.querySelectorAll("[data-now]")) {
    const next = fresh.getElementById(part.id);
    if (!next || part.isEqualNode(next) || part.contains(document.activeElement)) continue;
    part.replaceChildren(...document.adoptNode(next).childNodes);
  }
}

function follow() {
  let timer = null;
  let last = Date.now();
  const ask = () => {
    timer = null;
    last = Date.now();
    refresh().catch(() => {}); // the next event asks again
  };
  const soon = () => {
    const pause = page.querySelector("[data-under-way]") ? WAITING_MS : CALM_MS;
    timer ??= setTimeout(ask, Math.max(150, last + pause * (0.5 + Math.random()) - Date.now()));
  };
  const heard = ({ type }) => ["board", "queue", "reload"].includes(type) && soon();
  followEvents(page.dataset.events, { heard });
  setInterval(() => document.hidden || soon(), CALM_MS);
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Another key for each file: the same one again would be the same submission. */
function ready(form, file) {
  if (file.size > Number(form.dataset.mostBytes)) {
    say(form, `${file.name} is larger than the ${form.dataset.most} that are taken here.`);
    return false;
  }
  form.elements.key.value = newKey();
  return true;
}

function next(answer, request) {
  if (answer.done) return `${page.dataset.mePath}?done=${answer.done}`;
  return request.responseURL.endsWith("/join") ? request.responseURL : "";
}

if (page) {
  document.documentElement.dataset.me = page.dataset.me;
  try {
    const mine = { id: page.dataset.me, name: page.dataset.myName };
    localStorage.setItem(`heldout-me-${page.dataset.slug}`, JSON.stringify(mine));
  } catch {
    // the board then doesn't know which row is mine
  }
  const form = page.querySelector("[data-drop]");
  if (form) makeDrop(form, { ready, next, afterwards: "Sent, being recorded…" });
  follow();
}
