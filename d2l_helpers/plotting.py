"""Every line of matplotlib that is not the lesson.

One look for all figures: white background, Okabe–Ito colours, lines that also differ by style, numbers in small grids.
The functions draw and return nothing, except `show_images`, which returns its axes as the book's does.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from torch import Tensor

from .shapes import Size, as_pair

BLUE, ORANGE, GREEN, PURPLE, SKY, RED, YELLOW = OKABE_ITO = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442",
)  # fmt: skip
STYLE = {
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.prop_cycle": plt.cycler(color=OKABE_ITO, linestyle=["-", "--", "-.", ":", "-", "--", "-."]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
Box = tuple[int, int, int, int]  # row, column, height, width


# --- images ---------------------------------------------------------------------------------------------------------


def show_images(
    imgs: Iterable, num_rows: int, num_cols: int, titles: Sequence[str] | None = None, scale: float = 1.5
) -> np.ndarray:
    """Draw images in a grid and return its axes, flat.

    `imgs`: tensors, arrays or PIL pictures, (H, W) or (1, H, W) in grey, (H, W, 3) or (3, H, W) in colour; `scale`: inches
    per image. Raises ValueError where a grid of that size has no place for all of them. Source: d2l.
    """
    pictures = [_as_picture(image) for image in imgs]
    if len(pictures) > num_rows * num_cols:
        raise ValueError(f"imgs holds {len(pictures)} images, but {num_rows} × {num_cols} places are wanted")
    axes = _figure(num_rows, num_cols, num_cols * scale, num_rows * scale)[1].flatten()
    for i, ax in enumerate(axes):
        ax.set_axis_off()
        if i < len(pictures):
            ax.imshow(pictures[i], cmap="gray")
            ax.set_title(titles[i] if titles is not None and i < len(titles) else "")
    return axes


def show_maps(maps: Iterable[Tensor], titles: Sequence[str] | None = None, *, columns: int = 6, scale: float = 1.6) -> None:
    """Draw maps with a sign, (H, W) each: blue below zero, white at zero, orange above; one scale for each map."""
    maps = [_as_picture(one) for one in maps]
    rows = -(-len(maps) // columns)
    axes = _figure(rows, min(columns, len(maps)), min(columns, len(maps)) * scale, rows * scale * 1.1)[1].flatten()
    for i, ax in enumerate(axes):
        ax.set_axis_off()
        if i < len(maps):
            bound = float(np.abs(maps[i]).max()) or 1.0
            ax.imshow(maps[i], cmap="PuOr_r", vmin=-bound, vmax=bound)
            ax.set_title(titles[i] if titles is not None else "")


def _as_picture(image) -> np.ndarray:
    """Any image as (H, W) or (H, W, 3 or 4) for imshow."""
    array = image.detach().cpu().numpy() if isinstance(image, Tensor) else np.asarray(image)
    if array.ndim == 3 and array.shape[0] in (1, 3) and array.shape[2] not in (3, 4):
        array = np.moveaxis(array, 0, 2)
    return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array


# --- small grids with their numbers ---------------------------------------------------------------------------------


def show_grids(
    grids: Mapping[str, Tensor],
    *,
    boxes: Mapping[str, Sequence[Box]] | None = None,
    signs: Sequence[str] = (),
    scale: float = 0.36,
) -> None:
    """Draw matrices side by side with the number in each cell.

    `grids`: title → (H, W), at most 16 × 16. `boxes`: title → frames (row, column, height, width) drawn around cells, the
    first thick, the next dashed. `signs`: what stands between two grids, e.g. ["⋆", "="]. `scale`: inches per cell.
    """
    tensors = list(grids.values())
    widths = [grid.shape[1] for grid in tensors]
    tallest = max(grid.shape[0] for grid in tensors)
    gap = 1.2
    total = sum(widths) + gap * (len(tensors) - 1)
    axes = _figure(1, 1, max(total * scale, 2.2) + 0.2, (tallest + 1) * scale + 0.2)[1]
    ax = axes[0, 0]
    left = 0.0
    for i, (title, grid) in enumerate(grids.items()):
        top = (tallest - grid.shape[0]) / 2
        _draw_grid(ax, grid, left, top, title, (boxes or {}).get(title, ()))
        left += grid.shape[1]
        if i < len(signs):
            ax.text(left + gap / 2, tallest / 2, signs[i], ha="center", va="center", fontsize=14)
        left += gap
    _bare(ax, (-0.1, total + 0.1), (tallest + 0.1, -1.0))


def show_window(
    X: Tensor,
    K: Tensor,
    at: tuple[int, int] = (0, 0),
    *,
    padding: Size = 0,
    stride: Size = 1,
    dilation: Size = 1,
) -> None:
    """One output cell of a cross-correlation and the input cells that make it, with the arithmetic written out.

    X: (H, W), K: (h, w), at most 16 × 16 and 7 × 7; `at`: (row, column) of the output cell.
    """
    from .convolution import corr2d

    Y = corr2d(X, K, padding=padding, stride=stride, dilation=dilation)
    (p_h, p_w), (s_h, s_w), (d_h, d_w) = (
        as_pair("padding", padding),
        as_pair("stride", stride),
        as_pair("dilation", dilation),
    )
    padded = torch.nn.functional.pad(X, (p_w, p_w, p_h, p_h))
    row, column = at[0] * s_h, at[1] * s_w
    cells = [(row + a * d_h, column + b * d_w, 1, 1) for a in range(K.shape[0]) for b in range(K.shape[1])]
    solid = (d_h, d_w) == (1, 1)
    window = [(row, column, *K.shape)] if solid else cells
    read = [padded[cell[0], cell[1]].item() for cell in cells]
    sum_of = " + ".join(f"{_number(x)}·{_number(k)}" for x, k in zip(read, K.flatten().tolist(), strict=True))
    ring = f", padding {padding}" if p_h or p_w else ""
    names = [f"X {_times(X.shape)}{ring}", f"K {_times(K.shape)}", f"Y {_times(Y.shape)}"]
    show_grids(
        dict(zip(names, (padded, K, Y), strict=True)),
        boxes={names[0]: window, names[2]: [(*at, 1, 1)]},
        signs=["⋆", "="],
    )
    ax = plt.gca()
    ax.set_title(f"Y[{at[0]}, {at[1]}] = {sum_of} = {_number(Y[at].item())}", y=-0.16, loc="left", fontsize=9)
    if p_h or p_w:
        _hatch_ring(ax, padded.shape, (p_h, p_w), max(padded.shape[0], K.shape[0], Y.shape[0]))


def _draw_grid(ax: Axes, grid: Tensor, left: float, top: float, title: str, boxes: Sequence[Box]) -> None:
    values = grid.detach().cpu().double()
    bound = float(values.abs().max()) or 1.0
    for (i, j), value in np.ndenumerate(values.numpy()):
        strength = min(abs(value) / bound, 1.0) * 0.55
        colour = ORANGE if value > 0 else BLUE
        ax.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=colour, alpha=strength, linewidth=0))
        ax.add_patch(Rectangle((left + j, top + i), 1, 1, fill=False, edgecolor="0.6", linewidth=0.6))
        text = _number(value)
        ax.text(left + j + 0.5, top + i + 0.5, text, ha="center", va="center", fontsize=9 if len(text) < 4 else 7)
    ax.text(left + grid.shape[1] / 2, top - 0.25, title, ha="center", va="bottom")
    for row, column, height, width in boxes:
        ax.add_patch(Rectangle((left + column, top + row), width, height, fill=False, edgecolor="black", linewidth=2.2))


def _hatch_ring(ax: Axes, shape: Sequence[int], padding: tuple[int, int], tallest: int) -> None:
    """Hatch the padding cells of the grid that stands at the left."""
    top = (tallest - shape[0]) / 2
    for i in range(shape[0]):
        for j in range(shape[1]):
            if not (padding[0] <= i < shape[0] - padding[0] and padding[1] <= j < shape[1] - padding[1]):
                ax.add_patch(Rectangle((j, top + i), 1, 1, fill=False, hatch="....", edgecolor="0.75", linewidth=0))


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}".rstrip("0")


def _times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


# --- curves, tables, diagrams ---------------------------------------------------------------------------------------


def plot_lines(
    x: Iterable[float],
    curves: Mapping[str, Sequence[float]],
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    log_x: bool = False,
    log_y: bool = False,
    ylim: tuple[float, float] | None = None,
    size: tuple[float, float] = (4.6, 2.8),
) -> None:
    """Draw curves (name → values, one per x) in one pair of axes; they differ by colour and by line style."""
    ax = _figure(1, 1, *size)[1][0, 0]
    x = list(x)
    marker = "o" if len(x) <= 30 else ""
    for name, values in curves.items():
        ax.plot(x[: len(values)], list(values), label=name, marker=marker, markersize=3)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, ylim=ylim)
    ax.set_xscale("log" if log_x else "linear")
    ax.set_yscale("log" if log_y else "linear")
    if len(curves) > 1:
        ax.legend()


def plot_bars(
    values: Mapping[str, float], *, xlabel: str = "", log: bool = False, form: str = ",.0f", width: float = 5.0
) -> None:
    """Draw horizontal bars (name → value), the value written at each end in the format `form`."""
    ax = _figure(1, 1, width, 0.3 * len(values) + 0.7)[1][0, 0]
    bars = ax.barh(list(values), list(values.values()), color=SKY, edgecolor="black", linewidth=0.6)
    ax.bar_label(bars, labels=[format(value, form) for value in values.values()], padding=3, fontsize=8)
    ax.set_xscale("log" if log else "linear")
    ax.margins(x=0.15)
    ax.invert_yaxis()
    ax.set_xlabel(xlabel)


def show_confusion(counts: Tensor, names: Sequence[str]) -> None:
    """Draw a confusion matrix (true class, predicted class) with its counts; shades grow with the count's logarithm."""
    n = len(names)
    ax = _figure(1, 1, 0.5 * n + 1.2, 0.42 * n + 1.0)[1][0, 0]
    ax.imshow(torch.log1p(counts.double()), cmap="Blues", aspect="auto")
    for (i, j), count in np.ndenumerate(counts.numpy()):
        if count:
            ax.text(j, i, int(count), ha="center", va="center", fontsize=7, color="white" if count > 200 else "black")
    ax.set_xticks(range(n), names, rotation=45, ha="right")
    ax.set_yticks(range(n), names)
    ax.set(xlabel="predicted", ylabel="true")


def show_flow(
    boxes: Mapping[str, tuple[float, float]], arrows: Iterable[tuple[str, str]], *, size: tuple[float, float] = (8, 3)
) -> None:
    """Draw labelled boxes (label → (x, y), y downwards) and arrows from one label to another."""
    fig, axes = _figure(1, 1, *size)
    ax = axes[0, 0]
    texts = {
        label: ax.text(
            x, y, label, ha="center", va="center", bbox={"boxstyle": "round,pad=0.4", "fc": "#EAF3FA", "ec": BLUE}
        )
        for label, (x, y) in boxes.items()
    }
    xs, ys = zip(*boxes.values(), strict=True)
    _bare(ax, (min(xs) - 0.6, max(xs) + 0.6), (max(ys) + 0.5, min(ys) - 0.5))
    fig.draw_without_rendering()
    for start, end in arrows:
        ends = {"patchA": texts[start].get_bbox_patch(), "patchB": texts[end].get_bbox_patch()}
        arrow = FancyArrowPatch(boxes[start], boxes[end], arrowstyle="-|>", mutation_scale=10, color="0.35", **ends)
        ax.add_patch(arrow)


# --- figures that change while a cell runs ----------------------------------------------------------------------------


class LiveFigure:
    """A figure shown once in a notebook and updated in place, at most one fiftieth of the time spent on drawing."""

    def __init__(self, rows: int, columns: int, size: tuple[float, float]):
        with plt.rc_context(STYLE):
            self.figure = Figure(figsize=size, layout="constrained")
            self.figure.subplots(rows, columns)
        self._handle, self._next, self._stale = None, 0.0, False
        if in_notebook():
            from IPython import get_ipython

            get_ipython().events.register("post_run_cell", self._at_end_of_cell)

    def update(self, *, force: bool = False) -> None:
        """Redraw, unless the last drawing was too recent."""
        self._stale = True
        if in_notebook() and (force or time.perf_counter() >= self._next):
            self._draw()

    def _draw(self) -> None:
        from IPython.display import Image, display

        start = time.perf_counter()
        png = io.BytesIO()
        with plt.rc_context(STYLE):
            self.figure.savefig(png, format="png", dpi=STYLE["figure.dpi"])
        picture = Image(png.getvalue())
        if self._handle is None:
            self._handle = display(picture, display_id=True)
        else:
            self._handle.update(picture)
        self._stale = False
        self._next = time.perf_counter() + max(0.2, 50 * (time.perf_counter() - start))

    def _at_end_of_cell(self, _result) -> None:
        from IPython import get_ipython

        if self._stale:
            self._draw()
        get_ipython().events.unregister("post_run_cell", self._at_end_of_cell)


def in_notebook() -> bool:
    """Whether the code runs in a Jupyter kernel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def _figure(rows: int, columns: int, width: float, height: float) -> tuple[Figure, np.ndarray]:
    with plt.rc_context(STYLE):
        return plt.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained")


def _bare(ax: Axes, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
    ax.set(xlim=xlim, ylim=ylim, aspect="equal")
    ax.set_axis_off()
