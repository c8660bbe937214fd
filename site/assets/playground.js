// The playground: one or two steppers, on small matrices or on an image, whose whole state is in the address.
//
// The address is somebody else's text: it is read strictly, and what is shown of it is shown as text.

import { mount } from "./model.js";
import {
  WORDS, TRAITS, make, button, checkField, sizeField, ownKeys, setText, parseSize, fill, uses, asPair, matrix, sizeOf, same, isPooling,
} from "./stepper.js";

const { playground: TOLD, limits: LIMITS, settings: SETTINGS, operations: OPERATIONS } = WORDS;

// ------------------------------------------------------------------------------------------------ the state as text

const LONGEST = 10000; // characters: the largest X and K, twice, have fewer
const NAMES = ["op", "X", "K", ...Object.keys(SETTINGS), "position"]; // of what a stepper's model holds
const FLAGS = { compare: "", image: false, predict: false }; // compare: "", "linked" or "free"
const SHARED = ["X", "K", "position"]; // what linked steppers have in common
const START = { op: "corr", X: [[0, 1, 2], [3, 4, 5], [6, 7, 8]], K: [[0, 1], [2, 3]], position: [0, 0], ...FLAGS };
for (const [name, setting] of Object.entries(SETTINGS)) START[name] = setting.default;

/** A state is flat, with the keys of the fragment: x, k, op, …, and 2.x, 2.k, 2.op, … of the second stepper. */
const keyOf = (name, index = 0) => (index ? "2." : "") + (name.length > 1 ? name : name.toLowerCase());
const KEYS = new Map(); // key → name
for (const name of [...NAMES, ...Object.keys(FLAGS)]) KEYS.set(keyOf(name), name);
for (const name of NAMES) KEYS.set(keyOf(name, 1), name);

const isSecond = (key) => key.startsWith("2.");
const isShared = (key) => isSecond(key) && SHARED.includes(KEYS.get(key));
const hasOwn = ({ compare }, key) => !isSecond(key) || compare === "free" || (compare === "linked" && !isShared(key));
const usual = (state, key) => (isShared(key) ? state[key.slice(2)] : START[KEYS.get(key)]);
const withoutPosition = (fragment) => fragment.split("&").filter((part) => !/^(2\.)?position=/.test(part)).join("&");

/** The shortest decimals that give the same float32. */
function decimals(value) {
  const single = Math.fround(value);
  const digits = [1, 2, 3, 4, 5, 6, 7, 8].find((count) => Math.fround(single.toPrecision(count)) === single) ?? 9;
  return Object.is(single, -0) ? "-0" : String(Number(single.toPrecision(digits))).replace("+", ""); // a + would be a space
}

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
  const rows = text.split(";").map((row) => row.split(","));
  const isNumber = (part) => /^-?\d+(\.\d+)?(e-?\d+)?$/.test(part) && Number.isFinite(Math.fround(part));
  const isGood = (row) => row.length === rows[0].length && row.length <= limit && row.every(isNumber);
  return rows.length <= limit && rows.every(isGood) ? rows.map((row) => row.map(Number)) : undefined;
}

/** A state as a fragment, without what is as it is at the start, or in the second stepper as in the first. */
export function write(state) {
  const pairs = [...KEYS].filter(([key]) => hasOwn(state, key)).map(([key, name]) => {
    const [text, left] = [state[key], usual(state, key)].map((value) => asText(name, value));
    return text === left ? "" : `${key}=${text}`;
  });
  return pairs.filter(Boolean).join("&");
}

/** The fragment that opens the playground with what a stepper's model holds. */
export function fragmentOf(model) {
  const values = [...NAMES, "predict"].map((name) => [keyOf(name), model.get(name)]);
  return write({ ...read("")[0], ...Object.fromEntries(values) });
}

/** The state of a fragment, and what in it was not understood, or "". */
export function read(fragment) {
  const state = {};
  const not = (template, values) => [read("")[0], fill(template, values)];
  if (fragment.length > LONGEST) return not(TOLD.long, { limit: LONGEST });
  for (const text of fragment.split("&").filter(Boolean).map(decoded)) {
    const [key] = text.split("=", 1);
    const value = KEYS.has(key) && !(key in state) ? asValue(KEYS.get(key), text.slice(key.length + 1)) : undefined;
    if (value === undefined) return not(TOLD.part, { text: text.length > 40 ? `${text.slice(0, 40)}…` : text });
    state[key] = value;
  }
  const stray = Object.keys(state).find((key) => !hasOwn(state, key));
  if (stray) return not(TOLD.part, { text: stray });
  for (const key of KEYS.keys()) state[key] ??= usual(state, key);
  return [state, ""];
}

function decoded(text) {
  try {
    return decodeURIComponent(text); // programs that send links around like to write %2C
  } catch {
    return text;
  }
}

// -------------------------------------------------------------------------------------------------------- examples

const rows = (values, count) => Array(count).fill(values).join(";");
const ONES = rows("1,1,1", 3);
const IMPULSE = "0,0,0,0,0;0,0,0,0,0;0,0,1,0,0;0,0,0,0,0;0,0,0,0,0";
const SOBEL = "-1,0,1;-2,0,2;-1,0,1";
const RAMP = "1,2,3,4,5,6;2,3,4,5,6,7;3,4,5,6,7,8;4,5,6,7,8,9;5,6,7,8,9,10;6,7,8,9,10,11";
const TRANSPOSED = "op=transposed&padding=1&stride=2";

/** Fragments; WORDS has a name and a sentence for each. */
export const EXAMPLES = {
  start: "",
  flipped: `x=${IMPULSE}&k=1,2,3;4,5,6;7,8,9&compare=linked&2.op=conv`,
  sobel: `x=${rows("0,0,0,9,9,9", 5)}&k=${SOBEL}`,
  blur: `x=${IMPULSE.replace("1", "16")}&k=0.0625,0.125,0.0625;0.125,0.25,0.125;0.0625,0.125,0.0625`,
  sharpen: `x=${rows("2,2,2,4,4,4", 5)}&k=0,-1,0;-1,5,-1;0,-1,0`,
  dilated: `x=${rows("1,2,3,4,5,6,7", 7)}&k=${ONES}&dilation=2&position=1,1`,
  unread: `x=${RAMP}&k=${ONES}&stride=2`,
  same: `x=${RAMP}&k=${ONES}&padding=1&stride=2&compare=free&2.stride=2&2.x=${RAMP.replaceAll(";", ",0;")},0;0,0,0,0,0,0,0`,
  max: `op=max&x=-5,-2,-7,-4;-3,-9,-6,-8;-1,-8,-2,-5;-6,-4,-9,-3&k=${ONES}&padding=1&stride=2`,
  average: `op=avg&x=${rows("9,9,9,9", 4)}&k=${ONES}&padding=1`,
  checkerboard: `op=transposed&x=${rows("1,1,1,1", 4)}&k=${ONES}&stride=2&position=1,1`,
  extra: `${TRANSPOSED}&x=1,2,3;4,5,6;7,8,9&k=1,2,1;2,4,2;1,2,1&compare=linked&2.${TRANSPOSED.replaceAll("&", "&2.")}`
    + "&2.output_padding=1",
  corners: "op=bilinear&x=0,9;18,27&position=0,1&compare=linked&2.op=bilinear&2.align_corners=1",
  edges: `k=${SOBEL}&padding=1&position=92,98&image=1`,
  artifacts: `op=transposed&k=${ONES}&stride=2&position=92,98&image=1`,
};

// -------------------------------------------------------------------------------------------------------- the page

const random = (least, most) => least + Math.floor(Math.random() * (most - least + 1));

class Playground {
  constructor(root) {
    this.root = root;
    this.isEmbedded = document.body.classList.contains("embed");
    Object.assign(this, { flags: { ...FLAGS }, panes: [], complaint: "" });
    const bare = (state) => withoutPosition(write({ ...state, predict: false }));
    this.exampleOf = (state) => this.examples.get(bare(state));
    this.examples = new Map(Object.entries(EXAMPLES).map(([name, fragment]) => [bare(read(fragment)[0]), name]));
    this.told = make("p", "told", { role: "status" });
    this.holder = make("div", "panes");
    root.classList.add("d2l-playground");
    root.append(this.isEmbedded ? "" : this.buildBar(), this.told, this.holder);
    if (this.isEmbedded) root.append((this.opener = make("a", "", { target: "_blank", rel: "noopener" }, TOLD.open)));
    addEventListener("popstate", () => this.open());
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) this.openFile(event.dataTransfer.files[0]);
    });
    this.open();
  }

  buildBar() {
    this.select = ownKeys(make("select", "op", { "aria-label": TOLD.example }));
    const option = (value, name) => this.select.append(make("option", "", { value }, name));
    option("", TOLD.example);
    for (const name of Object.keys(EXAMPLES)) option(name, TOLD.examples[name][0]);
    const choose = () => this.show({ ...read(EXAMPLES[this.select.value] ?? "")[0], predict: this.flags.predict });
    this.select.addEventListener("change", choose);
    this.size = sizeField(TOLD.size, {
      least: 1, most: LIMITS.X, read: () => sizeOf(this.model.get("X")), write: (size) => this.resize(asPair(size)), complain: this.say,
    });
    this.randomX = button("random", TOLD["random X"], () => this.randomize("X", 0, 9));
    this.randomK = button("random", TOLD["random K"], () => this.randomize("K", -2, 2));
    this.file = make("input", "", { type: "file", accept: "image/*", hidden: "" });
    this.file.addEventListener("change", () => this.openFile(this.file.files[0]));
    this.choose = button("choose", TOLD.choose, () => this.file.click());
    const flag = (label, name, on = true, off = false) => checkField(TOLD[label], {
      read: () => this.flags[name] === on || (label === "compare" && this.flags[name] !== off),
      write: (isOn) => this.turn(name, isOn ? on : off),
    });
    this.linked = flag("linked", "compare", "linked", "free");
    this.predict = flag("predict", "predict");
    this.fields = [this.size, flag("compare", "compare", "linked", ""), this.linked, flag("image", "image"), this.predict];
    const [size, ...flags] = this.fields.map((field) => field.element);
    const copies = { "copy link": () => this.address(), "copy embed": () => this.embedCode() };
    const copy = ([name, text]) => button("copy", TOLD[name], () => this.copy(text()));
    const controls = make("div", "controls", { role: "group", "aria-label": TOLD.controls }, this.select, size, this.randomX);
    controls.append(this.randomK, this.choose, this.file, ...flags, ...Object.entries(copies).map(copy));
    this.code = make("pre", "code", { hidden: "", tabindex: 0, "aria-label": TOLD.text });
    return make("div", "stepper", {}, controls, this.code);
  }

  // The state

  get model() { return this.panes[0].model; }

  get state() {
    const state = { ...this.flags };
    this.panes.forEach(({ model }, i) => NAMES.forEach((name) => (state[keyOf(name, i)] = model.get(name))));
    return state;
  }

  /** Show what the address says. The anchor of a heading says nothing to us. */
  open() {
    const fragment = location.hash.slice(1);
    const isAnchor = document.getElementById(decoded(fragment));
    if (isAnchor && this.panes.length) return;
    const [state, why] = read(isAnchor ? "" : fragment);
    this.show(state);
    this.saved = write(this.state);
    if (why) this.say(fill(TOLD.misread, { why }));
  }

  show(state) {
    this.flags = { ...FLAGS }; // until both steppers are set, neither follows the other
    const traits = (index) => Object.fromEntries(NAMES.map((name) => [name, state[keyOf(name, index)]]));
    this.setPanes([0, 1].slice(0, state.compare ? 2 : 1).map((index) => ({ ...traits(index), predict: state.predict })));
    for (const name of Object.keys(FLAGS)) this.flags[name] = state[name];
    this.complaint = "";
    this.updateImages();
  }

  /** A stepper for each of these traits. */
  setPanes(all) {
    while (this.panes.length > all.length) this.removePane();
    all.forEach((traits, i) => {
      if (!this.panes[i]) this.addPane(traits);
      for (const [name, value] of Object.entries(traits)) this.panes[i].model.set(name, value);
    });
  }

  addPane(traits) {
    const element = this.holder.appendChild(make("div", "pane"));
    const pane = { element, model: mount(element, traits) };
    this.panes.push(pane);
    pane.model.on("change", (name) => {
      if (this.flags.compare === "linked" && SHARED.includes(name)) this.follow(pane, name);
      this.complaint = "";
      this.schedule();
    });
  }

  removePane() {
    const { element, model, image } = this.panes.pop();
    image?.close();
    model.close();
    element.remove();
  }

  /** The other stepper shares what changed in `from`; on an image, whose outputs differ in size, it goes to the same place. */
  follow(from, name) {
    if (this.isFollowing) return; // what is set here is told here too
    this.isFollowing = true;
    for (const { model, image } of this.panes.filter((pane) => pane !== from)) {
      if (name === "position" && image && from.image) image.moveToPlaceOf(from.image);
      else model.set(name, from.model.get(name));
    }
    this.isFollowing = false;
  }

  /** Set a flag, and what follows from it. */
  turn(name, value) {
    this.flags[name] = value;
    this.complaint = "";
    if (name === "compare") {
      const [first, second = first] = this.panes.map(({ model }) => ({ ...model.state }));
      for (const shared of value === "linked" ? SHARED : []) second[shared] = first[shared];
      this.setPanes(value ? [first, second] : [first]);
    }
    if (name === "predict") this.setAll(name, () => value);
    if (name === "image" && !value) this.setAll("position", () => [0, 0]);
    this.updateImages(name === "image");
  }

  setAll(name, change) {
    for (const { model } of this.panes) model.set(name, change(model.get(name)));
  }

  resize([height, width]) {
    if (same([height, width], sizeOf(this.model.get("X")))) return;
    this.setAll("X", (X) => matrix(height, width, (i, j) => X[i]?.[j] ?? 0));
  }

  randomize(name, least, most) {
    const values = matrix(...sizeOf(this.model.get(name)), () => random(least, most));
    this.setAll(name, () => values);
  }

  // Images

  /** Each stepper has an image view while the flag is set; `isNew`: begin in the middle. */
  async updateImages(isNew = false) {
    this.schedule();
    let images;
    try {
      images = this.flags.image && (await import("./image.js"));
      if (images) this.X ??= await images.photograph();
    } catch {
      return this.say(TOLD["no photograph"]);
    }
    const isOn = Boolean(images && this.flags.image); // it may have changed meanwhile
    for (const pane of this.panes) {
      pane.element.classList.toggle("d2l-imaged", isOn);
      if (!isOn || pane.image?.X !== this.X) pane.image = pane.image?.close();
      if (isOn && !pane.image) pane.image = new images.ImageView(pane.element, pane.model, this.X);
    }
    if (isOn && isNew) for (const { image } of this.panes) image.moveToMiddle();
    if (isOn && this.flags.compare === "linked") this.follow(this.panes[0], "position");
  }

  async openFile(file) {
    try {
      this.X = (await import("./image.js")).grayOf(await createImageBitmap(file));
    } catch {
      return this.say(fill(TOLD["no image"], { name: file.name }));
    }
    this.isOwn = true;
    this.turn("image", true);
  }

  // The address, and what is copied

  /** Moving the position replaces the entry in the history, everything else adds one; a frame in another page adds none. */
  save() {
    const fragment = write(this.state);
    if (fragment === this.saved) return;
    const isMove = withoutPosition(fragment) === withoutPosition(this.saved);
    this.saved = fragment;
    history[isMove || this.isEmbedded ? "replaceState" : "pushState"](null, "", this.address());
  }

  address(page = location.href) {
    const fragment = write(this.state);
    return new URL(page, location).href.split("#")[0] + (fragment && `#${fragment}`);
  }

  embedCode() {
    const source = this.address(new URL("embed.html", import.meta.url)).replaceAll("&", "&amp;");
    const height = Math.ceil(this.holder.offsetHeight) + 100; // with the sentence and the link
    const rest = `width="100%" height="${height}" style="border: 0" loading="lazy" allow="clipboard-write"`;
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

  /** Several changes are drawn once, and saved once they have ended: typing is one entry in the history. */
  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 400);
    if (this.isWaiting) return;
    this.isWaiting = true;
    queueMicrotask(() => this.draw());
  }

  /** The sentence about an example would give away what is to be predicted. */
  sentence(example) {
    if (this.complaint) return this.complaint;
    if (example && !this.flags.predict) return TOLD.examples[example][1];
    return this.flags.image ? TOLD.drop : TOLD.changed;
  }

  draw() {
    this.isWaiting = false;
    const { image, compare } = this.flags;
    const example = this.exampleOf(this.state);
    setText(this.told, this.sentence(example));
    this.holder.classList.toggle("d2l-two", Boolean(compare));
    for (const { element, model } of this.panes) element.classList.toggle("d2l-misfit", Boolean(model.view.solved.reason));
    if (this.isEmbedded) return (this.opener.href = this.address(document.body.dataset.page));
    this.select.value = example ?? "";
    for (const field of this.fields) field.update();
    this.size.element.hidden = this.randomX.hidden = image;
    this.choose.hidden = !image;
    this.linked.element.hidden = !compare;
    this.predict.element.hidden = image || !TRAITS.includes("predict");
    const hasWeights = ({ state }) => uses(state, "K") && !isPooling(state);
    this.randomK.hidden = !this.panes.some(({ model }) => hasWeights(model));
  }
}

const root = document.getElementById("playground");
if (root) root.playground = new Playground(root); // for tests, and for the curious
