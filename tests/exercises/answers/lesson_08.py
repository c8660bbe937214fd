"""Answers to the exercises of lesson 08, written from its page alone."""

import functools
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import corr2d, pool2d
from tests.support.answers import right, wrong

INF = float("inf")

# 8.1
right("8.1", (3, 4))
right("8.1", [3, 4])
right("8.1", torch.Size((3, 4)))
right("8.1", np.array([3, 4]))
right("8.1", torch.tensor([3.0, 4.0]))
right("8.1", nn.MaxPool2d(3, padding=1)(torch.rand(1, 7, 12)).shape[1:])
right("8.1", tuple((n + 2 - 3) // 3 + 1 for n in (7, 12)))
wrong("8.1", "height and width swapped", (4, 3))
wrong("8.1", "stride 1 instead of the window's size", (7, 12))
wrong("8.1", "stride 1 and no padding", (5, 10))
wrong("8.1", "ignores the padding (or counts it once)", (2, 4))
wrong("8.1", "forgets the + 1", (2, 3))
wrong("8.1", "rounds up", (3, 5))
wrong("8.1", "doesn't round", (3.0, 14 / 3))
wrong("8.1", "stride 2 instead of 3", (4, 6))
wrong("8.1", "gives the height only", 3)
wrong("8.1", "gives the number of outputs", 12)
wrong("8.1", "gives the padded input's size", (9, 14))
wrong("8.1", "gives the window's size", (3, 3))
wrong("8.1", "halves the sizes as with a 2x2 window", (3, 6))
wrong("8.1", "one stop too many along both axes", (4, 5))
wrong("8.1", "text instead of numbers", "a third of the input")
wrong("8.1", "no idea", (1, 1))

# 8.2
NINE = torch.tensor([[1.0, 7, 0], [2, 3, 4], [8, 0, 5]])
right("8.2", torch.tensor([[0.0, 2, 0], [0, 0, 0], [1, 0, 1]]))
right("8.2", torch.tensor([[0, 2, 0], [0, 0, 0], [1, 0, 1]]))


def by_autograd(pool, values):
    values = values.clone().requires_grad_()
    pool(values[None]).sum().backward()
    return values.grad


right("8.2", by_autograd(nn.MaxPool2d(2, stride=1), NINE))


def by_counting(values):
    counts = torch.zeros_like(values, dtype=torch.float64)
    for i in range(2):
        for j in range(2):
            a, b = divmod(int(values[i : i + 2, j : j + 2].argmax()), 2)
            counts[i + a, j + b] += 1
    return counts


right("8.2", by_counting(NINE))
winners = F.max_pool2d(NINE[None], 2, stride=1, return_indices=True)[1]
right("8.2", torch.bincount(winners.flatten(), minlength=9).reshape(3, 3))
right("8.2", torch.from_numpy(np.array([[0, 2, 0], [0] * 3, [1, 0, 1]], dtype=np.float32)))
wrong("8.2", "each maximum counts once, though the 7 wins two windows", torch.tensor([[0.0, 1, 0], [0, 0, 0], [1, 0, 1]]))
wrong("8.2", "stride 2 instead of 1", by_autograd(nn.MaxPool2d(2), NINE))
wrong("8.2", "the gradient of average pooling", by_autograd(nn.AvgPool2d(2, stride=1), NINE))
wrong("8.2", "how many windows read each pixel", torch.tensor([[1, 2, 1], [2, 4, 2], [1, 2, 1]]))
wrong("8.2", "the outputs instead of the gradient", torch.tensor([[7.0, 7], [8, 5]]))
wrong("8.2", "the sum of the outputs instead of its gradient", 27)
wrong("8.2", "the maxima themselves at their places", torch.tensor([[0.0, 7, 0], [0, 0, 0], [8, 0, 5]]))
wrong("8.2", "multiplies each count by the pixel's value", torch.tensor([[0.0, 14, 0], [0, 0, 0], [8, 0, 5]]))
wrong("8.2", "rows and columns swapped", torch.tensor([[0.0, 0, 1], [2, 0, 0], [0, 0, 1]]))
wrong("8.2", "the wrong sign", -torch.tensor([[0.0, 2, 0], [0, 0, 0], [1, 0, 1]]))
wrong("8.2", "the gradient of the mean of the outputs", torch.tensor([[0.0, 2, 0], [0, 0, 0], [1, 0, 1]]) / 4)
wrong("8.2", "only the largest of all pixels gets a gradient", torch.tensor([[0.0, 0, 0], [0, 0, 0], [1, 0, 0]]))
wrong("8.2", "every pixel gets 1", torch.ones(3, 3))
wrong("8.2", "takes the 4 for the maximum of the last window", torch.tensor([[0.0, 2, 0], [0, 0, 1], [1, 0, 0]]))
wrong("8.2", "leaves out the 5 of the last window", torch.tensor([[0.0, 2, 0], [0, 0, 0], [1, 0, 0]]))
wrong("8.2", "thinks that the 8 wins two windows, too", torch.tensor([[0.0, 2, 0], [0, 0, 0], [2, 0, 0]]))
wrong("8.2", "takes the minima", torch.tensor([[1.0, 0, 1], [0, 0, 0], [0, 2, 0]]))
wrong("8.2", "the gradient for each window in a 2x2 grid", torch.ones(2, 2))
wrong("8.2", "nine values in a row instead of a 3x3 tensor", torch.tensor([0.0, 2, 0, 0, 0, 0, 1, 0, 1]))
wrong("8.2", "text instead of a tensor", "1 at the maxima and 0 elsewhere")
wrong("8.2", "no idea: the input", NINE.clone())


# 8.3
def ring(X, p, value=0.0):
    return F.pad(X, (p, p, p, p), value=value)


@right("8.3")
def _(X, k, p):
    return pool2d(ring(X, p), k, "avg") / pool2d(ring(torch.ones_like(X), p), k, "avg")


right("8.3", lambda X, k, p: pool2d(X, k, "avg", padding=p) / pool2d(torch.ones_like(X), k, "avg", padding=p))


@right("8.3")
def _(X, k, p):
    H, W = X.shape
    Y = torch.zeros(H + 2 * p - k + 1, W + 2 * p - k + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            top, left = i - p, j - p
            cells = X[max(top, 0) : top + k, max(left, 0) : left + k]
            Y[i, j] = cells.sum() / cells.numel()
    return Y


@right("8.3")
def _(X, k, p):
    return ring(X, p, math.nan).unfold(0, k, 1).unfold(1, k, 1).flatten(2).nanmean(-1)


@right("8.3")
def _(matrix, side, padding=0):
    window = torch.ones(1, 1, side, side, dtype=matrix.dtype)
    total = F.conv2d(matrix[None, None], window, padding=padding)
    count = F.conv2d(torch.ones_like(matrix)[None, None], window, padding=padding)
    return (total / count)[0, 0]


@right("8.3")
def _(X, k, p):
    padded = np.pad(X.detach().numpy(), p, constant_values=np.nan)
    return torch.from_numpy(np.nanmean(np.lib.stride_tricks.sliding_window_view(padded, (k, k)), axis=(2, 3)))


@right("8.3")
def _(X, k, p):
    rows, columns = ([min(i + k - p, n) - max(i - p, 0) for i in range(n + 2 * p - k + 1)] for n in X.shape)
    counts = torch.tensor(rows)[:, None] * torch.tensor(columns)
    return pool2d(X, k, "avg", padding=p) * k**2 / counts


@wrong("8.3", "counts the padding")
def _(X, k, p):
    return pool2d(ring(X, p), k, "avg")


@wrong("8.3", "no padding at all")
def _(X, k, p):
    return pool2d(X, k, "avg")


@wrong("8.3", "pads only above and on the left")
def _(X, k, p):
    sides = (p, 0, p, 0)
    return pool2d(F.pad(X, sides), k, "avg") / pool2d(F.pad(torch.ones_like(X), sides), k, "avg")


@wrong("8.3", "leaves zeros among the real pixels out of the mean")
def _(X, k, p):
    padded = ring(X, p)
    return pool2d(padded, k, "avg") / pool2d((padded != 0).to(X.dtype), k, "avg")


@wrong("8.3", "pools the maximum instead of the mean")
def _(X, k, p):
    return pool2d(ring(X, p, -INF), k)


@wrong("8.3", "pads with ones instead of leaving the padding out")
def _(X, k, p):
    return pool2d(ring(X, p, 1.0), k, "avg")


@wrong("8.3", "the mask of ones is square, so it works for square inputs only")
def _(X, k, p):
    mask = torch.ones(X.shape[0], X.shape[0], dtype=X.dtype)
    return pool2d(ring(X, p), k, "avg") / pool2d(ring(mask, p), k, "avg")


@wrong("8.3", "uses padding 1, whatever p is")
def _(X, k, p):
    return pool2d(X, k, "avg", padding=1) / pool2d(torch.ones_like(X), k, "avg", padding=1)


@wrong("8.3", "uses a 3x3 window, whatever k is")
def _(X, k, p):
    return pool2d(ring(X, p), 3, "avg") / pool2d(ring(torch.ones_like(X), p), 3, "avg")


@wrong("8.3", "repeats the border pixels as padding")
def _(X, k, p):
    return pool2d(F.pad(X[None], (p, p, p, p), mode="replicate")[0], k, "avg")


@wrong("8.3", "moves by the window's size instead of 1")
def _(X, k, p):
    padded, mask = ring(X, p), ring(torch.ones_like(X), p)
    return pool2d(padded, k, "avg", stride=k) / pool2d(mask, k, "avg", stride=k)


@wrong("8.3", "the ones aren't padded with zeros, so it divides by 1 everywhere")
def _(X, k, p):
    padded = ring(X, p)
    return pool2d(padded, k, "avg") / pool2d(torch.ones_like(padded), k, "avg")


@wrong("8.3", "multiplies by the share of real pixels instead of dividing by it")
def _(X, k, p):
    return pool2d(ring(X, p), k, "avg") * pool2d(ring(torch.ones_like(X), p), k, "avg")


@wrong("8.3", "uses the forbidden count_include_pad")
def _(X, k, p):
    return F.avg_pool2d(X[None], k, stride=1, padding=p, count_include_pad=False)[0]


@wrong("8.3", "the return is missing")
def _(X, k, p):
    Y = pool2d(ring(X, p), k, "avg") / pool2d(ring(torch.ones_like(X), p), k, "avg")  # noqa: F841


@wrong("8.3", "prints the means in place of returning them")
def _(X, k, p):
    print(tuple((pool2d(ring(X, p), k, "avg") / pool2d(ring(torch.ones_like(X), p), k, "avg")).shape))


@wrong("8.3", "NaN as padding makes all border means NaN")
def _(X, k, p):
    return pool2d(ring(X, p, math.nan), k, "avg")


@wrong("8.3", "corrects only the four corners, as in the page's 4/9, and leaves the sides gray")
def _(X, k, p):
    Y = pool2d(ring(X, p), k, "avg")
    for i in (0, -1):
        for j in (0, -1):
            Y[i, j] *= k * k / (k - p) ** 2
    return Y


@wrong("8.3", "divides all sums by the number of real pixels in the first window")
def _(X, k, p):
    return pool2d(ring(X, p), k, "avg") * k**2 / (k - p) ** 2


@wrong("8.3", "gives the sum of the real pixels instead of their mean")
def _(X, k, p):
    return pool2d(ring(X, p), k, "avg") * k**2


@wrong("8.3", "wraps around at the border")
def _(X, k, p):
    return pool2d(F.pad(X[None], (p, p, p, p), mode="circular")[0], k, "avg")


@wrong("8.3", "divides by the number of pixels with whole numbers and loses the fractions")
def _(X, k, p):
    total = pool2d(ring(X, p), k, "avg") * k**2
    return total // (pool2d(ring(torch.ones_like(X), p), k, "avg") * k**2).round()


wrong("8.3", "gives one image's result instead of a function", torch.ones(4, 4))

# 8.4
right("8.4", {"kernel_size": 3, "stride": 2, "padding": 1})
right("8.4", {"padding": 2, "stride": 2, "kernel_size": 5})
right("8.4", dict(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1)))
right("8.4", {"kernel_size": 7, "stride": 2, "padding": 3})
right("8.4", {"kernel_size": (3, 5), "stride": 2, "padding": (1, 2)})
right("8.4", {"kernel_size": 9, "stride": (2, 2), "padding": 4})
wrong("8.4", "PyTorch's usual 2x2: 7 becomes 3, no overlap", {"kernel_size": 2, "stride": 2, "padding": 0})
wrong("8.4", "forgets the padding", {"kernel_size": 3, "stride": 2, "padding": 0})
wrong("8.4", "sizes right, but 1x1 windows can't overlap", {"kernel_size": 1, "stride": 2, "padding": 0})
wrong("8.4", "2x2 window with padding: 28 becomes 15, no overlap", {"kernel_size": 2, "stride": 2, "padding": 1})
wrong("8.4", "stride 1: the size stays", {"kernel_size": 3, "stride": 1, "padding": 1})
wrong("8.4", "right for 28 by luck, but 7 becomes 3", {"kernel_size": 4, "stride": 2, "padding": 1})
wrong("8.4", "right for 7 by luck, but 28 becomes 15", {"kernel_size": 4, "stride": 2, "padding": 2})
wrong("8.4", "5x5 with too little padding", {"kernel_size": 5, "stride": 2, "padding": 1})
wrong("8.4", "stride as large as the window", {"kernel_size": 3, "stride": 3, "padding": 1})
wrong("8.4", "padding larger than half the window", {"kernel_size": 5, "stride": 2, "padding": 3})
wrong("8.4", "leaves out the stride, so it's the window's size", {"kernel_size": 3, "padding": 1})
wrong("8.4", "leaves out the padding", {"kernel_size": 3, "stride": 2})
wrong("8.4", "a name that MaxPool2d doesn't know", {"kernel": 3, "stride": 2, "padding": 1})
wrong("8.4", "text in place of the padding's number", {"kernel_size": 3, "stride": 2, "padding": "same"})
wrong("8.4", "numbers as strings", {"kernel_size": "3", "stride": "2", "padding": "1"})
wrong("8.4", "right for the height only", {"kernel_size": (3, 3), "stride": (2, 1), "padding": (1, 1)})
wrong("8.4", "stride and padding swapped", {"kernel_size": 3, "stride": 1, "padding": 2})
wrong("8.4", "shrinks 28 to 14 in one window's width", {"kernel_size": 15, "stride": 1, "padding": 0})
wrong("8.4", "gives the sizes instead of the settings", (14, 4))
wrong("8.4", "a set, which has no names and no order", {3, 2, 1})
wrong("8.4", "no idea: zeros", {"kernel_size": 0, "stride": 0, "padding": 0})


# 8.5
def loops(X, padded, start=-INF):
    """The page's loops over an input that's already padded, or padded above and on the left only."""
    rows, columns = (X.shape[0] - 1) // 2 + 1, (X.shape[1] - 1) // 2 + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for i in range(rows):
        for j in range(columns):
            Y[i, j] = max(start, padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max())
    return Y


right("8.5", lambda X: loops(X, ring(X, 1, -INF)))
right("8.5", lambda X: F.max_pool2d(X[None], kernel_size=3, stride=2, padding=1)[0])
right("8.5", functools.partial(pool2d, pool_size=3, padding=1, stride=2))
right("8.5", lambda X: loops(X, F.pad(X[None], (1, 1, 1, 1), mode="replicate")[0]))
right("8.5", lambda X: loops(X, ring(X, 1, X.min().item())))
right("8.5", lambda X: loops(X - X.min(), ring(X - X.min(), 1)) + X.min())
right("8.5", lambda X: loops(X, F.pad(X, (1, 0, 1, 0), value=torch.finfo(X.dtype).min)))


@right("8.5")
def _(X):
    rows, columns = (X.shape[0] + 1) // 2, (X.shape[1] + 1) // 2
    Y = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = max(2 * i - 1, 0), max(2 * j - 1, 0)
            Y[i, j] = X[top : 2 * i + 2, left : 2 * j + 2].max()
    return Y


@right("8.5")
def _(matrix):
    values = np.pad(matrix.detach().numpy(), 1, constant_values=-np.inf)
    return torch.from_numpy(np.lib.stride_tricks.sliding_window_view(values, (3, 3))[::2, ::2].max(axis=(2, 3)))


class Pooled(nn.Module):
    """A module with the layer inside."""

    def __init__(self):
        super().__init__()
        self.layer = nn.MaxPool2d(3, 2, 1)

    def forward(self, X):
        return self.layer(X.unsqueeze(0)).squeeze(0)


right("8.5", Pooled())

wrong("8.5", "the page's function unchanged: zeros as padding", lambda X: loops(X, ring(X, 1)))
wrong("8.5", "pads with -1, which still wins over smaller pixels", lambda X: loops(X, ring(X, 1, -1.0)))
wrong("8.5", "pads with -100, right by luck for pixels above it", lambda X: loops(X, ring(X, 1, -100.0)))
wrong(
    "8.5",
    "pads with the mean, which wins in a dark corner",
    lambda X: loops(X, ring(X, 1, X.mean().item())),
)
wrong("8.5", "pads with plus infinity", lambda X: loops(X, ring(X, 1, INF)))
wrong("8.5", "pads with NaN, which spreads to the maximum", lambda X: F.max_pool2d(ring(X, 1, math.nan)[None], 3, 2)[0])
wrong("8.5", "starts each maximum at 0", lambda X: loops(X, ring(X, 1, -INF), start=torch.tensor(0.0, dtype=X.dtype)))
wrong("8.5", "no padding", lambda X: pool2d(X, 3, stride=2))
wrong("8.5", "forgets the stride", lambda X: pool2d(X, 3, padding=1))
wrong("8.5", "the minimum: the sign is changed twice", lambda X: -pool2d(-X, 3, padding=1, stride=2))
wrong("8.5", "the mean instead of the maximum", lambda X: pool2d(X, 3, "avg", padding=1, stride=2))
wrong("8.5", "windows start at the pixel instead of one before it", lambda X: loops(X, X))
wrong(
    "8.5",
    "pads with minus infinity above and below only",
    lambda X: loops(X, F.pad(F.pad(X, (1, 1)), (0, 0, 1, 1), value=-INF)),
)
wrong("8.5", "wraps around at the border", lambda X: loops(X, F.pad(X[None], (1, 1, 1, 1), mode="circular")[0]))
wrong("8.5", "pads with the largest value", lambda X: loops(X, ring(X, 1, X.max().item())))
wrong("8.5", "takes absolute values", lambda X: loops(X, ring(X.abs(), 1)))
wrong("8.5", "a 2x2 window", lambda X: F.max_pool2d(X[None], 2, 2, 1)[0])
wrong("8.5", "subtracts the minimum but never adds it again", lambda X: loops(X, ring(X - X.min(), 1)))
wrong("8.5", "helps only if all pixels are negative", lambda X: loops(X, ring(X, 1, -INF if X.max() < 0 else 0.0)))


@wrong("8.5", "the output has the size of an even input, so odd ones lose their last row and column")
def _(X):
    padded = ring(X, 1, -INF)
    Y = torch.zeros(X.shape[0] // 2, X.shape[1] // 2)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max()
    return Y


@wrong("8.5", "rows for columns: works for square inputs only")
def _(X):
    padded, rows = ring(X, 1, -INF), (X.shape[0] - 1) // 2 + 1
    Y = torch.zeros(rows, rows)
    for i in range(rows):
        for j in range(rows):
            Y[i, j] = padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max()
    return Y


@wrong("8.5", "changes negative pixels to 0 in the input itself")
def _(X):
    X[X < 0] = 0
    return F.max_pool2d(X[None], 3, 2, 1)[0]


@wrong("8.5", "the return is missing")
def _(X):
    pool2d(X, 3, padding=1, stride=2)


@wrong("8.5", "the output is an integer tensor, so fractions are lost")
def _(X):
    padded = ring(X, 1, -INF)
    Y = torch.zeros((X.shape[0] + 1) // 2, (X.shape[1] + 1) // 2, dtype=torch.long)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max()
    return Y


@wrong("8.5", "a convolution with ones instead of a maximum")
def _(X):
    return corr2d(X, torch.ones(3, 3, dtype=X.dtype), padding=1, stride=2)


wrong("8.5", "gives the matrix for which it fails instead of the function", -torch.ones(4, 4))
wrong("8.5", "gives the output for one matrix instead of the function", pool2d(-torch.ones(4, 4), 3, padding=1, stride=2))
