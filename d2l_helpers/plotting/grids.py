"""Small matrices with the number in each cell, frames around windows, and the arithmetic of one cell."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from .._check import Pair, Size, as_cell, as_pair, require_drawable, require_table, require_tensor
from .._language import message, speaking
from .._words import WORDS, number
from ..ops.correlation import corr2d, corr2d_multi_in
from ..ops.pooling import pool2d
from ..ops.transposed import trans_conv
from ..story import Box, Operation, Panel, Story, tell, tell_channels
from ..window import Window
from .style import LETTER, STYLE, bare, cell_color, new_figure, plain, styled, with_palette

HIDDEN = WORDS["predict"]["hidden"]
GAP = 1.2  # cells between two matrices
WIDTHS = {"−": 0.84, "+": 0.84, "∞": 0.83, ".": 0.32, "·": 0.32}  # of a letter, in units of its size; others: a digit's
SIGNS = {"⋆": 34, "⋆ᵀ": 25, "∗": 27, "·": 34}  # font sizes of signs that fill little of their letter; others: 20


@styled()
def show_grids(
    grids: Mapping[str, Tensor], *, boxes: Mapping[str, Sequence[Box]] | None = None,
    dotted: Mapping[str, Tensor] | None = None, hatched: Mapping[str, Tensor] | None = None, signs: Sequence[str] = (),
    caption: str = "", scale: float = 0.36,
) -> None:  # fmt: skip
    """Draw matrices side by side with the number in each cell; positive cells are orange, negative ones purple.

    `grids`: title → (H, W), at most 40 × 40. `boxes`: title → thick frames (row, column, height, width) around cells.
    `dotted` and `hatched`: title → bool (H, W), cells to mark: dots for padding, strokes for cells that nothing reads.
    `signs`: what to write between two matrices, e.g. ["⋆", "="]. `caption`: text below. `scale`: inches per cell.
    """
    require_table("grids", grids)
    for title, grid in grids.items():
        require_tensor(f"grids[{title!r}]", grid, "H", "W", dtypes=None)
        require_drawable(f"grids[{title!r}]", tuple(grid.shape))
    marks = {"boxes": boxes or {}, "dotted": dotted or {}, "hatched": hatched or {}}
    for name, titles in marks.items():
        if strange := [title for title in titles if title not in grids]:
            raise ValueError(message("{name} must have the titles of grids, got {title!r}", name=name, title=strange[0]))
    frames, outside, unread = marks.values()
    panels = [Panel(t, grid, outside.get(t), unread.get(t), frames.get(t, ())) for t, grid in grids.items()]
    _draw(new_figure(1, 1, *_inches(panels, caption, scale))[1][0, 0], panels, signs, caption, scale)


def show_window(
    X: Tensor, K: Tensor, at: Pair = (0, 0), *, padding: Size = 0, stride: Size = 1, dilation: Size = 1
) -> None:
    """One output cell of a cross-correlation, the input cells that make it, and its arithmetic.

    X: (H, W) and K: (h, w), at most 40 × 40 with the padding; `at`: (row, column) of the output cell. Padding is dotted,
    cells that no window reads have strokes.
    """
    Y = corr2d(X, K, padding=padding, stride=stride, dilation=dilation)
    at = as_cell("at", at, "Y", tuple(Y.shape))
    _show(tell, Operation("corr", X, K, Window(tuple(K.shape), padding, stride, dilation)), at)


def show_channels(X: Tensor, K: Tensor, at: Pair = (0, 0), *, scale: float = 0.36) -> None:
    """One output cell of a cross-correlation over channels: a window per channel, and the sum of their results.

    X: (c_i, H, W), K: (c_i, h, w); `at`: (row, column) of the output cell; `scale`: inches per cell.
    """
    Y = corr2d_multi_in(X, K)
    _show(tell_channels, X, K, as_cell("at", at, "Y", tuple(Y.shape)), scale=scale)


def show_pooling(
    X: Tensor, pool_size: Size, mode: str = "max", at: Pair = (0, 0), *, padding: Size = 0, stride: Size = 1
) -> None:
    """One output cell of `pool2d`, its window and its arithmetic.

    X: (H, W), at most 40 × 40 with the padding; `at`: (row, column) of the output cell. Padding is dotted, cells that no
    window reads have strokes.
    """
    Y = pool2d(X, pool_size, mode, padding=padding, stride=stride)
    window = Window(as_pair("pool_size", pool_size), padding, stride)
    at = as_cell("at", at, "Y", tuple(Y.shape))
    _show(tell, Operation(mode, X, X.new_ones(window.kernel), window), at)


def show_stamp(
    X: Tensor,
    K: Tensor,
    at: Pair = (0, 0),
    *,
    padding: Size = 0,
    stride: Size = 1,
    dilation: Size = 1,
    output_padding: Size = 0,
) -> None:
    """One input cell of a transposed convolution, its stamp X[at] · K, and where the stamp is added to the output.

    X: (H, W) and K: (h, w), at most 40 × 40; `at`: (row, column) of the input cell. What padding crops is dotted.
    """
    trans_conv(X, K, padding=padding, stride=stride, dilation=dilation, output_padding=output_padding)
    more = as_pair("output_padding", output_padding)
    o = Operation("transposed", X, K, Window(tuple(K.shape), padding, stride, dilation), output_padding=more)
    _show(tell, o, as_cell("at", at, "X", tuple(X.shape)))


@styled()
def story_figure(story: Story) -> Figure:
    """The whole story, size and unread cells included; pyplot does not know this figure, so no cell shows it by itself."""
    scale = 0.36 if max(panel.values.shape[1] for panel in story.panels) <= 18 else 0.3
    caption = _wrapped(story.panels, scale, story.arithmetic, story.size, story.unread)
    figure = Figure(figsize=_inches(story.panels, caption, scale), layout="constrained")
    _draw(figure.add_subplot(), story.panels, story.signs, caption, scale)
    return figure


def story_png(story: Story) -> bytes:
    """`story_figure` as a small PNG."""
    drawn, small = io.BytesIO(), io.BytesIO()
    story_figure(story).savefig(drawn, dpi=STYLE["figure.dpi"], bbox_inches="tight", pad_inches=0.05)
    with_palette(drawn).save(small, "PNG", optimize=True)
    return small.getvalue()


@speaking("en")  # not every computer has a font for other languages
@styled()
def _show(telling: Callable[..., Story], *told, scale: float = 0.36) -> None:
    """Draw what `telling` says of the operation and the cell that were told."""
    story = telling(*told)
    caption = _wrapped(story.panels, scale, story.arithmetic)
    ax = new_figure(1, 1, *_inches(story.panels, caption, scale))[1][0, 0]
    _draw(ax, story.panels, story.signs, caption, scale)


def _wrapped(panels: Sequence[Panel], scale: float, *paragraphs: str) -> str:
    """The paragraphs in lines about as long as the matrices are wide, at least 110 letters."""
    width = max(110, int(_total(panels, scale) * scale / LETTER))
    lines = "\n".join(paragraphs).split("\n")
    return "\n".join(part for line in lines for part in textwrap.wrap(line, width))


def _widths(panels: Sequence[Panel], scale: float) -> list[float]:
    """The cells that each matrix takes, or its title where that is wider."""
    return [max(panel.values.shape[1], LETTER / scale * len(panel.title)) for panel in panels]


def _total(panels: Sequence[Panel], scale: float) -> float:
    return sum(_widths(panels, scale)) + GAP * (len(panels) - 1)


def _inches(panels: Sequence[Panel], caption: str, scale: float) -> tuple[float, float]:
    tallest = max(panel.values.shape[0] for panel in panels)
    width = max(_total(panels, scale) * scale, LETTER * max(map(len, caption.split("\n"))))
    below = 1 + 0.5 * caption.count("\n") if caption else 0  # cells
    return width + 0.2, (tallest + 1 + below) * scale + 0.2


def _draw(ax: Axes, panels: Sequence[Panel], signs: Sequence[str], caption: str, scale: float) -> None:
    tallest = max(panel.values.shape[0] for panel in panels)
    left = 0.0
    for i, (panel, width) in enumerate(zip(panels, _widths(panels, scale), strict=True)):
        rows, columns = panel.values.shape
        _draw_panel(ax, panel, left + (width - columns) / 2, (tallest - rows) / 2, scale)
        left += width
        if i < len(signs):
            size = SIGNS.get(signs[i], 20)
            ax.text(left + GAP / 2, tallest / 2, plain(signs[i]), ha="center", va="center", fontsize=size)
        left += GAP
    ax.text(0, tallest + 0.4, plain(caption), ha="left", va="top")
    width, height = _inches(panels, caption, scale)
    bare(ax, (-0.1, width / scale - 0.1), ((height - 0.2) / scale - 0.9, -1.0))


def _draw_panel(ax: Axes, panel: Panel, left: float, top: float, scale: float) -> None:
    """Title, numbers, marks, frames and notes as large as their numbers; the upper left corner is at (left, top)."""
    title = plain(panel.title).replace("⋆", "★")  # the small star is half as large as the letters beside it
    ax.text(left + panel.values.shape[1] / 2, top - 0.25, title, ha="center", va="bottom")
    values = panel.values.detach().cpu().double().numpy()
    bound = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    for (i, j), value in np.ndenumerate(values):
        is_plain = panel.is_hidden or not np.isfinite(value)
        shade = cell_color(0.0 if is_plain else value / bound)
        ax.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=shade, edgecolor="0.6", linewidth=0.6))
        text, note = HIDDEN if panel.is_hidden else number(value), panel.notes.get((i, j), "")
        size = min(9.0, 0.86 * 72 * scale / max(_width(text), _width(note)))
        ax.text(left + j + 0.5, top + i + (0.3 if note else 0.5), text, ha="center", va="center", fontsize=size)
        ax.text(left + j + 0.94, top + i + 0.94, plain(note), ha="right", va="bottom", fontsize=size)
    for i, j in [] if panel.outside is None else panel.outside.nonzero().tolist():
        dot_cell(ax, left + j, top + i, has_note=(i, j) in panel.notes)
    for i, j in [] if panel.unread is None else panel.unread.nonzero().tolist():
        hatch_cell(ax, left + j, top + i)
    for row, column, height, width in panel.frames:
        ax.add_patch(Rectangle((left + column, top + row), width, height, fill=False, edgecolor="black", linewidth=2.2))


def _width(text: str) -> float:
    """How wide a number is, in units of its font size."""
    return sum(WIDTHS.get(letter, 0.64) for letter in text)


def dot_cell(ax: Axes, left: float, top: float, *, has_note: bool = False) -> None:
    """Dots in the corners of a cell, where they leave the number alone; after a note, one would be a decimal point."""
    x, y = np.array([(0.15, 0.15), (0.85, 0.15), (0.15, 0.85), (0.85, 0.85)][: 3 if has_note else 4]).T
    ax.plot(left + x, top + y, ".", color="0.5", ms=2)


def hatch_cell(ax: Axes, left: float, top: float) -> None:
    """Strokes across a cell."""
    ax.add_patch(Rectangle((left, top), 1, 1, fill=False, hatch="////", edgecolor="0.6", linewidth=0))
