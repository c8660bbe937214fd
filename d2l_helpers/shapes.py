"""Every output-size formula of the course, in one place.

Sizes and settings are ints, or pairs (height, width) in this order; the answer has the form of `size`.
Padding counts one side, as in PyTorch. Nothing here knows of tensors.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from reprlib import repr as shown

Size = int | tuple[int, int]
LARGEST = 2**31 - 1  # no axis in any memory is longer


def as_int(name: str, value: int, *, at_least: int = 1) -> int:
    """`value`, of Python, numpy or torch, as an int; TypeError or ValueError names the argument."""
    number = _whole(value)
    if number is None:
        raise TypeError(f"{name} must be an int, got {shown(value)}")
    _require_between(name, number, number, number, at_least)
    return number


def as_pair(name: str, value: Size, *, at_least: int = 0) -> tuple[int, int]:
    """`value` as (height, width); TypeError or ValueError names the argument."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name} must be an int or a pair (height, width), got {shown(value)}")
    first, second = map(_whole, pair)
    if first is None or second is None:
        raise TypeError(f"{name} must be an int or a pair (height, width) of ints, got {shown(value)}")
    _require_between(name, value, min(first, second), max(first, second), at_least)
    return first, second


def as_number(name: str, value, *, finite: bool = True) -> float:
    """`value`, of Python, numpy or torch, as a float."""
    try:
        number = None if isinstance(value, (bool, str, bytes)) else float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        number = None
    if number is None:
        raise TypeError(f"{name} must be a number, got {shown(value)}")
    if finite and not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {number}")
    return number


def _whole(value) -> int | None:
    """A whole number as an int, None for anything else; True and False are none, whichever library they are from."""
    if isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool"):
        return None
    try:
        return operator.index(value)
    except (TypeError, ValueError, RuntimeError):  # RuntimeError: a tensor that has no numbers, on the meta device
        return None


def _require_between(name: str, value: Size, lowest: int, highest: int, at_least: int) -> None:
    if lowest < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {shown(value)}")
    if highest > LARGEST:
        raise ValueError(f"{name} must be at most {LARGEST:,}, got {shown(value)}")


def conv_out_size(size: Size, kernel: Size, *, padding: Size = 0, stride: Size = 1, dilation: Size = 1) -> Size:
    """Output size of a convolution: ⌊(n + 2p − d(k−1) − 1) / s⌋ + 1 along each axis.

    Raises ValueError where the dilated kernel is larger than the padded input.
    Source: PyTorch, `torch.nn.Conv2d`; Dumoulin & Visin 2016, "A guide to convolution arithmetic".
    """

    def along(n, k, p, s, d):
        if n + 2 * p < d * (k - 1) + 1:
            raise ValueError(f"kernel covers {d * (k - 1) + 1} cells, more than the padded input has ({n + 2 * p})")
        return (n + 2 * p - d * (k - 1) - 1) // s + 1

    return _along_axes(along, size, kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))


def pool_out_size(
    size: Size,
    kernel: Size,
    *,
    padding: Size = 0,
    stride: Size | None = None,
    dilation: Size = 1,
    ceil_mode: bool = False,
) -> Size:
    """Output size of a pooling layer; `stride=None` means the window, as in PyTorch.

    ⌊(n + 2p − d(k−1) − 1) / s⌋ + 1; with `ceil_mode` ⌈…⌉ + 1, less one where the last window would start beyond the
    input and its left padding. Raises ValueError where no window fits, or padding exceeds half the kernel (k, undilated).
    Source: PyTorch, `torch.nn.MaxPool2d`.
    """

    def along(n, k, p, s, d):
        window = d * (k - 1) + 1
        if 2 * p > k:
            raise ValueError(f"padding must be at most half the kernel of {k}, got {p}")
        out = (n + 2 * p - window + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (out - 1) * s >= n + p:
            out -= 1
        if out < 1:
            raise ValueError(f"kernel covers {window} cells, more than the padded input has ({n + 2 * p})")
        return out

    if not isinstance(ceil_mode, bool):
        raise TypeError(f"ceil_mode must be True or False, got {shown(ceil_mode)}")
    stride = kernel if stride is None else stride
    return _along_axes(along, size, kernel=(kernel, 1), padding=(padding, 0), stride=(stride, 1), dilation=(dilation, 1))


def transposed_out_size(
    size: Size,
    kernel: Size,
    *,
    padding: Size = 0,
    stride: Size = 1,
    dilation: Size = 1,
    output_padding: Size = 0,
) -> Size:
    """Output size of a transposed convolution: (n−1)s − 2p + d(k−1) + output_padding + 1 along each axis.

    Raises ValueError where `output_padding` is not smaller than stride or dilation, or nothing is left.
    Source: PyTorch, `torch.nn.ConvTranspose2d`.
    """

    def along(n, k, p, s, d, extra):
        if extra >= max(s, d):
            raise ValueError(f"output_padding must be smaller than stride {s} or dilation {d}, got {extra}")
        out = (n - 1) * s - 2 * p + d * (k - 1) + extra + 1
        if out < 1:
            raise ValueError(f"padding {p} removes the whole output: {out} cells would be left")
        return out

    return _along_axes(
        along,
        size,
        kernel=(kernel, 1),
        padding=(padding, 0),
        stride=(stride, 1),
        dilation=(dilation, 1),
        output_padding=(output_padding, 0),
    )


def same_padding(kernel: Size, *, dilation: Size = 1) -> tuple:
    """(before, after): the padding that keeps the size at stride 1; a pair of such pairs for a pair of kernels.

    The two differ where d(k−1) is odd; PyTorch's `padding='same'` then puts the extra cell after (right, bottom).
    """

    def along(k, d):
        total = d * (k - 1)
        return total // 2, total - total // 2

    return _along_axes(along, kernel, "kernel", dilation=(dilation, 1))


def _along_axes(along: Callable, size: Size, name: str = "size", **settings: tuple[Size, int]):
    """Apply `along` to each axis; `settings` maps a name to (value, smallest value allowed)."""
    one_axis = not isinstance(size, (tuple, list))
    for setting, (value, _) in settings.items():
        if one_axis and isinstance(value, (tuple, list)):
            pair = f"{setting} is the pair {shown(value)}"
            raise ValueError(f"{pair}, but {name} is the single number {shown(size)}: give a pair too")
    sizes = as_pair(name, size, at_least=1)
    pairs = [as_pair(setting, value, at_least=least) for setting, (value, least) in settings.items()]
    if one_axis:
        return along(sizes[0], *(pair[0] for pair in pairs))
    return tuple(along(*numbers) for numbers in zip(sizes, *pairs, strict=True))
