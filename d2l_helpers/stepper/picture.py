"""The stepper's picture as a PNG, for pages where no widget can run."""

from __future__ import annotations

import io
import textwrap

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ..plotting.grids import grids_figure
from . import words
from .compute import neighbours, output, padded_input, stamp_cells, unread, window_cells
from .settings import Settings

SIGNS = {
    "corr": ("⋆", "="),
    "conv": ("∗", "→", "="),
    "max": ("→",),
    "avg": ("⋆", "="),
    "transposed": ("⋆ᵀ", "="),
    "nearest": ("→",),
    "bilinear": ("⋆", "="),
}
DPI, MARGIN, COLOURS = 110, 6, 64
LINE = 92  # letters in a line of the caption, at the least


def png(s: Settings) -> bytes:
    """The picture of the cell in hand; drawn without pyplot, so that no cell shows it a second time."""
    grids = _grids(s)
    boxes, notes = _marks(s)
    x_name, y_name = words.x_title(s), words.y_title(s)
    figure = grids_figure(
        grids,
        boxes={x_name: boxes[0], y_name: boxes[1]},
        notes={x_name: notes[0], y_name: notes[1]},
        dotted={x_name: _outside(grids[x_name], s.X.shape, s.ring), y_name: _cut(s, grids[y_name])},
        hatched={x_name: unread(s)},
        signs=SIGNS[s.op],
        caption=_caption(s, sum(grid.shape[1] for grid in grids.values())),
        scale=0.36 if max(grid.shape[1] for grid in grids.values()) <= 18 else 0.3,
    )
    return _trimmed(figure)


def _trimmed(figure: Figure) -> bytes:
    """PNG of the figure without its empty margins, in few colours: a fifth of the bytes, drawn once instead of thrice."""
    figure.set(dpi=DPI, layout_engine="none")
    figure.axes[0].set_position((0, 0, 1, 1))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    drawn = np.argwhere((pixels < 255).any(2))
    (top, left), (bottom, right) = np.maximum(drawn.min(0) - MARGIN, 0), drawn.max(0) + MARGIN + 1
    buffer = io.BytesIO()
    Image.fromarray(pixels[top:bottom, left:right]).quantize(COLOURS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _grids(s: Settings) -> dict[str, Tensor]:
    """Title → numbers, from left to right."""
    k = words.times(s.K.shape)
    between = {
        "corr": {f"K {k}": s.K},
        "conv": {f"K {k}": s.K, "K flipped": s.K.flip(0, 1)},
        "avg": {f"weights {k}": torch.full(s.K.shape, 1 / s.K.numel())},
        "transposed": {f"K {k}": s.K},
        "bilinear": {"weights 2×2": _weights(s)},
    }
    return {words.x_title(s): padded_input(s), **between.get(s.op, {}), words.y_title(s): _drawn_output(s)}


def _drawn_output(s: Settings) -> Tensor:
    """Y; for a transposed convolution with the border that padding cuts off."""
    if s.op != "transposed" or not any(s.padding):
        return output(s)
    whole = F.conv_transpose2d(s.X[None, None], s.K[None, None], stride=s.stride, dilation=s.dilation)[0, 0]
    more = [out + p - n for out, p, n in zip(output(s).shape, s.padding, whole.shape, strict=True)]
    return F.pad(whole, (0, max(more[1], 0), 0, max(more[0], 0)))


def _cut(s: Settings, drawn: Tensor) -> Tensor:
    return _outside(drawn, output(s).shape, s.padding if s.op == "transposed" else (0, 0))


def _outside(drawn: Tensor, inner: torch.Size, corner: tuple[int, int]) -> Tensor:
    """bool: the cells of the drawn grid that lie around the inner one."""
    mask = torch.ones(drawn.shape, dtype=torch.bool)
    mask[corner[0] : corner[0] + inner[0], corner[1] : corner[1] + inner[1]] = False
    return mask


def _weights(s: Settings) -> Tensor:
    rows, columns = neighbours(s, s.position)
    return torch.outer(torch.tensor([1 - rows[4], rows[4]]), torch.tensor([1 - columns[4], columns[4]]))


def _marks(s: Settings) -> tuple[tuple[list, list], tuple[dict, dict]]:
    """Frames in X and in Y, small notes in X and in Y."""
    here = [(*s.position, 1, 1)]
    if s.op == "transposed":
        return _scatter_marks(s)
    if s.op == "nearest":
        row, column = (i // scale for i, scale in zip(s.position, s.scale_factor, strict=True))
        return ([(row, column, 1, 1)], here), ({}, {})
    if s.op == "bilinear":
        return _bilinear_marks(s)
    cells = window_cells(s, s.position)
    kernel = s.K.flip(0, 1) if s.op == "conv" else s.K
    factors = dict(zip(cells, (f"·{words.number(k)}" for k in kernel.flatten().tolist()), strict=True))
    return (_frames(s, cells), here), (factors if s.op in ("corr", "conv") else {}, {})


def _frames(s: Settings, cells: list[tuple[int, int]]) -> list[tuple[int, int, int, int]]:
    """One frame around all cells where they touch, else one around each."""
    if s.uses("dilation") and s.dilation != (1, 1):
        return [(*cell, 1, 1) for cell in cells]
    return [(*cells[0], *s.K.shape)]


def _scatter_marks(s: Settings) -> tuple[tuple[list, list], tuple[dict, dict]]:
    cells = [(row + s.padding[0], column + s.padding[1]) for row, column in stamp_cells(s, s.position)]
    x = s.X[s.position].item()
    added = [words.number(x * k) for k in s.K.flatten().tolist()]
    notes = dict(zip(cells, (text if text.startswith("−") else f"+{text}" for text in added), strict=True))
    return ([(*s.position, 1, 1)], _frames(s, cells)), ({}, notes)


def _bilinear_marks(s: Settings) -> tuple[tuple[list, list], tuple[dict, dict]]:
    (_, _, top, bottom, _), (_, _, left, right, _) = neighbours(s, s.position)
    weights = _weights(s)
    notes = {}
    for a, row in enumerate((top, bottom)):
        for b, column in enumerate((left, right)):
            if weights[a, b] > 0:
                notes[row, column] = f"·{words.number(weights[a, b].item())}"
    frame = (top, left, bottom - top + 1, right - left + 1)
    return ([frame], [(*s.position, 1, 1)]), (notes, {})


def _caption(s: Settings, cells: int) -> str:
    width = max(LINE, int(cells * 4.4))
    lines = [*words.arithmetic(s).split("\n"), *words.formula(s).split("\n"), words.unread_note(s)]
    return "\n".join(part for line in lines for part in textwrap.wrap(line, width))
