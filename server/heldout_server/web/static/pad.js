// A square to draw in, with finger, pen or mouse: what the pointer passed between two frames is
// drawn too, as curves. Strokes are kept in whole numbers of 0 to 1000, whatever the screen has.
const SIDE = 1000;
const PEN = 44; // of 1000: what the server's pen has in a drawing that fills the square
const NEAR = 4; // points nearer than this to the one before say nothing new
const MOST_POINTS = 850; // the server takes 8000 bytes, of which a point has nine at most

export class Pad {
  constructor(canvas, changed) {
    Object.assign(this, { canvas, changed, strokes: [], pointer: null });
    const on = (type, heard) => canvas.addEventListener(type, heard.bind(this));
    on("pointerdown", this.begin);
    on("pointermove", this.go);
    on("pointerup", this.end);
    on("pointercancel", this.end);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.draw();
  }

  clear() {
    this.strokes = [];
    this.pointer = null; // a finger that is down begins anew
    this.draw();
  }

  undo() {
    this.strokes.pop();
    this.draw();
  }

  begin(event) {
    // One finger draws; a palm or a second one doesn't.
    if (this.pointer !== null || event.button > 0) return;
    event.preventDefault();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.strokes.push(this.place(event));
    this.draw();
  }

  go(event) {
    if (event.pointerId !== this.pointer) return;
    event.preventDefault();
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length ? passed : [event]) this.add(this.place(one));
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  end(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.draw();
  }

  add([x, y]) {
    const stroke = this.strokes.at(-1);
    const [atX, atY] = stroke.slice(-2);
    const isFull = this.strokes.reduce((sum, one) => sum + one.length, 0) >= 2 * MOST_POINTS;
    if (!isFull && Math.hypot(x - atX, y - atY) >= NEAR) stroke.push(x, y);
  }

  place({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    const inside = (at, begin, length) =>
      Math.round(Math.min(1, Math.max(0, (at - begin) / length)) * SIDE);
    return [inside(clientX, box.left, box.width), inside(clientY, box.top, box.height)];
  }

  draw() {
    this.frame = undefined;
    const pen = this.canvas.getContext("2d");
    const scale = this.canvas.width / SIDE;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.strokeStyle = getComputedStyle(this.canvas).color;
    pen.lineWidth = PEN * 2 * scale;
    pen.lineCap = pen.lineJoin = "round";
    for (const stroke of this.strokes) {
      pen.beginPath();
      curve(
        pen,
        stroke.map((number) => number * scale),
      );
      pen.stroke();
    }
    this.changed?.(this.strokes);
  }
}

/** Through the middles of the pieces, bent by the points: no corner where the pointer was slow. */
function curve(pen, at) {
  pen.moveTo(at[0], at[1]);
  for (let n = 2; n + 3 < at.length; n += 2) {
    pen.quadraticCurveTo(at[n], at[n + 1], (at[n] + at[n + 2]) / 2, (at[n + 1] + at[n + 3]) / 2);
  }
  pen.lineTo(at.at(-2), at.at(-1));
}
