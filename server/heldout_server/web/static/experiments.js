// The experiment map: one request fills both charts; another number of best runs, one more.
import { Parallel } from "./parallel.js";
import { Scatter } from "./scatter.js";

const parallel = document.querySelector("[data-parallel]");
const scatter = document.querySelector("[data-scatter]");

async function load(best) {
  const address = new URL(parallel.dataset.src, location.href);
  address.searchParams.set("best", best);
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the map's data could not be loaded (${answer.status})`);
  return answer.json();
}

async function begin() {
  const choice = parallel.querySelector("[data-best]");
  const data = await load(choice.value);
  const charts = [new Parallel(parallel, data)];
  if (scatter) charts.push(new Scatter(scatter, data));
  choice.addEventListener("change", async () => {
    const other = await load(choice.value);
    for (const chart of charts) chart.take(other);
  });
}

// At most eight runs can be compared: the ninth box waits until another is cleared.
document.querySelector("[data-pick]")?.addEventListener("change", (event) => {
  const form = event.currentTarget;
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const full = boxes.filter((box) => box.checked).length >= Number(form.dataset.pick);
  for (const box of boxes) box.disabled = full && !box.checked;
});

/** The charts of the experts' part are drawn when somebody opens it, and only then fetched. */
function start() {
  begin().catch((error) => {
    for (const said of document.querySelectorAll("[data-said]")) {
      said.textContent = `${error.message}. The table has the same numbers.`;
    }
  });
}

const folded = document.querySelector("[data-experts]");
if (folded && location.hash === `#${folded.id}`) folded.open = true;
if (parallel && folded && !folded.open) folded.addEventListener("toggle", start, { once: true });
else if (parallel) start();
