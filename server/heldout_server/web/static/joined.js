// After joining: tabs for the places that run Python, and the line that turns green the moment
// the first submission is scored. The token is on this page anyway, so it asks the API itself.
const place = document.querySelector("[data-joined]");

function makeTabs(ways) {
  const sections = [...ways.querySelectorAll(".way")];
  const bar = document.createElement("div");
  bar.className = "way-tabs";
  bar.setAttribute("role", "tablist");
  const select = (chosen, focus = false) => {
    sections.forEach((section, index) => {
      const tab = bar.children[index];
      const own = index === chosen;
      section.hidden = !own;
      tab.setAttribute("aria-selected", String(own));
      tab.tabIndex = own ? 0 : -1;
      if (own && focus) tab.focus();
    });
  };
  sections.forEach((section, index) => {
    const title = section.querySelector("h3");
    section.id = `${title.id}-panel`;
    section.setAttribute("role", "tabpanel");
    const tab = document.createElement("button");
    Object.assign(tab, {
      type: "button",
      textContent: title.textContent.trim(),
      id: `${title.id}-tab`,
    });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", section.id);
    section.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener("click", () => select(index));
    bar.append(tab);
  });
  bar.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const at = sections.findIndex((section) => !section.hidden);
    select((at + step + sections.length) % sections.length, true);
  });
  ways.prepend(bar);
  ways.classList.add("has-tabs");
  select(0);
}

const WORDS = {
  received: ["is-now", "Your file is on its way"],
  queued: ["is-now", "Received, waiting to be scored"],
  running: ["is-now", "Being scored"],
  error: ["is-bad", "Our scorer failed; the organizers see it"],
};

function show({ state, score, rank, verdict, url }) {
  const line = place.querySelector("[data-first-submission]");
  const words = line.querySelector("[data-first-words]");
  let [look, text] = WORDS[state] ?? ["", ""];
  if (state === "scored") {
    [look, text] = [
      "is-done",
      `Your first submission is scored: ${(score * 100).toFixed(2)}%, rank ${rank}`,
    ];
  }
  if (state === "rejected") [look, text] = ["is-bad", `${verdict.detail} ${verdict.hint ?? ""}`];
  if (words.textContent === text) return;
  line.className = look;
  const link = Object.assign(document.createElement("a"), { textContent: text });
  link.href = new URL(url).pathname;
  words.replaceChildren(link);
}

async function look() {
  const token = document.getElementById("token").textContent.trim();
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch("/api/v1/me/submissions?limit=20", { headers });
  if (!answer.ok) return;
  const { submissions } = await answer.json();
  const scored = submissions.filter(({ state }) => state === "scored").at(-1);
  if (scored ?? submissions[0]) show(scored ?? submissions[0]);
}

if (place) {
  const mine = { id: place.dataset.me, name: place.dataset.myName };
  try {
    localStorage.setItem(`heldout-me-${place.dataset.slug}`, JSON.stringify(mine));
  } catch {
    // the board's "Find me" is then not offered
  }
  makeTabs(place.querySelector("[data-ways]"));
  const source = new EventSource(place.dataset.events);
  for (const kind of ["board", "queue", "reload"]) source.addEventListener(kind, look);
  setInterval(look, 15_000);
}
