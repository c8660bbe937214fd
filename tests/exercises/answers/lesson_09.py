"""Answers to the exercises of lesson 09, written from its page alone."""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from d2l_helpers import corr2d, kernel2matrix, trans_conv
from tests.support.answers import right, wrong

# 9.1
right("9.1", (9, 13))
right("9.1", [9, 13])
right("9.1", torch.Size([9, 13]))
right("9.1", np.array([9, 13]))
right("9.1", torch.tensor([9, 13]))
right("9.1", tuple((n - 1) * 2 + 3 - 2 * 1 for n in (5, 7)))
right("9.1", F.conv_transpose2d(torch.zeros(1, 1, 5, 7), torch.zeros(1, 1, 3, 3), stride=2, padding=1).shape[2:])
wrong("9.1", "height and width swapped", (13, 9))
wrong("9.1", "the size of an ordinary convolution", (3, 4))
wrong("9.1", "padding not removed from the output", (11, 15))
wrong("9.1", "padding removed on one side only", (10, 14))
wrong("9.1", "padding added to the size instead of removed", (13, 17))
wrong("9.1", "the stride is ignored", (5, 7))
wrong("9.1", "the kernel size is forgotten in the formula", (6, 10))
wrong("9.1", "one too small in both directions", (8, 12))
wrong("9.1", "takes the input to be square, 5×5", (9, 9))
wrong("9.1", "only the number of rows", 9)
wrong("9.1", "the number of output values instead of the shape", 9 * 13)
wrong("9.1", "no idea, a guess", (15, 21))
wrong("9.1", "text instead of numbers", "9 by 13")

# 9.2
right("9.2", 60)
right("9.2", 60.0)
right("9.2", 1 * 8 + 2 * 7 + 3 * 6 + 4 * 5)
right("9.2", torch.tensor(60.0))
right("9.2", np.int64(60))
right("9.2", Fraction(60))
right("9.2", trans_conv(torch.tensor([[1.0, 2], [3, 4]]), torch.tensor([[5.0, 6], [7, 8]]))[1, 1])
wrong("9.2", "the kernel isn't flipped: the cross-correlation 1·5 + 2·6 + 3·7 + 4·8", 70)
wrong("9.2", "the two middle weights are mixed up: 1·8 + 2·6 + 3·7 + 4·5", 61)
wrong("9.2", "the corner weights are mixed up: 1·5 + 2·7 + 3·6 + 4·8", 69)
wrong("9.2", "only the last stamp counts, 4·5", 20)
wrong("9.2", "only the first stamp counts, 1·8", 8)
wrong("9.2", "only the weights are added up", 26)
wrong("9.2", "sum of the input times sum of the weights", 260)
wrong("9.2", "the mean of the four contributions", 15)
wrong("9.2", "the value from the page's example", 4)
wrong("9.2", "the last contribution is forgotten", 40)
wrong("9.2", "the wrong sign", -60)
wrong("9.2", "the number of stamps that meet there", 4.0)
wrong("9.2", "the whole output instead of its middle", [[5, 16, 12], [22, 60, 40], [21, 52, 32]])
wrong("9.2", "a calculation as text", "1*8 + 2*7 + 3*6 + 4*5")

# 9.3
right("9.3", (9, 4))
right("9.3", [9, 4])
right("9.3", torch.tensor([9, 4]))
right("9.3", np.array([9.0, 4.0]))
right("9.3", (math.ceil(5 / 2) ** 2, (5 // 2) ** 2))
right("9.3", (torch.tensor(9.0), torch.tensor(4.0)))
wrong("9.3", "the fewest come first", (4, 9))
wrong("9.3", "counts along one axis only, without multiplying", (3, 2))
wrong("9.3", "the answer for the page's 3×3 kernel", (4, 1))
wrong("9.3", "includes the border, where a corner is under one stamp", (9, 1))
wrong("9.3", "the smallest count is where only one axis has fewer", (9, 6))
wrong("9.3", "takes the counts to be even, as for a 4×4 kernel", (4, 4))
wrong("9.3", "the two axes are added up instead of multiplied", (6, 4))
wrong("9.3", "all weights of the kernel meet on one output", (25, 4))
wrong("9.3", "divides without rounding, 5/2", (2.5, 2.5))
wrong("9.3", "divides without rounding and squares", (6.25, 6.25))
wrong("9.3", "one stamp too many along each axis", (16, 9))
wrong("9.3", "only the larger number", 9)
wrong("9.3", "all four counts instead of the largest and the smallest", (9, 6, 6, 4))
wrong("9.3", "no idea, kernel size and stride", (5, 2))
wrong("9.3", "words instead of numbers", "nine and four")


# 9.4
def by_loops(X, K, padding=0, stride=(1, 1)):
    (n_h, n_w), (h, w) = X.shape, K.shape
    height, width = (n_h - 1) * stride[0] + h, (n_w - 1) * stride[1] + w
    Y = X.new_zeros(height, width)
    for i in range(n_h):
        for j in range(n_w):
            top, left = i * stride[0], j * stride[1]
            Y[top : top + h, left : left + w] += X[i, j] * K
    return Y[padding : height - padding, padding : width - padding]


def stretch(X, s):
    Z = X.new_zeros((len(X) - 1) * s[0] + 1, (X.shape[1] - 1) * s[1] + 1)
    Z[:: s[0], :: s[1]] = X
    return Z


@right("9.4")
def _(X, K, stride):
    h, w = K.shape
    Y = torch.zeros((X.shape[0] - 1) * stride[0] + h, (X.shape[1] - 1) * stride[1] + w)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] += X[i, j] * K
    return Y


@right("9.4")
def _(X, K, stride):  # loops over the weights instead of the inputs
    (n, m), (h, w) = X.shape, K.shape
    Y = torch.zeros_like(X).new_zeros((n - 1) * stride[0] + h, (m - 1) * stride[1] + w)
    for a in range(h):
        for b in range(w):
            Y[a : a + (n - 1) * stride[0] + 1 : stride[0], b : b + (m - 1) * stride[1] + 1 : stride[1]] += K[a, b] * X
    return Y


@right("9.4")
def _(image, kernel, s=(1, 1)):  # Python floats
    x, k = image.tolist(), kernel.tolist()
    y = [[0.0] * ((len(x[0]) - 1) * s[1] + len(k[0])) for _ in range((len(x) - 1) * s[0] + len(k))]
    for i, line in enumerate(x):
        for j, value in enumerate(line):
            for a, weights in enumerate(k):
                for b, weight in enumerate(weights):
                    y[i * s[0] + a][j * s[1] + b] += value * weight
    return torch.tensor(y)


@right("9.4")
def _(X, K, stride):
    h, w = K.shape
    padded = F.pad(stretch(X, stride), (w - 1, w - 1, h - 1, h - 1))
    return corr2d(padded, torch.flip(K, dims=[0, 1]))


@right("9.4")
def _(X, K, stride):
    size = [(n - 1) * s + k for n, k, s in zip(X.shape, K.shape, stride, strict=True)]
    return (kernel2matrix(K, tuple(size), stride=stride).T @ X.flatten()).reshape(size)


@right("9.4")
def _(X, K, stride):
    size = [(n - 1) * s + k for n, k, s in zip(X.shape, K.shape, stride, strict=True)]
    stamps = torch.einsum("ij,ab->abij", X, K).reshape(1, K.numel(), X.numel())
    return F.fold(stamps, size, tuple(K.shape), stride=stride)[0, 0]


@right("9.4")
def _(X, K, stride):
    x, k = X.numpy(), K.numpy()
    y = np.zeros(((x.shape[0] - 1) * stride[0] + k.shape[0], (x.shape[1] - 1) * stride[1] + k.shape[1]), dtype=x.dtype)
    for i, j in np.ndindex(x.shape):
        y[i * stride[0] : i * stride[0] + k.shape[0], j * stride[1] : j * stride[1] + k.shape[1]] += x[i, j] * k
    return torch.from_numpy(y)


@right("9.4")
def _(X, K, stride):
    size = (1, 1, (X.shape[0] - 1) * stride[0] + K.shape[0], (X.shape[1] - 1) * stride[1] + K.shape[1])
    return nn.grad.conv2d_input(size, K[None, None], X[None, None], stride=stride)[0, 0]


@wrong("9.4", "uses the layer that was to be replaced")
def _(X, K, stride):
    layer = nn.ConvTranspose2d(1, 1, tuple(K.shape), stride=stride, bias=False).to(X.dtype)
    with torch.no_grad():
        layer.weight.copy_(K[None, None])
    return layer(X[None, None]).squeeze(0).squeeze(0)


class Stamps:
    def __init__(self, padding=0):
        self.padding = padding

    def __call__(self, X, K, stride):
        return by_loops(X, K, self.padding, stride)


right("9.4", Stamps())
right("9.4", partial(lambda padding, X, K, s: by_loops(X, K, padding, s), 0))


@right("9.4")
def _(X, K, stride):  # one axis after the other, as matrices with a diagonal for each weight
    (n, m), (h, w) = X.shape, K.shape
    rows = torch.zeros(h, (n - 1) * stride[0] + h, n)
    columns = torch.zeros(w, (m - 1) * stride[1] + w, m)
    for a in range(h):
        rows[a, range(a, a + n * stride[0], stride[0]), range(n)] = 1
    for b in range(w):
        columns[b, range(b, b + m * stride[1], stride[1]), range(m)] = 1
    return sum(K[a, b].float() * rows[a] @ X.float() @ columns[b].T for a in range(h) for b in range(w))


wrong(
    "9.4",
    "uses the function that was to be replaced",
    lambda X, K, stride: F.conv_transpose2d(X[None, None], K[None, None], stride=stride)[0, 0],
)
wrong("9.4", "uses the course's function", lambda A, B, s: trans_conv(A, B, stride=s))
wrong("9.4", "the two strides are swapped", lambda A, B, s: by_loops(A, B, stride=(s[1], s[0])))
wrong("9.4", "one stride for both axes", lambda A, B, s: by_loops(A, B, stride=(s[0], s[0])))

wrong("9.4", "the stride is passed as the padding", by_loops)
wrong("9.4", "the stride is ignored", lambda X, K, stride: trans_conv(X, K))
wrong("9.4", "the kernel is flipped", lambda X, K, s: trans_conv(X, K.flip(0, 1), stride=s))
wrong("9.4", "an ordinary convolution", lambda X, K, s: F.conv2d(X[None, None], K[None, None], stride=s)[0, 0])
wrong("9.4", "batch and channel axes left in", lambda X, K, s: F.conv_transpose2d(X[None, None], K[None, None], stride=s))
wrong("9.4", "right only if the kernel is as large as the stride: no overlap", lambda X, K, stride: torch.kron(X, K))
wrong("9.4", "the output is transposed", lambda X, K, s: trans_conv(X, K, stride=s).T)
wrong("9.4", "the stride also removes a border", lambda X, K, s: trans_conv(X, K, padding=(s[0] - 1, s[1] - 1), stride=s))
wrong(
    "9.4",
    "random weight and bias, K isn't used",
    lambda X, K, s: nn.ConvTranspose2d(1, 1, K.shape, s)(X[None])[0],
)
wrong("9.4", "an output instead of a function", trans_conv(torch.eye(2), torch.ones(2, 2), stride=2))


@wrong("9.4", "slides the kernel over the stretched input without flipping it")
def _(X, K, stride):
    (h, w) = K.shape
    return corr2d(F.pad(stretch(X, stride), (w - 1, w - 1, h - 1, h - 1)), K)


@wrong("9.4", "stamps overwrite one another instead of adding up")
def _(X, K, stride):
    (h, w), (n, m) = K.shape, X.shape
    Y = torch.zeros((n - 1) * stride[0] + h, (m - 1) * stride[1] + w)
    for i in range(n):
        for j in range(m):
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] = X[i, j] * K
    return Y


@wrong("9.4", "works only for square inputs: the number of rows is used for the columns")
def _(X, K, stride):
    n, (h, w) = len(X), K.shape
    Y = torch.zeros((n - 1) * stride[0] + h, (n - 1) * stride[1] + w)
    for i in range(n):
        for j in range(n):
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] += X[i, j] * K
    return Y


@wrong("9.4", "works only for square kernels: the kernel's height is used for its width")
def _(X, K, stride):
    k, (n, m) = K.shape[0], X.shape
    Y = torch.zeros((n - 1) * stride[0] + k, (m - 1) * stride[1] + k)
    for i in range(n):
        for j in range(m):
            Y[i * stride[0] : i * stride[0] + k, j * stride[1] : j * stride[1] + k] += X[i, j] * K
    return Y


@wrong("9.4", "output too large: n·s + k instead of (n − 1)·s + k")
def _(X, K, stride):
    (h, w), (n, m) = K.shape, X.shape
    Y = torch.zeros(n * stride[0] + h, m * stride[1] + w)
    for i in range(n):
        for j in range(m):
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] += X[i, j] * K
    return Y


@wrong("9.4", "the size is computed without the stride, so that a stride above 1 doesn't fit")
def _(X, K, stride):
    (h, w), (n, m) = K.shape, X.shape
    Y = torch.zeros(n + h - 1, m + w - 1)
    for i in range(n):
        for j in range(m):
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] += X[i, j] * K
    return Y


@wrong("9.4", "the last row and column of the input are left out")
def _(X, K, stride):
    (h, w), (n, m) = K.shape, X.shape
    Y = torch.zeros((n - 1) * stride[0] + h, (m - 1) * stride[1] + w)
    for i in range(n - 1):
        for j in range(m - 1):
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] += X[i, j] * K
    return Y


@wrong("9.4", "the stride is used for the rows but not for the columns")
def _(X, K, stride):
    (h, w), (n, m) = K.shape, X.shape
    Y = torch.zeros((n - 1) * stride[0] + h, m - 1 + w)
    for i in range(n):
        for j in range(m):
            Y[i * stride[0] : i * stride[0] + h, j : j + w] += X[i, j] * K
    return Y


@wrong("9.4", "the return is missing")
def _(X, K, stride):
    Y = by_loops(X, K, 0, stride)  # noqa: F841


@wrong("9.4", "prints the output instead of returning it")
def _(X, K, stride):
    print(by_loops(X, K, 0, stride))


@wrong("9.4", "multiplies the kernel in place, so that the next stamps are wrong and the caller's kernel is changed")
def _(X, K, stride):
    (h, w), (n, m) = K.shape, X.shape
    Y = torch.zeros((n - 1) * stride[0] + h, (m - 1) * stride[1] + w)
    for i in range(n):
        for j in range(m):
            stamp = K
            stamp *= X[i, j]
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] += stamp
    return Y


@wrong("9.4", "inserts s zeros between neighbors instead of s − 1")
def _(X, K, stride):
    h, w = K.shape
    return corr2d(F.pad(stretch(X, (stride[0] + 1, stride[1] + 1)), (w - 1, w - 1, h - 1, h - 1)), K.flip(0, 1))


@wrong("9.4", "flips the kernel along one axis only")
def _(X, K, stride):
    h, w = K.shape
    return corr2d(F.pad(stretch(X, stride), (w - 1, w - 1, h - 1, h - 1)), K.flip(0))


@wrong("9.4", "surrounds the stretched input with 1 ring of zeros, right only for a 2×2 kernel")
def _(X, K, stride):
    return corr2d(F.pad(stretch(X, stride), (1, 1, 1, 1)), K.flip(0, 1))


@wrong("9.4", "hard-coded to the page's 2×2 input and 2×2 kernel")
def _(X, K, stride):
    stamps = torch.zeros(4, 2 + stride[0], 2 + stride[1])
    for n, (i, j) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        stamps[n, i * stride[0] : i * stride[0] + 2, j * stride[1] : j * stride[1] + 2] = X[i, j] * K
    return stamps.sum(dim=0)


@wrong("9.4", "adds up in integers, so that fractions are cut off")
def _(X, K, stride):
    (h, w), (n, m) = K.shape, X.shape
    Y = torch.zeros((n - 1) * stride[0] + h, (m - 1) * stride[1] + w, dtype=torch.int64)
    for i in range(n):
        for j in range(m):
            Y[i * stride[0] : i * stride[0] + h, j * stride[1] : j * stride[1] + w] += (X[i, j] * K).long()
    return Y


# 9.5
right("9.5", {"kernel_size": 6, "stride": 3, "padding": 2, "output_padding": 1})
right("9.5", {"kernel_size": (6, 6), "stride": (3, 3), "padding": (2, 2), "output_padding": (1, 1)})
right("9.5", {"kernel_size": 9, "stride": 3, "padding": 3})
right("9.5", {"kernel_size": [9, 9], "stride": 3.0, "padding": np.int64(3), "output_padding": torch.tensor(0)})
right("9.5", {"kernel_size": 12, "stride": 3, "padding": 5, "output_padding": 1})
right("9.5", {"kernel_size": 10, "stride": 2, "padding": 1, "output_padding": 1})
right("9.5", {"stride": 4, "kernel_size": 8, "padding": 6, "output_padding": 1})
right("9.5", {"kernel_size": (6, 9), "stride": 3, "padding": (2, 3), "output_padding": (1, 0)})
wrong("9.5", "each output is under only one stamp", {"kernel_size": 3, "stride": 3})
wrong("9.5", "uneven counts: 5 isn't a multiple of 3", {"kernel_size": 5, "stride": 3, "padding": 1})
wrong("9.5", "uneven counts: 4 isn't a multiple of 3", {"kernel_size": 4, "stride": 3, "padding": 1, "output_padding": 1})
wrong("9.5", "uneven counts: 9 isn't a multiple of 2", {"kernel_size": 9, "stride": 2})
wrong("9.5", "uneven counts in the width only", {"kernel_size": (9, 5), "stride": (3, 3), "padding": (3, 1)})
wrong("9.5", "only doubles the size, 14×14", {"kernel_size": 4, "stride": 2, "padding": 1})
wrong("9.5", "doubles, uneven counts", {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1})
wrong("9.5", "padding forgotten, 24×24", {"kernel_size": 6, "stride": 3})
wrong("9.5", "padding for both sides together, 18×18", {"kernel_size": 6, "stride": 3, "padding": 3})
wrong("9.5", "padding too small by one, 22×22", {"kernel_size": 6, "stride": 3, "padding": 1})
wrong("9.5", "output_padding forgotten, 20×20", {"kernel_size": 6, "stride": 3, "padding": 2})
wrong("9.5", "settings of the page, 28×28", {"kernel_size": 8, "stride": 4, "padding": 2})
wrong("9.5", "stamps don't touch, zeros between them", {"kernel_size": 2, "stride": 3, "output_padding": 1})
wrong(
    "9.5",
    "output_padding isn't smaller than the stride",
    {"kernel_size": 6, "stride": 3, "padding": 3, "output_padding": 3},
)
wrong("9.5", "half a row of padding", {"kernel_size": 6, "stride": 3, "padding": 1.5})
wrong("9.5", "padding as in Keras", {"kernel_size": 6, "stride": 3, "padding": "same"})
wrong("9.5", "an argument of nn.Upsample", {"scale_factor": 3})
wrong("9.5", "a tuple instead of a dictionary", (6, 3, 2, 1))
wrong("9.5", "the names of the formula as keys", {"k": 6, "s": 3, "p": 2, "q": 1})
wrong("9.5", "text instead of a dictionary", "kernel_size=6, stride=3, padding=2, output_padding=1")
wrong("9.5", "the layer instead of its settings", nn.ConvTranspose2d(1, 1, 9, stride=3, padding=3))

# 9.6
right("9.6", lambda n, k, p, s: (n + 2 * p - k) % s)
right("9.6", lambda rows, kernel, pad, step: divmod(rows + pad + pad - kernel, step)[1])
right("9.6", lambda n, k, p, s: torch.tensor(n + 2 * p - k) % s)
right("9.6", lambda n, k, p, s: np.mod(n - k + 2 * p, s))


@right("9.6")
def _(n, k, p, s):
    smaller = (n + 2 * p - k) // s + 1
    back = (smaller - 1) * s + k - 2 * p
    return n - back


@right("9.6")
def _(n, k, p, s):
    rest = n + 2 * p - k
    while rest >= s:
        rest -= s
    return rest


@right("9.6")
def remainder_left(n, k, p, s=1):
    return n + 2 * p - k if n + 2 * p - k < s else remainder_left(n - s, k, p, s)


@right("9.6")
def _(n, k, p, s):
    m = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), padding=p, stride=s)
    for q in range(s):
        if F.conv_transpose1d(m, torch.zeros(1, 1, k), None, s, p, q).shape[2] == n:
            return q


wrong("9.6", "unchanged, the padding is missing", lambda n, k, p, s: (n - k) % s)
wrong("9.6", "the padding counts once", lambda n, k, p, s: (n + p - k) % s)
wrong("9.6", "the padding is subtracted", lambda n, k, p, s: (n - 2 * p - k) % s)
wrong("9.6", "the quotient instead of the remainder", lambda n, k, p, s: (n + 2 * p - k) // s)
wrong("9.6", "the convolution's output size", lambda n, k, p, s: (n + 2 * p - k) // s + 1)
wrong("9.6", "one is added before the remainder is taken", lambda n, k, p, s: (n + 2 * p - k + 1) % s)
wrong("9.6", "the rows missing to the next multiple, not those left over", lambda n, k, p, s: -(n + 2 * p - k) % s)
wrong("9.6", "the stride minus the remainder", lambda n, k, p, s: s - (n + 2 * p - k) % s)
wrong("9.6", "the kernel size is forgotten", lambda n, k, p, s: (n + 2 * p) % s)
wrong("9.6", "always s − 1, right only for the largest size", lambda n, k, p, s: s - 1)
wrong("9.6", "always 1, right only for some sizes with stride 2", lambda n, k, p, s: 1)
wrong("9.6", "kernel size and padding in the wrong order", lambda n, p, k, s: (n + 2 * p - k) % s)
wrong("9.6", "the remainder of a division by 2 instead of by the stride", lambda n, k, p, s: (n + 2 * p - k) % 2)
wrong("9.6", "the size after the transposed convolution", lambda n, k, p, s: (n + 2 * p - k) // s * s + k - 2 * p)
wrong("9.6", "a fraction of the stride, not the number of rows", lambda n, k, p, s: (n + 2 * p - k) / s % 1)
wrong("9.6", "operator precedence: only k is divided", lambda n, k, p, s: n + 2 * p - k % s)
wrong("9.6", "the size formula of a transposed convolution for n", lambda n, k, p, s: n - ((n - 1) * s + k - 2 * p))
wrong("9.6", "the explanation as text instead of a function", "It's right only if 2p is divisible by s.")
wrong("9.6", "the result of a call instead of the function", (16 + 2 * 2 - 5) % 3)


@wrong("9.6", "the return is missing")
def _(n, k, p, s):
    (n + 2 * p - k) % s


@wrong("9.6", "prints the result instead of returning it")
def _(n, k, p, s):
    print((n + 2 * p - k) % s)


@wrong("9.6", "endless loop: q never grows")
def _(n, k, p, s):
    q, m = 0, (n + 2 * p - k) // s + 1
    while (m - 1) * s + k - 2 * p + q != n:
        q = min(q, s - 1)
    return q
