// Predict mode: Y is hidden, the reader types its values cell by cell, and a wrong one gets a hint.
//
// The page loads this behind stepper.js, as one module. A hint only ever says what is true of the value that was typed: each
// likely slip is computed, and named where it gives that value and not the right one. The right value is never told.

const { predict: PREDICT } = WORDS;

// --------------------------------------------------------------------------------------------- what a wrong value tells

/** Whether `typed` is `value` as it is shown: rounded to the same digits, or off by no more than half of the last one. */
function agrees(typed, value) {
  const size = Math.abs(value);
  const isNear = !needsExponent(size) && Math.abs(typed - value) <= 0.5 / scaleOf(size) + ROUNDING;
  return isNear || number(typed) === number(value);
}

/** Y[at], or undefined where there is no such cell. */
function valueAt({ s, reason, out, drawn }, at) {
  if (reason || !isInside(at, out)) return undefined;
  const [row, column] = plus(at, cropOf(s));
  return drawn[row][column];
}

/** The cells of X that take part in Y[at], each with its value, its weight, and its place in the kernel as it was given. */
function partsOf({ s, padded: P, ring, weights }, at) {
  if (s.op === "transposed") return metBy(s, at);
  const taps = matrix(...sizeOf(s.K), (a, b) => [a, b]).flat();
  if (s.op === "conv") taps.reverse();
  const parts = cellsOf(s, at).map(([row, column], i) => {
    const k = s.op === "avg" ? 1 / taps.length : weights[i];
    return { cell: minus([row, column], ring), x: P[row][column], k, tap: taps[i] };
  });
  return parts.filter(({ cell }) => isInside(cell, sizeOf(s.X)));
}

/** What Y[at] is the sum of, padding left out: each term's name, how it is written out, and its value. */
function termsOf(solved, at) {
  const { s } = solved;
  const term = ({ cell, x, k }, name, written) => ({ cell, x, k, name, written, value: x * k });
  if (s.op === "nearest") return [];
  if (s.op !== "bilinear") {
    return partsOf(solved, at).map((part) => {
      const name = cellName("X", part.cell);
      if (isPooling(s)) return term(part, name, factor(part.x));
      return term(part, `${name}·${cellName("K", part.tap)}`, `${factor(part.x)}·${factor(part.k)}`);
    });
  }
  const taken = mixed(s, at).filter(({ wr, wc }) => wr * wc > 0);
  return taken.map(({ cell, x, wr, wc }) => {
    const weights = `${number(wr)}·${number(wc)}·`;
    return term({ cell, x, k: wr * wc }, weights + cellName("X", cell), weights + factor(x));
  });
}

/** The slips that are known, the likeliest first: each one's name in WORDS, the value it leads to, and words for its text. */
function* guesses(solved, at, typed) {
  const { s, padded: P, weights } = solved;
  const terms = termsOf(solved, at);
  const xs = terms.map(({ x }) => x);
  const mean = sum(xs) / xs.length;
  const other = (changed) => valueAt(solve({ ...s, ...changed }), at);
  const source = sourceOf(s, at);
  const sides = Object.values(PREDICT.sides).map(([row, column, side]) => [[row, column], side]);

  if (s.op === "bilinear") {
    const [here, not] = s.align_corners ? ["True", "False"] : ["False", "True"];
    yield ["corners", other({ align_corners: !s.align_corners }), { here, other: not }];
    yield ["nearest", other({ op: "nearest" })];
    const mix = mixed(s, at);
    const swapped = (w, isSwapped) => (isSwapped ? 1 - w : w);
    for (const [r, c] of [[1, 1], [1, 0], [0, 1]]) {
      yield ["weights", sum(mix.map(({ x, wr, wc }) => x * swapped(wr, r) * swapped(wc, c)))];
    }
    yield ["equal", sum(mix.map(({ x }) => x)) / 4];
  }
  if (s.op === "nearest") {
    const [row, column] = at.map((index, axis) => Math.ceil(index / s.scale_factor[axis]));
    yield ["rounded", s.X[row]?.[column]];
    for (const [by, side] of sides) {
      const [i, j] = plus(source, by);
      yield ["source", s.X[i]?.[j], { cell: cellName("X", [i, j]), side }];
    }
    yield ["bilinear", other({ op: "bilinear" })];
  }
  if (s.op === "max") {
    yield ["mean", mean];
    yield ["sum", sum(xs)];
    yield ["zeros", Math.max(0, ...xs)];
    yield ["absolute", Math.max(...xs.map(Math.abs))];
    yield ["minimum", Math.min(...xs)];
  }
  if (s.op === "avg") {
    yield ["undivided", sum(xs)];
    yield ["maximum", Math.max(...xs)];
    yield ["inside", mean];
  }
  if (uses(s, "K") && !isPooling(s)) yield [s.op === "conv" ? "unflipped" : "flipped", other({ K: flipped(s.K) })];
  if (uses(s, "stride")) yield ["stride", other({ stride: [1, 1], output_padding: [0, 0] })];
  if (uses(s, "dilation")) yield ["dilation", other({ dilation: [1, 1], output_padding: [0, 0] })];
  if (s.op === "transposed") {
    yield ["uncropped", other({ padding: [0, 0] })];
    if (terms.length > 1) yield ["overwritten", terms.at(-1).value, { count: terms.length }];
  } else if (uses(s, "padding")) {
    yield ["padding", other({ padding: [0, 0] })];
    const edge = cellsOf(s, at).map((cell) => clampCell(minus(cell, s.padding), sizeOf(s.X)));
    yield ["repeated", response(s, edge.map(([row, column]) => s.X[row][column]), weights)];
  }
  for (const [by, side] of sides) {
    const cell = plus(at, by);
    yield ["neighbor", valueAt(solved, cell), { cell: cellName("Y", cell), side }];
  }
  const mirrored = [at[1], at[0]];
  yield ["swapped", valueAt(solved, mirrored), { cell: cellName("Y", mirrored) }];
  if (s.op !== "max") yield* oneTerm(terms, valueAt(solved, at), typed);
  if (s.op === "corr" || s.op === "conv") yield ["unweighted", sum(xs)];
}

/** One term left out, or its sign lost: named only where no other term would explain the same value. */
function* oneTerm(terms, right, typed) {
  const hasSign = terms.filter(({ x, k }) => x < 0 || k < 0);
  for (const [name, among, share] of [["missing", terms, 1], ["sign", hasSign, 2]]) {
    const explaining = among.filter(({ value }) => agrees(typed, right - share * value));
    if (explaining.length !== 1) continue;
    const [{ value, name: term }] = explaining;
    yield [name, right - share * value, { term }];
  }
}

/** What to say of a wrong value of Y[at]: at most the two likeliest slips, else where to start, more with each attempt. */
export function slips(solved, at, typed, attempt = 1) {
  const { s } = solved;
  const right = valueAt(solved, at);
  const pairs = Object.fromEntries(NUMBERS.map((name) => [name, onePair(s[name])]));
  const common = { ...pairs, asked: cellName("Y", at), all: s.K.flat().length, inside: termsOf(solved, at).length };
  const found = [];
  for (const [name, value, words] of guesses(solved, at, typed)) {
    if (agrees(typed, value) && !agrees(value, right) && !agrees(right, value)) {
      found.push(PREDICT.slips[name].map((text) => fill(text, { ...common, ...words })));
    }
  }
  const names = [...new Set(found.map(([what]) => what))];
  if (names.length > 1) return fill(PREDICT.two, { a: names[0], b: names[1] });
  return names.length ? fill(PREDICT.one, { what: names[0], why: found[0][1] }) : start(solved, at, attempt);
}

/** Where to start: the first terms written out, as many as there were attempts. */
function start(solved, at, attempt) {
  const { s } = solved;
  const say = (name, words = {}) => fill(PREDICT.start[name], words);
  if (s.op === "nearest") {
    if (attempt > 1) return say("copied", { cell: cellName("X", sourceOf(s, at)) });
    return say("divide", { cell: cellName("X", at.map((index, axis) => `⌊${index}/${s.scale_factor[axis]}⌋`)) });
  }
  const terms = termsOf(solved, at);
  if (!terms.length) return say("nothing");
  if (s.op === "max") {
    const best = terms.reduce((one, other) => (other.x > one.x ? other : one));
    return attempt > 1 ? say("row", { row: best.cell[0] }) : say("compare");
  }
  const isMixed = s.op === "bilinear"; // its first hint is where the cell looks
  if (isMixed && attempt === 1) return say("places", { places: bilinearStory(solved, at).more });
  const told = terms.slice(0, attempt - isMixed);
  const [names, written] = ["name", "written"].map((key) => told.map((term) => term[key]).join(" + "));
  const form = s.op === "avg" ? "values" : told.length > 1 ? "some" : "one";
  return say(form, { names, written, count: told.length, all: s.K.flat().length });
}

// --------------------------------------------------------------------------------------------------------- the round

/** The line with the field, the hint below it, the score, and what is known of Y: how each cell came to be known. */
class Prediction {
  constructor(view) {
    this.view = view;
    this.round = null; // {key: the settings, answers: "first", "later", "seen" or "" for each cell, tries}
    this.field = textInput("answer", "text", "");
    this.field.maxLength = 20;
    this.field.setAttribute("enterkeyhint", "done");
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.asked = make("span", "name");
    const by = (name, act) => button(name.replace(" ", "-"), PREDICT[name], act);
    const label = make("label", "field", {}, this.asked, this.field);
    this.ask = make("div", "controls", {}, label, by("check", () => this.check()), by("reveal", () => this.reveal()));
    this.hint = make("p", "hint", { role: "status", "aria-atomic": "true" });
    this.count = make("span", "score");
    this.again = by("again", () => this.restart());
    this.rest = by("reveal all", () => this.revealAll());
    const score = make("div", "controls", {}, this.count, this.rest, this.again);
    this.element = make("div", "predict", {}, this.ask, this.hint, score);
  }

  get isOn() { return Boolean(this.view.model.get("predict")); }
  get open() { return this.round.answers.filter((how) => !how).length; }

  /** What is not known yet must be taken from everything that is drawn. */
  hides(at) {
    return this.isOn && !this.round?.answers[at[0] * this.round.columns + at[1]];
  }

  /** The story of a cell without what tells its value, or what is to be worked out first. */
  cover(told, at) {
    if (!this.hides(at)) return told;
    const { op } = this.view.solved.s;
    const X = { ...told.X, best: null };
    if (op === "nearest") return { Y: told.Y }; // the frame in X would be the answer
    if (op !== "bilinear") return { X, Y: told.Y };
    return { X: { ...X, cells: [], notes: [] }, Y: told.Y, between: mapMatrix(told.between, () => PREDICT.hidden) };
  }

  /** Y with question marks; what padding crops is shown once all the rest is. */
  covered({ s, out, drawn }) {
    if (!this.isOn) return drawn;
    return mapMatrix(drawn, (value, i, j) => {
      const at = minus([i, j], cropOf(s));
      if (!isInside(at, out)) return this.round && !this.open ? value : "";
      return this.hides(at) ? PREDICT.hidden : value;
    });
  }

  /** A class for each cell of Y that says how it came to be known. */
  marks({ s, out }) {
    if (!this.isOn || !this.round) return [];
    const places = matrix(...out, (i, j) => plus([i, j], cropOf(s))).flat();
    return places.map((place, i) => [place, this.round.answers[i] || "unknown"]);
  }

  /** A new round where the settings are others than those of the present one. */
  follow() {
    const { solved } = this.view;
    const key = JSON.stringify({ ...solved.s, position: 0 });
    if (this.round?.key === key) return;
    const all = solved.out[0] * solved.out[1];
    const wasAsked = this.round !== null;
    this.round = { key, columns: solved.out[1], answers: count(all, () => ""), tries: count(all, () => 0) };
    this.view.setPinned(false);
    this.turnTo(this.view.index);
    if (wasAsked) this.say(fill(PREDICT.new, { next: PREDICT.intro }));
  }

  /** Ask for this cell, unless it is known. */
  turnTo(index) {
    this.index = index;
    this.field.value = "";
    this.say(this.round.answers[index] ? "" : PREDICT.intro);
  }

  say(text, kind = "") {
    this.hint.dataset.kind = kind;
    setText(this.hint, text);
    this.field.setAttribute("aria-invalid", String(kind === "wrong"));
  }

  draw() {
    const { view } = this;
    const { reason } = view.solved;
    this.element.hidden = !this.isOn;
    if (!this.isOn) this.round = null;
    else if (!reason) this.follow();
    if (!this.round) return void (this.element.hidden = true);
    this.ask.hidden = Boolean(reason) || !this.hides(view.position);
    if (!reason && this.index !== view.index) this.turnTo(view.index);
    const [row, column] = view.position;
    setText(this.asked, fill(PREDICT.asked, { cell: cellName("Y", view.position) }));
    setAttribute(this.field, "aria-label", fill(PAGE.place, { grid: "Y", row, column }));
    this.hint.hidden = Boolean(reason) || !this.hint.textContent;
    const { answers } = this.round;
    const first = answers.filter((how) => how === "first").length;
    setText(this.count, fill(PREDICT.count, { first, all: answers.length, open: this.open }));
    this.rest.disabled = Boolean(reason) || !this.open;
  }

  // What the reader does

  /** Whether a key that is pressed in Y belongs to the field. */
  takes(key) { return this.isOn && /^([-−+.,\d ]|Enter)$/.test(key); }

  start(key) {
    if (this.ask.hidden || key === " ") return;
    this.field.focus();
    if (key !== "Enter") this.field.value = key;
  }

  choose(at) {
    this.view.moveTo(at);
    this.view.draw();
    this.start("Enter");
  }

  key(event) {
    if (event.key === "Escape") this.view.y.body.focus();
    else if (event.key === "Enter" && !event.shiftKey) this.check();
    else return;
    event.preventDefault();
  }

  check() {
    const { solved, position } = this.view;
    const text = this.field.value.trim();
    const typed = parseNumber(text);
    if (typed !== null && agrees(typed, valueAt(solved, position))) {
      return this.settle(this.round.tries[this.index] ? "later" : "first");
    }
    const hint = () => slips(solved, position, typed, ++this.round.tries[this.index]);
    this.say(typed === null ? fill(PREDICT.number, { text }) : fill(PREDICT.wrong, { text, hint: hint() }), "wrong");
    this.field.focus();
    this.field.select();
  }

  reveal() { this.settle("seen"); }

  /** The current cell is known now: tell its arithmetic, go to the next one that is not, or sum up. */
  settle(how) {
    const { view, round } = this;
    const { left, right, more } = story(view.solved, { grid: "Y", at: view.position });
    round.answers[this.index] = how;
    if (!this.open) return this.finish();
    const all = round.answers.length;
    const next = count(all, (i) => (this.index + 1 + i) % all).find((index) => !round.answers[index]);
    view.goTo(next);
    this.turnTo(next);
    const [row, column] = view.position;
    const told = [left + right, more].filter(Boolean).join("\n");
    const place = fill(PREDICT.next, { place: fill(PAGE.place, { grid: "Y", row, column }) });
    this.say(`${fill(how === "seen" ? PREDICT.revealed : PREDICT.right, { told })}\n${place}`, how === "seen" ? "" : "right");
    this.field.focus({ preventScroll: true });
  }

  revealAll() {
    this.round.answers = this.round.answers.map((how) => how || "seen");
    this.finish();
  }

  finish() {
    const { answers } = this.round;
    const counts = ["first", "later", "seen"].map((kind) => [kind, answers.filter((how) => how === kind).length]);
    const told = counts.filter(([kind, count]) => count || kind === "first");
    const parts = told.map(([kind, count]) => fill(PREDICT[kind], { count, all: answers.length })).join(", ");
    this.say(fill(PREDICT.done, { parts }), "right");
    this.again.focus({ preventScroll: true });
    this.view.schedule();
  }

  restart() {
    this.round.key = "";
    this.view.goTo(0);
    this.view.draw();
    this.say(PREDICT.intro);
    this.field.focus();
  }
}
