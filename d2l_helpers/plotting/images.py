"""Pictures and feature maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from torch import Tensor

from .style import ORANGE, STYLE, new_figure


@plt.rc_context(STYLE)
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
    axes = new_figure(num_rows, num_cols, num_cols * scale, num_rows * scale)[1].flatten()
    for i, ax in enumerate(axes):
        ax.set_axis_off()
        if i < len(pictures):
            ax.imshow(pictures[i], cmap="gray")
            ax.set_title(titles[i] if titles is not None and i < len(titles) else "")
    return axes


@plt.rc_context(STYLE)
def show_maps(maps: Iterable[Tensor], titles: Sequence[str] | None = None, *, columns: int = 6, scale: float = 1.6) -> None:
    """Draw maps with a sign, (H, W) each: purple below zero, white at zero, orange above; one scale for each map."""
    maps = [_as_picture(one) for one in maps]
    rows = -(-len(maps) // columns)
    axes = new_figure(rows, min(columns, len(maps)), min(columns, len(maps)) * scale, rows * scale * 1.1)[1].flatten()
    for i, ax in enumerate(axes):
        ax.set_axis_off()
        if i < len(maps):
            bound = float(np.abs(maps[i]).max()) or 1.0
            ax.imshow(maps[i], cmap="PuOr_r", vmin=-bound, vmax=bound)
            ax.set_title(titles[i] if titles is not None else "")


@plt.rc_context(STYLE)
def show_points(image: Tensor, points: Mapping[str, Tensor], start: Tensor | None = None, *, scale: float = 2.0) -> None:
    """Draw sampling points on an image, one panel per set of points.

    `image`: (H, W), or (3, H, W) in colour. `points`: title → (P, 2), each row (y, x) in cells, fractions allowed.
    `start`: (P, 2), where the points stood before: a small cross each, and a line from there. `scale`: inches per panel.
    """
    axes = new_figure(1, len(points), len(points) * scale, scale * 1.1)[1][0]
    for ax, (title, ends) in zip(axes, points.items(), strict=True):
        ax.imshow(_as_picture(image), cmap="gray")
        y, x = ends.detach().cpu().double().numpy().T
        if start is not None:
            y_0, x_0 = start.detach().cpu().double().numpy().T
            ax.plot([x_0, x], [y_0, y], color="white", linewidth=1, linestyle="-")
            ax.plot(x_0, y_0, "x", color="white", markersize=5)
        ax.plot(x, y, "o", color=ORANGE, markeredgecolor="black", markersize=6)
        ax.set_title(title)
        ax.set_axis_off()


def _as_picture(image) -> np.ndarray:
    """Any image as (H, W) or (H, W, 3 or 4) for imshow."""
    array = image.detach().cpu().numpy() if isinstance(image, Tensor) else np.asarray(image)
    if array.ndim == 3 and array.shape[0] in (1, 3) and array.shape[2] not in (3, 4):
        array = np.moveaxis(array, 0, 2)
    return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
