"""Cross-correlation, true convolution, channels, groups, and a layer made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import Pair, Size, as_int, as_pair, require_alike, require_tensor
from .._language import message
from ..window import Window


def corr2d(X: Tensor, K: Tensor, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1) -> Tensor:
    """Cross-correlation, X: (H, W), K: (h, w) → (H', W'), sizes by `conv_out_size`.

    Y[i, j] is the sum over the kernel of K[a, b] · X[i·stride + a·dilation, j·stride + b·dilation], with zeros as padding.
    Raises TypeError or ValueError where shapes, dtypes, devices or settings do not fit.
    Source: d2l, "Convolutions for Images".
    """
    require_tensor("X", X, "H", "W")
    require_tensor("K", K, "h", "w")
    require_alike(X=X, K=K)
    window = Window(tuple(K.shape), padding, stride, dilation)
    return sum(K[a, b] * met for (a, b), met in views(X, window, window.out_size(X.shape)))


def conv2d(X: Tensor, K: Tensor, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1) -> Tensor:
    """True convolution, X: (H, W), K: (h, w) → (H', W'): `corr2d` with the kernel flipped along both axes."""
    require_tensor("K", K, "h", "w")
    return corr2d(X, K.flip(0, 1), padding=padding, stride=stride, dilation=dilation)


def corr2d_multi_in(X: Tensor, K: Tensor, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1) -> Tensor:
    """Each channel with its own kernel, then the sum: X: (c_i, H, W), K: (c_i, h, w) → (H', W').

    Raises TypeError or ValueError as `corr2d`, also where the numbers of channels differ.
    Source: d2l, "Multiple Input and Multiple Output Channels".
    """
    require_tensor("K", K, "c_i", "h", "w")
    return corr2d_multi_in_out(X, K[None], padding=padding, stride=stride, dilation=dilation)[0]


def corr2d_multi_in_out(
    X: Tensor, K: Tensor, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1, groups: int = 1
) -> Tensor:
    """One `corr2d_multi_in` per output channel: X: (c_i, H, W), K: (c_o, c_i/groups, h, w) → (c_o, H', W').

    With `groups` g, output channels come in g equal parts and each reads only its own part of the input channels.
    Raises TypeError or ValueError as `corr2d`, also where channels do not match or `groups` does not divide them.
    Source: d2l, "Multiple Input and Multiple Output Channels"; groups as in `torch.nn.functional.conv2d`.
    """
    require_tensor("X", X, "c_i", "H", "W")
    require_tensor("K", K, "c_o", "c_i/groups", "h", "w")
    require_alike(X=X, K=K)
    groups = as_int("groups", groups)
    _require_channels(X.shape[0], K.shape[0], K.shape[1], groups)
    X, K = X.unflatten(0, (groups, -1)), K.unflatten(0, (groups, -1))
    window = Window(tuple(K.shape[-2:]), padding, stride, dilation)
    met = views(X, window, window.out_size(X.shape[-2:]))
    return sum(torch.einsum("goi,gihw->gohw", K[..., a, b], view) for (a, b), view in met).flatten(0, 1)


def corr2d_multi_in_out_1x1(X: Tensor, K: Tensor) -> Tensor:
    """A 1×1 kernel as a matrix product over channels: X: (c_i, H, W), K: (c_o, c_i, 1, 1) → (c_o, H, W).

    Raises TypeError or ValueError as `corr2d_multi_in_out`, also where the kernel is not 1×1.
    Source: d2l, "Multiple Input and Multiple Output Channels".
    """
    require_tensor("X", X, "c_i", "H", "W")
    require_tensor("K", K, "c_o", "c_i", "1", "1")
    require_alike(X=X, K=K)
    if K.shape[2:] != (1, 1):
        raise ValueError(message("K must be a 1×1 kernel of shape (c_o, c_i, 1, 1), got {shape}", shape=tuple(K.shape)))
    _require_channels(X.shape[0], K.shape[0], K.shape[1], groups=1)
    return (K.flatten(1) @ X.flatten(1)).unflatten(1, X.shape[1:])


def comp_conv2d(conv2d: Callable[[Tensor], Tensor], X: Tensor) -> Tensor:
    """Apply a 2-D layer of one input and one output channel to a plain matrix: (H, W) → (H', W').

    Batch and channel axes are put before X and taken away from the result. Source: d2l, "Padding and Stride".
    Raises TypeError where `conv2d` is no function or outputs no tensor; ValueError where it does not take X, or outputs
    more than one channel.
    """
    require_tensor("X", X, "H", "W")
    if not callable(conv2d):
        raise TypeError(message("conv2d must be a layer or a function, got {came}", came=type(conv2d).__name__))
    try:
        Y = conv2d(X[None, None])
    except RuntimeError as error:
        told = message(
            "conv2d must take (1, 1, H, W), but it refused X of shape {shape} and {dtype}: {error}",
            shape=tuple(X.shape),
            dtype=X.dtype,
            error=error,
        )
        raise ValueError(told) from error
    require_tensor(message("conv2d's output"), Y, "1", "1", "H'", "W'")
    if Y.shape[:2] != (1, 1):
        raise ValueError(message("conv2d must output one channel, shape (1, 1, H', W'), got {shape}", shape=tuple(Y.shape)))
    return Y[0, 0]


class Conv2D(nn.Module):
    """A layer of one channel: `corr2d` with a learned kernel, plus a learned bias; (H, W) → (H', W').

    `kernel_size` is (h, w), or an int for a square. The kernel starts uniform in [0, 1), the bias at 0.
    Source: d2l, "Convolutions for Images".
    """

    def __init__(self, kernel_size: Size):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(as_pair("kernel_size", kernel_size, at_least=1)))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, X: Tensor) -> Tensor:
        return corr2d(X, self.weight) + self.bias


def views(X: Tensor, window: Window, out: Pair, fill: float = 0) -> Iterator[tuple[Pair, Tensor]]:
    """For each kernel cell (a, b): the part (…, *out) of X, padded with `fill`, that this cell meets on its way."""
    p_h, p_w = window.padding
    if p_h or p_w:
        X = F.pad(X, (p_w, p_w, p_h, p_h), value=fill)
    for tap, (rows, columns) in window.taps(out):
        yield tap, X[..., rows, columns]


def _require_channels(c_i: int, c_o: int, per_group: int, groups: int) -> None:
    if c_i % groups or c_o % groups:
        told = message(
            "groups must divide both {c_i} input and {c_o} output channels, got {groups}", c_i=c_i, c_o=c_o, groups=groups
        )
        raise ValueError(told)
    if per_group != c_i // groups:
        told = message(
            "K must have c_i/groups = {c_i}/{groups} = {wanted} channels per kernel, got {came}",
            c_i=c_i,
            groups=groups,
            wanted=c_i // groups,
            came=per_group,
        )
        raise ValueError(told)
