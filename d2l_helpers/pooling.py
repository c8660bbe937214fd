"""Maximum and average pooling, and the way back from the maxima to their places.

The loop that teaches stands in the notebooks; these do the same with one step per window cell instead of one per
output cell. All of them work on any device and real dtype, and gradients flow through.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ._tensors import FLOATS, require_room, require_tensor
from .shapes import Size, as_pair, pool_out_size, shown

LARGEST_WINDOW = 2**20  # cells: each is a step in Python


def pool2d(X: Tensor, pool_size: Size, mode: str = "max", *, padding: Size = 0, stride: Size = 1) -> Tensor:
    """The largest number ('max') or the mean ('avg') of each window, X: (H, W) → (H', W'), sizes by `pool_out_size`.

    **The window moves by 1, as in the book; PyTorch's layers move it by its own size.** Padding counts one side, at most
    half the window: for 'max' it is never chosen, for 'avg' it counts as zeros. Where maxima tie, or several cells are
    NaN, the gradient goes to the cell that PyTorch chooses.
    Raises TypeError or ValueError where shape, dtype, mode or settings do not fit; 'avg' takes no integers.
    Source: d2l, "Pooling".
    """
    require_tensor("X", X, "H", "W")
    if not isinstance(mode, str) or mode not in ("max", "avg"):
        raise ValueError(f"mode must be 'max' or 'avg', got {shown(mode)}")
    if X.is_complex() or (mode == "avg" and X.dtype not in FLOATS):
        wanted = "real numbers" if mode == "max" else "floating-point numbers"
        raise TypeError(f"X must hold {wanted} for mode {mode!r}, got {X.dtype}: convert it, e.g. X.float()")
    h, w = as_pair("pool_size", pool_size, at_least=1)
    height, width = pool_out_size(tuple(X.shape), (h, w), padding=padding, stride=stride)
    if h * w > LARGEST_WINDOW:
        raise ValueError(f"pool_size must have at most {LARGEST_WINDOW:,} cells, got {pool_size}")
    (p_h, p_w), (s_h, s_w) = as_pair("padding", padding), as_pair("stride", stride)
    if p_h or p_w:
        require_room(f"padding {padding}", X.shape[0] + 2 * p_h, X.shape[1] + 2 * p_w)
        X = F.pad(X, (p_w, p_w, p_h, p_h), value=_smallest(X.dtype) if mode == "max" else 0)
    # For each cell (a, b) of the window, the part of X that this cell meets on its way.
    rows = [slice(a, a + (height - 1) * s_h + 1, s_h) for a in range(h)]
    columns = [slice(b, b + (width - 1) * s_w + 1, s_w) for b in range(w)]
    first, *others = (X[row, column] for row in rows for column in columns)
    if mode == "avg":
        return sum(others, first) / (h * w)
    best = first.clone()
    for view in others:
        best = torch.where((view > best) | view.isnan(), view, best)
    return best


def max_unpool2d(Y: Tensor, indices: Tensor, output_size: Size) -> Tensor:
    """Put each number of Y back where its index says, zeros elsewhere: (H', W') → (H, W), or (C, H', W') → (C, H, W).

    `indices`: int64, shaped as Y, each row · W + column in an output of `output_size` (H, W): what
    `F.max_pool2d(…, return_indices=True)` returns. Where an index comes twice, one of its numbers is kept.
    Raises TypeError or ValueError where shapes, dtypes or devices do not fit, or an index lies outside.
    Source: PyTorch, `torch.nn.functional.max_unpool2d`; Zeiler & Fergus 2014.
    """
    axes = ("C", "H'", "W'") if isinstance(Y, Tensor) and Y.dim() == 3 else ("H'", "W'")
    require_tensor("Y", Y, *axes)
    require_tensor("indices", indices, *axes)
    if indices.dtype != torch.int64:
        raise TypeError(f"indices must be torch.int64, got {indices.dtype}")
    if indices.shape != Y.shape:
        raise ValueError(f"indices must have the shape of Y, {tuple(Y.shape)}, got {tuple(indices.shape)}")
    if indices.device != Y.device:
        raise ValueError(f"Y and indices must be on one device, got {Y.device} and {indices.device}")
    height, width = as_pair("output_size", output_size, at_least=1)
    require_room(f"output_size {output_size}", *Y.shape[:-2], height, width)
    lowest, highest = (0, 0) if indices.is_meta else (bound.item() for bound in indices.aminmax())
    if lowest < 0 or highest >= height * width:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(f"indices must lie between 0 and {height * width - 1} for {height}×{width}, got {wrong}")
    flat = Y.new_zeros(*Y.shape[:-2], height * width)
    return flat.scatter(-1, indices.flatten(-2), Y.flatten(-2)).unflatten(-1, (height, width))


def _smallest(dtype: torch.dtype) -> float:
    """What no maximum prefers: −∞, or the smallest integer of that dtype."""
    return -torch.inf if dtype.is_floating_point else torch.iinfo(dtype).min
