"""One operation on small numbers, and what happens at one of its cells: grids, marks, arithmetic and size.

Told once here; `plotting` draws it, the stepper's still image shows it, and stepper.js tells the same on the page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from ._check import Pair, require_drawable
from ._words import WORDS, equals, factor, number, pair, times
from .ops.resampling import sampled_at
from .window import Window

OPERATIONS, TOLD, POOLING = WORDS["operations"], WORDS["told"], ("max", "avg")
Box = tuple[int, int, int, int]  # row, column, height, width


@dataclass(frozen=True)
class Operation:
    """An operation of `WORDS["operations"]` on X: (H, W), with a kernel K: (h, w); for pooling only K's size counts."""

    op: str
    X: Tensor
    K: Tensor
    window: Window
    output_padding: Pair = (0, 0)
    scale_factor: Pair = (2, 2)
    align_corners: bool = False

    def uses(self, name: str) -> bool:
        """Whether the operation has that setting."""
        return name in OPERATIONS[self.op]["uses"]

    def setting(self, name: str) -> Pair | bool:
        """The value of that setting."""
        return getattr(self.window, name) if hasattr(self.window, name) else getattr(self, name)

    @property
    def padding(self) -> Pair:
        """Rows and columns of padding around X; none for a transposed convolution, whose padding crops Y."""
        return (0, 0) if self.op == "transposed" else self.window.padding

    @property
    def cropped(self) -> Pair:
        """Rows and columns that padding crops from Y."""
        return self.window.padding if self.op == "transposed" else (0, 0)

    @cached_property
    def out_size(self) -> Pair:
        """The size of Y; ValueError says why there is none, or why it cannot be drawn."""
        size = tuple(self.X.shape)
        if self.uses("scale_factor"):
            out = tuple(n * s for n, s in zip(size, self.scale_factor, strict=True))
        elif self.op == "transposed":
            out = self.window.transposed_size(size, output_padding=self.output_padding)
        else:
            out = self.window.pooled_size(size) if self.op in POOLING else self.window.out_size(size)
        for name, inner, border in (("X", size, self.padding), ("Y", out, self.cropped)):
            title = TOLD["with padding"].format(name=name)
            require_drawable(title, tuple(n + 2 * p for n, p in zip(inner, border, strict=True)))
        return out

    @property
    def walk(self) -> tuple[str, Pair]:
        """The grid whose cells are told of, by name and size: Y, or for a transposed convolution X."""
        return ("X", tuple(self.X.shape)) if self.op == "transposed" else ("Y", self.out_size)

    @property
    def kernel(self) -> Tensor:
        """K as it is applied: flipped for the true convolution."""
        return self.K.flip(0, 1) if self.op == "conv" else self.K

    def output(self, dtype: torch.dtype = torch.float64) -> Tensor:
        """Y: (H', W'), by PyTorch; ValueError where the settings do not fit together."""
        _ = self.out_size
        X, K = self.X[None, None].to(dtype), self.kernel[None, None].to(dtype)
        window = {"padding": self.window.padding, "stride": self.window.stride}
        if self.op == "max":
            Y = F.max_pool2d(X, self.window.kernel, dilation=self.window.dilation, **window)
        elif self.op == "avg":
            Y = F.avg_pool2d(X, self.window.kernel, **window)
        elif self.op == "transposed":
            Y = F.conv_transpose2d(X, K, dilation=self.window.dilation, output_padding=self.output_padding, **window)
        elif self.uses("scale_factor"):
            corners = {"align_corners": self.align_corners} if self.op == "bilinear" else {}
            Y = F.interpolate(X, scale_factor=tuple(map(float, self.scale_factor)), mode=self.op, **corners)
        else:
            Y = F.conv2d(X, K, dilation=self.window.dilation, **window)
        return Y[0, 0]

    def padded_input(self) -> Tensor:
        """X with its padding: zeros, or −∞ for max pooling."""
        return _surrounded(self.X.double(), self.padding, -math.inf if self.op == "max" else 0.0)

    def unread(self) -> Tensor:
        """bool, the shape of the padded X: the cells that no window reads, or that add to no cell of Y."""
        if self.uses("scale_factor"):
            return torch.zeros(tuple(self.X.shape), dtype=torch.bool)
        if self.op == "transposed":
            kept = ~border(self.out_size, self.window.padding)
            return ~sum(kept[met] for _, met in self.window.taps(tuple(self.X.shape))).bool()
        rows, columns = map(torch.tensor, self.window.read_counts(tuple(self.X.shape), self.out_size))
        return torch.outer(rows, columns) == 0


@dataclass(frozen=True)
class Panel:
    """A matrix with the number in each cell, and what is marked in it.

    `outside`: bool, cells of padding, or cropped ones; `unread`: bool, cells that nothing reads; `frames` around cells;
    `notes`: (row, column) → a small text in that cell; `is_hidden`: a question mark stands for every value.
    """

    title: str
    values: Tensor
    outside: Tensor | None = None
    unread: Tensor | None = None
    frames: Sequence[Box] = ()
    notes: Mapping[Pair, str] = field(default_factory=dict)
    is_hidden: bool = False


@dataclass(frozen=True)
class Story:
    """Matrices from left to right, the signs between them, and the lines below: arithmetic, size, unread cells."""

    panels: list[Panel]
    signs: Sequence[str]
    arithmetic: str
    size: str = ""
    unread: str = ""


def tell(o: Operation, at: Pair) -> Story:
    """What happens at output cell `at`; for a transposed convolution, at input cell `at`."""
    told = {"transposed": _scatter, "nearest": _copy, "bilinear": _interpolate}.get(o.op, _slide)
    x_marks, y_marks, between, arithmetic = told(o, at)
    x_title, y_title = _titled("X", o.X.shape, o.padding, "padded"), _titled("Y", o.out_size, o.cropped, "cut")
    x = Panel(x_title, o.padded_input(), border(o.X.shape, o.padding), o.unread(), **x_marks)
    y = Panel(y_title, *_drawn_output(o), **({"frames": [(*at, 1, 1)]} | y_marks))
    return Story([x, *between, y], OPERATIONS[o.op]["signs"], arithmetic, size_line(o), unread_line(o))


def ask(o: Operation, at: Pair) -> Story:
    """`tell` before the answer is known: no value of Y, and none of what the reader is to work out first.

    For a transposed convolution, too, `at` is an output cell: the input cells that add to it are marked.
    """
    told = {"transposed": _gather, "nearest": _copy, "bilinear": _interpolate}.get(o.op, _slide)
    x_marks, y_marks, between, _ = told(o, at)
    story = tell(o, (0, 0) if o.op == "transposed" else at)
    if o.op == "nearest":
        x_marks = {}  # its frame would be the answer
    elif o.op == "bilinear":
        x_marks, between = {"frames": x_marks["frames"]}, [replace(panel, is_hidden=True) for panel in between]
    x = replace(story.panels[0], **({"frames": (), "notes": {}} | x_marks))
    y = replace(story.panels[-1], is_hidden=True, **({"frames": [(*at, 1, 1)], "notes": {}} | y_marks))
    signs = [story.signs[0], story.signs[-1]] if o.op == "transposed" else story.signs  # there is no stamp in between
    asked = f"Y[{at[0]}, {at[1]}] = {WORDS['predict']['hidden']}"
    return replace(story, panels=[x, *between, y], signs=signs, arithmetic=asked)


def tell_channels(X: Tensor, K: Tensor, at: Pair) -> Story:
    """Output cell `at` of a cross-correlation over channels, X: (c, H, W), K: (c, h, w): a window for each, and the sum."""
    window = Window(tuple(K.shape[1:]))
    rows, columns = zip(*window.reads(at), strict=True)
    read, weights = X[:, rows, columns].double(), K.flatten(1).double()
    panels, sums = [], (read * weights).sum(1)
    for c in range(len(X)):
        panels += [Panel(f"X[{c}]", X[c], frames=[(*at, *window.kernel)]), Panel(f"K[{c}]", K[c])]
    Y = F.conv2d(X[None].double(), K[None].double())[0, 0]
    panels.append(Panel(f"Y {times(Y.shape)}", Y, frames=[(*at, 1, 1)]))
    products = [_products(x, k) for x, k in zip(read.tolist(), weights.tolist(), strict=True)]
    used = [*read.flatten().tolist(), *weights.flatten().tolist(), *sums.tolist()]
    joined = f"({') + ('.join(products)}) {equals(*used)} {' + '.join(map(factor, sums.tolist()))}"
    steps = " + ".join(products) if weights.shape[1] == 1 else joined
    signs = [*["⋆", "+"] * (len(X) - 1), *OPERATIONS["corr"]["signs"]]
    return Story(panels, signs, _equation(at, steps, Y[at].item(), used))


# Words


def _titled(name: str, size: Sequence[int], border: Pair, words: str) -> str:
    """A matrix's title, such as "X 5×5, padding 1"; `words`: the key of TOLD that says what the border is."""
    more = TOLD[words].format(padding=pair(border)) if any(border) else ""
    return f"{name} {times(size)}{more}"


def title(o: Operation) -> str:
    """One line: the operation, its settings and the sizes."""
    parts = [f"{OPERATIONS[o.op]['name']}: X {times(o.X.shape)}"]
    if o.uses("K"):
        parts.append(f"{TOLD['window'] if o.op in POOLING else 'K'} {times(o.window.kernel)}")
    for name in WORDS["settings"]:
        if o.uses(name):
            value = o.setting(name)
            parts.append(f"{name} {value if isinstance(value, bool) else pair(value)}")
    return ", ".join(parts)


def size_line(o: Operation) -> str:
    """The size formula with its numbers, in symbols too where a setting matters; a line for each axis where they differ."""
    others = {"extra": o.output_padding, "scale": o.scale_factor}
    name, size = OPERATIONS[o.op]["formula"], tuple(o.X.shape)
    symbols, rows, columns = o.window.size_formula(name, size, o.out_size, **others)
    form = TOLD[("" if symbols else "plain ") + ("size" if rows == columns else "sizes")]
    return form.format(symbols=symbols, numbers=rows, rows=rows, columns=columns)


def unread_line(o: Operation) -> str:
    """How many cells of X go unread, or nothing."""
    inside = ~border(o.X.shape, o.padding)
    count = int((o.unread() & inside).sum())
    form = TOLD["untaken" if o.op == "transposed" else "unread"]
    return form.format(count=count, all=o.X.numel()) if count else ""


def _equation(at: Pair, written: str, value: float, numbers: Sequence[float] = ()) -> str:
    return f"Y[{at[0]}, {at[1]}] = {written} {equals(*numbers, value)} {number(value)}"


def _products(values: Sequence[float], weights: Sequence[float]) -> str:
    return " + ".join(f"{factor(x)}·{factor(k)}" for x, k in zip(values, weights, strict=True))


# The four ways in which an output cell comes about: marks in X and in Y, the matrices between them, the arithmetic

Told = tuple[dict, dict, list[Panel], str]


def _slide(o: Operation, at: Pair) -> Told:
    """corr, conv, max, avg: a window of the padded X."""
    padded, cells = o.padded_input(), o.window.reads(at)
    read = [padded[cell].item() for cell in cells]
    marks = {"frames": _frames(cells, o.window)}
    size = times(o.window.kernel)
    if o.op == "max":
        return marks, {}, [], _equation(at, f"max({', '.join(map(number, read))})", max(read), read)
    if o.op == "avg":
        mean = Panel(TOLD["weights"].format(size=size), torch.full(o.window.kernel, 1 / len(read)))
        written = f"({' + '.join(map(factor, read))})/{len(read)}"
        return marks, {}, [mean], _equation(at, written, math.fsum(read) / len(read), read)
    weights = o.kernel.double().flatten().tolist()
    marks["notes"] = {cell: f"·{number(k)}" for cell, k in zip(cells, weights, strict=True)}
    flipped = [Panel(TOLD["flipped"], o.kernel)] if o.op == "conv" else []
    value = math.fsum(x * k for x, k in zip(read, weights, strict=True))
    return marks, {}, [Panel(f"K {size}", o.K), *flipped], _equation(at, _products(read, weights), value, [*read, *weights])


def _scatter(o: Operation, at: Pair) -> Told:
    """transposed: X[at] times K, added to these cells of Y."""
    x, (p_h, p_w) = o.X[at].item(), o.window.padding
    parts, notes, cells = [], {}, o.window.reads(at)
    for (row, column), k in zip(cells, o.K.double().flatten().tolist(), strict=True):
        i, j = row - p_h, column - p_w
        kept = 0 <= i < o.out_size[0] and 0 <= j < o.out_size[1]
        target = f"Y[{i}, {j}]" if kept else TOLD["cut off"]
        parts.append(f"{factor(x)}·{factor(k)} {equals(x, k, x * k)} {number(x * k)} → {target}")
        notes[row, column] = number(x * k) if number(x * k).startswith("−") else f"+{number(x * k)}"
    between = [Panel(f"K {times(o.window.kernel)}", o.K), Panel(f"{number(x)}·K", x * o.K.double())]
    written = TOLD["adds"].format(i=at[0], j=at[1], parts="; ".join(parts))
    return {"frames": [(*at, 1, 1)]}, {"frames": _frames(cells, o.window), "notes": notes}, between, written


def _gather(o: Operation, at: Pair) -> Told:
    """transposed: the input cells that add to Y[at], each with the weight that it is multiplied by."""
    drawn = tuple(i + p for i, p in zip(at, o.window.padding, strict=True))
    met = {
        cell: number(k)
        for cell in product(*map(range, o.X.shape))
        for target, k in zip(o.window.reads(cell), o.K.double().flatten().tolist(), strict=True)
        if target == drawn
    }
    x_marks = {"frames": [(*cell, 1, 1) for cell in met], "notes": {cell: f"·{k}" for cell, k in met.items()}}
    return x_marks, {"frames": [(*drawn, 1, 1)]}, [Panel(f"K {times(o.window.kernel)}", o.K)], ""


def _copy(o: Operation, at: Pair) -> Told:
    """nearest: one cell of X."""
    row, column = (i // scale for i, scale in zip(at, o.scale_factor, strict=True))
    written = f"X[⌊{at[0]}/{o.scale_factor[0]}⌋, ⌊{at[1]}/{o.scale_factor[1]}⌋] = X[{row}, {column}]"
    return {"frames": [(row, column, 1, 1)]}, {}, [], _equation(at, written, o.X[row, column].item())


def _interpolate(o: Operation, at: Pair) -> Told:
    """bilinear: the four cells around the place where it samples, each with its weight."""
    sides, sampled = [], []
    for axis, (i, n, scale) in enumerate(zip(at, o.X.shape, o.scale_factor, strict=True)):
        raw = sampled_at(i, n, scale, o.align_corners)
        clamped = min(max(raw, 0.0), n - 1.0)
        first = int(clamped)
        sides.append([(first, first + 1 - clamped), (min(first + 1, n - 1), clamped - first)])
        corners = f"{i}·({n} − 1)/({n * scale} − 1)" if n * scale > 1 else "0"
        written = corners if o.align_corners else f"({i} + ½)/{scale} − ½"
        moved = "" if raw == clamped else TOLD["clamped"].format(value=number(clamped))
        sampled.append(f"{TOLD['coordinates'][axis]} {written} {equals(raw)} {number(raw)}{moved}")
    terms, used, notes, value = [], [], {}, 0.0
    for (i, w_i), (j, w_j) in product(*sides):
        x = o.X[i, j].item()
        terms.append(f"{number(w_i)}·{number(w_j)}·{factor(x)}")
        used += [w_i, w_j, x]
        value += w_i * w_j * x
        if w_i * w_j > 0:
            notes[i, j] = f"·{number(w_i * w_j)}"
    (top, bottom), (left, right) = ([cell for cell, _ in side] for side in sides)
    frames = [(top, left, bottom - top + 1, right - left + 1)]
    weights = torch.outer(*(torch.tensor([weight for _, weight in side]) for side in sides))
    arithmetic = f"{_equation(at, ' + '.join(terms), value, used)}\n{', '.join(sampled)}"
    return {"frames": frames, "notes": notes}, {}, [Panel(TOLD["weights"].format(size="2×2"), weights)], arithmetic


# Grids


def _frames(cells: Sequence[Pair], window: Window) -> list[Box]:
    """One frame around all cells where they touch, else one around each."""
    if window.dilation != (1, 1):
        return [(*cell, 1, 1) for cell in cells]
    return [(*cells[0], *window.kernel)]


def _surrounded(values: Tensor, border: Pair, fill: float) -> Tensor:
    return F.pad(values, (border[1], border[1], border[0], border[0]), value=fill)


def border(shape: Sequence[int], padding: Pair) -> Tensor:
    """bool, the padded shape: the padding around cells of that shape."""
    return _surrounded(torch.zeros(tuple(shape)), padding, 1.0) > 0


def _drawn_output(o: Operation) -> tuple[Tensor, Tensor]:
    """Y as it is drawn, with the border that padding crops, and a bool of that shape: the cells that are cropped."""
    Y, (top, left) = o.output(), o.cropped
    if top or left:
        window = Window(o.window.kernel, 0, o.window.stride, o.window.dilation)
        Y = Operation(o.op, o.X, o.K, window).output()
    height, width = o.out_size
    Y = F.pad(Y, (0, max(0, left + width - Y.shape[1]), 0, max(0, top + height - Y.shape[0])))
    cropped = torch.ones(Y.shape, dtype=torch.bool)
    cropped[top : top + height, left : left + width] = False
    return Y, cropped
