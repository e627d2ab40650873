// Scales, colours and numbers that both charts of the experiment map share.
export const UNKNOWN = 18; // room below an axis for runs that don't tell its value

// Where a value lies on an axis, 0 at the bottom and 1 at the top; null for unknown.
export function share(axis, value) {
  if (value === null || value === undefined) return null;
  if (axis.kind === "text") {
    const at = axis.categories.indexOf(value);
    const place = at >= 0 ? at : axis.categories.length - 1;
    return (place + 0.5) / axis.categories.length;
  }
  if (axis.max <= axis.min) return 0.5;
  if (axis.falls) return (axis.max - value) / (axis.max - axis.min); // a loss: up is better
  if (!axis.log) return (value - axis.min) / (axis.max - axis.min);
  return value > 0 ? Math.log(value / axis.min) / Math.log(axis.max / axis.min) : null;
}

export function text(axis, value) {
  if (value === null || value === undefined) return "–";
  if (axis.kind === "text") return value;
  if (axis.share && axis.name !== "dropout") return `${(value * 100).toFixed(2)}%`;
  if (Math.abs(value) >= 1e4)
    return Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
  return String(Number(value.toPrecision(3)));
}

// The same for a tick: round numbers need no digits behind the point.
export function tickText(axis, value) {
  if (axis.share && axis.kind !== "text" && axis.name !== "dropout")
    return `${Number((value * 100).toFixed(2))}%`;
  return text(axis, value);
}

// The values to write beside an axis: categories, or a few round numbers.
export function ticks(axis, most = 5) {
  if (axis.kind === "text") return axis.categories;
  if (axis.max <= axis.min) return [axis.min];
  if (axis.log) return logTicks(axis, most);
  const rough = (axis.max - axis.min) / (most - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= rough * 0.7);
  const found = [];
  for (let v = Math.ceil(axis.min / step) * step; v <= axis.max + step * 1e-9; v += step)
    found.push(v);
  return found.length ? found : [axis.min, axis.max];
}

function logTicks(axis, most) {
  const found = [];
  for (let p = Math.floor(Math.log10(axis.min)); p <= Math.ceil(Math.log10(axis.max)); p += 1) {
    const value = 10 ** p;
    if (value >= axis.min * 0.999 && value <= axis.max * 1.001) found.push(value);
  }
  if (found.length < 3) {
    const power = 10 ** Math.floor(Math.log10(axis.min));
    const fine = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((factor) => factor * power);
    const inside = fine.filter((value) => value >= axis.min * 0.999 && value <= axis.max * 1.001);
    return inside.length < 2 ? [axis.min, axis.max] : inside;
  }
  const stride = Math.ceil(found.length / most);
  return found.filter((_, at) => at % stride === 0);
}

// Colours come from the style sheet, so that light and dark are decided in one place.
export function colours(host) {
  const read = (name) => {
    const probe = document.createElement("span");
    probe.className = `probe probe-${name}`;
    host.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
  const names = ["ink", "soft", "rule", "low", "middle", "high", "bar", "sheet"];
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

// By rank, not by value: scores crowd near the top, where the differences are worth seeing.
export function scale(scores, palette, direction) {
  const sign = direction === "lower" ? -1 : 1;
  const order = [...scores].sort((a, b) => sign * (a - b));
  const rank = new Map(order.map((score, at) => [score, at / Math.max(1, order.length - 1)]));
  return (score) => {
    const at = rank.get(score) ?? 0;
    const [from, to, mix] =
      at < 0.5 ? [palette.low, palette.middle, at * 2] : [palette.middle, palette.high, at * 2 - 1];
    return `color-mix(in oklab, ${to} ${Math.round(mix * 100)}%, ${from})`;
  };
}

// A canvas as sharp as the screen; answers its context and its size in CSS pixels.
export function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return pen;
}

// Text with a rim of the background, so that it can be read over lines.
export function write(pen, words, x, y, palette) {
  pen.strokeStyle = palette.sheet;
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeText(words, x, y);
  pen.fillText(words, x, y);
}

export function clipped(pen, words, width) {
  let shown = words;
  while (shown.length > 3 && pen.measureText(shown).width > width) shown = `${shown.slice(0, -2)}…`;
  return shown;
}

// Draws again when the theme or the width changes.
export function redrawn(host, draw) {
  new ResizeObserver(draw).observe(host);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
