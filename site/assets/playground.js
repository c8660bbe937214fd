// The playground: one or two steppers, on small matrices or on an image, whose whole state is in the address.
//
// The address is somebody else's text: it is read strictly, and shown as text if it is shown at all. An image that a reader
// opens is drawn to a canvas of this page and goes nowhere else.

import { mount } from "./model.js";
import {
  WORDS, TRAITS, Grid, make, button, checkField, sizeField, ownKeys, setText, setAttribute, parseSize, fill, uses, asPair, matrix,
  mapMatrix, sizeOf, plus, minus, same, clamp, clampCell, isPooling, reach, ringOf, cropOf, xTitle, yTitle, solve, story,
} from "./stepper.js";

const { playground: TOLD, limits: LIMITS, settings: SETTINGS, operations: OPERATIONS, reasons: REASONS } = WORDS;

// ------------------------------------------------------------------------------------------------ the state as text

const LONGEST = 6000; // characters: X and two kernels of the largest size have fewer
const SHARED = ["X", "K", "position"]; // what linked steppers have in common
const VALUES = ["op", "X", "K", ...Object.keys(SETTINGS), "position"];
const START = { op: "corr", X: [[0, 1, 2], [3, 4, 5], [6, 7, 8]], K: [[0, 1], [2, 3]], position: [0, 0] };
for (const [name, setting] of Object.entries(SETTINGS)) START[name] = setting.default;
const FLAGS = { compare: "", image: false, predict: false }; // compare: "", "linked" or "free"

/** The shortest decimals that give the same float32. */
function decimals(value) {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return written(short);
  }
  return written(Number(value.toPrecision(9)));
}

const written = (value) => (Object.is(value, -0) ? "-0" : String(value).replace("+", "")); // a + would mean a space

function asText(name, value) {
  if (name === "X" || name === "K") return value.map((row) => row.map(decimals).join()).join(";");
  return String(typeof value === "boolean" ? Number(value) : value);
}

/** The value that a text stands for, or undefined. */
function asValue(name, text) {
  if (name === "X" || name === "K") return asMatrix(text, LIMITS[name]);
  if (name === "op") return Object.hasOwn(OPERATIONS, text) ? text : undefined;
  if (name === "compare") return /^(linked|free)$/.test(text) ? text : undefined;
  if (name === "position") return /^\d{1,4},\d{1,4}$/.test(text) ? text.split(",").map(Number) : undefined;
  const least = SETTINGS[name]?.at_least;
  if (least !== undefined) return parseSize(text, least, Number.MAX_SAFE_INTEGER) ?? undefined;
  return { 0: false, 1: true }[text];
}

function asMatrix(text, limit) {
  const rows = text.split(";").map((row) => row.split(",").map(asNumber));
  const isGood = (row) => row.length === rows[0].length && row.length <= limit && !row.includes(undefined);
  return rows.length <= limit && rows.every(isGood) ? rows : undefined;
}

function asNumber(text) {
  const isNumber = /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text) && Number.isFinite(Math.fround(text));
  return isNumber ? Number(text) : undefined;
}

const key = (name, prefix = "") => prefix + (name.length > 1 ? name : name.toLowerCase());

/** {first, second, compare, image, predict} as a fragment, without what is as it is at the start. A second stepper's X, K and
    position are left out where they are those of the first. */
export function write({ first, second, ...flags }) {
  const parts = [];
  const add = (name, value, usual, prefix) => {
    const text = asText(name, value);
    if (text !== asText(name, usual)) parts.push(`${key(name, prefix)}=${text}`);
  };
  for (const name of VALUES) add(name, first[name], START[name]);
  for (const [name, usual] of Object.entries(FLAGS)) add(name, flags[name], usual);
  const own = VALUES.filter((name) => mayHave(flags.compare, name));
  for (const name of own) add(name, second[name], (SHARED.includes(name) ? first : START)[name], "2.");
  return parts.join("&");
}

/** The state of a fragment, and `why`: what in it was not understood, or "". */
export function read(fragment) {
  const found = new Map();
  const nothing = (why) => ({ first: { ...START }, second: null, ...FLAGS, why });
  if (fragment.length > LONGEST) return nothing(fill(TOLD.long, { limit: LONGEST }));
  const known = new Map([...VALUES, ...Object.keys(FLAGS)].map((name) => [key(name), name]));
  for (const name of VALUES) known.set(key(name, "2."), name);
  for (const part of fragment.split("&").filter(Boolean)) {
    const text = decoded(part);
    const [name] = text.split("=", 1);
    const value = known.has(name) ? asValue(known.get(name), text.slice(name.length + 1)) : undefined;
    if (value === undefined || found.has(name)) return nothing(fill(TOLD.part, { text: shortened(text) }));
    found.set(name, value);
  }
  const pick = (names, prefix, usual) => names.map((name) => [name, found.get(key(name, prefix)) ?? usual[name]]);
  const flags = Object.fromEntries(pick(Object.keys(FLAGS), "", FLAGS));
  const first = Object.fromEntries(pick(VALUES, "", START));
  const lost = [...found.keys()].find((name) => name.startsWith("2.") && !mayHave(flags.compare, known.get(name)));
  if (lost) return nothing(fill(TOLD.part, { text: lost }));
  const usual = { ...START, X: first.X, K: first.K, position: first.position };
  return { first, second: flags.compare ? Object.fromEntries(pick(VALUES, "2.", usual)) : null, ...flags, why: "" };
}

const mayHave = (compare, name) => compare === "free" || (compare === "linked" && !SHARED.includes(name));
const shortened = (text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const withoutPosition = (fragment) => fragment.split("&").filter((part) => !/^(2\.)?position=/.test(part)).join("&");

// -------------------------------------------------------------------------------------------------------- examples

const row = (values, rows) => Array(rows).fill(values).join(";");
const ONES = row("1,1,1", 3);
const IMPULSE = "0,0,0,0,0;0,0,0,0,0;0,0,1,0,0;0,0,0,0,0;0,0,0,0,0";
const SOBEL = "-1,0,1;-2,0,2;-1,0,1";
const RAMP = "1,2,3,4,5,6;2,3,4,5,6,7;3,4,5,6,7,8;4,5,6,7,8,9;5,6,7,8,9,10;6,7,8,9,10,11";
const WITH_ZEROS = `${RAMP.replaceAll(";", ",0;")},0;0,0,0,0,0,0,0`;

/** The fragments of the examples; WORDS has a name and a sentence for each. */
export const EXAMPLES = {
  start: "",
  flipped: `x=${IMPULSE}&k=1,2,3;4,5,6;7,8,9&compare=linked&2.op=conv`,
  sobel: `x=${row("0,0,0,9,9,9", 5)}&k=${SOBEL}`,
  blur: `x=${IMPULSE.replace("1", "16")}&k=0.0625,0.125,0.0625;0.125,0.25,0.125;0.0625,0.125,0.0625`,
  sharpen: `x=${row("2,2,2,4,4,4", 5)}&k=0,-1,0;-1,5,-1;0,-1,0`,
  dilated: `x=${row("1,2,3,4,5,6,7", 7)}&k=${ONES}&dilation=2&position=1,1`,
  unread: `x=${RAMP}&k=${ONES}&stride=2`,
  same: `x=${RAMP}&k=${ONES}&padding=1&stride=2&compare=free&2.x=${WITH_ZEROS}&2.stride=2`,
  max: `op=max&x=-5,-2,-7,-4;-3,-9,-6,-8;-1,-8,-2,-5;-6,-4,-9,-3&k=${ONES}&padding=1&stride=2`,
  average: `op=avg&x=${row("9,9,9,9", 4)}&k=${ONES}&padding=1`,
  checkerboard: `op=transposed&x=${row("1,1,1,1", 4)}&k=${ONES}&stride=2&position=1,1`,
  extra: `op=transposed&x=1,2,3;4,5,6;7,8,9&k=1,2,1;2,4,2;1,2,1&padding=1&stride=2&compare=linked`
    + "&2.op=transposed&2.padding=1&2.stride=2&2.output_padding=1",
  corners: "op=bilinear&x=0,9;18,27&position=0,1&compare=linked&2.op=bilinear&2.align_corners=1",
  edges: `k=${SOBEL}&padding=1&position=92,98&image=1`,
  artifacts: `op=transposed&k=${ONES}&stride=2&position=92,98&image=1`,
};

// ---------------------------------------------------------------------------------------------------------- images

const LONG_SIDE = 256; // px, of an image that a reader opens
const LARGEST = 1100; // px, of one side of an output
const [WIDEST, MAGNIFIED] = [21, 260]; // cells across a magnified window, px that it may take
const [ORANGE, PURPLE] = [[230, 97, 1], [94, 60, 153]];

/** Rows of gray values from 0 to 255: the mean of the three channels of anything that a canvas can draw. */
function grayOf(source) {
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

async function photograph() {
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
class ImageView {
  constructor(model, X) {
    Object.assign(this, { model, X, solution: null });
    [this.before, this.after] = ["X", "Y"].map((name) => this.buildCanvas(name));
    this.grid = new Grid("window", { focusable: false });
    this.reason = make("p", "reason", { role: "alert" });
    this.sum = make("p", "sum", { role: "status", "aria-label": WORDS.page.arithmetic });
    const telling = make("div", "telling", {}, this.reason, this.sum);
    this.stage = make("div", "images", {}, this.before.figure, this.after.figure, this.grid.figure);
    this.root = make("div", "stepper image", {}, this.stage, telling);
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

  /** The same place in an image of another size. */
  moveToPlaceOf({ position, homeSize }) {
    this.moveTo(this.homeSize.map((side, axis) => Math.floor(((position[axis] + 0.5) / homeSize[axis]) * side)));
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
    setText(this.reason, solved.reason ? fill(WORDS.page.misfit, { reason: solved.reason }) : "");
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
    const cell = clamp(Math.floor(MAGNIFIED / Math.max(...sides)), 16, 36);
    this.root.style.setProperty("--cell", `${cell}px`);
    this.root.classList.toggle("d2l-tiny", cell < 27);
    this.grid.figure.classList.toggle("d2l-gray", this.home === "Y");
    this.shade(part);
  }

  /** The magnified pixels have the gray of the image. */
  shade(values) {
    mapMatrix(this.grid.cells, (cell, i, j) => {
      const gray = clamp(Math.round(values[i][j]), 0, 255); // the −∞ around max pooling is black
      cell.style.setProperty("--gray", `rgb(${gray} ${gray} ${gray})`);
      cell.style.setProperty("--ink", gray > 118 ? "#000" : "#fff");
    });
  }
}

// -------------------------------------------------------------------------------------------------------- the page

const random = (least, most) => least + Math.floor(Math.random() * (most - least + 1));
const resized = (X, [rows, columns]) => matrix(rows, columns, (i, j) => X[i]?.[j] ?? 0);

class Playground {
  constructor(root) {
    this.root = root;
    this.isEmbedded = document.body.classList.contains("embed");
    Object.assign(this, { flags: { ...FLAGS }, panes: [], images: [], example: "", timer: 0 });
    this.holder = make("div", "panes");
    this.told = make("p", "told", { role: "status" });
    this.root.classList.add("d2l-playground");
    this.root.append(this.isEmbedded ? "" : this.buildBar(), this.told, this.holder);
    if (this.isEmbedded) this.root.append((this.opener = make("a", "open", { target: "_blank", rel: "noopener" }, TOLD.open)));
    this.names = new Map(Object.entries(EXAMPLES).map(([name, fragment]) => [withoutPosition(write(read(fragment))), name]));
    this.listen();
    this.open();
  }

  // Building, once

  buildBar() {
    this.select = ownKeys(make("select", "op", { "aria-label": TOLD.example }));
    this.select.append(make("option", "", { value: "", disabled: "" }, TOLD.example));
    for (const name of Object.keys(EXAMPLES)) this.select.append(make("option", "", { value: name }, TOLD.examples[name][0]));
    this.select.addEventListener("change", () => this.show(read(EXAMPLES[this.select.value])));
    const flag = (name, value = true, off = false) => checkField(TOLD[value === "free" ? "linked" : name], {
      read: () => this.flags[name] !== off,
      write: (isOn) => this.turn(name, isOn ? value : off),
    });
    const readSize = () => sizeOf(this.model.get("X"));
    const writeSize = (size) => same(asPair(size), readSize()) || this.setAll("X", (X) => resized(X, asPair(size)));
    this.size = sizeField(TOLD.size, { least: 1, most: LIMITS.X, read: readSize, write: writeSize, complain: this.say });
    this.randomX = button("random", TOLD["random X"], () => this.randomize("X", 0, 9));
    this.randomK = button("random", TOLD["random K"], () => this.randomize("K", -2, 2));
    this.choose = button("choose", TOLD.choose, () => this.file.click());
    this.file = make("input", "", { type: "file", accept: "image/*", hidden: "" });
    this.file.addEventListener("change", () => this.openFile(this.file.files[0]));
    this.fields = { compare: flag("compare", "linked", ""), image: flag("image"), predict: flag("predict") };
    this.fields.linked = checkField(TOLD.linked, {
      read: () => this.flags.compare === "linked",
      write: (isOn) => this.turn("compare", isOn ? "linked" : "free"),
    });
    const { compare, linked, image, predict } = this.fields;
    predict.element.hidden = !TRAITS.includes("predict");
    const copies = [
      button("copy", TOLD["copy link"], () => this.copy(this.address())),
      button("copy", TOLD["copy embed"], () => this.copy(this.embedCode())),
    ];
    const parts = [this.size.element, this.randomX, this.randomK, this.choose, this.file];
    const flags = [compare, linked, image, predict].map((field) => field.element);
    const controls = make("div", "controls", { role: "group", "aria-label": TOLD.controls }, this.select, ...parts, ...flags);
    controls.append(...copies);
    this.code = make("pre", "code", { hidden: "", tabindex: 0, "aria-label": TOLD.text });
    return make("div", "stepper bar-of", {}, controls, this.code);
  }

  listen() {
    addEventListener("popstate", () => this.open());
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) this.openFile(event.dataTransfer.files[0]);
    });
  }

  // The state

  get model() { return this.panes[0].model; }
  get models() { return this.panes.map((pane) => pane.model); }

  get state() {
    const [first, second = null] = this.models.map((model) => model.state);
    return { first, second, ...this.flags };
  }

  /** Show what the address says; a heading's anchor is none of ours. */
  open() {
    const fragment = location.hash.slice(1);
    if (this.panes.length && fragment && document.getElementById(decoded(fragment))) return;
    const { why, ...state } = read(document.getElementById(decoded(fragment)) ? "" : fragment);
    clearTimeout(this.timer);
    this.show(state);
    this.saved = write(this.state);
    if (why) this.say(fill(TOLD.misread, { why }));
  }

  show({ first, second, compare, image, predict }) {
    this.complaint = "";
    this.flags = { compare: "", image, predict };
    this.setPanes([first, second].filter(Boolean));
    this.flags.compare = compare;
    this.updateImages();
    this.schedule();
  }

  /** As many panes as there are states. */
  setPanes(states) {
    while (this.panes.length > states.length) this.removePane();
    states.forEach((state, i) => {
      const all = { ...state, predict: this.flags.predict };
      if (!this.panes[i]) return this.addPane(all);
      for (const [name, value] of Object.entries(all)) this.panes[i].model.set(name, value);
    });
  }

  addPane(state) {
    const element = this.holder.appendChild(make("div", "pane"));
    const model = mount(element, state);
    this.panes.push({ element, model });
    model.on("change", (name) => this.follow(model, name));
  }

  removePane() {
    const { element, model, image } = this.panes.pop();
    image?.close();
    model.close();
    element.remove();
  }

  /** Something changed: linked steppers share it, and the address is to say so. */
  follow(changed, name) {
    if (this.flags.compare === "linked" && SHARED.includes(name)) this.link(changed, name);
    this.complaint = "";
    this.schedule();
  }

  link(changed, name) {
    if (this.isLinking) return; // what is set here is told here too
    this.isLinking = true;
    const from = this.panes.find(({ model }) => model === changed);
    const isPlace = name === "position" && from.image && !from.image.solved.reason;
    for (const { model, image } of this.panes) {
      if (model === changed) continue;
      if (isPlace) image?.moveToPlaceOf(from.image);
      else model.set(name, changed.get(name));
    }
    this.isLinking = false;
  }

  /** Set a flag, and what follows from it. */
  turn(name, value) {
    this.flags[name] = value;
    this.complaint = "";
    const { first, second } = this.state;
    if (name === "compare") {
      const own = value === "linked" ? Object.fromEntries(SHARED.map((shared) => [shared, first[shared]])) : {};
      this.setPanes(value ? [first, { ...(second ?? first), ...own }] : [first]);
    }
    if (name === "predict") this.setAll(name, () => value);
    if (name === "image" && !value) this.setAll("position", () => [0, 0]);
    this.updateImages(name === "image");
    this.schedule();
  }

  setAll(name, change) {
    for (const model of this.models) model.set(name, change(model.get(name)));
  }

  randomize(name, least, most) {
    const [rows, columns] = sizeOf(this.model.get(name));
    const values = matrix(rows, columns, () => random(least, most));
    this.setAll(name, () => values);
  }

  // Images

  /** Each pane has an image view while there is an image to look at; `isNew`: begin in the middle. */
  async updateImages(isNew = false) {
    if (this.flags.image && !this.X) {
      try {
        this.X = await photograph();
      } catch {
        return this.say(TOLD["no photograph"]);
      }
    }
    for (const pane of this.panes) {
      pane.element.classList.toggle("d2l-imaged", this.flags.image);
      if (pane.image?.X !== this.X || !this.flags.image) pane.image = pane.image?.close();
      if (!this.flags.image) continue;
      pane.image ??= new ImageView(pane.model, this.X);
      pane.element.append(pane.image.root);
    }
    const [first, second] = this.panes.map((pane) => pane.image);
    if (isNew) first?.moveTo(first.homeSize.map((side) => Math.floor(side / 2)));
    if (first && second && this.flags.compare === "linked") second.moveToPlaceOf(first);
    this.schedule();
  }

  async openFile(file) {
    try {
      const X = grayOf(await createImageBitmap(file));
      Object.assign(this, { X, isOwn: true });
    } catch {
      return this.say(fill(TOLD["no image"], { name: file.name }));
    }
    this.turn("image", true);
  }

  // The address, and what is copied

  /** Moving the position replaces the entry in the history, everything else adds one. A frame on another page adds none. */
  save() {
    const fragment = write(this.state);
    if (fragment === this.saved) return;
    const isMove = withoutPosition(fragment) === withoutPosition(this.saved);
    const act = isMove || this.isEmbedded ? "replaceState" : "pushState";
    this.saved = fragment;
    history[act](null, "", location.pathname + location.search + (fragment && `#${fragment}`));
  }

  address(page = location.href) {
    const fragment = write(this.state);
    return new URL(fragment && `#${fragment}`, page.split("#")[0]).href;
  }

  embedCode() {
    const source = this.address(new URL("embed.html", import.meta.url).href).replaceAll("&", "&amp;");
    const height = Math.ceil(this.holder.getBoundingClientRect().height) + 60;
    const rest = `width="100%" height="${height}" style="border:0" loading="lazy" allow="clipboard-write"`;
    return `<iframe src="${source}" title="${TOLD.title}" ${rest}></iframe>`;
  }

  async copy(text) {
    this.code.hidden = true;
    try {
      await navigator.clipboard.writeText(text);
      this.say(this.flags.image && this.isOwn ? TOLD["copied without image"] : TOLD.copied);
    } catch {
      this.say(WORDS.page.select); // a page that may not write there, such as one without https
      this.code.hidden = false;
      setText(this.code, text);
      getSelection().selectAllChildren(this.code);
    }
  }

  // Drawing

  say = (text) => {
    this.complaint = text;
    this.schedule();
  };

  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 400); // typing is one change
    if (this.isWaiting) return;
    this.isWaiting = true;
    queueMicrotask(() => this.draw());
  }

  draw() {
    this.isWaiting = false;
    const fragment = write(this.state);
    const example = this.names.get(withoutPosition(fragment));
    setText(this.told, this.complaint || (example ? TOLD.examples[example][1] : this.flags.image ? TOLD.drop : TOLD.changed));
    this.holder.classList.toggle("d2l-two", this.panes.length > 1);
    for (const { element, model } of this.panes) element.classList.toggle("d2l-misfit", Boolean(model.view.solved.reason));
    if (this.isEmbedded) return (this.opener.href = this.address(new URL(document.body.dataset.page, location).href));
    this.select.value = example ?? "";
    for (const field of [this.size, ...Object.values(this.fields)]) field.update();
    this.size.element.hidden = this.randomX.hidden = this.flags.image;
    this.choose.hidden = !this.flags.image;
    this.fields.linked.element.hidden = !this.flags.compare;
    this.randomK.hidden = !this.models.some(({ state }) => uses(state, "K") && !isPooling(state));
  }
}

const root = document.getElementById("playground");
if (root) root.playground = new Playground(root); // for tests, and for the curious
