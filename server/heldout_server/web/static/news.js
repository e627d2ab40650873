// Says "3 new runs – show" on a page that doesn't move by itself: a chart that is being read or
// played must not change under the reader's hand.
import { follow } from "./events.js";

const SETTLE_MS = 1500; // a run is on the map a second after its score
const place = document.querySelector("[data-news-from]");
const seen = new Set();

function say() {
  const { one, many } = place.dataset;
  const number = seen.size;
  place.querySelector("[data-news-words]").textContent = number
    ? `${number} new ${number === 1 ? one : many}`
    : "There is news";
  place.hidden = false;
}

function listen() {
  let soon = 0;
  const heard = ({ type, data }) => {
    if (type !== "board" && type !== "reload") return;
    const { submission_id: submission } = JSON.parse(data);
    if (type === "board" && !submission) return; // a name, a setting: nothing to draw
    if (submission) seen.add(submission);
    clearTimeout(soon);
    soon = setTimeout(say, place.hidden ? SETTLE_MS : 0);
  };
  follow(place.dataset.newsFrom, { heard });
}

if (place) {
  listen();
  place.addEventListener("click", () => location.reload());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
