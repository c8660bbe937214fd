"""What the picture says in words: titles, the size formula with its numbers, the arithmetic of the cell in hand.

stepper.js says the same; a test holds the two equal, letter for letter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .compute import neighbours, output, padded_input, stamp_cells, unread, window_cells
from .settings import OPS, UPSAMPLING, Pair, Settings, out_size

NOISE = 1e-6  # what rounding leaves where terms cancel
CONV_FORMULA = "⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1"
FORMULAS = {
    "avg": "⌊(n + 2p − k)/s⌋ + 1",
    "transposed": "(n − 1)s − 2p + d(k − 1) + output_padding + 1",
    "nearest": "n · scale_factor",
    "bilinear": "n · scale_factor",
}


# Numbers


def number(value: float) -> str:
    """A number as short as it can be read: 3, −1.5, 0.33; halves are rounded away from zero."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size < NOISE:
        return "0"
    if size >= 1e5 or size < 0.01 - 1e-9:
        text = f"{size:.1e}" if size >= 1e5 else f"{size:.0e}"
        mantissa, exponent = text.split("e")
        text = f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    else:
        scale = _scale(size)
        text = f"{_rounded(size, scale) / scale:.2f}".rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def is_exact(value: float) -> bool:
    """Whether `number` shows the value without rounding."""
    size = abs(value)
    if math.isinf(size) or size < NOISE:
        return True
    if size >= 1e5 or size < 0.01 - 1e-9:
        return size >= 1e5 and float(f"{size:.1e}") == size
    scale = _scale(size)
    return abs(size * scale - _rounded(size, scale)) < 1e-4


def _scale(size: float) -> int:
    return 100 if size < 100 else 10 if size < 1000 else 1


def _rounded(size: float, scale: int) -> int:
    return math.floor(size * scale + 0.5 + 1e-6)  # the last bits of a sum must not decide


def factor(value: float) -> str:
    """A number inside a sum or product: a negative one in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def times(shape: Sequence[int]) -> str:
    """A shape as it is spoken: 3×4."""
    return "×".join(map(str, shape))


def pair(value: Pair) -> str:
    """One number where both axes agree."""
    return str(value[0]) if value[0] == value[1] else f"{value[0]}, {value[1]}"


# The names of things


def x_title(s: Settings) -> str:
    """What stands over the input."""
    return f"X {times(s.X.shape)}" + (f", padding {pair(s.padding)}" if any(s.ring) else "")


def y_title(s: Settings) -> str:
    """What stands over the output."""
    cut = s.op == "transposed" and any(s.padding)
    return f"Y {times(out_size(s))}" + (f", padding {pair(s.padding)} cut off" if cut else "")


def title(s: Settings) -> str:
    """One line: the operation, its settings and the sizes."""
    names = {"padding": s.padding, "stride": s.stride, "dilation": s.dilation}
    names |= {"output_padding": s.output_padding, "scale_factor": s.scale_factor}
    parts = [f"{OPS[s.op]}: X {times(s.X.shape)}"]
    if s.uses("K"):
        parts.append(f"{'window' if s.op in ('max', 'avg') else 'K'} {times(s.K.shape)}")
    parts += [f"{name} {pair(value)}" for name, value in names.items() if s.uses(name)]
    if s.uses("align_corners"):
        parts.append(f"align_corners {s.align_corners}")
    return ", ".join(parts)


def unread_note(s: Settings) -> str:
    """How many input cells go unread, or nothing."""
    (p_h, p_w), (height, width) = s.ring, s.X.shape
    count = int(unread(s)[p_h : p_h + height, p_w : p_w + width].sum())
    if not count:
        return ""
    reader = "output cell takes" if s.op == "transposed" else "window reads"
    return f"no {reader} {count} of the {height * width} input cells"


# The size


def formula(s: Settings) -> str:
    """The size formula with the numbers put in; two lines more where height and width differ."""
    letters = FORMULAS.get(s.op, CONV_FORMULA)
    rows, columns = (_formula_along(s, axis) for axis in (0, 1))
    if rows == columns:
        return f"size: {letters} = {rows}"
    return f"size: {letters}\nheight: {rows}\nwidth: {columns}"


def _formula_along(s: Settings, axis: int) -> str:
    n, k, out = s.X.shape[axis], s.K.shape[axis], out_size(s)[axis]
    p, st, d, extra = s.padding[axis], s.stride[axis], s.dilation[axis], s.output_padding[axis]
    if s.op in UPSAMPLING:
        return f"{n}·{s.scale_factor[axis]} = {out}"
    if s.op == "transposed":
        return f"({n} − 1)·{st} − 2·{p} + {d}·({k} − 1) + {extra} + 1 = {out}"
    if s.op == "avg":
        over, written = n + 2 * p - k, f"{n} + 2·{p} − {k}"
    else:
        over, written = n + 2 * p - d * (k - 1) - 1, f"{n} + 2·{p} − {d}·({k} − 1) − 1"
    floored = f" = ⌊{number(over / st)}⌋ + 1" if over % st else ""
    return f"⌊({written})/{st}⌋ + 1{floored} = {out}"


# The cell in hand


def arithmetic(s: Settings) -> str:
    """How the cell at `s.position` comes about; for bilinear a second line says where it looks."""
    if s.op == "transposed":
        return _scatter(s)
    if s.op == "nearest":
        return _nearest(s)
    if s.op == "bilinear":
        return _bilinear(s)
    return _window(s)


def _window(s: Settings) -> str:
    padded = padded_input(s).tolist()
    read = [padded[row][column] for row, column in window_cells(s, s.position)]
    if s.op == "max":
        return _equation(s, f"max({', '.join(map(number, read))})", max(read), read)
    if s.op == "avg":
        joined = " + ".join(map(factor, read))
        return _equation(s, f"({joined})/{len(read)}", math.fsum(read) / len(read), read)
    weights = _read_kernel(s).flatten().tolist()
    value = math.fsum(x * k for x, k in zip(read, weights, strict=True))
    products = " + ".join(f"{factor(x)}·{factor(k)}" for x, k in zip(read, weights, strict=True))
    return _equation(s, products, value, [*read, *weights])


def _read_kernel(s: Settings) -> Tensor:
    """The kernel as it lies on the window."""
    return s.K.flip(0, 1) if s.op == "conv" else s.K


def _scatter(s: Settings) -> str:
    height, width = out_size(s)
    x = s.X[s.position].item()
    parts = []
    for k, (row, column) in zip(s.K.flatten().tolist(), stamp_cells(s, s.position), strict=True):
        kept = 0 <= row < height and 0 <= column < width
        sign = "=" if all(map(is_exact, (x, k, x * k))) else "≈"
        target = f"Y[{row}, {column}]" if kept else "cut off"
        parts.append(f"{factor(x)}·{factor(k)} {sign} {number(x * k)} → {target}")
    return f"X[{s.position[0]}, {s.position[1]}] adds {'; '.join(parts)}"


def _nearest(s: Settings) -> str:
    i, j = s.position
    scale = s.scale_factor
    row, column = i // scale[0], j // scale[1]
    value = s.X[row, column].item()
    return _equation(s, f"X[⌊{i}/{scale[0]}⌋, ⌊{j}/{scale[1]}⌋] = X[{row}, {column}]", value, [])


def _bilinear(s: Settings) -> str:
    rows, columns = neighbours(s, s.position)
    terms, used = [], []
    for i, wr in ((rows[2], 1 - rows[4]), (rows[3], rows[4])):
        for j, wc in ((columns[2], 1 - columns[4]), (columns[3], columns[4])):
            x = s.X[i, j].item()
            terms.append((wr * wc * x, f"{number(wr)}·{number(wc)}·{factor(x)}"))
            used += [wr, wc, x]
    total = math.fsum(value for value, _ in terms)
    line = _equation(s, " + ".join(text for _, text in terms), total, used)
    where = ", ".join(_looks(s, axis, found) for axis, found in enumerate((rows, columns)))
    return f"{line}\n{where}"


def _looks(s: Settings, axis: int, found: tuple) -> str:
    """The coordinate along one axis, as the formula gives it, and where it is held inside."""
    i, n, scale = s.position[axis], s.X.shape[axis], s.scale_factor[axis]
    raw, held = found[:2]
    name = ("row", "column")[axis]
    if s.align_corners:
        written = f"{i}·({n} − 1)/({n * scale} − 1)" if n * scale > 1 else "0"
    else:
        written = f"({i} + ½)/{scale} − ½"
    kept = "" if raw == held else f", held at {number(held)}"
    return f"{name} {written} {'=' if is_exact(raw) else '≈'} {number(raw)}{kept}"


def _equation(s: Settings, written: str, value: float, numbers: Sequence[float]) -> str:
    sign = "=" if all(map(is_exact, [*numbers, value])) else "≈"
    return f"Y[{s.position[0]}, {s.position[1]}] = {written} {sign} {number(value)}"


def described(s: Settings) -> str:
    """The whole picture as text: for screens without pictures, and for comparing notebooks."""
    Y = "[" + ", ".join("[" + ", ".join(map(number, row)) + "]" for row in output(s, torch.float64).tolist()) + "]"
    return "\n".join([f"Stepper, {title(s)}", f"Y {times(out_size(s))}: {Y}", arithmetic(s)])
