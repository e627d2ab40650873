// Says "3 new runs – show" on a page that doesn't move by itself: a chart that is being read or
// played must not change under the reader's hand.
const SETTLE_MS = 1500; // a run is on the map a second after its score
const place = document.querySelector("[data-news]");
const seen = new Set();

function say() {
  const { one, many } = place.dataset;
  const number = seen.size;
  place.querySelector("[data-news-words]").textContent = number
    ? `${number} new ${number === 1 ? one : many}`
    : "There is news";
  place.hidden = false;
}

function listen(waitMs = 1000) {
  const source = new EventSource(place.dataset.news);
  let soon = 0;
  const heard = ({ type, data }) => {
    const { submission_id: submission } = JSON.parse(data);
    if (type === "board" && !submission) return; // a name, a setting: nothing to draw
    if (submission) seen.add(submission);
    clearTimeout(soon);
    soon = setTimeout(say, place.hidden ? SETTLE_MS : 0);
  };
  for (const kind of ["board", "reload"]) source.addEventListener(kind, heard);
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(() => listen(Math.min(waitMs * 2, 60_000)), waitMs * (0.5 + Math.random()));
  });
  addEventListener("pagehide", () => source.close());
}

if (place) {
  listen();
  place.addEventListener("click", () => location.reload());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
