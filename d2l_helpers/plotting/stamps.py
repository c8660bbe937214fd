"""Transposed convolution drawn cell by cell."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..shapes import Size, as_pair
from ..transposed import trans_conv
from .arguments import as_cell
from .grids import number, show_grids, times


def show_stamp(
    X: Tensor,
    K: Tensor,
    at: tuple[int, int] = (0, 0),
    *,
    padding: Size = 0,
    stride: Size = 1,
    dilation: Size = 1,
    output_padding: Size = 0,
) -> None:
    """One input cell of a transposed convolution, its stamp X[at] · K, and where the stamp is added to the output.

    X: (H, W), K: (h, w), at most 16 × 16, 7 × 7; `at`: (row, column) of the input cell. Strokes: what padding cuts off.
    """
    named = {"padding": padding, "stride": stride, "dilation": dilation, "output_padding": output_padding}
    Y = trans_conv(X, K, **named)
    (p_h, p_w), (s_h, s_w), (d_h, d_w), _ = (as_pair(name, value) for name, value in named.items())
    uncut = trans_conv(X, K, stride=stride, dilation=dilation)
    missing = [max(0, p + size - have) for p, size, have in zip((p_h, p_w), Y.shape, uncut.shape, strict=True)]
    uncut = F.pad(uncut, (0, missing[1], 0, missing[0]))
    cut = torch.ones(uncut.shape, dtype=torch.bool)
    cut[p_h : p_h + Y.shape[0], p_w : p_w + Y.shape[1]] = False

    i, j = at = as_cell(at, "X", tuple(X.shape))
    value = number(X[at].item())
    top, left = i * s_h, j * s_w
    rows, columns = K.shape
    cells = [(top + a * d_h, left + b * d_w, 1, 1) for a in range(rows) for b in range(columns)]
    x_name, y_name = f"X {times(X.shape)}", f"Y {times(Y.shape)}"
    show_grids(
        {x_name: X, f"K {times(K.shape)}": K, f"{value}·K": X[at] * K, y_name: uncut},
        boxes={x_name: [(i, j, 1, 1)], y_name: [(top, left, rows, columns)] if (d_h, d_w) == (1, 1) else cells},
        hatched={y_name: cut},
        signs=["·", "=", "→"],
        caption=f"X[{i}, {j}] = {value}: its stamp begins in row {i}·{s_h} = {top} and column {j}·{s_w} = {left}",
    )
