// The stepper's page side: one plain ES module, no library, nothing fetched.
//
// It computes every number itself, so that the view answers at once and without the kernel; the Python side computes the
// same with torch, and a test holds the two equal, words and code included (words.py, code.py). All text that comes from a
// learner is put in as text, never as HTML.

// ---------------------------------------------------------------------------------------------------- what there is

const OPS = {
  corr: "cross-correlation",
  conv: "true convolution",
  max: "max pooling",
  avg: "average pooling",
  transposed: "transposed convolution",
  nearest: "nearest upsampling",
  bilinear: "bilinear upsampling",
};
const USES = {
  corr: ["K", "padding", "stride", "dilation"],
  conv: ["K", "padding", "stride", "dilation"],
  max: ["K", "padding", "stride", "dilation"],
  avg: ["K", "padding", "stride"],
  transposed: ["K", "padding", "stride", "dilation", "output_padding"],
  nearest: ["scale_factor"],
  bilinear: ["scale_factor", "align_corners"],
};
const AT_LEAST = { padding: 0, stride: 1, dilation: 1, output_padding: 0, scale_factor: 1 };
const NUMBERS = Object.keys(AT_LEAST);
const TRAITS = ["X", "K", "op", ...NUMBERS, "align_corners", "position"];
const LARGEST_K = 7;
const LARGEST_DRAWN = 40; // cells along one side of any grid, padding included

const uses = (s, name) => USES[s.op].includes(name);
const isPooling = (s) => s.op === "max" || s.op === "avg";
const isUpsampling = (s) => s.op === "nearest" || s.op === "bilinear";
const asPair = (value) => (Array.isArray(value) ? value : [value, value]);
const sizeOf = (matrix) => [matrix.length, matrix[0].length];
const zeros = (rows, columns) => Array.from({ length: rows }, () => new Array(columns).fill(0));
const mapMatrix = (matrix, f) => matrix.map((row, i) => row.map((value, j) => f(value, i, j)));
const flipped = (K) => K.map((row) => row.slice().reverse()).reverse();

/** The model's traits as one plain object, settings turned into pairs. */
function settingsOf(model) {
  const s = {};
  for (const name of TRAITS) s[name] = model.get(name);
  for (const name of NUMBERS) s[name] = asPair(s[name]);
  return s;
}

// ------------------------------------------------------------------------------------------------------- the output

/** Why there is no output, in words, or "" and the size of Y. The words are those of shapes.py and settings.py. */
function outSize(s) {
  const [n, k] = [sizeOf(s.X), sizeOf(s.K)];
  const out = [0, 0];
  for (const axis of [0, 1]) {
    const found = outAlong(s, n[axis], k[axis], axis);
    if (typeof found === "string") return { reason: found };
    out[axis] = found;
  }
  const ring = ringOf(s);
  const cut = s.op === "transposed" ? s.padding : [0, 0];
  const around = (size, border) => size.map((side, axis) => side + 2 * border[axis]);
  return { reason: tooLarge("X", around(n, ring)) || tooLarge("Y", around(out, cut)), out };
}

function outAlong(s, n, k, axis) {
  const [p, st, extra] = [s.padding[axis], s.stride[axis], s.output_padding[axis]];
  const d = uses(s, "dilation") ? s.dilation[axis] : 1;
  const window = d * (k - 1) + 1;
  if (isUpsampling(s)) return n * s.scale_factor[axis];
  if (s.op === "transposed") {
    if (extra >= Math.max(st, d)) return `output_padding must be smaller than stride ${st} or dilation ${d}, got ${extra}`;
    const out = (n - 1) * st - 2 * p + window + extra;
    return out < 1 ? `padding ${p} removes the whole output: ${out} cells would be left` : out;
  }
  if (isPooling(s) && 2 * p > k) return `padding must be at most half the kernel of ${k}, got ${p}`;
  if (n + 2 * p < window) return `kernel covers ${window} cells, more than the padded input has (${n + 2 * p})`;
  return Math.floor((n + 2 * p - window) / st) + 1;
}

function tooLarge(name, [rows, columns]) {
  if (Math.max(rows, columns) <= LARGEST_DRAWN) return "";
  const side = LARGEST_DRAWN;
  return `${name} with its padding would be ${rows}×${columns}, at most ${side}×${side} cells can be drawn`;
}

/** Rows and columns of padding drawn around X. */
const ringOf = (s) => (uses(s, "padding") && s.op !== "transposed" ? s.padding : [0, 0]);

/** Everything that does not depend on the cell in hand: sizes, the padded input, Y, which input cells are read. */
export function solve(s) {
  const { reason, out } = outSize(s);
  const solved = { s, reason, out, ring: ringOf(s) };
  solved.padded = padded(s, solved.ring);
  if (reason) return solved;
  if (s.op === "transposed") return solveTransposed(solved);
  solved.drawn = { values: isUpsampling(s) ? upsampled(s, out) : slid(solved), corner: [0, 0] };
  solved.Y = solved.drawn.values;
  solved.read = isUpsampling(s) ? null : readCells(solved);
  return solved;
}

function padded(s, [pH, pW]) {
  const [rows, columns] = sizeOf(s.X);
  const fill = s.op === "max" ? -Infinity : 0;
  const P = Array.from({ length: rows + 2 * pH }, () => new Array(columns + 2 * pW).fill(fill));
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) P[i + pH][j + pW] = s.X[i][j];
  return P;
}

const dilationOf = (s) => (uses(s, "dilation") ? s.dilation : [1, 1]);
const kernelOf = (s) => (s.op === "conv" ? flipped(s.K) : s.K); // as it lies on the window

/** A window slid over the padded input: corr, conv, max, avg. */
function slid({ s, padded: P, out }) {
  const [K, [h, w], [dH, dW], [sH, sW]] = [kernelOf(s), sizeOf(s.K), dilationOf(s), s.stride];
  const Y = zeros(...out);
  for (let i = 0; i < out[0]; i++) {
    for (let j = 0; j < out[1]; j++) {
      let sum = 0;
      let best = -Infinity;
      for (let a = 0; a < h; a++) {
        const row = P[i * sH + a * dH];
        for (let b = 0; b < w; b++) {
          const x = row[j * sW + b * dW];
          if (x > best) best = x;
          sum += s.op === "avg" ? x : x * K[a][b];
        }
      }
      Y[i][j] = s.op === "max" ? best : s.op === "avg" ? sum / (h * w) : sum;
    }
  }
  return Y;
}

/** Which cells of the padded input some window reads. */
function readCells({ s, padded: P, out }) {
  const [[h, w], [dH, dW], [sH, sW]] = [sizeOf(s.K), dilationOf(s), s.stride];
  const rows = new Uint8Array(P.length);
  const columns = new Uint8Array(P[0].length);
  for (let i = 0; i < out[0]; i++) for (let a = 0; a < h; a++) rows[i * sH + a * dH] = 1;
  for (let j = 0; j < out[1]; j++) for (let b = 0; b < w; b++) columns[j * sW + b * dW] = 1;
  return P.map((row, i) => row.map((_, j) => rows[i] & columns[j])); // windows stand in rows and columns
}

/** Each input cell adds itself times K; padding cuts a border off the sum, output_padding gives some of it back. */
function solveTransposed(solved) {
  const { s, out } = solved;
  const [[rows, columns], [h, w], [dH, dW], [sH, sW], corner] = [sizeOf(s.X), sizeOf(s.K), s.dilation, s.stride, s.padding];
  const whole = [(rows - 1) * sH + dH * (h - 1) + 1, (columns - 1) * sW + dW * (w - 1) + 1];
  const values = zeros(Math.max(whole[0], out[0] + corner[0]), Math.max(whole[1], out[1] + corner[1]));
  solved.read = zeros(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let a = 0; a < h; a++) {
        for (let b = 0; b < w; b++) {
          const [row, column] = [i * sH + a * dH, j * sW + b * dW];
          values[row][column] += s.X[i][j] * s.K[a][b];
          if (isInside([row - corner[0], column - corner[1]], out)) solved.read[i][j] = 1;
        }
      }
    }
  }
  solved.drawn = { values, corner };
  solved.Y = values.slice(corner[0], corner[0] + out[0]).map((row) => row.slice(corner[1], corner[1] + out[1]));
  return solved;
}

const isInside = ([row, column], [rows, columns]) => row >= 0 && column >= 0 && row < rows && column < columns;

/** For each axis, where output cell `at` looks in X: raw, held inside, first, second, weight of the second. */
function neighbours(s, at) {
  return [0, 1].map((axis) => {
    const [i, n, scale] = [at[axis], sizeOf(s.X)[axis], s.scale_factor[axis]];
    const corners = n * scale > 1 ? (i * (n - 1)) / (n * scale - 1) : 0;
    const raw = s.align_corners ? corners : (i + 0.5) / scale - 0.5;
    const held = Math.min(Math.max(raw, 0), n - 1);
    const first = Math.floor(held);
    return { raw, held, first, second: Math.min(first + 1, n - 1), weight: held - first };
  });
}

function upsampled(s, out) {
  if (s.op === "nearest") {
    const [sH, sW] = s.scale_factor;
    return mapMatrix(zeros(...out), (_, i, j) => s.X[Math.floor(i / sH)][Math.floor(j / sW)]);
  }
  const rows = Array.from({ length: out[0] }, (_, i) => neighbours(s, [i, 0])[0]);
  const columns = Array.from({ length: out[1] }, (_, j) => neighbours(s, [0, j])[1]);
  return rows.map((r) =>
    columns.map((c) => {
      const upper = s.X[r.first][c.first] * (1 - c.weight) + s.X[r.first][c.second] * c.weight;
      const lower = s.X[r.second][c.first] * (1 - c.weight) + s.X[r.second][c.second] * c.weight;
      return upper * (1 - r.weight) + lower * r.weight;
    }),
  );
}

// -------------------------------------------------------------------------------------------------------- the words

/** A number as short as it can be read: 3, −1.5, 0.33; halves are rounded away from zero. */
function number(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  let text;
  if (size < 1e-6) return "0"; // what rounding leaves where terms cancel
  if (size >= 1e5 || size < 0.01 - 1e-9) {
    text = size.toExponential(size >= 1e5 ? 1 : 0).replace(".0e", "e").replace("e+", "e");
  } else {
    const scale = scaleOf(size);
    text = String(Math.floor(size * scale + 0.5 + 1e-6) / scale); // the last bits of a sum must not decide
  }
  return value < 0 ? `−${text}` : text;
}

/** Whether `number` shows the value without rounding. */
function isExact(value) {
  const size = Math.abs(value);
  if (size === Infinity || size < 1e-6) return true;
  if (size >= 1e5 || size < 0.01 - 1e-9) return size >= 1e5 && Number(size.toExponential(1)) === size;
  const scale = scaleOf(size);
  return Math.abs(size * scale - Math.floor(size * scale + 0.5 + 1e-6)) < 1e-4;
}

const scaleOf = (size) => (size < 100 ? 100 : size < 1000 ? 10 : 1);
const factor = (value) => (value < 0 ? `(${number(value)})` : number(value));
const times = (size) => size.join("×");
const onePair = ([a, b]) => (a === b ? String(a) : `${a}, ${b}`);
const signFor = (...values) => (values.every(isExact) ? "=" : "≈");
const sum = (values) => values.reduce((total, value) => total + value, 0);

const xTitle = (s) => `X ${times(sizeOf(s.X))}` + (ringOf(s).some(Boolean) ? `, padding ${onePair(s.padding)}` : "");

function yTitle({ s, out }) {
  const cut = s.op === "transposed" && s.padding.some(Boolean);
  return `Y ${times(out)}` + (cut ? `, padding ${onePair(s.padding)} cut off` : "");
}

function title(s) {
  const parts = [`${OPS[s.op]}: X ${times(sizeOf(s.X))}`];
  if (uses(s, "K")) parts.push(`${isPooling(s) ? "window" : "K"} ${times(sizeOf(s.K))}`);
  for (const name of NUMBERS) if (uses(s, name)) parts.push(`${name} ${onePair(s[name])}`);
  if (uses(s, "align_corners")) parts.push(`align_corners ${s.align_corners ? "True" : "False"}`);
  return parts.join(", ");
}

function unreadNote({ s, read, ring }) {
  if (!read) return "";
  const [rows, columns] = sizeOf(s.X);
  let count = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) count += read[i + ring[0]][j + ring[1]] ? 0 : 1;
  const reader = s.op === "transposed" ? "output cell takes" : "window reads";
  return count ? `no ${reader} ${count} of the ${rows * columns} input cells` : "";
}

/** The size formula with the numbers put in; two lines more where height and width differ. */
function formula({ s, out }) {
  const letters = {
    avg: "⌊(n + 2p − k)/s⌋ + 1",
    transposed: "(n − 1)s − 2p + d(k − 1) + output_padding + 1",
    nearest: "n · scale_factor",
    bilinear: "n · scale_factor",
  }[s.op] ?? "⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1";
  const [rows, columns] = [0, 1].map((axis) => formulaAlong(s, out, axis));
  return rows === columns ? `size: ${letters} = ${rows}` : `size: ${letters}\nheight: ${rows}\nwidth: ${columns}`;
}

function formulaAlong(s, out, axis) {
  const [n, k] = [sizeOf(s.X)[axis], sizeOf(s.K)[axis]];
  const [p, st, d, extra] = [s.padding, s.stride, s.dilation, s.output_padding].map((value) => value[axis]);
  if (isUpsampling(s)) return `${n}·${s.scale_factor[axis]} = ${out[axis]}`;
  if (s.op === "transposed") return `(${n} − 1)·${st} − 2·${p} + ${d}·(${k} − 1) + ${extra} + 1 = ${out[axis]}`;
  const isAvg = s.op === "avg";
  const over = isAvg ? n + 2 * p - k : n + 2 * p - d * (k - 1) - 1;
  const written = isAvg ? `${n} + 2·${p} − ${k}` : `${n} + 2·${p} − ${d}·(${k} − 1) − 1`;
  const floored = over % st ? ` = ⌊${number(over / st)}⌋ + 1` : "";
  return `⌊(${written})/${st}⌋ + 1${floored} = ${out[axis]}`;
}

// ------------------------------------------------------------------------------------------- the story of one cell

/** What is to be framed, noted and written for the cell in hand: at = [row, column] of `grid`, "X" or "Y". */
function story(solved, { grid, at }) {
  const { s } = solved;
  if (s.op === "transposed") return grid === "X" ? scatterStory(solved, at) : gatherStory(solved, at);
  if (s.op === "nearest") return nearestStory(solved, at);
  if (s.op === "bilinear") return bilinearStory(solved, at);
  return windowStory(solved, at);
}

const box = (at, [height, width] = [1, 1]) => ({ at, height, width });
const equation = (at, written, value, numbers) => ({
  left: `Y[${at[0]}, ${at[1]}] = ${written} ${signFor(...numbers, value)} `,
  right: number(value),
});

function windowStory({ s, padded: P }, at) {
  const [[h, w], [dH, dW]] = [sizeOf(s.K), dilationOf(s)];
  const corner = [at[0] * s.stride[0], at[1] * s.stride[1]];
  const weights = kernelOf(s).flat();
  const cells = [];
  for (let a = 0; a < h; a++) for (let b = 0; b < w; b++) cells.push([corner[0] + a * dH, corner[1] + b * dW]);
  const read = cells.map(([row, column]) => P[row][column]);
  const told = {
    X: { frame: box(corner, [dH * (h - 1) + 1, dW * (w - 1) + 1]), cells, spread: dH > 1 || dW > 1, notes: [] },
    Y: { frame: box(at), cells: [at] },
  };
  if (s.op === "max") {
    const best = Math.max(...read);
    told.X.best = cells[read.indexOf(best)];
    return { ...told, ...equation(at, `max(${read.map(number).join(", ")})`, best, read) };
  }
  if (s.op === "avg") {
    return { ...told, ...equation(at, `(${read.map(factor).join(" + ")})/${read.length}`, sum(read) / read.length, read) };
  }
  told.X.notes = weights.map((k) => `·${number(k)}`);
  const products = read.map((x, i) => `${factor(x)}·${factor(weights[i])}`).join(" + ");
  return { ...told, ...equation(at, products, sum(read.map((x, i) => x * weights[i])), [...read, ...weights]) };
}

/** One input cell of a transposed convolution: it adds itself, times K, to these output cells. */
function scatterStory({ s, out }, at) {
  const [h, w] = sizeOf(s.K);
  const corner = [at[0] * s.stride[0], at[1] * s.stride[1]];
  const x = s.X[at[0]][at[1]];
  const [cells, notes, parts] = [[], [], []];
  for (let a = 0; a < h; a++) {
    for (let b = 0; b < w; b++) {
      const cell = [corner[0] + a * s.dilation[0], corner[1] + b * s.dilation[1]];
      const target = [cell[0] - s.padding[0], cell[1] - s.padding[1]];
      const product = x * s.K[a][b];
      const where = isInside(target, out) ? `Y[${target[0]}, ${target[1]}]` : "cut off";
      const sign = signFor(x, s.K[a][b], product);
      parts.push(`${factor(x)}·${factor(s.K[a][b])} ${sign} ${number(product)} → ${where}`);
      notes.push(product < 0 ? number(product) : `+${number(product)}`);
      cells.push(cell);
    }
  }
  const extent = [s.dilation[0] * (h - 1) + 1, s.dilation[1] * (w - 1) + 1];
  const spread = s.dilation.some((d) => d > 1);
  return {
    X: { frame: box(at), cells: [at] },
    Y: { frame: box(corner, extent), cells, spread, notes },
    left: `X[${at[0]}, ${at[1]}] adds ${parts.join("; ")}`,
    right: "",
  };
}

/** One output cell of a transposed convolution: the input cells whose stamps meet there. */
function gatherStory({ s }, at) {
  const [rows, columns] = sizeOf(s.X);
  const [h, w] = sizeOf(s.K);
  const [cells, notes, products, numbers] = [[], [], [], []];
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const a = (at[0] + s.padding[0] - i * s.stride[0]) / s.dilation[0];
      const b = (at[1] + s.padding[1] - j * s.stride[1]) / s.dilation[1];
      if (!Number.isInteger(a) || !Number.isInteger(b) || !isInside([a, b], [h, w])) continue;
      const [x, k] = [s.X[i][j], s.K[a][b]];
      cells.push([i, j]);
      notes.push(`·${number(k)}`);
      products.push(`${factor(x)}·${factor(k)}`);
      numbers.push(x, k);
      total += x * k;
    }
  }
  const drawn = [at[0] + s.padding[0], at[1] + s.padding[1]];
  const told = { X: { cells, notes, spread: true }, Y: { frame: box(drawn), cells: [drawn] } };
  if (!cells.length) return { ...told, left: `Y[${at[0]}, ${at[1]}]: no input cell reaches it, `, right: "0" };
  return { ...told, ...equation(at, products.join(" + "), total, numbers) };
}

function nearestStory({ s }, at) {
  const [sH, sW] = s.scale_factor;
  const source = [Math.floor(at[0] / sH), Math.floor(at[1] / sW)];
  const written = `X[⌊${at[0]}/${sH}⌋, ⌊${at[1]}/${sW}⌋] = X[${source[0]}, ${source[1]}]`;
  const told = { X: { frame: box(source), cells: [source] }, Y: { frame: box(at), cells: [at] } };
  return { ...told, ...equation(at, written, s.X[source[0]][source[1]], []) };
}

function bilinearStory({ s }, at) {
  const [r, c] = neighbours(s, at);
  const [cells, notes, terms, numbers] = [[], [], [], []];
  let total = 0;
  for (const [i, wr] of [[r.first, 1 - r.weight], [r.second, r.weight]]) {
    for (const [j, wc] of [[c.first, 1 - c.weight], [c.second, c.weight]]) {
      const x = s.X[i][j];
      if (wr * wc > 0) {
        cells.push([i, j]);
        notes.push(`·${number(wr * wc)}`);
      }
      terms.push(`${number(wr)}·${number(wc)}·${factor(x)}`);
      numbers.push(wr, wc, x);
      total += wr * wc * x;
    }
  }
  const frame = box([r.first, c.first], [r.second - r.first + 1, c.second - c.first + 1]);
  const X = { frame, cells, notes, dot: [r.held + 0.5, c.held + 0.5] };
  const more = [r, c].map((found, axis) => looks(s, at, axis, found)).join(", ");
  return { X, Y: { frame: box(at), cells: [at] }, more, ...equation(at, terms.join(" + "), total, numbers) };
}

function looks(s, at, axis, { raw, held }) {
  const [i, n, scale] = [at[axis], sizeOf(s.X)[axis], s.scale_factor[axis]];
  const corners = n * scale > 1 ? `${i}·(${n} − 1)/(${n * scale} − 1)` : "0";
  const written = s.align_corners ? corners : `(${i} + ½)/${scale} − ½`;
  const kept = raw === held ? "" : `, held at ${number(held)}`;
  return `${["row", "column"][axis]} ${written} ${isExact(raw) ? "=" : "≈"} ${number(raw)}${kept}`;
}

/** The present settings as a few lines of PyTorch. */
function pytorchCode(s) {
  const lines = ["import torch", "from torch.nn import functional as F", "", `X = ${tensorCode(s.X)}`];
  if (uses(s, "K") && !isPooling(s)) lines.push(`K = ${tensorCode(s.K)}`);
  return [...lines, `Y = ${callCode(s)}[0, 0]`, "print(Y)"].join("\n");
}

function callCode(s) {
  const X = "X[None, None]";
  if (isPooling(s)) {
    const window = `${tupleCode(sizeOf(s.K))}, stride=${tupleCode(s.stride)}`;
    return `F.${s.op}_pool2d(${X}, ${window}${givenCode(s, ["padding", "dilation"])})`;
  }
  if (isUpsampling(s)) {
    const corners = s.op === "bilinear" ? `, align_corners=${s.align_corners ? "True" : "False"}` : "";
    return `F.interpolate(${X}, scale_factor=${tupleCode(s.scale_factor)}, mode='${s.op}'${corners})`;
  }
  const given = givenCode(s, ["stride", "padding", "dilation", "output_padding"]);
  if (s.op === "transposed") return `F.conv_transpose2d(${X}, K[None, None]${given})`;
  return `F.conv2d(${X}, ${s.op === "conv" ? "K.flip(0, 1)" : "K"}[None, None]${given})`;
}

const tupleCode = ([a, b]) => (a === b ? String(a) : `(${a}, ${b})`);
const numberCode = (value) => (Number.isInteger(value) ? `${Object.is(value, -0) ? "-0" : value}.0` : String(value));

function givenCode(s, names) {
  const differs = (name) => s[name].some((value) => value !== (name === "stride" || name === "dilation" ? 1 : 0));
  return names.filter((name) => uses(s, name) && differs(name)).map((name) => `, ${name}=${tupleCode(s[name])}`).join("");
}

function tensorCode(matrix) {
  const rows = matrix.map((row) => `[${row.map(numberCode).join(", ")}]`);
  if (rows.length === 1) return `torch.tensor([${rows[0]}])`;
  return `torch.tensor([\n${rows.map((row) => `    ${row},\n`).join("")}])`;
}

// ---------------------------------------------------------------------------------------------------- small DOM tools

let serial = 0; // ids must differ between the views of one page

/** "cell ring" → "d2l-cell d2l-ring": the pages that we stand in have classes of their own, also short ones. */
const classes = (names) => names.split(" ").filter(Boolean).map((name) => `d2l-${name}`).join(" ");

function make(tag, names = "", attributes = {}, ...children) {
  const element = document.createElement(tag);
  if (names) element.className = classes(names);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** JupyterLab's one-letter shortcuts (x cuts the cell!) must not fire from something that has the focus here. */
const ownKeys = (element) => {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  return element;
};

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M5 3v10l7-5z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
};

// ------------------------------------------------------------------------------------------------------- one grid

// All that a cell can look like is a class: elements of one class share one computed style, so that a redraw in which every
// number changes costs the browser a fraction of what inline styles would.
const RING = 1, UNREAD = 2, HELD = 4, BEST = 8, ACTIVE = 16; // marks of a cell
const MARKS = ["ring", "unread", "held", "best", "active"];
const MARK_CLASSES = Array.from({ length: 32 }, (_, marks) =>
  classes(["cell", ...MARKS.filter((_, bit) => marks & (1 << bit))].join(" ")),
);
const SHADES = 8; // steps between white and the largest number
const LENGTH_CLASSES = ["", "", "", "", " d2l-long4", " d2l-long5", " d2l-long6"]; // long numbers are set smaller

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
    this.scroller = make("div", "scroller", {}, this.body);
    this.figure = make("figure", `matrix matrix-${name}`, {}, this.caption, this.scroller);
    this.cells = [];
    this.active = null; // the cell that the keyboard is on, [row, column] of the numbers, ring not counted
    this.corner = [0, 0];
  }

  /** Make the cells anew where their number has changed. */
  resize(rows, columns) {
    if (this.rows === rows && this.columns === columns) return;
    [this.rows, this.columns] = [rows, columns];
    this.body.style.setProperty("--columns", columns);
    this.cells = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => this.makeCell(i, j)));
    const lines = this.cells.map((cells) => make("div", "row", { role: "row" }, ...cells.map((cell) => cell.element)));
    this.body.replaceChildren(...lines, this.frame, this.dot);
  }

  makeCell(i, j) {
    const element = make("div", "cell", { role: "gridcell", id: `${this.id}-${i}-${j}` });
    const text = element.appendChild(document.createTextNode(""));
    element.place = [i, j];
    return { element, text, shown: "", look: "d2l-cell", note: "" };
  }

  /** values: numbers; inner: where the numbers begin and how many there are, what lies around is the ring. */
  paint(values, { corner = [0, 0], inner = sizeOf(values), read = null, told = {} } = {}) {
    this.resize(...sizeOf(values));
    Object.assign(this, { corner, inner });
    const marks = this.marksOf(read, told);
    const notes = new Map((told.notes ?? []).map((note, i) => [told.cells[i].join(), note]));
    const bound = boundOf(values);
    for (let i = 0; i < this.rows; i++) {
      for (let j = 0; j < this.columns; j++) {
        const note = notes.size ? notes.get(`${i},${j}`) ?? "" : "";
        const shade = marks[i][j] & RING ? "" : shadeOf(values[i][j], bound);
        this.paintCell(this.cells[i][j], number(values[i][j]), MARK_CLASSES[marks[i][j]] + shade, note);
      }
    }
    this.placeFrame(told);
  }

  marksOf(read, told) {
    const marks = zeros(this.rows, this.columns);
    for (let i = 0; i < this.rows; i++) {
      for (let j = 0; j < this.columns; j++) {
        if (!isInside([i - this.corner[0], j - this.corner[1]], this.inner)) marks[i][j] |= RING;
        if (read && !read[i][j]) marks[i][j] |= UNREAD;
      }
    }
    for (const [i, j] of told.cells ?? []) marks[i][j] |= HELD;
    if (told.best) marks[told.best[0]][told.best[1]] |= BEST;
    this.markActive(marks);
    return marks;
  }

  /** Style sheet and screen readers both learn which cell the keyboard is on. */
  markActive(marks) {
    if (!this.active) return;
    this.active = this.active.map((index, axis) => Math.min(index, this.inner[axis] - 1));
    const [i, j] = this.active.map((index, axis) => index + this.corner[axis]);
    marks[i][j] |= ACTIVE;
    const id = this.cells[i][j].element.id;
    if (this.body.getAttribute("aria-activedescendant") !== id) this.body.setAttribute("aria-activedescendant", id);
  }

  paintCell(cell, shown, marksAndShade, note) {
    const look = marksAndShade + LENGTH_CLASSES[Math.min(shown.length, 6)];
    if (cell.shown !== shown) cell.text.data = cell.shown = shown;
    if (cell.look !== look) cell.element.className = cell.look = look;
    if (cell.note !== note) cell.element.dataset.note = cell.note = note;
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

  /** [row, column] of the number under an event, or null on the ring and between cells. */
  at(event) {
    const place = event.target.closest?.(".d2l-cell")?.place;
    if (!place) return null;
    const at = [place[0] - this.corner[0], place[1] - this.corner[1]];
    return isInside(at, this.inner) ? at : null;
  }

  /** The cell of a number. */
  cellAt([row, column]) {
    return this.cells[row + this.corner[0]][column + this.corner[1]];
  }
}

function boundOf(values) {
  let bound = 0;
  for (const row of values) for (const value of row) if (Number.isFinite(value)) bound = Math.max(bound, Math.abs(value));
  return bound || 1;
}

/** Orange above zero, blue below, in a few steps. */
function shadeOf(value, bound) {
  if (!value || !Number.isFinite(value)) return "";
  return ` d2l-${value > 0 ? "plus" : "minus"}${Math.ceil((Math.abs(value) / bound) * SHADES)}`;
}

// --------------------------------------------------------------------------------------------------------- controls

/** "2" → 2, "1, 2" or "1×2" → [1, 2], anything else → null. */
function parseSize(text, least, most = Infinity) {
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

const textInput = (names, inputmode, label) =>
  ownKeys(make("input", names, { type: "text", inputmode, autocomplete: "off", "aria-label": label }));

/** A labelled number with − and +; the arrow keys do the same. A pair is written "1, 2". */
function sizeField(label, { least, most = Infinity, read, write, complain }) {
  const input = textInput("number", "numeric", label);
  const less = make("button", "nudge", { type: "button", tabindex: "-1", "aria-label": `${label} minus one` }, "−");
  const more = make("button", "nudge", { type: "button", tabindex: "-1", "aria-label": `${label} plus one` }, "+");
  const element = make("label", "field", {}, make("span", "name", {}, label), less, input, more);
  const nudge = (by) => {
    const sides = read().map((side) => Math.min(Math.max(side + by, least), most));
    write(sides[0] === sides[1] ? sides[0] : sides);
    input.value = onePair(sides);
  };
  const take = (final) => {
    const value = parseSize(input.value, least, most);
    if (value !== null) write(value);
    if (value === null && final) {
      const upTo = most < Infinity ? ` to ${most}` : " on";
      complain(`${label} is a whole number from ${least}${upTo}, or a pair like 1, 2; “${input.value}” is not.`);
      input.value = onePair(read());
    }
  };
  less.addEventListener("click", () => nudge(-1));
  more.addEventListener("click", () => nudge(1));
  input.addEventListener("input", () => take(false));
  input.addEventListener("change", () => take(true));
  input.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    nudge(by);
  });
  const update = () => {
    const sides = read();
    less.disabled = Math.max(...sides) <= least;
    more.disabled = Math.min(...sides) >= most;
    if (!input.matches(":focus")) input.value = onePair(sides);
  };
  return { element, update };
}

const button = (label, name, act) => {
  const element = ownKeys(make("button", "icon", { type: "button", "aria-label": label, title: label }, icon(ICONS[name])));
  element.addEventListener("click", act);
  return element;
};

const slider = (label, attributes, act) => {
  const names = { type: "range", "aria-label": label, title: label };
  const element = ownKeys(make("input", `slider ${label}`, { ...names, ...attributes }));
  element.addEventListener("input", () => act(Number(element.value)));
  return element;
};

// --------------------------------------------------------------------------------------------------------- the view

const SIGNS = {
  corr: ["⋆", "="],
  conv: ["∗", "="],
  max: ["max →"],
  avg: ["⋆", "="],
  transposed: ["⋆ᵀ", "="],
  nearest: ["→"],
  bilinear: ["⋆", "="],
};
const HELP =
  "Y: point at a cell, click to pin · X, K: click twice or type to change a number · arrows walk, space plays, enter pins";
const SIGN_WIDTH = 44; // px, gaps included
const [SMALLEST_CELL, SNUG_CELL, NOTED_CELL, LARGEST_CELL] = [16, 23, 27, 36]; // px; notes in the cells from the third on
const LETTER_WIDTH = 7.6; // px, of the arithmetic

class View {
  constructor(model) {
    this.model = model;
    this.look = null; // {grid, at}: a cell looked at without moving the position there
    this.pinned = false;
    this.timer = 0;
    this.speed = 2; // steps a second
    this.longest = 0; // letters of the longest arithmetic so far, so that the page below does not jump
    this.x = new Grid("X", { editable: true });
    this.k = new Grid("K", { editable: true });
    this.between = new Grid("weights", { focusable: false }); // the flipped kernel, or weights that nobody chose
    this.y = new Grid("Y");
    this.x.active = this.k.active = this.y.active = [0, 0];
    this.build();
    this.listen();
  }

  // Building, once

  build() {
    this.signs = [0, 1].map(() => make("span", "sign", { "aria-hidden": "true" }));
    this.kernel = make("div", "kernel", {}, this.k.figure, this.between.figure);
    const [first, second] = this.signs.map((sign) => [make("span", "break"), sign]);
    this.stage = make("div", "stage", {}, this.x.figure, ...first, this.kernel, ...second, this.y.figure);
    this.reason = make("p", "reason", { role: "alert" });
    this.sum = make("p", "sum", { role: "status", "aria-atomic": "true", "aria-label": "arithmetic" });
    this.left = this.sum.appendChild(document.createTextNode(""));
    this.right = this.sum.appendChild(make("strong"));
    this.more = make("p", "more");
    this.size = make("p", "size");
    this.note = make("p", "note");
    const telling = make("div", "telling", {}, this.reason, this.sum, this.more, this.size, this.note);
    this.root = make("div", "stepper", { role: "group" });
    const help = make("p", "help", {}, HELP);
    this.root.append(this.stage, telling, this.buildTransport(), this.buildSettings(), this.buildCode(), help);
    this.root.stepper = this; // for tests, and for the curious
  }

  buildTransport() {
    const by = (steps) => () => this.step(steps);
    this.playButton = button("play", "play", () => this.play(!this.timer));
    this.scrub = slider("position", { min: 0, step: 1 }, (index) => this.goTo(index));
    this.count = make("span", "count");
    this.pin = ownKeys(make("button", "pin", { type: "button", title: "keep this cell while the pointer moves" }, "pin"));
    this.pin.addEventListener("click", () => this.setPinned(!this.pinned));
    const speed = slider("speed", { min: 0.5, max: 8, step: 0.5, value: this.speed }, (value) => {
      this.speed = value;
      speed.setAttribute("aria-valuetext", `${value} steps a second`);
    });
    speed.setAttribute("aria-valuetext", `${this.speed} steps a second`);
    this.steppers = [
      button("first", "first", by(-Infinity)),
      button("back", "back", by(-1)),
      this.playButton,
      button("forward", "forward", by(1)),
      button("last", "last", by(Infinity)),
    ];
    const buttons = make("span", "buttons", {}, ...this.steppers);
    const speeds = make("label", "field", {}, make("span", "name", {}, "speed"), speed);
    const names = { role: "group", "aria-label": "walk" };
    return make("div", "controls transport", names, buttons, this.scrub, this.count, this.pin, speeds);
  }

  buildSettings() {
    this.op = ownKeys(make("select", "op", { "aria-label": "op" }));
    for (const [op, name] of Object.entries(OPS)) this.op.append(make("option", "", { value: op }, name));
    this.op.addEventListener("change", () => this.change({ op: this.op.value }));
    const complain = (text) => this.complain(text);
    const kernelSize = { read: () => sizeOf(this.model.get("K")), write: (size) => this.resizeKernel(size) };
    this.fields = { K: sizeField("kernel", { least: 1, most: LARGEST_K, ...kernelSize, complain }) };
    for (const name of NUMBERS) {
      const read = () => asPair(this.model.get(name));
      const write = (value) => this.change({ [name]: value });
      this.fields[name] = sizeField(name, { least: AT_LEAST[name], read, write, complain });
    }
    this.fields.align_corners = this.checkField("align_corners");
    this.copyButton = ownKeys(make("button", "copy", { type: "button" }, "copy as PyTorch"));
    this.copyButton.addEventListener("click", () => this.copy());
    const elements = Object.values(this.fields).map((field) => field.element);
    const names = { role: "group", "aria-label": "settings" };
    return make("div", "controls settings", names, this.op, ...elements, this.copyButton);
  }

  checkField(name) {
    const input = ownKeys(make("input", "", { type: "checkbox" }));
    input.addEventListener("change", () => this.change({ [name]: input.checked }));
    const update = () => (input.checked = Boolean(this.model.get(name)));
    return { element: make("label", "field", {}, input, make("span", "name", {}, name)), update };
  }

  buildCode() {
    this.code = make("pre", "code", { "aria-label": "PyTorch code" });
    ownKeys(this.code).tabIndex = 0;
    this.copied = make("span", "copied", { role: "status" });
    const close = ownKeys(make("button", "close", { type: "button" }, "hide"));
    close.addEventListener("click", () => {
      this.panel.hidden = true;
      this.copyButton.focus();
    });
    this.panel = make("div", "panel", {}, make("div", "bar", {}, this.copied, close), this.code);
    this.panel.hidden = true;
    return this.panel;
  }

  listen() {
    this.onChange = (name) => () => {
      if (name !== "position") this.solved = null;
      this.schedule();
    };
    this.handlers = TRAITS.map((name) => [`change:${name}`, this.onChange(name)]);
    for (const [event, handler] of this.handlers) this.model.on(event, handler);
    this.observer = new ResizeObserver(() => this.fit(true));
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
    body.addEventListener("pointerleave", () => this.unlook());
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

  // Changing the model

  change(values) {
    this.complaint = "";
    this.longest = 0;
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.model.save_changes();
    this.schedule();
  }

  /** Kept numbers stay; new cells of a kernel are 0, of a pooling window 1. */
  resizeKernel(size) {
    const [rows, columns] = asPair(size);
    const K = this.model.get("K");
    const fill = isPooling({ op: this.model.get("op") }) ? 1 : 0;
    if (times(sizeOf(K)) === times([rows, columns])) return;
    this.change({ K: mapMatrix(zeros(rows, columns), (_, i, j) => K[i]?.[j] ?? fill) });
  }

  setNumber(grid, [row, column], value) {
    const matrix = this.model.get(grid.name);
    if (matrix[row][column] === value) return;
    this.change({ [grid.name]: mapMatrix(matrix, (old, i, j) => (i === row && j === column ? value : old)) });
  }

  complain(text) {
    this.complaint = text;
    this.schedule();
  }

  // Where we are

  /** The grid that the position walks through. */
  home() {
    return this.model.get("op") === "transposed" ? this.x : this.y;
  }

  stepSize() {
    return this.solved.s.op === "transposed" ? sizeOf(this.solved.s.X) : this.solved.out;
  }

  position() {
    const size = this.stepSize();
    return this.model.get("position").map((index, axis) => Math.min(Math.max(index, 0), size[axis] - 1));
  }

  hand() {
    const { look } = this;
    const isThere = look && isInside(look.at, look.grid === "X" ? sizeOf(this.solved.s.X) : this.solved.out);
    return isThere ? look : { grid: this.home().name, at: this.position() };
  }

  moveTo(at) {
    this.look = null;
    this.model.set("position", at);
    this.model.save_changes();
    this.schedule();
  }

  goTo(index) {
    const [rows, columns] = this.stepSize();
    const inside = Math.min(Math.max(index, 0), rows * columns - 1);
    this.moveTo([Math.floor(inside / columns), inside % columns]);
  }

  index() {
    const [row, column] = this.position();
    return row * this.stepSize()[1] + column;
  }

  step(by) {
    this.solve();
    if (!this.solved.reason) this.goTo(this.index() + by);
  }

  play(on) {
    clearTimeout(this.timer);
    this.timer = 0;
    this.solve();
    if (on && !this.solved.reason) {
      const [rows, columns] = this.stepSize();
      const last = rows * columns - 1;
      if (this.index() >= last) this.goTo(0);
      const tick = () => {
        this.step(1);
        this.timer = this.solved.reason || this.index() >= last ? 0 : setTimeout(tick, 1000 / this.speed);
        this.schedule();
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
  canLook(grid) {
    this.solve();
    return !this.solved.reason && (grid === this.y || grid === this.home());
  }

  hover(grid, at, event) {
    if (!at || event.pointerType === "touch" || !this.canLook(grid)) return;
    if (event.buttons & 1 && grid === this.home()) return this.moveTo(at);
    if (this.pinned) return;
    this.look = { grid: grid.name, at };
    this.schedule();
  }

  unlook() {
    if (this.pinned || !this.look) return;
    this.look = null;
    this.schedule();
  }

  click(grid, at, wasActive) {
    if (!at) return;
    grid.active = at;
    if (!(grid.editable && wasActive)) this.toggleAt(grid, at);
    if (grid.editable && wasActive) this.edit(grid, at);
    this.schedule();
  }

  /** Pin a cell; a second click on a pinned output cell lets it go. */
  toggleAt(grid, at) {
    if (!this.canLook(grid)) return;
    const hand = this.hand();
    const isPinnedHere = this.pinned && hand.grid === grid.name && same(hand.at, at);
    if (isPinnedHere && grid === this.y) return this.setPinned(false);
    if (grid === this.home()) this.moveTo(at);
    else this.look = { grid: grid.name, at };
    this.pinned = true;
  }

  key(grid, event) {
    if (event.target !== grid.body || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = this.arrow(grid, event);
    if (target) this.walk(grid, target);
    else if (event.key === " ") this.play(!this.timer);
    else if (event.key === "Escape") this.play(false), this.setPinned(false);
    else if (event.key === "Enter" && !event.shiftKey && !grid.editable) this.toggleAt(grid, grid.active);
    else if (grid.editable && /^(Enter|F2)$/.test(event.key) && !event.shiftKey) this.edit(grid, grid.active);
    else if (grid.editable && /^[-−+.\d]$/.test(event.key)) this.edit(grid, grid.active, event.key);
    else if (grid.editable && /^(Delete|Backspace)$/.test(event.key)) this.edit(grid, grid.active, "");
    else return;
    event.preventDefault();
  }

  /** The cell that an arrow key, Home or End leads to. */
  arrow(grid, { key }) {
    const [row, column] = grid.active;
    const [rows, columns] = grid.inner;
    const targets = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, columns - 1],
      PageUp: [0, column],
      PageDown: [rows - 1, column],
    };
    return targets[key]?.map((index, axis) => Math.min(Math.max(index, 0), grid.inner[axis] - 1));
  }

  walk(grid, at) {
    grid.active = at;
    if (this.canLook(grid) && grid === this.home()) this.moveTo(at);
    else if (this.canLook(grid)) this.look = { grid: grid.name, at };
    this.schedule();
  }

  /** A small input over the cell: Enter and leaving keep what was typed, Escape does not. */
  edit(grid, at, typed = null) {
    const value = this.model.get(grid.name)[at[0]][at[1]];
    const label = `${grid.name}[${at[0]}, ${at[1]}]`;
    const input = textInput("editor", "decimal", label);
    input.value = typed ?? String(value);
    grid.cellAt(at).element.append(input);
    input.focus({ preventScroll: true });
    if (typed === null) input.select();
    let open = true;
    const finish = (keep, back) => {
      if (!open) return;
      open = false;
      const number = parseNumber(input.value);
      if (back) grid.body.focus({ preventScroll: true });
      input.remove();
      if (keep && number !== null) this.setNumber(grid, at, number);
      else if (keep) this.complain(`“${input.value}” is not a number: ${label} stays ${String(value)}.`);
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
    const text = pytorchCode(settingsOf(this.model));
    this.panel.hidden = false;
    setText(this.code, text);
    const done = await toClipboard(text, this.root);
    setText(this.copied, done ? "copied" : "select and copy it here");
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

  solve() {
    if (this.solved) return;
    this.solved = solve(settingsOf(this.model));
    if (!this.solved.reason) this.good = this.solved;
  }

  draw() {
    this.waiting = false;
    this.solve();
    const { s, reason } = this.solved;
    const hand = reason ? null : this.hand();
    const told = reason ? {} : story(this.solved, hand);
    if (!reason) this.home().active = this.position();
    this.drawInput(told);
    this.drawKernel(s, hand);
    this.drawOutput(told);
    this.tell(told, hand);
    this.drawControls(s, reason);
    this.fit(false);
  }

  drawInput(told) {
    const { s, padded, ring, read } = this.solved;
    setText(this.x.caption, xTitle(s));
    this.x.paint(padded, { corner: ring, inner: sizeOf(s.X), read, told: told.X });
  }

  /** The kernel as it was given, and beside it what lies on the window where that is something else. */
  drawKernel(s, hand) {
    const showsK = uses(s, "K") && !isPooling(s);
    this.k.figure.hidden = !showsK;
    if (showsK) {
      setText(this.k.caption, `K ${times(sizeOf(s.K))}`);
      this.k.paint(s.K);
    }
    const weights = this.weights(s, hand);
    this.between.figure.hidden = !weights;
    if (weights) {
      setText(this.between.caption, s.op === "conv" ? "K flipped" : `weights ${times(sizeOf(weights))}`);
      this.between.paint(weights);
    }
    this.kernel.hidden = !showsK && !weights;
  }

  weights(s, hand) {
    if (s.op === "conv") return flipped(s.K);
    if (s.op === "avg") return mapMatrix(s.K, () => 1 / s.K.flat().length);
    if (s.op !== "bilinear" || !hand) return null;
    const [r, c] = neighbours(s, hand.at);
    return [1 - r.weight, r.weight].map((wr) => [1 - c.weight, c.weight].map((wc) => wr * wc));
  }

  /** Settings that do not fit leave the last output that did, dimmed. */
  drawOutput(told) {
    const shown = this.solved.reason ? this.good : this.solved;
    this.y.figure.hidden = !shown;
    this.y.figure.classList.toggle("d2l-stale", Boolean(this.solved.reason));
    if (!shown) return;
    setText(this.y.caption, yTitle(shown));
    const { values, corner } = shown.drawn;
    this.y.paint(values, { corner, inner: shown.out, told: told.Y });
  }

  tell(told, hand) {
    const { s, reason } = this.solved;
    const kept = this.good ? " Y is the last one that fitted." : "";
    setText(this.reason, reason ? `These settings do not fit: ${reason}.${kept}` : this.complaint ?? "");
    this.reason.hidden = !this.reason.textContent;
    this.sum.setAttribute("aria-live", this.timer ? "off" : "polite"); // a walk would never stop talking
    this.left.data = told.left ?? "";
    setText(this.right, told.right ?? "");
    setText(this.more, told.more ?? "");
    setText(this.size, reason ? "" : formula(this.solved));
    setText(this.note, reason ? "" : unreadNote(this.solved));
    for (const line of [this.more, this.size, this.note]) line.hidden = !line.textContent;
    this.keepHeight();
    this.root.setAttribute("aria-label", `Stepper, ${title(s)}`);
    this.drawPlace(hand);
  }

  /** Reserve the lines of the longest arithmetic so far; reckoned, because measuring would cost a layout. */
  keepHeight() {
    this.longest = Math.max(this.longest, this.left.length + this.right.textContent.length);
    const lines = Math.ceil((this.longest * LETTER_WIDTH) / (this.width || 600));
    const height = `${lines * 1.5}em`;
    if (this.sum.style.minHeight !== height) this.sum.style.minHeight = height;
  }

  drawPlace(hand) {
    for (const element of [...this.steppers, this.scrub, this.pin]) element.disabled = !hand;
    if (!hand) return;
    const [rows, columns] = this.stepSize();
    const index = this.index();
    this.scrub.max = rows * columns - 1;
    this.scrub.value = index;
    const name = this.home().name;
    this.scrub.setAttribute("aria-valuetext", `${name} row ${this.position()[0]}, column ${this.position()[1]}`);
    setText(this.count, `${index + 1}/${rows * columns}`);
  }

  drawControls(s, reason) {
    if (this.op.value !== s.op) this.op.value = s.op;
    for (const [name, field] of Object.entries(this.fields)) {
      field.element.hidden = !uses(s, name);
      field.update();
    }
    setText(this.fields.K.element.querySelector(".d2l-name"), isPooling(s) ? "window" : "kernel");
    const signs = SIGNS[s.op];
    setText(this.signs[0], signs.length > 1 ? signs[0] : "");
    setText(this.signs[1], signs.at(-1));
    this.signs[0].hidden = signs.length < 2;
    this.copyButton.disabled = Boolean(reason);
    if (!this.panel.hidden && !reason) setText(this.code, pytorchCode(s));
    this.pin.setAttribute("aria-pressed", String(this.pinned));
    this.root.classList.toggle("d2l-pinned", this.pinned);
    this.drawPlayButton();
  }

  drawPlayButton() {
    const label = this.timer ? "pause" : "play";
    if (this.playButton.title === label) return;
    this.playButton.title = label;
    this.playButton.setAttribute("aria-label", label);
    this.playButton.replaceChildren(icon(ICONS[label]));
  }

  /** Choose the cell's size and whether the three grids stand in one row, two, or three. */
  fit(resized) {
    if (resized) this.width = this.root.clientWidth - 8; // its own padding
    if (resized) this.keepHeight();
    const middle = Math.max(...[this.k, this.between].map((grid) => (grid.figure.hidden ? 0 : grid.columns)));
    const columns = [this.x.columns ?? 0, middle, this.y.columns ?? 0];
    const key = [this.width, ...columns].join();
    if (!(this.width > 0) || key === this.fitted) return;
    this.fitted = key;
    const [x, k, y] = columns;
    const room = this.width - 4; // borders
    const gap = k ? SIGN_WIDTH : 0;
    const choices = [
      ["one", (room - SIGN_WIDTH - gap) / (x + k + y)],
      ["two", Math.min((room - gap) / (x + k), (room - SIGN_WIDTH) / y)],
      ["three", Math.min(room / x, (room - SIGN_WIDTH) / Math.max(k, y))],
    ];
    const roomiest = choices.reduce((best, choice) => (choice[1] > best[1] + 1 ? choice : best));
    const [rows, cell] = choices.find((choice) => choice[1] >= SNUG_CELL) ?? roomiest;
    this.stage.dataset.rows = rows;
    const pixels = Math.max(Math.min(Math.floor(cell), LARGEST_CELL), SMALLEST_CELL);
    this.root.style.setProperty("--cell", `${pixels}px`);
    this.root.classList.toggle("d2l-tiny", pixels < NOTED_CELL);
  }
}

const same = (a, b) => a[0] === b[0] && a[1] === b[1];

/** True if the text is in the clipboard; pages without leave for it still know the old way, or the reader selects it. */
async function toClipboard(text, root) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", "offstage", { "aria-hidden": "true" });
    const before = document.activeElement;
    area.value = text;
    root.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus();
    return done;
  }
}

export default {
  render({ model, el }) {
    const view = new View(model);
    el.append(view.root);
    view.draw();
    return () => view.destroy();
  },
};
