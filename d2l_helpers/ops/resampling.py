"""Upsampling: nearest, bilinear and trilinear, and pixel shuffle.

Each axis is treated by itself: bilinear is a linear step along the columns and one along the rows, trilinear is three.
The result never shares memory with the input.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .._check import FLOATS, as_bool, as_int, require_tensor
from .._language import message


def upsample_nearest(X: Tensor, scale_factor: int) -> Tensor:
    """Each pixel as a square of s×s copies, s = `scale_factor`: X: (..., H, W) → (..., sH, sW), any dtype.

    Y[..., i, j] = X[..., ⌊i/s⌋, ⌊j/s⌋]. Source: PyTorch, `torch.nn.functional.interpolate(mode="nearest")`.
    Raises TypeError or ValueError where X has fewer than two axes, is empty, or `scale_factor` is not an int ≥ 1.
    """
    require_tensor("X", X, "...", "H", "W", dtypes=None)
    s = as_int("scale_factor", scale_factor)
    for dim in (-1, -2):
        X = X.index_select(dim, torch.arange(X.shape[dim] * s, device=X.device) // s)
    return X


def upsample_bilinear(X: Tensor, scale_factor: int, *, align_corners: bool = False) -> Tensor:
    """Linear interpolation along both axes, s = `scale_factor`: X: (..., H, W) → (..., sH, sW), floats.

    Output cell i samples the input at (i + ½)/s − ½, clamped to [0, n − 1]; with `align_corners` at i·(n − 1)/(sn − 1), so
    that the outermost cells of input and output coincide. Beside an infinite pixel the output is NaN.
    Raises TypeError or ValueError as `upsample_nearest`, or X does not hold floats, or `align_corners` is not a bool.
    Source: PyTorch, `torch.nn.functional.interpolate(mode="bilinear")`.
    """
    require_tensor("X", X, "...", "H", "W", dtypes=FLOATS)
    return _upsample_linear(X, (-1, -2), scale_factor, align_corners)


def upsample_trilinear(X: Tensor, scale_factor: int, *, align_corners: bool = False) -> Tensor:
    """Linear interpolation along three axes, s = `scale_factor`: X: (..., D, H, W) → (..., sD, sH, sW), floats.

    Positions and errors as in `upsample_bilinear`. Source: PyTorch, `torch.nn.functional.interpolate(mode="trilinear")`.
    """
    require_tensor("X", X, "...", "D", "H", "W", dtypes=FLOATS)
    return _upsample_linear(X, (-1, -2, -3), scale_factor, align_corners)


def pixel_shuffle(X: Tensor, r: int) -> Tensor:
    """Rearrange channels into pixels: X: (..., C·r², H, W) → (..., C, rH, rW), any dtype.

    Y[..., c, r·i + a, r·j + b] = X[..., c·r² + a·r + b, i, j]: each group of r² channels fills squares of r×r pixels.
    Raises TypeError or ValueError where X has fewer than three axes or no cells, r is not an int ≥ 1, or r² does not divide
    the channels. Source: Shi et al. 2016, arXiv:1609.05158; PyTorch, `torch.nn.PixelShuffle`.
    """
    require_tensor("X", X, "...", "C·r²", "H", "W", dtypes=None)
    r = as_int("r", r)
    if X.shape[-3] % r**2:
        told = message(
            "X must have a number of channels that r² = {square} divides, got {channels}: {shape}",
            square=r**2,
            channels=X.shape[-3],
            shape=tuple(X.shape),
        )
        raise ValueError(told)
    cells = X.unflatten(-3, (-1, r, r)).movedim((-4, -3), (-3, -1))  # (..., C, H, r, W, r)
    return _copy(cells).flatten(-2).flatten(-3, -2)


def pixel_unshuffle(X: Tensor, r: int) -> Tensor:
    """Rearrange pixels into channels, the inverse of `pixel_shuffle`: X: (..., C, rH, rW) → (..., C·r², H, W), any dtype.

    Raises TypeError or ValueError as `pixel_shuffle`, here where r does not divide height and width.
    Source: PyTorch, `torch.nn.PixelUnshuffle`.
    """
    require_tensor("X", X, "...", "C", "rH", "rW", dtypes=None)
    r = as_int("r", r)
    if X.shape[-2] % r or X.shape[-1] % r:
        told = message("X must have a height and a width that r = {r} divides, got {shape}", r=r, shape=tuple(X.shape))
        raise ValueError(told)
    cells = X.unflatten(-2, (-1, r)).unflatten(-1, (-1, r)).movedim((-3, -1), (-4, -3))  # (..., C, r, r, H, W)
    return _copy(cells).flatten(-5, -3)


def _upsample_linear(X: Tensor, dims: tuple[int, ...], scale_factor: int, align_corners: bool) -> Tensor:
    """One linear step along each of `dims`; the last axis first, while the picture is still small."""
    s = as_int("scale_factor", scale_factor)
    as_bool("align_corners", align_corners)
    for dim in dims:
        position = _positions(X.shape[dim], s, align_corners)
        lower = position.long()  # the floor: no position is negative
        upper = (lower + 1).clamp(max=X.shape[dim] - 1)
        weight = (position - lower).to(X.dtype).to(X.device).reshape(-1, *[1] * (-dim - 1))
        before, after = (X.index_select(dim, index.to(X.device)) for index in (lower, upper))
        X = before.lerp_(after, weight)  # in place, in memory of its own: a third buffer would double the time
    return X


def _positions(n: int, s: int, align_corners: bool) -> Tensor:
    """Where each of the s·n output cells samples the input cells 0 … n − 1, in float64 on the CPU."""
    return sampled_at(torch.arange(s * n, dtype=torch.float64), n, s, align_corners).clamp(0, n - 1)


def sampled_at(i: float | Tensor, n: int, s: int, align_corners: bool) -> float | Tensor:
    """The coordinate in an input of n cells at which output cell i samples it, before clamping to [0, n − 1]."""
    return i * (n - 1) / max(s * n - 1, 1) if align_corners else (i + 0.5) / s - 0.5


def _copy(X: Tensor) -> Tensor:
    return X.clone(memory_format=torch.contiguous_format)
