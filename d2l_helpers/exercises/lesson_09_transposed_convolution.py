"""Exercises of notebook 09, transposed convolution."""

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
    """(most, fewest) stamps that meet on an inner cell."""
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
    """The output_padding that brings a convolution's output back to n cells, found by trying."""
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
    """Whether a layer with these settings turns 7×7 into 28×28 with the same overlap, of several stamps, on inner cells."""
    names = {"kernel_size", "stride", "padding", "output_padding"}
    if not isinstance(settings, dict) or not set(settings) <= names:
        return f"give a dict with the keys {', '.join(sorted(names))}"
    if not {"kernel_size", "stride"} <= set(settings) or not all(type(value) is int for value in settings.values()):
        return "kernel_size and stride are wanted, each as one whole number"
    Y = nn.ConvTranspose2d(1, 1, **settings)(torch.zeros(1, 1, 7, 7))
    if Y.shape[2:] != (28, 28):
        return f"this layer turns 7×7 into {Y.shape[2]}×{Y.shape[3]}, not into 28×28"
    most, fewest = _inner_overlaps(settings["kernel_size"], settings["stride"])
    if most != fewest:
        return f"a checkerboard: between {fewest} and {most} stamps meet on an inner cell; is k a multiple of s?"
    if most == 1:
        return "even, but one stamp alone reaches each cell: the picture falls into separate tiles; take a larger k"
    return ""


EXERCISES = {
    "9.1": Value(
        reference=lambda: _shape(stride=2, padding=1),
        mistakes={
            "you added the padding; here it cuts cells off": lambda: tuple(n + 4 for n in _shape(stride=2, padding=1)),
            "you left the padding out: it cuts one cell off on each side": lambda: _shape(stride=2),
            "padding counts one side: it goes off twice": lambda: tuple(n - 1 for n in _shape(stride=2)),
            "this is the size that a convolution gives": lambda: tuple(
                F.conv2d(torch.zeros(1, 1, 5, 7), torch.zeros(1, 1, 3, 3), stride=2, padding=1).shape[2:]
            ),
            "this is (width, height); shapes are (height, width)": lambda: _shape(stride=2, padding=1)[::-1],
        },
        hints=[
            "On which row does the last of 5 stamps begin, and on which does it end? Then cut.",
            "(n − 1)·s + k − 2p along each axis.",
        ],
        praise="(5 − 1)·2 + 3 − 2 = 9 rows and (7 − 1)·2 + 3 − 2 = 13 columns: one less than double.",
    ),
    "9.2": Value(
        reference=lambda: _trans_conv(X, K)[1, 1].item(),
        mistakes={
            "this is the cross-correlation of the two: nothing is turned round there": lambda: (X * K).sum().item(),
            "this is the last stamp alone; three more reach the middle": lambda: (X[1, 1] * K[0, 0]).item(),
            "this is the first stamp alone; three more reach the middle": lambda: (X[0, 0] * K[1, 1]).item(),
            "the stamps are not transposed; only the matrix is": lambda: _trans_conv(X, K.T)[1, 1].item(),
        },
        hints=[
            "The middle cell lies in all four stamps. In the stamp of X[0, 0] it is the last cell, K[1, 1].",
            "1·8 + 2·7 + …",
        ],
        praise="1·8 + 2·7 + 3·6 + 4·5 = 60: the window of X meets K turned by half a turn.",
    ),
    "9.3": Value(
        reference=lambda: _inner_overlaps(5, 2),
        mistakes={
            "this is along one axis; in a picture both axes count, so the numbers multiply": lambda: (3, 2),
            "the larger number first": lambda: _inner_overlaps(5, 2)[::-1],
            "this is where nothing repeats: 25 stamps would meet at stride 1": lambda: _inner_overlaps(5, 1),
            "this is for k = 4: 5 is not a multiple of 2": lambda: _inner_overlaps(4, 2),
        },
        hints=[
            "Along one axis, stamps begin on 0, 2, 4, … and are 5 long. How many cover cell 8? How many cover cell 9?",
            "Three and two along one axis; a stamp covers a cell if it covers its row and its column.",
        ],
        praise="3·3 = 9 and 2·2 = 4: some pixels get more than twice as many stamps as others.",
    ),
    "9.4": Function(
        reference=_trans_conv,
        cases=_cases,
        mistakes={
            "a stamp overwrites what was there: add it, with +=": _by_overwriting_stamps,
            "the stride is left out: the stamps begin i·stride and j·stride": lambda X, K, stride: _trans_conv(X, K),
            "the kernel is flipped: a stamp is X[i, j]·K as it stands": lambda X, K, stride: _trans_conv(
                X, K.flip(0, 1), stride
            ),
            "this is a convolution: the output must become larger": lambda X, K, stride: F.conv2d(
                X[None, None], K[None, None], stride=stride
            )[0, 0],
            "height and width of the kernel are swapped": lambda X, K, stride: _trans_conv(X, K.T, stride),
            "the last row and column are missing: the size is (n − 1)·stride + k": lambda X, K, stride: _trans_conv(
                X, K, stride
            )[:-1, :-1],
        },
        hints=[
            "Make the zeros of the right size first: (n − 1)·stride + k along each axis, in the dtype of X.",
            "Loop over the cells of X. Each adds X[i, j] * K to a slice of Y that begins in row i·stride.",
            "Y[i * stride : i * stride + h, j * stride : j * stride + w] += X[i, j] * K",
        ],
        praise="Your stamps fall where PyTorch's do, for five shapes and three strides.",
    ),
    "9.5": Choice(
        test=_enlarges_evenly,
        hints=[
            "7 → 28 is four times as large: begin with stride 4.",
            "k must be a multiple of 4, and more than 4 so that stamps overlap. The rest is the padding.",
            "(7 − 1)·4 + 8 = 32: how much must come off each side?",
        ],
        praise="Where k is a multiple of s, inner cells get equally many stamps; k = 2s with p = s/2 is the usual choice.",
    ),
    "9.6": Function(
        reference=_fitting_output_padding,
        cases=lambda generator: [(16, 5, 2, 3), (17, 5, 2, 3), (18, 5, 2, 3), (28, 3, 1, 2), (27, 3, 1, 2), (11, 4, 0, 4)],
        mistakes={
            "the padding of the convolution still counts on one side only": lambda n, k, p, s: (n + p - k) % s,
            "the padding of the convolution is still left out": lambda n, k, p, s: (n - k) % s,
            "this is how many steps fit, not what is left over": lambda n, k, p, s: (n + 2 * p - k) // s,
            "0 is right only where (n + 2p − k) is divisible by s": lambda n, k, p, s: 0,
        },
        hints=[
            "n = 16, 17 and 18 with k = 5, p = 2, s = 3 must give 0, 1 and 2. What does it give now?",
            "How many cells has the padded input, and how many of them does no window reach?",
        ],
        praise="What the convolution's windows leave over at the end is what output_padding keeps.",
    ),
}
