// Who this browser is in the contests of this server, as the pages that one joins on left it here:
// the list says where one is in already.
const PREFIX = "heldout-me-";

function known() {
  const found = new Map();
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(PREFIX)) continue;
      const { name } = JSON.parse(localStorage.getItem(key)) ?? {};
      if (typeof name === "string" && name) found.set(key.slice(PREFIX.length), name);
    }
  } catch {
    // nothing is remembered here: nothing is said
  }
  return found;
}

const mine = known();
for (const line of document.querySelectorAll("[data-known]")) {
  const name = mine.get(line.dataset.known);
  if (!name) continue;
  line.querySelector("[data-known-name]").textContent = name;
  line.hidden = false;
  const join = document.querySelector(`[data-unknown="${CSS.escape(line.dataset.known)}"]`);
  if (join) join.hidden = true;
}
