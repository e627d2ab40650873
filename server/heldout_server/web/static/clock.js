// Counts down what carries data-countdown (an ISO time), by the server's clock: a laptop that is
// minutes off must not close the competition on the wall early.
let ahead = 0; // how far this machine's clock is ahead of the server's, in milliseconds

const parts = (left) => {
  const seconds = Math.max(0, Math.round(left / 1000));
  const [d, h, m, s] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const two = (number) => String(number).padStart(2, "0");
  if (d) return `${d}d ${two(h)}h`;
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
};

function show() {
  for (const place of document.querySelectorAll("[data-countdown]")) {
    const left = Date.parse(place.dataset.countdown) - (Date.now() - ahead);
    const figure = place.querySelector(".countdown-figure");
    const text = parts(left);
    place.hidden = false;
    place.classList.toggle("is-close", left < 5 * 60_000);
    if (figure.textContent !== text) figure.textContent = text;
  }
  for (const place of document.querySelectorAll("[data-wall-clock]")) {
    const zone = place.dataset.wallClock;
    const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
    const text = new Date(Date.now() - ahead).toLocaleTimeString("en-GB", format);
    if (place.textContent !== text) place.textContent = text;
  }
}

// live.js reads the server's clock from the answers that it gets anyway.
addEventListener("heldout:time", (event) => {
  const found = Date.now() - event.detail;
  if (Math.abs(found - ahead) > 1500) ahead = found; // the header has whole seconds only
});
document.addEventListener("heldout:swapped", show); // before anybody sees the fresh, empty figure
show();
setInterval(show, 1000);
