"""Answers to the exercises of lesson 10, written from its page alone."""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import bilinear_kernel, upsample_bilinear
from tests.support.answers import right, wrong

# 10.1
right("10.1", 4 / 3)
right("10.1", Fraction(4, 3))
right("10.1", 1.3333)
right("10.1", (5 + 0.5) / 3 - 0.5)
right("10.1", torch.tensor(4 / 3))
right("10.1", np.float32(4 / 3))
right("10.1", ((torch.arange(12) + 0.5) / 3 - 0.5)[5])
wrong("10.1", "the position for align_corners=True", 15 / 11)
wrong("10.1", "both halves forgotten, i / s", 5 / 3)
wrong("10.1", "½ isn't subtracted", 5.5 / 3)
wrong("10.1", "½ isn't added before the division", 5 / 3 - 0.5)
wrong("10.1", "½ is subtracted before the division", 1.5)
wrong("10.1", "counts output pixels from 1", 1)
wrong("10.1", "divided by n instead of s", 5.5 / 4 - 0.5)
wrong("10.1", "from input to output, the wrong direction", 16)
wrong("10.1", "½ is added at the end instead of subtracted", 5.5 / 3 + 0.5)
wrong("10.1", "only the distance from the left neighbor", 1 / 3)
wrong("10.1", "the step (n − 1)/(sn)", 1.25)
wrong("10.1", "the two neighbors instead of the position", (1, 2))
wrong("10.1", "the wrong sign", -4 / 3)
wrong("10.1", "no idea, text", "between 1 and 2")
wrong("10.1", "all the positions instead of one", [(i + 0.5) / 3 - 0.5 for i in range(12)])

# 10.2
right("10.2", [2, 4, 8, 9, 7, 6])
right("10.2", (2.0, 4.0, 8.0, 9.0, 7.0, 6.0))
right("10.2", torch.tensor([2, 4, 8, 9, 7, 6]))
right("10.2", np.interp([0, 0.25, 0.75, 1.25, 1.75, 2], [0, 1, 2], [2, 10, 6]))
right("10.2", F.interpolate(torch.tensor([[[2.0, 10, 6]]]), scale_factor=2, mode="linear")[0, 0])
right("10.2", [Fraction(3, 4) * a + Fraction(1, 4) * b for a, b in [(2, 2), (2, 10), (10, 2), (10, 6), (6, 10), (6, 6)]])
wrong("10.2", "aligned corners", [2, 5.2, 8.4, 9.2, 7.6, 6])
wrong("10.2", "copies, nearest-neighbor upsampling", [2, 2, 10, 10, 6, 6])
wrong("10.2", "means between the pixels, positions i/s", [2, 6, 10, 8, 6, 6])
wrong("10.2", "means between the pixels, only five values", [2, 6, 10, 8, 6])
wrong("10.2", "continues the line beyond the outer pixels", [0, 4, 8, 9, 7, 5])
wrong("10.2", "reads zeros beyond the outer pixels", [1.5, 4, 8, 9, 7, 4.5])
wrong("10.2", "w and 1 − w swapped", [2, 8, 4, 7, 9, 6])
wrong("10.2", "the values in reverse order", [6, 7, 9, 8, 4, 2])
wrong("10.2", "the second half goes up instead of down", [2, 4, 8, 11, 13, 6])
wrong("10.2", "the outer pixels are left out", [4, 8, 9, 7])
wrong("10.2", "the row with zeros inserted", [2, 0, 10, 0, 6, 0])
wrong("10.2", "doubles the values", [4, 20, 12])
wrong("10.2", "the positions instead of the values", [0, 0.25, 0.75, 1.25, 1.75, 2])
wrong("10.2", "one product miscalculated", [2, 4, 8, 9, 8, 6])
wrong("10.2", "the sum of the values", 36)
wrong("10.2", "no idea, evenly spaced guess", [2, 4, 6, 8, 10, 6])
wrong("10.2", "text instead of numbers", "2, 4, 8, 9, 7, 6")


# 10.3
@right("10.3")
def _(X, r):
    C, H, W = X.shape
    Y = torch.zeros(C * r**2, H // r, W // r)
    for a in range(r):
        for b in range(r):
            Y[a * r + b :: r**2] = X[:, a::r, b::r]
    return Y


@right("10.3")
def _(X, r):
    C, H, W = X.shape
    return X.reshape(C, H // r, r, W // r, r).permute(0, 2, 4, 1, 3).reshape(C * r * r, H // r, W // r)


@right("10.3")
def _(maps, factor=2):
    parts = [maps[c, a::factor, b::factor] for c in range(len(maps)) for a in range(factor) for b in range(factor)]
    return torch.stack(parts)


@right("10.3")
def _(X, r):
    C, H, W = X.shape
    return F.unfold(X.unsqueeze(0), r, stride=r).view(C * r * r, H // r, W // r)


@right("10.3")
def _(X, r):
    kernels = torch.eye(r * r, dtype=X.dtype).reshape(r * r, 1, r, r).repeat(X.shape[0], 1, 1, 1)
    return F.conv2d(X[None], kernels, stride=r, groups=X.shape[0])[0]


@right("10.3")
def _(X, r):
    C, H, W = X.shape
    x, y = X.numpy(), np.zeros((C * r * r, H // r, W // r), dtype=np.float64)
    for c, i, j in np.ndindex(C, H, W):
        y[c * r * r + (i % r) * r + j % r, i // r, j // r] = x[c, i, j]
    return torch.from_numpy(y).to(X.dtype)


@right("10.3")
def _(X, r):  # find out where the shuffle puts each value, and fetch it from there
    C, H, W = X.shape
    places = F.pixel_shuffle(torch.arange(X.numel()).reshape(C * r * r, H // r, W // r), r)
    return X.flatten()[places.flatten().argsort()].reshape(C * r * r, H // r, W // r)


class Unshuffle:
    def __call__(self, X, r):
        X = torch.stack([X[:, a::r] for a in range(r)], dim=1)
        return torch.stack([X[..., b::r] for b in range(r)], dim=2).flatten(0, 2)


right("10.3", Unshuffle())

wrong("10.3", "uses the function that was to be replaced", F.pixel_unshuffle)
wrong("10.3", "uses the function that was to be replaced, in a lambda", lambda X, r: F.pixel_unshuffle(X[None], r)[0])
wrong("10.3", "shuffles instead of undoing it", lambda X, r: F.pixel_shuffle(X, r))
wrong("10.3", "only reshapes", lambda X, r: X.reshape(X.shape[0] * r**2, X.shape[1] // r, X.shape[2] // r))
wrong("10.3", "keeps one pixel of each square", lambda X, r: X[:, ::r, ::r])
wrong("10.3", "takes the mean of each square", lambda X, r: F.avg_pool2d(X, r).repeat_interleave(r * r, dim=0))
wrong("10.3", "copies one pixel of each square into all channels", lambda X, r: X[:, ::r, ::r].repeat_interleave(r * r, 0))
wrong(
    "10.3",
    "the batch axis is left in",
    lambda X, r: F.unfold(X[None], r, stride=r).reshape(1, -1, len(X[0]) // r, X.shape[2] // r),
)
wrong("10.3", "the positions are left flattened", lambda X, r: F.unfold(X[None], r, stride=r)[0])
wrong(
    "10.3",
    "works only for a factor of 2",
    lambda X, r: torch.stack([c[a::2, b::2] for c in X for a in (0, 1) for b in (0, 1)]),
)
wrong("10.3", "an output instead of a function", torch.arange(16.0).reshape(4, 2, 2))


@wrong("10.3", "row and column inside the square swapped: channel br + a")
def _(X, r):
    C, H, W = X.shape
    Y = torch.zeros(C * r**2, H // r, W // r)
    for a in range(r):
        for b in range(r):
            Y[b * r + a :: r**2] = X[:, a::r, b::r]
    return Y


@wrong("10.3", "channels in the wrong order: all channels for one place in the square, then the next place")
def _(X, r):
    return torch.cat([X[:, a::r, b::r] for a in range(r) for b in range(r)])


@wrong("10.3", "works only for one channel")
def _(X, r):
    Y = torch.zeros(r**2, X.shape[1] // r, X.shape[2] // r)
    for a in range(r):
        for b in range(r):
            Y[a * r + b] = X[0, a::r, b::r]
    return Y


@wrong("10.3", "works only for square maps: height used as width")
def _(X, r):
    C, H, _ = X.shape
    Y = torch.zeros(C * r**2, H // r, H // r)
    for a in range(r):
        for b in range(r):
            Y[a * r + b :: r**2] = X[:, a::r, b::r]
    return Y


@wrong("10.3", "height and width of the output swapped")
def _(X, r):
    C, H, W = X.shape
    return X.reshape(C, H // r, r, W // r, r).permute(0, 2, 4, 3, 1).reshape(C * r * r, W // r, H // r)


@wrong("10.3", "splits the axes in the wrong order: blocks next to each other instead of every r-th pixel")
def _(X, r):
    C, H, W = X.shape
    return X.reshape(C, r, H // r, r, W // r).permute(0, 1, 3, 2, 4).reshape(C * r * r, H // r, W // r)


@wrong("10.3", "divides with /, so that the sizes are floats")
def _(X, r):
    C, H, W = X.shape
    return X.reshape(C, H / r, r, W / r, r).permute(0, 2, 4, 1, 3).reshape(C * r * r, H / r, W / r)


@wrong("10.3", "the return is missing")
def _(X, r):
    C, H, W = X.shape
    X = X.reshape(C, H // r, r, W // r, r).permute(0, 2, 4, 1, 3).reshape(C * r * r, H // r, W // r)


@wrong("10.3", "returns in the loop after the first place")
def _(X, r):
    C, H, W = X.shape
    Y = torch.zeros(C * r**2, H // r, W // r)
    for a in range(r):
        for b in range(r):
            Y[a * r + b :: r**2] = X[:, a::r, b::r]
        return Y


@wrong("10.3", "the shape is hard-coded to the page's 4×4 example")
def _(X, r):
    return X.reshape(1, 2, 2, 2, 2).permute(0, 2, 4, 1, 3).reshape(4, 2, 2)


# 10.4
right("10.4", [-0.125, 0.25, 0.75, 0.25, -0.125])
right("10.4", [0, 0.25, 0.75, 0.25, -0.25])
right("10.4", (-1 / 4, 1 / 4, 3 / 4, 1 / 4, 0))
right("10.4", torch.tensor([-1.0, 2, 6, 2, -1]) / 8)
right("10.4", np.array([0.1, 0.25, 0.75, 0.25, -0.35]))
right("10.4", [Fraction(-1, 6), Fraction(1, 4), Fraction(3, 4), Fraction(1, 4), Fraction(-1, 12)])
right("10.4", torch.tensor([-0.5, 0.25, 0.75, 0.25, 0.25], dtype=torch.float64))
wrong("10.4", "the mean of five", [1 / 5] * 5)
wrong("10.4", "[1, 2, 1]/4 with zeros around it: the wide stripes lose half their contrast", [0, 0.25, 0.5, 0.25, 0])
wrong("10.4", "[1, 4, 6, 4, 1]/16, a wide blur", torch.tensor([1.0, 4, 6, 4, 1]) / 16)
wrong("10.4", "no blur at all", [0, 0, 1, 0, 0])
wrong("10.4", "the sum isn't 1: divided by 4 instead of 8", torch.tensor([-1.0, 2, 6, 2, -1]) / 4)
wrong("10.4", "not divided at all", [-1, 2, 6, 2, -1])
wrong("10.4", "moved by one pixel", [-0.25, 0.25, 0.75, 0.25, 0][1:] + [0])
wrong("10.4", "the middle at the end of the window", [0.75, 0.25, -0.25, 0.25, 0])
wrong("10.4", "only three weights", [0.25, 0.5, 0.25])
wrong("10.4", "sharpens instead of smoothing", [0, -0.25, 1.5, -0.25, 0])
wrong("10.4", "the sign of the outer weights is wrong", [0.125, 0.25, 0.75, 0.25, 0.125])
wrong("10.4", "the inner weights are too large", [-0.25, 0.375, 0.75, 0.375, -0.25])
wrong("10.4", "the mean of two, twice: the wide stripes vanish", [0.25, 0.25, 0.25, 0.25, 0])
wrong("10.4", "b and d differ", [-0.125, 0.2, 0.75, 0.3, -0.125])
wrong("10.4", "a + e is right, c is too small", [-0.125, 0.25, 0.5, 0.25, -0.125])
wrong("10.4", "one number", 0.5)
wrong("10.4", "a column", [[-0.125], [0.25], [0.75], [0.25], [-0.125]])
wrong("10.4", "no idea, zeros", torch.zeros(5))
wrong("10.4", "not a number, divided by a sum of 0", torch.tensor([1.0, 0, 0, 0, -1]) / torch.tensor(0.0))
wrong("10.4", "text instead of numbers", "-1/8, 1/4, 3/4, 1/4, -1/8")


# 10.5
def centre(value=1.0, size=4, start=1, end=3):
    kernel = torch.zeros(size, size)
    kernel[start:end, start:end] = value
    return kernel


def striped():
    kernel = torch.zeros(4, 4)
    kernel[:, 1:3] = 1
    return kernel


right("10.5", torch.tensor([[0.0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]]))
right("10.5", centre())
right("10.5", F.pad(torch.ones(2, 2), (1, 1, 1, 1)))
right("10.5", torch.outer(torch.tensor([0.0, 1, 1, 0]), torch.tensor([0.0, 1, 1, 0])))
right("10.5", nn.Parameter(centre()))
right("10.5", torch.from_numpy(np.pad(np.ones((2, 2), dtype=np.float32), 1)))
right("10.5", (bilinear_kernel(1, 1, 4)[0, 0] > 0.5).float())
wrong("10.5", "all 16 weights are 1: stamps overlap", torch.ones(4, 4))
wrong("10.5", "the weights are ¼: right only for a flat input", torch.ones(4, 4) / 4)
wrong("10.5", "the mean of 16 weights", torch.ones(4, 4) / 16)
wrong("10.5", "the tent of bilinear interpolation", bilinear_kernel(1, 1, 4)[0, 0])
wrong("10.5", "the middle weights are ¼, as for a mean", centre(0.25))
wrong("10.5", "the middle weights are ½", centre(0.5))
wrong("10.5", "the ones are at the top left: the padding is ignored", centre(1.0, 4, 0, 2))
wrong("10.5", "the ones are at the bottom right", centre(1.0, 4, 2, 4))
wrong("10.5", "a 2×2 kernel instead of 4×4", torch.ones(2, 2))
wrong("10.5", "a single 1: the other three pixels are zeros", centre(1.0, 4, 1, 2))
wrong("10.5", "a block of 3×3 ones", centre(1.0, 4, 0, 3))
wrong("10.5", "ones in the ring instead of in the middle", 1 - centre())
wrong("10.5", "the identity matrix", torch.eye(4))
wrong("10.5", "only the columns are right: two full columns of ones", striped())
wrong("10.5", "only the rows are right: two full rows of ones", striped().T)
wrong("10.5", "batch and channel axes are already there", centre()[None, None])
wrong("10.5", "flattened", centre().flatten())
wrong("10.5", "the wrong sign", -centre())
wrong("10.5", "no idea, random weights", torch.rand(4, 4, generator=torch.Generator().manual_seed(3)))
wrong("10.5", "a function of the page instead of a kernel", torch.repeat_interleave)
wrong("10.5", "a layer instead of a kernel", nn.Upsample(scale_factor=2))


# 10.6
def enlarge(row, m, plus=0.5, minus=0.5, low=0.0, high=None):
    """The page's function, with a different position."""
    position = (torch.arange(m, dtype=row.dtype) + plus) * len(row) / m - minus
    position = position.clamp(low, high if high is not None else len(row) - 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


def where(row, m):
    return (torch.arange(m, dtype=row.dtype) + 0.5) * len(row) / m - 0.5


@right("10.6")
def _(row, m):
    position = ((torch.arange(m, dtype=row.dtype) + 0.5) * (len(row) / m) - 0.5).clamp(min=0)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@right("10.6")
def _(row, m):
    n, values = len(row), []
    for i in range(m):
        p = min(max((i + 0.5) * n / m - 0.5, 0), n - 1)
        left = math.floor(p)
        right_one = min(left + 1, n - 1)
        values.append(float(row[left]) + (p - left) * (float(row[right_one]) - float(row[left])))
    return torch.tensor(values)


@right("10.6")
def _(x, size):
    n = x.shape[0]
    p = (np.arange(size) + 0.5) * n / size - 0.5
    return torch.from_numpy(np.interp(p, np.arange(n), x.numpy())).to(x.dtype)


@right("10.6")
def _(row, m):  # repeat the outer pixels, then nothing has to be clamped
    longer = torch.cat([row[:1], row, row[-1:]])
    p = where(row, m) + 1
    lower = p.floor().long()
    return torch.lerp(longer[lower], longer[lower + 1], p - lower)


@right("10.6")
def _(row, m):  # a matrix of hat functions
    p = where(row, m).clamp(0, len(row) - 1)
    return (1 - (p[:, None] - torch.arange(len(row))).abs()).clamp(min=0).to(row.dtype) @ row


@right("10.6")
def _(row, m):  # clamp the indices instead of the position
    p = where(row, m)
    lower = p.floor()
    last = len(row) - 1
    w = p - lower
    return (1 - w) * row[lower.long().clamp(0, last)] + w * row[(lower.long() + 1).clamp(0, last)]


class Linear:
    def __init__(self, shift=0.5):
        self.shift = shift

    def __call__(self, row, m):
        return enlarge(row, m, self.shift, self.shift)


right("10.6", Linear())
right("10.6", partial(enlarge, plus=0.5, minus=0.5))
wrong("10.6", "calls the function to compare with", lambda row, m: F.interpolate(row[None, None], m, mode="linear")[0, 0])
wrong("10.6", "takes m for a factor, as in the lesson", lambda row, m: upsample_bilinear(row[None], m)[0])
wrong("10.6", "the scale is upside down", lambda row, m: enlarge(row, len(row)))
wrong("10.6", "unchanged", partial(enlarge, plus=0, minus=0))
wrong("10.6", "½ isn't subtracted", partial(enlarge, minus=0))
wrong("10.6", "½ isn't added", partial(enlarge, plus=0))
wrong("10.6", "½ is subtracted before the division and not after it", partial(enlarge, plus=-0.5, minus=0))
wrong("10.6", "½ is added after the division instead of subtracted", partial(enlarge, minus=-0.5))
wrong("10.6", "subtracts ¼, right only for s = 2", partial(enlarge, plus=0, minus=0.25))
wrong("10.6", "the position is clamped to 1, right only for the row 0, 1", partial(enlarge, high=1))
wrong("10.6", "not clamped, the line is continued beyond the first pixel", partial(enlarge, low=-1))
wrong("10.6", "the factor is hard-coded to 2", lambda row, m: enlarge(row, 2 * len(row)))
wrong("10.6", "batch and channel axes left in", lambda row, s: F.interpolate(row[None, None], size=s, mode="linear"))
wrong("10.6", "aligned corners", lambda row, s: F.interpolate(row[None, None], s, None, "linear", True)[0, 0])
wrong("10.6", "the mode is left at nearest", lambda row, s: F.interpolate(row[None, None], size=s)[0, 0])
wrong("10.6", "copies each pixel, and takes m for a factor", lambda row, m: row.repeat_interleave(m))
wrong("10.6", "the result is rolled by one instead of repaired", lambda row, m: enlarge(row, m, 0, 0).roll(1))
wrong("10.6", "the result is divided by the factor", lambda row, m: enlarge(row, m) * len(row) / m)
wrong("10.6", "the result for one row instead of a function", torch.tensor([0.0, 0.25, 0.75, 1.0]))
wrong("10.6", "the explanation instead of a function", "The position must be (i + 1/2)/s - 1/2.")


@wrong("10.6", "lower becomes −1 at the start, so the last pixel is read there")
def _(row, m):
    position = where(row, m)
    lower = position.floor().long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "lower is clamped but w is computed from a negative position")
def _(row, m):
    position = where(row, m)
    lower = position.floor().long().clamp(min=0)
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "w and 1 − w swapped")
def _(row, m):
    position = where(row, m).clamp(0, len(row) - 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return w * row[lower] + (1 - w) * row[upper]


@wrong("10.6", "rounds to the nearest pixel instead of down")
def _(row, m):
    position = where(row, m).clamp(0, len(row) - 1)
    lower = position.round().long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "integer division, so every weight is 0")
def _(row, m):
    position = ((torch.arange(m) + 0.5) * len(row) // m).clamp(0, len(row) - 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "upper isn't limited, so the index runs out of the row")
def _(row, m):
    position = where(row, m).clamp(min=0)
    lower = position.long()
    w = position - lower
    return (1 - w) * row[lower] + w * row[lower + 1]


@wrong("10.6", "the return is missing")
def _(row, m):
    row = enlarge(row, m)


@wrong("10.6", "prints the result instead of returning it")
def _(row, m):
    print(enlarge(row, m))
