// The stepper's page: one plain ES module, no library, nothing fetched.
//
// The page loads `const WORDS = …;` (words.json, which Python shares) followed by this file: WORDS is not declared here. It
// holds the operations, settings, limits and formulas, and every word that is shown or spoken. This module computes every
// number itself, so it responds at once and needs no kernel; Python computes the same with torch, and a test compares the two.
// What a learner types is put in as text, never as HTML.

const { operations: OPERATIONS, settings: SETTINGS, limits: LIMITS, formulas: FORMULAS } = WORDS;
const { reasons: REASONS, told: TOLD, page: PAGE } = WORDS;
const NUMBERS = Object.keys(SETTINGS).filter((name) => "at_least" in SETTINGS[name]);
const TRAITS = ["X", "K", "op", ...Object.keys(SETTINGS), "position", "predict"];

// ------------------------------------------------------------------------------------------------------- small tools

const uses = (s, name) => OPERATIONS[s.op].uses.includes(name);
const isPooling = ({ op }) => op === "max" || op === "avg";
const isUpsampling = ({ op }) => op === "nearest" || op === "bilinear";
const asPair = (value) => (Array.isArray(value) ? value : [value, value]);
const count = (length, f) => Array.from({ length }, (_, i) => f(i));
const matrix = (rows, columns, f) => count(rows, (i) => count(columns, (j) => f(i, j)));
const mapMatrix = (values, f) => values.map((row, i) => row.map((value, j) => f(value, i, j)));
const sizeOf = (values) => [values.length, values[0].length];
const flipped = (K) => [...K].reverse().map((row) => [...row].reverse());
const plus = (a, b) => [a[0] + b[0], a[1] + b[1]];
const minus = (a, b) => [a[0] - b[0], a[1] - b[1]];
const same = (a, b) => a[0] === b[0] && a[1] === b[1];
const isInside = ([row, column], [rows, columns]) => row >= 0 && column >= 0 && row < rows && column < columns;
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
const clampCell = (at, size) => at.map((index, axis) => clamp(index, 0, size[axis] - 1));
const sum = (values) => values.reduce((total, value) => total + value, 0);

function dot(values, weights) {
  let total = 0; // a loop: a photograph takes this many thousands of times
  for (let i = 0; i < values.length; i++) total += values[i] * weights[i];
  return total;
}

/** Values put into the places {name} of a template of WORDS. */
const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// ------------------------------------------------------------------------------------------------- settings and sizes

/** The traits with numbers as pairs (height, width); a setting that the operation does not use is at its default. */
function settingsOf(traits) {
  const s = { ...traits };
  for (const name of NUMBERS) s[name] = asPair(uses(s, name) ? s[name] : SETTINGS[name].default);
  return s;
}

/** The rows (axis 0) or columns (axis 1) that window number `i` covers along that axis. */
const along = (s, axis, i) => count(sizeOf(s.K)[axis], (a) => i * s.stride[axis] + a * s.dilation[axis]);

/** How many cells the first `windows` windows span. */
const reach = (s, axis, windows) => along(s, axis, windows - 1).at(-1) + 1;

/** The cells of the padded X that output cell `at` reads, in the kernel's order; transposed, those of Y that X[at] adds to. */
function cellsOf(s, at) {
  const columns = along(s, 1, at[1]);
  return along(s, 0, at[0]).flatMap((row) => columns.map((column) => [row, column]));
}

/** Rows and columns of padding around X, and those cropped off Y. */
const ringOf = (s) => (s.op === "transposed" ? [0, 0] : s.padding);
const cropOf = (s) => (s.op === "transposed" ? s.padding : [0, 0]);
const withBorder = (size, border) => plus(plus(size, border), border);

/** What the letters of the size formulas stand for along one axis. */
function lettersOf(s, axis) {
  const [n, k] = [sizeOf(s.X)[axis], sizeOf(s.K)[axis]];
  const [p, stride, d, extra, scale] = NUMBERS.map((name) => s[name][axis]);
  return { n, k, p, s: stride, d, extra, scale };
}

function outAlong(s, axis) {
  const { n, p, s: stride, extra, scale } = lettersOf(s, axis);
  if (isUpsampling(s)) return n * scale;
  if (s.op === "transposed") return reach(s, axis, n) - 2 * p + extra;
  return Math.floor((n + 2 * p - reach(s, axis, 1)) / stride) + 1;
}

/** Why there is no output along an axis, or "". */
function misfit(s, axis) {
  const { n, k, p, s: stride, d, extra } = lettersOf(s, axis);
  const [covers, has, out] = [reach(s, axis, 1), n + 2 * p, outAlong(s, axis)];
  const because = (reason) => fill(REASONS[reason], { k, p, s: stride, d, extra, covers, has, out });
  if (isUpsampling(s)) return "";
  if (s.op === "transposed") return extra >= Math.max(stride, d) ? because("extra") : out < 1 ? because("removed") : "";
  if (isPooling(s) && 2 * p > k) return because("half");
  return covers > has ? because("covers") : "";
}

function tooLarge(name, [rows, columns], limit) {
  if (Math.max(rows, columns) <= limit) return "";
  return fill(REASONS.large, { name: fill(TOLD["with padding"], { name }), rows, columns, limit });
}

// ------------------------------------------------------------------------------------------------------- the output

/** All that does not depend on the current cell: the size of Y or the reason why there is none, the padded X, the matrix
    `between` X and Y that nobody typed, Y as it is drawn (before cropping), and which cells of the padded X are read.
    `limit`: how many cells one side of any grid may have, padding included. */
export function solve(traits, limit = LIMITS.drawn) {
  const s = settingsOf(traits);
  const out = [0, 1].map((axis) => outAlong(s, axis));
  const largeX = tooLarge("X", withBorder(sizeOf(s.X), ringOf(s)), limit);
  const reason = misfit(s, 0) || misfit(s, 1) || largeX || tooLarge("Y", withBorder(out, cropOf(s)), limit);
  const ring = largeX ? [0, 0] : ringOf(s);
  const kernel = s.op === "conv" ? flipped(s.K) : s.K; // as it lies on the window
  const between = { conv: kernel, avg: mapMatrix(s.K, () => 1 / s.K.flat().length) }[s.op];
  const solved = { s, out, reason, ring, between, weights: kernel.flat(), padded: padded(s, ring) };
  if (reason) return solved;
  if (isUpsampling(s)) return { ...solved, drawn: upsampledTo(s, out) };
  return { ...solved, ...(s.op === "transposed" ? stamped(solved) : slid(solved)) };
}

function padded(s, ring) {
  const around = s.op === "max" ? -Infinity : 0;
  return matrix(...withBorder(sizeOf(s.X), ring), (i, j) => s.X[i - ring[0]]?.[j - ring[1]] ?? around);
}

/** What a window makes of the values that it reads. */
function response(s, values, weights) {
  if (s.op === "max") return Math.max(...values);
  return s.op === "avg" ? sum(values) / values.length : dot(values, weights);
}

/** A window slid over the padded input: corr, conv, max, avg. */
function slid({ s, out, padded: P, weights }) {
  const [rows, columns] = [0, 1].map((axis) => count(out[axis], (i) => along(s, axis, i)));
  const [readRows, readColumns] = [rows, columns].map((windows) => new Set(windows.flat()));
  const valuesAt = (i, j) => {
    const values = [];
    for (const row of rows[i]) for (const column of columns[j]) values.push(P[row][column]);
    return values;
  };
  return {
    drawn: matrix(...out, (i, j) => response(s, valuesAt(i, j), weights)),
    read: mapMatrix(P, (_, i, j) => readRows.has(i) && readColumns.has(j)),
  };
}

/** Each input cell adds itself times K; padding crops a border off the sum, output_padding gives some of it back. */
function stamped({ s, out, weights }) {
  const crop = cropOf(s);
  const [rows, columns] = [0, 1].map((axis) => Math.max(reach(s, axis, sizeOf(s.X)[axis]), out[axis] + crop[axis]));
  const drawn = matrix(rows, columns, () => 0);
  const [down, right] = [0, 1].map((axis) => count(sizeOf(s.X)[axis], (i) => along(s, axis, i)));
  const isKept = (axis) => (cell) => cell >= crop[axis] && cell < crop[axis] + out[axis];
  const [keptDown, keptRight] = [down, right].map((all, axis) => all.map((cells) => cells.some(isKept(axis))));
  const read = mapMatrix(s.X, (x, i, j) => {
    let index = 0;
    for (const row of down[i]) for (const column of right[j]) drawn[row][column] += x * weights[index++];
    return keptDown[i] && keptRight[j];
  });
  return { drawn, read };
}

/** Both kinds need only to know, for each axis, where every output cell looks. */
function upsampledTo(s, out) {
  const [rows, columns] = [0, 1].map((axis) => count(out[axis], (i) => neighbor(s, axis, i)));
  if (s.op === "nearest") return matrix(...out, (i, j) => s.X[rows[i].source][columns[j].source]);
  const between = (row, { first, second, weight }, share) => share * (1 - weight) * row[first] + share * weight * row[second];
  return matrix(...out, (i, j) => {
    const { first, second, weight } = rows[i];
    return between(s.X[first], columns[j], 1 - weight) + between(s.X[second], columns[j], weight);
  });
}

/** Where output row (axis 0) or column (axis 1) number `index` looks in X: nearest at `source`; bilinear at raw, clamped,
    the first cell, the second, the weight of the second. */
function neighbor(s, axis, index) {
  const { n, scale } = lettersOf(s, axis);
  const corners = n * scale > 1 ? (index * (n - 1)) / (n * scale - 1) : 0;
  const raw = s.align_corners ? corners : (index + 0.5) / scale - 0.5;
  const clamped = clamp(raw, 0, n - 1);
  const first = Math.floor(clamped);
  const source = Math.floor(index / scale);
  return { source, raw, clamped, first, second: Math.min(first + 1, n - 1), weight: clamped - first };
}

const neighbors = (s, at) => at.map((index, axis) => neighbor(s, axis, index));
const sourceOf = (s, at) => neighbors(s, at).map(({ source }) => source);

/** The four cells of X that bilinear output cell `at` mixes: where, the value, and its weights along height and width. */
function mixed(s, at) {
  const [rows, columns] = neighbors(s, at).map(({ first, second, weight }) => [[first, 1 - weight], [second, weight]]);
  return rows.flatMap(([i, wr]) => columns.map(([j, wc]) => ({ cell: [i, j], x: s.X[i][j], wr, wc })));
}

// ----------------------------------------------------------------------------------------------- numbers and sentences

const scaleOf = (size) => (size < 100 ? 100 : size < 1000 ? 10 : 1);
const rounded = (size) => Math.floor(size * scaleOf(size) + 0.5 + 1e-6); // the last bits of a sum must not decide
const needsExponent = (size) => size >= 1e5 || size < 0.01 - 1e-9;
const ROUNDING = 1e-6; // what rounding errors leave where terms cancel

/** A number in at most about four digits: 3, −1.5, 0.33, 4e-3; halves are rounded away from zero. */
function number(value) {
  const size = Math.abs(value);
  if (size < ROUNDING) return "0";
  let text = String(rounded(size) / scaleOf(size));
  if (size === Infinity) text = "∞";
  else if (needsExponent(size)) text = size.toExponential(size >= 1e5 ? 1 : 0).replace(".0e", "e").replace("e+", "e");
  return value < 0 ? `−${text}` : text;
}

/** Whether `number` shows the value without rounding. */
function isExact(value) {
  const size = Math.abs(value);
  if (size === Infinity || size < ROUNDING) return true;
  if (needsExponent(size)) return size >= 1e5 && Number(size.toExponential(1)) === size;
  return Math.abs(size * scaleOf(size) - rounded(size)) < 1e-4;
}

const equals = (...values) => (values.every(isExact) ? "=" : "≈");
const factor = (value) => (value < 0 ? `(${number(value)})` : number(value));
const times = (size) => size.join("×");
const onePair = ([a, b]) => (a === b ? String(a) : `${a}, ${b}`);

const padding = (s, border, words) => (border.some(Boolean) ? fill(words, { padding: onePair(s.padding) }) : "");
const xTitle = (s) => `X ${times(sizeOf(s.X))}${padding(s, ringOf(s), TOLD.padded)}`;
const yTitle = ({ s, out }) => `Y ${times(out)}${padding(s, cropOf(s), TOLD.cut)}`;

function title(s) {
  const parts = [`${OPERATIONS[s.op].name}: X ${times(sizeOf(s.X))}`];
  if (uses(s, "K")) parts.push(`${isPooling(s) ? TOLD.window : "K"} ${times(sizeOf(s.K))}`);
  for (const name of NUMBERS) if (uses(s, name)) parts.push(`${name} ${onePair(s[name])}`);
  if (uses(s, "align_corners")) parts.push(`align_corners ${s.align_corners ? "True" : "False"}`);
  return parts.join(", ");
}

function unreadNote({ s, read, ring }) {
  if (!read) return "";
  const unread = s.X.flatMap((row, i) => row.filter((_, j) => !read[i + ring[0]][j + ring[1]])).length;
  const sentence = s.op === "transposed" ? TOLD.untaken : TOLD.unread;
  return unread ? fill(sentence, { count: unread, all: s.X.flat().length }) : "";
}

/** The size formula with its numbers, without the settings that change nothing, such as stride 1; in symbols too where one
    does. A line for each axis where height and width differ. */
function formula({ s, out }) {
  const name = OPERATIONS[s.op].formula;
  const both = [0, 1].map((axis) => lettersOf(s, axis));
  const matters = (letter) => both.some((letters) => letters[letter] !== FORMULAS.neutral[letter]);
  const isTrue = (when) => (when.startsWith("!") ? !matters(when.slice(1)) : matters(when));
  const pieces = FORMULAS[name].filter(([when]) => when.split(" ").filter(Boolean).every(isTrue));
  const symbols = pieces.some(([when]) => /^\w/.test(when)) ? pieces.map(([, symbol]) => symbol).join("") : "";
  const [rows, columns] = both.map((letters, axis) => {
    const over = letters.n + 2 * letters.p - reach(s, axis, 1);
    const isFloored = name === "conv" && over % letters.s;
    const floored = isFloored ? fill(FORMULAS.floored, { quotient: number(over / letters.s) }) : "";
    return `${fill(pieces.map(([, , numbers]) => numbers).join(""), letters)}${floored} = ${out[axis]}`;
  });
  const form = (symbols ? "" : "plain ") + (rows === columns ? "size" : "sizes");
  return fill(TOLD[form], { symbols, numbers: rows, rows, columns });
}

// ------------------------------------------------------------------------------------------- the story of one cell

/** What is framed, noted and written for the current cell, `at` = [row, column] of `grid`, "X" or "Y". For each grid:
    `frame`, `cells` (those that take part), `notes` in them, `spread` (cells apart: each is framed), `best`, `dot`. */
export function story(solved, { grid, at }) {
  const { op } = solved.s;
  if (op === "transposed") return grid === "X" ? scatterStory(solved, at) : gatherStory(solved, at);
  if (op === "nearest") return nearestStory(solved, at);
  return op === "bilinear" ? bilinearStory(solved, at) : windowStory(solved, at);
}

const frameOf = (at, [height, width] = [1, 1]) => ({ at, height, width });
const only = (at) => ({ frame: frameOf(at), cells: [at] });
const notesOf = (weights) => weights.map((weight) => `·${number(weight)}`);
const cellName = (grid, [i, j]) => `${grid}[${i}, ${j}]`;

/** The window's cells, and the frame around them. */
function framed(s, at) {
  const cells = cellsOf(s, at);
  return { frame: frameOf(cells[0], [0, 1].map((axis) => reach(s, axis, 1))), cells, spread: s.dilation.some((d) => d > 1) };
}

/** Y[at] = … = value, with ≈ where a number in it is rounded. */
const equation = (at, written, value, numbers) => ({
  left: `${cellName("Y", at)} = ${written} ${equals(...numbers, value)} `,
  right: number(value),
});

function weightedSum(at, values, weights) {
  const terms = values.map((x, i) => `${factor(x)}·${factor(weights[i])}`);
  return equation(at, terms.join(" + "), dot(values, weights), [...values, ...weights]);
}

function windowStory({ s, padded: P, weights }, at) {
  const X = { ...framed(s, at), notes: [] };
  const values = X.cells.map(([row, column]) => P[row][column]);
  const value = response(s, values, weights);
  if (s.op === "max") {
    X.best = X.cells[values.indexOf(value)];
    return { X, Y: only(at), ...equation(at, `max(${values.map(number).join(", ")})`, value, values) };
  }
  if (s.op === "avg") {
    const mean = `(${values.map(factor).join(" + ")})/${values.length}`;
    return { X, Y: only(at), ...equation(at, mean, value, values) };
  }
  X.notes = notesOf(weights);
  return { X, Y: only(at), ...weightedSum(at, values, weights) };
}

/** One input cell of a transposed convolution: it adds itself, times K, to these output cells. */
function scatterStory({ s, out, weights }, at) {
  const Y = framed(s, at);
  const x = s.X[at[0]][at[1]];
  const products = weights.map((k) => x * k);
  Y.notes = products.map((product) => (product < 0 ? number(product) : `+${number(product)}`));
  const parts = Y.cells.map((cell, i) => {
    const target = minus(cell, cropOf(s));
    const where = isInside(target, out) ? cellName("Y", target) : TOLD["cut off"];
    const sign = equals(x, weights[i], products[i]);
    return `${factor(x)}·${factor(weights[i])} ${sign} ${number(products[i])} → ${where}`;
  });
  const between = mapMatrix(s.K, (k) => x * k);
  const left = fill(TOLD.adds, { i: at[0], j: at[1], parts: parts.join("; ") });
  return { X: only(at), Y, between, name: `${number(x)}·K`, left, right: "" };
}

/** Transposed: the input cells whose stamps meet at Y[at], and the kernel cell that multiplies each. */
function metBy(s, at) {
  const drawn = plus(at, cropOf(s));
  const met = mapMatrix(s.X, (x, i, j) => {
    const [a, b] = [along(s, 0, i).indexOf(drawn[0]), along(s, 1, j).indexOf(drawn[1])];
    return a < 0 || b < 0 ? [] : [{ cell: [i, j], x, tap: [a, b], k: s.K[a][b] }];
  });
  return met.flat(2);
}

/** One output cell of a transposed convolution: the input cells whose stamps meet there. */
function gatherStory({ s }, at) {
  const met = metBy(s, at);
  const [cells, values, weights] = ["cell", "x", "k"].map((name) => met.map((part) => part[name]));
  const told = { X: { cells, notes: notesOf(weights), spread: true }, Y: only(plus(at, cropOf(s))) };
  if (!cells.length) return { ...told, left: fill(TOLD.unreached, { i: at[0], j: at[1] }), right: "0" };
  return { ...told, ...weightedSum(at, values, weights) };
}

function nearestStory({ s }, at) {
  const source = sourceOf(s, at);
  const [i, j] = at.map((index, axis) => `⌊${index}/${s.scale_factor[axis]}⌋`);
  const written = `${cellName("X", [i, j])} = ${cellName("X", source)}`;
  return { X: only(source), Y: only(at), ...equation(at, written, s.X[source[0]][source[1]], []) };
}

function bilinearStory({ s }, at) {
  const [r, c] = neighbors(s, at);
  const mix = mixed(s, at);
  const taken = mix.filter(({ wr, wc }) => wr * wc > 0);
  const X = {
    frame: frameOf([r.first, c.first], [r.second - r.first + 1, c.second - c.first + 1]),
    cells: taken.map(({ cell }) => cell),
    notes: notesOf(taken.map(({ wr, wc }) => wr * wc)),
    dot: [r.clamped + 0.5, c.clamped + 0.5],
  };
  const terms = mix.map(({ x, wr, wc }) => `${number(wr)}·${number(wc)}·${factor(x)}`).join(" + ");
  const numbers = mix.flatMap(({ x, wr, wc }) => [wr, wc, x]);
  const more = [r, c].map((found, axis) => looks(s, at, axis, found)).join(", ");
  const weights = mix.map(({ wr, wc }) => wr * wc);
  const between = [weights.slice(0, 2), weights.slice(2)];
  return { X, Y: only(at), between, more, ...equation(at, terms, sum(mix.map(({ x, wr, wc }) => wr * wc * x)), numbers) };
}

/** The coordinate along one axis, as its formula gives it, and where it is clamped to X. */
function looks(s, at, axis, { raw, clamped }) {
  const { n, scale } = lettersOf(s, axis);
  const corners = n * scale > 1 ? `${at[axis]}·(${n} − 1)/(${n * scale} − 1)` : "0";
  const written = s.align_corners ? corners : `(${at[axis]} + ½)/${scale} − ½`;
  const kept = raw === clamped ? "" : fill(TOLD.clamped, { value: number(clamped) });
  return `${TOLD.coordinates[axis]} ${written} ${equals(raw)} ${number(raw)}${kept}`;
}

// ------------------------------------------------------------------------------------------------ the code to copy

/** The present settings as a few lines of PyTorch; its defaults are left out. */
function pytorchCode(s) {
  const { call } = OPERATIONS[s.op];
  const values = { K: tupleCode(sizeOf(s.K)), align_corners: s.align_corners ? "True" : "False" };
  for (const name of NUMBERS) values[name] = tupleCode(s[name]);
  const isGiven = (name) => !call.includes(`{${name}}`) && s[name].some((value) => value !== SETTINGS[name].default);
  const given = ["stride", "padding", "dilation", "output_padding"].filter(isGiven);
  values.given = given.map((name) => `, ${name}=${values[name]}`).join("");
  const lines = ["import torch", "from torch.nn import functional as F", "", `X = ${tensorCode(s.X)}`];
  if (uses(s, "K") && !isPooling(s)) lines.push(`K = ${tensorCode(s.K)}`);
  return [...lines, `Y = ${fill(call, values)}[0, 0]`, "print(Y)"].join("\n");
}

const tupleCode = ([a, b]) => (a === b ? String(a) : `(${a}, ${b})`);
const numberCode = (value) => (Number.isInteger(value) ? `${Object.is(value, -0) ? "-0" : value}.0` : String(value));

function tensorCode(values) {
  const rows = values.map((row) => `[${row.map(numberCode).join(", ")}]`);
  if (rows.length === 1) return `torch.tensor([${rows[0]}])`;
  return ["torch.tensor([", ...rows.map((row) => `    ${row},`), "])"].join("\n");
}

// ---------------------------------------------------------------------------------------------------- small DOM tools

let serial = 0; // ids must differ between the views of one page

/** An element with the classes `names`, each with "d2l-" before it: the page around has classes of its own, short ones too. */
function make(tag, names = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const name of names.split(" ").filter(Boolean)) element.classList.add(`d2l-${name}`);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** JupyterLab's one-letter shortcuts (x cuts the cell!) must not act while something here has the focus. */
const ownKeys = (element) => {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  return element;
};

/** What is already there is not written again: it would cost a layout, and a screen reader would say it twice. */
const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};
const setAttribute = (element, name, value) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};

function button(names, label, act, attributes = {}, child = label) {
  const element = ownKeys(make("button", names, { type: "button", "aria-label": label, ...attributes }, child));
  element.addEventListener("click", act);
  return element;
}

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", ICONS[name]);
  svg.append(line);
  return svg;
}

const iconButton = (name, act) => button("icon", PAGE[name], act, { title: PAGE[name] }, icon(name));

function slider(name, attributes, act) {
  const names = { type: "range", "aria-label": PAGE[name], title: PAGE[name] };
  const element = ownKeys(make("input", `slider ${name}`, { ...names, ...attributes }));
  element.addEventListener("input", () => act(Number(element.value)));
  return element;
}

const labeled = (name, ...elements) => make("label", "field", {}, make("span", "name", {}, name), ...elements);

const textInput = (names, inputmode, label) =>
  ownKeys(make("input", names, { type: "text", inputmode, autocomplete: "off", "aria-label": label }));

// ------------------------------------------------------------------------------------------------------- one grid

const SHADES = 8; // steps between white and the largest value

/** Orange above zero, purple below, in a few steps. All that a cell can look like is a class: elements of one class share one
    computed style, so a redraw costs a fraction of what inline styles would. */
function shadeOf(value, bound) {
  if (!value || !Number.isFinite(value)) return "";
  return ` d2l-${value > 0 ? "plus" : "minus"} d2l-shade${Math.ceil((Math.abs(value) / bound) * SHADES)}`;
}

/** A matrix on the page. Cells are made when the size changes; a redraw then touches only what is different. */
class Grid {
  constructor(name, { editable = false, focusable = true } = {}) {
    this.name = name;
    this.editable = editable;
    this.id = `d2l-stepper-${serial++}`;
    this.caption = make("figcaption", "title", { id: `${this.id}-title` });
    this.body = make("div", "grid", { role: "grid", "aria-labelledby": this.caption.id });
    if (focusable) ownKeys(this.body).tabIndex = 0;
    if (!editable) this.body.setAttribute("aria-readonly", "true");
    this.frame = make("div", "frame", { "aria-hidden": "true" });
    this.dot = make("div", "dot", { "aria-hidden": "true" });
    this.figure = make("figure", `matrix matrix-${name}`, {}, this.caption, make("div", "scroller", {}, this.body));
    this.cells = [];
    this.active = focusable ? [0, 0] : null; // the cell that the keyboard is on, [row, column], ring not counted
  }

  /** Make the cells anew where their number has changed. */
  resize(rows, columns) {
    if (this.rows === rows && this.columns === columns) return;
    Object.assign(this, { rows, columns });
    this.body.style.setProperty("--columns", columns);
    this.cells = matrix(rows, columns, (i, j) => {
      const cell = make("div", "cell", { role: "gridcell", id: `${this.id}-${i}-${j}`, "data-note": "" }, "");
      return Object.assign(cell, { place: [i, j] });
    });
    const lines = this.cells.map((cells) => make("div", "row", { role: "row" }, ...cells));
    this.body.replaceChildren(...lines, this.frame, this.dot);
  }

  /** corner, inner: where the values begin and how many there are; what is around them is the ring. */
  paint(values, { corner = [0, 0], inner = sizeOf(values), read = null, told = {} } = {}) {
    this.resize(...sizeOf(values));
    Object.assign(this, { corner, inner });
    const looks = this.looksOf(values, read, told);
    const notes = new Map((told.notes ?? []).map((note, i) => [told.cells[i].join(), note]));
    mapMatrix(this.cells, (cell, i, j) => {
      const note = notes.size ? notes.get(`${i},${j}`) ?? "" : "";
      const value = values[i][j];
      this.paintCell(cell, typeof value === "string" ? value : number(value), looks[i][j], note); // "?" is no number
    });
    this.placeFrame(told);
  }

  /** The class of every cell. */
  looksOf(values, read, { cells = [], best, marks = [] }) {
    const bound = Math.max(...values.flat().filter(Number.isFinite).map(Math.abs)) || 1;
    const looks = mapMatrix(values, (value, i, j) => {
      const isRing = !isInside(minus([i, j], this.corner), this.inner);
      const unread = read && !read[i][j] ? " d2l-unread" : "";
      return `d2l-cell${isRing ? " d2l-ring" : shadeOf(value, bound)}${unread}`;
    });
    const mark = ([i, j], name) => (looks[i][j] += ` d2l-${name}`);
    for (const cell of cells) mark(cell, "held");
    if (best) mark(best, "best");
    for (const [cell, name] of marks) mark(cell, name);
    if (this.active) {
      this.active = clampCell(this.active, this.inner);
      mark(plus(this.active, this.corner), "active");
      setAttribute(this.body, "aria-activedescendant", this.cellAt(this.active).id); // for screen readers
    }
    return looks;
  }

  paintCell(cell, shown, marks, note) {
    const longest = Math.max(shown.length, note.length); // long numbers are set smaller, a note as large as its number
    const look = longest > 3 ? `${marks} d2l-long${Math.min(longest, 6)}` : marks;
    if (cell.firstChild.data !== shown) cell.firstChild.data = shown;
    if (cell.className !== look) cell.className = look;
    setAttribute(cell, "data-note", note);
  }

  placeFrame({ frame, spread = false, dot }) {
    this.body.classList.toggle("d2l-spread", spread);
    this.frame.hidden = !frame;
    this.dot.hidden = !dot;
    if (frame) {
      const { at, height, width } = frame;
      this.frame.style.cssText = `--row:${at[0]};--column:${at[1]};--height:${height};--width:${width}`;
    }
    if (dot) this.dot.style.cssText = `--row:${dot[0]};--column:${dot[1]}`;
  }

  /** [row, column] of the value under an event, or null on the ring and between cells. */
  at(event) {
    const place = event.target.closest?.(".d2l-cell")?.place;
    const at = place && minus(place, this.corner);
    return at && isInside(at, this.inner) ? at : null;
  }

  cellAt(at) {
    const [row, column] = plus(at, this.corner);
    return this.cells[row][column];
  }
}

// --------------------------------------------------------------------------------------------------------- controls

/** "2" → 2, "1, 2" or "1×2" → [1, 2], anything else → null. */
function parseSize(text, least, most) {
  const found = /^\s*\(?\s*(\d+)(?:\s*[,×x ]\s*(\d+))?\s*\)?\s*$/.exec(text);
  if (!found) return null;
  const sides = [found[1], found[2] ?? found[1]].map(Number);
  if (sides.some((side) => side < least || side > most)) return null;
  return found[2] === undefined ? sides[0] : sides;
}

/** "1.5", "−2", "1/3" or "0,5" → a number that float32 can hold, anything else → null. */
function parseNumber(text) {
  const plain = text.trim().replace(/−/g, "-").replace(",", ".");
  const [upper, lower = "1", ...rest] = plain.split("/");
  const value = upper.trim() && lower.trim() && !rest.length ? Number(upper) / Number(lower) : NaN;
  return Math.abs(Math.fround(value)) < Infinity ? value : null;
}

/** A labeled integer or pair "1, 2", with − and +; the arrow keys do the same. */
function sizeField(name, { least, most = Infinity, read, write, complain }) {
  const input = textInput("number", "numeric", name);
  const nudge = (by) => {
    const sides = asPair(read()).map((side) => clamp(side + by, least, most));
    write(sides[0] === sides[1] ? sides[0] : sides);
    input.value = onePair(sides);
  };
  const nudger = (by, words, sign) => button("nudge", fill(words, { name }), () => nudge(by), { tabindex: "-1" }, sign);
  const [less, more] = [nudger(-1, PAGE.minus, "−"), nudger(1, PAGE.plus, "+")];
  const take = (isFinal) => {
    const value = parseSize(input.value, least, most);
    if (value !== null) return write(value);
    if (!isFinal) return;
    complain(fill(PAGE[most < Infinity ? "integer to" : "integer"], { name, least, most, text: input.value }));
    input.value = onePair(asPair(read()));
  };
  input.addEventListener("input", () => take(false));
  input.addEventListener("change", () => take(true));
  input.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    nudge(by);
  });
  const update = () => {
    const sides = asPair(read());
    less.disabled = Math.max(...sides) <= least;
    more.disabled = Math.min(...sides) >= most;
    if (!input.matches(":focus")) input.value = onePair(sides);
  };
  return { element: labeled(name, less, input, more), update };
}

function checkField(name, { read, write }) {
  const input = ownKeys(make("input", "", { type: "checkbox" }));
  input.addEventListener("change", () => write(input.checked));
  const update = () => (input.checked = Boolean(read()));
  return { element: make("label", "field", {}, input, make("span", "name", {}, name)), update };
}

// --------------------------------------------------------------------------------------------------------- the view

const SIGN_WIDTH = 52; // px, gaps included
const SMALL_SIGNS = "⋆∗·"; // they fill little of their letter
const [SMALLEST_CELL, SNUG_CELL, NOTED_CELL, LARGEST_CELL] = [16, 23, 27, 36]; // px; notes in the cells from the third on

class View {
  constructor(model) {
    this.model = model;
    this.look = null; // {grid, at}: a cell that is looked at without moving the position there
    this.pinned = false;
    this.timer = 0;
    this.complaint = ""; // about what was typed
    this.x = new Grid("X", { editable: true });
    this.k = new Grid("K", { editable: true });
    this.between = new Grid("weights", { focusable: false }); // the flipped kernel, or the weights of avg and bilinear
    this.y = new Grid("Y");
    this.predict = new Prediction(this);
    this.build();
    this.listen();
  }

  // Building, once

  build() {
    this.signs = [0, 1].map(() => make("span", "sign", { "aria-hidden": "true" }));
    this.kernel = make("div", "kernel", {}, this.k.figure, this.between.figure);
    this.middle = make("div", "part", {}, this.signs[0], this.kernel);
    const result = make("div", "part", {}, this.signs[1], this.y.figure);
    this.stage = make("div", "stage", {}, this.x.figure, this.middle, result);
    this.reason = make("p", "reason", { role: "alert" });
    this.sum = make("p", "sum", { role: "status", "aria-atomic": "true", "aria-label": PAGE.arithmetic });
    this.left = this.sum.appendChild(new Text(""));
    this.right = this.sum.appendChild(make("strong"));
    [this.more, this.size, this.note] = ["more", "size", "note"].map((name) => make("p", name));
    const telling = make("div", "telling", {}, this.reason, this.predict.element, this.sum, this.more, this.size, this.note);
    this.help = make("p", "help");
    this.root = make("div", "stepper", { role: "group" }, this.stage, telling);
    this.root.append(this.buildTransport(), this.buildSettings(), this.buildCode(), this.help);
    this.root.stepper = this; // for tests, and for the curious
  }

  buildTransport() {
    const by = (name, steps) => iconButton(name, () => this.step(steps));
    this.playButton = iconButton("play", () => this.play(!this.timer));
    this.scrub = slider("position", { min: 0, step: 1 }, (index) => this.goTo(index));
    this.count = make("span", "count");
    this.pin = button("pin", PAGE.pin, () => this.setPinned(!this.pinned), { title: PAGE["pin title"] });
    const setSpeed = (value) => {
      this.speed = value; // steps a second
      speed.setAttribute("aria-valuetext", fill(PAGE.steps, { value }));
    };
    const speed = slider("speed", { min: 0.5, max: 8, step: 0.5, value: 2 }, setSpeed);
    setSpeed(2);
    const [first, back, forward, last] = [by("first", -Infinity), by("back", -1), by("forward", 1), by("last", Infinity)];
    this.steppers = [first, back, this.playButton, forward, last];
    const buttons = make("span", "buttons", {}, ...this.steppers);
    const names = { role: "group", "aria-label": PAGE.walk };
    this.pace = labeled(PAGE.speed, speed);
    return make("div", "controls transport", names, buttons, this.scrub, this.count, this.pin, this.pace);
  }

  buildSettings() {
    this.op = ownKeys(make("select", "op", { "aria-label": PAGE.op }));
    for (const [op, { name }] of Object.entries(OPERATIONS)) this.op.append(make("option", "", { value: op }, name));
    this.op.addEventListener("change", () => this.change({ op: this.op.value }));
    const complain = (text) => this.complain(text);
    const kernelSize = { read: () => sizeOf(this.model.get("K")), write: (size) => this.resizeKernel(size) };
    this.fields = { K: sizeField(PAGE.kernel, { least: 1, most: LIMITS.K, ...kernelSize, complain }) };
    for (const [name, { at_least: least }] of Object.entries(SETTINGS)) {
      const access = { read: () => this.model.get(name), write: (value) => this.change({ [name]: value }) };
      this.fields[name] = least === undefined ? checkField(name, access) : sizeField(name, { least, ...access, complain });
    }
    this.copyButton = button("copy", PAGE.copy, () => this.copy());
    const elements = Object.values(this.fields).map((field) => field.element);
    const names = { role: "group", "aria-label": PAGE.settings };
    return make("div", "controls settings", names, this.op, ...elements, this.copyButton);
  }

  buildCode() {
    this.code = ownKeys(make("pre", "code", { "aria-label": PAGE.code, tabindex: 0 }));
    this.copied = make("span", "copied", { role: "status" });
    const close = button("close", PAGE.close, () => {
      this.panel.hidden = true;
      this.copyButton.focus();
    });
    this.panel = make("div", "panel", { hidden: "" }, make("div", "bar", {}, this.copied, close), this.code);
    return this.panel;
  }

  listen() {
    const changed = (name) => () => {
      if (name !== "position") this.solution = null;
      this.schedule();
    };
    this.handlers = TRAITS.map((name) => [`change:${name}`, changed(name)]);
    for (const [event, handler] of this.handlers) this.model.on(event, handler);
    this.observer = new ResizeObserver(() => {
      this.width = this.root.clientWidth - 8; // without its own padding
      this.fit();
    });
    this.observer.observe(this.root);
    for (const grid of [this.x, this.k, this.y]) this.listenToGrid(grid);
    // Elsewhere than in JupyterLab, keys that bubble up would reach the notebook's one-letter shortcuts.
    this.root.addEventListener("keydown", (event) => {
      const runsTheCell = event.key === "Enter" && event.shiftKey;
      if (!event.ctrlKey && !event.metaKey && !event.altKey && !runsTheCell) event.stopPropagation();
    });
  }

  listenToGrid(grid) {
    const { body } = grid;
    let wasActive = false;
    body.addEventListener("pointerover", (event) => this.hover(grid, grid.at(event), event));
    body.addEventListener("pointerleave", () => this.pinned || this.setPinned(false));
    body.addEventListener("pointerdown", (event) => {
      const at = grid.at(event);
      wasActive = body.matches(":focus-within") && at !== null && same(grid.active, at);
    });
    body.addEventListener("click", (event) => this.click(grid, grid.at(event), wasActive));
    body.addEventListener("keydown", (event) => this.key(grid, event));
  }

  destroy() {
    this.play(false);
    this.observer.disconnect();
    for (const [event, handler] of this.handlers) this.model.off(event, handler);
  }

  // The model, and what is computed from it

  /** Solved once after each change; the last output that there was is kept. */
  get solved() {
    if (!this.solution) {
      this.solution = solve(Object.fromEntries(TRAITS.map((name) => [name, this.model.get(name)])));
      if (!this.solution.reason) this.good = this.solution;
    }
    return this.solution;
  }

  change(values) {
    this.complaint = "";
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.model.save_changes();
    this.schedule();
  }

  /** Old values stay; new cells of a kernel are 0, of a pooling window 1. */
  resizeKernel(size) {
    const K = this.model.get("K");
    const [rows, columns] = asPair(size);
    const around = isPooling(this.solved.s) ? 1 : 0;
    if (same(sizeOf(K), [rows, columns])) return;
    this.change({ K: matrix(rows, columns, (i, j) => K[i]?.[j] ?? around) });
  }

  setValue(grid, at, value) {
    const values = this.model.get(grid.name);
    if (values[at[0]][at[1]] === value) return;
    this.change({ [grid.name]: mapMatrix(values, (old, i, j) => (same(at, [i, j]) ? value : old)) });
  }

  complain(text) {
    this.complaint = text;
    this.schedule();
  }

  // The current cell

  /** The grid that the position walks through, its size, and the position. */
  get home() { return this.solved.s.op === "transposed" && !this.predict.isOn ? this.x : this.y; }
  get homeSize() { return this.home === this.x ? sizeOf(this.solved.s.X) : this.solved.out; }
  get position() { return clampCell(this.model.get("position"), this.homeSize); }

  /** The position as one number, row by row. */
  get index() {
    const [row, column] = this.position;
    return row * this.homeSize[1] + column;
  }

  current() {
    const { look, solved } = this;
    const isThere = look && !this.predict.isOn && isInside(look.at, look.grid === "X" ? sizeOf(solved.s.X) : solved.out);
    return isThere ? look : { grid: this.home.name, at: this.position };
  }

  moveTo(at) {
    this.look = null;
    this.model.set("position", at);
    this.model.save_changes();
    this.schedule();
  }

  /** Make this the current cell: move there, or in the other grid only look at it. */
  lookAt(grid, at) {
    if (grid === this.home) return this.moveTo(at);
    this.look = { grid: grid.name, at };
    this.schedule();
  }

  goTo(index) {
    const [rows, columns] = this.homeSize;
    const inside = clamp(index, 0, rows * columns - 1);
    this.moveTo([Math.floor(inside / columns), inside % columns]);
  }

  step(by) { if (!this.solved.reason) this.goTo(this.index + by); }

  /** Step on until the last cell; from there, begin again. */
  play(on) {
    const isAtEnd = () => same(this.position, minus(this.homeSize, [1, 1]));
    clearTimeout(this.timer);
    this.timer = 0;
    if (on && !this.solved.reason && !this.predict.isOn) {
      if (isAtEnd()) this.goTo(0);
      const tick = () => {
        this.step(1);
        this.play(!isAtEnd());
      };
      this.timer = setTimeout(tick, 1000 / this.speed);
    }
    this.schedule();
  }

  setPinned(on) {
    this.pinned = on;
    if (!on) this.look = null;
    this.schedule();
  }

  // Pointer and keys

  /** Y can always be looked at, and the grid that is walked through; nothing while the settings do not fit. */
  canLook(grid) { return !this.solved.reason && (grid === this.y || grid === this.home); }

  hover(grid, at, event) {
    if (!at || event.pointerType === "touch" || !this.canLook(grid)) return;
    if (event.buttons & 1 && grid === this.home) return this.moveTo(at);
    if (this.pinned || this.predict.isOn) return;
    this.look = { grid: grid.name, at };
    this.schedule();
  }

  click(grid, at, wasActive) {
    if (!at) return;
    grid.active = at;
    if (grid.editable && wasActive) this.edit(grid, at);
    else this.toggleAt(grid, at);
    this.schedule();
  }

  /** Pin a cell; a second click on a pinned output cell lets it go. */
  toggleAt(grid, at) {
    if (!this.canLook(grid)) return;
    if (this.predict.isOn) return this.predict.choose(at);
    const current = this.current();
    const isPinnedHere = this.pinned && current.grid === grid.name && same(current.at, at);
    if (isPinnedHere && grid === this.y) return this.setPinned(false);
    this.lookAt(grid, at);
    this.pinned = true;
  }

  key(grid, event) {
    if (event.target !== grid.body || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, shiftKey } = event;
    const target = this.arrow(grid, key);
    if (target) this.walk(grid, target);
    else if (grid === this.y && this.predict.takes(key) && !shiftKey) this.predict.open(key);
    else if (key === " ") this.play(!this.timer);
    else if (key === "Escape") this.play(false), this.setPinned(false);
    else if (key === "Enter" && !shiftKey && !grid.editable) this.toggleAt(grid, grid.active);
    else if (grid.editable && /^(Enter|F2)$/.test(key) && !shiftKey) this.edit(grid, grid.active);
    else if (grid.editable && /^[-−+.\d]$/.test(key)) this.edit(grid, grid.active, key);
    else if (grid.editable && /^(Delete|Backspace)$/.test(key)) this.edit(grid, grid.active, "");
    else return;
    event.preventDefault();
  }

  /** The cell that an arrow key, Home or End leads to. */
  arrow(grid, key) {
    const [row, column] = grid.active;
    const targets = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, Infinity],
      PageUp: [0, column],
      PageDown: [Infinity, column],
    };
    return targets[key] && clampCell(targets[key], grid.inner);
  }

  walk(grid, at) {
    grid.active = at;
    if (this.canLook(grid)) this.lookAt(grid, at);
    this.schedule();
  }

  /** A small input over the cell: Enter and leaving keep what was typed, Escape does not. */
  edit(grid, at, typed = null) {
    const value = this.model.get(grid.name)[at[0]][at[1]];
    const name = cellName(grid.name, at);
    const input = textInput("editor", "decimal", name);
    input.value = typed ?? String(value);
    grid.cellAt(at).append(input);
    input.focus({ preventScroll: true });
    if (typed === null) input.select();
    let isOpen = true;
    const finish = (keep, back) => {
      if (!isOpen) return;
      isOpen = false;
      const found = parseNumber(input.value);
      if (back) grid.body.focus({ preventScroll: true });
      input.remove();
      if (keep && found !== null) this.setValue(grid, at, found);
      else if (keep) this.complain(fill(PAGE.number, { text: input.value, name, value: number(value) }));
    };
    input.addEventListener("blur", () => finish(true, false));
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") event.preventDefault();
      if (["Enter", "Escape", "Tab"].includes(event.key)) finish(event.key !== "Escape", true);
    });
    for (const name of ["pointerdown", "click"]) input.addEventListener(name, (event) => event.stopPropagation());
  }

  async copy() {
    this.panel.hidden = false;
    setText(this.code, pytorchCode(this.solved.s));
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      setText(this.copied, PAGE.copied);
    } catch {
      setText(this.copied, PAGE.select); // a page that may not write there, such as one without https
      getSelection().selectAllChildren(this.code);
    }
  }

  // Drawing

  /** Several changes in a row are drawn once, still before the page is painted. */
  schedule() {
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      if (this.waiting) this.draw();
    });
  }

  draw() {
    this.waiting = false;
    const { s, reason, padded, ring, read } = this.solved;
    this.predict.draw();
    const current = this.current();
    const told = reason ? {} : this.predict.covered(story(this.solved, current), current.at);
    if (!reason) this.home.active = this.position;
    setText(this.x.caption, xTitle(s));
    this.x.paint(padded, { corner: ring, inner: sizeOf(s.X), read, told: told.X });
    this.drawKernel(told);
    this.drawOutput(told);
    this.tell(told);
    this.drawTransport(reason);
    this.drawSettings(s, reason);
    this.fit();
  }

  /** The kernel as it was given, and below it what is on the window where that is something else. */
  drawKernel({ between = this.solved.between, name }) {
    const { s } = this.solved;
    const K = uses(s, "K") && !isPooling(s) ? s.K : null;
    const weights = s.op === "conv" ? TOLD.flipped : fill(TOLD.weights, { size: times(sizeOf(between ?? s.K)) });
    this.drawMatrix(this.k, K, `K ${times(sizeOf(s.K))}`);
    // Where an output cell of a transposed convolution is looked at, the stamp's place stays empty, so that no grid moves.
    this.drawMatrix(this.between, between ?? (this.home === this.x ? s.K : null), name ?? (between ? weights : "·K"));
    this.between.figure.classList.toggle("d2l-absent", !between);
    this.middle.hidden = !K && !between;
    const { signs } = OPERATIONS[s.op];
    this.signs.forEach((sign, i) => {
      setText(sign, signs.at(-i)); // the first and the last
      sign.classList.toggle("d2l-small", SMALL_SIGNS.includes(sign.textContent));
    });
  }

  drawMatrix(grid, values, title) {
    grid.figure.hidden = !values;
    if (!values) return;
    setText(grid.caption, title);
    grid.paint(values);
  }

  /** Settings that do not fit leave the last output that did, dimmed. */
  drawOutput(told) {
    const shown = this.solved.reason ? this.good : this.solved;
    this.y.figure.hidden = !shown;
    this.y.figure.classList.toggle("d2l-stale", Boolean(this.solved.reason));
    if (!shown) return;
    setText(this.y.caption, yTitle(shown));
    const [values, marks] = this.predict.output(shown);
    this.y.paint(values, { corner: cropOf(shown.s), inner: shown.out, told: { ...told.Y, marks } });
  }

  tell({ left = "", right = "", more = "" }) {
    const { s, reason } = this.solved;
    const why = reason ? fill(PAGE.misfit, { reason }) + (this.good ? PAGE.kept : "") : this.complaint;
    this.sum.setAttribute("aria-live", this.timer ? "off" : "polite"); // a walk would never stop talking
    this.left.data = left;
    setText(this.right, right);
    setText(this.reason, why);
    setText(this.more, more);
    setText(this.size, reason ? "" : formula(this.solved));
    setText(this.note, reason ? "" : unreadNote(this.solved));
    setText(this.help, this.predict.isOn ? PREDICT.help : PAGE.help);
    this.sum.hidden = this.predict.isOn && !left;
    for (const line of [this.reason, this.more, this.size, this.note]) line.hidden = !line.textContent;
    this.root.setAttribute("aria-label", fill(PAGE.stepper, { title: title(s) }));
  }

  drawTransport(reason) {
    for (const element of [...this.steppers, this.scrub, this.pin]) element.disabled = Boolean(reason);
    for (const element of [this.playButton, this.pin, this.pace]) element.hidden = this.predict.isOn;
    this.pin.setAttribute("aria-pressed", String(this.pinned));
    this.root.classList.toggle("d2l-pinned", this.pinned);
    const name = this.timer ? "pause" : "play";
    if (this.playButton.title !== PAGE[name]) {
      this.playButton.title = PAGE[name];
      this.playButton.setAttribute("aria-label", PAGE[name]);
      this.playButton.replaceChildren(icon(name));
    }
    if (reason) return;
    const [rows, columns] = this.homeSize;
    const [row, column] = this.position;
    this.scrub.max = rows * columns - 1;
    this.scrub.value = this.index;
    this.scrub.setAttribute("aria-valuetext", fill(PAGE.place, { grid: this.home.name, row, column }));
    setText(this.count, `${this.index + 1}/${rows * columns}`);
  }

  drawSettings(s, reason) {
    if (this.op.value !== s.op) this.op.value = s.op;
    for (const [name, field] of Object.entries(this.fields)) {
      field.element.hidden = !uses(s, name);
      field.update();
    }
    setText(this.fields.K.element.querySelector(".d2l-name"), isPooling(s) ? TOLD.window : PAGE.kernel);
    this.copyButton.disabled = Boolean(reason);
    if (this.panel.hidden || reason) return;
    const code = pytorchCode(s);
    if (code !== this.code.textContent) setText(this.copied, ""); // what was copied is no longer what is shown
    setText(this.code, code);
  }

  /** Choose the cell's size and whether the three grids are in one row, in two, or in three. */
  fit() {
    const shown = (grid) => (grid.figure.hidden ? 0 : grid.columns);
    const columns = [this.x.columns, Math.max(shown(this.k), shown(this.between)), this.y.columns ?? 0];
    const key = [this.width, ...columns].join();
    if (!(this.width > 0) || key === this.fitted) return;
    this.fitted = key;
    const [rows, cell] = arrangement(this.width - 4, ...columns); // without borders
    const largest = Number(getComputedStyle(this.root).getPropertyValue("--largest-cell")) || LARGEST_CELL; // the page's wish
    const pixels = clamp(Math.floor(cell), SMALLEST_CELL, largest);
    this.stage.dataset.rows = rows;
    this.root.style.setProperty("--cell", `${pixels}px`);
    this.root.classList.toggle("d2l-tiny", pixels < NOTED_CELL);
  }
}

/** In how many rows grids with x, k and y columns fit into that many pixels, and how wide a cell can then be. */
function arrangement(room, x, k, y) {
  const gap = k ? SIGN_WIDTH : 0;
  const choices = [
    ["one", (room - SIGN_WIDTH - gap) / (x + k + y)],
    ["two", Math.min((room - gap) / (x + k), (room - SIGN_WIDTH) / y)],
    ["three", Math.min(room / x, (room - SIGN_WIDTH) / Math.max(k, y))],
  ];
  const roomiest = choices.reduce((best, choice) => (choice[1] > best[1] + 1 ? choice : best));
  return choices.find((choice) => choice[1] >= SNUG_CELL) ?? roomiest;
}

export default {
  render({ model, el }) {
    const view = new View(model);
    el.append(view.root);
    view.draw();
    return () => view.destroy();
  },
};

// For pages that are made of more than one stepper.
export { WORDS, TRAITS, Grid, make, button, checkField, sizeField, ownKeys, setText, setAttribute, parseSize, fill, uses };
export { asPair, matrix, mapMatrix, sizeOf, plus, minus, same, clamp, clampCell, isPooling, reach, ringOf, cropOf };
export { xTitle, yTitle };
