"""The output of a stepper's settings, by torch, and which input cells it takes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .settings import Pair, Settings, out_size


def output(s: Settings, dtype: torch.dtype = torch.float32) -> Tensor:
    """Y: (H', W'); ValueError where the settings do not fit together."""
    out_size(s)
    X, K = s.X[None, None].to(dtype), s.K[None, None].to(dtype)
    window = {"padding": s.padding, "stride": s.stride}
    if s.op in ("corr", "conv"):
        K = K.flip(2, 3) if s.op == "conv" else K
        Y = F.conv2d(X, K, dilation=s.dilation, **window)
    elif s.op == "max":
        Y = F.max_pool2d(X, tuple(s.K.shape), dilation=s.dilation, **window)
    elif s.op == "avg":
        Y = F.avg_pool2d(X, tuple(s.K.shape), **window)
    elif s.op == "transposed":
        Y = F.conv_transpose2d(X, K, dilation=s.dilation, output_padding=s.output_padding, **window)
    elif s.op == "nearest":
        Y = F.interpolate(X, scale_factor=tuple(map(float, s.scale_factor)), mode="nearest")
    else:
        scale = tuple(map(float, s.scale_factor))
        Y = F.interpolate(X, scale_factor=scale, mode="bilinear", align_corners=s.align_corners)
    return Y[0, 0]


def window_cells(s: Settings, at: Pair) -> list[Pair]:
    """The cells (row, column) of the padded X that the window of output cell `at` reads, in the order of the kernel."""
    rows, columns = s.K.shape
    d_h, d_w = s.dilation if s.uses("dilation") else (1, 1)
    top, left = at[0] * s.stride[0], at[1] * s.stride[1]
    return [(top + a * d_h, left + b * d_w) for a in range(rows) for b in range(columns)]


def padded_input(s: Settings) -> Tensor:
    """X with its ring: zeros, or −∞ for max pooling."""
    p_h, p_w = s.ring
    return F.pad(s.X, (p_w, p_w, p_h, p_h), value=-torch.inf if s.op == "max" else 0.0)


def unread(s: Settings) -> Tensor:
    """bool, the shape of the padded X: the cells that no output cell is made of."""
    height, width = out_size(s)
    read = torch.zeros(padded_input(s).shape, dtype=torch.bool)
    if s.op in ("nearest", "bilinear"):
        return read
    if s.op == "transposed":
        for i in range(s.X.shape[0]):
            for j in range(s.X.shape[1]):
                read[i, j] = any(0 <= r < height and 0 <= c < width for r, c in stamp_cells(s, (i, j)))
        return ~read
    for i in range(height):
        for j in range(width):
            for cell in window_cells(s, (i, j)):
                read[cell] = True
    return ~read


def stamp_cells(s: Settings, at: Pair) -> list[Pair]:
    """The cells of Y, some perhaps cut off, to which X[at] adds itself times K, in the order of the kernel."""
    rows, columns = s.K.shape
    top, left = (at[axis] * s.stride[axis] - s.padding[axis] for axis in (0, 1))
    return [(top + a * s.dilation[0], left + b * s.dilation[1]) for a in range(rows) for b in range(columns)]


def neighbours(s: Settings, at: Pair) -> list[tuple[float, float, int, int, float]]:
    """For each axis, where output cell `at` looks in X: (raw, held inside, first, second, weight of the second)."""
    found = []
    for i, n, scale in zip(at, s.X.shape, s.scale_factor, strict=True):
        if s.align_corners:
            raw = i * (n - 1) / (n * scale - 1) if n * scale > 1 else 0.0
        else:
            raw = (i + 0.5) / scale - 0.5
        held = min(max(raw, 0.0), n - 1.0)
        first = int(held)
        found.append((raw, held, first, min(first + 1, n - 1), held - first))
    return found
