"""Images and feature maps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from torch import Tensor

from .._check import as_array, as_int, require_table
from .._language import message
from .style import BLUE, GRAY, LETTER, ORANGE, SIGNED, bare, new_figure, plain, styled

PANEL = 1.95  # inches: the image in such a panel is at least 200 pixels wide
PAGE = 10.0  # inches that a row can have on a page
BAR = 0.8  # inches for a color bar
PAD = 1 / 12  # inches that matplotlib keeps free between panels


@styled()
def show_images(
    imgs: Iterable, num_rows: int, num_cols: int, titles: Sequence[str] | None = None, scale: float = 1.5
) -> np.ndarray:
    """Draw images in a grid and return its axes, flat.

    `imgs`: tensors, arrays or PIL images, (H, W) or (1, H, W) in grayscale, (H, W, 3) or (3, H, W) in color. In grayscale 0
    is black and 1 is white; images with values beyond share one range, from the lowest, at most 0, to the highest.
    `scale`: inches per image, but up to five in a row are at least 200 pixels wide. Raises ValueError where the grid has no
    room for all of them. Source: d2l.
    """
    rows, columns = as_int("num_rows", num_rows), as_int("num_cols", num_cols)
    images = _as_images("imgs", imgs)
    if len(images) > rows * columns:
        told = message(
            "imgs holds {count} images, but {rows} × {columns} places are wanted",
            count=len(images),
            rows=rows,
            columns=columns,
        )
        raise ValueError(told)
    axes = _grid(images, rows, columns, scale, titles)
    beyond = _ends([image for image in images if image.ndim == 2 and not _is_plain(image)])
    for ax, image in zip(axes, images, strict=False):
        low, high = (0, 1) if _is_plain(image) else beyond
        _draw(ax, image, GRAY, low, high)  # a color image has no limits
    return axes


@styled()
def show_maps(
    maps: Iterable[Tensor], titles: Sequence[str] | None = None, *, columns: int = 4, scale: float = PANEL,
    gray: Sequence[int] = (),
) -> None:  # fmt: skip
    """Draw signed maps, (H, W) each, on one scale with its color bar: purple below zero, white at zero, orange above.

    `gray`: which of the maps, counted from 0, are images: drawn from 0, black, to 1, white. `scale`: inches per map, but up
    to five in a row are at least 200 pixels wide.
    """
    columns = as_int("columns", columns)
    maps = _as_images("maps", maps, color=False)
    images = {as_int("gray", i, at_least=0) for i in gray}
    rows, columns = math.ceil(len(maps) / columns), min(columns, len(maps))
    signed = [one for i, one in enumerate(maps) if i not in images]
    axes = _grid(maps, rows, columns, scale, titles, beside=BAR if signed else 0)
    bound = max(map(abs, _ends(signed))) or 1.0
    for i, (ax, one) in enumerate(zip(axes, maps, strict=False)):
        if i in images:
            _draw(ax, one, GRAY, 0, 1)
        else:
            drawn = _draw(ax, one, SIGNED, -bound, bound)
    if signed:
        axes[0].figure.colorbar(drawn, ax=list(axes), aspect=14 * rows, fraction=0.05, pad=0.02)


def _grid(images: Sequence[np.ndarray], rows: int, columns: int, scale: float, titles, beside: float = 0) -> np.ndarray:
    """Axes for the images, flat; none is narrower than its title. `beside`: inches to the right that are kept free."""
    titles = [plain(title) for title in titles or []]
    lines = [line for title in titles for line in title.split("\n")]
    image = max(scale, min(PANEL, (PAGE - beside) / columns))
    width = max(image, max(map(len, lines), default=0) * LETTER + 0.1)
    height = (image - PAD) * min(2.0, max(one.shape[0] / one.shape[1] for one in images)) + PAD
    head = max((0.06 + 0.15 * (title.count("\n") + 1) for title in titles), default=0)
    axes = new_figure(rows, columns, columns * width + beside, rows * (height + head))[1].flatten()
    for ax in axes:
        ax.set_axis_off()
        ax.set_anchor("N")  # titles stand in one line, also above images of different shapes
    for ax, title in zip(axes[: len(images)], titles, strict=False):
        ax.set_title(title)
    return axes


@styled()
def show_points(image: Tensor, points: Mapping[str, Tensor], start: Tensor | None = None, *, scale: float = 2.0) -> None:
    """Draw sampling points on an image, one panel per set of points.

    `image`: (H, W), or (3, H, W) in color. `points`: title → (P, 2), each row (y, x) in pixels, fractions allowed.
    `start`: (P, 2), where the points were before: a small cross each, and a line from there. `scale`: inches per panel.
    """
    require_table("points", points)
    image = _as_image("image", image)
    ends = {title: _as_points("points", one) for title, one in points.items()}
    starts = None if start is None else _as_points("start", start)
    if starts is not None and any(one.shape != starts.shape for one in ends.values()):
        raise ValueError(message("start must have one point for each of points, got {count}", count=starts.shape[1]))
    axes = new_figure(1, len(points), len(points) * scale, scale * 1.1)[1][0]
    for ax, (title, (y, x)) in zip(axes, ends.items(), strict=True):
        ax.imshow(image, cmap=GRAY)
        if starts is not None:
            y_0, x_0 = starts
            ax.plot([x_0, x], [y_0, y], color="white", linewidth=1, linestyle="-")
            ax.plot(x_0, y_0, "x", color="white", markersize=5)
        ax.plot(x, y, "o", color=ORANGE, markeredgecolor="black", markersize=6)
        ax.set_title(plain(title))
        ax.set_axis_off()


@styled()
def show_volumes(volumes: Mapping[str, Tensor], *, width: float = 10.0) -> None:
    """Draw activations in one row and to scale, every element one square: title → (C, H, W), or (N,) for a flat one.

    Channels are stacked from front to back, and each has its own gray scale; a flat volume fills columns as tall as the
    tallest plane. `width`: inches.
    """
    require_table("volumes", volumes)
    arrays = [as_array("volumes", volume, message("(C, H, W) or (N,)"), 1, 3) for volume in volumes.values()]
    tallest = max((array.shape[1] for array in arrays if array.ndim == 3), default=28)
    room, step, gap = 26, 2, 6  # the least width, for a title; from channel to channel; between volumes
    stacks = [array if array.ndim == 3 else _in_columns(array, tallest)[None] for array in arrays]
    deep = max(stack.shape[1] + step * (len(stack) - 1) for stack in stacks)
    widths = [max(room, stack.shape[2] + step * (len(stack) - 1)) for stack in stacks]
    total = sum(widths) + gap * (len(widths) - 1)
    ax = new_figure(1, 1, width, width * (deep + 14) / total)[1][0, 0]
    left = 0
    for title, stack, wide in zip(volumes, stacks, widths, strict=True):
        shift = (wide - stack.shape[2] - step * (len(stack) - 1)) / 2
        for behind in reversed(range(len(stack))):
            _draw_plane(ax, stack[behind], left + shift + step * behind, step * behind)
        ax.text(left + wide / 2, -2, plain(title), ha="center", va="top")
        left += wide + gap
    bare(ax, (-1, total + 1), (-13, deep + 1))


def _draw(ax: Axes, image: np.ndarray, colors: Colormap, low: float, high: float) -> AxesImage:
    """The image in its panel. Clearly enlarged, its pixels stay squares: so a stored figure is much smaller, too."""
    room = ax.figure.bbox.width / ax.get_gridspec().ncols
    interpolation = "nearest" if room > 1.5 * image.shape[1] else None
    look = {"interpolation": interpolation, "interpolation_stage": "data"}  # smoothing adds no colors to those of the scale
    return ax.imshow(image, cmap=colors, vmin=low, vmax=high, **look)


def _is_plain(image: np.ndarray) -> bool:
    """Whether all values are from 0 to 1, but for rounding errors."""
    low, high = _ends([image])
    return low >= -1e-6 and high <= 1 + 1e-6


def _ends(images: Sequence[np.ndarray]) -> tuple[float, float]:
    """The lowest and the highest of all finite values and 0."""
    values = np.concatenate([np.zeros(1), *(one[np.isfinite(one)] for one in images)])
    return float(values.min()), float(values.max())


def _in_columns(array: np.ndarray, height: int) -> np.ndarray:
    """A flat array as columns of that height, the last one filled up with NaN."""
    columns = math.ceil(len(array) / height)
    height = math.ceil(len(array) / columns)
    filled = np.pad(array.astype(float), (0, columns * height - len(array)), constant_values=np.nan)
    return filled.reshape(columns, height).T


def _draw_plane(ax: Axes, plane: np.ndarray, left: float, bottom: float) -> None:
    """One channel with its frame, a unit square per element, its lower left corner given."""
    height, width = plane.shape
    ax.imshow(plane, cmap=GRAY, extent=(left, left + width, bottom, bottom + height), zorder=2)
    ax.add_patch(Rectangle((left, bottom), width, height, fill=False, edgecolor=BLUE, linewidth=0.6, zorder=2))


def _as_points(name: str, points: Tensor) -> np.ndarray:
    """Points (P, 2) as (2, P): all y, then all x."""
    array = as_array(name, points, "(P, 2)", 2)
    if array.shape[1] != 2:
        told = message("{name} must have shape (P, 2), each row (y, x), got {shape}", name=name, shape=array.shape)
        raise ValueError(told)
    return array.T


def _as_images(name: str, images: Iterable, *, color: bool = True) -> list[np.ndarray]:
    """At least one image; only grayscale ones unless `color`."""
    if isinstance(images, (str, Mapping)) or not isinstance(images, Iterable) or getattr(images, "ndim", 1) == 0:
        raise TypeError(message("{name} must be a sequence of images, got {came}", name=name, came=type(images).__name__))
    arrays = [_as_image(f"{name}[{i}]", image) for i, image in enumerate(images)]
    if not arrays:
        raise ValueError(message("{name} must hold at least one image", name=name))
    if wrong := [array.shape for array in arrays if array.ndim != 2 and not color]:
        raise ValueError(message("{name} must have shape (H, W) each, got {shape}", name=name, shape=wrong[0]))
    return arrays


def _as_image(name: str, image) -> np.ndarray:
    """Any image as (H, W) or (H, W, 3 or 4) for imshow."""
    array = as_array(name, image, message("(H, W), (1, H, W), (H, W, 3) or (3, H, W)"), 2, 3)
    if array.ndim == 3 and array.shape[0] in (1, 3) and array.shape[2] not in (3, 4):
        array = np.moveaxis(array, 0, 2)
    if array.ndim == 3 and array.shape[2] not in (1, 3, 4):
        told = message(
            "{name} must have 1 or 3 channels, on its first or last axis, got {shape}", name=name, shape=array.shape
        )
        raise ValueError(told)
    return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
