// What only one reader of the board wants: their own row, their neighbours, a name, a link to a
// row; and a few seconds of squares in the air when somebody takes the lead.
const board = document.getElementById("board");
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const SQUARES = 36;
const LOOK_AGAIN_MS = 10_000;

const me = () => document.documentElement.dataset.me; // by me.js
let unit = null; // the id of my row: my team's, where I am in one
let elsewhere = null; // my row, where it is on another page of the board
let lookedAt = 0;

const rowOf = (id) => id && document.getElementById(`row-${id}`);
const showsMineApart = () => board.querySelector("[data-own-rows]") !== null;
const myRow = () => rowOf(me()) ?? rowOf(unit);
const address = (name) => `${board.dataset.path}?${name}=${encodeURIComponent(me())}`;

function markMe() {
  const mine = myRow();
  for (const row of board.querySelectorAll("[data-row]")) {
    row.classList.toggle("is-me", row === mine);
  }
  const [button, link] = ["[data-find-me]", "[data-neighbours]"].map((s) => board.querySelector(s));
  if (!me() || !button) return;
  // A gentle board, perhaps one since a moment ago, shows mine by itself.
  button.hidden = link.hidden = showsMineApart();
  link.href = address("around");
}

/** My row where this page hasn't got it: in a team, or on another page of the board. */
async function lookElsewhere() {
  if (Date.now() - lookedAt < LOOK_AGAIN_MS) return;
  lookedAt = Date.now();
  const answer = await fetch(address("around").replace("?", "/board?"));
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  elsewhere = page.querySelector(".is-around");
  unit = elsewhere?.id.replace("row-", "");
}

/** My place, always in sight: at the foot of the screen while my row itself isn't. */
async function pinMe() {
  if (!me() || !pinned) return;
  if (!myRow() && showsMineApart()) {
    pinned.hidden = true;
    return;
  }
  if (!myRow()) await lookElsewhere();
  const row = myRow() ?? elsewhere;
  const text = (selector) => row?.querySelector(selector)?.textContent.trim() ?? "";
  pinned.querySelector("[data-my-rank]").textContent = text(".rank") || "–";
  pinned.querySelector("[data-my-name]").textContent = row?.dataset.name ?? "You";
  pinned.querySelector("[data-my-under]").textContent = row ? "you" : "no score on the board yet";
  pinned.querySelector("[data-my-score]").textContent = row ? score(row) : "";
  pinned.href = address("row");
  watched.disconnect();
  if (myRow()) watched.observe(myRow());
  else pinned.hidden = false;
  markMe();
}

const score = (row) => row.querySelector(".score").firstChild.textContent.trim();
const pinned = document.querySelector("[data-my-row]");
const WHOLE = 0.98; // heights are fractions of pixels
// A busy browser hands over several looks at once, the oldest first. A row that the screen's edge cuts
// is out of sight; one that is wider than its table may be.
const watched = new IntersectionObserver(
  (looks) => {
    const { intersectionRect: seen, boundingClientRect: row } = looks.at(-1);
    pinned.hidden = seen.height > 0 && seen.height >= WHOLE * row.height;
  },
  { threshold: Array.from({ length: 101 }, (_, part) => part / 100) },
);

function findMe() {
  const row = myRow();
  if (!row) return location.assign(address("row"));
  row.scrollIntoView({ block: "center", behavior: stillness.matches ? "auto" : "smooth" });
  row.querySelector("a")?.focus({ preventScroll: true });
}

/** Hides rows without the text at once; Enter asks the server, which knows every page. */
function filter() {
  const wanted = board.querySelector("[data-find]")?.value.trim().toLowerCase() ?? "";
  for (const row of board.querySelectorAll("[data-row]")) {
    row.hidden = wanted !== "" && !row.dataset.name.toLowerCase().includes(wanted);
  }
}

async function copyLink(link) {
  const was = link.textContent;
  try {
    await navigator.clipboard.writeText(link.href);
    link.textContent = "✓";
  } catch {
    location.assign(link.href); // no clipboard over plain http: the address bar has it then
  }
  setTimeout(() => (link.textContent = was), 1200);
}

/** Squares of the mark rise from the score and fall: brief, and nothing when motion is unwelcome. */
export function celebrate(place) {
  place?.classList.add("is-new-leader");
  setTimeout(() => place?.classList.remove("is-new-leader"), 4000);
  if (!place || stillness.matches) return;
  const box = place.getBoundingClientRect();
  const sky = document.createElement("div");
  sky.className = "sky";
  sky.setAttribute("aria-hidden", "true");
  for (let number = 0; number < SQUARES; number++) sky.append(document.createElement("i"));
  document.body.append(sky);
  for (const square of sky.children) {
    const x = box.left + box.width * Math.random();
    const y = box.top + box.height / 2;
    const aside = (Math.random() - 0.5) * 420;
    const up = 80 + Math.random() * 160;
    const turn = (Math.random() - 0.5) * 540;
    const at = (dx, dy, angle) => `translate(${x + dx}px, ${y + dy}px) rotate(${angle}deg)`;
    square.animate(
      [
        { transform: at(0, 0, 0), opacity: 1, easing: "cubic-bezier(0.1, 0.7, 0.4, 1)" },
        { transform: at(aside * 0.6, -up, turn / 2), opacity: 1, offset: 0.35, easing: "ease-in" },
        { transform: at(aside, 320, turn), opacity: 0 },
      ],
      { duration: 1600 + Math.random() * 900, fill: "forwards" },
    );
  }
  setTimeout(() => sky.remove(), 2600);
}

if (board) {
  markMe();
  pinMe();
  board.addEventListener("heldout:swapped", () => (markMe(), pinMe(), filter()));
  pinned?.addEventListener("click", (event) => {
    if (!myRow()) return;
    event.preventDefault();
    findMe();
  });
  board.addEventListener("heldout:leader", () => celebrate(board.querySelector("[data-leader]")));
  board.addEventListener("input", (event) => event.target.matches("[data-find]") && filter());
  board.addEventListener("click", (event) => {
    const link = event.target.closest("[data-copy-link]");
    if (event.target.closest("[data-find-me]")) findMe();
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    copyLink(link);
  });
}
