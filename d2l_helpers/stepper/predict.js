// Predict mode: Y is hidden, the reader types it cell by cell, and a wrong value gets a hint. The page loads this file after
// stepper.js, as one module. A hint says only what is true of the value that was typed, and never tells the right one.

const { predict: PREDICT } = WORDS;

// --------------------------------------------------------------------------------------------- what a wrong value tells

/** Whether `typed` is `value` as it is shown: rounded alike, or off by at most half of the last digit. */
function agrees(typed, value) {
  const size = Math.abs(value);
  const isNear = !needsExponent(size) && Math.abs(typed - value) <= 0.5 / scaleOf(size) + ROUNDING;
  return isNear || number(typed) === number(value);
}

/** Y[at], or undefined where there is no such cell. */
function valueAt({ s, out, drawn }, at) {
  const [row, column] = plus(at, cropOf(s));
  return isInside(at, out) ? drawn?.[row][column] : undefined;
}

/** What Y[at] is made of, padding left out: value x of X, weight k, and the term's name and numbers. */
function termsOf({ s, padded: P, ring, weights }, at) {
  if (s.op === "nearest") return [];
  if (s.op === "bilinear") {
    const taken = mixed(s, at).filter(({ wr, wc }) => wr * wc > 0);
    return taken.map(({ cell, x, wr, wc }) => {
      const k = `${number(wr)}·${number(wc)}·`;
      return { cell, x, k: wr * wc, name: k + cellName("X", cell), written: k + factor(x) };
    });
  }
  const taps = matrix(...sizeOf(s.K), (a, b) => [a, b]).flat();
  if (s.op === "conv") taps.reverse();
  const covered = () => cellsOf(s, at).map(([i, j], n) => {
    const k = s.op === "avg" ? 1 / taps.length : weights[n];
    return { cell: minus([i, j], ring), x: P[i][j], k, tap: taps[n] };
  });
  const parts = s.op === "transposed" ? metBy(s, at) : covered().filter(({ cell }) => isInside(cell, sizeOf(s.X)));
  return parts.map(({ cell, x, k, tap }) => {
    const [name, written] = isPooling(s) ? ["", ""] : [`·${cellName("K", tap)}`, `·${factor(k)}`];
    return { cell, x, k, name: cellName("X", cell) + name, written: factor(x) + written };
  });
}

/** Whether `typed` is Y[at], or what the weights and values give as they are shown, with at most two decimals. */
function isRight(solved, at, typed) {
  const right = valueAt(solved, at);
  if (agrees(typed, right)) return true;
  const shown = (value) => Number(number(value).replace("−", "-"));
  const roughly = sum(termsOf(solved, at).map(({ x, k }) => shown(x) * shown(k)));
  return solved.s.op !== "max" && Math.abs(roughly - right) <= 0.05 * Math.abs(right) && agrees(typed, roughly);
}

/** What the slips that no other setting explains lead to. */
function slipped({ s, weights }, at, terms) {
  const xs = terms.map(({ x }) => x);
  const total = sum(xs);
  const edge = cellsOf(s, at).map((cell) => clampCell(minus(cell, s.padding), sizeOf(s.X)));
  const [row, column] = at.map((index, axis) => Math.ceil(index / s.scale_factor[axis]));
  const mix = mixed(s, at);
  const swapped = (r, c) => sum(mix.map(({ x, wr, wc }) => x * Math.abs(r - wr) * Math.abs(c - wc)));
  return {
    ...{ sum: total, undivided: total, unweighted: total, inside: total / xs.length },
    ...{ absolute: Math.max(...xs.map(Math.abs)), minimum: Math.min(...xs) },
    mean: [total / xs.length, total / weights.length], // without padding, or with zeros
    zeros: xs.length < weights.length ? Math.max(0, ...xs) : undefined,
    repeated: response(s, edge.map(([i, j]) => s.X[i][j]), weights),
    overwritten: terms.length && terms.at(-1).x * terms.at(-1).k,
    rounded: s.X[row]?.[column],
    weights: [swapped(1, 1), swapped(1, 0), swapped(0, 1)],
    equal: [total / xs.length, sum(mix.map(({ x }) => x)) / 4],
  };
}

/** The slips that are known, the likeliest first: name, value or values that it leads to, words for its text. */
function* guesses(solved, at, typed, terms) {
  const { s } = solved;
  const own = slipped(solved, at, terms);
  for (const [name, { ops, changes }] of Object.entries(PREDICT.slips)) {
    if (!ops?.includes(s.op)) continue;
    const other = changes?.K ? { K: flipped(s.K) } : changes;
    yield [name, changes ? valueAt(solve({ ...s, ...other }), at) : own[name], {}];
  }
  for (const [row, column, side] of PREDICT.sides) {
    const [cell, [i, j]] = [at, sourceOf(s, at)].map((from) => plus(from, [row, column]));
    yield ["neighbor", valueAt(solved, cell), { cell: cellName("Y", cell), side }];
    if (s.op === "nearest") yield ["source", s.X[i]?.[j], { cell: cellName("X", [i, j]), side }];
  }
  if (s.op === "max") return;
  const right = valueAt(solved, at);
  const signed = terms.filter(({ x, k }) => x < 0 || k < 0);
  for (const [name, among, share] of [["missing", terms, 1], ["sign", signed, 2]]) {
    const explaining = among.filter(({ x, k }) => agrees(typed, right - share * x * k));
    if (explaining.length === 1) yield [name, typed, { term: explaining[0].name }]; // several would be a guess
  }
}

/** What to say of a wrong value of Y[at]: one or two likely slips, else where to start, more of it with each attempt. */
export function slips(solved, at, typed, attempt = 1) {
  const { s } = solved;
  const right = valueAt(solved, at);
  const terms = termsOf(solved, at);
  const settings = Object.fromEntries(NUMBERS.map((name) => [name, onePair(s[name])]));
  const common = { ...settings, asked: cellName("Y", at), all: s.K.flat().length, count: terms.length };
  const isSlip = (value) => agrees(typed, value) && !agrees(value, right) && !agrees(right, value);
  const found = new Map(); // two slips may have the same name
  for (const [name, values, words] of guesses(solved, at, typed, terms)) {
    const { what, why } = PREDICT.slips[name];
    const all = { ...common, ...words };
    if ([values].flat().some(isSlip)) found.set(fill(what, all), fill(why, all));
  }
  const [a, b] = found.keys();
  return a ? fill(b ? PREDICT.two : PREDICT.one, { a, b, why: found.get(a) }) : start(solved, at, terms, attempt);
}

/** Where to start: the first terms that aren't zero written out, as many as there were attempts. */
function start(solved, at, terms, attempt) {
  const { s } = solved;
  const say = (name, words = {}) => fill(PREDICT.start[name], words);
  if (s.op === "nearest") {
    const divided = at.map((index, axis) => `⌊${index}/${s.scale_factor[axis]}⌋`);
    if (attempt > 1) return say("copy", { cell: cellName("X", sourceOf(s, at)) });
    return say("divide", { cell: cellName("X", divided) });
  }
  if (!terms.length) return say("nothing");
  const { cell } = terms.reduce((best, term) => (term.x > best.x ? term : best));
  if (s.op === "max") return say(attempt > 1 ? "row" : "compare", { row: cell[0] });
  const isMixed = s.op === "bilinear"; // where it looks comes first
  if (isMixed && attempt === 1) return say("places", { places: bilinearStory(solved, at).more });
  const isMean = s.op === "avg";
  const all = isMean ? terms : terms.filter(({ x, k }) => x && k);
  const told = (all.length ? all : terms).slice(0, attempt - isMixed);
  const [names, written] = ["name", "written"].map((key) => told.map((term) => term[key]).join(" + "));
  const products = `${names} ${equals(...told.flatMap(({ x, k }) => (isMean ? [x] : [x, k])))} ${written}`;
  const isAll = told.length > 1 && told.length === all.length;
  const form = isMean ? (isAll ? "every value" : "values") : isAll ? "every" : told.length > 1 ? "some" : "one";
  return say(form, { products, all: s.K.flat().length });
}

// --------------------------------------------------------------------------------------------------------- the round

/** The field, the hint and the score; `round` says how each cell of Y came to be known: "first", "later", "seen", or "". */
class Prediction {
  constructor(view) {
    this.view = view;
    this.field = textInput("answer", "text", "Y");
    this.field.maxLength = 20;
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.asked = make("span", "name");
    const act = (name, action) => button(name.replace(" ", "-"), PREDICT[name], action);
    const label = make("label", "field", {}, this.asked, this.field);
    const [check, reveal] = [act("check", () => this.check()), act("reveal", () => this.settle("seen"))];
    this.ask = make("div", "controls", {}, label, check, reveal);
    this.hint = make("p", "hint", { role: "status", "aria-atomic": "true" });
    this.score = make("span", "score");
    this.rest = act("reveal all", () => this.finish());
    this.again = act("start again", () => this.restart());
    const below = make("div", "controls", {}, this.score, this.rest, this.again);
    this.element = make("div", "predict", {}, this.ask, this.hint, below);
  }

  get isOn() { return Boolean(this.view.model.get("predict")); }
  get place() { return fill(PAGE.place, { grid: "Y", row: this.view.position[0], column: this.view.position[1] }); }
  hides([row, column]) { return this.isOn && !this.round?.known[row * this.round.columns + column]; }
  number(kind) { return this.round.known.filter((how) => how === kind).length; }

  /** The story of a hidden cell without what gives its value away, or what the reader is to work out. */
  covered({ X, Y, between, ...told }, at) {
    if (!this.hides(at)) return { X, Y, between, ...told };
    const { op } = this.view.solved.s;
    if (op === "nearest") return { Y }; // a frame in X would be the answer
    if (op !== "bilinear") return { X: { ...X, best: null }, Y };
    return { X: { ...X, cells: [], notes: [] }, Y, between: mapMatrix(between, () => PREDICT.hidden) };
  }

  /** What is drawn of Y, and the classes of its cells; what padding crops is shown once all the rest is. */
  output({ s, out, drawn }) {
    const { round } = this;
    if (!this.isOn) return [drawn, []];
    const shown = mapMatrix(drawn, (value, i, j) => {
      const at = minus([i, j], cropOf(s));
      if (isInside(at, out)) return this.hides(at) ? PREDICT.hidden : value;
      return round && !this.number("") ? value : "";
    });
    return [shown, matrix(...out, (i, j) => [plus([i, j], cropOf(s)), round?.known[i * out[1] + j] || "unknown"]).flat()];
  }

  draw() {
    const { view } = this;
    const { s, out, reason } = view.solved;
    const key = JSON.stringify({ ...s, position: 0 });
    if (!this.isOn) this.round = null;
    else if (!reason && this.round?.key !== key) {
      const text = this.round ? `${PREDICT.new} ${PREDICT.intro}` : PREDICT.intro;
      this.round = { key, columns: out[1], known: count(out[0] * out[1], () => ""), tries: {} };
      view.setPinned(false);
      this.turn(text);
    }
    this.element.hidden = !this.round;
    if (!this.round) return;
    if (!reason && this.index !== view.index) this.turn(this.hides(view.position) ? PREDICT.intro : "");
    this.ask.hidden = Boolean(reason) || !this.hides(view.position);
    setText(this.asked, `${cellName("Y", view.position)} =`);
    setAttribute(this.field, "aria-label", this.place);
    const { known } = this.round;
    setText(this.score, fill(PREDICT.score, { first: this.number("first"), all: known.length, open: this.number("") }));
    this.rest.disabled = Boolean(reason) || !this.number("");
  }

  /** The current cell is asked for, or told, from now on. */
  turn(text, kind) {
    this.index = this.view.index;
    this.field.value = "";
    this.say(text, kind);
  }

  say(text, kind = "") {
    this.hint.dataset.kind = kind;
    setText(this.hint, text);
    setAttribute(this.field, "aria-invalid", String(kind === "wrong"));
    this.view.schedule();
  }

  // What the reader does

  /** A key that is pressed in Y: whether it opens the field, or is one that must do nothing here. */
  takes(key) { return this.isOn && /^([-−+.,\d ]|Enter)$/.test(key); }

  open(key) {
    if (this.ask.hidden || key === " ") return;
    this.field.focus();
    if (key !== "Enter") this.field.value = key;
  }

  choose(at) {
    this.view.moveTo(at);
    this.view.draw();
    this.open("Enter");
  }

  key(event) {
    if (event.key === "Escape") this.view.y.body.focus();
    else if (event.key === "Enter" && !event.shiftKey) this.check();
    else return;
    event.preventDefault();
  }

  check() {
    const { solved, position } = this.view;
    const { tries } = this.round;
    const text = this.field.value.trim();
    const typed = parseNumber(text);
    if (text && typed === null) this.say(fill(PREDICT.number, { text }), "wrong");
    else if (text && isRight(solved, position, typed)) return this.settle(tries[this.index] ? "later" : "first");
    else if (text) {
      tries[this.index] = (tries[this.index] ?? 0) + 1;
      this.say(fill(PREDICT.wrong, { text, hint: slips(solved, position, typed, tries[this.index]) }), "wrong");
    }
    this.field.focus();
    this.field.select();
  }

  /** The current cell is known now: tell its arithmetic and go to the next one that is not. */
  settle(how) {
    const { view, round } = this;
    const { left, right, more } = story(view.solved, { grid: "Y", at: view.position });
    round.known[this.index] = how;
    const next = [...round.known.keys()].sort((a, b) => (a < this.index) - (b < this.index)).find((i) => !round.known[i]);
    if (next === undefined) return this.finish();
    view.goTo(next);
    const told = [fill(PREDICT[how === "seen" ? "revealed" : "right"], { told: left + right }), more];
    const then = fill(PREDICT.next, { place: this.place });
    this.turn([...told, then].filter(Boolean).join("\n"), how === "seen" ? "" : "right");
    this.field.focus({ preventScroll: true });
  }

  finish() {
    const { round } = this;
    round.known = round.known.map((how) => how || "seen");
    const kinds = ["first", "later", "seen"].filter((kind) => kind === "first" || this.number(kind));
    const words = (kind) => ({ count: this.number(kind), all: round.known.length });
    this.say(fill(PREDICT.done, { parts: kinds.map((kind) => fill(PREDICT[kind], words(kind))).join(", ") }), "right");
    this.again.focus({ preventScroll: true });
  }

  restart() {
    this.round = null;
    this.choose([0, 0]);
  }
}
