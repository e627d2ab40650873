// Makes text as small as its place needs, and no smaller: on the wall nobody can hover over a name
// that was cut. A place has a height (or a largest one) and hides what flows over.
const SHARES = [1, 0.87, 0.76, 0.66, 0.58, 0.5, 0.44, 0.38, 0.33];
const done = new WeakMap();

const overflows = (place) =>
  place.scrollHeight > place.clientHeight + 1 || place.scrollWidth > place.clientWidth + 1;

/** One place; left alone while neither its words nor the room for them have changed. */
function fitOne(place) {
  const room = place.parentElement;
  const key = [place.textContent, room.clientWidth, room.clientHeight].join("|");
  if (done.get(place) === key || !room.clientWidth) return;
  place.style.fontSize = "";
  const size = parseFloat(getComputedStyle(place).fontSize);
  for (const share of SHARES) {
    if (share < 1) place.style.fontSize = `${size * share}px`;
    if (!overflows(place)) break;
  }
  done.set(place, key);
}

/** Every place in `root` that asks for it. */
export function fit(root) {
  for (const place of root.querySelectorAll("[data-fit]")) {
    if (!place.closest("[hidden]")) fitOne(place);
  }
}
