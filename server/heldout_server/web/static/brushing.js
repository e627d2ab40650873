// Brushes are drawn along an axis: with a mouse at once, with a finger once it moves along the axis
// rather than across it, so that the chart and the page under it can still be scrolled.
const SLOP = 6;

// `chart` answers `axisAt(x)` (-1: none), and takes `brush(axis, y, y)`, `restore(axis, brush)`,
// `settle(axis)` and `hover(spot)` (null: nothing).
export function brushing(canvas, chart) {
  let drag = null;
  const spotOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const isAlong = (to) => {
    const [across, along] = [
      Math.abs(to.clientX - drag.clientX),
      Math.abs(to.clientY - drag.clientY),
    ];
    return along > across && along > SLOP;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary) return;
    const { clientX, clientY, pointerId } = event,
      from = spotOf(event),
      axis = chart.axisAt(from.x);
    const isBrush = axis >= 0 && event.pointerType !== "touch";
    drag = { clientX, clientY, from, axis, isBrush, before: chart.brushes.get(axis) };
    if (isBrush) canvas.setPointerCapture(pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.isPrimary) return;
    if (drag?.axis >= 0 && event.pointerType === "touch") drag.isBrush ||= isAlong(event);
    if (drag?.isBrush) chart.brush(drag.axis, drag.from.y, spotOf(event).y);
    else if (event.pointerType !== "touch") chart.hover(spotOf(event));
  });
  // What is refused here isn't scrolled by the browser; the first refusal decides for the gesture.
  canvas.addEventListener(
    "touchmove",
    (event) => {
      if (!drag || drag.axis < 0 || event.touches.length > 1 || !event.cancelable) return;
      if (drag.isBrush || isAlong(event.touches[0])) event.preventDefault();
    },
    { passive: false },
  );
  canvas.addEventListener("pointerup", (event) => {
    if (drag?.isBrush) chart.settle(drag.axis);
    else if (drag && event.pointerType === "touch") chart.hover(spotOf(event));
    drag = null;
  });
  // The browser took the gesture for a scroll or a pinch.
  canvas.addEventListener("pointercancel", () => {
    if (drag?.isBrush) chart.restore(drag.axis, drag.before);
    drag = null;
  });
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType !== "touch") chart.hover(null);
  });
}
