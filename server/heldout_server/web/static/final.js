// The final on a phone: draws what is asked for, reads what others drew, one thing at a time. The
// server says what is next. What can't be sent waits in this browser, and goes out in order when
// there is a network again, also after a reload: the server takes each thing once.
import { follow } from "./events.js";
import { Pad } from "./pad.js";

const root = document.querySelector("[data-final]");
const find = (name) => root.querySelector(`[data-${name}]`);
const KEPT = `heldout-final ${root.dataset.who}`;
const AGAIN_MS = 3000;
const LOOK_MS = 4000; // while there is nothing to do, others draw
const LATER = [401, 403, 429];
const GUESS_MS = 250; // the answer mostly comes before: what is shown doesn't change twice then

let part = null;
let waiting = kept();
let readsOnly = false;
let sending = false;
let again = null;
let guessed = null;

const pad = new Pad(find("pad"), (strokes) => {
  find("send").disabled = find("clear").disabled = find("undo").disabled = !strokes.length;
});

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}

function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify(waiting));
  } catch {
    // no storage: it waits in this page then
  }
}

async function ask(path, body = {}) {
  const answer = await fetch(`${root.dataset.path}/${path}?reads_only=${readsOnly}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Heldout-Form": root.dataset.form },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (answer.ok) return said;
  throw Object.assign(new Error(said.detail), { status: answer.status, hint: said.hint });
}

/** Sends what waits, oldest first, and hears what is next; what was refused, or null. */
async function flush() {
  let refused = null;
  for (let isKnown = false; waiting.length || !isKnown; isKnown = true) {
    if (!waiting.length) {
      part = await ask("part");
      continue;
    }
    const [{ path, body }] = waiting;
    try {
      part = await ask(path, body);
    } catch (error) {
      if (!isRefused(error)) throw error;
      part = await ask("part");
      if (part.paused) break; // it goes out when the others go on
      refused = error;
    }
    waiting.shift();
    keep();
  }
  return refused;
}

/** Wrong, and stays so: not sent again. Who is signed out, or too fast, keeps what they have. */
const isRefused = ({ status }) => status >= 400 && status < 500 && !LATER.includes(status);

async function send(path, body) {
  waiting.push({ path, body });
  keep();
  guess(path, body);
  await refresh();
}

/** Goes on soon, as the server will say it: without a network nobody has to wait. */
function guess(path, body) {
  if (!part) return;
  if (path === "drawings") {
    pad.clear();
    part.prompts = part.prompts.filter(({ number }) => number !== body.prompt);
    part.drawn += 1;
  } else {
    part.said += 1;
    part.offer = null;
    part.step = part.prompts.length && !readsOnly ? "draw" : "wait";
  }
  if (part.step === "draw" && !part.prompts.length) part.step = part.offer ? "read" : "wait";
  clearTimeout(guessed);
  guessed = setTimeout(show, GUESS_MS);
}

async function refresh() {
  if (sending) return;
  sending = true;
  let refused = null;
  let isOnline = true;
  try {
    refused = await flush();
  } catch (error) {
    isOnline = false;
    if (error.status < 500) refused = error;
  } finally {
    sending = false;
  }
  clearTimeout(guessed);
  if (part) show();
  online(isOnline);
  if (refused) problem(refused);
}

function online(is) {
  root.classList.toggle("is-offline", !is);
  clearTimeout(again);
  if (is) return;
  told(
    waiting.length
      ? `No connection. ${waiting.length} kept in this browser, sent as soon as there is one.`
      : "No connection: trying again.",
  );
  again = setTimeout(refresh, AGAIN_MS);
}

function problem({ message, hint }) {
  find("problem").hidden = false;
  find("problem").textContent = [message, hint].filter(Boolean).join(" ");
}

function told(words) {
  if (find("told").textContent !== words) find("told").textContent = words;
}

const WAIT = {
  frozen: ["The models are frozen", "Drawing begins in a moment: leave this page open."],
  draw: ["Well done", "Nothing to read just now: others are drawing. This page goes on by itself."],
  read: ["Well done", "Nothing is left to read for you. Look at the wall."],
  count: ["That was all", "The models read the last drawings. Look at the wall."],
  podium: ["That was the final", "The podium is on the wall. Thank you for your hand."],
};

function show() {
  const step = stepNow();
  for (const section of root.querySelectorAll("[data-step]")) {
    section.hidden = section.dataset.step !== step;
  }
  // Whoever works by keyboard or screen reader comes along.
  if (document.activeElement.closest("[hidden]")) root.querySelector(`#${step}-title`).focus();
  const all = part.drawn + part.prompts.length;
  find("progress").max = Math.max(1, all + part.asked);
  find("progress").value = part.drawn + Math.min(part.said, part.asked);
  if (step === "draw") showPrompt(all);
  if (step === "read") showOffer();
  if (step === "wait") showWait();
  find("draws").hidden = !(readsOnly && part.prompts.length);
}

function stepNow() {
  if (part.paused) return "wait";
  // Nobody is taken away from a drawing that is begun.
  const isBegun = pad.strokes.length && part.prompts.length && !readsOnly;
  return part.step === "read" && isBegun ? "draw" : part.step;
}

function showPrompt(all) {
  const [{ number, name }] = part.prompts;
  if (find("prompt").dataset.number !== String(number)) {
    find("prompt").dataset.number = number;
    find("prompt").textContent = name;
    find("pad").setAttribute("aria-label", `A square to draw ${name} in`);
    find("problem").hidden = true;
    pad.clear();
  }
  told(`Drawing ${part.drawn + 1} of ${all}. As on an envelope, large.`);
}

function showOffer() {
  const image = find("image");
  if (image.dataset.drawing !== part.offer.drawing) {
    image.dataset.drawing = part.offer.drawing;
    image.src = part.offer.image;
    find("problem").hidden = true;
  }
  const left = part.asked - part.said;
  told(
    left > 0
      ? `Each needs two readers: ${left} more, please.`
      : "That was your share. More is welcome.",
  );
}

function showWait() {
  const [title, words] = part.paused
    ? ["A short pause", "Nothing is lost: this page goes on by itself."]
    : WAIT[part.phase];
  find("wait-title").textContent = title;
  find("wait-words").textContent = words;
  told(part.drawn || part.said ? `${part.drawn} drawn, ${part.said} read.` : "");
}

find("send").addEventListener("click", () => {
  const [{ number }] = part.prompts;
  send("drawings", { prompt: number, strokes: pad.strokes, consents: find("consents").checked });
});
find("undo").addEventListener("click", () => pad.undo());
find("clear").addEventListener("click", () => pad.clear());
find("reads-only").addEventListener("click", () => ((readsOnly = true), refresh()));
find("draws").addEventListener("click", () => ((readsOnly = false), refresh()));
root.addEventListener("click", ({ target }) => {
  const said = target.closest("[data-say]")?.dataset.say;
  if (said === undefined || !part?.offer) return;
  send("readings", { drawing: part.offer.drawing, said: said === "" ? null : Number(said) });
});
addEventListener("online", refresh);
addEventListener("keydown", ({ key }) => {
  if (part && stepNow() === "read") root.querySelector(`[data-say="${CSS.escape(key)}"]`)?.click();
});
setInterval(() => part?.step === "wait" && !document.hidden && refresh(), LOOK_MS);
follow(root.dataset.events, {
  heard: ({ type, data }) => {
    // Each drawing that counts is news, too; a phone goes on by what it does itself.
    const said = type === "final" && JSON.parse(data);
    if (type === "reload" || (said && (said.phase !== part?.phase || said.paused !== part?.paused)))
      refresh();
  },
});
refresh();
