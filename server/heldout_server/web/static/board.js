// What only one reader of the board wants: their own row, their neighbours, a name, a link to a
// row; and a few seconds of squares in the air when somebody takes the lead.
const board = document.getElementById("board");
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const SQUARES = 36;

function me() {
  try {
    return JSON.parse(localStorage.getItem(`heldout-me-${board.dataset.slug}`));
  } catch {
    return null; // storage may be forbidden, or hold something else
  }
}

function markMe() {
  const mine = me();
  for (const row of board.querySelectorAll("[data-row]")) {
    row.classList.toggle("is-me", row.id === `row-${mine?.id}`);
  }
  const [button, link] = ["[data-find-me]", "[data-neighbours]"].map((s) => board.querySelector(s));
  if (!mine || !button) return;
  button.hidden = link.hidden = false;
  link.href = `/c/${board.dataset.slug}?around=${encodeURIComponent(mine.id)}`;
}

function findMe() {
  const row = document.getElementById(`row-${me()?.id}`);
  if (!row) {
    location.assign(`/c/${board.dataset.slug}?row=${encodeURIComponent(me().id)}`);
    return;
  }
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
  board.addEventListener("heldout:swapped", () => (markMe(), filter()));
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
