// Times that are typed in the room's zone: which zone, and in words when such a time is. Without
// this file the zone is the server's, and the words are missing.
const MINUTE = 60_000;

// What a wall clock in the zone shows at an instant, as the milliseconds that UTC would have.
function wallClock(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(instant);
  const of = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute);
}

// The instant at which the clocks of the zone show these digits; twice, for a change of clocks.
function instantOf(digits, zone) {
  const wanted = Date.parse(`${digits.slice(0, 16)}:00Z`);
  const near = wanted - (wallClock(wanted, zone) - wanted);
  return near - (wallClock(near, zone) - wanted);
}

function digitsOf(instant, zone) {
  return new Date(wallClock(instant, zone)).toISOString().slice(0, 16);
}

function isZone(name) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}

function span(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / MINUTE);
  const [days, hours, rest] = [
    Math.floor(minutes / 1440),
    Math.floor(minutes / 60) % 24,
    minutes % 60,
  ];
  const words = [
    days ? `${days} ${days === 1 ? "day" : "days"}` : "",
    hours ? `${hours} h` : "",
    rest && !days ? `${rest} min` : "",
  ];
  return words.filter(Boolean).join(" ") || "less than a minute";
}

function whenInWords(instant, zone) {
  const left = instant - Date.now();
  const day = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(instant);
  return `${day} in ${zone}: ${left > 0 ? `in ${span(left)}` : `${span(left)} ago`}.`;
}

function fillZone(input) {
  const hint = document.getElementById(`${input.id}-hint`);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (input.dataset.zone !== "browser" || !isZone(here)) return;
  if (hint) hint.textContent = `From this browser; the server's own is ${input.value}.`;
  input.value = here;
}

// One time that is typed, beside a number of minutes or alone, with its words below.
function follow(part, zone) {
  const [moment, minutes, said] = ["moment", "minutes", "said"].map((name) =>
    part.querySelector(`[data-${name}]`),
  );
  const written = said.textContent;
  const ways = [...part.querySelectorAll('input[type="radio"]')];
  const way = () => ways.find((each) => each.checked)?.value ?? "at";
  const choose = (value) => ways.filter((each) => each.value === value).forEach(check);

  function instant() {
    return way() === "in"
      ? Date.now() + Number(minutes.value) * MINUTE
      : instantOf(moment.value, zone.value);
  }

  function tell() {
    const known = isZone(zone.value);
    if (known && way() === "in" && Number(minutes.value) > 0)
      moment.value = digitsOf(instant(), zone.value);
    if (!known) said.textContent = "There is no such time zone; for example: America/Toronto.";
    else if (way() === "never") said.textContent = "Open until you close it.";
    else if (!moment.value) said.textContent = written;
    else said.textContent = whenInWords(instant(), zone.value);
  }

  minutes?.addEventListener("input", () => choose("in"));
  moment.addEventListener("input", () => choose("at"));
  for (const each of [zone, moment, minutes, ...ways].filter(Boolean))
    each.addEventListener("input", tell);
  tell();
  setInterval(tell, MINUTE / 2);
}

function check(radio) {
  radio.checked = true;
}

for (const form of document.querySelectorAll("[data-zoned]")) {
  const zone = form.querySelector("[data-zone]");
  fillZone(zone);
  for (const said of form.querySelectorAll("[data-said]"))
    follow(said.closest("fieldset.closes, .field-of-time"), zone);
}
