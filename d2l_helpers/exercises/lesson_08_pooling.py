"""Exercises of notebook 08, pooling."""

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
    return "" if min(reads) > 1 else "the sizes are right, but the windows do not overlap: no cell is read twice"


def _reads(layer: nn.MaxPool2d, axis: int) -> int:
    """How many windows of one line read the cell that most of them read, along this axis of 28×28 cells."""
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
            "that is for stride 1; where no stride is given, it is the window: 3": lambda: _shape(3, padding=1, stride=1),
            "that is for stride 2; where no stride is given, it is the window: 3": lambda: _shape(3, padding=1, stride=2),
            "that is without the padding, one cell on each side": lambda: _shape(3),
            "that is rounded up; without ceil_mode the size is rounded down": lambda: _shape(3, padding=1, ceil_mode=True),
            "this is (width, height); shapes are (height, width)": lambda: _shape(3, padding=1)[::-1],
        },
        hints=[
            "How far does the window move between two stops, if nobody says it?",
            "⌊(n + 2p − k) / s⌋ + 1, with p = 1 and s = k = 3.",
            "Height: ⌊(7 + 2 − 3) / 3⌋ + 1.",
        ],
        praise="⌊6 / 3⌋ + 1 = 3 rows, and ⌊11 / 3⌋ + 1 = 4 columns: the default stride is the window.",
    ),
    "8.2": Value(
        reference=lambda: _gradient(lambda X: F.max_pool2d(X, 2, stride=1)),
        mistakes={
            "that is the gradient of the mean; the maximum hands everything to the winner": lambda: _gradient(
                lambda X: F.avg_pool2d(X, 2, stride=1)
            ),
            "that is for stride 2, a single window; with stride 1 there are four": lambda: _gradient(
                lambda X: F.max_pool2d(X, 2)
            ),
            "the right cells; but one of them wins in two windows, and what it gets from each adds up": lambda: _gradient(
                lambda X: F.max_pool2d(X, 2, stride=1)
            ).sign(),
            "8 is the largest of all nine, but it stands in one window only; each window has its own winner": lambda: (
                4.0 * (NINE == 8)
            ),
            "that counts how many windows read each cell; only the winner gets a gradient": lambda: (
                4 * _gradient(lambda X: F.avg_pool2d(X, 2, stride=1))
            ),
        },
        hints=[
            "There are four windows. Which number wins in each of them?",
            "A cell gets 1 for each window in which it wins, and 0 for the others.",
        ],
        praise="The 7 wins in two windows and gets 2, the 8 and the 5 win in one each, and the other cells get nothing.",
    ),
    "8.3": Function(
        reference=lambda X, k, p: F.avg_pool2d(X[None], k, 1, p, count_include_pad=False)[0],
        cases=_padded_matrices,
        mistakes={
            "the padding is still counted: at the border the sum is divided by k²": lambda X, k, p: pool2d(
                X, k, "avg", padding=p
            ),
            "the padding is gone: the output must have n + 2p − k + 1 rows": lambda X, k, p: pool2d(X, k, "avg"),
            "this is the sum of the real cells, not yet divided by their number": lambda X, k, p: (
                k * k * pool2d(X, k, "avg", padding=p)
            ),
            "divide the mean by the share of real cells, or the sum by their number; not the mean by the number": (
                lambda X, k, p: pool2d(X, k, "avg", padding=p) / (k * k * pool2d(torch.ones_like(X), k, "avg", padding=p))
            ),
            "this is the maximum": lambda X, k, p: pool2d(X, k, padding=p),
        },
        hints=[
            "With padding counted, a corner's mean is too small by a factor. Which one? It depends on the place only.",
            "Pool a matrix of ones in the same way: it tells which share of each window is real.",
            'pool2d(X, k, "avg", padding=p) / pool2d(torch.ones_like(X), k, "avg", padding=p)',
        ],
        praise="A mean over the padding, divided by the share of real cells, is the mean over the real cells.",
    ),
    "8.4": Choice(
        test=_overlaps_and_halves,
        hints=[
            "To halve, the stride is 2. To overlap, the window must be larger than that.",
            "With a window of 3 and no padding, 28 becomes ⌊25 / 2⌋ + 1 = 13. One cell is missing.",
        ],
        praise="The stride halves, neighbouring windows share cells, and the padding makes up for the wider window.",
    ),
    "8.5": Function(
        reference=lambda X: F.max_pool2d(X[None], 3, stride=2, padding=1)[0],
        cases=_matrices,
        mistakes={
            "where all numbers are negative, a zero of the padding wins": _max_padded_with(lambda X: 0.0),
            "the padding of −1 is larger than some of the numbers": _max_padded_with(lambda X: -1.0),
            "a finite number is not small enough for every matrix: −∞ is": _max_padded_with(lambda X: -1e9),
            "the padding holds the largest number, and wins": _max_padded_with(lambda X: X.max().item()),
            "the sign is lost: the largest is not the one farthest from zero": lambda X: _max_padded_with(lambda X: 0.0)(
                X.abs()
            ),
        },
        hints=[
            "In a photograph no number is below 0. Try a matrix where all of them are.",
            "Which number could be put into the ring so that it never wins?",
            'F.pad(X, (1, 1, 1, 1), value=-float("inf"))',
        ],
        praise="−∞ loses against every number, so the padding is never the answer.",
    ),
}
