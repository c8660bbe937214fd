"""Answers to the exercises of lesson 08, written from its page alone."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import pool2d
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
right("8.4", {"kernel_size": 4, "stride": 3, "padding": 1})
right("8.4", {"padding": 2, "stride": 3, "kernel_size": 5})
right("8.4", dict(kernel_size=(4, 4), stride=(3, 3), padding=(1, 1)))
right("8.4", {"kernel_size": 7, "stride": 3, "padding": 3})
right("8.4", {"kernel_size": (4, 5), "stride": 3, "padding": (1, 2)})
right("8.4", {"kernel_size": [6, 6], "stride": np.int64(3), "padding": torch.tensor(2)})
right("8.4", {"kernel_size": 8, "stride": 3.0, "padding": 3})
wrong("8.4", "the default, as on the page", {"kernel_size": 3, "stride": 3, "padding": 0})
wrong("8.4", "forgets the padding", {"kernel_size": 4, "stride": 3, "padding": 0})
wrong("8.4", "sizes right, but the windows don't overlap", {"kernel_size": 3, "stride": 3, "padding": 1})
wrong("8.4", "sizes right, but the windows leave gaps", {"kernel_size": 2, "stride": 3, "padding": 1})
wrong("8.4", "stride 2, as on the page", {"kernel_size": 3, "stride": 2, "padding": 1})
wrong("8.4", "stride 1: the size stays", {"kernel_size": 3, "stride": 1, "padding": 1})
wrong("8.4", "too much padding: 30 becomes 11", {"kernel_size": 4, "stride": 3, "padding": 2})
wrong("8.4", "5x5 with too little padding", {"kernel_size": 5, "stride": 3, "padding": 1})
wrong("8.4", "right for 30 by luck, but 8 becomes 2", {"kernel_size": 3, "stride": 3, "padding": 0})
wrong("8.4", "padding larger than half the window", {"kernel_size": 4, "stride": 3, "padding": 3})
wrong("8.4", "leaves out the stride, so it's the window's size", {"kernel_size": 4, "padding": 1})
wrong("8.4", "leaves out the padding", {"kernel_size": 4, "stride": 3})
wrong("8.4", "a name that MaxPool2d doesn't know", {"kernel": 4, "stride": 3, "padding": 1})
wrong("8.4", "a fourth setting in place of the padding", {"kernel_size": 4, "stride": 3, "ceil_mode": True})
wrong("8.4", "text in place of the padding's number", {"kernel_size": 4, "stride": 3, "padding": "same"})
wrong("8.4", "numbers as strings", {"kernel_size": "4", "stride": "3", "padding": "1"})
wrong("8.4", "right for the height only", {"kernel_size": (4, 4), "stride": (3, 1), "padding": (1, 1)})
wrong("8.4", "overlaps along one axis only", {"kernel_size": (4, 3), "stride": 3, "padding": 1})
wrong("8.4", "stride and padding swapped", {"kernel_size": 4, "stride": 1, "padding": 3})
wrong("8.4", "shrinks 30 to 10 in one window's width", {"kernel_size": 21, "stride": 1, "padding": 0})
wrong("8.4", "gives the sizes instead of the settings", (10, 3))
wrong("8.4", "a set, which has no names and no order", {3, 4, 1})
wrong("8.4", "no idea: zeros", {"kernel_size": 0, "stride": 0, "padding": 0})


# 8.5
def loops(X, padded, k, stride, start=INF):
    """The page's loops over an input that's already padded."""
    tops, lefts = (range(0, n - k + 1, stride) for n in padded.shape)
    Y = torch.zeros(len(tops), len(lefts), dtype=X.dtype)
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            Y[i, j] = min(start, padded[top : top + k, left : left + k].min())
    return Y


right("8.5", lambda X, k, stride, padding: loops(X, ring(X, padding, INF), k, stride))
right("8.5", lambda X, k, stride, padding: -F.max_pool2d(-X[None], k, stride, padding)[0])
right("8.5", lambda X, k, stride, padding: -pool2d(-X, k, padding=padding, stride=stride))
right("8.5", lambda X, k, stride, padding: 1 - pool2d(1 - X, k, padding=padding, stride=stride))
right("8.5", lambda X, k, s, p: loops(X, F.pad(X[None], (p,) * 4, mode="replicate")[0], k, s) if p else loops(X, X, k, s))
right("8.5", lambda X, k, stride, padding: loops(X, ring(X, padding, X.max().item()), k, stride))
right("8.5", lambda X, k, s, p: loops(X - X.max(), ring(X - X.max(), p), k, s) + X.max())
right("8.5", lambda X, k, stride, padding: loops(X, ring(X, padding, torch.finfo(X.dtype).max), k, stride))


@right("8.5")
def _(X, k, stride, padding):
    rows, columns = ((n + 2 * padding - k) // stride + 1 for n in X.shape)
    Y = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = stride * i - padding, stride * j - padding
            Y[i, j] = X[max(top, 0) : top + k, max(left, 0) : left + k].min()
    return Y


@right("8.5")
def _(matrix, k, s, p):
    values = np.pad(matrix.detach().numpy(), p, constant_values=np.inf)
    return torch.from_numpy(np.lib.stride_tricks.sliding_window_view(values, (k, k))[::s, ::s].min(axis=(2, 3)))


class Pooled:
    """A class with a call operator."""

    def __call__(self, X, k, stride, padding):
        return -nn.MaxPool2d(k, stride, padding)((-X).unsqueeze(0)).squeeze(0)


right("8.5", Pooled())

wrong("8.5", "the page's function unchanged: zeros as padding", lambda X, k, s, p: loops(X, ring(X, p), k, s))
wrong("8.5", "pads with 1, as if every image ended there", lambda X, k, s, p: loops(X, ring(X, p, 1.0), k, s))
wrong("8.5", "pads with 100, right by luck for pixels below it", lambda X, k, s, p: loops(X, ring(X, p, 100.0), k, s))
wrong("8.5", "pads with the mean", lambda X, k, s, p: loops(X, ring(X, p, X.mean().item()), k, s))
wrong("8.5", "pads with minus infinity, as for the maximum", lambda X, k, s, p: loops(X, ring(X, p, -INF), k, s))
wrong("8.5", "pads with NaN", lambda X, k, s, p: -F.max_pool2d(-ring(X, p, math.nan)[None], k, s)[0])
wrong(
    "8.5", "starts each minimum at 0", lambda X, k, s, p: loops(X, ring(X, p, INF), k, s, torch.tensor(0.0, dtype=X.dtype))
)
wrong("8.5", "no padding", lambda X, k, s, p: -pool2d(-X, k, stride=s))
wrong("8.5", "forgets the stride", lambda X, k, s, p: -pool2d(-X, k, padding=p))
wrong("8.5", "max pooling instead", lambda X, k, s, p: pool2d(X, k, padding=p, stride=s))
wrong("8.5", "forgets to change the sign back", lambda X, k, s, p: pool2d(-X, k, padding=p, stride=s))
wrong("8.5", "forgets to change the sign before", lambda X, k, s, p: -pool2d(X, k, padding=p, stride=s))
wrong("8.5", "the mean instead", lambda X, k, s, p: pool2d(X, k, "avg", padding=p, stride=s))
wrong(
    "8.5",
    "pads left and right only with infinity",
    lambda X, k, s, p: loops(X, F.pad(F.pad(X, (p, p), value=INF), (0, 0, p, p)), k, s),
)
wrong("8.5", "pads above and on the left only", lambda X, k, s, p: loops(X, F.pad(X, (p, 0, p, 0), value=INF), k, s))
wrong("8.5", "pads with the smallest pixel", lambda X, k, s, p: loops(X, ring(X, p, X.min().item()), k, s))
wrong("8.5", "takes absolute values", lambda X, k, s, p: loops(X, ring(X.abs(), p, INF), k, s))
wrong("8.5", "a 3x3 window, whatever k is", lambda X, k, s, p: loops(X, ring(X, p, INF), 3, s))
wrong("8.5", "padding 1, whatever it is", lambda X, k, s, p: loops(X, ring(X, 1, INF), k, s))
wrong(
    "8.5",
    "helps only if all pixels are positive",
    lambda X, k, s, p: loops(X, ring(X, p, INF if X.min() > 0 else 0.0), k, s),
)
wrong("8.5", "pads with the largest absolute value of an image, 255", lambda X, k, s, p: loops(X, ring(X, p, 255.0), k, s))
wrong("8.5", "1 - maximum", lambda X, k, s, p: 1 - pool2d(X, k, padding=p, stride=s))
wrong(
    "8.5",
    "takes the second smallest",
    lambda X, k, s, p: ring(X, p, INF).unfold(0, k, s).unfold(1, k, s).flatten(2).sort()[0][..., 1],
)


@wrong("8.5", "leaves out zeros, in case they're padding, and real zeros with them")
def _(X, k, stride, padding):
    padded = ring(X - X.min(), padding)
    padded[padded == 0] = INF
    return loops(X, padded, k, stride) + X.min()


@wrong("8.5", "rows for columns: works for square inputs only")
def _(X, k, stride, padding):
    padded, rows = ring(X, padding, INF), (X.shape[0] + 2 * padding - k) // stride + 1
    Y = torch.zeros(rows, rows, dtype=X.dtype)
    for i in range(rows):
        for j in range(rows):
            Y[i, j] = padded[stride * i : stride * i + k, stride * j : stride * j + k].min()
    return Y


@wrong("8.5", "changes the input itself")
def _(X, k, stride, padding):
    X *= -1
    return -F.max_pool2d(X[None], k, stride, padding)[0]


@wrong("8.5", "the return is missing")
def _(X, k, stride, padding):
    pool2d(-X, k, padding=padding, stride=stride)


@wrong("8.5", "the output is an integer tensor, so fractions are lost")
def _(X, k, stride, padding):
    return loops(X, ring(X, padding, INF), k, stride).long()


wrong("8.5", "gives the matrix for which it fails instead of the function", torch.ones(4, 4))
wrong("8.5", "gives the output for one matrix instead of the function", pool2d(torch.ones(4, 4), 3, padding=1, stride=2))
