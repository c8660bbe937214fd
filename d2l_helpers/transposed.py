"""Transposed convolution, the convolution written as a matrix, and the kernel that makes upsampling bilinear.

The loop that teaches stands in the notebook; here there is one step per kernel cell instead of one per input cell.
All of it works on any device and dtype, and gradients flow through.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ._tensors import require_alike, require_room, require_tensor
from .shapes import Size, as_int, as_pair, conv_out_size, transposed_out_size


def trans_conv(
    X: Tensor, K: Tensor, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1, output_padding: Size = 0
) -> Tensor:
    """Transposed convolution, X: (H, W), K: (h, w) → (H', W'), sizes by `transposed_out_size`.

    Each X[i, j] adds X[i, j] · K[a, b] to cell (i·stride + a·dilation, j·stride + b·dilation); then `padding` cells are cut
    off on each side, `output_padding` fewer of them at the bottom and on the right (zeros, where there are none to keep).
    Raises TypeError or ValueError where shapes, dtypes, devices or settings do not fit.
    Source: d2l, "Transposed Convolution"; the settings as in `torch.nn.functional.conv_transpose2d`.
    """
    require_tensor("X", X, "H", "W")
    require_tensor("K", K, "h", "w")
    require_alike(X=X, K=K)
    named = {"padding": padding, "stride": stride, "dilation": dilation, "output_padding": output_padding}
    height, width = transposed_out_size(tuple(X.shape), tuple(K.shape), **named)
    (p_h, p_w), (s_h, s_w), (d_h, d_w), _ = (as_pair(name, value) for name, value in named.items())
    together = f"stride {stride} with dilation {dilation}, padding {padding} and output_padding {output_padding}"
    require_room(together, height + 2 * p_h, width + 2 * p_w)
    uncut = X.new_zeros(height + 2 * p_h, width + 2 * p_w)
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            rows, columns = _stops(X.shape[0], a * d_h, s_h), _stops(X.shape[1], b * d_w, s_w)
            uncut[rows, columns] += K[a, b] * X
    return uncut[p_h : p_h + height, p_w : p_w + width]


def kernel2matrix(K: Tensor, input_size: Size = (3, 3), *, padding: Size = 0, stride: Size = 1) -> Tensor:
    """The matrix M of a cross-correlation, K: (h, w) → (H'·W', H·W), in the dtype of K.

    For X of shape `input_size` (H, W): corr2d(X, K, padding=…, stride=…).flatten() == M @ X.flatten(). A row belongs to an
    output cell, a column to an input cell. M.T is the matrix of `trans_conv`.
    Raises TypeError or ValueError where K or the settings do not fit. Source: d2l, "Transposed Convolution".
    """
    require_tensor("K", K, "h", "w")
    H, W = as_pair("input_size", input_size, at_least=1)
    height, width = conv_out_size((H, W), tuple(K.shape), padding=padding, stride=stride)
    (p_h, p_w), (s_h, s_w) = as_pair("padding", padding), as_pair("stride", stride)
    require_room(f"input_size {input_size} with padding {padding}", height, width, H + 2 * p_h, W + 2 * p_w)
    M = K.new_zeros(height, width, H + 2 * p_h, W + 2 * p_w)
    i = torch.arange(height, device=K.device)[:, None]
    j = torch.arange(width, device=K.device)
    for a in range(K.shape[0]):
        for b in range(K.shape[1]):
            M[i, j, i * s_h + a, j * s_w + b] = K[a, b]
    return M[..., p_h : p_h + H, p_w : p_w + W].reshape(height * width, H * W)


def bilinear_kernel(in_channels: int, out_channels: int, kernel_size: int) -> Tensor:
    """Weights with which `nn.ConvTranspose2d` upsamples bilinearly: float32 (in_channels, out_channels, k, k).

    Each channel goes to its own only: [c, c] holds a tent, highest in the middle, all else is 0. To enlarge s times take
    stride s with kernel_size 2s and padding s/2 for an even s, with 2s − 1 and (s − 1)/2 for an odd one. Where one of the
    two numbers of channels is 1, the tent stands in every pair, as in the book.
    Raises TypeError or ValueError for numbers of channels that differ otherwise, or for anything below 1.
    Source: d2l, "Fully Convolutional Networks"; Long, Shelhamer & Darrell 2015, arXiv:1411.4038.
    """
    numbers = {"in_channels": in_channels, "out_channels": out_channels, "kernel_size": kernel_size}
    in_channels, out_channels, kernel_size = (as_int(name, value) for name, value in numbers.items())
    if in_channels != out_channels and 1 not in (in_channels, out_channels):
        raise ValueError(f"out_channels must equal in_channels, or one of them be 1, got {in_channels} and {out_channels}")
    together = f"kernel_size {kernel_size} with in_channels {in_channels} and out_channels {out_channels}"
    require_room(together, in_channels, out_channels, kernel_size, kernel_size)
    reach = (kernel_size + 1) // 2  # from the middle to the first 0
    tent = 1 - (torch.arange(kernel_size) - (kernel_size - 1) / 2).abs() / reach
    weight = torch.zeros(in_channels, out_channels, kernel_size, kernel_size)
    weight[torch.arange(in_channels), torch.arange(out_channels)] = tent[:, None] * tent
    return weight


def _stops(count: int, first: int, step: int) -> slice:
    """The cells first, first + step, …: `count` of them."""
    return slice(first, first + (count - 1) * step + 1, step)
