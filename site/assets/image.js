// An operation on an image: the playground loads this file when an image is wanted first. The image that a reader opens is drawn
// to a canvas of this page and goes nowhere else.

import {
  WORDS, TRAITS, Grid, make, ownKeys, setText, setAttribute, fill, uses, matrix, mapMatrix, sizeOf, plus, minus, same, clamp, clampCell,
  isPooling, reach, ringOf, cropOf, xTitle, yTitle, solve, story,
} from "./stepper.js";

const { playground: TOLD, page: PAGE } = WORDS;
const LONG_SIDE = 256; // px, of an image that a reader opens
const LARGEST = 1100; // px, of one side of an output
const [WIDEST, MAGNIFIED] = [21, 260]; // cells across a magnified window, px that it may take
const [ORANGE, PURPLE] = [[230, 97, 1], [94, 60, 153]];

/** Rows of gray values from 0 to 255: the mean of the three channels of anything that a canvas can draw. */
export function grayOf(source) {
  const scale = Math.min(1, LONG_SIDE / Math.max(source.width, source.height));
  const [rows, columns] = [source.height, source.width].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // behind transparent pixels
  context.fillRect(0, 0, columns, rows);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, columns, rows);
  const { data } = context.getImageData(0, 0, columns, rows);
  const mean = (at) => Math.round((data[at] + data[at + 1] + data[at + 2]) / 3);
  return matrix(rows, columns, (i, j) => mean(4 * (i * columns + j)));
}

export async function photograph() {
  const image = new Image();
  image.src = new URL("photograph.png", import.meta.url);
  await image.decode();
  return grayOf(image);
}

/** How an output is drawn: signed where weights of both signs add up to nothing in particular, else in grayscale. */
function lookOf({ s, weights }, values) {
  const weighs = uses(s, "K") && !isPooling(s);
  let [least, most] = [Infinity, -Infinity];
  for (const line of values) for (const value of line) [least, most] = [Math.min(least, value), Math.max(most, value)];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!weighs || weights.every((weight) => weight >= 0)) return { bound: Math.max(255, most), words: TOLD.gray };
  if (Math.abs(total - 1) < 1e-6) return { bound: 255, words: least < 0 || most > 255 ? TOLD.clipped : TOLD.gray };
  return { bound: Math.max(-least, most) || 1, isSigned: true, words: TOLD.signed };
}

/** A canvas clamps and rounds what is written to it. */
function paint(canvas, values, { bound, isSigned }) {
  const [rows, columns] = sizeOf(values);
  Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  let at = 0;
  for (const line of values) {
    for (const value of line) {
      const share = value / bound;
      const color = value > 0 ? ORANGE : PURPLE;
      for (let channel = 0; channel < 3; channel++) {
        image.data[at++] = isSigned ? 255 + Math.abs(share) * (color[channel] - 255) : 255 * share;
      }
      image.data[at++] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** The image before and after the operation of a model, and the current window with its arithmetic. */
export class ImageView {
  constructor(element, model, X) {
    Object.assign(this, { model, X });
    [this.before, this.after] = ["X", "Y"].map((name) => this.buildCanvas(name));
    this.grid = new Grid("window", { focusable: false });
    this.reason = make("p", "reason", { role: "alert" });
    this.sum = make("p", "sum", { role: "status", "aria-label": PAGE.arithmetic });
    const telling = make("div", "telling", {}, this.reason, this.sum);
    const images = make("div", "images", {}, this.before.figure, this.after.figure, this.grid.figure);
    this.root = element.appendChild(make("div", "stepper image", {}, images, telling));
    this.changed = (name) => {
      if (name !== "position") this.solution = null;
      this.schedule();
    };
    model.on("change", this.changed);
    this.draw();
  }

  buildCanvas(name) {
    const canvas = ownKeys(make("canvas", "pixels", { tabindex: 0, role: "img" }));
    const [caption, mark] = [make("figcaption", "title"), make("div", "mark")];
    canvas.addEventListener("pointerdown", (event) => this.point(name, event));
    canvas.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.point(name, event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    const figure = make("figure", "matrix picture", {}, caption, make("div", "frame-of", {}, canvas, mark));
    return { canvas, caption, mark, figure };
  }

  close() {
    this.model.off("change", this.changed);
    this.root.remove();
  }

  get solved() {
    const traits = () => Object.fromEntries(TRAITS.map((name) => [name, this.model.get(name)]));
    return (this.solution ??= solve({ ...traits(), X: this.X }, LARGEST));
  }

  /** The grid that the position walks through, as in the stepper. */
  get home() { return this.solved.s.op === "transposed" ? "X" : "Y"; }
  get homeSize() { return this.home === "X" ? sizeOf(this.X) : this.solved.out; }
  get position() { return clampCell(this.model.get("position"), this.homeSize); }

  moveTo(at) {
    const inside = clampCell(at, this.homeSize);
    if (!this.solved.reason && !same(inside, this.position)) this.model.set("position", inside);
  }

  moveToMiddle() { this.moveTo(this.homeSize.map((side) => Math.floor(side / 2))); }

  /** The same place where the other image has another size. */
  moveToPlaceOf({ position, homeSize, solved }) {
    if (!solved.reason) this.moveTo(this.homeSize.map((side, axis) => Math.floor(((position[axis] + 0.5) / homeSize[axis]) * side)));
  }

  key(event) {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.moveTo(plus(this.position, by.map((step) => step * (event.shiftKey ? 10 : 1))));
  }

  /** The window whose center is nearest to a pixel of X or Y. */
  point(name, event) {
    const { s, reason } = this.solved;
    if (reason) return;
    const { canvas } = name === "X" ? this.before : this.after;
    const box = canvas.getBoundingClientRect();
    const pixel = [
      Math.floor(((event.clientY - box.top) / box.height) * canvas.height),
      Math.floor(((event.clientX - box.left) / box.width) * canvas.width),
    ];
    if (name === this.home) return this.moveTo(pixel);
    if (!uses(s, "K")) return this.moveTo(pixel.map((index, axis) => index * s.scale_factor[axis]));
    const border = plus(ringOf(s), cropOf(s)); // one of them is zero
    const windowOf = (index, axis) => Math.round((index + border[axis] - (reach(s, axis, 1) - 1) / 2) / s.stride[axis]);
    this.moveTo(pixel.map(windowOf));
  }

  schedule() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    queueMicrotask(() => this.draw());
  }

  draw() {
    this.isWaiting = false;
    const { solved } = this;
    if (solved !== this.painted) this.paint(solved);
    this.painted = solved;
    for (const { mark } of [this.before, this.after]) mark.hidden = Boolean(solved.reason);
    setText(this.reason, solved.reason ? fill(PAGE.misfit, { reason: solved.reason }) : "");
    this.reason.hidden = !solved.reason;
    this.grid.figure.hidden = Boolean(solved.reason);
    if (solved.reason) return setText(this.sum, "");
    const told = story(solved, { grid: this.home, at: this.position });
    this.sum.replaceChildren(told.left, make("strong", "", {}, told.right));
    this.place(this.before, minus(told.X.frame.at, ringOf(solved.s)), told.X.frame);
    this.place(this.after, minus(told.Y.frame.at, cropOf(solved.s)), told.Y.frame);
    this.magnify(told);
  }

  /** What does not depend on the position. */
  paint({ s, out, drawn, reason }) {
    if (!this.isXPainted) paint(this.before.canvas, this.X, { bound: 255 });
    this.isXPainted = true;
    this.after.figure.classList.toggle("d2l-stale", Boolean(reason));
    this.name(this.before, xTitle(s), TOLD.pixels, {});
    if (reason) return;
    const [top, left] = cropOf(s);
    const Y = drawn.slice(top, top + out[0]).map((line) => line.slice(left, left + out[1]));
    const look = lookOf(this.solved, Y);
    paint(this.after.canvas, Y, look);
    this.name(this.after, yTitle(this.solved), look.words, { bound: Math.round(look.bound) });
  }

  name({ canvas, caption }, title, words, values) {
    setText(caption, `${title}, ${fill(words, values)}`);
    setAttribute(canvas, "aria-label", `${caption.textContent}; ${TOLD.arrows}`);
  }

  place({ canvas, mark }, [row, column], { height, width }) {
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(mark.style, { top: percent(row, canvas.height), left: percent(column, canvas.width) });
    Object.assign(mark.style, { height: percent(height, canvas.height), width: percent(width, canvas.width) });
  }

  /** The window and a pixel around it, with its weights; of a transposed convolution the pixels of Y that X[i, j] adds to. */
  magnify(told) {
    const [values, marks] = this.home === "X" ? [this.solved.drawn, told.Y] : [this.solved.padded, told.X];
    const { at, height, width } = marks.frame;
    const from = at.map((index) => Math.max(index - 1, 0));
    const to = [at[0] + height, at[1] + width].map((index, axis) => Math.min(index + 1, sizeOf(values)[axis]));
    const sides = minus(to, from);
    const isSmall = Math.max(...sides) <= WIDEST;
    this.grid.figure.hidden = !isSmall;
    if (!isSmall) return;
    const part = values.slice(from[0], to[0]).map((line) => line.slice(from[1], to[1]));
    const moved = { cells: marks.cells.map((cell) => minus(cell, from)), frame: { at: minus(at, from), height, width } };
    setText(this.grid.caption, this.home === "X" ? TOLD["magnified Y"] : TOLD["magnified X"]);
    this.grid.paint(part, { told: { ...marks, ...moved, best: marks.best && minus(marks.best, from), dot: null } });
    const cell = clamp(Math.floor(MAGNIFIED / Math.max(...sides)), 16, 44);
    this.root.style.setProperty("--cell", `${cell}px`);
    this.root.classList.toggle("d2l-tiny", cell < 27);
    this.shade(part, this.home === "Y");
  }

  /** Magnified pixels of X have the gray of the image; those of Y, whose range is another, the colors of the stepper. */
  shade(values, isGray) {
    this.grid.figure.classList.toggle("d2l-gray", isGray);
    mapMatrix(this.grid.cells, (cell, i, j) => {
      const gray = clamp(Math.round(values[i][j]), 0, 255); // the −∞ around max pooling is black
      cell.style.setProperty("--gray", `rgb(${gray} ${gray} ${gray})`);
      cell.style.setProperty("--ink", !isGray ? "" : gray > 118 ? "#000" : "#fff");
    });
  }
}

