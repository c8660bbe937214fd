"""Exercises of lesson 09, transposed convolution."""

from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..window import Window
from ._kinds import Choice, Function, Value

X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
K = torch.tensor([[5.0, 6.0], [7.0, 8.0]])


def _trans_conv(X: Tensor, K: Tensor, stride: int = 1, **settings: int) -> Tensor:
    return F.conv_transpose2d(X[None, None], K[None, None], stride=stride, **settings)[0, 0]


def _shape(**settings: int) -> tuple[int, ...]:
    """The output shape of the layer in 9.1."""
    return tuple(_trans_conv(torch.zeros(5, 7), torch.zeros(3, 3), **settings).shape)


def _inner_overlaps(k: int, s: int) -> tuple[int, int]:
    """(most, fewest) stamps that meet on one output away from the border."""
    along = F.conv_transpose1d(torch.ones(1, 1, 3 * k), torch.ones(1, 1, k), stride=s)[0, 0]
    inner = along[k : k + s]
    return int(inner.max()) ** 2, int(inner.min()) ** 2


def _by_overwriting_stamps(X: Tensor, K: Tensor, stride: int) -> Tensor:
    Y, window = torch.zeros_like(_trans_conv(X, K, stride)), Window(tuple(K.shape), stride=stride)
    for i, j in product(*map(range, X.shape)):
        rows, columns = zip(*window.reads((i, j)), strict=True)
        Y[rows, columns] = X[i, j] * K.flatten()
    return Y


def _fitting_output_padding(n: int, k: int, p: int, s: int) -> int:
    """The output_padding that brings a convolution's output back to n rows, found by trying."""
    smaller = F.conv2d(torch.ones(1, 1, n, n), torch.ones(1, 1, k, k), stride=s, padding=p)[0, 0]
    sizes = [_trans_conv(smaller, torch.ones(k, k), s, padding=p, output_padding=extra).shape[0] for extra in range(s)]
    return sizes.index(n)


def _cases(generator: torch.Generator) -> list[tuple]:
    """(X, K, stride) in float64, smallest first."""
    shapes = [((1, 2), (1, 2), 1), ((2, 2), (2, 2), 1), ((2, 3), (2, 3), 2), ((3, 2), (3, 2), 2), ((3, 4), (2, 1), 3)]
    return [
        (
            torch.randn(size, generator=generator, dtype=torch.float64),
            torch.randn(kernel, generator=generator, dtype=torch.float64),
            stride,
        )
        for size, kernel, stride in shapes
    ]


def _enlarges_evenly(settings) -> str:
    """Whether a layer with these settings turns 7×7 into 28×28, inner outputs under equally many stamps, two or more."""
    names = {"kernel_size", "stride", "padding", "output_padding"}
    if not isinstance(settings, dict) or not set(settings) <= names:
        return f"give a dictionary with keys from {', '.join(sorted(names))}"
    if not {"kernel_size", "stride"} <= set(settings) or not all(type(value) is int for value in settings.values()):
        return "give at least kernel_size and stride, and an integer for each setting"
    Y = nn.ConvTranspose2d(1, 1, **settings)(torch.zeros(1, 1, 7, 7))
    if Y.shape[2:] != (28, 28):
        return f"this layer turns 7×7 into {Y.shape[2]}×{Y.shape[3]}, not into 28×28"
    most, fewest = _inner_overlaps(settings["kernel_size"], settings["stride"])
    if most != fewest:
        return f"a checkerboard of counts: away from the border, {fewest} to {most} stamps meet on one output"
    if most == 1:
        return "only one stamp reaches each output, so the output falls into separate tiles; choose a larger kernel"
    return ""


EXERCISES = {
    "9.1": Value(
        reference=lambda: _shape(stride=2, padding=1),
        mistakes={
            "you added the padding; here it removes rows and columns": lambda: tuple(
                n + 4 for n in _shape(stride=2, padding=1)
            ),
            "you left out the padding, which removes a row or column on each side": lambda: _shape(stride=2),
            "padding counts one side, so you have to subtract it twice": lambda: tuple(n - 1 for n in _shape(stride=2)),
            "that's the output size of a convolution": lambda: tuple(
                F.conv2d(torch.zeros(1, 1, 5, 7), torch.zeros(1, 1, 3, 3), stride=2, padding=1).shape[2:]
            ),
            "that's (width, height); shapes are (height, width)": lambda: _shape(stride=2, padding=1)[::-1],
        },
        hints=[
            "In which row does the last of the 5 stamps start, and in which does it end? After that, apply the padding.",
            "(n − 1)·s + k − 2p along each axis.",
        ],
        praise="(5 − 1)·2 + 3 − 2 = 9 rows and (7 − 1)·2 + 3 − 2 = 13 columns, one less than double in each direction.",
    ),
    "9.2": Value(
        reference=lambda: _trans_conv(X, K)[1, 1].item(),
        mistakes={
            "that's the cross-correlation of the two, in which the kernel isn't flipped": lambda: (X * K).sum().item(),
            "that's the last stamp alone; three more reach the middle": lambda: (X[1, 1] * K[0, 0]).item(),
            "that's the first stamp alone; three more reach the middle": lambda: (X[0, 0] * K[1, 1]).item(),
            "you transposed the kernel; it's the matrix of the convolution that is transposed": lambda: _trans_conv(X, K.T)[
                1, 1
            ].item(),
        },
        hints=[
            "All four stamps cover the middle. The stamp of X[0, 0] reaches it with its last value, X[0, 0]·K[1, 1].",
            "1·8 + 2·7 + …",
        ],
        praise="1·8 + 2·7 + 3·6 + 4·5 = 60. The values of X meet the flipped kernel.",
    ),
    "9.3": Value(
        reference=lambda: _inner_overlaps(5, 2),
        mistakes={
            "those are the counts along one axis; on two axes, they multiply": lambda: (3, 2),
            "give the larger count first": lambda: _inner_overlaps(5, 2)[::-1],
            "those are the counts for stride 1": lambda: _inner_overlaps(5, 1),
            "those are the counts for a 4×4 kernel; 5 isn't a multiple of the stride": lambda: _inner_overlaps(4, 2),
        },
        hints=[
            "Along one axis, stamps start at 0, 2, 4, … and are 5 long. How many of them cover 8? How many cover 9?",
            "Along one axis, it's three and two. A stamp covers an output if it covers its row and its column.",
        ],
        praise="3·3 = 9 and 2·2 = 4. Some outputs are under more than twice as many stamps as others.",
    ),
    "9.4": Function(
        reference=_trans_conv,
        cases=_cases,
        mistakes={
            "a stamp overwrites what was there; add it, with +=": _by_overwriting_stamps,
            "the stride is missing: the stamp of X[i, j] starts in row i·stride and column j·stride": lambda X, K, stride: (
                _trans_conv(X, K)
            ),
            "the kernel is flipped, but a stamp is X[i, j]·K with K as it is": lambda X, K, stride: _trans_conv(
                X, K.flip(0, 1), stride
            ),
            "that's a convolution; here the output is at least as large as the input": lambda X, K, stride: F.conv2d(
                X[None, None], K[None, None], stride=stride
            )[0, 0],
            "the kernel's height and width are swapped": lambda X, K, stride: _trans_conv(X, K.T, stride),
            "the last row and column are missing; the size is (n − 1)·stride + k": lambda X, K, stride: _trans_conv(
                X, K, stride
            )[:-1, :-1],
        },
        hints=[
            "Create the output first: zeros of size (n − 1)·stride + k along each axis, with the dtype of X.",
            "Loop over the values of X. Each adds X[i, j] * K to a slice of Y that starts in row i·stride.",
            "Y[i * stride : i * stride + h, j * stride : j * stride + w] += X[i, j] * K",
        ],
        praise="Your function agrees with PyTorch for five shapes and three strides.",
    ),
    "9.5": Choice(
        test=_enlarges_evenly,
        hints=[
            "28 is four times 7, so start with stride 4.",
            "The kernel size has to be a multiple of 4 and larger than 4, so that stamps overlap. Padding does the rest.",
            "(7 − 1)·4 + 8 = 32. How many rows have to go on each side?",
        ],
        praise="If k is a multiple of s, all inner outputs are under equally many stamps. k = 2s with p = s/2 is common.",
    ),
    "9.6": Function(
        reference=_fitting_output_padding,
        cases=lambda generator: [(16, 5, 2, 3), (17, 5, 2, 3), (18, 5, 2, 3), (28, 3, 1, 2), (27, 3, 1, 2), (11, 4, 0, 4)],
        mistakes={
            "the convolution has padding on both sides; you count one": lambda n, k, p, s: (n + p - k) % s,
            "the padding of the convolution is still missing": lambda n, k, p, s: (n - k) % s,
            "that's how many steps fit, not what's left over": lambda n, k, p, s: (n + 2 * p - k) // s,
            "0 is right only if n + 2p − k is divisible by s": lambda n, k, p, s: 0,
        },
        hints=[
            "With k = 5, p = 2, and s = 3, the sizes 16, 17, and 18 need 0, 1, and 2. What does the function return?",
            "How many rows does the padded input have, and how many of them does no window read?",
        ],
        praise="The remainder that the floor drops from the convolution's size is what output_padding adds back.",
    ),
}
