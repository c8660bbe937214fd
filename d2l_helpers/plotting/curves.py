"""Curves, bars, tables and diagrams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import FuncNorm
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text
from torch import Tensor

from .._check import require_table
from .._language import message
from .style import BLUE, SKY, bare, black_or_white, new_figure, plain, styled


@styled()
def plot_lines(
    x: Iterable[float], curves: Mapping[str, Sequence[float]], *, xlabel: str = "", ylabel: str = "", title: str = "",
    log_x: bool = False, log_y: bool = False, ylim: tuple[float, float] | None = None,
    size: tuple[float, float] = (4.6, 2.8),
) -> None:  # fmt: skip
    """Draw curves (name → values, at most one per x) in one pair of axes; they differ in color and line style.

    `size`: width and height in inches. Raises ValueError where a curve has more values than there are x.
    """
    require_table("curves", curves)
    x = list(x)
    ax = new_figure(1, 1, *size)[1][0, 0]
    marker = "o" if len(x) <= 30 else ""
    for name, values in curves.items():
        if len(values) > len(x):
            told = message(
                "curves[{name!r}] must have at most {most} values, one per x, got {came}",
                name=name,
                most=len(x),
                came=len(values),
            )
            raise ValueError(told)
        ax.plot(x[: len(values)], list(values), label=plain(name), marker=marker, markersize=3)
    ax.set(xlabel=plain(xlabel), ylabel=plain(ylabel), title=plain(title))
    ax.set(xscale="log" if log_x else "linear", yscale="log" if log_y else "linear")
    if not log_x and all(isinstance(value, int) for value in x):  # no tick at half an epoch
        ax.xaxis.get_major_locator().set_params(integer=True)
    if ylim is not None:  # set_ylim(None) would freeze the limits that the linear scale has chosen
        ax.set_ylim(ylim)
    if len(curves) > 1:
        ax.legend()


@styled()
def plot_bars(
    values: Mapping[str, float], *, xlabel: str = "", log: bool = False, form: str = ",.0f", width: float = 5.0
) -> None:
    """Draw horizontal bars from zero (name → value), the value at the end of each in the format `form`.

    `log`: dots on a logarithmic axis instead, for values that differ by factors: there, the length of a bar would say
    nothing. `width`: inches.
    """
    require_table("values", values)
    ax = new_figure(1, 1, width, 0.3 * len(values) + 0.7)[1][0, 0]
    numbers, rows = list(values.values()), range(len(values))
    if log:
        ax.plot(numbers, rows, "o", color=BLUE, markersize=6)
        ax.set_xscale("log")
        ax.grid(color="0.9")
    else:
        ax.barh(rows, numbers, color=SKY, edgecolor="black", linewidth=0.6)
    for row, value in enumerate(numbers):
        text, away = format(value, form).replace("-", "−"), 5 if value >= 0 else -5  # points
        look = {"textcoords": "offset points", "ha": "left" if value >= 0 else "right", "va": "center", "fontsize": 8}
        ax.annotate(text, (value, row), (away, 0), **look)
    ax.set_yticks(rows, list(map(plain, values)))
    ax.margins(x=0.15)
    ax.set(xlabel=plain(xlabel), ylim=(len(values) - 0.5, -0.5))


@styled()
def plot_dots(
    values: Mapping[str, Sequence[float]], *, xlabel: str = "", band: tuple[float, float] | None = None,
    xlim: tuple[float, float] | None = None, width: float = 6.0,
) -> None:  # fmt: skip
    """Draw a row of dots per name, and a stroke at their mean; `band` shades from one x to another; `width` in inches."""
    require_table("values", values)
    ax = new_figure(1, 1, width, 0.3 * len(values) + 0.7)[1][0, 0]
    for row, numbers in enumerate(values.values()):
        ax.plot(numbers, [row] * len(numbers), "o", color=BLUE, alpha=0.6, markersize=5)
        ax.plot([sum(numbers) / len(numbers)], [row], "|", color="black", markersize=14)
    if band:
        ax.axvspan(*band, color=SKY, alpha=0.25)
    ax.set_yticks(range(len(values)), list(map(plain, values)))
    ax.set(xlabel=plain(xlabel), ylim=(len(values) - 0.5, -0.5), xlim=xlim)
    ax.grid(axis="x", color="0.9")


@styled()
def plot_contours(
    height: Callable[[Tensor, Tensor], Tensor], paths: Mapping[str, Tensor], *, goal: tuple[float, float],
    labels: tuple[str, str] = ("", ""), size: tuple[float, float] = (4.6, 3.4),
) -> None:  # fmt: skip
    """Draw level lines of `height(x, y)`, paths (name → points (n, 2)) on it, and a cross at the goal.

    `height` is called with two grids of one shape; levels are spaced logarithmically. `size`: inches.
    """
    require_table("paths", paths)
    ax = new_figure(1, 1, *size)[1][0, 0]
    for (name, points), marker in zip(paths.items(), cycle("os^v"), strict=False):
        ax.plot(points[:, 0], points[:, 1], marker=marker, markersize=4, label=plain(name))
    ax.plot(*goal, marker="x", markersize=9, markeredgewidth=2, color="black", linestyle="")
    ax.margins(0.15)
    ax.set_aspect("equal", adjustable="box")
    x, y = (torch.linspace(*limits, 120) for limits in (ax.get_xlim(), ax.get_ylim()))
    x, y = torch.meshgrid(x, y, indexing="xy")
    z = height(x, y)
    levels = np.geomspace(z.max() / 300, z.max(), 9)
    ax.contour(*map(np.asarray, (x, y, z)), levels=levels, colors="0.75", linewidths=0.8, zorder=0)
    ax.set(xlabel=plain(labels[0]), ylabel=plain(labels[1]))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


@styled()
def show_confusion(counts: Tensor, names: Sequence[str]) -> None:
    """Draw a confusion matrix, (true class, predicted class), with its counts and a color bar; the scale is logarithmic."""
    n = len(names)
    if (shape := tuple(counts.shape)) != (n, n):
        told = message(
            "counts must have shape {wanted}, one row and column for each of names, got {came}", wanted=(n, n), came=shape
        )
        raise ValueError(told)
    ax = new_figure(1, 1, 0.5 * n + 2.0, 0.42 * n + 1.0)[1][0, 0]
    counts = np.asarray(counts)
    most = max(int(counts.max()), 1)
    drawn = ax.imshow(counts, cmap="Blues", norm=FuncNorm((np.log1p, np.expm1), 0, most), aspect="auto")
    for (i, j), count in np.ndenumerate(counts):
        if count:
            color = black_or_white(drawn.to_rgba(count))
            ax.text(j, i, int(count), ha="center", va="center", fontsize=8, color=color)
    marks = [0, *(10**power for power in range(len(str(most))))]
    bar = ax.figure.colorbar(drawn, ax=ax, label="images", ticks=marks, format="{x:,.0f}")
    bar.minorticks_off()
    ax.set_xticks(range(n), list(map(plain, names)), rotation=45, ha="right")
    ax.set_yticks(range(n), list(map(plain, names)))
    ax.set(xlabel="predicted", ylabel="true")


@styled()
def show_flow(
    boxes: Mapping[str, tuple[float, float]], arrows: Iterable[tuple[str, str]], *, size: tuple[float, float] = (8, 3)
) -> None:
    """Draw labeled boxes (label → (x, y), y downward) and arrows from one label to another; `size` in inches."""
    require_table("boxes", boxes)
    fig, axes = new_figure(1, 1, *size)
    ax = axes[0, 0]
    texts = {label: ax.text(x, y, plain(label), ha="center", va="center") for label, (x, y) in boxes.items()}
    xs, ys = zip(*boxes.values(), strict=True)
    bare(ax, (min(xs) - 0.6, max(xs) + 0.6), (max(ys) + 0.5, min(ys) - 0.5))
    fig.draw_without_rendering()
    frames = {label: _box_around(ax, text) for label, text in texts.items()}
    for start, end in arrows:
        look = {"arrowstyle": "-|>", "mutation_scale": 10, "color": "0.35", "shrinkA": 0, "shrinkB": 0}
        ends = {"patchA": frames[start], "patchB": frames[end]}
        ax.add_patch(FancyArrowPatch(boxes[start], boxes[end], clip_on=False, in_layout=False, **look, **ends))


def _box_around(ax: Axes, text: Text) -> FancyBboxPatch:
    """A box in the units of the axes. A text's own one is where the text was last drawn: arrows would miss it when a page
    crops or scales the figure."""
    room = text.get_window_extent().padded(0.4 * text.get_fontsize() * ax.figure.dpi / 72)
    (left, bottom), (right, top) = ax.transData.inverted().transform(room.get_points())
    corner = (min(left, right), min(bottom, top))
    size = abs(right - left), abs(top - bottom)
    look = {"boxstyle": f"round,pad=0,rounding_size={0.12 * min(size)}", "fc": "#EAF3FA", "ec": BLUE, "clip_on": False}
    return ax.add_patch(FancyBboxPatch(corner, *size, in_layout=False, **look))
