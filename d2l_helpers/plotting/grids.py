"""Small matrices with the number in each cell, frames around windows, and the arithmetic of one output cell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor
from torch.nn import functional as F

from .._tensors import require_shape
from ..convolution import corr2d, corr2d_multi_in
from ..pooling import pool2d
from ..shapes import Size, as_pair
from .arguments import as_cell, require_drawable, require_inches, require_table
from .style import BLUE, ORANGE, STYLE, bare, new_figure, plain

Box = tuple[int, int, int, int]  # row, column, height, width
MOST_CHANNELS = 8  # side by side in one figure
GAP = 1.2  # cells between two grids
LETTER = 0.075  # inches a letter of a title is wide


@plt.rc_context(STYLE)
def show_grids(
    grids: Mapping[str, Tensor],
    *,
    boxes: Mapping[str, Sequence[Box]] | None = None,
    dotted: Mapping[str, Tensor] | None = None,
    hatched: Mapping[str, Tensor] | None = None,
    signs: Sequence[str] = (),
    caption: str = "",
    scale: float = 0.36,
) -> None:
    """Draw matrices side by side with the number in each cell; positive cells are orange, negative ones blue.

    `grids`: title → (H, W), at most 16 × 16. `boxes`: title → thick frames (row, column, height, width) around cells.
    `dotted` and `hatched`: title → bool (H, W), cells to mark: dots for padding, strokes for cells that nothing reads.
    `signs`: what stands between two grids, e.g. ["⋆", "="]. `caption`: a line under them. `scale`: inches per cell.
    """
    _require_grids(grids, scale)
    marks = {"boxes": boxes, "dotted": dotted, "hatched": hatched}
    for name, titles in marks.items():
        if strange := [title for title in titles or {} if title not in grids]:
            raise ValueError(f"{name} must have the titles of grids, got {strange[0]!r}")
    ax = new_figure(1, 1, *_inches(grids, caption, scale))[1][0, 0]
    _draw_grids(ax, grids, **marks, signs=signs, caption=caption, scale=scale)


@plt.rc_context(STYLE)
def grids_figure(
    grids: Mapping[str, Tensor],
    *,
    notes: Mapping[str, Mapping[tuple[int, int], str]] | None = None,
    caption: str = "",
    scale: float = 0.36,
    **marks,
) -> Figure:
    """The picture of `show_grids` as a figure of its own, which pyplot does not know and no cell shows by itself.

    `notes`: title → (row, column) → a small text in the corner of that cell. The rest is as for `show_grids`; the caption
    may have several lines.
    """
    figure = Figure(figsize=_inches(grids, caption, scale), layout="constrained")
    _draw_grids(figure.add_subplot(), grids, notes=notes, caption=caption, scale=scale, **marks)
    return figure


def show_window(
    X: Tensor,
    K: Tensor,
    at: tuple[int, int] = (0, 0),
    *,
    padding: Size = 0,
    stride: Size = 1,
    dilation: Size = 1,
) -> None:
    """One output cell of a cross-correlation, the input cells that make it, and its arithmetic; padding is dotted.

    X: (H, W), K: (h, w), at most 16 × 16 and 7 × 7; `at`: (row, column) of the output cell.
    """
    Y = corr2d(X, K, padding=padding, stride=stride, dilation=dilation)
    (p_h, p_w), (s_h, s_w), (d_h, d_w) = (as_pair("", value) for value in (padding, stride, dilation))
    at = as_cell(at, "Y", tuple(Y.shape))
    padded = F.pad(X, (p_w, p_w, p_h, p_h))
    require_drawable("X with its padding", tuple(padded.shape))
    ring = F.pad(torch.zeros(X.shape, dtype=torch.bool), (p_w, p_w, p_h, p_h), value=True)
    top, left = at[0] * s_h, at[1] * s_w
    rows, columns = K.shape
    cells = [(top + a * d_h, left + b * d_w, 1, 1) for a in range(rows) for b in range(columns)]
    window = [(top, left, rows, columns)] if (d_h, d_w) == (1, 1) else cells
    read = [padded[row, column].item() for row, column, _, _ in cells]
    products = [f"{number(x)}·{number(k)}" for x, k in zip(read, K.flatten().tolist(), strict=True)]
    x_name = f"X {times(X.shape)}" + (f", padding {padding}" if ring.any() else "")
    y_name = f"Y {times(Y.shape)}"
    show_grids(
        {x_name: padded, f"K {times(K.shape)}": K, y_name: Y},
        boxes={x_name: window, y_name: [(*at, 1, 1)]},
        dotted={x_name: ring},
        signs=["⋆", "="],
        caption=f"Y[{at[0]}, {at[1]}] = {' + '.join(products)} = {number(Y[at].item())}",
    )


def show_channels(X: Tensor, K: Tensor, at: tuple[int, int] = (0, 0), *, scale: float = 0.36) -> None:
    """One output cell of a cross-correlation over several channels: a window per channel, and the sum of their answers.

    X: (c_i, H, W), K: (c_i, h, w), at most four channels of 6 × 6; `at`: (row, column) of the output cell.
    """
    Y = corr2d_multi_in(X, K)
    at = as_cell(at, "Y", tuple(Y.shape))
    if len(X) > MOST_CHANNELS:
        raise ValueError(f"X must have at most {MOST_CHANNELS} channels, got {len(X)}")
    window = X[:, at[0] : at[0] + K.shape[1], at[1] : at[1] + K.shape[2]]
    grids, boxes, products = {}, {}, []
    for c in range(len(X)):
        grids |= {f"X[{c}]": X[c], f"K[{c}]": K[c]}
        boxes[f"X[{c}]"] = [(*at, *K.shape[1:])]
        pairs = zip(window[c].flatten().tolist(), K[c].flatten().tolist(), strict=True)
        products.append(" + ".join(f"{_in_brackets(x)}·{_in_brackets(k)}" for x, k in pairs))
    sums = " + ".join(_in_brackets(part) for part in (window * K).sum((1, 2)).tolist())
    steps = " + ".join(products) if K[0].numel() == 1 else f"({') + ('.join(products)}) = {sums}"
    y_name = f"Y {times(Y.shape)}"
    show_grids(
        grids | {y_name: Y},
        boxes=boxes | {y_name: [(*at, 1, 1)]},
        signs=[*["⋆", "+"] * (len(X) - 1), "⋆", "="],
        caption=f"Y[{at[0]}, {at[1]}] = {steps} = {number(Y[at].item())}",
        scale=scale,
    )


def show_pooling(
    X: Tensor,
    pool_size: Size,
    mode: str = "max",
    at: tuple[int, int] = (0, 0),
    *,
    padding: Size = 0,
    stride: Size = 1,
) -> None:
    """One output cell of `pool2d`, its window and its arithmetic; padding is dotted, cells that nothing reads have strokes.

    X: (H, W), at most 16 × 16; `at`: (row, column) of the output cell.
    """
    Y = pool2d(X, pool_size, mode, padding=padding, stride=stride)
    at = as_cell(at, "Y", tuple(Y.shape))
    (k_h, k_w), (p_h, p_w), (s_h, s_w) = (as_pair("", value) for value in (pool_size, padding, stride))
    sides = (p_w, p_w, p_h, p_h)
    padded = F.pad(X.double(), sides, value=-math.inf if mode == "max" else 0)
    require_drawable("X with its padding", tuple(padded.shape))
    ring = F.pad(torch.zeros(X.shape, dtype=torch.bool), sides, value=True)
    unread = torch.ones(padded.shape, dtype=torch.bool)
    for i, j in np.ndindex(*Y.shape):
        unread[i * s_h : i * s_h + k_h, j * s_w : j * s_w + k_w] = False
    window = (at[0] * s_h, at[1] * s_w, k_h, k_w)
    read = [number(x) for x in padded[window[0] :, window[1] :][:k_h, :k_w].flatten().tolist()]
    answer = f"max({', '.join(read)})" if mode == "max" else f"({' + '.join(read)}) / {len(read)}"
    x_name = f"X {times(X.shape)}" + (f", padding {padding}" if ring.any() else "")
    y_name = f"Y {times(Y.shape)}"
    show_grids(
        {x_name: padded, y_name: Y},
        boxes={x_name: [window], y_name: [(*at, 1, 1)]},
        dotted={x_name: ring},
        hatched={x_name: unread & ~ring},
        signs=["→"],
        caption=f"Y[{at[0]}, {at[1]}] = {answer} = {number(Y[at].item())}",
    )


def _require_grids(grids: Mapping[str, Tensor], scale: float) -> None:
    require_table("grids", grids)
    require_inches("scale", scale)
    for title, grid in grids.items():
        require_shape(f"grids[{title!r}]", grid, "H", "W")
        if grid.is_complex() or grid.is_meta:
            raise TypeError(f"grids[{title!r}] must hold real numbers, got {grid.dtype} on {grid.device}")
        require_drawable(f"grids[{title!r}]", tuple(grid.shape))


def number(value: float) -> str:
    """A number as short as it can be read: 3, −1.5, 0.33."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _in_brackets(value: float) -> str:
    """A number as it stands in a sum or a product: a negative one in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def times(shape: Sequence[int]) -> str:
    """A shape as it is spoken: 3×4."""
    return "×".join(map(str, shape))


def _widths(grids: Mapping[str, Tensor], scale: float) -> list[float]:
    """The cells that each grid takes, or its title where that is wider."""
    return [max(grid.shape[1], LETTER / scale * len(title)) for title, grid in grids.items()]


def _inches(grids: Mapping[str, Tensor], caption: str, scale: float) -> tuple[float, float]:
    total = sum(_widths(grids, scale)) + GAP * (len(grids) - 1)
    tallest = max(grid.shape[0] for grid in grids.values())
    longest = max(map(len, caption.split("\n")))
    return max(total * scale, LETTER * longest) + 0.2, (tallest + 1 + _caption_cells(caption)) * scale + 0.2


def _caption_cells(caption: str) -> float:
    return 1 + 0.5 * caption.count("\n") if caption else 0


def _draw_grids(
    ax: Axes,
    grids: Mapping[str, Tensor],
    *,
    boxes: Mapping[str, Sequence[Box]] | None = None,
    dotted: Mapping[str, Tensor] | None = None,
    hatched: Mapping[str, Tensor] | None = None,
    notes: Mapping[str, Mapping[tuple[int, int], str]] | None = None,
    signs: Sequence[str] = (),
    caption: str = "",
    scale: float = 0.36,
) -> None:
    widths = _widths(grids, scale)
    tallest = max(grid.shape[0] for grid in grids.values())
    left = 0.0
    for i, (title, grid) in enumerate(grids.items()):
        corner = (left + (widths[i] - grid.shape[1]) / 2, (tallest - grid.shape[0]) / 2)
        _draw_numbers(ax, grid, corner, title)
        for marks, pattern in ((dotted, "...."), (hatched, "////")):
            _draw_pattern(ax, (marks or {}).get(title), corner, pattern)
        for row, column, height, width in (boxes or {}).get(title, ()):
            frame = (corner[0] + column, corner[1] + row)
            ax.add_patch(Rectangle(frame, width, height, fill=False, edgecolor="black", linewidth=2.2))
        for (row, column), text in (notes or {}).get(title, {}).items():
            place = (corner[0] + column + 0.93, corner[1] + row + 0.93)
            ax.text(*place, plain(text), ha="right", va="bottom", fontsize=5.5)
        left += widths[i]
        if i < len(signs):
            ax.text(left + GAP / 2, tallest / 2, plain(signs[i]), ha="center", va="center", fontsize=14)
        left += GAP
    ax.text(0, tallest + 0.4, plain(caption), ha="left", va="top")
    wide = _inches(grids, caption, scale)[0]
    bare(ax, (-0.1, wide / scale - 0.1), (tallest + 0.1 + _caption_cells(caption), -1.0))


def _draw_numbers(ax: Axes, grid: Tensor, corner: tuple[float, float], title: str) -> None:
    values = grid.detach().cpu().double().numpy()
    bound = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    left, top = corner
    for (i, j), value in np.ndenumerate(values):
        part = min(abs(value) / bound, 1.0) if np.isfinite(value) else 0.0
        shade = {"facecolor": ORANGE if value > 0 else BLUE, "alpha": part * 0.55, "linewidth": 0}
        ax.add_patch(Rectangle((left + j, top + i), 1, 1, **shade))
        ax.add_patch(Rectangle((left + j, top + i), 1, 1, fill=False, edgecolor="0.6", linewidth=0.6))
        text = number(value)
        ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center", fontsize=9 if len(text) < 4 else 7)
    ax.text(left + values.shape[1] / 2, top - 0.25, plain(title), ha="center", va="bottom")


def _draw_pattern(ax: Axes, cells: Tensor | None, corner: tuple[float, float], pattern: str) -> None:
    for i, j in [] if cells is None else cells.nonzero().tolist():
        mark_cell(ax, corner[0] + j, corner[1] + i, pattern)


def mark_cell(ax: Axes, left: float, top: float, pattern: str) -> None:
    """Dots in the corners of a cell, where they leave the number alone, or strokes across it."""
    if "." in pattern:
        ax.plot(left + np.array([0.15, 0.85, 0.15, 0.85]), top + np.array([0.15, 0.15, 0.85, 0.85]), ".", color="0.5", ms=2)
    else:
        ax.add_patch(Rectangle((left, top), 1, 1, fill=False, hatch=pattern, edgecolor="0.6", linewidth=0))
