"""How often windows read each cell, what one cell of a later layer sees of the input, and where upsampling samples it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from .._check import Pair, Size, as_int, as_pair, require_drawable, require_table
from .._language import message
from .._words import times
from ..story import border
from ..window import Window
from .grids import GAP, hatch_cell
from .style import BLUE, LETTER, bare, cell_color, new_figure, plain, styled

DOT = "·"  # a cell of padding


@styled()
def show_reads(cases: Mapping[str, Mapping[str, Size]], *, columns: int = 4, scale: float = 0.21) -> None:
    """Draw how often a convolution reads each cell of its input; its first window has a solid frame, its last a dashed one.

    `cases`: title → the arguments of `conv_out_size`, e.g. {"half": {"size": 5, "kernel": 3, "padding": 1}}; an int size
    is a square. Padding is dotted, cells that no window reads have strokes. `scale`: inches per cell.
    """
    require_table("cases", cases)
    panels = [_reads(title, **case) for title, case in cases.items()]
    letters = [max(map(len, title.split("\n"))) * LETTER / scale for title, *_ in panels]
    spaces = [max(space, reads.shape[1]) + GAP for space, (_, reads, *_) in zip(letters, panels, strict=True)]
    widths = [max(spaces[i::columns]) for i in range(min(columns, len(panels)))]
    heights = [max(panel[1].shape[0] for panel in panels[i : i + columns]) for i in range(0, len(panels), columns)]
    head = 0.42 / scale  # two lines of title
    total = sum(widths), sum(heights) + head * len(heights)
    ax = new_figure(1, 1, total[0] * scale, total[1] * scale)[1][0, 0]
    for i, (title, reads, ring, window, last) in enumerate(panels):
        row, column = divmod(i, columns)
        left = sum(widths[:column]) + (widths[column] - reads.shape[1]) / 2
        top = sum(heights[:row]) + head * (row + 1)
        ax.text(left + reads.shape[1] / 2, top - 0.25, plain(title), ha="center", va="bottom")
        for (a, b), count in np.ndenumerate(reads.numpy()):
            padding = ring[a, b]
            text = str(count) if not padding else DOT if count else ""
            _draw_cell(ax, left + b, top + a, text, 0 if padding else count / reads.max(), not count)
        ax.add_patch(Rectangle((left + last[1], top + last[0]), *window[::-1], fill=False, lw=1.8, ls=(0, (2, 1.5))))
        ax.add_patch(Rectangle((left, top), *window[::-1], fill=False, lw=2.2))
    bare(ax, (0, total[0]), (total[1] + 0.1, 0))


@styled()
def show_receptive_field(
    layers: Mapping[str, Mapping[str, int]], size: int, *, at: int | None = None, scale: float = 0.3
) -> None:
    """Draw what one cell of the last layer sees of the layers below, along one axis, down to an input of `size` cells.

    `layers`: label → the arguments of `conv_out_size` but the size, e.g. {"conv 1": {"kernel": 3, "stride": 2}}, from the
    input on. `at`: which cell of the last layer, the middle one if None. The number in a cell says on how many paths it
    reaches that cell; padding of the input is dotted. `scale`: inches per cell.
    """
    require_table("layers", layers)
    windows, sizes = [Window(**layer) for layer in layers.values()], [as_int("size", size)]
    for window in windows:
        require_drawable(message("a layer's input with its padding"), (1, sizes[-1] + 2 * window.padding[0]))
        sizes.append(window.out_size((sizes[-1], sizes[-1]))[0])
    at = sizes[-1] // 2 if at is None else as_int("at", at, at_least=0)
    if at >= sizes[-1]:
        told = message("at must be a cell of the last layer, 0 to {last}, got {value}", last=sizes[-1] - 1, value=at)
        raise ValueError(told)
    rows, lines = _paths(windows, sizes, at)
    labels = ["input", *layers]
    xs = [x for row in rows for x, *_ in row]
    left, right = min(xs) - max(map(len, labels)) * LETTER / scale - 0.4, max(xs) + 4
    tops = [1.9 * above for above in reversed(range(len(rows)))]
    ax = new_figure(1, 1, (right - left) * scale, (tops[0] + 1.4) * scale)[1][0, 0]
    for level, upper, lower in lines:
        ax.plot([upper + 0.5, lower + 0.5], [tops[level] + 0.92, tops[level - 1] + 0.08], "-", color="0.55", lw=0.7)
    for label, row, top in zip(labels, rows, tops, strict=True):
        most = max(ways for *_, ways in row)
        for x, inside, ways in row:
            text = DOT if not inside else str(ways or "")
            _draw_cell(ax, x, top, text, ways / most * inside, side=0.92)
        ax.text(left, top + 0.5, plain(label), ha="left", va="center")
    seen = [x for x, inside, ways in rows[0] if inside and ways]
    ax.text(max(xs) + 1.2, tops[0] + 0.5, f"sees {max(seen) - min(seen) + 1:.0f}", ha="left", va="center")
    bare(ax, (left, right), (tops[0] + 1.2, -0.2))


@styled()
def show_positions(n: int, positions: Mapping[str, Tensor], *, scale: float = 1.25) -> None:
    """Draw where the cells of an enlarged row are among the `n` cells of the input, one panel per set of positions.

    `positions`: title → a tensor of at least two evenly spaced centers in input cells, 0 for the middle of the first one.
    Each shows its coordinate; one beyond the outermost centers is hollow, with the center that it is clamped to. `scale`:
    inches per input cell.
    """
    require_table("positions", positions)
    panel = 1.1  # in cells, downward: title, input, output, positions
    ax = new_figure(1, 1, (n + 0.3) * scale, panel * len(positions) * scale)[1][0, 0]
    for row, (title, centers) in enumerate(positions.items()):
        top, side = row * panel + 0.32, centers[1] - centers[0]
        ax.text(-0.5, top - 0.17, plain(title), ha="left", va="bottom")
        for j in range(n):
            ax.add_patch(Rectangle((j - 0.5, top), 1, 0.26, facecolor=cell_color(0.5), edgecolor="0.4", linewidth=0.8))
            ax.plot(j, top + 0.13, "s", color="black", markersize=5)
            ax.text(j, top - 0.02, f"X[{j}]", ha="center", va="bottom", fontsize=7.5)
        for x in centers.tolist():
            clamped = min(max(x, 0), n - 1)
            inside = abs(clamped - x) < 1e-6
            ax.add_patch(Rectangle((x - side / 2, top + 0.36), side, 0.16, fill=False, edgecolor="0.4", linewidth=0.8))
            ax.plot([x, clamped], [top + 0.44, top + 0.13], "-", color=BLUE, linewidth=0.9)
            ax.plot(x, top + 0.44, "o", color=BLUE, markerfacecolor=BLUE if inside else "white", markersize=5)
            text = f"{x:.2f}" if inside else f"{x:.2f}\n→ {clamped:.0f}"
            ax.text(x, top + 0.55, text.replace("-", "−"), ha="center", va="top", fontsize=7.5)
    bare(ax, (-0.6, n - 0.4), (panel * len(positions) + 0.02, 0))


def _reads(title: str, size: Size, **settings: Size) -> tuple[str, Tensor, Tensor, Pair, Pair]:
    """(title and sizes, how often each padded cell is read, which are padding, the window's size, its last place)."""
    window, size = Window(**settings), as_pair("size", size, at_least=1)
    out = window.out_size(size)
    rows, columns = map(torch.tensor, window.read_counts(size, out))
    require_drawable(message("the input with its padding"), (len(rows), len(columns)))
    last = tuple(window.along(axis, out[axis] - 1).start for axis in (0, 1))
    headline = f"{title}\n{times(size)} → {times(out)}"
    return headline, torch.outer(rows, columns), border(size, window.padding), window.extent, last


def _paths(windows: Sequence[Window], sizes: Sequence[int], at: int) -> tuple[list, list]:
    """(for each level its cells (x, is not padding, paths to the top), the lines (level, x above, x below))."""
    places = [(0.0, 1)]  # where a level's first cell is drawn, and how far apart its cells are
    for window in windows:
        first, apart = places[-1]
        places.append((first + apart * ((window.extent[0] - 1) / 2 - window.padding[0]), apart * window.stride[0]))
    x = [lambda cell, first=first, apart=apart: first + apart * cell for first, apart in places]  # a level's cell → x
    ways, lines = [Counter({at: 1})], []
    for level in range(len(windows), 0, -1):
        window, below = windows[level - 1], Counter()
        for cell, number in ways[0].items():
            for padded in window.along(0, cell):
                read = padded - window.padding[0]
                if level == 1 or 0 <= read < sizes[level - 1]:  # the padding of later layers leads nowhere
                    below[read] += number
                    lines.append((level, x[level](cell), x[level - 1](read)))
        ways.insert(0, below)
    rows = [
        [(x_of(cell), 0 <= cell < n, found[cell]) for cell in sorted({*range(n), *found})]
        for x_of, n, found in zip(x, sizes, ways, strict=True)
    ]
    return rows, lines


def _draw_cell(ax: Axes, left: float, top: float, text: str, shade: float, hatch: bool = False, side: float = 1) -> None:
    """A cell with its text; `shade` between 0 and 1."""
    at = (left + (1 - side) / 2, top + (1 - side) / 2)
    color = cell_color(0.2 + 0.8 * float(shade)) if shade else "none"
    ax.add_patch(Rectangle(at, side, side, facecolor=color, edgecolor="0.6", linewidth=0.6))
    if hatch:
        hatch_cell(ax, left, top)
    size = 13 if text == DOT else 8 if len(text) < 3 else 7
    ax.text(left + 0.5, top + 0.5, text, ha="center", va="center", fontsize=size)
