"""Maximum and average pooling, and max unpooling, which puts the maxima back in their places."""

from __future__ import annotations

import torch
from torch import Tensor

from .._check import FLOATS, REALS, Size, as_pair, require_alike, require_choice, require_tensor
from .._language import message
from ..window import Window
from .correlation import views


def pool2d(X: Tensor, pool_size: Size, mode: str = "max", *, padding: Size = 0, stride: Size = 1) -> Tensor:
    """The maximum ('max') or the mean ('avg') of each window, X: (H, W) → (H', W'), sizes by `pool_out_size`.

    **The window moves by 1, as in the book; PyTorch's layers move it by its own size.** Padding counts one side, at most
    half the window: −∞ for 'max', so that it never wins, and zeros for 'avg', which count. Where several cells are the
    maximum, or NaN, the gradient goes to the one that PyTorch chooses.
    Raises TypeError or ValueError where shape, dtype, mode or settings do not fit; 'avg' takes no integers.
    Source: d2l, "Pooling".
    """
    require_choice("mode", mode, ("max", "avg"))
    require_tensor("X", X, "H", "W", dtypes=REALS if mode == "max" else FLOATS)
    window = Window(as_pair("pool_size", pool_size, at_least=1), padding, stride)
    fill = _smallest(X.dtype) if mode == "max" else 0
    (_, first), *others = views(X, window, window.pooled_size(X.shape), fill)
    if mode == "avg":
        return sum((view for _, view in others), first) / (window.kernel[0] * window.kernel[1])
    best = first.clone()
    for _, view in others:
        best = torch.where((view > best) | view.isnan(), view, best)
    return best


def max_unpool2d(Y: Tensor, indices: Tensor, output_size: Size) -> Tensor:
    """Put each value of Y back where its index says, zeros elsewhere: (H', W') → (H, W), or (C, H', W') → (C, H, W).

    `indices`: int64, shaped as Y, each row · W + column in an output of `output_size` (H, W): what
    `F.max_pool2d(…, return_indices=True)` returns. Where an index comes twice, one of its values is kept.
    Raises TypeError or ValueError where shapes, dtypes or devices do not fit, or an index lies outside.
    Source: PyTorch, `torch.nn.functional.max_unpool2d`; Zeiler & Fergus 2014.
    """
    axes = ("C", "H'", "W'") if isinstance(Y, Tensor) and Y.dim() == 3 else ("H'", "W'")
    require_tensor("Y", Y, *axes)
    require_tensor("indices", indices, *axes)
    require_alike(Y=Y, indices=indices, dtypes=False)
    if indices.dtype != torch.int64:
        raise TypeError(message("indices must be torch.int64, got {dtype}", dtype=indices.dtype))
    if indices.shape != Y.shape:
        told = message(
            "indices must have the shape of Y, {shape}, got {came}", shape=tuple(Y.shape), came=tuple(indices.shape)
        )
        raise ValueError(told)
    height, width = as_pair("output_size", output_size, at_least=1)
    lowest, highest = (bound.item() for bound in indices.aminmax())
    if lowest < 0 or highest >= height * width:
        wrong = lowest if lowest < 0 else highest
        told = message(
            "indices must lie between 0 and {last} for {height}×{width}, got {value}",
            last=height * width - 1,
            height=height,
            width=width,
            value=wrong,
        )
        raise ValueError(told)
    flat = Y.new_zeros(*Y.shape[:-2], height * width)
    return flat.scatter(-1, indices.flatten(-2), Y.flatten(-2)).unflatten(-1, (height, width))


def _smallest(dtype: torch.dtype) -> float:
    """What no maximum prefers: −∞, or the smallest integer of that dtype."""
    return -torch.inf if dtype.is_floating_point else torch.iinfo(dtype).min
