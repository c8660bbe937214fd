"""Answers to lesson 01, written from its page alone after its replies."""

from fractions import Fraction

import numpy as np
import torch

from d2l_helpers import conv2d, corr2d
from tests.support.answers import right, wrong

right("1.1", torch.Size([7 - 3 + 1, 9 - 2 + 1]))
right("1.1", np.array([5.0, 8.0]))
wrong("1.1", "columns before rows", (8, 5))
wrong("1.1", "subtracts the kernel's sides without adding 1", (4, 7))
wrong("1.1", "pairs the input's rows with the kernel's columns", [6, 7])
wrong("1.1", "multiplies the two into the number of outputs", 40)
wrong("1.1", "writes the shape as a text", "(5, 8)")

right("1.2", Fraction(46, 2))
right("1.2", torch.tensor([[1.0, 2.0], [4.0, 5.0]]).mul(torch.tensor([[4, 3], [2, 1]])).sum())
wrong("1.2", "does not flip the kernel", 37)
wrong("1.2", "flips the columns only", 1 * 2 + 2 * 1 + 4 * 4 + 5 * 3)
wrong("1.2", "flips the rows only", 1 * 3 + 2 * 4 + 4 * 1 + 5 * 2)
wrong("1.2", "takes row 1, column 0", 43)
wrong("1.2", "flips the window as well as the kernel", torch.tensor(5.0 * 4 + 4 * 3 + 2 * 2 + 1 * 1))


@right("1.3")
def _(image, weights):
    h, w = weights.shape
    turned = weights[torch.arange(h - 1, -1, -1)][:, torch.arange(w - 1, -1, -1)]
    windows = image.unfold(0, h, 1).unfold(1, w, 1)
    return torch.einsum("ijab,ab->ij", windows, turned)


@right("1.3")
def _(X, K):
    x, k = X.tolist(), K.tolist()
    h, w = len(k), len(k[0])
    return torch.tensor(
        [
            [sum(x[i + a][j + b] * k[-1 - a][-1 - b] for a in range(h) for b in range(w)) for j in range(len(x[0]) - w + 1)]
            for i in range(len(x) - h + 1)
        ],
        dtype=X.dtype,
    )


@wrong("1.3", "reads the kernel's rows from the end, its columns from the start")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for a in range(h):
        for b in range(w):
            Y += X[a : a + Y.shape[0], b : b + Y.shape[1]] * K[h - 1 - a, b]
    return Y


@wrong("1.3", "index runs from -a, so the first weight stays the first")
def _(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            for a in range(h):
                for b in range(w):
                    Y[i, j] += X[i + a, j + b] * K[-a, -b]
    return Y


@wrong("1.3", "transposes the kernel instead of rotating it")
def _(X, K):
    return corr2d(X, K.T)


@wrong("1.3", "uses flip although it is off limits")
def _(X, K):
    return corr2d(X, torch.flip(K, dims=(0, 1)))


@wrong("1.3", "turns the kernel in place")
def _(X, K):
    K.copy_(K.flatten()[torch.arange(K.numel() - 1, -1, -1)].reshape(K.shape))
    return corr2d(X, K)


right("1.4", torch.tensor([[0, 0, 0], [1.0, 0, 0], [0, 0, 0]]))
right("1.4", torch.eye(9)[3].reshape(3, 3).tolist())
wrong("1.4", "moves to the left", [[0, 0, 0], [0, 0, 1], [0, 0, 0]])
wrong("1.4", "moves up", torch.tensor([[0.0, 0, 0], [0, 0, 0], [0, 1, 0]]))
wrong("1.4", "moves down", [[0, 1, 0], [0, 0, 0], [0, 0, 0]])
wrong("1.4", "marks the whole left column, so it adds three pixels", [[1, 0, 0], [1, 0, 0], [1, 0, 0]])
wrong("1.4", "takes the edge kernel for a shift", torch.tensor([[0.0, 0, 0], [1, -1, 0], [0, 0, 0]]))


@right("1.5")
def _(X, K):
    rows, columns = (n - k + 1 for n, k in zip(X.shape, K.shape, strict=True))
    return sum(k * X[a : a + rows, b : b + columns] for a, row in enumerate(K) for b, k in enumerate(row))


right("1.5", lambda X, K: torch.nn.functional.conv2d(X[None, None], K[None, None].to(X.dtype))[0, 0])


@wrong("1.5", "lets a run over the columns and b over the rows")
def _(X, K):
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a in range(w):
        for b in range(h):
            Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


@wrong("1.5", "swaps the kernel's sides while the loops stay")
def _(X, K):
    w, h = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a in range(h):
        for b in range(w):
            Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


@wrong("1.5", "loops up to the smaller side in both directions")
def _(X, K):
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a in range(min(h, w)):
        for b in range(min(h, w)):
            Y += K[a, b] * X[a : a + rows, b : b + columns]
    return Y


@wrong("1.5", "calls the flipping conv2d")
def _(X, K):
    return conv2d(X, K)


@wrong("1.5", "repairs the loop, but forgets to return Y")
def _(X, K):
    h, w = K.shape
    rows, columns = X.shape[0] - h + 1, X.shape[1] - w + 1
    Y = torch.zeros(rows, columns, dtype=X.dtype)
    for a in range(h):
        for b in range(w):
            Y += K[a, b] * X[a : a + rows, b : b + columns]
