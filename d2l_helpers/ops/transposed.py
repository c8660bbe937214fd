"""Transposed convolution, the convolution written as a matrix, and the kernel that makes upsampling bilinear."""

from __future__ import annotations

import torch
from torch import Tensor

from .._check import Size, as_int, as_pair, require_alike, require_tensor
from .._language import message
from ..window import Window


def trans_conv(
    X: Tensor, K: Tensor, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1, output_padding: Size = 0
) -> Tensor:
    """Transposed convolution, X: (H, W), K: (h, w) → (H', W'), sizes by `transposed_out_size`.

    Each X[i, j] adds X[i, j] · K[a, b] to cell (i·stride + a·dilation, j·stride + b·dilation); then `padding` cells are
    cropped on each side, `output_padding` fewer of them at the bottom and on the right (zeros, where none are left).
    Raises TypeError or ValueError where shapes, dtypes, devices or settings do not fit.
    Source: d2l, "Transposed Convolution"; the settings as in `torch.nn.functional.conv_transpose2d`.
    """
    require_tensor("X", X, "H", "W")
    require_tensor("K", K, "h", "w")
    require_alike(X=X, K=K)
    window = Window(tuple(K.shape), padding, stride, dilation)
    height, width = window.transposed_size(X.shape, output_padding=as_pair("output_padding", output_padding))
    p_h, p_w = window.padding
    uncropped = X.new_zeros(height + 2 * p_h, width + 2 * p_w)
    for (a, b), (rows, columns) in window.taps(X.shape):
        uncropped[rows, columns] += K[a, b] * X
    return uncropped[p_h : p_h + height, p_w : p_w + width]


def kernel2matrix(K: Tensor, input_size: Size = (3, 3), *, padding: Size = 0, stride: Size = 1) -> Tensor:
    """The matrix M of a cross-correlation, K: (h, w) → (H'·W', H·W), in the dtype of K.

    For X of shape `input_size` (H, W): corr2d(X, K, padding=…, stride=…).flatten() == M @ X.flatten(). A row belongs to an
    output cell, a column to an input cell. M.T is the matrix of `trans_conv`.
    Raises TypeError or ValueError where K or the settings do not fit. Source: d2l, "Transposed Convolution".
    """
    require_tensor("K", K, "h", "w")
    H, W = as_pair("input_size", input_size, at_least=1)
    window = Window(tuple(K.shape), padding, stride)
    height, width = window.out_size((H, W))
    p_h, p_w = window.padding
    M = K.new_zeros(height * width, (H + 2 * p_h) * (W + 2 * p_w))
    cells = torch.arange(M.shape[1], device=K.device).unflatten(0, (H + 2 * p_h, W + 2 * p_w))
    outputs = torch.arange(len(M), device=K.device)
    for (a, b), (rows, columns) in window.taps((height, width)):
        M[outputs, cells[rows, columns].flatten()] = K[a, b]
    return M[:, cells[p_h : p_h + H, p_w : p_w + W].flatten()]


def bilinear_kernel(in_channels: int, out_channels: int, kernel_size: int) -> Tensor:
    """Weights with which `nn.ConvTranspose2d` upsamples bilinearly: float32 (in_channels, out_channels, k, k).

    Each channel is upsampled by itself: weight[c, c] is a tent, highest in the middle, the rest is 0. To enlarge s times,
    take stride s with kernel_size 2s and padding s/2 for an even s, 2s − 1 and (s − 1)/2 for an odd one. Where one of the
    two numbers of channels is 1, every pair gets the tent, as in the book.
    Raises TypeError or ValueError for other numbers of channels that differ, or for anything below 1.
    Source: d2l, "Fully Convolutional Networks"; Long, Shelhamer & Darrell 2015, arXiv:1411.4038.
    """
    numbers = {"in_channels": in_channels, "out_channels": out_channels, "kernel_size": kernel_size}
    in_channels, out_channels, kernel_size = (as_int(name, value) for name, value in numbers.items())
    if in_channels != out_channels and 1 not in (in_channels, out_channels):
        told = message(
            "out_channels must equal in_channels, or one of them be 1, got {in_channels} and {out_channels}",
            in_channels=in_channels,
            out_channels=out_channels,
        )
        raise ValueError(told)
    reach = (kernel_size + 1) // 2  # from the middle to the first 0
    tent = 1 - (torch.arange(kernel_size) - (kernel_size - 1) / 2).abs() / reach
    weight = torch.zeros(in_channels, out_channels, kernel_size, kernel_size)
    weight[torch.arange(in_channels), torch.arange(out_channels)] = tent[:, None] * tent
    return weight
