"""Curves, bars, tables and diagrams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import FancyArrowPatch
from torch import Tensor

from .._check import require_table
from .style import BLUE, SKY, STYLE, bare, new_figure, plain


@plt.rc_context(STYLE)
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
            raise ValueError(f"curves[{name!r}] must have at most {len(x)} values, one per x, got {len(values)}")
        ax.plot(x[: len(values)], list(values), label=plain(name), marker=marker, markersize=3)
    ax.set(xlabel=plain(xlabel), ylabel=plain(ylabel), title=plain(title))
    ax.set(xscale="log" if log_x else "linear", yscale="log" if log_y else "linear")
    if not log_x and all(isinstance(value, int) for value in x):  # no tick at half an epoch
        ax.xaxis.get_major_locator().set_params(integer=True)
    if ylim is not None:  # set_ylim(None) would freeze the limits that the linear scale has chosen
        ax.set_ylim(ylim)
    if len(curves) > 1:
        ax.legend()


@plt.rc_context(STYLE)
def plot_bars(
    values: Mapping[str, float], *, xlabel: str = "", log: bool = False, form: str = ",.0f", width: float = 5.0
) -> None:
    """Draw horizontal bars (name → value), the value at the end of each in the format `form`; `width` in inches."""
    require_table("values", values)
    ax = new_figure(1, 1, width, 0.3 * len(values) + 0.7)[1][0, 0]
    bars = ax.barh(list(map(plain, values)), list(values.values()), color=SKY, edgecolor="black", linewidth=0.6)
    ax.bar_label(bars, labels=[format(value, form) for value in values.values()], padding=3, fontsize=8)
    ax.set_xscale("log" if log else "linear")
    ax.margins(x=0.15)
    ax.invert_yaxis()
    ax.set_xlabel(plain(xlabel))


@plt.rc_context(STYLE)
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


@plt.rc_context(STYLE)
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


@plt.rc_context(STYLE)
def show_confusion(counts: Tensor, names: Sequence[str]) -> None:
    """Draw a confusion matrix, (true class, predicted class), with its counts; shades follow the count's logarithm."""
    n = len(names)
    if (shape := tuple(counts.shape)) != (n, n):
        raise ValueError(f"counts must have shape {(n, n)}, one row and column for each of names, got {shape}")
    ax = new_figure(1, 1, 0.5 * n + 1.2, 0.42 * n + 1.0)[1][0, 0]
    counts = np.asarray(counts)
    ax.imshow(np.log1p(counts), cmap="Blues", aspect="auto")
    for (i, j), count in np.ndenumerate(counts):
        if count:
            ax.text(j, i, int(count), ha="center", va="center", fontsize=7, color="white" if count > 200 else "black")
    ax.set_xticks(range(n), list(map(plain, names)), rotation=45, ha="right")
    ax.set_yticks(range(n), list(map(plain, names)))
    ax.set(xlabel="predicted", ylabel="true")


@plt.rc_context(STYLE)
def show_flow(
    boxes: Mapping[str, tuple[float, float]], arrows: Iterable[tuple[str, str]], *, size: tuple[float, float] = (8, 3)
) -> None:
    """Draw labeled boxes (label → (x, y), y downward) and arrows from one label to another; `size` in inches."""
    require_table("boxes", boxes)
    fig, axes = new_figure(1, 1, *size)
    ax = axes[0, 0]
    look = {"ha": "center", "va": "center", "bbox": {"boxstyle": "round,pad=0.4", "fc": "#EAF3FA", "ec": BLUE}}
    texts = {label: ax.text(x, y, plain(label), **look) for label, (x, y) in boxes.items()}
    xs, ys = zip(*boxes.values(), strict=True)
    bare(ax, (min(xs) - 0.6, max(xs) + 0.6), (max(ys) + 0.5, min(ys) - 0.5))
    fig.draw_without_rendering()
    for start, end in arrows:
        ends = {"patchA": texts[start].get_bbox_patch(), "patchB": texts[end].get_bbox_patch()}
        ax.add_patch(FancyArrowPatch(boxes[start], boxes[end], arrowstyle="-|>", mutation_scale=10, color="0.35", **ends))
