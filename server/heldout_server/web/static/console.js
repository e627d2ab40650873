// The console works without this file; with it, the time that is left counts down by itself, and a
// second click on a button that is already working does nothing.
const SECOND = 1000;

function words(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days) return `${days} ${days === 1 ? "day" : "days"} ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return `${minutes}:${String(whole % 60).padStart(2, "0")}`;
}

function tick() {
  for (const figure of document.querySelectorAll("[data-countdown]")) {
    const left = (Date.parse(figure.dataset.countdown) - Date.now()) / SECOND;
    const text = words(left);
    if (figure.textContent !== text) figure.textContent = text;
  }
}

tick();
setInterval(tick, SECOND);

// What the server sends anew says minutes again; put the seconds back before they are missed.
const live = document.getElementById("dashboard");
if (live)
  new MutationObserver(tick).observe(live, { childList: true, subtree: true, characterData: true });

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.target.method !== "post") return;
  if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-disabled", "true");
  // A download leaves the page where it is.
  setTimeout(() => button.removeAttribute("aria-disabled"), 3 * SECOND);
});

// A clock that is off is seen beside another: deadlines follow the server's.
const FAR_OFF = 60 * SECOND;
for (const check of document.querySelectorAll("[data-server-clock]")) {
  const off = Date.now() - Date.parse(check.dataset.serverClock);
  if (Math.abs(off) < FAR_OFF) continue;
  check.className = "is-ill";
  const minutes = Math.round(Math.abs(off) / FAR_OFF);
  check.append(
    ` This browser's clock is ${minutes} min ${off > 0 ? "ahead of" : "behind"} it: set the one that is wrong.`,
  );
}

for (const button of document.querySelectorAll("[data-print]"))
  button.addEventListener("click", () => print());

// Beside the page on a wide screen, a menu above it on a phone.
const wide = matchMedia("(min-width: 62rem)");
for (const menu of document.querySelectorAll(".console-nav details")) {
  const fit = () => (menu.open = wide.matches);
  wide.addEventListener("change", fit);
  fit();
}
