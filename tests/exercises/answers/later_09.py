"""Answers to lesson 09, written from its page alone after its replies."""

import numpy as np
import torch
from torch.nn import functional as F

from tests.support.answers import right, wrong

right("9.1", torch.Size([9, 13]))
right("9.1", np.array([(5 - 1) * 2 + 3 - 2 * 1, (7 - 1) * 2 + 3 - 2 * 1]))
wrong("9.1", "doesn't cut off the padding", (11, 15))
wrong("9.1", "cuts off the padding on one side only", (10, 14))
wrong("9.1", "takes the size of an ordinary convolution", (3, 4))
wrong("9.1", "names the columns before the rows", (13, 9))
wrong("9.1", "adds the padding on both sides instead of cutting it off", [13, 17])

right("9.2", 1 * 8 + 2 * 7 + 3 * 6 + 4 * 5)
right("9.2", torch.tensor([[60.0]])[0, 0])
wrong("9.2", "multiplies in place, without flipping the kernel", 70)
wrong("9.2", "transposes the kernel instead of turning it around", 61)
wrong("9.2", "takes only the last stamp that arrives", 20)
wrong("9.2", "turns only the rows around", 62.0)
wrong("9.2", "takes the mean of the four products", 15)

right("9.3", torch.tensor([9, 4]))
right("9.3", [3.0**2, 2.0**2])
wrong("9.3", "counts along one axis only", (3, 2))
wrong("9.3", "names the smallest first", (4, 9))
wrong("9.3", "counts the corner of the output", (9, 1))
wrong("9.3", "takes all the weights of the kernel", (25, 4))
wrong("9.3", "doubles the counts of one axis instead of squaring them", (6, 4))


@right("9.4")
def _(X, K, stride):
    (n, m), (h, w), (s, t) = X.shape, K.shape, stride
    Y = X.new_zeros((n - 1) * s + h, (m - 1) * t + w)
    for a in range(h):
        for b in range(w):
            Y[a : a + (n - 1) * s + 1 : s, b : b + (m - 1) * t + 1 : t] += K[a, b] * X
    return Y


@right("9.4")
def _(image, kernel, steps):
    # one thin matrix for each axis: Y[a, b] = sum over i, j, u, v with a = i s + u and b = j t + v
    def places(n, k, s):
        P = torch.zeros((n - 1) * s + k, n, k, dtype=image.dtype)
        for i in range(n):
            for u in range(k):
                P[i * s + u, i, u] = 1
        return P

    down = places(image.shape[0], kernel.shape[0], steps[0])
    across = places(image.shape[1], kernel.shape[1], steps[1])
    return torch.einsum("aiu,bjv,ij,uv->ab", down, across, image, kernel)


@wrong("9.4", "moves the columns by the row stride and the rows by the column stride")
def _(X, K, stride):
    (n, m), (h, w), (t, s) = X.shape, K.shape, stride
    Y = X.new_zeros((n - 1) * s + h, (m - 1) * t + w)
    for i in range(n):
        for j in range(m):
            Y[i * s : i * s + h, j * t : j * t + w] += X[i, j] * K
    return Y


@wrong("9.4", "later stamps overwrite earlier ones")
def _(X, K, stride):
    (n, m), (h, w), (s, t) = X.shape, K.shape, stride
    Y = X.new_zeros((n - 1) * s + h, (m - 1) * t + w)
    for i in range(n):
        for j in range(m):
            Y[i * s : i * s + h, j * t : j * t + w] = X[i, j] * K
    return Y


@wrong("9.4", "slides the kernel over the stretched input without turning it around")
def _(X, K, stride):
    (n, m), (h, w), (s, t) = X.shape, K.shape, stride
    stretched = X.new_zeros((n - 1) * s + 1, (m - 1) * t + 1)
    stretched[::s, ::t] = X
    return F.conv2d(stretched[None, None], K[None, None], padding=(h - 1, w - 1))[0, 0]


@wrong("9.4", "makes the output n times the stride plus the kernel, one step too large")
def _(X, K, stride):
    (n, m), (h, w), (s, t) = X.shape, K.shape, stride
    Y = X.new_zeros(n * s + h, m * t + w)
    for i in range(n):
        for j in range(m):
            Y[i * s : i * s + h, j * t : j * t + w] += X[i, j] * K
    return Y


@wrong("9.4", "multiplies the kernel in place, so that it grows from stamp to stamp")
def _(X, K, stride):
    (n, m), (h, w), (s, t) = X.shape, K.shape, stride
    Y = X.new_zeros((n - 1) * s + h, (m - 1) * t + w)
    for i in range(n):
        for j in range(m):
            K *= X[i, j]
            Y[i * s : i * s + h, j * t : j * t + w] += K
    return Y


@wrong("9.4", "inserts s zeros between neighbors instead of s - 1")
def _(X, K, stride):
    (n, m), (h, w), (s, t) = X.shape, K.shape, stride
    stretched = X.new_zeros((n - 1) * (s + 1) + 1, (m - 1) * (t + 1) + 1)
    stretched[:: s + 1, :: t + 1] = X
    return F.conv2d(stretched[None, None], K.flip(0, 1)[None, None], padding=(h - 1, w - 1))[0, 0]


right("9.5", {"kernel_size": (6, 9), "stride": 3, "padding": (2, 3), "output_padding": (1, 0)})
right("9.5", {"kernel_size": 10, "stride": 2, "padding": 1, "output_padding": 1})
right("9.5", dict(kernel_size=15, stride=1))
wrong("9.5", "the stamps touch but don't overlap", {"kernel_size": 3, "stride": 3})
wrong("9.5", "the right size, but uneven counts", {"kernel_size": 5, "stride": 3, "padding": 1})
wrong("9.5", "one row short, the output padding is missing", {"kernel_size": 6, "stride": 3, "padding": 2})
wrong("9.5", "the doubling settings of the page", {"kernel_size": 4, "stride": 2, "padding": 1})
wrong("9.5", "even along the rows only", {"kernel_size": (6, 5), "stride": 3, "padding": (2, 1), "output_padding": (1, 0)})
wrong(
    "9.5",
    "uses a negative output padding",
    {"kernel_size": 6, "stride": 3, "padding": 1, "output_padding": -1},
)


@right("9.6")
def _(n, k, p, s):
    smaller = (n + 2 * p - k) // s + 1
    return n - ((smaller - 1) * s + k - 2 * p)


@right("9.6")
def _(rows, kernel, pad, step):
    return np.mod(rows - kernel + 2 * pad, step)


@wrong("9.6", "counts the padding once")
def _(n, k, p, s):
    return (n + p - k) % s


@wrong("9.6", "subtracts the padding instead of adding it")
def _(n, k, p, s):
    return (n - 2 * p - k) % s


@wrong("9.6", "returns the quotient instead of the remainder")
def _(n, k, p, s):
    return (n + 2 * p - k) // s


@wrong("9.6", "assumes k = 2p + 1, as on the page")
def _(n, k, p, s):
    return (n - 1) % s


@wrong("9.6", "returns what's missing to the next multiple of the stride")
def _(n, k, p, s):
    return (s - (n + 2 * p - k) % s) % s


wrong("9.6", "assigns the value of a call instead of a function", (18 + 2 * 2 - 5) % 3)
