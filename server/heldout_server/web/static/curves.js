// The values under the pointer. The table below each chart is the only copy of the numbers: its
// rows know where their epoch lies. Listens on the document, so swapped-in charts work at once.
function nearest(rows, x) {
  return rows.reduce((best, row) =>
    Math.abs(row.dataset.x - x) < Math.abs(best.dataset.x - x) ? row : best,
  );
}

function point(svg, event) {
  const rows = [...svg.closest("figure").querySelectorAll("tr[data-x]")];
  const x = new DOMPoint(event.clientX, 0).matrixTransform(svg.getScreenCTM().inverse()).x;
  const row = nearest(rows, x);
  const line = svg.querySelector(".crosshair");
  line.setAttribute("x1", row.dataset.x);
  line.setAttribute("x2", row.dataset.x);
  line.setAttribute("visibility", "visible");
  const names = [...svg.querySelectorAll(".direct")].map((label) => label.textContent.trim());
  const values = [...row.cells].map((cell) => cell.textContent.trim());
  const pairs = names.map((name, at) => `${name} ${values[at + 1]}`);
  readout(svg).textContent = [`Epoch ${values[0]}`, ...pairs].join(" · ");
}

function leave(svg) {
  svg.querySelector(".crosshair").setAttribute("visibility", "hidden");
  readout(svg).textContent = readout(svg).dataset.readout;
}

const readout = (svg) => svg.closest("figure").querySelector(".readout");
let current = null;

document.addEventListener("pointermove", (event) => {
  const svg = event.target.closest?.("svg.curves") ?? null;
  if (current && current !== svg && current.isConnected) leave(current);
  current = svg;
  if (svg) point(svg, event);
});
