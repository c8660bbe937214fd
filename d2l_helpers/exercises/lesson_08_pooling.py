"""Exercises of lesson 08, pooling."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..ops.pooling import pool2d
from ._kinds import Choice, Function, Value

NINE = torch.tensor([[1.0, 7, 0], [2, 3, 4], [8, 0, 5]])


def _shape(*args, **settings) -> tuple:
    return tuple(nn.MaxPool2d(*args, **settings)(torch.zeros(1, 7, 12)).shape[1:])


def _gradient(pool) -> Tensor:
    numbers = NINE.clone().requires_grad_()
    return torch.autograd.grad(pool(numbers[None]).sum(), numbers)[0]


def _padded_matrices(generator: torch.Generator) -> list[tuple]:
    """(X, k, p) in float64, smallest first."""
    return [
        (torch.randn(size, generator=generator, dtype=torch.float64), k, p)
        for size, k, p in [((2, 2), 2, 0), ((2, 2), 2, 1), ((2, 3), 3, 1), ((4, 3), 3, 1), ((5, 6), 5, 2), ((4, 6), 4, 1)]
    ]


def _matrices(generator: torch.Generator) -> list[tuple]:
    """(X,) in float64, smallest first: positive, negative, and far below zero."""
    positive, mixed = (torch.rand(size, generator=generator, dtype=torch.float64) for size in ((2, 2), (4, 5)))
    return [(positive,), (-positive,), (mixed - 0.5,), (-1e12 - 1e12 * mixed,)]


def _max_padded_with(value):
    """Max pooling of window 3, stride 2, with one ring of that value; a function of X gives it."""

    def pooled(X):
        return pool2d(F.pad(X, (1, 1, 1, 1), value=value(X)), 3, stride=2)

    return pooled


def _overlaps_and_halves(settings) -> str:
    """Whether a max pooling with these settings brings 28 to 14 and 7 to 4 with windows that overlap."""
    if not isinstance(settings, dict):
        return f'give a dictionary, e.g. {{"kernel_size": 2, "stride": 1}}, not {type(settings).__name__}'
    try:
        layer = nn.MaxPool2d(**settings)
        sizes = {n: layer(torch.zeros(1, n, n)).shape for n in (28, 7)}
    except (TypeError, RuntimeError, ValueError) as error:
        return f"nn.MaxPool2d refuses these settings: {str(error).splitlines()[0]}"
    for n, wanted in ((28, 14), (7, 4)):
        if sizes[n] != (1, wanted, wanted):
            return f"{n}×{n} becomes {sizes[n][1]}×{sizes[n][2]}, not {wanted}×{wanted}"
    reads = [_reads(layer, axis) for axis in (1, 2)]
    return "" if min(reads) > 1 else "the sizes are right, but the windows don't overlap: no pixel is read twice"


def _reads(layer: nn.MaxPool2d, axis: int) -> int:
    """How many windows of one line read the pixel that most of them read, along this axis of 28×28 pixels."""
    most = 0
    for place in range(28):
        bright = torch.zeros(1, 28, 28)
        bright.select(axis, place).fill_(1)
        most = max(most, int(layer(bright).amax(dim=3 - axis).sum()))
    return most


EXERCISES = {
    "8.1": Value(
        reference=lambda: _shape(3, padding=1),
        mistakes={
            "that's for stride 1; if no stride is given, it's the window's size, 3": lambda: _shape(3, padding=1, stride=1),
            "that's for stride 2; if no stride is given, it's the window's size, 3": lambda: _shape(3, padding=1, stride=2),
            "that's without the padding, one row or column on each side": lambda: _shape(3),
            "that's rounded up; without ceil_mode the size is rounded down": lambda: _shape(3, padding=1, ceil_mode=True),
            "this is (width, height); shapes are (height, width)": lambda: _shape(3, padding=1)[::-1],
        },
        hints=[
            "How far does the window move between two stops if you don't set the stride?",
            "⌊(n + 2p − k) / s⌋ + 1, with p = 1 and s = k = 3.",
            "Height: ⌊(7 + 2 − 3) / 3⌋ + 1.",
        ],
        praise="⌊6 / 3⌋ + 1 = 3 rows, and ⌊11 / 3⌋ + 1 = 4 columns: the default stride is the window's size.",
    ),
    "8.2": Value(
        reference=lambda: _gradient(lambda X: F.max_pool2d(X, 2, stride=1)),
        mistakes={
            "that's the gradient of the mean; the maximum passes all of it to the largest value": lambda: _gradient(
                lambda X: F.avg_pool2d(X, 2, stride=1)
            ),
            "that's for stride 2, with a single window; with stride 1 there are four": lambda: _gradient(
                lambda X: F.max_pool2d(X, 2)
            ),
            "the right elements, but one of them is the maximum of two windows, and its gradients add up": lambda: (
                _gradient(lambda X: F.max_pool2d(X, 2, stride=1)).sign()
            ),
            "8 is the largest of the nine, but only one window contains it; each window has a maximum of its own": lambda: (
                4.0 * (NINE == 8)
            ),
            "that counts how many windows read each element; only the maximum gets a gradient": lambda: (
                4 * _gradient(lambda X: F.avg_pool2d(X, 2, stride=1))
            ),
        },
        hints=[
            "There are four windows. What is the maximum of each?",
            "An element gets 1 from each window of which it is the maximum, and 0 from the others.",
        ],
        praise="The 7 is the maximum of two windows and gets 2, the 8 and the 5 of one window each, and the rest get 0.",
    ),
    "8.3": Function(
        reference=lambda X, k, p: F.avg_pool2d(X[None], k, 1, p, count_include_pad=False)[0],
        cases=_padded_matrices,
        mistakes={
            "the padding is still counted: at the border, too, the sum is divided by k²": lambda X, k, p: pool2d(
                X, k, "avg", padding=p
            ),
            "the padding is missing: the output must have n + 2p − k + 1 rows": lambda X, k, p: pool2d(X, k, "avg"),
            "this is the sum of the real pixels; it still has to be divided by their number": lambda X, k, p: (
                k * k * pool2d(X, k, "avg", padding=p)
            ),
            "divide the mean by the share of real pixels, or the sum by their number, but not the mean by their number": (
                lambda X, k, p: pool2d(X, k, "avg", padding=p) / (k * k * pool2d(torch.ones_like(X), k, "avg", padding=p))
            ),
            "this is the maximum": lambda X, k, p: pool2d(X, k, padding=p),
        },
        hints=[
            "With the padding counted, a corner's mean is too small by some factor. Which? It depends only on the place.",
            "Pool a matrix of ones in the same way. What does each output say about its window?",
            'pool2d(X, k, "avg", padding=p) / pool2d(torch.ones_like(X), k, "avg", padding=p)',
        ],
        praise="The mean with the padding, divided by the share of real pixels, is the mean of the real pixels.",
    ),
    "8.4": Choice(
        test=_overlaps_and_halves,
        hints=[
            "To halve, the stride is 2. To overlap, the window must be larger than that.",
            "With a window of 3 and no padding, 28 becomes ⌊25 / 2⌋ + 1 = 13. One row is missing.",
        ],
        praise="Stride 2 halves the size, neighboring windows share pixels, and the padding makes up for the wider window.",
    ),
    "8.5": Function(
        reference=lambda X: F.max_pool2d(X[None], 3, stride=2, padding=1)[0],
        cases=_matrices,
        mistakes={
            "if all values in a window are negative, a zero from the padding is the maximum": _max_padded_with(
                lambda X: 0.0
            ),
            "the padding of −1 is larger than some of the values": _max_padded_with(lambda X: -1.0),
            "no finite number is small enough for every matrix, but −∞ is": _max_padded_with(lambda X: -1e9),
            "the padding contains the largest value, so it becomes the maximum": _max_padded_with(lambda X: X.max().item()),
            "the sign is lost: the maximum is not the value farthest from zero": lambda X: _max_padded_with(lambda X: 0.0)(
                X.abs()
            ),
        },
        hints=[
            "In a photograph no value is below 0. Try a matrix in which all are.",
            "Which number in the ring could never be the maximum?",
            'F.pad(X, (1, 1, 1, 1), value=-float("inf"))',
        ],
        praise="−∞ is smaller than every number, so the padding is never the maximum.",
    ),
}
