// After joining: tabs for the places that run Python, and the line that turns green the moment
// the first submission is scored.
import { follow } from "./events.js";

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

/** The line that turns green: the same page again, of which only that is taken. */
async function look() {
  if (document.querySelector("#progress .is-done a")) return; // green is where it ends
  const answer = await fetch(location.pathname, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, line] = [document, fresh].map((each) => each.getElementById("progress"));
  if (line && !old.isEqualNode(line)) {
    old.replaceChildren(...document.adoptNode(line).childNodes);
  }
}

function remember(slug, mine) {
  try {
    if (mine) localStorage.setItem(`heldout-me-${slug}`, JSON.stringify(mine));
    else localStorage.removeItem(`heldout-me-${slug}`);
  } catch {
    // the board then doesn't know which row is mine
  }
}

const left = document.querySelector("[data-left]");
if (left) remember(left.dataset.left, null);
if (place) {
  document.documentElement.dataset.me = place.dataset.me;
  remember(place.dataset.slug, { id: place.dataset.me, name: place.dataset.myName });
  const ways = place.querySelector("[data-ways]");
  if (ways) makeTabs(ways);
  let timer = null;
  const soon = () => {
    timer ??= setTimeout(
      () => {
        timer = null;
        look().catch(() => {});
      },
      500 + 1500 * Math.random(),
    );
  };
  const heard = ({ type }) => ["board", "queue", "reload"].includes(type) && soon();
  follow(place.dataset.events, { heard });
  setInterval(() => document.hidden || soon(), 15_000);
}
