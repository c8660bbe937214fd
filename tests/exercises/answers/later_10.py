"""Answers to lesson 10, written from its page alone after its replies."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong

right("10.1", Fraction(11, 2) / 3 - Fraction(1, 2))
right("10.1", np.float32(1.33))
wrong("10.1", "aligns the corners", 5 * 3 / 11)
wrong("10.1", "divides the index by the factor, without the halves", 5 / 3)
wrong("10.1", "forgets to subtract one half at the end", 5.5 / 3)
wrong("10.1", "adds one half at the end instead of subtracting it", 2.33)
wrong("10.1", "multiplies by the factor instead of dividing", 5.5 * 3 - 0.5)
wrong("10.1", "rounds down to the input pixel", 1)

right("10.2", torch.tensor([2.0, 4, 8, 9, 7, 6]))
right("10.2", (2, 0.75 * 2 + 0.25 * 10, 0.25 * 2 + 0.75 * 10, 9, 7, 6.0))
wrong("10.2", "copies each pixel", [2, 2, 10, 10, 6, 6])
wrong("10.2", "aligns the outermost centers", [2, 5.2, 8.4, 9.2, 7.6, 6])
wrong("10.2", "goes on in a straight line beyond the outermost centers", [0, 4, 8, 9, 7, 5])
wrong("10.2", "puts the new pixels halfway between the old ones", [2, 6, 10, 8, 6, 6])
wrong("10.2", "exchanges the weights of the two neighbors", [2, 8, 4, 7, 9, 6])
wrong("10.2", "takes zeros beyond the ends", [1.5, 4, 8, 9, 7, 4.5])


@right("10.3")
def _(X, r):
    C, H, W = X.shape
    return X.reshape(C, H // r, r, W // r, r).permute(0, 2, 4, 1, 3).reshape(C * r * r, H // r, W // r)


@right("10.3")
def _(maps, factor):
    return torch.stack([m[a::factor, b::factor] for m in maps for a in range(factor) for b in range(factor)])


@wrong("10.3", "counts the column of the square before its row")
def _(X, r):
    return torch.stack([x[a::r, b::r] for x in X for b in range(r) for a in range(r)])


@wrong("10.3", "puts the same place of all channels together")
def _(X, r):
    return torch.cat([X[:, a::r, b::r] for a in range(r) for b in range(r)])


@wrong("10.3", "reshapes without moving a value")
def _(X, r):
    C, H, W = X.shape
    return X.reshape(C * r * r, H // r, W // r)


@wrong("10.3", "works for r = 2 only")
def _(X, r):
    return torch.stack([x[a::2, b::2] for x in X for a in (0, 1) for b in (0, 1)])


@wrong("10.3", "takes neighboring blocks of the image instead of every r-th pixel")
def _(X, r):
    C, H, W = X.shape
    h, w = H // r, W // r
    return torch.stack([x[a * h : (a + 1) * h, b * w : (b + 1) * w] for x in X for a in range(r) for b in range(r)])


@wrong("10.3", "calls PyTorch's own function")
def _(X, r):
    return F.pixel_unshuffle(X, r)


right("10.4", [-1 / 4, 1 / 4, 3 / 4, 1 / 4, 0])
right("10.4", torch.tensor([-1.0, 2, 6, 2, -1]) / 8)
wrong("10.4", "blurs the wider stripes, too", [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16])
wrong("10.4", "uses the mean of five", [0.2] * 5)
wrong("10.4", "doesn't divide by the sum of the weights", [-1, 2, 6, 2, -1])
wrong("10.4", "leaves everything as it is", [0, 0, 1, 0, 0])
wrong("10.4", "the ends have the wrong sign", [1 / 8, 1 / 4, 3 / 4, 1 / 4, 1 / 8])
wrong("10.4", "removes the fine stripes with three weights and weakens the wider ones", [0, 0.25, 0.5, 0.25, 0])

right("10.5", F.pad(torch.ones(2, 2), (1, 1, 1, 1)))
right("10.5", [[0.0, 0, 0, 0], [0.0, 1, 1, 0], [0.0, 1, 1, 0], [0.0, 0, 0, 0]])
wrong("10.5", "adds up the neighbors", torch.ones(4, 4))
wrong("10.5", "forgets that padding cuts off the first row and column", F.pad(torch.ones(2, 2), (0, 2, 0, 2)))
wrong("10.5", "takes the tent of bilinear interpolation", torch.outer(*[torch.tensor([1.0, 3, 3, 1]) / 4] * 2))
wrong("10.5", "averages four copies", torch.full((4, 4), 0.25))
wrong("10.5", "divides the copies by four", [[0, 0, 0, 0], [0, 0.25, 0.25, 0], [0, 0.25, 0.25, 0], [0, 0, 0, 0]])
wrong("10.5", "copies to the diagonal only", torch.diag(torch.tensor([0.0, 1, 1, 0])))


@right("10.6")
def _(row, m):
    n = len(row)
    position = ((torch.arange(m, dtype=row.dtype) + 0.5) * n / m - 0.5).clamp(0, n - 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=n - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@right("10.6")
def _(pixels, size):
    n, result = len(pixels), []
    for i in range(size):
        p = min(max((2 * i + 1) * n / (2 * size) - 0.5, 0), n - 1)
        left = int(p)
        right_one = left + 1 if left + 1 < n else left
        result.append(pixels[left] + (p - left) * (pixels[right_one] - pixels[left]))
    return torch.stack(result)


@right("10.6")
def _(row, m):
    at = (np.arange(m) + 0.5) * len(row) / m - 0.5
    return torch.from_numpy(np.interp(at, np.arange(len(row)), row.numpy())).to(row.dtype)


@wrong("10.6", "doesn't move the outermost positions back")
def _(row, m):
    position = (torch.arange(m, dtype=row.dtype) + 0.5) * len(row) / m - 0.5
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "aligns the corners instead of the edges")
def _(row, m):
    position = torch.arange(m, dtype=row.dtype) * (len(row) - 1) / max(m - 1, 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "adds one half before and doesn't subtract one half after")
def _(row, m):
    position = ((torch.arange(m, dtype=row.dtype) + 0.5) * len(row) / m).clamp(0, len(row) - 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "subtracts one half without adding one half first")
def _(row, m):
    position = (torch.arange(m, dtype=row.dtype) * len(row) / m - 0.5).clamp(0, len(row) - 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "uses a whole factor, so it works only if m is a multiple of the length")
def _(row, m):
    s = m // len(row)
    position = ((torch.arange(m, dtype=row.dtype) + 0.5) / s - 0.5).clamp(0, len(row) - 1)
    lower = position.long()
    upper = (lower + 1).clamp(max=len(row) - 1)
    w = position - lower
    return (1 - w) * row[lower] + w * row[upper]


@wrong("10.6", "lets PyTorch interpolate")
def _(row, m):
    return F.interpolate(row[None, None], size=m, mode="linear")[0, 0]
