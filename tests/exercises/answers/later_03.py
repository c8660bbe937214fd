"""Answers to lesson 03, written from its page alone after its replies."""

import numpy as np
import torch
from torch.nn import functional as F

from d2l_helpers import conv_out_size, corr2d
from tests.support.answers import right, wrong

# 3.1: the output's size
right("3.1", conv_out_size((10, 13), (3, 5), padding=(2, 1), stride=(2, 3)))
right("3.1", np.array([(10 + 2 * 2 - 3) // 2 + 1, (13 + 2 * 1 - 5) // 3 + 1]))
wrong("3.1", "takes the padding as the total of both sides", ((10 + 2 - 3) // 2 + 1, (13 + 1 - 5) // 3 + 1))
wrong("3.1", "rounds up instead of down", (7, 5))
wrong("3.1", "counts the steps and forgets the first stop", [5, 3])
wrong("3.1", "exchanges the paddings of height and width", (5, 5))
wrong("3.1", "doesn't round at all", ((10 + 4 - 3) / 2 + 1, (13 + 2 - 5) / 3 + 1))
wrong("3.1", "works out the size for stride 1", (12, 11))
wrong("3.1", "gives the shape with batch and channel", (1, 1, 6, 4))

# 3.2: the book's padding
right("3.2", torch.tensor([4, 2]) // 2)
right("3.2", [(5 - 1) // 2, (3 - 1) // 2])
wrong("3.2", "passes the book's numbers on", (4, 2))
wrong("3.2", "doubles instead of halving", (8, 4))
wrong("3.2", "halves and names the width first", (1, 2))
wrong("3.2", "gives one number for both axes", 2)
wrong("3.2", "halves the kernel's size and rounds up", (3, 2))
wrong("3.2", "subtracts 1 from each number", (3, 1))


# 3.3: pixels that no window reads
@right("3.3")
def _(n, k, p, s):
    read = set()
    start = -p
    while start + k <= n + p:
        read.update(range(start, start + k))
        start += s
    return len([pixel for pixel in range(n) if pixel not in read])


@right("3.3")
def _(size, kernel, pad, stride):
    pixels, starts = np.arange(size)[:, None], np.arange(-pad, size + pad - kernel + 1, stride)
    inside = (pixels >= starts) & (pixels < starts + kernel)
    return np.sum(~inside.any(axis=1))


@wrong("3.3", "returns the remainder, whether it's padding or not")
def _(n, k, p, s):
    return (n + 2 * p - k) % s


@wrong("3.3", "forgets the gaps between windows")
def _(n, k, p, s):
    return max((n + 2 * p - k) % s - p, 0)


@wrong("3.3", "counts unread padding, too")
def _(n, k, p, s):
    read = {i + a for i in range(0, n + 2 * p - k + 1, s) for a in range(k)}
    return n + 2 * p - len(read)


@wrong("3.3", "forgets the padding when it walks through the windows")
def _(n, k, p, s):
    read = {i + a for i in range(0, n - k + 1, s) for a in range(k)}
    return n - len(read)


@wrong("3.3", "counts the pixels that are read")
def _(n, k, p, s):
    read = {i + a for i in range(-p, n + p - k + 1, s) for a in range(k)}
    return len(read & set(range(n)))


@wrong("3.3", "leaves out the last window")
def _(n, k, p, s):
    read = {i + a for i in range(-p, n + p - k, s) for a in range(k)}
    return len(set(range(n)) - read)


# 3.4: from 28 to 7
right("3.4", dict(kernel_size=9, padding=3, stride=4))
right("3.4", {"stride": 3, "kernel_size": 11, "padding": 1})
wrong("3.4", "same padding for 5×5, which leaves the last pixel unread", dict(kernel_size=5, padding=2, stride=4))
wrong("3.4", "same padding for 3×3, so there are gaps", dict(kernel_size=3, padding=1, stride=4))
wrong("3.4", "takes a kernel of 4, which isn't odd", dict(kernel_size=4, padding=0, stride=4))
wrong("3.4", "halves once, to 14", dict(kernel_size=3, padding=1, stride=2))
wrong("3.4", "forgets the padding and gets 6", dict(kernel_size=5, padding=0, stride=4))
wrong("3.4", "takes as much padding as kernel", dict(kernel_size=5, padding=5, stride=5))

# 3.5: what two neighbors see
right("3.5", torch.tensor(57))
right("3.5", 1 + 2 * 1 + 2 * 3 + 6 * (3 * 2) + 3 * 2 * 2)
wrong("3.5", "gives the field of one output", 45)
wrong("3.5", "counts both fields in full", 90)
wrong("3.5", "counts the pixels that both see", 45 - 12)
wrong("3.5", "takes the outputs to be one pixel apart", 46)
wrong("3.5", "leaves the last stride out of the distance", 45 + 6)
wrong("3.5", "multiplies by each layer's own stride as well", 1 + 2 * 3 + 2 * 6 + 6 * 12 + 12)
wrong("3.5", "ignores all strides", 12)


# 3.6: the same size for any kernel
@right("3.6")
def _(X, K):
    before = [(k - 1) // 2 for k in K.shape]
    after = [k - 1 - b for k, b in zip(K.shape, before, strict=True)]
    (top, left), (bottom, right_side) = before, after
    return corr2d(F.pad(X, (left, right_side, top, bottom)), K)


@right("3.6")
def _(image, kernel):
    h, w = kernel.shape
    Y = corr2d(F.pad(image, (w // 2, w // 2, h // 2, h // 2)), kernel)
    return Y[(h + 1) % 2 :, (w + 1) % 2 :]  # an even kernel has one stop too many, at the start


@wrong("3.6", "repairs the order only")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, w // 2, h // 2, h // 2)), K)


@wrong("3.6", "repairs the even kernels only")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, ((h - 1) // 2, h // 2, (w - 1) // 2, w // 2)), K)


@wrong("3.6", "puts the extra zeros at the top and on the left")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, (w - 1) // 2, h // 2, (h - 1) // 2)), K)


@wrong("3.6", "cuts the output to size at its end")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w // 2, w // 2, h // 2, h // 2)), K)[: X.shape[0], : X.shape[1]]


@wrong("3.6", "uses F.conv2d with padding='same'")
def _(X, K):
    return F.conv2d(X[None, None], K[None, None], padding="same")[0, 0]


@wrong("3.6", "pads k − 1 on each side")
def _(X, K):
    h, w = K.shape
    return corr2d(F.pad(X, (w - 1, w - 1, h - 1, h - 1)), K)


wrong("3.6", "assigns an output instead of the function", corr2d(torch.ones(3, 3), torch.ones(1, 1)))
