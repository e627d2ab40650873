// The rows that a gentle board shows to one reader alone: everybody's page is the same bytes, so
// these come by themselves, with the reader's cookie, and stay in no cache.
const SETTLE_MS = 1000;
let timer = null;

async function show() {
  timer = null;
  const place = document.querySelector("[data-own-rows]");
  if (!place || !document.documentElement.dataset.me) return;
  const answer = await fetch(place.dataset.ownRows, { cache: "no-store", redirect: "error" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rows = fresh.getElementById("own-rows");
  if (!rows || place.firstElementChild?.isEqualNode(rows)) return;
  place.replaceChildren(document.adoptNode(rows));
  place.hidden = false;
}

const soon = () => {
  timer ??= setTimeout(() => show().catch(() => {}), SETTLE_MS * (0.2 + Math.random()));
};

show().catch(() => {}); // nobody is signed in here
document.getElementById("board").addEventListener("heldout:swapped", soon);
